"""Warp: a lattice of noise carried to the data by the generator, its density, its folds, and the way of every point."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.playing import Player
from playground.ui.views.common import StageView
from playground.ui.views.data_plane import DataPlane
from playground.ui.views.export import ExportButton, Material
from playground.ui.views.warp_facts import FOLD_TIP, WarpFacts
from playground.ui.views.warp_map import Hit, WarpMap
from playground.ui.views.warp_planes import LatticePlane, Look
from playground.ui.widgets.controls import Segmented, combo, toolbar
from playground.ui.widgets.heat_map import LOG_SPAN, normalise, top_of
from playground.ui.widgets.layers import Legend
from playground.ui.widgets.pixels import array_of
from playground.ui.widgets.plane import Bounds, Layer
from playground.ui.widgets.play_bar import PlayBar
from playground.ui.widgets.toggles import Toggles

Array = np.ndarray
CELLS = (12, 24, 36)  # a side
REACH = (2.0, 2.5, 3.0)
START = np.array([0.7, 1.1])  # the point that is followed before a mouse comes
FRAMES = 25  # of the way from noise to data
REPLAY_S = 0.6
ROOMY = 300  # logical pixels: a smaller plane has no corner to spare for a legend
LAYERS = {
    "data": ("Data", "The density that the data were drawn from, in blue"),
    "density": ("Density", "Each cell as opaque as the model is dense there: q = prior mass of the cell / area of its image"),
    "lines": ("Lines", "The lattice. Strong: the two axes of the noise. Dashed: |z| = 1 and 2, round 39 % and 86 % of it"),
    "folds": ("Folds", FOLD_TIP),
}


class WarpView(StageView):
    """Noise at the left, data at the right, and a slider for the way between."""

    name = "warp"
    title = "Warp"
    hint = "The grid of noise bends into the data: see where G stretches it thin and where it folds."
    kinds = ("points",)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.warp: WarpMap | None = None
        self._drawn_noise: tuple[object, ...] = ()  # what the noise's plane was last painted from
        self.z, self.hits = START, [Hit(0, 0, START)]  # the point that is followed; its cell, and those that land on the same place
        self._build_toolbar()
        self._build_stage()
        self.data = DataPlane(self)
        self.answers["grid"] = self._show
        self._replay = QTimer(self, interval=16)
        self._replay.timeout.connect(self._step_replay)
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._draw_noise)
        self._began = 0.0

    def _build_toolbar(self) -> None:
        self.count = combo([f"{n} × {n} cells" for n in CELLS], "How fine the lattice of noise is", lambda _: self._ask_now(), 1)
        tip = "How far the lattice reaches, in standard deviations of the noise: ±2 holds 91 % of it, ±2.5 97.5 %, ±3 99.5 %"
        self.reach = combo([f"±{r:g}" for r in REACH], tip, lambda _: self._ask_now(), 1)
        self.kind = Segmented([
            ("log", "log q(x)", f"Opacity is the logarithm of the density, {LOG_SPAN:g} nats deep: thin stretches become visible"),
            ("linear", "q(x)", "Opacity is the density itself"),
        ])  # fmt: skip
        self.kind.changed.connect(lambda _: self._draw())
        self.layers = Toggles([(key, *words) for key, words in LAYERS.items()])
        self.layers.changed.connect(lambda *_: self._draw())
        self.column.addLayout(toolbar(self.count, "Reach", self.reach, self.kind, self.layers))
        self.column.addWidget(self.note)

    def _build_stage(self) -> None:
        wait = "The lattice appears here in a moment."
        keys = "Move the mouse, or use the arrow keys"
        tip = f"A straight lattice of noise z ~ N(0, I). {keys}: the same place is shown at the right."
        self.noise = LatticePlane(wait, "noise  z ~ N(0, I)", tip)
        self.image = LatticePlane(wait, "data space  x = G(z)", f"Where G puts the lattice. {keys} to see which noise lands there.")
        self.noise.hovered.connect(self._hover_noise)
        self.image.hovered.connect(self._hover_image)
        self.planes = QWidget()
        row = QHBoxLayout(self.planes)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_XS)
        row.addWidget(self.noise, 1)
        row.addWidget(self.image, 1)
        self.bar = PlayBar(what="way from noise to data")
        self.bar.slider.setToolTip("t, from noise (left) to data (right): the lattice at (1 − t) z + t G(z). Arrow keys move it.")
        self.bar.set_count(FRAMES)
        self.bar.slider.setValue(FRAMES - 1)
        self.bar.frame_changed.connect(lambda _: self._draw())
        self.column.addWidget(self.planes, 1)
        self.export = ExportButton(self._material, "warp")
        self.export.finished.connect(self.say)
        foot = QHBoxLayout()
        foot.addWidget(self.bar, 1)
        foot.addWidget(self.export)
        self.column.addLayout(foot)
        self.facts = WarpFacts()
        self.column.addWidget(self.facts)

    # ------------------------------------------------------------ context and asking
    def clear(self) -> None:
        self.warp, self.z, self._drawn_noise = None, START, ()
        self._replay.stop()
        self.bar.stop()
        for plane in (self.noise, self.image):
            plane.reset(self.accent)
        self.facts.clear()

    def on_data(self) -> None:
        self._draw()

    def _request(self) -> m.WarpGrid:
        return m.WarpGrid(resolution=CELLS[self.count.currentIndex()] + 1, extent=REACH[self.reach.currentIndex()])

    def refresh(self) -> None:
        self.data.refresh()
        self.ask("grid", self._request())

    def _ask_now(self) -> None:
        self.ask_now("grid", self._request())

    # ------------------------------------------------------------ the lattice
    @property
    def t(self) -> float:
        """How far the lattice is on its way."""
        return self.bar.frame / (FRAMES - 1)

    def _show(self, answer: m.Warp) -> None:
        self.warp = WarpMap.of(answer)
        self._follow(self.z)
        self.facts.tell_folds(self.warp, self.latent_dim)
        self._draw()

    def _top(self) -> float:
        """Log density of full colour: the data's peak, which stays while the model learns."""
        return top_of(self.picks.log_density) if self.data.known else 0.0

    def _alpha(self, t: float) -> Array | None:
        density = self.warp.log_density_at(t) if self.warp is not None else None
        return None if density is None else normalise(density, self._top(), self.kind.key() == "log")

    def _bounds(self, t: float) -> Bounds:
        """The camera goes from the noise to the data."""
        e = 1.08 * (float(np.abs(self.warp.z).max()) if self.warp is not None else REACH[1])
        x0, x1, y0, y1 = ((1 - t) * a + t * b for a, b in zip((-e, e, -e, e), self.data.bounds, strict=True))
        return x0, x1, y0, y1

    def _look(self) -> Look:
        return Look(self.accent, **{key: self.layers.on(key) for key in LAYERS})

    def _draw(self) -> None:
        """Both planes, with what the buttons ask for."""
        if self.warp is None or not self.data.known:
            return
        look = self._look()
        beneath: list[Layer] = [*self.data.layers()] if look.data else []
        signs = [("data", "density of the data", "dot")] * look.data + [(self.accent, "density of G", "dot")] * look.density
        self._turn.start()  # the other plane: the two together would hold the window up for longer than a frame
        self.image.show_lattice(self.warp, self.t, self._alpha(self.t), look, self._bounds(self.t), beneath)
        if self.warp.log_density is not None:
            self.facts.show_scale(self._top(), self.kind.key() == "log", self.accent)
            roomy = self.image.frame().width() >= ROOMY
            self.image.still += [Legend(signs, "bottom left")] if signs and roomy else []
        self._draw_spot()

    def _draw_noise(self) -> None:
        """The lattice before its way: while the model learns only its folds change, and only then is it painted anew."""
        warp, look, alpha = self.warp, self._look(), self._alpha(0.0)
        if warp is None:
            return
        parts = (warp.z, warp.folded) if alpha is None else (warp.z, warp.folded, alpha)
        drawn = (look, theme.current().name, *(part.tobytes() for part in parts))
        if drawn != self._drawn_noise:
            self._drawn_noise = drawn
            self.noise.show_lattice(warp, 0.0, alpha, look, self._bounds(0.0))

    # ------------------------------------------------------------ the point that is followed
    def _hover_noise(self, x: float, y: float) -> None:
        if self.warp is not None:
            edge = float(np.abs(self.warp.z).max())
            self._move_to(np.clip([x, y], -edge, edge))

    def _hover_image(self, x: float, y: float) -> None:
        """From a place in data space back to the noise that lands there, the densest sheet first."""
        if self.warp is None:
            return
        hits = self.warp.backward(np.array([x, y]), self.t)
        if hits:
            density = self.warp.log_density
            self._move_to(max(hits, key=lambda h: 0.0 if density is None else float(density[h.row, h.column])).z)
        else:
            self.facts.tell_nothing(x, y)

    def _move_to(self, z: Array) -> None:
        before = self.hits[0]
        self._follow(z)
        if (before.row, before.column) != (self.hits[0].row, self.hits[0].column):
            self._began = time.monotonic()
            self._replay.start()
        self._draw_spot()

    def _follow(self, z: Array) -> None:
        """The cell of ``z`` and all other cells that land on the same place."""
        assert self.warp is not None
        self.z = z
        row, column = (int(v[0]) for v in self.warp.cell_of(z[None]))
        others = [h for h in self.warp.backward(self.warp.forward(z[None])[0]) if (h.row, h.column) != (row, column)]
        self.hits = [Hit(row, column, z), *others]
        self.facts.tell_point(self.warp, z, self.hits)

    def _draw_spot(self) -> None:
        if self.warp is None:
            return
        share = min(1.0, (time.monotonic() - self._began) / REPLAY_S) if self._replay.isActive() else 1.0
        x, cells, t = self.warp.forward(self.z[None])[0], [(h.row, h.column) for h in self.hits], share * self.t
        self.noise.show_spot(self.warp.z, cells)
        self.noise.show_trail(self.z, self.z)
        self.image.show_spot(self.warp.at(self.t), cells)
        self.image.show_trail(self.z, (1 - t) * self.z + t * x)

    def _step_replay(self) -> None:
        if time.monotonic() - self._began >= REPLAY_S:
            self._replay.stop()
        self._draw_spot()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing moves where nobody looks."""
        self._replay.stop()
        super().hideEvent(event)

    # ------------------------------------------------------------ export and theme
    def _material(self) -> Material | None:
        if self.warp is None or self.context is None:
            return None
        shots = []
        for frame in range(FRAMES):
            self.bar.slider.setValue(frame)
            shots.append(array_of(self.planes.grab().toImage()))
        return Material(shots[-1], np.stack([*shots, *shots[-2:0:-1]]), self.bar.fps, self.context.recipe)

    def player(self) -> Player | None:
        return self.bar

    def on_theme(self) -> None:
        super().on_theme()
        self._draw()
