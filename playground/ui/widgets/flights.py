"""Points on their way over a plane: fading trails, and crosses where each is believed to end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen

from playground.ui import theme
from playground.ui.widgets.plane import Plane
from playground.ui.widgets.strokes import draw_lines

Array = np.ndarray


@dataclass
class Trails:
    """The last places of each point, ``paths`` (k, n, 2), oldest first: the older, the fainter."""

    paths: Array
    role: str
    width: float = 1.2
    strongest: float = 0.75

    def paint(self, painter: QPainter, plane: Plane) -> None:
        k, n = self.paths.shape[:2]
        if k < 2:
            return
        px = plane.to_px(self.paths.reshape(-1, 2)).reshape(k, n, 2)
        colour = QColor(plane.ink(self.role))
        for i in range(k - 1):
            colour.setAlphaF(self.strongest * (i + 1) / (k - 1))
            painter.setPen(QPen(colour, theme.stroke(self.width), Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            draw_lines(painter, np.hstack([px[i], px[i + 1]]))


@dataclass
class Crosses:
    """Small crosses at ``xy`` (n, 2)."""

    xy: Array
    role: str = "text"
    arm: float = 2.6  # pixels
    width: float = 1.2

    def paint(self, painter: QPainter, plane: Plane) -> None:
        px, a = plane.to_px(self.xy), self.arm * theme.current().scale
        strokes = [np.hstack([px + np.array(d), px - np.array(d)]) for d in ((a, a), (a, -a))]
        lines = np.concatenate(strokes)
        for role, width in (("canvas", self.width + 1.4), (self.role, self.width)):
            painter.setPen(QPen(plane.ink(role), theme.stroke(width), Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            draw_lines(painter, lines)


@dataclass
class Aim:
    """Cross-hairs at the place that the keyboard would choose."""

    x: float
    y: float

    def paint(self, painter: QPainter, plane: Plane) -> None:
        at, frame = plane.point(self.x, self.y), plane.frame()
        painter.setPen(QPen(plane.ink("text"), theme.stroke(1), Qt.PenStyle.DotLine))
        painter.drawLine(int(frame.left()), int(at.y()), int(frame.right()), int(at.y()))
        painter.drawLine(int(at.x()), int(frame.top()), int(at.x()), int(frame.bottom()))
