"""The classifier two-sample test against the Bayes accuracy, and on sets that are alike."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from playground.engine.metrics.two_sample import two_sample_test


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def phi(x: float) -> float:
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))


@pytest.mark.parametrize("hidden", [0, 20])
@pytest.mark.parametrize("gap", [1.0, 2.0])
def test_two_gaussians_apart(hidden: int, gap: float):
    """Bayes accuracy Phi(gap / 2), here in a direction across 5 features of different units."""
    units = torch.tensor([1e-3, 1.0, 50.0, 1.0, 1.0])
    shift = gap * torch.tensor([0.6, 0.8, 0.0, 0.0, 0.0])
    found = two_sample_test(noise(6000, 5) * units, (noise(6000, 5, seed=1) + shift) * units, hidden)
    assert found.tested == 6000
    assert phi(gap / 2) - 4 * found.error - 0.01 < found.accuracy < phi(gap / 2) + 4 * found.error
    assert found.error == pytest.approx(math.sqrt(found.accuracy * (1 - found.accuracy) / 6000))


def test_two_widths_need_a_network():
    """N(0, 1) against N(0, 3^2) cross at x^2 = 2 ln 3 / (1 - 1/9); a line cannot tell them apart."""
    cross = math.sqrt(2 * math.log(3) / (1 - 1 / 9))
    bayes = 0.5 + (phi(cross) - phi(cross / 3))
    x, y = noise(6000, 1), 3 * noise(6000, 1, seed=1)
    network, line = two_sample_test(x, y), two_sample_test(x, y, hidden=0)
    assert abs(network.accuracy - bayes) < 4 * network.error + 0.01
    assert line.accuracy < bayes - 0.1


@pytest.mark.parametrize("hidden", [0, 20])
def test_equal_distributions_score_a_half_with_the_binomial_error(hidden: int):
    draws = [two_sample_test(noise(200, 4, seed=k), noise(260, 4, seed=500 + k), hidden, steps=60) for k in range(60)]
    found = torch.tensor([d.accuracy for d in draws])
    assert {d.tested for d in draws} == {200}
    assert abs(float(found.mean()) - 0.5) < 4 * draws[0].chance_error / math.sqrt(60)
    assert float(found.std()) == pytest.approx(draws[0].chance_error, rel=0.35)


def test_a_set_against_itself_and_sets_far_apart():
    x = noise(100, 3)
    assert two_sample_test(x, x).accuracy == 0.5
    assert two_sample_test(x, x + 20).accuracy == 1.0
    assert two_sample_test(torch.ones(10, 2), torch.ones(10, 2)).accuracy == 0.5


def test_items_in_order_are_shuffled():
    """A sorted set's halves are not alike: trained on the small ones alone, no classifier knows the large."""
    x, y = noise(2000, 1).sort(0).values, 2 + noise(2000, 1, seed=1).sort(0).values
    assert two_sample_test(x, y).accuracy == pytest.approx(phi(1.0), abs=0.04)


def test_it_repeats_itself_and_leaves_the_global_stream_alone():
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    x, y = noise(300, 3), 0.5 + noise(300, 3, seed=1)
    assert two_sample_test(x, y) == two_sample_test(x, y)
    assert torch.equal(torch.rand(1), expected)
