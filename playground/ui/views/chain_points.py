"""A chain of points at one frame: over the density at its noise level, with trails, believed ends, score arrows and launches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent
from PySide6.QtWidgets import QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.chain_density import noised
from playground.ui.views.chain_frames import ChainFrames
from playground.ui.widgets.field_map import Border, Clipped
from playground.ui.widgets.flights import Aim, Crosses, Trails
from playground.ui.widgets.forces import ArrowKey, Arrows, fitted_length
from playground.ui.widgets.heat_map import data_table, heat_image, top_of
from playground.ui.widgets.layers import Cloud, Handle, Heat, Legend, Lines, Segments
from playground.ui.widgets.plane import Bounds, Layer, Plane

Array = np.ndarray
TRAIL_PART = 5  # of a chain, at most, is in a trail, but for one step
TRAIL, TRAILED = 11, 200  # frames, and at most so many points: they are painted anew at every frame
RESOLUTION = 96  # of the density
HEATS = 1100  # pictures of it that are kept, 37 kB each: those of a chain of a thousand steps
DOT_SHARE = 120  # a plane is so many points wide, so that they are seen on a projector, too
REACH = 2.7  # standard deviations of the noise that lie on the plane
ROOMY = 300  # pixels: a smaller plane has no corner to spare for a legend
LAYERS = {
    "density": ("Density", "p(xₜ): the density of the data with this frame's noise on it, in blue, from the data's density"),
    "trails": ("Trails", f"The way of each point over the last frames: a fifth of the chain, {TRAIL} at most"),
    "ends": ("x̂₀", "Crosses: where the model believes that each point will end, x̂₀: the mean of x₀ given xₜ, or one "
             "draw of it by networks with a latent z"),
    "step": ("Step", "The next step of each point: to the mean that the sampler computes, then (orange) fresh noise, with SDEs"),
    "learned": ("Score", "The learned score −ε̂/√(1 − ᾱ), per unit of x: the direction in which p(xₜ) rises, as the model sees it"),
    "true": ("True score", "∇ log p(xₜ) of the data with noise, the gradient that the model should have learned (neutral: theory)"),
}  # fmt: skip
SCORES = ("learned", "true")
AT_FIRST = ("density", "trails", "ends")
PLANE_TIP = (
    "Points on their way from noise to data. Click to launch a point from there (arrow keys and Return do the same): "
    "with an ODE the same place always ends at the same place, with an SDE it does not."
)


@dataclass
class Scene:
    """All that is on the plane at one frame. ``launches`` are shown at the same timestep ``t``."""

    frames: ChainFrames
    index: int
    on: frozenset[str]
    log_density: Array | None = None  # of the data, over ``density_bounds``
    density_bounds: Bounds = (0, 1, 0, 1)
    score: m.ScoreFieldOf | None = None
    launches: Sequence[ChainFrames] = ()


class ChainPlane(Plane):
    """``launched(x, y)``: a point shall start from there, in units of the data."""

    launched = Signal(float, float)

    def __init__(self, letter: str, parent: QWidget | None = None) -> None:
        super().__init__("The first chain appears here in a moment.", title=" ", parent=parent)
        self.accent, self.letter = "diffusion", letter
        self.scene: Scene | None = None
        self._aim: Aim | None = None
        self._still_of: tuple[object, ...] = ()
        self._heats: dict[tuple[object, ...], QImage] = {}  # a film comes by the same densities again and again
        self._length = 0.0
        self.setToolTip(PLANE_TIP)
        self.setAccessibleName(f"points of {letter}")
        self.setMinimumSize(150, 140)
        self.pressed.connect(self.launched)

    def reset(self, accent: str) -> None:
        """A new run."""
        self.accent, self.scene, self._aim, self._still_of, self._length = accent, None, None, (), 0.0
        self.live, self.title = [], " "
        self._heats.clear()
        self.show_layers([])

    # ------------------------------------------------------------ showing
    def show_scene(self, scene: Scene, bounds: Bounds, title: str) -> None:
        """A frame of the chain."""
        self.scene = scene
        key = (bounds, title, theme.current().name)
        if key != self._still_of:  # the axes alone: all else may change from frame to frame
            self._still_of, self.title = key, title
            self.show_layers([Border()], bounds)
        self.live = [Clipped(self._layers(scene))]
        self.update()

    def _roomy(self) -> bool:
        return min(self.width(), self.height()) > ROOMY

    def _layers(self, scene: Scene) -> list[Layer]:
        """From the density at the bottom to the legend at the top."""
        layers: list[Layer] = []
        if "density" in scene.on and scene.log_density is not None:
            layers.append(Heat(self._heat(scene, self.bounds), self.bounds))
        legend = [self._legend(scene)] if self._roomy() else []
        return [*layers, *self._arrows(scene), *self._points(scene), *legend]

    def _heat(self, scene: Scene, bounds: Bounds) -> QImage:
        assert scene.log_density is not None
        a = scene.frames.density_level(scene.index)
        key = (a, bounds, scene.density_bounds, id(scene.log_density), theme.current().name)
        if key in self._heats:
            return self._heats[key]
        if len(self._heats) >= HEATS:
            self._heats.clear()
        log_p = noised(scene.log_density, scene.density_bounds, a, scene.frames.units, bounds, RESOLUTION)
        self._heats[key] = heat_image(log_p, top_of(log_p), data_table())
        return self._heats[key]

    def _arrows(self, scene: Scene) -> list[Layer]:
        shown = scene.score
        if shown is None or not scene.on.intersection(SCORES):
            return []
        self._length = fitted_length(shown.learned.reshape(-1, 2), self.bounds[1] - self.bounds[0], self._length)
        at = shown.x.reshape(-1, 2)
        layers: list[Layer] = []
        if "true" in scene.on and shown.true is not None:
            layers.append(Arrows(at, self._length * shown.true.reshape(-1, 2), "theory"))
        if "learned" in scene.on:
            layers.append(Arrows(at, self._length * shown.learned.reshape(-1, 2), self.accent))
        return [*layers, ArrowKey(self._length, f"per unit of x (t = {shown.t})")]

    def _legend(self, scene: Scene) -> Legend:
        words = "data, noised" if scene.frames.noised_data else "data"
        signs = [("data", words, "dot")] * ("density" in scene.on and scene.log_density is not None)
        signs += [(self.accent, "points now", "dot")]
        signs += [("text", "believed end", "cross")] * ("ends" in scene.on)
        signs += [("text", "mean of the step", "line"), ("kl", "its fresh noise", "line")] if "step" in scene.on else []
        if scene.score is not None:
            signs += [(self.accent, "learned score", "line")] * ("learned" in scene.on)
            signs += [("theory", "true score", "line")] * ("true" in scene.on and scene.score.true is not None)
        return Legend(signs)

    def _points(self, scene: Scene) -> list[Layer]:
        frames, index = scene.frames, scene.index
        moment = frames.moment(index)
        layers: list[Layer] = []
        if "trails" in scene.on:
            layers.append(Trails(frames.trail(index, trail_length(frames.steps))[:, :TRAILED], self.accent))
        if "step" in scene.on and not moment.finished:
            mean, noise = moment.parts["mean"], frames.units[1] * moment.parts["noise"]  # the latter comes in the model's units
            layers += [Segments(moment.parts["x_t"], mean, "text", 1.4, 1.0), Segments(mean, mean + noise, "kl", 1.4, 1.0)]
        size = min(max(self.frame().width() / DOT_SHARE, 4.5), 9.0)
        layers.append(Cloud(moment.parts["x_t"], role=self.accent, size=size))
        if "ends" in scene.on and not moment.finished:
            layers.append(Crosses(moment.parts["x0_pred"], arm=0.58 * size, width=0.27 * size))
        for launch in scene.launches:
            layers += self._launch(launch, moment.place.t)
        return [*layers, self._aim] if self._aim is not None and self.hasFocus() else layers

    def _launch(self, launch: ChainFrames, t: int) -> list[Layer]:
        """The way of one launched point, from its ring to where it stands at timestep t."""
        path = launch.trail(launch.index_at(t), launch.total)[:, 0]
        (x, y), (at_x, at_y) = path[0].tolist(), path[-1].tolist()
        return [
            Lines([path], "canvas", 3.6), Lines([path], "text", 1.6), Handle(x, y, role="text", radius=4),
            Handle(at_x, at_y, role="text", ring=False, radius=4),
        ]  # fmt: skip

    # ------------------------------------------------------------ keyboard
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = self.arrow(event)
        if step is not None and self.scene is not None:
            x0, x1, y0, y1 = self.bounds
            old = self._aim or Aim((x0 + x1) / 2, (y0 + y1) / 2)
            self._aim = Aim(min(max(old.x + step[0], x0), x1), min(max(old.y + step[1], y0), y1))
            self.live = [Clipped(self._layers(self.scene))]
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._aim is not None:
            self.launched.emit(self._aim.x, self._aim.y)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._aim = None
        super().focusOutEvent(event)


def trail_length(steps: int) -> int:
    """Frames that a trail goes back: not the whole way of a chain of few steps, which is a tangle."""
    return min(TRAIL, 1 + -(-steps // TRAIL_PART))


def plane_bounds(data: Bounds, units: tuple[Array, float]) -> Bounds:
    """A square that holds the data and nearly all of the noise that chains begin with."""
    centre, scale = units
    low = [min(data[2 * axis], float(centre[axis]) - REACH * scale) for axis in (0, 1)]
    high = [max(data[2 * axis + 1], float(centre[axis]) + REACH * scale) for axis in (0, 1)]
    half = max(high[0] - low[0], high[1] - low[1]) / 2
    x, y = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2
    return x - half, x + half, y - half, y + half
