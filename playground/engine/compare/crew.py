"""The runs of a comparison that are in memory: those at work, and those kept for questions."""

from __future__ import annotations

import dataclasses
import itertools
import math
import queue
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from playground.engine import messages as m
from playground.engine.compare.store import Record, Stored
from playground.engine.runs import Run, RunFileError, load_run
from playground.engine.turns import Turns
from playground.engine.worker import Worker

IDLE_WORKERS = 6  # models kept in memory for questions, when their runs have ended
CLOSE_S = 60.0
COPIES, COPY_AGAIN_S = 4, 0.3  # attempts to copy a run that is being saved
AT_REST = ("paused", "finished", "stopped", "failed")


@dataclass
class Going:
    """A run that is at work: what is known of it now. ``trains``: it is no existing run, which is measured as it is."""

    record: Record
    worker: Worker
    trains: bool
    state: str = "preparing"
    failed: str = ""
    looked_at: int = -1  # step of the last look at its quality
    next_look: float = 0.0
    next_monitor: float = 0.0
    monitored: int = 0  # how often
    marks: list[tuple[int, float]] = field(default_factory=lambda: [(0, 0.0)])  # (step, seconds)

    @property
    def ended(self) -> bool:
        return self.state in (("finished", "stopped", "failed") if self.trains else AT_REST)

    def seconds_at(self, step: int) -> float:
        """How long the run had trained at a step."""
        steps, seconds = zip(*self.marks, strict=True)
        return float(np.interp(step, steps, seconds))

    def ms_per_step(self) -> float:
        """Of what was trained since the first report, which pays for what later steps find made; NaN at first."""
        (first, began), (last, ended) = self.marks[min(1, len(self.marks) - 1)], self.marks[-1]
        return 1000 * (ended - began) / (last - first) if last > first else math.nan

    def images_at(self, step: int) -> int:
        return step * int(self.worker.config.batch_size)


class Crew:
    """Opens and closes runs, asks them, and notes what they say. ``inbox`` gets their messages."""

    def __init__(self, stored: Stored, inbox: queue.SimpleQueue[Any], spare_core: bool) -> None:
        self.stored, self._inbox, self._spare_core = stored, inbox, spare_core
        self.turns = Turns()
        self.workers: dict[str, Worker] = {}  # all that answer questions
        self.group: dict[str, Going] = {}  # those that train side by side now
        self.answers: dict[int, m.Answer] = {}  # to the comparison's own questions, when they have come
        self._ids = itertools.count(-1, -1)

    # ------------------------------------------------------------------ runs
    def open(self, record: Record) -> Going:
        """Put the run of a record into the group, at rest. Raises RunFileError."""
        self.close([record.run_id])
        trains = self.stored.plan.contestants[record.column].run is None
        worker = Worker(self._run_of(record), self._inbox, False, self._spare_core, turn=self.turns.member() if trains else None)
        worker.explorer.at_leisure = not trains
        going = self.group[record.run_id] = Going(record, worker, trains)
        self.workers[record.run_id] = worker
        worker.start()
        return going

    def _run_of(self, record: Record) -> Run:
        """The run folder, made if it is not there yet; of an existing run a copy, so that this comparison stays whole."""
        folder, contestant = self.stored.run_folder(record), self.stored.plan.contestants[record.column]
        if (folder / "run.json").exists():
            return load_run(folder)
        if contestant.run is not None:
            return _copied(contestant.run, folder)
        recipe = self.stored.recipes[record.column]
        seeded = dataclasses.replace(recipe, seed=recipe.seed + record.seed)
        name = f"{self.stored.title(record.column)}, seed {record.seed + 1}, of {self.stored.comparison_id}"
        return Run.create(seeded, name, folder)

    def open_idle(self, run_id: str) -> Worker | None:
        """The worker that answers for a run, opened if need be; None if there is no such run (yet). Raises RunFileError."""
        worker = self.workers.get(run_id)
        if worker is not None and worker.is_alive():
            return worker
        record = next((r for r in self.stored.records if r.run_id == run_id), None)
        if record is None or not (self.stored.run_folder(record) / "run.json").exists():
            return None
        idle = [k for k in self.workers if k not in self.group]
        self.close(idle[: max(0, len(idle) - IDLE_WORKERS + 1)])
        worker = self.workers[run_id] = Worker(load_run(self.stored.run_folder(record)), self._inbox, False, self._spare_core)
        worker.explorer.at_leisure = False
        worker.start()
        return worker

    def close(self, run_ids: list[str]) -> None:
        """Save and end these, if they are open."""
        closing = [self.workers.pop(k) for k in run_ids if k in self.workers]
        for worker in closing:
            worker.unwanted = True
            worker.commands.put(Worker.close)
        for worker in closing:
            worker.join(CLOSE_S)

    def disband(self) -> None:
        """Save and end the runs of the group."""
        ended, self.group = list(self.group), {}
        self.close(ended)

    # ------------------------------------------------------------------ questions
    def ask(self, going: Going, request: m.Request) -> int:
        """Ask on the comparison's own account; the answer will lie in ``answers`` under the number returned."""
        number = next(self._ids)
        going.worker.explorer.ask(number, request)
        return number

    def is_own(self, event: m.Event) -> bool:
        """Note what a run says; True of answers to the comparison's own questions."""
        if isinstance(event, m.Answer) and event.request_id < 0:
            if not isinstance(event, m.Working):
                self.answers[event.request_id] = event
            return True
        going = self.group.get(event.run_id)
        if going is not None:
            if isinstance(event, m.StateChanged):
                going.state = event.state
            elif isinstance(event, m.Progress):
                going.marks.append((event.step, event.seconds))
            elif isinstance(event, m.Monitored):
                going.monitored += 1
            elif isinstance(event, m.Failed):
                going.failed = event.sentence
        return False


def _copied(run: Path, folder: Path) -> Run:
    """A whole copy of a run, which may be saved by somebody else meanwhile. Raises RunFileError."""
    for attempt in range(COPIES):
        shutil.rmtree(folder, ignore_errors=True)
        try:
            folder.mkdir(parents=True)
            for path in run.iterdir():
                if path.is_file() and path.name != ".lock" and path.suffix != ".part":
                    shutil.copyfile(path, folder / path.name)  # the content alone: a model on board may forbid writing
            made = load_run(folder)
            made.checkpoint()
            return made
        except (OSError, shutil.Error, RunFileError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            if attempt == COPIES - 1:
                raise RunFileError(f"The run in {run} could not be copied into the comparison: {error}") from error
            time.sleep(COPY_AGAIN_S)
    raise AssertionError
