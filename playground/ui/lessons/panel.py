"""The page of a lesson: text, question, goal, back and next."""

from __future__ import annotations

import html

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from playground.engine import Lesson, Question
from playground.ui import icons, theme
from playground.ui.background import Background
from playground.ui.lessons.math_text import MathText
from playground.ui.scroll import ColumnScroll
from playground.ui.style import set_look
from playground.ui.symbols import dyed_words

WIDTH_PX = 320
INDICATOR_PX = 26  # room of the round mark before the words of a choice


class LessonPanel(QFrame):
    """Shows one step; ``moved(by)`` wants another one, ``answered(choice)`` tells a prediction, ``closed`` ends the lesson."""

    moved = Signal(int)
    answered = Signal(int)
    closed = Signal()

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_look(self, "panel")
        self.lesson_title, self.title, self.where = QLabel(), QLabel(), QLabel()
        self.text = MathText(background, whole=True)
        self.question = QuestionBox(background)
        self.page = ColumnScroll(self._reading())
        self.goal = QLabel()
        self.back, self.next = QPushButton("Back"), QPushButton("Next")
        self.close_button = QToolButton()
        self._lay_out()
        self.back.clicked.connect(lambda: self.moved.emit(-1))
        self.next.clicked.connect(lambda: self.moved.emit(1))
        self.close_button.clicked.connect(self.closed)
        self.question.answered.connect(self._on_answer)
        self.retheme()

    def show_step(self, lesson: Lesson, index: int, accent: str, answer: int | None) -> None:
        """A step of a lesson, with the answer given before, if any."""
        step, count = lesson.steps[index], len(lesson.steps)
        self.lesson_title.setText(lesson.title)
        self.title.setText(step.title)
        self.where.setText(f"{index + 1} of {count}")
        self.text.set_text(step.text, accent)
        self.question.ask(step.question, answer, accent)
        self.page.verticalScrollBar().setValue(0)
        self.back.setEnabled(index > 0)
        self.next.setText("Next" if index + 1 < count else "Finish")
        self.show_goal(step.goal.words if step.goal else "", False)

    def show_goal(self, words: str, reached: bool, now: str = "") -> None:
        """What is to be reached, and whether it is; ``now``: how far it is."""
        mark = "✓ Reached: " if reached else "○ Your goal: "
        text = f"{mark}{words}" + (f" (now {now})" if now and not reached else "")
        if text == self.goal.text():  # numbers come many times a second, and a new look costs
            return
        self.goal.setText(text)
        self.goal.setVisible(bool(words))
        if self.goal.property("look") != (look := "reached" if reached else "goal"):
            set_look(self.goal, look)

    def retheme(self) -> None:
        look = theme.current()
        self.setMinimumWidth(look.px(WIDTH_PX))
        self.setMaximumWidth(look.px(WIDTH_PX) * 2)
        self.close_button.setIcon(icons.icon("close", look.text))
        self.text.retheme()
        self.question.retheme()

    def _on_answer(self, choice: int) -> None:
        """What is right comes into sight with its reason."""
        self.answered.emit(choice)
        QTimer.singleShot(0, self, lambda: self.page.ensureWidgetVisible(self.question, 0, theme.SPACE_M))

    def _reading(self) -> QWidget:
        """Text and question: they scroll together, so that neither squeezes the other."""
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_M)
        column.addWidget(self.text)
        column.addWidget(self.question)
        column.addStretch(1)
        return inner

    def _lay_out(self) -> None:
        for label, look in ((self.lesson_title, "heading"), (self.title, "big"), (self.where, "dim")):
            set_look(label, look)
            label.setWordWrap(label is not self.where)
        self.goal.setWordWrap(True)
        self.close_button.setToolTip("End the lesson; the window stays as it is")
        self.close_button.setAccessibleName("End the lesson")
        set_look(self.close_button, "plain")
        set_look(self.text, "reading")
        set_look(self.next, "primary")
        self.back.setToolTip("The step before (Alt+Left)")
        self.next.setToolTip("The next step (Alt+Right)")
        self.back.setShortcut("Alt+Left")
        self.next.setShortcut("Alt+Right")
        self.text.setAccessibleName("Text of the lesson")
        top = QHBoxLayout()
        top.addWidget(self.lesson_title, 1)
        top.addWidget(self.close_button)
        buttons = QHBoxLayout()
        buttons.addWidget(self.back)
        buttons.addWidget(self.where, 1, Qt.AlignmentFlag.AlignCenter)
        buttons.addWidget(self.next)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_L, theme.SPACE_M, theme.SPACE_L, theme.SPACE_M)
        column.setSpacing(theme.SPACE_M)
        column.addLayout(top)
        column.addWidget(self.title)
        column.addWidget(self.page, 1)
        column.addWidget(self.goal)
        column.addLayout(buttons)


class QuestionBox(QFrame):
    """A prediction: choose, then see what is right and why. The first choice counts."""

    answered = Signal(int)

    def __init__(self, background: Background) -> None:
        super().__init__()
        set_look(self, "card")
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.why = MathText(background, whole=True)
        set_look(self.why, "reading")
        self.group = QButtonGroup(self)
        self.choices: list[Choice] = []
        self._question: Question | None = None
        self._accent = "vae"
        self.column = QVBoxLayout(self)
        self.column.setSpacing(theme.SPACE_S)
        self.column.addWidget(self.text)
        self.column.addWidget(self.why)
        self.group.idClicked.connect(self._on_choice)

    def ask(self, question: Question | None, answer: int | None, accent: str) -> None:
        """Show a question; one that was answered shows its explanation too."""
        self._question, self._accent = question, accent
        self.setVisible(question is not None)
        for old in self.choices:
            self.group.removeButton(old)
            self.column.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.choices = []
        if question is None:
            return
        for index, words in enumerate(question.choices):
            button = Choice(words)
            self.choices.append(button)
            self.group.addButton(button, index)
            self.column.insertWidget(1 + index, button)
        self.why.hide()
        self._dye()
        if answer is not None and answer < len(self.choices):
            self.choices[answer].setChecked(True)
            self._explain(answer)

    def retheme(self) -> None:
        self.why.retheme()
        self._dye()

    def _dye(self) -> None:
        """Symbols in the words of the question get their colours."""
        look, question = theme.current(), self._question
        if question is not None:
            self.text.setText(f"<b>Predict.</b> {_rich(question.text, look, self._accent)}")
            for button, words in zip(self.choices, question.choices, strict=True):
                button.show_words(_rich(words, look, self._accent))

    def _on_choice(self, choice: int) -> None:
        self._explain(choice)
        self.answered.emit(choice)

    def _explain(self, choice: int) -> None:
        assert self._question is not None
        right = choice == self._question.answer
        lead = "**That is it.** " if right else f"**Not quite:** {self._question.choices[self._question.answer]}. "
        self.why.set_text(lead + self._question.why, self._accent)
        self.why.show()


class Choice(QRadioButton):
    """One answer; its words take as many lines as they need."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.setAccessibleName(words)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(theme.current().px(INDICATOR_PX), 2, 0, 2)
        self._row.addWidget(self.words, 1)

    def show_words(self, rich: str) -> None:
        self.words.setText(rich)

    def sizeHint(self) -> QSize:  # noqa: N802
        return self._row.sizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self._row.minimumSize()

    def hitButton(self, pos: QPoint) -> bool:  # noqa: N802
        return self.rect().contains(pos)


def _rich(words: str, look: theme.Theme, accent: str) -> str:
    """Words from a lesson as rich text: nothing in them is markup."""
    return dyed_words(html.escape(words, quote=False), look, accent)
