"""Quantities of two things, each as a pair of bars on a scale that begins at 0, with how many times as much it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.ui.widgets.ink import ink, small_font

GAP, PAD = 3.0, 8.0
THIN, THICK = 6.0, 44.0  # of a bar


@dataclass(frozen=True)
class Bar:
    """``parts`` are stacked from the left, each (value, how strongly coloured in 0..1); ``text`` stands at the end."""

    name: str
    role: str
    parts: Sequence[tuple[float, float]]
    text: str

    @property
    def total(self) -> float:
        return sum(value for value, _ in self.parts)


@dataclass(frozen=True)
class Pair:
    """Two bars under a title."""

    title: str
    bars: tuple[Bar, Bar]

    def times(self) -> str:
        """How many times as much the larger is."""
        low, high = sorted(bar.total for bar in self.bars)
        ratio = high / low if low > 0 else float("inf")
        return "as much" if ratio < 1.05 else f"{ratio:.1f} times" if ratio < 10 else f"{ratio:,.0f} times"


class PairBars(QWidget):
    """Pairs beneath each other, as high as the room allows."""

    def __init__(self, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.placeholder, self.pairs = placeholder, tuple[Pair, ...]()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 120)

    def show_pairs(self, pairs: Sequence[Pair]) -> None:
        self.pairs = tuple(pairs)
        self.update()

    def bar_rect(self, pair: int, bar: int) -> QRectF:
        """Where a bar lies, in logical pixels."""
        metrics = QFontMetricsF(small_font())
        names = max(metrics.horizontalAdvance(b.name) for p in self.pairs for b in p.bars) + PAD
        texts = max(metrics.horizontalAdvance(b.text) for p in self.pairs for b in p.bars) + PAD
        room = self.height() / len(self.pairs)
        thick = max(THIN, min(0.36 * (room - metrics.height() - 4 * GAP), THICK))
        top = pair * room + metrics.height() + GAP + bar * (thick + GAP)
        longest = max(self.pairs[pair].bars, key=lambda b: b.total).total or 1.0
        width = max(self.width() - names - texts - 2 * PAD, 10.0) * self.pairs[pair].bars[bar].total / longest
        return QRectF(names + PAD, top, width, thick)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(small_font())
        if not self.pairs:
            painter.setPen(ink("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()).adjusted(12, 0, -12, 0), flags, self.placeholder)
            return
        for i, pair in enumerate(self.pairs):
            self._paint_pair(painter, i, pair)

    def _paint_pair(self, painter: QPainter, i: int, pair: Pair) -> None:
        line = QFontMetricsF(small_font()).height()
        head = QRectF(PAD, i * self.height() / len(self.pairs), self.width() - 2 * PAD, line)
        painter.setPen(ink("text"))
        painter.setFont(small_font(bold=True))
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft, pair.title)
        painter.setFont(small_font())
        painter.setPen(ink("muted"))
        painter.drawText(head, Qt.AlignmentFlag.AlignRight, pair.times())
        for k, bar in enumerate(pair.bars):
            rect, x = self.bar_rect(i, k), 0.0
            for value, strength in bar.parts:
                width = rect.width() * value / (bar.total or 1.0)
                colour = QColor(ink(bar.role))
                colour.setAlphaF(strength)
                painter.fillRect(QRectF(rect.x() + x, rect.y(), width, rect.height()), colour)
                x += width
            painter.setPen(ink("text"))
            middle = QRectF(PAD, rect.center().y() - line / 2, rect.x() - 2 * PAD, line)
            painter.drawText(middle, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, bar.name)
            after = QRectF(rect.right() + PAD / 2, middle.y(), self.width() - rect.right(), line)
            painter.drawText(after, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, bar.text)

    def sizeHint(self) -> QSize:
        return QSize(420, 300)
