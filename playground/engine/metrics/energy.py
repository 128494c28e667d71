"""The energy distance between two samples: a distance between distributions that needs no density and no bins."""

from __future__ import annotations

import torch
from torch import Tensor


def energy_distance(x: Tensor, y: Tensor) -> float:
    """2 E|x - y| - E|x - x'| - E|y - y'| of items x (N, ...) and y (M, ...), in the units of x; 0 only for equal distributions.

    Szekely & Rizzo 2013, eq. 5, with all pairs, each item with itself included: never negative, and for two samples of one
    distribution about E|x - x'| (1/N + 1/M) instead of 0. That floor has to stand beside it.
    """
    x, y = x.double().flatten(1), y.double().flatten(1)
    across, within_x, within_y = (torch.cdist(a, b).mean() for a, b in ((x, y), (x, x), (y, y)))
    return float(2 * across - within_x - within_y)
