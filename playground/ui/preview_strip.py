"""A strip that shows what a data set is like: a row of pictures, or the points of a plane."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.ui import theme

COUNT = 6
HEIGHT_PICTURES, HEIGHT_POINTS = 40, 120
MAX_POINTS = 1500


class PreviewStrip(QWidget):
    """Shows uint8 pictures (N, H, W[, 3]) or float points (N, 2), or a line of text while there is nothing yet."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures: list[QPixmap] = []
        self._points: np.ndarray | None = None
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT_PICTURES)
        self.setToolTip("The first items of this data set. Real data is always blue where it is drawn as points.")
        self.setAccessibleName("Preview of the data")

    def show_text(self, text: str, kind: str = "image") -> None:
        """Nothing to show yet, and why; the height is kept for what will come."""
        self._pictures, self._points, self._text = [], None, text
        self.setFixedHeight(HEIGHT_PICTURES if kind == "image" else HEIGHT_POINTS)
        self.update()

    def show_items(self, items: np.ndarray) -> None:
        """Show pictures or points."""
        self._text = ""
        if items.dtype == np.uint8:
            self._pictures, self._points = [pixmap(x) for x in items[:COUNT]], None
            self.setFixedHeight(HEIGHT_PICTURES)
        else:
            self._pictures, self._points = [], np.asarray(items[:MAX_POINTS], dtype=float)
            self.setFixedHeight(HEIGHT_POINTS)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(230, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        if self._points is not None:
            self._paint_points(painter)
        elif self._pictures:
            self._paint_pictures(painter)
        else:
            painter.setPen(QColor(theme.current().dim))
            painter.setFont(theme.font(11))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._text)

    def _paint_pictures(self, painter: QPainter) -> None:
        gap = 4
        side = min(self.height(), (self.width() - gap * (COUNT - 1)) / COUNT)
        for i, picture in enumerate(self._pictures):
            painter.drawPixmap(QRectF(i * (side + gap), (self.height() - side) / 2, side, side), picture, QRectF(picture.rect()))

    def _paint_points(self, painter: QPainter) -> None:
        look = theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(look.border))
        painter.setBrush(QColor(look.card))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(look.role("data"), 0.6))
        for x, y in self._placed():
            painter.drawEllipse(QPointF(x, y), 1.2, 1.2)

    def _placed(self) -> np.ndarray:
        """The points in widget pixels: one scale for both axes, y up."""
        assert self._points is not None
        low, high = np.quantile(self._points, 0.002, axis=0), np.quantile(self._points, 0.998, axis=0)
        scale = min((self.width() - 16) / max(high[0] - low[0], 1e-9), (self.height() - 16) / max(high[1] - low[1], 1e-9))
        centred = (self._points - (low + high) / 2) * scale
        return centred * (1, -1) + (self.width() / 2, self.height() / 2)


def pixmap(picture: np.ndarray) -> QPixmap:
    """A uint8 picture (H, W) or (H, W, 3) as a pixmap of the same pixels."""
    picture = np.ascontiguousarray(picture)
    height, width = picture.shape[:2]
    form = QImage.Format.Format_Grayscale8 if picture.ndim == 2 else QImage.Format.Format_RGB888
    image = QImage(picture.data, width, height, picture.strides[0], form)
    return QPixmap.fromImage(image.copy())  # the copy owns its bytes
