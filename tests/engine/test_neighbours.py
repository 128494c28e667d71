"""Nearest neighbours against a plain search."""

from __future__ import annotations

import time

import pytest
import torch

from playground.engine.datasets import load_data
from playground.engine.datasets.base import to_float
from playground.engine.metrics import neighbours
from playground.engine.metrics.neighbours import Neighbours, nearest, real_distance


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("shape", [(2,), (3, 4, 5)])
def test_nearest_is_what_a_plain_search_finds(shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(neighbours, "PAIRS", 1000)  # several parts
    x, items = noise(30, *shape), noise(300, *shape, seed=1)
    index, distance = nearest(x, items)
    for k in range(30):
        gaps = (items - x[k]).double().flatten(1).square().sum(1).sqrt()
        assert int(index[k]) == int(gaps.argmin())
        assert float(distance[k]) == pytest.approx(float(gaps.min()), rel=1e-5)


def test_a_copy_has_distance_0():
    items = noise(200, 1, 8, 8)
    index, distance = nearest(items[[7, 150]], items)
    assert index.tolist() == [7, 150] and distance.tolist() == [0, 0]


def test_narrow_points_far_from_the_origin():
    """In float32, |x|^2 + |y|^2 - 2 x.y of such points is rounding alone."""
    items = torch.tensor([1000.0, 1000.0]) + 0.01 * noise(500, 2)
    x = items[:40] + 1e-4
    index, distance = nearest(x, items)
    expected = torch.cdist(x.double(), items.double(), compute_mode="donot_use_mm_for_euclid_dist").min(1)
    assert (index == expected.indices).double().mean() == 1
    assert torch.allclose(distance.double(), expected.values, atol=1e-4)


def test_real_distance_is_that_of_the_held_out_half():
    """Evenly spread data: the nearest of n points in a square is 1 / (2 sqrt n) away in the mean, the median sqrt(ln 2 / pi n)."""
    data = load_data("checkerboard")
    density = 32 / len(data.train)  # area a point
    assert real_distance(data) == pytest.approx((0.6931 / 3.1416 * density) ** 0.5, rel=0.15)
    digits = load_data("mnist")
    assert 5 < real_distance(digits, Neighbours(to_float(digits.train))) < 15


def test_64_pictures_among_9000_are_found_in_no_time():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        ready, x = Neighbours(noise(9000, 1, 28, 28)), noise(64, 1, 28, 28, seed=1)
        started = time.thread_time()
        for _ in range(5):
            ready.nearest(x)
        assert (time.thread_time() - started) / 5 < 0.1  # 20 ms on a quiet machine
    finally:
        torch.set_num_threads(before)
