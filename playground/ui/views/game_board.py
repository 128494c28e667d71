"""Three maps of one plane, D, D* and their difference, on one colour scale; one of them large, with the points and arrows on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import number
from playground.ui.widgets.field_map import FieldMap
from playground.ui.widgets.forces import ArrowKey, Arrows, fitted_length
from playground.ui.widgets.layers import Cloud, Heat
from playground.ui.widgets.plane import Bounds, Layer
from playground.ui.widgets.verdict import VerdictScale, bright, verdict_image, verdict_table

Array = np.ndarray
MAPS = ("d", "d_star", "difference")
RANGES = {"d": (0.0, 1.0), "d_star": (0.0, 1.0), "difference": (-1.0, 1.0)}
NAMES = {"d": "<b>D(x)</b>", "d_star": "<b>D*(x)</b> = p / (p + q)",
         "difference": "<b>D − D*</b>, D's error"}  # fmt: skip
TIPS = {
    "d": "D(x): how real D takes a point x to be, a probability from 0 to 1 (one half: it cannot tell).",
    "d_star": "D*(x) = p(x) / (p(x) + q(x)): the best possible D for this generator, from the exact densities p of the data and q "
              "of the generator (Goodfellow et al. 2014, proposition 1).",
    "difference": "D(x) − D*(x), from −1 to 1: blue where D is too trusting, amber where it is too suspicious.",
}  # fmt: skip
GAP, SIDE_WIDTH, LEAST_SIDE = 8, 216, 160


@dataclass
class Scene:
    """What one map shows: its caption, tooltip, still and live layers, and the piece of the plane."""

    caption: str
    tip: str
    bounds: Bounds
    still: list[Layer]
    live: list[Layer] = field(default_factory=list)


class GameBoard(QWidget):
    """``show_game`` fills it. The maps keep their places; what each of them shows is in ``order``, the large one first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.game: m.GameOf | None = None
        self.order = list(MAPS)
        self.on: set[str] = set()
        self.accent, self.d_words = "gan", ""  # of the large map's caption, where another D is shown than the run's
        self.length = 0.0  # plane units that an arrow of 1 nat per unit is drawn with; 0: to fit
        self._fitted = 0.0
        self.large, *self.small = self.maps = [FieldMap(small=i > 0, parent=self) for i in range(3)]
        self.scale = VerdictScale(self)
        self.meaning = QLabel("", self)
        self.meaning.setProperty("look", "small")
        self.meaning.setWordWrap(True)
        self.meaning.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        for i, small in enumerate(self.small):
            small.chosen.connect(lambda i=i + 1: self.enlarge(i))

    # ------------------------------------------------------------ contents
    def reset(self, accent: str) -> None:
        """A new run."""
        self.game, self.accent, self.order, self._fitted, self.d_words = None, accent, list(MAPS), 0.0, ""
        self.scale.reset(accent)
        self.meaning.setText("")
        for field_map in self.maps:
            field_map.clear()

    def show_game(self, game: m.GameOf, on: set[str]) -> None:
        """Fields, points and arrows, as far as the layers in ``on`` say."""
        self.take(game, on)
        self.redraw_maps()

    def take(self, game: m.GameOf, on: set[str]) -> None:
        """What is drawn next, and how long its arrows are where their length is fitted."""
        self.game, self.on = game, on
        self._fitted = fitted_length(game.push, game.bounds[1] - game.bounds[0], self._fitted)

    def enlarge(self, place: int) -> None:
        """Exchange the large map with the one at ``place`` (1 or 2)."""
        self.order[0], self.order[place] = self.order[place], self.order[0]
        self.redraw_maps()

    def redraw_maps(self) -> None:
        """Paint all three again."""
        if self.game is None:
            return
        for i, (key, field_map) in enumerate(zip(self.order, self.maps, strict=True)):
            self._show(field_map, key, large=i == 0)
        if self.meaning.text() != self.game.d_star_note:
            self.meaning.setText(self.game.d_star_note)
            self.meaning.setToolTip(self.game.d_star_note)
            self.place()

    def _show(self, field_map: FieldMap, key: str, *, large: bool) -> None:
        assert self.game is not None
        values = self.values(key)
        if values is None:
            field_map.clear(f"D* cannot be drawn. {self.game.d_star_note}")
            return
        shown = ("field" if key == "d" else key) in self.on
        heat: list[Layer] = [self.heat(values, RANGES[key])] if shown else []
        layers = [*heat, *(self.marks() if large else [])]
        tip = f"{TIPS[key]} {self.game.d_star_note if key != 'd' else ''}"
        field_map.plane.placeholder = "Switched off in the sentence above."
        field_map.show_map(self.caption(key, large=large), tip, layers, self.game.bounds)

    def values(self, key: str) -> Array | None:
        """One of the three fields; None where D* is not known."""
        game = self.game
        if game is None or (key != "d" and game.d_star is None):
            return None
        if key == "d":
            return game.d
        return game.d_star if key == "d_star" else np.asarray(game.d - game.d_star)

    def heat(self, values: Array, span: tuple[float, float], bounds: Bounds | None = None) -> Heat:
        """A field in the verdict's colours."""
        assert self.game is not None
        return Heat(verdict_image(values, *span, verdict_table(self.accent)), bounds or self.game.bounds)

    def caption(self, key: str, *, large: bool) -> str:
        """What a map shows, with its unit."""
        assert self.game is not None
        if key != "d":
            return NAMES[key] + (", the best possible D: p is the data's density, q is G's" if key == "d_star" and large else "")
        if self.d_words:
            return f"{NAMES['d']} {self.d_words}"
        if self.game.scale == "score":
            name = f"σ(score {'−' if self.game.midpoint >= 0 else '+'} {number(abs(self.game.midpoint))})"
            return f"{NAMES['d']} = {name}" + (", the critic's score above its midpoint" if large else "")
        return f"{NAMES['d']} as trained" + (", the probability that x is real" if large else "")

    # ------------------------------------------------------------ points and arrows
    def arrow_length(self) -> float:
        """Plane units that 1 nat per unit of x is drawn with."""
        return self.length or self._fitted or 1.0

    def marks(self) -> list[Layer]:
        """Points and arrows of the game, as far as they are switched on."""
        game = self.game
        assert game is not None
        arrows, key = self.arrows(game.fake, game.push)
        under, over = ([arrows], [key]) if "push" in self.on else ([], [])
        return [*under, self.points(game, self.on), *over]

    def points(self, game: m.GameOf, on: set[str] | None = None) -> Cloud:
        """Real and generated points mixed, so that neither hide the others."""
        kinds = [k for k in ("real", "fake") if on is None or k in on]
        xy = [game.real if k == "real" else game.fake for k in kinds]
        groups = [np.full(len(part), k == "fake", int) for part, k in zip(xy, kinds, strict=True)]
        if not kinds:
            return self.cloud(np.zeros((0, 2)), "data")
        order = np.random.default_rng(0).permutation(sum(map(len, xy)))
        colours = [bright("data"), bright(self.accent)]
        return Cloud(np.concatenate(xy)[order], np.concatenate(groups)[order], size=4.6, colours=colours)

    @staticmethod
    def cloud(xy: Array, role: str, size: float = 4.6) -> Cloud:
        return Cloud(xy, role=role, size=size, colours=[bright(role)])

    def arrows(self, start: Array, push: Array, grown: float = 1.0) -> list[Layer]:
        """The gradient at each point, and what length means."""
        key = ArrowKey(self.arrow_length(), "nats per unit of x")
        return [Arrows(start, push * (self.arrow_length() * grown)), key]

    def show_scenes(self, scenes: Sequence[Scene]) -> None:
        """Something else than the three maps, the large one first."""
        for field_map, scene in zip(self.maps, scenes, strict=True):
            field_map.plane.placeholder = "Nothing is known here."
            field_map.show_map(scene.caption, scene.tip, scene.still, scene.bounds, scene.live)

    def move_scenes(self, scenes: Sequence[Scene]) -> None:
        """The same scenes a moment later: only what moves is painted afresh."""
        for field_map, scene in zip(self.maps, scenes, strict=True):
            field_map.caption.setText(scene.caption)
            field_map.show_live(scene.live)

    # ------------------------------------------------------------ places
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.place()

    def place(self) -> None:
        """The large map takes the height, the small ones share it with the scale; all stand together in the middle."""
        w, scale = self.width(), self.scale.sizeHint().height()
        note = min(self.meaning.heightForWidth(w), 3 * self.meaning.fontMetrics().lineSpacing()) if self.meaning.text() else 0
        h = self.height() - note
        caption = self.large.caption.fontMetrics().lineSpacing() + 4
        beside, above = self.large.plane.margins()
        side = max((h - scale - 3 * GAP) // 2 - caption, theme.current().px(LEAST_SIDE))
        large = max(min(h - caption - above + beside, w - side - GAP), 150)
        side = min(w - large - GAP, max(int(1.1 * side), SIDE_WIDTH))
        left = max((w - large - side - GAP) // 2, 0)
        self.large.setGeometry(left, 0, large, min(h, large - beside + above + caption))
        x, y, room = left + large + GAP, 0, (h - scale - 2 * GAP) // 2
        for small in self.small:
            small.setGeometry(x, y, side, room)
            y += room + GAP
        self.scale.setGeometry(x, y, side, scale)
        self.meaning.setGeometry(0, h, w, note)

    def redraw(self) -> None:
        """Another theme."""
        self.place()
        self.redraw_maps()

    def minimumSizeHint(self) -> QSize:
        return QSize(420, theme.current().px(260))

    def sizeHint(self) -> QSize:
        return QSize(900, 620)
