"""Nearest neighbours: is a sample a copy of a training item?"""

from __future__ import annotations

import torch
from torch import Tensor

from playground.engine.datasets.base import Dataset, to_float

PAIRS = 1 << 22  # distances held at once
HELD_OUT = 500  # held-out items, enough for a median
FEW = 4  # coordinates of which differences are taken: far from 0, narrow data would be lost in the squares


class Neighbours:
    """``items`` (M, ...) to look among, made ready once: 9,000 pictures of 784 pixels answer 64 questions in about 20 ms."""

    def __init__(self, items: Tensor) -> None:
        self.items = items.float().flatten(1)  # (M, D)
        self.squares = self.items.square().sum(1)  # (M,)

    def nearest(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The item nearest to each of ``x`` (N, ...): index (N,) int64 and Euclidean distance (N,).

        |y|^2 - 2 x.y finds the index, the difference itself gives the distance: an exact copy has distance 0.
        """
        x = x.float().flatten(1).to(self.items.device)
        parts = x.split(max(1, PAIRS // len(self.items)))
        if x.shape[1] <= FEW:
            index = [torch.cdist(part, self.items, compute_mode="donot_use_mm_for_euclid_dist").argmin(1) for part in parts]
        else:
            index = [torch.addmm(self.squares, part, self.items.T, alpha=-2).argmin(1) for part in parts]
        found = torch.cat(index)
        return found, (x - self.items[found]).norm(dim=1)


def nearest(x: Tensor, items: Tensor) -> tuple[Tensor, Tensor]:
    """Of ``items`` (M, ...) the one nearest to each of ``x`` (N, ...): index (N,) int64 and Euclidean distance (N,)."""
    return Neighbours(items).nearest(x)


def real_distance(data: Dataset, neighbours: Neighbours | None = None) -> float:
    """The median distance from a held-out item to its nearest training item, in the units of x: an honest sample's, too.

    ``neighbours`` of to_float(data.train), if they are made already. Of data that hold nothing out it is 0: all were trained on.
    """
    neighbours = neighbours or Neighbours(to_float(data.train))
    _, distance = neighbours.nearest(to_float(data.test[:HELD_OUT]))
    return float(distance.median())
