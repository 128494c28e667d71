"""A few switches side by side, each on or off by itself: the layers of a picture."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget


class Toggles(QWidget):
    """``changed(key, on)`` when one is pressed; all are on at first."""

    changed = Signal(str, bool)

    def __init__(self, choices: Sequence[tuple[str, str, str]], parent: QWidget | None = None) -> None:
        """``choices``: (key, text, tooltip)."""
        super().__init__(parent)
        self.parts: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for i, (key, text, tip) in enumerate(choices):
            part = QPushButton(text)
            part.setCheckable(True)
            part.setChecked(True)
            part.setToolTip(tip)
            part.setProperty("segment", "first" if i == 0 else "last" if i == len(choices) - 1 else "middle")
            part.clicked.connect(lambda on, chosen=key: self.changed.emit(chosen, on))
            self.parts[key] = part
            row.addWidget(part)

    def on(self, key: str) -> bool:
        """Whether a switch is on."""
        return self.parts[key].isChecked()
