"""A lesson that was written reads back as the same lesson, whatever is in it; one that could not be read is not written."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.engine import FAMILIES, FORM_PARTS, LESSON_LIMITS, ConfigError, Recipe, models_on_board, params
from playground.engine.lesson_files import lesson_values, recipe_values, save_lesson, step_values
from playground.engine.lessons import Goal, Lesson, LessonError, Question, Step, lesson_of, lessons_on_board, read_lesson

DATA = {"image": ("mnist", "shapes?size=64"), "points": ("moons", "ring8?std=0.02", "8gaussians")}
DRAWN = {f.name for f in dataclasses.fields(Step)}


def texts(kind: str, least: int = 1) -> st.SearchStrategy[str]:
    """Any letters there are; a needed text holds more than blanks."""
    drawn = st.text(st.characters(exclude_categories=("Cs",)), max_size=min(LESSON_LIMITS[kind], 200))
    return drawn.filter(lambda t: bool(t.strip()) or not least)


@st.composite
def recipes(draw: st.DrawFn, page: str) -> Recipe:
    """A preset, or the bare defaults, with a few values changed to others that the family takes."""
    family, kind = FAMILIES[page], draw(st.sampled_from(sorted(DATA)))
    config = draw(st.sampled_from([family.config(), *(family.config().replace(**p.changes) for p in family.presets)]))
    for name in draw(st.lists(st.sampled_from(sorted(params(family.config))), max_size=4)):
        spec, now = params(family.config)[name], getattr(config, name)
        try:
            config = config.replace(**{name: draw(others(spec, now))})
        except ConfigError:
            continue  # clashes with another value: the recipe is none, and no form makes it
    return Recipe(page, draw(st.sampled_from(DATA[kind])), config, draw(st.integers(0, 2**31 - 1)))


def others(spec: Any, now: Any) -> st.SearchStrategy[Any]:
    if spec.choices:
        return st.sampled_from(spec.choices)
    if isinstance(now, bool):
        return st.booleans()
    if isinstance(now, int):
        return st.integers(int(spec.lo or 0), int(min(spec.hi or 1000, 10**9)))
    if isinstance(now, float):
        return st.floats(spec.lo, spec.hi, allow_nan=False, allow_infinity=False)
    return st.just(now)


@st.composite
def steps(draw: st.DrawFn) -> Step:
    page = draw(st.sampled_from(["", "compare", *FAMILIES]))
    views = sorted({v for names in FAMILIES[page].views.values() for v in names}) if page in FAMILIES else []
    parts = st.lists(st.sampled_from([*FORM_PARTS, *(params(FAMILIES[page].config) if page in FAMILIES else ())]), max_size=6)
    choices = tuple(draw(st.lists(texts("short"), min_size=2, max_size=LESSON_LIMITS["choices"])))
    question = Question(draw(texts("short")), choices, draw(st.integers(0, len(choices) - 1)), draw(texts("text")))
    value = draw(st.floats(allow_nan=False, allow_infinity=False))
    goal = Goal(draw(texts("title")), draw(st.sampled_from("<>")), value, draw(texts("title")))
    return Step(
        draw(texts("title")), draw(texts("text")), page, draw(st.sampled_from(["", *views])),
        draw(st.none() | recipes(page)) if page in FAMILIES else None, tuple(draw(parts)), tuple(draw(parts)),
        draw(st.sampled_from([None, question])), draw(st.sampled_from([None, goal])), draw(texts("text", least=0)),
        draw(st.sampled_from(["", *(model.name for model in models_on_board() if model.family == page)])),
    )  # fmt: skip


lessons = st.builds(
    Lesson, texts("title"), texts("title"), texts("short", least=0), st.integers(1, 240),
    st.lists(steps(), min_size=1, max_size=4).map(tuple),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(lessons)
def test_what_is_written_reads_the_same(lesson: Lesson) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.playlesson"
        assert save_lesson(path, lesson_values(lesson)) == lesson == read_lesson(path)
        assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_every_field_of_a_step_is_tried() -> None:
    """A field that is added later has to be written too."""
    tried = {"title", "text", "page", "view", "recipe", "show", "lock", "question", "goal", "notes", "run"}
    assert tried == DRAWN
    full = next(s for k in lessons_on_board() for s in k.steps if s.question and s.goal and s.recipe)
    assert set(step_values(dataclasses.replace(full, show=("seed",), lock=("seed",), notes="n", run="r"))) >= tried


def test_those_on_board_come_back_and_stay_short() -> None:
    for lesson in lessons_on_board():
        values = lesson_values(lesson)
        assert lesson_of(values) == lesson
        assert all(v not in (None, "", []) for step in values["steps"] for v in step.values())


def test_a_recipe_names_its_preset_and_what_differs() -> None:
    family = FAMILIES["vae"]
    preset = family.presets_for("mnist", "image")[0]
    config = family.config().replace(**preset.changes)
    assert recipe_values(Recipe("vae", "mnist", config, 4)) == {"data": "mnist", "preset": preset.title, "seed": 4}
    changed = recipe_values(Recipe("vae", "mnist", config.replace(kl_weight=3.0), 4))
    assert changed["config"] == {"kl_weight": 3.0} and changed["preset"] == preset.title


def test_a_lesson_that_no_reader_takes_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "a.playlesson"
    good = {"format": "generative-playground lesson 1", "key": "k", "title": "T", "steps": [{"title": "a", "text": "b"}]}
    save_lesson(path, good)
    huge = [{"title": "a", "text": "😀" * 12_000, "notes": "😀" * 12_000}] * 60
    for bad, words in (
        ({**good, "steps": huge}, "make it two lessons"),
        ({**good, "title": "\ud83d"}, "surrogate"),
        ({**good, "steps": [{"title": "", "text": "b"}]}, "step 1: title is missing"),
    ):
        with pytest.raises(LessonError, match=words):
            save_lesson(path, bad)
    assert read_lesson(path).title == "T" and [p.name for p in tmp_path.iterdir()] == [path.name]
