"""From noise to data: samplers as generators of steps. Watching is iterating, cancelling is stopping.

All work on a variance-preserving process, x_t = sqrt(a_t) x_0 + sqrt(1 - a_t) eps with a = alpha_bar, over a falling list of levels
that ends at a = 1 (clean data) or short of it. In between, s is the level after t. sigma = sqrt((1 - a) / a) is the noise level in
units of the signal, and y = x / sqrt(a) the item in the variance-exploding form of Karras et al. 2022, in which the
probability-flow ODE reads dy/dsigma = eps(y, sigma).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from playground.engine.schedules import Schedule


class Level(NamedTuple):
    """A place on the way: timestep ``t`` (-1: clean data) and its ``alpha_bar``."""

    t: float
    alpha_bar: float

    @property
    def signal(self) -> float:
        return math.sqrt(self.alpha_bar)

    @property
    def noise(self) -> float:
        return math.sqrt(1 - self.alpha_bar)

    @property
    def sigma(self) -> float:
        return math.sqrt((1 - self.alpha_bar) / self.alpha_bar)


CLEAN = Level(-1, 1.0)


class Prediction(NamedTuple):
    """What a denoiser believes of x_t, both (B, ...): the clean item E[x_0 | x_t] and the noise in it."""

    x0: Tensor
    eps: Tensor


Denoiser = Callable[[Tensor, Level], Prediction]
X0Variance = Callable[[Level], float]  # the mean of Var[x_0 | x_t] per dimension


class Step(NamedTuple):
    """One step from ``start`` to ``end``, ending in x: what was believed at the start, the ``mean`` it led to, the ``noise`` added.

    ``numbers`` are the coefficients of ``equation``, by the names in its braces. ``nfe``: evaluations of the network so far.
    """

    start: Level
    end: Level
    x: Tensor
    prediction: Prediction
    mean: Tensor
    noise: Tensor
    numbers: dict[str, float]
    equation: str
    nfe: int


def levels(schedule: Schedule, num_steps: int, by_noise: bool = False) -> list[Level]:
    """The levels of a chain of ``num_steps`` steps, noisiest first, clean data last: S + 1 of them, evenly spread over the
    timesteps or, ``by_noise``, as solvers of the probability-flow ODE want them.
    """
    times = (schedule.spaced_by_noise(num_steps) if by_noise else schedule.strided(num_steps))[::-1]
    return [*(Level(int(t), float(schedule.alpha_bar[t])) for t in times), CLEAN]


def x0_of_eps(x: Tensor, eps: Tensor, at: Level) -> Tensor:
    """x_0 = (x_t - sqrt(1 - a) eps) / sqrt(a) (Ho et al. 2020, eq. 15)."""
    return (x - at.noise * eps) / at.signal


def eps_of_x0(x: Tensor, x0: Tensor, at: Level) -> Tensor:
    """eps = (x_t - sqrt(a) x_0) / sqrt(1 - a)."""
    return (x - at.signal * x0) / at.noise


def score_of_eps(eps: Tensor, at: Level) -> Tensor:
    """grad log p_t(x_t) = -eps / sqrt(1 - a) (Song et al. 2021, arXiv:2011.13456)."""
    return -eps / at.noise


# ---------------------------------------------------------------- stochastic
DDPM_EQUATION = "x = {c_x0} x̂₀ + {c_x} xₜ + {sigma} z"


def ddpm(
    denoise: Denoiser, x: Tensor, path: list[Level], noise: torch.Generator, variance: str = "small",
    x0_variance: X0Variance | None = None,
) -> Iterator[Step]:
    """Ancestral sampling (Ho et al. 2020, algorithm 2), strided (Song et al. 2021, arXiv:2010.02502, section 4.2).

    With alpha = a_t / a_s and beta = 1 - alpha the mean is sqrt(a_s) beta / (1 - a_t) x_0 + sqrt(alpha) (1 - a_s) / (1 - a_t) x_t
    (eq. 7). ``variance``: "small" is the posterior's beta (1 - a_s) / (1 - a_t), "large" is beta (section 3.2), "optimal" adds to
    the small one what the mean leaves open, (sqrt(a_s) beta / (1 - a_t))^2 Var[x_0 | x_t] (Bao et al. 2022, eq. 7). The last step
    to clean data adds no noise, but for "optimal".
    """
    for nfe, (t, s) in enumerate(pairwise(path), 1):
        alpha = t.alpha_bar / s.alpha_bar
        beta = 1 - alpha
        c_x0 = s.signal * beta / (1 - t.alpha_bar)
        c_x = math.sqrt(alpha) * (1 - s.alpha_bar) / (1 - t.alpha_bar)
        small = beta * (1 - s.alpha_bar) / (1 - t.alpha_bar)
        if variance == "optimal":
            assert x0_variance is not None, "the optimal variance needs Var[x0 | x_t]"
            squared = small + c_x0**2 * x0_variance(t)
        else:
            squared = small if variance == "small" else beta * (s.alpha_bar < 1)
        believed = denoise(x, t)
        mean = c_x0 * believed.x0 + c_x * x
        sigma = math.sqrt(max(squared, 0.0))
        added = sigma * _normal(x, noise)
        x = mean + added
        yield Step(t, s, x, believed, mean, added, {"c_x0": c_x0, "c_x": c_x, "sigma": sigma}, DDPM_EQUATION, nfe)


DDIM_EQUATION = "x = {c_x0} x̂₀ + {c_eps} ε̂ + {sigma} z"


def ddim(denoise: Denoiser, x: Tensor, path: list[Level], noise: torch.Generator, eta: float = 0.0) -> Iterator[Step]:
    """x_s = sqrt(a_s) x_0 + sqrt(1 - a_s - sigma^2) eps + sigma z (Song et al. 2021, arXiv:2010.02502, eq. 12), with
    sigma = eta sqrt((1 - a_s) / (1 - a_t)) sqrt(1 - a_t / a_s) (eq. 16): eta 0 is deterministic, eta 1 is DDPM's small variance.
    """
    for nfe, (t, s) in enumerate(pairwise(path), 1):
        sigma = eta * math.sqrt((1 - s.alpha_bar) / (1 - t.alpha_bar)) * math.sqrt(max(1 - t.alpha_bar / s.alpha_bar, 0.0))
        c_eps = math.sqrt(max(1 - s.alpha_bar - sigma**2, 0.0))
        believed = denoise(x, t)
        mean = s.signal * believed.x0 + c_eps * believed.eps
        added = sigma * _normal(x, noise)  # drawn for every eta, so that chains of one seed differ by eta alone
        x = mean + added
        yield Step(t, s, x, believed, mean, added, {"c_x0": s.signal, "c_eps": c_eps, "sigma": sigma}, DDIM_EQUATION, nfe)


# ---------------------------------------------------------------- the probability-flow ODE
EULER_EQUATION = "x = {c_x} xₜ + {c_eps} ε̂"


def euler(denoise: Denoiser, x: Tensor, path: list[Level]) -> Iterator[Step]:
    """y_s = y_t + (sigma_s - sigma_t) eps: Euler on the ODE of Karras et al. 2022. On this process it is DDIM with eta = 0."""
    for nfe, (t, s) in enumerate(pairwise(path), 1):
        believed = denoise(x, t)
        numbers = {"c_x": s.signal / t.signal, "c_eps": s.signal * (s.sigma - t.sigma)}
        x = s.signal * (believed.x0 + s.sigma * believed.eps)  # the same, without the difference of large numbers
        yield Step(t, s, x, believed, x, torch.zeros_like(x), numbers, EULER_EQUATION, nfe)


HEUN_EQUATION = "x = {c_x} xₜ + {c_eps} (ε̂ₜ + ε̂ₛ)/2"


def heun(denoise: Denoiser, x: Tensor, path: list[Level]) -> Iterator[Step]:
    """Euler's step, then again with the mean of the slopes at both ends; the step to clean data is Euler's (Karras et al. 2022,
    algorithm 1).
    """
    nfe = 0
    for t, s in pairwise(path):
        believed = denoise(x, t)
        nfe += 1
        ahead = s.signal * (believed.x0 + s.sigma * believed.eps)
        if s.alpha_bar < 1:
            slope = (believed.eps + denoise(ahead, s).eps) / 2
            nfe += 1
            x = s.signal * (believed.x0 + t.sigma * (believed.eps - slope) + s.sigma * slope)
        else:
            x = ahead
        numbers = {"c_x": s.signal / t.signal, "c_eps": s.signal * (s.sigma - t.sigma)}
        yield Step(t, s, x, believed, x, torch.zeros_like(x), numbers, HEUN_EQUATION, nfe)


DPMPP_EQUATION = "x = {c_x} xₜ + {c_x0} x̂₀ + {c_before} x̂₀ before"


def dpmpp_2m(denoise: Denoiser, x: Tensor, path: list[Level]) -> Iterator[Step]:
    """DPM-Solver++(2M) (Lu et al. 2022, arXiv:2211.01095, algorithm 2): exponential integrator with x_0 extrapolated linearly in
    lambda = -log sigma from this step and the one before. The first step, and the one to clean data, are of first order (= DDIM).
    """
    before: Tensor | None = None
    h_before = math.nan
    for nfe, (t, s) in enumerate(pairwise(path), 1):
        believed = denoise(x, t)
        shrink = s.sigma / t.sigma  # exp(-h)
        h = -math.log(shrink) if shrink > 0 else math.inf
        lean = h / (2 * h_before) if before is not None and math.isfinite(h) else 0.0  # 1 / (2 r)
        x0 = believed.x0 if before is None or lean == 0 else (1 + lean) * believed.x0 - lean * before
        numbers = {
            "c_x": s.signal * shrink / t.signal, "c_x0": s.signal * (1 - shrink) * (1 + lean),
            "c_before": -s.signal * (1 - shrink) * lean,
        }  # fmt: skip
        # sqrt(a_s) (shrink y_t + (1 - shrink) x_0), with y_t = x_0 believed + sigma_t eps, so that nothing large cancels
        x = s.signal * (s.sigma * believed.eps + shrink * believed.x0 + (1 - shrink) * x0)
        before, h_before = believed.x0, h
        yield Step(t, s, x, believed, x, torch.zeros_like(x), numbers, DPMPP_EQUATION, nfe)


def invert(denoise: Denoiser, x0: Tensor, path: list[Level]) -> Iterator[Tensor]:
    """DDIM backwards (Song et al. 2021, section 5.4): the noise from which ``x0`` would be drawn; yields x at every level up.

    ``path`` falls to clean data, as for sampling. Each step takes the noise seen at its lower end for that of its upper end, an
    error of first order. Clean data have no noise to see: there the network looks at them as if they stood at the first level.
    """
    x = x0
    for s, t in zip(path[:0:-1], path[-2::-1], strict=True):
        if s.alpha_bar < 1:
            believed = denoise(x, s)
            x = t.signal * believed.x0 + t.noise * believed.eps
        else:
            x = t.signal * x + t.noise * denoise(x, t).eps
        yield x


def _normal(x: Tensor, noise: torch.Generator) -> Tensor:
    return torch.randn(x.shape, generator=noise, device=x.device, dtype=x.dtype)
