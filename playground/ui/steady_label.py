"""A label for a number that changes many times a second."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QMargins
from PySide6.QtWidgets import QLabel

DIGIT = re.compile(r"\d")
SPARE = QMargins(0, 0, 2, 0)  # where another digit is a little wider than a nought


class SteadyLabel(QLabel):
    """Keeps the room of its longest text so far.

    A label of its own size has Qt lay out the whole window anew at every new text, up to the main window: more work than
    painting it. Of fixed size, it is only painted again; and what stands beside it stops trembling with the digits. Texts that
    differ in digits alone take the same room, so they are measured once.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self._measured: set[str] = set()
        self.setText(text)

    def setText(self, text: str) -> None:  # noqa: N802
        if text != self.text():
            self._make_room(text)
            super().setText(text)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Another font needs other room."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            text = self.text()
            self._measured.clear()
            self.setMinimumSize(0, 0)
            self._make_room(text)
            super().setText(text)

    def _make_room(self, text: str) -> None:
        """For this text, with noughts in the place of its digits."""
        shape = DIGIT.sub("0", text)
        if shape in self._measured:
            return
        self._measured.add(shape)
        super().setText(shape)
        hint = self.sizeHint()  # at least the room that there is
        if hint != self.minimumSize():
            self.setFixedSize(hint.grownBy(SPARE))
