"""A session for the length of a command: asking it a question, and stopping it with Ctrl-C."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground.cli.console import Meter
from playground.cli.errors import FAILED, USAGE, CommandError
from playground.engine import messages

if TYPE_CHECKING:
    from playground.engine import Session

POLL_S = 0.05
CLOSE_S = 60.0  # a command may wait longer for a slow disk than a window may


@contextlib.contextmanager
def session(folder: Path | None = None) -> Iterator[Session]:
    """A session that uses all cores, with the run in ``folder`` on stage, closed at the end."""
    from playground.engine import Session  # brings torch along: mistakes in what was typed are told before that

    made = Session(spare_core=False)
    try:
        if folder is not None:
            made.open(folder)
        yield made
    finally:
        made.close(CLOSE_S)
        _await_others()


def _await_others() -> None:
    """Let every thread end that still computes: Python aborts when it ends beside one that is inside torch."""
    deadline = time.monotonic() + CLOSE_S
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and thread.name.startswith(("explorer ", "trainer ")):
            thread.join(max(0.0, deadline - time.monotonic()))


def ask(asked: Session, request: messages.Request, what: str, unit: str = "") -> Any:
    """Send a request and wait for its (last) answer, showing progress. Raises CommandError with the engine's sentence."""
    *_, last = parts(asked, request, what, unit)
    return last


def parts(asked: Session, request: messages.Request, what: str, unit: str = "") -> Iterator[messages.Answer]:
    """All answers to a request that come in parts, as they come, showing progress; but for progress itself."""
    request_id = asked.request(request)
    with Meter(what, unit) as meter:
        while True:
            for event in asked.poll():
                if isinstance(event, messages.Failed):
                    raise failure(event)
                if not isinstance(event, messages.Answer) or event.request_id != request_id:
                    continue
                if isinstance(event, messages.Refused):
                    raise CommandError(event.sentence)
                done, total = getattr(event, "done", 1), getattr(event, "total", 1)  # an answer that comes in parts tells
                meter.update(done, total, what=getattr(event, "what", what))
                if not isinstance(event, messages.Working):
                    yield event
                    if done >= total:
                        return
            time.sleep(POLL_S)


def failure(event: messages.Failed) -> CommandError:
    """The engine's sentence. What was typed is to blame for bad recipes and data, and for a device not there."""
    typed = event.kind in ("config", "data") or (event.kind == "device" and event.kept_step is None)
    return CommandError(event.sentence, USAGE if typed else FAILED)


@dataclass
class Interrupts:
    """How often Ctrl-C was pressed."""

    count: int = 0

    def __call__(self, *_: object) -> None:
        self.count += 1
        if self.count > 1:
            raise KeyboardInterrupt


@contextlib.contextmanager
def interrupts() -> Iterator[Interrupts]:
    """Ctrl-C (and a polite kill) is counted, so that a run can be saved; a second one ends the command at once."""
    counter = Interrupts()
    if threading.current_thread() is not threading.main_thread():  # signals belong to the main thread
        yield counter
        return
    names = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(name, counter) for name in names]
    try:
        yield counter
    finally:
        for name, handler in zip(names, before, strict=True):
            signal.signal(name, handler)
