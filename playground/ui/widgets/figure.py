"""One number in large type: its name above, its unit and its error beside it."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from playground.ui import theme

DASH = "–"


class Figure(QWidget):
    """``show_value`` fills it; the tooltip holds the formula."""

    def __init__(self, name: str, formula: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.number = QLabel(name), QLabel(DASH)
        self.name.setProperty("look", "small")
        self.name.setTextFormat(Qt.TextFormat.RichText)
        self.number.setTextFormat(Qt.TextFormat.RichText)
        for label in (self, self.name, self.number):
            label.setToolTip(formula)
        self._parts = ("", "", "")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.name)
        column.addWidget(self.number)
        self.show_text("")

    def show_value(self, value: float | None, error: float | None, unit: str, digits: int = 3) -> None:
        """A measured value with its error; None (or not a number) shows a dash."""
        if value is None or not math.isfinite(value):
            self.show_text("")
            return
        known = error is not None and math.isfinite(error)
        if known and error:
            digits = min(max(digits, math.ceil(-math.log10(error))), 6)  # so that the error shows at least one figure
        self.show_text(f"{value:.{digits}f}", unit, f"± {error:.{digits}f}" if known else "")

    def show_text(self, number: str, unit: str = "", error: str = "") -> None:
        """The number in large type, the rest smaller. Minus signs are true ones."""
        self._parts = (number.replace("-", "−"), unit, error.replace("-", "−"))
        self.redraw()

    def text(self) -> str:
        """As it reads: "0.118 ± 0.001 nats"."""
        number, unit, error = self._parts
        return " ".join(part for part in (number, error, unit) if part) or DASH

    def redraw(self) -> None:
        """In the type of the theme."""
        number, unit, error = self._parts
        look = theme.current()
        large = f"<span style='font-size:{look.px(19)}px; font-weight:600'>{number or DASH}</span>"
        small = f"<span style='font-size:{look.px(12)}px'> {error} {unit}</span>".replace("  ", " ")
        self.number.setText(large + (small if error or unit else ""))
