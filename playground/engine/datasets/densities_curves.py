"""Curves blurred by noise: p(x) = integral of K(x - c(t)) q(t) dt, with c(t) the curve, q(t) its law and K the noise.

The integral is a composite Gauss-Legendre sum whose nodes lie about a third of the noise's width apart, so that it is
good to about 1e-9 wherever there is mass; only nodes near enough to matter are summed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.engine.datasets.base import DataError
from playground.engine.datasets.densities_plane import CHUNK, LOG_2PI, REACH, PlaneDensity, choose, normal, uniform
from playground.engine.datasets.quadrature import chunks, entropy_over, panels, tube

#: More nodes than this and a picture of the density would take minutes.
MAX_NODES = 50_000


@dataclass(frozen=True)
class Branch:
    """One curve c(t), lo <= t <= hi, in data units, with the law q(t) of its parameter.

    ``point`` maps t (M,) to points (M, 2); ``law`` maps t to q(t); ``quantile`` maps u in [0, 1) to t. Both last
    are uniform unless given.
    """

    point: Callable[[Tensor], Tensor]
    lo: float
    hi: float
    law: Callable[[Tensor], Tensor] | None = None
    quantile: Callable[[Tensor], Tensor] | None = None

    def density(self, t: Tensor) -> Tensor:
        return self.law(t) if self.law else torch.full_like(t, 1 / (self.hi - self.lo))

    def draw(self, u: Tensor) -> Tensor:
        return self.quantile(u) if self.quantile else self.lo + (self.hi - self.lo) * u

    def nodes(self, spacing: float) -> tuple[Tensor, Tensor]:
        """Points (M, 2) and weights q(t) dt (M,) of panels that are ``spacing`` long, measured along the curve."""
        t = torch.linspace(self.lo, self.hi, 4097, dtype=torch.float64)
        length = torch.cat([torch.zeros(1), self.point(t).diff(dim=0).norm(dim=1).cumsum(0)])  # along the curve
        count = max(32, math.ceil(length[-1].item() / spacing))
        if 8 * count > MAX_NODES:
            raise DataError("noise: this noise is too small beside the size of the curve for an exact density.")
        at = torch.linspace(0, length[-1].item(), count + 1, dtype=torch.float64)
        right = torch.searchsorted(length, at).clamp(1, len(t) - 1)
        share = (at - length[right - 1]) / (length[right] - length[right - 1])
        breaks = torch.lerp(t[right - 1], t[right], share)
        breaks[0], breaks[-1] = self.lo, self.hi
        nodes, weights = panels(breaks)
        return self.point(nodes), weights * self.density(nodes)


class CurveDensity(PlaneDensity):
    """Equal shares of one or more branches, blurred by N(0, noise^2 I). ``noise`` is in data units, after scaling."""

    label_name: str | None = "branch"

    def __init__(self, branches: list[Branch], noise: float) -> None:
        self.branches, self.noise = branches, noise
        if len(branches) == 1:
            self.label_name = None
        rules = [branch.nodes(2.5 * noise) for branch in branches]
        self.nodes = torch.cat([points for points, _ in rules])  # (M, 2)
        self.log_weights = torch.cat([weights for _, weights in rules]).log() - math.log(len(branches))
        (x0, y0), (x1, y1) = self.nodes.amin(0).tolist(), self.nodes.amax(0).tolist()
        margin = self._reach(REACH)
        self.bounds = (x0 - margin, x1 + margin, y0 - margin, y1 + margin)

    def _reach(self, stds: float) -> float:
        """How far the noise carries a point from its curve, with ``stds`` standard deviations for the Gaussian part."""
        return stds * self.noise

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        label = choose(len(self.branches), n, generator)
        u = uniform(n, generator)
        x = normal(n, generator) * self.noise
        for b, branch in enumerate(self.branches):
            here = label == b
            x[here] += branch.point(branch.draw(u[here]))
        return x, label

    def _log_kernel(self, x: Tensor, c: Tensor) -> Tensor:
        """ln N(x - c; 0, noise^2 I) for x (N, 2), c (M, 2): (N, M)."""
        x, c = x / self.noise, c / self.noise
        squares = x.square().sum(1)[:, None] + c.square().sum(1)  # |x - c|^2 = |x|^2 + |c|^2 - 2 x.c
        return torch.addmm(squares, x, c.T, beta=-0.5) - (LOG_2PI + 2 * math.log(self.noise))

    def _mean_score(self, x: Tensor, c: Tensor, r: Tensor) -> Tensor:
        """sum_m r_m grad ln K(x - c_m), for weights r (N, M) that sum to 1: (N, 2)."""
        return (r @ c - x) / self.noise**2

    def _log_prob(self, x: Tensor) -> Tensor:
        return self._by_tile(x, lambda part, c, log_w: (self._log_kernel(part, c) + log_w).logsumexp(1))

    def _score(self, x: Tensor) -> Tensor:
        def score(part: Tensor, c: Tensor, log_w: Tensor) -> Tensor:
            return self._mean_score(part, c, (self._log_kernel(part, c) + log_w).softmax(1))

        return self._by_tile(x, score)

    def _by_tile(self, x: Tensor, f: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Tensor:
        """``f(points, nodes, log weights)`` over groups of neighbouring points, each with the nodes near enough."""
        parts, order = [], []
        for group in _neighbourhoods(x, self.bounds):
            near = self._near(x[group])
            c, log_w = self.nodes[near], self.log_weights[near]
            for rows in chunks(group, max(1, CHUNK // (4 * len(c)))):
                parts.append(f(x[rows], c, log_w))
                order.append(rows)
        return torch.cat(parts)[torch.cat(order).argsort()]

    def _near(self, x: Tensor) -> Tensor:
        """Which nodes (M,) bool matter for any of the points: others add less than e^-24 of what the nearest adds."""
        lo, hi = x.amin(0), x.amax(0)
        outside = torch.maximum(lo - self.nodes, self.nodes - hi).clamp_min(0).norm(dim=1)  # to the box
        farthest = torch.maximum((lo - self.nodes).abs(), (hi - self.nodes).abs()).norm(dim=1)
        near: Tensor = outside <= farthest.min() + self._reach(7.0)
        return near

    def _entropy(self) -> float:
        return entropy_over(self._log_prob, tube(self.nodes, self._reach(7.0), self.noise / 2))


class JitteredCurveDensity(CurveDensity):
    """A curve whose points are first moved evenly within a square of side ``jitter``, then by N(0, noise^2 I).

    On each axis the kernel is the uniform law convolved with the normal one,
    k(d) = [Phi((d + w/2)/s) - Phi((d - w/2)/s)] / w.
    """

    def __init__(self, branches: list[Branch], noise: float, jitter: float) -> None:
        self.jitter = jitter
        super().__init__(branches, noise)

    def _reach(self, stds: float) -> float:
        return stds * self.noise + self.jitter

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        x, label = super()._draw(n, generator)
        moved = torch.stack([uniform(n, generator), uniform(n, generator)], 1) - 0.5
        return x + self.jitter * moved, label

    def _log_kernel(self, x: Tensor, c: Tensor) -> Tensor:
        d = x[:, None] - c  # (N, M, 2)
        return log_box_normal(d, self.jitter, self.noise).sum(2)

    def _mean_score(self, x: Tensor, c: Tensor, r: Tensor) -> Tensor:
        """d/dd ln k = [N(d + w/2) - N(d - w/2)] / (w k(d))."""
        d = x[:, None] - c  # (N, M, 2)
        log_k = log_box_normal(d, self.jitter, self.noise) + math.log(self.jitter)
        constant = log_k + LOG_2PI / 2 + math.log(self.noise)
        left = (-((d + self.jitter / 2) / self.noise).square() / 2 - constant).exp()
        right = (-((d - self.jitter / 2) / self.noise).square() / 2 - constant).exp()
        return (r[:, :, None] * (left - right)).sum(1)


def log_box_normal(d: Tensor, width: float, std: float) -> Tensor:
    """ln of the density at ``d`` of U(-width/2, width/2) + N(0, std^2), without loss in the tails.

    With a, b = (|d| -+ width/2) / (sqrt(2) std): [erfc(a) - erfc(b)] / (2 width), and for a > 0
    erfc(a) = exp(-a^2) erfcx(a).
    """
    a = (d.abs() - width / 2) / (math.sqrt(2) * std)
    b = a + width / (math.sqrt(2) * std)
    if a.amax() < 25:  # no underflow
        inside: Tensor = torch.special.erfc(a) - torch.special.erfc(b)
        return inside.log() - math.log(2 * width)
    tail = a.clamp_min(0)
    difference = torch.special.erfcx(tail) - (tail.square() - b.square()).exp() * torch.special.erfcx(b)
    far = difference.log() - tail.square()
    near = (torch.special.erfc(a.clamp_max(0)) - torch.special.erfc(b)).log()
    return torch.where(a > 0, far, near) - math.log(2 * width)


def _neighbourhoods(x: Tensor, bounds: tuple[float, float, float, float]) -> list[Tensor]:
    """Row numbers of the points that share a tile of ``bounds``: up to 32 x 32 tiles, about 64 points in each."""
    side = min(32, math.isqrt(len(x) // 64))
    if side <= 1:
        return [torch.arange(len(x))]
    lo = torch.tensor([bounds[0], bounds[2]], dtype=torch.float64)
    size = torch.tensor([bounds[1] - bounds[0], bounds[3] - bounds[2]], dtype=torch.float64)
    tile = ((x.detach() - lo) / size * side).clamp(0, side - 1).long()
    key = tile[:, 0] * side + tile[:, 1]
    counts = key.bincount()
    return list(key.argsort(stable=True).split_with_sizes(counts[counts > 0].tolist()))


def moons(noise: float, scale: float, shift_x: float = 0.0, shift_y: float = 0.0) -> CurveDensity:
    """make_moons of scikit-learn, scaled, then shifted: (cos t, sin t) and (1 - cos t, 1/2 - sin t), t in [0, pi]."""
    shift = torch.tensor([shift_x, shift_y], dtype=torch.float64)

    def outer(t: Tensor) -> Tensor:
        return torch.stack([t.cos(), t.sin()], 1) * scale + shift

    def inner(t: Tensor) -> Tensor:
        return torch.stack([1 - t.cos(), 0.5 - t.sin()], 1) * scale + shift

    return CurveDensity([Branch(outer, 0, math.pi), Branch(inner, 0, math.pi)], noise * scale)


def swissroll(noise: float, scale: float) -> CurveDensity:
    """Columns 0 and 2 of scikit-learn's make_swiss_roll, scaled: t (cos t, sin t), t uniform in [1.5 pi, 4.5 pi]."""

    def roll(t: Tensor) -> Tensor:
        return torch.stack([t * t.cos(), t * t.sin()], 1) * scale

    return CurveDensity([Branch(roll, 1.5 * math.pi, 4.5 * math.pi)], noise * scale)


def two_spirals(jitter: float, noise: float, scale: float) -> JitteredCurveDensity:
    """FFJORD's 2spirals: +-[t (-cos t, sin t) + jitter U], scaled, + noise; t = 3 pi sqrt(u), so q(t) = 2 t / (3 pi)^2.

    U is uniform on [0, 1]^2: the centre of the square lies jitter/2 beside the curve.
    """
    end = 3 * math.pi

    def arm(sign: float) -> Branch:
        def point(t: Tensor) -> Tensor:
            return torch.stack([jitter / 2 - t * t.cos(), jitter / 2 + t * t.sin()], 1) * (sign * scale)

        return Branch(point, 0, end, law=lambda t: 2 * t / end**2, quantile=lambda u: end * u.sqrt())

    return JitteredCurveDensity([arm(1.0), arm(-1.0)], noise, jitter * scale)
