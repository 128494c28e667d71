"""Shares side by side: a bar each with its standard error, and a dashed line where guessing lies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.ui import theme
from playground.ui.compare.cell_layout import metrics
from playground.ui.widgets.ink import ink, small_font


@dataclass(frozen=True)
class Share:
    """``share`` in [0, 1] of ``name``, ± ``error``; ``count`` says it in numbers."""

    name: str
    share: float
    error: float
    count: str
    colour: QColor


class ShareBars(QWidget):
    """A row for each, on a scale from 0 to 100 %."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: Sequence[Share] = ()
        self.chance = math.nan
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip("How often each was taken for the real picture; whiskers: ± one standard error, √(p(1 − p)/n).")

    def show_rows(self, rows: Sequence[Share], chance: float) -> None:
        self.rows, self.chance = rows, chance
        self.updateGeometry()
        self.update()

    def _line(self) -> float:
        return metrics(0).height() + 10

    def sizeHint(self) -> QSize:
        return QSize(420, round(max(len(self.rows), 2) * self._line() + metrics().height() + 10))

    def minimumSizeHint(self) -> QSize:
        return QSize(240, self.sizeHint().height())

    def scale(self) -> QRectF:
        """Where 0 to 100 % lie."""
        left = max([metrics(0, True).horizontalAdvance(r.name) for r in self.rows], default=60.0) + 12
        right = max([metrics(0).horizontalAdvance(self._words(r)) for r in self.rows], default=60.0) + 12
        return QRectF(left, 2, max(self.width() - left - right, 40), len(self.rows) * self._line())

    @staticmethod
    def _words(row: Share) -> str:
        error = f" ± {100 * row.error:.0f}" if math.isfinite(row.error) else ""
        return f"{100 * row.share:.0f}{error} %  ({row.count})"

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, scale, line = QPainter(self), self.scale(), self._line()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(scale, ink("canvas"))
        for i, row in enumerate(self.rows):
            self._paint_row(painter, row, QRectF(scale.x(), scale.y() + i * line, scale.width(), line))
        painter.setFont(small_font())
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            x = scale.x() + share * scale.width()
            painter.setPen(ink("muted"))
            box = QRectF(x - 25, scale.bottom() + 2, 50, metrics().height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{100 * share:.0f} %")
        if math.isfinite(self.chance):
            x = scale.x() + self.chance * scale.width()
            painter.setPen(QPen(ink("theory"), theme.stroke(1.5), Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, scale.y()), QPointF(x, scale.bottom()))

    def _paint_row(self, painter: QPainter, row: Share, box: QRectF) -> None:
        middle = box.center().y()
        painter.setPen(row.colour)
        painter.setFont(small_font(0, bold=True))
        left = QRectF(0, box.y(), box.x() - 8, box.height())
        painter.drawText(left, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, row.name)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(row.colour)
        painter.drawRoundedRect(QRectF(box.x(), box.y() + 4, box.width() * row.share, box.height() - 8), 3, 3)
        if math.isfinite(row.error) and row.error > 0:
            low, high = (box.x() + box.width() * min(max(row.share + s * row.error, 0), 1) for s in (-1, 1))
            painter.setPen(QPen(ink("text"), theme.stroke(1.6)))
            painter.drawLine(QPointF(low, middle), QPointF(high, middle))
            for x in (low, high):
                painter.drawLine(QPointF(x, middle - 4), QPointF(x, middle + 4))
        painter.setFont(small_font(0))
        painter.setPen(ink("text"))
        painter.drawText(QRectF(box.right() + 8, box.y(), 400, box.height()), Qt.AlignmentFlag.AlignVCenter, self._words(row))
