"""Pictures of any size, type and layout to uint8 squares of one size. Numpy and Pillow only."""

from __future__ import annotations

import numpy as np
from PIL import Image

from playground.engine.datasets.errors import DataError

SMALLEST, LARGEST = 8, 256  # sides in pixels
KEEP_UP_TO = 64  # square pictures of up to this side are kept as they are
USUAL = 32  # all others become this
_CHUNK = 1024
GREY_TOLERANCE = 2  # of 255: JPEG turns a grey picture into one that is grey but for rounding


def check_size(size: int) -> None:
    if size and not SMALLEST <= size <= LARGEST:
        raise DataError(f"size: {size} does not lie between {SMALLEST} and {LARGEST} (0 decides by itself).")


def choose_size(size: int, height: int, width: int) -> int:
    """``size``, or where it is 0: the side of small square pictures, else 32."""
    return size or (height if height == width <= KEEP_UP_TO else USUAL)


def as_nhwc(name: str, x: np.ndarray) -> np.ndarray:
    """A view (N, H, W, 1|3) of (N, H, W), (N, H, W, 1|3) or (N, 1|3, H, W); DataError if they are too small."""
    if x.ndim == 3:
        x = x[..., None]
    elif x.shape[3] not in (1, 3):
        x = x.transpose(0, 2, 3, 1)
    if min(x.shape[1:3]) < SMALLEST:
        raise DataError(f"{name} has pictures of {x.shape[1]} x {x.shape[2]}; the smallest usable side is {SMALLEST}.")
    return x


def value_range(name: str, x: np.ndarray) -> tuple[float, float]:
    """The (black, white) that the values mean: (0, 1), (-1, 1) or (0, 255). DataError for nan, inf and other ranges."""
    lo, hi = float(x.min()), float(x.max())
    if not (np.isfinite(lo) and np.isfinite(hi)):
        raise DataError(f"{name} has values that are not finite numbers (nan or inf).")
    if lo >= 0 and hi <= 1:
        return 0, 1
    if lo >= -1 and hi <= 1:
        return -1, 1
    if lo >= 0 and hi <= 255:
        return 0, 255
    raise DataError(f"{name} has values from {lo:g} to {hi:g}; pictures have 0 to 255, 0 to 1 or -1 to 1.")


def to_bytes(x: np.ndarray, black: float, white: float) -> np.ndarray:
    """uint8 of ``x``, whose values run from ``black`` to ``white``; in chunks, so that no big float copy is made."""
    if x.dtype == np.uint8 and (black, white) == (0, 255):
        return x
    out = np.empty(x.shape, np.uint8)
    for i in range(0, len(x), _CHUNK):
        out[i : i + _CHUNK] = np.round((x[i : i + _CHUNK].astype(np.float32) - black) * (255 / (white - black)))
    return out


def fit_square(image: Image.Image, size: int, crop: str) -> Image.Image:
    """``image`` as ``size`` x ``size``: its centre, or all of it on a border of its mean edge colour, or stretched."""
    if crop == "centre" and image.width != image.height:
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        image = image.crop((left, top, left + side, top + side))
    if crop == "fit" and image.width != image.height:
        side = max(image.size)
        whole = Image.new(image.mode, (side, side), _edge_colour(image))
        whole.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
        image = whole
    return image if image.size == (size, size) else image.resize((size, size), Image.Resampling.LANCZOS)


def _edge_colour(image: Image.Image) -> tuple[int, ...] | int:
    x = np.asarray(image)
    edge = np.concatenate([x[0], x[-1], x[:, 0], x[:, -1]])
    mean = np.round(edge.mean(0)).astype(int)
    return int(mean) if mean.ndim == 0 else tuple(mean.tolist())


def resize_all(x: np.ndarray, size: int, crop: str) -> np.ndarray:
    """uint8 (N, H, W, C) to (N, size, size, C)."""
    if x.shape[1:3] == (size, size):
        return x
    squeeze = x.shape[3] == 1
    made = (fit_square(Image.fromarray(one[..., 0] if squeeze else one), size, crop) for one in np.ascontiguousarray(x))
    out = np.empty((len(x), size, size, x.shape[3]), np.uint8)
    for i, image in enumerate(made):
        out[i] = np.asarray(image)[..., None] if squeeze else np.asarray(image)
    return out


def choose_colour(x: np.ndarray, colour: str) -> np.ndarray:
    """uint8 (N, H, W, C) to one channel ("grey", and "auto" where every picture is grey) or three ("rgb")."""
    if colour == "rgb":
        return np.repeat(x, 3, 3) if x.shape[3] == 1 else x
    if x.shape[3] == 1 or (colour == "auto" and not _all_grey(x)):
        return x
    out = np.empty((*x.shape[:3], 1), np.uint8)
    for i in range(0, len(x), _CHUNK):  # luma of ITU-R BT.601, as Pillow has it
        out[i : i + _CHUNK, ..., 0] = np.round(x[i : i + _CHUNK] @ np.array([0.299, 0.587, 0.114], np.float32))
    return out


def _all_grey(x: np.ndarray) -> bool:
    for i in range(0, len(x), _CHUNK):
        part = x[i : i + _CHUNK].astype(np.int16)
        if np.abs(part - part[..., :1]).max() > GREY_TOLERANCE:
            return False
    return True
