"""Samples of the model, always from the same noise, so that successive pictures compare."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QCursor, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QMenu, QStackedWidget, QWidget

from playground.engine import messages as m
from playground.ui.views.common import StageView
from playground.ui.views.data_plane import DataPlane
from playground.ui.views.sample_side import SampleSide
from playground.ui.widgets.controls import button, combo, spin, toolbar
from playground.ui.widgets.layers import Cloud, Handle, Legend, Lines
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.plane import Plane

Array = np.ndarray
PICTURES = (16, 36, 64, 100, 144, 225)
POINTS = (200, 500, 1000, 2000)


class SamplesView(StageView):
    """A grid of generated pictures, or generated points over the data's density."""

    name = "samples"
    title = "Samples"
    hint = (
        "New items drawn from the model: noise goes in, data comes out. Watch the same noise turn into better and better samples."
    )

    picked = Signal(object, str)  # latent z (d,) and the endpoint "A" or "B" that it shall be

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.samples: m.Samples | None = None
        self._chosen, self._told, self._nearest_id = -1, -1, 0
        self.count = combo([str(n) for n in PICTURES], "How many samples are drawn", lambda _: self._ask_now(), 2)
        self.seed = spin(
            0, 999_999, 0, "Seed of the noise z ~ N(0, 1). The same seed gives the same z at every step.", self._reseed
        )
        self.dice = button("⚄ New noise", "Draw other noise: the next seed", lambda: self.seed.setValue(self.seed.value() + 1))
        self.column.addLayout(toolbar("Samples", self.count, "Seed", self.seed, self.dice))
        self.column.addWidget(self.note)
        self.grid = PictureGrid("Samples appear here in a moment.")
        self.grid.setToolTip("Click a sample to see it large and to use it as an endpoint of an interpolation.")
        self.grid.hovered.connect(self._look_at)
        self.grid.clicked.connect(self._choose)
        self.plane = Plane("Samples appear here in a moment.", axes=True)
        self.plane.setToolTip("Click a point to use its z as an endpoint of an interpolation. Blue: the data's density.")
        self.plane.pressed.connect(self._choose_near)
        self.plane.hovered.connect(self._look_near)
        self.plane.left.connect(lambda: self._look_at(-1))
        self.data = DataPlane(self)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.grid)
        self.stack.addWidget(self.plane)
        self.side = SampleSide()
        self.side.use.connect(self._pick)
        self.facts, self.large = self.side.facts, self.side.large
        self.box = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.box.addWidget(self.stack, 1)
        self.box.addWidget(self.side)
        self.column.addLayout(self.box, 1)
        self.quiet.add("nearest")
        self.answers |= {"draw": self._show, "nearest": self._show_nearest}

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        beside = self.side.fit(self.width(), self.height())
        self.box.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)

    # ------------------------------------------------------------ context
    def clear(self) -> None:
        self.samples, self._chosen, self._told, self._nearest_id = None, -1, -1, 0
        self.plane.show_layers([])
        self.plane.live = []
        self.stack.setCurrentWidget(self.plane if self.is_points else self.grid)
        sizes = POINTS if self.is_points else PICTURES
        self.count.blockSignals(True)
        self.count.clear()
        self.count.addItems([str(n) for n in sizes])
        self.count.setCurrentIndex(2)
        self.count.blockSignals(False)
        self.grid.accent = self.accent
        self.grid.set_pictures(None)
        self.side.reset(self.accent, self.is_points)
        self._fit()

    def on_data(self) -> None:
        self._draw_points()

    # ------------------------------------------------------------ asking
    def _request(self) -> m.DrawSamples:
        return m.DrawSamples(n=int(self.count.currentText()), seed=self.seed.value())

    def refresh(self) -> None:
        if self.is_points:
            self.data.refresh()
            self._draw_points()
        self.ask("draw", self._request())

    def _ask_now(self) -> None:
        self.ask_now("draw", self._request())

    def _reseed(self, _seed: int) -> None:
        self._chosen = -1
        self.grid.set_marks({})
        self._ask_now()

    # ------------------------------------------------------------ showing
    def _show(self, answer: m.Samples) -> None:
        self.samples = answer
        if self.is_points:
            self._draw_points()
        else:
            self.grid.set_pictures(answer.x)
        shown = self._told if self.is_points else self.grid.current
        self._look_at(shown if shown < len(answer.x) else -1)

    def _draw_points(self) -> None:
        if self.samples is None or not self.data.known:
            return
        cloud = Cloud(self.samples.x, role=self.accent, size=4.5, alpha=0.9)
        signs = Legend([("data", "density of the data", "dot"), (self.accent, "samples of the model", "dot")])
        self.plane.show_layers([*self.data.layers(), cloud, signs], self.data.bounds)
        self._mark_point()

    def _mark_point(self, index: int = -1, nearest: Array | None = None) -> None:
        """The sample that is looked at, with a line to its nearest training point."""
        self.plane.live = []
        index = index if index >= 0 else self._chosen
        if self.samples is not None and self.is_points and 0 <= index < len(self.samples.x):
            x, y = self.samples.x[index]
            if nearest is not None:
                self.plane.live = [Lines([np.stack([self.samples.x[index], nearest])], "text"), _dot(nearest, "data")]
            self.plane.live.append(_dot((x, y), self.accent))
        self.plane.update()

    def _look_at(self, index: int) -> None:
        self._tell(index if index >= 0 else max(self._chosen, 0))

    def _tell(self, index: int) -> None:
        """One sample in large, its numbers, and a question: what is it like?"""
        if self.samples is None or not len(self.samples.x):
            return
        index = min(index, len(self.samples.x) - 1)
        if index != self._told:
            self.side.forget_nearest()
        self._told = index
        self.side.show_sample(self.samples, index)
        self._mark_point(index)
        self._nearest_id = self.ask_along("nearest", m.Nearest(z=self.samples.z[index : index + 1]))

    def _show_nearest(self, answer: m.NearestOf) -> None:
        if answer.request_id == self._nearest_id:
            self.side.show_nearest(answer)
            if self.is_points:
                self._mark_point(self._told, answer.x[0])

    # ------------------------------------------------------------ picking
    def _choose(self, index: int) -> None:
        self._chosen = index
        self.grid.set_marks({index: "●"})
        self._tell(index)

    def _choose_near(self, x: float, y: float) -> None:
        self._chosen = self._near(x, y)
        self._tell(self._chosen)

    def _look_near(self, x: float, y: float) -> None:
        """The mouse moves over the plane."""
        index = self._near(x, y)
        if index != self._told:
            self._look_at(index)

    def _near(self, x: float, y: float) -> int:
        """The sample nearest to a place of the plane, -1 without samples."""
        if self.samples is None or not len(self.samples.x):
            return -1
        return int(np.square(self.samples.x - np.array([x, y])).sum(1).argmin())

    def _pick(self, letter: str) -> None:
        index = self._told
        if self.samples is not None and 0 <= index < len(self.samples.z):
            z = self.samples.z[index].copy()
            self.picks.put(letter, z)
            self.picked.emit(z, letter)
            self.say(f"Sample {index + 1} is now {letter} in Interpolate{'' if letter == 'C' else ' and on the map'}.")

    def contextMenuEvent(self, event: object) -> None:
        """The same choices under the right mouse button."""
        if not self.side.use_a.isEnabled():
            return
        menu = QMenu(self)
        for letter in "ABC":
            action = QAction(f"Use as {letter}", menu)
            action.triggered.connect(lambda _=False, chosen=letter: self._pick(chosen))
            menu.addAction(action)
        menu.exec(QCursor.pos())

    def on_theme(self) -> None:
        super().on_theme()
        self._draw_points()


def _dot(at: Sequence[float] | Array, role: str) -> Handle:
    return Handle(float(at[0]), float(at[1]), role=role, ring=False, radius=6)
