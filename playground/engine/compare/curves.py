"""The quality of a run while it trained, and what the shape of that curve tells."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

SETTLED = 0.25  # of the training time, before which a setback does not count
TARGET = 0.1  # of the way from real items to one Gaussian that is left at the stated quality


@dataclass
class QualityCurve:
    """Energy distances ``values`` at ``steps`` and ``seconds`` of training, with what real items score: smaller is better."""

    steps: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    floor: float = math.nan
    floor_sd: float = math.nan

    def add(self, step: int, seconds: float, value: float, floor: float, floor_sd: float) -> None:
        """One more look, later than all before; a run taken up again from an earlier step goes over what came after that."""
        while self.steps and self.steps[-1] >= step:
            for column in (self.steps, self.seconds, self.values):
                column.pop()
        self.steps.append(step)
        self.seconds.append(seconds)
        self.values.append(value)
        self.floor, self.floor_sd = floor, floor_sd

    def table(self) -> np.ndarray:
        """Rows of (step, seconds, quality): (n, 3), float64."""
        return np.array([self.steps, self.seconds, self.values], np.float64).reshape(3, -1).T

    def __len__(self) -> int:
        return len(self.values)

    def longest_stall(self) -> float:
        """The longest stretch without improvement, as a share of the training time; NaN of fewer than three looks.

        A look improves if it is below all before by more than the standard deviation of the floor. Time at the floor (within two of
        those) does not count: there nothing is left to improve.
        """
        if len(self) < 3 or self.seconds[-1] <= 0:
            return math.nan
        best, since, longest = math.inf, 0.0, 0.0
        there = self.floor + 2 * self.floor_sd
        for seconds, value in zip(self.seconds, self.values, strict=True):
            longest = max(longest, seconds - since)
            if value < best - self.floor_sd or best == math.inf:
                best, since = value, seconds
            if best <= there:
                break
        return longest / self.seconds[-1]

    def setback(self, gaussian: float) -> float:
        """The largest rise above the best so far, in the last three quarters of the time, as a share of what separates one Gaussian
        (``gaussian``) from real items; NaN of fewer than three looks.
        """
        span = gaussian - self.floor
        if len(self) < 3 or not span > 0:
            return math.nan
        best, worst = math.inf, 0.0
        for seconds, value in zip(self.seconds, self.values, strict=True):
            if not math.isfinite(value):
                return math.inf
            best = min(best, value)
            if seconds >= SETTLED * self.seconds[-1]:
                worst = max(worst, value - best)
        return worst / span

    def seconds_to(self, target: float) -> float:
        """Training time until a look is at ``target`` or below; NaN if none is."""
        return next((s for s, v in zip(self.seconds, self.values, strict=True) if v <= target), math.nan)


def target_quality(floor: float, floor_sd: float, gaussian: float) -> float:
    """The stated quality: nine tenths of the way from one Gaussian to real items; NaN if those two can hardly be told apart."""
    return floor + TARGET * (gaussian - floor) if gaussian - floor > 10 * floor_sd else math.nan
