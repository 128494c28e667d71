"""Where the training batches come from: a random stream with random access, so that nothing but a step number needs saving."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from playground.engine.datasets.base import Dataset, to_float

CHUNK = 64  # batches of a density drawn at once: sampling small batches one by one would cost more than a small network


class Batches:
    """The batch of step i, for any i, is a function of (seed, i) alone: a resumed run sees what an uninterrupted one would have.

    Finite data are shuffled anew every epoch; densities give fresh points for ever. The data lie on the device as one tensor.
    """

    def __init__(self, data: Dataset, batch_size: int, seed: int, device: str) -> None:
        self.size, self.seed, self.device = batch_size, seed, device
        self.density = data.density
        self.items = None if data.density else data.train.to(device)
        self.data_labels = data.train_labels
        self._labels: dict[str, Tensor] = {}
        self._block_index = -1
        self._block = torch.empty(0)

    def __call__(self, step: int) -> Tensor:
        """The batch of ``step``: float32, images in [-1, 1], (batch_size, *shape)."""
        if self.density is not None:
            return self._fresh(step)
        items = self.items
        assert items is not None
        return to_float(items[self._indices(step, len(items))])

    def labels(self, step: int, name: str) -> Tensor:
        """The labels ``name`` of the items in the batch of ``step``: (batch_size,) int64, for finite data."""
        if name not in self._labels:
            self._labels[name] = torch.from_numpy(self.data_labels[name]).long().to(self.device)
        labels = self._labels[name]
        return labels[self._indices(step, len(labels))]

    def _fresh(self, step: int) -> Tensor:
        index, offset = divmod(step, CHUNK)
        if index != self._block_index:
            stream = torch.Generator().manual_seed(_mix(self.seed, index))
            assert self.density is not None
            self._block = self.density.sample(CHUNK * self.size, stream).to(self.device)
            self._block_index = index
        return self._block[offset * self.size : (offset + 1) * self.size]

    def _indices(self, step: int, n: int) -> Tensor:
        """Positions step*B .. step*B + B - 1 of the endless sequence of shuffled epochs."""
        first = step * self.size
        pieces, left = [], self.size
        while left:
            epoch, start = divmod(first, n)
            piece = self._order(epoch, n)[start : start + left]
            pieces.append(piece)
            first, left = first + len(piece), left - len(piece)
        return pieces[0] if len(pieces) == 1 else torch.cat(pieces)

    def _order(self, epoch: int, n: int) -> Tensor:
        if epoch != self._block_index:
            stream = torch.Generator().manual_seed(_mix(self.seed, epoch))
            self._block = torch.randperm(n, generator=stream).to(self.device)
            self._block_index = epoch
        return self._block


def _mix(seed: int, index: int) -> int:
    """A seed for block ``index`` of stream ``seed``, well mixed into 32 bits: torch's CPU generator ignores all higher ones."""
    return int(np.random.SeedSequence((seed, index)).generate_state(1)[0])
