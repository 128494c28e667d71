"""An answered score field as numbers: averages over the data with noise, the difference, the plane that holds it all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from playground.engine import messages as m
from playground.ui.widgets.plane import Bounds

Array = np.ndarray
LIKELY = 4.0  # nats below the peak of p_t: arrows there decide how long all are drawn
REACH = 2.7  # standard deviations of the noise that lie on the plane


@dataclass(frozen=True)
class Scores:
    """Both scores (R, R, 2) on a lattice; ``true`` is None where p_t is not known. In 1/unit of x."""

    answer: m.ScoreFieldOf

    @property
    def at(self) -> Array:
        """The lattice, (R * R, 2)."""
        return self.answer.x.reshape(-1, 2)

    @property
    def learned(self) -> Array:
        return self.answer.learned.reshape(-1, 2)

    @property
    def true(self) -> Array | None:
        return None if self.answer.true is None else self.answer.true.reshape(-1, 2)

    @property
    def difference(self) -> Array | None:
        """What the network gets wrong: learned - true."""
        return None if self.true is None else np.asarray(self.learned - self.true)

    @property
    def log_p(self) -> Array | None:
        """log p_t at the lattice in nats, (R * R,), if it was asked for there."""
        known = self.answer.log_p_t
        return known.ravel() if known is not None and known.shape == self.answer.learned.shape[:2] else None

    @cached_property
    def weight(self) -> Array:
        """Proportional to p_t; even where that is not known."""
        log_p = self.log_p
        return np.ones(len(self.at)) if log_p is None else np.exp(np.nan_to_num(log_p, nan=-np.inf) - np.nanmax(log_p))

    def size(self, vectors: Array | None) -> float:
        """Root mean square length of ``vectors`` (R * R, 2), weighted by p_t; NaN if there are none."""
        if vectors is None:
            return float("nan")
        fine = np.isfinite(vectors).all(1)
        squares = np.square(vectors[fine].astype(float)).sum(1)
        return float(np.sqrt((self.weight[fine] * squares).sum() / max(self.weight[fine].sum(), 1e-300)))

    @property
    def telling(self) -> Array:
        """The arrows where data with this much noise are likely: their lengths are worth a scale."""
        shown = self.learned if self.true is None else self.true
        return np.asarray(shown[self.weight > np.exp(-LIKELY)])

    def nearest(self, x: float, y: float) -> int:
        """The place on the lattice that is nearest to a point."""
        return int(np.square(self.at - [x, y]).sum(1).argmin())

    def thinned(self, most: int) -> Array:
        """Indices of places for arrows: at most so many a side, evenly, the middle among them."""
        side = self.answer.learned.shape[0]
        stride = -(-side // most)
        chosen = np.arange(side)[(side - 1) // 2 % stride :: stride]
        return np.asarray((chosen[:, None] * side + chosen).ravel())


def angle(a: Array, b: Array) -> float:
    """Degrees between two vectors (2,); NaN if one has no length."""
    lengths = float(np.hypot(*a) * np.hypot(*b))
    return float(np.degrees(np.arccos(np.clip(float(a @ b) / lengths, -1, 1)))) if lengths > 0 else float("nan")


def field_bounds(log_density: Array, bounds: Bounds) -> Bounds:
    """A square that holds the data, whose log density (R, R) over ``bounds`` is known, and nearly all of the noise at large t.

    Noise is as wide as the data, round their mean: both are found from the density.
    """
    x0, x1, y0, y1 = bounds
    side = len(log_density)
    p = np.exp(np.nan_to_num(log_density, nan=-np.inf) - np.nanmax(log_density))
    middle = (np.arange(side) + 0.5) / side
    places = (x0 + (x1 - x0) * middle, y0 + (y1 - y0) * middle)
    masses = (p.sum(0) / p.sum(), p.sum(1) / p.sum())
    mean = [float(mass @ place) for mass, place in zip(masses, places, strict=True)]
    square = [float(mass @ (place - c) ** 2) for mass, place, c in zip(masses, places, mean, strict=True)]
    reach = REACH * float(np.mean(square)) ** 0.5
    low, high = (min(x0, mean[0] - reach), min(y0, mean[1] - reach)), (max(x1, mean[0] + reach), max(y1, mean[1] + reach))
    half, cx, cy = max(high[0] - low[0], high[1] - low[1]) / 2, (low[0] + high[0]) / 2, (low[1] + high[1]) / 2
    return cx - half, cx + half, cy - half, cy + half
