"""Small data and small recipes for the tests of the engine, and the patience to wait for its messages."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from playground.engine import messages as m
from playground.engine import worker
from playground.engine.datasets.base import Dataset, Density
from playground.engine.families.vae import VAEConfig
from playground.engine.recipe import Compute, Recipe
from playground.engine.session import Session

REPOSITORY = Path(__file__).parents[2]


class OneGaussian(Density):
    """N(mean, covariance), whose entropy is known: the mathematics is torch.distributions'."""

    bounds = (-8.0, 8.0, -8.0, 8.0)

    def __init__(self) -> None:
        covariance = torch.tensor([[1.0, 0.5], [0.5, 2.0]], dtype=torch.float64)
        mean = torch.tensor([0.5, -1.0], dtype=torch.float64)
        self.law = torch.distributions.MultivariateNormal(mean, covariance)

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        eps = torch.randn((n, 2), generator=generator, dtype=torch.float64)
        return (self.law.mean + eps @ self.law.scale_tril.T).float()

    def log_prob(self, x: Tensor) -> Tensor:
        return self.law.log_prob(x.double())

    def entropy(self) -> float:
        return float(self.law.entropy())


def points(n: int = 300) -> Dataset:
    law = OneGaussian()
    x = law.sample(2 * n, torch.Generator().manual_seed(3))
    return Dataset("points", "One Gaussian", "points", x[:n], x[n:], density=law)


def images(size: int = 12, colours: int = 1, n: int = 90, width: int | None = None) -> Dataset:
    """A bright bar at one of ten places on a grey, slightly noisy ground."""
    rng = np.random.default_rng(0)
    width = width or size
    x = rng.integers(0, 60, (n, colours, size, width), dtype=np.uint8)
    label = np.arange(n) % 10
    for i, place in enumerate(label):
        row = int(place) * size // 10
        x[i, :, row : row + max(1, size // 6)] = 250
    both = torch.from_numpy(x)
    cut = n * 2 // 3
    return Dataset("bars", "Bars", "image", both[:cut], both[cut:], {"label": label[:cut]}, {"label": label[cut:]})


DATA: dict[str, Callable[[], Dataset]] = {
    "bars": images, "points": points, "colour": lambda: images(size=16, colours=3),
}  # fmt: skip


def load(text: str, progress: Any = None) -> Dataset:
    return DATA[text]()


@pytest.fixture
def small_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker finds the data sets above instead of the real ones."""
    monkeypatch.setattr(worker, "load_data", load)


FAST = {"hidden": 8, "layers": 1, "latent_dim": 2, "batch_size": 8, "steps": 100_000, "network": "mlp"}


def recipe(data: str = "bars", seed: int = 0, **changes: Any) -> Recipe:
    kind = "points" if data == "points" else "image"
    base: dict[str, Any] = {**FAST, "likelihood": "gaussian_z" if kind == "points" else "bernoulli"}
    return Recipe("vae", data, VAEConfig(**{**base, **changes}), seed, Compute(device="cpu", threads=1))


class Watched:
    """A session whose messages are kept, to be waited for."""

    def __init__(self) -> None:
        self.session = Session()
        self.seen: list[m.Event] = []

    def __enter__(self) -> Watched:
        return self

    def __exit__(self, *_: object) -> None:
        closed = self.session.close(20)
        self.drain()
        assert closed, "the session did not close"

    def drain(self) -> list[m.Event]:
        new = self.session.poll()
        self.seen += new
        return new

    def of(self, kind: type[Any]) -> list[Any]:
        return [e for e in self.seen if isinstance(e, kind)]

    def until(self, kind: type[Any], when: Callable[[Any], bool] = lambda e: True, timeout: float = 20.0) -> Any:
        """The first message of ``kind`` for which ``when`` holds, from those not yet waited past."""
        deadline = time.monotonic() + timeout
        position = getattr(self, "_position", 0)
        while True:
            self.drain()
            while position < len(self.seen):
                event = self.seen[position]
                position += 1
                if isinstance(event, kind) and when(event):
                    self._position = position
                    return event
            if time.monotonic() > deadline:
                raise AssertionError(f"no {kind.__name__} within {timeout} s; seen: {self.seen[-12:]}")
            time.sleep(0.002)

    def state(self, name: str, timeout: float = 20.0) -> Any:
        return self.until(m.StateChanged, lambda e: e.state == name, timeout)

    def step(self, at_least: int) -> Any:
        return self.until(m.Progress, lambda e: e.step >= at_least)

    def ask(self, request: m.Request, timeout: float = 20.0) -> Any:
        """The final answer to a request, of those that come in several parts the last."""
        number = self.session.request(request)
        return self.until(m.Answer, lambda e: e.request_id == number and not on_the_way(e), timeout)


def on_the_way(reply: m.Answer) -> bool:
    """Whether more of this answer is to come."""
    return isinstance(reply, m.Working) or (hasattr(reply, "done") and reply.done < reply.total)


def linear_gaussian_log_prob(x: Tensor, w: Tensor, b: Tensor, sigma: float) -> Tensor:
    """log N(x; b, W W^T + sigma^2 I) in float64; W is (D, d)."""
    w = w.double()
    covariance = w @ w.T + sigma**2 * torch.eye(len(w), dtype=torch.float64)
    return torch.distributions.MultivariateNormal(b.double(), covariance).log_prob(x.double())


def nearly(a: Any, b: Any, tolerance: float = 1e-6) -> bool:
    return math.isclose(float(a), float(b), rel_tol=tolerance, abs_tol=tolerance)
