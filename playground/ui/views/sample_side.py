"""Beside the samples: one of them in large, the training item that it resembles most, and whether it is a copy."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import number, z_text
from playground.ui.widgets.controls import button, caption
from playground.ui.widgets.picture_grid import PictureGrid

WIDTHS = (184, 260)  # px, on a small and on a large stage
UNBOUNDED = 16_777_215  # Qt's QWIDGETSIZE_MAX
COPY = 0.5  # a sample nearer to a training item than this share of the typical real distance may be a copy
FAR = 1.5


class SampleSide(QWidget):
    """``use(letter)`` when the sample shall be an endpoint."""

    use = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.large = PictureGrid("Hover or click a sample to see it large.")
        self.facts = _words("")
        self.heading = caption("")
        self.nearest = PictureGrid("")
        self.nearest.accent = "data"
        self.nearest.setToolTip("The training item whose pixels (or coordinates) are nearest to this sample's")
        self.verdict = _words(
            "Euclidean distance in units of x (black is −1, white is 1; root of the sum over pixels). Typical: the median "
            "distance of held-out items to their nearest training item. Less than half of it, and the sample may be a copy."
        )
        self.use_a, self.use_b, self.use_c = (self._use(letter, what) for letter, what in (
            ("A", "the start of the path in Interpolate and on the map"),
            ("B", "the end of the path in Interpolate and on the map"),
            ("C", "the third corner of an analogy in Interpolate"),
        ))  # fmt: skip
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.addWidget(_column(self.large, self.facts, self._uses()))
        self._box.addWidget(_column(self.heading, self.nearest, self.verdict))
        self._box.addStretch(1)
        self.points = False

    def _use(self, letter: str, what: str) -> QWidget:
        widget = button(letter, f"Make this sample's z {what}", lambda: self.use.emit(letter))
        widget.setProperty("look", "transport")
        return widget

    def _uses(self) -> QWidget:
        """The row of endpoint buttons."""
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme.SPACE_XS)
        for widget in (caption("Use as"), self.use_a, self.use_b, self.use_c):
            line.addWidget(widget)
        return row

    def fit(self, stage_width: int, stage_height: int) -> bool:
        """As large as the stage can spare; the pictures stay square. False: better beneath than beside.

        Points have no pictures here, only words: where the stage is high, these lie beneath the plane, which is square.
        """
        width = min(max(WIDTHS[0], stage_width // 5), WIDTHS[1])
        beside = not self.points or stage_width - width > stage_height - theme.current().px(120)
        way = QBoxLayout.Direction.TopToBottom if beside else QBoxLayout.Direction.LeftToRight
        self._box.setDirection(way)
        self._fix(self.facts, width, 5)
        self._fix(self.verdict, width if beside else WIDTHS[0], 5)
        if not beside:
            self.setMinimumWidth(0)
            self.setMaximumWidth(UNBOUNDED)
            return False
        side = min(width, max(100, (stage_height - theme.current().px(330)) // 2))
        self.setFixedWidth(width)
        for picture in (self.large, self.nearest):
            picture.setFixedHeight(side)
        return True

    @staticmethod
    def _fix(label: QLabel, width: int, lines: int) -> None:
        """Words that follow the mouse get a fixed size: else each change would lay the whole window out anew."""
        label.ensurePolished()
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
        label.setFixedSize(width, lines * label.fontMetrics().lineSpacing() + 4)

    def reset(self, accent: str, points: bool) -> None:
        """A new run."""
        self.points = points
        self.large.accent = accent
        for picture in (self.large, self.nearest):
            picture.setVisible(not points)
        self.clear()

    def clear(self) -> None:
        """No sample."""
        self.facts.setText("")
        self.large.set_pictures(None)
        self.forget_nearest()
        for widget in (self.use_a, self.use_b, self.use_c):
            widget.setEnabled(False)

    def forget_nearest(self) -> None:
        """Another sample: what was nearest is not any more."""
        self.nearest.set_pictures(None)
        self.verdict.setText("")
        self.heading.setText("")

    def show_sample(self, answer: m.Samples, index: int) -> None:
        """The large picture and the numbers of one sample."""
        for widget in (self.use_a, self.use_b, self.use_c):
            widget.setEnabled(True)
        z, x = answer.z[index], answer.x[index]
        lines = [f"<b>Sample {index + 1}</b>", z_text(z), f"|z| = {number(float(np.linalg.norm(z)))}"]
        if answer.x.ndim == 2:
            lines.append(f"x = ({number(x[0])}, {number(x[1])})")
        else:
            self.large.set_pictures(answer.x[index : index + 1])
        lines.append(f"<span>{len(answer.x)} in {answer.elapsed_ms:.0f} ms</span>")
        self.facts.setText("<br>".join(lines))

    def show_nearest(self, answer: m.NearestOf) -> None:
        """The first row of the answer."""
        points = answer.x.ndim == 2
        self.heading.setText("Nearest training point" if points else "Nearest training item")
        if not points:
            self.nearest.set_pictures(answer.x[:1])
        self.verdict.setText(verdict(int(answer.index[0]), float(answer.distance[0]), answer.real_distance, points))


def verdict(index: int, distance: float, typical: float, points: bool) -> str:
    """Whether a sample at this distance from training item ``index`` is a copy of it, in words.

    In the plane one real point in six is nearer than half the typical distance, so nothing follows from that.
    """
    digits = 2 if typical >= 0.1 else 4
    numbers = f"No. {index + 1:,}, {number(distance, digits)} away in x (real items: typically {number(typical, digits)}). "
    if points:
        return numbers
    if distance < COPY * typical:
        return numbers + "<b>A copy?</b> It is nearer than half the typical distance."
    if distance > FAR * typical:
        return numbers + "Unlike any of them."
    return numbers + "No copy: as far as real items are."


def _column(*widgets: QWidget) -> QWidget:
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.SPACE_XS)
    for widget in widgets:
        column.addWidget(widget)
    column.addStretch(1)
    return whole


def _words(tip: str) -> QLabel:
    label = QLabel("")
    label.setWordWrap(True)
    label.setToolTip(tip)
    return label
