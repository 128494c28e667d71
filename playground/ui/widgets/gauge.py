"""A number on a short scale: a bar or a dot, a dashed mark for theory, and the band that chance gives."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.ui import theme
from playground.ui.widgets.ink import ink, small_font, small_height


class Gauge(QWidget):
    """``low`` to ``high``, even or (``log``) in powers of ten."""

    def __init__(self, low: float, high: float, *, log: bool = False, unit: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.low, self.high, self.log, self.unit = low, high, log, unit
        self.value: float | None = None
        self.band: tuple[float, float, float] | None = None  # low, middle, high
        self.role = "gan"
        self.ticks: Sequence[float] = (low, high)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(60)

    def show_value(self, value: float | None, band: tuple[float, float, float] | None) -> None:
        """A value, and what theory gives: (lowest, mean, highest) that chance allows."""
        self.value, self.band = value, band
        self.update()

    def place(self, value: float) -> float:
        """0..1 along the scale; values beyond it stay at its ends."""
        if not math.isfinite(value):
            return 1.0
        if self.log:
            value = max(value, self.low)
            return min(math.log(value / self.low) / math.log(self.high / self.low), 1.0)
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def sizeHint(self) -> QSize:
        return QSize(150, 18 + int(small_height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(6, 5, self.width() - 12, 8)
        painter.fillRect(track, ink("field"))
        self._paint_band(painter, track)
        if self.value is not None:
            self._paint_value(painter, track, track.x() + self.place(self.value) * track.width())
        painter.setFont(small_font(-3))
        painter.setPen(ink("muted"))
        for tick in self.ticks:
            x = min(max(track.x() + self.place(tick) * track.width() - 30, 0.0), self.width() - 60.0)
            side = Qt.AlignmentFlag.AlignLeft if x <= 0 else Qt.AlignmentFlag.AlignRight if x >= self.width() - 60 else None
            box = QRectF(x, track.bottom() + 3, 60, small_height())
            text = f"{tick:g}{self.unit if tick == self.ticks[-1] else ''}"
            painter.drawText(box, (side or Qt.AlignmentFlag.AlignHCenter) | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_band(self, painter: QPainter, track: QRectF) -> None:
        if self.band is None:
            return
        low, middle, high = (track.x() + self.place(v) * track.width() for v in self.band)
        veil = QColor(ink("theory"))
        veil.setAlphaF(0.35)
        painter.fillRect(QRectF(low, track.y() - 3, max(high - low, 2.0), track.height() + 6), veil)
        painter.setPen(QPen(ink("theory"), theme.stroke(1.8), Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(middle, track.y() - 4), QPointF(middle, track.bottom() + 4))

    def _paint_value(self, painter: QPainter, track: QRectF, x: float) -> None:
        if self.log:
            painter.setPen(QPen(ink("card"), theme.stroke(1.5)))
            painter.setBrush(ink(self.role))
            painter.drawEllipse(QPointF(x, track.center().y()), 6, 6)
        else:
            painter.fillRect(QRectF(track.x(), track.y() + 1, x - track.x(), track.height() - 2), ink(self.role))
