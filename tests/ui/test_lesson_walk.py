"""The lessons on board, walked: every step sets the window as it says, every goal is a number that a run tells; a short one to its
goals with the real engine.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from probe_views import probe
from PySide6.QtWidgets import QApplication

from playground.engine import FAMILIES, Lesson, lessons_on_board

ROOT = Path(__file__).parents[2]
LESSONS = lessons_on_board()
VIEWS = {name: probe(name) for family in FAMILIES.values() for names in family.views.values() for name in names}
#: Told by the checks of a run beside what the curves show.
NO_CURVE = {"vae": {"test_kl"}, "gan": {"modes"}, "diffusion": set[str]()}


@pytest.fixture
def walker_class(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    import walk_lessons

    return walk_lessons


@pytest.fixture
def window(started: Callable[..., Any], tmp_path: Path) -> Any:
    return started(VIEWS, runs_folder=lambda: tmp_path / "runs", models_on_board=lambda: [])


class Camera:
    """Stands in for the one that takes pictures."""

    def __init__(self, window: Any, qapp: QApplication) -> None:
        self.window, self._qapp = window, qapp

    def wait(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        end = time.monotonic() + min(seconds, 5.0)
        while not until() and time.monotonic() < end:
            self._qapp.processEvents()
        return until()


def without_runs(lesson: Lesson) -> Lesson:
    """There is no real engine here to put them on stage."""
    return replace(lesson, steps=tuple(replace(step, run="") for step in lesson.steps))


def test_every_step_sets_the_window(window: Any, qapp: QApplication, walker_class: Any) -> None:
    walker = walker_class.Walker(Camera(window, qapp), limit=5.0, shots=False, wrong=True)
    wrong = []
    for lesson in map(without_runs, LESSONS):
        if any(step.page == "compare" for step in lesson.steps):
            continue
        window.lessons.open(lesson)
        for index, step in enumerate(lesson.steps):
            found = walker_class.Found(lesson.key, index + 1, step.title)
            found.wrong = walker.window_is_wrong(lesson, index, step)
            walker.answer(step, found)
            wrong += [(lesson.key, index + 1, words) for words in found.wrong]
            window.lessons.turn(1)
    assert not wrong
    assert window.lessons.step is None


def test_the_walk_notices_a_window_that_is_wrong(window: Any, qapp: QApplication, walker_class: Any) -> None:
    walker = walker_class.Walker(Camera(window, qapp), limit=5.0, shots=False, wrong=False)
    lesson = without_runs(next(k for k in LESSONS if k.key == "elbo"))
    window.lessons.open(lesson)
    tab, step = window.tab, lesson.steps[0]
    assert not walker.window_is_wrong(lesson, 0, step)
    tab.stage.show_view("samples")
    tab.panel.seed.setValue(3)
    tab.panel.restrict((), ())
    told = " ".join(walker.window_is_wrong(lesson, 0, step))
    assert "view is samples" in told and "another recipe" in told and "too" in told
    window.show_family("gan")
    assert "gan is in front" in " ".join(walker.window_is_wrong(lesson, 0, step))


def test_a_goal_is_a_number_that_a_run_tells() -> None:
    for lesson in LESSONS:
        for step in lesson.steps:
            if step.goal is None:
                continue
            if step.page == "compare":
                assert step.goal.series == "done"
                continue
            shown = {s.key for panel in FAMILIES[step.page].panels for s in panel.series if s.role != "theory"}
            assert step.goal.series in shown | {"step"} | NO_CURVE[step.page], (lesson.key, step.title)


def test_every_step_has_notes_and_every_lesson_something_to_reach() -> None:
    for lesson in LESSONS:
        assert all(len(step.notes) > 40 for step in lesson.steps), lesson.key
        assert any(step.goal for step in lesson.steps) and any(step.question for step in lesson.steps)
        assert 4 <= sum(1 for _ in lesson.steps) <= 7 and 4 <= lesson.minutes <= 8


def walk(tmp_path: Path, *more: str) -> list[dict[str, Any]]:
    """The script, as it is called."""
    report = tmp_path / "walk.json"
    line = [sys.executable, str(ROOT / "packaging" / "walk_lessons.py"), "--report", str(report), "--limit", "60", *more]
    done = subprocess.run(line, capture_output=True, encoding="utf-8", timeout=170)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    found: list[dict[str, Any]] = json.loads(report.read_text("utf-8"))
    return found


@pytest.mark.slow
def test_a_lesson_is_walked_to_its_goals_with_the_real_engine(tmp_path: Path) -> None:
    """From a file, predicting wrongly first: two trainings and two finished models."""
    found = walk(tmp_path, "--lesson", "forward", "--from-file", "--wrong")
    goals = [step for step in found if step["goal"]]
    assert len(found) == 5 and len(goals) == 1
    assert goals[0]["reached"] and goals[0]["value"] < 0.45 and goals[0]["steps"] > 2


@pytest.mark.slow
def test_goals_without_a_curve_are_told_by_real_runs() -> None:
    code = """
import json, os, tempfile, time
os.environ["PLAYGROUND_RUNS"] = tempfile.mkdtemp()
from playground.engine import FAMILIES, Compute, Recipe, Session
from playground.engine import messages as m
told = {}
for family, data, short in (("vae", "moons", {"warm_up": 0}), ("gan", "ring8", {})):
    kind = FAMILIES[family].default_config(data, "points")
    session = Session()
    session.start(Recipe(family, data, kind.replace(steps=20, hidden=16, **short), 0, Compute(device="cpu", threads=1)))
    end = time.monotonic() + 40
    while family not in told and time.monotonic() < end:
        told |= {family: sorted(e.scalars) for e in session.poll() if isinstance(e, m.Monitored)}
        time.sleep(0.02)
    session.close(5)
print(json.dumps(told))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=100)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert set(told) == {"vae", "gan"}
    for family, names in told.items():
        assert NO_CURVE[family] <= set(names), (family, names)
