"""Ways through latent space: from ends to ends, over a grid of analogies, or at random for ever; by frames or as a loop."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from playground.engine import FAMILIES
from playground.engine import messages as m
from playground.ui.playing import Player
from playground.ui.views.common import StageView
from playground.ui.views.data_plane import DataPlane
from playground.ui.views.export import ExportButton, Material
from playground.ui.views.film import default_path, film_of_dots, film_of_journey
from playground.ui.views.find_code import CHOICES, FindCode
from playground.ui.views.interpolate_controls import InterpolateControls
from playground.ui.views.journey_stage import JourneyStage
from playground.ui.views.journeys import Journey, along_paths, analogy_grid, over_grid, random_walk, round_walk
from playground.ui.widgets.play_bar import PlayBar

Array = np.ndarray
AMONG = 1000  # endpoints from data are picked among the first so many held-out items


class InterpolateView(StageView):
    """Endpoints from data, at random, or the A and B of map and samples; one view for every family."""

    name = "interpolate"
    title = "Interpolate"
    hint = "Walk from one item to another through the latent space: the items in between were never in the data."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: Journey | None = None
        self._part = ""  # of the last question: another one begins with an empty stage
        self.controls = InterpolateControls(self)
        self.controls.changed.connect(self._ask_now)
        self.controls.redrawn.connect(self._draw)
        self.data = DataPlane(self)
        self.stage, self.finder = JourneyStage(self.data), FindCode(self.data)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.stage)
        self.stack.addWidget(self.finder)
        self.bar = PlayBar()
        self.bar.frame_changed.connect(self.stage.show_frame)
        self.stage.chosen.connect(self.bar.slider.setValue)
        self.export = ExportButton(self._material, "interpolation")
        self.export.finished.connect(self.say)
        self.foot = QWidget()
        foot = QHBoxLayout(self.foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.addWidget(self.bar, 1)
        foot.addWidget(self.export)
        self.column.addLayout(self.controls.layout())
        for widget in (self.note, self.stack, self.foot):
            self.column.addWidget(widget, 1 if widget is self.stack else 0)
        self._connect()

    def _connect(self) -> None:
        self.finder.search.connect(lambda index: self.ask_now("find", m.FindLatent(index=index)))
        self.finder.panel.stop.connect(self._stop_search)
        self.finder.panel.use.connect(self._use_found)
        self.refusals["find"] = lambda answer: self.finder.panel.rest(answer.sentence)
        self.answers |= {
            "paths": self._show_paths, "corners": self._fill_corners, "grid": self._show_grid, "walk": self._show_walk,
            "choices": lambda answer: self.finder.show_items(answer.x), "find": self.finder.show_found,
        }  # fmt: skip

    # ------------------------------------------------------------ context
    @property
    def encoder(self) -> bool:
        """Items of the data have a code."""
        return self.context is None or FAMILIES[self.context.family].encoder

    @property
    def searching(self) -> bool:
        """The finder is on stage: codes of data are wanted, and have to be searched."""
        return self.controls.source_in_use() == "data" and not self.encoder

    def clear(self) -> None:
        self.controls.reset(default_path(self.context), self.encoder, self.is_points)
        self.finder.reset(self.accent, self.is_points)
        self._begin()

    def _begin(self) -> None:
        """Another kind of journey: nothing of the last one stays."""
        self.shown = None
        self.stage.reset(self.accent, self.is_points)
        self.bar.set_count(0)
        self._show_page()

    def _show_page(self) -> None:
        self.controls.allow_ends(self.picks.both)
        self.controls.arrange(finding=self.searching)
        self.stack.setCurrentWidget(self.finder if self.searching else self.stage)
        self.foot.setVisible(not self.searching)

    def on_pick(self, letter: str) -> None:
        """A, B or C was chosen among the samples, found for an item, or dragged on the map."""
        self.controls.allow_ends(self.picks.both)
        if self.controls.source_in_use() == "ab" and self.isVisible():
            self._ask_now()

    def on_data(self) -> None:
        self._draw()
        self.finder.draw()

    # ------------------------------------------------------------ asking
    def question(self) -> tuple[str, m.Request]:
        """What is wanted now, and the part that its answer belongs to."""
        mode, source, path = self.controls.mode.key(), self.controls.source_in_use(), self.controls.path.key()
        seed = self.controls.seed.value()
        rng = np.random.default_rng(seed)
        if self.searching:
            return "choices", m.DataItems(n=CHOICES[self.context.kind if self.context else "image"])
        if mode == "walk":
            walk = random_walk(self.latent_dim, self.controls.walk_frames(), self.controls.turns.value(), seed)
            return "walk", m.Decode(z=walk)
        if mode == "analogy" and source == "data":
            first, *others = (int(i) for i in rng.choice(AMONG, 3, replace=False))
            return "corners", m.Interpolate(pick=tuple((first, other) for other in others), frames=2, path=path)
        if mode == "analogy":
            return "grid", self._grid(*self._corners(rng, source))
        pairs, frames = self.controls.pairs.value(), self.controls.frames.value()
        if source == "data":
            pick = rng.choice(AMONG, (pairs, 2), replace=False)
            return "paths", m.Interpolate(pick=tuple((int(i), int(j)) for i, j in pick), frames=frames, path=path)
        ends = self._ends("AB") if source == "ab" else rng.standard_normal((2, pairs, self.latent_dim)).astype(np.float32)
        return "paths", m.Interpolate(a=ends[0], b=ends[1], frames=frames, path=path)

    def _ends(self, letters: str) -> list[Array]:
        return [self.picks.ends[letter][None] for letter in letters]

    def _corners(self, rng: np.random.Generator, source: str) -> list[Array]:
        """A, B and C; what has not been chosen is noise."""
        noise = rng.standard_normal((3, self.latent_dim)).astype(np.float32)
        return [self.picks.ends.get(letter, z) if source == "ab" else z for letter, z in zip("ABC", noise, strict=True)]

    def _grid(self, a: Array, b: Array, c: Array) -> m.Decode:
        return m.Decode(z=analogy_grid(a, b, c, self.controls.side.value(), self.controls.path.key()))

    def refresh(self) -> None:
        if self.is_points:
            self.data.refresh()
        if not (self.searching and self.finder.items is not None):
            self._part, request = self.question()
            self.ask(self._part, request)
        if self.is_points:
            self._draw()

    def _ask_now(self) -> None:
        part, request = self.question()
        if self.shown is None or part != self._part or self.searching:
            self._begin()
        else:
            self._show_page()
        self._part = part
        self.ask_now(part, request)

    # ------------------------------------------------------------ answers
    def _show(self, mode: str, journey: Journey) -> None:
        """Unless something else is wanted by now."""
        if mode != self.controls.mode.key() or self.searching:
            return
        self.shown = journey
        self.bar.bounce = not journey.closed
        self.bar.set_count(journey.length)
        self._draw()

    def _show_paths(self, answer: m.Interpolation) -> None:
        self._show("paths", along_paths(answer))

    def _fill_corners(self, answer: m.Interpolation) -> None:
        """The codes of three items have come: decode what lies between."""
        self.ask_now("grid", self._grid(answer.z[0, 0], answer.z[0, -1], answer.z[1, -1]))

    def _show_grid(self, answer: m.Decoded) -> None:
        self._show("analogy", over_grid(answer, math.isqrt(len(answer.z))))

    def _show_walk(self, answer: m.Decoded) -> None:
        self._show("walk", round_walk(answer))

    def _draw(self) -> None:
        if self.shown is not None:
            self.stage.show_journey(self.shown, self.controls.pixel.isChecked())
            self.stage.show_frame(self.bar.frame)

    # ------------------------------------------------------------ the code of an item
    def _stop_search(self) -> None:
        self.drop("find")
        self.finder.panel.rest("" if self.finder.found is not None else "Stopped before anything was found.")

    def _use_found(self, letter: str) -> None:
        if self.finder.found is None:
            return
        self.picks.put(letter, self.finder.found.z)
        then = " Choose “A and B” to walk between them." if self.picks.both else ""
        self.say(f"The code that was found for item {self.finder.index + 1} is now {letter}.{then}")

    # ------------------------------------------------------------ export
    def _material(self) -> Material | None:
        journey = self.stage.whole()
        if journey is None or self.context is None or self.searching:
            return None
        if self.is_points:
            return film_of_dots(self.stage.plane, journey, self.accent, self.bar.fps, self.context.recipe)
        return film_of_journey(journey, self.bar.fps, self.context.recipe)

    def player(self) -> Player | None:
        return None if self.searching else self.bar

    def on_theme(self) -> None:
        super().on_theme()
        self._draw()
        self.finder.draw()
