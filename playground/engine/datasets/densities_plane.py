"""What all densities on the plane share: checked points, cached entropy, labels of the drawn points."""

from __future__ import annotations

import math
from abc import abstractmethod
from functools import cached_property

import torch
from torch import Tensor

from playground.engine.datasets.base import Density

#: Bounds reach this many standard deviations beyond the centres: two-sided tail 3.8e-8.
REACH = 5.5
#: Largest number of float64 values in one temporary (32 MB), so that 100,000 points do not fill the memory.
CHUNK = 1 << 22
LOG_2PI = math.log(2 * math.pi)


class PlaneDensity(Density):
    """Base of the densities: turns any points into float64 on the CPU, and caches the entropy.

    Points with inf have log density -inf; points with NaN have NaN. Results lie on the CPU; ``log_prob`` can be
    differentiated by autograd, but for the pinwheel's. A subclass writes ``_draw``, ``_log_prob``,
    ``_entropy`` and, where the density has one, ``_score``; those see finite float64 points (N, 2), N >= 1.
    """

    #: What the labels of :meth:`sample_labelled` count: "mode" for mixtures, "branch" for curves; None: no labels.
    label_name: str | None = None

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        return self.sample_labelled(n, generator)[0]

    def sample_labelled(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Points (n, 2), float32, and the component each was drawn from (n,), int64."""
        x, label = self._draw(n, generator)
        return x.float(), label

    def log_prob(self, x: Tensor) -> Tensor:
        x, finite = _points(x)
        out = torch.where(x.isnan().any(1), math.nan, -math.inf).double()  # (N,)
        return torch.masked_scatter(out, finite, self._log_prob(x[finite])) if finite.any() else out

    def score(self, x: Tensor) -> Tensor | None:
        x, finite = _points(x)
        out = torch.full_like(x, math.nan)
        if not finite.any():
            return out
        score = self._score(x[finite])
        return None if score is None else torch.masked_scatter(out, finite[:, None], score)

    def entropy(self) -> float:
        return self._cached_entropy

    @cached_property
    def _cached_entropy(self) -> float:
        return self._entropy()

    @abstractmethod
    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]: ...

    @abstractmethod
    def _log_prob(self, x: Tensor) -> Tensor: ...

    @abstractmethod
    def _entropy(self) -> float: ...

    def _score(self, x: Tensor) -> Tensor | None:
        return None


def uniform(n: int, generator: torch.Generator) -> Tensor:
    """(n,) float64 in [0, 1)."""
    return torch.rand(n, generator=generator, dtype=torch.float64)


def normal(n: int, generator: torch.Generator) -> Tensor:
    """(n, 2) float64, independent N(0, 1)."""
    return torch.randn(n, 2, generator=generator, dtype=torch.float64)


def choose(k: int, n: int, generator: torch.Generator) -> Tensor:
    """(n,) int64, each of 0..k-1 equally likely."""
    return torch.randint(k, (n,), generator=generator)


def _points(x: Tensor) -> tuple[Tensor, Tensor]:
    """``x`` as float64 on the CPU (MPS has no float64), and which rows are finite (N,)."""
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(f"points have the shape (N, 2), not {tuple(x.shape)}")
    x = x.to("cpu", torch.float64)
    return x, x.isfinite().all(1)
