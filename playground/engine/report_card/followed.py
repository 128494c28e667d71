"""One cheap number of sample quality, the same for all families, that can be followed while models train."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from playground.engine.metrics.energy import energy_distance
from playground.engine.report_card.space import Real, Space, Step, gaussian_items, space_of

if TYPE_CHECKING:
    from playground.engine.answers import Answers

POINTS, PICTURES = 1000, 128  # items of either side: of pictures few, as some families take long for one
PAIRS = 8  # of sets of real items, behind the floor
SEED = 20_130_901  # of the noise


@dataclass(frozen=True)
class QualityFound:
    """``value``: energy distance of ``n`` samples to as many real items in ``space``; ``floor``, ``floor_sd`` over pairs of sets of
    real items; ``gaussian``: that of one Gaussian with the data's mean and covariance. 0 is perfect, less is better.
    """

    value: float
    floor: float
    floor_sd: float
    gaussian: float
    n: int
    space: Space


def quality(of: Answers) -> Iterator[Step | QualityFound]:
    """Steps, then the energy distance (Szekely & Rizzo 2013) of samples to real items; NaN if a sample is not finite."""
    space: Space | None = None
    for step in space_of(of):
        if isinstance(step, Space):
            space = step
        else:
            yield step
    assert space is not None
    real, floor, floor_sd, gaussian = of.once("quality reference", lambda: _reference(of, space))
    parts: list[Tensor] = []
    for part in of.drawn(len(real), SEED):
        if isinstance(part, Tensor):
            parts.append(part)
        else:
            yield *part, "samples"
    x = torch.cat(parts)
    value = energy_distance(space.features(x), real) if bool(x.isfinite().all()) else float("nan")
    yield QualityFound(value, floor, floor_sd, gaussian, len(real), space)


def _reference(of: Answers, space: Space) -> tuple[Tensor, float, float, float]:
    """Features (n, k) of the real items, the floor with its standard deviation, and the distance of a Gaussian."""
    items = Real(of.data, POINTS if of.data.kind == "points" else PICTURES)
    sets = [space.features(items.take(k)) for k in range(2 * PAIRS)]
    found = [energy_distance(a, b) for a, b in zip(sets[::2], sets[1::2], strict=True)]
    gaussian = energy_distance(space.features(gaussian_items(of.data, items.n, SEED)), sets[0])
    return sets[0], float(np.mean(found)), float(np.std(found, ddof=1)), gaussian
