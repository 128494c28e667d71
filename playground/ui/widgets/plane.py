"""A piece of a plane, drawn by hand: equal scales on both axes, ticks, and layers on top of each other.

*Still* layers (pictures, densities, clouds of points) are painted once into a pixmap; *live* ones (a cursor, handles, a
path) are painted at every frame. So a moving mouse costs microseconds, whatever lies beneath it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.ui import theme
from playground.ui.widgets.ink import ink, small_font, small_height
from playground.ui.widgets.pixels import best_scale

Array = np.ndarray
Bounds = tuple[float, float, float, float]  # x0, x1, y0, y1
UNIT: Bounds = (-3.0, 3.0, -3.0, 3.0)


class Layer(Protocol):
    """Something that can be painted on a plane."""

    def paint(self, painter: QPainter, plane: Plane) -> None: ...


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round numbers (steps of 1, 2 or 5 times a power of ten) inside [low, high]."""
    span = max(high - low, 1e-12)
    raw = span / max(wanted, 1)
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= raw * 0.7)
    first = np.ceil(low / step - 1e-9)
    return [float(step * i) + 0.0 for i in np.arange(first, np.floor(high / step + 1e-9) + 1)]


class Plane(QWidget):
    """Layers over the plane; the mouse and the arrow keys in the plane's own coordinates."""

    hovered = Signal(float, float)
    pressed = Signal(float, float)
    dragged = Signal(float, float)
    released = Signal()
    left = Signal()
    zoomed = Signal(float)  # factor: below 1 = closer

    def __init__(
        self,
        placeholder: str = "",
        *,
        title: str = "",
        axes: bool = True,
        dark: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.placeholder, self.title, self.axes = placeholder, title, axes
        self.title_role = "muted"
        self.dark = dark
        self.x_label = self.y_label = ""
        self.bounds: Bounds = UNIT
        self.native: tuple[int, int] | None = None  # (h, w) of a mosaic that must be shown at a whole multiple
        self.still: list[Layer] = []
        self.live: list[Layer] = []
        self.margin_right = 6.0
        self._cache: QPixmap | None = None
        self._cache_key: tuple[object, ...] = ()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 110)

    # ------------------------------------------------------------ contents
    def show_layers(self, still: Sequence[Layer], bounds: Bounds | None = None) -> None:
        """Replace the still layers (and the piece of the plane that is shown)."""
        self.still = list(still)
        if bounds is not None:
            self.bounds = bounds
        self.redraw()

    def redraw(self) -> None:
        """Paint the still layers again."""
        self._cache_key = ()
        self.update()

    # ------------------------------------------------------------ geometry
    def room(self) -> QRectF:
        """What is left for the plane after ticks, labels and title."""
        small = small_height()
        left = 6.0 + (small * 2.2 if self.axes else 0) + (small if self.y_label else 0)
        bottom = 6.0 + (small if self.axes else 0) + (small if self.x_label else 0)
        top = 6.0 + (small + 3 if self.title else 0)
        return QRectF(left, top, max(self.width() - left - self.margin_right, 20), max(self.height() - top - bottom, 20))

    def frame(self) -> QRectF:
        """Where the plane lies in the widget: as large as equal scales allow, on whole device pixels."""
        room, ratio = self.room(), self.devicePixelRatioF()
        w, h = self._size_in(room)
        x = round((room.x() + (room.width() - w) / 2) * ratio) / ratio
        y = round((room.y() + (room.height() - h) / 2) * ratio) / ratio
        return QRectF(x, y, w, h)

    def _size_in(self, room: QRectF) -> tuple[float, float]:
        ratio = self.devicePixelRatioF()
        if self.native is not None:
            h, w = self.native
            scale = best_scale(h, w, room.height() * ratio, room.width() * ratio)
            return int(w * scale) / ratio, int(h * scale) / ratio
        x0, x1, y0, y1 = self.bounds
        unit = min(room.width() / (x1 - x0), room.height() / (y1 - y0))
        return round((x1 - x0) * unit * ratio) / ratio, round((y1 - y0) * unit * ratio) / ratio

    def to_px(self, xy: Array) -> Array:
        """Plane coordinates (N, 2) -> widget pixels (N, 2)."""
        frame, (x0, x1, y0, y1) = self.frame(), self.bounds
        xy = np.atleast_2d(np.asarray(xy, np.float64))
        px = frame.x() + (xy[:, 0] - x0) / (x1 - x0) * frame.width()
        py = frame.bottom() - (xy[:, 1] - y0) / (y1 - y0) * frame.height()
        return np.stack([px, py], axis=1)

    def point(self, x: float, y: float) -> QPointF:
        """One plane point in widget pixels."""
        frame, (x0, x1, y0, y1) = self.frame(), self.bounds
        return QPointF(frame.x() + (x - x0) / (x1 - x0) * frame.width(), frame.bottom() - (y - y0) / (y1 - y0) * frame.height())

    def to_xy(self, pos: QPointF) -> tuple[float, float]:
        """Widget pixels -> plane coordinates, kept inside the bounds."""
        frame, (x0, x1, y0, y1) = self.frame(), self.bounds
        x = x0 + (pos.x() - frame.x()) / max(frame.width(), 1e-9) * (x1 - x0)
        y = y0 + (frame.bottom() - pos.y()) / max(frame.height(), 1e-9) * (y1 - y0)
        return min(max(x, x0), x1), min(max(y, y0), y1)

    # ------------------------------------------------------------ painting
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        key = (self.width(), self.height(), ratio, self.bounds, self.native)
        if key != self._cache_key or self._cache is None:
            self._cache = QPixmap(self.size() * ratio)
            self._cache.setDevicePixelRatio(ratio)
            self._cache.fill(Qt.GlobalColor.transparent)
            self._paint_still(self._cache)
            self._cache_key = key
        painter.drawPixmap(0, 0, self._cache)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for layer in self.live:
            painter.save()
            layer.paint(painter, self)
            painter.restore()
        if self.hasFocus():
            painter.setPen(QPen(ink("text"), theme.stroke(1), Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.frame().adjusted(-1, -1, 1, 1))

    def _paint_still(self, target: QPixmap) -> None:
        painter = QPainter(target)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = self.frame()
        painter.fillRect(frame, self.ink("canvas"))
        painter.save()
        painter.setClipRect(frame)
        for layer in self.still:
            painter.save()
            layer.paint(painter, self)
            painter.restore()
        painter.restore()
        painter.setFont(small_font())
        if self.axes:
            self._paint_axes(painter, frame)
        self._paint_words(painter, frame)
        painter.end()

    def ink(self, role: str) -> QColor:
        """The colour of ``role`` on this plane, whose canvas may be dark in every theme."""
        return ink(role, dark=self.dark)

    def _paint_axes(self, painter: QPainter, frame: QRectF) -> None:
        painter.setPen(QPen(ink("border"), theme.stroke(1)))
        painter.drawRect(frame)
        painter.setPen(ink("muted"))
        x0, x1, y0, y1 = self.bounds
        small = QFontMetricsF(painter.font()).height()
        for x in ticks(x0, x1, max(4, int(frame.width() / 70))):
            at = self.point(x, y0)
            painter.drawText(
                QRectF(at.x() - 30, frame.bottom() + 1, 60, small),
                Qt.AlignmentFlag.AlignCenter,
                f"{x:g}".replace("-", "−"),
            )
        for y in ticks(y0, y1, max(4, int(frame.height() / 70))):
            at = self.point(x0, y)
            box = QRectF(frame.x() - 44, at.y() - small / 2, 40, small)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{y:g}".replace("-", "−"))

    def _paint_words(self, painter: QPainter, frame: QRectF) -> None:
        small = QFontMetricsF(painter.font()).height()
        painter.setPen(ink("muted"))
        if self.x_label:
            top = frame.bottom() + (small if self.axes else 0)
            painter.drawText(QRectF(frame.x(), top, frame.width(), small + 4), Qt.AlignmentFlag.AlignCenter, self.x_label)
        if self.y_label:
            painter.save()
            painter.translate(frame.x() - (small * 2.2 if self.axes else 0) - small, frame.center().y())
            painter.rotate(-90)
            painter.drawText(QRectF(-100, 0, 200, small), Qt.AlignmentFlag.AlignCenter, self.y_label)
            painter.restore()
        if self.title:
            painter.setPen(ink(self.title_role))
            painter.setFont(small_font(0, bold=True))
            box = QRectF(frame.x() - 30, frame.y() - small - 6, frame.width() + 60, small + 5)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.title)
        if not self.still and not self.live:
            painter.setPen(self.ink("muted"))
            painter.setFont(small_font(0))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(frame.adjusted(10, 10, -10, -10), flags, self.placeholder)

    # ------------------------------------------------------------ mouse and keyboard
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.frame().adjusted(-8, -8, 8, 8).contains(event.position()):
            self.pressed.emit(*self.to_xy(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.dragged.emit(*self.to_xy(event.position()))
        elif self.frame().contains(event.position()):
            self.hovered.emit(*self.to_xy(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.released.emit()

    def leaveEvent(self, event: object) -> None:
        self.left.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoomed.emit(0.87 if event.angleDelta().y() > 0 else 1.15)
        event.accept()

    def arrow(self, event: QKeyEvent) -> tuple[float, float] | None:
        """The step that an arrow key asks for: 1 % of the plane, 10 % with Shift."""
        steps = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}
        if event.key() not in steps:
            return None
        size = (0.1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0.01) * (self.bounds[1] - self.bounds[0])
        dx, dy = steps[Qt.Key(event.key())]
        return dx * size, dy * size

    def sizeHint(self) -> QSize:
        return QSize(320, 300)
