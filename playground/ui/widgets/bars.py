"""Bars: the parts of a sum above their total, and one bar a latent dimension."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from playground.ui import theme
from playground.ui.widgets.ink import ink, small_font
from playground.ui.widgets.plane import ticks

Array = np.ndarray


@dataclass(frozen=True)
class Part:
    """One term of a sum: ``value`` ± ``error`` in nats, split into ``slices`` if it is a sum itself."""

    name: str
    value: float
    error: float
    role: str
    slices: tuple[float, ...] = ()


def value_and_error(part: Part) -> str:
    """As it is written beside its bar."""
    return f"{part.value:.2f} ± {part.error:.2f}".replace("-", "−")


class SumBars(QWidget):
    """Terms one under the other, each beginning where the last one ended, then the total; dashed is the theory."""

    def __init__(self, unit: str = "nats", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parts: Sequence[Part] = ()
        self.total: Part | None = None
        self.theory: tuple[str, float] | None = None
        self.unit = unit
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(110)

    def show_parts(self, parts: Sequence[Part], total: Part, theory: tuple[str, float] | None) -> None:
        """New numbers."""
        self.parts, self.total, self.theory = parts, total, theory
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, 150)

    def _span(self) -> tuple[float, float]:
        assert self.total is not None
        ends = [*np.cumsum([0.0] + [p.value for p in self.parts]).tolist(), self.total.value]
        if self.theory is not None:
            ends.append(self.theory[1])
        low, high = min(ends), max(ends)
        pad = 0.04 * max(high - low, 1e-9)
        return low - (pad if low < 0 else 0), high + pad

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.total is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font())
        metrics = QFontMetricsF(painter.font())
        names = [p.name for p in (*self.parts, self.total)]
        left = max(metrics.horizontalAdvance(n) for n in names) + 12
        texts = ["−000.00 ± 0.00", *(value_and_error(p) for p in (*self.parts, self.total))]
        right = max(metrics.horizontalAdvance(text) for text in texts) + 10
        plot = QRectF(left, 4, max(self.width() - left - right, 40), self.height() - metrics.height() * 2 - 6)
        low, high = self._span()

        def x(value: float) -> float:
            return plot.x() + (value - low) / (high - low) * plot.width()

        self._paint_axis(painter, plot, x, low, high)
        row = plot.height() / (len(self.parts) + 1)
        at = 0.0
        for i, part in enumerate(self.parts):
            self._paint_bar(painter, part, QRectF(0, plot.y() + i * row, self.width(), row), x, at, right)
            at += part.value
        self._paint_bar(painter, self.total, QRectF(0, plot.y() + len(self.parts) * row, self.width(), row), x, 0.0, right)
        self._paint_theory(painter, plot, x)

    def _paint_axis(self, painter: QPainter, plot: QRectF, x: object, low: float, high: float) -> None:
        metrics = QFontMetricsF(painter.font())
        apart = max(50.0, 1.6 * metrics.horizontalAdvance(f"{high:.0f}"))
        for value in ticks(low, high, max(1, int(plot.width() / apart))):
            px = x(value)  # type: ignore[operator]
            painter.setPen(QPen(ink("muted") if abs(value) < 1e-9 else ink("border"), theme.stroke(1)))
            painter.drawLine(QPointF(px, plot.y()), QPointF(px, plot.bottom()))
            painter.setPen(ink("muted"))
            box = QRectF(px - 40, plot.bottom() + 1, 80, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{value:g}".replace("-", "−"))
        box = QRectF(0, plot.bottom() + 1, plot.x() - 12, metrics.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, self.unit)

    def _paint_bar(self, painter: QPainter, part: Part, row: QRectF, x: object, start: float, right: float) -> None:
        a, b = x(start), x(start + part.value)  # type: ignore[operator]
        thick = min(row.height() - 6, 26.0)
        bar = QRectF(min(a, b), row.center().y() - thick / 2, max(abs(b - a), 1.0), thick)
        painter.fillRect(bar, ink(part.role))
        self._paint_slices(painter, part, bar)
        painter.setPen(ink("text"))
        box = QRectF(row.x(), row.y(), x(0) if False else bar.x(), row.height())
        names = QFontMetricsF(painter.font()).horizontalAdvance(part.name)
        painter.drawText(QRectF(0, row.y(), max(names, 10) + 4, row.height()), Qt.AlignmentFlag.AlignVCenter, part.name)
        text = value_and_error(part)
        box = QRectF(row.right() - right + 6, row.y(), right - 6, row.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)

    @staticmethod
    def _paint_slices(painter: QPainter, part: Part, bar: QRectF) -> None:
        """Thin seams between the shares of a sum."""
        total, at = sum(part.slices), 0.0
        painter.setPen(QPen(ink("card"), theme.stroke(1)))
        for share in part.slices[:-1] if total > 0 else ():
            at += share / total
            px = bar.x() + at * bar.width()
            painter.drawLine(QPointF(px, bar.y()), QPointF(px, bar.bottom()))

    def _paint_theory(self, painter: QPainter, plot: QRectF, x: object) -> None:
        if self.theory is None:
            return
        name, value = self.theory
        px = x(value)  # type: ignore[operator]
        painter.setPen(QPen(ink("theory"), theme.stroke(1.8), Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(px, plot.y() - 2), QPointF(px, plot.bottom() + 2))
        metrics = QFontMetricsF(painter.font())
        text = f"{name} {value:.2f} {self.unit}".replace("-", "−")
        width = metrics.horizontalAdvance(text)
        left = min(max(px - width / 2, 0), self.width() - width)
        painter.setPen(ink("theory"))
        painter.drawText(
            QRectF(left, plot.bottom() + metrics.height(), width + 4, metrics.height() + 2),
            Qt.AlignmentFlag.AlignVCenter,
            text,
        )


class DimensionBars(QWidget):
    """One upright bar a latent; inactive ones are hollow. A click picks a latent."""

    picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: Array = np.zeros(0)
        self.active: Array = np.zeros(0, bool)
        self.role, self.chosen = "kl", 0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(90)

    def show_values(self, values: Array, active: Array) -> None:
        """KL per latent (d,) in nats, and which latents are active."""
        self.values, self.active = values, active
        self.chosen = min(self.chosen, max(len(values) - 1, 0))
        self.update()

    def choose(self, index: int) -> None:
        """Mark one latent."""
        self.chosen = index
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, 130)

    def _plot(self) -> QRectF:
        metrics = QFontMetricsF(small_font())
        left = metrics.horizontalAdvance("00.0") + 8
        return QRectF(left, 6, max(self.width() - left - 4, 20), max(self.height() - metrics.height() - 10, 20))

    def _bar(self, index: int) -> QRectF:
        plot, n = self._plot(), len(self.values)
        pitch = min(plot.width() / n, 46.0)
        height = float(self.values[index]) / self._top() * plot.height()
        return QRectF(
            plot.x() + index * pitch + pitch * 0.12,
            plot.bottom() - max(height, 1.0),
            max(pitch * 0.76, 1.0),
            max(height, 1.0),
        )

    def _top(self) -> float:
        return max(float(self.values.max()) * 1.05, 0.1) if len(self.values) else 1.0

    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self.values):
            return
        painter = QPainter(self)
        painter.setFont(small_font())
        plot = self._plot()
        for value in ticks(0, self._top(), 3):
            y = plot.bottom() - value / self._top() * plot.height()
            painter.setPen(QPen(ink("border"), theme.stroke(1)))
            painter.drawLine(QPointF(plot.x(), y), QPointF(plot.right(), y))
            painter.setPen(ink("muted"))
            painter.drawText(
                QRectF(0, y - 8, plot.x() - 4, 16),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                f"{value:g}",
            )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        step = max(1, round(24 / max(self._bar(0).width(), 1)))
        for i in range(len(self.values)):
            self._paint_bar(painter, i, label=i % step == 0)

    def _paint_bar(self, painter: QPainter, index: int, label: bool) -> None:
        bar, colour = self._bar(index), QColor(ink(self.role))
        if self.active[index]:
            painter.fillRect(bar, colour)
        else:
            painter.setPen(QPen(ink("muted"), theme.stroke(1)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(bar)
        if index == self.chosen and self.isEnabled():
            painter.setPen(QPen(ink("text"), theme.stroke(1.5)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(bar.adjusted(-1.5, -1.5, 1.5, 1.5))
        if label:
            painter.setPen(ink("muted"))
            box = QRectF(bar.center().x() - 20, self._plot().bottom() + 2, 40, QFontMetricsF(painter.font()).height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"z{index + 1}")

    def index_at(self, x: float) -> int:
        """The latent whose column is at ``x``, or -1."""
        n = len(self.values)
        if not n:
            return -1
        plot = self._plot()
        index = int((x - plot.x()) // min(plot.width() / n, 46.0))
        return index if 0 <= index < n else -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self.index_at(event.position().x())
        if index >= 0:
            word = "active" if self.active[index] else "inactive"
            QToolTip.showText(event.globalPosition().toPoint(), f"z{index + 1}: KL {self.values[index]:.3f} nats, {word}", self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.index_at(event.position().x())
        if index >= 0:
            self.choose(index)
            self.picked.emit(index)
