"""Forces on a plane: many arrows at once, the arrow that says how long one is, and discs as large as a pull is strong."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from playground.ui import theme
from playground.ui.widgets.ink import small_font
from playground.ui.widgets.plane import Plane
from playground.ui.widgets.strokes import draw_lines

Array = np.ndarray
HEAD_PX, WING = 7.0, 0.45  # length of an arrow's head, and its half width as a share of it
KEY_PX = (26.0, 70.0)  # between these lengths lies the arrow of the key
FIT_SHARE = 0.11  # of the plane's width: where nine of ten arrows end, when their length is fitted


def round_number(value: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is at most ``value``."""
    if not (value > 0 and math.isfinite(value)):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return max(s * power for s in (1, 2, 5) if s * power <= value * (1 + 1e-9))


def fitted_length(vectors: Array, width: float, before: float = 0.0) -> float:
    """Plane units that a vector of length 1 is drawn with, a round number. ``before`` stays while it is not far off."""
    lengths = np.hypot(vectors[:, 0], vectors[:, 1])
    lengths = lengths[np.isfinite(lengths)]
    typical = float(np.quantile(lengths, 0.9)) if len(lengths) else 0.0
    if typical <= 0:
        return before or 1.0
    wanted = FIT_SHARE * width / typical
    return before if before and 0.3 < before / wanted < 2.0 else round_number(wanted)


@dataclass
class Arrows:
    """Arrows at ``start`` (N, 2) along ``vector`` (N, 2), both in plane units; all in one stroke. Short ones have short heads."""

    start: Array
    vector: Array
    role: str = "text"
    width: float = 1.3

    def paint(self, painter: QPainter, plane: Plane) -> None:
        fine = np.isfinite(self.vector).all(1)
        if not fine.any():
            return
        a, b = plane.to_px(self.start[fine]), plane.to_px(self.start[fine] + self.vector[fine])
        along = b - a
        length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
        unit = along / length[:, None]
        head = np.minimum(HEAD_PX, 0.6 * length)[:, None]
        side = np.stack([-unit[:, 1], unit[:, 0]], 1)
        wings = [np.hstack([b, b - head * unit + sign * WING * head * side]) for sign in (1, -1)]
        seen = length > 0.7  # pixels; shorter ones would be specks on their points
        lines = np.concatenate([np.hstack([a, b])[seen], *(w[seen] for w in wings)])
        # Opaque and with flat ends: 300 arrows in 3 ms, where round ends and translucent ones took 20.
        for role, width in (("canvas", self.width + 1.3), (self.role, self.width)):
            painter.setPen(QPen(plane.ink(role), theme.stroke(width), Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            draw_lines(painter, lines)


@dataclass
class ArrowKey:
    """An arrow in the corner with what its length stands for. ``unit_length``: plane units that 1 of ``unit`` is drawn with."""

    unit_length: float
    unit: str
    role: str = "text"

    def value(self, plane: Plane) -> tuple[float, float]:
        """A round number of ``unit`` and its length in pixels."""
        per_unit = self.unit_length * plane.frame().width() / max(plane.bounds[1] - plane.bounds[0], 1e-12)
        number = round_number(KEY_PX[1] / max(per_unit, 1e-12))
        return number, number * per_unit

    def paint(self, painter: QPainter, plane: Plane) -> None:
        number, length = self.value(plane)
        text = f"{number:g} {self.unit}"
        painter.setFont(small_font())
        metrics = QFontMetricsF(painter.font())
        width, height = max(metrics.horizontalAdvance(text), length) + 16, metrics.height() + 16
        frame = plane.frame().adjusted(5, 5, -5, -5)
        box = QRectF(frame.x(), frame.bottom() - height, width, height)
        veil = QColor(plane.ink("canvas"))
        veil.setAlphaF(0.82)
        painter.fillRect(box, veil)
        painter.setPen(plane.ink("text"))
        painter.drawText(box.adjusted(8, 0, -4, -2), Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, text)
        tip = QPointF(box.x() + 8 + length, box.y() + 8)
        painter.setPen(QPen(plane.ink(self.role), theme.stroke(1.8), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        wings = [QLineF(tip, tip + QPointF(-HEAD_PX, sign * WING * HEAD_PX)) for sign in (1, -1)]
        painter.drawLines([QLineF(QPointF(box.x() + 8, tip.y()), tip), *wings])


@dataclass
class Discs:
    """Discs round ``xy`` (N, 2) whose radius in pixels is ``largest`` times ``size`` (N,)."""

    xy: Array
    size: Array
    role: str
    largest: float = 16.0

    def paint(self, painter: QPainter, plane: Plane) -> None:
        fill, edge = QColor(plane.ink(self.role)), QColor(plane.ink(self.role))
        fill.setAlphaF(0.16)
        edge.setAlphaF(0.9)
        painter.setBrush(fill)
        painter.setPen(QPen(edge, theme.stroke(1.2)))
        radii = np.clip(np.nan_to_num(self.size), 0, 2) * self.largest
        for (x, y), r in zip(plane.to_px(self.xy).tolist(), radii.tolist(), strict=True):
            if r > 0.4:
                painter.drawEllipse(QPointF(x, y), r, r)
