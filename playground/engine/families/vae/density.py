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
BLOCK = 4_000_000  # numbers held at once
WIDTH = 32  # a convolutional decoder holds about so many numbers for each one of x


def lattice(latent_dim: int, side: int, device: str) -> tuple[Tensor, Tensor]:
    """``side`` equally spaced nodes a dimension over the ball of radius RADIUS, d <= 2: z (M, d), log of prior times cell (M,).

    The trapezoid rule on a smooth, decaying integrand converges exponentially once the spacing is below the width of the
    narrowest feature.
    """
    axis = torch.linspace(-RADIUS, RADIUS, side, dtype=torch.float64, device=device)
    z = axis[:, None] if latent_dim == 1 else torch.cartesian_prod(axis, axis)
    z = z[z.norm(dim=1) <= RADIUS]
    log_cell = latent_dim * math.log(2 * RADIUS / (side - 1))
    return z, standard_normal_log_prob(z) + log_cell


def log_prob_steps(model: VAE, x: Tensor, side: int) -> Iterator[float | Tensor]:
    """log p(x) in nats for x (N, *shape). Yields the share of the nodes that is done, then the result (N,), float64.

    Needs latent size 1 or 2. The nodes are decoded a few at a time: all at once would fill the memory with pictures.
    """
    flat = x.flatten(1)
    z, log_weight = lattice(model.latent_dim, side, str(x.device))
    at_once = max(1, BLOCK // max(len(flat), WIDTH * flat.shape[1]))
    total = torch.full((len(flat),), -math.inf, dtype=torch.float64, device=x.device)
    for start in range(0, len(z), at_once):
        nodes = slice(start, start + at_once)
        terms = _log_likelihoods(model, flat, z[nodes].float())
        total = torch.logaddexp(total, torch.logsumexp(terms + log_weight[nodes].to(terms), 1).double())
        yield min(1.0, (start + at_once) / len(z))
    yield total


def _log_likelihoods(model: VAE, x: Tensor, z: Tensor) -> Tensor:
    """log p(x_n | z_m) for x (N, D) and z (M, d): (N, M); float32 is enough for points, which makes them twice as fast."""
    decoded, log_sigma = model.decode(z)
    out = decoded.flatten(1)  # (M, D)
    if model.likelihood == "bernoulli":
        # sum_i x_i l_i - softplus(l_i), for pixels x in {0, 1} and logits l
        return (((x + 1) / 2) @ out.T).double() - torch.nn.functional.softplus(out).double().sum(1)
    features = x.shape[1]
    if features <= 4:
        # The difference first: |x|^2 + |m|^2 - 2 x.m would lose narrow sigmas to rounding.
        x, out, log_sigma = x.float(), out.float(), log_sigma.float()
        squares = sum((x[:, i : i + 1] - out[:, i]) ** 2 for i in range(features))
    else:
        squares = torch.cdist(x.double(), out.double(), compute_mode="use_mm_for_euclid_dist") ** 2
    assert isinstance(squares, Tensor)
    log_sigma = log_sigma.flatten().to(squares)  # (M,) or (1,)
    return squares * (-0.5 * torch.exp(-2 * log_sigma)) - features * (log_sigma + 0.5 * math.log(2 * math.pi))


@dataclass(frozen=True)
class LogProb:
    """log p(x) (N,) and ``change``: the mean absolute difference from half as many nodes a side, an error estimate."""

    values: Tensor
    change: float
    side: int


def converged_log_prob(
    model: VAE, x: Tensor, tolerance: float = 1e-3, first: int = 64, last: int = 512
) -> Iterator[LogProb | None]:
    """Double the nodes until the mean of log p(x) changes by less than ``tolerance``; None while working, then the result."""
    before: Tensor | None = None
    values, side = torch.empty(0), first
    while True:
        for step in log_prob_steps(model, x, side):
            if isinstance(step, Tensor):
                values = step
            else:
                yield None
        change = math.inf if before is None else float((values - before).abs().mean())
        if change < tolerance or side >= last:
            yield LogProb(values, change, side)
            return
        before, side = values, 2 * side


def log_prob(model: VAE, x: Tensor, tolerance: float = 1e-3, last: int = 512) -> LogProb:
    """:func:`converged_log_prob`, run to its end."""
    return next(r for r in converged_log_prob(model, x, tolerance, last=last) if r is not None)
