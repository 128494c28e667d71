"""Pictures and animations for other programs, each carrying the whole recipe that made it.

A PNG keeps the recipe in a text chunk, a GIF in a comment extension, an MP4 in its comment;
``recipe_files.read_recipe`` reads it back. Files appear whole or not at all: they are written beside their place under
another name, flushed to the disk and then renamed, so neither a full disk nor a cancelled export leaves half a file.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from playground.engine.config import ConfigError
from playground.engine.files import whole_file

#: Keyword of the PNG text chunk.
KEYWORD = "generative-playground"
MAX_FPS = 50  # viewers slow down a GIF whose frames are shorter than 20 ms
#: Windows allows a command line of 32,767 characters, and ffmpeg gets the MP4's comment on its own.
_MAX_COMMENT = 24_000

Report = Callable[[int, int], None]  # (frames done, frames in all)
Cancelled = Callable[[], bool]


class _CancelledError(Exception):
    """Ends a writer from inside its frame generator."""


@dataclass(frozen=True)
class _Film:
    """All that a writer needs to know: uint8 ``frames`` (F, H, W) or (F, H, W, 3) and how to hand them out."""

    frames: np.ndarray
    fps: float
    scale: int
    comment: str
    progress: Report | None
    cancelled: Cancelled | None

    def __iter__(self) -> Iterator[np.ndarray]:
        """The enlarged frames, one by one, reporting and stopping between them."""
        for done, frame in enumerate(self.frames):
            if self.cancelled is not None and self.cancelled():
                raise _CancelledError
            yield enlarge(frame, self.scale)
            if self.progress is not None:
                self.progress(done + 1, len(self.frames))


def write_picture(path: str | Path, picture: np.ndarray, recipe: Mapping[str, Any], *, scale: int = 1) -> Path:
    """Write a uint8 picture (H, W) or (H, W, 3) as PNG, ``scale`` times larger, with the recipe inside.

    Raises:
        ConfigError: the name does not end in .png. OSError: the disk refuses.
    """
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    path = _checked(path, (".png",))
    info = PngInfo()
    info.add_text(KEYWORD, _comment(recipe))
    with whole_file(path) as part:
        Image.fromarray(enlarge(_frames(picture[None])[0], scale)).save(part, format="PNG", pnginfo=info)
    return path


def write_animation(
    path: str | Path, frames: np.ndarray, fps: float, recipe: Mapping[str, Any], *, scale: int = 1,
    progress: Report | None = None, cancelled: Cancelled | None = None,
) -> bool:  # fmt: skip
    """Write uint8 frames (F, H, W) or (F, H, W, 3) as an endless GIF or as an MP4, by the file's ending.

    Returns:
        False if ``cancelled`` said so: no file is left then, and one that was there before is untouched.

    Raises:
        ConfigError: the ending is neither .gif nor .mp4, or fps is out of range. OSError: the disk or ffmpeg refuses.
    """
    path = _checked(path, (".gif", ".mp4"))
    if not 0 < fps <= MAX_FPS:
        raise ConfigError("fps", f"lies above 0 and is at most {MAX_FPS} frames per second.")
    film = _Film(_frames(frames), fps, scale, _comment(recipe), progress, cancelled)
    write = _write_gif if path.suffix.lower() == ".gif" else _write_mp4
    try:
        with whole_file(path) as part:
            write(part, film)
    except _CancelledError:
        return False
    return True


# ---------------------------------------------------------------- composing
def enlarge(picture: np.ndarray, scale: int) -> np.ndarray:
    """``scale`` times larger by repeating pixels: crisp, at whole multiples."""
    return picture if scale == 1 else picture.repeat(scale, axis=0).repeat(scale, axis=1)


def scale_for(picture: np.ndarray, size_px: int = 640) -> int:
    """The whole multiple that brings the longer side of a picture nearest below ``size_px`` (at least 1)."""
    return max(1, size_px // int(max(picture.shape[:2])))


def tile(
    pictures: np.ndarray | Sequence[np.ndarray], columns: int = 0, gap: int = 2, background: int = 128
) -> np.ndarray:
    """A contact sheet: pictures (N, H, W) or (N, H, W, 3) row by row, ``gap`` pixels apart. 0 columns: about square."""
    pictures = np.asarray(pictures)
    n, height, width = pictures.shape[:3]
    columns = min(columns or int(np.ceil(np.sqrt(n))), n)
    rows = -(-n // columns)
    sheet = np.full(
        (rows * (height + gap) - gap, columns * (width + gap) - gap, *pictures.shape[3:]), background, np.uint8
    )
    for i, picture in enumerate(pictures):
        y, x = (i // columns) * (height + gap), (i % columns) * (width + gap)
        sheet[y : y + height, x : x + width] = picture
    return sheet


# ---------------------------------------------------------------- writers
def _write_gif(part: Path, film: _Film) -> None:
    from PIL import Image

    palette = _palette(film.frames) if film.frames.ndim == 4 else None  # grey values are their own palette

    def picture(frame: np.ndarray) -> Image.Image:
        whole = Image.fromarray(frame)
        return whole if palette is None else whole.quantize(palette=palette, dither=Image.Dither.NONE)

    pictures = map(picture, film)
    next(pictures).save(
        part, format="GIF", save_all=True, append_images=pictures, loop=0, optimize=False,
        duration=_durations_ms(len(film.frames), film.fps), comment=film.comment.encode(),
    )  # fmt: skip


def _durations_ms(n: int, fps: float) -> list[int]:
    """How long each frame stands. A GIF counts in 10 ms: rounding the running total keeps the mean frame rate right."""
    ticks = np.rint(np.arange(n + 1) * 100 / fps).astype(int)
    return [10 * int(t) for t in np.diff(ticks)]


def _palette(frames: np.ndarray) -> Any:
    """One palette of 256 colours for all frames (a palette of its own for each frame would flicker)."""
    from PIL import Image

    pixels = frames.reshape(-1, 3)
    some = pixels[:: max(1, len(pixels) // 500_000)]
    return Image.fromarray(some[None]).quantize(256, method=Image.Quantize.MEDIANCUT)


def _write_mp4(part: Path, film: _Film) -> None:
    import imageio_ffmpeg

    if len(film.comment) > _MAX_COMMENT:
        raise ConfigError("recipe", "is too long to fit into an MP4.")
    height, width = (side * film.scale + side * film.scale % 2 for side in film.frames.shape[1:3])  # H.264: even sides
    writer = imageio_ffmpeg.write_frames(
        str(part), (width, height), fps=film.fps, codec="libx264", quality=None, macro_block_size=1, pix_fmt_in="rgb24",
        pix_fmt_out="yuv420p", ffmpeg_log_level="error",
        output_params=["-crf", "14", "-f", "mp4", "-movflags", "+faststart", "-metadata", f"comment={film.comment}"],
    )  # fmt: skip
    with contextlib.closing(writer):
        writer.send(None)
        for frame in film:
            writer.send(_rgb(frame, height, width))


def _rgb(frame: np.ndarray, height: int, width: int) -> np.ndarray:
    """A frame as (height, width, 3), its last row and column repeated where it is smaller."""
    colour = frame if frame.ndim == 3 else frame[..., None].repeat(3, axis=2)
    return np.pad(colour, ((0, height - frame.shape[0]), (0, width - frame.shape[1]), (0, 0)), "edge")


# ---------------------------------------------------------------- files
def _checked(path: str | Path, endings: tuple[str, ...]) -> Path:
    path = Path(path).expanduser()
    if path.suffix.lower() not in endings:
        raise ConfigError("path", f"{path.name} should end in {' or '.join(endings)}.")
    return path


def _frames(frames: np.ndarray) -> np.ndarray:
    """Assert that these are uint8 frames (F, H, W) or (F, H, W, 3), with at least one pixel."""
    assert frames.dtype == np.uint8 and frames.size, frames.shape
    assert frames.ndim == 3 or frames.shape[3:] == (3,), frames.shape
    return np.ascontiguousarray(frames)


def _comment(recipe: Mapping[str, Any]) -> str:
    return json.dumps(recipe, separators=(",", ":"))  # ASCII: every program and every command line takes it
