"""The report card of one model: everything that it is compared by, measured at the end of its training."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from playground.engine.report_card.followed import QualityFound, quality
from playground.engine.report_card.latent import latent_part
from playground.engine.report_card.likelihood import likelihood_part
from playground.engine.report_card.pictures import picture_quality
from playground.engine.report_card.points import point_quality
from playground.engine.report_card.space import Real, Step

if TYPE_CHECKING:
    from playground.engine.answers import Answers

POINTS, PICTURES = 2500, 500  # samples at effort 1: PacGAN's number, and what a slow sampler makes of pictures in some 10 s
REPEATS, REPEAT_S = 5, 3.0  # drawings for the speed, at most so many and so long
SHOWN = {"points": 1000, "image": 64}  # samples kept as evidence
SEED = 20_240_229


@dataclass
class Card:
    """``numbers`` by name (NaN: does not apply, with floors as ``<name>_floor`` and ``<name>_floor_sd``), ``evidence``: arrays."""

    numbers: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, np.ndarray] = field(default_factory=dict)

    def floor(self, name: str, values: list[float]) -> None:
        """What real items score against other real ones: mean and standard deviation over ``values``."""
        self.numbers[f"{name}_floor"] = float(np.mean(values))
        self.numbers[f"{name}_floor_sd"] = float(np.std(values, ddof=1)) if len(values) > 1 else math.nan


def measure(of: Answers, path: str = "lerp", effort: float = 1.0) -> Iterator[Step | Card]:
    """Steps (done, total, what), then the card. ``path``: how codes are interpolated; ``effort`` scales the numbers of items.

    A model whose samples are not all finite gets a card that says so, as "problem", and nothing else.
    """
    card = Card()
    points = of.data.kind == "points"
    found: QualityFound | None = None
    for step in quality(of):
        if isinstance(step, QualityFound):
            found = step
        else:
            yield step
    assert found is not None
    space, n = found.space, max(40, round((POINTS if points else PICTURES) * effort))
    real = Real(of.data, n)
    parts: list[Tensor] = []
    for drawn in _timed(of, real.n, card):
        if isinstance(drawn, Tensor):
            parts.append(drawn)
        else:
            yield drawn
    x = torch.cat(parts)
    if not bool(x.isfinite().all()):
        card.numbers = {"problem": "Not all of the model's samples are finite numbers."}
        yield card
        return
    _basics(of, card, found, real, x)
    yield from (point_quality if points else picture_quality)(of, card, space, real, x)
    yield from likelihood_part(of, card, x, effort)
    yield from latent_part(of, card, space, path, effort)
    yield card


def _basics(of: Answers, card: Card, found: QualityFound, real: Real, x: Tensor) -> None:
    kind = of.data.kind
    memory = sum(v.numel() * v.element_size() for v in of.model.state_dict().values())
    card.numbers |= {
        "kind": kind, "n": len(x), "n_real": real.n, "held_out": real.held_out, "space": found.space.name, "unit": found.space.unit,
        "quality": found.value, "quality_floor": found.floor, "quality_floor_sd": found.floor_sd, "quality_n": found.n,
        "quality_gaussian": found.gaussian, "nfe": of.nfe, "memory_mb": memory / 2**20,
    }  # fmt: skip
    card.evidence["samples"] = of.show(x[: SHOWN[kind]])
    card.evidence["real"] = of.show(real.take(0)[: SHOWN[kind]])


def _timed(of: Answers, n: int, card: Card) -> Iterator[Step | Tensor]:
    """``n`` samples in parts, drawn again from other noise while that is quick, for the median time of 1,000.

    Only time in which the model is at work counts, not that in which another question goes first.
    """
    took: list[float] = []
    for repeat in range(REPEATS):
        spent, steps = 0.0, of.drawn(n, SEED + repeat)
        while True:
            began = time.perf_counter()
            part = next(steps, None)
            spent += time.perf_counter() - began
            if part is None:
                break
            if not isinstance(part, Tensor):
                yield *part, "samples"
            elif repeat == 0:
                yield part
        took.append(spent * 1e6 / n)
        if sum(took) * n / 1e6 * (1 + 1 / len(took)) > REPEAT_S:
            break
    card.numbers |= {
        "ms_per_1000": float(np.median(took)), "ms_per_1000_sd": float(np.std(took, ddof=1)) if len(took) > 1 else math.nan,
        "speed_repeats": len(took), "speed_batch": n,
    }  # fmt: skip
