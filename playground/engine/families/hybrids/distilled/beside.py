"""Student and teacher from the same noise: what they make, in how many evaluations and how long, and how near it is to the data."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from playground.engine import messages as m
from playground.engine.answers import Asked, answer, working
from playground.engine.chain_answers import Walk
from playground.engine.datasets.base import to_float
from playground.engine.metrics.classifier import can_classify
from playground.engine.metrics.energy import energy_distance
from playground.engine.metrics.spread import TRAINING

if TYPE_CHECKING:
    from playground.engine.families.hybrids.distilled.answers import DistilledAnswers

STUDENT_STEPS = (1, 2, 4)
TEACHER_STEPS = 50  # of the number that the monitor follows
FLOORS = 8  # pairs of sets of real items
SEED = 20_231_128

Space = Callable[[Tensor], Tensor]  # items (N, *shape), in units of the data, to where distances are measured


@dataclass
class Row:
    """``x`` (n, *shape) in units of the data, made in ``nfe`` evaluations an item and ``seconds`` all together."""

    x: Tensor
    nfe: int
    seconds: float


def teacher_student(of: DistilledAnswers, asked: Asked, request: m.TeacherStudent) -> Iterator[m.Event]:
    """The teacher's row first, then one for each number of steps that the student can take."""
    named = of.data.kind == "image" and can_classify(of.data)
    for done, total in of.prepare_classifier() if named else ():
        yield working(asked, done, total, TRAINING)
    n = max(request.n, request.judged)
    few = [k for k in STUDENT_STEPS if k <= len(of.model.levels)]
    most = min(request.teacher_steps, of.model.teacher.schedule.num_timesteps)
    plans: list[Callable[[Tensor, int], Walk]] = [lambda x, seed: of.teacher_walk(x, most, seed)]
    plans += [lambda x, seed, k=k: of.walk(m.SamplerChoice(num_steps=k), x, seed) for k in few]  # type: ignore[misc]
    work, before = most + sum(few), 0
    rows: list[Row] = []
    for plan in plans:
        made: Row | None = None
        for step in made_by(of, plan, n, request.seed):
            if isinstance(step, Row):
                made = step
            else:
                yield working(asked, round(before + step), work, "teacher" if not rows else "student")
        assert made is not None
        rows.append(made)
        before += made.nfe
    yield _answer(of, asked, request, rows, few, named)


def made_by(of: DistilledAnswers, plan: Callable[[Tensor, int], Walk], n: int, seed: int) -> Iterator[Row | float]:
    """Evaluations so far (of one item, by share of the items that are done), then what ``plan`` makes of the noise of ``seed``."""
    noise, parts, nfe, seconds = of.noise_of(n, seed), [], 0, 0.0
    for start in range(0, n, of.at_once()):
        x = noise[start : start + of.at_once()]
        share, begun = len(x) / n, time.perf_counter()
        for step in plan(x, seed + start).steps:
            x, nfe = step.x, step.nfe
            seconds += time.perf_counter() - begun
            yield (start / n + share) * nfe
            begun = time.perf_counter()  # what happens between two steps is somebody else's time
        parts.append(of.outward(x).cpu())
    yield Row(torch.cat(parts), nfe, seconds)


def _answer(
    of: DistilledAnswers, asked: Asked, request: m.TeacherStudent, rows: list[Row], few: list[int], named: bool
) -> m.Event:  # fmt: skip
    space = space_of(of, named)
    judged = min(request.judged, len(rows[0].x), len(pool(of)) // 2 if of.data.density is None else request.judged)
    against = space(real_items(of, judged, SEED))
    floor, floor_sd = floor_of(of, judged, named)
    confidence = [float(of.classifier.classify(row.x[:judged]).max(1).values.mean()) if named else math.nan for row in rows]
    shown = [of.show(row.x[: request.n]) for row in rows]
    reply: m.Event = answer(
        m.TeacherStudentOf, asked, steps=np.array([rows[0].nfe, *few]), x=np.stack(shown),
        nfe=np.array([row.nfe for row in rows]), ms=np.array([1000 * row.seconds / len(row.x) for row in rows]),
        distance=np.array([energy_distance(space(row.x[:judged]), against) for row in rows]), floor=floor, floor_sd=floor_sd,
        metric="energy distance of classifier features" if named else "energy distance",
        unit="unit of x" if of.data.kind == "points" else "", confidence=np.array(confidence),
        confidence_real=of.classifier.confidence if named else math.nan, judged=judged, at_once=min(of.at_once(), len(rows[0].x)),
    )  # fmt: skip
    return reply


# ---------------------------------------------------------------- distances
def space_of(of: DistilledAnswers, named: bool) -> Space:
    """Features of the classifier for labelled pictures, else the items themselves."""
    return of.classifier.features if named else lambda x: x


def pool(of: DistilledAnswers) -> Tensor:
    """All real items of finite data, as the data set keeps them."""
    return torch.cat([of.data.test, of.data.train])


def real_items(of: DistilledAnswers, n: int, seed: int) -> Tensor:
    """``n`` real items (n, *shape): fresh ones where the density is known, else different ones of the data."""
    random = torch.Generator().manual_seed(seed)
    if of.data.density is not None:
        return of.data.density.sample(n, random).float()
    items = pool(of)
    return to_float(items[torch.randperm(len(items), generator=random)[:n]])


def floor_of(of: DistilledAnswers, n: int, named: bool) -> tuple[float, float]:
    """Mean and standard deviation of the distance between two disjoint sets of ``n`` real items."""

    def pairs() -> tuple[float, float]:
        found = []
        for k in range(FLOORS):
            both = space_of(of, named)(real_items(of, 2 * n, SEED + 1 + k))
            found.append(energy_distance(both[:n], both[n:]))
        return float(np.mean(found)), float(np.std(found, ddof=1))

    return of.once(("student floor", n, named), pairs)


def distances(of: DistilledAnswers, n: int) -> dict[str, float]:
    """Energy distances of student and teacher from the data, and what real items score: points only."""
    against = real_items(of, n, SEED)

    def far(plan: Callable[[Tensor, int], Walk]) -> float:
        *_, row = made_by(of, plan, n, 1)
        assert isinstance(row, Row)
        return energy_distance(row.x, against)

    def teacher() -> float:
        return far(lambda x, seed: of.teacher_walk(x, TEACHER_STEPS, seed))

    at_rest = bool(of.model.started)
    return {
        "student_distance": far(lambda x, seed: of.walk(None, x, seed)),
        "teacher_distance": of.once("teacher at rest", teacher) if at_rest else teacher(),
        "floor_distance": floor_of(of, n, False)[0],
    }
