"""The kept frames of a chain: scrubbing never goes back to the engine."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from playground.engine import messages as m

Array = np.ndarray
PANES = {
    "x_t": ("xₜ", "The item on its way, as it stands"),
    "x0_pred": ("x̂₀", "What the model believes the end will be"),
    "eps_pred": ("ε̂", "The noise that the model sees in it; grey is none, white and black are ±3"),
    "mean": ("mean", "The mean of the step that led here"),
    "noise": ("noise added", "The fresh noise of the step that led here; grey is none. ODE samplers add none"),
}


class ChainFrames:
    """Frames of one chain in the order of its steps; ``total`` is how many steps it will have."""

    def __init__(self) -> None:
        self.frames: list[m.ChainFrame] = []
        self._minus_t: list[int] = []  # rising, for the search

    def add(self, frame: m.ChainFrame) -> None:
        """The next one; the first (done = 0) begins a new chain."""
        if frame.done == 0 or (self.frames and frame.request_id != self.frames[-1].request_id):
            self.clear()
        self.frames.append(frame)
        self._minus_t.append(-frame.t)

    def clear(self) -> None:
        self.frames.clear()
        self._minus_t.clear()

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def finished(self) -> bool:
        return bool(self.frames) and self.frames[-1].done >= self.frames[-1].total

    @property
    def megabytes(self) -> float:
        """Memory that the frames take."""
        return sum(a.nbytes for f in self.frames[:1] for a in self._arrays(f)) * len(self.frames) / 2**20

    def at(self, t: int) -> m.ChainFrame | None:
        """The frame in force at timestep ``t``: the last one that stands at t or above, the first before that."""
        if not self.frames:
            return None
        index = bisect_left(self._minus_t, -t + 1) - 1  # frames come with falling t
        return self.frames[max(index, 0)]

    def times(self) -> list[int]:
        """The timesteps of the frames, falling; -1 is clean data."""
        return [f.t for f in self.frames]

    def spread(self, count: int) -> list[int]:
        """Indices of at most so many frames, evenly spread, the ends among them."""
        return sorted(set(np.linspace(0, len(self.frames) - 1, min(count, len(self.frames))).round().astype(int).tolist()))

    def trails(self, until: m.ChainFrame) -> Array:
        """Points (n, k, 2) of all frames up to one, for 2-D data."""
        last = self.frames.index(until) + 1
        return np.stack([f.x_t for f in self.frames[:last]], axis=1)

    @staticmethod
    def _arrays(frame: m.ChainFrame) -> list[Array]:
        return [frame.x_t, frame.x0_pred, frame.eps_pred, frame.mean, frame.noise]
