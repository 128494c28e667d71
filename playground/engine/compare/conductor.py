"""The thread that leads a comparison: prepares recipes, lets runs train in turns, has each measured, and tells of all of it."""

from __future__ import annotations

import itertools
import logging
import platform
import queue
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from playground.engine import devices
from playground.engine import messages as m
from playground.engine.compare.plan import prepare
from playground.engine.compare.progress import Ledger
from playground.engine.compare.store import Record, Stored
from playground.engine.compare.table import QualityCurve, unified_view
from playground.engine.config import ConfigError
from playground.engine.datasets import load_data
from playground.engine.datasets.base import Dataset
from playground.engine.datasets.errors import DataError
from playground.engine.devices import DeviceError
from playground.engine.families import FAMILIES
from playground.engine.metrics.classifier import Classifier, can_classify, classifier_for
from playground.engine.runs import Run, RunFileError, load_run
from playground.engine.turns import Turns
from playground.engine.worker import Worker

log = logging.getLogger(__name__)

CHANNEL = "comparison"  # of the conductor's own questions
STATE_EVERY_S = 0.4
LOOK_EVERY_S = 1.0  # at the quality of a run that trains, at most
LOOK_SHARE = 16  # ... and at most one part in so many of the time
IDLE_WORKERS = 6  # models kept in memory for questions, when their runs have ended
CLOSE_S = 60.0
AT_REST = ("paused", "finished", "stopped", "failed")

Command = Callable[["Conductor"], None]


class Closing(Exception):
    """The comparison is being left."""


@dataclass
class Going:
    """A run that is at work: what is known of it now."""

    record: Record
    worker: Worker
    state: str = "preparing"
    failed: str = ""
    looking: int = 0  # id of the question about its quality that is under way
    next_look: float = 0.0
    looked_at: int = -1
    marks: list[tuple[int, float]] = field(default_factory=lambda: [(0, 0.0)])  # (step, seconds)

    def seconds_at(self, step: int) -> float:
        steps, seconds = zip(*self.marks, strict=True)
        return float(np.interp(step, steps, seconds))


class Conductor(threading.Thread):
    """Leads one comparison. Commands are functions put into ``commands``, carried out between two events."""

    def __init__(self, stored: Stored, outbox: queue.SimpleQueue[m.Event], going: bool, spare_core: bool) -> None:
        super().__init__(name=f"trainer of {stored.comparison_id}", daemon=True)
        self.stored, self.outbox = stored, outbox
        self.inbox: queue.SimpleQueue[m.Event | Command] = queue.SimpleQueue()  # of the runs, and of the comparison
        self.workers: dict[str, Worker] = {}  # those that answer questions
        self._going, self._spare_core = going, spare_core
        self._paused = self._closing = False
        self._stopping = False
        self._group: dict[str, Going] = {}
        self._answers: dict[int, m.Answer] = {}  # to the conductor's own questions, when they have come
        self._ids = itertools.count(-1, -1)
        self._turns = Turns()
        self._state, self._what, self._last_state = "preparing", "", 0.0
        self._ledger = Ledger(stored)
        self.curves: dict[str, QualityCurve] = {}

    # ------------------------------------------------------------------ the thread
    def run(self) -> None:
        try:
            self._announce()
            while True:
                if self._going:
                    self._lead()
                self._attend()
        except Closing:
            pass
        except (ConfigError, DataError, DeviceError, RunFileError) as error:
            self._fail(str(error))
        except Exception as error:
            log.error("a comparison failed", exc_info=error)
            self._fail(f"The comparison stopped on an unexpected error ({type(error).__name__}: {error}). What was made is kept.")
        finally:
            self._close_workers(list(self.workers))

    def _fail(self, sentence: str) -> None:
        """Tell it, and go on answering questions until the comparison is left."""
        self._going = False
        self._close_workers(list(self._group))
        self._group = {}
        self._tell("failed", sentence=sentence)
        try:
            while True:
                self._attend()
                if self._going:
                    return self.run()  # tried again
        except Closing:
            return

    def _announce(self) -> None:
        """All that is known of the past: who takes part, curves, measurements, the table."""
        self._show_columns()
        for record in self.stored.records:
            self.curves[record.run_id] = self._past_curve(record)
            if record.numbers:
                self._emit_measured(record, self.stored.evidence(record))
        self._show_table()
        if not self._going:
            self._tell("finished" if self.stored.info().status == "finished" else "paused")

    def _lead(self) -> None:
        """The whole comparison, or what is left of it."""
        self._tell("preparing", "data")
        data = load_data(self.stored.plan.data)
        self._prepare(data)
        for seed in range(self.stored.plan.seeds):
            group = [r for r in self.stored.records if r.seed == seed and r.status in ("waiting", "ended")]
            if group and not (self._stopping and all(not self.stored.run_folder(r).exists() for r in group)):
                self._lead_group(seed, group)
        self.stored.facts["stopped"] = self._stopping
        self.stored.save()
        self._going = self._stopping = False
        self._show_table()
        self._tell("finished", sentence="Stopped: what there was has been measured." if self.stored.facts["stopped"] else "")

    # ------------------------------------------------------------------ before the first run
    def _prepare(self, data: Dataset) -> None:
        """Budgets worked into the recipes, once and for all; and a classifier of the pictures, which may have to learn."""
        self.stored.facts["machine"] = machine(self.stored.recipes[0].compute.device)
        for i, (contestant, recipe) in enumerate(zip(self.stored.plan.contestants, self.stored.recipes, strict=True)):
            if self.stored.prepared[i] is None and contestant.run is None:
                title = contestant.title or FAMILIES[recipe.family].title
                self._tell("preparing", f"how fast {title} trains here")
                self._attend(0)
                made = prepare(recipe, data, self.stored.plan, self._spare_core)
                self.stored.prepared[i], self.stored.recipes[i] = made, made.recipe
        self.stored.save()
        if can_classify(data):
            for step in classifier_for(data):
                self._attend(0)
                if not isinstance(step, Classifier):
                    self._tell("preparing", f"a classifier of the pictures, step {step[0]:,} of {step[1]:,}", quietly=True)
        self._show_columns()

    # ------------------------------------------------------------------ the runs of one seed
    def _lead_group(self, seed: int, records: list[Record]) -> None:
        of = f" · seed {seed + 1} of {self.stored.plan.seeds}" if self.stored.plan.seeds > 1 else ""
        try:
            for record in records:
                self._tell("preparing", f"{self._title(record)}{of}")
                self._until(self._opened(record), lambda: None)
            self._show_columns()
            self._what = f"training {', '.join(self._title(r) for r in records)}{of}"
            self._tell("training")
            self._until(self._trained, self._start_training)
            for going in list(self._group.values()):
                self._note_end(going)
            for going in list(self._group.values()):
                if going.record.status == "ended":
                    self._measure(going, of)
        finally:
            ended, self._group = list(self._group), {}
            self._close_workers(ended)

    def _opened(self, record: Record) -> Callable[[], bool]:
        """Put the run of a record to work, at rest; the condition that it is there."""
        run = self._run_of(record)
        training = self.stored.plan.contestants[record.column].run is None
        worker = Worker(run, self.inbox, False, self._spare_core, turn=self._turns.member() if training else None)  # type: ignore[arg-type]
        if record.run_id in self.workers:
            self._close_workers([record.run_id])
        going = Going(record, worker)
        self._group[record.run_id] = self._group.get(record.run_id, going)
        self.workers[record.run_id] = worker
        worker.start()
        return lambda: going.state in AT_REST

    def _run_of(self, record: Record) -> Run:
        """The run folder, made if it is not there yet; of an existing run a copy, so that this comparison stays whole."""
        folder, contestant = self.stored.run_folder(record), self.stored.plan.contestants[record.column]
        if (folder / "run.json").exists():
            return load_run(folder)
        if contestant.run is not None:
            shutil.copytree(contestant.run, folder, ignore=shutil.ignore_patterns(".lock", "*.part"), dirs_exist_ok=True)
            load_run(folder).checkpoint()
            return load_run(folder)
        recipe = self.stored.recipes[record.column]
        seeded = type(recipe)(recipe.family, recipe.data, recipe.config, recipe.seed + record.seed, recipe.compute, recipe.parents)
        name = f"{self._title(record)}, seed {record.seed + 1}, of {self.stored.comparison_id}"
        return Run.create(seeded, name, folder)

    def _start_training(self) -> None:
        for going in self._group.values():
            if self._stopping:
                going.worker.commands.put(Worker.stop)
            elif going.state == "paused" and self.stored.plan.contestants[going.record.column].run is None:
                going.worker.commands.put(Worker.resume)
                going.state = "training"  # until it says otherwise

    def _trained(self) -> bool:
        """Whether all have come to an end; the quality of those that train is looked at meanwhile."""
        self._look_at_quality()
        self._tell("training", self._what, quietly=True)
        existing = [g for g in self._group.values() if self.stored.plan.contestants[g.record.column].run is not None]
        return all(g.state in ("finished", "stopped", "failed") or (g in existing and g.state in AT_REST) for g in self._group.values())

    def _note_end(self, going: Going) -> None:
        record, worker = going.record, going.worker
        record.step = worker.learner.steps_done if hasattr(worker, "learner") else 0
        record.seconds = going.seconds_at(record.step)
        record.status, record.problem = ("failed", going.failed) if going.state == "failed" else ("ended", "")
        if record.status == "failed":
            record.numbers = {}
        self.stored.save()
        self._show_table()

    # ------------------------------------------------------------------ looks at the quality
    def _look_at_quality(self) -> None:
        now = time.monotonic()
        for going in self._group.values():
            worker = going.worker
            if going.looking and going.looking in self._answers:
                self._note_quality(going, self._answers.pop(going.looking))
            elif going.state == "training" and not going.looking and now >= going.next_look and worker.explorer.is_alive():
                if hasattr(worker, "learner") and worker.learner.steps_done > going.looked_at:
                    going.looking = self._ask(going, m.Quality(channel=CHANNEL))

    def _note_quality(self, going: Going, found: m.Answer) -> None:
        going.looking = 0
        going.next_look = time.monotonic() + max(LOOK_EVERY_S, LOOK_SHARE * found.elapsed_ms / 1000)
        if isinstance(found, m.QualityAt):
            self._put_quality(going, found.step, found.quality, found.floor, found.floor_sd)

    def _put_quality(self, going: Going, step: int, quality: float, floor: float, floor_sd: float) -> None:
        """A point of the curve: told, and kept with the run."""
        curve = self.curves[going.record.run_id]
        if going.looked_at >= step:
            return
        going.looked_at = step
        seconds, seen = going.seconds_at(step), step * int(going.worker.config.batch_size)
        curve.add(step, seconds, quality, floor, floor_sd)
        scalars = {
            "quality": quality, "quality_floor": floor, "quality_floor_sd": floor_sd, "seconds": seconds, "images_seen": float(seen),
        }  # fmt: skip
        event = m.Monitored(going.record.run_id, step, scalars, {})
        if np.isfinite(quality):
            going.worker.explorer.monitored.put(event)
        self.outbox.put(event)

    def _past_curve(self, record: Record) -> QualityCurve:
        """The curve that is kept with a run, told again; empty where there is none."""
        curve, folder = QualityCurve(), self.stored.run_folder(record)
        if not (folder / "run.json").exists():
            return curve
        try:
            monitored = load_run(folder).checkpoint_manifest().monitored
        except RunFileError:
            return curve
        for step, scalars, _ in monitored:
            if "quality" in scalars and "seconds" in scalars:
                values = (scalars[k] for k in ("seconds", "quality", "quality_floor", "quality_floor_sd"))
                curve.add(int(step), *values)
                self.outbox.put(m.Monitored(record.run_id, int(step), scalars, {}))
        return curve

    # ------------------------------------------------------------------ measuring
    def _measure(self, going: Going, of: str) -> None:
        """The report card of a run that has come to rest."""
        record, family = going.record, FAMILIES[self.stored.recipes[going.record.column].family]
        self._what = f"measuring {self._title(record)}{of}"
        asked: list[int] = []

        def begin() -> None:
            asked.append(self._ask(going, m.Measure(path=family.path, channel=CHANNEL)))
            self._tell("measuring", self._what)

        def done() -> bool:
            found = self._answers.get(asked[-1])
            if isinstance(found, m.MeasuredOf) and found.step != record.step and len(asked) < 5:
                begin()  # the last weights had not reached the explorer yet
                return False
            return found is not None

        began = time.monotonic()
        self._until(done, begin)
        found = self._answers.pop(asked[-1])
        problem = found.sentence if isinstance(found, m.Refused) else found.numbers.get("problem", "")  # type: ignore[attr-defined]
        if problem:
            record.status, record.problem = "failed", problem
            self.stored.save()
        else:
            assert isinstance(found, m.MeasuredOf)
            self._keep(going, found)
            self._ledger.measured(time.monotonic() - began)
        self._show_table()

    def _keep(self, going: Going, found: m.MeasuredOf) -> None:
        record, numbers = going.record, dict(found.numbers)
        self._put_quality(going, record.step, *(numbers[k] for k in ("quality", "quality_floor", "quality_floor_sd")))
        prepared = self.stored.prepared[record.column]
        own = sum(p.numel() for p in going.worker.learner.model.parameters() if p.requires_grad)
        numbers |= {
            "parameters": prepared.parameters if prepared else own, "step": record.step, "seconds": record.seconds,
            "images_seen": record.step * int(going.worker.config.batch_size), "losses": self._losses(going.worker),
        }  # fmt: skip
        self.stored.keep(record, numbers, found.evidence)
        self._emit_measured(record, found.evidence)

    def _losses(self, worker: Worker) -> dict[str, tuple[float, float]]:
        """Of every loss that the family reports, the means over the first and over the last twentieth of the steps."""
        try:
            _, _, metrics = worker.run_files.checkpoint()
        except RunFileError:
            return {}
        k = max(1, len(metrics.steps) // 20)
        return {
            name: (float(values[:k].mean()), float(values[-k:].mean()))
            for name, values in metrics.scalars.items() if "loss" in name and len(values)
        }  # fmt: skip

    # ------------------------------------------------------------------ attending
    def _until(self, done: Callable[[], bool], begin: Callable[[], None]) -> None:
        """Attend until ``done()``; after each pause ``begin()`` again."""
        begin()
        while not done():
            self._attend(0.05)
            if self._paused:
                self._rest()
                begin()
            elif self._stopping and self._state == "training":
                begin()
                self._state = "stopping"

    def _rest(self) -> None:
        for going in self._group.values():
            going.worker.commands.put(Worker.pause)
            going.worker.explorer.cancel(CHANNEL)
            going.looking = 0
        self._tell("paused", self._what)
        while self._paused:
            self._attend()
        self._tell("training", self._what)

    def _attend(self, timeout: float = 0.2) -> None:
        """Handle all that waits; if nothing does, wait so long for something. Raises Closing."""
        deadline = time.monotonic() + timeout
        while True:
            if self._closing:
                raise Closing
            try:
                item = self.inbox.get(timeout=max(0.0, deadline - time.monotonic())) if timeout else self.inbox.get_nowait()
            except queue.Empty:
                return
            if isinstance(item, m.Event):
                self._take(item)
            else:
                item(self)
            timeout = 0.0

    def _take(self, event: m.Event) -> None:
        """Note what a run says, and hand it on."""
        going = self._group.get(event.run_id)
        if isinstance(event, m.Answer) and event.request_id < 0:
            if isinstance(event, m.Working):
                if self._state == "measuring":
                    self._ledger.share = event.done / max(event.total, 1)
                    self._tell("measuring", f"{self._what}: {event.what}", quietly=True)
            else:
                self._answers[event.request_id] = event
            return
        if going is not None:
            if isinstance(event, m.StateChanged):
                going.state = event.state
            elif isinstance(event, m.Progress):
                going.marks.append((event.step, event.seconds))
                self._ledger.trained(event.run_id, event.step, event.total_steps, event.seconds)
            elif isinstance(event, m.Failed):
                going.failed = event.sentence
        self.outbox.put(event)

    def _ask(self, going: Going, request: m.Request) -> int:
        number = next(self._ids)
        going.worker.explorer.ask(number, request)
        return number

    # ------------------------------------------------------------------ commands
    def pause(self) -> None:
        if self._going:
            self._paused = True

    def resume(self) -> None:
        self._paused = False
        if not self._going:
            for record in self.stored.records:
                steps = int(self.stored.recipes[record.column].config.steps)  # type: ignore[attr-defined]
                trained_here = self.stored.plan.contestants[record.column].run is None
                if record.status == "measured" and trained_here and record.step < steps:
                    record.status = "waiting"
            self._going = any(r.status in ("waiting", "ended") for r in self.stored.records)
            if not self._going:
                self._tell("finished")

    def stop(self) -> None:
        if self._going:
            self._stopping, self._paused = True, False

    def leave(self) -> None:
        self._closing = True

    def ask(self, run_id: str, number: int, request: m.Request) -> None:
        """Hand a question to a run, which is opened for it if need be."""
        worker = self.workers.get(run_id)
        if worker is None or not worker.is_alive():
            worker = self._open_idle(run_id)
        if worker is not None:
            worker.explorer.ask(number, request)

    def _open_idle(self, run_id: str) -> Worker | None:
        record = next((r for r in self.stored.records if r.run_id == run_id), None)
        if record is None or not (self.stored.run_folder(record) / "run.json").exists():
            return None
        idle = [k for k in self.workers if k not in self._group]
        self._close_workers(idle[: max(0, len(idle) - IDLE_WORKERS + 1)])
        worker = Worker(load_run(self.stored.run_folder(record)), self.inbox, False, self._spare_core)  # type: ignore[arg-type]
        self.workers[run_id] = worker
        worker.start()
        return worker

    def _close_workers(self, run_ids: list[str]) -> None:
        closing = [self.workers.pop(k) for k in run_ids if k in self.workers]
        for worker in closing:
            worker.unwanted = True
            worker.commands.put(Worker.close)
        for worker in closing:
            worker.join(CLOSE_S)

    # ------------------------------------------------------------------ telling
    def _title(self, record: Record) -> str:
        contestant = self.stored.plan.contestants[record.column]
        return contestant.title or FAMILIES[self.stored.recipes[record.column].family].title

    def columns(self) -> tuple[m.Column, ...]:
        """The contestants, with the runs that are there."""
        out = []
        for i, (key, recipe) in enumerate(zip(self.stored.keys, self.stored.recipes, strict=True)):
            family, records = FAMILIES[recipe.family], [r for r in self.stored.records if r.column == i]
            made = tuple(r.run_id if (self.stored.run_folder(r) / "run.json").exists() else "" for r in records)
            out.append(m.Column(key, self._title(records[0]), family.name, family.accent, made, recipe.to_dict()))
        return tuple(out)

    def _show_columns(self) -> None:
        stored, kind = self.stored, describe_kind(self.stored.plan.data)
        self._emit(m.Comparing, folder=str(stored.folder), data=stored.plan.data, kind=kind, columns=self.columns(),
                   seeds=stored.plan.seeds, seconds=stored.plan.seconds)  # fmt: skip

    def _show_table(self) -> None:
        self.outbox.put(unified_view(self.stored, self.columns(), self.curves))

    def _emit_measured(self, record: Record, evidence: dict[str, np.ndarray]) -> None:
        self.outbox.put(m.Measured(record.run_id, record.numbers, evidence))

    def _tell(self, state: str, what: str = "", sentence: str = "", quietly: bool = False) -> None:
        """Say how far it is; ``quietly``: only if it has not been said for a while."""
        now = time.monotonic()
        if quietly and state == self._state and now - self._last_state < STATE_EVERY_S:
            return
        self._state, self._last_state = state, now
        done, total, left = self._ledger.now()
        if state == "finished":
            done, left = total, 0.0
        self._emit(m.ComparisonState, state=state, done=done, total=total, what=what, seconds_left=left, sentence=sentence)

    def _emit(self, kind: type[Any], /, **content: Any) -> None:
        self.outbox.put(kind(run_id=self.stored.comparison_id, **content))


def describe_kind(data: str) -> str:
    """"image" or "points"."""
    from playground.engine.datasets import describe

    return describe(data).kind


def machine(device: str) -> dict[str, Any]:
    """What the numbers were measured on."""
    return {
        "system": f"{platform.system()} {platform.machine()}", "cores": devices.usable_cores(), "device": devices.resolve(device).title,
        "torch": torch.__version__, "python": platform.python_version(),
    }  # fmt: skip
