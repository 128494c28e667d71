"""Curves with error bars over two logarithmic axes, and curves with a band: what is measured, beside a dashed theory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from playground.ui import theme
from playground.ui.widgets.ink import ink, small_font, small_height
from playground.ui.widgets.layers import polygon
from playground.ui.widgets.log_chart import FLOOR, Curve, LogChart
from playground.ui.widgets.plane import ticks

Array = np.ndarray


@dataclass(frozen=True)
class Measured:
    """``values`` (k,) ± ``errors`` (k,) at the places ``at`` (k,); ``band`` draws the errors as a band, else as bars."""

    at: Array
    values: Array
    errors: Array
    colour: QColor
    band: bool = False


class EffortChart(LogChart):
    """``show_measured`` fills it; with ``even`` axes y runs from 0, with ``log_x`` places are spread by their logarithm."""

    def __init__(self, what: str, *, log_x: bool, parent: QWidget | None = None) -> None:
        super().__init__(what, parent)
        self.log_x, self.even, self.dark = log_x, False, False
        self.measured: Sequence[Measured] = ()
        self.low, self.high = 1.0, 100.0
        self.floor = math.nan

    def show_measured(self, measured: Sequence[Measured], dashed: Array | None = None, floor: float = math.nan) -> None:
        """``dashed`` (k,): theory at the places of the first curve; ``floor``: a dashed level."""
        self.measured, self.floor = measured, floor
        places = np.concatenate([c.at for c in measured]) if measured else np.array([1.0, 100.0])
        self.low, self.high = float(places.min()), max(float(places.max()), float(places.min()) + 1)
        neutral = ink("theory", dark=self.dark)
        theory = [Curve(dashed, neutral, 1.6, at=measured[0].at, dashed=True)] if dashed is not None and measured else []
        level = [Curve(np.full(2, floor), neutral, 1.6, at=np.array([self.low, self.high]), dashed=True)]
        self.show_curves([*theory, *(level if math.isfinite(floor) else [])] + [Curve(c.values, c.colour, 1.8, at=c.at, dots=True)
                         for c in measured])  # fmt: skip

    # ------------------------------------------------------------ geometry
    @property
    def top(self) -> float:
        ends = [float(np.nanmax(c.values)) for c in self.curves if len(c.values)]
        return max(ends, default=1.0) * 1.08

    def share(self, values: Array) -> Array:
        return np.asarray(values / self.top, float) if self.even else super().share(values)

    def rows(self, most: int) -> list[tuple[float, str]]:
        if not self.even:
            return super().rows(most)
        return [(v, f"{v:g}") for v in ticks(0, self.top, min(max(most - 1, 1), 5))]

    def across(self, n: Array) -> Array:
        """How far to the right places lie: 0 .. 1."""
        a, b, x = (np.log(v) if self.log_x else np.asarray(v, float) for v in (self.low, self.high, n))
        return np.asarray((x - a) / (b - a))

    def to_px(self, n: Array, values: Array) -> Array:
        plot = self.plot()
        return np.stack([plot.x() + self.across(n) * plot.width(), plot.bottom() - self.share(values) * plot.height()], 1)

    def columns(self) -> list[float]:
        """Places with a number."""
        if not self.log_x:
            return ticks(self.low, self.high, 6)
        found = [m * 10.0**p for p in range(5) for m in (1, 2, 5)]
        return [v for v in found if self.low <= v <= self.high]

    # ------------------------------------------------------------ painting
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font())
        painter.fillRect(self.plot(), ink("canvas", dark=self.dark))
        self._paint_axes(painter, self.plot())
        painter.setClipRect(self.plot().adjusted(-4, -4, 4, 1))
        for curve in self.measured:
            self._paint_errors(painter, curve)
        for line in self.curves:
            self._paint_line(painter, line)

    def _paint_errors(self, painter: QPainter, curve: Measured) -> None:
        errors = np.nan_to_num(curve.errors)
        upper = self.to_px(curve.at, curve.values + errors)
        lower = self.to_px(curve.at, np.maximum(curve.values - errors, FLOOR))
        if curve.band:
            colour = QColor(curve.colour)
            colour.setAlphaF(0.25)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawPolygon(polygon(np.concatenate([upper, lower[::-1]])))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            return
        painter.setPen(QPen(curve.colour, theme.stroke(1)))
        for (x, a), (_, b) in zip(upper.tolist(), lower.tolist(), strict=True):
            painter.drawLine(QPointF(x, a), QPointF(x, min(b, self.height())))

    def _paint_axes(self, painter: QPainter, plot: QRectF) -> None:
        line = small_height()
        for value, text in self.rows(int(plot.height() / (1.5 * line))):
            y = plot.bottom() - float(self.share(np.array(value))) * plot.height()
            painter.setPen(QPen(ink("border", dark=self.dark), theme.stroke(1)))
            painter.drawLine(QPointF(plot.x(), y), QPointF(plot.right(), y))
            painter.setPen(ink("muted"))
            box = QRectF(0, y - line / 2, plot.x() - 5, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        for n in self.columns():
            x = plot.x() + float(self.across(np.array(n))) * plot.width()
            box = QRectF(min(x - 30, self.width() - 46), plot.bottom() + 2, 60, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{n:,g}")
        words = QRectF(plot.x(), plot.bottom() + 2 + line, plot.width(), line)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self.what)
