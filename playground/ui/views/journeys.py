"""Ways through a latent space, and what is decoded along them: between two ends, over a grid of analogies, at random for ever.

Plain arithmetic on arrays, without a window. z is (N, d); what it becomes, x, is (N, ...): pictures or points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from playground.engine import messages as m

Array = np.ndarray
PARALLEL = 1e-4  # sine of the angle below which no arc is defined


@dataclass(frozen=True)
class Journey:
    """Everything decoded on the way, and the order in which it is walked.

    ``frames`` (F, P): at frame f the items ``x[frames[f]]`` are shown side by side. A ``closed`` journey starts over at its end,
    the others turn round. ``lines`` connect items, where these are points. ``columns`` arranges pictures in rows (0: as fits).
    """

    x: Array  # (N, ...)
    z: Array  # (N, d)
    frames: Array  # (F, P) indices
    lines: tuple[Array, ...]
    columns: int = 0
    closed: bool = False
    marks: Mapping[int, str] = field(default_factory=dict)  # letters on items
    pixel: Array | None = None  # (N, ...): the same ways through pixel space

    @property
    def length(self) -> int:
        """Number of frames."""
        return len(self.frames)

    def with_pixel(self) -> Journey:
        """Each row of the model followed by the same through pixel space."""
        assert self.pixel is not None
        p, f = self.frames.shape[1], self.columns
        rows = np.stack([part.reshape(p, f, *part.shape[1:]) for part in (self.x, self.pixel)], axis=1)
        index = np.arange(2 * p * f).reshape(2 * p, f)
        return replace(self, x=rows.reshape(2 * p * f, *self.x.shape[1:]), frames=index.T, lines=tuple(index), pixel=None)


# ---------------------------------------------------------------- between pairs of ends
def along_paths(answer: m.Interpolation) -> Journey:
    """Each path a row; all of them are walked at once."""
    p, f = answer.frames.shape[:2]
    index = np.arange(p * f).reshape(p, f)
    x, pixel = (part.reshape(p * f, *part.shape[2:]) for part in (answer.frames, answer.pixel))
    return Journey(x, answer.z.reshape(p * f, -1), index.T, tuple(index), f, pixel=pixel)


# ---------------------------------------------------------------- analogies
def slerp(a: Array, b: Array, t: Array) -> Array:
    """Great-circle arc whose length goes linearly from |a| to |b| (Shoemake 1985). a, b (..., d); t (...,) or a number.

    Parallel, opposite or vanishing ends, for which no arc is defined, are joined by the straight line.
    """
    a, b, t = np.asarray(a, np.float64), np.asarray(b, np.float64), np.asarray(t)[..., None]
    length_a, length_b = (np.linalg.norm(v, axis=-1, keepdims=True) for v in (a, b))
    u, v = a / np.maximum(length_a, 1e-30), b / np.maximum(length_b, 1e-30)
    omega = np.arccos(np.clip((u * v).sum(-1, keepdims=True), -1, 1))
    sine = np.sin(omega)
    defined = (sine > PARALLEL) & (length_a > 1e-8) & (length_b > 1e-8)
    safe = np.where(defined, sine, 1)
    arc = (np.sin((1 - t) * omega) * u + np.sin(t * omega) * v) / safe * ((1 - t) * length_a + t * length_b)
    return np.asarray(np.where(defined, arc, (1 - t) * a + t * b), np.float32)


def fourth_corner(a: Array, b: Array, c: Array, path: str) -> Array:
    """D is to C as B is to A: D = B + C - A (Radford et al. 2016, arXiv:1511.06434).

    With "slerp", at the mean length of the three: a sum of three Gaussian codes is longer than any of them (White 2016).
    """
    d = b + c - a
    if path == "slerp":
        d = d * np.mean([np.linalg.norm(v) for v in (a, b, c)]) / max(float(np.linalg.norm(d)), 1e-12)
    return np.asarray(d, np.float32)


def analogy_grid(a: Array, b: Array, c: Array, size: int, path: str) -> Array:
    """Latents (size^2, d) between the corners A B / C D, row by row; a J-diagram (White 2016, arXiv:1609.04468).

    Along straight lines this is the plane through the three: z(u, v) = A + u (B - A) + v (C - A).
    """
    d = fourth_corner(a, b, c, path)
    t = np.linspace(0, 1, size)
    u, v = np.meshgrid(t, t, indexing="xy")  # (size, size): u grows to the right, v downwards
    if path == "slerp":
        return slerp(slerp(a, b, u), slerp(c, d, u), v).reshape(size * size, -1)
    z = a + u[..., None] * (b - a) + v[..., None] * (c - a)
    return np.asarray(z.reshape(size * size, -1), np.float32)


def over_grid(answer: m.Decoded, size: int) -> Journey:
    """The grid, walked round its corners: A, B, D, C and back to A."""
    index = np.arange(size * size).reshape(size, size)
    ring = np.concatenate([index[0, :-1], index[:-1, -1], index[-1, :0:-1], index[:0:-1, 0]])
    marks = {0: "A", size - 1: "B", size * (size - 1): "C", size * size - 1: "D"}
    return Journey(answer.x, answer.z, ring[:, None], (*index, *index.T), size, closed=True, marks=marks)


# ---------------------------------------------------------------- a walk at random
def random_walk(d: int, frames: int, turns: int, seed: int) -> Array:
    """A smooth closed walk (frames, d) through the prior: at every moment z is a fair draw from N(0, I).

    z(t) = sum_k (a_k cos 2 pi k t + b_k sin 2 pi k t) / sqrt(K) with a_k, b_k ~ N(0, I): a periodic Gaussian process, since
    cos^2 + sin^2 = 1. More ``turns`` K, more way to go.
    """
    a, b = np.random.default_rng(seed).standard_normal((2, turns, d))
    angle = 2 * np.pi * np.outer(np.arange(frames) / frames, np.arange(1, turns + 1))  # (frames, K)
    return np.asarray((np.cos(angle) @ a + np.sin(angle) @ b) / np.sqrt(turns), np.float32)


def round_walk(answer: m.Decoded) -> Journey:
    """The walk, over and over."""
    index = np.arange(len(answer.x))
    return Journey(answer.x, answer.z, index[:, None], (np.append(index, 0),), closed=True)
