"""One thread for what would keep the window waiting (reading folders, previews, writing CSV), without Qt in it.

The thread only ever touches plain Python: jobs come in through one queue, results leave through another, and a timer
of the main thread hands them over. No Qt signal crosses threads.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, QTimer

Job = Callable[[], Any]


@dataclass(frozen=True)
class Ticket:
    """Who waits for a job."""

    key: str
    done: Callable[[Any], None]
    failed: Callable[[Exception], None] | None
    owner: QObject | None

    def deliver(self, result: Any, error: Exception | None) -> None:
        if self.owner is not None and not shiboken6.isValid(self.owner):
            return
        if error is None:
            self.done(result)
        elif self.failed is not None:
            self.failed(error)
        else:
            raise error


class Background(QObject):
    """Runs jobs one after another. A job with a ``key`` replaces a waiting one of the same key, and silences a
    running one.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._inbox: queue.SimpleQueue[tuple[int, Job] | None] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[tuple[int, Any, Exception | None]] = queue.SimpleQueue()
        self._waiting: dict[int, Ticket] = {}
        self._count = 0
        self._thread: threading.Thread | None = None
        self._closed = False
        self._timer = QTimer(self, interval=20)
        self._timer.timeout.connect(self._drain)

    def run(
        self,
        job: Job,
        done: Callable[[Any], None],
        failed: Callable[[Exception], None] | None = None,
        *,
        key: str = "",
        owner: QObject | None = None,
    ) -> None:
        """Do ``job`` in the thread, then call ``done(result)`` or ``failed(error)`` here, unless ``owner`` is gone by
        then. Once closed, nobody waits for anything any more.
        """
        if self._closed:
            return
        if key:
            self.forget(key)
        self._count += 1
        self._waiting[self._count] = Ticket(key, done, failed, owner)
        self._inbox.put((self._count, job))
        self._start()

    def forget(self, key: str) -> None:
        """Results of this key are no longer wanted."""
        for number in [n for n, ticket in self._waiting.items() if ticket.key == key]:
            del self._waiting[number]

    def close(self, timeout: float = 2.0) -> None:
        """Let the running job end and the thread with it."""
        self._closed = True
        self._waiting.clear()
        self._timer.stop()
        if self._thread is not None:
            self._inbox.put(None)
            self._thread.join(timeout)
            self._thread = None

    def _start(self) -> None:
        self._timer.start()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="window-background", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (item := self._inbox.get()) is not None:
            number, job = item
            if number not in self._waiting:  # forgotten meanwhile; reading a dict from here is safe in CPython
                continue
            try:
                self._outbox.put((number, job(), None))
            except Exception as error:  # it is handed to the one who asked
                self._outbox.put((number, None, error))

    def _drain(self) -> None:
        while not self._outbox.empty():
            number, result, error = self._outbox.get()
            if number in self._waiting:
                self._waiting.pop(number).deliver(result, error)
        if not self._waiting:
            self._timer.stop()
