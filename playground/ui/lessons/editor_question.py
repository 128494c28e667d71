"""The page of the editor for a step's question: what to predict, two to eight choices, which is right, and why."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QHBoxLayout, QPushButton, QRadioButton, QToolButton, QVBoxLayout, QWidget

from playground.engine import LESSON_LIMITS
from playground.ui import icons, theme
from playground.ui.lessons.editor_draft import Draft
from playground.ui.lessons.editor_fields import TextField, quiet

LEAST = 2
FIRST = {"text": "", "choices": ["", ""], "answer": 0, "why": ""}


class ChoiceRow(QWidget):
    """One choice: right or not, its words, and a button that takes it away."""

    edited = Signal(str)
    removed = Signal()

    def __init__(self, number: int) -> None:
        super().__init__()
        self.right, self.remove = QRadioButton(), QToolButton()
        self.words = TextField("Choice", "short", "The words of this choice.", needed=True)
        self.words.caption.setText(f"{number}")
        self.right.setToolTip(f"Choice {number} is the right one")
        self.right.setAccessibleName(f"Choice {number} is right")
        self.remove.setToolTip(f"Take choice {number} away")
        self.remove.setAccessibleName(f"Take choice {number} away")
        self.remove.setIcon(icons.icon("close", theme.current().text, theme.current().outline))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        row.addWidget(self.right)
        row.addWidget(self.words, 1)
        row.addWidget(self.remove)
        self.words.edited.connect(self.edited)
        self.remove.clicked.connect(self.removed)


class QuestionPage(QWidget):
    """Acts on the question of the step in hand; one that is switched off comes back as it was while the step stays in hand."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self._draft = draft
        self._off: dict[int, Any] = {}  # questions that were switched off, by their step
        self.on = QCheckBox("Ask for a prediction")
        self.on.setToolTip("A question to answer before trying. The first answer counts; then the explanation is shown.")
        self.text = TextField("Question", "short", "What to predict.", needed=True)
        self.why = TextField("Why", "text", "Shown after the answer, in Markdown with formulas.", lines=3, needed=True)
        self.why.caption.setText("Why · shown after the answer; Markdown and $formulas$")
        self.add = QPushButton("Add a choice")
        self.add.setToolTip(f"At most {LESSON_LIMITS['choices']} choices.")
        self.rows: list[ChoiceRow] = []
        self._group = QButtonGroup(self)
        self._lay_out()
        self.on.clicked.connect(self._switch)
        self.add.clicked.connect(lambda: self._put(choices=[*self._question()["choices"], ""]))
        self.text.edited.connect(lambda text: self._put(typed=True, text=text))
        self.why.edited.connect(lambda text: self._put(typed=True, why=text))
        self._group.idClicked.connect(lambda index: self._put(answer=index))

    def refresh(self) -> None:
        question = self._draft.step.get("question")
        self.on.setChecked(bool(question))
        self._body.setVisible(bool(question))
        self._empty.setVisible(not question)
        if question:
            self.text.show_text(question["text"])
            self.why.show_text(question["why"])
            self._show_choices(question["choices"], question["answer"])

    def retheme(self) -> None:
        for row in self.rows:
            row.remove.setIcon(icons.icon("close", theme.current().text, theme.current().outline))

    # ------------------------------------------------------------ inside
    def _question(self) -> dict[str, Any]:
        return dict(self._draft.step.get("question") or FIRST)

    def _put(self, *, typed: bool = False, **changes: Any) -> None:
        name = f"question {next(iter(changes))}"
        self._draft.put_step({"question": {**self._question(), **changes}}, f"change of the {name}", typed=typed)

    def _switch(self, on: bool) -> None:
        if on:
            self._draft.put_step({"question": self._off.pop(self._draft.index, FIRST)}, "new question")
        else:
            self._off = {self._draft.index: self._question()}
            self._draft.put_step({"question": None}, "deleted question")

    def _show_choices(self, choices: list[str], answer: int) -> None:
        while len(self.rows) > len(choices):
            row = self.rows.pop()
            self._group.removeButton(row.right)
            self._choices.removeWidget(row)
            row.hide()
            row.deleteLater()
        while len(self.rows) < len(choices):
            self._add_row(len(self.rows))
        for index, (row, words) in enumerate(zip(self.rows, choices, strict=True)):
            row.words.show_text(words)
            row.right.setChecked(index == answer)
            row.remove.setEnabled(len(choices) > LEAST)
        self.add.setEnabled(len(choices) < LESSON_LIMITS["choices"])

    def _add_row(self, index: int) -> None:
        row = ChoiceRow(index + 1)
        self._group.addButton(row.right, index)
        self._choices.addWidget(row)
        self.rows.append(row)
        row.edited.connect(partial(self._on_words, index))
        row.removed.connect(partial(self._on_removed, index))

    def _on_words(self, index: int, words: str) -> None:
        choices = list(self._question()["choices"])
        choices[index] = words
        self._put(typed=True, choices=choices)

    def _on_removed(self, index: int) -> None:
        """The right answer stays right; if it was this one, the one before it is."""
        question = self._question()
        choices, answer = [c for i, c in enumerate(question["choices"]) if i != index], question["answer"]
        self._put(choices=choices, answer=max(answer - 1, 0) if answer >= index else answer)

    def _lay_out(self) -> None:
        self._body = QWidget()
        self._choices = QVBoxLayout()
        self._choices.setSpacing(theme.SPACE_XS)
        inner = QVBoxLayout(self._body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(theme.SPACE_S)
        inner.addWidget(self.text)
        inner.addWidget(quiet("The choices; the dot marks the right one."))
        inner.addLayout(self._choices)
        inner.addWidget(self.add)
        inner.addWidget(self.why, 1)
        self._empty = quiet("This step asks nothing. Who predicts first sees more: ask what will happen before it does.")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_M)
        column.addWidget(self.on)
        column.addWidget(self._empty)
        column.addWidget(self._body, 1)
        column.addStretch(0)
