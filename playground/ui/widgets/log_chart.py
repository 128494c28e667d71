"""Curves over the number of updates, on a logarithmic axis of powers of ten, with one dashed line of theory and a cursor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.ui.widgets.ink import ink, small_font, small_height
from playground.ui.widgets.layers import polygon
from playground.ui.widgets.plane import ticks

Array = np.ndarray
FLOOR = 1e-30  # smaller distances are drawn there
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Curve:
    """``values`` (N + 1,) above 0, at updates 0..N."""

    values: Array
    colour: QColor
    width: float = 1.5


class LogChart(QWidget):
    """``pointed(n)`` when the mouse asks for an update."""

    pointed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.curves: Sequence[Curve] = ()
        self.theory: Array | None = None
        self.cursor_at, self.dark = 0, True
        self._still: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 90)

    def show_curves(self, curves: Sequence[Curve], theory: Array | None) -> None:
        """New curves; the last one lies on top."""
        self.curves, self.theory = curves, theory
        self.redraw()

    def redraw(self) -> None:
        """Contents or colours changed."""
        self._still = None
        self.update()

    def set_cursor(self, n: int) -> None:
        """Mark an update."""
        if n != self.cursor_at:
            self.cursor_at = n
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, 150)

    # ------------------------------------------------------------ geometry
    @property
    def last(self) -> int:
        return max((len(c.values) - 1 for c in self.curves), default=1)

    def decades(self) -> tuple[int, int]:
        """The powers of ten that hold all values; at least two decades."""
        values = [v for c in self.curves for v in (float(c.values.min()), float(c.values.max()))]
        low = math.floor(math.log10(max(min(values, default=0.1), FLOOR)) + 1e-9)
        high = math.ceil(math.log10(max(max(values, default=1.0), FLOOR)) - 1e-9)
        return min(low, high - 2), high

    def plot(self) -> QRectF:
        """Where the curves lie."""
        line = small_height()
        return QRectF(3.2 * line, 6, max(self.width() - 3.2 * line - 8, 20), max(self.height() - 2 * line - 10, 20))

    def to_px(self, n: Array, values: Array) -> Array:
        """Updates and distances -> pixels (k, 2)."""
        plot, (low, high) = self.plot(), self.decades()
        y = (np.log10(np.maximum(values, FLOOR)) - low) / (high - low)
        return np.stack([plot.x() + n / self.last * plot.width(), plot.bottom() - y * plot.height()], 1)

    # ------------------------------------------------------------ painting
    def paintEvent(self, event: QPaintEvent) -> None:
        size = self.size() * self.devicePixelRatioF()
        if self._still is None or self._still.size() != size:
            self._still = QPixmap(size)
            self._still.setDevicePixelRatio(self.devicePixelRatioF())
            self._still.fill(Qt.GlobalColor.transparent)
            self._paint_still(self._still)
        painter, plot = QPainter(self), self.plot()
        painter.drawPixmap(0, 0, self._still)
        x = plot.x() + self.cursor_at / self.last * plot.width()
        painter.setPen(QPen(ink("text", dark=self.dark), 1))
        painter.drawLine(QPointF(x, plot.y()), QPointF(x, plot.bottom()))

    def _paint_still(self, target: QPixmap) -> None:
        """All but the cursor."""
        painter = QPainter(target)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font())
        plot = self.plot()
        painter.fillRect(plot, ink("canvas", dark=self.dark))
        self._paint_axes(painter, plot)
        painter.setClipRect(plot.adjusted(0, -1, 0, 1))
        for curve in self.curves:
            self._paint_line(painter, curve.values, QPen(curve.colour, curve.width))
        if self.theory is not None:
            self._paint_line(painter, self.theory, QPen(ink("theory", dark=self.dark), 1.6, Qt.PenStyle.DashLine))
        painter.end()

    def _paint_line(self, painter: QPainter, values: Array, pen: QPen) -> None:
        """At most a point a pixel."""
        stride = max(1, -(-len(values) // max(self.width(), 1)))
        pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
        n = np.arange(0, len(values), stride)
        painter.setPen(pen)
        painter.drawPolyline(polygon(self.to_px(n, values[::stride])))

    def _paint_axes(self, painter: QPainter, plot: QRectF) -> None:
        (low, high), line = self.decades(), small_height()
        every = max(1, math.ceil((high - low) * 1.5 * line / plot.height()))
        every = next((e for e in (1, 2, 5, 10, 20) if e >= every), 50)
        for power in range(math.ceil(low / every) * every, high + 1, every):
            y = plot.bottom() - (power - low) / (high - low) * plot.height()
            painter.setPen(QPen(ink("border", dark=self.dark), 1))
            painter.drawLine(QPointF(plot.x(), y), QPointF(plot.right(), y))
            painter.setPen(ink("muted"))
            text = "1" if power == 0 else f"10{str(power).translate(SUPERSCRIPTS)}"
            box = QRectF(0, y - line / 2, plot.x() - 5, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        for n in ticks(0, self.last, 5):
            x = plot.x() + n / self.last * plot.width()
            box = QRectF(min(x - 30, self.width() - 52), plot.bottom() + 2, 60, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{n:,.0f}")
        words = QRectF(plot.x(), plot.bottom() + 2 + line, plot.width(), line)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, "updates")

    # ------------------------------------------------------------ mouse
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            share = (event.position().x() - self.plot().x()) / self.plot().width()
            self.pointed.emit(round(min(max(share, 0), 1) * self.last))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)
