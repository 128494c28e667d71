"""Are pictures blurred? By the power of their fine detail, against that of real pictures."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from playground.engine.metrics.sets import checked

QUARTER = 0.25  # of the sampling frequency, in cycles/pixel: half of the finest that pixels can show along an axis
CHUNK = 500  # pictures transformed at once
ROUNDING = 1e-25  # of all power: a share as small as that is no contrast


@dataclass(frozen=True)
class Spectrum:
    """Power by spatial frequency. ``frequency`` (K,) in cycles/pixel, the mean of each ring, ascending, the first is 0: the mean
    brightness; ``power`` (K,) in intensity^2, the mean over the ring's ``count`` (K,) frequencies.

    sum(power * count) / (H W) is the mean square of a pixel (Parseval); white noise of variance s^2 has the power s^2 everywhere.
    """

    frequency: Tensor
    power: Tensor
    count: Tensor


@dataclass(frozen=True)
class Sharpness:
    """``share`` and ``real_share`` of the power above a quarter of the sampling frequency, in [0, 1]; ``ratio`` of the two: 1 = as
    sharp as real pictures, less = blurred, more = noisy. ``laplacian_ratio``: the same by the variance of the Laplacian, which also
    falls with the contrast.

    What real pictures score against real ones is 1 within their own spread: see :func:`~playground.engine.metrics.sets.real_floor`.
    """

    share: float
    real_share: float
    ratio: float
    laplacian_ratio: float


def sharpness(real: Tensor, fake: Tensor) -> Sharpness:
    """Of pictures real (N, C, H, W) and fake (M, C, H, W), of any size each."""
    shares = [fine_share(mean_power(x)) for x in (real, fake)]
    variances = [laplacian_variance(x) for x in (real, fake)]
    if shares[0] <= 0 or variances[0] <= 0:
        raise ValueError("The real pictures have no fine detail to compare with.")
    return Sharpness(shares[1], shares[0], shares[1] / shares[0], variances[1] / variances[0])


def spectrum(x: Tensor) -> Spectrum:
    """The radially averaged power spectrum of pictures x (N, C, H, W), regarded as periodic.

    Rings are 1 / max(H, W) cycles/pixel wide (van der Schaaf & van Hateren 1996), out to the corners at 0.707.
    """
    power = mean_power(x)
    radius = frequencies(power).flatten()  # (H W,)
    ring = (radius * max(power.shape)).round().long()
    count = ring.bincount().double()
    means = [ring.bincount(v.flatten()) / count for v in (radius, power)]
    kept = count > 0  # of long pictures, no frequency may fall into a ring
    return Spectrum(means[0][kept], means[1][kept], count[kept])


def mean_power(x: Tensor) -> Tensor:
    """|DFT|^2 / (H W), (H, W) float64, the mean over pictures and colours of x (N, C, H, W); frequency 0 first."""
    checked(x, "The set of pictures", 1)
    if x.ndim != 4:
        raise ValueError(f"Pictures have the shape (N, C, H, W), but these have {tuple(x.shape)}.")
    height, width = x.shape[2:]
    total = sum(torch.fft.fft2(part.cpu().double()).abs().square().sum((0, 1)) for part in x.detach().split(CHUNK))
    return torch.as_tensor(total) / (height * width * x.shape[0] * x.shape[1])


def frequencies(power: Tensor) -> Tensor:
    """|f| in cycles/pixel (H, W) of the elements of ``power`` (H, W)."""
    along = [torch.fft.fftfreq(n, dtype=torch.float64) for n in power.shape]
    return torch.hypot(along[0][:, None], along[1])


def fine_share(power: Tensor, above: float = QUARTER) -> float:
    """Of all ``power`` (H, W) but that of the mean brightness, the share at frequencies above ``above`` cycles/pixel.

    White noise has the share of the frequencies, 1 - pi / 16 = 0.80 for a quarter. 0 of pictures without any contrast.
    """
    radius = frequencies(power)
    total = float(power[radius > 0].sum())
    return float(power[radius > above].sum()) / total if total > ROUNDING * float(power.sum()) else 0.0


def laplacian_variance(x: Tensor) -> float:
    """Mean over pictures and colours of the variance of the 5-point Laplacian within the border (Pech-Pacheco et al. 2000).

    x (N, C, H, W), the result in intensity^2; white noise of variance s^2 has 20 s^2.
    """
    checked(x, "The set of pictures", 1)
    if x.ndim != 4 or min(x.shape[2:]) < 4:
        raise ValueError(f"Pictures have the shape (N, C, H, W), 4 pixels at least, but these have {tuple(x.shape)}.")
    found = []
    for part in x.detach().split(CHUNK):
        p = part.cpu().double()
        sides = p[..., 2:, 1:-1] + p[..., :-2, 1:-1] + p[..., 1:-1, 2:] + p[..., 1:-1, :-2]
        found.append((sides - 4 * p[..., 1:-1, 1:-1]).flatten(2).var(2))  # (B, C)
    return float(torch.cat(found).mean())
