"""All that is known of the comparison on stage, gathered from its messages: plain values that its views draw. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from playground.engine import messages as m

Array = np.ndarray
QUALITY, FLOOR = "quality", "quality_floor"  # keys of Monitored: what is followed alike in every run, and what real items score
AXES = ("steps", "seen", "seconds")
SCALARS = {"images_seen": "seen", "seconds": "seconds"}  # of Monitored: where on the other axes a point lies
GRID = 200  # places at which curves of several seeds are averaged


@dataclass
class Track:
    """One run: how far it came at which step, how good it was, what it draws, and how it ended."""

    run_id: str
    column: str
    seed: int
    state: str = "waiting"
    sentence: str = ""  # why it failed
    reports: list[tuple[float, float, float]] = field(default_factory=lambda: [(0.0, 0.0, 0.0)])  # step, items seen, seconds
    total_steps: int = 0
    steps_per_s: float = 0.0
    memory_mb: float = 0.0
    quality: list[tuple[float, float, float, float]] = field(default_factory=list)  # step, items seen, seconds, value
    x: Array | None = None  # the newest samples
    x_step: int = 0
    measured: m.Measured | None = None

    @property
    def step(self) -> float:
        """The newest step that is known of."""
        return max(self.reports[-1][0], self.quality[-1][0] if self.quality else 0.0)

    @property
    def begun(self) -> bool:
        """Whether there is a model that can be asked."""
        return self.step > 0 or self.measured is not None

    def on_event(self, event: m.Event) -> None:
        """What the engine says of this run."""
        if isinstance(event, m.Progress):
            self._report(float(event.step), float(event.images_seen), float(event.seconds))
            self.total_steps, self.steps_per_s, self.memory_mb = event.total_steps, event.steps_per_s, event.memory_mb
        elif isinstance(event, m.Monitored) and QUALITY in event.scalars:
            self._note(event)
        elif isinstance(event, m.StateChanged):
            self.state = event.state
        elif isinstance(event, m.Failed):
            self.state, self.sentence = "failed", event.sentence
        elif isinstance(event, m.Measured):
            self.measured = event
            if self.x is None:
                self.x, self.x_step = event.evidence.get("samples"), int(event.numbers.get("step", self.step))

    def _note(self, event: m.Monitored) -> None:
        """A point of the curve of quality, at the step and moment that it was measured."""
        while self.quality and self.quality[-1][0] >= event.step:  # told again after a resume
            self.quality.pop()
        step = np.array([float(event.step)])
        seen, seconds = (float(event.scalars.get(name, self.at(step, axis)[0])) for name, axis in SCALARS.items())
        self.quality.append((float(event.step), seen, seconds, float(event.scalars[QUALITY])))

    def _report(self, *report: float) -> None:
        while len(self.reports) > 1 and self.reports[-1][0] >= report[0]:
            self.reports.pop()
        self.reports.append((report[0], report[1], report[2]))

    def at(self, steps: Array, axis: str) -> Array:
        """Steps (n,) as steps, items seen or seconds of training, between two reports by proportion."""
        if axis == "steps":
            return steps
        known = np.array(self.reports)
        return np.interp(steps, known[:, 0], known[:, AXES.index(axis)])

    def seconds_at(self, step: float) -> float:
        """Seconds of its own training at a step, from its reports or its curve of quality."""
        known = np.array([*self.reports, *(q[:3] for q in self.quality)])
        known = known[known[:, 0].argsort(kind="stable")]
        return float(np.interp(step, known[:, 0], known[:, 2]))

    def curve(self, axis: str) -> tuple[Array, Array]:
        """Quality (n,) over the places (n,) of ``axis``; values that are not finite are left out."""
        if not self.quality:
            return np.zeros(0), np.zeros(0)
        *places, values = np.array(self.quality).T
        good = np.isfinite(values)
        return np.asarray(places[AXES.index(axis)][good]), values[good]


@dataclass
class Facts:
    """The comparison on stage; ``comparing`` None: there is none."""

    comparing: m.Comparing | None = None
    state: m.ComparisonState | None = None
    view: m.UnifiedView | None = None
    tracks: dict[str, Track] = field(default_factory=dict)
    quality_floor: float = math.nan  # what real items score against others

    # ------------------------------------------------------------ taking in
    def on_event(self, event: m.Event) -> None:
        """Whatever the comparison or one of its runs says."""
        if isinstance(event, m.Comparing):
            self._enter(event)
        elif isinstance(event, m.ComparisonState):
            self.state = event
        elif isinstance(event, m.UnifiedView):
            self.view = event
        elif event.run_id in self.tracks:
            self.tracks[event.run_id].on_event(event)
            if isinstance(event, m.Monitored) and FLOOR in event.scalars:
                self.quality_floor = float(event.scalars[FLOOR])

    def _enter(self, event: m.Comparing) -> None:
        if self.comparing is not None and self.comparing.run_id != event.run_id:
            self.clear()
        self.comparing = event
        known = {}
        for column in event.columns:
            for seed, run_id in enumerate(column.run_ids):
                if run_id:
                    known[run_id] = self.tracks.get(run_id) or Track(run_id, column.key, seed)
        self.tracks = known

    def clear(self) -> None:
        """Another comparison."""
        self.comparing, self.state, self.view, self.tracks, self.quality_floor = None, None, None, {}, math.nan

    # ------------------------------------------------------------ asking
    @property
    def columns(self) -> tuple[m.Column, ...]:
        return self.comparing.columns if self.comparing is not None else ()

    @property
    def kind(self) -> str:
        return self.comparing.kind if self.comparing is not None else ""

    @property
    def seeds(self) -> int:
        return self.comparing.seeds if self.comparing is not None else 0

    @property
    def active(self) -> bool:
        return self.state is not None and self.state.state in ("preparing", "training", "measuring", "paused")

    def column(self, key: str) -> m.Column | None:
        return next((c for c in self.columns if c.key == key), None)

    def runs_of(self, key: str) -> list[Track]:
        """The runs of a contestant that are made, in the order of their seeds."""
        return sorted((t for t in self.tracks.values() if t.column == key), key=lambda t: t.seed)

    def track(self, key: str, seed: int = -1) -> Track | None:
        """The run of a contestant with this seed; -1: the newest that has begun."""
        runs = self.runs_of(key)
        if seed >= 0:
            return next((t for t in runs if t.seed == seed), None)
        begun = [t for t in runs if t.begun]
        return begun[-1] if begun else (runs[0] if runs else None)

    def mean_curve(self, key: str, axis: str) -> tuple[Array, Array]:
        """Mean over the seeds that have ended, where all of them are; before the first has, the curve of the one that trains."""
        curves = [t.curve(axis) for t in self.runs_of(key) if t.quality]
        ended = [t.curve(axis) for t in self.ended(key) if t.quality]
        if not ended:
            return curves[-1] if curves else (np.zeros(0), np.zeros(0))
        return mean_of(ended) if len(ended) > 1 else ended[0]

    def ended(self, key: str) -> list[Track]:
        """The runs of a contestant that train no more: measured, or followed by another seed."""
        runs = self.runs_of(key)
        newest = max((t.seed for t in runs if t.begun), default=-1)
        return [t for t in runs if t.measured is not None or (t.begun and t.seed < newest)]

    def evidence(self, key: str, name: str) -> list[Array]:
        """What was measured under this name, for every seed that has it."""
        found = [t.measured.evidence.get(name) for t in self.runs_of(key) if t.measured is not None]
        return [f for f in found if f is not None]


def mean_of(curves: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    """The mean of curves where all of them are, each interpolated on one grid from the last start to the first end."""
    low, high = max(float(x[0]) for x, _ in curves), min(float(x[-1]) for x, _ in curves)
    if high <= low:
        return curves[0]
    grid = np.linspace(low, high, GRID)
    return grid, np.mean([np.interp(grid, x, y) for x, y in curves], 0)
