"""Schedules against their published formulas, and what they promise at both ends."""

from __future__ import annotations

import math

import numpy as np
import pytest

from playground.engine.schedules import SCHEDULES, Schedule, edm_sigmas, make_schedule, terminal_kl


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("steps", [4, 20, 50, 1000, 4000])
def test_every_schedule_falls_strictly_between_one_and_zero(name: str, steps: int) -> None:
    schedule = make_schedule(name, steps)
    a = schedule.alpha_bar
    assert a.shape == (steps,) and a.dtype == np.float64 and a[-1] > 0 and a[0] < 1
    assert (np.diff(a) < 0).all() and ((schedule.betas > 0) & (schedule.betas <= 0.999 + 1e-12)).all()
    assert np.allclose(np.cumprod(schedule.alphas), a, rtol=1e-12)
    assert np.allclose(schedule.snr, a / (1 - a)) and np.allclose(schedule.sigmas**2, (1 - a) / a)


def test_linear_is_the_one_of_the_paper_at_a_thousand_steps() -> None:
    betas = make_schedule("linear", 1000).betas
    assert np.isclose(betas[0], 1e-4) and np.isclose(betas[-1], 0.02) and np.allclose(np.diff(betas, 2), 0, atol=1e-12)
    # Rescaled, other lengths end as noisy: without that, 50 steps would leave 60 % of the variance.
    assert all(make_schedule("linear", t).alpha_bar[-1] < 1e-4 for t in (10, 50, 200, 4000))
    unscaled = np.cumprod(1 - np.linspace(1e-4, 0.02, 50))
    assert unscaled[-1] > 0.5, "the trap that the scale avoids"


def test_cosine_follows_its_formula_until_the_clip() -> None:
    """alpha_bar(t) = f(t) / f(0), Nichol & Dhariwal 2021, eq. 17."""
    def f(u: np.ndarray) -> np.ndarray:
        return np.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2

    a = make_schedule("cosine", 1000).alpha_bar
    u = np.arange(1, 1001) / 1000
    assert np.allclose(a[:-1], f(u[:-1]) / f(np.zeros(1)), rtol=1e-9), "only the last step is clipped"
    assert np.isclose(a[-1], a[-2] * 0.001)


def test_edm_levels_are_those_of_the_paper() -> None:
    sigmas = edm_sigmas(18)
    assert np.isclose(sigmas[0], 80) and np.isclose(sigmas[-1], 0.002)
    roots = sigmas ** (1 / 7)
    assert np.allclose(np.diff(roots, 2), 0, atol=1e-12), "even steps of sigma^(1/rho)"
    assert np.allclose(make_schedule("edm", 18).sigmas[::-1], sigmas, rtol=1e-9)


def test_sigmoid_is_symmetric_in_time() -> None:
    """alpha_bar(u) + alpha_bar(1 - u) = 1 for start = -end, before the clip."""
    a = np.concatenate([[1.0], make_schedule("sigmoid", 1000).alpha_bar])
    assert np.allclose(a[:-1][1:] + a[:-1][1:][::-1], 1, atol=1e-6)


def test_flow_is_a_straight_line_scaled_to_unit_variance() -> None:
    schedule = make_schedule("flow", 100)
    u = (np.arange(100) + 0.5) / 100
    assert np.allclose(schedule.sigmas, u / (1 - u))


def test_strided_times_are_rising_and_reach_both_ends() -> None:
    schedule = make_schedule("linear", 1000)
    assert schedule.strided(1000).tolist() == list(range(1000))
    for s in (2, 3, 10, 50, 999):
        t = schedule.strided(s)
        assert len(t) == s and t[0] == 0 and t[-1] == 999 and (np.diff(t) > 0).all()
    assert schedule.strided(1).tolist() == [999]
    for wrong in (0, 1001):
        with pytest.raises(ValueError, match="do not fit"):
            schedule.strided(wrong)


def test_terminal_kl_is_that_of_two_gaussians() -> None:
    import torch
    from torch.distributions import Normal, kl_divergence

    a = 0.3
    schedule = Schedule("x", np.array([0.9, a]))
    for x0 in (0.0, 0.5, -2.0):
        q = Normal(torch.tensor(math.sqrt(a) * x0), torch.tensor(math.sqrt(1 - a)))
        expected = float(kl_divergence(q, Normal(torch.tensor(0.0), torch.tensor(1.0))))
        assert math.isclose(terminal_kl(schedule, mean_square=x0**2), expected, rel_tol=1e-5)
    q = Normal(torch.tensor(0.0), torch.tensor(math.sqrt(a * 4 + 1 - a)))
    expected = float(kl_divergence(q, Normal(torch.tensor(0.0), torch.tensor(1.0))))
    assert math.isclose(terminal_kl(schedule, variance=4.0), expected, rel_tol=1e-5)


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("steps", [1, 2, 10, 50, 999, 1000])
def test_steps_by_noise_are_distinct_and_follow_the_grid_of_edm(name: str, steps: int) -> None:
    schedule = make_schedule(name, 1000)
    t = schedule.spaced_by_noise(steps)
    assert len(t) == steps and t[0] >= 0 and t[-1] <= 999 and (np.diff(t) > 0).all()
    if steps <= 50:
        assert schedule.sigmas[t[-1]] <= 80 * 1.1
    if steps == 10:  # of more steps, some schedules have too few levels at one end
        wanted = edm_sigmas(steps, float(schedule.sigmas[0]), min(80.0, float(schedule.sigmas[-1])))[::-1]
        middle = slice(steps // 3, None)
        nearest = np.abs(np.log(schedule.sigmas[:, None]) - np.log(wanted[middle])).argmin(0)
        assert np.abs(t[middle] - nearest).max() <= 1
