"""log p(x) = log of the integral of p(x|z) p(z) dz, by quadrature where the latent space is small enough."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.engine.families.vae.model import VAE
from playground.engine.objectives import standard_normal_log_prob

RADIUS = 6.5  # the prior outside this radius holds 7e-10 of the mass in two dimensions
BLOCK = 4_000_000  # log-likelihoods held at once


@dataclass(frozen=True)
class Lattice:
    """Decoded quadrature nodes: ``z`` (M, d), log of prior times cell volume (M,), decoder output and log sigma."""

    z: Tensor
    log_weight: Tensor
    out: Tensor
    log_sigma: Tensor


def lattice(model: VAE, side: int, device: str) -> Lattice:
    """``side`` equally spaced nodes a dimension over the ball of radius RADIUS, d <= 2 (the trapezoid rule on a smooth, decaying integrand
    converges exponentially once the spacing is below the width of the narrowest feature)."""
    d = model.latent_dim
    axis = torch.linspace(-RADIUS, RADIUS, side, dtype=torch.float64, device=device)
    z = axis[:, None] if d == 1 else torch.cartesian_prod(axis, axis)
    z = z[z.norm(dim=1) <= RADIUS]
    log_cell = d * math.log(2 * RADIUS / (side - 1))
    out, log_sigma = model.decode(z.float())
    log_sigma = log_sigma.expand(len(z), *[1] * len(model.shape)).reshape(len(z))
    return Lattice(z.float(), standard_normal_log_prob(z) + log_cell, out.flatten(1), log_sigma)


def log_prob_steps(model: VAE, x: Tensor, side: int) -> Iterator[Tensor]:
    """log p(x) in nats for x (N, *shape), a chunk of items at each step: (n,) float64. Needs latent size 1 or 2."""
    nodes = lattice(model, side, str(x.device))
    rows = max(1, BLOCK // len(nodes.z))
    for chunk in x.flatten(1).split(rows):
        yield torch.logsumexp(_log_likelihoods(model, chunk, nodes) + nodes.log_weight, 1)


def _log_likelihoods(model: VAE, x: Tensor, nodes: Lattice) -> Tensor:
    """log p(x_n | z_m), (N, M), float64."""
    if model.likelihood == "bernoulli":
        # sum_i x_i l_i - softplus(l_i), for pixels x in {0, 1} and logits l
        inside = torch.nn.functional.softplus(nodes.out).double().sum(1)
        return (((x + 1) / 2) @ nodes.out.T).double() - inside
    features = x.shape[1]
    if features <= 4:
        # The difference first: |x|^2 + |m|^2 - 2 x.m would lose narrow sigmas to rounding.
        squares = sum((x[:, i : i + 1] - nodes.out[:, i]) ** 2 for i in range(features))
    else:
        squares = torch.cdist(x.double(), nodes.out.double(), compute_mode="use_mm_for_euclid_dist") ** 2
    assert isinstance(squares, Tensor)
    log_sigma = nodes.log_sigma.double()
    return -0.5 * squares.double() * torch.exp(-2 * log_sigma) - features * (log_sigma + 0.5 * math.log(2 * math.pi))


@dataclass(frozen=True)
class LogProb:
    """log p(x) (N,) and ``change``: the mean absolute difference from the rule with half as many nodes a side, an error estimate."""

    values: Tensor
    change: float
    side: int


def converged_log_prob(
    model: VAE, x: Tensor, tolerance: float = 1e-3, first: int = 64, last: int = 512
) -> Iterator[LogProb | None]:
    """Double the nodes until the mean of log p(x) changes by less than ``tolerance``; yields None while working, then the result."""
    before: Tensor | None = None
    side = first
    while True:
        chunks = []
        for chunk in log_prob_steps(model, x, side):
            chunks.append(chunk)
            yield None
        values = torch.cat(chunks)
        change = math.inf if before is None else float((values - before).abs().mean())
        if change < tolerance or side >= last:
            yield LogProb(values, change, side)
            return
        before, side = values, 2 * side


def log_prob(model: VAE, x: Tensor, tolerance: float = 1e-3, last: int = 512) -> LogProb:
    """:func:`converged_log_prob`, run to its end."""
    return next(r for r in converged_log_prob(model, x, tolerance, last=last) if r is not None)
