"""A first look at a data set, as plain arrays."""

from __future__ import annotations

import numpy as np

from playground.engine.datasets import load_data
from playground.engine.datasets.base import to_float, to_pictures


def preview(text: str, n: int = 16) -> np.ndarray:
    """The first ``n`` training items: pictures uint8 (n, H, W) or (n, H, W, 3), or points float32 (n, 2). Raises DataError.

    May take a while (a folder has to be read, a procedural set drawn): not for the GUI thread.
    """
    data = load_data(text)
    items = to_float(data.train[:n])
    return to_pictures(items) if data.kind == "image" else items.numpy()
