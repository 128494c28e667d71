"""Where distances between items are measured, and the real items that samples are held against."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from playground.engine.datasets.base import Dataset, to_float
from playground.engine.metrics.classifier import Classifier, can_classify
from playground.engine.metrics.spread import TRAINING, trained_classifier

if TYPE_CHECKING:
    from playground.engine.answers import Answers

AXES, AXES_FROM = 50, 1000  # principal axes of pictures without labels, and the training pictures that they come from
LEAST_HELD_OUT = 200  # items; of fewer than that no two sets can be made

Step = tuple[int, int, str]  # (done, total, what)


@dataclass(frozen=True)
class Space:
    """``features``: items (N, *shape) in units of the data -> (N, k) on the CPU; ``name`` in words, ``unit`` of distances."""

    name: str
    unit: str
    features: Callable[[Tensor], Tensor]


def space_of(of: Answers) -> Iterator[Step | Space]:
    """Steps while it is made, then the space for these data: the plane itself, features of a classifier of labelled pictures,
    principal axes of others. Kept for the run.
    """
    data: Dataset = of.data
    if "space" in of.shared:
        yield of.shared["space"]
        return
    if data.kind == "points":
        made = Space("the plane", "unit of x", lambda x: x.detach().cpu().double().flatten(1))
    elif can_classify(data):
        kept: list[Classifier] = [of.shared["classifier"]] if "classifier" in of.shared else []
        if not kept:
            for done, total in trained_classifier(data, kept.append):
                yield done, total, TRAINING
        classifier = of.shared["classifier"] = kept[0]
        name = f"features of a classifier of these data, {100 * classifier.test_accuracy:.1f} % right on held-out pictures"
        made = Space(name, "", lambda x: classifier.features(x).double())
    else:
        made = _principal(data)
    of.shared["space"] = made
    yield made


def _principal(data: Dataset) -> Space:
    """Pixels projected onto the axes along which the training pictures differ most; the unit is that of a pixel in [-1, 1]."""
    x = to_float(data.train[:AXES_FROM]).double().flatten(1)
    centre = x.mean(0)
    x = x - centre
    values, vectors = torch.linalg.eigh(x @ x.T)  # of the pictures' products: there are fewer pictures than pixels
    k = min(AXES, len(x) - 1)
    axes = x.T @ vectors[:, -k:] / values[-k:].clamp_min(1e-12).sqrt()  # (D, k), orthonormal
    return Space(
        f"pixels projected onto the {k} principal axes of the training pictures, which have no labels for a classifier", "",
        lambda items: (items.detach().cpu().double().flatten(1) - centre) @ axes,
    )  # fmt: skip


class Real:
    """Real items to hold samples against: fresh ones where the density is known, else held-out ones (where those are too few,
    training items). Different ``take`` give disjoint sets as long as there are enough items.
    """

    def __init__(self, data: Dataset, most: int) -> None:
        self.density = data.density
        pool = data.test if len(data.test) >= LEAST_HELD_OUT else data.train
        self.held_out = self.density is not None or pool is data.test
        self.n = most if self.density is not None else max(2, min(most, len(pool) // 2))
        order = torch.randperm(len(pool), generator=torch.Generator().manual_seed(20_170_112))
        self._pool, self._order = pool, order

    def take(self, k: int) -> Tensor:
        """The ``k``-th set of ``n`` items, float32. The first two never share an item; of finite data later ones are dealt anew."""
        if self.density is not None:
            return self.density.sample(self.n, torch.Generator().manual_seed(20_170_112 + k)).float()
        order = self._order
        if k >= 2:
            order = order[torch.randperm(len(order), generator=torch.Generator().manual_seed(k // 2))]
        start = (k % 2) * self.n
        return to_float(self._pool[order[start : start + self.n]])


def gaussian_items(data: Dataset, n: int, seed: int) -> Tensor:
    """``n`` items (n, *shape) of the Gaussian with the mean and covariance of (at most 2,000) training items.

    sum_i e_i (x_i - mean) / sqrt(N - 1) with e ~ N(0, I) has just that covariance.
    """
    x = to_float(data.train[:2000]).double().flatten(1)
    centre = x.mean(0)
    e = torch.randn((n, len(x)), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return (centre + e @ (x - centre) / max(len(x) - 1, 1) ** 0.5).float().reshape(n, *data.shape)
