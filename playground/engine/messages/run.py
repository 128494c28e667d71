"""What the engine says of a run: how it starts, goes on, fares and ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.engine.messages.base import Array, Event


@dataclass(frozen=True)
class Preparing(Event):
    """Before the first step something takes a while: ``done`` of ``total`` of ``what``."""

    what: str
    done: int
    total: int


@dataclass(frozen=True)
class Started(Event):
    """Training begins (or goes on): where, on what and with how many parameters. A ``fixed`` run is only read: trained on, it is
    left for a copy of it, which starts under an id of its own.
    """

    recipe: dict[str, Any]
    folder: str
    device: str  # in plain words
    parameters: int
    step: int
    total_steps: int
    threads: int
    fixed: bool = False


@dataclass(frozen=True)
class Progress(Event):
    """All steps since the last report: ``steps`` (n,) and one array (n,) for every scalar."""

    step: int
    total_steps: int
    images_seen: int
    seconds: float
    steps_per_s: float
    steps: Array
    scalars: dict[str, Array]
    memory_mb: float


@dataclass(frozen=True)
class Monitored(Event):
    """Numbers on held-out data, measured now and then on a snapshot of the weights at ``step``."""

    step: int
    scalars: dict[str, float]
    vectors: dict[str, Array]


@dataclass(frozen=True)
class Remedy:
    """What may help. ``changes`` to the recipe: applied to the run at once where all of them are live, else in a new run."""

    label: str  # what the button says: "Add R1 penalty"
    help: str
    changes: dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """Something that goes wrong in the training: named, in one sentence, with its reason and what may help."""

    key: str  # "collapse", "saturated" ...
    title: str
    sentence: str
    why: str
    since_step: int
    remedies: tuple[Remedy, ...] = ()


@dataclass(frozen=True)
class Health(Event):
    """All that is wrong at ``step``; an empty tuple means that nothing is any more. Sent when it changes."""

    step: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Adopted(Event):
    """A part of the model was replaced by a copy trained aside (:class:`TrainToOptimum`)."""

    part: str
    step: int


@dataclass(frozen=True)
class StateChanged(Event):
    """``state`` is one of preparing, training, paused, stopped, finished, failed."""

    state: str
    step: int


@dataclass(frozen=True)
class LiveApplied(Event):
    """A live parameter changed, from ``step`` on."""

    name: str
    value: Any
    step: int


@dataclass(frozen=True)
class Saved(Event):
    """The run is safe on disk up to ``step``."""

    step: int
    folder: str


@dataclass(frozen=True)
class Finished(Event):
    """Training ended by itself ("finished") or on request ("stopped")."""

    step: int
    seconds: float
    reason: str


@dataclass(frozen=True)
class Failed(Event):
    """Something ended in a sentence for the user. ``kept_step`` is the step up to which the run is kept on disk."""

    sentence: str
    kind: str  # "nonfinite", "memory", "device", "disk", "data", "config", "bug"
    step: int = 0
    kept_step: int | None = None
