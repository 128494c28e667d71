"""Are generated items as good and as varied as real ones? By balls around each item that reach to its k-th neighbour."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from playground.engine.metrics.sets import checked_pair, distances_to_others, square_distances

K = 5  # as Naeem et al. take it; Kynkaanniemi et al. take 3


@dataclass(frozen=True)
class Manifold:
    """All without a unit, larger is better. ``precision``: of the generated items, within a real one's ball; ``recall``: of the
    real ones, within a generated one's ball; ``density``: real balls a generated item lies in, by k (may exceed 1); ``coverage``:
    of the real balls, with a generated item in them.

    Two sets of one distribution do not score 1: in many dimensions precision and recall are about 0.5, so that real data against
    real data (:func:`~playground.engine.metrics.sets.real_floor`) have to stand beside them. The density is 1 in the mean, though
    where few items are neighbours of many it spreads widely (by 0.07 over pairs of 10,000 from N(0, I) in 1000 dimensions); the
    mean coverage is :func:`expected_coverage`.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def manifold(real: Tensor, fake: Tensor, k: int = K) -> Manifold:
    """Of features real (N, ...) and fake (M, ...). Quality and variety by one number each, twice.

    With B(v) the ball around v that reaches to its k-th neighbour in its own set, border included:
    precision = 1/M sum_j [y_j in a B(x_i)], recall = 1/N sum_i [x_i in a B(y_j)] (Kynkaanniemi et al. 2019, arXiv:1904.06991,
    section 2); density = 1/(k M) sum_j sum_i [y_j in B(x_i)], coverage = 1/N sum_i [a y_j in B(x_i)] (Naeem et al. 2020,
    arXiv:2002.09797, section 3).
    """
    if k < 1:
        raise ValueError(f"There is no neighbour number {k}: k is at least 1.")
    real, fake = checked_pair(real, fake, least=k + 1)
    real_radius, fake_radius = radii(real, k), radii(fake, k)  # (N,), (M,): squared
    held, covered, recalled = torch.zeros(len(fake)), [], []
    for start, d in square_distances(real, fake):  # (B, M)
        inside = d <= real_radius[start : start + len(d), None]
        held += inside.sum(0)
        covered.append(inside.any(1))
        recalled.append((d <= fake_radius).any(1))
    return Manifold(
        precision=_share(held > 0),
        recall=_share(torch.cat(recalled)),
        density=float(held.double().mean()) / k,
        coverage=_share(torch.cat(covered)),
    )


def radii(x: Tensor, k: int) -> Tensor:
    """The squared distance (N,) from each of x (N, D) to its k-th nearest other."""
    return torch.cat([d.kthvalue(k, 1).values for _, d in distances_to_others(x)])


def expected_coverage(n: int, m: int, k: int = K) -> float:
    """Mean coverage of ``n`` real items by ``m`` of the same distribution: 1 - (n-1)...(n-k) / ((n+m-1)...(n+m-k)).

    As Naeem et al. 2020 have it: an item is left uncovered if its k nearest among all n + m - 1 others are all real. For n = m it
    is about 1 - 2^-k.
    """
    return 1 - prod((n - i) / (n + m - i) for i in range(1, k + 1))


def _share(of: Tensor) -> float:
    return float(of.double().mean())
