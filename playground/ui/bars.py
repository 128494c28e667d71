"""One vector as bars: a row each while there are few (KL per latent dimension), sorted columns where there are many."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.style import set_look

FEW = 8  # dimensions that get a labelled row each
ROW, COLUMNS_HEIGHT = 22, 96
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class BarPanel(QWidget):
    """A Panel whose ``bars`` names a vector of Monitored."""

    def __init__(self, panel: Any, accent: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel = panel
        self.title, self.note = QLabel(panel.title.upper()), QLabel()
        self.bars = Bars(panel.unit, accent)
        set_look(self.title, "heading")
        set_look(self.note, "small")
        self.title.setToolTip(panel.help)
        self.note.setToolTip("A dimension is in use where its KL is above 0.01 nats.")
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.note)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addLayout(head)
        column.addWidget(self.bars)

    def on_monitored(self, event: m.Monitored) -> None:
        values = event.vectors.get(self.panel.bars)
        if values is not None:
            self.bars.set_values(np.asarray(values, dtype=float))
            used = int((self.bars.values > 0.01).sum())
            self.note.setText(f"{used} of {len(values)} in use")

    def clear(self) -> None:
        self.bars.set_values(np.empty(0))
        self.note.setText("")

    def retheme(self) -> None:
        self.bars.update()


class Bars(QWidget):
    """The bars alone. Values that are not finite are drawn as 0."""

    def __init__(self, unit: str, accent: str) -> None:
        super().__init__()
        self._unit, self._accent = unit, accent
        self.values = np.empty(0)
        self._order = np.empty(0, dtype=int)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(2 * ROW)
        self.setAccessibleName("KL per latent dimension")

    def set_values(self, values: np.ndarray) -> None:
        grown = len(values) != len(self.values)
        self.values = np.nan_to_num(values, posinf=0.0, neginf=0.0)
        many = len(values) > FEW
        self._order = np.argsort(-self.values, kind="stable") if many else np.arange(len(values))
        if grown:
            self.updateGeometry()
        self.setToolTip(self._summary())
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        few = len(self.values) <= FEW
        return QSize(200, theme.current().px(max(len(self.values), 2) * ROW if few else COLUMNS_HEIGHT))

    def event(self, event: QEvent) -> bool:
        """The tooltip says the value of the bar under the mouse."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and len(self.values) > FEW:
            place = int(event.pos().x() / max(self._pitch(), 1e-9))
            if 0 <= place < len(self._order):
                i = int(self._order[place])
                QToolTip.showText(event.globalPos(), f"{_name(i)}: {self.values[i]:.3g} {self._unit}", self)
                return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not len(self.values):
            painter.setPen(QColor(theme.current().dim))
            painter.setFont(theme.font(11))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "bars appear with the first held-out check")
        elif len(self.values) <= FEW:
            self._paint_rows(painter)
        else:
            self._paint_columns(painter)

    def _paint_rows(self, painter: QPainter) -> None:
        look, pitch = theme.current(), self.height() / len(self.values)
        painter.setFont(theme.font(11))
        text_width = painter.fontMetrics().horizontalAdvance(f"z₈₈ 88.88 {self._unit}") + 8
        room, top = max(self.width() - text_width, 20), max(float(self.values.max()), 1e-9)
        for i, value in enumerate(self.values):
            bar = QRectF(0, i * pitch + 3, max(room * max(value, 0.0) / top, 2.0), pitch - 6)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(look.accent(self._accent)))
            painter.drawRoundedRect(bar, 3, 3)
            painter.setPen(QColor(look.dim))
            box = QRectF(bar.right() + 8, i * pitch, text_width, pitch)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, f"{_name(i)} {value:.2f} {self._unit}")

    def _paint_columns(self, painter: QPainter) -> None:
        look, pitch, top = theme.current(), self._pitch(), max(float(self.values.max()), 1e-9)
        painter.setFont(theme.font(10))
        label = painter.fontMetrics().height()
        floor, room = self.height() - label - 2.0, self.height() - 2 * label - 4.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(look.accent(self._accent)))
        for place, i in enumerate(self._order):
            height = max(room * max(self.values[i], 0.0) / top, 1.0)
            painter.drawRect(QRectF(place * pitch, floor - height, max(pitch - 1, 1.0), height))
        painter.setPen(QColor(look.dim))
        painter.drawLine(QPointF(0, floor + 0.5), QPointF(self.width(), floor + 0.5))
        first, last = int(self._order[0]), int(self._order[-1])
        painter.drawText(
            QRectF(0, 0, self.width(), label),
            Qt.AlignmentFlag.AlignLeft,
            f"{_name(first)} {self.values[first]:.2f} {self._unit}",
        )
        box = QRectF(0, floor + 2, self.width(), label)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, "largest")
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, f"{_name(last)} {self.values[last]:.2g} {self._unit}")

    def _pitch(self) -> float:
        return min(self.width() / max(len(self.values), 1), 28.0)

    def _summary(self) -> str:
        lines = [f"{_name(int(i))}: {self.values[i]:.3g} {self._unit}" for i in self._order[:FEW]]
        return "\n".join(lines)


def _name(index: int) -> str:
    """z₁ for index 0."""
    return f"z{str(index + 1).translate(SUBSCRIPTS)}"
