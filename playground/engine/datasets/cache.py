"""Generated data sets, made once and kept in the user's cache folder.

The file is an uncompressed .npz: its zip container carries a CRC-32 of every array, which is checked on reading, so a
flipped bit is noticed. A damaged file is made anew without a word; a cache that cannot be written only costs time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from platformdirs import user_cache_dir

from playground.engine.files import whole_file

Arrays = dict[str, np.ndarray]
Progress = Callable[[int, int], None]  # (done, total); an exception raised in it cancels the work


def cache_folder() -> Path:
    """The folder of generated data: $PLAYGROUND_CACHE, else where the platform keeps caches."""
    return Path(os.environ.get("PLAYGROUND_CACHE") or user_cache_dir("generative-playground", appauthor=False)) / "data"


def cached_arrays(name: str, version: int, options: Mapping[str, Any], make: Callable[[], Arrays]) -> Arrays:
    """What ``make()`` returned for this (name, version, options) the first time.

    Two processes do not make the same set twice: the second waits for the first. Raise ``version`` whenever ``make``
    would draw something else.
    """
    path = cache_folder() / f"{name}-v{version}-{_digest(options)}.npz"
    if (found := _read(path)) is not None:
        return found
    lock = _lock(path)
    if lock is None:
        return make()
    with lock:
        if (found := _read(path)) is not None:
            return found
        arrays = make()
        _write(path, arrays)
        return arrays


def _digest(options: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()[:16]


def _lock(path: Path) -> FileLock | None:
    """The acquired lock on ``path`` (``with`` releases it), or None where the folder cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_suffix(".lock"))
        lock.acquire()
    except (OSError, NotImplementedError):  # read-only or full disk; a file system without locks
        return None
    return lock


def _read(path: Path) -> Arrays | None:
    """The arrays, or None if the file is absent or damaged in whatever way."""
    try:
        with zipfile.ZipFile(path) as archive:
            return {member.removesuffix(".npy"): _member(archive, member) for member in archive.namelist()}
    except Exception:  # a damaged zip can raise nearly anything; the answer is always to make it anew
        return None


def _member(archive: zipfile.ZipFile, member: str) -> np.ndarray:
    with archive.open(member) as file:
        array = np.lib.format.read_array(file, allow_pickle=False)
        if file.read(1):  # reading to the end is what makes zipfile compare the CRC-32
            raise zipfile.BadZipFile(f"{member} is longer than its header says")
        return array


def _write(path: Path, arrays: Arrays) -> None:
    """Whoever reads sees the whole file or none. A disk that is full costs time alone: the arrays are in memory all the same."""
    with contextlib.suppress(OSError), whole_file(path) as part, part.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
