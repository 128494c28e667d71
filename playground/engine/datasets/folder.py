"""A folder of pictures, recursively; the first level of sub-folders, if any, gives the classes. Torch-free.

Every file that cannot be used is left out, listed with its reason, and never stops the others.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from playground.engine.datasets.cache import Progress
from playground.engine.datasets.errors import DataError
from playground.engine.datasets.foreign import MAX_BYTES, PICTURES, reading, walk_files
from playground.engine.datasets.pictures import SMALLEST, choose_size, fit_square

MAX_PIXELS = 50_000_000  # of one picture before it is made smaller: more would be a bomb or a mistake
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")  # the decoders that foreign files may reach
_REPORT = 50  # pictures between two reports of progress

Skipped = list[tuple[str, str]]


class _Unusable(Exception):
    """Why one file is left out."""


@dataclass
class Pictures:
    """``images`` uint8 (N, size, size, 3); ``labels`` (N,) index ``classes``, which is empty without sub-folders."""

    images: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...] = ()
    skipped: Skipped = field(default_factory=list)
    found: int = 0


def read_folder(folder: Path, size: int, crop: str, limit: int, seed: int, progress: Progress | None) -> Pictures:
    """Up to ``limit`` pictures, chosen at random if there are more, in sorted order of their paths.

    Raises:
        DataError: no picture in it, or none that could be read; too big for memory. A cancelling ``progress`` passes.
    """
    with reading(folder):
        files = walk_files(folder)
    skipped: Skipped = [(_short(folder, f), "not a picture file") for f in files if f.suffix.lower() not in PICTURES]
    files = [f for f in files if f.suffix.lower() in PICTURES]
    if not files:
        raise DataError(f"There are no pictures in {folder} (looked for {', '.join(p[1:] for p in PICTURES)}).")
    found = len(files)
    if found > limit:
        files = [files[i] for i in np.sort(np.random.default_rng(seed).permutation(found)[:limit])]
    with warnings.catch_warnings():  # what Pillow warns of (bombs, damaged EXIF) is refused or harmless here
        warnings.filterwarnings("ignore", module=r"PIL\.")
        return _read_files(folder, files, found, size, crop, skipped, progress)


def _read_files(
    folder: Path, files: list[Path], found: int, size: int, crop: str, skipped: Skipped, progress: Progress | None
) -> Pictures:
    size = size or _common_size(files)
    if len(files) * size * size * 3 > MAX_BYTES:
        gb = MAX_BYTES // 1024**3
        raise DataError(f"{len(files):,} pictures of {size} x {size} do not fit into {gb} GB: lower limit or size.")
    images, kept = _read_all(folder, files, size, crop, skipped, progress)
    if not len(images):
        reason = skipped[-len(files)][1]
        raise DataError(f"None of the {len(files):,} pictures in {folder} can be read; the first: {reason}.")
    labels, classes = _classes(folder, kept)
    return Pictures(images, labels, classes, skipped, found)


def _read_all(
    folder: Path, files: list[Path], size: int, crop: str, skipped: Skipped, progress: Progress | None
) -> tuple[np.ndarray, list[Path]]:
    images = np.empty((len(files), size, size, 3), np.uint8)
    kept: list[Path] = []
    for i, file in enumerate(files):
        if progress and i % _REPORT == 0:
            progress(i, len(files))
        try:
            images[len(kept)] = _read_one(file, size, crop)
            kept.append(file)
        except _Unusable as reason:
            skipped.append((_short(folder, file), str(reason)))
    if progress:
        progress(len(files), len(files))
    return images[: len(kept)], kept


def _read_one(path: Path, size: int, crop: str) -> np.ndarray:
    """One picture, upright, on white where it is transparent: uint8 (size, size, 3). Raises _Unusable."""
    try:
        with _open(path) as image:
            image.draft("RGB", (2 * size, 2 * size))  # a JPEG is decoded at the scale that is needed
            upright = ImageOps.exif_transpose(image) or image
            return np.asarray(fit_square(_as_rgb(upright), size, crop))
    except _Unusable:
        raise
    except MemoryError as error:
        raise _Unusable("does not fit into memory") from error
    except Exception as error:  # decoders of damaged pictures raise nearly anything
        words = str(error).lower()
        cut = "truncated" in words or "ended" in words or isinstance(error, EOFError)
        raise _Unusable("truncated" if cut else "damaged, or not a picture") from error


def _open(path: Path) -> Image.Image:
    """The picture with its header read only; _Unusable for sizes that make no sense."""
    if not path.is_file():  # a pipe would be waited for, for ever
        raise _Unusable("not an ordinary file")
    try:
        image = Image.open(path, formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise _Unusable("too large: a decompression bomb") from error
    except PermissionError as error:
        raise _Unusable("may not be read") from error
    if image.width * image.height > MAX_PIXELS:
        image.close()
        raise _Unusable(f"too large: {image.width} x {image.height} pixels")
    if min(image.size) < SMALLEST:
        image.close()
        raise _Unusable(f"too small: {image.width} x {image.height} pixels")
    return image


def _as_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":  # 16 bits a pixel: Pillow would clip, not scale
        x = np.asarray(image).astype(np.float32)
        return Image.fromarray(np.clip(x / (257 if x.max() > 255 else 1), 0, 255).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return image.convert("RGB")


def _common_size(files: list[Path]) -> int:
    """The side of all pictures if they agree (and are small squares), else the usual one. Reads headers only."""
    sizes = set()
    for file in files:
        with suppress(Exception), _open(file) as image:  # it will be left out, with its reason, when its turn comes
            sizes.add(image.size)
        if len(sizes) > 1:
            return choose_size(0, 0, 1)
    width, height = sizes.pop() if sizes else (0, 1)
    return choose_size(0, height, width)


def _classes(folder: Path, files: list[Path]) -> tuple[np.ndarray, tuple[str, ...]]:
    parts = [file.relative_to(folder).parts for file in files]
    if all(len(p) == 1 for p in parts):
        return np.zeros(len(files), np.int64), ()
    names = [p[0] if len(p) > 1 else "(no folder)" for p in parts]
    classes, labels = np.unique(names, return_inverse=True)
    return labels.astype(np.int64), tuple(classes.tolist())


def _short(folder: Path, file: Path) -> str:
    return file.relative_to(folder).as_posix()
