"""Sets the window for each step of a lesson, and watches whether its goal is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from playground.engine import Lesson, Step
from playground.engine import messages as m
from playground.ui.lessons.panel import LessonPanel
from playground.ui.lessons.progress import Progress
from playground.ui.numbers import value_text
from playground.ui.pages import COMPARE

if TYPE_CHECKING:
    from playground.ui.main_window import MainWindow

WAIT_MS = 200
DONE = "done"  # the only series of a comparison


class LessonPlayer(QObject):
    """One lesson in a window. ``lesson`` is None while there is none. ``stepped(lesson, index)`` when the window was set for
    a step; (None, -1) when the lesson has ended.
    """

    stepped = Signal(object, int)

    def __init__(self, window: MainWindow, panel: LessonPanel, progress: Progress) -> None:
        super().__init__(window)
        self._window, self.panel, self.progress = window, panel, progress
        self.lesson: Lesson | None = None
        self.index = 0
        self._restricted: set[Any] = set()  # pages whose form shows less than all
        self._heard: set[Any] = set()  # pages whose runs are listened to
        self._begun: dict[str, tuple[str, int]] = {}  # runs that began while a lesson was open: id -> lesson and step
        self._latest: dict[str, dict[str, float]] = {}  # of each run that was heard: its newest numbers
        self._patience = QTimer(self, singleShot=True, interval=WAIT_MS)  # until the engine is loaded
        self._patience.timeout.connect(self._put_run_on_stage)
        self.value = float("nan")  # of the goal's series, the last that was told since the step began
        panel.moved.connect(lambda by: self.go(self.index + by))
        panel.answered.connect(self._on_answer)
        panel.closed.connect(self.close)

    # ------------------------------------------------------------ going through it
    def open(self, lesson: Lesson) -> None:
        """Begin, or go on where it was left (a finished one begins anew)."""
        self.lesson = lesson
        start = 0 if self.progress.finished(lesson.key) else min(self.progress.step(lesson.key), len(lesson.steps) - 1)
        self.go(start)

    def go(self, index: int) -> None:
        """To a step; beyond the last one the lesson ends."""
        if self.lesson is None or index < 0:
            return
        if index >= len(self.lesson.steps):
            self.close()
            return
        self.index, self.value = index, float("nan")
        step = self.lesson.steps[index]
        count = len(self.lesson.steps)
        self.progress.open_step(self.lesson.key, self.lesson.title, index, index == count - 1, count)
        self._set_window(step)
        self.panel.show()
        accent = self._window.page.accent
        self.panel.show_step(self.lesson, index, accent, self.progress.answer(self.lesson.key, index))
        if step.goal and self.progress.reached(self.lesson.key, index):
            self.panel.show_goal(step.goal.words, True)
        else:
            self._look_back(step)
        self.stepped.emit(self.lesson, index)

    def close(self) -> None:
        """The window is its own again; what is on stage stays."""
        was, self.lesson = self.lesson, None
        self._free_forms()
        self.panel.hide()
        if was is not None:
            self.stepped.emit(None, -1)

    @property
    def step(self) -> Step | None:
        """The step that is open, with its notes for the presenter."""
        return self.lesson.steps[self.index] if self.lesson is not None else None

    # ------------------------------------------------------------ the window
    def _set_window(self, step: Step) -> None:
        """The page, its recipe, its view; the form with the parts that the step is about."""
        self._free_forms()
        if not step.page:
            self._window.host(self.panel)
            return
        if step.page == COMPARE:
            self._window.show_page(COMPARE)
            self._window.host(self.panel)
            self._listen(self._window.compare)
            return
        self._window.show_family(step.page)
        tab = self._window.tab
        tab.columns.host(self.panel)
        self._listen(tab)
        if step.recipe is not None:
            tab.show_recipe(step.recipe)
        if step.run:
            self._put_run_on_stage()
        if step.view:
            tab.stage.show_view(step.view)
        if step.show or step.lock:
            tab.panel.restrict(step.show, step.lock)
            self._restricted.add(tab)

    def _put_run_on_stage(self) -> None:
        """The finished model that the step names, as soon as there is an engine; its recipe goes into the form."""
        step = self.step
        if step is None or not step.run or step.page not in self._window.tabs:
            return
        tab = self._window.tabs[step.page]
        if tab.session is None:
            self._patience.start()
            return
        window = self._window
        window.background.run(
            window.services.models_on_board, lambda models: self._open_model(tab, step, models), lambda _: None, key="lesson run",
            owner=self,
        )  # fmt: skip

    def _open_model(self, tab: Any, step: Step, models: list[Any]) -> None:
        folder = next((model.folder for model in models if model.name == step.run), None)
        if folder is not None and step is self.step and tab.status.folder != str(folder):
            tab.open_run(folder)

    def _free_forms(self) -> None:
        for tab in self._restricted:
            tab.panel.restrict((), ())
        self._restricted.clear()

    # ------------------------------------------------------------ its goal
    def _listen(self, page: Any) -> None:
        if page not in self._heard:
            self._heard.add(page)
            page.bridge.event_arrived.connect(lambda event: self._on_event(page, event))

    def _on_event(self, page: Any, event: m.Event) -> None:
        """Numbers of what is on the page's stage: is the goal among them?"""
        step = self.step
        in_front: Any = self._window.page
        if step is None or page is not in_front or page.session is None:
            return
        if isinstance(event, m.ComparisonState):
            self._on_comparison(step, event)
        elif step.page == COMPARE or event.run_id != page.session.run_id:
            return
        elif isinstance(event, m.Started):
            self._on_started(page, step, event)
        elif isinstance(event, (m.Progress, m.Monitored)):
            news = _values(event)
            self._latest.setdefault(event.run_id, {}).update(news)
            if step.goal and step.goal.series in news and self._counts(page, step, event.run_id):
                self._judge(step, news[step.goal.series])

    def _look_back(self, step: Step) -> None:
        """The run on stage may have reached the goal, or its own end, before this step was opened."""
        session = getattr(self._window.page, "session", None)
        known = self._latest.get(getattr(session, "run_id", None) or "", {})
        if step.goal and step.recipe is None and step.goal.series in known:
            self._judge(step, known[step.goal.series])

    def _on_comparison(self, step: Step, event: m.ComparisonState) -> None:
        """Of a comparison: how much of it is done, in percent."""
        if step.page == COMPARE and step.goal and step.goal.series == DONE and event.total:
            self._judge(step, 100.0 * min(event.done / event.total, 1.0))

    def _on_started(self, tab: Any, step: Step, event: m.Started) -> None:
        """A run is on stage: begun here, or of the past (also the finished model that a page begins with). The latter has put its
        recipe into the form, where the step may want another.
        """
        if not event.step:
            assert self.lesson is not None
            self._begun[event.run_id] = (self.lesson.key, self.index)
        elif step.recipe is not None:
            tab.show_recipe(step.recipe)
        if step.view and tab.stage.switch.key() != step.view:  # other data have other views
            tab.stage.show_view(step.view)

    def _counts(self, tab: Any, step: Step, run_id: str) -> bool:
        """A step with a recipe is about a run that was begun for it, or with just this recipe: not about whatever was on stage."""
        if step.recipe is None:
            return True
        now, asked = tab.running, step.recipe
        same = now is not None and (now.data, now.config, now.seed) == (asked.data, asked.config, asked.seed)
        here = (self.lesson.key if self.lesson else "", self.index)
        return run_id in self._begun and (same or self._begun[run_id] == here)

    def _judge(self, step: Step, value: float) -> None:
        assert self.lesson is not None and step.goal is not None
        self.value = value
        if step.goal.reached(value):
            words = {"title": step.title, "words": step.goal.words}
            self.progress.note_goal(self.lesson.key, self.index, value, words)
        reached = self.progress.reached(self.lesson.key, self.index)
        self.panel.show_goal(step.goal.words, reached, value_text(value))

    def _on_answer(self, choice: int) -> None:
        step = self.step
        if self.lesson is not None and step is not None and step.question is not None:
            asked = step.question
            words = {
                "title": step.title, "question": asked.text, "choice": asked.choices[choice], "answer": asked.choices[asked.answer],
            }  # fmt: skip
            self.progress.note_answer(self.lesson.key, self.index, choice, choice == asked.answer, words)


def _values(event: m.Progress | m.Monitored) -> dict[str, float]:
    """The newest number of every series in this message."""
    found = {"step": float(event.step)}
    for series, value in event.scalars.items():
        if isinstance(value, np.ndarray):
            found |= {series: float(value[-1])} if len(value) else {}
        elif value is not None:
            found[series] = float(value)
    return found
