"""Where a model has been: one measured thing against another, a point a look, coloured by a dial; the newest has a ring."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.ui import theme
from playground.ui.widgets.ink import ink, small_font, small_height
from playground.ui.widgets.layers import polygon
from playground.ui.widgets.plane import ticks
from playground.ui.widgets.verdict import mixed

Array = np.ndarray


@dataclass(frozen=True)
class Look:
    """One look at the model: ``dial`` in [0, 1], NaN where there is none."""

    x: float
    y: float
    dial: float = math.nan


class TrailChart(QWidget):
    """``looks`` in the order in which they were taken; a level ``floor`` ± 2 ``floor_sd`` is dashed, with its band."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.looks: list[Look] = []
        self.what_x, self.what_y, self.symbol, self.role = "", "", "", "vae"
        self.floor = self.floor_sd = math.nan
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 90)

    def show_looks(self, looks: list[Look], floor: float, floor_sd: float) -> None:
        """All of them, afresh."""
        self.looks, self.floor, self.floor_sd = looks, floor, floor_sd
        self.update()

    def redraw(self) -> None:
        """Colours changed."""
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, 150)

    # ------------------------------------------------------------ geometry
    def plot(self) -> QRectF:
        """Where the points lie."""
        line = small_height()
        return QRectF(3.2 * line, 8, max(self.width() - 3.2 * line - 14, 20), max(self.height() - 2 * line - 14, 20))

    def span(self) -> tuple[float, float, float, float]:
        """(x0, x1, y0, y1): all points with some air; y from 0 and beyond the floor."""
        x = [look.x for look in self.looks] or [0.0, 1.0]
        air = max(0.08 * (max(x) - min(x)), 0.02 * abs(max(x)), 1e-6)
        top = max([look.y for look in self.looks] + [self.floor + 2 * self.floor_sd if math.isfinite(self.floor) else 1.0])
        return max(min(x) - air, 0.0), max(x) + air, 0.0, 1.1 * top

    def to_px(self, x: float, y: float) -> QPointF:
        plot, (x0, x1, y0, y1) = self.plot(), self.span()
        return QPointF(
            plot.x() + (x - x0) / (x1 - x0) * plot.width(), plot.bottom() - (y - y0) / (y1 - y0) * plot.height()
        )

    def colour(self, dial: float) -> QColor:
        """From the colour of text to the model's; without a dial always the model's."""
        return mixed(ink("muted"), ink(self.role), dial) if math.isfinite(dial) else ink(self.role)

    # ------------------------------------------------------------ painting
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font())
        self._paint_axes(painter)
        painter.setClipRect(self.plot().adjusted(-6, -6, 6, 6))
        self._paint_floor(painter)
        if self.looks:
            self._paint_trail(painter)

    def _paint_axes(self, painter: QPainter) -> None:
        plot, line, (x0, x1, y0, y1) = self.plot(), small_height(), self.span()
        painter.fillRect(plot, ink("card"))
        for y in ticks(y0, y1, max(2, int(plot.height() / (2 * line)))):
            at = self.to_px(x0, y).y()
            painter.setPen(QPen(ink("border"), theme.stroke(1)))
            painter.drawLine(QPointF(plot.x(), at), QPointF(plot.right(), at))
            painter.setPen(ink("muted"))
            box = QRectF(0, at - line / 2, plot.x() - 5, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{y:g}")
        for x in ticks(x0, x1, max(2, int(plot.width() / 90))):
            box = QRectF(min(self.to_px(x, y0).x() - 35, self.width() - 70), plot.bottom() + 2, 70, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{x:,g}")
        words = QRectF(0, plot.bottom() + 2 + line, self.width(), line)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self.what_x)

    def _paint_floor(self, painter: QPainter) -> None:
        if not math.isfinite(self.floor):
            return
        plot = self.plot()
        high, low = (self.to_px(0, self.floor + k * self.floor_sd).y() for k in (2, -2))
        band = QColor(ink("data"))
        band.setAlphaF(0.25)
        painter.fillRect(QRectF(plot.x(), high, plot.width(), max(low - high, 1)), band)
        at = self.to_px(0, self.floor).y()
        painter.setPen(QPen(ink("theory"), theme.stroke(1.6), Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(plot.x(), at), QPointF(plot.right(), at))

    def _paint_trail(self, painter: QPainter) -> None:
        px = [self.to_px(look.x, look.y) for look in self.looks]
        painter.setPen(QPen(ink("border"), theme.stroke(1.4)))
        painter.drawPolyline(polygon(np.array([[p.x(), p.y()] for p in px])))
        painter.setPen(Qt.PenStyle.NoPen)
        for p, look in zip(px, self.looks, strict=True):
            painter.setBrush(self.colour(look.dial))
            painter.drawEllipse(p, 4, 4)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ink("text"), theme.stroke(2)))
        painter.drawEllipse(px[-1], 7, 7)
        self._paint_words(painter, px)

    def _paint_words(self, painter: QPainter, px: list[QPointF]) -> None:
        """The dial's value beside its newest point."""
        newest = {round(look.dial, 2): p for look, p in zip(self.looks, px, strict=True) if math.isfinite(look.dial)}
        line, plot = small_height(), self.plot()
        taken: list[QRectF] = []
        painter.setPen(ink("text"))
        for dial, p in reversed(newest.items()):  # where there is no room, the older goes without
            left = p.x() + 80 > plot.right()
            box = QRectF(p.x() - 82 if left else p.x() + 11, p.y() - line / 2, 71, line)
            if not any(box.intersects(other) for other in taken):
                taken.append(box)
                side = Qt.AlignmentFlag.AlignRight if left else Qt.AlignmentFlag.AlignLeft
                painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, f"{self.symbol} = {dial:g}")
