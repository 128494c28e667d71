"""Looks at the quality of runs while they train. A look takes a turn of its own: no run trains meanwhile, no clock runs."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from playground.engine import messages as m
from playground.engine.compare.crew import Crew, Going
from playground.engine.compare.curves import QualityCurve

CHANNEL = "comparison"  # of the comparison's own questions
EVERY_S = 1.0  # a look at one run, at most
SHARE = 14  # ... and at most one part in so many of the time
MONITOR_EVERY_S, MONITOR_SHARE = 4.0, 30  # the same for the numbers that each family measures of its own
PATIENCE_S = 60.0  # that a look may take
FIRST = -1.0  # before every run: no run has trained less


class Looks:
    """Decides when a run is looked at, and puts what is found into its curve, its folder and the outbox."""

    def __init__(
        self, crew: Crew, curves: dict[str, QualityCurve], attend: Callable[[float], None], tell: Callable[[m.Event], None]
    ) -> None:
        self._crew, self._curves, self._attend, self._tell = crew, curves, attend, tell
        self._turn = crew.turns.member()

    def look(self) -> None:
        """At the run that has waited longest, if one is due."""
        now = time.monotonic()
        due = [g for g in self._crew.group.values() if g.trains and g.state == "training" and now >= g.next_look]
        due = [g for g in due if g.worker.learner.steps_done > g.looked_at]
        if due:
            self._look(min(due, key=lambda g: g.next_look))

    def _look(self, going: Going) -> None:
        try:
            while not self._turn.ask(FIRST):
                self._attend(0.0)
            began = time.monotonic()
            number = self._crew.ask(going, m.Quality(channel=CHANNEL))
            self._wait(lambda: number in self._crew.answers)
            found, took = self._crew.answers.pop(number, None), time.monotonic() - began
            if isinstance(found, m.QualityAt):
                self.put(going, found.step, found.quality, found.floor, found.floor_sd)
            if time.monotonic() >= going.next_monitor:
                self._monitor(going)
            first = going.looked_at < 0 or going.next_look == 0.0  # makes what later ones find made: says little of what they take
            going.next_look = time.monotonic() + max(EVERY_S, SHARE * took / (4 if first else 1))
        finally:
            self._turn.leave()

    def _monitor(self, going: Going) -> None:
        """The held-out numbers of the family, for the curves of its own tab."""
        before, began = going.monitored, time.monotonic()
        going.worker.explorer.monitor_soon()
        self._wait(lambda: going.monitored > before)
        going.next_monitor = time.monotonic() + max(MONITOR_EVERY_S, MONITOR_SHARE * (time.monotonic() - began))

    def _wait(self, until: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not until() and time.monotonic() < deadline:
            self._attend(0.02)

    def put(self, going: Going, step: int, quality: float, floor: float, floor_sd: float) -> None:
        """A point of the curve: told, and kept with the run."""
        if going.looked_at >= step:
            return
        going.looked_at = step
        seconds, seen = going.seconds_at(step), float(going.images_at(step))
        self._curves[going.record.run_id].add(step, seconds, quality, floor, floor_sd)
        scalars = {
            "quality": quality, "quality_floor": floor, "quality_floor_sd": floor_sd, "seconds": seconds, "images_seen": seen,
        }  # fmt: skip
        event = m.Monitored(going.record.run_id, step, scalars, {})
        if np.isfinite(quality):
            going.worker.explorer.monitored.put(event)
        self._tell(event)
