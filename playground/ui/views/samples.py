"""Samples of the model, always from the same noise, so that successive pictures compare."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QStackedWidget, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui.views.common import StageView, number, z_text
from playground.ui.views.data_plane import DataPlane
from playground.ui.widgets.controls import button, combo, spin, toolbar
from playground.ui.widgets.layers import Cloud, Handle, Legend
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.plane import Plane

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
        self._chosen = -1
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
        self.data = DataPlane(self)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.grid)
        self.stack.addWidget(self.plane)
        self._build_side()
        self.answers["draw"] = self._show

    def _build_side(self) -> None:
        """The large picture and its z."""
        self.large = PictureGrid("Hover or click a sample to see it large.")
        self.large.setFixedWidth(168)
        self.large.setFixedHeight(168)
        self.facts = QLabel("")
        self.facts.setWordWrap(True)
        self.use_a = button(
            "Use as A",
            "Make this sample's z the start of the path in Interpolate and on the map",
            lambda: self._pick("A"),
        )
        self.use_b = button(
            "Use as B",
            "Make this sample's z the end of the path in Interpolate and on the map",
            lambda: self._pick("B"),
        )
        self.side = QWidget()
        self.side.setFixedWidth(168)
        column = QVBoxLayout(self.side)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.large, self.facts, self.use_a, self.use_b):
            column.addWidget(widget)
        column.addStretch(1)
        row = QHBoxLayout()
        row.addWidget(self.stack, 1)
        row.addWidget(self.side)
        self.column.addLayout(row, 1)

    # ------------------------------------------------------------ context
    def clear(self) -> None:
        self.samples, self._chosen = None, -1
        self.plane.show_layers([])
        self.plane.live = []
        self.stack.setCurrentWidget(self.plane if self.is_points else self.grid)
        sizes = POINTS if self.is_points else PICTURES
        self.count.blockSignals(True)
        self.count.clear()
        self.count.addItems([str(n) for n in sizes])
        self.count.setCurrentIndex(2)
        self.count.blockSignals(False)
        self.large.setVisible(not self.is_points)
        for grid in (self.grid, self.large):
            grid.accent = self.accent
            grid.set_pictures(None)
        self._tell(-1)

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
        self._look_at(self.grid.current)

    def _draw_points(self) -> None:
        if self.samples is None or not self.data.known:
            return
        cloud = Cloud(self.samples.x, role=self.accent, size=4.5, alpha=0.9)
        signs = Legend([("data", "density of the data", "dot"), (self.accent, "samples of the model", "dot")])
        self.plane.show_layers([*self.data.layers(), cloud, signs], self.data.bounds)
        self._mark_point()

    def _mark_point(self) -> None:
        self.plane.live = []
        if self.samples is not None and self.is_points and 0 <= self._chosen < len(self.samples.x):
            x, y = self.samples.x[self._chosen]
            self.plane.live = [Handle(float(x), float(y), role=self.accent, ring=False, radius=6)]
        self.plane.update()

    def _look_at(self, index: int) -> None:
        self._tell(index if index >= 0 else max(self._chosen, 0))

    def _tell(self, index: int) -> None:
        """The large picture and the numbers of one sample."""
        there = self.samples is not None and 0 <= index < len(self.samples.x)
        for widget in (self.use_a, self.use_b):
            widget.setEnabled(there)
        if not there or self.samples is None:
            self.facts.setText("")
            self.large.set_pictures(None)
            return
        z = self.samples.z[index]
        lines = [f"<b>Sample {index + 1}</b>", z_text(z), f"|z| = {number(float(np.linalg.norm(z)))}"]
        if self.is_points:
            x = self.samples.x[index]
            lines.append(f"x = ({number(x[0])}, {number(x[1])})")
        else:
            self.large.set_pictures(self.samples.x[index : index + 1])
        lines.append(f"<span>{len(self.samples.x)} in {self.samples.elapsed_ms:.0f} ms</span>")
        self.facts.setText("<br>".join(lines))

    # ------------------------------------------------------------ picking
    def _choose(self, index: int) -> None:
        self._chosen = index
        self.grid.set_marks({index: "●"})
        self._tell(index)

    def _choose_near(self, x: float, y: float) -> None:
        if self.samples is None or not len(self.samples.x):
            return
        self._chosen = int(np.square(self.samples.x - np.array([x, y])).sum(1).argmin())
        self._mark_point()
        self._tell(self._chosen)

    def _pick(self, letter: str) -> None:
        index = self.grid.current if self.grid.current >= 0 and not self.is_points else self._chosen
        index = self._chosen if self._chosen >= 0 else index
        if self.samples is not None and 0 <= index < len(self.samples.z):
            z = self.samples.z[index].copy()
            self.picks.put(letter, z)
            self.picked.emit(z, letter)
            self.say(f"Sample {index + 1} is now endpoint {letter} in Interpolate and on the latent map.")

    def contextMenuEvent(self, event: object) -> None:
        """The same two choices under the right mouse button."""
        if not self.use_a.isEnabled():
            return
        menu = QMenu(self)
        for letter in "AB":
            action = QAction(f"Use as endpoint {letter}", menu)
            action.triggered.connect(lambda _=False, chosen=letter: self._pick(chosen))
            menu.addAction(action)
        menu.exec(QCursor.pos())

    def on_theme(self) -> None:
        super().on_theme()
        self._draw_points()
