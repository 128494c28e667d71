"""Distances in parts against plain ones, input that is refused, and disjoint real sets."""

from __future__ import annotations

import math

import pytest
import torch

from playground.engine.metrics import sets
from playground.engine.metrics.sets import checked, checked_pair, distances_to_others, real_floor, square_distances


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("features", [2, 30])
def test_distances_are_plain_ones(features: int, monkeypatch: pytest.MonkeyPatch):
    """Also of narrow data far from 0, and never more at once than is allowed."""
    monkeypatch.setattr(sets, "PAIRS", 100)
    x, y = (1000 + 1e-3 * noise(n, features, seed=n).double() for n in (23, 31))
    parts = list(square_distances(x, y))
    assert max(d.numel() for _, d in parts) <= 100 and [start for start, _ in parts] == list(range(0, 23, 3))
    expected = (x[:, None] - y).square().sum(2)
    assert torch.allclose(torch.cat([d for _, d in parts]), expected, rtol=1e-6)


@pytest.mark.parametrize("features", [2, 300])
def test_copies_are_at_distance_0_and_an_item_is_no_neighbour_of_itself(features: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sets, "PAIRS", 300)
    x = noise(40, features).double()
    x[7] = x[3]
    found = torch.cat([d for _, d in distances_to_others(x)])
    assert found[3, 7] == found[7, 3] == 0 and (found == 0).sum() == 2
    assert found.diagonal().isinf().all() and found.isinf().sum() == 40


def test_what_cannot_be_measured_is_refused():
    bad = noise(10, 3)
    bad[4, 1] = math.nan
    for value in (bad, bad.nan_to_num(math.inf)):
        with pytest.raises(ValueError, match="not finite"):
            checked(value, "The set")
    for few in (noise(1, 3), noise(5), noise(5, 0)):
        with pytest.raises(ValueError, match="at least 2 items"):
            checked(few, "The set")
    with pytest.raises(ValueError, match="3 and 4 features"):
        checked_pair(noise(5, 3), noise(5, 4))
    assert checked(noise(5, 1, 2, 2), "The set").shape == (5, 4)


def test_real_sets_are_disjoint_and_of_the_sizes_asked_for():
    real = torch.arange(10.0)[:, None]
    a, b = real_floor(lambda x, y: (x, y), real, 4, 6)
    assert (len(a), len(b)) == (4, 6) and sorted(torch.cat([a, b])[:, 0].tolist()) == list(range(10))
    c, _ = real_floor(lambda x, y: (x, y), real, 4, 6, seed=1)
    assert not torch.equal(a, c) and not torch.equal(a[:, 0], torch.arange(4.0))
    with pytest.raises(ValueError, match="need 11, but there are 10"):
        real_floor(lambda x, y: 0, real, 4, 7)
