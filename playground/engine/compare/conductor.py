"""The thread that leads a comparison: prepares recipes, lets runs train in turns, has each measured, and tells of all of it."""

from __future__ import annotations

import functools
import logging
import math
import platform
import queue
import threading
from collections.abc import Callable
from typing import Any

import torch

from playground.engine import devices
from playground.engine import messages as m
from playground.engine.compare.crew import AT_REST, Crew, Going
from playground.engine.compare.looks import CHANNEL, Looks
from playground.engine.compare.plan import FIRST, changes_between, prepare
from playground.engine.compare.progress import Ledger
from playground.engine.compare.store import Record, Stored
from playground.engine.compare.teller import Teller
from playground.engine.config import ConfigError
from playground.engine.datasets import load_data
from playground.engine.datasets.base import Dataset
from playground.engine.datasets.errors import DataError
from playground.engine.devices import DeviceError
from playground.engine.families import FAMILIES
from playground.engine.metrics.classifier import Classifier, can_classify, classifier_for
from playground.engine.runs import RunFileError
from playground.engine.worker import Worker

log = logging.getLogger(__name__)

EFFORT = 1.0  # of measuring: 1 takes some 10 s for points and 25 s for pictures on one core
SETTLED_AFTER = 0.15  # of the budget, when the number of steps is settled
ASKED_MOST = 5  # times, until the explorer has the last weights

Command = Callable[["Conductor"], None]


class Closing(Exception):
    """The comparison is being left."""


class Conductor(threading.Thread):
    """Leads one comparison. Commands are functions put into ``inbox``, carried out between two events."""

    def __init__(self, stored: Stored, outbox: queue.SimpleQueue[m.Event], going: bool, spare_core: bool) -> None:
        super().__init__(name=f"trainer of {stored.comparison_id}", daemon=True)
        self.stored, self.outbox = stored, outbox
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()  # events of the runs, and commands
        self.crew = Crew(stored, self.inbox, spare_core)
        self._ledger = Ledger(stored)
        self.teller = Teller(stored, outbox, self._ledger)
        self._looks = Looks(self.crew, self.teller.curves, self._attend, outbox.put)
        self._going, self._spare_core = going, spare_core
        self._paused = self._stopping = self._closing = False
        self._what = self._detail = ""

    # ------------------------------------------------------------------ the thread
    def run(self) -> None:
        try:
            self.teller.past()
            if not self._going:
                self.teller.tell("finished" if self.stored.info().status == "finished" else "paused")
            while True:
                self._attend()
                if self._going:
                    self._lead_or_fail()
        except Closing:
            pass
        finally:
            self.crew.close(list(self.crew.workers))

    def _lead_or_fail(self) -> None:
        """Lead; trouble is told in a sentence, and what was made is kept for another try."""
        try:
            self._lead()
        except (ConfigError, DataError, DeviceError, RunFileError) as error:
            self._fail(str(error))
        except Closing:
            raise
        except Exception as error:
            log.error("a comparison failed", exc_info=error)
            self._fail(f"The comparison stopped on an unexpected error ({type(error).__name__}: {error}). What was made is kept.")

    def _fail(self, sentence: str) -> None:
        self._going = self._paused = self._stopping = False
        self.teller.tell("failed", sentence=sentence)

    def _lead(self) -> None:
        """The whole comparison, or what is left of it."""
        self.teller.tell("preparing", "data")
        self._prepare(load_data(self.stored.plan.data))
        for seed in range(self.stored.plan.seeds):
            group = [r for r in self.stored.records if r.seed == seed and r.status in ("waiting", "ended")]
            if self._stopping:  # what was never begun is left out
                group = [r for r in group if (self.stored.run_folder(r) / "run.json").exists()]
            if group:
                self._lead_group(seed, group)
        self.stored.facts["stopped"] = self._stopping
        self.stored.save()
        self._going = self._stopping = False
        self.teller.table()
        self.teller.tell("finished", sentence="Stopped: what there was has been measured." if self.stored.facts["stopped"] else "")

    # ------------------------------------------------------------------ before the first run
    def _prepare(self, data: Dataset) -> None:
        """Budgets worked into the recipes, once and for all; and a classifier of the pictures, which may have to learn."""
        stored = self.stored
        stored.facts["machine"] = machine(stored.recipes[0].compute.device)
        for i, contestant in enumerate(stored.plan.contestants):
            if stored.prepared[i] is None and contestant.run is None:
                self.teller.tell("preparing", f"how fast {stored.title(i)} trains here")
                self._attend(0.0)
                made = prepare(stored.recipes[i], data, stored.plan, self._spare_core)
                stored.prepared[i], stored.recipes[i] = made, made.recipe
        stored.save()
        if can_classify(data):
            for step in classifier_for(data):
                self._attend(0.0)
                if not isinstance(step, Classifier):
                    self.teller.tell("preparing", f"a classifier of the pictures, step {step[0]:,} of {step[1]:,}", quietly=True)
        self.teller.columns()

    # ------------------------------------------------------------------ the runs of one seed
    def _lead_group(self, seed: int, records: list[Record]) -> None:
        of = f" · seed {seed + 1} of {self.stored.plan.seeds}" if self.stored.plan.seeds > 1 else ""
        titles = {r.run_id: self.stored.title(r.column) for r in records}
        try:
            for record in records:  # one after the other: what is probed or loaded is not disturbed
                self._what = f"{titles[record.run_id]}{of}"
                going = self.crew.open(record)
                self._until("preparing", lambda going=going: going.state in AT_REST, lambda: None)  # type: ignore[misc]
            self.teller.columns()
            self._what = f"{', '.join(titles.values())}{of}"
            self._until("training", self._trained, self._start_training)
            group = list(self.crew.group.values())
            for going in group:
                self._note_end(going)
            for going in group:
                if going.record.status == "ended":
                    self._what = f"{titles[going.record.run_id]}{of}"
                    self._measure(going)
        finally:
            self.crew.disband()

    def _start_training(self) -> None:
        """Let all that are at rest train; or, when stopping, come to an end."""
        for going in self.crew.group.values():
            if going.trains and not going.ended:
                going.worker.commands.put(Worker.stop if self._stopping else Worker.resume)

    def _trained(self) -> bool:
        """Whether all have come to an end; meanwhile the quality of those that train is looked at."""
        if not (self._stopping or self._paused):
            self._settle_steps()
            self._looks.look()
        return all(g.ended for g in self.crew.group.values())

    def _settle_steps(self) -> None:
        """Once, early in the first training: the number of steps that fill the budget at the speed that is really had, beside the
        others. The decay of the learning rate has hardly begun then. Later seeds have the same number.
        """
        budget = self.stored.plan.seconds
        for going in self.crew.group.values():
            column, seconds = going.record.column, going.marks[-1][1]
            prepared = self.stored.prepared[column]
            if not budget or prepared is None or prepared.settled or not going.trains or seconds < SETTLED_AFTER * budget:
                continue
            if getattr(going.worker.learner, FIRST, 0):  # the first stage tells nothing of the second
                continue
            ms = going.ms_per_step()
            if math.isfinite(ms) and going.state == "training":
                steps = going.marks[-1][0] + max(1, round((budget - seconds) * 1000 / ms))
                made = self.stored.prepared[column] = prepared.settle(ms, steps)
                self.stored.recipes[column] = made.recipe
                for name, value in changes_between(prepared.recipe.config, made.recipe.config):
                    going.worker.commands.put(functools.partial(Worker.apply_live, name=name, value=value))
                self.stored.save()
                self.teller.columns()

    def _note_end(self, going: Going) -> None:
        record, worker = going.record, going.worker
        record.step = worker.learner.steps_done if hasattr(worker, "learner") else 0
        record.seconds = going.seconds_at(record.step)
        record.status, record.problem = ("failed", going.failed) if going.state == "failed" else ("ended", "")
        if record.status == "failed":
            record.numbers = {}
        self.stored.save()
        self.teller.table()

    # ------------------------------------------------------------------ measuring
    def _measure(self, going: Going) -> None:
        """The report card of a run that has come to rest."""
        record, family = going.record, FAMILIES[self.stored.recipes[going.record.column].family]
        asked: list[int] = []

        def begin() -> None:
            asked.append(self.crew.ask(going, m.Measure(path=family.path, effort=EFFORT, channel=CHANNEL)))

        def done() -> bool:
            found = self.crew.answers.get(asked[-1])
            if isinstance(found, m.MeasuredOf) and found.step != record.step and len(asked) < ASKED_MOST:
                begin()  # the last weights had not reached the explorer yet
                return False
            return found is not None

        self._ledger.measuring()
        self._until("measuring", done, begin)
        found = self.crew.answers.pop(asked[-1])
        problem = found.sentence if isinstance(found, m.Refused) else getattr(found, "numbers", {}).get("problem", "")
        if problem:
            record.status, record.problem, record.numbers = "failed", problem, {}
            self.stored.save()
        else:
            assert isinstance(found, m.MeasuredOf)
            self._keep(going, found)
        self._ledger.measured()
        self.teller.table()

    def _keep(self, going: Going, found: m.MeasuredOf) -> None:
        record, numbers, worker = going.record, dict(found.numbers), going.worker
        self._looks.put(going, record.step, *(numbers[k] for k in ("quality", "quality_floor", "quality_floor_sd")))
        prepared = self.stored.prepared[record.column]
        trained = prepared.parameters if prepared else sum(p.numel() for p in worker.learner.model.parameters() if p.requires_grad)
        numbers |= {
            "parameters": trained, "step": record.step, "seconds": record.seconds, "images_seen": going.images_at(record.step),
            "losses": losses(worker),
        }  # fmt: skip
        evidence = {**found.evidence, "quality_curve": self.teller.curves[record.run_id].table()}
        self.stored.keep(record, numbers, evidence)
        self.teller.measured(record, evidence)

    # ------------------------------------------------------------------ attending
    def _until(self, state: str, done: Callable[[], bool], begin: Callable[[], None]) -> None:
        """Attend until ``done()``; after each pause, and when it is to stop, ``begin()`` again."""
        self._detail = ""
        self.teller.tell(state, self._what)
        begin()
        stopping = self._stopping
        while not done():
            self.teller.tell(state, self._what + self._detail, quietly=True)
            self._attend(0.05)
            if self._paused:
                self._rest()
                self.teller.tell(state, self._what)
                begin()
            elif self._stopping and not stopping:
                begin()
            stopping = self._stopping

    def _rest(self) -> None:
        for going in self.crew.group.values():
            going.worker.commands.put(Worker.pause)
            going.worker.explorer.cancel(CHANNEL)
        self.teller.tell("paused", self._what)
        while self._paused:
            self._attend()

    def _attend(self, timeout: float = 0.2) -> None:
        """Handle all that waits; if nothing does, wait so long for something. Raises Closing."""
        item = None
        try:
            item = self.inbox.get(timeout=timeout) if timeout else self.inbox.get_nowait()
            while True:
                self._take(item)
                item = self.inbox.get_nowait()
        except queue.Empty:
            if self._closing:
                raise Closing from None

    def _take(self, item: Any) -> None:
        """Carry out a command, or note what a run says and hand it on."""
        if not isinstance(item, m.Event):
            item(self)
        elif not self.crew.is_own(item):
            if isinstance(item, m.Progress):
                self._ledger.trained(item.run_id, item.step, item.total_steps, item.seconds)
            self.outbox.put(item)
        elif isinstance(item, m.Working) and self.teller.state == "measuring":
            self._detail = f": {item.what}"

    # ------------------------------------------------------------------ commands
    def pause(self) -> None:
        if self._going:
            self._paused = True

    def resume(self) -> None:
        """Go on after a pause; else with what a kill, a failure or a stop left undone."""
        if self._going:
            self._paused = False
            return
        for record in self.stored.records:
            steps = int(getattr(self.stored.recipes[record.column].config, "steps", 0))
            if record.status == "measured" and self.stored.plan.contestants[record.column].run is None and record.step < steps:
                record.status = "waiting"
        self._going = any(r.status in ("waiting", "ended") for r in self.stored.records)
        if not self._going:
            self.teller.tell("finished")

    def stop(self) -> None:
        if self._going:
            self._stopping, self._paused = True, False

    def leave(self) -> None:
        self._closing = True

    def ask(self, run_id: str, number: int, request: m.Request) -> None:
        """Hand a question to a run, which is opened for it if need be."""
        try:
            worker = self.crew.open_idle(run_id)
        except RunFileError as error:
            self.outbox.put(m.Refused(run_id, number, 0, 0.0, request.channel, str(error)))
            return
        if worker is not None:
            worker.explorer.ask(number, request)


def losses(worker: Worker) -> dict[str, tuple[float, float]]:
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


def machine(device: str) -> dict[str, Any]:
    """What the numbers were measured on."""
    return {
        "system": f"{platform.system()} {platform.machine()}", "cores": devices.usable_cores(),
        "device": devices.resolve(device).title, "torch": torch.__version__, "python": platform.python_version(),
    }  # fmt: skip
