"""Two histograms on one axis: the model's in its colour, that of the truth as a dashed outline."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.ui import theme
from playground.ui.widgets.ink import ink, small_font, small_height
from playground.ui.widgets.layers import polygon
from playground.ui.widgets.plane import ticks

Array = np.ndarray
BINS = 36


class Histograms(QWidget):
    """``values`` (N,) as filled bars, ``truth`` (M,) as a dashed outline; both as shares of their number."""

    def __init__(self, x_label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.x_label = x_label
        self.edges: Array = np.linspace(0, 1, BINS + 1)
        self.bars: Array = np.zeros(BINS)
        self.outline: Array | None = None
        self.colour = QColor()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_values(self, values: Array, colour: QColor, truth: Array | None = None) -> None:
        """New numbers; the outermost 1 % of either side is drawn in the last bars."""
        every = np.concatenate([values, *([truth] if truth is not None else [])])
        every = every[np.isfinite(every)]
        low, high = (float(v) for v in np.quantile(every, (0.01, 0.99))) if len(every) else (0.0, 1.0)
        self.edges = np.linspace(low, max(high, low + 1e-9), BINS + 1)
        self.bars, self.colour = self._shares(values), colour
        self.outline = self._shares(truth) if truth is not None else None
        self.update()

    def _shares(self, values: Array) -> Array:
        inside = np.clip(values[np.isfinite(values)], self.edges[0], self.edges[-1])
        return np.asarray(np.histogram(inside, self.edges)[0] / max(len(values), 1))

    def sizeHint(self) -> QSize:
        return QSize(280, 150)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, line = QPainter(self), small_height()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font())
        plot = QRectF(6, 4, self.width() - 12, self.height() - 2 * line - 8)
        painter.fillRect(plot, ink("canvas"))
        top = max(float(self.bars.max()), float(self.outline.max()) if self.outline is not None else 0.0, 1e-9) * 1.08
        pitch = plot.width() / BINS
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.colour)
        for i, share in enumerate(self.bars):
            height = float(share) / top * plot.height()
            painter.drawRect(QRectF(plot.x() + i * pitch, plot.bottom() - height, max(pitch - 1, 1), height))
        if self.outline is not None:
            self._paint_outline(painter, plot, top)
        self._paint_axis(painter, plot, line)

    def _paint_outline(self, painter: QPainter, plot: QRectF, top: float) -> None:
        assert self.outline is not None
        x = np.repeat(np.linspace(plot.x(), plot.right(), BINS + 1), 2)[1:-1]
        y = plot.bottom() - np.repeat(self.outline, 2) / top * plot.height()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ink("theory"), theme.stroke(1.6), Qt.PenStyle.DashLine))
        painter.drawPolyline(polygon(np.stack([x, y], 1)))

    def _paint_axis(self, painter: QPainter, plot: QRectF, line: float) -> None:
        low, high = float(self.edges[0]), float(self.edges[-1])
        painter.setPen(ink("muted"))
        for value in ticks(low, high, 5):
            x = plot.x() + (value - low) / (high - low) * plot.width()
            box = QRectF(min(max(x - 30, 0), self.width() - 60), plot.bottom() + 1, 60, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{value:,.4g}".replace("-", "−"))
            painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + 2))
        words = QRectF(0, plot.bottom() + 1 + line, self.width(), line + 2)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self.x_label)
