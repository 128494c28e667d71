"""Where large steps are shown: the plane of points with the truth beneath, and the board of pictures."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import card
from playground.ui.widgets.field_map import Border, Clipped
from playground.ui.widgets.heat_map import data_table, heat_image, top_of
from playground.ui.widgets.layers import Cloud, Ellipse, Handle, Heat, Legend
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.plane import Bounds, Layer, Plane

Array = np.ndarray
WIDER = 1.45  # the plane shows the data and so much round them, for x_t with noise on it
SIGMAS = (1.0, 2.0)  # rings of the Gaussian
DOT_SHARE = 130  # a plane is so many points wide
LAYERS = {
    "exact": ("Truth", "q(x₀|xₜ) or q(xₜ₋₁|xₜ) in blue, from the density of the data (Xiao et al. 2022, section 3.1)"),
    "draws": ("Model", "What the model draws behind xₜ, each point with a z of its own"),
    "gaussian": ("Gaussian", "The best single round Gaussian for the truth, rings at 1 and 2 standard deviations: what an ordinary "
                 "diffusion step of this size would draw from"),
}  # fmt: skip
PLANE_TIP = (
    "Click or drag to put xₜ somewhere else (arrow keys move it, with Shift faster). Blue: what may truly lie behind it. Points: "
    "what the model draws."
)


def wide(data: Bounds) -> Bounds:
    """A square round the data, with room for noise."""
    x0, x1, y0, y1 = data
    x, y, half = (x0 + x1) / 2, (y0 + y1) / 2, WIDER * max(x1 - x0, y1 - y0) / 2
    return x - half, x + half, y - half, y + half


class StepPlane(Plane):
    """``placed(x, y)``: x_t shall stand there, in units of the data."""

    placed = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("What lies behind a noisy point appears here in a moment.", parent=parent)
        self.accent = "diffusion"
        self.place = (0.0, 0.0)
        self._shown: tuple[m.LargeStepOf, frozenset[str]] | None = None
        self._heat: tuple[object, QImage] | None = None
        self.setToolTip(PLANE_TIP)
        self.setAccessibleName("the plane behind x_t")
        self.setCursor(Qt.CursorShape.CrossCursor)
        for signal in (self.pressed, self.dragged):
            signal.connect(self.placed)

    def reset(self, accent: str) -> None:
        """A new run."""
        self.accent, self._shown, self._heat = accent, None, None
        self.live = []
        self.show_layers([])

    def forget_colours(self) -> None:
        """The theme has changed."""
        self._heat = None

    # ------------------------------------------------------------ showing
    def show_answer(self, answer: m.LargeStepOf, on: frozenset[str], place: tuple[float, ...]) -> None:
        """Everything behind one x_t, which by now may have been dragged to ``place``."""
        self._shown, self.place = (answer, on), (place[0], place[1])
        if self.bounds != answer.bounds or not self.still:
            self.show_layers([Border()], answer.bounds)
        self._put_layers()

    def move_to(self, x: float, y: float) -> None:
        """The handle goes first; what belongs to it follows."""
        self.place = (x, y)
        self._put_layers()

    def _put_layers(self) -> None:
        if self._shown is not None:
            self.live = [Clipped(self._layers(*self._shown))]
            self.update()

    def _layers(self, answer: m.LargeStepOf, on: frozenset[str]) -> list[Layer]:
        layers: list[Layer] = []
        signs = []
        if "exact" in on and answer.exact is not None:
            layers.append(Heat(self._image(answer.exact), answer.bounds))
            signs.append(("data", "truth", "dot"))
        if "draws" in on:
            size = min(max(self.frame().width() / DOT_SHARE, 3.5), 8.0)
            layers.append(Cloud(answer.draws, role=self.accent, size=size))
            signs.append((self.accent, f"{len(answer.draws)} draws of the model", "dot"))
        if "gaussian" in on and answer.gaussian_mean is not None:
            x, y = answer.gaussian_mean.tolist()
            layers += [Ellipse((x, y), (k * answer.gaussian_sd,) * 2, "theory", dashed=True, width=2) for k in SIGMAS]
            signs.append(("theory", "best single Gaussian", "dash"))
        layers.append(Handle(*self.place, letter="xₜ", role="text", radius=10))
        return [*layers, Legend(signs)]

    def _image(self, exact: Array) -> QImage:
        """Painted once an answer."""
        if self._heat is None or self._heat[0] is not exact:
            self._heat = exact, heat_image(exact, top_of(exact), data_table())
        return self._heat[1]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = self.arrow(event)
        if step is None or self._shown is None:
            super().keyPressEvent(event)
            return
        x0, x1, y0, y1 = self.bounds
        self.placed.emit(min(max(self.place[0] + step[0], x0), x1), min(max(self.place[1] + step[1], y0), y1))


class DrawBoard(QWidget):
    """Above: the item, the item with noise, the mean of the draws. Beneath: what the model draws behind it."""

    ABOVE: ClassVar[dict[str, tuple[str, str]]] = {
        "x0": ("The item", "The held-out picture that was noised. The model does not see it."),
        "x_t": ("x<sub>t</sub>: with noise", "All that the model is given, beside z."),
        "mean": ("Mean of all draws", "The average of all draws: close to what an ordinary denoiser shows, E[x₀|xₜ]."),
    }

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_S)
        self.above = {key: PictureGrid("", columns=1, surface="card") for key in self.ABOVE}
        for key, (words, tip) in self.ABOVE.items():
            row.addWidget(self._framed(self.above[key], words, tip), 1)
        self.draws = PictureGrid("What lies behind a noisy picture appears here in a moment.", surface="card")
        self.draws.setToolTip("What the model draws behind the same xₜ, each with a z of its own. All equal: z decides nothing.")
        self.draws.setAccessibleName("draws of the model")
        self.words = QLabel("")
        self.words.setProperty("look", "heading")
        frame, inside = card(margins=theme.SPACE_S)
        inside.addWidget(self.words)
        inside.addWidget(self.draws, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addLayout(row, 2)
        column.addWidget(frame, 5)

    @staticmethod
    def _framed(grid: PictureGrid, words: str, tip: str) -> QWidget:
        grid.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        grid.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)  # there is nothing to choose in it
        frame, inside = card(margins=theme.SPACE_XS)
        caption = QLabel(words)
        caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        inside.addWidget(grid, 1)
        inside.addWidget(caption)
        frame.setToolTip(tip)
        return frame

    def reset(self, accent: str) -> None:
        """A new run."""
        self.words.setText("")
        for grid in (*self.above.values(), self.draws):
            grid.accent = accent
            grid.set_pictures(None)

    def show_answer(self, answer: m.LargeStepOf) -> None:
        """Pictures of one x_t."""
        for key, grid in self.above.items():
            grid.set_pictures(getattr(answer, key))
        self.draws.set_pictures(answer.draws)
        what = "x̂₀" if answer.what == "x0" else "xₜ₋₁"
        self.words.setText(f"{what} FOR {len(answer.draws)} DIFFERENT z" if answer.noise_dim else f"{what} WITHOUT z")
