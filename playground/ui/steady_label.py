"""A label for a number that changes many times a second."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QLabel


class SteadyLabel(QLabel):
    """Keeps the room of its longest text so far.

    A label of its own size has Qt lay out the whole window anew at every new text, up to the main window: more work than
    painting it. Of fixed size, it is only painted again; and what stands beside it stops trembling with the digits.
    """

    def setText(self, text: str) -> None:  # noqa: N802
        if text != self.text():
            super().setText(text)
            self._make_room()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Another font needs other room."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.setMinimumSize(0, 0)
            self._make_room()

    def _make_room(self) -> None:
        room: QSize = self.minimumSize().expandedTo(self.sizeHint())
        if room != self.minimumSize() or room != self.maximumSize():
            self.setFixedSize(room)
