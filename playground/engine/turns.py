"""Turns on one clock: of several runs that train side by side one trains at a time, so that each one's seconds mean the same."""

from __future__ import annotations

import threading
import time

SLICE_S = 0.3  # of training, before another run's turn
WAIT_S = 0.05  # that a run waits before it looks for commands again


class Turns:
    """Hands the turn round: always to the run that has trained least, by the seconds that each tells of itself."""

    def __init__(self, slice_s: float = SLICE_S) -> None:
        self.slice_s = slice_s
        self._changed = threading.Condition()
        self._seconds: dict[Turn, float] = {}  # of those that want to train
        self._holder: Turn | None = None
        self._since = 0.0

    def member(self) -> Turn:
        """The token of one more run."""
        return Turn(self)

    def ask(self, turn: Turn, seconds: float) -> bool:
        """Whether ``turn``, whose run has trained ``seconds``, may take its next step; else, after a short while, False."""
        with self._changed:
            self._seconds[turn] = seconds
            if self._holder is turn and time.monotonic() - self._since >= self.slice_s:
                self._holder = None
            if self._holder is None:
                self._pass_on()
            if self._holder is not turn:
                self._changed.wait(WAIT_S)
            return self._holder is turn

    def leave(self, turn: Turn) -> None:
        """The run of ``turn`` does not train any more, or not for now."""
        with self._changed:
            self._seconds.pop(turn, None)
            if self._holder is turn:
                self._holder = None
                self._pass_on()

    def _pass_on(self) -> None:
        if self._seconds:
            self._holder = min(self._seconds, key=lambda t: self._seconds[t])
            self._since = time.monotonic()
            self._changed.notify_all()


class Turn:
    """The token of one run, asked between two steps by its training thread alone."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    def ask(self, seconds: float) -> bool:
        """May the next step be taken, after ``seconds`` of training in all? False, after a short wait, if it is another's turn."""
        return self._turns.ask(self, seconds)

    def leave(self) -> None:
        """Nothing is trained until :meth:`ask` is called again: others need not wait."""
        self._turns.leave(self)
