"""Formulas as pictures: LaTeX to SVG in a thread, SVG to pixels in the window."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer


@dataclass(frozen=True)
class Drawing:
    """A typeset formula: ``svg``, its size in pixels, and how far its lowest point lies below the line of the text."""

    svg: bytes
    width: float
    height: float
    below: float


def typeset(tex: str, px: float, colour: str) -> Drawing | None:
    """``tex`` at a type size of ``px``; None for what is no formula. Takes some 20 ms: call it from the background thread."""
    from ziamath.config import config
    from ziamath.zmath import Latex

    config.svg2 = False  # Qt draws what SVG 1.1 knows
    try:
        formula = Latex(tex, size=px, color=colour)
        svg = formula.svg()
        width, height = formula.getsize()
        below = -float(formula.getyofst())
    except Exception:  # parsers of formulas raise nearly anything; the reader gets the source
        return None
    return Drawing(svg.encode(), float(width), float(height), below)


def picture(drawing: Drawing, ratio: float, widest: float) -> QImage:
    """The drawing as pixels, for a screen with ``ratio`` device pixels a logical one; smaller where it is wider than ``widest``."""
    renderer = QSvgRenderer(QByteArray(drawing.svg))
    size = renderer.defaultSize()
    scale = ratio * min(1.0, widest / max(size.width(), 1))
    image = QImage(
        max(1, round(size.width() * scale)), max(1, round(size.height() * scale)), QImage.Format.Format_ARGB32_Premultiplied
    )
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, image.width(), image.height()))
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image
