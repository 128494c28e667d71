"""How what D can see climbs to the exact Jensen-Shannon divergence while a copy of D is trained and G stands still."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.ui import theme
from playground.ui.widgets.ink import ink, small_font
from playground.ui.widgets.layers import polygon
from playground.ui.widgets.plane import ticks

Array = np.ndarray


class ClimbChart(QWidget):
    """``seen`` (k,) = ln 2 + V(D)/2 in nats over ``steps`` (k,), with a band of one standard error; dashed: the exact JS."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.steps = self.seen = self.error = np.zeros(0)
        self.total, self.exact = 1, math.nan
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(220, 104)
        self.setToolTip(
            "ln 2 + V(D)/2 with V(D) = E_x[log D(x)] + E_z[log(1 − D(G(z)))], on fresh points; band: ± 1 standard error. "
            "No D can see more than the Jensen–Shannon divergence, and only the optimal D* sees all of it "
            "(Goodfellow et al. 2014, theorem 1)."
        )

    def clear(self) -> None:
        """Nothing trained yet."""
        self.show_climb(np.zeros(0), np.zeros(0), np.zeros(0), 1, None)

    def show_climb(self, steps: Array, seen: Array, error: Array, total: int, exact: float | None) -> None:
        """All reports so far."""
        self.steps, self.seen, self.error = (np.asarray(a, float) for a in (steps, seen, error))
        self.total, self.exact = max(total, 1), math.nan if exact is None else exact
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, 140)

    # ------------------------------------------------------------ scales
    def y_range(self) -> tuple[float, float]:
        """From 0 (or below it, when D is worse than a coin) to a little above the highest of curve and line."""
        band = np.concatenate([self.seen - self.error, self.seen + self.error])
        band = band[np.isfinite(band)]
        high = max([float(band.max(initial=0.0)), self.exact if math.isfinite(self.exact) else 0.0, 0.02])
        low = max(min(0.0, float(band.min(initial=0.0))), -0.6 * high)
        return low, high * 1.25  # room for the words on the line

    def plot(self) -> QRectF:
        """Where the curve lies."""
        line = QFontMetricsF(small_font()).height()
        left = QFontMetricsF(small_font()).horizontalAdvance("−0.00") + 12
        return QRectF(left, line + 6, max(self.width() - left - 24, 20), max(self.height() - 3 * line - 8, 20))

    def to_px(self, steps: Array, values: Array) -> Array:
        """Steps and nats -> pixels (k, 2)."""
        plot, (low, high) = self.plot(), self.y_range()
        x = plot.x() + np.asarray(steps, float) / self.total * plot.width()
        y = plot.bottom() - (np.clip(values, low, high) - low) / (high - low) * plot.height()
        return np.stack([x, y], 1)

    # ------------------------------------------------------------ painting
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font())
        self._paint_axes(painter)
        if len(self.steps):
            self._paint_curve(painter)
        if math.isfinite(self.exact):
            painter.setPen(QPen(ink("theory"), theme.current().line_px, Qt.PenStyle.DashLine))
            line = self.to_px(np.array([0, self.total]), np.full(2, self.exact))
            painter.drawPolyline(polygon(line))
            words = QRectF(line[0, 0], line[0, 1] - QFontMetricsF(small_font()).height() - 1, self.plot().width(), 14)
            painter.setPen(ink("muted"))
            painter.drawText(words, Qt.AlignmentFlag.AlignRight, f"Jensen–Shannon, exact: {self.exact:.4f} nats")
        self._paint_legend(painter)

    def _paint_axes(self, painter: QPainter) -> None:
        plot, (low, high), line = self.plot(), self.y_range(), QFontMetricsF(small_font()).height()
        for y in ticks(low, high, 4):
            at = self.to_px(np.zeros(1), np.array([y]))[0, 1]
            painter.setPen(QPen(ink("border"), theme.stroke(1)))
            painter.drawLine(int(plot.x()), int(at), int(plot.right()), int(at))
            painter.setPen(ink("muted"))
            box = QRectF(0, at - line / 2, plot.x() - 5, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{y:.3g}".replace("-", "−"))
        for x in ticks(0, self.total, 5):
            at = plot.x() + x / self.total * plot.width()
            painter.drawText(QRectF(at - 40, plot.bottom() + 2, 80, line), Qt.AlignmentFlag.AlignCenter, f"{x:,.0f}")
        foot = QRectF(plot.x(), plot.bottom() + 2 + line, plot.width(), line)
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, "steps of D, with G standing still")

    def _paint_curve(self, painter: QPainter) -> None:
        colour = ink("monitor")
        upper, lower = (self.to_px(self.steps, self.seen + sign * np.nan_to_num(self.error)) for sign in (1, -1))
        band = QColor(colour)
        band.setAlphaF(0.25)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(band)
        painter.drawPolygon(polygon(np.concatenate([upper, lower[::-1]])))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, theme.current().line_px, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        curve = self.to_px(self.steps, self.seen)
        painter.drawPolyline(polygon(curve))
        painter.drawEllipse(QPointF(*curve[-1].tolist()), 2.5, 2.5)

    def _paint_legend(self, painter: QPainter) -> None:
        metrics, middle = QFontMetricsF(small_font()), round(QFontMetricsF(small_font()).height() / 2)
        painter.setPen(QPen(ink("monitor"), theme.stroke(2)))
        painter.drawLine(4, middle, 22, middle)
        painter.setPen(ink("text"))
        box = QRectF(27, 0, self.width() - 30, metrics.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, f"seen by D, ln 2 + V(D)/2{self._last()}")

    def _last(self) -> str:
        if not len(self.seen):
            return ""
        return f": {self.seen[-1]:.4f} ± {self.error[-1]:.4f} nats".replace("-", "−")
