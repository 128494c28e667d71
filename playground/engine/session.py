"""A session: the engine as the window and the command line see it. Never blocks, except :meth:`Session.close`."""

from __future__ import annotations

import itertools
import queue
import time
from pathlib import Path
from typing import Any

from playground.engine import messages as m
from playground.engine.config import ConfigError, params
from playground.engine.parents import bound
from playground.engine.recipe import Recipe
from playground.engine.runs import Run, load_run
from playground.engine.worker import Worker


class Session:
    """One run at a time: its training thread, its explorer thread, an inbox and an outbox.

    ``spare_core`` leaves a CPU core to the window when the number of threads is chosen. Messages of threads that have
    ended still wait in the outbox for :meth:`poll`; each names its run.
    """

    def __init__(self, *, spare_core: bool = True) -> None:
        self._spare_core = spare_core
        self._outbox: queue.SimpleQueue[m.Event] = queue.SimpleQueue()
        self._ids = itertools.count(1)
        self._worker: Worker | None = None
        self._leaving: list[Worker] = []
        self._changed: dict[str, Any] = {}  # live parameters of the run on stage, as asked for

    @property
    def run_id(self) -> str | None:
        return self._worker.run_files.run_id if self._worker else None

    @property
    def folder(self) -> Path | None:
        """The folder of the run on stage."""
        return self._worker.run_files.folder if self._worker else None

    # ------------------------------------------------------------------ runs
    def start(self, recipe: Recipe, *, name: str = "", folder: Path | None = None) -> str:
        """Train ``recipe`` in a new run; one that is training is saved and left. Returns the run's id.

        Raises RunFileError if the folder cannot be used, ConfigError if a run that the recipe names cannot. All later trouble
        arrives as Failed.
        """
        return self._put_on_stage(Run.create(bound(recipe), name, folder), training=True)

    def open(self, folder: Path | str, *, resume: bool = False) -> str:
        """Put a run of the past on stage, paused (or training again). Its history arrives as Progress and Monitored.

        A run that is only read (a model on board) is never trained: to resume it, unless it is finished, is to train a copy.

        Raises RunFileError with a sentence if it is damaged, foreign, or being trained elsewhere.
        """
        run = load_run(folder)
        run.checkpoint_manifest()
        if resume and run.fixed:
            info = run.info()
            resume = info.step < info.total_steps
            run = run.copy() if resume else run
        return self._put_on_stage(run, training=resume)

    def _put_on_stage(self, run: Run, training: bool, shared: dict[Any, Any] | None = None) -> str:
        self._leave()
        self._changed = {}
        self._worker = Worker(run, self._outbox, training, self._spare_core, self._leaving, shared=shared)
        self._worker.start()
        return run.run_id

    def _take_copy(self, training: bool) -> bool:
        """Put a copy on stage in the place of a run that is only read, changed live as that was. True if there was need to.

        The copy starts under an id of its own. Of a model on board it has the weights alone: its optimizer starts anew.
        """
        worker, changed = self._worker, self._changed
        if worker is None or not worker.run_files.fixed:
            return False
        self._put_on_stage(worker.run_files.copy(), training, worker.shared)
        for name, value in changed.items():
            self.apply_live(name, value)
        return True

    def _has_steps_left(self) -> bool:
        """Whether the run on stage, as it lies on the disk and was changed live, has steps to go."""
        if self._worker is None:
            return False
        info = self._worker.run_files.info()
        return int(self._changed.get("steps", info.total_steps)) > info.step

    def _leave(self) -> None:
        if self._worker is not None and self._worker.is_alive():
            self._worker.unwanted = True
            self._worker.commands.put(Worker.close)
            self._leaving.append(self._worker)
        elif self._worker is not None:
            self._worker.run_files.discard_if_empty()  # it failed before its first step, and nobody resumed it
        self._leaving = [w for w in self._leaving if w.is_alive()]

    # ------------------------------------------------------------------ commands
    def pause(self) -> None:
        self._command(Worker.pause)

    def resume(self) -> None:
        """Train on; a run that is only read, in a copy. After a failure that ended the thread, the run is opened again from its
        last checkpoint.
        """
        worker = self._worker
        if worker is not None and worker.run_files.fixed and self._has_steps_left():
            self._take_copy(training=True)
        elif worker is not None and (worker.ended or not worker.is_alive()):
            self.open(worker.run_files.folder, resume=True)
        else:
            self._command(Worker.resume)

    def step_once(self, part: str = "both") -> None:
        if self._worker is not None and self._worker.run_files.fixed and self._has_steps_left():
            self._take_copy(training=False)
        self._command(lambda w: w.step_once(part))

    def adopt(self, part: str) -> None:
        """Put a copy of ``part`` that a request has trained aside into the model, which pauses for it."""
        self._take_copy(training=False)
        self._command(lambda w: w.adopt(part))

    def stop(self) -> None:
        """End training and save. A run that is still being prepared is given up."""
        if self._worker is not None:
            self._worker.unwanted = True
        self._command(Worker.stop)

    def save(self) -> None:
        self._command(Worker.save)

    def apply_live(self, name: str, value: Any) -> None:
        """Change a live hyper-parameter from the next step on. Raises ConfigError at once for a bad name or value."""
        if self._worker is None:
            raise ConfigError(name, "There is no run to change.")
        config = self._worker.config
        spec = params(config).get(name)
        if spec is None or not spec.live:
            raise ConfigError(name, "cannot be changed while a model trains.")
        value = getattr(config.replace(**{name: value}), name)
        self._changed[name] = value
        self._command(lambda w: w.apply_live(name, value))

    def _command(self, command: Any) -> None:
        if self._worker is not None and self._worker.is_alive():
            self._worker.commands.put(command)

    # ------------------------------------------------------------------ questions and messages
    def request(self, request: m.Request) -> int:
        """Ask the model on stage; returns the id its answers will carry, 0 if there is no model. The latest of a kind wins."""
        if self._worker is None or not self._worker.is_alive():
            return 0
        request_id = next(self._ids)
        self._worker.explorer.ask(request_id, request)
        return request_id

    def cancel(self, channel: str) -> None:
        """Drop what waits or runs on a channel."""
        if self._worker is not None:
            self._worker.explorer.cancel(channel)

    def poll(self, limit: int = 0) -> list[m.Event]:
        """All messages that wait (at most ``limit``, if given)."""
        out: list[m.Event] = []
        while not limit or len(out) < limit:
            try:
                out.append(self._outbox.get_nowait())
            except queue.Empty:
                break
        return out

    def close(self, timeout: float = 5.0) -> bool:
        """Save, end the threads and wait for them. False if one is still at work after ``timeout`` seconds."""
        self._leave()
        deadline = time.monotonic() + timeout
        threads = [*self._leaving, *([self._worker] if self._worker else [])]
        for worker in threads:
            worker.join(max(0.0, deadline - time.monotonic()))
        return not any(w.is_alive() for w in threads)
