"""The colours of D's verdict: 0 looks generated, 1 looks real, one half cannot be told. The same scale for every map of D."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.ui import theme
from playground.ui.widgets.heat_map import packed_table, ramp
from playground.ui.widgets.ink import ink, small_font
from playground.ui.widgets.pixels import image_of, rgb_of

Array = np.ndarray
DEPTH = 0.7  # how much of the accent the ends take: points in the full colour stay visible on top
ROWS = (("D, D*", ("0", "0.5", "1")), ("D − D*", ("−1", "0", "1")))


def mixed(a: QColor, b: QColor, share: float) -> QColor:
    """Between two colours; share 1 is ``b``."""
    return QColor(*(round((1 - share) * x + share * y) for x, y in zip(rgb_of(a), rgb_of(b), strict=True)))


def verdict_table(accent: str = "gan") -> Array:
    """(255, 3) uint8, with a neutral middle: from the model's colour over the canvas to the blue of real data."""
    canvas = ink("canvas")
    low, high = (mixed(canvas, ink(role), DEPTH) for role in (accent, "data"))
    return ramp(low, mixed(canvas, low, 0.45), canvas, mixed(canvas, high, 0.45), high, size=255)


def verdict_image(values: Array, low: float, high: float, table: Array) -> QImage:
    """(R, R) values, row 0 = smallest y, -> an image whose top row is the largest y. NaN is as neutral as the middle."""
    share = (np.nan_to_num(values, nan=(low + high) / 2) - low) / max(high - low, 1e-30)
    index = np.rint(np.clip(share, 0, 1) * (len(table) - 1)).astype(np.intp)
    return image_of(packed_table(table)[index[::-1]])


def verdict_colours(accent: str = "gan", steps: int = 33) -> list[QColor]:
    """The same scale in full strength, for points: colour i stands for the verdict i / (steps - 1)."""
    table = ramp(ink(accent), mixed(ink("canvas"), ink("text"), 0.5), ink("data"), size=steps)
    return [QColor(*rgb) for rgb in table.tolist()]


def bright(role: str) -> QColor:
    """A role's colour for points on its own field: away from the canvas."""
    return mixed(ink(role), ink("text"), 0.2 if ink("canvas").lightnessF() < 0.5 else 0.1)


class VerdictScale(QWidget):
    """The legend of the maps: one bar, what its ends mean, and the numbers of D and of D − D*."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.accent = "gan"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            "What the colours mean in all three maps. D and D* are probabilities that x is real: one half cannot be told. "
            "D − D*: amber where D is too suspicious, blue where it is too trusting."
        )

    def reset(self, accent: str) -> None:
        """A new run."""
        self.accent = accent
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(150, int(3 * self._line()) + 16)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @staticmethod
    def _line() -> float:
        return QFontMetricsF(small_font()).height()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(small_font())
        line, left = self._line(), QFontMetricsF(small_font()).horizontalAdvance("D − D*") + 12
        bar = QRectF(left, line + 2, max(self.width() - left - 14, 20), 10)
        for text, role, side in (("looks generated", self.accent, Qt.AlignmentFlag.AlignLeft),
                                 ("looks real", "data", Qt.AlignmentFlag.AlignRight)):  # fmt: skip
            painter.setPen(ink(role))
            painter.drawText(QRectF(0, 0, self.width() - 4, line), side | Qt.AlignmentFlag.AlignVCenter, text)
        painter.drawImage(bar, image_of(packed_table(verdict_table(self.accent))[None]))
        painter.setPen(QPen(ink("border"), theme.stroke(1)))
        painter.drawRect(bar)
        painter.setPen(ink("muted"))
        for row, (name, numbers) in enumerate(ROWS):
            y = bar.bottom() + 1 + row * line
            painter.drawText(QRectF(0, y, left, line), Qt.AlignmentFlag.AlignLeft, name)
            for share, number in zip((0.0, 0.5, 1.0), numbers, strict=True):
                box = QRectF(bar.x() + share * bar.width() - 20, y, 40, line)
                painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, number)
