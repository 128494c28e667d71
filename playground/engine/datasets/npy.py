""".npy and .npz files, whose headers are checked before anything is loaded, and pickles never. Torch-free."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.lib import format as npformat

from playground.engine.datasets.errors import DataError
from playground.engine.datasets.foreign import fits, reading

ITEM_KEYS = ("images", "image", "x", "x_train", "data", "points", "arr_0")
LABEL_KEYS = ("labels", "label", "y", "y_train", "targets", "target")


class Header(NamedTuple):
    """What an array says of itself, and the bytes that follow its header."""

    shape: tuple[int, ...]
    dtype: np.dtype
    stored: int


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an .npz by name, or the one of an .npy as "arr_0". Text arrays may be there (labels).

    Raises:
        DataError: pickled objects, sizes that do not agree or do not fit into memory, damaged files.
    """
    with reading(path):
        headers = read_headers(path)
        fits(path, sum(math.prod(h.shape) * h.dtype.itemsize for h in headers.values()))
        if not zipfile.is_zipfile(path):
            with path.open("rb") as file:
                return {"arr_0": npformat.read_array(file, allow_pickle=False)}
        with zipfile.ZipFile(path) as archive:
            return {name: _member(archive, name) for name in headers}


def read_headers(path: Path) -> dict[str, Header]:
    """Shape and type of every array, from the headers alone; DataError as :func:`read_arrays`."""
    with reading(path):
        if not zipfile.is_zipfile(path):
            with path.open("rb") as file:
                return {"arr_0": _header(path, "", file, path.stat().st_size)}
        headers = {}
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.filename.endswith(".npy"):
                    with archive.open(info) as member:
                        name = info.filename.removesuffix(".npy")
                        headers[name] = _header(path, name, member, info.file_size)  # type: ignore[arg-type]
        if not headers:
            raise DataError(f"{path.name} holds no numpy arrays.")
        return headers


def items_shape(path: Path) -> tuple[int, ...]:
    """Shape of the pictures or points in the file, from its header."""
    headers = read_headers(path)
    return headers[items_key(path, headers)].shape


def items_key(path: Path, arrays: dict[str, Any]) -> str:
    """Which array holds the items: one of ITEM_KEYS, or the only one with two or more axes."""
    for key in ITEM_KEYS:
        if key in arrays:
            return key
    large = [name for name, array in arrays.items() if len(array.shape) >= 2]
    if len(large) != 1:
        raise DataError(f"{path.name} has no array called images, x or data (it has {', '.join(arrays)}).")
    return large[0]


def _header(path: Path, name: str, file: BinaryIO, total: int) -> Header:
    which = f"{path.name}, array {name}," if name else path.name
    version = npformat.read_magic(file)
    readers = {(1, 0): npformat.read_array_header_1_0, (2, 0): npformat.read_array_header_2_0}
    if version not in readers:
        raise DataError(f"{which} is of a kind of .npy that holds records, not pictures or points.")
    shape, _, dtype = readers[version](file)
    if dtype.hasobject:
        raise DataError(f"{which} holds Python objects (a pickle), which could run a program: save plain numbers.")
    if dtype.kind not in "buifU" or any(n < 0 for n in shape):
        raise DataError(f"{which} is of type {dtype}, not numbers.")
    stored, needed = total - file.tell(), math.prod(shape) * dtype.itemsize
    if stored != needed:
        raise DataError(f"{which} is truncated or damaged: {needed:,} bytes were promised, {stored:,} are there.")
    return Header(shape, dtype, stored)


def _member(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    with archive.open(f"{name}.npy") as file:
        array = npformat.read_array(file, allow_pickle=False)
        file.read(1)  # reading to the end is what makes zipfile compare the CRC-32
        return array
