"""A line in the editor that offers the lessons which a program has left unsaved."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from playground.ui import theme
from playground.ui.lessons.editor_recovery import Left
from playground.ui.style import set_look


class LeftBar(QFrame):
    """The newest of them, to ``recover`` or to ``drop``."""

    def __init__(self, left: Sequence[Left], recover: Callable[[Left], object], drop: Callable[[Left], object]) -> None:
        super().__init__()
        set_look(self, "notice")
        newest, more = left[0], f" ({len(left) - 1} more after it)" if len(left) > 1 else ""
        self.label = QLabel(f"Not saved when the program ended: {newest.words()}{more}.")
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setWordWrap(True)
        self.recover, self.drop = QPushButton("Go on with it"), QPushButton("Throw it away")
        self.recover.setToolTip("Put this lesson into the editor.")
        self.drop.setToolTip("Delete what was left of this lesson, for good.")
        self.recover.clicked.connect(lambda: recover(newest))
        self.drop.clicked.connect(lambda: drop(newest))
        buttons = QHBoxLayout()
        buttons.addWidget(self.recover)
        buttons.addWidget(self.drop)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_M, theme.SPACE_S, theme.SPACE_M, theme.SPACE_S)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(self.label)
        column.addLayout(buttons)
