"""Files that come from others: what they are, by their first bytes, and how they are read without trusting them.

Nothing here unpickles, and nothing is decoded before its size is known to fit. Whatever a damaged file makes a parser
raise leaves this package as a DataError with one sentence. Torch-free.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playground.engine.datasets.errors import DataError

MAX_BYTES = 2 * 1024**3  # of one decoded array, and of all pictures of a folder together
MAX_FILES = 200_000  # a folder with more was hardly meant (a whole disk, say)

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
READABLE = "a folder of pictures, an .npz or .npy file, an IDX file (also .gz), or a mixture in .json or .toml"


def kind_of(path: Path) -> str:
    """ "folder", "npy", "npz", "gzip" or "idx", by content.

    Raises:
        DataError: not found, not readable, empty, or none of these.
    """
    with reading(path):
        if path.is_dir():
            return "folder"
        if path.exists() and not path.is_file():
            raise DataError(f"{path} is neither a file nor a folder.")
        with path.open("rb") as file:
            head = file.read(8)
    if not head:
        raise DataError(f"{path.name} is empty.")
    for magic, kind in ((b"\x93NUMPY", "npy"), (b"PK\x03\x04", "npz"), (b"\x1f\x8b", "gzip"), (b"\0\0", "idx")):
        if head.startswith(magic):
            return kind
    raise DataError(_why_not(path, head))


def _why_not(path: Path, head: bytes) -> str:
    if path.suffix.lower() in PICTURES:
        return f"{path.name} is one picture: give the folder that holds many of them."
    if path.suffix.lower() in (".pkl", ".pickle", ".pt", ".pth") or head[:2] in (b"\x80\x02", b"\x80\x04", b"\x80\x05"):
        return f"{path.name} is a Python pickle, which could run a program when read: save the arrays with numpy.savez."
    if path.suffix.lower() in (".npz", ".npy") or "idx" in path.name or path.suffix.lower() == ".gz":
        return f"{path.name} is damaged: it does not begin as such a file does."
    return f"{path.name} cannot be read as data: it takes {READABLE}."


def peek(path: Path) -> tuple[str, str]:
    """("image" or "points", a summary) from the header alone; DataError where there is nothing readable."""
    path = Path(os.path.expanduser(path))
    kind = kind_of(path)
    if kind == "folder":
        return "image", "A folder of your own pictures."
    with reading(path):
        shape = _peek_shape(path, kind)
    what = kind_of_items(path.name, shape)
    size = "" if what == "points" else " of " + " x ".join(map(str, shape[1:]))
    return what, f"{shape[0]:,} {'points' if what == 'points' else 'pictures'}{size} of your own."


def kind_of_items(name: str, shape: tuple[int, ...]) -> str:
    """ "points" for (N, 2); "image" for (N, H, W), (N, H, W, 1|3) and (N, 1|3, H, W); DataError for other shapes."""
    if len(shape) == 2 and shape[1] == 2:
        return "points"
    if len(shape) == 3 or (len(shape) == 4 and (shape[3] in (1, 3) or shape[1] in (1, 3))):
        return "image"
    if len(shape) == 1:
        raise DataError(f"{name} holds a list of {shape[0]:,} values (labels?), not pictures or points.")
    flat = " Flat pictures must be reshaped to (N, H, W)." if len(shape) == 2 else ""
    raise DataError(
        f"{name} has the shape {shape}; pictures are (N, H, W), (N, H, W, 3) or (N, 3, H, W), points (N, 2).{flat}"
    )


def _peek_shape(path: Path, kind: str) -> tuple[int, ...]:
    from playground.engine.datasets import idx, npy  # they need this module

    return npy.items_shape(path) if kind in ("npy", "npz") else idx.idx_shape(path)


def walk_files(folder: Path) -> list[Path]:
    """All files below ``folder`` in sorted order, hidden ones left out; links to folders are not followed."""
    found: list[Path] = []
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(here, name) for name in sorted(names) if not name.startswith(".")]
        if len(found) > MAX_FILES:
            raise DataError(f"{folder} holds more than {MAX_FILES:,} files: choose a folder of pictures only.")
    return found


def fits(path: Path, needed: int) -> None:
    """DataError if ``needed`` bytes are more than MAX_BYTES."""
    if needed > MAX_BYTES:
        gb = 1024**3
        raise DataError(f"{path.name} needs {needed / gb:.1f} GB of memory; at most {MAX_BYTES / gb:.0f} are allowed.")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns whatever reading a foreign file raises into a DataError; DataErrors pass unchanged."""
    try:
        yield
    except DataError:
        raise
    except FileNotFoundError as error:
        raise DataError(f"{path} was not found.") from error
    except PermissionError as error:
        raise DataError(f"{path} may not be read: its owner has not allowed it.") from error
    except MemoryError as error:
        raise DataError(f"{path.name} does not fit into the memory of this machine.") from error
    except EOFError as error:
        raise DataError(f"{path.name} is truncated: it ends too early.") from error
    except Exception as error:  # parsers of damaged files raise nearly anything
        raise DataError(f"{path.name} is damaged or not what its name says ({_brief(error)}).") from error


def _brief(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 80 else text[:77] + "..."
