"""The Frechet distance between the Gaussian fits of two sets of features: the formula behind the FID (Heusel et al. 2017)."""

from __future__ import annotations

import torch
from torch import Tensor

from playground.engine.metrics.sets import checked, checked_pair

NEGATIVE = 1e-8  # of the largest eigenvalue: a covariance that has one as negative as that is none


def frechet_distance(x: Tensor, y: Tensor) -> float:
    """d^2 of features x (N, ...) and y (M, ...), in the square of their unit; 0 for a set against itself, smaller is better.

    The moments are the sample's, covariances with N - 1. Two samples of one distribution score more than 0, about in proportion to
    1/N + 1/M: see :func:`frechet_floor`, or :func:`~playground.engine.metrics.sets.real_floor` for what real data score. Sets of
    different sizes must therefore not be compared with each other.
    """
    x, y = checked_pair(x, y)
    return frechet_of_moments(x.mean(0), covariance(x), y.mean(0), covariance(y))


def frechet_of_moments(m: Tensor, c: Tensor, m_w: Tensor, c_w: Tensor) -> float:
    """d^2 = |m - m_w|^2 + tr(C + C_w - 2 (C C_w)^(1/2)), of means (D,) and covariances (D, D).

    Heusel et al. 2017 (arXiv:1706.08500), eq. 6. With C = A A^T and C_w = B B^T the eigenvalues of C C_w are the squared singular
    values of A^T B, so that the trace of its root is their sum: no root of an eigenvalue that is mere rounding is ever taken.
    """
    m, m_w = (v.detach().cpu().double().flatten() for v in (m, m_w))
    a, b = factor(c), factor(c_w)
    if not len(m) == len(m_w) == len(a) == len(b):
        raise ValueError(f"Means of {len(m)} and {len(m_w)} features do not fit covariances of {len(a)} and {len(b)}.")
    if not bool((m - m_w).isfinite().all()):
        raise ValueError("The means have values that are not finite.")
    of_means = (m - m_w).square().sum()
    of_covariances = a.square().sum() + b.square().sum() - 2 * torch.linalg.svdvals(a.T @ b).sum()
    return float(of_means + of_covariances.clamp_min(0.0))


def frechet_floor(c: Tensor, n: int, m: int) -> float:
    """What samples of ``n`` and ``m`` items of one Gaussian with covariance ``c`` (D, D) score in the mean, to first order in 1/n.

    (1/n + 1/m) [tr C + 1/2 sum_ij l_i l_j (1 + [i = j]) / (l_i + l_j)] with the eigenvalues l of C: the variance of the two means,
    and the Bures distance 1/2 sum_ij |E_ij|^2 / (l_i + l_j) of covariances that differ by a small E, whose elements have the
    variance l_i l_j (1 + [i = j]) (1/n + 1/m). For C = s^2 I it is (1/n + 1/m) s^2 D (D + 5) / 4.
    """
    values = factor(c).square().sum(0)  # (D,)
    values = values[values > 0]
    pairs = values[:, None] * values / (values[:, None] + values)
    return float((1 / n + 1 / m) * (values.sum() + (pairs.sum() + pairs.diag().sum()) / 2))


def covariance(x: Tensor) -> Tensor:
    """Covariance (D, D) of x (N, D), divided by N - 1."""
    centred = x - x.mean(0)
    return centred.T @ centred / (len(x) - 1)


def factor(c: Tensor) -> Tensor:
    """A (D, D) with A A^T = C, by the eigenvalues of C; those within rounding of 0 are 0."""
    c = checked(c, "The covariance", 1)
    if c.shape[0] != c.shape[1]:
        raise ValueError(f"A covariance is square, but this one has the shape {tuple(c.shape)}.")
    values, vectors = torch.linalg.eigh((c + c.T) / 2)
    largest = float(values.abs().max())
    if float(values.min()) < -NEGATIVE * largest:
        raise ValueError("A covariance has no negative eigenvalue, but this one has.")
    rounding = len(c) * torch.finfo(torch.float64).eps * largest
    return vectors * torch.where(values > rounding, values, 0.0).sqrt()
