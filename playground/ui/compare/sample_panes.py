"""Samples of every contestant side by side, each pane on the same grid or the same piece of the plane, over the real data."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGridLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui.compare.looks import colour_of
from playground.ui.views.picks import square_bounds
from playground.ui.widgets.layers import Cloud
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.plane import UNIT, Bounds, Layer, Plane

Array = np.ndarray
HEAD_PX = 44  # above and beneath each square of a grid of panes
REAL_POINTS = 1200


class SamplePane(QWidget):
    """A title, a line about how old the samples are, and the samples: pictures on a grid, or points over the data in blue."""

    def __init__(self, columns: int = 6, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.when = QLabel(""), QLabel("")
        self.title.setTextFormat(Qt.TextFormat.RichText)
        self.when.setProperty("look", "small")
        for label in (self.title, self.when):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setMinimumWidth(20)
        self.grid, self.plane = PictureGrid("", columns=columns, gap=2), Plane("", dark=False)
        self.grid.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plane.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.plane)
        self.stack.addWidget(self.grid)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(self.title)
        column.addWidget(self.when)
        column.addWidget(self.stack, 1)

    def head(self, title: str, colour: QColor, when: str = "") -> None:
        """What stands above."""
        self.title.setText(f'<b style="color:{colour.name()}">{title}</b>')
        self.title.setToolTip(title)
        self.when.setText(when)
        self.when.setVisible(bool(when))

    def wait(self, words: str, points: bool) -> None:
        """Nothing to show yet."""
        self.stack.setCurrentWidget(self.plane if points else self.grid)
        self.grid.placeholder = self.plane.placeholder = words
        self.grid.set_pictures(None)
        self.plane.show_layers([])

    def show_pictures(self, x: Array) -> None:
        self.stack.setCurrentWidget(self.grid)
        self.grid.set_pictures(x)

    def show_points(self, x: Array, colour: QColor, real: Array | None, bounds: Bounds) -> None:
        """Points (N, 2) in ``colour`` over real ones in blue."""
        self.stack.setCurrentWidget(self.plane)
        layers: list[Layer] = []
        if real is not None:
            layers.append(Cloud(real, role="data", size=2.6, alpha=0.45, halo=False))
        layers.append(Cloud(x, size=3.4, alpha=0.9, halo=False, colours=[colour]))
        self.plane.show_layers(layers, bounds)


class SamplePanes(QWidget):
    """A pane for every contestant, and for pictures one of real items before them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panes: dict[str, SamplePane] = {}
        self.real: Array | None = None
        self.bounds: Bounds = UNIT
        self.points = True
        self._across = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(6)

    def set_columns(self, columns: Sequence[m.Column], points: bool) -> None:
        """Panes for these contestants, empty."""
        self.points, self.real, self.bounds = points, None, UNIT
        for pane in self.panes.values():
            self._grid.removeWidget(pane)
            pane.hide()
            pane.deleteLater()
        keys = [*([] if points else [""]), *(c.key for c in columns)]
        self.panes = {key: SamplePane() for key in keys}
        self._across = 0
        self._arrange()

    def _arrange(self) -> None:
        """As many in a row as make the panes largest."""
        across = in_a_row(len(self.panes), self.width(), self.height())
        if across == self._across:
            return
        self._across = across
        for pane in self.panes.values():
            self._grid.removeWidget(pane)
        place(self._grid, list(self.panes.values()), across)

    def resizeEvent(self, event: object) -> None:
        self._arrange()

    def set_real(self, x: Array) -> None:
        """Real items: beneath all points, or in a pane of their own."""
        self.real = x[:REAL_POINTS]
        if self.points:
            self.bounds = square_bounds(x)

    def show_column(self, column: m.Column, columns: Sequence[m.Column], x: Array | None, when: str) -> None:
        """The newest samples of a contestant, None while there are none."""
        pane, colour = self.panes.get(column.key), colour_of(column, columns)
        if pane is None:
            return
        pane.head(column.title, colour, when)
        if x is None:
            pane.wait("Samples come with the first steps.", self.points)
        elif self.points:
            pane.show_points(x, colour, self.real, self.bounds)
        else:
            pane.show_pictures(x)

    def show_real(self, colour: QColor) -> None:
        pane = self.panes.get("")
        if pane is None:
            return
        pane.head("real items", colour, "held out from training")
        if self.real is None:
            pane.wait("", points=False)
        else:
            pane.show_pictures(self.real[:36])


def in_a_row(n: int, width: float, height: float, head: float = HEAD_PX) -> int:
    """How many of ``n`` squares, each with a head, stand in a row so that they are largest; few rows where that is the same."""
    if not n:
        return 1
    rows = max(range(1, n + 1), key=lambda r: (round(min(width / math.ceil(n / r), height / r - head) / 4), -r))
    return math.ceil(n / rows)


def place(grid: QGridLayout, widgets: Sequence[QWidget], across: int) -> None:
    """Into a grid of equal columns and rows."""
    rows = math.ceil(len(widgets) / across)
    for i in range(max(grid.columnCount(), across)):
        grid.setColumnStretch(i, 1 if i < across else 0)
    for i in range(max(grid.rowCount(), rows)):
        grid.setRowStretch(i, 1 if i < rows else 0)
    for i, widget in enumerate(widgets):
        grid.addWidget(widget, i // across, i % across)
