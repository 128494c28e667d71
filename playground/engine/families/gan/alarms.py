"""What a health watch is made of: a training in blocks of steps, and alarms that neither flutter nor shout at a single bad step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

BLOCK = 25  # steps that one median stands for
KEPT = 400  # blocks that are remembered: 10,000 steps


class Blocks:
    """Medians of every scalar over blocks of 25 steps: one wild step moves none of them.

    The same steps give the same blocks, however they are cut into reports.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.steps = np.zeros(0, np.int64)  # (K,) last step of each block
        self.table = np.zeros((0, len(names)))  # (K, scalars); NaN for a scalar that is not reported
        self._waiting = np.zeros((0, 1 + len(names)))  # rows (step, scalars...) of a block that is not full yet

    def feed(self, steps: np.ndarray, scalars: Mapping[str, np.ndarray]) -> list[int]:
        """Take in a report of (n,) ``steps``; the places in :attr:`table` of the blocks it has filled, oldest first."""
        missing = np.full(len(steps), np.nan)
        rows = np.stack([steps, *(scalars.get(name, missing) for name in self.names)], 1).astype(float)
        rows = np.concatenate([self._waiting, rows])[-KEPT * BLOCK :]
        full = len(rows) // BLOCK
        cut = rows[: full * BLOCK].reshape(full, BLOCK, rows.shape[1])  # (new, 25, 1 + scalars)
        self._waiting = rows[full * BLOCK :]
        self.steps = np.concatenate([self.steps, cut[:, -1, 0].astype(np.int64)])[-KEPT:]
        self.table = np.concatenate([self.table, np.median(cut[:, :, 1:], axis=1)])[-KEPT:]
        return list(range(len(self.steps) - full, len(self.steps)))

    def column(self, name: str, end: int) -> np.ndarray:
        """The medians of one scalar up to and with block ``end``."""
        return self.table[: end + 1, self.names.index(name)]


@dataclass
class Alarm:
    """Goes off after ``patience`` looks in a row that are bad, and falls silent after ``relief`` in a row that are good.

    A look that is neither leaves a sounding alarm on and a silent one off. ``since`` is the step of the first bad look.
    """

    patience: int
    relief: int
    on: bool = False
    since: int = 0
    _bad: int = 0
    _good: int = 0

    def look(self, step: int, bad: bool, good: bool) -> None:
        if bad and not self._bad and not self.on:
            self.since = step
        self._bad = self._bad + 1 if bad else 0
        self._good = self._good + 1 if good else 0
        if self._bad >= self.patience:
            self.on = True
        elif self._good >= self.relief:
            self.on = False


def swings(values: np.ndarray, band: float) -> np.ndarray:
    """Places (S,) at which a series (n,) leaves ``band`` about its mean on the other side than it did before."""
    away = values - values.mean()
    side = np.where(away > band, 1, np.where(away < -band, -1, 0))
    outside = np.flatnonzero(side)
    turned = np.flatnonzero(np.diff(side[outside])) + 1
    return outside[turned]


def spoken(steps: int) -> str:
    """A duration in a round number, which does not change at every look: 1, 2 or 5 times a power of ten."""
    steps = max(steps, 1)
    power = 10 ** (len(str(steps)) - 1)
    return f"{max(k * power for k in (1, 2, 5) if k * power <= steps):,}"
