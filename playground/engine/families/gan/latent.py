"""The way back from an item to its noise, which a GAN does not learn: gradient descent on z (Zhu et al. 2016, arXiv:1609.03552)."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from playground.engine.families.gan.model import GAN

STARTS = 8  # codes that descend together
CANDIDATES = 256  # random codes of which the starts are the best
RATE = 0.1
PRIOR = 1e-3  # weight of |z|^2 / d beside the mean squared error


def farthest(latent_dim: int) -> float:
    """The longest z that is looked at, sqrt(d) + 3: N(0, I) goes beyond once in 10,000 draws, so G was not trained there."""
    return math.sqrt(latent_dim) + 3


def find_latent(model: GAN, target: Tensor, steps: int, noise: torch.Generator) -> Iterator[tuple[int, Tensor]]:
    """Search for the z whose item is nearest to ``target`` (*shape). Yields (steps done, best z so far (d,)), ``steps`` + 1 times.

    Adam goes down mean ((G(z) - x) / s)^2 + PRIOR |z|^2 / d from the 8 best of 256 random codes at once; s is the spread of the
    data. The learning rate falls to nothing along half a cosine.
    """
    d = model.latent_dim
    random = torch.randn((CANDIDATES, d), generator=noise, device=target.device)
    z = random[_errors(model, random, target).argsort()[:STARTS]].clone()
    adam = torch.optim.Adam([z.requires_grad_()])
    best, least = z[0].detach().clone(), math.inf
    for step in range(steps + 1):
        before = z.detach().clone()
        errors = _descend(model, z, target, adam, RATE * 0.5 * (1 + math.cos(math.pi * step / max(steps, 1))))
        k = int(errors.argmin())
        if float(errors[k]) < least:
            best, least = before[k], float(errors[k])
        yield step, best


@torch.enable_grad()
def _descend(model: GAN, z: Tensor, target: Tensor, adam: torch.optim.Adam, rate: float) -> Tensor:
    """One step of Adam on all codes z (S, d), none of which may leave the ball; the errors (S,) before it."""
    errors = _errors(model, z, target)
    adam.param_groups[0]["lr"] = rate
    adam.zero_grad()
    (errors + PRIOR * z.square().mean(1)).sum().backward()
    adam.step()
    with torch.no_grad():
        z.mul_((farthest(model.latent_dim) / z.norm(dim=1, keepdim=True).clamp_min(1e-12)).clamp_max(1.0))
    return errors.detach()


def _errors(model: GAN, z: Tensor, target: Tensor) -> Tensor:
    """Mean squared error (S,) of the items of z (S, d), in units of the data's variance."""
    return ((model.generate(z) - target) / model.generator.scale).square().flatten(1).mean(1)
