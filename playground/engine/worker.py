"""The training thread: owns the learner of one run from the first step to the last save."""

from __future__ import annotations

import contextlib
import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.engine import devices
from playground.engine import messages as m
from playground.engine.answers import Answers
from playground.engine.config import ConfigError
from playground.engine.datasets import load_data
from playground.engine.datasets.errors import DataError
from playground.engine.devices import DeviceError
from playground.engine.explorer import COPIES, Exchange, Explorer
from playground.engine.families import FAMILIES
from playground.engine.learner import Learner
from playground.engine.parents import parents_of
from playground.engine.run_clock import RunClock
from playground.engine.runs import Checkpoint, Metrics, Run, RunFileError
from playground.engine.trainer import StepReport, take_step, train
from playground.engine.turns import Turn
from playground.engine.watch import Watch

log = logging.getLogger(__name__)

REPORT_EVERY_S = 0.05  # scalars leave the device this often
REFRESH_EVERY_S = 0.1  # the explorer's copy is at most this old
SAVE_EVERY_S = 8.0  # a kill loses at most 10 s, the write included
LEAVE_S = 30.0  # a run that does not leave the stage by then holds up the next one no longer

Command = Callable[["Worker"], None]


class GivenUp(Exception):
    """The run was left before it began."""


class Worker(threading.Thread):
    """Trains one run. Commands are functions put into ``commands``, carried out between two steps.

    With a ``turn`` it trains only when that says so; its clock stands still meanwhile.
    """

    def __init__(
        self, run: Run, outbox: queue.SimpleQueue[m.Event], training: bool, spare_core: bool, after: Sequence[Worker] = (),
        turn: Turn | None = None, shared: dict[Any, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(name=f"trainer {run.run_id}", daemon=True)
        self.run_files, self.outbox = run, outbox
        self.commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self.exchange = Exchange()
        self.explorer = Explorer(run.run_id, outbox, self.exchange)
        self.config: Any = run.recipe.config  # as changed live; read by the session to check values
        self.ended = False  # after a failure that commands cannot reach any more
        self.unwanted = False  # set by the session: stop preparing, nobody waits for this run any more
        self._training, self._spare_core, self._closing = training, spare_core, False
        self._turn = turn
        self._after = list(after)  # runs that leave the stage: they may still be saving, one of them perhaps this very run
        self._state = ""
        self._reports: list[StepReport] = []
        self._unsaved = Metrics()
        self._unsaved_parts: list[tuple[np.ndarray, np.ndarray]] = []
        self._monitored: list[Any] = []
        self._watch: Watch | None = None
        self._findings: tuple[m.Finding, ...] = ()
        self.shared: dict[Any, Any] = {} if shared is None else shared  # what the explorer's answers have in common
        self._checkpoint = Checkpoint()
        self._shown_step = 0  # step of the weights that the explorer was last given
        self._clock = RunClock()
        self._last_report = self._last_refresh = self._last_save = 0.0
        self._memory = (0.0, 0.0)

    # ------------------------------------------------------------------ the thread
    def run(self) -> None:
        try:
            self._prepare()
        except (ConfigError, DataError, DeviceError, RunFileError) as error:
            kind = {ConfigError: "config", DataError: "data", DeviceError: "device", RunFileError: "disk"}
            self._fail(next(k for t, k in kind.items() if isinstance(error, t)), str(error), kept=None)
        except GivenUp:
            self._set_state("stopped")
        except Exception as error:
            kind_, sentence = devices.failure_sentence(error, self.run_files.recipe.compute.device, 0)
            log.error("preparing a run failed", exc_info=error)
            self._fail(kind_, " ".join(sentence.replace("The run is kept up to step 0.", "").split()), kept=None)
        else:
            self._loop()
        finally:
            self.explorer.close()
            if self.explorer.is_alive():
                self.explorer.join(timeout=10)
            self.run_files.unlock()
            if self.unwanted:
                self.run_files.discard_if_empty()

    def _loop(self) -> None:
        while not self._closing:
            try:
                self._obey(wait=not self._training)
                if self._training and not self._closing:
                    try:
                        self._train_until_disturbed()
                    finally:
                        self._give_way()
            except RunFileError as error:
                self._training = False
                self._fail("disk", str(error), self._checkpoint.step)
            except Exception as error:
                kind, sentence = devices.failure_sentence(error, self.device.title, self._checkpoint.step)
                if kind == "bug":
                    log.error("training failed", exc_info=error)
                self._training, self.ended = False, True
                self._fail(kind, sentence, self._checkpoint.step)
                devices.release_memory(self.device.key)
                return
        try:
            measured = self._state != "failed" and not self.explorer.monitored.empty()
            if self.learner.steps_done != self._checkpoint.step or measured:
                self._save(self._state if self._state in ("finished", "stopped") else "paused")
        except (RunFileError, RuntimeError) as error:
            self._fail("disk", str(error), self._checkpoint.step)

    # ------------------------------------------------------------------ before the first step
    def _prepare(self) -> None:
        self._set_state("preparing")
        while self._after:
            self._after.pop().join(LEAVE_S)
        self.run_files.arrive()
        if not self.run_files.fixed:
            self.run_files.lock()
        recipe = self.run_files.recipe
        resumed = self.run_files.begun()
        checkpoint, tensors, history = self.run_files.checkpoint() if resumed else (Checkpoint(), {}, Metrics())
        for change in checkpoint.changes:
            self.config = self.config.replace(**{str(change["name"]): change["value"]})
        self.device = devices.resolve(recipe.compute.device)
        self._check_precision()
        data = load_data(recipe.data, self._data_progress)
        learner_class = FAMILIES[recipe.family].learner_class()
        parents = parents_of(recipe, fresh=not resumed)

        def make() -> Learner:
            return learner_class(self.config, data, recipe.seed, self.device.key, recipe.compute.precision, parents)

        self.threads = self._choose_threads(make, checkpoint.threads if resumed else recipe.compute.threads)
        self.learner = make()
        if resumed:
            self._restore(checkpoint, tensors)
        self._announce(history)
        self._share_copies()
        if not resumed:
            self._save("paused")
        self.explorer.start()
        self._iterator = train(self.learner)
        self._last_save = time.monotonic()
        self._set_state("training" if self._training else checkpoint.status if checkpoint.status == "finished" else "paused")
        if self._training:
            self._clock.start()

    def _data_progress(self, done: int, total: int) -> None:
        """Report how far the data are; a run that has been left meanwhile is given up."""
        if self.unwanted:
            raise GivenUp
        now = time.monotonic()
        if now - self._last_report >= REPORT_EVERY_S or done == total:
            self._last_report = now
            self._emit(m.Preparing, what="data", done=done, total=total)

    def _check_precision(self) -> None:
        precision = self.run_files.recipe.compute.precision
        if precision not in self.device.precisions:
            can = ", ".join(self.device.precisions)
            raise ConfigError("precision", f"{self.device.title} cannot train in {precision}; it offers {can}.")

    def _choose_threads(self, make: Callable[[], Learner], wanted: int) -> int:
        """The wanted number of threads (a resumed run keeps its own, for the same bits), or the fastest by a short probe."""
        if wanted or self.device.key != "cpu":
            torch.set_num_threads(wanted or 1)
            return wanted or 1
        choices = devices.thread_choices(self._spare_core)
        if len(choices) == 1:
            torch.set_num_threads(choices[0])
            return choices[0]
        probe = make()
        return devices.fastest_threads(probe.step, choices)

    def _restore(self, checkpoint: Checkpoint, tensors: dict[str, Tensor]) -> None:
        try:
            self.learner.load_state(tensors, checkpoint.step)
        except (KeyError, ValueError, RuntimeError) as error:
            raise RunFileError(f"The state of the run {self.run_files.name!r} does not fit its recipe: {error}.") from error
        self._checkpoint, self._monitored = checkpoint, list(checkpoint.monitored)
        self._clock.seconds = checkpoint.seconds

    def _announce(self, history: Metrics) -> None:
        recipe = {**self.run_files.recipe.to_dict(), "config": self.config.to_dict()}
        self._emit(
            m.Started, recipe=recipe, folder=str(self.run_files.folder), device=self.device.title,
            parameters=self.learner.parameters(), step=self.learner.steps_done, total_steps=self.config.steps, threads=self.threads,
            fixed=self.run_files.fixed,
        )  # fmt: skip
        self._watch = self.learner.watch()
        if len(history.steps):
            self._progress(history.steps, history.scalars)
        for step, scalars, vectors in self._monitored:
            arrays = {k: np.asarray(v, np.float32) for k, v in vectors.items()}
            self._emit(m.Monitored, step=int(step), scalars=scalars, vectors=arrays)
            if self._watch is not None:
                self._watch.on_monitored(int(step), scalars, arrays)
        self._tell_health()

    def _share_copies(self) -> None:
        """Copies of the weights for the explorer: one at once, the others for later steps."""
        for index in range(COPIES):
            copied: Answers = self.learner.answers(
                self.learner.snapshot(), self.config, self.learner.data, self.device.key, self.shared
            )
            copied.step = self.learner.steps_done
            (self.exchange.free if index else self.exchange.fresh).put(copied)

    # ------------------------------------------------------------------ commands
    def _obey(self, wait: bool) -> None:
        while not self._closing and (wait or not self.commands.empty()):
            try:
                command = self.commands.get(timeout=0.2)
            except queue.Empty:
                self._show_the_rest()
                continue
            command(self)
            wait = wait and not self._training

    def _show_the_rest(self) -> None:
        """At rest, with every copy pinned by long jobs a moment ago: the explorer gets the last weights as soon as one is free."""
        if self._shown_step != self.learner.steps_done:
            self._refresh()

    def pause(self) -> None:
        if self._training:
            self._training = False
            self._settle("paused")

    def resume(self) -> None:
        if self._training:
            return
        if self.learner.steps_done >= self.config.steps:
            self._set_state("finished")
            return
        self._training = True
        self._iterator = train(self.learner)
        self._clock.start()
        self._set_state("training")

    def stop(self) -> None:
        if self._state != "finished":
            self._training = False
            self._settle("stopped")
            self._emit(m.Finished, step=self.learner.steps_done, seconds=self._clock.seconds, reason="stopped")

    def step_once(self, part: str) -> None:
        """One step (or one part of it) while paused. A running training pauses first."""
        self.pause()
        if self.learner.steps_done >= self.config.steps:
            self._set_state("finished")
            return
        self._clock.start()
        self._reports.append(take_step(self.learner, part))
        self._clock.stop()
        if self._flush():
            self._refresh()
            if self._state != "paused":
                self._set_state("paused")

    def adopt(self, part: str) -> None:
        """Put what the explorer has trained aside into the model."""
        found = self.shared.pop(("trained", part), None)
        if found is None:
            return
        self.pause()
        self.learner.adopt(part, found)
        self._emit(m.Adopted, part=part, step=self.learner.steps_done)
        self._refresh()
        self._save("paused")

    def save(self) -> None:
        if self._flush():
            self._save("paused" if self._state == "failed" else self._state)

    def apply_live(self, name: str, value: Any) -> None:
        """A live parameter, already checked, from the next step on."""
        self.learner.apply_live(name, value)
        self.config = self.learner.config
        self._checkpoint.changes.append({"step": self.learner.steps_done, "name": name, "value": value})
        self._emit(m.LiveApplied, name=name, value=value, step=self.learner.steps_done)

    def close(self) -> None:
        if self._training:
            self._training = False
            self._settle("paused")
        self._closing = True

    def _settle(self, state: str) -> None:
        """What pausing, stopping and finishing share: clock off, everything reported, shown and saved."""
        self._clock.stop()
        if self._flush():
            self.explorer.measure_at(self.learner.steps_done)
            self._refresh()
            if self._save(state):
                self._set_state(state)

    # ------------------------------------------------------------------ the hot loop
    def _train_until_disturbed(self) -> None:
        while self._training and self.commands.empty():
            if self._turn is not None and not self._my_turn(self._turn):
                continue
            report = next(self._iterator, None)
            if report is None:
                self._finish()
                return
            self._reports.append(report)
            now = time.monotonic()
            if now - self._last_report >= REPORT_EVERY_S:
                if not self._flush():
                    return
                if now - self._last_refresh >= REFRESH_EVERY_S:
                    self._refresh()
                if now - self._last_save >= SAVE_EVERY_S and not self._save("training"):
                    return

    def _my_turn(self, turn: Turn) -> bool:
        """Whether it is this run's turn; when it has just ended, all that is new is told first."""
        mine = turn.ask(self._clock.seconds)
        if mine and not self._clock.running:
            self._clock.start(anew=False)
        elif not mine and self._clock.running:
            self._clock.stop()
            if self._flush():
                self._refresh()
        return mine

    def _give_way(self) -> None:
        """Others need not wait for this run now."""
        if self._turn is not None:
            self._turn.leave()

    def _finish(self) -> None:
        self._training = False
        self._settle("finished")
        if self._state == "finished":
            self._emit(m.Finished, step=self.learner.steps_done, seconds=self._clock.seconds, reason="finished")

    def _flush(self) -> bool:
        """Read all scalars since the last report in one go. False, after a sentence, if one of them is not finite."""
        self._last_report = time.monotonic()
        if not self._reports:
            return True
        table = torch.stack([r.scalars for r in self._reports]).cpu().numpy()  # (n, k), the one wait for the device
        steps = np.array([r.step for r in self._reports], np.int64)
        self._reports.clear()
        finite = np.isfinite(table).all(1)
        good = len(steps) if finite.all() else int(np.argmin(finite))
        names = self.learner.scalars
        self._unsaved_parts.append((steps[:good], table[:good]))
        self._collect_monitored()
        self._progress(steps[:good], {k: table[:good, i] for i, k in enumerate(names)})
        if good < len(steps):
            wrong = [n for n, v in zip(names, table[good], strict=True) if not np.isfinite(v)]
            self._not_finite(int(steps[good]), wrong[0], float(table[good][names.index(wrong[0])]))
            return False
        return True

    def _refresh(self) -> None:
        """Hand the explorer a copy of the weights as they are now."""
        self._last_refresh = time.monotonic()
        copied = self.exchange.to_fill()
        if copied is not None:
            self.learner.refresh(copied.model)
            copied.step = self.learner.steps_done
            copied.config = self.config
            self._shown_step = copied.step
            self.exchange.fresh.put(copied)

    def _not_finite(self, step: int, quantity: str, value: float) -> None:
        """Stop at that step and go back to the last finite checkpoint, from which the run can be resumed."""
        self._training = False
        self._clock.stop()
        checkpoint, tensors, _ = self.run_files.checkpoint()
        self._unsaved_parts.clear()
        while not self.explorer.monitored.empty():
            self.explorer.monitored.get()
        kept = checkpoint.step
        # What was changed live since then stays changed, from the step to which the run goes back.
        checkpoint.changes = [{**c, "step": min(c["step"], kept)} for c in self._checkpoint.changes]
        self._restore(checkpoint, tensors)
        self._refresh()
        word = "became infinite" if np.isinf(value) else "is not a number any more"
        values = [v for k, v in self.config.to_dict().items() if k.startswith("learning_rate")]
        rates = f" (now {' and '.join(f'{v:g}' for v in values)})" if values else ""
        sentence = (
            f"Training stopped at step {step:,}: {quantity} {word}. The run is kept up to step {kept:,}. "
            f"Lower the learning rate{rates}, then resume."
        )
        self._fail("nonfinite", sentence, kept, step)

    # ------------------------------------------------------------------ saving
    def _save(self, status: str) -> bool:
        """Make this step the newest checkpoint. False, after a sentence, if a weight is not finite: such a state is never kept.

        A run that is only read has nothing to keep.
        """
        if self.run_files.fixed:
            return True
        state = self.learner.state()
        weights = [v for k, v in state.items() if k.startswith("model/") and v.is_floating_point()]
        if not all(bool(torch.isfinite(w).all()) for w in weights):  # a finite loss can have an infinite gradient
            self._not_finite(self.learner.steps_done, "a weight of the network", math.nan)
            return False
        self._collect_monitored()
        checkpoint = Checkpoint(**vars(self._checkpoint))
        checkpoint.step, checkpoint.status, checkpoint.problem = self.learner.steps_done, status, ""
        checkpoint.images_seen, checkpoint.seconds = self._images_seen(), self._clock.seconds
        checkpoint.threads, checkpoint.device, checkpoint.monitored = self.threads, self.device.title, self._monitored
        self._checkpoint = self.run_files.save(checkpoint, state, self._rows_to_save())
        self._unsaved_parts.clear()
        self._last_save = time.monotonic()
        self._emit(m.Saved, step=checkpoint.step, folder=str(self.run_files.folder))
        return True

    def _rows_to_save(self) -> Metrics:
        if not self._unsaved_parts:
            return Metrics()
        table = np.concatenate([t for _, t in self._unsaved_parts])
        steps = np.concatenate([s for s, _ in self._unsaved_parts])
        return Metrics(steps, {k: np.ascontiguousarray(table[:, i]) for i, k in enumerate(self.learner.scalars)})

    def _collect_monitored(self) -> None:
        """Numbers measured by the explorer, kept with the run; vectors only of the newest, older ones thinned out."""
        while not self.explorer.monitored.empty():
            event = self.explorer.monitored.get()
            if event.vectors:  # they are kept of the newest alone
                self._monitored = [(s, v, {}) for s, v, _ in self._monitored]
            self._monitored.append((event.step, event.scalars, {k: v.tolist() for k, v in event.vectors.items()}))
            if self._watch is not None:
                self._watch.on_monitored(event.step, event.scalars, event.vectors)
        if len(self._monitored) > 2000:
            self._monitored = [*self._monitored[:-1][::2], self._monitored[-1]]

    # ------------------------------------------------------------------ messages
    def _images_seen(self) -> int:
        return self.learner.steps_done * int(self.config.batch_size)

    def _progress(self, steps: np.ndarray, scalars: dict[str, np.ndarray]) -> None:
        now = time.monotonic()
        if now - self._memory[0] > 1:
            self._memory = (now, devices.memory_mb(self.device.key))
        self._emit(
            m.Progress, step=self.learner.steps_done, total_steps=int(self.config.steps), images_seen=self._images_seen(),
            seconds=self._clock.seconds, steps_per_s=self._clock.steps_per_s(self.learner.steps_done), steps=steps, scalars=scalars,
            memory_mb=self._memory[1],
        )  # fmt: skip
        if self._watch is not None:
            self._watch.on_steps(steps, scalars)
            self._tell_health()

    def _tell_health(self) -> None:
        """Report what goes wrong, when that has changed."""
        found = self._watch.findings() if self._watch is not None else ()
        if found != self._findings:
            self._findings = found
            self._emit(m.Health, step=self.learner.steps_done, findings=found)

    def _fail(self, kind: str, sentence: str, kept: int | None, step: int | None = None) -> None:
        at = step if step is not None else getattr(getattr(self, "learner", None), "steps_done", 0)
        if kept is None:
            self.ended = True
        else:  # the list of runs tells it too
            self._checkpoint.status, self._checkpoint.problem = "failed", sentence
            with contextlib.suppress(RunFileError):
                self.run_files.note(self._checkpoint)
        self._emit(m.Failed, sentence=sentence, kind=kind, step=at, kept_step=kept)
        self._set_state("failed")

    def _set_state(self, state: str) -> None:
        self._state = state
        step = self.learner.steps_done if hasattr(self, "learner") else 0
        self._emit(m.StateChanged, state=state, step=step)

    def _emit(self, kind: type[Any], /, **content: Any) -> None:
        self.outbox.put(kind(run_id=self.run_files.run_id, **content))
