"""The kernel distance between two sets of features: the estimate behind the KID (Binkowski et al. 2018)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from playground.engine.metrics.estimates import mean_and_error
from playground.engine.metrics.sets import checked_pair

BLOCKS, SIZE = 10, 1000  # blocks at least, and items of one at most: Binkowski et al. take 1000


@dataclass(frozen=True)
class KernelDistance:
    """``distance``: MMD^2, no unit; ``error``: its standard error over the ``blocks``."""

    distance: float
    error: float
    blocks: int


def kernel_distance(x: Tensor, y: Tensor, blocks: int = BLOCKS, size: int = SIZE, seed: int = 0) -> KernelDistance:
    """MMD^2 of features x (N, ...) and y (M, ...): smaller is better; equal distributions score 0 in the mean, so often less.

    Mean over disjoint blocks, at least ``blocks`` and of at most ``size`` items of each set, dealt out at random; up to one item
    fewer than there are blocks is left out of each set. Real data score 0 within the error, at every N: there is no bias.
    """
    x, y = checked_pair(x, y)
    blocks = max(blocks, -(-max(len(x), len(y)) // size))
    if blocks < 2 or min(len(x), len(y)) < 2 * blocks:
        raise ValueError(f"{blocks} blocks need two items each: {len(x)} and {len(y)} are too few.")
    stream = torch.Generator().manual_seed(seed)
    parts = [v[torch.randperm(len(v), generator=stream)[: len(v) // blocks * blocks]].chunk(blocks) for v in (x, y)]
    found = torch.tensor([mmd2(a, b) for a, b in zip(*parts, strict=True)], dtype=torch.float64)
    mean, error = mean_and_error(found)
    return KernelDistance(mean, error, blocks)


def mmd2(x: Tensor, y: Tensor) -> float:
    """Unbiased MMD^2 = mean_{i != j} k(x_i, x_j) + mean_{i != j} k(y_i, y_j) - 2 mean k(x_i, y_j) of x (n, D), y (m, D), float64.

    Gretton et al. 2012, eq. 3, with the kernel of Binkowski et al. 2018 (arXiv:1801.01401), section 4: k(x, y) = (x.y / D + 1)^3.
    """
    within = [(total - own) / (len(v) * (len(v) - 1)) for v in (x, y) for total, own in [_sums(v)]]
    return float(within[0] + within[1] - 2 * cubic(x, y).mean())


def cubic(x: Tensor, y: Tensor) -> Tensor:
    """(x_i.y_j / D + 1)^3 of x (n, D) and y (m, D): (n, m)."""
    return (x @ y.T / x.shape[1] + 1) ** 3


def _sums(v: Tensor) -> tuple[Tensor, Tensor]:
    """Of the kernel matrix (n, n) of v (n, D): the sum of all, and that of the diagonal."""
    k = cubic(v, v)
    return k.sum(), k.diagonal().sum()
