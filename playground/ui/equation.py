"""The objective as an equation, with the numbers of this moment under their symbols, in the colours of their curves; every symbol
in its own colour, and explained where the mouse rests on it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.flow import FlowLayout
from playground.ui.numbers import value_text
from playground.ui.steady_label import SteadyLabel
from playground.ui.style import set_look
from playground.ui.symbols import definitions, dyed_words, in_words

SIZES = (17, 16, 15, 14, 13, 12)  # of type, on one line
MORE_LINES = (15, 14, 13, 12)  # and where it takes more
GAP = 4
TIED = ("·",)  # operators at which an equation is not broken


class TermLabel(QWidget):
    """A symbol above, its number below; operators have no number."""

    def __init__(self, term: Any) -> None:
        super().__init__()
        self.term = term
        self.symbol, self.number = QLabel(term.symbol), SteadyLabel("")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for label in (self.symbol, self.number):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)

    def show_value(self, text: str) -> None:
        self.number.setText(text)

    def retheme(self, accent: str, size: int = 15) -> None:
        look = theme.current()
        families = ", ".join(f"'{f}'" for f in theme.SERIF)
        colour = look.role(self.term.role, accent)
        self.symbol.setText(dyed_words(self.term.symbol, look, accent))
        known = definitions(in_words(self.term.symbol), look, accent)
        self.setToolTip("<br>".join(part for part in (self.term.help, known) if part))
        self.symbol.setStyleSheet(f"font-family: {families}; font-style: italic; font-size: {look.px(size)}px; color: {look.text};")
        self.number.setStyleSheet(f"font-weight: 700; font-size: {look.px(min(size, 13))}px; color: {colour};")


class EquationStrip(QFrame):
    """The terms of the family in order; broken at + and = where the column is narrow."""

    def __init__(self, terms: Sequence[Any], accent: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_look(self, "card")
        self._accent, self._size = accent, SIZES[0]
        self.terms = [TermLabel(t) for t in terms]
        flow = FlowLayout(GAP, theme.SPACE_XS)
        flow.setContentsMargins(*(theme.SPACE_S,) * 4)
        self._groups = _groups(self.terms)
        for group in self._groups:
            flow.addWidget(_row(group))
        self.setLayout(flow)
        self.setAccessibleName("Equation of the objective")
        self.clear()
        self.retheme()

    def on_progress(self, event: m.Progress) -> None:
        """Show the mean over the steps of the last report."""
        for label in self.terms:
            if label.term.key in event.scalars and len(event.scalars[label.term.key]):
                label.show_value(value_text(float(np.mean(event.scalars[label.term.key]))))

    def clear(self) -> None:
        for label in self.terms:
            label.show_value("–" if label.term.key else label.term.symbol if len(label.term.symbol) == 1 else " ")

    def retheme(self) -> None:
        for label in self.terms:
            label.retheme(self._accent, self._size)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """The largest type with which the equation stays on one line; where none does, on as few lines as can be."""
        super().resizeEvent(event)
        size = self._fitting(self.width() - 2 * theme.SPACE_S)
        if size != self._size:
            self._size = size
            self.retheme()

    def _fitting(self, room: float) -> int:
        lines = {size: self._count_lines(size, room) for size in SIZES}
        least = min(lines.values())
        return next(s for s in (SIZES if least == 1 else MORE_LINES) if lines[s] == least)

    def _count_lines(self, size: int, room: float) -> int:
        """How often the groups, laid one after the other, begin a new line. Even a group alone may be too wide: that counts too."""
        lines, used = 1, 0.0
        for group in self._groups:
            width = self._length(group, size)
            if used and used + GAP + width > room:
                lines, used = lines + 1, 0.0
            used += width + (GAP if used else 0)
            lines += used > room
        return lines

    def _length(self, terms: Sequence[TermLabel], size: int) -> float:
        """Width of a part of the equation. Numbers are given the room of 1,234.5, so that the type does not jump with them."""
        symbols = QFontMetricsF(theme.font(size, italic=True, families=theme.SERIF))
        numbers = QFontMetricsF(theme.font(min(size, 13), bold=True))
        plain = [re.sub("<[^>]*>", "", label.term.symbol) for label in terms]
        widths = [
            max(symbols.horizontalAdvance(text), numbers.horizontalAdvance("234.5") if label.term.key else 0.0)
            for text, label in zip(plain, terms, strict=True)
        ]
        return sum(widths) + (len(widths) - 1) * GAP + 4


def _groups(terms: Sequence[TermLabel]) -> list[list[TermLabel]]:
    """Operators together with the term that follows, so that a line never ends in a plus; the factors of a product together."""
    groups: list[list[TermLabel]] = []
    whole = True
    for label in terms:
        if whole and label.term.symbol not in TIED:
            groups.append([])
        groups[-1].append(label)
        whole = bool(label.term.key)
    return groups


def _row(terms: Sequence[TermLabel]) -> QWidget:
    group = QWidget()
    row = QHBoxLayout(group)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GAP)
    for label in terms:
        row.addWidget(label)
    return group
