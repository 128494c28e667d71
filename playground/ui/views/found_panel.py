"""Beside the items: the one whose code is searched, what has been found, how far the search is, and what to do with it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.numbers import duration
from playground.ui.views.common import card, number, z_text
from playground.ui.widgets.controls import button, caption
from playground.ui.widgets.ink import ink
from playground.ui.widgets.layers import polygon
from playground.ui.widgets.picture_grid import PictureGrid

Array = np.ndarray
FIRST = "Click an item: the noise z that comes nearest to it is searched."
PICTURES_PX = (240, 480)  # of both together, on a small and on a large stage
BENEATH_PX = 160  # height beneath a plane
UNBOUNDED = 16_777_215  # Qt's QWIDGETSIZE_MAX


class FoundPanel(QWidget):
    """``stop()`` when the search shall end, ``use(letter)`` for what was found."""

    stop = Signal()
    use = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.found: m.FoundLatent | None = None
        self.searching, self.accent = False, "gan"
        self.pair = PictureGrid("Click an item at the left: its code is searched here.", columns=2, surface="card")
        self.pair.setToolTip("Left: the item. Right: the nearest picture that the generator has been found to make.")
        self.facts = QLabel(FIRST)
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
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        column.addLayout(self._box)
        self._box.addWidget(_column(self.pair, self.facts, self.curve), 1)
        self._box.addWidget(_column(self.progress, self.halt, caption("Use what was found as"), _row(self.uses)), 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(frame)

    def _use(self, letter: str, tip: str) -> QPushButton:
        return button(letter, tip, lambda: self.use.emit(letter))

    def place(self, stage_width: int, *, beneath: bool) -> None:
        """Beside the items, as wide as the stage can spare; or beneath them, flat, at a height that never changes."""
        width = min(max(PICTURES_PX[0], stage_width // 3), PICTURES_PX[1])
        self._box.setDirection(QBoxLayout.Direction.LeftToRight if beneath else QBoxLayout.Direction.TopToBottom)
        self.pair.setFixedHeight(width // 2 + 20)
        self.setMinimumWidth(0 if beneath else width + 2 * theme.SPACE_S)
        self.setMaximumWidth(UNBOUNDED if beneath else width + 2 * theme.SPACE_S)
        height = theme.current().px(BENEATH_PX)
        self.setMinimumHeight(height if beneath else 0)
        self.setMaximumHeight(height if beneath else UNBOUNDED)

    # ------------------------------------------------------------ what is known
    def reset(self, accent: str, points: bool) -> None:
        """A new run."""
        self.accent, self.found = accent, None
        self.pair.accent = accent
        self.pair.set_pictures(None)
        self.pair.setVisible(not points)
        self.curve.show_errors(np.zeros(0), accent)
        self.rest(FIRST)

    def begin(self, picture: Array | None, index: int) -> None:
        """The search for item ``index`` begins; ``picture`` (1, ...) of it, where it is one."""
        self.found, self.searching = None, True
        if picture is not None:
            self.pair.set_pictures(picture, [f"item {index + 1}"])
        self.facts.setText("Searching…")
        self.curve.show_errors(np.zeros(0), self.accent)
        self.progress.setRange(0, 0)
        self._show_state()

    def show_found(self, answer: m.FoundLatent, index: int) -> None:
        """The best so far."""
        self.found, self.searching = answer, answer.done < answer.total
        points = answer.x.ndim == 2
        if not points:
            self.pair.set_pictures(np.concatenate([answer.target, answer.x]), [f"item {index + 1}", "found"])
        self.curve.show_errors(answer.error, self.accent)
        self.facts.setText(self._facts(answer, points))
        self.progress.setRange(0, answer.total)
        self.progress.setValue(answer.done)
        self._show_state()

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
        return QSize(PICTURES_PX[0], 48)

    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self.errors) < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        high = max(float(self.errors.max()), 1e-12)
        x = np.linspace(2, self.width() - 2, len(self.errors))
        y = self.height() - 3 - self.errors / high * (self.height() - 8)
        painter.setPen(QPen(ink("border"), theme.stroke(1)))
        painter.drawLine(0, self.height() - 2, self.width(), self.height() - 2)
        painter.setPen(QPen(ink(self.role), theme.current().line_px, Qt.PenStyle.SolidLine))
        painter.drawPolyline(polygon(np.stack([x, y], 1)))


def _column(*widgets: QWidget) -> QWidget:
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.SPACE_S)
    for widget in widgets:
        column.addWidget(widget)
    column.addStretch(1)
    return whole


def _row(widgets: Sequence[QWidget]) -> QWidget:
    whole = QWidget()
    line = QHBoxLayout(whole)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(theme.SPACE_XS)
    for widget in widgets:
        line.addWidget(widget)
    return whole
