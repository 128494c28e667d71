"""Arrays to pictures on screen: crisp (nearest neighbour), at whole multiples of device pixels.

Everything here is plain arithmetic on uint8 arrays, so that it can be tested without a window.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QColor, QImage, QPixmap

Array = np.ndarray


def as_rgb(pictures: Array) -> Array:
    """(N, H, W) or (N, H, W, 3) uint8 -> (N, H, W, 3), without a copy for grey."""
    if pictures.ndim == 4 and pictures.shape[-1] == 3:
        return pictures
    grey = pictures[..., 0] if pictures.ndim == 4 else pictures
    return np.broadcast_to(grey[..., None], (*grey.shape, 3))


def enlarge(pictures: Array, scale: float) -> Array:
    """Pictures (N, H, W, C) blown up by a whole number, or, below 1, averaged over whole blocks of 1/scale pixels."""
    if scale >= 1:
        k = int(scale)
        return pictures if k == 1 else pictures.repeat(k, axis=1).repeat(k, axis=2)
    k = round(1 / scale)
    n, h, w, c = pictures.shape
    cropped = pictures[:, : h // k * k, : w // k * k]
    return cropped.reshape(n, h // k, k, w // k, k, c).mean((2, 4)).astype(np.uint8)


def sizes_below(limit: float) -> list[float]:
    """The scales that stay crisp: 1/4, 1/2, 1, 2, 3 ... up to ``limit``."""
    return [s for s in (0.25, 0.5) if s <= limit] + list(range(1, int(limit) + 1))


def best_scale(height: int, width: int, room_h: float, room_w: float) -> float:
    """The largest crisp scale at which a (height, width) picture fits; a quarter if nothing does."""
    limit = min(room_h / max(height, 1), room_w / max(width, 1))
    return (sizes_below(limit) or [0.25])[-1]


def mosaic(pictures: Array, columns: int, gap: int, background: tuple[int, int, int]) -> Array:
    """One RGB array (R*(h+gap)-gap, C*(w+gap)-gap, 3) of pictures laid out row by row."""
    tiles = as_rgb(pictures)
    n, h, w, _ = tiles.shape
    rows = max(1, math.ceil(n / columns))
    out = np.empty((rows, h + gap, columns, w + gap, 3), np.uint8)
    out[:] = background
    full = n // columns
    if full:
        grid = tiles[: full * columns].reshape(full, columns, h, w, 3)
        out[:full, :h, :, :w] = grid.transpose(0, 2, 1, 3, 4)
    if n > full * columns:
        out[full, :h, : n - full * columns, :w] = tiles[full * columns :].transpose(1, 0, 2, 3)
    flat = out.reshape(rows * (h + gap), columns * (w + gap), 3)
    return flat[: flat.shape[0] - gap, : flat.shape[1] - gap]


def image_of(rgb: Array) -> QImage:
    """(H, W, 3) or (H, W, 4) uint8 -> a QImage that owns its pixels (32 bits a pixel: the fastest to paint)."""
    h, w, c = rgb.shape
    bgra = np.empty((h, w, 4), np.uint8)
    bgra[..., :3] = rgb[..., 2::-1]
    bgra[..., 3] = 255 if c == 3 else rgb[..., 3]
    form = QImage.Format.Format_RGB32 if c == 3 else QImage.Format.Format_ARGB32
    return QImage(bgra.data, w, h, 4 * w, form).copy()


def array_of(image: QImage) -> Array:
    """A QImage -> (H, W, 3) uint8, for export."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    raw = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return raw[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()


def pixmap_of(rgb: Array, ratio: float) -> QPixmap:
    """A pixmap that covers ``rgb.shape / ratio`` logical pixels, one array pixel to a device pixel."""
    pixmap = QPixmap.fromImage(image_of(rgb))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def rgb_of(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()


@dataclass(frozen=True)
class Layout:
    """Where the tiles of a grid lie, in device pixels. A tile is a stack of ``stack`` pictures with a caption beneath."""

    scale: float
    columns: int
    rows: int
    tile_w: int
    tile_h: int  # of one picture
    gap: int
    stack: int
    caption: int

    @property
    def pitch_x(self) -> int:
        return self.tile_w + self.gap

    @property
    def pitch_y(self) -> int:
        return self.block_h + self.gap + (self.gap if self.stack > 1 or self.caption else 0)

    @property
    def block_h(self) -> int:
        """A whole tile: its pictures, two device pixels between them, and the caption."""
        return self.stack * self.tile_h + (self.stack - 1) * 2 + self.caption

    @property
    def width(self) -> int:
        return self.columns * self.pitch_x - self.gap

    @property
    def height(self) -> int:
        return self.rows * self.pitch_y - (self.pitch_y - self.block_h)


def fit(
    n: int, size: tuple[int, int], room: tuple[int, int], *, gap: int = 4, stack: int = 1, caption: int = 0, columns: int = 0
) -> Layout:
    """The layout with the largest crisp pictures for ``n`` tiles of ``size`` = (h, w) in ``room`` = (height, width) device pixels.

    ``columns`` fixes the number of columns; otherwise rows are filled evenly.
    """
    best: Layout | None = None
    for scale in sizes_below(64):
        h, w = max(1, int(size[0] * scale)), max(1, int(size[1] * scale))
        fitting = max(1, min(n, (room[1] + gap) // (w + gap)))
        cols = columns or math.ceil(n / math.ceil(n / fitting))
        layout = Layout(scale, cols, math.ceil(n / cols), w, h, gap, stack, caption)
        if best is not None and (layout.width > room[1] or layout.height > room[0]):
            break
        best = layout
    assert best is not None
    return best
