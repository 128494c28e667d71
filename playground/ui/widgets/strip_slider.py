"""A slider whose track is a strip of pictures: what the value does is drawn where the value is."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QWidget

from playground.ui import theme
from playground.ui.widgets.ink import ink
from playground.ui.widgets.pixels import best_scale, mosaic, packed, pixmap_of

Array = np.ndarray
UNITS = 100  # slider steps per unit of z
TRACK = 14.0  # height of the groove under the pictures, in logical pixels


class StripSlider(QAbstractSlider):
    """Values run over [-span, span]; the picture at each place is what the decoder makes of that value."""

    def __init__(self, span: float = 3.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(round(-span * UNITS), round(span * UNITS))
        self.setSingleStep(5)
        self.setPageStep(50)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.accent, self.dim = "vae", False
        self._pictures: Array | None = None
        self._pixmap: QPixmap | None = None
        self._drawn_for: tuple[int, int, float] | None = None
        self.picture_px = 28

    @property
    def z(self) -> float:
        """The value in latent units."""
        return self.value() / UNITS

    def set_pictures(self, pictures: Array | None, picture_px: int) -> None:
        """``pictures`` (S, H, W[, 3]) at even steps from -span to span, shown ``picture_px`` logical pixels high."""
        self._pictures, self.picture_px = pictures, picture_px
        self.setFixedHeight(int((picture_px if pictures is not None else 4) + TRACK))
        self.redraw()

    def redraw(self) -> None:
        """Contents or colours changed."""
        self._drawn_for = None
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, int(self.picture_px + TRACK))

    # ------------------------------------------------------------ geometry
    def _render(self) -> None:
        ratio = self.devicePixelRatioF()
        key = (self.width(), self.height(), ratio)
        if key == self._drawn_for:
            return
        self._drawn_for, self._pixmap = key, None
        if self._pictures is not None and len(self._pictures):
            s, h, w = self._pictures.shape[:3]
            room = self.width() * ratio / s
            scale = best_scale(h, w, self.picture_px * ratio + 0.5, room)
            gap = int(2 * ratio) if room >= w * scale + 2 else 0
            self._pixmap = pixmap_of(mosaic(packed(self._pictures, scale), s, gap, 0, ink("window").rgb()), ratio)

    def track(self) -> tuple[float, float]:
        """Left and right end of the groove: the middles of the first and the last picture."""
        self._render()
        if self._pixmap is None or self._pictures is None:
            return 8.0, self.width() - 8.0
        ratio = self.devicePixelRatioF()
        width = self._pixmap.width() / ratio
        half = width / len(self._pictures) / 2
        return half, width - half

    def x_of(self, value: int) -> float:
        """Where a value lies, in pixels."""
        left, right = self.track()
        return left + (value - self.minimum()) / (self.maximum() - self.minimum()) * (right - left)

    # ------------------------------------------------------------ painting
    def paintEvent(self, event: QPaintEvent) -> None:
        self._render()
        painter = QPainter(self)
        if self._pixmap is not None:
            painter.setOpacity(0.45 if self.dim else 1.0)
            painter.drawPixmap(QPointF(0, 0), self._pixmap)
            painter.setOpacity(1.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, right = self.track()
        y = self.height() - TRACK / 2
        x = self.x_of(self.value())
        colour = ink("muted" if self.dim else self.accent)
        painter.setPen(QPen(ink("outline"), theme.stroke(3), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(left, y), QPointF(right, y))
        painter.setPen(QPen(ink("muted"), theme.stroke(1)))
        painter.drawLine(QPointF(self.x_of(0), y - 5), QPointF(self.x_of(0), y + 5))
        painter.setPen(QPen(colour, theme.stroke(1.5)))
        painter.drawLine(QPointF(x, 0), QPointF(x, y))
        painter.setPen(QPen(ink("focus") if self.hasFocus() else ink("window"), theme.stroke(2)))
        painter.setBrush(colour)
        painter.drawEllipse(QRectF(x - 6, y - 6, 12, 12))

    # ------------------------------------------------------------ mouse (keys and wheel are QAbstractSlider's)
    def _go(self, event: QMouseEvent) -> None:
        left, right = self.track()
        part = (event.position().x() - left) / max(right - left, 1)
        self.setValue(round(self.minimum() + min(max(part, 0.0), 1.0) * (self.maximum() - self.minimum())))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._go(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to where the item was: the owner decides what that is; here it is 0."""
        self.setValue(0)
