"""Quality against effort: how near each sampler comes to the data with so many evaluations of the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from playground.engine import devices
from playground.engine import messages as m
from playground.engine.answers import Asked, answer, working
from playground.engine.datasets.base import to_float
from playground.engine.families.diffusion import SAMPLERS, chain
from playground.engine.metrics.classifier import can_classify
from playground.engine.metrics.energy import energy_distance
from playground.engine.metrics.spread import TRAINING

if TYPE_CHECKING:
    from playground.engine.families.diffusion.measures import DiffusionMeasures

Space = Callable[[Tensor], Tensor]  # items (N, *shape), in units of the data, to where distances are measured
PICTURES = 256  # at most: a network step of more would keep a mouse waiting
FLOORS = 8  # pairs of sets of real items, whose mean distance is the floor


def quality_by_steps(of: DiffusionMeasures, asked: Asked, request: m.QualityBySteps) -> Iterator[m.Event]:
    """The energy distance to real items of every sampler and number of steps, ``repeats`` times from other noise; a report a cell.

    Within a repeat all start from the same noise and are compared with the same real items. eta is 0 and guidance off.
    """
    pictures = of.data.kind == "image"
    named = pictures and can_classify(of.data)
    for done, total in of.prepare_classifier() if named else ():
        yield working(asked, done, total, TRAINING)
    space: Space = of.classifier.features if named else lambda x: x.cpu()
    n = min(request.n, PICTURES) if pictures else request.n
    reals = [space(_real(of, n, k)) for k in range(request.repeats)]
    floor = float(np.mean([energy_distance(space(_real(of, n, 100 + k)), space(_real(of, n, 200 + k))) for k in range(FLOORS)]))
    table = _Table(of, request)
    for done, (i, j, plan) in enumerate(table.cells, 1):
        found = []
        for k, real in enumerate(reals):
            x = of.noise_of(n, 1000 + k)
            for step in chain.steps(of.model, None, plan, x, devices.generator(of.device, 2000 + k)):
                x = step.x
                yield working(asked, table.work(done, k, step.nfe), table.total, f"{plan.name} in {plan.num_steps} steps")
            found.append(energy_distance(space(of.model.outward(x)), real))
        table.put(i, j, found)
        left = working(asked, table.work(done + 1, 0, 0), table.total, "").seconds_left
        yield answer(
            m.QualityOf, asked, done=done, total=len(table.cells), seconds_left=left, samplers=table.samplers, nfe=table.nfe,
            value=table.value.copy(), spread=table.spread.copy(), floor=floor,
            metric="energy distance of classifier features" if named else "energy distance", unit="" if pictures else "unit of x",
        )  # fmt: skip


class _Table:
    """What is measured: samplers (S) by numbers of steps (K), those of few steps first, and how much work each cell is."""

    def __init__(self, of: DiffusionMeasures, request: m.QualityBySteps) -> None:
        self.samplers, self.repeats = tuple(SAMPLERS), request.repeats
        steps = [s for s in request.steps if s <= of.model.schedule.num_timesteps]
        plans = [[of.planned(m.SamplerChoice(name, s, 0.0, 1.0)) for s in steps] for name in self.samplers]
        self.nfe = np.array([[plan.nfe for plan in row] for row in plans], float)
        self.value, self.spread = (np.full(self.nfe.shape, np.nan) for _ in range(2))
        self.cells = [(i, j, plans[i][j]) for j in range(len(steps)) for i in range(len(plans))]
        self._before = np.cumsum([0, *(self.repeats * plan.nfe for *_, plan in self.cells)])

    @property
    def total(self) -> int:
        """Evaluations of the network for all cells."""
        return int(self._before[-1])

    def work(self, done: int, repeat: int, nfe: int) -> int:
        """Evaluations so far, after ``nfe`` in a repeat of the ``done``-th cell (from 1)."""
        return int(self._before[done - 1]) + (repeat * self.cells[done - 1][2].nfe if repeat else 0) + nfe

    def put(self, i: int, j: int, found: list[float]) -> None:
        """The mean over the repeats, and their standard deviation (NaN of one)."""
        self.value[i, j] = np.mean(found)
        self.spread[i, j] = np.std(found, ddof=1) if len(found) > 1 else np.nan


def _real(of: DiffusionMeasures, n: int, seed: int) -> Tensor:
    """``n`` real items (n, *shape): fresh ones where the density is known, else held-out ones, drawn with replacement."""
    random = torch.Generator().manual_seed(seed)
    if of.data.density is not None:
        return of.data.density.sample(n, random).float()
    items = of.data.test if len(of.data.test) else of.data.train
    return to_float(items[torch.randint(len(items), (n,), generator=random)])
