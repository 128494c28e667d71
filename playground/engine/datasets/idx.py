"""The IDX format of the MNIST files (http://yann.lecun.com/exdb/mnist/). Torch-free.

Two zero bytes, a type, the number of axes, the length of every axis as a big-endian uint32, then the values,
big-endian, last axis fastest.
"""

from __future__ import annotations

import gzip
import math
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np

from playground.engine.datasets.errors import DataError
from playground.engine.datasets.foreign import fits, reading

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MAX_AXES = 4
_PIECE = 1 << 24  # bytes read at a time


def read_idx(path: Path) -> np.ndarray:
    """The whole array, in native byte order. A .gz is unpacked on the fly, and never further than its header promises.

    Raises:
        DataError: wrong magic number, truncated, too long, too big for memory, or not readable.
    """
    with reading(path), _open(path) as file:
        dtype, shape = _header(path, file)
        size = math.prod(shape) * dtype.itemsize
        fits(path, size)
        data = _exactly(path, file, size)
        if file.read(1):
            raise DataError(f"{path.name} is longer than its header says: it is not the IDX file it claims to be.")
        return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def idx_shape(path: Path) -> tuple[int, ...]:
    """The shape in the header; nothing else is read."""
    with reading(path), _open(path) as file:
        return _header(path, file)[1]


def labels_beside(path: Path) -> Path | None:
    """The labels of an images file: ...images-idx3-ubyte(.gz) -> ...labels-idx1-ubyte(.gz), if it is there."""
    name = path.name.removesuffix(".gz")
    if "images" not in name:
        return None
    name = name.replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1")
    return next((p for p in (path.with_name(name), path.with_name(name + ".gz")) if p.is_file()), None)


def _open(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]


def _header(path: Path, file: BinaryIO) -> tuple[np.dtype, tuple[int, ...]]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or not 1 <= magic[3] <= MAX_AXES:
        raise DataError(f"{path.name} is not an IDX file: its magic number is 0x{magic.hex() or '0'}.")
    shape = struct.unpack(f">{magic[3]}I", _exactly(path, file, 4 * magic[3]))
    return np.dtype(_TYPES[magic[2]]), shape


def _exactly(path: Path, file: BinaryIO, size: int) -> bytearray:
    """``size`` bytes, taken as they come: a header that lies about the size costs no more memory than the file has."""
    data = bytearray()
    while len(data) < size:
        piece = file.read(min(_PIECE, size - len(data)))
        if not piece:
            raise DataError(f"{path.name} is truncated: {len(data):,} of {size:,} bytes are there.")
        data += piece
    return data
