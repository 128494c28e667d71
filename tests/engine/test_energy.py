"""The energy distance against its closed form for two Gaussians, and its floor."""

from __future__ import annotations

import math

import pytest
import torch

from playground.engine.metrics.energy import energy_distance


def mean_absolute(mu: float, sigma: float) -> float:
    """E|D| of D ~ N(mu, sigma^2), the folded normal distribution."""
    inside = 0.5 * (1 + math.erf(mu / sigma / math.sqrt(2)))
    return sigma * math.sqrt(2 / math.pi) * math.exp(-(mu**2) / (2 * sigma**2)) + mu * (2 * inside - 1)


@pytest.mark.parametrize("mu", [0.5, 1.0, 3.0])
def test_two_gaussians(mu: float) -> None:
    stream = torch.Generator().manual_seed(0)
    n = 4000
    x, y = torch.randn((n, 1), generator=stream), mu + torch.randn((n, 1), generator=stream)
    exact = 2 * mean_absolute(mu, math.sqrt(2)) - 2 * mean_absolute(0.0, math.sqrt(2))
    floor = 2 * mean_absolute(0.0, math.sqrt(2)) / n
    assert abs(energy_distance(x, y) - exact - floor) < 0.03 * exact + 2 * floor


def test_real_data_score_the_floor() -> None:
    """For N and M points of one distribution the mean is E|x - x'| (1/N + 1/M)."""
    stream = torch.Generator().manual_seed(1)
    found = [energy_distance(torch.randn((50, 1), generator=stream), torch.randn((80, 1), generator=stream)) for _ in range(400)]
    expected = mean_absolute(0.0, math.sqrt(2)) * (1 / 50 + 1 / 80)
    error = torch.tensor(found).std() / math.sqrt(len(found))
    assert min(found) >= 0 and abs(sum(found) / len(found) - expected) < 4 * error


def test_it_is_a_length_and_sees_no_order() -> None:
    x, y = torch.randn((2, 100, 3), generator=torch.Generator().manual_seed(2))
    assert math.isclose(energy_distance(7 * x, 7 * y), 7 * energy_distance(x, y), rel_tol=1e-5)
    assert math.isclose(energy_distance(x, y.flip(0)), energy_distance(x, y), rel_tol=1e-9) and abs(energy_distance(x, x)) < 1e-6
