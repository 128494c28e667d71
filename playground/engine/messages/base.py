"""What every message is: a question, an event, an answer."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Request:
    """A question that the explorer thread answers from snapshot weights. ``channel`` tells two askers of one kind apart.

    ``interactive`` requests (a mouse is waiting) go ahead of long jobs, between two of their steps.
    """

    channel: str = field(default="", kw_only=True)
    interactive: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class Event:
    """Anything the engine says of a run."""

    run_id: str


@dataclass(frozen=True)
class Answer(Event):
    """Every answer names its request, the training step of the weights that gave it, and how long it took."""

    request_id: int
    step: int
    elapsed_ms: float
    channel: str


@dataclass(frozen=True)
class Working(Answer):
    """A long request is under way: ``done`` of ``total``; ``seconds_left`` is an estimate."""

    done: int
    total: int
    what: str
    seconds_left: float


@dataclass(frozen=True)
class Refused(Answer):
    """A request that cannot be answered, in a sentence."""

    sentence: str
