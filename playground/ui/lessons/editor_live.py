"""The step in hand as the lesson will show it: the panel of the player, without its buttons."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from playground.engine import FAMILIES, Goal, Lesson, Question, Step
from playground.ui import theme
from playground.ui.background import Background
from playground.ui.lessons.editor_draft import Draft, Values
from playground.ui.lessons.panel import LessonPanel
from playground.ui.style import set_look

WIDEST = 16_777_215  # Qt's own limit: no limit
SOON_MS = 150  # after the last key


class LivePage(QWidget):
    """Follows the draft, a moment after the last key."""

    def __init__(self, draft: Draft, background: Background) -> None:
        super().__init__()
        self._draft = draft
        self.panel = LessonPanel(background)
        self._answers: dict[int, int] = {}  # what the author has tried, by step
        self._shown: tuple[Values, int] | None = None
        self._timer = QTimer(self, singleShot=True, interval=SOON_MS)
        for part in (self.panel.lesson_title, self.panel.close_button, self.panel.back, self.panel.where, self.panel.next):
            part.hide()
        self._lay_out()
        self._timer.timeout.connect(self.refresh)
        self.panel.answered.connect(lambda choice: self._answers.__setitem__(draft.index, choice))
        draft.changed.connect(self._timer.start)
        self.retheme()

    def refresh(self) -> None:
        """Show the step as it is now, if that is not what is shown."""
        step, index = self._draft.step, self._draft.index
        if self._shown is not None and self._shown[0] is step and self._shown[1] == index:
            return
        if self._shown is None or self._shown[1] != index:
            self._answers.clear()
        self._shown = (step, index)
        family = FAMILIES.get(step.get("page", ""))
        lesson = Lesson("", self._draft.title, "", 1, (step_of_draft(step),))
        self.panel.show_step(lesson, 0, family.accent if family else "compare", self._answers.get(index))
        self.panel.title.setVisible(bool(step.get("title", "").strip()))

    def retheme(self) -> None:
        self.panel.retheme()
        self.panel.setMinimumWidth(0)
        self.panel.setMaximumWidth(WIDEST)

    def _lay_out(self) -> None:
        caption = QLabel("AS THE LESSON SHOWS IT")
        caption.setToolTip("The step in hand as the class will see it. Try the question: the answers are not kept.")
        set_look(caption, "heading")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addWidget(caption)
        column.addWidget(self.panel, 1)


def step_of_draft(step: Values) -> Step:
    """A step as complete as its draft: what is missing is empty."""
    question, goal = step.get("question"), step.get("goal")
    asked = _question(question) if question else None
    wanted = Goal(goal["series"], goal["operation"], goal["value"], goal["words"]) if goal else None
    return Step(step.get("title", ""), step.get("text", ""), question=asked, goal=wanted)


def _question(values: dict[str, Any]) -> Question:
    choices = tuple(words or "…" for words in values["choices"])
    return Question(values["text"] or "…", choices, min(values["answer"], len(choices) - 1), values["why"])
