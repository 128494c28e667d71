"""Do items of one class lie together among the codes? By the classes of each item's nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from playground.engine.metrics.sets import checked, distances_to_others

K = 10


@dataclass(frozen=True)
class Purity:
    """``purity`` in [0, 1]: the mean share of neighbours of an item's own class, larger is better; ``chance``: what codes give that
    know nothing of the classes. By class: ``classes`` (V,), ``by_class`` (V,), the mean over its items."""

    purity: float
    chance: float
    classes: np.ndarray
    by_class: np.ndarray


def label_purity(codes: Tensor, labels: Tensor | np.ndarray, k: int = K) -> Purity:
    """1/N sum_i (1/k) |{j among the k nearest others of z_i: c_j = c_i}| of codes z (N, ...) with classes c (N,).

    The k-nearest-neighbour rule (Cover & Hart 1967) without its vote. Codes that know nothing score
    sum_c n_c (n_c - 1) / (N (N - 1)) in the mean, whatever k. What the items themselves score, as their own codes, is what a good
    encoder should not lose.
    """
    z, c = checked(codes, "The set of codes"), torch.as_tensor(labels).cpu().flatten()
    if c.is_floating_point() and not bool(c.isfinite().all()):
        raise ValueError("The classes have values that are not finite.")
    if len(z) != len(c):
        raise ValueError(f"{len(z)} codes do not fit {len(c)} classes.")
    if not 1 <= k < len(z):
        raise ValueError(f"Of {len(z)} items each has {len(z) - 1} others: there are no {k} nearest.")
    classes, index, counts = c.unique(return_inverse=True, return_counts=True)
    nearest = torch.cat([d.topk(k, 1, largest=False).indices for _, d in distances_to_others(z)])  # (N, k)
    own = (index[nearest] == index[:, None]).double().mean(1)  # (N,)
    by_class = torch.bincount(index, own) / counts
    n, n_c = len(z), counts.double()
    chance = float((n_c * (n_c - 1)).sum()) / (n * (n - 1))
    return Purity(float(own.mean()), chance, classes.numpy(), by_class.numpy())
