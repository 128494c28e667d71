"""How samples spread over the modes of points or the classes of pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.engine.datasets.base import Dataset
from playground.engine.metrics.classifier import Classifier, can_classify, classifier_for
from playground.engine.metrics.modes import ModeCounts, count_modes, data_modes, mahalanobis

NO_MODES = "These points have no separate modes: choose data that have, such as ring8, grid25 or a mixture of your own."
NO_LABELS = "These pictures have no classes: the spread is counted for labelled pictures, such as mnist."
TRAINING = "a classifier of these data, once and for all"

#: Samples that are counted at each look of the monitor, by what they are counted into, and the rarest mode that so few can judge.
LOOK = {"modes": (2500, 0.008), "parts": (500, 0.04), "classes": (128, 0.06), "": (0, 1.0)}


@dataclass(frozen=True)
class Spread:
    """Samples counted over modes: see ModesOf. ``quality``, ``perfect``: of points within a mode, of pictures mean confidence."""

    names: tuple[str, ...]
    centres: Tensor | None
    counts: ModeCounts
    quality: float
    perfect: float
    note: str


def modes_of(data: Dataset) -> str:
    """What samples of these data are counted into: "modes" or "parts" of points, "classes" of pictures, or "" for nothing."""
    if data.kind == "image":
        return "classes" if can_classify(data) else ""
    if data.density is None:
        return ""
    return "modes" if data.density.modes is not None else "parts" if "branch" in data.train_labels else ""


def spread_of_points(data: Dataset, x: Tensor) -> Spread | None:
    """Points x (N, 2) over the modes of a mixture, or the parts of a curve; None where the data have neither."""
    found = data_modes(data, x)
    if found is None:
        return None
    names, centres, counts, note = found
    return Spread(names, centres, counts, counts.high_quality, counts.high_quality_perfect, note)


def spread_of_pictures(classifier: Classifier, x: Tensor) -> Spread:
    """Pictures x (N, C, H, W) over the classes that a classifier puts them into."""
    confidence, chosen = classifier.classify(x).max(1)
    counts = count_modes(chosen.numpy(), classifier.true)
    return Spread(classifier.names, None, counts, float(confidence.mean()), classifier.confidence, classifier.note)


def trained_classifier(data: Dataset, keep: Callable[[Classifier], None]) -> Iterator[tuple[int, int]]:
    """Steps (done, total) while a classifier of the data is trained for the first time; it is given to ``keep``."""
    for step in classifier_for(data):
        if isinstance(step, Classifier):
            keep(step)
        else:
            yield step


# ---------------------------------------------------------------- for the watch over a training
def share_of_noise(data: Dataset, x: Tensor) -> np.ndarray:
    """Shares (K,) of points x (N, 2) that lie nearest to each mode, however far: what no noise at all is sent to is lost."""
    density = data.density
    assert density is not None
    if density.modes is None:
        found = data_modes(data, x)
        assert found is not None
        return found[2].share
    assert density.mode_covariances is not None
    nearest = mahalanobis(x, density.modes, density.mode_covariances).argmin(1)
    return torch.bincount(nearest, minlength=len(density.modes)).double().numpy() / len(x)


def mode_truth(data: Dataset) -> tuple[tuple[str, ...], np.ndarray, float]:
    """Names (K,) and true shares (K,) of the modes, empty for data without any; and the share below which a mode is not judged."""
    kind = modes_of(data)
    rare = LOOK[kind][1]
    if kind == "classes":
        labels = data.train_labels["label"]
        names = data.label_names.get("label") or tuple(str(k) for k in range(int(labels.max()) + 1))
        return tuple(names), np.bincount(labels, minlength=len(names)) / len(labels), rare
    found = spread_of_points(data, torch.zeros(1, 2)) if kind else None
    return (found.names, found.counts.true, rare) if found else ((), np.zeros(0), rare)


# ---------------------------------------------------------------- as numbers of an evaluation
def spread_numbers(data: Dataset, x: Tensor, numbers: dict[str, Any]) -> Iterator[tuple[int, int, str]]:
    """Add to ``numbers`` what applies of samples x (N, *shape): modes or classes covered, the divergence of their shares from the
    true ones, and the quality of single samples. Yields (done, total, what) while a classifier learns.
    """
    kind = modes_of(data)
    if not kind:
        return
    if kind == "classes":
        kept: list[Classifier] = []
        for done, total in trained_classifier(data, kept.append):
            yield done, total, TRAINING
        found = spread_of_pictures(kept[0], x)
        numbers |= {
            "confidence": found.quality, "confidence_real": found.perfect, "classifier_accuracy": kept[0].test_accuracy,
        }  # fmt: skip
    else:
        points = spread_of_points(data, x)
        assert points is not None
        found = points
        numbers |= {"high_quality": found.quality, "high_quality_perfect": found.perfect, "binned_kl": found.counts.binned_kl}
    counts = found.counts
    numbers |= {
        "modes": counts.count, "num_modes": len(found.names), "mode_names": list(found.names), "mode_share": counts.share.tolist(),
        "mode_true": counts.true.tolist(), "reverse_kl": counts.reverse_kl if math.isfinite(counts.reverse_kl) else None,
        "reverse_kl_floor": counts.reverse_kl_floor, "reverse_kl_floor_sd": counts.reverse_kl_floor_sd, "modes_note": found.note,
    }  # fmt: skip
