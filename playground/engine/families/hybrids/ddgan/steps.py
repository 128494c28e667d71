"""The few large steps of the process: their noise levels, and what lies between two of them. float64, numpy alone.

q(x_t | x_0) = N(sqrt(a_t) x_0, (1 - a_t) I) at the levels t = 1 .. T; level 0 is clean data (a_0 = 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BETA_MIN, BETA_MAX = 0.1, 20.0  # of Song et al. 2021, arXiv:2011.13456, appendix C, as in Xiao et al. 2022, appendix C


@dataclass(frozen=True)
class LargeSteps:
    """``alpha_bar`` (T + 1,), float64, from 1 at level 0 down to nearly 0, and what follows from it for the steps k = 0 .. T - 1
    from level k + 1 to level k, (T,) each.
    """

    alpha_bar: np.ndarray

    @property
    def num_timesteps(self) -> int:
        return len(self.alpha_bar) - 1

    @property
    def alpha(self) -> np.ndarray:
        """alpha_t = a_t / a_{t-1}."""
        return np.asarray(self.alpha_bar[1:] / self.alpha_bar[:-1])

    @property
    def c_x0(self) -> np.ndarray:
        """Share of x_0 in the mean of q(x_{t-1} | x_t, x_0): sqrt(a_{t-1}) beta_t / (1 - a_t) (Xiao et al. 2022, eq. 8; Ho et al.
        2020, eq. 7).
        """
        return np.asarray(np.sqrt(self.alpha_bar[:-1]) * (1 - self.alpha) / (1 - self.alpha_bar[1:]))

    @property
    def c_x(self) -> np.ndarray:
        """Share of x_t in it: sqrt(alpha_t) (1 - a_{t-1}) / (1 - a_t)."""
        return np.asarray(np.sqrt(self.alpha) * (1 - self.alpha_bar[:-1]) / (1 - self.alpha_bar[1:]))

    @property
    def sigma(self) -> np.ndarray:
        """Its standard deviation: sqrt(beta_t (1 - a_{t-1}) / (1 - a_t)); 0 for the step to clean data."""
        return np.asarray(np.sqrt((1 - self.alpha) * (1 - self.alpha_bar[:-1]) / (1 - self.alpha_bar[1:])))


def geometric(num_timesteps: int, least: float, most: float) -> LargeSteps:
    """Noise levels sigma = sqrt((1 - a)/a) from ``least`` to ``most`` standard deviations of the data by equal ratios; of one step,
    the most.
    """
    sigma = np.geomspace(least, most, num_timesteps) if num_timesteps > 1 else np.array([most])
    return LargeSteps(np.concatenate([[1.0], 1 / (1 + sigma**2)]))


def variance_preserving(num_timesteps: int) -> LargeSteps:
    """a_t = exp(-beta_min u - (beta_max - beta_min) u^2 / 2) at u = t/T: the paper's (Xiao et al. 2022, appendix C)."""
    u = np.arange(num_timesteps + 1) / num_timesteps
    return LargeSteps(np.exp(-BETA_MIN * u - 0.5 * (BETA_MAX - BETA_MIN) * u**2))
