"""A generator as a lattice: where cells of noise land, how far they are stretched, where they fold, and the way back.

Plain numpy. Each cell is two triangles on which the map is linear, so that it can be followed both ways:

    d --- c        a = z[i, j], b = z[i, j + 1], c = z[i + 1, j + 1], d = z[i + 1, j]
    |   / |        triangles abc and acd, both counter-clockwise in the plane of noise
    | /   |
    a --- b
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from playground.engine import messages as m

Array = np.ndarray


def cross(a: Array, b: Array) -> Array:
    """a_x b_y - a_y b_x over the last axis."""
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def triangles(points: Array) -> Array:
    """A lattice (R, R, 2) -> its triangles (2, R-1, R-1, 3, 2)."""
    a, b, c, d = points[:-1, :-1], points[:-1, 1:], points[1:, 1:], points[1:, :-1]
    return np.stack([np.stack([a, b, c], -2), np.stack([a, c, d], -2)])


def signed_areas(points: Array) -> Array:
    """Areas (2, R-1, R-1) of the triangles of a lattice; negative where the plane is turned over."""
    v = triangles(points)
    return 0.5 * cross(v[..., 1, :] - v[..., 0, :], v[..., 2, :] - v[..., 0, :])


def normal_mass(line: Array) -> Array:
    """Mass of N(0, 1) between neighbours of ``line`` (R,): (R-1,)."""
    return np.diff([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in line.tolist()])


@dataclass(frozen=True)
class Hit:
    """A cell over a point of data space, and the noise ``z`` (2,) in it that lands there."""

    row: int
    column: int
    z: Array


@dataclass(frozen=True, eq=False)
class WarpMap:
    """``z`` and ``x`` (R, R, 2); ``log_density`` (R-1, R-1) in nats, None where it is not known."""

    z: Array
    x: Array
    log_density: Array | None

    @classmethod
    def of(cls, answer: m.Warp) -> WarpMap:
        """In float64: areas of cells are small differences."""
        return cls(answer.z.astype(np.float64), answer.x.astype(np.float64), answer.log_density)

    @cached_property
    def mass(self) -> Array:
        """Prior mass (R-1, R-1) of each cell, z ~ N(0, I)."""
        return np.outer(normal_mass(self.z[:, 0, 1]), normal_mass(self.z[0, :, 0]))

    # ------------------------------------------------------------ cells
    def at(self, t: float) -> Array:
        """The lattice (R, R, 2) on its way from noise (t = 0) to data (t = 1): x_t = (1 - t) z + t x."""
        return (1 - t) * self.z + t * self.x

    def log_density_at(self, t: float) -> Array | None:
        """log q_t (R-1, R-1) in nats: prior mass over the area of the image, log m - log |cell|."""
        if self.log_density is None or t >= 1:
            return self.log_density
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.mass) - np.log(np.abs(signed_areas(self.at(t))).sum(0)))

    @cached_property
    def stretch(self) -> Array:
        """|det J| (R-1, R-1): area of a cell's image over the area of the cell."""
        return np.abs(signed_areas(self.x)).sum(0) / signed_areas(self.z).sum(0)

    @cached_property
    def folded(self) -> Array:
        """Cells (R-1, R-1) that are turned over against most of the mass. (A map that turns all over has no fold.)"""
        area = signed_areas(self.x).sum(0)
        most = 1.0 if float((self.mass * np.sign(area)).sum()) >= 0 else -1.0
        return area * most < 0

    @property
    def fold_share(self) -> float:
        """Share of the lattice's noise that lands on folds."""
        return float(self.mass[self.folded].sum() / self.mass.sum())

    # ------------------------------------------------------------ points
    def cell_of(self, z: Array) -> tuple[Array, Array]:
        """Row and column (N,) of the cells that hold ``z`` (N, 2); noise beyond the lattice gets the nearest cell."""
        lines = self.z[:, 0, 1], self.z[0, :, 0]
        row, column = (np.clip(np.searchsorted(line, v, "right") - 1, 0, len(line) - 2)
                       for line, v in zip(lines, (z[:, 1], z[:, 0]), strict=True))  # fmt: skip
        return row, column

    def forward(self, z: Array) -> Array:
        """Where noise ``z`` (N, 2) lands (N, 2), linearly within each triangle."""
        i, j = self.cell_of(z)
        a, b, c, d = self.x[i, j], self.x[i, j + 1], self.x[i + 1, j + 1], self.x[i + 1, j]
        low, high = self.z[i, j], self.z[i + 1, j + 1]
        u, v = (np.clip((z - low) / (high - low), 0, 1)).T[..., None]
        return np.where(u >= v, a + u * (b - a) + v * (c - b), a + v * (d - a) + u * (c - d))

    def backward(self, point: Array, t: float = 1.0) -> list[Hit]:
        """All cells whose image at ``t`` covers ``point`` (2,), each with the noise that lands there; several where it folds."""
        v = triangles(self.at(t))
        origin, first, second = v[..., 0, :], v[..., 1, :] - v[..., 0, :], v[..., 2, :] - v[..., 0, :]
        with np.errstate(divide="ignore", invalid="ignore"):
            whole = cross(first, second)
            p, q = cross(point - origin, second) / whole, cross(first, point - origin) / whole  # barycentric
            inside = (p >= 0) & (q >= 0) & (p + q <= 1)
        noise = triangles(self.z)
        hits: dict[tuple[int, int], Hit] = {}
        for half, i, j in np.argwhere(inside).tolist():
            a, b, c = noise[half, i, j]
            z = a + p[half, i, j] * (b - a) + q[half, i, j] * (c - a)
            hits.setdefault((i, j), Hit(i, j, z))
        return list(hits.values())

    def density(self, hits: Sequence[Hit]) -> float | None:
        """q at a point, per unit area: all sheets of noise that land there add up."""
        if self.log_density is None:
            return None
        return float(sum(np.exp(float(self.log_density[h.row, h.column])) for h in hits))
