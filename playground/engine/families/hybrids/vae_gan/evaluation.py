"""The numbers of a VAE-GAN on held-out data, with their errors and floors. No likelihood: see answers.py."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from playground.engine import devices
from playground.engine.answers import Measuring
from playground.engine.datasets.base import Dataset, to_float
from playground.engine.families.hybrids.vae_gan.model import VAEGAN
from playground.engine.families.vae.evaluation import active_units, at_once
from playground.engine.metrics.energy import energy_distance
from playground.engine.metrics.estimates import mean_and_error
from playground.engine.metrics.sets import real_floor
from playground.engine.metrics.spectra import RealSpectra
from playground.engine.metrics.spread import spread_numbers

SAMPLES = 2500  # decoded from the prior
COMPARED = 1000  # of them, for distances of all pairs
SEED = 20_151_231


def reconstruction(model: VAEGAN, x: Tensor) -> Tensor:
    """Squared error per pixel or coordinate (N,) of the decoder's mean at the posterior mean, for items x (N, *shape)."""
    parts = [(model.mean(model.encode(part).mu) - part).square().flatten(1).mean(1) for part in x.split(at_once(model))]
    return torch.cat(parts)


def evaluate(model: VAEGAN, data: Dataset, config: Any, device: str, n: int) -> Iterator[Measuring]:
    """Yields (done, total, what) while working and a dict of numbers at the end."""
    items = data.test if len(data.test) else data.train
    x = to_float(items[: n or len(items)]).to(device)
    numbers: dict[str, Any] = {
        "n": len(x), "unit": "nats and errors per pixel" if data.kind == "image" else "nats and units of x", "data": data.name,
        "samples": SAMPLES, "nfe": 1, "likelihood": None,
        "likelihood_note": "None: an error in the features of a network that itself learns is no density of x.",
    }  # fmt: skip
    yield 0, len(x), "reconstruction"
    _code_numbers(model, x, numbers)
    z = torch.randn((SAMPLES, model.latent_dim), generator=devices.generator(device, SEED), device=device)
    parts: list[Tensor] = []
    for part in z.split(min(at_once(model), 500)):
        parts.append(model.mean(part))
        yield sum(map(len, parts)), len(z), "samples"
    fake = torch.cat(parts)
    yield 0, 1, "D's verdict"
    _verdict(model, x, fake[: len(x)], numbers)
    yield from spread_numbers(data, fake.cpu(), numbers)
    yield 0, 1, "distance from real items"
    (_sharpness if data.kind == "image" else _distance)(data, x.cpu(), fake.cpu(), numbers)
    yield numbers


def _code_numbers(model: VAEGAN, x: Tensor, numbers: dict[str, Any]) -> None:
    """Root mean square error per pixel (standard error by the delta method), nats in the code, latents in use."""
    square, error = mean_and_error(reconstruction(model, x))
    root = math.sqrt(square)
    q = [model.encode(part) for part in x.split(at_once(model))]
    kl = torch.cat([p.kl() for p in q])
    total, total_error = mean_and_error(kl.sum(1))
    numbers |= {
        "rmse": root, "rmse_se": error / (2 * root) if root else 0.0, "kl_prior": total, "kl_prior_se": total_error,
        "kl_per_dim": kl.mean(0).tolist(), "active_units": int(active_units(torch.cat([p.mu for p in q]))[1].sum()),
    }  # fmt: skip


def _verdict(model: VAEGAN, real: Tensor, fake: Tensor, numbers: dict[str, Any]) -> None:
    """Share of held-out and decoded items that D puts on the right side of 1/2, which counts half; both kinds weigh the same."""
    p_real, p_fake = (torch.cat([model.probability(part) for part in v.split(at_once(model))]) for v in (real, fake))
    right = [(p > 0.5).float().mean() + 0.5 * (p == 0.5).float().mean() for p in (p_real, 1 - p_fake)]
    share = float(sum(right)) / 2
    numbers |= {"d_accuracy": share, "d_accuracy_se": math.sqrt(share * (1 - share) / (len(real) + len(fake)))}


def _sharpness(data: Dataset, x: Tensor, fake: Tensor, numbers: dict[str, Any]) -> None:
    """Power of fine detail in the samples over that of real pictures; beside it what real pictures score."""
    pool = to_float(torch.cat([data.test, data.train]))
    real = RealSpectra.of(pool, min(len(x), len(fake)))
    numbers |= {
        "sharpness": real.ratio(fake[: real.n]), "sharpness_floor": real.floor, "sharpness_floor_sd": real.floor_sd,
        "sharpness_n": real.n,
    }  # fmt: skip


def _distance(data: Dataset, x: Tensor, fake: Tensor, numbers: dict[str, Any]) -> None:
    """Energy distance of samples from data; the floor is that of two disjoint sets of data of the same size."""
    pool = to_float(torch.cat([data.test, data.train]))
    k = min(COMPARED, len(fake), len(pool) // 2)
    numbers |= {
        "energy_distance": energy_distance(pool[:k], fake[:k]),
        "energy_distance_floor": real_floor(energy_distance, pool, k, k), "energy_distance_n": k,
    }  # fmt: skip
