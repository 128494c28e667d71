"""For families without an encoder: the code of a data item is found by search, and can then be an end of a path."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QStackedWidget, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.numbers import duration
from playground.ui.views.common import card, number, z_text
from playground.ui.views.data_plane import DataPlane
from playground.ui.widgets.controls import button, caption
from playground.ui.widgets.ink import ink
from playground.ui.widgets.layers import Cloud, Handle, Legend, Lines, polygon
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.plane import Plane

Array = np.ndarray
CHOICES = {"image": 36, "points": 200}  # items to choose among
PICTURE_PX = (240, 480)  # of both together, on a small and on a large stage


class FindCode(QWidget):
    """``search(index)`` when an item was chosen, ``stop()`` when the search shall end, ``use(letter)`` for what was found."""

    search = Signal(int)
    stop = Signal()
    use = Signal(str)

    def __init__(self, data: DataPlane, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data = data
        self.items: Array | None = None
        self.found: m.FoundLatent | None = None
        self.index, self.searching, self.accent = -1, False, "gan"
        self.grid = PictureGrid("Held-out items appear here in a moment.")
        self.grid.setToolTip("Held-out items. Click one: the z whose picture is nearest to it is searched by gradient descent.")
        self.grid.clicked.connect(self._choose)
        self.plane = Plane("Held-out items appear here in a moment.")
        self.plane.setToolTip("Held-out items. Click one: the z that lands nearest to it is searched by gradient descent.")
        self.plane.pressed.connect(self._choose_near)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.grid)
        self.stack.addWidget(self.plane)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        row.addWidget(self.stack, 1)
        self.side = self._side()
        row.addWidget(self.side, 0, Qt.AlignmentFlag.AlignTop)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The two pictures grow with the stage."""
        width = min(max(PICTURE_PX[0], self.width() // 3), PICTURE_PX[1])
        self.side.setFixedWidth(width + 2 * theme.SPACE_S)
        self.pair.setFixedHeight(width // 2 + 20)
        super().resizeEvent(event)

    def _side(self) -> QWidget:
        """Target and found, the error, progress, and what to do with it."""
        self.pair = PictureGrid("Click an item at the left: its code is searched here.", columns=2, surface="card")
        self.pair.setToolTip("Left: the item. Right: the nearest picture that the generator has been found to make.")
        self.facts = QLabel("Click an item: the noise z that comes nearest to it is searched.")
        self.facts.setWordWrap(True)
        self.facts.setToolTip("Root mean square error per pixel, of values in [−1, 1]; for points the distance in x")
        self.curve = ErrorCurve()
        self.progress = QProgressBar()
        self.progress.setToolTip("Steps of gradient descent done, and the time left")
        self.progress.setTextVisible(False)
        self.halt = button("Stop", "End the search; the best z so far stays", self.stop.emit)
        ends = (("A", "the start of a path"), ("B", "the end of a path"), ("C", "a corner of an analogy"))
        self.uses = [self._use(letter, f"Make the z that was found {letter}: {what}") for letter, what in ends]
        frame, column = card(margins=theme.SPACE_S)
        found = (self.pair, self.facts, self.curve, self.progress, self.halt)
        for widget in (*found, caption("Use what was found as"), _row(self.uses)):
            column.addWidget(widget)
        return frame

    def _use(self, letter: str, tip: str) -> QPushButton:
        return button(letter, tip, lambda: self.use.emit(letter))

    def reset(self, accent: str, points: bool) -> None:
        """A new run."""
        self.accent, self.items, self.found, self.index = accent, None, None, -1
        for grid in (self.grid, self.pair):
            grid.accent = accent
            grid.set_pictures(None)
            grid.set_marks({})
        self.plane.live = []
        self.plane.show_layers([])
        self.curve.show_errors(np.zeros(0), accent)
        self.pair.setVisible(not points)
        self.stack.setCurrentWidget(self.plane if points else self.grid)
        self.facts.setText("Click an item: the noise z that comes nearest to it is searched.")
        self.rest()

    # ------------------------------------------------------------ what to look for
    def show_items(self, items: Array) -> None:
        """Data to choose among."""
        self.items = items
        self.grid.set_pictures(items if items.ndim > 2 else None)
        self.draw()

    def _choose(self, index: int) -> None:
        self.index, self.found, self.searching = index, None, True
        self.grid.set_marks({index: "●"})
        if self.items is not None and self.items.ndim > 2:
            self.pair.set_pictures(self.items[index : index + 1], [f"item {index + 1}"])
        self.facts.setText("Searching…")
        self.progress.setRange(0, 0)
        self._show_state()
        self.draw()
        self.search.emit(index)

    def _choose_near(self, x: float, y: float) -> None:
        if self.items is not None and len(self.items):
            self._choose(int(np.square(self.items - np.array([x, y])).sum(1).argmin()))

    # ------------------------------------------------------------ what was found
    def show_found(self, answer: m.FoundLatent) -> None:
        """The best so far."""
        self.found, self.searching = answer, answer.done < answer.total
        points = answer.x.ndim == 2
        if not points:
            self.pair.set_pictures(np.concatenate([answer.target, answer.x]), [f"item {self.index + 1}", "found"])
        self.curve.show_errors(answer.error, self.accent)
        self.facts.setText(self._facts(answer, points))
        self.progress.setRange(0, answer.total)
        self.progress.setValue(answer.done)
        self._show_state()
        self.draw()

    def _facts(self, answer: m.FoundLatent, points: bool) -> str:
        error = number(float(answer.error[-1]), 3) if len(answer.error) else "–"
        words = f"distance <b>{error}</b> in x" if points else f"RMS error <b>{error}</b> per pixel<br>(black is −1, white is 1)"
        left = f"<br>{duration(answer.seconds_left)} left" if self.searching and math.isfinite(answer.seconds_left) else ""
        return f"{words}<br>{z_text(answer.z)}, |z| = {number(float(np.linalg.norm(answer.z)))}<br>at step {answer.step:,}{left}"

    def rest(self, sentence: str = "") -> None:
        """The search has ended, or was refused."""
        self.searching = False
        if sentence:
            self.facts.setText(sentence)
        self._show_state()

    def _show_state(self) -> None:
        self.progress.setVisible(self.searching)
        self.halt.setVisible(self.searching)
        for widget in self.uses:
            widget.setEnabled(self.found is not None)

    def draw(self) -> None:
        """The plane: items, the target, and where the search is."""
        if self.items is None or self.items.ndim != 2 or not self.data.known:
            return
        signs = Legend([("data", "held-out items", "dot"), (self.accent, "found", "dot")])
        self.plane.show_layers([*self.data.layers(), Cloud(self.items, role="data", size=5), signs], self.data.bounds)
        self.plane.live = []
        if 0 <= self.index < len(self.items):
            target = self.items[self.index]
            if self.found is not None:
                self.plane.live.append(Lines([np.stack([target, self.found.x[0]])], "text"))
                self.plane.live.append(_dot(self.found.x[0], self.accent, 6))
            self.plane.live.append(_dot(target, "data", 8))
        self.plane.update()


class ErrorCurve(QWidget):
    """The error falling during the search, from the first report to the last; the bottom is zero."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.errors, self.role = np.zeros(0), "gan"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip("The error of the best start at each report, from the first (left) to the last; the bottom line is zero")

    def show_errors(self, errors: Array, role: str) -> None:
        self.errors, self.role = errors, role
        self.setVisible(len(errors) > 1)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(PICTURE_PX[0], 56)

    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self.errors) < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        high = max(float(self.errors.max()), 1e-12)
        x = np.linspace(2, self.width() - 2, len(self.errors))
        y = self.height() - 3 - self.errors / high * (self.height() - 8)
        painter.setPen(QPen(ink("border"), 1))
        painter.drawLine(0, self.height() - 2, self.width(), self.height() - 2)
        painter.setPen(QPen(ink(self.role), theme.current().line_px, Qt.PenStyle.SolidLine))
        painter.drawPolyline(polygon(np.stack([x, y], 1)))


def _dot(at: Array, role: str, radius: float) -> Handle:
    return Handle(float(at[0]), float(at[1]), role=role, ring=False, radius=radius)


def _row(widgets: Sequence[QWidget]) -> QWidget:
    whole = QWidget()
    line = QHBoxLayout(whole)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(theme.SPACE_XS)
    for widget in widgets:
        line.addWidget(widget)
    return whole
