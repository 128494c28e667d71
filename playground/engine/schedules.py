"""How noise grows along the forward process: schedules, float64, numpy alone, so that a window can draw them without torch.

q(x_t | x_0) = N(sqrt(alpha_bar_t) x_0, (1 - alpha_bar_t) I) for t = 0 .. T-1; t = 0 has one step of noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

Array = np.ndarray

MAX_BETA = 0.999  # Nichol & Dhariwal 2021, section 3.2: no step may destroy everything, or the reverse would divide by 0
COSINE_OFFSET = 0.008  # s of Nichol & Dhariwal 2021, eq. 17
LINEAR = (1e-4, 0.02)  # first and last beta at T = 1000 (Ho et al. 2020, section 4)
SIGMA_MIN, SIGMA_MAX, RHO = 0.002, 80.0, 7.0  # Karras et al. 2022, table 1
SIGMOID = (-3.0, 3.0)  # start and end of Jabri et al. 2022, tau = 1


@dataclass(frozen=True)
class Schedule:
    """A forward process of T steps, made from ``alpha_bar`` (T,), float64, falling from near 1 towards 0."""

    name: str
    alpha_bar: Array

    @property
    def num_timesteps(self) -> int:
        return len(self.alpha_bar)

    @cached_property
    def alphas(self) -> Array:
        """alpha_t = alpha_bar_t / alpha_bar_{t-1}, with alpha_bar_{-1} = 1: (T,)."""
        return np.asarray(self.alpha_bar / np.concatenate([[1.0], self.alpha_bar[:-1]]))

    @cached_property
    def betas(self) -> Array:
        """beta_t = 1 - alpha_t, the variance that step t adds: (T,)."""
        return np.asarray(1 - self.alphas)

    @cached_property
    def snr(self) -> Array:
        """Signal-to-noise ratio alpha_bar / (1 - alpha_bar): (T,)."""
        return np.asarray(self.alpha_bar / (1 - self.alpha_bar))

    @cached_property
    def sigmas(self) -> Array:
        """Noise level in units of the signal, sqrt((1 - alpha_bar) / alpha_bar), the sigma of Karras et al. 2022: (T,)."""
        return np.asarray(1 / np.sqrt(self.snr))

    def strided(self, num_steps: int) -> Array:
        """The timesteps of a sampler with ``num_steps`` steps, rising: round(linspace(0, T-1, S)), (S,) int64.

        One step starts from the noisiest.
        """
        if not 1 <= num_steps <= self.num_timesteps:
            raise ValueError(f"{num_steps} steps do not fit into {self.num_timesteps} timesteps")
        if num_steps == 1:
            return np.array([self.num_timesteps - 1])
        return np.asarray(np.round(np.linspace(0, self.num_timesteps - 1, num_steps)).astype(np.int64))

    def spaced_by_noise(self, num_steps: int) -> Array:
        """The timesteps of a solver of the probability-flow ODE, rising, (S,) int64: those nearest to the noise levels of
        :func:`edm_sigmas` between this schedule's smallest and its largest, or 80 if that is less.

        Even steps of t would leave a cosine schedule in one stride from a noise of 20,000 standard deviations of the data to one of
        30, along which the slope changes too much for a second-order step. What is noisier than 80 looks like noise alone.
        """
        if not 1 <= num_steps <= self.num_timesteps:
            raise ValueError(f"{num_steps} steps do not fit into {self.num_timesteps} timesteps")
        wanted = edm_sigmas(num_steps, float(self.sigmas[0]), min(float(self.sigmas[-1]), SIGMA_MAX))[::-1]
        t = np.round(np.interp(np.log(wanted), np.log(self.sigmas), np.arange(self.num_timesteps))).astype(np.int64)
        for k in reversed(range(num_steps - 1)):  # each step its own timestep
            t[k] = min(t[k], t[k + 1] - 1)
        return np.asarray(np.maximum(t, np.arange(num_steps)))


def linear(num_timesteps: int) -> Schedule:
    """Betas in even steps from 1e-4 to 0.02, times 1000/T so that x_T is as noisy for any T (Ho et al. 2020, section 4).

    Guard: below T = 20 the last betas would exceed 1; they stop at 0.999.
    """
    scale = 1000 / num_timesteps
    betas = np.linspace(scale * LINEAR[0], scale * LINEAR[1], num_timesteps)
    return Schedule("linear", np.cumprod(1 - np.minimum(betas, MAX_BETA)))


def cosine(num_timesteps: int) -> Schedule:
    """alpha_bar = cos^2((t/T + s)/(1 + s) pi/2), normalised at 0, with betas of at most 0.999 (Nichol & Dhariwal 2021, eq. 17)."""
    t = np.arange(num_timesteps + 1) / num_timesteps
    f = np.cos((t + COSINE_OFFSET) / (1 + COSINE_OFFSET) * math.pi / 2) ** 2
    return Schedule("cosine", np.cumprod(1 - np.minimum(1 - f[1:] / f[:-1], MAX_BETA)))


def sigmoid(num_timesteps: int) -> Schedule:
    """alpha_bar = (s(3) - s(6u - 3)) / (s(3) - s(-3)) with s the logistic function and u = t/T (Jabri et al. 2022, alg. 1)."""

    def logistic(x: Array | float) -> Array:
        return np.asarray(1 / (1 + np.exp(-np.asarray(x, np.float64))))

    start, end = SIGMOID
    u = np.arange(num_timesteps + 1) / num_timesteps
    f = (logistic(end) - logistic(u * (end - start) + start)) / (logistic(end) - logistic(start))
    return Schedule("sigmoid", np.cumprod(1 - np.minimum(1 - f[1:] / f[:-1], MAX_BETA)))


def edm(num_timesteps: int) -> Schedule:
    """The noise levels of :func:`edm_sigmas`, least noise first, as a variance-preserving process: alpha_bar = 1/(1 + sigma^2)."""
    return Schedule("edm", 1 / (1 + edm_sigmas(num_timesteps)[::-1] ** 2))


def edm_sigmas(num_steps: int, lo: float = SIGMA_MIN, hi: float = SIGMA_MAX, rho: float = RHO) -> Array:
    """sigma_i = (hi^(1/rho) + i/(N-1) (lo^(1/rho) - hi^(1/rho)))^rho, falling from hi to lo: (N,) (Karras et al. 2022, eq. 5)."""
    i = np.arange(num_steps) / max(num_steps - 1, 1)
    return np.asarray((hi ** (1 / rho) + i * (lo ** (1 / rho) - hi ** (1 / rho))) ** rho)


def flow(num_timesteps: int) -> Schedule:
    """Straight lines x = (1 - u) x_0 + u eps, scaled to a variance-preserving process: alpha_bar = (1 - u)^2 / ((1 - u)^2 + u^2).

    u_t = (t + 1/2) / T stops short of 1, where nothing of x_0 would be left (Lipman et al. 2023; Liu et al. 2023). So flow matching
    is one more schedule with one more target, and every sampler serves it.
    """
    u = (np.arange(num_timesteps) + 0.5) / num_timesteps
    return Schedule("flow", (1 - u) ** 2 / ((1 - u) ** 2 + u**2))


SCHEDULES = {"linear": linear, "cosine": cosine, "sigmoid": sigmoid, "edm": edm, "flow": flow}


def make_schedule(name: str, num_timesteps: int) -> Schedule:
    """The schedule ``name`` of :data:`SCHEDULES`. Raises KeyError for other names."""
    return SCHEDULES[name](num_timesteps)


def terminal_kl(schedule: Schedule, mean_square: float = 1.0, variance: float | None = None) -> float:
    """KL(q(x_T | x_0) || N(0, I)) in nats per dimension, averaged over data with E[x^2] = ``mean_square`` per dimension.

    1/2 [alpha_bar E[x^2] + (1 - alpha_bar) - 1 - ln(1 - alpha_bar)] (Ho et al. 2020, L_T). With ``variance`` (and mean 0) it is
    instead KL(N(0, alpha_bar variance + 1 - alpha_bar) || N(0, 1)): how Gaussian the noisiest data as a whole are.
    """
    a = float(schedule.alpha_bar[-1])
    if variance is not None:
        v = a * variance + 1 - a
        return 0.5 * (v - 1 - math.log(v))
    return 0.5 * (a * mean_square - a - math.log1p(-a))
