"""Rows of sliders whose tracks are pictures: one a latent, sorted as the answer is, dead ones greyed with a word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.widgets.ink import ink
from playground.ui.widgets.strip_slider import TRACK, UNITS, StripSlider

Array = np.ndarray
DEAD = 0.01  # nats of KL below which a latent says nothing
LABEL = 92  # width of "says nothing", in logical pixels
STEPS = (7, 9, 11, 13, 15, 17, 21)  # odd, so that 0 has a picture


class SliderTable(QScrollArea):
    """``moved`` when any slider moves. Rows stay the same widgets, so that no hand on a slider is thrown off."""

    moved = Signal()

    def __init__(self, span: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.span, self.fit_height, self.accent = span, False, "vae"
        self.rows: list[tuple[QLabel, StripSlider]] = []
        self.dims: list[int] = []
        self.picture_px = 28
        self.table = QWidget()
        self.table.setProperty("look", "scrolled")
        self.grid = QGridLayout(self.table)
        self.grid.setContentsMargins(0, 0, 4, 0)
        self.grid.setVerticalSpacing(2)
        self.grid.setHorizontalSpacing(theme.SPACE_S)
        self.grid.setColumnStretch(1, 1)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(self.table)

    def clear(self, accent: str) -> None:
        """A new run."""
        self.accent, self.dims = accent, []
        self._make_rows(0)

    def plan(self, rows: int, shape: tuple[int, ...], room_w: float, room_h: float) -> int:
        """Choose the size of the pictures and how many make a row: as large as lets all rows and seven pictures fit."""
        ratio = self.devicePixelRatioF()
        h, w = shape[-2] / ratio, shape[-1] / ratio
        wide, high = room_w - LABEL - 24, room_h / max(rows, 1) - TRACK - 8
        scale: float = max(1, min(int(wide / (STEPS[0] * (w + 2))), int(high / h), 3))
        if h > 40 and (high < h or wide < STEPS[0] * (w + 2)):
            scale = 0.5
        self.picture_px = round(h * scale)
        fitting = [s for s in STEPS if s * (w * scale + 2) <= wide]
        return fitting[-1] if fitting else STEPS[0]

    # ------------------------------------------------------------ rows
    def _make_rows(self, n: int) -> None:
        while len(self.rows) > n:
            for widget in self.rows.pop():
                self.grid.removeWidget(widget)
                widget.hide()
                widget.deleteLater()
        while len(self.rows) < n:
            label, slider = QLabel(""), StripSlider(self.span)
            label.setTextFormat(Qt.TextFormat.RichText)
            label.setMinimumWidth(LABEL)
            slider.valueChanged.connect(lambda _: self.moved.emit())
            self.grid.setRowStretch(len(self.rows), 0)
            self.grid.addWidget(label, len(self.rows), 0, Qt.AlignmentFlag.AlignTop)
            self.grid.addWidget(slider, len(self.rows), 1)
            self.rows.append((label, slider))
        self.grid.setRowStretch(n, 1)

    def show_rows(self, answer: m.Traversal, base: Array, *, points: bool, colours: Sequence[str]) -> None:
        """Fill the rows; a slider that was moved stays where it is."""
        placed = {dim: slider.value() for (_, slider), dim in zip(self.rows, self.dims, strict=False)}
        self.dims = [int(d) for d in answer.dims]
        self._make_rows(len(self.dims))
        for i, ((label, slider), dim) in enumerate(zip(self.rows, self.dims, strict=True)):
            sign = f"<span style='color:{ink(colours[i % len(colours)]).name()}'>●</span> " if points else ""
            self._name_row(label, slider, dim, float(answer.kl[i]), sign)
            slider.set_pictures(None if points else answer.rows[i], self.picture_px)
            self._place(slider, placed.get(dim, round(float(base[dim]) * UNITS)))
        needed = sum(max(label.sizeHint().height(), slider.minimumHeight()) + 2 for label, slider in self.rows) + 6
        self.setMaximumHeight(needed if self.fit_height else 16_777_215)
        self.setMinimumHeight(needed if self.fit_height else 0)

    def _name_row(self, label: QLabel, slider: StripSlider, dim: int, kl: float, sign: str) -> None:
        dead = kl < DEAD
        colour = ink("muted" if dead else "text").name()
        words = "says nothing:<br>" if dead else "<br>" if not sign else " "
        label.setText(f"<span style='color:{colour}'>{sign}<b>z<sub>{dim + 1}</sub></b> {words}KL {kl:.2f} nats</span>")
        slider.dim, slider.accent = dead, self.accent
        tip = f"Latent {dim + 1}. " + (
            "Its posterior equals the prior: it carries no information about x, and the decoder ignores it."
            if dead
            else "Drag along the track, or use the arrow keys. KL: the nats that this latent tells about x, on average."
        )
        label.setToolTip(tip)
        slider.setToolTip(tip)
        slider.setAccessibleName(f"Latent {dim + 1}")

    @staticmethod
    def _place(slider: StripSlider, value: int) -> None:
        with QSignalBlocker(slider):
            slider.setValue(value)
        slider.update()

    # ------------------------------------------------------------ values
    def set_values(self, z: Array) -> None:
        """All sliders to the code z (d,), without telling anybody."""
        for (_, slider), dim in zip(self.rows, self.dims, strict=False):
            self._place(slider, round(float(z[dim]) * UNITS))

    def code(self, base: Array) -> Array:
        """``base`` (d,) with the sliders' values in place; a slider left alone keeps the exact number of ``base``."""
        z = base.copy()
        for (_, slider), dim in zip(self.rows, self.dims, strict=False):
            if slider.value() != round(float(base[dim]) * UNITS):
                z[dim] = slider.z
        return z
