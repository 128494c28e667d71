"""The kernel distance against its moments for Gaussians of a line; without bias, and with an honest error."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from playground.engine.metrics import kernel_distance as module
from playground.engine.metrics.kernel_distance import kernel_distance, mmd2


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_pair_by_pair():
    x, y = noise(4, 3), noise(5, 3, seed=1)

    def k(a: Tensor, b: Tensor) -> float:
        return (float(a @ b) / 3 + 1) ** 3

    expected = sum(k(a, b) for a in x for b in x if not torch.equal(a, b)) / (4 * 3)
    expected += sum(k(a, b) for a in y for b in y if not torch.equal(a, b)) / (5 * 4)
    expected -= 2 * sum(k(a, b) for a in x for b in y) / (4 * 5)
    assert mmd2(x, y) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("mu", [0.3, 1.0])
def test_two_gaussians(mu: float):
    """On a line (x y + 1)^3 compares the first three moments: 3 (m1 - m1')^2 + 3 (m2 - m2')^2 + (m3 - m3')^2."""
    exact = 3 * mu**2 + 3 * mu**4 + (mu**3 + 3 * mu) ** 2
    found = kernel_distance(noise(20_000, 1), mu + noise(15_000, 1, seed=1))
    assert found.blocks == 20
    assert abs(found.distance - exact) < 4 * found.error < exact


def test_equal_distributions_score_0_in_the_mean_and_the_error_says_how_far_from_it():
    draws = [kernel_distance(noise(120, 4, seed=k), noise(90, 4, seed=10_000 + k)) for k in range(400)]
    found = torch.tensor([d.distance for d in draws])
    assert abs(float(found.mean())) < 4 * float(found.std()) / 20
    assert float((found < 0).double().mean()) > 0.3
    honest = torch.tensor([d.error for d in draws]).square().mean().sqrt()
    assert float(honest / found.std()) == pytest.approx(1, abs=0.15)


def test_blocks_are_disjoint_and_no_larger_than_asked_for(monkeypatch: pytest.MonkeyPatch):
    dealt: list[list[float]] = []

    def seen(x: Tensor, y: Tensor) -> float:
        dealt.append(x[:, 0].tolist())
        return mmd2(x, y)

    monkeypatch.setattr(module, "mmd2", seen)
    x, y = torch.arange(1005.0)[:, None] / 1000, 1 + noise(1000, 1, seed=1)
    assert kernel_distance(x, y, size=50).blocks == len(dealt) == 21
    kept = [v for part in dealt for v in part]
    assert {len(part) for part in dealt} == {47} and len(set(kept)) == len(kept) == 21 * 47
    assert dealt[0] != sorted(dealt[0])  # items may lie in the order of their classes
    assert kernel_distance(x, y, blocks=4).blocks == 4


def test_it_repeats_itself_and_refuses_too_few():
    x, y = noise(100, 2), 1 + noise(100, 2, seed=1)
    assert kernel_distance(x, y) == kernel_distance(x, y) != kernel_distance(x, y, seed=1)
    with pytest.raises(ValueError, match="too few"):
        kernel_distance(x, y[:15])
