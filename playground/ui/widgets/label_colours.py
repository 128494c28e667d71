"""Colours for labels and factors: ten classes keep ten colours; more values, or fractions, run along a colour scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.ui import theme
from playground.ui.widgets.heat_map import shared_table
from playground.ui.widgets.ink import ink, label_inks, small_font

Array = np.ndarray
BINS = 32


@dataclass(frozen=True)
class Colouring:
    """``groups`` (N,) index into ``colours``; ``names`` label each colour, or the two ends of a scale."""

    groups: Array
    colours: Sequence[QColor]
    names: Sequence[str]
    continuous: bool = False


def colouring(values: Array) -> Colouring:
    """Groups and colours for one label or factor."""
    values = np.asarray(values)
    unique, groups = np.unique(values, return_inverse=True)
    if len(unique) <= 10:
        return Colouring(groups, label_inks()[: len(unique)], [_name(v) for v in unique])
    if not np.issubdtype(values.dtype, np.number):
        return Colouring(groups % 10, label_inks(), [f"{len(unique)} names"])
    low, high = float(unique[0]), float(unique[-1])
    bins = np.minimum(((values - low) / max(high - low, 1e-12) * BINS).astype(int), BINS - 1)
    table = shared_table()[np.linspace(60, 255, BINS).astype(int)]
    return Colouring(bins, [QColor(*rgb) for rgb in table.tolist()], [_name(low), _name(high)], continuous=True)


def _name(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, (float, np.floating)) else str(value)


class LabelLegend(QWidget):
    """Which colour is which label, on the dark canvas that the points lie on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.colouring: Colouring | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip("The colour of each label among the points. The ten colours stay apart for colour-blind eyes.")

    def show_colouring(self, colours: Colouring | None) -> None:
        """Another label, other names."""
        self.colouring = colours
        self.setVisible(colours is not None)
        self.updateGeometry()
        self.update()

    def _columns(self) -> int:
        if self.colouring is None or self.colouring.continuous:
            return 1
        metrics = QFontMetricsF(small_font())
        widest = max((metrics.horizontalAdvance(n) for n in self.colouring.names), default=0)
        return max(1, min(len(self.colouring.names), int((self.width() - 8) // (widest + 24))))

    def sizeHint(self) -> QSize:
        names = len(self.colouring.names) if self.colouring else 0
        rows = 1 if self.colouring and self.colouring.continuous else -(-names // self._columns())
        return QSize(120, int(rows * (QFontMetricsF(small_font()).height() + 2) + 8))

    def resizeEvent(self, event: object) -> None:
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.colouring is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink("canvas", dark=True))
        painter.drawRoundedRect(self.rect(), 5, 5)
        painter.setFont(small_font())
        if self.colouring.continuous:
            self._paint_scale(painter)
        else:
            self._paint_names(painter)

    def _paint_names(self, painter: QPainter) -> None:
        assert self.colouring is not None
        columns, line = self._columns(), QFontMetricsF(painter.font()).height() + 2
        pitch = (self.width() - 8) / columns
        for i, name in enumerate(self.colouring.names):
            x, y = 4 + pitch * (i % columns), 4 + line * (i // columns)
            colour, width = self.colouring.colours[i % 10], theme.current().px(7)
            painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoint(int(x + 7), int(y + line / 2))
            painter.setPen(ink("text", dark=True))
            painter.drawText(QRectF(x + 15, y, pitch - 15, line), Qt.AlignmentFlag.AlignVCenter, name)

    def _paint_scale(self, painter: QPainter) -> None:
        assert self.colouring is not None
        low, high = self.colouring.names
        metrics = QFontMetricsF(painter.font())
        left, right = metrics.horizontalAdvance(low) + 12, metrics.horizontalAdvance(high) + 12
        width = (self.width() - left - right) / BINS
        for i, colour in enumerate(self.colouring.colours):
            painter.fillRect(QRectF(left + i * width, 6, width + 1, self.height() - 12), colour)
        painter.setPen(ink("text", dark=True))
        box = QRectF(self.rect()).adjusted(6, 0, -6, 0)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, low)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, high)
