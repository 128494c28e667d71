"""The window that an audience sees: a view borrowed from the stage, a slim line beneath it, a lesson's text at its side."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from playground.ui import theme
from playground.ui.background import Background
from playground.ui.presenter.keys import key_of
from playground.ui.presenter.lesson_sheet import LessonSheet
from playground.ui.presenter.line import Line
from playground.ui.style import set_look, stylesheet

HINT_MS, SAID_MS = 8000, 4000
TYPED_INTO = (QLineEdit, QAbstractSpinBox, QComboBox)  # keep the keyboard after a click


class Surface(QWidget):
    """``pressed(action)`` for a key of the table, ``typed(event)`` for any other, ``closed`` when the window is to go.

    The keyboard belongs to the presentation (or to a view that plays a game with it). Tab reaches the controls of the view, whose
    keys are then theirs. While ``presenting`` a click with the mouse does not take it away.
    """

    pressed = Signal(str)
    typed = Signal(object)
    closed = Signal()

    def __init__(self, background: Background, presenting: bool) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setWindowTitle("Generative Playground")
        self.setObjectName("surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("The view, full screen")
        self.presenting = presenting
        self.view: Any = None
        self.line, self.sheet = Line(), LessonSheet(background)
        self.sheet.hide()
        self.hint, self.blank = QLabel("", self), Blank(self)
        set_look(self.hint, "hint")
        self.hint.hide()
        self._hint_timer = QTimer(self, singleShot=True)
        self._hint_timer.timeout.connect(self.hint.hide)
        self._mouse = QTimer(self, interval=30)
        self._mouse.timeout.connect(self._after_click)
        self._lay_out()
        self.line.left.connect(self.closed)
        self.blank.gone.connect(lambda: self.set_blank(False))
        QApplication.instance().focusChanged.connect(self._on_focus)  # type: ignore[union-attr]

    def dress(self, accent: str) -> None:
        """In the theme that is worn now, with this family's accent."""
        self.setStyleSheet(stylesheet(theme.current(), accent))
        self.line.retheme()

    # ------------------------------------------------------------ what it holds
    def hold(self, view: QWidget) -> None:
        """Show a view that has been taken from its stage."""
        self.view = view
        self.place.addWidget(view, 1)
        view.show()
        self.take_keyboard()

    def host(self, above: QWidget, beneath: QWidget | None) -> None:
        """The stage's messages come along: above the view what failed or was written, beneath it the run's health."""
        self.column.insertWidget(0, above)
        if beneath is not None:
            self.column.insertWidget(2, beneath)

    def take_keyboard(self) -> None:
        """To the presentation, or to a view that wants the keyboard for itself."""
        wants = self.view is not None and self.view.focusPolicy() == Qt.FocusPolicy.StrongFocus
        (self.view if wants else self).setFocus(Qt.FocusReason.OtherFocusReason)

    # ------------------------------------------------------------ words over the picture
    def say(self, words: str, ms: int = SAID_MS) -> None:
        """A sentence at the bottom for a moment."""
        self.hint.setText(words)
        self._place_hint()
        self.hint.setVisible(bool(words))
        self.hint.raise_()
        self._hint_timer.start(ms)

    @property
    def blanked(self) -> bool:
        return not self.blank.isHidden()

    def set_blank(self, on: bool) -> None:
        """All black, or the view again."""
        self.blank.setGeometry(self.rect())
        self.blank.setVisible(on)
        self.blank.raise_()

    def _place_hint(self) -> None:
        self.hint.setMaximumWidth(self.width() - 2 * theme.SPACE_XL)
        self.hint.setWordWrap(False)
        if self.hint.sizeHint().width() > self.hint.maximumWidth():
            self.hint.setWordWrap(True)
        self.hint.resize(min(self.hint.sizeHint().width(), self.hint.maximumWidth()), 1)
        self.hint.resize(self.hint.width(), max(self.hint.heightForWidth(self.hint.width()), self.hint.sizeHint().height()))
        beneath = self.line.height() + theme.SPACE_M if self.line.isVisible() else theme.SPACE_M
        self.hint.move((self.width() - self.hint.width()) // 2, self.height() - self.hint.height() - beneath)

    # ------------------------------------------------------------ keyboard and mouse
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = key_of(event)
        if key is not None:
            self.pressed.emit(key.action)
        else:
            self.typed.emit(event)

    def _on_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        """A control that was clicked gives the keyboard back once the button is up."""
        mine = now is not None and now is not self and self.isAncestorOf(now) and not isinstance(now, TYPED_INTO)
        if self.presenting and mine and QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._mouse.start()

    def _after_click(self) -> None:
        if QApplication.mouseButtons() == Qt.MouseButton.NoButton:
            self._mouse.stop()
            if not isinstance(QApplication.focusWidget(), TYPED_INTO) and QApplication.activePopupWidget() is None:
                self.take_keyboard()

    # ------------------------------------------------------------ the window
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.blank.setGeometry(self.rect())
        self.sheet.fit(self.width())
        if self.hint.isVisible():
            self._place_hint()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """The view has to go back to its place first."""
        event.ignore()
        self.closed.emit()

    def _lay_out(self) -> None:
        body = QHBoxLayout()
        body.setSpacing(theme.SPACE_L)
        self.place = QHBoxLayout()
        body.addLayout(self.place, 1)
        body.addWidget(self.sheet)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(theme.SPACE_M, theme.SPACE_M, theme.SPACE_M, theme.SPACE_XS)
        self.column.setSpacing(theme.SPACE_S)
        self.column.addLayout(body, 1)
        self.column.addWidget(self.line)


class Blank(QWidget):
    """Black over all; ``gone`` when it is clicked."""

    gone = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setToolTip("The screen is blank. Click, or press any key, to light it again.")
        self.setCursor(Qt.CursorShape.BlankCursor)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        QPainter(self).fillRect(self.rect(), Qt.GlobalColor.black)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.gone.emit()
        event.accept()

    def event(self, event: QEvent) -> bool:
        """No tooltip may light a blank screen."""
        return True if event.type() == QEvent.Type.ToolTip else super().event(event)
