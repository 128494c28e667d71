"""Which triangles hold a point, and the density that they carry there."""

from __future__ import annotations

import numpy as np

from playground.engine.metrics.coverage import cross

Array = np.ndarray
PAIRS = 4_000_000  # point and triangle, looked at together


def density_at(x: Array, corners: Array, log_prior: Array, z_area: Array) -> Array:
    """sum over the triangles that hold x of p(z) / |det|: x (N, 2) -> (N,), float64.

    A triangle ``corners`` (T, 3, 2) is the linear image of one in z, of area ``z_area`` (T,), so |det| is the ratio of their areas;
    log p(z) is interpolated between its corners ``log_prior`` (T, 3).
    """
    order = np.argsort(x[:, 0], kind="stable")
    px, py = x[order, 0], x[order, 1]
    lo, hi = corners.min(1), corners.max(1)
    double_area = cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    first, last = np.searchsorted(px, lo[:, 0]), np.searchsorted(px, hi[:, 0], side="right")
    counts = np.where(np.isfinite(double_area) & (double_area != 0), last - first, 0)
    out = np.zeros(len(x))
    some = np.nonzero(counts)[0]
    groups = np.cumsum(counts[some]) // PAIRS
    for g in np.unique(groups):
        t = some[groups == g]
        index = np.repeat(t, counts[t])
        start = counts[t].cumsum() - counts[t]
        point = np.arange(len(index)) - np.repeat(start - first[t], counts[t])
        near = (py[point] >= lo[index, 1]) & (py[point] <= hi[index, 1])
        index, point = index[near], point[near]
        p = np.stack([px[point], py[point]], 1)
        weights = _barycentric(p, corners[index], double_area[index])  # (P, 3)
        held = (weights >= 0).all(1)
        index, point, weights = index[held], point[held], weights[held]
        density = np.exp((weights * log_prior[index]).sum(1)) * 2 * z_area[index] / np.abs(double_area[index])
        out[order] += np.bincount(point, density, len(x))
    return out


def _barycentric(p: Array, corners: Array, double_area: Array) -> Array:
    """Weights (P, 3) of the corners (P, 3, 2) that give p (P, 2)."""
    a, b, c = corners[:, 0] - p, corners[:, 1] - p, corners[:, 2] - p
    weights: Array = np.stack([cross(b, c), cross(c, a), cross(a, b)], 1) / double_area[:, None]
    return weights
