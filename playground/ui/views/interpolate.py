"""Several paths through latent space at once, by frames or as a loop, and the same in pixel space for contrast."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import StageView, card
from playground.ui.views.data_plane import DataPlane
from playground.ui.views.export import ExportButton, Material
from playground.ui.views.film import default_path, film_of_pictures, film_of_planes
from playground.ui.views.path_card import PATHS
from playground.ui.widgets.controls import Segmented, button, spin, toolbar
from playground.ui.widgets.layers import Cloud, Handle, Legend, Lines
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.plane import Layer, Plane
from playground.ui.widgets.play_bar import PlayBar

Array = np.ndarray
AMONG = 1000  # endpoints from data are picked among the first so many held-out items


class InterpolateView(StageView):
    """Endpoints from data, at random, or the A and B of map and samples."""

    name = "interpolate"
    title = "Interpolate"
    hint = "Walk from one item to another through the latent space: the items in between were never in the data."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: m.Interpolation | None = None
        self._build_toolbars()
        self.strips = PictureGrid("Paths appear here in a moment.", columns=11)
        self.strips.setToolTip("One row a path: A on the left, B on the right. Click a picture to move the slider there.")
        self.strips.clicked.connect(self._go_to)
        self.large = PictureGrid("", gap=8, surface="card")
        self.large.setToolTip("All paths at the place of the slider")
        self.plane = Plane("Paths appear here in a moment.")
        self.plane.setToolTip("The paths as the decoder draws them, over the data's density. Dots: the frames.")
        self.data = DataPlane(self)
        self._build_stage()
        self.answers["paths"] = self._show

    def _build_toolbars(self) -> None:
        self.source = Segmented([
            ("data", "From data", "Endpoints are the codes of held-out items"),
            ("random", "Random", "Endpoints are noise z ~ N(0, I)"),
            ("ab", "A and B", "One path from A to B: drag them on the latent map, or choose them among the samples"),
        ])  # fmt: skip
        self.source.changed.connect(lambda _: self._ask_now())
        self.pairs = spin(1, 8, 4, "How many paths are shown at once", self._ask_now)
        self.frames = spin(3, 33, 11, "Pictures on each path, ends included", self._ask_now)
        self.seed = spin(0, 999_999, 0, "Which endpoints: the same number gives the same ones", self._ask_now)
        self.dice = button("⚄ Others", "Other endpoints: the next number", lambda: self.seed.setValue(self.seed.value() + 1))
        self.path = Segmented(PATHS)
        self.path.changed.connect(lambda _: self._ask_now())
        self.pixel = button("Pixel space", "Below each path, its ends mixed pixel by pixel: that fades where the model transforms",
                            lambda: self._draw(), checkable=True)  # fmt: skip
        self.column.addLayout(
            toolbar(
                self.source,
                "Seed",
                self.seed,
                self.dice,
                self.path,
                "Paths",
                self.pairs,
                "Frames",
                self.frames,
                self.pixel,
            )
        )
        self.column.addWidget(self.note)

    def _build_stage(self) -> None:
        pictures, self.pictures = QVBoxLayout(), QWidget()
        pictures.setContentsMargins(0, 0, 0, 0)
        pictures.setSpacing(theme.SPACE_S)
        self.pictures.setLayout(pictures)
        frame, inside = card(margins=theme.SPACE_S)
        inside.addWidget(self.large)
        pictures.addWidget(self.strips, 3)
        pictures.addWidget(frame, 2)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.pictures)
        self.stack.addWidget(self.plane)
        self.column.addWidget(self.stack, 1)
        self.bar = PlayBar()
        self.bar.frame_changed.connect(self._show_frame)
        self.export = ExportButton(self._material, "interpolation")
        self.export.finished.connect(self.say)
        foot = QHBoxLayout()
        foot.addWidget(self.bar, 1)
        foot.addWidget(self.export)
        self.column.addLayout(foot)

    def _go_to(self, index: int) -> None:
        """A picture of a strip was clicked."""
        if self.shown is not None:
            self.bar.slider.setValue(index % self.shown.frames.shape[1])

    # ------------------------------------------------------------ context
    def clear(self) -> None:
        self.shown = None
        self.plane.live = []
        self.plane.show_layers([])
        for grid in (self.strips, self.large):
            grid.accent = self.accent
            grid.set_pictures(None)
        self.bar.set_count(0)
        self.path.choose(default_path(self.context))
        self.source.choose("data")
        self.source.enable("ab", self.picks.both)
        self.stack.setCurrentWidget(self.plane if self.is_points else self.pictures)
        what = "Straight line x" if self.is_points else "Pixel space"
        self.pixel.setText(what)

    def on_pick(self, letter: str) -> None:
        """A or B was chosen among the samples or on the map."""
        self.source.enable("ab", self.picks.both)
        if self.source.key() == "ab" and self.isVisible():
            self._ask_now()

    def on_data(self) -> None:
        self._draw()

    # ------------------------------------------------------------ asking
    def request(self) -> m.Interpolate:
        """The paths wanted now."""
        frames, path, rng = self.frames.value(), self.path.key(), np.random.default_rng(self.seed.value())
        if self.source.key() == "ab" and self.picks.both:
            a, b = self.picks.ends["A"][None], self.picks.ends["B"][None]
            return m.Interpolate(a=a, b=b, frames=frames, path=path)
        if self.source.key() == "random":
            a, b = rng.standard_normal((2, self.pairs.value(), self.latent_dim)).astype(np.float32)
            return m.Interpolate(a=a, b=b, frames=frames, path=path)
        pick = rng.choice(AMONG, (self.pairs.value(), 2), replace=False)
        return m.Interpolate(pick=tuple((int(i), int(j)) for i, j in pick), frames=frames, path=path)

    def refresh(self) -> None:
        if self.is_points:
            self.data.refresh()
        self.ask("paths", self.request())
        if self.is_points:
            self._draw()

    def _ask_now(self, _value: int = 0) -> None:
        self.pairs.setEnabled(self.source.key() != "ab")
        self.ask_now("paths", self.request())

    # ------------------------------------------------------------ showing
    def _show(self, answer: m.Interpolation) -> None:
        self.shown = answer
        self.bar.set_count(answer.frames.shape[1])
        self._draw()

    def _draw(self) -> None:
        if self.shown is None:
            return
        self._draw_points() if self.is_points else self._draw_pictures()
        self._show_frame(self.bar.frame)

    def rows(self) -> Array:
        """Paths (P, F, ...); with pixel space on, each followed by its contrast."""
        assert self.shown is not None
        if not self.pixel.isChecked():
            return self.shown.frames
        both = np.stack([self.shown.frames, self.shown.pixel], axis=1)
        return both.reshape(-1, *self.shown.frames.shape[1:])

    def _draw_pictures(self) -> None:
        rows = self.rows()
        p, f = rows.shape[:2]
        self.strips.columns = f
        self.strips.row_labels = ("model", "pixels") * (p // 2) if self.pixel.isChecked() else ()
        self.strips.set_pictures(rows.reshape(p * f, *rows.shape[2:]))

    def _draw_points(self) -> None:
        if self.shown is None or not self.data.known:
            return
        layers: list[Layer] = list(self.data.layers())
        signs = [("data", "data density", "dot"), (self.accent, "decoded path", "line")]
        if self.pixel.isChecked():
            layers.append(Lines(list(self.shown.pixel), "text", 1.5, dashed=True))
            signs.append(("text", "straight line in x", "dash"))
        layers.append(Lines(list(self.shown.frames), self.accent, 2.2))
        layers += [Cloud(path, role=self.accent, size=5) for path in self.shown.frames]
        self.plane.show_layers([*layers, Legend(signs)], self.data.bounds)

    def _show_frame(self, frame: int) -> None:
        if self.shown is None or frame >= self.shown.frames.shape[1]:
            return
        if self.is_points:
            spots = self.shown.frames[:, frame].tolist()
            self.plane.live = [Handle(x, y, role=self.accent, ring=False, radius=6) for x, y in spots]
            self.plane.update()
            return
        self.strips.set_cursor_column(frame)
        rows = self.rows()[:, frame]
        if self.pixel.isChecked():
            rows = np.stack([rows[0::2], rows[1::2]], axis=1)
            self.large.row_labels = ("model", "pixels")
        else:
            self.large.row_labels = ()
        self.large.set_pictures(rows)

    def _material(self) -> Material | None:
        if self.shown is None or self.context is None:
            return None
        if self.is_points:
            return film_of_planes(
                self.plane, self.shown.frames.shape[1], self.bar.slider.setValue, self.bar.fps, self.context.recipe
            )
        return film_of_pictures(self.rows(), self.bar.fps, self.context.recipe)

    def on_theme(self) -> None:
        super().on_theme()
        self._draw()
