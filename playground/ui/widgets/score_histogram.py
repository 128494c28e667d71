"""D's scores of real and of generated pictures on one axis, with the midpoint at which D decides."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.ui import theme
from playground.ui.widgets.ink import ink, small_font, small_height
from playground.ui.widgets.plane import ticks

Array = np.ndarray
BINS = 40


class ScoreHistogram(QWidget):
    """Bars of both kinds over each other, equal areas; ``chosen`` is the score of one picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heights: tuple[Array, Array] | None = None  # shares a bin (BINS,), of real and generated
        self.low, self.high, self.midpoint = 0.0, 1.0, 0.5
        self.unit, self.role = "", "gan"
        self.chosen: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(150, 100)

    def show_scores(self, real: Array, fake: Array, midpoint: float, *, probability: bool) -> None:
        """Scores (m,) of many pictures of each kind. Raw scores choose their own axis, all but 1 % of them lie on it."""
        self.low, self.high = (0.0, 1.0) if probability else score_range(real, fake, midpoint)
        self.unit = "D(x), probability of real" if probability else "D’s score; higher is more real"
        bins = (self.low, self.high)
        first, second = (np.histogram(np.clip(v, *bins), BINS, bins)[0] / max(len(v), 1) for v in (real, fake))
        self.heights, self.midpoint = (first, second), midpoint
        self.update()

    def clear(self) -> None:
        """A new run."""
        self.heights, self.chosen = None, None
        self.update()

    def mark(self, score: float | None) -> None:
        """Where one picture lies."""
        if score != self.chosen:
            self.chosen = score
            self.update()

    # ------------------------------------------------------------ painting
    def sizeHint(self) -> QSize:
        return QSize(220, 160)

    def _plot(self) -> QRectF:
        small = small_height()
        return QRectF(8, small + 6, max(self.width() - 16, 20), max(self.height() - 3 * small - 12, 20))

    def place(self, score: float) -> float:
        """Where a score lies, in pixels."""
        plot = self._plot()
        share = (score - self.low) / max(self.high - self.low, 1e-12)
        return plot.x() + min(max(share, 0.0), 1.0) * plot.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(small_font())
        if self.heights is None:
            painter.setPen(ink("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()).adjusted(8, 0, -8, 0), flags, "Scores of many real and generated pictures.")
            return
        plot = self._plot()
        top = max(0.02, float(max(h.max() for h in self.heights))) * 1.04
        for heights, role in zip(self.heights, ("data", self.role), strict=True):
            self._paint_bars(painter, plot, heights / top, role)
        self._paint_axis(painter, plot)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_midpoint(painter, plot)
        if self.chosen is not None:
            self._paint_chosen(painter, plot, self.place(self.chosen))

    @staticmethod
    def _paint_bars(painter: QPainter, plot: QRectF, heights: Array, role: str) -> None:
        colour, width = QColor(ink(role)), plot.width() / BINS
        line = QColor(colour)
        colour.setAlphaF(0.55)
        for i, height in enumerate(heights.tolist()):
            if height > 0:
                bar = QRectF(plot.x() + i * width, plot.bottom() - height * plot.height(), width, height * plot.height())
                painter.fillRect(bar, colour)
                painter.fillRect(QRectF(bar.x(), bar.y(), width, 1.5), line)

    def _paint_axis(self, painter: QPainter, plot: QRectF) -> None:
        small = small_height()
        painter.setPen(QPen(ink("muted"), theme.stroke(1)))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        for value in ticks(self.low, self.high, max(2, int(plot.width() / 55))):
            box = QRectF(self.place(value) - 30, plot.bottom() + 2, 60, small)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{value:g}".replace("-", "−"))
        box = QRectF(0, plot.bottom() + small + 2, self.width(), small + 2)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.unit)

    def _paint_midpoint(self, painter: QPainter, plot: QRectF) -> None:
        x, text = self.place(self.midpoint), f"midpoint {self.midpoint:.2f}".replace("-", "−")
        painter.setPen(QPen(ink("theory"), theme.stroke(1.8), Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, plot.y() - 3), QPointF(x, plot.bottom()))
        width = QFontMetricsF(painter.font()).horizontalAdvance(text) + 2
        left = min(max(x - width / 2, 0.0), self.width() - width)
        painter.drawText(QRectF(left, 0, width, small_height()), Qt.AlignmentFlag.AlignCenter, text)

    @staticmethod
    def _paint_chosen(painter: QPainter, plot: QRectF, x: float) -> None:
        painter.setPen(QPen(ink("card"), theme.stroke(5)))
        painter.drawLine(QPointF(x, plot.y() + 2), QPointF(x, plot.bottom()))
        painter.setPen(QPen(ink("text"), theme.stroke(2.2)))
        painter.drawLine(QPointF(x, plot.y() + 2), QPointF(x, plot.bottom()))


def score_range(real: Array, fake: Array, midpoint: float) -> tuple[float, float]:
    """An axis that holds all but half a per cent of the scores at each end, and the midpoint."""
    both = np.concatenate([real, fake, [midpoint]])
    low, high = (float(np.quantile(both, q)) for q in (0.005, 0.995))
    low, high = min(low, midpoint), max(high, midpoint)
    pad = 0.04 * max(high - low, 1e-6)
    return low - pad, high + pad
