"""What the views of one run share: the endpoints A and B (and C, a corner), and where its 2-D data lie.

Views are made when first looked at and know nothing of each other; they meet here, by the id of the run on stage. A
and B are chosen among the samples, found for an item or dragged on the map, and walked in Interpolate.
"""

from __future__ import annotations

from weakref import WeakValueDictionary

import numpy as np
from PySide6.QtCore import QObject, Signal

from playground.ui.widgets.heat_map import histogram_density
from playground.ui.widgets.plane import UNIT, Bounds

Array = np.ndarray


class Picks(QObject):
    """Endpoints are latents (d,) by letter. ``changed(letter)`` tells the other views, ``data_known`` speaks of 2-D data."""

    changed = Signal(str)
    data_known = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.ends: dict[str, Array] = {}
        self.bounds: Bounds = UNIT
        self.log_density: Array | None = None  # (R, R) of the data over bounds, in nats
        self.exact = False  # the true density, not a histogram
        self.no_density = False  # asked for, and nobody knows it

    def put_points(self, points: Array) -> None:
        """Data (N, 2): they set the bounds; a smoothed histogram stands in for their density until that is known."""
        if self.log_density is None:
            self.bounds = square_bounds(points)
            self.log_density = histogram_density(points, self.bounds)
            self.data_known.emit()

    def put_density(self, log_density: Array) -> None:
        """The exact density over ``bounds``."""
        if not self.exact:
            self.log_density, self.exact = log_density, True
            self.data_known.emit()

    def put(self, letter: str, z: Array) -> None:
        """Choose an endpoint."""
        self.ends[letter] = np.array(z, np.float32)
        self.changed.emit(letter)

    @property
    def both(self) -> bool:
        return "A" in self.ends and "B" in self.ends


def square_bounds(points: Array, pad: float = 0.12) -> Bounds:
    """A square that holds all but 0.2 % of the points (N, 2) with a margin, on round numbers."""
    low, high = np.quantile(points, 0.002, axis=0), np.quantile(points, 0.998, axis=0)
    centre, half = (low + high) / 2, max(float((high - low).max()) / 2, 1e-6) * (1 + 2 * pad)
    digits = max(0, int(np.ceil(-np.log10(half))) + 1)
    x, y, half = round(float(centre[0]), digits), round(float(centre[1]), digits), round(half, digits)
    return x - half, x + half, y - half, y + half


_of_runs: WeakValueDictionary[str, Picks] = WeakValueDictionary()


def picks_of(run_id: str) -> Picks:
    """The picks of a run; they live as long as a view holds them."""
    picks = _of_runs.get(run_id)
    if picks is None:
        picks = _of_runs[run_id] = Picks()
    return picks
