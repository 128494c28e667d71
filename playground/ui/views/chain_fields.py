"""Score arrows for the frame on screen: asked for lazily, kept by timestep, the nearest shown until the right one comes."""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer

from playground.engine import messages as m
from playground.ui.views.common import LOST_S, StageView
from playground.ui.widgets.plane import Bounds

LEVELS = 32  # timesteps at which fields are kept, closer together where there is little noise
ARROWS = 16  # a side
RETRY_MS = 60
REST = 2.0  # a field waits so many times as long as the last one took


class ScoreFields:
    """Fields of a run's model, at most LEVELS + 1 of them. ``view`` asks, and redraws itself when one comes."""

    def __init__(self, view: StageView) -> None:
        self.view = view
        self.kept: dict[int, m.ScoreFieldOf] = {}
        self.wanted: tuple[int, Bounds] | None = None
        self._free_at = 0.0
        self._retry = QTimer(view, interval=RETRY_MS, singleShot=True)
        self._retry.timeout.connect(self._ask)

    def clear(self) -> None:
        """Other weights, or another run."""
        self.kept.clear()
        self._free_at = 0.0
        self.rest()

    def rest(self) -> None:
        """No arrows are wanted."""
        self.wanted = None
        self._retry.stop()

    def at(self, t: int, timesteps: int, bounds: Bounds) -> m.ScoreFieldOf | None:
        """The field nearest to timestep ``t``; the right one is asked for if it is not there."""
        level = level_of(t, timesteps)
        if level in self.kept:
            if self.wanted is not None and self.wanted[0] == level:
                self.rest()
            return self.kept[level]
        self.wanted = (level, bounds)
        self._ask()
        return self.kept[min(self.kept, key=lambda k: abs(k - level))] if self.kept else None

    def _ask(self) -> None:
        """Unless one is on its way, or was dear and recent: then a little later."""
        if self.wanted is None or not self.view.isVisible():
            return
        if time.monotonic() < self._free_at:
            self._retry.start()
            return
        level, bounds = self.wanted
        self.view.ask_now("field", m.ScoreField(t=level, bounds=bounds, resolution=ARROWS, density_resolution=2))
        self._free_at = time.monotonic() + LOST_S

    def take(self, answer: m.ScoreFieldOf) -> None:
        """One more. A dear one lets the chains have their turn."""
        self.kept[answer.t] = answer
        self._free_at = time.monotonic() + REST * answer.elapsed_ms / 1000


def level_of(t: int, timesteps: int) -> int:
    """The kept timestep nearest to ``t``: T (i / LEVELS)^2, i = 0 .. LEVELS."""
    share = min(max(t, 0) / max(timesteps - 1, 1), 1.0)
    return round((timesteps - 1) * (round(LEVELS * share**0.5) / LEVELS) ** 2)
