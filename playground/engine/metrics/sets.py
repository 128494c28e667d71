"""Sets of features as the metrics take them: checked, in float64, compared in parts; and what real data score themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

Score = TypeVar("Score")

PAIRS = 1 << 22  # distances held at once: 32 MB
TINY = 1e-13  # of |x|^2 + |y|^2: a square distance below that is rounding, and the items are the same
FEW = 4  # coordinates of which differences are taken, without the rounding of the squares


def checked(x: Tensor | np.ndarray, name: str, least: int = 2) -> Tensor:
    """Items ``x`` (N, ...) as float64 (N, D) on the CPU; ValueError with a sentence if there are too few or not all are finite."""
    items = torch.as_tensor(x).detach().cpu()
    if items.ndim < 2 or len(items) < least or not items[0].numel():
        raise ValueError(f"{name} must be at least {least} items with features, but has the shape {tuple(items.shape)}.")
    items = items.double().flatten(1)
    if not bool(items.isfinite().all()):
        raise ValueError(f"{name} has values that are not finite: nothing can be measured of them.")
    return items


def checked_pair(x: Tensor | np.ndarray, y: Tensor | np.ndarray, least: int = 2) -> tuple[Tensor, Tensor]:
    """Two sets (N, ...) and (M, ...) of equally many features each, as (N, D) and (M, D)."""
    first, second = checked(x, "The first set", least), checked(y, "The second set", least)
    if first.shape[1] != second.shape[1]:
        raise ValueError(f"The sets have {first.shape[1]} and {second.shape[1]} features: they must have the same.")
    return first, second


def square_distances(x: Tensor, y: Tensor) -> Iterator[tuple[int, Tensor]]:
    """|x_i - y_j|^2 of x (N, D) and y (M, D), row by row in parts: (first row, (B, M)). Of equal items it is exactly 0."""
    centre = y.mean(0)  # far from 0, narrow data would be lost in the squares
    x, y = x - centre, y - centre
    squares = y.square().sum(1)  # (M,)
    for start in range(0, len(x), max(1, PAIRS // len(y))):
        part = x[start : start + max(1, PAIRS // len(y))]  # (B, D)
        if x.shape[1] <= FEW:
            yield start, torch.cdist(part, y, compute_mode="donot_use_mm_for_euclid_dist").square()
            continue
        sums = part.square().sum(1, keepdim=True) + squares  # (B, M)
        found = torch.addmm(sums, part, y.T, alpha=-2)
        yield start, found.masked_fill_(found < TINY * sums, 0.0)


def distances_to_others(x: Tensor) -> Iterator[tuple[int, Tensor]]:
    """The same within one set x (N, D), with infinity from each item to itself."""
    for start, found in square_distances(x, x):
        row = torch.arange(len(found))
        found[row, start + row] = torch.inf
        yield start, found


def real_floor(metric: Callable[[Tensor, Tensor], Score], real: Tensor, n: int, m: int, seed: int = 0) -> Score:
    """metric(a, b) of two disjoint sets of ``n`` and ``m`` items drawn from ``real`` (N, ...): what a perfect model would score.

    It belongs beside every score of ``m`` generated items against ``n`` real ones. ValueError if N < n + m.
    """
    if min(n, m) < 1 or n + m > len(real):
        raise ValueError(f"Two disjoint sets of {n:,} and {m:,} real items need {n + m:,}, but there are {len(real):,}.")
    order = torch.randperm(len(real), generator=torch.Generator().manual_seed(seed)).to(real.device)
    return metric(real[order[:n]], real[order[n : n + m]])
