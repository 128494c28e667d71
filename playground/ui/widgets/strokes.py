"""Many short lines at once, drawn from an array."""

from __future__ import annotations

import numpy as np
from pyqtgraph.Qt import internals
from PySide6.QtCore import QLineF
from PySide6.QtGui import QPainter

Array = np.ndarray
_LINES = internals.PrimitiveArray(QLineF, 4)  # of the window's thread, where all painting is


def draw_lines(painter: QPainter, px: Array) -> None:
    """Lines (N, 4), x and y of both ends in pixels, with the painter's pen.

    They are written into Qt's memory: to make an object of each took more than twice as long as to draw them.
    """
    _LINES.resize(len(px))
    _LINES.ndarray()[:] = px
    painter.drawLines(*_LINES.drawargs())
