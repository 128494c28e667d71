"""The mutual information gap of codes of which it is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from playground.engine.metrics.information_gap import information_gap, mutual_information


def every_combination(*sizes: int, times: int = 3) -> np.ndarray:
    """Factors (N, F), each combination equally often: exactly independent."""
    grid = np.stack(np.meshgrid(*(np.arange(n) for n in sizes), indexing="ij"), -1).reshape(-1, len(sizes))
    return np.tile(grid, (times, 1))


def test_a_perfect_code():
    """One latent a factor, in any order and direction, beside one that is silent."""
    factors = every_combination(5, 4, 3)
    codes = np.stack([0.1 * factors[:, 2], np.zeros(len(factors)), 7 - factors[:, 0], -3.0 * factors[:, 1]], 1)
    found = information_gap(codes, factors)
    assert found.gap == pytest.approx(1) and found.gaps == pytest.approx([1, 1, 1])
    assert found.entropy == pytest.approx(np.log([5, 4, 3]))
    assert found.information[2] == pytest.approx([math.log(5), 0, 0], abs=1e-12)


def test_two_latents_that_tell_the_same_leave_no_gap():
    factors = every_combination(5, 4)
    found = information_gap(np.stack([factors[:, 0], 2 * factors[:, 0], factors[:, 1]], 1), factors)
    assert found.gaps == pytest.approx([0, 1]) and found.gap == pytest.approx(0.5)


def test_a_code_that_is_right_three_times_of_four():
    """I = ln 2 - H(1/4); the second latent tells nothing."""
    factor, code = np.repeat([0, 1], 40), np.repeat([0, 1, 0, 1], [30, 10, 10, 30])
    told = math.log(2) + 0.25 * math.log(0.25) + 0.75 * math.log(0.75)
    assert mutual_information(code, factor) == pytest.approx(told)
    found = information_gap(code[:, None].astype(float), factor[:, None])
    assert found.gap == pytest.approx(told / math.log(2))


def test_independent_codes_score_0_within_the_bias():
    """The information of each is (B - 1)(V - 1) / 2N in the mean, for even bins."""
    stream = np.random.default_rng(0)
    n, factors = 2000, every_combination(5, 4, times=100)
    draws = [information_gap(stream.random((n, 3)), factors) for _ in range(60)]
    told = np.stack([d.information for d in draws])  # (60, 3, 2)
    expected = 19 * np.array([4, 3]) / (2 * n)
    error = told.std((0, 1)) / math.sqrt(180)
    assert (np.abs(told.mean((0, 1)) - expected) < 4 * error + 0.02 * expected).all()
    gaps = np.array([d.gap for d in draws])
    assert draws[0].floor == pytest.approx(np.mean(expected / np.log([5, 4])))
    assert 0 < gaps.mean() < draws[0].floor
    shrunken = information_gap(stream.random((8 * n, 3)), np.tile(factors, (8, 1)))
    assert shrunken.gap < gaps.mean()


def test_more_bins_are_needed_for_more_values():
    factors = every_combination(40, 2)
    codes = factors + 0.0
    assert information_gap(codes, factors).gaps[0] == pytest.approx(math.log(20) / math.log(40))
    assert information_gap(codes, factors, bins=40).gaps[0] == pytest.approx(1)


def test_a_factor_that_never_changes_is_left_out():
    factors = every_combination(5, 1)
    found = information_gap(factors + 0.0, factors)
    assert found.gap == pytest.approx(1) and math.isnan(found.gaps[1])
    with pytest.raises(ValueError, match="ever changes"):
        information_gap(factors + 0.0, factors[:, 1:])


def test_what_does_not_fit_is_refused():
    factors = every_combination(5, 4)
    with pytest.raises(ValueError, match="do not fit"):
        information_gap(factors[:-1] + 0.0, factors)
    with pytest.raises(ValueError, match="not finite"):
        information_gap(factors * math.nan, factors)
    with pytest.raises(ValueError, match="at least 2"):
        information_gap(factors + 0.0, factors, bins=1)
