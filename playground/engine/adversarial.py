"""What two players want of each other: losses of a GAN and penalties on its discriminator, one function each.

``real`` and ``fake`` are the discriminator's raw scores (n,) of real and generated items: logits of "real" for cross-entropy,
scores without a unit for critics. Losses are means over the batch, in nats for cross-entropy, and are minimised. They are computed
from logits with softplus, never as log(sigmoid), which is -inf for a sure discriminator.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

LN2 = math.log(2)

#: Objectives whose D is a probability: of a logit, or (least squares) by itself, cut to [0, 1].
PROBABILITIES = ("minimax", "nonsaturating", "lsgan")


# ---------------------------------------------------------------- what D minimises
def cross_entropy_d(real: Tensor, fake: Tensor) -> Tensor:
    """-V(D, G) = -E[log D(x)] - E[log(1 - D(G(z)))] with D = sigmoid(score): Goodfellow et al. 2014, eq. 1."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def least_squares_d(real: Tensor, fake: Tensor) -> Tensor:
    """1/2 E[(D(x) - 1)^2] + 1/2 E[D(G(z))^2]: Mao et al. 2017, eq. 2 with b = 1, a = 0."""
    return 0.5 * (real - 1).square().mean() + 0.5 * fake.square().mean()


def wasserstein_d(real: Tensor, fake: Tensor) -> Tensor:
    """E[f(G(z))] - E[f(x)]: minus the Wasserstein-1 distance where f is 1-Lipschitz (Arjovsky et al. 2017, eq. 2 and 3)."""
    return fake.mean() - real.mean()


def hinge_d(real: Tensor, fake: Tensor) -> Tensor:
    """E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]: Lim & Ye 2017; Miyato et al. 2018, eq. 16."""
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def relativistic_d(real: Tensor, fake: Tensor) -> Tensor:
    """-E[log sigmoid(D(x) - D(G(z)))] over pairs: Jolicoeur-Martineau 2019, eq. 6; Huang et al. 2024, eq. 2."""
    return F.softplus(fake - real).mean()


# ---------------------------------------------------------------- what G minimises
def saturating_g(real: Tensor, fake: Tensor) -> Tensor:
    """E[log(1 - D(G(z)))]: Goodfellow et al. 2014, eq. 1. Its gradient dies where D is sure."""
    return -F.softplus(fake).mean()


def nonsaturating_g(real: Tensor, fake: Tensor) -> Tensor:
    """-E[log D(G(z))]: Goodfellow et al. 2014, section 3."""
    return F.softplus(-fake).mean()


def least_squares_g(real: Tensor, fake: Tensor) -> Tensor:
    """1/2 E[(D(G(z)) - 1)^2]: Mao et al. 2017, eq. 2 with c = 1."""
    return 0.5 * (fake - 1).square().mean()


def wasserstein_g(real: Tensor, fake: Tensor) -> Tensor:
    """E[f(x)] - E[f(G(z))]. The first term does not depend on G; with it the number is the distance, 0 at equilibrium."""
    return real.mean() - fake.mean()


def hinge_g(real: Tensor, fake: Tensor) -> Tensor:
    """-E[D(G(z))]: Miyato et al. 2018, eq. 17."""
    return -fake.mean()


def relativistic_g(real: Tensor, fake: Tensor) -> Tensor:
    """-E[log sigmoid(D(G(z)) - D(x))] over pairs: Jolicoeur-Martineau 2019, eq. 7."""
    return F.softplus(real - fake).mean()


Loss = Callable[[Tensor, Tensor], Tensor]


class Objective(NamedTuple):
    """A game: what D and G minimise, and what both losses are where generated and real cannot be told apart.

    There D is constant: sigmoid(score) = 1/2, 1/2 for least squares, any score for critics and pairs, 0 for the hinge.
    """

    loss_d: Loss
    loss_g: Loss
    equilibrium_d: float
    equilibrium_g: float


OBJECTIVES: dict[str, Objective] = {
    "minimax": Objective(cross_entropy_d, saturating_g, 2 * LN2, -LN2),
    "nonsaturating": Objective(cross_entropy_d, nonsaturating_g, 2 * LN2, LN2),
    "lsgan": Objective(least_squares_d, least_squares_g, 1 / 4, 1 / 8),
    "wgan": Objective(wasserstein_d, wasserstein_g, 0.0, 0.0),
    "wgan_gp": Objective(wasserstein_d, wasserstein_g, 0.0, 0.0),
    "hinge": Objective(hinge_d, hinge_g, 2.0, 0.0),
    "rpgan": Objective(relativistic_d, relativistic_g, LN2, LN2),
}


def probability(objective: str, score: Tensor, midpoint: Tensor | float) -> Tensor:
    """Score -> "probability of real" in [0, 1], same shape: see :data:`PROBABILITIES`; a critic's is counted from ``midpoint``."""
    if objective == "lsgan":
        return score.clamp(0, 1)
    return torch.sigmoid(score if objective in PROBABILITIES else score - midpoint)


def log_probabilities(objective: str, real: Tensor, fake: Tensor, midpoint: Tensor | float) -> tuple[Tensor, Tensor]:
    """(E[log D(x)], E[log(1 - D(G(z)))]), always finite: the two terms of the value V of the game."""
    if objective == "lsgan":
        return real.clamp(1e-6, 1).log().mean(), (1 - fake).clamp(1e-6, 1).log().mean()
    shift = 0.0 if objective in PROBABILITIES else midpoint
    return -F.softplus(shift - real).mean(), -F.softplus(fake - shift).mean()


# ---------------------------------------------------------------- penalties on D
AT_DATA = ("r1", "r1r2")  # penalties on D's gradient at the items themselves

Score = Callable[[Tensor], Tensor]


def squared_gradient(score: Tensor, x: Tensor, scale: Tensor | float = 1.0) -> Tensor:
    """|grad_x D(x)|^2 for scores (n,) computed from x (n, ...), one number an item: (n,), differentiable in D's weights.

    ``scale`` (broadcast to an item) is the length of one unit of x in which the gradient is wanted: with the standard deviation of
    the data the result is that of a D on standardised data.
    """
    (slope,) = torch.autograd.grad(score.sum(), x, create_graph=True)
    return (slope * scale).flatten(1).square().sum(1)


def between(real: Tensor, fake: Tensor, generator: torch.Generator) -> Tensor:
    """A point on the line between each real and generated item, uniform: Gulrajani et al. 2017, algorithm 1. (n, ...)."""
    share = torch.rand((len(real), *[1] * (real.ndim - 1)), generator=generator, device=real.device, dtype=real.dtype)
    return torch.lerp(fake, real, share)


def penalty(
    name: str, score: Score, real: Tensor, fake: Tensor, generator: torch.Generator, scale: Tensor | float = 1.0,
    scored: tuple[Tensor, Tensor] | None = None,
) -> Tensor:  # fmt: skip
    """The penalty ``name`` for weight 1, a scalar; ``score`` maps items (n, ...) to (n,), ``scale`` as in squared_gradient.

    ``scored``: scores (2n,) and the leaf (2n, ...) of real and generated items from which they come, if known already: the
    penalties at the data then cost no forward pass of their own.

    * r1: 1/2 E_x |grad D|^2 (Mescheder et al. 2018, eq. 9); r1r2: + 1/2 E_G(z) |grad D|^2 (eq. 10);
    * gp0: 1/2 E |grad D|^2 on lines between real and generated (Thanh-Tung et al. 2019);
    * gp1: E (|grad D| - 1)^2 on those lines (Gulrajani et al. 2017, eq. 3).
    """
    if name in AT_DATA:
        square = squared_gradient(*(scored or _scored(score, torch.cat([real, fake]))), scale)
        return (square if name == "r1r2" else square[: len(real)]).sum() / (2 * len(real))
    square = squared_gradient(*_scored(score, between(real, fake, generator)), scale)
    if name == "gp0":
        return 0.5 * square.mean()
    return ((square + 1e-12).sqrt() - 1).square().mean()  # the root has no slope at 0


def _scored(score: Score, x: Tensor) -> tuple[Tensor, Tensor]:
    x = x.detach().requires_grad_()
    return score(x), x


# ---------------------------------------------------------------- packing, and variety
def pack(x: Tensor, m: int) -> Tensor:
    """(n, ...) -> (n/m, m, ...): m items that D sees at once (Lin et al. 2018, PacGAN, section 3)."""
    return x.reshape(len(x) // m, m, *x.shape[1:])


def mean_distance(x: Tensor) -> Tensor:
    """Mean Euclidean distance between different items of x (n, ...), a scalar."""
    flat = x.flatten(1)
    return torch.cdist(flat, flat).sum() / (len(x) * (len(x) - 1))
