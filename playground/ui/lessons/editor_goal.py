"""The page of the editor for a step's goal: which number of the run has to come below or above what, and how that is said."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from playground.engine import FAMILIES, Goal, describe
from playground.ui import theme
from playground.ui.fields import ChoiceBox, NumberBox
from playground.ui.lessons.editor_draft import Draft
from playground.ui.lessons.editor_fields import TextField, quiet
from playground.ui.lessons.editor_series import DONE, STEPS, Heard, Reported
from playground.ui.numbers import value_text
from playground.ui.pages import COMPARE
from playground.ui.style import set_look
from playground.ui.widgets.controls import Segmented

if TYPE_CHECKING:
    from playground.ui.main_window import MainWindow

READ_MS = 500  # between two looks at what the run says
NO_GOAL = "This step is done when it has been read. A goal is a number of the run on stage that has to get below or above a value."
NO_PAGE = "A goal needs a page, whose run reaches it, and this step has none: take the window's state under “Window”."
NOT_SAID = "The run on stage has not said it yet."
NO_RUN = "No run is on stage: press Train to see the number here."
NO_COMPARISON = "No comparison is on stage: start one to see the number here."
OWN_RUN = "That is reached, but a step with a recipe counts only what is trained in the lesson, with this recipe."
ALREADY = "It is reached already: who comes to this step as the window is now has nothing to do."


class GoalPage(QWidget):
    """Acts on the goal of the step in hand, and shows beside it what the run on stage says now."""

    def __init__(self, draft: Draft, window: MainWindow) -> None:
        super().__init__()
        self._draft, self._window = draft, window
        self.heard = Heard(window)
        self._reported: dict[str, Reported] = {}
        self._off: dict[int, Any] = {}  # goals that were switched off, by their step
        self.on = QCheckBox("The step has a goal")
        self.series, self.value = ChoiceBox(), NumberBox(None, None)
        self.operation = Segmented([("<", "below", "It has to come below the value."), (">", "above", "It has to rise above it.")])
        self.now, self.unit = QLabel(), QLabel()
        self.words = TextField("Said", "title", "The goal in words, as the lesson shows it.", needed=True)
        self.propose = QPushButton("Say it anew")
        self._timer = QTimer(self, interval=READ_MS)
        self._lay_out()
        self._wire()

    def refresh(self) -> None:
        goal, page = self._draft.step.get("goal"), self._draft.step.get("page", "")
        self.on.setChecked(bool(goal))
        self.on.setEnabled(bool(goal or page))
        self._body.setVisible(bool(goal and page))
        self._empty.setVisible(not goal or not page)
        self._empty.setText(NO_GOAL if page else NO_PAGE)
        if goal and page:
            self._show_series(page, goal["series"])
            self.operation.choose(goal["operation"])
            if self.value.value() != goal["value"]:
                self.value.blockSignals(True)
                self.value.setValue(goal["value"])
                self.value.blockSignals(False)
            self.unit.setText(self._of(goal["series"]).unit)
            self.words.show_text(goal["words"])
            self.propose.setEnabled(goal["words"] != self._proposed(goal))
            self._show_now()

    # ------------------------------------------------------------ inside
    def _show_series(self, page: str, chosen: str) -> None:
        """All that can be a goal, with what the run says of each; not while the list is open under somebody's eyes."""
        if self.series.view().isVisible():
            return
        reported = [DONE] if page == COMPARE else self.heard.offered(FAMILIES[page], self._kind(page))
        self._reported = {r.key: r for r in reported}
        items = [(r.key, f"{r.title}   {self._value_text(page, r.key)}".rstrip(), _tip(r)) for r in reported]
        if [(self.series.itemData(i), self.series.itemText(i)) for i in range(self.series.count())] != [i[:2] for i in items]:
            self.series.clear()
            self.series.set_items(items)
        self.series.set_value(chosen)

    def _show_now(self) -> None:
        """The newest value beside what is wanted."""
        goal, page = self._draft.step.get("goal"), self._draft.step.get("page", "")
        if not goal or not page:
            return
        value = self.heard.value(page, goal["series"])
        reached = Goal(goal["series"], goal["operation"], goal["value"], "").reached(value)
        if math.isfinite(value):
            unit = self._of(goal["series"]).unit
            own = (self._draft.step.get("recipe") or page == COMPARE) and not self._draft.step.get("run")
            note = f". {OWN_RUN if own else ALREADY}" if reached else "."
            self.now.setText(f"Now {self._value_text(page, goal['series'])} {unit}".rstrip() + note)
        else:
            tab = self._window.tabs.get(page)
            self.now.setText(NOT_SAID if tab is not None and tab.status.has_model else NO_COMPARISON if page == COMPARE else NO_RUN)
        set_look(self.now, "pending" if reached or not math.isfinite(value) else "small")

    def _tick(self) -> None:
        goal, page = self._draft.step.get("goal"), self._draft.step.get("page", "")
        if goal and page:
            self._show_series(page, goal["series"])
            self._show_now()

    def _value_text(self, page: str, key: str) -> str:
        value = self.heard.value(page, key)
        return "" if not math.isfinite(value) else f"{value:,.0f}" if key == "step" else value_text(value)

    def _kind(self, page: str) -> str:
        """Of the data that the step's recipe names, or of the run on stage."""
        recipe, tab = self._draft.recipe(), self._window.tabs.get(page)
        running = tab.running.data if tab is not None and tab.running is not None else ""
        data = recipe["data"] if recipe else running or (tab.panel.data.text() if tab is not None else "mnist")
        try:
            return str(describe(data).kind)
        except ValueError:  # DataError: that is said elsewhere
            return "image"

    def _of(self, key: str) -> Reported:
        return self._reported.get(key) or {"step": STEPS, "done": DONE}.get(key) or Reported(key, key)

    def _proposed(self, goal: dict[str, Any]) -> str:
        return self._of(goal["series"]).words(goal["operation"], goal["value"])

    # ------------------------------------------------------------ what the author does
    def _pick(self, key: str) -> None:
        """Another number: a little further on than it is now, where that is known."""
        value = self.heard.value(self._draft.step.get("page", ""), key)
        if key == self._draft.step["goal"]["series"] or not math.isfinite(value):
            self._put(series=key)
        elif key == "step":
            self._put(series=key, operation=">", value=_next_thousand(value))
        else:
            self._put(series=key, operation="<", value=float(f"{value - 0.2 * abs(value):.2g}"))

    def _put(self, **changes: Any) -> None:
        """Change the goal; words that were proposed follow it, the author's own stay."""
        before = dict(self._draft.step["goal"])
        after = {**before, **changes}
        if before["words"] in ("", self._proposed(before)):
            after["words"] = self._proposed(after)
        self._draft.put_step({"goal": after}, f"change of the goal's {next(iter(changes))}")

    def _say(self, words: str) -> None:
        self._draft.put_step({"goal": {**self._draft.step["goal"], "words": words}}, "change of the goal's words", typed=True)

    def _switch(self, on: bool) -> None:
        if not on:
            self._off = {self._draft.index: self._draft.step.get("goal")}
            self._draft.put_step({"goal": None}, "deleted goal")
            return
        steps = self.heard.value(self._draft.step.get("page", ""), "step")
        page, soon = self._draft.step.get("page", ""), _next_thousand(steps)
        goal = {"series": "step", "operation": ">", "value": soon, "words": STEPS.words(">", soon)}
        if page == COMPARE:
            goal = {"series": DONE.key, "operation": ">", "value": 99.9, "words": "the comparison is trained and measured"}
        self._draft.put_step({"goal": self._off.pop(self._draft.index, goal)}, "new goal")

    def _wire(self) -> None:
        self.on.clicked.connect(self._switch)
        self.series.picked.connect(self._pick)
        self.operation.changed.connect(lambda operation: self._put(operation=operation))
        self.value.valueChanged.connect(lambda value: self._put(value=float(value)))
        self.words.edited.connect(self._say)
        self.propose.clicked.connect(lambda: self._say(self._proposed(self._draft.step["goal"])))
        self._timer.timeout.connect(self._tick)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._timer.stop()
        super().hideEvent(event)

    def _lay_out(self) -> None:
        self.on.setToolTip("The lesson says when the goal is reached, and keeps the value.")
        self.series.setToolTip("What the run reports, with its newest value where a run is on stage.")
        self.series.setAccessibleName("Number that has to reach a value")
        self.value.setToolTip("The value that has to be passed.")
        self.value.setAccessibleName("Value of the goal")
        self.propose.setToolTip("Put words that say number and value in place of yours.")
        self.now.setWordWrap(True)
        set_look(self.unit, "small")
        line = QHBoxLayout()
        line.setSpacing(theme.SPACE_S)
        line.addWidget(self.operation)
        line.addWidget(self.value, 1)
        line.addWidget(self.unit)
        self._body, self._empty = QWidget(), quiet(NO_GOAL)
        inner = QVBoxLayout(self._body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(theme.SPACE_S)
        inner.addWidget(self.series)
        inner.addLayout(line)
        inner.addWidget(self.now)
        inner.addWidget(self.words)
        inner.addWidget(self.propose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_M)
        column.addWidget(self.on)
        column.addWidget(self._empty)
        column.addWidget(self._body)
        column.addStretch(1)


def _next_thousand(steps: float) -> float:
    return 1000.0 * (1 + (steps // 1000 if math.isfinite(steps) else 0))


def _tip(reported: Reported) -> str:
    return f"{reported.title}{', in ' + reported.unit if reported.unit else ''}: “{reported.key}” in the run's files."
