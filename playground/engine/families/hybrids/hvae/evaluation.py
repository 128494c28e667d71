"""The numbers of a hierarchical VAE on held-out data, with standard errors, in nats per item unless the name says otherwise."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from playground.engine import devices
from playground.engine.datasets.base import Dataset, to_float
from playground.engine.families.hybrids.hvae.model import Hierarchy, Terms
from playground.engine.metrics.estimates import mean_and_error
from playground.engine.metrics.spread import modes_of, spread_numbers

if TYPE_CHECKING:
    from playground.engine.families.hybrids.hvae.answers import HVAEAnswers

SAMPLES = 2500  # that are counted over the modes: PacGAN's protocol (Lin et al. 2018, section 4.1)
PICTURES = 1000  # over the classes
SEED = 20_160_206

Step = tuple[int, int, str] | dict[str, Any]


def mean_terms(model: Hierarchy, x: Tensor, noise: torch.Generator, at_once: int, draws: int = 1) -> Iterator[float | Terms]:
    """The terms of items x (N, *shape), the mean of ``draws`` estimates: less chance. Yields the share done, then the result."""
    found: list[Terms] = []
    for draw in range(draws):
        for part in model.terms(x, noise, at_once):
            if isinstance(part, Terms):
                found.append(part)
            else:
                yield (draw + part) / draws
    yield Terms(
        torch.stack([f.layers for f in found]).mean(0), torch.stack([f.reconstruction for f in found]).mean(0)
    )


def evaluate(asked: HVAEAnswers, data: Dataset, n: int) -> Iterator[Step]:
    """All numbers that apply to these data. Yields (done, total, what) while working and a dict of numbers at the end."""
    items = data.test if len(data.test) else data.train
    x = to_float(items[: n or len(items)]).to(asked.device)
    numbers: dict[str, Any] = {"n": len(x), "unit": "nats per item", "data": data.name, "nfe": asked.nfe}
    terms: Terms | None = None
    for part in mean_terms(asked.model, x, devices.generator(asked.device, SEED), asked.at_once(), draws=2):
        if isinstance(part, Terms):
            terms = part
        else:
            yield round(part * 100), 100, "variational bound"
    assert terms is not None
    numbers["bound"], numbers["bound_se"] = mean_and_error(terms.total)
    numbers |= {"nll": numbers["bound"], "nll_se": numbers["bound_se"], "nll_is_upper_bound": True}
    numbers["reconstruction"], numbers["reconstruction_se"] = mean_and_error(terms.reconstruction)
    pairs = [mean_and_error(layer) for layer in terms.layers.T]
    numbers["nats_by_layer"], numbers["nats_by_layer_se"] = ([p[i] for p in pairs] for i in (0, 1))
    if data.kind == "image":
        numbers["nll_bits_per_dim"] = numbers["nll"] / math.log(2) / math.prod(data.shape)
    if data.density is not None:
        numbers["entropy"] = data.density.entropy()
        numbers["kl_data_model"], numbers["kl_data_model_se"] = mean_and_error(data.density.log_prob(x.cpu()) + terms.total)
        numbers["kl_is_upper_bound"] = True
    yield from _samples(asked, data, numbers)
    yield {k: (None if isinstance(v, float) and not math.isfinite(v) else v) for k, v in numbers.items()}


def _samples(asked: HVAEAnswers, data: Dataset, numbers: dict[str, Any]) -> Iterator[Step]:
    """Samples over the modes of points or the classes of pictures."""
    if not modes_of(data):
        return
    numbers["samples"] = SAMPLES if data.kind == "points" else PICTURES
    parts = []
    for part in asked.drawn(numbers["samples"], SEED):
        if isinstance(part, Tensor):
            parts.append(part)
        else:
            yield *part, "samples"
    yield from spread_numbers(data, torch.cat(parts), numbers)
