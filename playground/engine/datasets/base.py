"""What a data set is, once loaded: tensors in memory, their labels, and the density where it is known."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from playground.engine.datasets.errors import DataError as DataError  # for those who have torch anyway

Kind = Literal["image", "points"]


class Density(ABC):
    """A probability density on the plane whose value is known at every point.

    Shapes: points are (N, 2); ``sample`` gives float32, everything else is computed in float64. All in nats.
    """

    #: (x0, x1, y0, y1): a box that holds all but a negligible share (< 1e-6) of the mass, for plots and quadrature.
    bounds: tuple[float, float, float, float]
    #: Centres (K, 2) float64, their weights (K,) and covariances (K, 2, 2), for mixtures of separated modes; else None.
    modes: Tensor | None = None
    mode_weights: Tensor | None = None
    mode_covariances: Tensor | None = None

    @abstractmethod
    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """``n`` independent points (n, 2), float32, on the CPU."""

    @abstractmethod
    def log_prob(self, x: Tensor) -> Tensor:
        """Log density (N,) in nats at ``x`` (N, 2); -inf outside the support."""

    @abstractmethod
    def entropy(self) -> float:
        """Differential entropy in nats: closed form where there is one, else quadrature good to 1e-4."""

    def score(self, x: Tensor) -> Tensor | None:
        """Gradient of log_prob (N, 2), or None where the density has none (the checkerboard)."""
        return None


@dataclass
class Dataset:
    """A data set in memory.

    Images: ``train`` and ``test`` are uint8 (N, C, H, W) on the CPU (see :func:`to_float`). Points: float32 (N, 2).
    Densities keep fixed sets here for display and evaluation, and training draws fresh points from ``density``.
    """

    name: str  # what the user typed: a name of the table or a path, with options
    title: str
    kind: Kind
    train: Tensor
    test: Tensor
    train_labels: dict[str, np.ndarray] = field(default_factory=dict)  # by factor name; "label" is the class
    test_labels: dict[str, np.ndarray] = field(default_factory=dict)
    density: Density | None = None
    skipped: list[tuple[str, str]] = field(default_factory=list)  # (file, reason), for folders of images
    note: str = ""  # where it comes from, licence
    label_names: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of whole-number factors

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one item: (C, H, W) or (2,)."""
        return tuple(self.train.shape[1:])

    def split(self, name: str) -> tuple[Tensor, dict[str, np.ndarray]]:
        """The items and labels of "train" or "test"."""
        return (self.train, self.train_labels) if name == "train" else (self.test, self.test_labels)


def to_float(x: Tensor) -> Tensor:
    """uint8 pictures (0..255) to float32 in [-1, 1]; points pass through as float32."""
    return x.float().div_(127.5).sub_(1) if x.dtype == torch.uint8 else x.float()


def to_pictures(x: Tensor) -> np.ndarray:
    """Float pictures (N, C, H, W) in [-1, 1] to uint8 (N, H, W) for one channel or (N, H, W, 3), ready to paint."""
    byte = x.detach().add(1).mul(127.5).round_().clamp_(0, 255).to(torch.uint8).cpu()
    return byte[:, 0].numpy() if byte.shape[1] == 1 else byte.permute(0, 2, 3, 1).contiguous().numpy()
