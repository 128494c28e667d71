"""Arrays to pictures on screen: crisp (nearest neighbour), at whole multiples of device pixels.

Everything here is plain arithmetic on uint8 arrays, so that it can be tested without a window.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtGui import QColor, QImage, QPixmap

Array = np.ndarray


def packed(pictures: Array, scale: float = 1) -> Array:
    """(N, H, W) or (N, H, W, 3) uint8 -> (N, h, w) uint32 as 0xffRRGGBB, ``scale`` times larger.

    One number a pixel makes all that follows four times cheaper. Scales below 1 average blocks of 1/scale pixels.
    """
    if scale < 1:
        pictures = _averaged(pictures, round(1 / scale))
    if pictures.ndim == 4 and pictures.shape[-1] == 3:
        red, green, blue = (pictures[..., c].astype(np.uint32) for c in range(3))
        out = (red << 16) | (green << 8) | blue | np.uint32(0xFF000000)
    else:
        grey = pictures[..., 0] if pictures.ndim == 4 else pictures
        out = _GREYS[grey]
    k = int(scale)
    return out.repeat(k, axis=1).repeat(k, axis=2) if k > 1 else out


_GREYS = np.arange(256, dtype=np.uint32) * np.uint32(0x010101) | np.uint32(0xFF000000)


def _averaged(pictures: Array, k: int) -> Array:
    n, h, w = pictures.shape[:3]
    whole = pictures[:, : h // k * k, : w // k * k]
    blocks = whole.reshape(n, h // k, k, w // k, k, *pictures.shape[3:])
    return np.asarray(blocks.mean((2, 4)), np.uint8)


def sizes_below(limit: float) -> list[float]:
    """The scales that stay crisp: 1/4, 1/2, 1, 2, 3 ... up to ``limit``."""
    return [s for s in (0.25, 0.5) if s <= limit] + list(range(1, int(limit) + 1))


def best_scale(height: int, width: int, room_h: float, room_w: float) -> float:
    """The largest crisp scale at which a (height, width) picture fits; a quarter if nothing does."""
    limit = min(room_h / max(height, 1), room_w / max(width, 1))
    return (sizes_below(limit) or [0.25])[-1]


def mosaic(tiles: Array, columns: int, gap_x: int, gap_y: int, background: int) -> Array:
    """One packed picture (R*(h+gap_y)-gap_y, C*(w+gap_x)-gap_x) of packed tiles (N, h, w), row by row."""
    n, h, w = tiles.shape
    rows = max(1, math.ceil(n / columns))
    out = np.full((rows, h + gap_y, columns, w + gap_x), background, np.uint32)
    full = n // columns
    if full:
        out[:full, :h, :, :w] = tiles[: full * columns].reshape(full, columns, h, w).transpose(0, 2, 1, 3)
    if n > full * columns:
        out[full, :h, : n - full * columns, :w] = tiles[full * columns :].transpose(1, 0, 2)
    flat = out.reshape(rows * (h + gap_y), columns * (w + gap_x))
    return flat[: flat.shape[0] - gap_y, : flat.shape[1] - gap_x]


def image_of(pixels: Array) -> QImage:
    """Packed pixels (H, W) uint32 -> a QImage that owns them."""
    pixels = np.ascontiguousarray(pixels, np.uint32)
    h, w = pixels.shape
    return QImage(pixels.data, w, h, 4 * w, QImage.Format.Format_RGB32).copy()


def pixmap_of(pixels: Array, ratio: float) -> QPixmap:
    """A pixmap that covers ``pixels.shape / ratio`` logical pixels, one array pixel to a device pixel."""
    pixmap = QPixmap.fromImage(image_of(pixels))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def unpacked(pixels: Array) -> Array:
    """(..., H, W) uint32 -> (..., H, W, 3) uint8, for export."""
    return np.stack([(pixels >> shift).astype(np.uint8) for shift in (16, 8, 0)], axis=-1)


def array_of(image: QImage) -> Array:
    """A QImage -> (H, W, 3) uint8."""
    flat = image.convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(flat.constBits(), np.uint32).reshape(flat.height(), flat.bytesPerLine() // 4)
    return unpacked(raw[:, : flat.width()])


def rgb_of(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()


@dataclass(frozen=True)
class Layout:
    """Where the tiles of a grid lie, in device pixels. A tile is ``stack`` pictures with a caption beneath."""

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
    n: int,
    size: tuple[int, int],
    room: tuple[int, int],
    *,
    gap: int = 4,
    stack: int = 1,
    caption: int = 0,
    columns: int = 0,
) -> Layout:
    """The layout with the largest crisp pictures for ``n`` tiles of ``size`` (h, w) in ``room`` (height, width).

    ``columns`` fixes the number of columns; otherwise rows are filled evenly.
    """
    best: Layout | None = None
    for scale in sizes_below(64):
        h, w = max(1, int(size[0] * scale)), max(1, int(size[1] * scale))
        for space in (gap, gap // 2):  # tighter, if that lets the pictures be larger
            single = Layout(scale, 1, n, w, h, space, stack, caption)
            found = _arranged(single, n, room, columns)
            if found is not None:
                break
        if found is None and best is not None:
            break
        best = found or replace(single, columns=columns or n, rows=math.ceil(n / (columns or n)))
    assert best is not None
    return best


def _arranged(single: Layout, n: int, room: tuple[int, int], columns: int) -> Layout | None:
    """The number of columns with few empty places and a shape like that of the room; None if nothing fits."""
    most = max(1, min(n, (room[1] + single.gap) // single.pitch_x))
    best, least = 0, (math.inf, math.inf)
    for c in (columns,) if columns else range(1, most + 1):
        rows = math.ceil(n / c)
        width, height = c * single.pitch_x - single.gap, (rows - 1) * single.pitch_y + single.block_h
        if width <= room[1] and height <= room[0]:
            odd = ((c * rows - n) / n, abs(math.log(width * room[0] / (height * room[1]))))
            best, least = (c, odd) if odd < least else (best, least)
    return replace(single, columns=best, rows=math.ceil(n / best)) if best else None
