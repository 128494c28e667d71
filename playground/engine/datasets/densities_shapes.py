"""Concentric circles and the checkerboard: densities with a closed form of their own."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from playground.engine.datasets.densities_plane import LOG_2PI, REACH, PlaneDensity, choose, normal, uniform
from playground.engine.datasets.quadrature import panels


class ConcentricCircles(PlaneDensity):
    """Equal shares of circles about the origin, each blurred by N(0, noise^2 I).

    A circle of radius R gives, at distance rho from the origin and with s = noise,

        p(x) = exp(-(rho^2 + R^2) / 2 s^2) I_0(rho R / s^2) / (2 pi s^2)

    (the integral of the Gaussian over the angle; I_0 is the modified Bessel function).
    """

    label_name = "branch"

    def __init__(self, radii: list[float], noise: float) -> None:
        self.radii, self.noise = torch.tensor(radii, dtype=torch.float64), noise
        edge = max(radii) + REACH * noise
        self.bounds = (-edge, edge, -edge, edge)

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        label = choose(len(self.radii), n, generator)
        angle = 2 * math.pi * uniform(n, generator)
        circle = torch.stack([angle.cos(), angle.sin()], 1) * self.radii[label][:, None]
        return circle + self.noise * normal(n, generator), label

    def _log_parts(self, rho: Tensor) -> Tensor:
        """ln of each circle's share of the density at distance ``rho`` (N,): (N, circles)."""
        rho, s = rho[:, None], self.noise
        log_i0e = torch.special.i0e(rho * self.radii / s**2).log()  # ln I_0(k) - k
        constant = LOG_2PI + 2 * math.log(s) + math.log(len(self.radii))
        parts: Tensor = log_i0e - (rho - self.radii).square() / (2 * s**2) - constant
        return parts

    def _log_prob(self, x: Tensor) -> Tensor:
        return self._log_parts(x.norm(dim=1)).logsumexp(1)

    def _score(self, x: Tensor) -> Tensor:
        """Along x: sum_k r_k (R_k I_1(k)/I_0(k) - rho) / s^2, with k = rho R_k / s^2."""
        rho = x.norm(dim=1)[:, None].clamp_min(1e-150)  # I_1(k)/k has a limit at 0, 0/0 has none
        k: Tensor = rho * self.radii / self.noise**2
        pull = self.radii * torch.special.i1e(k) / torch.special.i0e(k) - rho  # (N, circles)
        radial: Tensor = (self._log_parts(rho[:, 0]).softmax(1) * pull).sum(1, keepdim=True) / self.noise**2
        along: Tensor = radial / rho
        return along * x

    def _entropy(self) -> float:
        """-2 pi integral of rho p ln p d rho."""
        edge = self.radii.max().item() + 8 * self.noise
        rho, weights = panels(torch.linspace(0, edge, max(64, math.ceil(edge / self.noise)) + 1, dtype=torch.float64))
        log_p = self._log_parts(rho).logsumexp(1)
        terms = torch.where(log_p > -700, log_p.exp() * log_p, 0.0)  # 0 ln 0 = 0
        return -(2 * math.pi * weights * rho * terms).sum().item()


class Checkerboard(PlaneDensity):
    """Uniform on the eight dark unit squares of [-2, 2]^2, multiplied by ``scale``. It has no score.

    In column floor(x) the dark squares are [0, 1) and [-2, -1), one higher where the column is odd.
    """

    def __init__(self, scale: float) -> None:
        self.scale = scale
        self.bounds = (-2 * scale, 2 * scale, -2 * scale, 2 * scale)

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        square = choose(8, n, generator)
        column, upper = square.div(2, rounding_mode="floor") - 2, square % 2
        corner = torch.stack([column, 2 * upper - 2 + column % 2], 1)  # lower left
        inside = 1e-6 + (1 - 2e-6) * torch.stack([uniform(n, generator), uniform(n, generator)], 1)
        return self.scale * (corner + inside), square  # kept off the edges, which float32 would round across

    def _log_prob(self, x: Tensor) -> Tensor:
        x = x / self.scale
        row = x[:, 1] - x[:, 0].floor() % 2
        dark = (x[:, 0] >= -2) & (x[:, 0] < 2) & (((row >= 0) & (row < 1)) | ((row >= -2) & (row < -1)))
        out = torch.full((len(x),), -math.inf, dtype=torch.float64)
        return out.masked_fill(dark, -self._entropy())

    def _entropy(self) -> float:
        return math.log(8 * self.scale**2)


def circles(factor: float, noise: float, scale: float) -> ConcentricCircles:
    """make_circles of scikit-learn, scaled: radii 1 and ``factor``."""
    return ConcentricCircles([scale, factor * scale], noise * scale)


def rings(noise: float, scale: float) -> ConcentricCircles:
    """FFJORD's rings: radii 1, 3/4, 1/2, 1/4, scaled; the noise is added after that."""
    return ConcentricCircles([scale * radius for radius in (1.0, 0.75, 0.5, 0.25)], noise)
