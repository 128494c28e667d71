"""Recipe · stage · curves: three columns whose borders can be dragged. Until they are, the sides follow the window's
width.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QSplitter, QVBoxLayout, QWidget

from playground.ui import theme
from playground.ui.style import set_look

STAGE_MIN_PX = 400
FORM_MIN_PX = 120
LEFT_PX, RIGHT_PX = (240, 292), (260, 420)  # from, to, unless the user drags them or what is in them needs more


class Columns(QSplitter):
    """The right column is a placeholder until :meth:`set_right`."""

    def __init__(self, form: QWidget, buttons: QWidget, stage: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.dragged = False
        left = QWidget()
        self._left = column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        form.setMinimumHeight(FORM_MIN_PX)
        column.addWidget(form, 1)
        column.addWidget(buttons)
        stage.setMinimumWidth(STAGE_MIN_PX)
        for widget in (left, stage, _placeholder()):
            self.addWidget(widget)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        for index, stretch in enumerate((0, 1, 0)):
            self.setStretchFactor(index, stretch)
        self.splitterMoved.connect(self._on_dragged)

    def set_right(self, widget: QWidget) -> None:
        """Put the curves where the placeholder is."""
        sizes, old = self.sizes(), self.widget(2)
        self.replaceWidget(2, widget)
        self.setStretchFactor(2, 0)
        self.setSizes(sizes)
        if old is not None:
            old.deleteLater()

    def host(self, guest: QWidget) -> None:
        """Take a lesson in, above the form; it goes when another page takes it."""
        self._left.insertWidget(0, guest, 4)

    def restore(self, sizes: list[int]) -> None:
        """Widths as the user left them the last time; anything that is not three widths is ignored."""
        if len(sizes) == 3 and all(isinstance(s, int) and s > 0 for s in sizes):
            self.dragged = True
            self.setSizes(sizes)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        if not self.dragged:
            width = self.width()
            left, right = _between(width * 0.22, *LEFT_PX), _between(width * 0.235, *RIGHT_PX)
            self.setSizes([left, width - left - right, right])

    def _on_dragged(self, *_: object) -> None:
        self.dragged = True


def _between(value: float, low: int, high: int) -> int:
    return min(max(round(value), low), high)


def _placeholder() -> QFrame:
    frame = QFrame()
    set_look(frame, "panel")
    frame.setMinimumWidth(RIGHT_PX[0])
    label = QLabel("Curves …", frame)
    set_look(label, "dim")
    label.move(theme.SPACE_L, theme.SPACE_L)
    return frame
