"""What the drawn data sets have in common: made from independent factors, cached, split, labelled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from playground.engine.datasets.base import Dataset
from playground.engine.datasets.cache import Arrays, Progress, cached_arrays

HELD_OUT = 8  # one picture in eight is kept for testing
CHUNK = 256  # pictures drawn between two reports of progress

Render = Callable[[Mapping[str, np.ndarray], int], np.ndarray]


def generated_images(
    name: str, version: int, options: Mapping[str, Any], factors: Arrays, render: Render, progress: Progress | None
) -> Dataset:
    """Pictures of ``factors`` ((N,) arrays by name), drawn in chunks by ``render`` (uint8 (n, C, H, W)).

    The first 7/8 train, the rest test: the factors are independent, so any cut is a fair one. Only the pictures come
    from the cache; the factors are drawn anew each time (milliseconds).
    """

    def make() -> Arrays:
        return {"images": _draw(factors, options["size"], render, progress)}

    x = torch.from_numpy(cached_arrays(name, version, options, make)["images"])
    cut = len(x) - len(x) // HELD_OUT
    return Dataset(
        name, name.title(), "image", x[:cut], x[cut:],
        {k: v[:cut] for k, v in factors.items()}, {k: v[cut:] for k, v in factors.items()},
    )  # fmt: skip


def _draw(factors: Arrays, size: int, render: Render, progress: Progress | None) -> np.ndarray:
    total = len(next(iter(factors.values())))
    parts = []
    for start in range(0, total, CHUNK):
        if progress:
            progress(start, total)
        parts.append(render({k: v[start : start + CHUNK] for k, v in factors.items()}, size))
    if progress:
        progress(total, total)
    return np.concatenate(parts)
