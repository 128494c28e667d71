"""Exported pictures of the Dirac-GAN: the view as it is, and a film of the trajectories as they grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from playground.ui.views.dirac_plane import OUT, DiracPlane, Names
from playground.ui.views.export import Material
from playground.ui.widgets.layers import polygon
from playground.ui.widgets.pixels import array_of

Array = np.ndarray
HOLD = 12  # the last frame stands still for so many


def film_of_race(view: QWidget, plane: DiracPlane, frames: Sequence[int], fps: float, recipe: Mapping[str, Any]) -> Material:
    """``frames``: updates. What does not move is painted here; lines are added by the thread that writes, on images of its own."""
    picture = array_of(view.grab().toImage())
    before = plane.live
    plane.live = [layer for layer in before if isinstance(layer, Names) or layer is plane.start]
    still = plane.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    plane.live = before
    lines = [(plane.to_px(np.clip(t.path, -OUT, OUT)), t.pen(), plane.frame()) for t in plane.traces]

    def film() -> Array:
        shots = [_grown(still, lines, n) for n in frames]
        return np.stack(shots + shots[-1:] * HOLD)

    return Material(picture, film, fps, recipe)


def _grown(still: QImage, lines: Sequence[tuple[Array, QPen, Any]], n: int) -> Array:
    """The still picture with each line up to its point ``n``."""
    image = still.copy()
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for px, pen, frame in lines:
        painter.setClipRect(frame)
        painter.setPen(pen)
        painter.drawPolyline(polygon(px[: n + 1]))
        painter.setBrush(pen.color())
        painter.drawEllipse(QPointF(*px[n]), pen.widthF() + 2, pen.widthF() + 2)
    painter.end()
    return array_of(image)
