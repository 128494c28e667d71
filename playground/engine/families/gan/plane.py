"""What is known exactly of a generator of points from two numbers of noise: its density q, D* = p/(p + q) and the divergences."""

from __future__ import annotations

import math

from torch import Tensor

from playground.engine.answers import grid_points
from playground.engine.datasets.base import Density
from playground.engine.families.gan.model import GAN

MOST = 8  # points a cell and side, over which p is averaged
FLOOR = -700.0  # log density, in nats, that stands for "none": its exponential is still a number

Box = tuple[float, float, float, float]

BY_CROSS_ENTROPY = "A copy that is trained to its optimum learns by cross-entropy instead."
WASSERSTEIN = (
    "D* = p/(p + q) is drawn to compare only: a Wasserstein critic is a slope to walk on, not a ratio of densities. "
    + BY_CROSS_ENTROPY
)  # fmt: skip

#: What D* = p/(p + q) means to each objective.
D_STAR = {
    "minimax": "D* = p/(p + q) is the best D there is (Goodfellow et al. 2014, proposition 1).",
    "nonsaturating": "D* = p/(p + q) is the best D there is (Goodfellow et al. 2014, proposition 1).",
    "lsgan": "D* = p/(p + q) is the best D for least squares too (Mao et al. 2017).",
    "hinge": "D* = p/(p + q) is drawn to compare: the best hinge critic is 1 where it is above one half and −1 elsewhere. "
    + BY_CROSS_ENTROPY,
    "wgan": WASSERSTEIN,
    "wgan_gp": WASSERSTEIN,
    "rpgan": "The best D of pairs is log p/q plus any constant: D is shown from its midpoint, D* = p/(p + q) without a constant; "
    "what D sees is read at the constant that suits it best.",
}  # fmt: skip
NO_DENSITY = "D* = p/(p + q) needs p, the density of the data, which is not known here."


def why_no_q(model: GAN) -> str:
    """Why the density of this generator is not known; "" where it is."""
    if model.kind != "points":
        return "The density of a generator is known for points in the plane only, not for pictures."
    if model.latent_dim == 2:
        return ""
    return (
        f"The density q of G is known where its noise has two numbers, as many as the plane; this one has {model.latent_dim}. "
        "Train with a noise size of 2 to see it."
    )


def cell_log_density(density: Density, bounds: Box, resolution: int, width: float) -> Tensor:
    """Log of p's mean over each cell of ``bounds``, in nats: (R, R) float64, row 0 = smallest y; -inf where there is none.

    By midpoints half a ``width`` of the density apart, 8 a side at most.
    """
    x0, x1, y0, y1 = bounds
    n = min(MOST, max(1, math.ceil(2 * max(x1 - x0, y1 - y0) / resolution / width)))
    fine = density.log_prob(grid_points(bounds, n * resolution))
    return fine.reshape(resolution, n, resolution, n).logsumexp((1, 3)) - 2 * math.log(n)
