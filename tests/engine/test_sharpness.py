"""Spectra of pictures against what is known of noise, waves and Gaussian blur."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from playground.engine.metrics import sharpness as module
from playground.engine.metrics.sharpness import fine_share, frequencies, laplacian_variance, mean_power, sharpness, spectrum


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def blur(x: Tensor, sigma: float) -> Tensor:
    """Pictures (N, 1, H, W) that go on periodically, convolved with a Gaussian of ``sigma`` pixels."""
    at = torch.arange(-8, 9, dtype=torch.float64)
    g = torch.exp(-at.square() / (2 * sigma**2))
    kernel = torch.outer(g, g) / g.sum() ** 2
    return F.conv2d(F.pad(x, (8, 8, 8, 8), mode="circular"), kernel[None, None])


@pytest.mark.parametrize("shape", [(7, 1, 28, 28), (3, 3, 9, 16)])
def test_parseval(shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "CHUNK", 2)
    x = 0.3 + noise(*shape)
    found = spectrum(x)
    mean_square = float(x.square().mean())
    assert float((found.power * found.count).sum()) / (shape[2] * shape[3]) == pytest.approx(mean_square, rel=1e-12)
    assert float(found.count.sum()) == shape[2] * shape[3]


def test_white_noise_is_flat():
    found = spectrum(1.5 * noise(400, 1, 32, 32))
    error = 2.25 / (400 * found.count / 2).sqrt()  # half of the frequencies mirror the others
    assert bool(((found.power - 2.25).abs() < 4.5 * error).all())


def test_a_wave_is_at_its_frequency():
    x = torch.cos(2 * math.pi * 3 * torch.arange(32) / 32).expand(1, 1, 32, 32) + 0.5
    found = spectrum(x)
    assert found.frequency[found.power > 1e-9].tolist() == pytest.approx([0, 3 / 32], abs=0.01)
    assert found.frequency[0] == 0 and float(found.power[0]) == pytest.approx(0.25 * 1024)
    assert bool((found.frequency.diff() > 0).all()) and float(found.frequency[-1]) == pytest.approx(math.sqrt(0.5))


@pytest.mark.parametrize("sigma", [0.8, 1.5])
def test_blur_takes_the_known_share_of_each_frequency(sigma: float):
    """exp(-(2 pi f sigma)^2) of the power; what the pixels of the kernel cannot show counts at the finest only."""
    x = noise(20, 1, 32, 32)
    before, after = mean_power(x), mean_power(blur(x, sigma))
    f = frequencies(before)
    low = f < 0.3
    expected = torch.exp(-((2 * math.pi * f * sigma) ** 2))
    assert torch.allclose((after / before)[low], expected[low], rtol=0.03)
    rings = spectrum(x), spectrum(blur(x, sigma))
    ratio, at = rings[1].power / rings[0].power, rings[0].frequency
    assert torch.allclose(ratio[at < 0.15], torch.exp(-((2 * math.pi * at * sigma) ** 2))[at < 0.15], rtol=0.1)


def test_one_number():
    x = noise(50, 1, 32, 32) + 20 * blur(noise(50, 1, 32, 32, seed=1), 2.0)
    same, soft, noisy = sharpness(x, x), sharpness(x, blur(x, 0.7)), sharpness(x, x + noise(50, 1, 32, 32, seed=2))
    assert same.ratio == same.laplacian_ratio == 1
    assert soft.ratio < 0.5 and soft.laplacian_ratio < 0.5 and noisy.ratio > 1.3 and noisy.laplacian_ratio > 1.3
    half = sharpness(x, 3 + x / 2)  # brightness counts for nothing, contrast for the second opinion only
    assert half.ratio == pytest.approx(1) and half.laplacian_ratio == pytest.approx(0.25)
    assert soft.ratio == pytest.approx(soft.share / soft.real_share) and soft.real_share == same.share


def test_shares_and_laplacian_of_white_noise():
    x = 2 * noise(300, 1, 32, 32)
    assert fine_share(mean_power(x)) == pytest.approx(1 - math.pi / 16, abs=0.02)
    assert laplacian_variance(x) == pytest.approx(20 * 4, rel=0.02)
    assert laplacian_variance(torch.arange(8.0).expand(1, 1, 8, 8)) == pytest.approx(0)


def test_what_has_no_detail_is_refused():
    x = noise(4, 1, 8, 8)
    with pytest.raises(ValueError, match="no fine detail"):
        sharpness(torch.full((4, 1, 8, 8), 0.3), x)
    assert sharpness(x, torch.full((4, 1, 8, 8), 0.3)).ratio == 0
    with pytest.raises(ValueError, match="not finite"):
        sharpness(x, x * math.nan)
    with pytest.raises(ValueError, match="N, C, H, W"):
        spectrum(noise(4, 64))
