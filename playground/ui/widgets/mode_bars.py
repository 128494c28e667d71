"""One bar a mode: the model's share in its colour, before the true share as a blue outline with what chance allows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from playground.ui import theme
from playground.ui.widgets.ink import ink, small_font, small_height
from playground.ui.widgets.plane import ticks

Array = np.ndarray
WIDEST = 96.0  # of a column, in logical pixels


class ModeBars(QWidget):
    """``picked(index)`` when the mouse or the arrow keys choose a mode, -1 when they leave."""

    picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names: Sequence[str] = ()
        self.share: Array = np.zeros(0)
        self.true: Array = np.zeros(0)
        self.n, self.elsewhere = 0, 0.0
        self.role, self.chosen = "gan", -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 90)

    def show_shares(self, names: Sequence[str], share: Array, true: Array, n: int, elsewhere: float = 0.0) -> None:
        """Shares (K,) of the ``n`` samples that count for a mode beside the true ones; ``elsewhere`` is the part of all samples
        that counts for none.
        """
        self.names, self.share, self.true, self.n, self.elsewhere = names, share, true, n, elsewhere
        self.chosen = min(self.chosen, len(names) - 1)
        self.update()

    def clear(self) -> None:
        """A new run."""
        self.chosen = -1
        self.show_shares((), np.zeros(0), np.zeros(0), 0)

    def choose(self, index: int) -> None:
        """Mark a mode (-1: none) without telling anybody."""
        if index != self.chosen:
            self.chosen = index
            self.update()

    def words(self, index: int) -> str:
        """What a bar says, in numbers."""
        count, spread = round(float(self.share[index]) * self.n), 100 * float(self._spread()[index])
        return (
            f"{self.names[index]}: {100 * self.share[index]:.1f} % of the samples that count ({count:,} of {self.n:,}). "
            f"True: {100 * self.true[index]:.1f} %; chance alone gives ± {2 * spread:.1f} %."
        )

    def _spread(self) -> Array:
        """Standard deviation (K,) of the share of n independent draws of the data, binomial: sqrt(p (1 - p) / n)."""
        return np.sqrt(self.true * (1 - self.true) / max(self.n, 1))

    # ------------------------------------------------------------ geometry
    def _columns(self) -> int:
        return len(self.names) + (self.elsewhere > 0)

    def _plot(self) -> QRectF:
        metrics = QFontMetricsF(small_font())
        left, under = metrics.horizontalAdvance("100 %") + 6, metrics.height() + 4
        if self._upright():
            under = min(max((metrics.horizontalAdvance(n) for n in self.names), default=0.0) + 8, 0.3 * self.height())
        return QRectF(left, 8, max(self.width() - left - 4, 20), max(self.height() - under - 10, 20))

    def _pitch(self) -> float:
        left = QFontMetricsF(small_font()).horizontalAdvance("100 %") + 6
        return min(max(self.width() - left - 4, 20) / max(self._columns(), 1), WIDEST)

    def _upright(self) -> bool:
        """The names are too long to stand side by side."""
        metrics = QFontMetricsF(small_font())
        return max((metrics.horizontalAdvance(n) for n in self.names), default=0.0) + 4 > self._pitch()

    def _top(self) -> float:
        """The highest share on the axis. What lies near no mode may exceed it: its bar is cut, and says how high it is."""
        values = [*self.share, *(self.true + 2 * self._spread())]
        return 1.05 * max(0.01, *map(float, values))

    def index_at(self, x: float) -> int:
        """The mode whose column is at ``x``, or -1."""
        index = int((x - self._plot().x()) // self._pitch())
        return index if 0 <= index < len(self.names) else -1

    # ------------------------------------------------------------ painting
    def sizeHint(self) -> QSize:
        return QSize(420, 220)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self.names):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font())
        plot, pitch, top = self._plot(), self._pitch(), self._top()
        self._paint_axis(painter, plot, top)
        spread, upright = self._spread(), self._upright()
        every = max(1, round(QFontMetricsF(painter.font()).height() / pitch)) if upright else 1
        for i in range(len(self.names)):
            column = QRectF(plot.x() + i * pitch, plot.y(), pitch, plot.height())
            self._paint_true(painter, column, float(self.true[i]) / top, float(spread[i]) / top)
            self._paint_share(painter, column, float(self.share[i]) / top, i)
            if i % every == 0:
                self._paint_name(painter, column, self.names[i], ink("text" if self.share[i] > 0 else "danger"), upright)
        if self.elsewhere > 0:
            column = QRectF(plot.x() + len(self.names) * pitch, plot.y(), pitch, plot.height())
            self._paint_elsewhere(painter, column, self.elsewhere, top)
            self._paint_name(painter, column, "no mode", ink("muted"), upright)

    def _paint_axis(self, painter: QPainter, plot: QRectF, top: float) -> None:
        for value in ticks(0, 100 * top, max(2, int(plot.height() / 45))):
            y = plot.bottom() - value / 100 / top * plot.height()
            painter.setPen(QPen(ink("border"), theme.stroke(1)))
            painter.drawLine(QPointF(plot.x(), y), QPointF(plot.right(), y))
            painter.setPen(ink("muted"))
            box = QRectF(0, y - 9, plot.x() - 5, 18)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{value:g} %")

    @staticmethod
    def _paint_true(painter: QPainter, column: QRectF, height: float, spread: float) -> None:
        """A blue outline, and over its top a band: two standard deviations of chance either way."""
        blue, h = QColor(ink("data")), column.height()
        box = column.adjusted(column.width() * 0.1, 0, -column.width() * 0.1, 0)
        band = QRectF(box.x(), box.bottom() - (height + 2 * spread) * h, box.width(), 4 * spread * h)
        blue.setAlphaF(0.28)
        painter.fillRect(band & box, blue)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ink("data"), theme.stroke(1.4)))
        painter.drawRect(QRectF(box.x(), box.bottom() - height * h, box.width(), height * h))

    def _paint_share(self, painter: QPainter, column: QRectF, height: float, index: int) -> None:
        h = column.height()
        bar = column.adjusted(column.width() * 0.24, 0, -column.width() * 0.24, 0)
        bar.setTop(bar.bottom() - height * h)
        painter.fillRect(bar, ink(self.role))
        if self.share[index] <= 0:
            painter.setPen(ink("danger"))
            box = QRectF(column.x() - 6, column.bottom() - 17, column.width() + 12, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "0")
        if index == self.chosen:
            painter.setPen(QPen(ink("text"), theme.stroke(1.5)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(column.adjusted(1, -4, -1, 2))

    @staticmethod
    def _paint_elsewhere(painter: QPainter, column: QRectF, share: float, top: float) -> None:
        bar = column.adjusted(column.width() * 0.24, 0, -column.width() * 0.24, 0)
        bar.setTop(bar.bottom() - min(share / top, 1.0) * column.height())
        painter.setPen(QPen(ink("muted"), theme.stroke(1)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(bar)
        if share > top:
            box = QRectF(column.x() - 10, column.y() + 3, column.width() + 20, small_height())
            veil = QRectF(box.center().x() - 18, box.y(), 36, box.height())
            painter.fillRect(veil, ink("card"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{100 * share:.0f} %")

    @staticmethod
    def _paint_name(painter: QPainter, column: QRectF, name: str, colour: QColor, upright: bool) -> None:
        painter.setPen(colour)
        metrics = QFontMetricsF(painter.font())
        if not upright:
            box = QRectF(column.x() - 20, column.bottom() + 2, column.width() + 40, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)
            return
        painter.save()
        painter.translate(column.center().x(), column.bottom() + 4)
        painter.rotate(90)
        box = QRectF(0, -metrics.height() / 2, 400, metrics.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.restore()

    # ------------------------------------------------------------ mouse and keyboard
    def _pick(self, index: int) -> None:
        if index != self.chosen:
            self.choose(index)
            self.picked.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self.index_at(event.position().x())
        self._pick(index)
        if index >= 0:
            QToolTip.showText(event.globalPosition().toPoint(), self.words(index), self)
        elif self.elsewhere > 0:
            words = f"{100 * self.elsewhere:.1f} % of all samples lie near no mode."
            QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def leaveEvent(self, event: object) -> None:
        if not self.hasFocus():
            self._pick(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not len(self.names):
            super().keyPressEvent(event)
        else:
            self._pick(min(max(self.chosen + step, 0), len(self.names) - 1))
