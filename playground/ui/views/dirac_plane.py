"""The (theta, psi) plane of the Dirac-GAN: arrows along which both players are moved, trajectories, and a start to drag."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from playground.engine import dirac
from playground.ui import theme
from playground.ui.widgets.ink import small_font
from playground.ui.widgets.layers import Handle, polygon
from playground.ui.widgets.plane import Plane

Array = np.ndarray
ARROWS = 17  # along each side
HALVES = (2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0)  # half the side of what is shown
REACH_PX = 16.0
LONG = 1000  # points of a trajectory beyond which its line is thin
OUT = 1e3  # farther out nothing is drawn


@dataclass
class Trace:
    """A trajectory and how it is drawn: a long one winds so often that thin lines show more (and paint ten times faster)."""

    path: Array
    colour: QColor
    title: str
    width: float = 1.5

    def pen(self) -> QPen:
        width = self.width if len(self.path) <= LONG else 1.0
        return QPen(self.colour, theme.stroke(width), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.BevelJoin)


class Traces:
    """The first ``shown`` + 1 points of each trajectory, with dots at their heads. What was painted stays in a pixmap, so that a
    film costs a few short lines a frame.
    """

    def __init__(self, traces: Sequence[Trace] = ()) -> None:
        self.traces, self.shown = list(traces), 0
        self._pixmap: QPixmap | None = None
        self._painted = 0
        self._key: tuple[object, ...] = ()

    def paint(self, painter: QPainter, plane: Plane) -> None:
        key = (plane.width(), plane.height(), plane.devicePixelRatioF(), plane.bounds)
        if self._pixmap is None or key != self._key or self.shown < self._painted:
            self._pixmap, self._key, self._painted = _blank(plane), key, 0
        if self.shown > self._painted:
            self._grow(self._pixmap, plane)
        painter.drawPixmap(0, 0, self._pixmap)
        painter.setClipRect(plane.frame())
        painter.setPen(QPen(plane.ink("canvas"), theme.stroke(1.5)))
        for trace in self.traces:
            x, y = np.clip(trace.path[min(self.shown, len(trace.path) - 1)], -OUT, OUT).tolist()
            painter.setBrush(trace.colour)
            painter.drawEllipse(plane.point(x, y), trace.width + 2.5, trace.width + 2.5)

    def _grow(self, pixmap: QPixmap, plane: Plane) -> None:
        """Paint what is new."""
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(plane.frame())
        for trace in self.traces:
            new = trace.path[self._painted : self.shown + 1]
            if len(new) > 1:
                painter.setPen(trace.pen())
                painter.drawPolyline(polygon(plane.to_px(np.clip(new, -OUT, OUT))))
        painter.end()
        self._painted = self.shown


def _blank(plane: Plane) -> QPixmap:
    pixmap = QPixmap(plane.size() * plane.devicePixelRatioF())
    pixmap.setDevicePixelRatio(plane.devicePixelRatioF())
    pixmap.fill(Qt.GlobalColor.transparent)
    return pixmap


@dataclass
class FieldArrows:
    """Arrows centred on ``at`` (N, 2). Lines one pixel wide: a thousand wider ones take 40 ms."""

    at: Array
    v: Array

    def paint(self, painter: QPainter, plane: Plane) -> None:
        a, b = plane.to_px(self.at - self.v / 2), plane.to_px(self.at + self.v / 2)
        along = b - a
        side = np.stack([-along[:, 1], along[:, 0]], 1)
        long = np.maximum(np.hypot(*along.T), 1e-9)[:, None]
        head = np.minimum(6.0, 0.45 * long) / long
        wings = [np.hstack([b, b - head * (along + sign * 0.5 * side)]) for sign in (1, -1)]
        rows = np.concatenate([np.hstack([a, b]), *wings])[np.tile(long[:, 0] > 1, 3)]
        painter.setPen(QPen(plane.ink("muted"), theme.stroke(1.0)))
        painter.drawLines([QLineF(*row) for row in rows.tolist()])


@dataclass
class Target:
    """(0, 0), where the game should end: theory, so dashed and neutral."""

    def paint(self, painter: QPainter, plane: Plane) -> None:
        at = plane.point(0, 0)
        painter.setPen(QPen(plane.ink("theory"), theme.stroke(1.4), Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(plane.frame().x(), at.y()), QPointF(plane.frame().right(), at.y()))
        painter.drawLine(QPointF(at.x(), plane.frame().y()), QPointF(at.x(), plane.frame().bottom()))
        painter.setBrush(plane.ink("canvas"))
        painter.setPen(QPen(plane.ink("theory"), theme.stroke(1.6)))
        painter.drawEllipse(at, 5, 5)


@dataclass
class Names:
    """Which colour is which method, in the top right corner."""

    traces: Sequence[Trace]

    def paint(self, painter: QPainter, plane: Plane) -> None:
        painter.setFont(small_font())
        metrics = QFontMetricsF(painter.font())
        line = metrics.height()
        width = max(metrics.horizontalAdvance(t.title) for t in self.traces) + 32
        frame = plane.frame().adjusted(5, 5, -5, -5)
        box = QRectF(frame.right() - width, frame.y(), width, line * len(self.traces) + 6)
        veil = QColor(plane.ink("canvas"))
        veil.setAlphaF(0.85)
        painter.fillRect(box, veil)
        for i, trace in enumerate(self.traces):
            y = box.y() + 3 + line * (i + 0.5)
            painter.setPen(QPen(trace.colour, theme.stroke(2.5)))
            painter.drawLine(QPointF(box.x() + 5, y), QPointF(box.x() + 21, y))
            painter.setPen(plane.ink("text"))
            painter.drawText(QRectF(box.x() + 27, y - line / 2, width - 27, line), Qt.AlignmentFlag.AlignVCenter, trace.title)


class DiracPlane(Plane):
    """``start_moved(theta, psi)`` while the start is dragged or moved by arrow keys, ``start_dropped`` when it is let go."""

    start_moved = Signal(float, float)
    start_dropped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", axes=True, dark=True, parent=parent)
        self.x_label, self.y_label = "θ, the generated point", "ψ, slope of D"
        self.start = Handle(1.0, 1.0, role="gan", radius=7)
        self.grown = Traces()
        self.method: dirac.Method | None = None
        self.step = 0.2
        self.held = False
        self.setMinimumSize(240, 220)
        self.setToolTip(
            "Arrows: v = (−∂L_G/∂θ, −∂L_D/∂ψ), the way both players are moved from there (long ones are shortened to one cell). "
            "Drag the ring to start elsewhere, or use the arrow keys. The wheel zooms. All should end at (0, 0)."
        )
        self.pressed.connect(self._press)
        self.dragged.connect(self._drag)
        self.released.connect(self._release)
        self.zoomed.connect(self._zoom)

    # ------------------------------------------------------------ contents
    def show_method(self, method: dirac.Method) -> None:
        """The arrows of this method."""
        self.method = method
        self._draw_arrows()

    def show_traces(self, traces: list[Trace]) -> None:
        """Trajectories; the last one lies on top."""
        self.grown = Traces(traces)
        named = [Names(traces[::-1])] if traces else []
        self.live = [self.grown, self.start, *named]
        self.update()

    def show_until(self, n: int) -> None:
        """Every trajectory up to update ``n``."""
        self.grown.shown = n
        self.update()

    @property
    def traces(self) -> list[Trace]:
        return self.grown.traces

    def fit(self, least: float = 0.0) -> None:
        """Show all of the trajectories, on round bounds."""
        reach = max([float(np.abs(t.path).max()) for t in self.traces] + [abs(self.start.x), abs(self.start.y), least])
        self.set_half(next((h for h in HALVES if h >= 1.04 * reach), HALVES[-1]))

    def set_half(self, half: float) -> None:
        """Show [-half, half] on both axes."""
        if half != self.bounds[1]:
            self.bounds = (-half, half, -half, half)
            self._draw_arrows()

    def _draw_arrows(self) -> None:
        if self.method is None:
            return
        half = self.bounds[1]
        cell = 2 * half / ARROWS
        line = -half + cell * (np.arange(ARROWS) + 0.5)
        at = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
        v = dirac.field(self.method, at)
        length = np.hypot(*v.T)
        unit = 0.9 * cell / max(float(np.quantile(length, 0.75)), 1e-12)
        v = v * np.minimum(unit, 0.9 * cell / np.maximum(length, 1e-12))[:, None]
        self.show_layers([Target(), FieldArrows(at, v)])

    # ------------------------------------------------------------ the start
    def set_start(self, theta: float, psi: float) -> None:
        """Put the ring somewhere, and tell."""
        x0, x1, y0, y1 = self.bounds
        self.start.x, self.start.y = min(max(theta, x0), x1), min(max(psi, y0), y1)
        self.update()
        self.start_moved.emit(self.start.x, self.start.y)

    def _press(self, theta: float, psi: float) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        a, b = self.point(theta, psi), self.point(self.start.x, self.start.y)
        self.held = math.hypot(a.x() - b.x(), a.y() - b.y()) <= REACH_PX

    def _drag(self, theta: float, psi: float) -> None:
        if self.held:
            self.set_start(theta, psi)

    def _release(self) -> None:
        if self.held:
            self.held = False
            self.start_dropped.emit()

    def _zoom(self, factor: float) -> None:
        self.set_half(min(max(self.bounds[1] * factor, 0.05), HALVES[-1]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = self.arrow(event)
        if step is None:
            super().keyPressEvent(event)
            return
        self.set_start(self.start.x + step[0], self.start.y + step[1])
