"""The numbers of a distilled student beside those of its teacher, on held-out data. No likelihood: a student has none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from playground.engine.answers import Measuring
from playground.engine.datasets.base import Dataset
from playground.engine.families.hybrids.distilled import beside
from playground.engine.metrics.classifier import can_classify
from playground.engine.metrics.energy import energy_distance
from playground.engine.metrics.spread import modes_of, spread_numbers

if TYPE_CHECKING:
    from playground.engine.families.hybrids.distilled.answers import DistilledAnswers

SAMPLES, PICTURES = 2500, 1000  # that are counted over modes, or classes
COMPARED = {"points": 1000, "image": 256}  # samples whose distance from as many real items is measured
TEACHER_STEPS = {"points": 50, "image": 20}
SEED = 20_231_129


def evaluate(of: DistilledAnswers, data: Dataset, n: int) -> Iterator[Measuring]:
    """Yields (done, total, what) while working and a dict of numbers at the end."""
    kind = data.kind
    numbers: dict[str, Any] = {
        "n": n, "unit": "distances and shares", "data": data.name, "nfe": of.nfe, "teacher_nfe": TEACHER_STEPS[kind],
        "likelihood": None, "likelihood_note": "None: a student makes items, it says nothing of their density.",
    }  # fmt: skip
    count = (SAMPLES if kind == "points" else PICTURES) if modes_of(data) else COMPARED[kind]
    parts: list[Tensor] = []
    for part in of.drawn(count, SEED):
        if isinstance(part, Tensor):
            parts.append(part)
        else:
            yield *part, "samples of the student"
    fake = torch.cat(parts)
    numbers["samples"] = len(fake)
    yield from spread_numbers(data, fake, numbers)
    yield from _compare(of, data, fake, numbers)
    yield numbers


def _compare(of: DistilledAnswers, data: Dataset, fake: Tensor, numbers: dict[str, Any]) -> Iterator[Measuring]:
    """Energy distance of student and teacher from real items, with its floor."""
    named = data.kind == "image" and can_classify(data) and "classifier" in of.shared
    available = len(data.test) + len(data.train)
    k = min(COMPARED[data.kind], len(fake), available // 2 if data.density is None else len(fake))
    teacher: Tensor | None = None
    for step in beside.made_by(of, lambda x, seed: of.teacher_walk(x, TEACHER_STEPS[data.kind], seed), k, SEED):
        if isinstance(step, beside.Row):
            teacher = step.x
        else:
            yield round(step), TEACHER_STEPS[data.kind], "samples of the teacher"
    assert teacher is not None
    space, against = beside.space_of(of, named), beside.real_items(of, k, SEED)
    floor, sd = beside.floor_of(of, k, named)
    numbers |= {
        "energy_distance": energy_distance(space(fake[:k]), space(against)),
        "teacher_energy_distance": energy_distance(space(teacher), space(against)), "energy_distance_floor": floor,
        "energy_distance_floor_sd": sd, "energy_distance_n": k, "distances_in": "classifier features" if named else "x",
    }  # fmt: skip
