"""The ways to train: losses of both players, penalties, and the settings of the paper as one literal table.

With f(t) = -log(1 + exp(-t)) the losses are L_D = E[a(D(x))] + E[b(D(y))] and L_G = E[g(D(x))], where x is generated and y is real.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Slope = Callable[[Any], Any]
PAPER = "Mescheder et al. 2018, arXiv:1801.04406"


def f_prime(t: Any) -> Any:
    """f'(t) = 1 / (1 + exp(t)) for f(t) = -log(1 + exp(-t)); f'(0) = 1/2. Never overflows."""
    return 0.5 - 0.5 * np.tanh(0.5 * t)


@dataclass(frozen=True)
class Objective:
    """What the players want: the derivatives g'(t), a'(t), b'(t) of their losses with respect to D's score t.

    ``v_theta`` and ``v_psi`` are the fields that follow without noise. ``pairs``: D sees one generated and one real item together,
    a(D(x) - D(y)). ``bound`` says what keeps a game that spirals outwards from going to infinity.
    """

    title: str
    g: Slope
    a: Slope
    b: Slope
    v_theta: str
    v_psi: str
    source: str
    pairs: bool = False
    bound: str = ""


OBJECTIVES = {
    # L_D = -f(D(x)) - f(-D(y)),  L_G = f(D(x))  (Mescheder et al. 2018, eq. 1)
    "minimax": Objective(
        "GAN (minimax)", f_prime, lambda t: -f_prime(t), lambda t: f_prime(-t), "−ψ f′(ψθ)", "θ f′(ψθ)", f"{PAPER}, eq. 4",
    ),
    # L_G = -f(-D(x))  (Goodfellow et al. 2014, section 3)
    "nonsaturating": Objective(
        "NSGAN", lambda t: f_prime(-t), lambda t: -f_prime(t), lambda t: f_prime(-t), "−ψ f′(−ψθ)", "θ f′(ψθ)",
        f"{PAPER}, appendix D",
    ),
    # L_D = (D - 0)^2/2 + (D - 1)^2/2,  L_G = (D - 1)^2/2 with D = 1/2 - t: t = 0 is the middle of its two targets (Mao et al. 2017)
    "lsgan": Objective(
        "Least squares", lambda t: 0.5 + t, lambda t: t - 0.5, lambda t: t + 0.5, "−ψ (½ + ψθ)", "θ (½ − ψθ)",
        "Mao et al. 2017, arXiv:1611.04076, eq. 9",
    ),
    # L_D = D(y) - D(x),  L_G = D(x), with |psi| <= c  (Arjovsky et al. 2017)
    "wgan": Objective(
        "WGAN", lambda t: 1.0 + 0 * t, lambda t: -1.0 + 0 * t, lambda t: 1.0 + 0 * t, "−ψ", "θ", f"{PAPER}, section 3.2",
    ),
    # L_D = max(0, 1 - D(x)) + max(0, 1 + D(y)),  L_G = D(x)  (Lim & Ye 2017)
    "hinge": Objective(
        "Hinge", lambda t: 1.0 + 0 * t, lambda t: -1.0 * (np.real(t) < 1), lambda t: 1.0 * (np.real(t) > -1), "−ψ",
        "θ where ψθ < 1, else 0", "Lim & Ye 2017, arXiv:1705.02894", bound="beyond a score of 1 the hinge gives D no gradient",
    ),
    # L_D = -f(D(x) - D(y)),  L_G = -f(D(y) - D(x)): with one real point at 0 this is the field of the non-saturating GAN, exactly
    "rpgan": Objective(
        "RpGAN (relativistic)", lambda t: f_prime(-t), lambda t: -f_prime(t), lambda t: 0 * t, "−ψ f′(−ψθ)", "θ f′(ψθ)",
        "Huang et al. 2024, arXiv:2501.05441, section 2", pairs=True,
    ),
}  # fmt: skip

#: Penalty -> (title, what v_psi loses). D'(x) = psi everywhere, so it matters little where the gradient is taken.
PENALTIES = {
    "none": ("no penalty", ""),
    "r1": ("R1", " − γψ"),  # gamma/2 psi^2 at the real point (Mescheder et al. 2018, eq. 9)
    "r1r2": ("R1 + R2", " − 2γψ"),  # gamma/2 (psi^2 + psi^2), at the generated point too (Huang et al. 2024)
    "gp0": ("zero-centred GP", " − γψ"),  # gamma/2 psi^2 between the points (Thanh-Tung et al. 2019)
    "gp1": ("GP, target 1", " − 2γ(ψ − sign ψ)"),  # gamma (|psi| - 1)^2 (Gulrajani et al. 2017, eq. 3)
    "consensus": ("consensus", " − γ ∂<sub>ψ</sub>½‖v‖²"),  # gamma/2 |v|^2 for both players (Mescheder et al. 2017)
}
DAMPING = {"r1": 1.0, "gp0": 1.0, "r1r2": 2.0}  # of psi, times gamma


@dataclass(frozen=True)
class Method:
    """A way to train: an objective, a penalty of ``weight`` gamma, ``noise`` of deviation sigma on all that D sees; psi is cut to
    [-clip, clip] (0: it is not).
    """

    name: str
    title: str
    objective: str
    penalty: str = "none"
    weight: float = 0.0
    noise: float = 0.0
    clip: float = 0.0


#: The nine settings of the paper's figures (its authors' notebook), then the other objectives of the GAN tab.
METHODS = (
    Method("gan", "GAN (minimax)", "minimax"),
    Method("nsgan", "NSGAN", "nonsaturating"),
    Method("wgan", "WGAN, clip 1", "wgan", clip=1.0),
    Method("wgan_gp", "WGAN-GP 0.35", "wgan", "gp1", 0.35),  # the notebook's 0.7 is the factor of |psi| - 1, so 2 gamma
    Method("noise", "GAN + noise 0.7", "minimax", noise=0.7),
    Method("gan_gp", "GAN + R1 0.3", "minimax", "r1", 0.3),
    Method("gan_gp_critical", "GAN + R1 1, critical", "minimax", "r1", 1.0),
    Method("consensus", "GAN + consensus 1", "minimax", "consensus", 1.0),
    Method("nsgan_gp", "NSGAN + R1 0.3", "nonsaturating", "r1", 0.3),
    Method("lsgan", "Least squares", "lsgan"),
    Method("hinge", "Hinge", "hinge"),
    Method("rpgan", "RpGAN", "rpgan"),
    Method("rpgan_gp", "RpGAN + R1 + R2 0.3", "rpgan", "r1r2", 0.3),
)


def method_for(objective: str, penalty: str = "none", weight: float = 0.0, noise: float = 0.0, clip: float = 1.0) -> Method:
    """The row of METHODS with these settings of a recipe, else one of its own (named "own").

    "wgan_gp" is WGAN with its penalty; ``clip`` counts for "wgan" without one. Unknown names: KeyError.
    """
    if objective == "wgan_gp":
        objective, penalty = "wgan", "gp1"
    weight = 0.0 if penalty == "none" else weight
    clip = clip if objective == "wgan" and penalty == "none" else 0.0
    for row in METHODS:
        if (row.objective, row.penalty, row.weight, row.noise, row.clip) == (objective, penalty, weight, noise, clip):
            return row
    title = OBJECTIVES[objective].title + (f", clip {clip:g}" if clip else "")
    title += f" + {PENALTIES[penalty][0]} {weight:g}" if penalty != "none" else ""
    return Method("own", title + (f" + noise {noise:g}" if noise else ""), objective, penalty, weight, noise, clip)


def equations(method: Method) -> tuple[str, str]:
    """v_theta and v_psi as rich text; with noise they are averaged over x = theta + sigma eps."""
    objective = OBJECTIVES[method.objective]
    lost = PENALTIES[method.penalty][1]
    both = lost.replace("<sub>ψ</sub>", "<sub>θ</sub>") if method.penalty == "consensus" else ""
    return objective.v_theta + both, objective.v_psi + lost
