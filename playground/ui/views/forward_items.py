"""x_0 and many draws of x_t by both ways, side by side: pictures in grids, points on planes with the circles that theory gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.anatomy import heading
from playground.ui.widgets.layers import Cloud, Ellipse, Handle, Heat, Legend
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.pixels import fit
from playground.ui.widgets.plane import Bounds, Layer, Plane

Array = np.ndarray
REACH = 2.7  # standard deviations of N(0, I) that lie on the plane
RADII = (1.0, 2.0)  # circles; they hold 39 % and 86 % of a normal in the plane
COUNTS = (16, 12, 9, 8, 6, 4)  # draws of pictures that are shown
DOTS = 250  # draws of points that are shown
ROOMY = 300  # pixels: a smaller plane has no corner to spare for a legend
WAIT = "x_t appears here in a moment."
JUMP_TIP = "Each draw is made at once: xₜ = √ᾱₜ x₀ + √(1 − ᾱₜ) ε with fresh ε ~ N(0, I) (Ho et al. 2020, eq. 4)."
WALK_TIP = (
    "Each draw is made by t + 1 single steps x ← √αₛ x + √βₛ ε, s = 0 … t, with fresh noise at each (Ho et al. 2020, eq. 2). "
    "The same distribution as by the jump, at t + 1 times the work."
)
POINT_TIP = (
    "On the model’s own scale: 1 is a standard deviation of the data, 0 their mean. "
    "Dashed: the circles of 1 and 2 standard deviations round √ᾱₜ x₀, which hold 39 % and 86 % of the draws."
)


@dataclass(frozen=True)
class Units:
    """Of points: data = ``centre`` (2,) + ``scale`` * the model's numbers."""

    centre: Array
    scale: float

    @classmethod
    def of(cls, answer: m.Diffused) -> Units:
        """Found from draws that are given in both units."""
        x = np.asarray(answer.jump, float)
        z = np.asarray(answer.values_jump, float).reshape(-1, 2)[: len(x)]
        spread = float(((z - z.mean(0)) ** 2).sum())
        scale = float(((z - z.mean(0)) * (x - x.mean(0))).sum()) / spread if spread > 0 else 1.0
        return cls(x.mean(0) - scale * z.mean(0), scale)

    def inward(self, x: Array) -> Array:
        """Data (N, 2) on the model's scale."""
        return np.asarray((x - self.centre) / self.scale)

    def inner_bounds(self, bounds: Bounds) -> Bounds:
        (x0, y0), (x1, y1) = self.inward(np.array([[bounds[0], bounds[2]], [bounds[1], bounds[3]]])).tolist()
        return x0, x1, y0, y1


def clean(answer: m.Diffused, points: bool) -> Array:
    """x_0 (1, ...) on the model's scale."""
    return Units.of(answer).inward(answer.x0) if points else answer.x0 / 127.5 - 1


def square_round(data: Bounds) -> Bounds:
    """A square round 0 that holds the data and nearly all of N(0, I)."""
    half = max(REACH, *(abs(v) for v in data))
    return -half, half, -half, half


def fitting(grid: PictureGrid, pictures: Array) -> int:
    """How many of these (N, H, W[, 3]) a grid holds at twice their size or more: fewer, where the stage is small."""
    ratio = grid.devicePixelRatioF()
    room = (int(grid.height() * ratio), int(grid.width() * ratio))
    size = (pictures.shape[1], pictures.shape[2])
    return next((n for n in COUNTS if fit(n, size, room, gap=int(grid.gap * ratio)).scale >= 2), COUNTS[-1])


class PictureRow(QWidget):
    """x_0 at the left, a grid of draws for each way."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.answer: m.Diffused | None = None
        self.x0, self.jump, self.walk = grids = [PictureGrid("" if i == 0 else WAIT, gap=3) for i in range(3)]
        self.titles = [heading("x₀", "The clean item"), heading("", JUMP_TIP), heading("", WALK_TIP)]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_M)
        for i, (grid, title) in enumerate(zip(grids, self.titles, strict=True)):
            grid.setToolTip(title.toolTip())
            grid.align_left = True
            grid.setAccessibleName(("clean item", "draws by one jump", "draws by single steps")[i])
            title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            column = QVBoxLayout()
            column.setSpacing(theme.SPACE_XS)
            column.addWidget(title)
            column.addWidget(grid, 1)
            row.addLayout(column, 3 if i == 0 else 5)

    def clear(self) -> None:
        self.answer = None
        for grid in (self.x0, self.jump, self.walk):
            grid.set_pictures(None)

    def show_answer(self, answer: m.Diffused, titles: tuple[str, str, str]) -> None:
        self.answer = answer
        for label, text in zip(self.titles, titles, strict=True):
            label.setText(text)
        self._fill(answer)

    def _fill(self, answer: m.Diffused) -> None:
        n = min(fitting(grid, answer.jump) for grid in (self.jump, self.walk))
        for grid, pictures in ((self.x0, answer.x0), (self.jump, answer.jump[:n]), (self.walk, answer.walk[:n])):
            grid.set_pictures(pictures)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.answer is not None:
            self._fill(self.answer)


class PointRow(QWidget):
    """Two planes: the cloud of each way over the density of the data."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.planes = [Plane(WAIT, title=" ") for _ in range(2)]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        for plane, tip, name in zip(self.planes, (JUMP_TIP, WALK_TIP), ("by one jump", "by single steps"), strict=True):
            plane.setToolTip(f"{tip} {POINT_TIP}")
            plane.setAccessibleName(f"draws {name}")
            row.addWidget(plane, 1)

    def clear(self) -> None:
        for plane in self.planes:
            plane.title = " "
            plane.show_layers([])

    def show_answer(self, answer: m.Diffused, titles: tuple[str, str, str], data: list[Heat]) -> None:
        """``data``: the density of the data, over bounds in data units."""
        units, a = Units.of(answer), float(answer.alpha_bar[answer.t])
        x0 = units.inward(answer.x0)[0]
        under: list[Layer] = [Heat(h.image, units.inner_bounds(h.bounds)) for h in data]
        bounds = square_round(under[0].bounds) if data else square_round((-REACH, REACH, -REACH, REACH))  # type: ignore[attr-defined]
        (cx, cy), sigma = (a**0.5 * x0).tolist(), (1 - a) ** 0.5
        rings = [Ellipse((cx, cy), (r * sigma, r * sigma), "theory", dashed=True, width=1.8) for r in RADII]
        start = Handle(float(x0[0]), float(x0[1]), role="data", ring=False, radius=5)
        values = (answer.values_jump, answer.values_walk)
        for plane, title, draws in zip(self.planes, titles[1:], values, strict=True):
            cloud = Cloud(np.asarray(draws, float).reshape(-1, 2)[:DOTS], role="text", size=3.2)
            roomy = min(plane.width(), plane.height()) > ROOMY
            plane.title, plane.x_label = title, "standard deviations of the data" if roomy else ""
            plane.show_layers([*under, cloud, *rings, start, *([self._legend()] if roomy else [])], bounds)

    @staticmethod
    def _legend() -> Legend:
        signs = [("data", "data, and x₀", "dot"), ("text", "draws of xₜ", "dot"), ("theory", "theory: 1σ, 2σ", "dash")]
        return Legend(signs, "bottom left")


class ForwardItems(QWidget):
    """Whichever of the two suits the data."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pictures, self.points = PictureRow(), PointRow()
        self.rows = QStackedLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.addWidget(self.pictures)
        self.rows.addWidget(self.points)

    def reset(self, points: bool) -> None:
        """A new run."""
        self.rows.setCurrentWidget(self.points if points else self.pictures)
        self.pictures.clear()
        self.points.clear()

    def show_answer(self, answer: m.Diffused, data: list[Heat]) -> None:
        steps = answer.t + 1
        titles = ("x₀", "xₜ by one jump", f"xₜ by {steps:,} single step{'s' if steps > 1 else ''}")
        if self.rows.currentWidget() is self.points:
            self.points.show_answer(answer, titles, data)
        else:
            self.pictures.show_answer(answer, titles)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 150)
