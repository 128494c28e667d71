"""The chain at a glance: a few of its frames side by side, the present one framed; a click jumps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor

from playground.ui import theme
from playground.ui.views.chain_frames import CLEAN, ChainFrames
from playground.ui.widgets.ink import ink
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.pixels import rgb_of
from playground.ui.widgets.plane import Bounds

Array = np.ndarray
SHOWN = 9
THUMB = 80  # pixels a side, of points
NARROW = 60  # pixels: a narrower picture has no room for more than the number of t
DOT = ((0, 0), (0, 1), (1, 0), (1, 1))  # pixels of a point


class FilmStrip(PictureGrid):
    """``jumped(i)``: frame ``i`` of the first chain was clicked."""

    jumped = Signal(int)

    def __init__(self) -> None:
        super().__init__("", columns=SHOWN)
        self.frames_shown: list[int] = []
        self._drawn: tuple[object, ...] = ()
        self.setToolTip("The chain from noise to data. Click a picture to jump there (arrow keys and Return do the same).")
        self.setAccessibleName("frames of the chain")
        self.clicked.connect(lambda i: self.jumped.emit(self.frames_shown[i]))

    def clear(self) -> None:
        """A new run."""
        self.frames_shown, self._drawn = [], ()
        self.set_cursor(())
        self.set_pictures(None)

    def show_chains(
        self, lanes: Sequence[ChainFrames], leader: ChainFrames, picked: int, bounds: Bounds | None, accent: str
    ) -> None:
        """Chains beneath each other, on the time of the ``leader``; ``bounds`` if they are of points."""
        indices = leader.spread(SHOWN)
        known = tuple(tuple(i < f.count for i in f.spread(SHOWN)) for f in lanes)
        key = (tuple(id(f) for f in (leader, *lanes)), known, picked, bounds, accent, theme.current().name)
        if key == self._drawn:
            return
        self._drawn, self.frames_shown, self.accent = key, indices, accent
        self.row_labels, self.caption_label = (("A", "B"), "t") if len(lanes) > 1 else ((), "")
        times = [leader.places[i].t if i < leader.count else None for i in indices]
        columns = [[self._thumb(f, t, picked, bounds, accent) for f in lanes] for t in times]
        brief = len(lanes) > 1 or self.width() < NARROW * self.columns
        self.set_pictures(np.array(columns), [_caption(t, brief=brief) for t in times])

    @staticmethod
    def _thumb(frames: ChainFrames, t: int | None, picked: int, bounds: Bounds | None, accent: str) -> Array:
        x = frames.stacks["x_t"]
        if t is None or (t < frames.places[frames.count - 1].t and not frames.finished):
            blank = np.zeros(x.shape[2:], np.uint8) if bounds is None else np.zeros((THUMB, THUMB, 3), np.uint8)
            return blank if bounds is None else blank + np.array(rgb_of(ink("canvas")), np.uint8)
        now = x[frames.index_at(t)]
        return now[min(picked, len(now) - 1)] if bounds is None else dots(now, bounds, ink(accent), ink("canvas"))

    def mark(self, frame: int, arrived: int) -> None:
        """Frame the picture nearest to this frame, of those that are there."""
        there = [i for i, shown in enumerate(self.frames_shown) if shown < arrived]
        if there:
            self.set_cursor((min(there, key=lambda i: abs(self.frames_shown[i] - frame)),))


def _caption(t: int | None, *, brief: bool) -> str:
    if t is None:
        return ""
    if t == CLEAN:
        return "x₀" if brief else "clean"
    return str(t) if brief else f"t = {t}"


def dots(points: Array, bounds: Bounds, colour: QColor, ground: QColor, side: int = THUMB) -> Array:
    """Points (n, 2) as a small picture (side, side, 3), top row = largest y."""
    out = np.empty((side, side, 3), np.uint8)
    out[:] = rgb_of(ground)
    x0, x1, y0, y1 = bounds
    u = ((points[:, 0] - x0) / (x1 - x0) * (side - 1)).astype(int)
    v = ((y1 - points[:, 1]) / (y1 - y0) * (side - 1)).astype(int)
    for du, dv in DOT:
        inside = (u + du >= 0) & (u + du < side) & (v + dv >= 0) & (v + dv < side)
        out[v[inside] + dv, u[inside] + du] = rgb_of(colour)
    return out
