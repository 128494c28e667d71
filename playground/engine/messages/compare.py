"""What a comparison of several runs says: who takes part, how far it is, what was measured, and the table that it makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playground.engine.messages.base import Answer, Array, Event, Request

ASPECTS = {
    "objective": "Objective", "training": "Training", "quality": "Sample quality", "likelihood": "Likelihood",
    "latent": "Latent space", "speed": "Speed",
}  # fmt: skip
"""The rows of the unified view, in the order of the textbook's table."""


@dataclass(frozen=True)
class Column:
    """One contestant: ``key`` is unique, ``title`` is what stands above its column. ``run_ids``: its run of every seed, in order,
    "" where that is not made yet. ``accent`` is the family's colour key, ``recipe`` its recipe (first seed) as plain values.
    """

    key: str
    title: str
    family: str
    accent: str
    run_ids: tuple[str, ...]
    recipe: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparing(Event):
    """A comparison is on stage, or its columns changed. ``run_id`` is the comparison's own id; the messages of its runs carry
    theirs. ``seconds``: training time for every run (0: all the steps of its recipe). ``data``: the data set's text.
    """

    folder: str
    data: str
    kind: str  # "image" or "points"
    columns: tuple[Column, ...]
    seeds: int
    seconds: float


@dataclass(frozen=True)
class ComparisonState(Event):
    """``state``: preparing, training, measuring, paused, finished or failed (then ``sentence`` says why). ``done`` of ``total``
    shares of the work, ``what`` is being done now, in words; ``seconds_left`` NaN where not known.
    """

    state: str
    done: float = 0.0
    total: float = 1.0
    what: str = ""
    seconds_left: float = float("nan")
    sentence: str = ""


@dataclass(frozen=True)
class Measured(Event):
    """All that was measured of the run ``run_id`` at its end: plain ``numbers`` by name, and ``evidence`` by name: arrays that a
    picture can be drawn of (samples as they are shown, histograms, spectra, paths).
    """

    numbers: dict[str, Any]
    evidence: dict[str, Array]


@dataclass(frozen=True)
class Figure:
    """One measured figure of a cell. ``values``: one for each seed (NaN where it failed or does not apply); ``mean`` and ``spread``
    (standard deviation over seeds, NaN of one). ``error``: standard error of a single measurement. ``floor`` and ``floor_sd``: what
    real items score against other real items, NaN where there is no such thing. ``better``: "low", "high" or "" (neither).
    ``text`` replaces the number where the figure is a word. ``evidence``: names in :attr:`Measured.evidence` that show it.
    """

    key: str
    label: str
    unit: str
    better: str
    values: tuple[float, ...]
    mean: float
    spread: float
    error: float = float("nan")
    floor: float = float("nan")
    floor_sd: float = float("nan")
    text: str = ""
    help: str = ""  # formula, direction and source, for a tooltip
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """What the textbook says of a family in one aspect and what was measured. ``measured``: the textbook's own kind of word, earned
    by the ``rule`` (a sentence); "" where the figures do not decide. ``agrees`` None: nothing to compare.
    """

    aspect: str
    column: str
    textbook: str
    measured: str
    rule: str
    agrees: bool | None
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class UnifiedView(Event):
    """The textbook's table with what was measured so far: aspects (rows) by columns. ``notes``: what to know when reading it, such
    as which features distances were measured in.
    """

    columns: tuple[Column, ...]
    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()

    def cell(self, aspect: str, column: str) -> Cell | None:
        return next((c for c in self.cells if c.aspect == aspect and c.column == column), None)


# ---------------------------------------------------------------- questions to one run
@dataclass(frozen=True)
class Measure(Request):
    """Everything that runs are compared by -> several :class:`Working`, then :class:`MeasuredOf`. ``path``: how codes are
    interpolated, as the family has it ("lerp" or "slerp"). ``effort`` scales the numbers of items: 1 takes some 10 s for points.
    """

    path: str = "lerp"
    effort: float = 1.0


@dataclass(frozen=True)
class MeasuredOf(Answer):
    """``numbers`` and ``evidence`` as in :class:`Measured`."""

    numbers: dict[str, Any]
    evidence: dict[str, Array]


@dataclass(frozen=True)
class Quality(Request):
    """One cheap number of sample quality, the same for all families -> (:class:`Working`, then) :class:`QualityAt`."""


@dataclass(frozen=True)
class QualityAt(Answer):
    """``quality``: the energy distance of ``n`` samples to as many real items, always from the same noise and against the same
    items; ``floor`` and ``floor_sd``: what real items score against others. ``unit`` is that of x, or empty in a space of features,
    which ``space`` names.
    """

    quality: float
    floor: float
    floor_sd: float
    n: int
    unit: str
    space: str
