"""Maps: the same lattice of noise through every contestant (decoder, generator, probability-flow ODE), side by side."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui.compare.base import CompareView, Questions, some_run
from playground.ui.compare.facts import Facts
from playground.ui.compare.sample_panes import in_a_row, place
from playground.ui.playing import Player
from playground.ui.views.common import number
from playground.ui.views.picks import square_bounds
from playground.ui.views.warp_map import Hit, WarpMap
from playground.ui.views.warp_planes import LatticePlane, Look
from playground.ui.widgets.controls import combo, toolbar
from playground.ui.widgets.heat_map import data_table, heat_image, histogram_density, normalise, top_of
from playground.ui.widgets.layers import Heat
from playground.ui.widgets.plane import UNIT, Bounds, Layer
from playground.ui.widgets.play_bar import PlayBar
from playground.ui.widgets.toggles import Toggles

Array = np.ndarray
CELLS, REACHES, FRAMES = 20, (2.0, 2.5, 3.0), 25
NO_DENSITY = "No density is drawn: where an item lands is not decided by these two numbers of noise alone."
HEAD_PX = 46  # title and note of a plane
START = np.array([0.7, 1.1])
LAYERS = {
    "data": ("Data", "The density that the data were drawn from, in blue"),
    "density": ("Density", "Each cell as opaque as the model is dense there, where its density is known"),
    "lines": ("Lines", "The lattice. Strong: the two axes of the noise"),
    "folds": ("Folds", "Hatched: cells that are turned over, so that two sheets of noise overlap"),
}  # fmt: skip


class MapCell(QWidget):
    """One contestant's plane, with a line about its folds."""

    def __init__(self, column: m.Column) -> None:
        super().__init__()
        self.accent = column.accent
        self.warp: WarpMap | None = None
        tip = "Where this model puts the lattice. Mouse or arrow keys: which noise lands there, shown in all maps."
        self.plane = LatticePlane("The lattice appears here once the model has begun to learn.", column.title, tip)
        self.plane.title_role = column.accent
        self.plane.reset(column.accent)
        self.note = note_label()
        boxed(self.plane, self.note, self)

    def take(self, answer: m.Warp) -> None:
        self.warp = WarpMap.of(answer)
        folds = 100 * self.warp.fold_share
        folded = "no folds" if not self.warp.folded.any() else f"{folds:.{1 if folds < 1 else 0}f} % of the noise on folds"
        self.note.setText(f"step {answer.step:,}: {folded}")
        self.note.setToolTip("" if self.warp.log_density is not None else NO_DENSITY)


class MapsView(CompareView):
    """The noise, and what each contestant makes of it; the spot under the mouse is shown in all of them."""

    name = "maps"
    title = "Maps"
    hint = "The same grid of noise through decoder, generator and probability-flow ODE: who stretches, who tears, who folds."
    kinds = ("points",)

    def __init__(self, facts: Facts, questions: Questions, parent: QWidget | None = None) -> None:
        super().__init__(facts, questions, parent)
        self.cells: dict[str, MapCell] = {}
        self.z = START
        self.bounds: Bounds = UNIT
        self.log_density: Array | None = None
        self._exact = self._no_density = False
        self._heat: Heat | None = None
        self._asked: dict[str, tuple[int, float]] = {}  # run -> step and reach of what is shown
        self._dirty: list[str] = []
        self.reach = combo([f"±{r:g}" for r in REACHES], "How far the lattice reaches, in standard deviations of the noise",
                           lambda _: self.refresh(), 1)  # fmt: skip
        self.seed = combo(["newest seed"], "Whose maps are shown: the same contestants with another random seed",
                          lambda _: self._on_seed())  # fmt: skip
        self.layers = Toggles([(key, *words) for key, words in LAYERS.items()])
        self.layers.changed.connect(lambda *_: self._draw())
        self.column.addLayout(toolbar("Reach", self.reach, self.layers, "Seed", self.seed))
        self.column.addWidget(self.note)
        self.noise = LatticePlane("", "noise  z ~ N(0, I)", "A straight lattice of noise; the same place is marked in every map.")
        self.noise.hovered.connect(self._hover_noise)
        self.noise_box = boxed(self.noise, note_label())
        self.planes, self._across = QWidget(), 0
        self.grid = QGridLayout(self.planes)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setSpacing(4)
        self.column.addWidget(self.planes, 1)
        self.bar = PlayBar(what="way from noise to data")
        self.bar.slider.setToolTip("t, from noise (left) to data (right): every lattice at (1 − t) z + t x. Arrow keys move it.")
        self.bar.set_count(FRAMES)
        self.bar.slider.setValue(FRAMES - 1)
        self.bar.frame_changed.connect(lambda _: self._draw())
        self.column.addWidget(self.bar)
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._draw_next)
        self.answers |= {"grid": self._take, "items": self._items, "density": self._density}

    # ------------------------------------------------------------ a comparison enters
    def enter(self) -> None:
        facts = self.facts
        if list(self.cells) != [c.key for c in facts.columns]:
            self._make_cells()
        self.seed.blockSignals(True)
        chosen = self.seed.currentIndex()
        self.seed.clear()
        self.seed.addItems(["newest", *(f"{i + 1} of {facts.seeds}" for i in range(facts.seeds))])
        self.seed.setCurrentIndex(chosen if 0 <= chosen <= facts.seeds else 0)
        self.seed.blockSignals(False)

    def _make_cells(self) -> None:
        for cell in self.cells.values():
            self.grid.removeWidget(cell)
            cell.hide()
            cell.deleteLater()
        self.cells = {c.key: MapCell(c) for c in self.facts.columns}
        self.log_density, self.bounds, self._exact, self._no_density, self._heat = None, UNIT, False, False, None
        self._asked.clear()
        self.noise.reset("compare")
        self._across = 0
        self._arrange()
        for key, cell in self.cells.items():
            cell.plane.hovered.connect(partial(self._hover_map, key))

    def _arrange(self) -> None:
        """As many in a row as make the planes largest."""
        shown: list[QWidget] = [self.noise_box, *self.cells.values()]
        across = in_a_row(len(shown), self.planes.width(), self.planes.height(), HEAD_PX)
        if across != self._across:
            self._across = across
            for widget in shown:
                self.grid.removeWidget(widget)
            place(self.grid, shown, across)

    def resizeEvent(self, event: object) -> None:
        self._arrange()

    # ------------------------------------------------------------ asking
    def refresh(self) -> None:
        if self.facts.kind != "points":
            return
        run, reach = some_run(self.facts), REACHES[self.reach.currentIndex()]
        if run and self.log_density is None:
            self.ask(run, "items", m.DataItems(n=2000))
        elif run and not self._exact and not self._no_density:
            self.ask(run, "density", m.DataField(bounds=self.bounds))
        for key in self.cells:
            track = self.facts.track(key, self.seed.currentIndex() - 1)
            if track is not None and track.begun and self._asked.get(track.run_id) != (round(track.step), reach):
                self.ask(track.run_id, "grid", m.WarpGrid(resolution=CELLS + 1, extent=reach))

    def _on_seed(self) -> None:
        self._asked.clear()
        self.refresh()

    def _take(self, answer: m.Warp) -> None:
        track = self.facts.tracks.get(answer.run_id)
        if track is None or self.facts.track(track.column, self.seed.currentIndex() - 1) is not track:
            return
        self._asked[track.run_id] = (answer.step, round(float(np.abs(answer.z).max()), 3))
        self.cells[track.column].take(answer)
        self._draw()

    def refused(self, answer: m.Refused) -> None:
        part = answer.channel.partition("/")[2]
        track = self.facts.tracks.get(answer.run_id)
        if part == "density":
            self._no_density = True
        elif part == "grid" and track is not None and track.column in self.cells:
            self._asked[track.run_id] = (round(track.step), REACHES[self.reach.currentIndex()])
            self.cells[track.column].note.setText(answer.sentence)

    def _items(self, answer: m.Items) -> None:
        if answer.x.ndim == 2:
            self.bounds = square_bounds(answer.x)
            self._put_density(histogram_density(answer.x, self.bounds))
            self.refresh()

    def _density(self, answer: m.DataFieldOf) -> None:
        if answer.bounds == self.bounds:
            self._exact = True
            self._put_density(answer.log_density)

    def _put_density(self, log_density: Array) -> None:
        self.log_density = log_density
        self._heat = Heat(heat_image(log_density, top_of(log_density), data_table()), self.bounds)
        self._draw()

    # ------------------------------------------------------------ drawing
    @property
    def t(self) -> float:
        return self.bar.frame / (FRAMES - 1)

    def _draw(self) -> None:
        """All planes anew, one a turn of the event loop: together they would hold the window up for several frames."""
        self._dirty = ["", *self.cells]
        self._turn.start()

    def _draw_next(self) -> None:
        if not self._dirty:
            return
        key = self._dirty.pop(0)
        self._draw_noise() if not key else self._draw_map(self.cells[key])
        if self._dirty:
            self._turn.start()

    def _look(self, accent: str) -> Look:
        return Look(accent, **{key: self.layers.on(key) for key in LAYERS})

    def _draw_noise(self) -> None:
        warp = next((c.warp for c in self.cells.values() if c.warp is not None), None)
        if warp is not None:
            edge = 1.08 * float(np.abs(warp.z).max())
            self.noise.show_lattice(warp, 0.0, None, self._look("compare"), (-edge, edge, -edge, edge))
            self._draw_spot()

    def _draw_map(self, cell: MapCell) -> None:
        warp, look = cell.warp, self._look(cell.accent)
        if warp is None:
            return
        edge = 1.08 * float(np.abs(warp.z).max())
        x0, x1, y0, y1 = ((1 - self.t) * a + self.t * b for a, b in zip((-edge, edge, -edge, edge), self.bounds, strict=True))
        density = warp.log_density_at(self.t)
        top = top_of(self.log_density) if self.log_density is not None else 0.0
        alpha = None if density is None else normalise(density, top, log=False)
        beneath: list[Layer] = [self._heat] if look.data and self._heat is not None else []
        cell.plane.show_lattice(warp, self.t, alpha, look, (x0, x1, y0, y1), beneath)
        self._draw_spot()

    # ------------------------------------------------------------ the spot that is followed
    def _hover_noise(self, x: float, y: float) -> None:
        edge = REACHES[self.reach.currentIndex()]
        self.z = np.clip([x, y], -edge, edge)
        self._draw_spot()

    def _hover_map(self, key: str, x: float, y: float) -> None:
        """From a place in one map back to the noise that lands there."""
        warp = self.cells[key].warp
        hits: list[Hit] = warp.backward(np.array([x, y]), self.t) if warp is not None else []
        if hits:
            density = warp.log_density if warp is not None else None
            self.z = max(hits, key=lambda h: 0.0 if density is None else float(density[h.row, h.column])).z
            self._draw_spot()

    def _draw_spot(self) -> None:
        z, t = self.z, self.t
        self.noise.show_trail(z, z)
        self.noise.setToolTip(f"z = ({number(float(z[0]))}, {number(float(z[1]))}): the same place is marked in every map.")
        for cell in self.cells.values():
            if cell.warp is not None:
                row, column = (int(v[0]) for v in cell.warp.cell_of(z[None]))
                cell.plane.show_spot(cell.warp.at(t), [(row, column)])
                cell.plane.show_trail(z, (1 - t) * z + t * cell.warp.forward(z[None])[0])

    def player(self) -> Player | None:
        return self.bar

    def on_theme(self) -> None:
        super().on_theme()
        if self.log_density is not None:
            self._put_density(self.log_density)

    def hideEvent(self, event: object) -> None:
        """Nothing moves where nobody looks."""
        self.bar.stop()


def note_label() -> QLabel:
    """One quiet line beneath a plane."""
    label = QLabel("")
    label.setProperty("look", "small")
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setMinimumWidth(20)
    return label


def boxed(plane: QWidget, note: QLabel, host: QWidget | None = None) -> QWidget:
    """A plane with its note beneath."""
    host = host or QWidget()
    box = QVBoxLayout(host)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(0)
    box.addWidget(plane, 1)
    box.addWidget(note)
    return host
