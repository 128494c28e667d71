"""What a latent space is good for: even paths, codes that know the classes and factors, and the way back."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from playground.engine.datasets.base import Dataset, to_float
from playground.engine.latent import PATHS
from playground.engine.metrics.information_gap import information_gap
from playground.engine.metrics.paths import path_shape
from playground.engine.metrics.purity import K, label_purity
from playground.engine.report_card.space import Space, Step

if TYPE_CHECKING:
    from playground.engine.answers import Answers
    from playground.engine.report_card.card import Card

PATHS_OF = {"points": 200, "image": 32}  # at effort 1
FRAMES = 13
CODES = {"points": 1000, "image": 500}  # held-out items whose codes are asked for
RETURNED = {"points": 1000, "image": 128}  # of them, made again of their codes
SHOWN = {"points": 40, "image": 6}  # paths and returned items kept as evidence
FACTOR_BINS = 10  # into which a factor that is no whole number is cut
MOST_CLASSES = 100
SEED = 20_190_412


def latent_part(of: Answers, card: Card, space: Space, path: str, effort: float) -> Iterator[Step]:
    """Paths between draws of the prior; and of a family with an encoder what the codes of held-out items know and lose."""
    try:
        yield from _paths(of, card, space, path, effort)
    except NotImplementedError:  # a family without codes
        return
    kind, data = of.data.kind, of.data
    held_out, labels = (data.test, data.test_labels) if len(data.test) else (data.train, data.train_labels)
    n = max(20, round(CODES[kind] * effort))
    x = to_float(held_out[:n])
    steps = of.codes_of(x.to(of.device))
    card.numbers["encoder"] = steps is not None
    if steps is None:
        return
    z = torch.empty(0)
    for step in steps:
        if isinstance(step, Tensor):
            z = step.detach().cpu()
        else:
            yield *step, "codes of held-out items"
    labels = {k: v[: len(x)] for k, v in labels.items()}
    _purity(card, data, x, z, labels)
    _factors(card, z, labels)
    yield from _round_trip(of, card, x[: max(20, round(RETURNED[kind] * effort))], z)


def _paths(of: Answers, card: Card, space: Space, path: str, effort: float) -> Iterator[Step]:
    """Between pairs of draws from the prior, the same for every family; lengths in the space of features."""
    kind = of.data.kind
    count = max(4, round(PATHS_OF[kind] * effort))
    d = of.code_size
    a, b = torch.randn((2, count, d), generator=torch.Generator().manual_seed(SEED))
    z = PATHS[path](a, b, torch.linspace(0, 1, FRAMES)).flatten(0, 1).to(of.device)
    parts = []
    for part in of.making(z):
        if isinstance(part, Tensor):
            parts.append(part.detach().cpu())
        else:
            yield *part, "paths between codes"
    x = torch.cat(parts)
    shape = path_shape(space.features(x).reshape(count, FRAMES, -1))
    stretch = shape.stretch[shape.stretch.isfinite()]
    uneven = shape.unevenness[shape.unevenness.isfinite()]
    card.numbers |= {
        "path": path, "paths": count, "frames": FRAMES, "path_stretch": _median(stretch), "path_stretch_error": _error(stretch),
        "path_unevenness": _median(uneven), "path_unevenness_error": _error(uneven), "code_size": d,
    }  # fmt: skip
    frames = of.show(x).reshape(count, FRAMES, *of.shown_shape())
    card.evidence |= {"path_frames": frames[: SHOWN[kind]], "path_stretch": stretch.float().numpy()}


def _median(values: Tensor) -> float:
    return float(values.median()) if len(values) else math.nan


def _error(values: Tensor) -> float:
    """About the standard error of a median, from the middle half: 1.25 sigma / sqrt(n), sigma = width / 1.35."""
    if len(values) < 4:
        return math.nan
    low, high = values.double().quantile(torch.tensor([0.25, 0.75], dtype=torch.float64)).tolist()
    return 1.25 * (high - low) / 1.35 / math.sqrt(len(values))


def _purity(card: Card, data: Dataset, x: Tensor, z: Tensor, labels: dict[str, np.ndarray]) -> None:
    """Of the first label that has from two to a hundred kinds: the class, the mode or the branch."""
    name = next((k for k, v in labels.items() if v.dtype.kind in "iu" and 2 <= len(np.unique(v)) <= MOST_CLASSES), None)
    if name is None or len(z) <= K:
        return
    found, of_items = label_purity(z, labels[name]), label_purity(x.flatten(1), labels[name])
    card.numbers |= {
        "purity": found.purity, "purity_chance": found.chance, "purity_items": of_items.purity, "purity_label": name,
        "purity_n": len(z),
    }  # fmt: skip
    card.evidence |= {"codes": _plane(z), "codes_label": labels[name].astype(np.int32)}


def _plane(z: Tensor) -> np.ndarray:
    """Codes (N, d) as (N, 2): themselves, or along their two main axes."""
    if z.shape[1] == 1:
        return torch.cat([z, torch.zeros_like(z)], 1).float().numpy()
    if z.shape[1] == 2:
        return z.float().numpy()
    centred = z.double() - z.double().mean(0)
    _, _, rows = torch.linalg.svd(centred, full_matrices=False)
    return (centred @ rows[:2].T).float().numpy()


def _factors(card: Card, z: Tensor, labels: dict[str, np.ndarray]) -> None:
    """The mutual information gap, of data with two factors at least."""
    if len(labels) < 2:
        return
    factors = np.stack([_whole(v) for v in labels.values()], 1)
    found = information_gap(z, factors)
    card.numbers |= {"mig": found.gap, "mig_floor": found.floor, "mig_factors": list(labels), "mig_n": len(z)}
    card.evidence |= {"mig_by_factor": found.gaps, "information": found.information}


def _whole(values: np.ndarray) -> np.ndarray:
    """A factor as whole numbers: one that varies freely is cut into bins of equal width."""
    if values.dtype.kind in "iu":
        return values.astype(np.int64)
    low, span = values.min(), max(float(np.ptp(values)), 1e-12)
    cut: Any = np.minimum((values - low) / span * FACTOR_BINS, FACTOR_BINS - 1)
    return np.asarray(cut.astype(np.int64))


def _round_trip(of: Answers, card: Card, x: Tensor, z: Tensor) -> Iterator[Step]:
    """Root mean squared error of items (N, *shape) made again of their codes, over the spread of the items."""
    parts = []
    for part in of.making(z[: len(x)].to(of.device)):
        if isinstance(part, Tensor):
            parts.append(part.detach().cpu())
        else:
            yield *part, "items made again of their codes"
    again = torch.cat(parts)
    spread = float((x - x.mean(0)).square().mean().sqrt())
    card.numbers["round_trip"] = float((again - x).square().mean().sqrt()) / spread if spread else math.nan
    card.numbers["round_trip_n"] = len(x)
    k = 2 * SHOWN[of.data.kind]
    card.evidence |= {"round_trip_x": of.show(x[:k]), "round_trip_again": of.show(again[:k])}
