"""Mass spread evenly over triangles, gathered in the cells of a lattice: exact areas, no sampling.

An edge covers all that lies to its right. Summed with their signs, the three edges of a triangle cover the triangle and nothing
else; and what an edge adds to a row of cells is known from the pieces of it that lie in each cell, followed by a running sum from
left to right. This is how font renderers draw outlines (Levien 2016, font-rs), here with a density for each triangle; an edge that
two triangles share is looked at once, with the difference of their densities.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

Array = np.ndarray
Box = tuple[float, float, float, float]
Mesh = tuple[Array, Array, Array]  # corners, masses of lower and of upper triangles, as deposit() takes them
Edges = tuple[Array, Array, Array]  # start and end (E, 2), and weight (E,)

THIN = 1e-3  # cells: a triangle thinner than this is made as thick, and a smaller one counts at its centre
EDGES = 1 << 13  # at a time: what is computed of them stays in the cache


def deposit(meshes: Iterable[Mesh], bounds: Box, resolution: int) -> Array:
    """Mass in each of resolution^2 cells of ``bounds`` = (x0, x1, y0, y1): (R, R) float64, row 0 = smallest y.

    Each of ``meshes`` is (x, lower, upper): B lattices of m x n cells with corners ``x`` (B, m + 1, n + 1, 2). The triangle of
    corners (i, j), (i, j + 1), (i + 1, j + 1) has the mass lower[b, i, j], that of (i, j), (i + 1, j + 1), (i + 1, j) the mass
    upper[b, i, j], each evenly spread over its area. Triangles may be turned over and overlap: masses add up. What lies outside the
    box, or has a corner that is not finite, is left out.
    """
    x0, x1, y0, y1 = bounds
    side = np.array([x1 - x0, y1 - y0]) / resolution
    edges: list[Edges] = []
    points: list[tuple[Array, Array]] = []
    for x, lower, upper in meshes:
        u = (x - np.array([x0, y0])) / side  # in cells
        a, b, c, d = corners(u)
        densities = []
        for triangle, mass in (((a, b, c), lower), ((a, c, d), upper)):
            density, thin, thin_mass, centre, centre_mass = _sort_out(triangle, mass, resolution)
            densities.append(density)
            edges.append(_loose_edges(thin, thin_mass))
            points.append((centre, centre_mass))
        edges.append(_mesh_edges(u, *densities))
    at, mass = (np.concatenate(v) for v in zip(*points, strict=True))
    start, end, weight = (np.concatenate(v) for v in zip(*edges, strict=True))
    cells: Array = _points(at, mass, resolution) + _edges(start, end, weight, resolution)
    return cells


def corners(v: Array) -> tuple[Array, Array, Array, Array]:
    """The values (B, m, n, ...) of v (B, m + 1, n + 1, ...) at the four corners of every cell, counter-clockwise."""
    return v[:, :-1, :-1], v[:, :-1, 1:], v[:, 1:, 1:], v[:, 1:, :-1]


def cross(a: Array, b: Array) -> Array:
    """a_x b_y - a_y b_x of vectors (..., 2)."""
    product: Array = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return product


def _sort_out(triangles: tuple[Array, Array, Array], mass: Array, resolution: int) -> tuple[Array, Array, Array, Array, Array]:
    """Triangles with corners a, b, c (B, m, n, 2): their densities (B, m, n), 0 for those taken out; taken out are thin ones
    (T, 3, 2) with their masses, those that lie in one cell, given by their centres (P, 2) and masses, and what lies outside."""
    a, b, c = triangles
    lo, hi = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
    size = hi - lo
    inside = _both((hi > 0) & (lo < resolution) & np.isfinite(size)) & (mass > 0)
    single = inside & (_both(np.floor(lo) == np.floor(hi)) | _both(size < THIN))
    double_area = cross(b - a, c - a)
    thin = inside & ~single & (np.abs(double_area) < THIN * np.hypot(size[..., 0], size[..., 1]))
    plain = inside & ~single & ~thin
    density = np.divide(2 * mass, double_area, out=np.zeros_like(mass), where=plain)
    flat = np.stack([corner[thin] for corner in triangles], 1)
    return density, _thicken(flat), mass[thin], (a[single] + b[single] + c[single]) / 3, mass[single]


def _both(of: Array) -> Array:
    """Of both coordinates (..., 2): a reduction over so short an axis would cost ten times as much."""
    x_and_y: Array = of[..., 0] & of[..., 1]
    return x_and_y


def _points(u: Array, mass: Array, resolution: int) -> Array:
    """Mass at points u (N, 2) in cells."""
    at = np.floor(u).astype(np.int64)
    kept = ((at >= 0) & (at < resolution)).all(1)
    flat = at[kept, 1] * resolution + at[kept, 0]
    return np.bincount(flat, mass[kept], resolution**2).reshape(resolution, resolution)


def _thicken(u: Array) -> Array:
    """Triangles (T, 3, 2) with a height of THIN at least: the density of a flat one would be infinite."""
    edges = np.roll(u, -1, 1) - u  # edge k runs from corner k to k + 1
    lengths = np.hypot(edges[..., 0], edges[..., 1])
    longest = lengths.argmax(1)
    row = np.arange(len(u))
    base, length = edges[row, longest], lengths[row, longest]
    normal = np.stack([-base[:, 1], base[:, 0]], 1) / length[:, None]
    apex = (longest + 2) % 3
    height = cross(base, u[row, apex] - u[row, longest]) / length  # signed
    missing = np.where(np.abs(height) < THIN, np.copysign(THIN, height) - height, 0.0)
    u = u.copy()
    u[row, apex] += missing[:, None] * normal
    return u


def _mesh_edges(u: Array, lower: Array, upper: Array) -> Edges:
    """Edges of the meshes, start and end (E, 2), and the densities left of each less that right of it (E,), 0 left out."""
    below, above = np.pad(lower, ((0, 0), (0, 1), (0, 0))), np.pad(upper, ((0, 0), (1, 0), (0, 0)))
    right, left = np.pad(lower, ((0, 0), (0, 0), (1, 0))), np.pad(upper, ((0, 0), (0, 0), (0, 1)))
    parts = [
        (u[:, :, :-1], u[:, :, 1:], below - above),  # along a row of nodes
        (u[:, :-1], u[:, 1:], right - left),  # along a column
        (u[:, :-1, :-1], u[:, 1:, 1:], upper - lower),  # diagonals
    ]
    kept = [(start[w != 0], end[w != 0], w[w != 0]) for start, end, w in parts]
    start, end, weight = (np.concatenate(v) for v in zip(*kept, strict=True))
    return start, end, weight


def _loose_edges(u: Array, mass: Array) -> Edges:
    """The same for single triangles u (T, 3, 2)."""
    double_area = cross(u[:, 1] - u[:, 0], u[:, 2] - u[:, 0])
    return u.reshape(-1, 2), np.roll(u, -1, 1).reshape(-1, 2), np.repeat(2 * mass / double_area, 3)


def _edges(start: Array, end: Array, weight: Array, resolution: int) -> Array:
    """Sum over edges of ``weight`` (E,), positive on the left of the way from ``start`` to ``end`` (E, 2): (R, R)."""
    places, values = [np.zeros(0, np.int64)], [np.zeros(0)]
    for first in range(0, len(weight), EDGES):
        part = slice(first, first + EDGES)
        for at, value in _pieces(start[part], end[part], weight[part], resolution):
            places.append(at)
            values.append(value)
    shape = (resolution, resolution + 2)
    steps = np.bincount(np.concatenate(places), np.concatenate(values), shape[0] * shape[1]).reshape(shape)
    return steps.cumsum(1)[:, :resolution]


def _pieces(start: Array, end: Array, weight: Array, resolution: int) -> list[tuple[Array, Array]]:
    """Edges cut at the rows of the lattice: pairs of places and values for a running sum along each row."""
    up = end[:, 1] > start[:, 1]
    weight = np.where(up, -weight, weight)  # what runs upwards has its triangle on the left and ends it towards the right
    (xa, ya), (xb, yb) = (np.where(up[:, None], a, b).T for a, b in ((start, end), (end, start)))
    bottom, top = ya.clip(0, resolution), yb.clip(0, resolution)
    kept = top > bottom
    xa, ya, xb, yb, weight, bottom, top = (v[kept] for v in (xa, ya, xb, yb, weight, bottom, top))
    slope = (xb - xa) / (yb - ya)
    edge, row = _steps(bottom, top)
    bottom, top = np.maximum(bottom[edge], row), np.minimum(top[edge], row + 1)
    slope, origin = slope[edge], (xa - slope * ya)[edge]
    p, q = origin + slope * bottom, origin + slope * top
    return _row_pieces(np.minimum(p, q), np.maximum(p, q), row, weight[edge] * (top - bottom), resolution)


def _row_pieces(left: Array, right: Array, row: Array, weight: Array, resolution: int) -> list[tuple[Array, Array]]:
    """Pieces in one row each, from ``left`` to ``right`` (P,), cut at the columns; ``weight`` times height (P,)."""
    base = row * (resolution + 2)
    width = right - left
    before = left < 0  # this part covers the whole row
    share = np.where(right[before] <= 0, 1.0, -left[before] / np.maximum(width[before], 1e-300))
    out = [(base[before], weight[before] * share)]
    column = np.floor(left).astype(np.int64)
    alone = (column >= 0) & (right <= column + 1) & (column < resolution)  # in one cell: no division by a width near 0
    out += _cell_steps(base[alone] + column[alone], (left[alone] + right[alone]) / 2 - column[alone], weight[alone])
    wide = ~alone & (right > 0) & (left < resolution)
    a, b = left[wide].clip(0), right[wide].clip(None, resolution)
    piece, column = _steps(a, b)
    a, b = np.maximum(a[piece], column), np.minimum(b[piece], column + 1)
    per_width = (weight[wide] / width[wide])[piece]
    return out + _cell_steps(base[wide][piece] + column, (a + b) / 2 - column, per_width * (b - a))


def _cell_steps(at: Array, covered: Array, weight: Array) -> list[tuple[Array, Array]]:
    """A piece leaves the share ``covered`` of its own cell on its left: that much of the step comes one cell later."""
    later = weight * covered
    return [(at, weight - later), (at + 1, later)]


def _steps(a: Array, b: Array) -> tuple[Array, Array]:
    """Which intervals [a, b] (N,) meet which unit steps [k, k + 1]: index of the interval and k, one entry for every pair."""
    first = np.floor(a).astype(np.int64)
    counts = np.maximum(np.ceil(b).astype(np.int64) - first, 1)
    index = np.repeat(np.arange(len(a)), counts)
    starts = counts.cumsum() - counts
    return index, np.arange(len(index)) + (first - starts)[index]
