"""For families without an encoder: the code of a data item is found by search, and can then be an end of a path."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QStackedWidget, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.data_plane import DataPlane
from playground.ui.views.found_panel import BENEATH_PX, PICTURES_PX, FoundPanel
from playground.ui.widgets.layers import Cloud, Handle, Legend, Lines
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.plane import Plane

Array = np.ndarray
CHOICES = {"image": 36, "points": 200}  # items to choose among


class FindCode(QWidget):
    """``search(index)`` when an item was chosen. What comes of it is shown and handed on by ``panel``."""

    search = Signal(int)

    def __init__(self, data: DataPlane, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data = data
        self.items: Array | None = None
        self.index = -1
        self.panel = FoundPanel()
        self.grid = PictureGrid("Held-out items appear here in a moment.")
        self.grid.setToolTip("Held-out items. Click one: the z whose picture is nearest to it is searched by gradient descent.")
        self.grid.clicked.connect(self.choose)
        self.plane = Plane("Held-out items appear here in a moment.")
        self.plane.setToolTip("Held-out items. Click one: the z that lands nearest to it is searched by gradient descent.")
        self.plane.pressed.connect(self._choose_near)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.grid)
        self.stack.addWidget(self.plane)
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(theme.SPACE_S)
        self._box.addWidget(self.stack, 1)
        self._box.addWidget(self.panel, 0, Qt.AlignmentFlag.AlignTop)

    @property
    def found(self) -> m.FoundLatent | None:
        """The best so far for the item chosen."""
        return self.panel.found

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Points have no pictures, only numbers: where the stage is high, these lie beneath the plane, which is square."""
        points = self.stack.currentWidget() is self.plane
        beneath = points and self.width() - PICTURES_PX[0] < self.height() - theme.current().px(BENEATH_PX)
        self._box.setDirection(QBoxLayout.Direction.TopToBottom if beneath else QBoxLayout.Direction.LeftToRight)
        self._box.setAlignment(self.panel, Qt.AlignmentFlag(0) if beneath else Qt.AlignmentFlag.AlignTop)
        self.panel.place(self.width(), beneath=beneath)

    def reset(self, accent: str, points: bool) -> None:
        """A new run."""
        self.items, self.index = None, -1
        self.grid.accent = accent
        self.grid.set_pictures(None)
        self.grid.set_marks({})
        self.plane.live = []
        self.plane.show_layers([])
        self.stack.setCurrentWidget(self.plane if points else self.grid)
        self.panel.reset(accent, points)
        self._arrange()

    # ------------------------------------------------------------ what to look for
    def show_items(self, items: Array) -> None:
        """Data to choose among."""
        self.items = items
        self.grid.set_pictures(items if items.ndim > 2 else None)
        self.draw()

    def choose(self, index: int) -> None:
        """Search for this item."""
        self.index = index
        self.grid.set_marks({index: "●"})
        pictures = self.items is not None and self.items.ndim > 2
        self.panel.begin(self.items[index : index + 1] if pictures and self.items is not None else None, index)
        self.draw()
        self.search.emit(index)

    def _choose_near(self, x: float, y: float) -> None:
        if self.items is not None and len(self.items):
            self.choose(int(np.square(self.items - np.array([x, y])).sum(1).argmin()))

    def show_found(self, answer: m.FoundLatent) -> None:
        """The best so far."""
        self.panel.show_found(answer, self.index)
        self.draw()

    def draw(self) -> None:
        """The plane: items, the target, and where the search is."""
        if self.items is None or self.items.ndim != 2 or not self.data.known:
            return
        signs = Legend([("data", "held-out items", "dot"), (self.panel.accent, "found", "dot")])
        self.plane.show_layers([*self.data.layers(), Cloud(self.items, role="data", size=5), signs], self.data.bounds)
        self.plane.live = []
        if 0 <= self.index < len(self.items):
            target = self.items[self.index]
            if self.found is not None:
                self.plane.live.append(Lines([np.stack([target, self.found.x[0]])], "text"))
            self.plane.live.append(_dot(target, "data", 8))
            if self.found is not None:
                self.plane.live.append(_dot(self.found.x[0], self.panel.accent, 5))
        self.plane.update()


def _dot(at: Array, role: str, radius: float) -> Handle:
    return Handle(float(at[0]), float(at[1]), role=role, ring=False, radius=radius)
