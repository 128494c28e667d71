"""The exact density of a generator of the plane: its noise, pushed forward.

z ~ N(0, I) on the plane and x = G(z) have q(x) = sum over all z with G(z) = x of p(z) / |det dG/dz|. Here a lattice over the noise
is carried through G; every cell of it takes its prior mass along and spreads it over its image, two triangles. Where G folds, the
masses add up. Where G bends within a cell the lattice is refined: there G is asked again, not interpolated.

Noise of another size has no density on the plane (one number makes a curve) or none that can be summed in this way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from playground.engine.metrics.coverage import Box, corners, cross, deposit
from playground.engine.metrics.triangles import density_at

Array = np.ndarray
Generate = Callable[[Tensor], Tensor]

EXTENT = 6.5  # of the lattice over the noise on either axis: 1.6e-10 of the mass lies beyond
SPLITS = ((4, 4), (2, 8), (8, 2))  # a cell that is refined becomes 16: so many along the second noise and the first
ONE_WAY = 4.0  # a cell that bends so many times as much along one noise as along the other is split along that
BATCH = 1 << 16  # noises at a time
TOLERANCE = 1e-5  # mass that may be misplaced before a lattice is refined
LIVE_SIDE, LIVE_ROUNDS, LIVE_CELLS = 105, 2, 110  # about 60 ms with three layers of 128 on one core, masses included
FINE_SIDE, FINE_ROUNDS, FINE_CELLS = 257, 4, 6_000  # seconds


@dataclass
class Patches:
    """B lattices of m x n cells: lines of the noise ``z0`` (B, n + 1) and ``z1`` (B, m + 1), the images ``x`` (B, m + 1, n + 1, 2)
    of their nodes, and ``mass`` (B, m, n), 0 where a finer patch stands in."""

    z0: Array
    z1: Array
    x: Array
    mass: Array

    def log_prior(self) -> Array:
        """log p(z) at the nodes (B, m + 1, n + 1)."""
        log_p: Array = -(self.z0[:, None, :] ** 2 + self.z1[:, :, None] ** 2) / 2 - math.log(2 * math.pi)
        return log_p

    def halves(self) -> tuple[Array, Array]:
        """Masses (B, m, n) of the two triangles of every cell, in the ratio of exp(mean log p at their corners)."""
        _, b, _, d = corners(self.log_prior())
        lower = self.mass / (1 + np.exp((d - b) / 3))
        return lower, self.mass - lower

    def triangles(self) -> Iterator[tuple[Array, Array, Array]]:
        """Both kinds, of cells that have mass: corners (T, 3, 2) in x, log p(z) at them (T, 3), area in z (T,)."""
        kept = self.mass > 0
        x, log_p = ([v[kept] for v in corners(values)] for values in (self.x, self.log_prior()))
        area = (np.diff(self.z1)[:, :, None] * np.diff(self.z0)[:, None, :])[kept] / 2
        for k in (1, 2):
            yield np.stack([x[0], x[k], x[k + 1]], 1), np.stack([log_p[0], log_p[k], log_p[k + 1]], 1), area

    def doubts(self, detail: float) -> tuple[Array, Array]:
        """(B, m, n): mass times how far its image may be off, as a share of ``detail`` and at most 1; and in what way it is best
        split, an index of SPLITS. By second differences: a chord misses its curve by |x''| h^2 / 8.
        """
        along_1 = _worst_corner(_bend(self.x, self.z1, 1)) * np.diff(self.z1)[:, :, None] ** 2 / 8
        along_0 = _worst_corner(_bend(self.x, self.z0, 2)) * np.diff(self.z0)[:, None, :] ** 2 / 8
        twist = np.linalg.norm(np.subtract(*_diagonals(self.x)), axis=3) / 4
        off = np.nan_to_num(np.maximum(np.maximum(along_0, along_1), twist) / detail, nan=0.0, posinf=1.0)
        split = np.where(along_1 > ONE_WAY * along_0, 2, np.where(along_0 > ONE_WAY * along_1, 1, 0))
        return self.mass * np.minimum(off, 1.0), split


@dataclass(frozen=True)
class PushForward:
    """G's density on the plane: ``patches`` of cells whose mass is spread over two triangles each; ``base`` is the first lattice.

    ``unresolved``: mass in cells whose image is not known to within ``detail``, by estimate; the JS is off by about a tenth of it.
    ``nodes``: how often G was asked.
    """

    patches: tuple[Patches, ...]
    base: Patches
    detail: float
    unresolved: float
    nodes: int

    def masses(self, bounds: Box, resolution: int) -> Tensor:
        """q's mass in each of resolution^2 cells of the box (R, R) float64, row 0 = smallest y; the rest of 1 lies outside."""
        cells = deposit([(p.x, *p.halves()) for p in self.patches], bounds, resolution)
        return torch.from_numpy(np.where(cells > 1e-14, cells, 0.0))  # below is rounding

    def outside(self, bounds: Box, resolution: int = 64) -> float:
        """The share of the mass outside ``bounds``."""
        return max(0.0, 1 - float(self.masses(bounds, resolution).sum()))

    def log_density(self, bounds: Box, resolution: int) -> Tensor:
        """Log of q's mean over each cell, in nats: (R, R) float64, row 0 = smallest y; -inf where G never goes."""
        x0, x1, y0, y1 = bounds
        return self.masses(bounds, resolution).log() - math.log((x1 - x0) * (y1 - y0) / resolution**2)

    def log_prob(self, x: Tensor) -> Tensor:
        """log q (N,) float64 in nats at ``x`` (N, 2): log of the sum of p(z) / |det| over the triangles there; -inf without any."""
        points = x.detach().cpu().double().numpy()
        density = sum(density_at(points, *t) for p in self.patches for t in p.triangles())
        return torch.as_tensor(density).log()

    def cells(self) -> Tensor:
        """log density (S - 1, S - 1) of the lattice before it was refined, as :func:`warp_density`."""
        z = np.stack(np.meshgrid(self.base.z0[0], self.base.z1[0]), -1)
        return torch.from_numpy(warp_density(z, self.base.x[0]))


def push_forward(
    generate: Generate, device: str = "cpu", side: int = LIVE_SIDE, rounds: int = LIVE_ROUNDS, cells: int = LIVE_CELLS,
    detail: float | None = None,
) -> PushForward:
    """The result of :func:`pushing_forward`, in one go."""
    *_, found = pushing_forward(generate, device, side, rounds, cells, detail)
    return found


def pushing_forward(
    generate: Generate, device: str = "cpu", side: int = LIVE_SIDE, rounds: int = LIVE_ROUNDS, cells: int = LIVE_CELLS,
    detail: float | None = None,
) -> Iterator[PushForward]:
    """The density of x = generate(z), z (N, 2) ~ N(0, I) -> x (N, 2), float32 on ``device``, better after each of ``rounds``.

    A lattice of side^2 nodes, then ``rounds`` times the ``cells`` cells in which most mass may be misplaced are split in 16.
    ``detail``: the width in x that has to be right (half the narrowest width of the data, ``divergences.width``); unless given, a
    200th of the spread of x.
    """
    line = _lines(side)
    x = _ask(generate, line[None], line[None], device)
    base = Patches(line[None], line[None], x, _masses(line[None], line[None]))
    detail = detail or _spread(x) / 200
    patches = [Patches(base.z0, base.z1, base.x, base.mass.copy())]
    doubts = [patches[0].doubts(detail)]
    yield PushForward(tuple(patches), base, detail, _sum(doubts), x[..., 0].size)
    for _ in range(rounds):
        chosen = _worst([d for d, _ in doubts], cells)
        new = _refine(patches, [split for _, split in doubts], chosen, generate, device)
        for (doubt, _), where in zip(doubts, chosen, strict=True):
            doubt[where] = 0.0
        patches += new
        doubts += [p.doubts(detail) for p in new]
        yield PushForward(tuple(patches), base, detail, _sum(doubts), sum(p.x[..., 0].size for p in patches))


def _sum(doubts: list[tuple[Array, Array]]) -> float:
    return float(sum(d.sum() for d, _ in doubts))


def warp_density(z: Array, x: Array) -> Array:
    """Log of each cell's prior mass over the area of its image, in nats: z, x (R, R, 2) -> (R - 1, R - 1).

    ``z`` is a lattice along the axes: of its two coordinates one runs along each axis. +inf where the image has no area.
    """
    cdf = torch.special.ndtr(torch.from_numpy(np.asarray(z, np.float64))).numpy()
    a, b, c, d = corners(cdf[None])
    mass = np.abs(cross(c - a, d - b))[0] / 2  # of a rectangle in Phi(z)
    a, b, c, d = corners(np.asarray(x, np.float64)[None])
    area = (np.abs(cross(b - a, c - a)) + np.abs(cross(c - a, d - a)))[0] / 2
    with np.errstate(divide="ignore"):
        log_density: Array = np.log(mass) - np.log(area)
    return log_density


def _spread(x: Array) -> float:
    """The larger standard deviation of the two coordinates of the nodes' images x (..., 2)."""
    finite = x[np.isfinite(x).all(-1)]
    return max(float(finite.std(0).max()), 1e-9) if len(finite) else 1.0


def _lines(side: int) -> Array:
    """Lattice lines (side,) over [-EXTENT, EXTENT], 1.8 times as dense in the middle as if they were even."""
    t = np.linspace(-1, 1, side)
    lines: Array = EXTENT * np.sinh(2 * t) / math.sinh(2)
    return lines


@torch.no_grad()
def _ask(generate: Generate, z0: Array, z1: Array, device: str) -> Array:
    """Images (B, m, n, 2) float64 of the nodes of B lattices of lines z0 (B, n) and z1 (B, m)."""
    shape = (len(z0), z1.shape[1], z0.shape[1])
    z = np.stack([np.broadcast_to(z0[:, None, :], shape), np.broadcast_to(z1[:, :, None], shape)], -1)
    flat = torch.from_numpy(z.reshape(-1, 2)).float()
    x = torch.cat([generate(part.to(device)).cpu().double() for part in flat.split(BATCH)])
    return x.reshape(*shape, 2).numpy()


def _masses(z0: Array, z1: Array) -> Array:
    """Prior mass (B, m, n) of the cells: differences of Phi, taken on the side where they do not cancel."""

    def shares(z: Array) -> Array:
        a, b = torch.from_numpy(z[:, :-1]), torch.from_numpy(z[:, 1:])
        flip = a > 0
        a, b = torch.where(flip, -b, a), torch.where(flip, -a, b)
        return (torch.special.ndtr(b) - torch.special.ndtr(a)).numpy()

    masses: Array = shares(z1)[:, :, None] * shares(z0)[:, None, :]
    return masses


def _worst(doubts: list[Array], cells: int) -> list[tuple[Array, ...]]:
    """Where the ``cells`` largest doubts stand, patch by patch; those that make up less than TOLERANCE together are left."""
    flat = np.concatenate([d.ravel() for d in doubts])
    order = np.argsort(flat)[::-1][:cells]
    rest = flat.sum() - flat[order].cumsum() + flat[order]  # before each
    chosen = np.zeros(len(flat), bool)
    chosen[order[(rest > TOLERANCE) & (flat[order] > 0)]] = True
    parts = np.split(chosen, np.cumsum([d.size for d in doubts])[:-1])
    return [np.nonzero(part.reshape(d.shape)) for part, d in zip(parts, doubts, strict=True)]


def _refine(
    patches: list[Patches], splits: list[Array], chosen: list[tuple[Array, ...]], generate: Generate, device: str
) -> list[Patches]:
    """A patch of 16 cells for each chosen cell, whose own mass is set to 0; as many batches as there are ways to split."""
    out = []
    for way, (m, n) in enumerate(SPLITS):
        z0, z1 = [np.zeros((0, n + 1))], [np.zeros((0, m + 1))]
        for patch, split, (b, i, j) in zip(patches, splits, chosen, strict=True):
            b, i, j = (v[split[b, i, j] == way] for v in (b, i, j))
            z0.append(np.linspace(patch.z0[b, j], patch.z0[b, j + 1], n + 1, axis=1))
            z1.append(np.linspace(patch.z1[b, i], patch.z1[b, i + 1], m + 1, axis=1))
            patch.mass[b, i, j] = 0.0
        lines = np.concatenate(z0), np.concatenate(z1)
        if len(lines[0]):
            out.append(Patches(*lines, _ask(generate, *lines, device), _masses(*lines)))
    return out


def _bend(x: Array, lines: Array, axis: int) -> Array:
    """|x''| along an axis of x (B, m + 1, n + 1, 2) at the nodes, by divided differences; at the ends that of the neighbour."""
    h = np.diff(lines).reshape(len(lines), *((-1, 1, 1) if axis == 1 else (1, -1, 1)))
    middle = (h[:, 1:] + h[:, :-1]) / 2 if axis == 1 else (h[:, :, 1:] + h[:, :, :-1]) / 2
    second = np.diff(np.diff(x, axis=axis) / h, axis=axis) / middle
    widths = [(0, 0)] * 3
    widths[axis] = (1, 1)
    return np.pad(np.linalg.norm(second, axis=3), widths, mode="edge")


def _worst_corner(v: Array) -> Array:
    a, b, c, d = corners(v)
    worst: Array = np.maximum(np.maximum(a, b), np.maximum(c, d))
    return worst


def _diagonals(v: Array) -> tuple[Array, Array]:
    a, b, c, d = corners(v)
    return a + c, b + d
