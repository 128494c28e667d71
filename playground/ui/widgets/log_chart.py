"""Curves over a whole number (updates, timesteps) on an axis of powers of ten, or an even one, with dashed theory and a cursor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.ui import theme
from playground.ui.widgets.ink import ink, small_font, small_height
from playground.ui.widgets.layers import polygon
from playground.ui.widgets.plane import ticks

Array = np.ndarray
FLOOR = 1e-30  # smaller distances are drawn there
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Curve:
    """``values`` (N + 1,) at 0..N, or at the places ``at`` (N + 1,), rising; above 0 where the axis is logarithmic."""

    values: Array
    colour: QColor
    width: float = 1.5
    at: Array | None = None
    dashed: bool = False  # the sign of theory
    dots: bool = False  # a dot at each value: they are few

    @property
    def places(self) -> Array:
        return np.arange(len(self.values)) if self.at is None else self.at


class LogChart(QWidget):
    """``pointed(n)`` when the mouse asks for a place; ``what`` names the numbers beneath, ``span`` (if above 0) is their last."""

    pointed = Signal(int)

    def __init__(self, what: str = "updates", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.what, self.span = what, 0
        self.most_decades = 0  # decades from the top that are shown at most; 0: all
        self.curves: Sequence[Curve] = ()
        self.theory: Array | None = None
        self.cursor_at, self.dark = 0, True
        self._still: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 90)

    def show_curves(self, curves: Sequence[Curve], theory: Array | None = None) -> None:
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
        return self.span or max((len(c.values) - 1 for c in self.curves), default=1)

    def decades(self) -> tuple[int, int]:
        """The powers of ten that hold all values; at least two decades."""
        finite = [c.values[np.isfinite(c.values)] for c in self.curves]
        values = [float(v) for part in finite if len(part) for v in (part.min(), part.max())]
        low = math.floor(math.log10(max(min(values, default=0.1), FLOOR)) + 1e-9)
        high = math.ceil(math.log10(max(max(values, default=1.0), FLOOR)) - 1e-9)
        low = min(low, high - 2)
        return max(low, high - self.most_decades) if self.most_decades else low, high

    def plot(self) -> QRectF:
        """Where the curves lie."""
        line = small_height()
        return QRectF(3.2 * line, 6, max(self.width() - 3.2 * line - 8, 20), max(self.height() - 2 * line - 10, 20))

    def share(self, values: Array) -> Array:
        """How high values lie: 0 at the bottom, 1 at the top."""
        low, high = self.decades()
        return np.asarray((np.log10(np.maximum(values, FLOOR)) - low) / (high - low))

    def rows(self, most: int) -> list[tuple[float, str]]:
        """Values with a line and a number, at most so many."""
        low, high = self.decades()
        every = max(1, math.ceil((high - low) / max(most, 1)))
        every = next((e for e in (1, 2, 5, 10, 20) if e >= every), 50)
        powers = range(math.ceil(low / every) * every, high + 1, every)
        return [(10.0**p, "1" if p == 0 else f"10{str(p).translate(SUPERSCRIPTS)}") for p in powers]

    def to_px(self, n: Array, values: Array) -> Array:
        """Places and values -> pixels (k, 2)."""
        plot = self.plot()
        return np.stack([plot.x() + n / self.last * plot.width(), plot.bottom() - self.share(values) * plot.height()], 1)

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
        painter.setPen(QPen(ink("text", dark=self.dark), theme.stroke(1)))
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
            self._paint_line(painter, curve)
        if self.theory is not None:
            self._paint_line(painter, Curve(self.theory, ink("theory", dark=self.dark), 1.6, dashed=True))
        painter.end()

    def _paint_line(self, painter: QPainter, curve: Curve) -> None:
        """At most a point a pixel."""
        stride = max(1, -(-len(curve.values) // max(self.width(), 1)))
        pen = QPen(curve.colour, curve.width, Qt.PenStyle.DashLine if curve.dashed else Qt.PenStyle.SolidLine)
        pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
        painter.setPen(pen)
        px = self.to_px(curve.places[::stride], curve.values[::stride])
        painter.drawPolyline(polygon(px))
        if curve.dots:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(curve.colour)
            for x, y in px.tolist():
                painter.drawEllipse(QPointF(x, y), curve.width + 1, curve.width + 1)
            painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_axes(self, painter: QPainter, plot: QRectF) -> None:
        line = small_height()
        for value, text in self.rows(int(plot.height() / (1.5 * line))):
            y = plot.bottom() - float(self.share(np.array(value))) * plot.height()
            painter.setPen(QPen(ink("border", dark=self.dark), theme.stroke(1)))
            painter.drawLine(QPointF(plot.x(), y), QPointF(plot.right(), y))
            painter.setPen(ink("muted"))
            box = QRectF(0, y - line / 2, plot.x() - 5, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        for n in ticks(0, self.last, min(5, max(2, int(plot.width() / 50)))):
            x = plot.x() + n / self.last * plot.width()
            box = QRectF(min(x - 30, self.width() - 52), plot.bottom() + 2, 60, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{n:,.0f}")
        words = QRectF(plot.x(), plot.bottom() + 2 + line, plot.width(), line)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self.what)

    # ------------------------------------------------------------ mouse
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            share = (event.position().x() - self.plot().x()) / self.plot().width()
            self.pointed.emit(round(min(max(share, 0), 1) * self.last))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)


class LinearChart(LogChart):
    """The same over an even axis from 0 to ``top``."""

    def __init__(self, top: float = 1.0, what: str = "updates", parent: QWidget | None = None) -> None:
        super().__init__(what, parent)
        self.top = top

    def share(self, values: Array) -> Array:
        return np.asarray(values / self.top, float)

    def rows(self, most: int) -> list[tuple[float, str]]:
        return [(v, f"{v:g}") for v in ticks(0, self.top, min(max(most - 1, 1), 5))]
