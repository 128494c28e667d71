"""The window's icons, drawn: no files to find, right colour in every theme, sharp at every scaling.

Each painter draws on a 16 x 16 square with pen and brush set to the icon's colour.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QByteArray, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF


def icon(name: str, colour: str, disabled: str = "") -> QIcon:
    """The icon ``name`` of :data:`PAINTERS`; ``disabled`` is its colour on a control that is off."""
    result = QIcon(pixmap(name, colour))
    if disabled:
        result.addPixmap(pixmap(name, disabled), QIcon.Mode.Disabled)
    return result


def pixmap(name: str, colour: str, size: int = 16, ratio: float = 3.0) -> QPixmap:
    """The icon as a pixmap of ``size`` logical pixels, drawn at ``ratio`` times that."""
    canvas = QPixmap(round(size * ratio), round(size * ratio))
    canvas.fill(Qt.GlobalColor.transparent)
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(canvas.width() / 16, canvas.height() / 16)
    painter.setPen(QPen(QColor(colour), 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(QColor(colour))
    PAINTERS[name](painter)
    painter.end()
    canvas.setDevicePixelRatio(ratio)
    return canvas


def svg_chevron(colour: str, up: bool = False) -> QByteArray:
    """An arrow for the stylesheet, which can only name files."""
    points = "4,10 8,6 12,10" if up else "4,6 8,10 12,6"
    return _svg(f'<polyline points="{points}"/>', colour)


def svg_check(colour: str) -> QByteArray:
    """The tick of a check box, for the stylesheet."""
    return _svg('<polyline points="3.5,8.5 6.5,11.5 12.5,4.5"/>', colour)


def _svg(body: str, colour: str) -> QByteArray:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" fill="none" stroke="{colour}"'
    return QByteArray(f'{head} stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">{body}</svg>'.encode())


def _play(p: QPainter) -> None:
    p.drawPolygon(QPolygonF([QPointF(4.5, 3), QPointF(12.5, 8), QPointF(4.5, 13)]))


def _pause(p: QPainter) -> None:
    p.drawRoundedRect(QRectF(4, 3.5, 2, 9), 0.5, 0.5)
    p.drawRoundedRect(QRectF(10, 3.5, 2, 9), 0.5, 0.5)


def _step(p: QPainter) -> None:
    p.drawPolygon(QPolygonF([QPointF(3.5, 3.5), QPointF(9.5, 8), QPointF(3.5, 12.5)]))
    p.drawLine(QPointF(12.3, 3.5), QPointF(12.3, 12.5))


def _stop(p: QPainter) -> None:
    p.drawRoundedRect(QRectF(4, 4, 8, 8), 1, 1)


def _dice(p: QPainter) -> None:
    pen = p.pen().color()
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawRoundedRect(QRectF(2.5, 2.5, 11, 11), 2.5, 2.5)
    p.setBrush(pen)
    p.setPen(Qt.PenStyle.NoPen)
    for x, y in ((5.5, 5.5), (10.5, 10.5), (8, 8), (10.5, 5.5), (5.5, 10.5)):
        p.drawEllipse(QPointF(x, y), 1.05, 1.05)


def _moon(p: QPainter) -> None:
    disc, bite = QPainterPath(), QPainterPath()
    disc.addEllipse(QPointF(8, 8), 5.5, 5.5)
    bite.addEllipse(QPointF(10.6, 6), 4.8, 4.8)
    p.setPen(Qt.PenStyle.NoPen)
    p.drawPath(disc.subtracted(bite))


def _sun(p: QPainter) -> None:
    p.drawEllipse(QPointF(8, 8), 2.6, 2.6)
    for i in range(8):
        a = i * math.pi / 4
        p.drawLine(QPointF(8 + 5 * math.cos(a), 8 + 5 * math.sin(a)), QPointF(8 + 6.4 * math.cos(a), 8 + 6.4 * math.sin(a)))


def _full(p: QPainter) -> None:
    p.setBrush(Qt.BrushStyle.NoBrush)
    for x, y, dx, dy in ((3, 3, 4, 4), (13, 3, -4, 4), (3, 13, 4, -4), (13, 13, -4, -4)):
        p.drawPolyline(QPolygonF([QPointF(x + dx, y), QPointF(x, y), QPointF(x, y + dy)]))


def _close(p: QPainter) -> None:
    p.drawLine(QPointF(4, 4), QPointF(12, 12))
    p.drawLine(QPointF(12, 4), QPointF(4, 12))


def _save(p: QPainter) -> None:
    p.drawLine(QPointF(8, 2.5), QPointF(8, 9.5))
    p.drawPolyline(QPolygonF([QPointF(5, 7), QPointF(8, 10), QPointF(11, 7)]))
    p.drawPolyline(QPolygonF([QPointF(3, 10.5), QPointF(3, 13.5), QPointF(13, 13.5), QPointF(13, 10.5)]))


def _chevron_right(p: QPainter) -> None:
    p.drawPolyline(QPolygonF([QPointF(6, 4), QPointF(10, 8), QPointF(6, 12)]))


def _chevron_down(p: QPainter) -> None:
    p.drawPolyline(QPolygonF([QPointF(4, 6), QPointF(8, 10), QPointF(12, 6)]))


def _app(p: QPainter) -> None:
    """A bell curve over three dots: noise that becomes a shape."""
    p.setBrush(Qt.BrushStyle.NoBrush)
    path = QPainterPath(QPointF(1.5, 12.5))
    path.cubicTo(QPointF(6, 12.5), QPointF(5.5, 3), QPointF(8, 3))
    path.cubicTo(QPointF(10.5, 3), QPointF(10, 12.5), QPointF(14.5, 12.5))
    p.drawPath(path)


PAINTERS: dict[str, Callable[[QPainter], None]] = {
    "play": _play,
    "pause": _pause,
    "step": _step,
    "stop": _stop,
    "dice": _dice,
    "moon": _moon,
    "sun": _sun,
    "close": _close,
    "full": _full,
    "save": _save,
    "chevron_right": _chevron_right,
    "chevron_down": _chevron_down,
    "app": _app,
}
