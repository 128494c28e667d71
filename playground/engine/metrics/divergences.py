"""Divergences between the data's density p and a model's density q on the plane, in nats.

Both are integrated over the same cells: a cell holds the masses P and Q. The divergence of the cells is never above that of the
densities (data processing) and differs by c h^2 for cells of width h; the term in h^2 is taken out by comparing with cells twice as
wide (Richardson). All that lies outside the box is one more cell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from playground.engine.datasets.base import Density
from playground.engine.datasets.quadrature import gauss_legendre
from playground.engine.metrics.pushforward import PushForward

LIVE_CELLS, FINE_CELLS = 2, 8  # cells to a width of the density
LIVE_MOST, FINE_MOST = 512, 2048  # cells along a side
FLOOR = 1e-6  # share of the model that kl_data_model spreads evenly over the box


@dataclass(frozen=True)
class Divergences:
    """Of the data p and a model q, in nats.

    ``js`` = JS(p, q) = KL(p||m)/2 + KL(q||m)/2 with m = (p + q)/2, in [0, ln 2]; ``js_error``: its change from half the resolution.
    ``kl_data_model`` = KL(p||q) for a q of which a millionth is spread evenly over the box, so that it stays finite where the model
    never goes: a model that covers the data reads the same to 1e-6, and each uncovered share costs about ln(p / 1e-6 of even).
    ``uncovered``: the mass of p in cells that q never reaches. ``kl_model_data`` = KL(q||p), inf where the model goes where data
    cannot be. ``resolution`` cells a side; ``outside``: mass of q outside the box of the data.
    """

    js: float
    js_error: float
    kl_data_model: float
    kl_model_data: float
    uncovered: float
    outside: float
    resolution: int


def plane_divergences(density: Density, q: PushForward, resolution: int | None = None) -> Divergences:
    """Divergences of ``q`` from the data, on an even number of cells a side (unless given: enough for a curve while training)."""
    resolution = resolution or resolution_for(density)
    if resolution % 2:
        raise ValueError("the resolution is even: it is compared with half of it")
    log_p = log_cell_masses(density, resolution)
    q_cells = q.masses(density.bounds, resolution)
    fine, coarse = _measure(log_p, q_cells), _measure(_pool(log_p.exp()).log(), _pool(q_cells))
    js, kl_data_model, kl_model_data = (_extrapolate(a, b) for a, b in zip(fine, coarse, strict=True))
    return Divergences(
        js=min(js, math.log(2)), js_error=abs(js - coarse[0]), kl_data_model=kl_data_model, kl_model_data=kl_model_data,
        uncovered=float(log_p.exp()[q_cells == 0].sum()), outside=max(0.0, 1 - float(q_cells.sum())), resolution=resolution,
    )  # fmt: skip


def js_of_log_densities(log_p: Tensor, log_q: Tensor, cell_area: float) -> float:
    """JS of two densities given at the cells of a lattice, in nats: half of E_p[ln p/m] + E_q[ln q/m], m = (p + q)/2."""
    log_m = torch.logaddexp(log_p, log_q) - math.log(2)
    return float(_mean_log(log_p, log_p - log_m) + _mean_log(log_q, log_q - log_m)) * cell_area / 2


def js_gaussians(mean_gap: float, std_p: float = 1.0, std_q: float = 1.0) -> float:
    """JS(N(0, std_p^2), N(mean_gap, std_q^2)) on the line by the trapezoid rule, exact to 1e-12."""
    reach = 12 * max(std_p, std_q)
    x = torch.linspace(-reach, mean_gap + reach, 20_001, dtype=torch.float64)

    def log_normal(mean: float, std: float) -> Tensor:
        return -(((x - mean) / std) ** 2) / 2 - math.log(std) - 0.5 * math.log(2 * math.pi)

    return js_of_log_densities(log_normal(0, std_p), log_normal(mean_gap, std_q), float(x[1] - x[0]))


def width(density: Density) -> float:
    """How narrow a density is: the standard deviation of a round Gaussian with as much Fisher information, E|grad log p|^2 = 2/s^2.

    For a mixture of separated round Gaussians of one width it is that width; for a curve blurred by s it is sqrt(2) s. A density
    without a score has sharp edges: a 32nd of its box.
    """
    x = density.sample(4096, torch.Generator().manual_seed(0))
    score = density.score(x)
    if score is None:
        x0, x1, y0, y1 = density.bounds
        return min(x1 - x0, y1 - y0) / 32
    return math.sqrt(2 / float(score.square().sum(1).mean()))


def resolution_for(density: Density, fine: bool = False) -> int:
    """Cells a side: 2 to a width and at most 512 for curves while training, 8 and at most 2048 for an evaluation."""
    x0, x1, y0, y1 = density.bounds
    per_width, most = (FINE_CELLS, FINE_MOST) if fine else (LIVE_CELLS, LIVE_MOST)
    cells = per_width * max(x1 - x0, y1 - y0) / width(density)
    return min(most, max(64, 4 * math.ceil(cells / 4)))  # by fours: cells and checkerboards share their edges


_MASSES: WeakKeyDictionary[Density, dict[int, Tensor]] = WeakKeyDictionary()


def log_cell_masses(density: Density, resolution: int) -> Tensor:
    """Log of p's mass in each cell of the density's box (R, R), by Gauss-Legendre sums in each; kept, as p does not change."""
    kept = _MASSES.setdefault(density, {})
    if resolution not in kept:
        kept.clear()  # 32 MB at the finest
        kept[resolution] = _cell_masses(density, resolution)
    return kept[resolution]


def _cell_masses(density: Density, resolution: int) -> Tensor:
    x0, x1, y0, y1 = density.bounds
    side = torch.tensor([x1 - x0, y1 - y0], dtype=torch.float64) / resolution
    order = min(16, max(2, math.ceil(3 * float(side.max()) / width(density))))
    nodes, weights = gauss_legendre(order)
    cell = torch.arange(resolution, dtype=torch.float64) + 0.5
    rows, columns = torch.meshgrid(y0 + side[1] * cell, x0 + side[0] * cell, indexing="ij")
    centres = torch.stack([columns, rows], -1).reshape(-1, 2)
    total = torch.full((resolution**2,), -math.inf, dtype=torch.float64)
    for a in range(order):
        for b in range(order):
            moved = centres + side / 2 * torch.stack([nodes[a], nodes[b]])
            total = torch.logaddexp(total, density.log_prob(moved) + (weights[a] * weights[b] / 4).log())
    return (total + side.prod().log()).reshape(resolution, resolution)


def _measure(log_p: Tensor, q: Tensor) -> tuple[float, float, float]:
    """JS, KL(p||q) and KL(q||p) of the masses in cells (R, R), with one more cell for the rest of both."""
    p = log_p.exp()
    log_p, p, q = (torch.cat([a.flatten(), b]) for a, b in ((log_p, _rest(p).log()), (p, _rest(p)), (q, _rest(q))))
    log_q = q.log()
    log_m = torch.logaddexp(log_p, log_q) - math.log(2)
    js = (_mean_log(log_p, log_p - log_m) + _mean_log(log_q, log_q - log_m)) / 2
    floored = ((1 - FLOOR) * q + FLOOR / len(q)).log()
    return float(js), float(_mean_log(log_p, log_p - floored)), float(_mean_log(log_q, log_q - log_p))


def _rest(mass: Tensor) -> Tensor:
    """What is missing to 1: (1,)."""
    return (1 - mass.sum()).clamp_min(1e-15)[None]


def _mean_log(log_weight: Tensor, values: Tensor) -> Tensor:
    """sum of exp(log_weight) values, where 0 times anything is 0."""
    weight = log_weight.exp()
    return torch.where(weight > 0, weight * values, 0.0).sum()


def _pool(mass: Tensor) -> Tensor:
    """Cells twice as wide."""
    r = len(mass) // 2
    return mass.reshape(r, 2, r, 2).sum((1, 3))


def _extrapolate(fine: float, coarse: float) -> float:
    """The value at width 0 from those at h and 2 h, where the error is c h^2; at least 0."""
    return max(0.0, fine + (fine - coarse) / 3) if math.isfinite(coarse) and math.isfinite(fine) else fine
