"""The training loop, as a generator: watching is iterating, stopping is not asking for the next step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from playground.engine.learner import Learner


@dataclass(frozen=True)
class StepReport:
    """One optimizer step that has been taken. ``scalars`` (k,) are still on the device."""

    step: int  # 1 after the first
    scalars: Tensor


def train(learner: Learner) -> Iterator[StepReport]:
    """Steps until ``config.steps`` are done, each yielded AFTER its optimizer step. ``steps`` may change meanwhile."""
    while learner.steps_done < learner.config.steps:
        yield take_step(learner)


def take_step(learner: Learner, part: str = "both") -> StepReport:
    """One step, or one ``part`` of it (a GAN's "d" or "g")."""
    scalars = learner.step(part)
    learner.steps_done += 1
    return StepReport(learner.steps_done, scalars)
