"""The numbers of a denoising diffusion GAN on held-out data. There is no likelihood: distances, modes, and what D sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from playground.engine import devices
from playground.engine.datasets.base import Dataset, to_float
from playground.engine.metrics.energy import energy_distance
from playground.engine.metrics.spread import modes_of, spread_numbers

if TYPE_CHECKING:
    from playground.engine.families.hybrids.ddgan.answers import DDGANAnswers

LOOK = {"points": 500, "image": 64}  # items of the monitor's distance,
PAIRS = {"points": 500, "image": 16}  # and of what it tells of every step
SAMPLES = {"points": 2500, "image": 500}  # of an evaluation; points: PacGAN's protocol (Lin et al. 2018, section 4.1)
FLOORS = 8  # pairs of sets of real items, whose mean distance is the floor
SEED = 20_211_215

Step = tuple[int, int, str] | dict[str, Any]


def evaluate(asked: DDGANAnswers, data: Dataset, n: int) -> Iterator[Step]:
    """All numbers that apply to these data. Yields (done, total, what) while working and a dict of numbers at the end."""
    items = data.test if len(data.test) else data.train
    real = to_float(items[: n or len(items)]).to(asked.device)
    count = SAMPLES[data.kind]
    numbers: dict[str, Any] = {
        "n": len(real), "unit": "distances and shares", "data": data.name, "samples": count, "nfe": asked.nfe,
        "likelihood": None,
    }  # fmt: skip
    parts: list[Tensor] = []
    for part in asked.drawn(count, SEED):
        if isinstance(part, Tensor):
            parts.append(part)
        else:
            yield *part, "samples"
    x = torch.cat(parts)
    numbers["energy_distance"] = energy_distance(x[: len(real)], real[:count].cpu())
    numbers["energy_distance_floor"], numbers["energy_distance_floor_sd"] = energy_floor(items, min(count, len(real)))
    numbers |= {
        "told_apart": told_apart(asked, real[:count]).tolist(), "spread_by_t": spread_by_t(asked, real[:count]).tolist(),
    }  # fmt: skip
    if modes_of(data):
        yield from spread_numbers(data, x, numbers)
    yield numbers


def look(asked: DDGANAnswers) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """For the monitor: the energy distance of a few samples to as many held-out items, and what D and G do at every step."""
    data, n = asked.data, LOOK[asked.data.kind]
    items = data.test if len(data.test) else data.train
    real = to_float(items[:n]).to(asked.device)
    x = torch.cat([part for part in asked.drawn(len(real), SEED) if isinstance(part, Tensor)])
    floor, _ = asked.once("energy floor", lambda: energy_floor(items, len(real)))
    scalars = {"energy": energy_distance(x, real.cpu()), "energy_floor": floor}
    some = real[: PAIRS[data.kind]]
    return scalars, {"told_apart": told_apart(asked, some), "spread_by_t": spread_by_t(asked, some)}


def energy_floor(items: Tensor, n: int) -> tuple[float, float]:
    """The energy distance between two sets of ``n`` real items, drawn with replacement: its mean and standard deviation."""
    noise = torch.Generator().manual_seed(SEED)
    found = []
    for _ in range(FLOORS):
        a, b = (to_float(items[torch.randint(len(items), (n,), generator=noise)]) for _ in range(2))
        found.append(energy_distance(a, b))
    return float(np.mean(found)), float(np.std(found))


def told_apart(asked: DDGANAnswers, items: Tensor) -> np.ndarray:
    """For every step, least noise first (T,): the share of items (N, *shape) of whose real x_{t-1} D thinks more than of the
    generated one behind the same x_t. One half: it cannot tell them apart.
    """
    model, found = asked.model, []
    for k, x_t, before in _noised(asked, items):
        x0, eps = _drawn(asked, x_t, k, 2), _normal(asked, x_t.shape, 3 + 10 * k)
        steps = torch.full((len(x_t),), k, device=x_t.device)
        real, fake = (model.discriminator(x, x_t, steps) for x in (before, model.before(x0, x_t, eps, k)))
        found.append(float(((real > fake).float() + 0.5 * (real == fake).float()).mean()))
    return np.array(found, np.float32)


def spread_by_t(asked: DDGANAnswers, items: Tensor) -> np.ndarray:
    """For every step, least noise first (T,): the standard deviation per dimension of x_0 = G(x_t, z, t) over z, root mean square
    over the x_t of items (N, *shape), on the model's scale; from two z each.
    """
    pairs = ((_drawn(asked, x_t, k, 4), _drawn(asked, x_t, k, 5)) for k, x_t, _ in _noised(asked, items))
    return np.array([float((a - b).square().mean() / 2) ** 0.5 for a, b in pairs], np.float32)


def _noised(asked: DDGANAnswers, items: Tensor) -> Iterator[tuple[int, Tensor, Tensor]]:
    """Each step k with x_t and x_{t-1} of items, from the same noise at every look."""
    model = asked.model
    x0 = model.inward(items)
    for k in range(model.num_timesteps):
        near, alpha = model.level(k), float(model.process.alpha[k])
        before = near.signal * x0 + near.noise * _normal(asked, x0.shape, 10 * k)
        yield k, alpha**0.5 * before + (1 - alpha) ** 0.5 * _normal(asked, x0.shape, 10 * k + 1), before


def _drawn(asked: DDGANAnswers, x_t: Tensor, k: int, stream: int) -> Tensor:
    return asked.model.draw(x_t, _normal(asked, (len(x_t), asked.model.noise_dim), stream + 10 * k), k)


def _normal(asked: DDGANAnswers, shape: tuple[int, ...], stream: int) -> Tensor:
    return torch.randn(shape, generator=devices.generator(asked.device, SEED + stream), device=asked.device)
