"""The density of points with noise on them: p_t, at any t, from the density of the data."""

from __future__ import annotations

import numpy as np

from playground.ui.widgets.plane import Bounds

Array = np.ndarray
FAINTEST = -60.0  # nats
SMOOTH = 0.6  # cells: standard deviation below which a sum of bells round the cells would show ripples


def noised(
    log_density: Array, bounds: Bounds, alpha_bar: float, units: tuple[Array, float], view: Bounds, resolution: int
) -> Array:
    """log p_t (Q, Q) in nats over ``view``, row 0 = smallest y, from log p_0 (R, R) over ``bounds``.

    x_t = c + sqrt(a) (x_0 - c) + s sqrt(1 - a) eps with the model's ``units`` c (2,), s: the data contracted towards c and blurred,
    p_t(x) = sum over cells of p_0 h^2 N(x; c + sqrt(a) (x_0 - c), s^2 (1 - a)) (Ho et al. 2020, eq. 4). The bell is separable.
    """
    centre, scale = units
    p = _exp(np.nan_to_num(log_density, nan=-np.inf, neginf=-np.inf))
    side = len(p)
    bells = []
    for axis in (0, 1):
        low, high = bounds[2 * axis : 2 * axis + 2]
        cell = (high - low) / side
        x0 = low + cell * (np.arange(side) + 0.5)
        moved = centre[axis] + np.sqrt(alpha_bar) * (x0 - centre[axis])
        width = np.sqrt(alpha_bar) * cell
        sd = max(np.sqrt(scale**2 * (1 - alpha_bar) + width**2 / 12), SMOOTH * width)
        at = view[2 * axis] + (view[2 * axis + 1] - view[2 * axis]) * (np.arange(resolution) + 0.5) / resolution
        bells.append(cell * _exp(-0.5 * ((at[:, None] - moved) / sd) ** 2) / (np.sqrt(2 * np.pi) * sd))
    # einsum, not @: a product of this size is shared among threads, which wait some 16 ms for each other on a busy machine
    blurred = np.einsum("ij,kj->ik", np.einsum("ij,jk->ik", bells[1], p), bells[0])
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(blurred))


def _exp(x: Array) -> Array:
    """exp, with 0 for what is too small to be seen: denormal numbers would make the sums thirty times slower."""
    return np.where(x > FAINTEST, np.exp(np.maximum(x, FAINTEST)), 0.0)
