"""What can be asked of a distilled student: chains of few steps, and itself beside its teacher."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from torch import Tensor

from playground.engine import devices
from playground.engine import messages as m
from playground.engine.answers import Asked, Handler, Measuring, answer
from playground.engine.chain_answers import ChainAnswers, Walk
from playground.engine.datasets.base import Dataset
from playground.engine.families.diffusion import chain
from playground.engine.families.hybrids.distilled import beside, evaluation
from playground.engine.families.hybrids.distilled.model import Distilled
from playground.engine.samplers import Step

TEACHER_SAMPLER = "dpmpp_2m"  # DPM-Solver++(2M), one evaluation a step
PATHS_SHOWN = 4  # between random noises, when none are given
MONITORED = 400  # samples of points whose energy distance is followed


class DistilledAnswers(ChainAnswers):
    """Requests about a student. The noise that is put on between its steps is the same for all items of one path."""

    model: Distilled

    def handlers(self) -> dict[type[m.Request], Handler]:
        return {
            m.DrawSamples: self.draw_samples, m.RunChain: self.run_chain, m.Decode: self.decode, m.Interpolate: self.interpolate,
            m.Modes: self.modes, m.TeacherStudent: lambda asked, request: beside.teacher_student(self, asked, request),
        }  # fmt: skip

    # ------------------------------------------------------------------ chains
    def walk(self, choice: m.SamplerChoice | None, x: Tensor, seed: int) -> Walk:
        """In as many steps as are asked for, but no more than the student has levels. It knows no other sampler."""
        asked = choice.num_steps if choice is not None else 0
        total = len(self.model.path(asked or self.config.num_steps)) - 1
        return Walk(self.model.walk(x, total, devices.generator(self.device, seed + 1)), total)

    def teacher_walk(self, x: Tensor, num_steps: int, seed: int) -> Walk:
        """The teacher's chain from the same x_T, by the solver that needs the fewest steps."""
        plan = chain.Plan(TEACHER_SAMPLER, num_steps, 0.0, 0.0, None, False)
        return Walk(chain.steps(self.model.teacher, None, plan, x, devices.generator(self.device, seed + 1)), num_steps)

    def outward(self, x: Tensor) -> Tensor:
        return self.model.teacher.outward(x)

    def inward(self, x: Tensor) -> Tensor:
        return self.model.teacher.inward(x)

    @property
    def nfe(self) -> int:
        return len(self.model.path(self.config.num_steps)) - 1

    # ------------------------------------------------------------------ codes: x_T, flat
    def items_of(self, z: Tensor) -> Tensor:
        x = z.reshape(-1, *self.data.shape).float()
        step: Step
        for step in self.model.walk(x, self.config.num_steps, devices.generator(self.device, 0), alike=True):
            x = step.x
        return self.outward(x)

    def interpolate(self, asked: Asked, request: m.Interpolate) -> Iterator[m.Event]:
        """Between given noises, or between random ones."""
        if request.pick:
            yield answer(m.Refused, asked, sentence="A student has no encoder: it makes items, and cannot find the noise of one.")
        elif request.a is None or request.b is None:
            a, b = (self.noise_of(PATHS_SHOWN, k).flatten(1) for k in (0, 1))
            yield from self.paths(asked, request, a, b)
        else:
            yield from self.paths(asked, request, self.latents(request.a), self.latents(request.b))

    # ------------------------------------------------------------------ numbers
    def measured(self, data: Dataset, request: m.Evaluate) -> Iterator[Measuring]:
        return evaluation.evaluate(self, data, request.n)

    def monitor(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return (beside.distances(self, MONITORED) if self.data.kind == "points" else {}), {}
