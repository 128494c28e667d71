"""The steps of the lesson that is written, in order: drag them, or move, copy and delete them by keys and buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListWidget, QPushButton, QVBoxLayout, QWidget

from playground.ui import theme
from playground.ui.lessons.editor_check import Trouble
from playground.ui.lessons.editor_draft import Draft, Values
from playground.ui.lessons.editor_state import place_words
from playground.ui.style import set_look

TIP = "The steps of the lesson. Drag one, or press Alt+Up and Alt+Down, to move it; Delete deletes it, Ctrl+D makes a copy."


class StepTable(QListWidget):
    """``key(name)``: "up", "down", "remove" or "duplicate" was asked for by a key."""

    key = Signal(str)

    def event(self, event: QEvent) -> bool:
        """Keys of this list are its own, also those that are shortcuts of the window elsewhere."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _asked(event):
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if asked := _asked(event):
            self.key.emit(asked)
        else:
            super().keyPressEvent(event)


class StepList(QWidget):
    """Shows the draft's steps and acts on it."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self._draft = draft
        self._troubles: Sequence[Trouble] = ()
        self.list = StepTable()
        self._acts: dict[str, Callable[[], None]] = {
            "up": lambda: draft.move(draft.index, draft.index - 1), "down": lambda: draft.move(draft.index, draft.index + 1),
            "duplicate": draft.duplicate, "remove": draft.remove, "undo": draft.undo_stack.undo, "redo": draft.undo_stack.redo,
        }  # fmt: skip
        self.buttons = {
            "up": self._button("↑", "Move the step up (Alt+Up in the list)"),
            "down": self._button("↓", "Move the step down (Alt+Down in the list)"),
            "duplicate": self._button("Copy", "A second step like this one, after it (Ctrl+D in the list)"),
            "remove": self._button("Delete", "Delete this step; Undo brings it back (Delete in the list)"),
            "undo": self._button("Undo", "Take back the last change of the lesson (Ctrl+Z)"),
            "redo": self._button("Redo", "Do it again (Ctrl+Shift+Z)"),
        }
        self._lay_out()
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _=False, n=name: self._acts[n]())
        self.list.key.connect(lambda name: self._acts[name]())
        self.list.currentRowChanged.connect(draft.choose)
        self.list.model().rowsMoved.connect(self._on_dragged)
        draft.changed.connect(self.refresh)
        draft.undo_stack.indexChanged.connect(lambda _: self.refresh())
        self.refresh()

    def show_troubles(self, troubles: Sequence[Trouble]) -> None:
        """Mark the steps with which something is wrong."""
        self._troubles = troubles
        self.refresh()

    def refresh(self) -> None:
        """Only what differs is written anew."""
        if not self._draft.alive:
            return
        steps = self._draft.steps
        with QSignalBlocker(self.list):
            while self.list.count() > len(steps):
                self.list.takeItem(self.list.count() - 1)
            while self.list.count() < len(steps):
                self.list.addItem("")
            for index, step in enumerate(steps):
                self._show(index, step)
            self.list.setCurrentRow(self._draft.index)
        stack, index = self._draft.undo_stack, self._draft.index
        usable = {"up": index > 0, "down": index + 1 < len(steps), "undo": stack.canUndo(), "redo": stack.canRedo()}
        for name, on in usable.items():
            self.buttons[name].setEnabled(on)
        self.buttons["undo"].setToolTip(f"Take back: {stack.undoText()} (Ctrl+Z)" if stack.canUndo() else "Nothing to take back")

    def _show(self, index: int, step: Values) -> None:
        item = self.list.item(index)
        wrong = [t.sentence for t in self._troubles if t.step == index]
        parts = [place_words(step), *(name for name in ("question", "goal") if step.get(name))]
        text = f"{index + 1}  {str(step.get('title', '')).strip() or 'no title'}{'  ⚠' if wrong else ''}\n     {' · '.join(parts)}"
        if item.text() != text:
            item.setText(text)
        item.setToolTip("\n".join(wrong) or TIP)

    def _on_dragged(self, _: object, start: int, __: int, ___: object, row: int) -> None:
        """The list has moved its row already; the draft follows."""
        self._draft.move(start, row if row < start else row - 1)

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition(" (")[0])
        button.setAutoDefault(False)
        set_look(button, "transport")
        return button

    def _lay_out(self) -> None:
        look = theme.current()
        set_look(self.list, "lessons")
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.list.setToolTip(TIP)
        self.list.setAccessibleName("Steps of the lesson")
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMinimumHeight(look.px(60))
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_XS)
        for name, button in self.buttons.items():
            row.addWidget(button, 0 if name in ("up", "down") else 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(self.list, 1)
        column.addLayout(row)


def _asked(event: QKeyEvent) -> str:
    """What a key asks of the list, "" for nothing."""
    alt, control = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
    keys = {
        (Qt.Key.Key_Up, alt): "up", (Qt.Key.Key_Down, alt): "down", (Qt.Key.Key_D, control): "duplicate",
        (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier): "remove",
    }  # fmt: skip
    return keys.get((Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier), "")
