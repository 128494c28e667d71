"""The numbers of latent diffusion on held-out data, with standard errors, in nats per item unless the name says otherwise."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from playground.engine import devices
from playground.engine.answers import Likelihood
from playground.engine.datasets.base import Dataset, to_float
from playground.engine.families.hybrids.latent_diffusion.model import LatentDiffusion
from playground.engine.flow_likelihood import FlowLikelihood, exact_divergence, hutchinson, log_likelihood
from playground.engine.metrics.estimates import mean_and_error
from playground.engine.metrics.spread import modes_of, spread_numbers
from playground.engine.objectives import standard_normal_log_prob
from playground.engine.samplers import Level, Prediction

if TYPE_CHECKING:
    from playground.engine.families.hybrids.latent_diffusion.answers import LatentDiffusionAnswers

ODE_STEPS = 30  # Runge-Kutta steps
EXACT_DIM = 32  # numbers in a code up to which the divergence is exact; beyond, one random probe an item
AT_ONCE = 1000  # codes followed along the ODE together
BOUND_PICTURES = 1000  # held-out pictures at most behind the bound
SAMPLES = 2500  # that are counted over the modes: PacGAN's protocol (Lin et al. 2018, section 4.1)
PICTURES = 1000  # over the classes
SEED = 20_211_220
NOTE = "a bound: E_q[log p(x|z) + log p(z) - log q(z|x)], with the diffusion's log p(z) by its ODE, one z an item"

Step = tuple[int, int, str] | dict[str, Any]


def code_log_prob(model: LatentDiffusion, z: Tensor) -> Iterator[float | Tensor]:
    """log p(z) (N,) of codes z (N, d) under the diffusion, in nats, by its probability-flow ODE: the share done, the result."""
    u = model.standardised(z)

    def smooth(x: Tensor, at: Level) -> Prediction:
        return model.diffusion.predict(x, at)

    if u.shape[1] <= EXACT_DIM:
        divergence = exact_divergence(smooth)
    else:
        signs = torch.randint(0, 2, u.shape, generator=torch.Generator().manual_seed(SEED)).to(u)
        divergence = hutchinson(smooth, signs * 2 - 1)
    for part in log_likelihood(divergence, u, model.diffusion.schedule, ODE_STEPS):
        yield part.log_p.float() - model.log_volume() if isinstance(part, FlowLikelihood) else part


def bounds(model: LatentDiffusion, x: Tensor, noise: torch.Generator) -> Iterator[tuple[int, int, str] | tuple[Tensor, Tensor]]:
    """-log p(x) <= -E_q[log p(x|z) + log p(z) - log q(z|x)] of items x (N, *shape), two bounds (N,) that share one z an item: with
    p(z) of the diffusion, and with the VAE's own prior N(0, I). Their difference is what the diffusion knows of the codes.
    """
    ours, plain = [], []
    for start, part in enumerate(x.split(AT_ONCE)):
        q = model.vae.encode(part)
        z = q.sample(torch.randn(q.mu.shape, generator=noise, device=x.device))
        rest = q.log_prob(z) - model.vae.log_likelihood(part, z)
        plain.append((rest - standard_normal_log_prob(z)).cpu())
        for share in code_log_prob(model, z):
            if isinstance(share, Tensor):
                ours.append((rest - share).cpu())
            else:
                yield round(start * AT_ONCE + share * len(part)), len(x), "bound on −log p(x)"
    yield torch.cat(ours), torch.cat(plain)


def likelihoods(asked: LatentDiffusionAnswers, x: Tensor) -> Iterator[Likelihood | tuple[int, int, str]]:
    """See :meth:`Answers.likelihoods`: of items as the VAE was shown them."""
    for part in bounds(asked.model, asked.as_seen(x), devices.generator(asked.device, SEED)):
        if len(part) == 3:
            yield part
        else:
            yield Likelihood(part[0], "bound", NOTE)


def evaluate(asked: LatentDiffusionAnswers, data: Dataset, n: int) -> Iterator[Step]:
    """All numbers that apply to these data. Yields (done, total, what) while working and a dict of numbers at the end."""
    image = data.kind == "image"
    x = asked.held_out(min(n or BOUND_PICTURES, BOUND_PICTURES) if image else n, data)
    numbers: dict[str, Any] = {"n": len(x), "unit": "nats per item", "data": data.name}
    numbers["reconstruction_mse"], numbers["reconstruction_mse_se"] = mean_and_error(reconstruction_errors(asked, data, len(x)))
    for part in bounds(asked.model, x, devices.generator(asked.device, SEED)):
        if len(part) == 3:
            yield part
        else:
            _put_bounds(numbers, *part)
    if image:
        numbers["nll_bits_per_dim"] = numbers["nll"] / math.log(2) / math.prod(data.shape)
    elif data.density is not None:
        numbers["entropy"] = data.density.entropy()
        numbers["kl_data_model"], numbers["kl_data_model_se"] = numbers["nll"] - numbers["entropy"], numbers["nll_se"]
    yield from _samples(asked, data, numbers)
    yield numbers


def _put_bounds(numbers: dict[str, Any], ours: Tensor, plain: Tensor) -> None:
    numbers["bound"], numbers["bound_se"] = mean_and_error(ours)
    numbers |= {"nll": numbers["bound"], "nll_se": numbers["bound_se"], "nll_is_upper_bound": True}
    numbers["bound_of_vae"], numbers["bound_of_vae_se"] = mean_and_error(plain)
    numbers["gained"], numbers["gained_se"] = mean_and_error(plain - ours)


def reconstruction_errors(asked: LatentDiffusionAnswers, data: Dataset, n: int) -> Tensor:
    """Mean squared difference per number (N,) of held-out items and what the VAE makes of their mean codes: a floor under what any
    diffusion of codes can look like.
    """
    vae = asked.model.vae
    parts = to_float(data.test[:n]).to(asked.device).split(asked.at_once())
    return torch.cat([(vae.mean(vae.encode(x).mu) - x).square().flatten(1).mean(1) for x in parts]).cpu()


def _samples(asked: LatentDiffusionAnswers, data: Dataset, numbers: dict[str, Any]) -> Iterator[Step]:
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
