"""A small convolutional classifier of a labelled set of pictures: which class does a sample belong to?

Trained once for each data set, with a fixed seed, and kept in the cache; its accuracy on held-out pictures stands beside whatever
it is used for. Its penultimate features serve as a space in which distances between pictures mean something.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.engine.datasets.base import Dataset, to_float
from playground.engine.datasets.cache import cached_arrays

VERSION = 1  # raise it when a new training would find other weights
FACTOR = "label"  # the class, among the labels
SEED, BATCH, CHUNK = 20_181_203, 128, 500
STEPS, RATE, REPORT = 1000, 4e-3, 5
FEATURES = 64
MOST_CLASSES = 100


class Network(nn.Module):
    """(B, C, H, W) in [-1, 1] -> logits (B, classes); three strided convolutions, then :data:`FEATURES` features."""

    def __init__(self, shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        colours, height, width = shape
        self.body = nn.Sequential(
            nn.Conv2d(colours, 16, 5, stride=2, padding=2), nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten(),
            nn.Linear(64 * -(-height // 8) * -(-width // 8), FEATURES), nn.ReLU(),
        )  # fmt: skip
        self.head = nn.Linear(FEATURES, classes)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.head(self.body(x))
        return out


@dataclass(frozen=True)
class Classifier:
    """A trained network. ``names`` (classes,) of the classes, ``true`` (classes,) their shares among the training pictures.

    ``test_accuracy`` in [0, 1] on the ``tested`` held-out pictures, ``confidence`` the mean probability of its answers there.
    """

    network: Network
    names: tuple[str, ...]
    true: np.ndarray
    test_accuracy: float
    confidence: float
    tested: int

    @torch.no_grad()
    def classify(self, x: Tensor) -> Tensor:
        """Probabilities (N, classes) of pictures x (N, C, H, W), float in [-1, 1]; float32 on the CPU."""
        return torch.cat([self.network(part).softmax(1) for part in x.cpu().float().split(CHUNK)])

    @torch.no_grad()
    def features(self, x: Tensor) -> Tensor:
        """Penultimate features (N, 64) of pictures x (N, C, H, W)."""
        return torch.cat([self.network.body(part) for part in x.cpu().float().split(CHUNK)])

    @property
    def note(self) -> str:
        """What it is, in a sentence for the user."""
        return (
            f"Classes by a small convolutional network trained on these data; {100 * self.test_accuracy:.1f} % right on "
            f"{self.tested:,} held-out pictures."
        )


def can_classify(data: Dataset) -> bool:
    """Pictures with a class each, of at least two and at most 100 kinds."""
    labels = data.train_labels.get(FACTOR)
    if data.kind != "image" or labels is None or labels.dtype.kind not in "iu" or labels.min() < 0:
        return False
    return 1 <= labels.max() < MOST_CLASSES


def classifier_for(data: Dataset) -> Iterator[tuple[int, int] | Classifier]:
    """Yields (done, total) steps of training, unless it was trained before, then the :class:`Classifier`.

    ``data`` satisfies :func:`can_classify`. Between two yields some 50 ms pass; gradients are switched on for that time only.
    """
    options = {"data": data.name, "shape": list(data.shape), "n": len(data.train), "digest": _digest(data)}
    kept = _kept(options)
    if kept is None:
        network = _fresh(data)
        for step in _train(network, data):
            yield step, STEPS
        kept = cached_arrays("classifier", VERSION, options, lambda: {k: v.numpy() for k, v in network.state_dict().items()})
    yield _with_accuracy(kept, data)


class _NotKept(Exception):
    """The cache has no classifier of these data."""


def _kept(options: dict[str, Any]) -> dict[str, np.ndarray] | None:
    """What the cache has. It makes what it lacks in one go; this is to be made bit by bit."""

    def make() -> dict[str, np.ndarray]:
        raise _NotKept

    try:
        return cached_arrays("classifier", VERSION, options, make)
    except _NotKept:
        return None


def _digest(data: Dataset) -> str:
    """Tells data sets of one name apart: the labels and every 16th picture."""
    parts = (np.ascontiguousarray(data.train_labels[FACTOR]), data.train[::16].numpy())
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()[:16]


def _classes(data: Dataset) -> int:
    return max(int(data.train_labels[FACTOR].max()) + 1, len(data.label_names.get(FACTOR, ())))


def _empty(data: Dataset) -> Network:
    """Layers without values: made on the meta device, they draw nothing from torch's global stream."""
    with torch.device("meta"):
        network = Network(data.shape, _classes(data))
    return network.to_empty(device="cpu")


def _fresh(data: Dataset) -> Network:
    """Weights N(0, 2 / fan-in), biases 0 (He et al. 2015), from a stream of its own."""
    network, stream = _empty(data), torch.Generator().manual_seed(SEED)
    for p in network.parameters():
        nn.init.zeros_(p) if p.ndim == 1 else nn.init.kaiming_normal_(p, nonlinearity="relu", generator=stream)
    return network


def _train(network: Network, data: Dataset) -> Iterator[int]:
    """Adam with one rise and fall of the rate (Smith & Topin 2018) on randomly shifted pictures; yields the steps done."""
    stream = torch.Generator().manual_seed(SEED)
    labels = torch.from_numpy(data.train_labels[FACTOR].astype(np.int64))
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS)
    for step in range(STEPS):
        with torch.enable_grad():
            chosen = torch.randint(len(labels), (BATCH,), generator=stream)
            x = _shifted(to_float(data.train[chosen]), stream)
            loss = F.cross_entropy(network(x), labels[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
        if step % REPORT == REPORT - 1:
            yield step + 1


def _shifted(x: Tensor, stream: torch.Generator) -> Tensor:
    """The whole batch moved by up to two pixels either way; the border is repeated."""
    dy, dx = torch.randint(0, 5, (2,), generator=stream).tolist()
    height, width = x.shape[2:]
    return F.pad(x, (2, 2, 2, 2), mode="replicate")[:, :, dy : dy + height, dx : dx + width]


def _with_accuracy(kept: dict[str, np.ndarray], data: Dataset) -> Classifier:
    network = _empty(data)
    network.load_state_dict({k: torch.from_numpy(v) for k, v in kept.items()})
    network.eval().requires_grad_(False)
    classes = _classes(data)
    names = data.label_names.get(FACTOR) or tuple(str(k) for k in range(classes))
    true = np.bincount(data.train_labels[FACTOR], minlength=classes) / len(data.train)
    found = Classifier(network, tuple(names), true, 0.0, 0.0, len(data.test))
    if not len(data.test):
        return found
    confidence, answer = found.classify(to_float(data.test)).max(1)
    right = (answer.numpy() == data.test_labels[FACTOR]).mean()
    return replace(found, test_accuracy=float(right), confidence=float(confidence.mean()))
