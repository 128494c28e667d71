"""What lies behind one x_t, a large step back: the model's draws, the truth where it is known, and the best single Gaussian.

The truth is q(x_s | x_t) ~ p_s(x_s) N(x_t; sqrt(r) x_s, (1 - r) I) with r = a_t / a_s (Xiao et al. 2022, section 3.1: a product
that is Gaussian only if the step is small or p_s is); s = t - 1, or clean data. On a lattice p_s is a sum over the cells of the
data's density; at single points it is that of the ideal denoiser, in closed form for mixtures.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from playground.engine import devices
from playground.engine import messages as m
from playground.engine.answers import grid_points
from playground.engine.datasets.base import to_float
from playground.engine.datasets.densities_mixture import GaussianMixture
from playground.engine.ideal_denoiser import DensityDenoiser, IdealDenoiser, MixtureDenoiser
from playground.engine.samplers import Level

if TYPE_CHECKING:
    from playground.engine.families.hybrids.ddgan.answers import DDGANAnswers

HELD = 0.95  # of the truth lies in the region that is looked at
NARROWEST = 0.6  # cells
FINER = 2  # the truth is summed on a lattice so many times as fine as the one that is shown


def of_picture(asked: DDGANAnswers, request: m.LargeStep, t: int) -> dict[str, Any]:
    """Draws behind a noised picture; the truth is not known."""
    model = asked.model
    items = asked.data.split(request.split)[0]
    x0 = model.inward(to_float(items[request.index % len(items)][None]).to(asked.device))
    at = model.level(t + 1)
    x_t = at.signal * x0 + at.noise * _normal(asked, x0.shape, request.seed + 1)
    return {**_drawn(asked, request, x_t, t), "x0": asked.at_scale(x0), "bounds": request.bounds, **UNKNOWN}


UNKNOWN: dict[str, Any] = {
    "exact": None, "gaussian_mean": None, "gaussian_sd": math.nan, "inside": math.nan, "inside_se": math.nan,
    "inside_gaussian": math.nan,
}  # fmt: skip


def _drawn(asked: DDGANAnswers, request: m.LargeStep, x_t: Tensor, t: int) -> dict[str, Any]:
    """``n`` draws behind x_t (1, *shape), each with a z of its own."""
    x = draws_of(asked, request, x_t, t)
    scale = float(asked.model.scale)
    away = x - x[:1]  # of equal draws not even rounding is left
    squares = (away - away.mean(0)).square().flatten(1).mean(1).double() * len(x) / max(len(x) - 1, 1)
    spread = float(squares.mean()) ** 0.5
    error = float(squares.std()) / math.sqrt(len(x)) / (2 * spread) if spread > 0 and len(x) > 1 else 0.0
    return {
        "what": request.what, "num_timesteps": asked.model.num_timesteps, "sigma": asked.model.level(t + 1).sigma,
        "x_t": asked.at_scale(x_t), "draws": asked.at_scale(x), "mean": asked.at_scale(x.mean(0, keepdim=True)),
        "spread": scale * spread, "spread_se": scale * error,
    }  # fmt: skip


def draws_of(asked: DDGANAnswers, request: m.LargeStep, x_t: Tensor, t: int) -> Tensor:
    """x_0 or x_{t-1} (n, *shape) on the model's scale, behind one x_t (1, *shape). Without z there is one x_0."""
    model, many = asked.model, x_t.expand(request.n, *x_t.shape[1:])
    z = _normal(asked, (request.n, model.noise_dim), request.seed + 2)
    x0 = model.draw(many, z, t) if model.noise_dim else model.draw(x_t, z[:1], t).expand(many.shape)
    return x0 if request.what == "x0" else model.before(x0, many, _normal(asked, many.shape, request.seed + 3), t)


def _normal(asked: DDGANAnswers, shape: tuple[int, ...], seed: int) -> Tensor:
    return torch.randn(shape, generator=devices.generator(asked.device, seed), device=asked.device)


class LargeSteps2D:
    """Points, with the truth beside them where the density is known. What does not depend on the weights is kept by ``asked``."""

    def __init__(self, asked: DDGANAnswers, ideal: IdealDenoiser | None) -> None:
        self.asked, self.ideal = asked, ideal

    @staticmethod
    def truth(asked: DDGANAnswers) -> IdealDenoiser | None:
        """The ideal denoiser of the data, None where their density is not known."""
        density, model = asked.data.density, asked.model
        if isinstance(density, GaussianMixture):
            return MixtureDenoiser(density, model.centre, float(model.scale))
        return DensityDenoiser(density, model.centre, float(model.scale)) if density is not None else None

    def of(self, request: m.LargeStep, t: int) -> dict[str, Any]:
        """All that is told of one x_t."""
        asked, model = self.asked, self.asked.model
        place = torch.as_tensor([0.0, 0.0] if request.x is None else request.x, dtype=torch.float32, device=asked.device)
        x_t = model.inward(place.reshape(1, 2))
        content = {**_drawn(asked, request, x_t, t), "x0": None, "bounds": request.bounds, **UNKNOWN}
        return content if self.ideal is None else content | self._beside_truth(request, x_t, t)

    def _beside_truth(self, request: m.LargeStep, x_t: Tensor, t: int) -> dict[str, Any]:
        model, side = self.asked.model, FINER * request.resolution
        near = model.level(t if request.what == "before" else 0)
        x0, x1, y0, y1 = request.bounds
        cell = (x1 - x0) * (y1 - y0) / side**2  # in units of the data
        lattice = model.inward(grid_points(request.bounds, side))  # (R^2, 2), float64
        joint = self._log_p(request.bounds, side, near).flatten() + self._step(lattice, x_t, t, near)
        log_z = float(joint.logsumexp(0)) + math.log(cell)
        log_q = joint - log_z  # per unit of the data, as p_s is
        order = log_q.sort(descending=True).values
        held = (order.exp() * cell).cumsum(0)
        least = float(order[min(int((held < HELD).sum()), len(order) - 1)])
        mean, sd = self._gaussian(request, x_t, t)
        width = sd * float(model.scale)
        gaussian = torch.exp(-(lattice - mean).square().sum(1) / (2 * sd**2)) * cell / (2 * math.pi * width**2)
        draws = draws_of(self.asked, request, x_t, t).double().cpu()
        inside = float((self._log_p_at(draws, near) + self._step(draws, x_t, t, near) - log_z >= least).double().mean())
        coarse = log_q.exp().reshape(request.resolution, FINER, request.resolution, FINER).mean((1, 3))
        return {
            "exact": coarse.log().float().numpy(), "gaussian_mean": model.outward(mean.float()).numpy(),
            "gaussian_sd": width, "inside": inside,
            "inside_se": math.sqrt(inside * (1 - inside) / request.n),
            "inside_gaussian": float(gaussian[log_q >= least].sum()),
        }  # fmt: skip

    def _step(self, x: Tensor, x_t: Tensor, t: int, near: Level) -> Tensor:
        """log N(x_t; sqrt(r) x, (1 - r) I) for x (N, 2), up to a constant."""
        r = self.asked.model.level(t + 1).alpha_bar / near.alpha_bar
        return -(x_t.cpu().double() - math.sqrt(r) * x).square().sum(1) / (2 * (1 - r))

    def _gaussian(self, request: m.LargeStep, x_t: Tensor, t: int) -> tuple[Tensor, float]:
        """Mean (2,) and standard deviation per coordinate of the truth, on the model's scale: the best round Gaussian.

        x_{t-1} = c x_0 + c' x_t + sigma eps with x_0 of the posterior: E and Var follow from those of x_0 (Bao et al. 2022, eq. 7).
        """
        assert self.ideal is not None
        at, p = self.asked.model.level(t + 1), self.asked.model.process
        mean, variance = self.ideal.x0(x_t, at)[0].cpu(), float(self.ideal.x0_variance(x_t, at)[0])
        if request.what == "before":
            mean = float(p.c_x0[t]) * mean + float(p.c_x[t]) * x_t[0].cpu().double()
            variance = float(p.sigma[t]) ** 2 + float(p.c_x0[t]) ** 2 * variance
        return mean.double(), math.sqrt(variance)

    # ------------------------------------------------------------------ p_s, in units of the data
    def _log_p(self, bounds: tuple[float, float, float, float], side: int, near: Level) -> Tensor:
        """log p_s (R, R) on the lattice, row 0 = smallest y: once for every level."""
        return self.asked.once(("level", near, bounds, side), lambda: self._make_log_p(bounds, side, near))

    def _make_log_p(self, bounds: tuple[float, float, float, float], side: int, near: Level) -> Tensor:
        """From the density of the data on the same lattice: contracted towards the centre and blurred along one axis after the
        other, p_s(x) = sum over cells of p_0 h^2 N(x; c + sqrt(a) (x_0 - c), s^2 (1 - a)).
        """
        if near.alpha_bar == 1:
            exact = self.asked.exact_field(bounds, side)
            return torch.as_tensor(exact)
        p_0 = self._log_p(bounds, side, self.asked.model.level(0)).exp()
        columns, rows = (self._bells(bounds[2 * axis : 2 * axis + 2], side, near, axis) for axis in (0, 1))
        return (rows @ p_0 @ columns.T).log()

    def _bells(self, edges: tuple[float, ...], side: int, near: Level, axis: int) -> Tensor:
        """h N(x; c + sqrt(a) (x_0 - c), s^2 (1 - a)) along one axis of the lattice, x down and x_0 across: (R, R). No narrower than
        NARROWEST cells, or the sum would show the cells.
        """
        (low, high), model = edges, self.asked.model
        cell, centre = (high - low) / side, float(model.centre[axis])
        x = low + cell * (torch.arange(side, dtype=torch.float64) + 0.5)
        moved = centre + near.signal * (x - centre)
        sd = max(float(model.scale) * near.noise, NARROWEST * near.signal * cell)
        return cell * torch.exp(-(((x[:, None] - moved) / sd) ** 2) / 2) / (math.sqrt(2 * math.pi) * sd)

    def _log_p_at(self, x: Tensor, near: Level) -> Tensor:
        """log p_s (N,) at x (N, 2), on the model's scale."""
        density = self.asked.data.density
        assert self.ideal is not None and density is not None
        if near.alpha_bar == 1:
            return density.log_prob(self.asked.model.outward(x).cpu())
        return self.ideal.log_prob(x, near) - self._log_volume()

    def _log_volume(self) -> float:
        return 2 * math.log(float(self.asked.model.scale))
