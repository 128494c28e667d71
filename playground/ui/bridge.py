"""From the engine's outbox to Qt signals, in the main thread: one timer, one signal per kind of message.

A plain queue crosses the threads and no Qt signal does. A window that is slow drops redraws instead of growing a
backlog: what is not handled within the budget of one tick waits for the next.
"""

from __future__ import annotations

import time
from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from playground.engine import messages as m

INTERVAL_MS = 20
HURRY_MS = 2  # while a mouse waits for its picture, which takes the engine some 3 ms
HURRY_FOR_S = 0.1
BUDGET_S = 0.008  # half of what the window may stall
BATCH = 16


class Outbox(Protocol):
    """What the bridge needs of a Session."""

    def poll(self, limit: int = 0) -> list[m.Event]: ...


class Bridge(QObject):
    """Drains a session's outbox. ``event`` carries every message, after the signal of its kind."""

    started = Signal(object)
    progress = Signal(object)
    monitored = Signal(object)
    state = Signal(object)
    live = Signal(object)
    saved = Signal(object)
    finished = Signal(object)
    failed = Signal(object)
    answer = Signal(object)
    event_arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session: Outbox | None = None
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.drain)
        self._hurry_until = 0.0
        self._signals: dict[type[m.Event], Any] = {
            m.Started: self.started, m.Progress: self.progress, m.Monitored: self.monitored, m.StateChanged: self.state,
            m.LiveApplied: self.live, m.Saved: self.saved, m.Finished: self.finished, m.Failed: self.failed,
        }  # fmt: skip

    def attach(self, session: Outbox | None) -> None:
        """Listen to this session (None: to nobody)."""
        self._session = session
        if session is None:
            self._timer.stop()
        else:
            self._timer.start()

    def hurry(self) -> None:
        """A mouse waits for an answer: look for it often, for a short while."""
        self._hurry_until = time.perf_counter() + HURRY_FOR_S
        if self._timer.isActive() and self._timer.interval() != HURRY_MS:
            self._timer.setInterval(HURRY_MS)

    def drain(self) -> None:
        """Hand over what has arrived, within the budget of one tick."""
        until = time.perf_counter() + BUDGET_S
        if self._timer.interval() == HURRY_MS and until > self._hurry_until:
            self._timer.setInterval(INTERVAL_MS)
        while self._session is not None and time.perf_counter() < until:
            events = self._session.poll(BATCH)
            for event in events:
                self._emit(event)
            if len(events) < BATCH:
                return

    def _emit(self, event: m.Event) -> None:
        if isinstance(event, m.Answer):
            self.answer.emit(event)
        elif (signal := self._signals.get(type(event))) is not None:
            signal.emit(event)
        self.event_arrived.emit(event)
