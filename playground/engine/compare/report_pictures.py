"""Pictures of a report, as PNG inside the page."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image, ImageDraw

from playground.engine.export import enlarge, tile

SIDE = 300  # pixels of a plane as it is shown
FINE = 2  # times as many are kept, for print
Box = tuple[float, float, float, float]
Paths = list[tuple[np.ndarray, str]]


def data_uri(picture: np.ndarray | Image.Image) -> str:
    """A picture as the value of ``src``."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def sheet(pictures: np.ndarray, columns: int = 8, scale: int = 1) -> np.ndarray:
    """Pictures (N, H, W) or (N, H, W, 3) in rows, each in the place that its number has in every sheet."""
    return enlarge(tile(pictures, columns=columns, gap=1, background=255), scale)


def box_of(real: np.ndarray) -> Box:
    """A square box round real points (N, 2), with a margin."""
    low, high = real.min(0), real.max(0)
    centre, half = (low + high) / 2, max(float((high - low).max()) / 2, 1e-9) * 1.25
    return (*(centre[0] + np.array([-half, half])), *(centre[1] + np.array([-half, half])))


def scatter(layers: list[tuple[np.ndarray, str, float]], box: Box, lines: Paths | None = None) -> Image.Image:
    """Layers of (points (N, 2), colour, radius in pixels) on one plane, first to last, and ``lines`` over them; y grows upwards."""
    big = SIDE * FINE
    image = Image.new("RGB", (2 * big, 2 * big), "white")
    draw = ImageDraw.Draw(image)

    def place(x: np.ndarray) -> np.ndarray:
        unit = (x - np.array([box[0], box[2]])) / np.array([box[1] - box[0], box[3] - box[2]])
        return np.nan_to_num(np.stack([unit[..., 0], 1 - unit[..., 1]], -1) * 2 * big, nan=-1e4).clip(-1e4, 1e5)

    for points, colour, radius in layers:
        r = radius * 2 * FINE
        for x, y in place(np.asarray(points, float)).tolist():
            draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)
    for path, colour in lines or []:
        draw.line([tuple(p) for p in place(np.asarray(path, float)).tolist()], fill=colour, width=2 * FINE)
    return image.resize((big, big), Image.Resampling.LANCZOS)
