"""How far a person got in each lesson, and what was answered: one local file, which can be handed in. Nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playground.engine import whole_file
from playground.ui.lessons.hand_in import write_hand_in

FORMAT = "generative-playground progress 1"
MAX_BYTES = 4 << 20


class Progress:
    """The file at ``path``; one that is missing or damaged is an empty one, and is only replaced when something is noted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lessons, self._name = _read(path)

    def step(self, lesson: str) -> int:
        """The step that was last open, from 0."""
        value = self._of(lesson).get("step", 0)
        return value if isinstance(value, int) and value >= 0 else 0

    def answer(self, lesson: str, step: int) -> int | None:
        """The choice that was given, if any."""
        value = self._part(lesson, "answers").get(str(step))
        return value if isinstance(value, int) else None

    def reached(self, lesson: str, step: int) -> bool:
        return str(step) in self._part(lesson, "goals")

    def finished(self, lesson: str) -> bool:
        return bool(self._of(lesson).get("finished"))

    # ------------------------------------------------------------ noting
    def open_step(self, lesson: str, title: str, step: int, last: bool, count: int = 0) -> None:
        entry = self._lessons.setdefault(lesson, {})
        entry.setdefault("begun", _now())
        entry |= {"title": title, "step": step, "steps": count or step + 1}
        if last:
            entry.setdefault("finished", _now())
        self._write()

    def note_answer(self, lesson: str, step: int, choice: int, right: bool, words: Mapping[str, str] | None = None) -> None:
        """Only the first answer counts: the others know the explanation. ``words``: title of the step, question, choice and the
        right answer, so that what is handed in can be read without the lesson.
        """
        answers = self._lessons.setdefault(lesson, {}).setdefault("answers", {})
        if str(step) not in answers:
            answers[str(step)] = choice
            self._lessons[lesson].setdefault("right", {})[str(step)] = right
            self._lessons[lesson].setdefault("said", {})[str(step)] = {**(words or {}), "at": _now()}
            self._write()

    def note_goal(self, lesson: str, step: int, value: float, words: Mapping[str, str] | None = None) -> None:
        goals = self._lessons.setdefault(lesson, {}).setdefault("goals", {})
        if str(step) not in goals:
            goals[str(step)] = {**(words or {}), "value": value, "at": _now()}
            self._write()

    def forget(self, lesson: str) -> None:
        """Begin a lesson anew."""
        if self._lessons.pop(lesson, None) is not None:
            self._write()

    @property
    def name(self) -> str:
        """Of who learns here, as it was given when something was handed in; "" for nobody in particular."""
        return self._name

    def hand_in(self, target: Path, name: str = "") -> None:
        """Write a copy for whoever asked for it, as a page or as JSON, and remember the name. Raises OSError."""
        write_hand_in(target, self._lessons, name.strip(), _now())
        if name.strip() != self._name:
            self._name = name.strip()
            self._write()

    # ------------------------------------------------------------ inside
    def _of(self, lesson: str) -> dict[str, Any]:
        found = self._lessons.get(lesson, {})
        return found if isinstance(found, dict) else {}

    def _part(self, lesson: str, name: str) -> Mapping[str, Any]:
        found = self._of(lesson).get(name, {})
        return found if isinstance(found, dict) else {}

    def _text(self) -> str:
        return json.dumps({"format": FORMAT, "name": self._name, "lessons": self._lessons}, indent=1, ensure_ascii=False)

    def _write(self) -> None:
        with whole_file(self.path) as part:
            part.write_text(self._text(), encoding="utf-8")


def _read(path: Path) -> tuple[dict[str, dict[str, Any]], str]:
    """Lessons and name."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return {}, ""
        values = json.loads(path.read_text(encoding="utf-8"))
        lessons, name = (values["lessons"], values.get("name", "")) if values.get("format") == FORMAT else ({}, "")
        return {k: v for k, v in lessons.items() if isinstance(v, dict)}, name if isinstance(name, str) else ""
    except (OSError, ValueError, RecursionError, AttributeError, KeyError, TypeError):
        return {}, ""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
