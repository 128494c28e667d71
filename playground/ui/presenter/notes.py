"""What the one who presents sees: notes of the step, the time, what comes next, and buttons for a hand without a keyboard."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from playground.ui import theme
from playground.ui.background import Background
from playground.ui.flow import FlowLayout
from playground.ui.lessons.math_text import MathText
from playground.ui.presenter.keys import HINT, key_of
from playground.ui.presenter.screens import index_of
from playground.ui.style import set_look, stylesheet

NO_NOTES = "*This step has no notes.*"
BUTTONS = (
    ("backward", "◀ Back", "The step of the lesson before, or the view before (Page Up)"),
    ("forward", "Next ▶", "The next step of the lesson, or the next view (Page Down)"),
    ("play", "Play / pause", "Play what the view shows, or pause the training (Space)"),
    ("blank", "Blank", "Make the audience's screen black, and light it again (B)"),
    ("leave", "End", "End the presentation (Esc)"),
)


class NotesWindow(QWidget):
    """``pressed(action)`` and ``typed(event)`` as of the audience's window; ``screen_chosen(i)``: the audience's screen."""

    pressed = Signal(str)
    typed = Signal(object)
    screen_chosen = Signal(int)

    def __init__(self, background: Background) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setWindowTitle("Notes")
        self.setObjectName("surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.began = time.monotonic()
        self.clock, self.where, self.title, self.next_title, self.run = (QLabel() for _ in range(5))
        self.text = MathText(background)
        self.screens = QComboBox()
        self.screens.setToolTip("The screen that the audience sees (M takes the next one)")
        self.screens.activated.connect(self.screen_chosen)
        self.buttons = {action: self._button(action, text, tip) for action, text, tip in BUTTONS}
        self.restart = QPushButton("From 0:00")
        self.restart.setToolTip("Let the time begin again")
        self.restart.clicked.connect(self._begin_again)
        self._lay_out()

    def dress(self, accent: str) -> None:
        self.setStyleSheet(stylesheet(theme.current(), accent))
        self.text.setFont(theme.font(14))  # a page is made before the sheet gives it its type

    # ------------------------------------------------------------ what it says
    def show_step(self, where: str, title: str, notes: str, following: str, accent: str) -> None:
        """Of a lesson's step (or of a view): its number, title and notes, and what comes next."""
        self.where.setText(where)
        self.title.setText(title)
        self.text.set_text(notes or NO_NOTES, accent)
        self.text.verticalScrollBar().setValue(0)
        self.next_title.setText(f"Next: <b>{following}</b>" if following else "This is the end.")

    def show_screens(self, screens: Sequence[Any], shown_on: Any) -> None:
        """All screens, with the audience's chosen."""
        self.screens.clear()
        self.screens.addItems([f"{s.name()} ({s.geometry().width()} × {s.geometry().height()})" for s in screens])
        self.screens.setCurrentIndex(max(index_of(screens, shown_on), 0))
        self.screens.setEnabled(len(screens) > 1)

    def tick(self, run: str, blanked: bool) -> None:
        """The time since the presentation began, and the state of the run; a few times a second."""
        _put(self.clock, clock_text(time.monotonic() - self.began))
        _put(self.run, run)
        word = "Light up" if blanked else "Blank"
        if self.buttons["blank"].text() != word:
            self.buttons["blank"].setText(word)

    def _begin_again(self) -> None:
        self.began = time.monotonic()
        self.tick(self.run.text(), self.buttons["blank"].text() != "Blank")

    # ------------------------------------------------------------ keyboard
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = key_of(event)
        if key is not None:
            self.pressed.emit(key.action)
        else:
            self.typed.emit(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Closed by hand: the presentation goes on without notes."""
        event.ignore()
        self.pressed.emit("notes")

    # ------------------------------------------------------------ building
    def _button(self, action: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard to the presentation
        button.clicked.connect(lambda: self.pressed.emit(action))
        if action == "forward":
            set_look(button, "go")
        return button

    def _lay_out(self) -> None:
        for label, look in ((self.clock, "title"), (self.where, "heading"), (self.title, "big"), (self.run, "dim")):
            set_look(label, look)
        set_look(self.text, "reading")
        self.text.setAccessibleName("Notes")
        self.clock.setToolTip("Time since the presentation began")
        self.title.setWordWrap(True)
        self.next_title.setWordWrap(True)
        self.screens.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        keys = QLabel(HINT)
        keys.setWordWrap(True)
        set_look(keys, "dim")
        top = QHBoxLayout()
        top.addWidget(self.clock)
        top.addWidget(self.restart)
        top.addStretch(1)
        top.addWidget(self.run)
        audience = QWidget()
        beside = QHBoxLayout(audience)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(QLabel("Audience"))
        beside.addWidget(self.screens)
        foot = FlowLayout(theme.SPACE_S, theme.SPACE_S)
        for widget in (*self.buttons.values(), audience):
            foot.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_XL, theme.SPACE_L, theme.SPACE_XL, theme.SPACE_L)
        column.setSpacing(theme.SPACE_M)
        column.addLayout(top)
        column.addWidget(self.where)
        column.addWidget(self.title)
        column.addWidget(self.text, 1)
        column.addWidget(self.next_title)
        column.addLayout(foot)
        column.addWidget(keys)


def clock_text(seconds: float) -> str:
    """12:34, or 1:02:03 after an hour."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def _put(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)
