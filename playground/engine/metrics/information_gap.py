"""Does each factor of the data have a latent of its own? The mutual information gap (Chen et al. 2018)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from playground.engine.metrics.sets import checked

Array = np.ndarray

BINS = 20  # as Locatello et al. 2019 take them


@dataclass(frozen=True)
class InformationGap:
    """``gap`` in [0, 1], the mean of ``gaps`` (F,), larger is better; NaN is the gap of a factor that never changes, left out.

    ``information`` (d, F) in nats between each latent and each factor, ``entropy`` (F,) of the factors in nats. ``floor``: about
    so much of the gap, at most, is the bias of the estimate.
    """

    gap: float
    gaps: Array
    information: Array
    entropy: Array
    floor: float


def information_gap(codes: Tensor | Array, factors: Tensor | Array, bins: int = BINS) -> InformationGap:
    """MIG = 1/K sum_k (I(z_j(k); v_k) - max_{j != j(k)} I(z_j; v_k)) / H(v_k), j(k) the latent that tells most of factor k.

    Chen et al. 2018 (arXiv:1802.04942), eq. 6. ``codes`` (N, d): the latents' means; ``factors`` (N, F): discrete values. Each
    latent is cut into ``bins`` of equal width over its range. 1: one latent tells a factor and no other tells anything; 0: none
    does, or two do. For independent codes the information is not 0 but about (bins - 1)(V - 1) / 2N for V values (Miller & Madow),
    if all bins are used; ``floor`` is the mean of that over H(v_k), and the gap of independent codes is hardly more in the mean.
    """
    z, v = checked(codes, "The set of codes").numpy(), checked(factors, "The set of factors").numpy()
    if len(z) != len(v):
        raise ValueError(f"{len(z)} codes do not fit {len(v)} rows of factors.")
    if bins < 2:
        raise ValueError(f"{bins} bins tell nothing: at least 2 are needed.")
    binned = [_binned(column, bins) for column in z.T]
    values = [np.unique(column, return_inverse=True)[1].astype(np.int64) for column in v.T]
    information = np.array([[mutual_information(a, b) for b in values] for a in binned])  # (d, F)
    entropy = np.array([_entropy(np.bincount(b)) for b in values])  # (F,)
    changing = entropy > 0
    if not changing.any():
        raise ValueError("None of the factors ever changes: there is nothing to tell.")
    gaps = np.full(len(entropy), np.nan)
    first, second = np.sort(np.pad(information, ((1, 0), (0, 0))), 0)[[-1, -2]]  # with one latent, the second best tells nothing
    gaps[changing] = (first - second)[changing] / entropy[changing]
    used, kinds = max(len(np.unique(a)) for a in binned), np.array([b.max() + 1 for b in values])
    bias = (used - 1) * (kinds - 1)[changing] / (2 * len(z) * entropy[changing])
    return InformationGap(float(gaps[changing].mean()), gaps, information, entropy, float(bias.mean()))


def mutual_information(a: Array, b: Array) -> float:
    """I(a; b) = H(a) + H(b) - H(a, b) in nats of two lists of whole numbers >= 0 (N,), by their counts; never negative."""
    both = np.bincount(a * (b.max() + 1) + b)
    return max(0.0, _entropy(np.bincount(a)) + _entropy(np.bincount(b)) - _entropy(both))


def _entropy(counts: Array) -> float:
    """H = -sum p ln p in nats of counts (V,); those that are 0 add nothing."""
    p = counts[counts > 0] / counts.sum()
    return max(0.0, float(-(p * np.log(p)).sum()))


def _binned(z: Array, bins: int) -> Array:
    """The bin 0 .. bins - 1 of each of z (N,), of equal width from the least to the greatest."""
    low, span = z.min(), np.ptp(z)
    if span == 0:  # a latent that has collapsed
        return np.zeros(len(z), np.int64)
    return np.minimum((z - low) / span * bins, bins - 1).astype(np.int64)
