"""Accuracies side by side: a bar, its 95 % interval, and lines for guessing and for the best possible judge."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from playground.ui import theme
from playground.ui.widgets.ink import ink, small_font


@dataclass(frozen=True)
class Accuracy:
    """``share`` in [0, 1] of ``name``, from ``low`` to ``high``, said in ``text``; ``dashed`` is theory."""

    name: str
    share: float
    low: float
    high: float
    text: str
    role: str
    dashed: bool = False


class AccuracyBars(QWidget):
    """One row for each judge on a scale from 0 to 100 %."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: Sequence[Accuracy] = ()
        self.best = math.nan
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            "Share of right answers, with a 95 % interval (Wilson 1927). Dashed at 50 %: guessing. Dashed further right: the most "
            "that any judge can reach on average."
        )

    def show_rows(self, rows: Sequence[Accuracy], best: float) -> None:
        """New numbers; ``best`` is NaN where it is not known."""
        self.rows, self.best = rows, best
        self.updateGeometry()
        self.update()

    def _line(self) -> float:
        return QFontMetricsF(small_font(0)).height() + 8

    def sizeHint(self) -> QSize:
        return QSize(420, round(max(len(self.rows), 2) * self._line() + QFontMetricsF(small_font()).height() + 8))

    def minimumSizeHint(self) -> QSize:
        return QSize(260, self.sizeHint().height())

    def scale(self) -> QRectF:
        """Where 0 to 100 % lie."""
        metrics = QFontMetricsF(small_font(0, bold=True))
        left = max((metrics.horizontalAdvance(r.name) for r in self.rows), default=20) + 14
        right = max((metrics.horizontalAdvance(r.text) for r in self.rows), default=100) + 14
        return QRectF(left, 4, max(self.width() - left - right, 60), len(self.rows) * self._line())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, scale = QPainter(self), self.scale()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for i, row in enumerate(self.rows):
            self._paint_row(painter, row, QRectF(0, scale.y() + i * self._line(), self.width(), self._line()), scale)
        marks = [(0.5, "guessing 50 %")]
        if math.isfinite(self.best):
            marks.append((self.best, f"best possible {self.best:.0%}".replace("%", " %")))
        self._paint_marks(painter, marks, scale)

    def _paint_row(self, painter: QPainter, row: Accuracy, box: QRectF, scale: QRectF) -> None:
        def x(share: float) -> float:
            return scale.x() + share * scale.width()

        painter.setFont(small_font(0, bold=row.name == "You"))
        painter.setPen(ink("text"))
        align = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, box.y(), scale.x() - 10, box.height()), align | Qt.AlignmentFlag.AlignRight, row.name)
        painter.drawText(QRectF(scale.right() + 12, box.y(), 600, box.height()), align | Qt.AlignmentFlag.AlignLeft, row.text)
        bar = QRectF(scale.x(), box.y() + 5, row.share * scale.width(), box.height() - 10)
        fill = QColor(ink(row.role))
        fill.setAlphaF(0.18 if row.dashed else 0.85)
        painter.fillRect(QRectF(scale.x(), bar.y(), scale.width(), bar.height()), ink("field"))
        painter.fillRect(bar, fill)
        if row.dashed:
            painter.setPen(QPen(ink(row.role), theme.stroke(1.5), Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(bar)
        middle = box.center().y()
        for colour, width in ((ink("card"), 4.5), (ink("text"), 1.8)):  # readable on the bar and beside it
            painter.setPen(QPen(colour, theme.stroke(width)))
            painter.drawLine(QPointF(x(row.low), middle), QPointF(x(row.high), middle))
            for end in (row.low, row.high):
                painter.drawLine(QPointF(x(end), middle - 4), QPointF(x(end), middle + 4))

    def _paint_marks(self, painter: QPainter, marks: Sequence[tuple[float, str]], scale: QRectF) -> None:
        painter.setFont(small_font())
        metrics = QFontMetricsF(painter.font())
        taken = -math.inf
        for share, text in marks:
            at = scale.x() + share * scale.width()
            painter.setPen(QPen(ink("theory"), theme.current().line_px, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(at, scale.y()), QPointF(at, scale.bottom()))
            width = metrics.horizontalAdvance(text)
            left = max(at - width / 2, taken + 12)
            painter.setPen(ink("muted"))
            painter.drawText(QPointF(left, scale.bottom() + metrics.ascent() + 2), text)
            taken = left + width
