"""The explorer thread: answers questions about a model while it trains, from copies of its weights.

Copies go round between two threads through two queues, without a lock around a tensor: the trainer fills a *free* copy between two
steps and hands it over as *fresh*; the explorer answers from the newest fresh one and gives back what it no longer needs.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from playground.engine import messages as m
from playground.engine.answers import Answers, Asked, answer
from playground.engine.devices import failure_kind

log = logging.getLogger(__name__)

COPIES = 3  # one shown, one pinned by a long job, one being filled
MONITOR_EVERY_S = 2.0
ANY_STEP = -2  # as the step at which to measure

Key = tuple[type[m.Request], str]


class Exchange:
    """Where trainer and explorer hand copies of the weights to each other."""

    def __init__(self) -> None:
        self.free: queue.SimpleQueue[Answers] = queue.SimpleQueue()
        self.fresh: queue.SimpleQueue[Answers] = queue.SimpleQueue()

    def to_fill(self) -> Answers | None:
        """For the trainer: a copy nobody looks at, if there is one; a fresh one not yet taken is taken back."""
        for source in (self.fresh, self.free):
            with contextlib.suppress(queue.Empty):
                return source.get_nowait()
        return None

    def newest(self) -> Answers | None:
        """For the explorer: the fresh copy, if there is one."""
        with contextlib.suppress(queue.Empty):
            return self.fresh.get_nowait()
        return None


@dataclass
class Job:
    """An answer in the making."""

    asked: Asked
    steps: Iterator[m.Event]
    answers: Answers


class Explorer(threading.Thread):
    """Answers the latest request of every (type, channel); interactive ones go ahead of the rest."""

    def __init__(self, run_id: str, outbox: queue.SimpleQueue[m.Event], exchange: Exchange) -> None:
        super().__init__(name=f"explorer {run_id}", daemon=True)
        self.run_id, self.outbox, self.exchange = run_id, outbox, exchange
        self.monitored: queue.SimpleQueue[m.Monitored] = queue.SimpleQueue()  # for the trainer to keep with the run
        self._inbox: queue.SimpleQueue[tuple[int, m.Request] | str | None] = queue.SimpleQueue()
        self._waiting: dict[Key, tuple[int, m.Request]] = {}
        self._jobs: dict[Key, Job] = {}
        self._current: Answers | None = None
        self.at_leisure = True  # held-out numbers are measured now and then, not only when that is asked for
        self._monitored_step = self._rest_step = -1
        self._next_monitor = 0.0
        self._closing = False

    # ------------------------------------------------------------------ called from any thread
    def ask(self, request_id: int, request: m.Request) -> None:
        self._inbox.put((request_id, request))

    def cancel(self, channel: str) -> None:
        self._inbox.put(channel)

    def measure_at(self, step: int) -> None:
        """Training has come to rest at ``step``: measure held-out numbers there without waiting for the next turn."""
        self._rest_step = step

    def monitor_soon(self) -> None:
        """Measure held-out numbers as soon as nothing else waits, once more if need be."""
        self._rest_step, self._next_monitor = ANY_STEP, 0.0

    def close(self) -> None:
        self._closing = True
        self._inbox.put(None)

    # ------------------------------------------------------------------ the thread
    def run(self) -> None:
        torch.set_num_threads(1)  # a second core belongs to the trainer or the window
        while not self._closing:
            self._receive()
            self._take_newest()
            if self._current is not None and not self._closing:
                with torch.no_grad():
                    self._work(self._current)
        for job in self._jobs.values():
            job.steps.close()  # type: ignore[attr-defined]

    def _receive(self) -> None:
        """Take in all that was asked; wait for it when there is nothing to do."""
        idle = not self._jobs and (not self._waiting or self._current is None)
        timeout = 0.05 if idle else 0.0
        while True:
            try:
                item = self._inbox.get(timeout=timeout) if timeout else self._inbox.get_nowait()
            except queue.Empty:
                return
            timeout = 0.0
            if isinstance(item, str):
                self._drop(item)
            elif item is not None:
                key = (type(item[1]), item[1].channel)
                self._waiting[key] = item
                self._end_job(key)

    def _drop(self, channel: str) -> None:
        for key in [k for k in self._waiting if k[1] == channel]:
            del self._waiting[key]
        for key in [k for k in self._jobs if k[1] == channel]:
            self._end_job(key)

    def _end_job(self, key: Key) -> None:
        job = self._jobs.pop(key, None)
        if job is not None:
            job.steps.close()  # type: ignore[attr-defined]
            self._give_back(job.answers)

    def _take_newest(self) -> None:
        newest = self.exchange.newest()
        if newest is not None:
            old, self._current = self._current, newest
            if old is not None:
                self._give_back(old)

    def _give_back(self, answers: Answers) -> None:
        """Return a copy to the trainer unless it is still shown or a job is still at it."""
        if answers is not self._current and all(job.answers is not answers for job in self._jobs.values()):
            self.exchange.free.put(answers)

    def _work(self, current: Answers) -> None:
        """One piece of work: an interactive request, else a new one, else a step of a long job, else the monitor."""
        interactive = [k for k, (_, r) in self._waiting.items() if r.interactive]
        if interactive or self._waiting:
            key = interactive[0] if interactive else next(iter(self._waiting))
            self._start(key, *self._waiting.pop(key), current)
        elif self._jobs:
            key = next(iter(self._jobs))
            job = self._jobs.pop(key)
            self._jobs[key] = job  # to the end of the line
            self._advance(key, job)
        elif self._due(current.step):
            self._monitor(current)

    def _due(self, step: int) -> bool:
        """Whether it is time for held-out numbers of the weights at ``step``."""
        if step == self._monitored_step:
            return self._rest_step == ANY_STEP  # whoever asked for them waits for an answer
        return self._rest_step in (step, ANY_STEP) or (self.at_leisure and time.monotonic() >= self._next_monitor)

    def _start(self, key: Key, request_id: int, request: m.Request, current: Answers) -> None:
        asked = Asked(self.run_id, request_id, request.channel, current.step, time.perf_counter())
        handler = current.handler(type(request))
        if handler is None:
            self.outbox.put(answer(m.Refused, asked, sentence="This kind of model cannot answer that."))
            return
        job = Job(asked, handler(asked, request), current)
        self._jobs[key] = job
        self._advance(key, job)

    def _advance(self, key: Key, job: Job) -> None:
        try:
            self.outbox.put(next(job.steps))
        except StopIteration:
            self._end_job(key)
        except Exception as error:  # a question must never end the thread that answers all others
            self._end_job(key)
            self.outbox.put(answer(m.Refused, job.asked, sentence=_sentence(error)))

    def _monitor(self, current: Answers) -> None:
        started = time.monotonic()
        if self._rest_step == ANY_STEP:
            self._rest_step = -1
        try:
            scalars, vectors = current.monitor()
        except Exception:
            log.exception("the monitor failed")
            self._next_monitor = started + 60
            return
        took, first = time.monotonic() - started, self._monitored_step < 0
        self._monitored_step = current.step
        # At most a twentieth of this thread's time: the window and the trainer need the cores. The first look also makes what the
        # later ones find made: it says nothing of what they will take.
        self._next_monitor = started + (took + MONITOR_EVERY_S if first else max(MONITOR_EVERY_S, 20 * took))
        event = m.Monitored(self.run_id, current.step, scalars, vectors)
        self.monitored.put(event)
        self.outbox.put(event)


def _sentence(error: Exception) -> str:
    if failure_kind(error) == "memory":
        return "There is not enough memory for this picture. Choose fewer or smaller ones."
    if failure_kind(error) == "bug":
        log.error("a request failed", exc_info=error)
    return f"This could not be computed ({type(error).__name__}: {error})."
