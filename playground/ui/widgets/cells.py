"""Cells of a bent lattice on a plane: filled by density, hatched where they fold, framed where the mouse is; and a trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from playground.ui import theme
from playground.ui.widgets.layers import polygon
from playground.ui.widgets.plane import Plane

Array = np.ndarray
LEVELS = 32  # of opacity: few enough that brushes are seldom changed, more than an eye tells apart


def corners(points: Array) -> Array:
    """A lattice (R, R, 2) -> the corners (R-1, R-1, 4, 2) of its cells, round."""
    return np.stack([points[:-1, :-1], points[:-1, 1:], points[1:, 1:], points[1:, :-1]], 2)


def cells_px(points: Array, plane: Plane) -> tuple[Array, Array]:
    """Corners (R-1, R-1, 4, 2) of all cells in pixels, and which cells (R-1, R-1) touch what is shown of the plane."""
    quads = corners(plane.to_px(points.reshape(-1, 2)).reshape(points.shape))
    low, high, frame = quads.min(2), quads.max(2), plane.frame()
    across = (high[..., 0] >= frame.x()) & (low[..., 0] <= frame.right())
    return quads, across & (high[..., 1] >= frame.y()) & (low[..., 1] <= frame.bottom())


@dataclass
class Cells:
    """Cells of the lattice ``points`` (R, R, 2), each as opaque as ``alpha`` (R-1, R-1) says; where they overlap, they add up.

    Painted without smoothing, so that neighbours leave no seam, and from faint to strong, so that few brushes are needed.
    """

    points: Array
    alpha: Array
    role: str = "gan"

    def paint(self, painter: QPainter, plane: Plane) -> None:
        quads, seen = cells_px(self.points, plane)
        level = np.clip((self.alpha * LEVELS).round().astype(int), 0, LEVELS)
        quads, level = quads[seen & (level > 0)], level[seen & (level > 0)]
        order = np.argsort(level, kind="stable")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        colour, last = QColor(plane.ink(self.role)), -1
        for lev, (a, b, c, d) in zip(level[order].tolist(), quads[order].tolist(), strict=True):
            if lev != last:
                colour.setAlphaF(lev / LEVELS)
                painter.setBrush(colour)
                last = lev
            painter.drawPolygon(QPolygonF([QPointF(*a), QPointF(*b), QPointF(*c), QPointF(*d)]))


@dataclass
class Folds:
    """The ``folded`` (R-1, R-1) cells of a lattice, hatched and framed."""

    points: Array
    folded: Array
    role: str = "danger"

    def paint(self, painter: QPainter, plane: Plane) -> None:
        quads, seen = cells_px(self.points, plane)
        colour = QColor(plane.ink(self.role))
        painter.setPen(QPen(colour, theme.stroke(1.2)))
        painter.setBrush(QBrush(colour, Qt.BrushStyle.BDiagPattern))
        for quad in quads[seen & self.folded]:
            painter.drawPolygon(polygon(quad))


@dataclass
class Outlines:
    """The cells under the mouse: ``quads`` (N, 4, 2) in the plane's coordinates."""

    quads: Sequence[Array]
    role: str = "text"
    width: float = 2.2

    def paint(self, painter: QPainter, plane: Plane) -> None:
        painter.setClipRect(plane.frame())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((plane.ink("canvas"), self.width + 2), (plane.ink(self.role), self.width)):
            cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
            painter.setPen(QPen(colour, theme.stroke(width), Qt.PenStyle.SolidLine, cap, join))
            for quad in self.quads:
                painter.drawPolygon(polygon(plane.to_px(quad)))


@dataclass
class Trail:
    """A dot at ``end`` and the straight way that it came from ``start``."""

    start: tuple[float, float]
    end: tuple[float, float]
    role: str = "gan"
    visible: bool = False

    def paint(self, painter: QPainter, plane: Plane) -> None:
        if not self.visible:
            return
        painter.setClipRect(plane.frame().adjusted(-1, -1, 1, 1))
        a, b = plane.point(*self.start), plane.point(*self.end)
        for role, width in (("canvas", 5.0), ("text", 2.2)):
            painter.setPen(QPen(plane.ink(role), theme.stroke(width), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(a, b)
        for role, radius in (("canvas", 7.5), ("text", 6.5), (self.role, 4.5)):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(plane.ink(role))
            painter.drawEllipse(b, radius, radius)
