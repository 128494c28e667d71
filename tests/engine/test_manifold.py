"""Precision, recall, density and coverage: by hand, against the published numbers, and what is known of equal sets."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from playground.engine.metrics import sets
from playground.engine.metrics.manifold import expected_coverage, manifold

REAL = torch.tensor([0.0, 1.0, 3.0, 7.0, 100.0, 100.5])[:, None]  # balls -1..1, 0..2, 1..5, 3..11, 99.5..100.5, 100..101
FAKE = torch.tensor([0.5, 0.6, 4.5, 20.0, 21.0])[:, None]  # balls 0.4..0.6, 0.5..0.7, 0.6..8.4, 19..21, 20..22


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("pairs", [1 << 22, 7])
def test_by_hand(pairs: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sets, "PAIRS", pairs)
    found = manifold(REAL, FAKE, k=1)
    assert found.precision == pytest.approx(3 / 5)
    assert found.recall == pytest.approx(3 / 6)
    assert found.density == pytest.approx(6 / 5)
    assert found.coverage == pytest.approx(4 / 6)


def test_many_dimensions_pair_by_pair():
    real, fake, k = noise(150, 200), 0.98 * noise(130, 200, seed=1), 5
    gap = [[float((a - b).norm()) for b in fake] for a in real]
    own = [[sorted(float((a - b).norm()) for b in v)[k] for a in v] for v in (real, fake)]  # place 0 is the item itself
    inside = torch.tensor([[d < r for d in row] for row, r in zip(gap, own[0], strict=True)])  # y_j in B(x_i)
    recalled = torch.tensor([[d < r for d, r in zip(row, own[1], strict=True)] for row in gap])
    found = manifold(real, fake, k)
    assert found.precision == pytest.approx(float(inside.any(0).double().mean()))
    assert found.recall == pytest.approx(float(recalled.any(1).double().mean()))
    assert found.density == pytest.approx(float(inside.sum()) / (k * 130))
    assert found.coverage == pytest.approx(float(inside.any(1).double().mean()))


@pytest.mark.slow
def test_the_published_numbers():
    """Naeem et al.'s own: two sets of 10,000 from N(0, I) in 1000 dimensions, k = 5.

    Theirs is one draw. Over seven of ours the density spreads by 0.07 around 1, the others by 0.01: two draws differ by 0.1.
    """
    found = manifold(noise(10_000, 1000), noise(10_000, 1000, seed=1))
    assert found.precision == pytest.approx(0.4772, abs=0.02)
    assert found.recall == pytest.approx(0.4705, abs=0.02)
    assert found.density == pytest.approx(1.0555, abs=0.1)
    assert found.coverage == pytest.approx(0.9735, abs=0.02)


def test_equal_sets_have_density_1_and_the_expected_coverage():
    draws = [manifold(noise(100, 2, seed=k), noise(150, 2, seed=1000 + k)) for k in range(100)]
    for found, expected in ((torch.tensor([d.density for d in draws]), 1.0),
                            (torch.tensor([d.coverage for d in draws]), expected_coverage(100, 150))):  # fmt: skip
        assert abs(float(found.mean()) - expected) < 4 * float(found.std()) / 10
    assert expected_coverage(2, 1, 1) == 0.5  # the nearest of the other two is the real one, or the generated
    assert expected_coverage(10_000, 10_000) == pytest.approx(1 - 2**-5, abs=1e-3)


def test_a_generator_that_knows_one_item():
    """Good and without variety: precise, but it covers only the balls that hold that item, and its own have no radius."""
    real = noise(300, 10)
    found = manifold(real, real[:1].repeat(50, 1))
    assert found.precision == 1 and found.coverage < 0.2 and found.recall == 1 / 300


def test_apart():
    found = manifold(noise(50, 3), 100 + noise(60, 3, seed=1))
    assert (found.precision, found.recall, found.density, found.coverage) == (0, 0, 0, 0)


def test_too_few_neighbours_are_refused():
    with pytest.raises(ValueError, match="at least 6 items"):
        manifold(noise(5, 2), noise(50, 2))
    with pytest.raises(ValueError, match="at least 1"):
        manifold(REAL, FAKE, k=0)
