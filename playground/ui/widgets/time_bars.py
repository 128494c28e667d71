"""One upright bar a group of timesteps, with its standard error: where along t the nats of a bound go."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from playground.ui import theme
from playground.ui.widgets.bars import DimensionBars
from playground.ui.widgets.ink import ink, small_font

Array = np.ndarray


class TimeBars(DimensionBars):
    """``values`` (K,) ± ``errors`` (K,) nats in the timesteps ``edges[k]`` .. ``edges[k + 1] - 1``; all bars are as wide."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edges: Array = np.zeros(1, int)
        self.errors: Array = np.zeros(0)
        self.chosen = -1

    def show_groups(self, edges: Array, values: Array, errors: Array) -> None:
        """New numbers."""
        self.edges, self.errors = np.asarray(edges, int), np.nan_to_num(np.asarray(errors, float))
        self.show_values(np.maximum(np.asarray(values, float), 0.0), np.ones(len(values), bool))
        self.chosen = -1

    def _top(self) -> float:
        return max(float((self.values + self.errors).max()) * 1.05, 1e-3) if len(self.values) else 1.0

    def _plot(self) -> QRectF:
        """Room for the words beneath the ticks."""
        plot = super()._plot()
        line = QFontMetricsF(small_font()).height()
        return plot.adjusted(QFontMetricsF(small_font()).horizontalAdvance("0"), 0, 0, -line)

    def _bar(self, index: int) -> QRectF:
        plot, n = self._plot(), len(self.values)
        pitch = plot.width() / n
        height = float(self.values[index]) / self._top() * plot.height()
        x = plot.x() + index * pitch
        return QRectF(x + 0.08 * pitch, plot.bottom() - max(height, 1.0), max(0.84 * pitch, 1.0), max(height, 1.0))

    def index_at(self, x: float) -> int:
        """The group whose column is at ``x``, or -1."""
        plot, n = self._plot(), len(self.values)
        index = int((x - plot.x()) // (plot.width() / n)) if n else -1
        return index if 0 <= index < n else -1

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not len(self.values):
            return
        painter = QPainter(self)
        painter.setFont(small_font())
        painter.setPen(ink("muted"))
        plot, line = self._plot(), QFontMetricsF(small_font()).height()
        wanted = max(2, int(plot.width() / 60))
        for k in np.unique(np.linspace(0, len(self.values) - 1, min(wanted, len(self.values))).round().astype(int)).tolist():
            box = QRectF(self._bar(k).center().x() - 40, plot.bottom() + 2, 80, line)
            flags = Qt.AlignmentFlag.AlignCenter
            box.moveRight(min(box.right(), self.width() + 40 - painter.fontMetrics().horizontalAdvance(f"{self.edges[k]:,}") / 2))
            painter.drawText(box, flags, f"{self.edges[k]:,}")
        words = QRectF(plot.x(), plot.bottom() + 2 + line, plot.width(), line)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, "first timestep t of the group")

    def _paint_bar(self, painter: QPainter, index: int, label: bool) -> None:
        super()._paint_bar(painter, index, False)
        bar, plot = self._bar(index), self._plot()
        reach = float(self.errors[index]) / self._top() * plot.height()
        painter.setPen(QPen(ink("text"), theme.stroke(1)))
        x = bar.center().x()
        painter.drawLine(QPointF(x, bar.top() - reach), QPointF(x, min(bar.top() + reach, plot.bottom())))

    def words(self, index: int) -> str:
        """One group in a sentence."""
        first, last = int(self.edges[index]), int(self.edges[index + 1]) - 1
        span = f"t = {first:,}" if first == last else f"t = {first:,} … {last:,}"
        return f"{span}: {self.values[index]:.3f} ± {self.errors[index]:.3f} nats"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self.index_at(event.position().x())
        if index >= 0:
            QToolTip.showText(event.globalPosition().toPoint(), self.words(index), self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Nothing to choose."""
