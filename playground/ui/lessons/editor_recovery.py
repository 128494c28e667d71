"""Lessons that were not saved: each editor keeps its own in a file, written whole while one writes, and gone once it is saved. What
a killed program has left is offered the next time.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from playground.engine import whole_file
from playground.ui.lessons.editor_draft import BLANK

FORMAT = "generative-playground unsaved lesson 1"
FOLDER = "unsaved lessons"
MAX_BYTES = 16 << 20
TEXTS, LISTS = ("title", "text", "page", "view", "run", "notes"), ("show", "lock")
TABLES: Mapping[str, Mapping[str, Any]] = {
    "recipe": {"data": str, "preset": str, "config": dict, "seed": int},
    "question": {"text": str, "choices": list, "answer": int, "why": str},
    "goal": {"series": str, "operation": str, "value": (int, float), "words": str},
}
OPEN: Mapping[str, Any] = {"preset": "", "config": {}, "seed": 0}  # what a recipe may leave out


@dataclass(frozen=True)
class Left:
    """A lesson that a program has left unsaved in ``file``; ``path``: where it was saved before, if anywhere."""

    file: Path
    values: Mapping[str, Any]
    path: Path | None
    at: datetime

    def words(self) -> str:
        title, count = str(self.values["title"]).strip() or "Untitled lesson", len(self.values["steps"])
        return f"“{title}”, {count} step{'s' * (count != 1)}, of {self.at:%d %B, %H:%M}"


class Recovery:
    """The file of one editor in ``folder``. All of it meets the disk: call it from the background thread."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._file = folder, folder / f"{secrets.token_hex(6)}.json"

    def keep(self, values: Mapping[str, Any], path: Path | None) -> None:
        """Put this state in place of the last one."""
        kept = {
            "format": FORMAT, "process": _process(os.getpid()), "at": datetime.now().isoformat(timespec="seconds"),
            "path": str(path) if path else "", "lesson": dict(values),
        }  # fmt: skip
        text = json.dumps(kept, ensure_ascii=True)  # half a surrogate pair must not keep the rest from being kept
        with whole_file(self._file) as part:
            part.write_text(text, encoding="ascii")

    def forget(self) -> None:
        """It is saved, or not wanted."""
        self._file.unlink(missing_ok=True)

    def left(self) -> list[Left]:
        """What programs that are gone have left, the newest first. Files that hold no lesson are passed over."""
        found = [_read(file) for file in self._folder.glob("*.json") if file != self._file]
        return sorted((f for f in found if f is not None), key=lambda f: f.at, reverse=True)


def _process(number: int) -> list[float]:
    """A process, told apart from a later one of the same number; empty where there is none."""
    with contextlib.suppress(psutil.Error):
        return [number, psutil.Process(number).create_time()]
    return []


def _read(file: Path) -> Left | None:
    """A file of the folder, if it holds a lesson and nobody is writing it."""
    try:
        if file.stat().st_size > MAX_BYTES:
            return None
        kept = json.loads(file.read_text(encoding="ascii"))
        process, path = kept["process"], str(kept["path"])
        if kept["format"] != FORMAT or _process(int(process[0])) == process or not usable(kept["lesson"]):
            return None
        lesson = {name: kept["lesson"].get(name, value) for name, value in BLANK.items()}
        return Left(file, lesson, Path(path) if path else None, datetime.fromisoformat(kept["at"]))
    except (OSError, ValueError, RecursionError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
        return None


def usable(values: Any) -> bool:
    """Whether the editor can show these values: each is of the kind that belongs there, complete or not."""
    if not isinstance(values, dict) or not isinstance(values.get("steps"), list) or not values["steps"]:
        return False
    head = [values.get(name, "") for name in ("key", "title", "summary")]
    if not all(isinstance(text, str) for text in head) or type(values.get("minutes", 5)) is not int:
        return False
    return all(map(_usable_step, values["steps"]))


def _usable_step(step: Any) -> bool:
    if not isinstance(step, dict):
        return False
    texts = all(isinstance(step.get(name, ""), str) for name in TEXTS)
    lists = all(isinstance(part, str) for name in LISTS for part in step.get(name, []))
    return texts and lists and all(step.get(name) is None or _usable_table(step[name], kinds) for name, kinds in TABLES.items())


def _usable_table(values: Any, kinds: Mapping[str, Any]) -> bool:
    """A recipe, question or goal: all that belongs there, and of the kind that does."""
    if not isinstance(values, dict):
        return False
    full = {**OPEN, **values}
    fits = all(isinstance(full.get(name), kind) for name, kind in kinds.items())
    return fits and all(isinstance(words, str) for words in full.get("choices", []))
