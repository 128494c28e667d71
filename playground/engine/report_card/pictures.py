"""Sample quality of pictures, in a space of features."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from playground.engine.metrics.frechet import frechet_distance
from playground.engine.metrics.kernel_distance import kernel_distance
from playground.engine.metrics.manifold import K, Manifold, manifold
from playground.engine.metrics.sharpness import sharpness, spectrum
from playground.engine.metrics.spread import spread_of_pictures
from playground.engine.report_card.points import tested
from playground.engine.report_card.space import Real, Space, Step

if TYPE_CHECKING:
    from playground.engine.answers import Answers
    from playground.engine.report_card.card import Card

PAIRS = 4  # of sets of real pictures, for a floor
MANIFOLD = ("precision", "recall", "density", "coverage")


def picture_quality(of: Answers, card: Card, space: Space, real: Real, x: Tensor) -> Iterator[Step]:
    """Frechet and kernel distance, precision, recall, density, coverage, two-sample test and sharpness of x (N, C, H, W)."""
    yield 0, 4, "features"
    pictures = [real.take(k) for k in range(2 * PAIRS)]
    features, mine = [space.features(p) for p in pictures], space.features(x)
    pairs = list(zip(features[::2], features[1::2], strict=True))
    yield 1, 4, "distances between samples and real pictures"
    _scores(card, "frechet", frechet_distance, features[0], mine, pairs)
    if min(len(mine), len(features[0])) >= 20:
        found = kernel_distance(features[0], mine)
        card.numbers |= {"kernel": found.distance, "kernel_error": found.error}
        card.floor("kernel", [kernel_distance(a, b).distance for a, b in pairs])
    yield 2, 4, "precision and recall"
    if min(len(mine), len(features[0])) > K:
        spread, floors = manifold(features[0], mine), [manifold(a, b) for a, b in pairs]
        for name in MANIFOLD:
            card.numbers[name] = getattr(spread, name)
            card.floor(name, [_of(f, name) for f in floors])
    yield 3, 4, "telling samples from real pictures"
    tested(card, mine, features[0], features[1])
    _blur(card, pictures, x)
    if "classifier" in of.shared:
        counted = spread_of_pictures(of.shared["classifier"], x).counts
        card.numbers |= {
            "modes": counted.count, "modes_floor": len(counted.true), "reverse_kl": counted.reverse_kl,
            "reverse_kl_floor": counted.reverse_kl_floor, "reverse_kl_floor_sd": counted.reverse_kl_floor_sd,
            "mode_names": list(of.shared["classifier"].names),
        }  # fmt: skip
        card.evidence |= {"mode_share": counted.share, "mode_true": counted.true}


def _of(found: Manifold, name: str) -> float:
    return float(getattr(found, name))


def _scores(card: Card, name: str, metric: Callable[[Any, Any], float], real: Tensor, mine: Tensor, pairs: list[Any]) -> None:
    card.numbers[name] = metric(real, mine)
    card.floor(name, [metric(a, b) for a, b in pairs])


def _blur(card: Card, pictures: list[Tensor], x: Tensor) -> None:
    """Fine detail against that of real pictures, and the spectra behind it."""
    try:
        card.numbers["sharpness"] = sharpness(pictures[0], x).ratio
        card.floor("sharpness", [sharpness(a, b).ratio for a, b in zip(pictures[::2], pictures[1::2], strict=True)])
    except ValueError:  # pictures of one brightness each, or too small to have detail
        card.numbers["sharpness"] = math.nan
        return
    mine, real = spectrum(x), spectrum(pictures[0])
    card.evidence |= {
        "spectrum_frequency": np.asarray(mine.frequency), "spectrum_model": np.asarray(mine.power),
        "spectrum_real": np.asarray(real.power),
    }  # fmt: skip
