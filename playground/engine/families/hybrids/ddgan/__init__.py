"""The denoising diffusion GAN (Xiao, Kreis & Vahdat 2022): diffusion in a few large steps, each made by a GAN. What it declares; no
torch here, see learner.py for the mathematics.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from playground.engine.config import Config, ConfigError, param, params
from playground.engine.families.gan import OBJECTIVES, PENALTY_HELP, GANConfig
from playground.engine.families.spec import Family, Panel, Preset, Series, Term

XIAO22 = "Xiao et al. 2022, arXiv:2112.07804"
PROCESS, PLAYERS, PENALTY, OPTIMISER = "Process", "Players", "Penalty", "Optimiser"

SCHEDULES = {
    "geometric": "noise levels by equal ratios between the least and the most: small steps where the data have fine structure",
    "vp": "the paper's: α-bar of a variance-preserving process with β from 0.1 to 20, in T equal strides of its time",
}
GAMES = ("nonsaturating", "rpgan")
PENALTIES = ("none", "r1", "r1r2")


def _of(name: str, default: Any = None, **changes: Any) -> Any:
    """The declaration of a field of the GAN, with changes."""
    declared = next(f for f in dataclasses.fields(GANConfig) if f.name == name)
    spec = dataclasses.replace(params(GANConfig)[name], **{"group": OPTIMISER, **changes})
    return dataclasses.field(default=declared.default if default is None else default, metadata={"param": spec})


@dataclass(frozen=True)
class DDGANConfig(Config):
    """Hyper-parameters of the process, the two players, their game and their optimisers."""

    num_timesteps: int = param(
        4, 1, 8, label="Large steps", symbol="T", group=PROCESS,
        help="Steps from noise to data. One is an ordinary GAN that is also shown pure noise; a diffusion model needs hundreds, "
        "since it draws each from a Gaussian.", source=XIAO22,
    )
    noise_dim: int = param(
        2, 0, 128, label="Noise size", symbol="z", group=PROCESS,
        help="Numbers in the noise z that G gets at every step, so that one x_t can lead to many x₀. 0: none, and G can only give "
        "one answer, as an ordinary denoiser does.", source=XIAO22 + ", section 4.2",
    )
    schedule: str = param(
        "geometric", label="Schedule", choices=tuple(SCHEDULES), choice_help=tuple(SCHEDULES.values()), group=PROCESS,
        help="How noisy the levels between the steps are.", source=XIAO22 + ", appendix C",
    )
    sigma_min: float = param(
        0.1, 0.001, 2.0, label="Least noise", symbol="σ₁", log=True, group=PROCESS,
        help="Noise of the first level over its signal, in standard deviations of the data (of pictures: of the range −1 to 1). "
        "What is finer than that, the last step to clean data has to make by itself.",
        when=lambda c: c.schedule == "geometric" and c.num_timesteps > 1,
    )
    sigma_max: float = param(
        4.0, 2.0, 200.0, label="Most noise", symbol="σ_T", log=True, group=PROCESS, advanced=True,
        help="Noise of the last level over its signal: chains begin with pure noise, so there should be hardly any signal left.",
        when=lambda c: c.schedule == "geometric",
    )
    network: str = param(
        "auto", label="Network", choices=("auto", "mlp", "conv"), group=PLAYERS,
        choice_help=("conv for images, mlp for points", "fully connected layers", "G a U-Net, D convolutions (images only)"),
        help="Shape of both players; each is told the step in every layer.", source=XIAO22 + ", appendix C",
    )
    hidden: int = _of("hidden", group=PLAYERS)
    layers: int = _of("layers", group=PLAYERS)
    channels: int = _of(
        "channels", 16, group=PLAYERS, help="Channels of both players at the highest resolution; they double at every halving.",
    )
    patch: int = param(
        2, 1, 8, label="Patch", group=PLAYERS, advanced=True,
        help="Pixels on a side of the squares that G's U-Net sees as one place: 2 is some three times as fast as 1.",
        source="Hoogeboom et al. 2023, arXiv:2301.11093, section 3.2", when=lambda c: c.network in ("conv", "auto"),
    )
    fourier: int = _of(
        "fourier", 32, group=PLAYERS,
        help="Waves of both points that D compares, in so many directions and widths, beside the points themselves: fine structure "
        "becomes visible to it (points only).",
    )
    fourier_scale: float = _of("fourier_scale", group=PLAYERS)
    averaging: float = _of("averaging", 0.999, group=PLAYERS)
    objective: str = param(
        "nonsaturating", label="Objective", choices=GAMES, choice_help=tuple(OBJECTIVES[g] for g in GAMES), group=PENALTY,
        help="What the two players want at every step: D compares pairs (x_{t−1}, x_t).", source=XIAO22 + ", eq. 4 to 6",
    )
    penalty: str = _of(
        "penalty", "r1r2", group=PENALTY, choices=PENALTIES, choice_help=tuple(PENALTY_HELP[p] for p in PENALTIES), when=None,
        help="Keeps D from getting too steep in x_{t−1} for G to follow. The paper has r1.",
    )
    penalty_weight: float = _of(
        "penalty_weight", group=PENALTY, when=lambda c: c.penalty != "none",
        help="γ/2 times the mean squared gradient of D, per standard deviation of the data.",
    )
    penalty_end: float = _of("penalty_end", group=PENALTY, when=lambda c: c.penalty != "none")
    steps: int = _of("steps", help="Rounds of the game (D, then G) until training ends by itself. May be raised while training.")
    batch_size: int = _of("batch_size", 256, help="Items in a batch, spread evenly over the T steps.")
    learning_rate_d: float = _of("learning_rate_d", 2e-3)
    learning_rate_g: float = _of("learning_rate_g", 2e-3)
    adam_beta1: float = _of("adam_beta1")
    adam_beta2: float = _of("adam_beta2")
    decay: str = _of("decay", "late")

    def check(self) -> None:
        if self.sigma_min >= self.sigma_max:
            raise ConfigError("sigma_min", f"is {self.sigma_min:g}, but has to be below the most noise, {self.sigma_max:g}.")

    def resolved_network(self, kind: str) -> str:
        """The network that "auto" stands for with data of ``kind``."""
        if self.network == "auto":
            return "conv" if kind == "image" else "mlp"
        return self.network

    def code_size(self, numbers: int) -> int:
        """All the noise behind one item of so many ``numbers``: x_T, and for every step z and, but for the last, fresh noise."""
        return self.num_timesteps * (numbers + self.noise_dim)


#: The paper's objective and penalty. With relativistic pairing and R1 + R2 one step alone covers the modes too: nothing to see.
POINTS = {
    "objective": "nonsaturating", "penalty": "r1", "penalty_weight": 0.05, "penalty_end": 0.02, "steps": 15_000,
    "batch_size": 256,
}  # fmt: skip
PICTURES = {
    "objective": "rpgan", "penalty": "r1r2", "num_timesteps": 2, "sigma_min": 0.5, "noise_dim": 32, "channels": 16,
    "hidden": 128, "averaging": 0.995, "steps": 3_000, "batch_size": 64, "learning_rate_d": 1e-3, "learning_rate_g": 5e-4,
    "decay": "cosine",
}  # fmt: skip
ONE_STEP = "Everything in one step: an ordinary GAN that is shown pure noise as well."
NO_Z = "G gets no z: every x_t leads to one x₀ alone, as with an ordinary denoiser. In so few steps that is not enough."
PRESETS = (
    Preset("2-D density", "about 4 min", "Four large steps, each made by a GAN: all modes, and sharp.", POINTS, kind="points"),
    Preset("Ablation: one step", "about 4 min", ONE_STEP, {**POINTS, "num_timesteps": 1}, kind="points"),
    Preset("Ablation: no z", "about 4 min", NO_Z, {**POINTS, "noise_dim": 0}, kind="points"),
    Preset("Pictures", "about 5 min", "Two large steps: two evaluations of a small U-Net for a picture.", PICTURES),
    Preset("Ablation: one step", "about 5 min", ONE_STEP, {**PICTURES, "num_timesteps": 1}),
    Preset("Ablation: no z", "about 5 min", NO_Z, {**PICTURES, "noise_dim": 0}),
)

SPREAD_HELP = "How far the x₀ that G gives for one x_t lie apart as z changes, by step, little noise at the left. 0 without z."
PANELS = (
    Panel(
        "Losses", "nats",
        (
            Series("loss_d", "D", "neutral", help="What D minimises, without its penalty, averaged over the steps."),
            Series("loss_g", "G", "model", help="What G minimises."),
            Series("equilibrium_d", "D at equilibrium", "theory", help="D's loss when pairs cannot be told apart."),
            Series("equilibrium_g", "G at equilibrium", "theory", help="G's loss at the same point."),
        ),
        help="Neither is to fall to zero: at equilibrium both stand still.",
    ),
    Panel(
        "Energy distance", "unit of x",
        (
            Series("energy", "samples", "total", held_out=True, help="Energy distance between samples of the whole chain and "
                   "held-out items (Székely & Rizzo 2013)."),
            Series("energy_floor", "real items", "theory", held_out=True, help="What as many real items score."),
        ),
        help="How far the samples lie from the data, all steps taken.",
    ),
    Panel(
        "Told apart, by step", "share of pairs", bars="told_apart",
        help="Held-out pairs (x_{t−1}, x_t), real and generated, that D puts into the right order, for each step, the one to clean "
        "data at the left. One half: it cannot tell them apart.",
    ),
    Panel("Spread of x₀ given x_t, by step", "standard deviations", bars="spread_by_t", help=SPREAD_HELP, kind="points"),
    Panel("Spread of x₀ given x_t, by step", "black −1, white 1", bars="spread_by_t", help=SPREAD_HELP, kind="image"),
    Panel(
        "Gradients", "norm",
        (
            Series("gradient_d", "‖∇D‖", "neutral", help="Length of the gradient of D's loss with respect to D's weights."),
            Series("gradient_g", "‖∇G‖", "model", help="Length of the gradient of G's loss with respect to G's weights."),
        ),
    ),
)

EQUATION = (
    Term("min<sub>G</sub> max<sub>D</sub>"),
    Term("Σ<sub>t</sub> E<sub>q(x<sub>t</sub>)</sub>["),
    Term("E<sub>q(x<sub>t−1</sub>|x<sub>t</sub>)</sub>[log D(x<sub>t−1</sub>, x<sub>t</sub>, t)]", "log_d_real", "data",
         "Mean log D on real pairs (with the pairing objective: of the score above the midpoint)."),
    Term("+"),
    Term("E<sub>p(x<sub>t−1</sub>|x<sub>t</sub>)</sub>[log(1 − D(x<sub>t−1</sub>, x<sub>t</sub>, t))]", "log_d_fake", "model",
         "Mean log(1 − D) on pairs with a generated x_{t−1}."),
    Term("]"),
)

FAMILY = Family(
    name="ddgan",
    title="DDGAN",
    accent="hybrids",
    summary="Diffusion in a few large steps: a GAN draws each step, because the true way back is no Gaussian when steps are large.",
    paper=XIAO22,
    config=DDGANConfig,
    presets=PRESETS,
    views={
        "points": ("chain", "samples", "large_steps", "interpolate", "modes"),
        "image": ("chain", "samples", "large_steps", "interpolate", "modes", "spectrum"),
    },
    panels=PANELS,
    equation=EQUATION,
    textbook={},
    learner="playground.engine.families.hybrids.ddgan.learner:DDGANLearner",
    group="hybrids",
    encoder=False,
    path="slerp",
)
