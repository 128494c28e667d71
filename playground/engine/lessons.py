"""Lessons: steps of text, each with the state of the window that belongs to it, a question to predict and a goal to reach.

A lesson file is a zip with one member, ``lesson.json``. It may come from anywhere: sizes are checked before anything is unpacked,
every value before it is used, and nothing in it can run. See ``resources/lessons`` for those on board.
"""

from __future__ import annotations

import json
import math
import tomllib
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground.engine.config import ConfigError, params
from playground.engine.families import FAMILIES
from playground.engine.files import whole_file
from playground.engine.on_board import models_on_board
from playground.engine.recipe import Recipe
from playground.engine.resources import resource

FORMAT = "generative-playground lesson 1"
SUFFIX = ".playlesson"
MEMBER = "lesson.json"
MAX_BYTES = 2 << 20  # of the text, unpacked
MOST = {"steps": 60, "choices": 8, "names": 60}
LONGEST = {"title": 120, "text": 12_000, "short": 600}

#: Parts of the form beside the hyper-parameters that a step may show or lock.
FORM_PARTS = ("data", "preset", "seed", "machine")
OPERATIONS: dict[str, Callable[[float, float], bool]] = {"<": lambda a, b: a < b, ">": lambda a, b: a > b}


class LessonError(ValueError):
    """A lesson that cannot be read, in a sentence for the user."""


@dataclass(frozen=True)
class Question:
    """What to predict before trying: ``choices``, the index of the right ``answer``, and ``why``, shown afterwards (Markdown)."""

    text: str
    choices: tuple[str, ...]
    answer: int
    why: str


@dataclass(frozen=True)
class Goal:
    """When a step is done. ``series``: a scalar of the run, such as "kl_data_model", or "step"; of a comparison "done", in percent.
    It has to be below or above ``value`` (``operation`` "<" or ">"). ``words`` say it to a person.
    """

    series: str
    operation: str
    value: float
    words: str

    def reached(self, value: float) -> bool:
        return math.isfinite(value) and OPERATIONS[self.operation](value, self.value)


@dataclass(frozen=True)
class Step:
    """One page of a lesson. ``text`` is Markdown with $...$ and $$...$$. ``page`` is a family or "compare", ``view`` a view of it;
    ``recipe`` goes into the form; ``run`` names a finished model on board that is put on stage. ``show``: the only parts of the
    form that are seen (empty: all); ``lock``: seen, but not to be changed. ``notes`` are for the one who presents it.
    """

    title: str
    text: str
    page: str = ""
    view: str = ""
    recipe: Recipe | None = None
    show: tuple[str, ...] = ()
    lock: tuple[str, ...] = ()
    question: Question | None = None
    goal: Goal | None = None
    notes: str = ""
    run: str = ""


@dataclass(frozen=True)
class Lesson:
    """``key`` is unique among lessons: progress and answers are kept under it."""

    key: str
    title: str
    summary: str
    minutes: int
    steps: tuple[Step, ...]


# ---------------------------------------------------------------- reading
def read_lesson(path: Path | str) -> Lesson:
    """The lesson in a file. Raises LessonError with a sentence for anything that is not one."""
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.namelist() != [MEMBER]:
                raise LessonError(f"{path.name} is not a lesson: it should hold {MEMBER} and nothing else.")
            if archive.getinfo(MEMBER).file_size > MAX_BYTES:
                raise LessonError(f"{path.name} is larger than any lesson: it is not opened.")
            with archive.open(MEMBER) as member:
                content = member.read(MAX_BYTES + 1)  # what the directory of a zip says of a size need not be true
    except FileNotFoundError as error:
        raise LessonError(f"There is no file {path}.") from error
    except (OSError, zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        if isinstance(error, LessonError):
            raise
        raise LessonError(f"{path.name} cannot be read as a lesson ({' '.join(str(error).split())[:80]}).") from error
    if len(content) > MAX_BYTES:
        raise LessonError(f"{path.name} is larger than any lesson: it is not opened.")
    try:
        values = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise LessonError(f"{path.name} is damaged: its text cannot be read.") from error
    try:
        return lesson_of(values)
    except LessonError as error:
        raise LessonError(f"{path.name}: {error}") from error


def lessons_on_board() -> list[Lesson]:
    """Those that come with the program, in order: each is a .toml file, in the same words as a lesson.json."""
    files = sorted(resource("lessons").glob("*.toml"))
    return [lesson_of({"format": FORMAT, **tomllib.loads(path.read_text(encoding="utf-8"))}) for path in files]


def lesson_of(values: Any) -> Lesson:
    """A lesson of plain values from anywhere. Raises LessonError."""
    if not isinstance(values, Mapping) or values.get("format") != FORMAT:
        raise LessonError("this is not a lesson of Generative Playground.")
    steps = [_numbered(i, v) for i, v in enumerate(_list(values, "steps", MOST["steps"], least=1), 1)]
    return Lesson(
        _text(values, "key", "title"), _text(values, "title", "title"), _text(values, "summary", "short", ""),
        _whole(values.get("minutes", 5), "minutes", 1, 240), tuple(steps),
    )  # fmt: skip


def _numbered(number: int, values: Any) -> Step:
    try:
        return _step(values)
    except LessonError as error:
        raise LessonError(f"step {number}: {error}") from error


def _step(values: Any) -> Step:
    _mapping(values, {"title", "text", "page", "view", "recipe", "show", "lock", "question", "goal", "notes", "run"})
    page = _text(values, "page", "title", "")
    if page and page != "compare" and page not in FAMILIES:
        raise LessonError(f"there is no page {page!r}.")
    recipe = _recipe(values["recipe"], page) if values.get("recipe") is not None else None
    view = _text(values, "view", "title", "")
    if view and page in FAMILIES and view not in {v for names in FAMILIES[page].views.values() for v in names}:
        raise LessonError(f"{FAMILIES[page].title} has no view {view!r}.")
    question = _question(values["question"]) if values.get("question") is not None else None
    goal = _goal(values["goal"]) if values.get("goal") is not None else None
    return Step(
        _text(values, "title", "title"), _text(values, "text", "text"), page, view, recipe, _parts(values, "show", page),
        _parts(values, "lock", page), question, goal, _text(values, "notes", "text", ""), _run(values, page),
    )  # fmt: skip


def _run(values: Mapping[str, Any], page: str) -> str:
    """The name of a model on board, of this page's family: never a path."""
    name = _text(values, "run", "title", "")
    if name and not any(model.name == name and model.family == page for model in models_on_board()):
        raise LessonError(f"there is no finished model {name!r} on board for this page.")
    return name


def _recipe(values: Any, page: str) -> Recipe:
    """A family's own default for the data (or the preset that is named), with changes."""
    _mapping(values, {"data", "preset", "config", "seed"})
    from playground.engine.datasets import describe
    from playground.engine.datasets.errors import DataError

    if page not in FAMILIES:
        raise LessonError("a recipe needs the page of a family.")
    family, data, changes = FAMILIES[page], _text(values, "data", "short"), values.get("config", {})
    try:
        spec = describe(data)
        if not isinstance(changes, Mapping):
            raise LessonError("the changes of a recipe are names and values.")
        if preset := _text(values, "preset", "title", ""):
            found = next((p for p in family.presets_for(spec.name, spec.kind) if p.title == preset), None)
            if found is None:
                raise LessonError(f"{family.title} has no preset {preset!r} for {data}.")
            config = family.config().replace(**found.changes)
        else:
            config = family.default_config(spec.name, spec.kind)
        return Recipe(page, data, config.replace(**dict(changes)), values.get("seed", 0))
    except (ConfigError, DataError, TypeError) as error:
        raise LessonError(f"its recipe cannot be used: {error}") from error


def _question(values: Any) -> Question:
    _mapping(values, {"text", "choices", "answer", "why"})
    choices = tuple(_short(c) for c in _list(values, "choices", MOST["choices"], least=2))
    answer = _whole(values.get("answer"), "answer", 0, len(choices) - 1)
    return Question(_text(values, "text", "short"), choices, answer, _text(values, "why", "text"))


def _goal(values: Any) -> Goal:
    _mapping(values, {"series", "operation", "value", "words"})
    operation, value = values.get("operation"), values.get("value")
    if operation not in OPERATIONS:
        raise LessonError('a goal is "<" or ">".')
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise LessonError("the value of a goal is a number.")
    return Goal(_text(values, "series", "title"), operation, float(value), _text(values, "words", "title"))


def _parts(values: Mapping[str, Any], name: str, page: str) -> tuple[str, ...]:
    """Names of fields and parts of the form of a family's page."""
    names = _list(values, name, MOST["names"]) if name in values else []
    known = {*FORM_PARTS, *(params(FAMILIES[page].config) if page in FAMILIES else ())}
    for part in names:
        if part not in known:
            raise LessonError(f"the form has no part {str(part)[:40]!r}.")
    return tuple(names)


# ---------------------------------------------------------------- values from anywhere
def _mapping(values: Any, known: set[str]) -> None:
    if not isinstance(values, Mapping):
        raise LessonError("a part of it is not a table of names and values.")
    if unknown := [str(k)[:40] for k in values if k not in known]:
        raise LessonError(f"{unknown[0]!r} is not known.")


def _text(values: Mapping[str, Any], name: str, kind: str, default: str | None = None) -> str:
    """A text of limited length; without a default it must be there."""
    value = values.get(name, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise LessonError(f"{name} is missing or no text.")
    if len(value) > LONGEST[kind]:
        raise LessonError(f"{name} is longer than {LONGEST[kind]:,} characters.")
    return value


def _short(value: Any) -> str:
    return _text({"a choice": value}, "a choice", "short")


def _list(values: Mapping[str, Any], name: str, most: int, least: int = 0) -> Sequence[Any]:
    found = values.get(name)
    if not isinstance(found, list) or not least <= len(found) <= most:
        raise LessonError(f"{name} is a list of {least} to {most}.")
    return found


def _whole(value: Any, name: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise LessonError(f"{name} is a whole number from {low} to {high}.")
    return value


# ---------------------------------------------------------------- writing
def write_lesson(path: Path, values: Mapping[str, Any]) -> Lesson:
    """Write a lesson of plain values, having checked it; an old file is replaced in one move. Raises LessonError, OSError."""
    lesson = lesson_of(values)
    text = json.dumps(values, indent=1, ensure_ascii=False)
    with whole_file(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MEMBER, text)
    return lesson
