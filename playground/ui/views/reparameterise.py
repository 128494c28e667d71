"""z = mu + sigma * eps, drawn for one item: noise from the round prior is carried into the item's own ellipse."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import number, subscript
from playground.ui.views.noise_planes import CodePlane, NoisePlane
from playground.ui.widgets.controls import button
from playground.ui.widgets.picture_grid import PictureGrid

Array = np.ndarray
SMALL = 0.3  # posteriors narrower than this are shown zoomed at first
WORDS = ("μ", "σ", "ε", "z = μ + σ·ε")


class Reparameterisation(QWidget):
    """The plane, the numbers, the item and what z decodes to. ``code_moved(z)`` asks for a picture of z (d,)."""

    code_moved = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.answer: m.AnatomyOf | None = None
        self.dims = [0, 1]
        self.draw_index = 0
        self.eps: Array = np.zeros(1)
        self.accent, self.points = "vae", False
        self.plane, self.codes = NoisePlane(), CodePlane()
        self.plane.eps_moved.connect(self._drag_eps)
        self.zoom = button(
            "Zoom to the posterior",
            "Show only the surroundings of μ; without it, the whole prior",
            self._draw,
            checkable=True,
        )
        self._zoom_decided = False
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setToolTip("Which of the draws of ε ~ N(0, I) is followed")
        self.slider.setAccessibleName("Draw of eps")
        self.slider.valueChanged.connect(self._choose_draw)
        self.which = QLabel("")
        self.which.setProperty("role", "dim")
        self._build_numbers()
        self.pictures = PictureGrid("", columns=2, gap=6, surface="card")
        self.pictures.setToolTip("Left: the item x. Right: what the decoder makes of this z. Other ε, slightly other pictures.")
        self.pictures.setMinimumHeight(72)
        keep = self.pictures.sizePolicy()
        keep.setRetainSizeWhenHidden(True)  # without pictures the numbers stay where they are
        self.pictures.setSizePolicy(keep)
        side = QVBoxLayout()
        side.addWidget(self.pictures, 1)
        side.addLayout(self.numbers)
        side.addWidget(self.zoom)
        row = QHBoxLayout()
        row.addWidget(self.plane, 5)
        row.addWidget(self.codes, 5)
        row.addLayout(side, 4)
        foot = QHBoxLayout()
        foot.addWidget(QLabel("ε"))
        foot.addWidget(self.slider, 1)
        foot.addWidget(self.which)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addLayout(row, 1)
        column.addLayout(foot)

    def _build_numbers(self) -> None:
        """A table: one column a latent, one row a symbol."""
        self.numbers = QGridLayout()
        self.numbers.setHorizontalSpacing(theme.SPACE_S)
        self.numbers.setVerticalSpacing(1)
        self.heads = [QLabel(""), QLabel("")]
        self.cells = [[QLabel(""), QLabel("")] for _ in WORDS]
        for j, head in enumerate(self.heads):
            self.numbers.addWidget(head, 0, j + 1, Qt.AlignmentFlag.AlignRight)
        tips = (
            "Mean of the posterior: where the encoder puts this item",
            "Standard deviation of the posterior: how sure it is",
            "Noise from N(0, 1): the only random number",
            "The code that the decoder gets; gradients flow through μ and σ",
        )
        for i, (word, tip) in enumerate(zip(WORDS, tips, strict=True)):
            name = QLabel(word)
            name.setToolTip(tip)
            self.numbers.addWidget(name, i + 1, 0)
            for j, cell in enumerate(self.cells[i]):
                self.numbers.addWidget(cell, i + 1, j + 1, Qt.AlignmentFlag.AlignRight)

    # ------------------------------------------------------------ contents
    def reset(self, accent: str, points: bool) -> None:
        """A new run."""
        self.answer, self.accent, self.points, self.draw_index, self.dims = None, accent, points, 0, [0, 1]
        for plane in (self.plane, self.codes):
            plane.live = []
            plane.show_layers([])
        self.eps, self._zoom_decided = np.zeros(0), False
        self.pictures.set_pictures(None)
        self.pictures.setVisible(not points)

    def show_answer(self, answer: m.AnatomyOf) -> None:
        """One item's posterior, or the same one after more training: the eps that is followed stays."""
        self.answer = answer
        if len(self.eps) != len(answer.mu):
            self.eps = answer.eps[0].copy()
        if not self._zoom_decided:
            self._zoom_decided = True
            self.zoom.setChecked(float(self._pair(answer.sigma).max()) < SMALL)
        self.slider.blockSignals(True)
        self.slider.setRange(0, len(answer.eps) - 1)
        self.slider.blockSignals(False)
        self._draw()

    def show_dims(self, first: int, second: int) -> None:
        """Which two latents are drawn."""
        self.dims = [first, second]
        self._draw()

    def show_decoded(self, picture: Array) -> None:
        """What z decodes to, beneath the item."""
        if self.answer is not None and not self.points:
            self.pictures.set_pictures(np.concatenate([self.answer.x[:1], picture[:1]]))

    def _pair(self, values: Array) -> Array:
        """The two latents that are drawn; a lone latent gets a zero beside it."""
        chosen = [float(values[..., d]) if values.ndim == 1 else values[:, d] for d in self.dims if d < values.shape[-1]]
        while len(chosen) < 2:
            chosen.append(np.zeros(len(values)) if values.ndim == 2 else 0.0)
        return np.stack(chosen, -1) if values.ndim == 2 else np.array(chosen)

    def _draw(self) -> None:
        if self.answer is None:
            return
        mu, sigma = self._pair(self.answer.mu), self._pair(self.answer.sigma)
        lone = self.dims[1] >= len(self.answer.mu)
        for plane, symbol in ((self.plane, "ε"), (self.codes, "z")):
            plane.x_label = f"{symbol}{subscript(self.dims[0] + 1)}"
            plane.y_label = "" if lone else f"{symbol}{subscript(self.dims[1] + 1)}"
        self.plane.show_draws(self._pair(self.answer.eps))
        self.codes.show_posterior(mu, sigma, self._pair(self.answer.z), self.accent, self.zoom.isChecked())
        self._follow()

    def _follow(self) -> None:
        """Arrows, numbers and a picture for the present eps."""
        answer = self.answer
        if answer is None:
            return
        mu, sigma, eps = self._pair(answer.mu), self._pair(answer.sigma), self._pair(self.eps)
        self.plane.show_eps(eps)
        self.codes.show_code(mu, mu + sigma * eps, self.accent)
        rows = (mu, sigma, eps, mu + sigma * eps)
        for cells, values in zip(self.cells, rows, strict=True):
            for cell, value, dim in zip(cells, values, self.dims, strict=True):
                cell.setText(number(float(value), 2 if abs(value) >= 0.1 else 3) if dim < len(answer.mu) else "")
        for head, dim in zip(self.heads, self.dims, strict=True):
            head.setText(f"<b>z<sub>{dim + 1}</sub></b>" if dim < len(answer.mu) else "")
        self.which.setText(f"draw {self.draw_index + 1} of {len(answer.eps)}" if self.draw_index >= 0 else "set by hand")
        self.code_moved.emit(np.asarray(answer.mu + answer.sigma * self.eps, np.float32))

    def _choose_draw(self, index: int) -> None:
        if self.answer is not None:
            self.draw_index, self.eps = index, self.answer.eps[index].copy()
            self._follow()

    def _drag_eps(self, x: float, y: float) -> None:
        if self.answer is None:
            return
        self.draw_index = -1
        self.eps = self.eps.copy()
        for value, dim in zip((x, y), self.dims, strict=True):
            if dim < len(self.eps):
                self.eps[dim] = value
        self._follow()
