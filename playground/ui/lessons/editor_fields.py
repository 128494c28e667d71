"""Fields of the lesson editor: a caption, a text, and a line below that says what is wrong while it is typed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from playground.engine import LESSON_LIMITS
from playground.ui import theme
from playground.ui.style import set_look

NEAR = 0.9  # of a limit, from which on the field counts aloud


class TextField(QWidget):
    """One text with its limit, on a line or (``lines`` above 1) on several. ``edited(text)`` at every key; ``show_text`` tells
    nobody. ``needed``: it may not be empty.
    """

    edited = Signal(str)

    def __init__(self, caption: str, kind: str, tip: str, *, lines: int = 1, needed: bool = False, hint: str = "") -> None:
        super().__init__()
        self._name, self._most, self._needed = caption.lower(), LESSON_LIMITS[kind], needed
        self.caption, self.note = QLabel(caption), QLabel()
        self.box: QLineEdit | QPlainTextEdit = QLineEdit() if lines == 1 else LongBox()
        self.box.setPlaceholderText(hint)
        self.box.setAccessibleName(caption)
        if lines > 1:
            self.box.setMinimumHeight(theme.current().px(18 * lines))
        for widget in (self, self.caption, self.box):
            widget.setToolTip(f"{tip} At most {self._most:,} characters.")
        self.caption.setBuddy(self.box)
        set_look(self.caption, "small")
        self.caption.setWordWrap(lines > 1)
        self.note.setWordWrap(True)
        self.note.hide()
        self._keys = UndoKeys(self.box)
        self._lay_out(lines)
        self.box.textChanged.connect(self._on_typed)

    def text(self) -> str:
        return self.box.text() if isinstance(self.box, QLineEdit) else self.box.toPlainText()

    def show_text(self, text: str) -> None:
        """What somebody else has written; the cursor stays near the change."""
        if text != self.text():
            with QSignalBlocker(self.box):
                if isinstance(self.box, LongBox):
                    self.box.take(text)
                elif isinstance(self.box, QLineEdit):
                    self.box.setText(text)
        self._say(text)

    def _on_typed(self) -> None:
        text = self.text()
        self._say(text)
        self.edited.emit(text)

    def _say(self, text: str) -> None:
        """What is wrong with it, or how near the limit is."""
        trouble, counted = trouble_of(self._name, text, self._most, self._needed), len(text) > NEAR * self._most
        self.note.setText(trouble or (f"{len(text):,} of {self._most:,} characters" if counted else ""))
        set_look(self.note, "error" if trouble else "small")
        self.note.setVisible(bool(self.note.text()))
        if self.box.property("wrong") != bool(trouble):
            self.box.setProperty("wrong", bool(trouble))
            self.box.style().unpolish(self.box)
            self.box.style().polish(self.box)

    def _lay_out(self, lines: int) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        if lines == 1:
            row = QHBoxLayout()
            row.setSpacing(theme.SPACE_S)
            row.addWidget(self.caption)
            row.addWidget(self.box, 1)
            column.addLayout(row)
        else:
            column.addWidget(self.caption)
            column.addWidget(self.box, 1)
        column.addWidget(self.note)


class LongBox(QPlainTextEdit):
    """Plain text over several lines. Tab goes to the next control, and undoing is left to the editor."""

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)

    def take(self, text: str) -> None:
        """Put another text in place of this one, by its smallest change, so that cursor and scroll bar stay."""
        old = self.toPlainText()
        start = next((i for i, (a, b) in enumerate(zip(old, text, strict=False)) if a != b), min(len(old), len(text)))
        room = min(len(old), len(text)) - start
        end = next((i for i in range(room) if old[-1 - i] != text[-1 - i]), room)
        cursor = self.textCursor()
        cursor.setPosition(_units(old[:start]))
        cursor.setPosition(_units(old[: len(old) - end]), cursor.MoveMode.KeepAnchor)
        cursor.insertText(text[start : len(text) - end])
        self.setTextCursor(cursor)


class UndoKeys(QObject):
    """Keeps the keys of undo and redo from a text field, so that they reach the window's actions and the editor's one stack."""

    def __init__(self, box: QWidget) -> None:
        super().__init__(box)
        box.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            undo, redo = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo
            if event.matches(undo) or event.matches(redo):
                event.ignore()
                return True
        return False


def trouble_of(name: str, text: str, most: int, needed: bool) -> str:
    """Why a reader would refuse this text, "" if it would not."""
    if needed and not text.strip():
        return f"The {name} is missing."
    if len(text) > most:
        return f"{len(text):,} characters: the {name} has at most {most:,}."
    return ""


def _units(text: str) -> int:
    """Length as Qt counts: two for what lies beyond the basic plane."""
    return len(text) + sum(ord(c) > 0xFFFF for c in text)


def quiet(text: str) -> QLabel:
    """A line of help that wraps."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    set_look(label, "small")
    return label
