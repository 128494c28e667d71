"""Numbers of x_t, by the jump as bars and by single steps as an outline, against the standard normal that they approach."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from playground.ui import theme
from playground.ui.widgets.histogram import BINS, SPAN, PosteriorHistogram
from playground.ui.widgets.ink import ink
from playground.ui.widgets.layers import polygon

Array = np.ndarray


class NoiseHistogram(PosteriorHistogram):
    """Both as densities over -4 .. 4."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.walked: Array | None = None
        self.role = "data"

    def show_both(self, jump: Array, walk: Array) -> None:
        """All numbers (N,) of many draws of x_t; those beyond ±4 are left out."""
        self.walked = np.histogram(walk, BINS, (-SPAN, SPAN))[0] / max(len(walk), 1) / (2 * SPAN / BINS)
        self.show_values(jump, "", None)

    def sizeHint(self) -> QSize:
        return QSize(220, 130)

    def _words(self) -> tuple[tuple[str, str, str], ...]:
        return ("jump", self.role, "bar"), ("steps", "text", "line"), ("N(0, 1)", "theory", "dash")

    def _paint_bars(self, painter: QPainter, plot: QRectF, top: float) -> None:
        super()._paint_bars(painter, plot, top)
        if self.walked is None:
            return
        edges = np.repeat(plot.x() + np.arange(BINS + 1) * plot.width() / BINS, 2)[1:-1]
        heights = np.repeat(plot.bottom() - np.minimum(self.walked / top, 1.0) * plot.height(), 2)
        painter.setPen(QPen(ink("text"), theme.stroke(1.3)))
        painter.drawPolyline(polygon(np.stack([edges, heights], 1)))
