"""What can lie on a :class:`~playground.ui.widgets.plane.Plane`: densities, mosaics, clouds, lines, arrows, handles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QImage, QPainter, QPen, QPixmap, QPolygonF

from playground.ui import theme
from playground.ui.widgets.ink import label_inks, small_font
from playground.ui.widgets.plane import Bounds, Plane

Array = np.ndarray


def polygon(points: Array) -> QPolygonF:
    """Pixels (N, 2) as Qt's type."""
    return QPolygonF([QPointF(x, y) for x, y in points.tolist()])


@dataclass
class Heat:
    """A picture of a density over ``bounds``; smooth, because the density is."""

    image: QImage
    bounds: Bounds

    def paint(self, painter: QPainter, plane: Plane) -> None:
        x0, x1, y0, y1 = self.bounds
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(plane.point(x0, y1), plane.point(x1, y0)), self.image)


@dataclass
class Mosaic:
    """Decoded pictures that fill the plane, crisp: ``image`` is one array pixel to a native pixel."""

    image: QImage
    dim: float = 0.0  # 0..1: how much of the canvas colour is laid over it, so that points stand out

    def paint(self, painter: QPainter, plane: Plane) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(plane.frame(), self.image)
        if self.dim:
            veil = QColor(plane.ink("canvas"))
            veil.setAlphaF(self.dim)
            painter.fillRect(plane.frame(), veil)


@dataclass
class Cloud:
    """Points (N, 2), coloured by ``groups`` (N,) from the label colours, or all in ``role``."""

    xy: Array
    groups: Array | None = None
    role: str = "data"
    size: float = 4.0
    alpha: float = 1.0
    halo: bool = True
    colours: Sequence[QColor] | None = None

    def paint(self, painter: QPainter, plane: Plane) -> None:
        if not len(self.xy):
            return
        px = plane.to_px(self.xy)
        colours = self.colours or (label_inks() if self.groups is not None else [plane.ink(self.role)])
        groups = np.zeros(len(px), int) if self.groups is None else self.groups
        sprites = {int(g): self._sprite(QColor(colours[int(g) % len(colours)]), plane) for g in np.unique(groups)}
        corner = (self._size + 4) / 2
        for (x, y), g in zip((px - corner).tolist(), groups.tolist(), strict=True):  # mixed, so that no class hides the others
            painter.drawPixmap(QPointF(x, y), sprites[g])

    @property
    def _size(self) -> float:
        """In pixels, in the scale of this theme."""
        return self.size * theme.current().scale

    def _sprite(self, colour: QColor, plane: Plane) -> QPixmap:
        """One dot, painted once and stamped thousands of times: ten times faster than as many round points."""
        ratio, side = plane.devicePixelRatioF(), self._size + 4
        sprite = QPixmap(math.ceil(side * ratio), math.ceil(side * ratio))
        sprite.setDevicePixelRatio(ratio)
        sprite.fill(Qt.GlobalColor.transparent)
        painter = QPainter(sprite)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        colour.setAlphaF(self.alpha)
        middle = QPointF(side / 2, side / 2)
        for brush, radius in ((plane.ink("canvas"), self._size / 2 + 0.8), (colour, self._size / 2))[0 if self.halo else 1 :]:
            painter.setBrush(brush)
            painter.drawEllipse(middle, radius, radius)
        painter.end()
        return sprite


@dataclass
class Lines:
    """Polylines: each (N, 2). ``dashed`` is the sign of theory."""

    paths: Sequence[Array]
    role: str = "vae"
    width: float = 1.5
    dashed: bool = False
    alpha: float = 1.0
    colours: Sequence[QColor] | None = None

    def paint(self, painter: QPainter, plane: Plane) -> None:
        for i, path in enumerate(self.paths):
            colour = QColor(self.colours[i % len(self.colours)] if self.colours else plane.ink(self.role))
            colour.setAlphaF(self.alpha)
            pen = QPen(colour, theme.stroke(self.width), Qt.PenStyle.DashLine if self.dashed else Qt.PenStyle.SolidLine)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            painter.drawPolyline(polygon(plane.to_px(path)))


@dataclass
class Segments:
    """Straight lines from ``start`` (N, 2) to ``end`` (N, 2)."""

    start: Array
    end: Array
    role: str = "muted"
    width: float = 1.0
    alpha: float = 0.8

    def paint(self, painter: QPainter, plane: Plane) -> None:
        colour = QColor(plane.ink(self.role))
        colour.setAlphaF(self.alpha)
        painter.setPen(QPen(colour, theme.stroke(self.width)))
        rows = np.hstack([plane.to_px(self.start), plane.to_px(self.end)])
        painter.drawLines([QLineF(*row) for row in rows.tolist()])


@dataclass
class Ellipse:
    """An axis-aligned ellipse round ``centre``; dashed when it is theory."""

    centre: tuple[float, float]
    radii: tuple[float, float]
    role: str = "vae"
    dashed: bool = False
    fill: float = 0.0
    width: float = 1.5

    def paint(self, painter: QPainter, plane: Plane) -> None:
        (x, y), (rx, ry) = self.centre, self.radii
        dash = Qt.PenStyle.DashLine if self.dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(plane.ink(self.role), theme.stroke(self.width), dash))
        if self.fill:
            colour = QColor(plane.ink(self.role))
            colour.setAlphaF(self.fill)
            painter.setBrush(QBrush(colour))
        painter.drawEllipse(QRectF(plane.point(x - rx, y + ry), plane.point(x + rx, y - ry)))


@dataclass
class Arrow:
    """An arrow from one point of the plane to another."""

    start: tuple[float, float]
    end: tuple[float, float]
    role: str = "text"
    width: float = 2.0
    dashed: bool = False

    def paint(self, painter: QPainter, plane: Plane) -> None:
        a, b = plane.point(*self.start), plane.point(*self.end)
        colour = plane.ink(self.role)
        painter.setPen(QPen(colour, theme.stroke(self.width), Qt.PenStyle.DashLine if self.dashed else Qt.PenStyle.SolidLine))
        painter.drawLine(a, b)
        along = np.array([b.x() - a.x(), b.y() - a.y()])
        length = float(np.hypot(*along))
        if length < 6:
            return
        unit = along / length
        side, tip = np.array([-unit[1], unit[0]]), np.array([b.x(), b.y()])
        wings = np.stack([tip, tip - 8 * unit + 4 * side, tip - 8 * unit - 4 * side])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(polygon(wings))


@dataclass
class Handle:
    """A ring with a letter that can be dragged, or (``ring`` False) a filled dot."""

    x: float
    y: float
    letter: str = ""
    role: str = "vae"
    radius: float = 8.0
    ring: bool = True
    visible: bool = field(default=True)

    def paint(self, painter: QPainter, plane: Plane) -> None:
        if not self.visible:
            return
        at = plane.point(self.x, self.y)
        painter.setBrush(plane.ink("canvas") if self.ring else plane.ink(self.role))
        painter.setPen(QPen(QColor("#000000"), theme.stroke(5 if self.ring else 4)))
        painter.drawEllipse(at, self.radius, self.radius)
        painter.setPen(QPen(QColor("#ffffff"), theme.stroke(2.5 if self.ring else 2)))
        painter.drawEllipse(at, self.radius, self.radius)
        if self.letter:
            painter.setFont(small_font(0, bold=True))
            painter.setPen(plane.ink("text"))
            side = 2 * self.radius + 8
            box = QRectF(at.x() - side / 2, at.y() - side / 2, side, side)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.letter)


_LEGENDS: dict[tuple[object, ...], QImage] = {}


@dataclass
class Legend:
    """What the signs mean, in a corner of the plane: (role, text, sign) with sign "dot", "line", "dash" or "cross"."""

    entries: Sequence[tuple[str, str, str]]
    corner: str = "top right"

    def paint(self, painter: QPainter, plane: Plane) -> None:
        if not self.entries:
            return
        picture, frame = self._picture(plane), plane.frame().adjusted(5, 5, -5, -5)
        size = picture.deviceIndependentSize()
        x = frame.right() - size.width() if "right" in self.corner else frame.x()
        y = frame.y() if "top" in self.corner else frame.bottom() - size.height()
        painter.drawImage(QPointF(x, y), picture)

    def _picture(self, plane: Plane) -> QImage:
        """Painted once for these words in these colours: a film shows the same legend on every frame."""
        font, ratio = small_font(), plane.devicePixelRatioF()
        inks = tuple(plane.ink(role).rgba() for role, *_ in (("canvas",), ("text",), *self.entries))
        key = (tuple(self.entries), inks, font.toString(), ratio)
        if key not in _LEGENDS:
            if len(_LEGENDS) > 200:
                _LEGENDS.clear()
            _LEGENDS[key] = self._painted(plane, ratio)
        return _LEGENDS[key]

    def _painted(self, plane: Plane, ratio: float) -> QImage:
        font = small_font()
        metrics = QFontMetricsF(font)
        line = metrics.height()
        width = max(metrics.horizontalAdvance(text) for _, text, _ in self.entries) + 30
        box = QSizeF(width, line * len(self.entries) + 6)
        pixels = math.ceil(box.width() * ratio), math.ceil(box.height() * ratio)
        picture = QImage(*pixels, QImage.Format.Format_ARGB32_Premultiplied)
        picture.setDevicePixelRatio(ratio)
        veil = QColor(plane.ink("canvas"))
        veil.setAlphaF(0.82)
        picture.fill(veil)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        for i, (role, text, sign) in enumerate(self.entries):
            middle = 3 + line * (i + 0.5)
            self._sign(painter, plane.ink(role), sign, 5, middle)
            painter.setPen(plane.ink("text"))
            painter.drawText(QRectF(26, middle - line / 2, width - 26, line), Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()
        return picture

    @staticmethod
    def _sign(painter: QPainter, colour: QColor, sign: str, x: float, y: float) -> None:
        if sign == "dot":
            painter.setPen(QPen(colour, theme.current().px(7), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoint(QPointF(x + 8, y))
        elif sign == "cross":
            painter.setPen(QPen(colour, theme.stroke(1.5)))
            painter.drawLines([QLineF(x + 5, y - 3, x + 11, y + 3), QLineF(x + 5, y + 3, x + 11, y - 3)])
        else:
            painter.setPen(QPen(colour, theme.stroke(2), Qt.PenStyle.DashLine if sign == "dash" else Qt.PenStyle.SolidLine))
            painter.drawLine(QPointF(x, y), QPointF(x + 16, y))
