"""The text of a lesson's step in large type, for those who listen: what to look at, what to predict, what is to be reached."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from playground.ui import theme
from playground.ui.background import Background
from playground.ui.lessons.math_text import MathText
from playground.ui.style import set_look

SHARE = 0.32  # of the screen's width
LETTERS = "ABCDEFGH"


class LessonSheet(QFrame):
    """Shows one step; nothing on it can be pressed, since the room answers."""

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_look(self, "card")
        self.where, self.title, self.goal = QLabel(), QLabel(), QLabel()
        self.text = MathText(background)
        set_look(self.where, "heading")
        set_look(self.title, "big")
        set_look(self.goal, "goal")
        set_look(self.text, "reading")
        self.text.setAccessibleName("Text of the lesson")
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_L, theme.SPACE_L, theme.SPACE_L, theme.SPACE_L)
        column.setSpacing(theme.SPACE_M)
        for label in (self.where, self.title, self.goal):
            label.setWordWrap(True)
        for widget in (self.where, self.title):
            column.addWidget(widget)
        column.addWidget(self.text, 1)
        column.addWidget(self.goal)

    def show_step(self, lesson: Any, index: int, accent: str) -> None:
        """A step of a lesson."""
        step = lesson.steps[index]
        self.where.setText(f"{lesson.title} · {index + 1} of {len(lesson.steps)}")
        self.title.setText(step.title)
        self.text.set_text("\n\n".join(part for part in (step.text, question_text(step.question)) if part), accent)
        self.text.verticalScrollBar().setValue(0)
        self.show_goal(step.goal.words if step.goal else "", False)

    def show_goal(self, words: str, reached: bool) -> None:
        """What is to be reached; it stays when it is."""
        text = f"{'✓ Reached: ' if reached else '○ The goal: '}{words}" if words else ""
        if self.goal.text() != text:
            self.goal.setText(text)
            set_look(self.goal, "reached" if reached else "goal")
        self.goal.setVisible(bool(words))

    def fit(self, width: int) -> None:
        """A share of a screen this wide."""
        self.setFixedWidth(round(SHARE * width))


def question_text(question: Any) -> str:
    """A prediction to make together, as Markdown: the choices with letters, so that hands can be counted."""
    if question is None:
        return ""
    choices = "\n".join(f"- **{LETTERS[i % len(LETTERS)]}** {words}" for i, words in enumerate(question.choices))
    return f"**Predict.** {question.text}\n\n{choices}"
