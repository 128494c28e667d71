"""What a view of the comparison is: a widget over the gathered facts that may ask any of the runs a question."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.compare.facts import Facts
from playground.ui.playing import Plays

SHARE = 9.0  # a refreshed picture waits this many times as long as its last answer took
LOST_S = 30.0  # an answer later than this is taken for lost
SendTo = Callable[[str, m.Request], int]


class Questions:
    """Questions to many runs: at most one in flight for each run and channel, and no dear one often."""

    def __init__(self) -> None:
        self.send: SendTo | None = None
        self._waiting: dict[tuple[str, str], tuple[int, float]] = {}
        self._next: dict[tuple[str, str], float] = {}

    def ask(self, run_id: str, channel: str, request: m.Request, *, now: bool = False) -> int:
        """Send it, unless the last one is on its way or was dear and recent; ``now``: the user changed the question."""
        key, at = (run_id, channel), time.monotonic()
        pending = self._waiting.get(key)
        if self.send is None or (not now and ((pending and at - pending[1] < LOST_S) or at < self._next.get(key, 0.0))):
            return 0
        request_id = self.send(run_id, replace(request, channel=channel))
        if request_id:
            self._waiting[key] = (request_id, at)
        else:  # no model there now: not at every turn again
            self._next[key] = at + 1.0
        return request_id

    def take(self, answer: m.Answer) -> bool:
        """Whether an answer is the one that is waited for, and complete."""
        key = (answer.run_id, answer.channel)
        pending = self._waiting.get(key)
        if pending is None or answer.request_id != pending[0]:
            return False
        if isinstance(answer, m.Working):
            self._waiting[key] = (pending[0], time.monotonic())
            return False
        del self._waiting[key]
        wait = 5.0 if isinstance(answer, m.Refused) else SHARE * answer.elapsed_ms / 1000
        self._next[key] = time.monotonic() + wait
        return True

    def forget(self) -> None:
        """Another comparison."""
        self._waiting.clear()
        self._next.clear()


class CompareView(QWidget, Plays):
    """Base of the views. ``hint`` is shown until there is a comparison: it says what this view will show."""

    name = ""
    title = ""
    hint = ""
    kinds: tuple[str, ...] = ("image", "points")

    def __init__(self, facts: Facts, questions: Questions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts, self.questions = facts, questions
        self.answers: dict[str, Callable[[Any], None]] = {}  # part of the channel -> method
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(theme.SPACE_S)
        self.note = QLabel("", self)
        self.note.setProperty("role", "dim")
        self.note.setWordWrap(True)
        self.note.hide()

    def ask(self, run_id: str, part: str, request: m.Request, *, now: bool = False) -> int:
        """Ask a run; the answer comes to ``self.answers[part]``."""
        return self.questions.ask(run_id, f"{self.name}/{part}", request, now=now)

    def on_answer(self, answer: m.Answer) -> None:
        """A fresh answer to one of this view's questions."""
        if isinstance(answer, m.Refused):
            self.refused(answer)
            return
        take = self.answers.get(answer.channel.partition("/")[2])
        if take is not None:
            take(answer)

    def refused(self, answer: m.Refused) -> None:
        """A question that cannot be answered."""

    def enter(self) -> None:
        """Another comparison, or its columns changed."""

    def on_event(self, event: m.Event) -> None:
        """The facts have changed. Must return within a millisecond."""

    def refresh(self) -> None:
        """Ask for what is shown, afresh: called when the view appears and about once a second while models train."""

    def say(self, sentence: str) -> None:
        """One line under the toolbar, hidden when empty."""
        self.note.setText(sentence)
        self.note.setVisible(bool(sentence))

    def title_of(self, key: str) -> str:
        column = self.facts.column(key)
        return column.title if column is not None else ""

    def on_theme(self) -> None:
        """Repaint everything that is painted by hand."""
        for child in self.findChildren(QWidget):
            redraw = getattr(child, "redraw", None)
            redraw() if callable(redraw) else child.update()


def some_run(facts: Facts) -> str:
    """A run that can be asked about the data: any that has begun."""
    begun = [t.run_id for t in facts.tracks.values() if t.begun]
    return begun[-1] if begun else ""


def real_items(facts: Facts) -> np.ndarray | None:
    """Real items that came with a measurement, None while there is none."""
    found = (t.measured.evidence.get("real") for t in facts.tracks.values() if t.measured is not None)
    return next((x for x in found if x is not None), None)
