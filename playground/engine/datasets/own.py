"""The user's own pictures and points, by path: a folder, .npz, .npy or IDX file."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import torch

from playground.engine.datasets import idx, npy, pictures
from playground.engine.datasets.base import Dataset
from playground.engine.datasets.cache import Progress
from playground.engine.datasets.errors import DataError
from playground.engine.datasets.folder import read_folder
from playground.engine.datasets.foreign import kind_of, kind_of_items, reading

STAND_IN = 1_000  # test items taken from the training set when nothing is held out

Labels = dict[str, np.ndarray]
Names = dict[str, tuple[str, ...]]


def load_own(
    name: str, *, size: int, crop: str, colour: str, limit: int, held_out: float, seed: int,
    progress: Progress | None = None,
) -> Dataset:  # fmt: skip
    """Pictures or points (N, 2) from the path ``name``; see OWN_OPTIONS in the package for the options.

    The items are shuffled by ``seed``, at most ``limit`` are kept, and the share ``held_out`` of those tests. With
    ``held_out=0`` up to 1,000 training items stand in for a test set, which the note says.

    Raises:
        DataError: one sentence that says what cannot be used, and why.
    """
    pictures.check_size(size)
    path = Path(os.path.expanduser(name))
    kind = kind_of(path)
    if kind == "folder":
        return _from_folder(path, size, crop, colour, limit, held_out, seed, progress)
    with reading(path):
        items, labels, names = _read_npy(path) if kind in ("npy", "npz") else _read_idx(path)
        _check_count(path, len(items))
        order = np.random.default_rng(seed).permutation(len(items))[:limit]
        note = _limit_note(len(items), limit)
        labels = {k: v[order] for k, v in labels.items()}
        if kind_of_items(path.name, items.shape) == "points":
            points = _as_points(path, items)[order]
            return _split(path, "points", points, labels, names, held_out, note)
        x = pictures.as_nhwc(path.name, items)
        black, white = pictures.value_range(path.name, x)
        x = pictures.to_bytes(x[order], black, white)
        x = pictures.resize_all(x, pictures.choose_size(size, *x.shape[1:3]), crop)
        return _split(path, "image", _as_nchw(x, colour), labels, names, held_out, note)


def _from_folder(
    path: Path, size: int, crop: str, colour: str, limit: int, held_out: float, seed: int, progress: Progress | None
) -> Dataset:
    found = read_folder(path, size, crop, limit, seed, progress)
    _check_count(path, len(found.images), found.skipped)
    order = np.random.default_rng(seed).permutation(len(found.images))
    labels = {"label": found.labels[order]} if found.classes else {}
    names = {"label": found.classes} if found.classes else {}
    x = _as_nchw(found.images[order], colour)
    data = _split(path, "image", x, labels, names, held_out, _limit_note(found.found, limit))
    data.skipped = found.skipped
    return data


# ---- reading ----


def _read_npy(path: Path) -> tuple[np.ndarray, Labels, Names]:
    """Items, and as factors every array of one number an item: a class under "label", others under their own names."""
    arrays = npy.read_arrays(path)
    key = npy.items_key(path, arrays)
    items = arrays.pop(key)
    if items.dtype.kind == "U":
        raise DataError(f"{path.name}, array {key}, is of type {items.dtype}, not numbers.")
    kind_of_items(path.name, items.shape)
    labels: Labels = {}
    names: Names = {}
    for other, values in arrays.items():
        factor = "label" if other in npy.LABEL_KEYS else other
        if values.shape == (len(items), 1):
            values = values[:, 0]
        if factor == "label" or values.shape == (len(items),):
            labels[factor] = _factor(path, other, values, len(items), names)
    return items, labels, names


def _factor(path: Path, key: str, values: np.ndarray, count: int, names: Names) -> np.ndarray:
    if values.shape != (count,):
        raise DataError(f"{path.name}: {key} has the shape {values.shape}, but there are {count:,} items to label.")
    if values.dtype.kind == "U":
        classes, values = np.unique(values, return_inverse=True)
        names["label" if key in npy.LABEL_KEYS else key] = tuple(classes.tolist())
    if values.dtype.kind == "f":
        if not np.isfinite(values).all():
            raise DataError(f"{path.name}: {key} has values that are not finite numbers (nan or inf).")
        if key not in npy.LABEL_KEYS:
            return values.astype(np.float32)
    return _as_classes(path, key, values)


def _as_classes(path: Path, key: str, values: np.ndarray) -> np.ndarray:
    whole = values.astype(np.int64)
    if not np.array_equal(whole, values):
        raise DataError(f"{path.name}: {key} must be whole numbers, one class an item.")
    return whole


def _read_idx(path: Path) -> tuple[np.ndarray, Labels, Names]:
    items = idx.read_idx(path)
    kind_of_items(path.name, items.shape)
    beside = idx.labels_beside(path)
    if beside is None:
        return items, {}, {}
    return items, {"label": _factor(beside, "labels", idx.read_idx(beside), len(items), {})}, {}


# ---- shaping ----


def _check_count(path: Path, count: int, skipped: list[tuple[str, str]] | None = None) -> None:
    if count < 2:
        found = "one item" if count else "nothing"
        left_out = f" ({len(skipped)} files were left out)" if skipped else ""
        raise DataError(f"{path.name} holds {found}{left_out}; a model needs at least two.")


def _limit_note(count: int, limit: int) -> str:
    return f" {limit:,} of {count:,} items, chosen at random." if count > limit else ""


def _as_points(path: Path, items: np.ndarray) -> np.ndarray:
    points = items.astype(np.float32)
    if not np.isfinite(points).all():
        raise DataError(f"{path.name} has values that are not finite numbers (nan or inf).")
    return points


def _as_nchw(x: np.ndarray, colour: str) -> np.ndarray:
    return np.ascontiguousarray(pictures.choose_colour(x, colour).transpose(0, 3, 1, 2))


def _split(path: Path, kind: str, x: np.ndarray, labels: Labels, names: Names, held_out: float, note: str) -> Dataset:
    """The first share of the shuffled items tests: at least one, and at least one trains."""
    n = len(x)
    cut = min(max(1, round(held_out * n)), n - 1) if held_out else 0
    test = slice(0, cut or min(n, STAND_IN))
    if not cut:
        note += " Nothing is held out: the test items are training items."
    tensor = torch.from_numpy(x)
    return Dataset(
        str(path), path.stem or str(path), kind, tensor[cut:], tensor[test],  # type: ignore[arg-type]
        {k: v[cut:] for k, v in labels.items()}, {k: v[test] for k, v in labels.items()},
        note=f"Your own data from {path.name}.{note}", label_names=names,
    )  # fmt: skip
