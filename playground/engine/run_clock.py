"""How long a run has trained, pauses left out, and how fast it goes."""

from __future__ import annotations

import time
from collections import deque

WINDOW_S = 2.0  # over which the speed is taken


class RunClock:
    """``seconds`` of training in all; set it when a run is taken up again."""

    def __init__(self) -> None:
        self._before, self._started = 0.0, 0.0
        self._marks: deque[tuple[float, int]] = deque()  # (seconds, step)

    @property
    def seconds(self) -> float:
        return self._before + (time.monotonic() - self._started if self._started else 0.0)

    @seconds.setter
    def seconds(self, value: float) -> None:
        self._before = value

    @property
    def running(self) -> bool:
        return bool(self._started)

    def start(self, anew: bool = True) -> None:
        """Training goes on; the speed is measured ``anew``, unless it has only waited for its turn."""
        self._started = time.monotonic()
        if anew:
            self._marks.clear()

    def stop(self) -> None:
        self._before, self._started = self.seconds, 0.0

    def steps_per_s(self, step: int) -> float:
        """The speed of the last moments, at this step; 0 while it is not known."""
        now = self.seconds
        self._marks.append((now, step))
        while now - self._marks[0][0] > WINDOW_S:
            self._marks.popleft()
        (t0, s0), (t1, s1) = self._marks[0], self._marks[-1]
        return (s1 - s0) / (t1 - t0) if t1 > t0 else 0.0
