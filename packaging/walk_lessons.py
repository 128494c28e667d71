"""Every lesson walked to its success tests, in the real window with the real engine.

    python packaging/walk_lessons.py [--lesson elbo] [--limit 180] [--shots FOLDER] [--report walk.json] [--wrong] [--from-file]

Opens each lesson as a person does, and at every step looks whether the window is as the step says, answers its question, does what
its text asks, presses Train and waits for the goal. ``--wrong`` predicts wrongly first. Exit code 0 if every goal was reached in
time, none was true before anything was done, and the window was right at every step.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))  # works from a checkout too

from PySide6.QtWidgets import QAbstractButton
from screenshots import Camera  # its neighbour

from playground.engine import Lesson, Step, lessons_on_board
from playground.engine.lessons import FORMAT, write_lesson
from playground.engine.resources import resource

LIMIT_S = 400.0  # for one goal, on a busy core
SETTLE_S = 5.0  # for the views to fill before a picture
Act = Callable[["Walker"], None]


def put(**values: Any) -> Act:
    """Set values in the form, as a hand does."""
    return lambda walker: walker.put(values)


def compare(data: str, seconds: int, seeds: int) -> Act:
    """A comparison of all three families with these data and this budget each."""

    def act(walker: Walker) -> None:
        page = walker.window.compare
        walker.until(lambda: page.session is not None)
        page.form.data.choose(data)
        page.form.seconds.setValue(seconds)
        page.form.seeds.setValue(seeds)
        walker.until(page.transport.button.isEnabled)
        page.transport.button.click()

    return act


def press(text: str) -> Act:
    """The button of the view on stage that says so."""

    def act(walker: Walker) -> None:
        view = walker.window.tab.stage.view()
        next(b for b in view.findChildren(QAbstractButton) if b.text() == text and b.isVisible()).click()

    return act


#: What the texts ask for beyond Train, by lesson and title of the step. Train is pressed where there is a goal.
ACTS: dict[tuple[str, str], Act] = {
    ("elbo", "Raise the price"): put(kl_weight=100.0),
    ("elbo", "And free of charge?"): put(kl_weight=0.0),
    ("latent-space", "Two ways from A to B"): press("Pixel space"),
    ("reverse", "With noise and without"): press("Compare"),
    ("reverse", "How few are enough?"): press("Quality by effort"),
    ("unified", "The textbook's table"): compare("ring8", 10, 1),
}


@dataclass
class Found:
    """What one step was like. ``seconds``, ``cpu_seconds`` (of the whole program: what it takes on a core that does nothing else)
    and ``steps``: from Train, or from the step's beginning, to the goal.
    """

    lesson: str
    step: int
    title: str
    goal: str = ""
    reached: bool | None = None
    value: float | None = None
    seconds: float | None = None
    cpu_seconds: float | None = None
    steps: int | None = None
    trivial: bool = False  # the goal was true before anything was trained
    wrong: list[str] = field(default_factory=list)  # what the window got wrong

    @property
    def good(self) -> bool:
        return self.reached is not False and not self.trivial and not self.wrong


class Walker:
    """One window; walks lessons one after the other."""

    def __init__(self, camera: Camera, limit: float, shots: bool, wrong: bool) -> None:
        self.camera, self.window = camera, camera.window
        self._limit, self._shots, self._wrong = limit, shots, wrong

    # ------------------------------------------------------------ opening
    def open_from_list(self, lesson: Lesson) -> None:
        """Help > Lessons, the row, Start."""
        from playground.ui.lessons.dialog import LessonsDialog

        self.window.do("lessons")
        self.until(lambda: bool(self.window.findChildren(LessonsDialog)))
        dialog = self.window.findChildren(LessonsDialog)[-1]
        keys = [k.key for k in lessons_on_board()]
        dialog.list.setCurrentRow(keys.index(lesson.key))
        dialog.start.click()
        self.until(lambda: self.window.lessons.step is not None)

    def open_from_file(self, lesson: Lesson, folder: Path) -> None:
        """The same lesson as a file, as it is opened by a double click."""
        source = next(p for p in resource("lessons").glob("*.toml") if f'key = "{lesson.key}"' in p.read_text(encoding="utf-8"))
        path = folder / f"{lesson.key}.playlesson"
        write_lesson(path, {"format": FORMAT, **tomllib.loads(source.read_text(encoding="utf-8"))})
        self.window.open_path(path)
        self.until(lambda: self.window.lessons.step is not None)

    # ------------------------------------------------------------ walking
    def walk(self, lesson: Lesson) -> list[Found]:
        """All steps of the lesson that is open, to its end."""
        found = []
        for index, step in enumerate(lesson.steps):
            result = Found(lesson.key, index + 1, step.title)
            found.append(result)
            self.camera.wait(0.3)
            result.wrong += self.window_is_wrong(lesson, index, step)
            self.answer(step, result)
            self._reach(lesson, step, result)
            if self._shots:
                self.camera.wait(SETTLE_S)
                self.camera.shoot(f"{lesson.key}-{index + 1}")
            print(line_of(result), flush=True)
            self.window.lessons.player.panel.next.click()
        self.until(lambda: self.window.lessons.step is None)
        for tab in self.window.tabs.values():  # the next lesson is walked by somebody else
            if tab.status.active:
                tab.stop()
                self.until(lambda tab=tab: not tab.status.active)
        return found

    def put(self, values: dict[str, Any]) -> None:
        """Values into the controls of the form, one by one."""
        for name, value in values.items():
            self.window.tab.panel.form.rows[name].control.setValue(value)

    def window_is_wrong(self, lesson: Lesson, index: int, step: Step) -> list[str]:
        """Whatever is not as the step says."""
        player, wrong = self.window.lessons.player, []
        if player.lesson is not None and (player.lesson.key, player.index) != (lesson.key, index):
            wrong.append(f"step {player.index + 1} of {player.lesson.key} is open")
        if not player.panel.isVisible() or player.panel.title.text() != step.title:
            wrong.append("the panel does not show the step")
        if step.page == "compare":
            return wrong + ([] if self.window.page is self.window.compare else ["the comparison is not in front"])
        return wrong + (self._page_is_wrong(step) if step.page else [])

    def _page_is_wrong(self, step: Step) -> list[str]:
        tab, wrong = self.window.tab, []
        if self.window.page is not tab or tab.family.name != step.page:
            return [f"{tab.family.name} is in front"]
        if step.view and tab.stage.switch.key() != step.view:
            wrong.append(f"the view is {tab.stage.switch.key()}")
        if step.run and not self.until(lambda: Path(tab.status.folder).name == step.run and tab.stage.context is not None):
            wrong.append(f"{tab.status.folder or 'nothing'} is on stage")
        if step.recipe is not None:
            now = tab.panel.recipe()
            if (now.data, now.config, now.seed) != (step.recipe.data, step.recipe.config, step.recipe.seed):
                wrong.append("the form has another recipe")
        if step.show:
            seen = {name for name, row in tab.panel.form.rows.items() if not row.isHidden()}
            if seen - set(step.show):
                wrong.append(f"the form shows {sorted(seen - set(step.show))} too")
        return wrong

    def answer(self, step: Step, result: Found) -> None:
        """Predict; where wrongly, look that the second answer does not count."""
        if step.question is None:
            return
        box, player = self.window.lessons.player.panel.question, self.window.lessons.player
        right = step.question.answer
        first = (right + 1) % len(step.question.choices) if self._wrong else right
        box.choices[first].click()
        box.choices[right].click()
        if player.progress.answer(player.lesson.key, player.index) != first:
            result.wrong.append("the first answer was not kept")
        if not box.why.isVisible():
            result.wrong.append("the answer is not explained")

    def _reach(self, lesson: Lesson, step: Step, result: Found) -> None:
        """Do what is asked, train, wait for the goal."""
        act = ACTS.get((lesson.key, step.title))
        if act is not None:
            act(self)
        if step.goal is None:
            return
        player, tab = self.window.lessons.player, self.window.tab
        result.goal = f"{step.goal.series} {step.goal.operation} {step.goal.value:g}"
        began, spent, before = time.monotonic(), time.process_time(), self._press_train(step)
        result.reached = self.until(lambda: player.progress.reached(lesson.key, player.index), self._limit)
        result.cpu_seconds = round(time.process_time() - spent, 1)
        result.seconds = round(time.monotonic() - began, 1)
        result.steps = tab.status.step - before if step.page != "compare" else None
        result.trivial = bool(result.reached) and (result.seconds < 0.5 if result.steps is None else result.steps < 2)
        result.value = player.value if player.value == player.value else None

    def _press_train(self, step: Step) -> int:
        """Train where there is a new recipe or no run, Resume where one was left; the run's step before."""
        tab = self.window.tab
        if step.page == "compare":
            return 0
        anew = step.recipe is not None or not tab.status.has_model
        if anew:
            self.until(tab.transport.train_button.isEnabled)
            tab.transport.train_button.click()
        elif tab.status.state != "training" and tab.transport.pause_button.isEnabled():
            tab.transport.pause_button.click()
        return 0 if anew else int(tab.status.step)

    def until(self, so: Callable[[], bool], seconds: float = 30.0) -> bool:
        return self.camera.wait(seconds, so)


def line_of(found: Found) -> str:
    """One row of the table."""
    mark = "ok" if found.good else "TRIVIAL" if found.trivial else "NOT REACHED" if found.reached is False else "WRONG"
    value = "" if found.value is None else f"{found.value:.3g}"
    seconds = "" if found.seconds is None else f"{found.seconds:.0f} s ({found.cpu_seconds:.0f} cpu)"
    steps = "" if found.steps is None else f"{found.steps:,} steps"
    return (
        f"{found.lesson:18}{found.step:2}  {found.title:26}{found.goal:24}{value:>8}{seconds:>18}{steps:>14}  {mark}"
        f"  {'; '.join(found.wrong)}"
    )


def options_of(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--lesson", action="append", default=[], metavar="KEY", help="only this one (may be given more than once)")
    parser.add_argument("--limit", type=float, default=LIMIT_S, help="seconds for one goal")
    parser.add_argument("--shots", type=Path, help="a folder for a picture of every step")
    parser.add_argument("--report", type=Path, help="a JSON file for what was found")
    parser.add_argument("--wrong", action="store_true", help="predict wrongly first")
    parser.add_argument("--from-file", action="store_true", help="open each from a .playlesson file instead of the list")
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--theme", default="dark")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Walk; print the table; write the report."""
    options = options_of(argv)
    lessons = [k for k in lessons_on_board() if not options.lesson or k.key in options.lesson]
    if unknown := set(options.lesson) - {k.key for k in lessons}:
        print(f"There is no lesson {sorted(unknown)[0]!r}.", file=sys.stderr)
        return 2
    width, height = (int(part) for part in options.size.split("x"))
    found: list[Found] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as store:
        os.environ["PLAYGROUND_RUNS"] = str(Path(store, "runs"))
        camera = Camera(options.shots or Path(store, "shots"), (width, height), Path(store))
        camera.window.wear(options.theme)
        walker = Walker(camera, options.limit, options.shots is not None, options.wrong)
        for lesson in lessons:
            walker.open_from_file(lesson, Path(store)) if options.from_file else walker.open_from_list(lesson)
            found += walker.walk(lesson)
            if options.report:
                options.report.write_text(json.dumps([asdict(f) for f in found], indent=1, ensure_ascii=False), encoding="utf-8")
        camera.close()
    bad, reached = [f for f in found if not f.good], [f for f in found if f.reached]
    print(f"{len(found)} steps of {len(lessons)} lessons, {len(reached)} goals reached, {len(bad)} steps not good.")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
