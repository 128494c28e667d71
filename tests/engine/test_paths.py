"""Lengths of paths on lines and circles."""

from __future__ import annotations

import math

import pytest
import torch

from playground.engine.metrics.paths import path_shape


def arc(angle: torch.Tensor, radius: float = 2.0) -> torch.Tensor:
    return radius * torch.stack([angle.cos(), angle.sin()], -1)


def test_lines():
    """At an even pace; at growing steps 1, 2, 3, 4; and all in one step of four."""
    even, growing, jump = torch.arange(5.0), torch.tensor([0.0, 1, 3, 6, 10]), torch.tensor([0.0, 0, 5, 5, 5])
    found = path_shape(torch.stack([even, growing, jump])[..., None] * torch.tensor([3.0, 4.0]))
    assert found.length.tolist() == pytest.approx([20, 50, 25]) and found.chord.tolist() == pytest.approx([20, 50, 25])
    assert found.stretch.tolist() == pytest.approx([1, 1, 1])
    assert found.unevenness.tolist() == pytest.approx([0, math.sqrt(1.25) / 2.5, math.sqrt(3)], abs=1e-7)


@pytest.mark.parametrize("n", [4, 64])
def test_half_a_circle(n: int):
    """n steps of 2 r sin(pi / 2n), where the arc has pi r."""
    found = path_shape(arc(torch.linspace(0, math.pi, n + 1, dtype=torch.float64))[None])
    assert float(found.length) == pytest.approx(n * 4 * math.sin(math.pi / (2 * n)), rel=1e-12)
    assert float(found.stretch) == pytest.approx(math.pi / 2 * (1 - math.pi**2 / (24 * n**2)), rel=1e-3 if n == 4 else 1e-7)
    assert float(found.unevenness) == pytest.approx(0, abs=1e-9)


def test_round_and_nowhere():
    """Back to the start: no chord. Without any motion, neither number means anything."""
    there, stay = torch.tensor([[0.0], [1.0], [0.0]]), torch.ones(3, 1)
    found = path_shape(torch.stack([there, stay]))
    assert found.stretch[0] == math.inf and found.unevenness[0] == 0
    assert found.stretch[1].isnan() and found.unevenness[1].isnan() and found.length[1] == 0


def test_what_is_no_path_is_refused():
    with pytest.raises(ValueError, match="2 frames"):
        path_shape(torch.zeros(3, 1, 4))
    with pytest.raises(ValueError, match="P, F, k"):
        path_shape(torch.zeros(3, 4))
    with pytest.raises(ValueError, match="not finite"):
        path_shape(torch.full((1, 3, 2), math.inf))
