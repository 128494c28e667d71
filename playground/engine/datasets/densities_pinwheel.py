"""The pinwheel: the exact density of swirled Gaussian arms, by a change of variables."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from playground.engine.datasets.densities_plane import LOG_2PI, REACH, PlaneDensity, choose, normal
from playground.engine.datasets.quadrature import chunks, gaussian_mean

#: Points handled at a time, most cells in which solutions are looked for, and directions in the mean over a circle.
ROWS, MOST_CELLS, DIRECTIONS = 1024, 4096, 1024
_OfPoints = Callable[[Tensor], Tensor]


class Pinwheel(PlaneDensity):
    """Gaussian arms swirled about the origin: x = scale Rot(-a_k(r)) (r, s), a_k(r) = 2 pi k / arms + rate e^r.

    r ~ N(1, radial_std^2) and s ~ N(0, tangential_std^2). The map has the Jacobian determinant J = 1 + a'(r) s, and so
    p(x) = sum over all k and (r, s) that land on x of N(r, s) / (arms |J| scale^2). As (r, s) = rho (cos psi, sin psi)
    and x / scale = rho (cos phi, sin phi), these are the solutions of h(psi) = psi - rate exp(rho cos psi) = phi modulo
    2 pi / arms: one an arm, and more where the swirl folds over (J < 0, beyond 4 standard deviations if as published).
    """

    label_name = "branch"

    def __init__(self, arms: int, radial_std: float, tangential_std: float, rate: float, scale: float) -> None:
        self.arms, self.rate, self.scale = arms, rate, scale
        self.mean = torch.tensor([1.0, 0.0], dtype=torch.float64)
        self.std = torch.tensor([radial_std, tangential_std], dtype=torch.float64)
        edge = scale * (1 + REACH * radial_std)
        self.bounds = (-edge, edge, -edge, edge)
        rho = torch.linspace(0, 50, 5001, dtype=torch.float64)
        self._far = rho[self._cells(rho) <= MOST_CELLS][-1].item()  # published values: 5.3

    def warp(self, f: Tensor, arm: Tensor) -> Tensor:
        """The features (r, s) (N, 2) of ``arm`` (N,) to points (N, 2)."""
        angle = 2 * math.pi * arm / self.arms + self.rate * f[:, 0].exp()
        c, s = angle.cos(), angle.sin()
        return self.scale * torch.stack([c * f[:, 0] + s * f[:, 1], c * f[:, 1] - s * f[:, 0]], 1)

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        arm = choose(self.arms, n, generator)
        return self.warp(self.mean + self.std * normal(n, generator), arm), arm

    @torch.no_grad()  # the solver is not differentiable: use the score
    def _log_prob(self, x: Tensor) -> Tensor:
        return self._in_parts(x / self.scale, self._log_prob_near, self._log_prob_far) - 2 * math.log(self.scale)

    @torch.no_grad()
    def _score(self, x: Tensor) -> Tensor:
        return self._in_parts(x / self.scale, self._score_near, self._score_far) / self.scale

    def _in_parts(self, y: Tensor, near: _OfPoints, far: _OfPoints) -> Tensor:
        """``near`` of the points where the solutions can be parted, ``far`` of the others; from the centre outwards."""
        rho, order = y.norm(dim=1).sort()
        count = int((rho <= self._far).sum())
        parts = [near(y[rows]) for rows in chunks(order[:count], ROWS)]
        parts += [far(y[rows]) for rows in chunks(order[count:], ROWS)]
        return torch.cat(parts)[order.argsort()]

    def _cells(self, rho: Tensor) -> Tensor:
        """In how many cells of the circle to look for solutions: h changes by less than a quarter period in each."""
        return (4 * self.arms * (1 + self.rate * rho * rho.exp())).ceil().clamp_min(64)

    def _solve(self, rho: Tensor, phi: Tensor) -> tuple[Tensor, Tensor]:
        """All psi with h(psi) = phi modulo 2 pi / arms: the row of each solution (S,), and psi (S,)."""
        period = 2 * math.pi / self.arms
        grid = torch.linspace(-math.pi, math.pi, int(self._cells(rho.max())) + 1, dtype=torch.float64)  # (G + 1,)
        turns = ((grid - self.rate * (rho[:, None] * grid.cos()).exp() - phi[:, None]) / period).floor()
        row, cell = turns.diff(dim=1).nonzero(as_tuple=True)
        before, after = turns[row, cell], turns[row, cell + 1]
        target = phi[row] + period * torch.maximum(before, after)
        lo, hi, rho = grid[cell], grid[cell + 1], rho[row]
        for _ in range(12):  # halve the bracket
            middle = (lo + hi) / 2
            past = (middle - self.rate * (rho * middle.cos()).exp() >= target) == (after > before)
            lo, hi = torch.where(past, lo, middle), torch.where(past, middle, hi)
        psi = (lo + hi) / 2
        for _ in range(3):  # then Newton, kept inside it
            swirl = self.rate * (rho * psi.cos()).exp()
            psi = (psi - (psi - swirl - target) / (1 + rho * psi.sin() * swirl)).clamp(lo, hi)
        return row, psi

    def _terms(self, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of each solution: its row (S,), (r, s) (S, 2) and ln of its term of p(y) (S,), for unscaled y (N, 2)."""
        rho = y.norm(dim=1)
        row, psi = self._solve(rho, torch.atan2(y[:, 1], y[:, 0]))
        f = rho[row, None] * torch.stack([psi.cos(), psi.sin()], 1)
        jacobian = 1 + self.rate * f[:, 0].exp() * f[:, 1]
        return row, f, self._log_normal(f) - jacobian.abs().clamp_min(1e-12).log() - math.log(self.arms)

    def _log_normal(self, f: Tensor) -> Tensor:
        """ln N(r, s): (..., 2) -> (...)."""
        return -((f - self.mean) / self.std).square().sum(-1) / 2 - LOG_2PI - self.std.log().sum()

    def _log_prob_near(self, y: Tensor) -> Tensor:
        row, _, term = self._terms(y)
        return _logsumexp_by_row(row, term, len(y))

    def _score_near(self, y: Tensor) -> Tensor:
        """Each solution pulls with Rot(-a) M^-T grad [ln N - ln |J|](r, s), where M = [[J, 0], [-a' r, 1]]."""
        row, f, term = self._terms(y)
        r, s = f.unbind(1)
        slope = self.rate * r.exp()  # a'(r), and a''(r) too
        jacobian = 1 + slope * s
        g_r = -(r - 1) / self.std[0] ** 2 - slope * s / jacobian
        g_s = -s / self.std[1] ** 2 - slope / jacobian
        u = (g_r + slope * r * g_s) / jacobian  # (u, g_s) = M^-T (g_r, g_s)
        turn = torch.atan2(y[row, 1], y[row, 0]) - torch.atan2(s, r)  # -a_k(r)
        c, d = turn.cos(), turn.sin()
        pull = torch.stack([c * u - d * g_s, d * u + c * g_s], 1)
        share = (term - _logsumexp_by_row(row, term, len(y))[row]).exp()
        return torch.zeros_like(y).index_add(0, row, share[:, None] * pull)

    # Far out the arms wind ever faster and thinner: there p gives way to its mean over the angle.

    def _circle(self, rho: Tensor) -> tuple[Tensor, Tensor]:
        """Directions (DIRECTIONS, 2), and ln N(r, s) at ``rho`` (N,) times each of them (N, DIRECTIONS)."""
        psi = torch.linspace(-math.pi, math.pi, DIRECTIONS + 1, dtype=torch.float64)[1:]
        way = torch.stack([psi.cos(), psi.sin()], 1)
        return way, self._log_normal(rho[:, None, None] * way)

    def _log_prob_far(self, y: Tensor) -> Tensor:
        return self._circle(y.norm(dim=1))[1].logsumexp(1) - math.log(DIRECTIONS)

    def _score_far(self, y: Tensor) -> Tensor:
        rho = y.norm(dim=1, keepdim=True)
        way, log_n = self._circle(rho[:, 0])
        slope: Tensor = (way * (self.mean - rho[:, :, None] * way) / self.std**2).sum(2)  # d ln N / d rho
        pull = (log_n.softmax(1) * slope).sum(1, keepdim=True)
        out: Tensor = pull * y / rho
        return out

    def _entropy(self) -> float:
        """E[-ln p(x(r, s))] over the (r, s) of one arm: the arms are alike."""

        def minus_log_p(z: Tensor) -> Tensor:
            return -self._log_prob(self.warp(self.mean + self.std * z, torch.zeros(len(z))))

        return gaussian_mean(minus_log_p, spacing=0.125)


def _logsumexp_by_row(row: Tensor, term: Tensor, n: int) -> Tensor:
    """ln sum exp of the terms (S,) that share a row: (n,). Every row has one term at least."""
    top = torch.full((n,), -math.inf, dtype=torch.float64).scatter_reduce(0, row, term, "amax")
    return top + torch.zeros(n, dtype=torch.float64).index_add(0, row, (term - top[row]).exp()).log()
