"""From a lesson back to the plain values of its file, for those who write one: what ``lesson_of`` reads, this gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from playground.engine.datasets import describe
from playground.engine.families import FAMILIES
from playground.engine.lessons import (
    FORMAT,
    LONGEST,
    MAX_BYTES,
    MOST,
    Lesson,
    LessonError,
    Step,
    lesson_of,
    read_lesson,
    write_lesson,
)
from playground.engine.recipe import Recipe

#: What a reader accepts: characters of a "title", a "text" and a "short" text; numbers of "steps", "choices" and "names".
LESSON_LIMITS: Mapping[str, int] = {**LONGEST, **MOST}
LESSON_FORMAT = FORMAT


def lesson_values(lesson: Lesson) -> dict[str, Any]:
    """The values of a lesson.json that reads as this lesson."""
    head = {name: getattr(lesson, name) for name in ("key", "title", "summary", "minutes")}
    return {"format": FORMAT, **head, "steps": [step_values(step) for step in lesson.steps]}


def step_values(step: Step) -> dict[str, Any]:
    """The values of one step; what it leaves open is left out."""
    out: dict[str, Any] = {f.name: getattr(step, f.name) for f in fields(step)}
    out |= {name: list(out[name]) for name in ("show", "lock")}
    if step.recipe is not None:
        out["recipe"] = recipe_values(step.recipe)
    if step.question is not None:
        out["question"] = {**asdict(step.question), "choices": list(step.question.choices)}
    if step.goal is not None:
        out["goal"] = asdict(step.goal)
    return {name: value for name, value in out.items() if name in ("title", "text") or value not in (None, "", [])}


def step_of(values: Mapping[str, Any]) -> Step:
    """One step of plain values. Raises LessonError, without the number that a step has in a lesson."""
    try:
        return lesson_of({"format": FORMAT, "key": "k", "title": "t", "steps": [values]}).steps[0]
    except LessonError as error:
        raise LessonError(str(error).removeprefix("step 1: ")) from error


def recipe_values(recipe: Recipe) -> dict[str, Any]:
    """Data, the preset that is nearest to it, what differs from that, and the seed. Raises DataError where the data is gone.

    Machine choices are left out: they are those of whoever takes the lesson.
    """
    family, spec, wanted = FAMILIES[recipe.family], describe(recipe.data), recipe.config.to_dict()
    starts = [(p.title, family.config().replace(**p.changes).to_dict()) for p in family.presets_for(spec.name, spec.kind)]
    starts = starts or [("", family.config().to_dict())]
    title, changes = min(((t, _differing(start, wanted)) for t, start in starts), key=lambda pair: len(pair[1]))
    out: dict[str, Any] = {"data": recipe.data, "preset": title, "config": changes, "seed": recipe.seed}
    return {name: value for name, value in out.items() if value not in ("", {})}


def _differing(start: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if start[name] != value}


def save_lesson(path: Path, values: Mapping[str, Any]) -> Lesson:
    """Write a lesson that is sure to be read again. Raises LessonError before anything is written, or OSError."""
    try:
        size = len(json.dumps(values, indent=1, ensure_ascii=False).encode("utf-8"))
    except UnicodeEncodeError as error:
        raise LessonError("it holds a character that is none (half of a surrogate pair): take it out.") from error
    if size > MAX_BYTES:
        raise LessonError(f"it takes {size / 2**20:.1f} MiB, and a lesson has at most {MAX_BYTES >> 20}: make it two lessons.")
    write_lesson(path, values)
    return read_lesson(path)
