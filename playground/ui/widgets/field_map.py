"""A map with a typeset caption beneath it, that can be clicked (or chosen with Return) to be made large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from playground.ui import theme
from playground.ui.widgets.plane import Bounds, Layer, Plane

LARGE_TIP = "Blue looks real to D, amber looks generated."
SMALL_TIP = "Click, or press Return, to see this map large."


@dataclass
class Clipped:
    """Moving layers that must not leave the plane."""

    layers: Sequence[Layer]

    def paint(self, painter: QPainter, plane: Plane) -> None:
        painter.setClipRect(plane.frame())
        for layer in self.layers:
            painter.save()
            layer.paint(painter, plane)
            painter.restore()


class Border:
    """A thin frame, so that an empty map is seen to be one."""

    def paint(self, painter: QPainter, plane: Plane) -> None:
        painter.setPen(QPen(plane.ink("border"), theme.stroke(1)))
        painter.drawRect(plane.frame().adjusted(0.5, 0.5, -0.5, -0.5))


class MapPlane(Plane):
    """A plane that says when it was chosen."""

    chosen = Signal()

    def __init__(self, *, small: bool) -> None:
        super().__init__("This map appears here in a moment.", axes=not small)
        self.small = small
        self.setMinimumSize(96, 96)
        if small:
            self.margin_right = 1.0
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def margins(self) -> tuple[int, int]:
        """Pixels beside and above or beneath the plane, for numbers and the like."""
        room = self.room()
        return round(self.width() - room.width()), round(self.height() - room.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if self.small and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.small and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit()
        else:
            super().keyPressEvent(event)


class FieldMap(QWidget):
    """The plane and its caption. ``chosen`` is emitted by small ones."""

    chosen = Signal()

    def __init__(self, *, small: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plane = MapPlane(small=small)
        self.caption = QLabel("")
        self.caption.setTextFormat(Qt.TextFormat.RichText)
        self.caption.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.caption.setWordWrap(not small)
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.plane.chosen.connect(self.chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(self.plane, 1)
        column.addWidget(self.caption)

    def show_map(self, caption: str, tip: str, still: Sequence[Layer], bounds: Bounds, live: Sequence[Layer] = ()) -> None:
        """Replace what is shown."""
        self.caption.setText(caption)
        words = f"{tip} {SMALL_TIP if self.plane.small else LARGE_TIP}".strip()
        self.caption.setToolTip(words)
        self.plane.setToolTip(words)
        self.plane.setAccessibleName(caption)
        self.show_live(live)
        self.plane.show_layers([*still, Border()] if still else [], bounds)

    def show_live(self, live: Sequence[Layer]) -> None:
        """Replace what lies over the still layers."""
        if live or self.plane.live:
            self.plane.live = [Clipped(live)] if live else []
            self.plane.update()

    def clear(self, placeholder: str = "This map appears here in a moment.") -> None:
        """Nothing to show, and why."""
        self.plane.placeholder = placeholder
        self.plane.live = []
        self.caption.setText("")
        self.plane.show_layers([])

    def sizeHint(self) -> QSize:
        return QSize(180, 200) if self.plane.small else QSize(420, 440)
