"""The plane of scores: p_t as a heat map, arrows of the learned and of the true score over it, one place followed by the mouse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from playground.ui.views.score_field_data import Scores
from playground.ui.widgets.field_map import Clipped
from playground.ui.widgets.forces import ArrowKey, Arrows, fitted_length
from playground.ui.widgets.heat_map import data_table, heat_image, top_of
from playground.ui.widgets.layers import Handle, Heat, Legend
from playground.ui.widgets.plane import Layer, Plane

Array = np.ndarray
USUAL, TIGHT_PX, AMPLE_PX = 17, 22.0, 36.0  # arrows a side; the room that one needs, and that more than so many need
CUT = 0.12  # of the plane's width: longer arrows are cut off there, and drawn thin
FAST = 5  # places that Shift and an arrow key leap over
ROOMY = 300  # pixels: a smaller plane has no corner to spare for a legend
WAIT = "The scores appear here in a moment."
TIP = "Move the mouse, or use the arrow keys (with Shift: faster), to read both vectors in numbers."


@dataclass(frozen=True)
class Look:
    """What is drawn."""

    density: bool = True
    log: bool = False
    learned: bool = True
    true: bool = True
    difference: bool = False
    accent: str = "diffusion"


class ScorePlane(Plane):
    """``followed(i)``: the place of the lattice whose vectors shall be told."""

    followed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(WAIT, title=" ", parent=parent)
        self.scores: Scores | None = None
        self.look = Look()
        self.length = 0.0  # units of x that an arrow of 1 per unit is drawn with
        self.place: tuple[float, float] | None = None  # of the mouse
        self.setToolTip(TIP)
        self.setAccessibleName("scores over the plane")
        self.setMinimumSize(150, 140)
        self.hovered.connect(self.follow)

    def reset(self) -> None:
        """A new run."""
        self.scores, self.length, self.place, self.title = None, 0.0, None, " "
        self.placeholder = WAIT
        self.live = []
        self.show_layers([])

    # ------------------------------------------------------------ showing
    def show_scores(self, scores: Scores, look: Look, title: str) -> None:
        self.scores, self.look, self.title = scores, look, title
        self.placeholder = "All is switched off above."
        bounds = scores.answer.bounds
        self.length = fitted_length(scores.telling, bounds[1] - bounds[0], self.length)
        self.bounds = bounds
        self.show_layers(self._still(scores, look), bounds)
        self._show_place()

    def _still(self, scores: Scores, look: Look) -> list[Layer]:
        layers: list[Layer] = []
        known = scores.answer.log_p_t
        if look.density and known is not None:
            layers.append(Heat(heat_image(known, top_of(known), data_table(), log=look.log), scores.answer.bounds))
        width = self.frame().width()
        places, cut = scores.thinned(int(min(width / TIGHT_PX, max(USUAL, width / AMPLE_PX)))), False
        for vectors, role, width in self._shown(scores, look):
            arrows, short = self._arrows(scores.at[places], vectors[places], role, width)
            layers += arrows
            cut = cut or short
        signs = self._signs(scores, look, cut)
        if signs and min(self.width(), self.height()) > ROOMY:
            layers.append(Legend(signs))
        return [*layers, ArrowKey(self.length, "per unit of x")] if self._shown(scores, look) else layers

    def _shown(self, scores: Scores, look: Look) -> list[tuple[Array, str, float]]:
        """Vectors, role and width of each kind that is switched on; the learned ones lie on the true ones."""
        kinds = ((look.true, scores.true, "theory", 2.6), (look.learned, scores.learned, look.accent, 1.3),
                 (look.difference, scores.difference, "text", 1.3))  # fmt: skip
        return [(vectors, role, width) for on, vectors, role, width in kinds if on and vectors is not None]

    def _arrows(self, at: Array, vectors: Array, role: str, width: float) -> tuple[list[Arrows], bool]:
        """At full length, and those that are too long cut off and thin."""
        drawn = self.length * vectors
        most = CUT * (self.bounds[1] - self.bounds[0])
        size = np.hypot(drawn[:, 0], drawn[:, 1])
        long = size > most
        cut = drawn[long] * (most / size[long])[:, None]
        return [Arrows(at[long], cut, role, 0.45 * width), Arrows(at[~long], drawn[~long], role, width)], bool(long.any())

    @staticmethod
    def _signs(scores: Scores, look: Look, cut: bool) -> list[tuple[str, str, str]]:
        """What the legend tells of."""
        signs = [("data", "pₜ, data with noise", "dot")] * (look.density and scores.answer.log_p_t is not None)
        signs += [(look.accent, "learned score", "line")] * look.learned
        signs += [("theory", "true score", "line")] * (look.true and scores.true is not None)
        signs += [("text", "learned − true", "line")] * (look.difference and scores.difference is not None)
        return [*signs, *([("muted", "thin: longer, cut off", "line")] * cut)]

    # ------------------------------------------------------------ the place that is followed
    def follow(self, x: float, y: float) -> None:
        """The mouse is there: the nearest place of the lattice tells its vectors."""
        self.place = (x, y)
        self._show_place()

    def _show_place(self) -> None:
        if self.scores is None or self.place is None:
            return
        i = self.scores.nearest(*self.place)
        at = self.scores.at[i : i + 1]
        layers: list[Layer] = []
        for vectors, role, width in self._shown(self.scores, self.look):
            layers += self._arrows(at, vectors[i : i + 1], role, width + 1.2)[0]
        self.live = [Clipped([*layers, Handle(float(at[0, 0]), float(at[0, 1]), role="text", radius=3, ring=False)])]
        self.update()
        self.followed.emit(i)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = self.arrow(event)
        if step is None or self.scores is None:
            super().keyPressEvent(event)
            return
        x0, x1, y0, y1 = self.bounds
        x, y = self.place or ((x0 + x1) / 2, (y0 + y1) / 2)
        far = FAST if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        dx, dy = (far * float(np.sign(d)) * (x1 - x0) / len(self.scores.answer.x) for d in step)  # from place to place
        self.follow(min(max(x + dx, x0), x1), min(max(y + dy, y0), y1))
