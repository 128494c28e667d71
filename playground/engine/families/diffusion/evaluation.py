"""The numbers of a diffusion model on held-out data, with standard errors, in nats per item unless the name says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from playground.engine import devices
from playground.engine.datasets.base import Dataset, to_float
from playground.engine.families.diffusion.bound import BoundTerms, bound_terms
from playground.engine.metrics.estimates import mean_and_error
from playground.engine.metrics.spread import modes_of, spread_numbers

if TYPE_CHECKING:
    from playground.engine.families.diffusion.measures import DiffusionMeasures

SAMPLES = 2500  # that are counted over the modes: PacGAN's protocol (Lin et al. 2018, section 4.1)
PICTURES = 1000  # over the classes
AT_ONCE = 4000  # points followed along the ODE together
SEED = 20_200_619

Step = tuple[int, int, str] | dict[str, Any]


def evaluate(asked: DiffusionMeasures, data: Dataset, n: int) -> Iterator[Step]:
    """All numbers that apply to these data. Yields (done, total, what) while working and a dict of numbers at the end."""
    items = data.test if len(data.test) else data.train
    x = to_float(items[: n or len(items)]).to(asked.device)
    numbers: dict[str, Any] = {"n": len(x), "unit": "nats per item", "data": data.name}
    yield from _bound(asked, x, numbers)
    if data.kind == "points":
        yield from _exact(asked, data, x, numbers)
    else:
        numbers |= {"nll": numbers["bound"], "nll_se": numbers["bound_se"], "nll_is_upper_bound": True}
        numbers["nll_bits_per_dim"] = asked.bits_per_dim(numbers["nll"])
    yield from _samples(asked, data, numbers)
    yield numbers


def _bound(asked: DiffusionMeasures, x: Tensor, numbers: dict[str, Any]) -> Iterator[Step]:
    """The variational bound and its parts."""
    terms: BoundTerms | None = None
    for part in bound_terms(asked.model, x, devices.generator(asked.device, SEED), asked.at_once()):
        if isinstance(part, BoundTerms):
            terms = part
        else:
            yield round(part * 100), 100, "variational bound"
    assert terms is not None
    numbers["bound"], numbers["bound_se"] = mean_and_error(terms.total)
    numbers["bound_prior"] = float(terms.prior.mean())
    numbers["bound_reconstruction"], numbers["bound_reconstruction_se"] = mean_and_error(terms.reconstruction)


def _exact(asked: DiffusionMeasures, data: Dataset, x: Tensor, numbers: dict[str, Any]) -> Iterator[Step]:
    """-log p(x) by the probability-flow ODE, beside the least there is."""
    found: list[Tensor] = []
    for start, part in enumerate(x.split(AT_ONCE)):
        for step in asked.flow_log_prob(part):
            if isinstance(step, Tensor):
                found.append(step.cpu().double())
            else:
                yield round(start * AT_ONCE + step * len(part)), len(x), "exact log p(x) by the ODE"
    log_q = torch.cat(found)
    numbers["nll"], numbers["nll_se"] = mean_and_error(-log_q)
    numbers["nll_is_upper_bound"] = False
    if data.density is not None:
        numbers["entropy"] = data.density.entropy()
        numbers["kl_data_model"], numbers["kl_data_model_se"] = mean_and_error(data.density.log_prob(x.cpu()) - log_q)


def _samples(asked: DiffusionMeasures, data: Dataset, numbers: dict[str, Any]) -> Iterator[Step]:
    """Samples of the recipe's sampler over the modes of points or the classes of pictures."""
    plan = asked.planned(None)
    numbers |= {"sampler": plan.name, "num_steps": plan.num_steps, "nfe": plan.nfe}
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
