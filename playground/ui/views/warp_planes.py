"""The two planes of the warp: the lattice of noise, and the same lattice on its way to the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from playground.ui import theme
from playground.ui.views.warp_map import WarpMap
from playground.ui.widgets.cells import Cells, Folds, Outlines, Trail, corners
from playground.ui.widgets.layers import Lines
from playground.ui.widgets.plane import Bounds, Layer, Plane
from playground.ui.widgets.strokes import draw_lines

Array = np.ndarray
RINGS = (1.0, 2.0)  # radii in noise; they hold 39 % and 86 % of N(0, I) in the plane
FULL = 0.92  # opacity of the densest cell: what lies beneath still shimmers through


@dataclass(frozen=True)
class Look:
    """Which layers are drawn, and in whose colour."""

    accent: str = "gan"
    data: bool = True
    density: bool = True
    lines: bool = True
    folds: bool = True


@dataclass
class Lattice:
    """The lines of a lattice (R, R, 2): thin, with the two axes of the noise stronger."""

    points: Array

    def paint(self, painter: QPainter, plane: Plane) -> None:
        px = plane.to_px(self.points.reshape(-1, 2)).reshape(self.points.shape)
        pieces = [np.concatenate([lines[:, :-1], lines[:, 1:]], 2) for lines in (px, px.transpose(1, 0, 2))]  # (R, R - 1, 4) each
        axis = np.abs(np.arange(len(px)) - (len(px) - 1) / 2) < 0.5
        colour = QColor(plane.ink("text"))
        for which, alpha, width in ((~axis, 0.33, 0.9), (axis, 0.85, 1.6)):
            colour.setAlphaF(alpha)
            painter.setPen(QPen(colour, theme.stroke(width), Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            draw_lines(painter, np.concatenate([part[which].reshape(-1, 4) for part in pieces]))


def ring(radius: float, count: int = 97) -> Array:
    """A circle of noise (count, 2)."""
    angle = np.linspace(0, 2 * np.pi, count)
    return radius * np.stack([np.cos(angle), np.sin(angle)], 1)


class LatticePlane(Plane):
    """A lattice at some place of its way; the mouse and the arrow keys move one point of it."""

    def __init__(self, placeholder: str, title: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(placeholder, title=title, parent=parent)
        self.setToolTip(tip)
        self.outlines, self.trail = Outlines([]), Trail((0.0, 0.0), (0.0, 0.0))

    def reset(self, accent: str) -> None:
        """A new run."""
        self.outlines.quads, self.trail.visible, self.trail.role = [], False, accent
        self.live = []
        self.show_layers([])

    def show_lattice(
        self, warp: WarpMap, t: float, alpha: Array | None, look: Look, bounds: Bounds, beneath: Sequence[Layer] = ()
    ) -> None:
        """The lattice at ``t``; ``alpha`` (R-1, R-1) in [0, 1] is how dense it is there."""
        points, layers = warp.at(t), [*beneath]
        if look.density and alpha is not None:
            layers.append(Cells(points, FULL * alpha, look.accent))
        if look.lines:
            layers.append(Lattice(points))
        if look.folds and alpha is not None and warp.folded.any():
            layers.append(Folds(points, warp.folded))
        if look.lines and alpha is not None:
            circles = [ring(r) for r in RINGS]
            layers.append(Lines([(1 - t) * c + t * warp.forward(c) for c in circles], "theory", 1.8, dashed=True))
        self.live = [self.outlines, self.trail]
        self.show_layers(layers, bounds)

    def show_spot(self, points: Array, cells: Sequence[tuple[int, int]]) -> None:
        """Frame some cells of the lattice as it lies now."""
        quads = corners(points)
        self.outlines.quads = [quads[i, j] for i, j in cells]
        self.update()

    def show_trail(self, start: Array, end: Array) -> None:
        """The dot, and the way that it came."""
        self.trail.start, self.trail.end = (float(start[0]), float(start[1])), (float(end[0]), float(end[1]))
        self.trail.visible = True
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = self.arrow(event)
        if step is None:
            super().keyPressEvent(event)
        else:
            self.hovered.emit(self.trail.end[0] + step[0], self.trail.end[1] + step[1])
