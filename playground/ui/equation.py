"""The objective as an equation, with the numbers of this moment under their symbols, in the colours of their curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.flow import FlowLayout
from playground.ui.style import set_look


class TermLabel(QWidget):
    """A symbol above, its number below; operators have no number."""

    def __init__(self, term: Any) -> None:
        super().__init__()
        self.term = term
        self.symbol, self.number = QLabel(term.symbol), QLabel("")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for label in (self.symbol, self.number):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        self.setToolTip(term.help)

    def show_value(self, text: str) -> None:
        if text != self.number.text():
            self.number.setText(text)

    def retheme(self, accent: str) -> None:
        look = theme.current()
        families = ", ".join(f"'{f}'" for f in theme.SERIF)
        colour = look.role(self.term.role, accent)
        self.symbol.setStyleSheet(f"font-family: {families}; font-style: italic; font-size: {look.px(15)}px; color: {look.text};")
        self.number.setStyleSheet(f"font-weight: 700; font-size: {look.px(13)}px; color: {colour};")


class EquationStrip(QFrame):
    """The terms of the family in order; wraps where the column is narrow."""

    def __init__(self, terms: Sequence[Any], accent: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_look(self, "card")
        self._accent = accent
        self.terms = [TermLabel(t) for t in terms]
        flow = FlowLayout(theme.SPACE_XS + 1, theme.SPACE_XS)
        flow.setContentsMargins(theme.SPACE_M, theme.SPACE_S, theme.SPACE_M, theme.SPACE_S)
        for term in self.terms:
            flow.addWidget(term)
        self.setLayout(flow)
        self.setAccessibleName("Equation of the objective")
        self.clear()
        self.retheme()

    def on_progress(self, event: m.Progress) -> None:
        """Show the mean over the steps of the last report."""
        from playground.ui.curves import value_text

        for label in self.terms:
            if label.term.key in event.scalars and len(event.scalars[label.term.key]):
                label.show_value(value_text(float(np.mean(event.scalars[label.term.key]))))

    def clear(self) -> None:
        for label in self.terms:
            label.show_value("–" if label.term.key else label.term.symbol)

    def retheme(self) -> None:
        for label in self.terms:
            label.retheme(self._accent)
