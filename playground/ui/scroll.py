"""A column that scrolls up and down and is never narrower than what is in it, so that nothing is cut at its side."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QScrollArea, QWidget

from playground.ui.style import set_look


class ColumnScroll(QScrollArea):
    """Holds one widget with a vertical layout."""

    def __init__(self, inner: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._told = 0
        set_look(inner, "scrolled")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inner)
        inner.installEventFilter(self)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        bar = self.verticalScrollBar().sizeHint().width()
        inner = self.widget()
        return QSize((inner.minimumSizeHint().width() if inner else 0) + bar, 120)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self.minimumSizeHint().width(), super().sizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """What is inside has changed its mind about its size: tell the columns, but only if it matters to them."""
        if event.type() == QEvent.Type.LayoutRequest and self.minimumSizeHint().width() != self._told:
            self._told = self.minimumSizeHint().width()
            self.updateGeometry()
        return bool(super().eventFilter(watched, event))
