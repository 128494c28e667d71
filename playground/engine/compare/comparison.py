"""A comparison: several models trained side by side and measured, as the window and the command line see it."""

from __future__ import annotations

import itertools
import queue
import time
from pathlib import Path

from playground.engine import messages as m
from playground.engine.compare.conductor import Command, Conductor
from playground.engine.compare.plan import ComparisonPlan
from playground.engine.compare.store import Stored, load_comparison


class Comparison:
    """One comparison at a time. Never blocks, except :meth:`close`.

    ``spare_core`` leaves a CPU core to the window when the number of threads is chosen.
    """

    def __init__(self, *, spare_core: bool = True) -> None:
        self._spare_core = spare_core
        self._outbox: queue.SimpleQueue[m.Event] = queue.SimpleQueue()
        self._ids = itertools.count(1)
        self._conductor: Conductor | None = None
        self._leaving: list[Conductor] = []

    @property
    def comparison_id(self) -> str | None:
        return self._conductor.stored.comparison_id if self._conductor else None

    @property
    def folder(self) -> Path | None:
        """The folder of the comparison on stage."""
        return self._conductor.stored.folder if self._conductor else None

    def start(self, plan: ComparisonPlan, *, folder: Path | None = None) -> str:
        """Begin a new comparison; one that is at work is saved and left. Returns its id.

        Raises ConfigError, DataError or RunFileError for what cannot be compared. Later trouble arrives as a ComparisonState.
        """
        plan.check()
        return self._put_on_stage(Stored.create(plan, folder), going=True)

    def open(self, folder: Path | str, *, resume: bool = False) -> str:
        """Put one of the past on stage, a killed one too, at rest (or going on). What was measured arrives at once.

        Raises RunFileError with a sentence if it is damaged or foreign.
        """
        comparison_id = self._put_on_stage(load_comparison(folder), going=False)
        if resume:
            self.resume()
        return comparison_id

    def _put_on_stage(self, stored: Stored, going: bool) -> str:
        self._leave()
        self._conductor = Conductor(stored, self._outbox, going, self._spare_core)
        self._conductor.start()
        return stored.comparison_id

    def _leave(self) -> None:
        if self._conductor is not None and self._conductor.is_alive():
            self._command(Conductor.leave)
            self._leaving.append(self._conductor)
        self._leaving = [c for c in self._leaving if c.is_alive()]

    # ------------------------------------------------------------------ commands
    def pause(self) -> None:
        self._command(Conductor.pause)

    def resume(self) -> None:
        """Go on: after a pause, with what a kill or :meth:`stop` left undone, or once more after a failure."""
        self._command(Conductor.resume)

    def stop(self) -> None:
        """End all training, and measure what is there."""
        self._command(Conductor.stop)

    def _command(self, command: Command) -> None:
        if self._conductor is not None and self._conductor.is_alive():
            self._conductor.inbox.put(command)

    # ------------------------------------------------------------------ questions and messages
    def request(self, run_id: str, request: m.Request) -> int:
        """Ask the model of one of its runs; returns the id its answers will carry, 0 if there is no such run."""
        conductor = self._conductor
        if conductor is None or not conductor.is_alive() or all(r.run_id != run_id for r in conductor.stored.records):
            return 0
        number = next(self._ids)
        self._command(lambda c: c.ask(run_id, number, request))
        return number

    def cancel(self, run_id: str, channel: str) -> None:
        """Drop what waits or runs on a channel of a run."""
        worker = self._conductor.crew.workers.get(run_id) if self._conductor else None
        if worker is not None:
            worker.explorer.cancel(channel)

    def poll(self, limit: int = 0) -> list[m.Event]:
        """All messages that wait (at most ``limit``, if given): of the comparison and of its runs."""
        out: list[m.Event] = []
        while not limit or len(out) < limit:
            try:
                out.append(self._outbox.get_nowait())
            except queue.Empty:
                break
        return out

    def close(self, timeout: float = 10.0) -> bool:
        """Save, end the threads and wait for them. False if one is still at work after ``timeout`` seconds."""
        self._leave()
        deadline = time.monotonic() + timeout
        threads = [*self._leaving, *([self._conductor] if self._conductor else [])]
        for conductor in threads:
            conductor.join(max(0.0, deadline - time.monotonic()))
        return not any(c.is_alive() for c in threads)
