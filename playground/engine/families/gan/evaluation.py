"""The numbers of a GAN on held-out data, with their errors. Densities in nats."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from playground.engine import devices
from playground.engine.datasets.base import Dataset, to_float
from playground.engine.families.gan import game
from playground.engine.families.gan.model import GAN
from playground.engine.families.gan.scores import told_apart
from playground.engine.metrics.divergences import FLOOR, plane_divergences, width
from playground.engine.metrics.estimates import mean_and_error
from playground.engine.metrics.neighbours import Neighbours, real_distance
from playground.engine.metrics.pushforward import PushForward, pushing_forward
from playground.engine.metrics.spread import spread_numbers

SAMPLES = 2500  # generated items that are counted: PacGAN's protocol (Lin et al. 2018, section 4.1)
COPIES = 500  # of them, whose nearest training item is looked for
SIDE, ROUNDS, CELLS = 257, 4, 4000  # of the lattice over the noise: JS good to 3e-5 in a few seconds
SEED = 20_181_203

Step = tuple[int, int, str] | dict[str, Any]


def evaluate(model: GAN, data: Dataset, device: str, n: int) -> Iterator[Step]:
    """All numbers that apply to these data. Yields (done, total, what) while working and a dict of numbers at the end."""
    items = data.test if len(data.test) else data.train
    real = to_float(items[: n or len(items)]).to(device)
    z = torch.randn((max(SAMPLES, len(real)), model.latent_dim), generator=devices.generator(device, SEED), device=device)
    unit = "nats" if data.kind == "points" else "shares and distances"
    numbers: dict[str, Any] = {"n": len(real), "unit": unit, "data": data.name, "samples": SAMPLES, "nfe": 1}
    parts = []
    for part in z.split(max(64, 2_500_000 // math.prod(data.shape))):
        parts.append(model.generate(part))
        yield sum(map(len, parts)), len(z), "samples"
    fake = torch.cat(parts)
    yield 0, 1, "D's verdict"
    numbers |= _verdict(model, real, fake[: len(real)])
    yield from spread_numbers(data, fake[:SAMPLES].cpu(), numbers)
    if len(data.train):
        yield 0, 1, "nearest training items"
        numbers |= _copies(data, fake[:COPIES].cpu())
    if data.density is not None and model.latent_dim == 2:
        yield from _against_density(model, data, device, real, numbers)
    yield numbers


def _copies(data: Dataset, fake: Tensor) -> dict[str, Any]:
    """Median distance from a sample to the nearest training item, beside that from a held-out item."""
    among = Neighbours(to_float(data.train))
    real = real_distance(data, among) if len(data.test) else None
    return {"nearest_distance": float(among.nearest(fake)[1].median()), "nearest_distance_real": real}


def _verdict(model: GAN, real: Tensor, fake: Tensor) -> dict[str, Any]:
    """How well D tells held-out from generated items, and what it sees of the divergence, where its score is a log-ratio."""
    of_real, of_fake = game.scores(model, real), game.scores(model, fake)
    accuracy = told_apart(model.to_probability(of_real), model.to_probability(of_fake), 0.5)
    numbers: dict[str, Any] = {"d_accuracy": accuracy, "d_accuracy_se": math.sqrt(accuracy * (1 - accuracy) / (2 * len(real)))}
    if model.objective in (*game.LOGITS, *game.PAIRS):
        seen, error = game.js_seen(of_real, of_fake, game.is_shifted(model))
        numbers |= {"js_seen": seen, "js_seen_se": error, "value": 2 * (seen - math.log(2)), "value_se": 2 * error}
    return numbers


def _against_density(model: GAN, data: Dataset, device: str, x: Tensor, numbers: dict[str, Any]) -> Iterator[Step]:
    """Divergences of the two densities; the negative log-likelihood of points x (N, 2) beside the least there is, the entropy."""
    density, what = data.density, "exact density of the generator"
    assert density is not None
    pushed = pushing_forward(model.generate, device, SIDE, ROUNDS, CELLS, width(density) / 2)
    for done, found in enumerate(pushed):
        q = found
        yield done, ROUNDS + 2, what
    divergences = plane_divergences(density, q)
    yield ROUNDS + 1, ROUNDS + 2, what
    nll, error = mean_and_error(-floored_log_prob(q, x, density.bounds))
    numbers |= {
        "jsd": divergences.js, "jsd_error": divergences.js_error, "kl_data_model": divergences.kl_data_model,
        "kl_model_data": divergences.kl_model_data if math.isfinite(divergences.kl_model_data) else None,
        "uncovered": divergences.uncovered, "outside": divergences.outside, "nll": nll, "nll_se": error,
        "entropy": density.entropy(), "unresolved": q.unresolved,
    }  # fmt: skip


def floored_log_prob(q: PushForward, x: Tensor, bounds: tuple[float, float, float, float]) -> Tensor:
    """log q at points x (N, 2), of a q of which a millionth is spread evenly over the box: finite where the model never goes."""
    x0, x1, y0, y1 = bounds
    even = math.log(FLOOR / ((x1 - x0) * (y1 - y0)))
    log_q = q.log_prob(x) + math.log1p(-FLOOR)
    return torch.logaddexp(log_q, torch.full_like(log_q, even))
