"""Shapes: one white figure on black, from five known factors, in the manner of dSprites (Matthey et al. 2017).

Unlike dSprites the factors are continuous (but for the shape) and independently uniform, and the edges are anti-aliased
exactly: a pixel is as grey as its distance to the outline says. A turned square looks the same every 90 degrees and an
ellipse every 180, so no model can recover their angle in full; that is the truth of such data, not a fault.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from playground.engine.datasets.base import Dataset
from playground.engine.datasets.cache import Arrays, Progress
from playground.engine.datasets.generated import generated_images

VERSION = 1  # raise it when the pictures change: old caches are then left aside
SHAPES = ("square", "ellipse", "heart")
MARGIN = 0.285  # of the width: a figure of radius 0.25 then leaves the outermost pixels black
RADIUS = 0.25  # of the circumscribed circle at scale 1, in widths of the picture


def load_shapes(name: str, *, size: int, n: int, seed: int, progress: Progress | None = None) -> Dataset:
    """``n`` pictures (1, size, size), grey. Labels: label (0 square, 1 ellipse, 2 heart), scale, angle, x, y."""
    factors = shape_factors(n, seed)
    data = generated_images(name, VERSION, {"size": size, "n": n, "seed": seed}, factors, render_shapes, progress)
    data.label_names = {"label": SHAPES}
    data.note = "Drawn by this program from five known factors, after dSprites (Matthey et al. 2017)."
    return data


def shape_factors(n: int, seed: int) -> Arrays:
    """Independent factors (n,): label in 0..2, scale in [0.5, 1], angle in [0, 2 pi), x and y in [0, 1] (y down)."""
    rng = np.random.default_rng(seed)
    return {
        "label": rng.integers(len(SHAPES), size=n),
        "scale": rng.uniform(0.5, 1, n).astype(np.float32),
        "angle": rng.uniform(0, 2 * math.pi, n).astype(np.float32),
        "x": rng.uniform(0, 1, n).astype(np.float32),
        "y": rng.uniform(0, 1, n).astype(np.float32),
    }


def render_shapes(factors: Mapping[str, np.ndarray], size: int) -> np.ndarray:
    """Pictures uint8 (n, 1, size, size) of the factors of :func:`shape_factors`: also for theory beside a model."""
    u, v, radius = _own_axes(factors, size)
    distance = np.empty_like(u)
    for index, outline in enumerate((_square, _ellipse, _heart)):
        mine = factors["label"] == index
        distance[mine] = outline(u[mine], v[mine])
    cover: np.ndarray = np.clip(0.5 - distance * radius * size, 0, 1)  # distance in pixels -> share of the pixel inside
    pictures: np.ndarray = np.round(cover * 255).astype(np.uint8)
    return pictures[:, None]


def _own_axes(factors: Mapping[str, np.ndarray], size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every pixel's centre (n, size, size) in each figure's own axes, v up, in units of its radius; and the radii."""
    scale, angle, x, y = (factors[k].astype(np.float32)[:, None, None] for k in ("scale", "angle", "x", "y"))
    centre = (np.arange(size, dtype=np.float32) + 0.5) / size
    radius = RADIUS * scale
    right = (centre[None, None, :] - (MARGIN + (1 - 2 * MARGIN) * x)) / radius
    up = -(centre[None, :, None] - (MARGIN + (1 - 2 * MARGIN) * y)) / radius
    cos, sin = np.cos(angle), np.sin(angle)
    return cos * right + sin * up, -sin * right + cos * up, radius


# Signed distances to an outline of circumscribed radius 1, negative inside (after Inigo Quilez, 2-D distance functions)
def _square(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    dx, dy = np.abs(u) - math.sqrt(0.5), np.abs(v) - math.sqrt(0.5)
    distance: np.ndarray = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0)
    return distance


def _ellipse(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Half axes 1 and 1/2: implicit function over its gradient, exact to first order at the outline."""
    k0, k1 = np.hypot(u, 2 * v), np.hypot(u, 4 * v)
    distance: np.ndarray = k0 * (k0 - 1) / np.maximum(k1, 1e-6)
    return distance


def _heart(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    unit = 0.6306  # radius of the circle about a heart whose tip is the origin, and the height of that circle's centre
    x, y = np.abs(u) * unit, v * unit + unit
    lobe = np.hypot(x - 0.25, y - 0.75) - math.sqrt(2) / 4
    slide = 0.5 * np.maximum(x + y, 0)
    side = np.minimum(np.hypot(x, y - 1), np.hypot(x - slide, y - slide)) * np.sign(x - y)
    distance: np.ndarray = np.where(x + y > 1, lobe, side) / unit
    return distance
