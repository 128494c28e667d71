"""The lesson that is being written: plain values as in its file, the step in hand, and every change on one undo stack."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from playground.engine import LESSON_FORMAT, model_on_board

Values = Mapping[str, Any]  # of a lesson or of a step; never changed in place, so that an old state costs nothing to keep
State = tuple[Values, int]
TOGETHER_S = 1.5  # changes of one field, each within this time of the last, are one step for undo
EMPTY: Values = {"title": "", "text": ""}
BLANK: Values = {"format": LESSON_FORMAT, "key": "", "title": "", "summary": "", "minutes": 5, "steps": [EMPTY]}


class Change(QUndoCommand):
    """From one state to another. ``place`` names the field, where changes that follow quickly are to be one."""

    def __init__(self, draft: Draft, words: str, place: str, before: State, after: State) -> None:
        super().__init__(words)
        self._draft, self._place, self._before, self._after = draft, place, before, after
        self._at = time.monotonic()

    def id(self) -> int:
        return 1

    def mergeWith(self, other: QUndoCommand) -> bool:  # noqa: N802
        if not isinstance(other, Change) or not self._place or other._place != self._place or other._at - self._at > TOGETHER_S:
            return False
        self._after, self._at = other._after, other._at
        return True

    def undo(self) -> None:
        self._draft.show(self._before)

    def redo(self) -> None:
        self._draft.show(self._after)


class Draft(QObject):
    """``changed`` after anything, also another step in hand. ``path``: the file it belongs to, None before it has one."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.values = BLANK
        self.index = 0
        self.path: Path | None = None

    # ------------------------------------------------------------ reading
    @property
    def steps(self) -> list[Values]:
        return list(self.values["steps"])

    @property
    def step(self) -> Values:
        """The one in hand."""
        found: Values = self.values["steps"][self.index]
        return found

    @property
    def title(self) -> str:
        return str(self.values.get("title", "")).strip() or "Untitled lesson"

    @property
    def modified(self) -> bool:
        """Whether the file does not say the same."""
        return self.alive and not self.undo_stack.isClean()

    @property
    def alive(self) -> bool:
        """A stack that is being destroyed clears itself, and tells those that listen to it."""
        return bool(shiboken6.isValid(self.undo_stack))

    def recipe(self) -> Values | None:
        """The recipe in the form when the step in hand is open: its own, that of its finished model, or what a step before it on
        the same page has left there. None where nobody can know.
        """
        page = self.step.get("page")
        for step in reversed([s for s in self.steps[: self.index + 1] if s.get("page") == page]):
            if step.get("recipe"):
                return dict(step["recipe"])
            model = model_on_board(step["run"]) if step.get("run") else None
            if model is not None:
                return {"data": model.data, "preset": model.preset, "seed": model.seed}
        return None

    # ------------------------------------------------------------ a lesson comes and goes
    def start(self, values: Values, path: Path | None = None, *, saved: bool = True) -> None:
        """Another lesson; ``saved``: the file at ``path`` (or nobody) needs it written."""
        self.undo_stack.clear()
        self.path = path
        if not saved:
            self.undo_stack.resetClean()
        self.show((values, 0))

    def mark_saved(self, path: Path, values: Values) -> None:
        """``values`` are in the file at ``path`` now."""
        self.path = path
        if values is self.values:
            self.undo_stack.setClean()
        self.changed.emit()

    def choose(self, index: int) -> None:
        """Take another step in hand."""
        if index != self.index and 0 <= index < len(self.steps):
            self.show((self.values, index))

    def show(self, state: State) -> None:
        self.values, index = state
        self.index = min(index, len(self.steps) - 1)
        self.changed.emit()

    # ------------------------------------------------------------ changing it
    def put(self, name: str, value: Any) -> None:
        """A value of the lesson itself: "key", "title", "summary", "minutes"."""
        if self.values.get(name) != value:
            self._push(f"change of the {name}", name, {**self.values, name: value}, self.index)

    def put_step(self, changes: Values, words: str = "", *, typed: bool = False) -> None:
        """Values of the step in hand; what is None, empty or "" leaves it. ``typed``: quick changes are one."""
        if all(self.step.get(name) == value for name, value in changes.items()):
            return
        step = {n: v for n, v in {**self.step, **changes}.items() if n in EMPTY or v not in (None, "", [], ())}
        steps = [*self.steps[: self.index], step, *self.steps[self.index + 1 :]]
        words = words or f"change of the {next(iter(changes))}"
        self._replace(words, steps, self.index, f"{words} in {self.index}" if typed else "")

    def insert(self, step: Values, words: str = "new step") -> None:
        """After the one in hand, and in hand from now on."""
        at = self.index + 1
        self._replace(words, [*self.steps[:at], step, *self.steps[at:]], at)

    def duplicate(self) -> None:
        self.insert(self.step, "copy of the step")

    def remove(self) -> None:
        """The step in hand; the last one is emptied."""
        rest = [*self.steps[: self.index], *self.steps[self.index + 1 :]]
        self._replace("deleted step", rest or [EMPTY], min(self.index, max(len(rest) - 1, 0)))

    def move(self, old: int, new: int) -> None:
        """A step to another place among the others; it is in hand then."""
        steps = self.steps
        if old != new and 0 <= old < len(steps) and 0 <= new < len(steps):
            steps.insert(new, steps.pop(old))
            self._replace("moved step", steps, new)

    def _replace(self, words: str, steps: list[Values], index: int, place: str = "") -> None:
        self._push(words, place, {**self.values, "steps": steps}, index)

    def _push(self, words: str, place: str, values: Values, index: int) -> None:
        self.undo_stack.push(Change(self, words, place, (self.values, self.index), (values, index)))


def new_key(title: str) -> str:
    """A key that no other lesson has: progress and answers are kept under it."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60]
    return f"{words or 'lesson'}-{secrets.token_hex(3)}"
