"""z = mu + sigma * eps, drawn for one item: noise from the round prior is carried into the item's own ellipse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import number, subscript
from playground.ui.widgets.controls import button
from playground.ui.widgets.layers import Arrow, Cloud, Ellipse, Handle
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.plane import Layer, Plane

Array = np.ndarray
SPAN = 3.4
SMALL = 0.3  # posteriors narrower than this are shown zoomed at first
WORDS = ("μ", "σ", "ε", "z = μ + σ·ε")


class NoisePlane(Plane):
    """Noise eps of two latents: the unit circle, the draws, and one eps that can be dragged."""

    eps_moved = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Noise appears here in a moment.", title="noise ε ~ N(0, I)", parent=parent)
        self.title_role = "kl"
        self.setToolTip(
            "The only randomness: ε from N(0, I); dashed circles at 1 and 2 standard deviations. Drag ε, or use the arrow keys."
        )
        self.pressed.connect(self.eps_moved)
        self.dragged.connect(self.eps_moved)
        self.eps = np.zeros(2)

    def show_draws(self, draws: Array) -> None:
        """All draws (N, 2)."""
        prior: list[Layer] = [Ellipse((0, 0), (r, r), "theory", dashed=True) for r in (1.0, 2.0)]
        self.show_layers(
            [*prior, Cloud(draws, role="kl", size=3.5, halo=False, alpha=0.75)], (-SPAN, SPAN, -SPAN, SPAN)
        )

    def show_eps(self, eps: Array) -> None:
        """The eps that is followed."""
        self.eps = eps
        self.live = [Arrow((0.0, 0.0), tuple(eps), "kl", 2.4), Handle(*eps, role="kl", ring=False, radius=6)]
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = self.arrow(event)
        if step is None:
            super().keyPressEvent(event)
        else:
            self.eps_moved.emit(float(self.eps[0] + 2 * step[0]), float(self.eps[1] + 2 * step[1]))


class CodePlane(Plane):
    """Codes z of one item: the same draws, stretched by sigma and moved to mu; whole prior, or zoomed to the posterior."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("One item's posterior appears here in a moment.", title="code z = μ + σ·ε", parent=parent)
        self.setToolTip(
            "The same draws, stretched by σ and moved to μ: the posterior q(z | x) of this item, ellipses at 1 and 2 standard "
            "deviations. Dashed: the prior N(0, I). The inset shows where the posterior lies in the prior."
        )

    def show_posterior(self, mu: Array, sigma: Array, draws: Array, accent: str, zoom: bool) -> None:
        """Two coordinates of mu, sigma and the draws (N, 2)."""
        self.title_role = accent
        prior: list[Layer] = [Ellipse((0, 0), (r, r), "theory", dashed=True) for r in (1.0, 2.0)]
        posterior: list[Layer] = [Ellipse(tuple(mu), tuple(r * sigma), accent, fill=0.14) for r in (1.0, 2.0)]
        cloud = Cloud(draws, role=accent, size=3.5, halo=False, alpha=0.75)
        half = max(3.2 * float(sigma.max()), 1e-3) if zoom else SPAN
        x, y = mu if zoom else (0.0, 0.0)
        layers = [*prior, *posterior, cloud, *([Inset(tuple(mu), half, accent)] if zoom else [])]
        self.show_layers(layers, (x - half, x + half, y - half, y + half))

    def show_code(self, mu: Array, z: Array, accent: str) -> None:
        """mu and the z that is followed."""
        self.live = [
            Arrow(tuple(mu), tuple(z), "kl", 2.4), Handle(*mu, role="text", ring=False, radius=3.5),
            Handle(*z, role=accent, ring=False, radius=6),
        ]  # fmt: skip
        self.update()


@dataclass
class Inset:
    """A small map in the corner: the prior's circles, and the square that the zoomed plane shows."""

    centre: tuple[float, float]
    half: float
    role: str

    def paint(self, painter: QPainter, plane: Plane) -> None:
        side = min(64.0, plane.frame().width() * 0.3)
        box = QRectF(plane.frame().right() - side - 4, plane.frame().y() + 4, side, side)
        unit = side / (2 * SPAN)
        painter.fillRect(box, plane.ink("window"))
        painter.setPen(QPen(plane.ink("outline"), 1))
        painter.drawRect(box)
        painter.setPen(QPen(plane.ink("theory"), 1, Qt.PenStyle.DashLine))
        for radius in (1.0, 2.0):
            painter.drawEllipse(box.center(), radius * unit, radius * unit)
        at = QPointF(box.center().x() + self.centre[0] * unit, box.center().y() - self.centre[1] * unit)
        size = max(self.half * unit, 2.5)
        painter.setPen(QPen(plane.ink(self.role), 2))
        painter.drawRect(QRectF(at.x() - size, at.y() - size, 2 * size, 2 * size))


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
        self.pictures.setToolTip(
            "Left: the item x. Right: what the decoder makes of this z. Other ε, slightly other pictures."
        )
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
        chosen = [
            float(values[..., d]) if values.ndim == 1 else values[:, d] for d in self.dims if d < values.shape[-1]
        ]
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
        self.which.setText(
            f"draw {self.draw_index + 1} of {len(answer.eps)}" if self.draw_index >= 0 else "set by hand"
        )
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
