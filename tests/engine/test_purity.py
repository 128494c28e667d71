"""Label purity by hand, and of codes that know nothing of the classes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from playground.engine.metrics.purity import label_purity


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_by_hand():
    """Neighbours, two each: of 0: 1, 3; of 1: 0, 3; of 3: 1, 0; of 7: 3, 12.5; of 12.5 and 13: each other, and 7."""
    codes, labels = torch.tensor([0.0, 1.0, 3.0, 7.0, 12.5, 13.0])[:, None], np.array([4, 4, 9, 9, 9, 9])
    found = label_purity(codes, labels, k=2)
    own = [1 / 2, 1 / 2, 0, 1, 1, 1]
    assert found.purity == pytest.approx(sum(own) / 6)
    assert found.classes.tolist() == [4, 9] and found.by_class.tolist() == pytest.approx([1 / 2, 3 / 4])
    assert found.chance == pytest.approx((2 * 1 + 4 * 3) / (6 * 5))


def test_classes_apart_and_classes_that_are_noise():
    labels = torch.tensor([0] * 150 + [1] * 50)
    assert label_purity(noise(200, 3) + 100 * labels[:, None], labels).purity == 1
    draws = [label_purity(noise(200, 3, seed=k), labels) for k in range(60)]
    found = torch.tensor([d.purity for d in draws])
    assert draws[0].chance == pytest.approx((150 * 149 + 50 * 49) / (200 * 199))
    assert abs(float(found.mean()) - draws[0].chance) < 4 * float(found.std()) / math.sqrt(60)


def test_what_does_not_fit_is_refused():
    codes = noise(10, 2)
    with pytest.raises(ValueError, match="do not fit"):
        label_purity(codes, np.zeros(9, int))
    with pytest.raises(ValueError, match="no 10 nearest"):
        label_purity(codes, np.zeros(10, int))
    with pytest.raises(ValueError, match="not finite"):
        label_purity(codes, torch.full((10,), math.nan), k=2)
