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

    def show_only(self, keys: Sequence[str]) -> None:
        """The others make no sense now; two at least stay, so that there is a first and a last one."""
        shown = [key for key in self.parts if key in keys]
        for key, part in self.parts.items():
            part.setVisible(key in shown)
            place = "first" if key == shown[0] else "last" if key == shown[-1] else "middle"
            if part.property("segment") != place:
                part.setProperty("segment", place)
                part.style().unpolish(part)
                part.style().polish(part)
