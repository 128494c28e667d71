"""Points of the plane as pictures, and pictures under a caption. Real data is always blue; the model has its family's colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Bounds = tuple[float, float, float, float]  # x0, x1, y0, y1
Layer = tuple[np.ndarray, str, float]  # points (N, 2), colour, radius in pixels

BACKGROUND = "#14171c"
DATA_COLOUR = "#56b4e9"
MODEL_COLOURS = {"vae": "#2fb8a6", "gan": "#f0a13a", "diffusion": "#9183f7"}
HYBRID_COLOUR = "#ee7fae"
CAPTION_PX, TEXT_PX, GAP_PX = 22, 13, 4
GREY = 128  # between pictures
SMOOTH = 3  # drawn this much larger, then averaged


def colour_of(family: str) -> str:
    """The colour of a family's model."""
    return MODEL_COLOURS.get(family, HYBRID_COLOUR)


def bounds_of(points: np.ndarray) -> Bounds:
    """The square box around points (N, 2), a tenth larger on each side."""
    centre, half = (points.max(0) + points.min(0)) / 2, 0.6 * float(np.ptp(points, axis=0).max() or 1)
    return float(centre[0] - half), float(centre[0] + half), float(centre[1] - half), float(centre[1] + half)


def scatter(layers: Sequence[Layer], bounds: Bounds, size_px: int = 560) -> np.ndarray:
    """A picture (size, size, 3) of layers of points, the first at the bottom; y grows upwards."""
    side = size_px * SMOOTH
    picture = Image.new("RGB", (side, side), BACKGROUND)
    draw = ImageDraw.Draw(picture)
    for points, colour, radius in layers:
        r = radius * SMOOTH
        for x, y in _pixels(points, bounds, side):
            draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)
    return np.asarray(picture.reduce(SMOOTH))


def _pixels(points: np.ndarray, bounds: Bounds, side: int) -> list[list[float]]:
    x0, x1, y0, y1 = bounds
    shown = points[np.isfinite(points).all(1)]
    placed = np.stack([(shown[:, 0] - x0) / (x1 - x0), (y1 - shown[:, 1]) / (y1 - y0)], 1)
    inside = placed[((placed >= -1) & (placed <= 2)).all(1)]  # far outside nothing shows, and huge numbers overflow
    return (inside * side).tolist()


def as_picture(x: np.ndarray) -> np.ndarray:
    """One item uint8 (C, H, W), as data sets keep it, as (H, W) or (H, W, 3)."""
    return x[0] if x.shape[0] == 1 else x.transpose(1, 2, 0)


# ---------------------------------------------------------------- captions
def captioned(picture: np.ndarray, text: str, background: str = "black") -> np.ndarray:
    """A picture (H, W) or (H, W, 3) under a line of text, cut where it is too long."""
    strip = Image.new("L" if picture.ndim == 2 else "RGB", (picture.shape[1], CAPTION_PX), background)
    ImageDraw.Draw(strip).text((4, 3), text, fill="white", font=ImageFont.load_default(TEXT_PX))
    return np.concatenate([np.asarray(strip), picture])


def joined(pictures: Sequence[np.ndarray], axis: int = 1) -> np.ndarray:
    """Pictures of one size in a row (axis 1) or a column (axis 0), a grey gap between them."""
    shape = list(pictures[0].shape)
    shape[axis] = GAP_PX
    gap = np.full(shape, GREY, np.uint8)
    return np.concatenate([part for picture in pictures for part in (gap, picture)][1:], axis=axis)
