"""Curves of all contestants in one plot: thin lines for seeds, a thick one for their mean, theory dashed and neutral."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.ui import theme
from playground.ui.widgets.ink import ink, small_font, small_height
from playground.ui.widgets.layers import polygon
from playground.ui.widgets.plane import ticks

Array = np.ndarray
MOST = 1500  # points of a line that reach the painter


@dataclass(frozen=True)
class Line:
    """``y`` (n,) over rising ``x`` (n,), drawn with ``pen``; ``thin`` lines carry no dots."""

    x: Array
    y: Array
    pen: QPen
    thin: bool = False


@dataclass(frozen=True)
class Axis:
    """From ``low`` to ``high``, in tens if ``log``."""

    low: float
    high: float
    log: bool = False

    def share(self, values: Array) -> Array:
        """Where values lie on it: 0 at its start, 1 at its end."""
        if self.log:
            with np.errstate(divide="ignore", invalid="ignore"):
                shares = (np.log10(values) - math.log10(self.low)) / (math.log10(self.high) - math.log10(self.low))
            return np.asarray(np.nan_to_num(shares, nan=-1.0, neginf=-1.0))
        return np.asarray((values - self.low) / (self.high - self.low))

    def value(self, share: float) -> float:
        """The inverse of :meth:`share`."""
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + share * (self.high - self.low)

    def marks(self, wanted: int) -> list[float]:
        """Round numbers along it: powers of ten with 2 and 5 between them where they are few."""
        if not self.log:
            return ticks(self.low, self.high, max(wanted, 2))
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        steps = (1, 2, 5) if 3 * len(decades) <= 2 * wanted else (1,)
        found = [s * 10.0**p for p in decades for s in steps]
        inside = [v for v in found if self.low * 0.999 <= v <= self.high * 1.001]
        return inside[:: max(1, math.ceil(len(inside) / max(wanted, 1)))]


def axis_of(parts: Sequence[Array], log: bool, *, from_zero: bool = False) -> Axis:
    """An axis that holds all finite values (positive ones, if ``log``), with a little room at its ends."""
    values = np.concatenate([np.ravel(p) for p in parts]) if parts else np.zeros(0)
    values = values[np.isfinite(values) & ((values > 0) | (not log))]
    if not len(values):
        return Axis(0.1, 1.0, True) if log else Axis(0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    if log:
        grow = 1.08 if from_zero else 1.25
        return Axis(low / (1.0 if from_zero else grow), max(high, low * 1.01) * grow, True)
    if from_zero:
        return Axis(0.0, max(high, 1e-9) * 1.02)
    pad = 0.06 * (high - low) or 0.05 * abs(high) or 0.5
    return Axis(max(low - pad, 0.0) if low >= 0 else low - pad, high + pad)


class RaceChart(QWidget):
    """``pointed(x)`` while the mouse or an arrow key reads the curves, NaN when it leaves."""

    pointed = Signal(float)

    def __init__(self, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.placeholder, self.x_label, self.y_label = placeholder, "", ""
        self.lines: Sequence[Line] = ()
        self.levels: Sequence[tuple[float, str]] = ()
        self.across, self.up = Axis(0, 1), Axis(0, 1)
        self.reading = math.nan
        self._still: QPixmap | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 110)

    def show_lines(
        self, lines: Sequence[Line], levels: Sequence[tuple[float, str]] = (), *, log_x: bool = False, log_y: bool = False
    ) -> None:
        """New curves, the last on top; ``levels``: dashed horizontals with their words."""
        self.lines, self.levels = [thinned(line) for line in lines if len(line.x)], [v for v in levels if math.isfinite(v[0])]
        self.across = axis_of([line.x for line in self.lines], log_x, from_zero=True)
        self.up = axis_of([*(line.y for line in self.lines), *(np.array([v]) for v, _ in self.levels)], log_y)
        self.redraw()

    def redraw(self) -> None:
        """Contents or colours changed."""
        self._still = None
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, 200)

    # ------------------------------------------------------------ geometry
    def plot(self) -> QRectF:
        """Where the curves lie."""
        line = small_height()
        left = 3.4 * line + (line if self.y_label else 0)
        below = line * (2 if self.x_label else 1) + 6
        return QRectF(left, 6, max(self.width() - left - 10, 20), max(self.height() - below - 8, 20))

    def to_px(self, x: Array, y: Array) -> Array:
        """Values -> pixels (n, 2)."""
        plot = self.plot()
        px = plot.x() + self.across.share(x) * plot.width()
        return np.stack([px, plot.bottom() - np.clip(self.up.share(y), -1, 2) * plot.height()], 1)

    # ------------------------------------------------------------ painting
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, ratio = QPainter(self), self.devicePixelRatioF()
        if not self.lines:
            self._paint_placeholder(painter)
            return
        if self._still is None or self._still.size() != self.size() * ratio:
            self._still = QPixmap(self.size() * ratio)
            self._still.setDevicePixelRatio(ratio)
            self._still.fill(Qt.GlobalColor.transparent)
            self._paint_still(self._still)
        painter.drawPixmap(0, 0, self._still)
        plot = self.plot()
        if math.isfinite(self.reading):
            x = plot.x() + float(self.across.share(np.array(self.reading))) * plot.width()
            painter.setPen(QPen(ink("muted"), theme.stroke(1)))
            painter.drawLine(QPointF(x, plot.y()), QPointF(x, plot.bottom()))
        if self.hasFocus():
            painter.setPen(QPen(ink("focus"), theme.stroke(1), Qt.PenStyle.DotLine))
            painter.drawRect(plot)

    def _paint_placeholder(self, painter: QPainter) -> None:
        painter.setPen(ink("muted"))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(QRectF(self.rect()).adjusted(12, 0, -12, 0), flags, self.placeholder)

    def _paint_still(self, target: QPixmap) -> None:
        painter, plot = QPainter(target), self.plot()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font())
        painter.fillRect(plot, ink("canvas"))
        self._paint_x(painter, plot)
        self._paint_y(painter, plot)
        painter.setClipRect(plot)
        for line in self.lines:
            self._paint_line(painter, line)
        for value, words in self.levels:
            self._paint_level(painter, plot, value, words)
        painter.end()

    def _paint_line(self, painter: QPainter, line: Line) -> None:
        px = self.to_px(line.x, line.y)
        painter.setPen(line.pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(polygon(px))
        if not line.thin and len(px) <= 40:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(line.pen.color())
            for x, y in px.tolist():
                painter.drawEllipse(QPointF(x, y), 2.6, 2.6)

    def _paint_level(self, painter: QPainter, plot: QRectF, value: float, words: str) -> None:
        y = plot.bottom() - float(self.up.share(np.array(value))) * plot.height()
        pen = QPen(ink("theory"), theme.stroke(1.4))
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.drawLine(QPointF(plot.x(), y), QPointF(plot.right(), y))
        width = QFontMetricsF(painter.font()).horizontalAdvance(words) + 6
        line = small_height()
        above = y - line - 1 >= plot.y()
        box = QRectF(plot.right() - width, y - line - 1 if above else y + 1, width, line)
        veil = QColor(ink("canvas"))
        veil.setAlphaF(0.8)
        painter.fillRect(box, veil)
        painter.setPen(ink("muted"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_x(self, painter: QPainter, plot: QRectF) -> None:
        line = small_height()
        for value in self.across.marks(max(3, int(plot.width() / 90))):
            x = plot.x() + float(self.across.share(np.array(value))) * plot.width()
            painter.setPen(QPen(ink("border"), theme.stroke(1)))
            painter.drawLine(QPointF(x, plot.y()), QPointF(x, plot.bottom()))
            painter.setPen(ink("muted"))
            box = QRectF(min(x - 40, self.width() - 78), plot.bottom() + 2, 80, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, tick_text(value))
        painter.setPen(ink("muted"))
        words = QRectF(plot.x(), plot.bottom() + 2 + line, plot.width(), line + 2)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self.x_label)

    def _paint_y(self, painter: QPainter, plot: QRectF) -> None:
        line = small_height()
        for value in self.up.marks(max(2, int(plot.height() / (2.2 * line)))):
            y = plot.bottom() - float(self.up.share(np.array(value))) * plot.height()
            painter.setPen(QPen(ink("border"), theme.stroke(1)))
            painter.drawLine(QPointF(plot.x(), y), QPointF(plot.right(), y))
            painter.setPen(ink("muted"))
            box = QRectF(plot.x() - 3.4 * line, y - line / 2, 3.4 * line - 5, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, tick_text(value))
        if self.y_label:
            painter.save()
            painter.translate(2, plot.center().y())
            painter.rotate(-90)
            half = plot.height() / 2 + 20
            metrics = QFontMetricsF(painter.font())
            words = metrics.elidedText(self.y_label, Qt.TextElideMode.ElideRight, 2 * half)
            painter.drawText(QRectF(-half, 0, 2 * half, line), Qt.AlignmentFlag.AlignCenter, words)
            painter.restore()

    # ------------------------------------------------------------ reading
    def read(self, x: float) -> None:
        """Mark a place (NaN: none) and tell."""
        if not (math.isnan(x) and math.isnan(self.reading)):
            self.reading = x
            self.pointed.emit(x)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        plot = self.plot()
        inside = plot.contains(event.position()) and bool(self.lines)
        self.read(self.across.value((event.position().x() - plot.x()) / plot.width()) if inside else math.nan)

    def leaveEvent(self, event: object) -> None:
        self.read(math.nan)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if way is None or not self.lines:
            super().keyPressEvent(event)
            return
        share = float(self.across.share(np.array(self.reading))) if math.isfinite(self.reading) else 1.0
        self.read(self.across.value(min(max(share + way * 0.02, 0.0), 1.0)))


def thinned(line: Line) -> Line:
    """At most so many points, the last one among them."""
    stride = -(-len(line.x) // MOST)
    if stride <= 1:
        return line
    kept = np.unique(np.append(np.arange(0, len(line.x), stride), len(line.x) - 1))
    return Line(line.x[kept], line.y[kept], line.pen, line.thin)


def tick_text(value: float) -> str:
    """20k, 1.5M, 0.01, 1e-5."""
    if value and abs(value) < 1e-3:
        return f"{value:.0e}".replace("e-0", "e-").replace("-", "−")
    size, letter = (1e6, "M") if abs(value) >= 1e6 else (1e3, "k") if abs(value) >= 1e4 else (1.0, "")
    return f"{value / size:,.4g}{letter}".replace("-", "−")
