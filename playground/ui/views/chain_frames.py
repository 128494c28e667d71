"""The kept frames of a chain: scrubbing never goes back to the engine.

The engine tells with every frame how the step that led to it was made. Here each frame is kept with the step that *leaves* it, so
that a picture stands beside what the model believes of that very picture: x_t, then what it sees in x_t, then what it makes of it.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from math import isfinite, nan

import numpy as np

from playground.engine import messages as m

Array = np.ndarray
PARTS = ("x0_pred", "eps_pred", "mean", "noise")  # of a step; (n, ...) each
OWN = ("x_t", "latent")  # of the frame itself; not every chain has a latent
KEPT_BYTES = 256 * 2**20  # for one chain; longer ones keep every second step, or every third ...
ROUNDING = 1e-4  # of float32 on the way to units of the data
CLEAN = -1  # the timestep of finished items


@dataclass(frozen=True)
class Place:
    """Where a frame stands: ``done`` steps taken, timestep ``t`` (-1: clean), ``snr`` = alpha_bar / (1 - alpha_bar)."""

    done: int
    t: int
    alpha_bar: float
    snr: float
    nfe: int


@dataclass(frozen=True)
class Leap:
    """The step from one frame to the next: its equation with the numbers in it, and the timesteps at both ends."""

    equation: str
    numbers: dict[str, float]
    start: int
    end: int


@dataclass(frozen=True)
class Moment:
    """One frame as it is shown. ``leap`` and the parts of the step that leaves it; at the last frame, of the step that made it.

    ``parts``: (n, ...) by name, those of PARTS and OWN. ``leap`` is None while nothing is known of the step.
    """

    place: Place
    parts: dict[str, Array]
    leap: Leap | None
    finished: bool


class ChainFrames:
    """Frames of one chain in stacked arrays (rows, n, ...); ``total`` rows are expected, ``count`` can be shown by now."""

    def __init__(self, first: m.ChainFrame) -> None:
        self.steps, self.weights = first.total, first.step
        self.z = first.z
        parts = {name: part for name in (*OWN, *PARTS) if (part := getattr(first, name)) is not None}
        size = sum(part.nbytes for part in parts.values())
        self.stride = max(1, -(-size * (first.total + 1) // KEPT_BYTES))
        self.kept = sorted({*range(0, first.total + 1, self.stride), first.total})
        self._row_of = {done: row for row, done in enumerate(self.kept)}
        self._bytes_a_row = size
        rows = len(self.kept)
        # One block, frame after frame, so that fresh memory is needed a little at a time and not for all parts at once.
        alike = [name for name, part in parts.items() if part.shape == first.x_t.shape and part.dtype == first.x_t.dtype]
        block = np.empty((rows, len(alike), *first.x_t.shape), first.x_t.dtype)
        self.stacks = {name: block[:, i] for i, name in enumerate(alike)}
        self.stacks |= {name: np.empty((rows, *part.shape), part.dtype) for name, part in parts.items() if name not in alike}
        self.places: list[Place] = []
        self.leaps: list[Leap | None] = [None] * rows
        self._minus_t: list[int] = []  # rising, for the search
        self._last = first
        self.count = 0
        self._arrive(first)
        self._write(0, first)
        self.count = 1

    # ------------------------------------------------------------ filling
    def add(self, frame: m.ChainFrame) -> None:
        """The next one. It completes the frame before it, with what the model believed there."""
        before = self._row_of.get(frame.done - 1)
        if before is not None:
            self._write(before, frame)
            self._leave(before, frame)
        row = self._row_of.get(frame.done)
        if row is not None:
            self._arrive(frame)
            if frame.done == frame.total:
                self._write(row, frame)
                self._leave(row, frame)
        self._last = frame

    def _arrive(self, frame: m.ChainFrame) -> None:
        for name in OWN:
            if name in self.stacks:
                self.stacks[name][len(self.places)] = getattr(frame, name)
        n = frame.numbers
        self.places.append(Place(frame.done, frame.t, n.get("alpha_bar_next", nan), n.get("snr", nan), frame.nfe))
        self._minus_t.append(-frame.t)

    def _write(self, row: int, frame: m.ChainFrame) -> None:
        for name in PARTS:
            self.stacks[name][row] = getattr(frame, name)

    def _leave(self, row: int, frame: m.ChainFrame) -> None:
        self.leaps[row] = Leap(frame.equation, frame.numbers, self._last.t, frame.t)
        self.count = max(self.count, row + 1)

    # ------------------------------------------------------------ looking
    @property
    def total(self) -> int:
        """Frames that there will be."""
        return len(self.kept)

    @property
    def finished(self) -> bool:
        return self.count == self.total

    @property
    def n(self) -> int:
        """Items in the chain."""
        return int(self.stacks["x_t"].shape[1])

    @property
    def progress(self) -> tuple[int, int, float]:
        """Steps taken, of how many, and the seconds that are left."""
        return self._last.done, self.steps, self._last.seconds_left

    @property
    def megabytes(self) -> float:
        """Memory that the frames take."""
        return self._bytes_a_row * len(self.places) / 2**20

    def moment(self, index: int) -> Moment:
        """Frame ``index``; arrays are views, not copies."""
        index = min(max(index, 0), self.count - 1)
        parts = {name: stack[index] for name, stack in self.stacks.items()}
        return Moment(self.places[index], parts, self.leaps[index], self.places[index].t == CLEAN)

    def index_at(self, t: int) -> int:
        """The frame in force at timestep ``t``: the last one that stands at t or above (of those that can be shown)."""
        return min(max(bisect_right(self._minus_t, -t) - 1, 0), self.count - 1)

    def spread(self, wanted: int) -> list[int]:
        """Indices of at most so many frames, evenly spread over all that there will be, the ends among them."""
        return sorted(set(np.linspace(0, self.total - 1, min(wanted, self.total)).round().astype(int).tolist()))

    def trail(self, index: int, length: int) -> Array:
        """The last ``length`` places of each item up to a frame: (k, n, ...), oldest first."""
        return self.stacks["x_t"][max(index + 1 - length, 0) : index + 1]

    @property
    def in_latent(self) -> bool:
        """x_t are decoded from a latent space in which the chain runs."""
        return "latent" in self.stacks

    @property
    def noised_data(self) -> bool:
        """Every x_t is data with noise on it, as far as the frames tell."""
        return not self.in_latent and isfinite(self.places[0].alpha_bar)

    def density_level(self, index: int) -> float:
        """alpha_bar of the density to which the points of a frame belong; 1, the data's own, where it has no noise to speak of."""
        return self.moment(index).place.alpha_bar if self.noised_data else 1.0

    @cached_property
    def units(self) -> tuple[Array, float]:
        """Of points: the ``centre`` (2,) and ``scale`` that turn the model's noise into data units, x = centre + scale z.

        Found from the first frame, which is that of z, or of its first numbers; exact but for rounding. Where it is not, as in a
        latent space, the frame's own mean and spread.
        """
        x = self.stacks["x_t"][0].astype(float)
        z = self.z.astype(float).reshape(len(x), -1)[:, : x.shape[1]]
        if z.shape != x.shape:
            return _own_units(x)
        spread = float(((z - z.mean(0)) ** 2).sum())
        scale = float(((z - z.mean(0)) * (x - x.mean(0))).sum()) / spread if spread > 0 else 1.0
        centre = x.mean(0) - scale * z.mean(0)
        exact = np.abs(x - centre - scale * z).max() <= ROUNDING * max(np.abs(x).max(), 1.0)
        return (centre, scale) if exact else _own_units(x)


def _own_units(x: Array) -> tuple[Array, float]:
    """Mean (2,) and spread of points (n, 2)."""
    return x.mean(0), float(x.std(0).mean()) or 1.0
