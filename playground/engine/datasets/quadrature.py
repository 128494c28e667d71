"""Integrals over the line and the plane, in float64.

Two tools. On an even lattice of spacing h, a function that is smooth on the scale sigma is summed with an error of
about exp(-2 pi^2 sigma^2 / h^2): h = sigma / 2 is already beyond float64 (Trefethen and Weideman 2014, "The
exponentially convergent trapezoidal rule"). Where scales differ too much for one lattice, squares are split until their
Gauss-Legendre sums agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

Box = tuple[float, float, float, float]


def gauss_legendre(n: int) -> tuple[Tensor, Tensor]:
    """Nodes (n,) and weights (n,) of the Gauss-Legendre rule on [-1, 1], exact for polynomials of degree 2n - 1."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    return torch.from_numpy(nodes), torch.from_numpy(weights)


def panels(breaks: Tensor, order: int = 8) -> tuple[Tensor, Tensor]:
    """Composite Gauss-Legendre rule with a panel between each two of ``breaks`` (P + 1,): nodes, weights (P order,)."""
    u, w = gauss_legendre(order)
    half = breaks.diff()[:, None] / 2  # (P, 1)
    middle = (breaks[1:] + breaks[:-1])[:, None] / 2
    return (middle + half * u).flatten(), (half * w).flatten()


def chunks(x: Tensor, rows: int) -> list[Tensor]:
    """``x`` in parts of at most ``rows`` rows."""
    return [x[i : i + rows] for i in range(0, len(x), rows)]


def lattice(box: Box, spacing: float, rows: int = 64) -> Iterator[tuple[Tensor, float]]:
    """Midpoints of the cells of ``box``, a strip of ``rows`` rows at a time: points (N, 2) and the area of one cell."""
    x0, x1, y0, y1 = box
    nx, ny = math.ceil((x1 - x0) / spacing), math.ceil((y1 - y0) / spacing)
    hx, hy = (x1 - x0) / nx, (y1 - y0) / ny
    x = x0 + hx * (torch.arange(nx, dtype=torch.float64) + 0.5)
    y = y0 + hy * (torch.arange(ny, dtype=torch.float64) + 0.5)
    for strip in chunks(y, rows):
        yield torch.cartesian_prod(x, strip), hx * hy


def tube(nodes: Tensor, reach: float, spacing: float) -> Iterator[tuple[Tensor, float]]:
    """An even lattice on all that lies within ``reach`` of some of ``nodes`` (M, 2), one square tile at a time.

    Yields the points of a tile (N, 2) and the area of a lattice cell. Tiles are as wide as ``reach``, so those of the
    nodes and their eight neighbours are enough.
    """
    home = torch.unique((nodes / reach).floor().long(), dim=0)  # (T, 2), occupied tiles
    around = torch.cartesian_prod(torch.arange(-1, 2), torch.arange(-1, 2))  # (9, 2)
    tiles = torch.unique((home[:, None] + around).reshape(-1, 2), dim=0)
    m = math.ceil(reach / spacing)
    inside = (torch.arange(m, dtype=torch.float64) + 0.5) / m
    cell = torch.cartesian_prod(inside, inside)  # (m^2, 2)
    for tile in tiles:
        yield (tile + cell) * reach, (reach / m) ** 2


def entropy_over(log_prob: Callable[[Tensor], Tensor], parts: Iterator[tuple[Tensor, float]]) -> float:
    """-sum of p log p over the lattice, in nats; 0 log 0 = 0."""
    total = 0.0
    for x, area in parts:
        log_p = log_prob(x)
        total -= area * torch.where(log_p > -700, log_p * log_p.exp(), 0.0).sum().item()
    return total


def mass(log_prob: Callable[[Tensor], Tensor], box: Box, spacing: float) -> float:
    """The integral of p over ``box`` with a lattice of ``spacing``: 1 for a correct density and a box that holds it."""
    return sum(area * log_prob(x).exp().sum().item() for x, area in lattice(box, spacing))


def gaussian_mean(f: Callable[[Tensor], Tensor], spacing: float = 0.25, reach: float = 8.0) -> float:
    """E[f(z)], z ~ N(0, I) on the plane, for an ``f`` that is smooth on the scale 1."""
    total = 0.0
    for z, area in lattice((-reach, reach, -reach, reach), spacing):
        weight = area / (2 * math.pi) * (-z.square().sum(1) / 2).exp()
        keep = weight > 1e-18
        total += (weight[keep] * f(z[keep])).sum().item()
    return total


def adaptive_gaussian_mean(
    f: Callable[[Tensor], Tensor],
    too_wide: Callable[[Tensor, Tensor], Tensor],
    tolerance: float = 1e-8,
    reach: float = 8.0,
    max_depth: int = 24,
) -> float:
    """E[f(z)], z ~ N(0, I) on the plane, for an ``f`` with details much narrower than 1.

    Squares are split in four until a 6 x 6 Gauss-Legendre sum changes by less than ``tolerance``; ``too_wide`` marks
    those to be split in any case, by centre (C, 2) and half width (C,): they may hide a detail between their nodes.
    """
    u, w = gauss_legendre(6)
    nodes = torch.cartesian_prod(u, u)  # (36, 2) on [-1, 1]^2
    weights = torch.cartesian_prod(w, w).prod(1)  # (36,)
    quarters = torch.cartesian_prod(torch.tensor([-0.5, 0.5]), torch.tensor([-0.5, 0.5])).double()

    def sums(centre: Tensor, half: Tensor) -> Tensor:  # (C, 2), (C,) -> (C,)
        z = centre[:, None] + half[:, None, None] * nodes  # (C, 36, 2)
        phi = (-z.square().sum(2) / 2).exp() / (2 * math.pi)
        return half.square() * (weights * phi * f(z.reshape(-1, 2)).reshape(phi.shape)).sum(1)

    start = torch.arange(-reach + 1, reach, 2, dtype=torch.float64)
    centre = torch.cartesian_prod(start, start)
    half = torch.ones(len(centre), dtype=torch.float64)
    coarse, total = sums(centre, half), 0.0
    for _ in range(max_depth):
        inner = (centre[:, None] + half[:, None, None] * quarters).reshape(-1, 2)  # (4C, 2)
        inner_half = (half / 2).repeat_interleave(4)
        parts = sums(inner, inner_half)
        fine = parts.reshape(-1, 4).sum(1)
        go_on = ((fine - coarse).abs() > tolerance) | too_wide(centre, half)
        total += fine[~go_on].sum().item()
        if not go_on.any():
            return total
        again = go_on.repeat_interleave(4)
        centre, half, coarse = inner[again], inner_half[again], parts[again]
    return total + coarse.sum().item()
