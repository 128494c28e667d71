"""How samples spread over the modes of the data: the measures of PacGAN (Lin et al. 2018, arXiv:1712.04086, section 4).

A sample is of high quality if it lies within 3 standard deviations of a mode (Mahalanobis distance, so for any covariance); modes
with at least one such sample are covered; the reverse KL is KL(shares || true shares) over the samples of high quality. A perfect
generator neither scores 100 % nor 0 nats: what it scores stands beside each number.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor

from playground.engine.datasets.base import Dataset, Density
from playground.engine.datasets.densities_mixture import GaussianMixture
from playground.engine.metrics.neighbours import nearest

Array = np.ndarray

NEAR = 3.0  # standard deviations, as PacGAN has it
HELD = 1 - math.exp(-(NEAR**2) / 2)  # of a Gaussian of the plane: 98.889 % lie as near as that to its mean
REFERENCE = 4000  # training points among which a sample looks for its part of a curve
DRAWS, SEED = 20_000, 20_180_712  # of perfect generators, for the floor
PLANE_NOTE = "A sample counts for the nearest mode if it is within 3 standard deviations of it (Lin et al. 2018, PacGAN)."
PART_NOTE = (
    "These data have no separate modes: a sample counts for the part of the curve that the nearest training point belongs to, if "
    "its density is among the highest that hold 98.9 % of the data."
)


@dataclass(frozen=True)
class ModeCounts:
    """``share`` (K,) of the samples of high quality that each mode has (sums to 1; all 0 without any), beside the ``true`` (K,).

    ``mode_of`` (N,): the mode that each sample counts for, -1 for none. ``count`` modes have at least one. ``high_quality``: share
    of all samples that count for a mode, ``high_quality_perfect`` that of the data themselves. ``reverse_kl`` = KL(share || true)
    in nats, inf without any sample; a perfect generator with as many samples has ``reverse_kl_floor`` with the standard deviation
    ``reverse_kl_floor_sd``. ``binned_kl``: the same with one more bin for samples that count for no mode, whose true share is
    1 - high_quality_perfect; samples that all sit on the centres do not have 0 here.
    """

    share: Array
    true: Array
    mode_of: Array
    count: int
    high_quality: float
    high_quality_perfect: float
    reverse_kl: float
    reverse_kl_floor: float
    reverse_kl_floor_sd: float
    binned_kl: float
    n: int


def plane_modes(
    centres: Tensor, covariances: Tensor, weights: Tensor, samples: Tensor, perfect: float | None = None
) -> ModeCounts:
    """Count ``samples`` (N, 2) over modes with ``centres`` (K, 2), ``covariances`` (K, 2, 2) and true ``weights`` (K,).

    ``perfect``: :func:`perfect_quality` of them, if it is known already.
    """
    distance, mode = mahalanobis(samples, centres, covariances).min(1)
    mode_of = torch.where(distance < NEAR, mode, -1).numpy()
    perfect = perfect_quality(centres, covariances, weights) if perfect is None else perfect
    return count_modes(mode_of, weights.double().numpy(), perfect)


_KEPT: WeakKeyDictionary[Density, float] = WeakKeyDictionary()  # what takes a while and depends on the density alone


def _once(density: Density, make: Callable[[], float]) -> float:
    if density not in _KEPT:
        _KEPT[density] = make()
    return _KEPT[density]


def data_modes(data: Dataset, samples: Tensor) -> tuple[tuple[str, ...], Tensor | None, ModeCounts, str] | None:
    """Names (K,), centres (K, 2) or None, counts and the definition used, of ``samples`` (N, 2) of points; None without modes.

    Modes of the density if it has separated ones, else the parts of a curve ("branch" among the labels), else None.
    """
    density = data.density
    if density is not None and density.modes is not None:
        assert density.mode_covariances is not None and density.mode_weights is not None
        modes = density.modes, density.mode_covariances, density.mode_weights
        counts = plane_modes(*modes, samples, _once(density, lambda: perfect_quality(*modes)))
        return mode_names(density.modes), density.modes, counts, PLANE_NOTE
    if density is not None and "branch" in data.train_labels:
        parts = int(data.train_labels["branch"].max()) + 1
        return tuple(f"part {k + 1}" for k in range(parts)), None, branch_modes(data, density, samples), PART_NOTE
    return None


def branch_modes(data: Dataset, density: Density, samples: Tensor) -> ModeCounts:
    """The parts of a curve as modes. Of high quality is what lies in the smallest region that holds HELD of the data.

    For one Gaussian that region is the ball of 3 standard deviations, so this is PacGAN's definition carried over.
    """
    labels = data.train_labels["branch"]
    index, _ = nearest(samples.cpu(), data.train[:REFERENCE])
    level = _once(density, lambda: float(density.log_prob(data.train).quantile(1 - HELD)))
    mode_of = np.where((density.log_prob(samples) >= level).numpy(), labels[index.numpy()], -1)
    return count_modes(mode_of, np.bincount(labels) / len(labels), HELD)


def count_modes(mode_of: Array, true: Array, perfect: float = 1.0) -> ModeCounts:
    """From the mode (or class) of each sample (N,), -1 for none, and the true shares (K,).

    ``perfect``: the share of the data themselves that counts for a mode.
    """
    n, k = len(mode_of), len(true)
    true = true / true.sum()
    counts = np.bincount(mode_of[mode_of >= 0], minlength=k)
    good = int(counts.sum())
    floor, floor_sd = reverse_kl_floor(tuple(true.tolist()), max(1, round(n * perfect)))
    off = np.array([1.0]) if perfect < 1 else np.zeros(0)
    binned = np.concatenate([counts / max(n, 1), off * (1 - good / max(n, 1))])
    return ModeCounts(
        share=counts / max(good, 1), true=true, mode_of=mode_of, count=int((counts > 0).sum()), high_quality=good / max(n, 1),
        high_quality_perfect=perfect, reverse_kl=float(kl(counts / good, true)) if good else math.inf, reverse_kl_floor=floor,
        reverse_kl_floor_sd=floor_sd, binned_kl=float(kl(binned, np.concatenate([true * perfect, off * (1 - perfect)]))), n=n,
    )  # fmt: skip


def mahalanobis(x: Tensor, centres: Tensor, covariances: Tensor) -> Tensor:
    """sqrt((x - mu)^T Sigma^-1 (x - mu)): x (N, 2), centres (K, 2), covariances (K, 2, 2) -> (N, K), float64."""
    root = torch.linalg.cholesky(covariances.double())
    d = x.cpu().double()[None] - centres.double()[:, None]  # (K, N, 2)
    return torch.linalg.solve_triangular(root, d.transpose(1, 2), upper=False).norm(dim=1).T


def perfect_quality(centres: Tensor, covariances: Tensor, weights: Tensor) -> float:
    """The share of the mixture itself within 3 standard deviations of some mode: 1 - exp(-9/2) if no two modes touch.

    Where they do, 100,000 points of the mixture are counted (standard error 0.03 %).
    """
    if not _touch(centres.double(), covariances.double()):
        return HELD
    x = GaussianMixture(weights, centres, covariances).sample(100_000, torch.Generator().manual_seed(SEED))
    return float((mahalanobis(x, centres, covariances).amin(1) < NEAR).double().mean())


def _touch(centres: Tensor, covariances: Tensor) -> bool:
    """Is more than e^-8 of a mode within 3 standard deviations of another?"""
    root = torch.linalg.cholesky(covariances)
    whiten = torch.linalg.inv(root)
    gap = (whiten[:, None] @ (centres[None] - centres[:, None])[..., None])[..., 0].norm(dim=2)  # (K, K), in widths of the first
    spread = torch.linalg.matrix_norm(whiten[:, None] @ root[None], ord=2)
    apart = gap > NEAR + 4 * spread
    return not bool((apart | torch.eye(len(centres), dtype=torch.bool)).all())


def kl(p: Array, q: Array) -> Array:
    """KL(p || q) of shares p (..., K) and q (K,) in nats: (...,); 0 log 0 = 0, and inf where p has what q has not."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p > 0, p * np.log(p / q), 0.0)
    total: Array = terms.sum(-1)
    return total


@lru_cache(maxsize=64)
def reverse_kl_floor(true: tuple[float, ...], n: int) -> tuple[float, float]:
    """Mean and standard deviation of KL(share || true) for ``n`` samples of the truth itself, by draws that are always the same."""
    draws = min(DRAWS, max(1000, 1_000_000 // len(true)))
    counts = np.random.default_rng(SEED).multinomial(n, true, draws)
    values = kl(counts / n, np.asarray(true))
    return float(values.mean()), float(values.std())


def mode_names(centres: Tensor) -> tuple[str, ...]:
    """Where modes lie: their angles ("45°") if all K >= 3 lie on a circle about their middle, else coordinates ("(2, −4)")."""
    c = centres.double()
    spokes = c - c.mean(0)
    radius = spokes.norm(dim=1)
    if len(c) >= 3 and float(radius.max() - radius.min()) < 1e-6 * float(radius.max()):
        angles = torch.rad2deg(torch.atan2(spokes[:, 1], spokes[:, 0])).round(decimals=2) % 360
        names = tuple(f"{_number(a)}°" for a in angles.tolist())
        if len(set(names)) == len(names):
            return names
    return tuple(f"({_number(x)}, {_number(y)})" for x, y in c.tolist())


def _number(value: float) -> str:
    """Four significant digits, a true minus sign, no negative zero."""
    text = f"{value:.4g}" if abs(value) > 1e-9 else "0"
    return text.replace("-", "−")
