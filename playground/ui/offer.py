"""A quiet line under the data: a finished model of them is on board."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from playground.ui import theme
from playground.ui.style import set_look


class Offer(QFrame):
    """Hidden while there is nothing to offer; ``wanted(model)`` when the offer is taken."""

    wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model: Any = None
        self.label, self.button = QLabel("A finished model of these data is on board."), QPushButton("Open")
        self.label.setWordWrap(True)
        set_look(self.label, "small")
        set_look(self.button, "pill")
        self.button.setToolTip("Put it on stage.")
        self.button.setAccessibleName("Open the finished model")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        row.addWidget(self.label, 1)
        row.addWidget(self.button)
        self.button.clicked.connect(lambda: self.wanted.emit(self.model))
        self.hide()

    def show_model(self, model: Any, tip: str = "") -> None:
        """Offer this one (None: nothing)."""
        self.model = model
        self.button.setToolTip(tip or self.button.toolTip())
        self.setVisible(model is not None)
