"""Bounds side by side: for each position a bar of reconstruction and, from its end, one of the codes, a segment a layer; beneath,
how far each bound lies above the entropy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from playground.ui import theme
from playground.ui.widgets.ink import ink, small_font
from playground.ui.widgets.plane import ticks

GAP_SHARE = 0.3  # of the height: the bars above the entropy
SEAM = 3.0  # px: thinner segments have no seam between them
Y = Callable[[float], float]


@dataclass(frozen=True)
class Stack:
    """One position's bound: ``reconstruction`` + the sum of ``layers`` = ``total`` ± ``error`` nats. ``gap`` ± ``gap_error``
    above the entropy, NaN where that is not known. ``words``: for a tooltip.
    """

    reconstruction: float
    layers: tuple[float, ...]
    total: float
    error: float
    gap: float
    gap_error: float
    words: str


class DialBars(QWidget):
    """``slots`` of equal width from :attr:`margin` on; None: not measured yet. ``current`` is the slot of the run on stage."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slots: Sequence[Stack | None] = ()
        self.current, self.accent = -1, "hybrids"
        self.entropy: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(150)

    def show_slots(self, slots: Sequence[Stack | None], current: int, entropy: float | None) -> None:
        """New numbers."""
        self.slots, self.current, self.entropy = tuple(slots), current, entropy
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(560, 240)

    # ------------------------------------------------------------ where things are
    @property
    def margin(self) -> float:
        """Room for the numbers of the axis, at the left."""
        return QFontMetricsF(small_font()).horizontalAdvance("−0,000") + 8

    def slot(self, index: int) -> QRectF:
        """The column of a position."""
        width = (self.width() - self.margin) / max(len(self.slots), 1)
        return QRectF(self.margin + index * width, 0, width, self.height())

    def slot_at(self, x: float) -> int:
        """The position whose column is at ``x``, or -1."""
        width = (self.width() - self.margin) / max(len(self.slots), 1)
        index = math.floor((x - self.margin) / width)
        return index if 0 <= index < len(self.slots) else -1

    @property
    def known(self) -> list[Stack]:
        return [s for s in self.slots if s is not None]

    def _plots(self) -> tuple[QRectF, QRectF | None]:
        """Of the stacks and, where there is something to draw in it, of the bars above the entropy."""
        line = QFontMetricsF(small_font()).height()
        gaps = any(math.isfinite(s.gap) for s in self.known)
        lower = GAP_SHARE * self.height() if gaps else 0.0
        upper = QRectF(self.margin, line + 4, self.width() - self.margin, self.height() - lower - line - 8)
        if not gaps:
            return upper, None
        return upper, QRectF(self.margin, upper.bottom() + 2 * line + 6, upper.width(), lower - 2 * line - 6)

    # ------------------------------------------------------------ painting
    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.slots:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font())
        if self.current >= 0:
            painter.fillRect(self.slot(self.current), ink("hover"))
        upper, lower = self._plots()
        if self.known:
            self._paint_stacks(painter, upper)
        if lower is not None:
            self._paint_gaps(painter, lower)
        self._paint_missing(painter, upper)

    def _paint_stacks(self, painter: QPainter, plot: QRectF) -> None:
        low, high = span(self.known, self.entropy)
        y = _scale(plot, low, high)
        self._paint_axis(painter, plot, y, ticks(low, high, max(2, int(plot.height() / 34))))
        for i, stack in enumerate(self.slots):
            if stack is not None:
                self._paint_stack(painter, stack, self.slot(i), y)
        if self.entropy is not None:
            self._paint_entropy(painter, plot, y(self.entropy))

    def _paint_stack(self, painter: QPainter, stack: Stack, slot: QRectF, y: Y) -> None:
        thick = min(0.3 * slot.width(), 30.0)
        left, right = slot.center().x() - thick - 1, slot.center().x() + 1
        painter.fillRect(_bar(left, thick, y(0), y(stack.reconstruction)), ink(self.accent))
        at = stack.reconstruction
        for layer in stack.layers:
            bar = _bar(right, thick, y(at), y(at + layer))
            if layer >= 0:
                painter.fillRect(bar, ink("kl"))
                if bar.height() > SEAM:
                    painter.fillRect(QRectF(bar.x(), bar.y(), bar.width(), 1), ink("card"))
            else:  # a step back: what the layer beneath had paid too much
                painter.setPen(QPen(ink("text"), theme.stroke(1), Qt.PenStyle.DotLine))
                painter.drawRect(bar)
            at += layer
        painter.setPen(QPen(ink("total"), theme.stroke(2.5)))
        painter.drawLine(QPointF(left - 3, y(stack.total)), QPointF(right + thick + 3, y(stack.total)))
        painter.setPen(ink("text"))
        text = _number(stack.total, stack.error)
        metrics = QFontMetricsF(painter.font())
        if metrics.horizontalAdvance(text) > slot.width() - 2:
            text = text.partition(" ±")[0]
        top = min(y(stack.total), y(stack.reconstruction), y(0)) - metrics.height() - 1
        painter.drawText(QRectF(slot.x(), max(top, 0.0), slot.width(), metrics.height()), Qt.AlignmentFlag.AlignCenter, text)

    def _paint_axis(self, painter: QPainter, plot: QRectF, y: Y, values: Sequence[float]) -> None:
        for value in values:
            painter.setPen(QPen(ink("muted") if abs(value) < 1e-9 else ink("border"), theme.stroke(1)))
            painter.drawLine(QPointF(plot.x(), y(value)), QPointF(plot.right(), y(value)))
            painter.setPen(ink("muted"))
            box = QRectF(0, y(value) - 10, self.margin - 5, 20)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{value:,.6g}".replace("-", "−"))

    def _paint_entropy(self, painter: QPainter, plot: QRectF, y: float) -> None:
        painter.setPen(QPen(ink("theory"), theme.stroke(1.8), Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(plot.x(), y), QPointF(plot.right(), y))

    def _paint_gaps(self, painter: QPainter, plot: QRectF) -> None:
        """How far above the entropy, from 0: the differences between positions, which the stacks hide."""
        high, line = max(max(s.gap + s.gap_error for s in self.known if math.isfinite(s.gap)), 0.02), _line(painter)
        painter.setPen(ink("muted"))
        heading = QRectF(plot.x() + 2, plot.y() - line - 2, plot.width(), line)
        painter.drawText(heading, Qt.AlignmentFlag.AlignLeft, "above the entropy, nats")
        plot = plot.adjusted(0, line, 0, 0)
        y = _scale(plot, 0.0, high)
        self._paint_axis(painter, plot, y, ticks(0, high, max(1, int(plot.height() / 26))))
        for i, stack in enumerate(self.slots):
            if stack is None or not math.isfinite(stack.gap):
                continue
            slot = self.slot(i)
            thick = min(0.3 * slot.width(), 30.0)
            bar = _bar(slot.center().x() - thick / 2, thick, y(0), y(max(stack.gap, 0.0)))
            painter.fillRect(bar, ink("total"))
            painter.setPen(QPen(ink("muted"), theme.stroke(2)))
            ends = (y(max(stack.gap + way * stack.gap_error, 0.0)) for way in (-1, 1))
            painter.drawLine(*(QPointF(bar.right() + 4, end) for end in ends))
            painter.setPen(ink("text"))
            box = QRectF(slot.x(), bar.y() - line - 1, slot.width(), line)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{stack.gap:+.2f}".replace("-", "−"))

    def _paint_missing(self, painter: QPainter, plot: QRectF) -> None:
        painter.setPen(ink("muted"))
        for i, stack in enumerate(self.slots):
            if stack is None:
                text = "being measured" if i == self.current else "not trained yet"
                box = self.slot(i).adjusted(4, plot.y(), -4, plot.bottom() - self.height())
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)

    def event(self, event: QEvent) -> bool:
        """A tooltip for each column."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            stack = self.slots[index] if (index := self.slot_at(event.pos().x())) >= 0 else None
            QToolTip.showText(event.globalPos(), self.toolTip() if stack is None else stack.words, self)
            return True
        return super().event(event)


def span(stacks: Sequence[Stack], entropy: float | None) -> tuple[float, float]:
    """The least and the largest number that is drawn, with some air."""
    ends = [0.0] if entropy is None else [0.0, entropy]
    for s in stacks:
        at = s.reconstruction
        ends += [at, s.total]
        for layer in s.layers:
            at += layer
            ends.append(at)
    low, high = min(ends), max(ends)
    air = 0.05 * max(high - low, 1e-9)
    return low - (air if low < 0 else 0.0), high + air


def _line(painter: QPainter) -> float:
    """Height of a line of text."""
    return QFontMetricsF(painter.font()).height()


def _scale(plot: QRectF, low: float, high: float) -> Y:
    return lambda value: plot.bottom() - (value - low) / (high - low) * plot.height()


def _bar(x: float, width: float, a: float, b: float) -> QRectF:
    return QRectF(x, min(a, b), width, max(abs(a - b), 1.0))


def _number(value: float, error: float) -> str:
    digits = 2 if abs(value) < 100 else 0
    return f"{value:,.{digits}f} ± {error:.{digits}f}".replace("-", "−")
