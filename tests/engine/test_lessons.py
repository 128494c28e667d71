"""Lessons as files: what is read is checked, what is not a lesson is refused in a sentence, those on board are good."""

from __future__ import annotations

import copy
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from playground.engine.lessons import (
    FORMAT,
    MAX_BYTES,
    MEMBER,
    Goal,
    LessonError,
    lesson_of,
    lessons_on_board,
    read_lesson,
    write_lesson,
)

GOOD: dict[str, Any] = {
    "format": FORMAT, "key": "try", "title": "A try", "summary": "Short.", "minutes": 3,
    "steps": [
        {
            "title": "One", "text": "Look at $z$.", "page": "vae", "view": "latent_map", "show": ["kl_weight", "seed"],
            "lock": ["steps"], "recipe": {"data": "mnist", "preset": "Latent map", "config": {"steps": 300}, "seed": 4},
            "question": {"text": "Which?", "choices": ["this", "that"], "answer": 1, "why": "Because."},
            "goal": {"series": "kl", "operation": "<", "value": 1, "words": "less than 1 nat"},
        },
        {"title": "Two", "text": "The end.", "page": "compare"},
    ],
}  # fmt: skip


def test_a_lesson_comes_back_from_its_file(tmp_path: Path) -> None:
    written = write_lesson(tmp_path / "a.playlesson", GOOD)
    read = read_lesson(tmp_path / "a.playlesson")
    assert read == written and read.steps[0].question is not None and read.steps[0].question.answer == 1
    recipe = read.steps[0].recipe
    assert recipe is not None and recipe.seed == 4
    assert recipe.config.to_dict()["steps"] == 300 and recipe.config.to_dict()["latent_dim"] == 2, "the preset, with changes"


def test_a_goal_is_reached_on_its_side_of_the_value() -> None:
    assert Goal("kl", "<", 1.0, "").reached(0.9) and not Goal("kl", "<", 1.0, "").reached(1.0)
    assert Goal("step", ">", 10.0, "").reached(11) and not Goal("kl", "<", 1.0, "").reached(float("nan"))


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    values = copy.deepcopy(GOOD)
    at: Any = values
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value
    return values


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("format",), "something else", "not a lesson"),
        (("steps",), [], "steps is a list"),
        (("steps",), "x", "steps is a list"),
        (("title",), "", "title is missing"),
        (("title",), "x" * 121, "longer than"),
        (("minutes",), True, "minutes is a whole number"),
        (("steps", 0), "x", "not a table"),
        (("steps", 0, "page"), "cave", "no page"),
        (("steps", 0, "view"), "cellar", "no view"),
        (("steps", 0, "show"), ["kl_wait"], "no part"),
        (("steps", 0, "command"), "rm -rf", "not known"),
        (("steps", 0, "run"), "../vae-mnist", "no finished model"),
        (("steps", 0, "run"), "gan-ring8", "no finished model"),
        (("steps", 0, "run"), 5, "run is missing or no text"),
        (("steps", 0, "recipe", "data"), "nowhere", "cannot be used"),
        (("steps", 0, "recipe", "preset"), "Best of all", "no preset"),
        (("steps", 0, "recipe", "config"), {"kl_weight": "much"}, "cannot be used"),
        (("steps", 0, "recipe", "config"), 5, "names and values"),
        (("steps", 0, "recipe", "seed"), -1, "cannot be used"),
        (("steps", 0, "question", "answer"), 2, "answer is a whole number"),
        (("steps", 0, "question", "choices"), ["one"], "choices is a list"),
        (("steps", 0, "goal", "operation"), "=", '"<" or ">"'),
        (("steps", 0, "goal", "value"), float("inf"), "is a number"),
    ],
)
def test_what_is_wrong_is_said(path: tuple[Any, ...], value: Any, words: str) -> None:
    with pytest.raises(LessonError, match=words):
        lesson_of(changed(path, value))


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({MEMBER: b"{"}, "damaged"),
        ({MEMBER: b"\xff\xfe"}, "damaged"),
        ({MEMBER: b"[" * 100_000}, "damaged"),
        ({MEMBER: b"[]"}, "not a lesson"),
        ({MEMBER: json.dumps(GOOD).encode(), "../evil.py": b"x"}, "nothing else"),
        ({"other.json": json.dumps(GOOD).encode()}, "nothing else"),
        ({MEMBER: b" " * (MAX_BYTES + 1)}, "larger than any lesson"),
    ],
)
def test_files_that_are_no_lessons(tmp_path: Path, members: dict[str, bytes], words: str) -> None:
    with pytest.raises(LessonError, match=words):
        read_lesson(zipped(tmp_path / "b.playlesson", members))


def test_other_files(tmp_path: Path) -> None:
    (tmp_path / "c.playlesson").write_bytes(b"PK\x03\x04 but no more")
    for path, words in ((tmp_path / "c.playlesson", "cannot be read"), (tmp_path / "none.playlesson", "no file")):
        with pytest.raises(LessonError, match=words):
            read_lesson(path)
    with pytest.raises(LessonError):
        read_lesson(tmp_path)


def test_a_lie_about_the_size_is_noticed(tmp_path: Path) -> None:
    path = zipped(tmp_path / "d.playlesson", {MEMBER: b" " * (MAX_BYTES + 1000)})
    content = path.read_bytes()
    directory = content.rindex(b"PK\x01\x02")
    lied = content[: directory + 24] + (100).to_bytes(4, "little") + content[directory + 28 :]
    path.write_bytes(lied)
    with pytest.raises(LessonError):
        read_lesson(path)


def test_a_step_may_name_a_model_on_board(tmp_path: Path) -> None:
    write_lesson(tmp_path / "f.playlesson", changed(("steps", 0, "run"), "vae-mnist"))
    assert read_lesson(tmp_path / "f.playlesson").steps[0].run == "vae-mnist"


def test_a_failed_write_leaves_the_old_lesson(tmp_path: Path) -> None:
    path = tmp_path / "e.playlesson"
    write_lesson(path, GOOD)
    with pytest.raises(LessonError):
        write_lesson(path, changed(("steps", 0, "page"), "cave"))
    assert read_lesson(path).key == "try" and len(list(tmp_path.iterdir())) == 1


def test_the_lessons_on_board() -> None:
    lessons = lessons_on_board()
    assert lessons and len({lesson.key for lesson in lessons}) == len(lessons)
    for lesson in lessons:
        assert 3 <= lesson.minutes <= 10 and len(lesson.steps) >= 3
        assert any(step.question for step in lesson.steps)
        assert any(step.goal for step in lesson.steps) or all(step.page == "compare" for step in lesson.steps)
        assert all(step.text.count("$") % 2 == 0 for step in lesson.steps)
