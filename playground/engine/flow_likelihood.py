"""Exact log-likelihood of a diffusion model by its probability-flow ODE (Song et al. 2021, arXiv:2011.13456, section 4.3).

In the variance-exploding form y = x / sqrt(a) the ODE is dy / d ln sigma = sigma eps(y, sigma). Followed from data up to noise, the
instantaneous change of variables gives  log p(y_0) = log p(y_T) + integral of sigma tr(d eps / d y) d ln sigma.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from playground.engine.samplers import Denoiser, Level
from playground.engine.schedules import Schedule

SIGMA_END = 80.0  # of unit-variance data nothing is left to see beyond: log p_T differs from a Gaussian's by 1/80^2 / 2 at most

Divergence = Callable[[Tensor, Level], tuple[Tensor, Tensor]]  # (x, level) -> eps (B, ...), trace of d eps / d x (B,)


def level_at(schedule: Schedule, sigma: float) -> Level:
    """The place between two timesteps at which the noise level is ``sigma``; t is interpolated in ln sigma."""
    t = float(np.interp(math.log(sigma), np.log(schedule.sigmas), np.arange(schedule.num_timesteps)))
    return Level(t, 1 / (1 + sigma**2))


def exact_divergence(denoise: Denoiser) -> Divergence:
    """eps and tr(d eps / d x), one backward pass a dimension: for items of few numbers."""

    def both(x: Tensor, at: Level) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            eps = denoise(x, at).eps
            flat = eps.flatten(1)
            trace = torch.zeros(len(x), dtype=x.dtype, device=x.device)
            for i in range(flat.shape[1]):
                (row,) = torch.autograd.grad(flat[:, i].sum(), x, retain_graph=i + 1 < flat.shape[1])
                trace = trace + row.flatten(1)[:, i]
        return eps.detach(), trace.detach()

    return both


def hutchinson(denoise: Denoiser, probe: Tensor) -> Divergence:
    """eps and v^T (d eps / d x) v for one random v of signs (B, ...): its mean over v is the trace (Hutchinson 1990).

    The same v serves the whole way, so that the solver sees a smooth function (Grathwohl et al. 2019, FFJORD).
    """

    def both(x: Tensor, at: Level) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            eps = denoise(x, at).eps
            (row,) = torch.autograd.grad((eps * probe).sum(), x)
        return eps.detach(), (row * probe).flatten(1).sum(1).detach()

    return both


@dataclass(frozen=True)
class FlowLikelihood:
    """``log_p`` (B,) in nats on the model's scale, where each item arrived, ``x_end`` (B, ...) ~ N(0, I), and ``nfe``."""

    log_p: Tensor
    x_end: Tensor
    nfe: int


def log_likelihood(
    divergence: Divergence, x: Tensor, schedule: Schedule, num_steps: int, sigma_start: float | None = None
) -> Iterator[float | FlowLikelihood]:
    """log p of ``x`` (B, ...), which stands at the schedule's first noise level, by ``num_steps`` Runge-Kutta steps of fourth order
    in ln sigma. Yields the share done, then the result.
    """
    lo = schedule.sigmas[0] if sigma_start is None else sigma_start
    hi = min(float(schedule.sigmas[-1]), SIGMA_END)
    grid = np.linspace(math.log(lo), math.log(hi), num_steps + 1)
    h = float(grid[1] - grid[0])
    y = x.double() if x.device.type == "cpu" else x
    start_dtype = x.dtype
    total = torch.zeros(len(x), dtype=y.dtype, device=x.device)

    def slope(y: Tensor, log_sigma: float) -> tuple[Tensor, Tensor]:
        at = level_at(schedule, math.exp(log_sigma))
        eps, trace = divergence((at.signal * y).to(start_dtype), at)
        return at.sigma * eps.to(y), at.sigma * at.signal * trace.to(y)  # d eps / d y = sqrt(a) d eps / d x

    for i, u in enumerate(grid[:-1].tolist()):
        k1, d1 = slope(y, u)
        k2, d2 = slope(y + h / 2 * k1, u + h / 2)
        k3, d3 = slope(y + h / 2 * k2, u + h / 2)
        k4, d4 = slope(y + h * k3, u + h)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        total = total + h / 6 * (d1 + 2 * d2 + 2 * d3 + d4)
        yield (i + 1) / num_steps
    end = level_at(schedule, math.exp(float(grid[-1])))
    x_end = end.signal * y
    d = x_end[0].numel()
    log_normal = -0.5 * (x_end.flatten(1).square().sum(1) + d * math.log(2 * math.pi))
    # The density of y_T is that of x_T times sqrt(a)^d; at the start x and y = x / sqrt(a) differ by as little as a does from 1.
    yield FlowLikelihood(log_normal + d * math.log(end.signal) + total, x_end, 4 * num_steps)
