"""z = mu + sigma * eps, drawn for one item: noise from the round prior is carried into the item's own ellipse."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import number
from playground.ui.widgets.layers import Arrow, Cloud, Ellipse, Handle, Legend
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.plane import Layer, Plane

Array = np.ndarray
SPAN = 3.4
WORDS = ("μ", "σ", "ε", "z = μ + σ·ε")


class NoisePlane(Plane):
    """Two latents: the prior's circle, the posterior's ellipse, and one eps that can be dragged."""

    eps_moved = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("One item's posterior appears here in a moment.", parent=parent)
        self.setToolTip(
            "Dashed: the prior N(0, I), circles at 1 and 2 standard deviations. Ellipse: this item's posterior. "
            "Drag ε (or use the arrow keys): its arrow is stretched by σ and moved to μ. That is z."
        )
        self.pressed.connect(self.eps_moved)
        self.dragged.connect(self.eps_moved)
        self.eps = np.zeros(2)

    def show_posterior(self, mu: Array, sigma: Array, draws: Array, accent: str) -> None:
        """Two coordinates of mu, sigma and the draws (N, 2)."""
        prior: list[Layer] = [Ellipse((0, 0), (r, r), "theory", dashed=True) for r in (1.0, 2.0)]
        posterior: list[Layer] = [Ellipse(tuple(mu), tuple(r * sigma), accent, fill=0.14) for r in (1.0, 2.0)]
        signs = [("theory", "prior N(0, I)", "dash"), (accent, "posterior q(z | x)", "line"), ("kl", "noise ε", "dot")]
        self.show_layers([*prior, *posterior, Cloud(draws, role=accent, size=3, halo=False, alpha=0.7), Legend(signs, "bottom left")],
                         (-SPAN, SPAN, -SPAN, SPAN))  # fmt: skip

    def show_eps(self, eps: Array, mu: Array, sigma: Array, accent: str) -> None:
        """The arrows: 0 to eps, and mu to z."""
        self.eps, z = eps, mu + sigma * eps
        origin, m_, z_, e_ = (0.0, 0.0), tuple(mu), tuple(z), tuple(eps)
        self.live = [
            Arrow(origin, m_, "muted", 1.2, dashed=True), Arrow(origin, e_, "kl", 2), Arrow(m_, z_, accent, 2.4),
            Handle(*m_, role="text", ring=False, radius=3.5), Handle(*e_, role="kl", ring=False, radius=6),
            Handle(*z_, role=accent, ring=False, radius=6),
        ]  # fmt: skip
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = self.arrow(event)
        if step is None:
            super().keyPressEvent(event)
        else:
            self.eps_moved.emit(float(self.eps[0] + 5 * step[0]), float(self.eps[1] + 5 * step[1]))


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
        self.plane = NoisePlane()
        self.plane.eps_moved.connect(self._drag_eps)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setToolTip("Which of the draws of ε ~ N(0, I) is followed")
        self.slider.setAccessibleName("Draw of eps")
        self.slider.valueChanged.connect(self._choose_draw)
        self.which = QLabel("")
        self.which.setProperty("role", "dim")
        self._build_numbers()
        self.pictures = PictureGrid("", columns=1, gap=6, surface="card")
        self.pictures.row_labels = ("x", "x̂(z)")
        self.pictures.setToolTip("Above: the item. Below: what the decoder makes of this z. Other ε, slightly other pictures.")
        side = QVBoxLayout()
        side.addWidget(self.pictures, 1)
        side.addLayout(self.numbers)
        row = QHBoxLayout()
        row.addWidget(self.plane, 3)
        row.addLayout(side, 2)
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
        tips = ("Mean of the posterior: where the encoder puts this item", "Standard deviation of the posterior: how sure it is",
                "Noise from N(0, 1): the only random number", "The code that the decoder gets; gradients flow through μ and σ")
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
        self.plane.live = []
        self.plane.show_layers([])
        self.pictures.set_pictures(None)
        self.pictures.setVisible(not points)

    def show_answer(self, answer: m.AnatomyOf) -> None:
        """One item's posterior, or the same one after more training: the eps that is followed stays."""
        self.answer = answer
        if len(self.eps) != len(answer.mu):
            self.eps = answer.eps[0].copy()
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
        self.plane.x_label = f"z{self.dims[0] + 1}"
        self.plane.y_label = f"z{self.dims[1] + 1}" if self.dims[1] < len(self.answer.mu) else ""
        self.plane.show_posterior(mu, sigma, self._pair(self.answer.z), self.accent)
        self._follow()

    def _follow(self) -> None:
        """Arrows, numbers and a picture for the present eps."""
        answer = self.answer
        if answer is None:
            return
        mu, sigma, eps = self._pair(answer.mu), self._pair(answer.sigma), self._pair(self.eps)
        self.plane.show_eps(eps, mu, sigma, self.accent)
        rows = (mu, sigma, eps, mu + sigma * eps)
        for cells, values in zip(self.cells, rows, strict=True):
            for cell, value, dim in zip(cells, values, self.dims, strict=True):
                cell.setText(number(float(value)) if dim < len(answer.mu) else "")
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
