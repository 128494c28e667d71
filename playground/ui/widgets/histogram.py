"""A histogram of latents against the density that they should have: data as bars, theory as a dashed line."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.ui import theme
from playground.ui.widgets.ink import ink, small_font
from playground.ui.widgets.layers import polygon
from playground.ui.widgets.plane import ticks

Array = np.ndarray
SPAN = 4.0
BINS = 48


def normal_density(x: Array, mean: float = 0.0, sigma: float = 1.0) -> Array:
    """N(x; mean, sigma^2)."""
    return np.exp(-0.5 * ((x - mean) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))


class PosteriorHistogram(QWidget):
    """q(z) over all data as bars, N(0, 1) dashed, one item's posterior as a thin curve."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heights: Array | None = None
        self.item: tuple[float, float] | None = None
        self.label, self.role = "z1", "vae"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(100)

    def show_values(self, values: Array, label: str, item: tuple[float, float] | None) -> None:
        """``values`` (N,) of one latent over the data; ``item`` = (mu, sigma) of the chosen item."""
        self.heights, _ = np.histogram(values, BINS, (-SPAN, SPAN))
        self.heights = self.heights / max(len(values), 1) / (2 * SPAN / BINS)
        self.label, self.item = label, item
        self.update()

    def clear(self) -> None:
        self.heights = None
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, 140)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.heights is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font())
        small = QFontMetricsF(painter.font()).height()
        legend = self.legend_boxes()
        head = legend[-1].bottom()
        plot = QRectF(6, head + 6, self.width() - 12, self.height() - head - small - 10)
        top = max(0.46, float(self.heights.max()) * 1.05)
        self._paint_bars(painter, plot, top)
        self._paint_curve(painter, plot, top, 0.0, 1.0, QPen(ink("theory"), theme.stroke(2), Qt.PenStyle.DashLine))
        if self.item is not None:
            self._paint_curve(painter, plot, top, *self.item, QPen(ink("text"), theme.stroke(1.6)))
        self._paint_axis(painter, plot)
        self._paint_legend(painter, legend)

    def _paint_bars(self, painter: QPainter, plot: QRectF, top: float) -> None:
        assert self.heights is not None
        width = plot.width() / BINS
        colour = QColor(ink(self.role))
        colour.setAlphaF(0.75)
        for i, height in enumerate(self.heights):
            h = min(float(height) / top, 1.0) * plot.height()
            painter.fillRect(QRectF(plot.x() + i * width, plot.bottom() - h, width - 0.6, h), colour)

    @staticmethod
    def _paint_curve(painter: QPainter, plot: QRectF, top: float, mean: float, sigma: float, pen: QPen) -> None:
        x = np.linspace(-SPAN, SPAN, 241)
        y = np.minimum(normal_density(x, mean, max(sigma, 1e-3)) / top, 1.02)
        px = plot.x() + (x + SPAN) / (2 * SPAN) * plot.width()
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(polygon(np.stack([px, plot.bottom() - y * plot.height()], 1)))

    def _paint_axis(self, painter: QPainter, plot: QRectF) -> None:
        painter.setPen(QPen(ink("muted"), theme.stroke(1)))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        for value in ticks(-SPAN, SPAN, 6):
            x = plot.x() + (value + SPAN) / (2 * SPAN) * plot.width()
            painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + 3))
            text = f"{value:g}"
            box = QRectF(x - 40, plot.bottom() + 3, 80, QFontMetricsF(painter.font()).height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text.replace("-", "−"))

    def _words(self) -> tuple[tuple[str, str, str], ...]:
        """Text, role and sign of each entry of the legend."""
        return (f"{self.label}, all data", self.role, "bar"), ("prior", "theory", "dash"), ("this item", "text", "line")

    def legend_boxes(self) -> list[QRectF]:
        """Where the entries of the legend lie: in a line, or in two where it is narrow."""
        metrics = QFontMetricsF(small_font())
        boxes: list[QRectF] = []
        x, y = 6.0, 2.0
        for text, _, _ in self._words():
            width = metrics.horizontalAdvance(text) + 22
            if x > 6 and x + width > self.width():
                x, y = 6.0, y + metrics.height()
            boxes.append(QRectF(x, y, width, metrics.height()))
            x += width + 6
        return boxes

    def _paint_legend(self, painter: QPainter, boxes: list[QRectF]) -> None:
        for (text, role, sign), box in zip(self._words(), boxes, strict=True):
            x, y = box.x(), box.center().y()
            if sign == "bar":
                painter.fillRect(QRectF(x, y - 4, 14, 8), ink(role))
            else:
                painter.setPen(QPen(ink(role), theme.stroke(2), Qt.PenStyle.DashLine if sign == "dash" else Qt.PenStyle.SolidLine))
                painter.drawLine(QPointF(x, y), QPointF(x + 14, y))
            painter.setPen(ink("muted"))
            painter.drawText(box.adjusted(18, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)
