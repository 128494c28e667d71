"""A histogram of latents against the density that they should have: data as bars, theory as a dashed line."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

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
        plot = QRectF(6, small + 8, self.width() - 12, self.height() - 2 * small - 12)
        top = max(0.46, float(self.heights.max()) * 1.05)
        self._paint_bars(painter, plot, top)
        self._paint_curve(painter, plot, top, 0.0, 1.0, QPen(ink("theory"), 2, Qt.PenStyle.DashLine))
        if self.item is not None:
            self._paint_curve(painter, plot, top, *self.item, QPen(ink("text"), 1.6))
        self._paint_axis(painter, plot)
        self._paint_legend(painter, small)

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
        painter.setPen(QPen(ink("muted"), 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        for value in ticks(-SPAN, SPAN, 6):
            x = plot.x() + (value + SPAN) / (2 * SPAN) * plot.width()
            painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + 3))
            text = f"{value:g}"
            box = QRectF(x - 40, plot.bottom() + 3, 80, QFontMetricsF(painter.font()).height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text.replace("-", "−"))

    def _paint_legend(self, painter: QPainter, small: float) -> None:
        x = 6.0
        words = ((f"{self.label}, all data", self.role, "bar"), ("prior", "theory", "dash"), ("this item", "text", "line"))
        for text, role, sign in words:
            y = 2 + small / 2
            if sign == "bar":
                painter.fillRect(QRectF(x, y - 4, 14, 8), ink(role))
            else:
                painter.setPen(QPen(ink(role), 2, Qt.PenStyle.DashLine if sign == "dash" else Qt.PenStyle.SolidLine))
                painter.drawLine(QPointF(x, y), QPointF(x + 14, y))
            painter.setPen(ink("muted"))
            width = QFontMetricsF(painter.font()).horizontalAdvance(text)
            painter.drawText(QRectF(x + 18, 2, width + 4, small), Qt.AlignmentFlag.AlignVCenter, text)
            x += width + 28
