"""Many Dirac-GANs played at once, a few milliseconds a turn of the event loop, so that the window never waits for them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from playground.engine import dirac

Array = np.ndarray
SLICE = 20  # updates between two looks at the clock
TURN_S = 0.004


@dataclass(frozen=True)
class Rules:
    """What all methods share: where they start, how far a step goes, how many updates are played and who moves when."""

    start: tuple[float, float] = (1.0, 1.0)
    step: float = 0.2
    updates: int = 500
    order: str = "alternating 1"


class Race(QObject):
    """``arrived(method)`` when its trajectory (updates + 1, 2) is in ``paths``. New rules forget all."""

    arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rules = Rules()
        self.paths: dict[dirac.Method, Array] = {}
        self._parts: list[Array] = []  # of the first in the queue
        self._queue: list[dirac.Method] = []
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.turn)

    def enter(self, methods: Sequence[dirac.Method], rules: Rules) -> None:
        """Play these, in this order; what is known stays."""
        if rules != self.rules:
            self.rules, self._parts = rules, []
            self.paths.clear()
        before, self._queue = self._queue[:1], [m for m in methods if m not in self.paths]
        if self._queue[:1] != before:
            self._parts = []
        self._timer.start(0) if self._queue else self._timer.stop()

    @property
    def running(self) -> bool:
        return self._timer.isActive()

    def finish(self) -> None:
        """Play to the end, now."""
        while self._queue:
            self.turn()

    def turn(self) -> None:
        """A few milliseconds of playing."""
        end = time.perf_counter() + TURN_S
        while self._queue and time.perf_counter() < end:
            self._advance(self._queue[0])
        if not self._queue:
            self._timer.stop()

    def _advance(self, method: dirac.Method) -> None:
        """One slice: it goes on where the last one ended."""
        rules, done = self.rules, sum(len(p) for p in self._parts)
        start = tuple(self._parts[-1][-1].tolist()) if self._parts else rules.start
        left = rules.updates - max(done - 1, 0)
        path = dirac.trajectory(method, start, rules.step, min(SLICE, left), rules.order)
        self._parts.append(path[1:] if self._parts else path)
        if done + len(self._parts[-1]) > rules.updates:
            self._queue.pop(0)
            self.paths[method], self._parts = np.concatenate(self._parts), []
            self.arrived.emit(method)
