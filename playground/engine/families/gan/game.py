"""The game at one moment: where D sends G's points, what D can see of the divergence, and D trained until it sees all of it."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.engine import oracles
from playground.engine.adversarial import OBJECTIVES, cross_entropy_d, pack
from playground.engine.families.gan.model import GAN

CHUNK = 4096  # points that D or G takes at once
BATCH = 512  # real and generated, for each step towards the optimum; a multiple of every pack
RATE, LAST_RATE = 3e-3, 1e-4
LOGITS = ("minimax", "nonsaturating")  # D's score is a logit; a pair's is one up to a constant
PAIRS = ("rpgan",)


@dataclass(frozen=True)
class Forces:
    """``push`` (n, ...): minus the gradient of G's loss with respect to each generated item; ``score_real``, ``score_fake`` (n,);
    ``pull_real``, ``pull_fake`` (n,): the size of the derivative of D's loss with respect to each score. Every item counts for
    itself: no division by n.
    """

    push: Tensor
    score_real: Tensor
    score_fake: Tensor
    pull_real: Tensor
    pull_fake: Tensor


@torch.enable_grad()
def forces(model: GAN, real: Tensor, fake: Tensor) -> Forces:
    """What the losses of the two players do to n real and n generated items (n, *shape). Pairs are formed in the given order."""
    game, n = OBJECTIVES[model.objective], len(fake)
    x = fake.detach().clone().requires_grad_()
    score_real, score_fake = model.score(real).detach(), model.score(x)
    (slope,) = torch.autograd.grad(n * game.loss_g(score_real, score_fake), x)
    score_fake = score_fake.detach().requires_grad_()
    score_real.requires_grad_()
    pulls = torch.autograd.grad(n * game.loss_d(score_real, score_fake), (score_real, score_fake))
    return Forces(-slope, score_real.detach(), score_fake.detach(), pulls[0].abs(), pulls[1].abs())


# ---------------------------------------------------------------- what D sees
def scores(model: GAN, x: Tensor) -> Tensor:
    """Raw scores (N,) of items (N, *shape), a few at a time."""
    return torch.cat([model.score(part) for part in x.split(CHUNK)])


def is_shifted(model: GAN) -> bool:
    """Whether D's score, read as a logit, is known up to a constant only."""
    return model.objective not in LOGITS or model.packing > 1


def js_seen(real: Tensor, fake: Tensor, shift: bool) -> tuple[float, float]:
    """ln 2 + V(D)/2 with its standard error, in nats: :func:`oracles.js_seen` of scores (n,) and (m,).

    With ``shift`` scores are known up to a constant only: the one that makes V largest is taken off.
    """
    c = best_constant(real, fake) if shift else 0.0
    return oracles.js_seen(real - c, fake - c)


def best_constant(real: Tensor, fake: Tensor) -> float:
    """arg max over c of E[log sigmoid(real - c)] + E[log sigmoid(c - fake)], which is concave in c, by bisection."""
    both = torch.cat([real, fake]).double()
    low, high = float(both.min()), float(both.max())
    for _ in range(40):
        c = (low + high) / 2
        slope = torch.sigmoid(fake.double() - c).mean() - torch.sigmoid(c - real.double()).mean()
        low, high = (c, high) if slope > 0 else (low, c)
    return (low + high) / 2


# ---------------------------------------------------------------- D trained to its optimum
def best_response(model: GAN) -> GAN:
    """A copy of the model whose D may learn while G stands still."""
    found = copy.deepcopy(model)
    found.discriminator.requires_grad_(True)
    return found


def train_to_optimum(model: GAN, draw: Callable[[int], Tensor], steps: int, noise: torch.Generator) -> Iterator[int]:
    """Train ``model.discriminator`` with plain cross-entropy against the shown G; yields the number of steps taken.

    max over D of E[log D(x)] + E[log(1 - D(G(z)))], from fresh items at each step: ``draw(n)`` gives real ones. No penalty and no
    instance noise, whatever the recipe has. Adam of its own, with a rate that falls along half a cosine.
    """
    weights = list(model.discriminator.parameters())
    adam = torch.optim.Adam(weights, betas=(0.9, 0.99))
    for step in range(steps):
        adam.param_groups[0]["lr"] = LAST_RATE + (RATE - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * step / steps))
        z = torch.randn((BATCH, model.latent_dim), generator=noise, device=model.midpoint.device)
        _learn(model, adam, draw(BATCH), model.generate(z))
        yield step + 1


@torch.enable_grad()
def _learn(model: GAN, adam: torch.optim.Adam, real: Tensor, fake: Tensor) -> None:
    model.discriminator.train()  # spectral norms follow the weights
    m = model.packing
    loss = cross_entropy_d(model.judge(pack(real, m)), model.judge(pack(fake, m)))
    adam.zero_grad(set_to_none=True)
    loss.backward()
    adam.step()
    model.discriminator.eval()
