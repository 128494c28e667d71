"""Curves as numbers: growing buffers, smoothing, and the envelope that is drawn in their place. No Qt here.

A million points drawn raw take 53 ms a frame, their min/max envelope 2.6 ms: at most two points a pixel column ever
reach the plot, and a spike between two pixels is still seen.
"""

from __future__ import annotations

import numpy as np

START = 1024
CHUNK = 64  # values whose minimum, maximum and mean are kept, so that long curves cost no more to draw than short ones
FEW_CHUNKS = 4  # a column of fewer is reduced from the values themselves
BLOCK = 256  # of the smoothing, so that weights within one stay far from underflow


class Buffer:
    """Steps and values of one curve, appended to in amortised constant time, with a smoothed copy, made when it is looked at."""

    def __init__(self) -> None:
        self.n = 0
        self.weight = 0.0  # of the past in the exponential moving average; 0 is off
        self._steps = np.empty(START, dtype=np.float64)
        self._values = np.empty(START, dtype=np.float64)
        self._smooth = np.empty(START, dtype=np.float64)
        self._low, self._high, self._mean = np.empty(0), np.empty(0), np.empty(0)  # of whole chunks
        self._smoothed = 0  # values of which the smoothed copy is known
        self._reduced = 0  # chunks for which they are known

    @property
    def steps(self) -> np.ndarray:
        return self._steps[: self.n]

    @property
    def values(self) -> np.ndarray:
        return self._values[: self.n]

    @property
    def smooth(self) -> np.ndarray:
        """The smoothed values; the values themselves while smoothing is off."""
        if not self.weight:
            return self.values
        self._extend_smooth()
        return self._smooth[: self.n]

    @property
    def last(self) -> float:
        """The newest value (smoothed where smoothing is on), NaN while empty."""
        return float(self.smooth[-1]) if self.n else float("nan")

    def append(self, steps: np.ndarray, values: np.ndarray) -> None:
        """Add points with growing steps. Points at or before the last known step (a replay) replace the old."""
        if not len(steps):
            return
        if self.n and steps[0] <= self._steps[self.n - 1]:
            self.n = int(np.searchsorted(self.steps, steps[0]))
            self._smoothed, self._reduced = min(self._smoothed, self.n), min(self._reduced, self.n // CHUNK)
        end = self.n + len(steps)
        self._grow(end)
        self._steps[self.n : end] = steps
        self._values[self.n : end] = values
        self.n = end

    def set_weight(self, weight: float) -> None:
        """Change the smoothing of the whole curve."""
        if weight != self.weight:
            self.weight, self._smoothed, self._reduced = weight, 0, 0

    def nearest(self, step: float) -> int:
        """Index of the point nearest to ``step``; -1 while empty."""
        if not self.n:
            return -1
        i = int(np.searchsorted(self.steps, step))
        if i and (i == self.n or step - self._steps[i - 1] <= self._steps[i] - step):
            return i - 1
        return i

    def clear(self) -> None:
        self.n = self._smoothed = self._reduced = 0

    def envelope(self, x0: float, x1: float, columns: int) -> tuple[np.ndarray, np.ndarray]:
        """The smallest and largest value of each pixel column between ``x0`` and ``x1``: see :func:`envelope`."""
        i0, i1 = visible(self.steps, x0, x1)
        size = (i1 - i0) // max(columns, 1) // CHUNK * CHUNK
        if size < FEW_CHUNKS * CHUNK:
            return envelope(self.steps[i0:i1], self.values[i0:i1], columns)
        self._reduce()
        first, last, ratio = i0 // CHUNK, i1 // CHUNK, size // CHUNK
        whole = first + (last - first) // ratio * ratio
        low = np.fmin.reduce(self._low[first:whole].reshape(-1, ratio), axis=1)
        high = np.fmax.reduce(self._high[first:whole].reshape(-1, ratio), axis=1)
        x = self._steps[first * CHUNK : whole * CHUNK : size // 2][: 2 * len(low)]
        rest = slice(whole * CHUNK, i1)
        end_x, end_y = envelope(self.steps[rest], self.values[rest], 1)
        return np.concatenate([x, end_x]), np.concatenate([np.stack([low, high], axis=1).ravel(), end_y])

    def means(self, x0: float, x1: float, points: int) -> tuple[np.ndarray, np.ndarray]:
        """The smoothed curve between ``x0`` and ``x1`` in about ``points`` points: see :func:`means`."""
        i0, i1 = visible(self.steps, x0, x1)
        size = (i1 - i0) // max(points, 1) // CHUNK * CHUNK
        if size < FEW_CHUNKS * CHUNK:
            return means(self.steps[i0:i1], self.smooth[i0:i1], points)
        self._reduce()
        first, last, ratio = i0 // CHUNK, i1 // CHUNK, size // CHUNK
        whole = first + (last - first) // ratio * ratio
        y = self._mean[first:whole].reshape(-1, ratio).mean(axis=1)
        x = self._steps[first * CHUNK + size // 2 : whole * CHUNK : size][: len(y)]
        return np.append(x, self._steps[i1 - 1]), np.append(y, self.smooth[i1 - 1])

    def _reduce(self) -> None:
        """Bring minimum, maximum and smoothed mean of every whole chunk up to date."""
        done, chunks = self._reduced, self.n // CHUNK
        if len(self._low) < chunks:
            for name in ("_low", "_high", "_mean"):
                setattr(self, name, np.concatenate([getattr(self, name), np.empty(2 * chunks)]))
        if chunks > done:
            part = slice(done * CHUNK, chunks * CHUNK)
            raw = self._values[part].reshape(-1, CHUNK)
            self._low[done:chunks], self._high[done:chunks] = np.fmin.reduce(raw, axis=1), np.fmax.reduce(raw, axis=1)
            self._mean[done:chunks] = self.smooth[part].reshape(-1, CHUNK).mean(axis=1)
            self._reduced = chunks

    def _extend_smooth(self) -> None:
        """Smooth what has been added since it was last looked at: a few times a second, not at every report."""
        start = self._smoothed
        if self.n > start:
            before = float(self._smooth[start - 1]) if start else 0.0
            self._smooth[start : self.n] = smoothed(self._values[start : self.n], self.weight, before, start)
            self._smoothed = self.n

    def _grow(self, size: int) -> None:
        if size <= len(self._steps):
            return
        capacity = max(size, 2 * len(self._steps))
        for name in ("_steps", "_values", "_smooth"):
            bigger = np.empty(capacity, dtype=np.float64)
            bigger[: self.n] = getattr(self, name)[: self.n]
            setattr(self, name, bigger)


def smoothed(values: np.ndarray, weight: float, before: float = 0.0, count: int = 0) -> np.ndarray:
    """Exponential moving average without the bias of its start: e_i = w e_{i-1} + (1 - w) x_i from e_0 = 0, y_i = e_i
    / (1 - w^i).

    So the first values are plain means of all so far (the correction of Adam, Kingma & Ba 2015, section 3). To go on
    after ``count`` values give the last y as ``before``. Values that are not finite repeat the one before them. Done
    in blocks of a matrix, so that a million points take milliseconds: e within a block is that of the block alone
    plus w^k times the last e of the block before.
    """
    x, w = _filled(values, before if count else None), weight
    rows = -(-len(x) // BLOCK)
    padded = np.zeros(rows * BLOCK)
    padded[: len(x)] = x
    inner = padded.reshape(rows, BLOCK) * (1 - w)
    shift = 1
    while shift < BLOCK and w**shift > 1e-12:  # doubling: log2(BLOCK) passes instead of BLOCK
        inner[:, shift:] += w**shift * inner[:, :-shift]
        shift *= 2
    decay = w ** np.arange(1, BLOCK + 1)
    carry = np.empty(rows)
    e = before * (1 - w**count)
    for i, last in enumerate(inner[:, -1]):
        carry[i] = e
        e = last + decay[-1] * e
    biased = (inner + carry[:, None] * decay).ravel()[: len(x)]
    return biased / (1 - w ** np.arange(count + 1.0, count + len(x) + 1.0))


def _filled(values: np.ndarray, before: float | None) -> np.ndarray:
    """Values with those that are not finite replaced by the last finite one before them."""
    good = np.isfinite(values)
    if good.all():
        return np.asarray(values, dtype=np.float64)
    index = np.maximum.accumulate(np.where(good, np.arange(len(values)), -1))
    first = values[good][0] if good.any() else 0.0
    return np.where(index >= 0, values[np.maximum(index, 0)], first if before is None else before)


def envelope(x: np.ndarray, y: np.ndarray, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """What a curve looks like on ``columns`` pixel columns: the smallest and the largest value of each.

    Short curves come back as they are.
    """
    size = len(x) // max(columns, 1)
    if size < 3:
        return x, y
    whole = len(x) // size * size
    blocks = y[:whole].reshape(-1, size)
    out_x, out_y = np.empty(2 * len(blocks)), np.empty(2 * len(blocks))
    out_x[0::2], out_x[1::2] = x[:whole:size], x[size // 2 : whole : size]
    out_y[0::2], out_y[1::2] = np.fmin.reduce(blocks, axis=1), np.fmax.reduce(blocks, axis=1)
    return np.concatenate([out_x, x[whole:]]), np.concatenate([out_y, y[whole:]])


def means(x: np.ndarray, y: np.ndarray, points: int) -> tuple[np.ndarray, np.ndarray]:
    """A smoothed curve in about ``points`` points: the mean of each block, and its very last value.

    For wide, antialiased lines: Qt takes 300 ms to stroke the zigzag of an envelope, and 1 ms for this.
    """
    block = len(x) // max(points, 1)
    if block < 2:
        return x, y
    whole = len(x) // block * block
    out_x, out_y = x[:whole].reshape(-1, block).mean(axis=1), y[:whole].reshape(-1, block).mean(axis=1)
    return np.append(out_x, x[-1]), np.append(out_y, y[-1])


def visible(steps: np.ndarray, x0: float, x1: float) -> tuple[int, int]:
    """First and last index (exclusive) between ``x0`` and ``x1``, and one beyond, so that lines leave the picture."""
    i0 = max(int(np.searchsorted(steps, x0)) - 1, 0)
    return i0, min(int(np.searchsorted(steps, x1, side="right")) + 1, len(steps))


def robust_range(parts: list[np.ndarray], log: bool) -> tuple[float, float] | None:
    """A y range that spikes do not flatten, those of the first steps nor a single bad batch later: from the 0.5th to the
    97th percentile of all, to the 98.5th of the last third, and all of the newest values.

    In logarithms of ten where ``log``. None if there is nothing to show.
    """
    lows, highs = [], []
    for y in parts:
        y = y[np.isfinite(y) & (y > 0)] if log else y[np.isfinite(y)]
        if len(y):
            tail, newest = y[-max(len(y) // 3, 1) :], y[-max(len(y) // 50, 1) :]
            low, high = (float(v) for v in np.quantile(y[:: max(len(y) // 4000, 1)], (0.005, 0.97)))
            tail_low, tail_high = (float(v) for v in np.quantile(tail, (0.015, 0.985)))
            lows.append(min(low, tail_low, float(newest.min())))
            highs.append(max(high, tail_high, float(newest.max())))
    if not lows:
        return None
    low, high = min(lows), max(highs)
    if log:
        low, high = float(np.log10(low)), float(np.log10(high))
    pad = 0.06 * (high - low) or 0.05 * abs(high) or 0.5
    return low - pad, high + pad
