"""The variational bound of a diffusion model, split by timestep: a hierarchical VAE's ELBO. Ho et al. 2020, eq. 5.

-log p(x_0) <= L_T + sum_t L_t + L_0, with L_T = KL(q(x_T|x_0) || N(0, I)), L_t = KL(q(x_{t-1}|x_t, x_0) || p(x_{t-1}|x_t)) and
L_0 = -log p(x_0|x_1). Here t counts from 0, so that L_0 belongs to t = 0 and L_t to t = 1 .. T-1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from playground.engine.families.diffusion.model import Diffusion, meaning
from playground.engine.schedules import Schedule

GROUPS = 50  # of timesteps: each item is asked at one random t of each


@dataclass(frozen=True)
class BoundTerms:
    """All in nats per item, on the scale of the data: ``groups`` (N, K) of L_t summed over the timesteps between ``edges`` (K+1,),
    ``reconstruction`` (N,) = L_0, ``prior`` (N,) = L_T.
    """

    edges: np.ndarray
    groups: Tensor
    reconstruction: Tensor
    prior: Tensor

    @property
    def total(self) -> Tensor:
        """The bound of every item (N,)."""
        return self.groups.sum(1) + self.reconstruction + self.prior


def bound_terms(
    model: Diffusion, x: Tensor, noise: torch.Generator, at_once: int, draws: int = 1
) -> Iterator[float | BoundTerms]:
    """The bound of items ``x`` (N, *shape) in units of the data. Yields the share done, then the result.

    L_t is estimated without bias by one random t for each item and group of timesteps, ``draws`` times.
    """
    schedule, x0 = model.schedule, model.inward(x)
    edges = group_edges(schedule)
    per_square, constant = (torch.tensor(v) for v in step_terms(model))
    groups = torch.zeros(len(x), len(edges) - 1, dtype=torch.float64)
    reconstruction = torch.zeros(len(x), dtype=torch.float64)
    total = draws * len(edges)
    for draw in range(draws):
        for k, (first, last) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
            t = torch.randint(first, last, (len(x),), generator=noise, device=x.device)
            squares = _squared_errors(model, x0, t, noise, at_once).cpu()
            term = per_square[t.cpu()] * squares + x0[0].numel() * constant[t.cpu()]
            groups[:, k] += (last - first) * term / draws
            yield (draw * len(edges) + k + 1) / total
        reconstruction += _reconstruction(model, x0, noise, at_once).cpu() / draws
        yield (draw + 1) * len(edges) / total
    yield BoundTerms(edges, groups, reconstruction, prior_kl(schedule, x0).cpu())


def step_terms(model: Diffusion) -> tuple[np.ndarray, np.ndarray]:
    """L_t = ``per_square``_t |x_0 - x0_pred|^2 + d ``constant``_t, each (T,); t = 0 is not used.

    Both Gaussians have the mean c x_0 + ... with c = sqrt(a_s) beta / (1 - a_t), s = t - 1. The posterior's variance is v =
    beta (1 - a_s) / (1 - a_t); the model's is w = v + c^2 Var[x_0 | x_t], the best there is (Bao et al. 2022, eq. 7). So
    KL = d/2 (ln(w/v) + v/w - 1) + c^2 |x_0 - x0_pred|^2 / (2 w). With w = v it would be 1/2 (snr(s) - snr(t)) |...|^2 (Kingma et
    al. 2021, eq. 13): much looser where one step halves the noise, as the first ones do.
    """
    a = model.schedule.alpha_bar
    before = np.concatenate([[1.0], a[:-1]])
    beta = 1 - a / before
    c = np.sqrt(before) * beta / (1 - a)
    v = np.maximum(beta * (1 - before) / (1 - a), 1e-300)
    open_ = model.x0_variances().cpu().double().numpy()
    ratio = 1 + c**2 * open_ / v  # w / v
    return c**2 / (2 * v * ratio), 0.5 * (np.log(ratio) + 1 / ratio - 1)


def group_edges(schedule: Schedule) -> np.ndarray:
    """The first timesteps of the groups, and T: 1 .. T in (about) even steps of ln snr, so that the terms within a group are alike.

    With even steps of t the first group would hold terms a thousand times apart, and chance would decide its sum.
    """
    log_snr = np.log(schedule.snr[1:])
    marks = np.linspace(log_snr[0], log_snr[-1], GROUPS + 1)
    starts = 1 + np.searchsorted(-log_snr, -marks[:-1])
    return np.asarray(np.unique([*starts.tolist(), schedule.num_timesteps]))


def prior_kl(schedule: Schedule, x0: Tensor) -> Tensor:
    """L_T = KL(N(sqrt(a) x_0, (1 - a) I) || N(0, I)) with a = alpha_bar_{T-1}, for x_0 (N, ...) on the model's scale: (N,)."""
    a, d = float(schedule.alpha_bar[-1]), x0[0].numel()
    return 0.5 * (a * x0.double().flatten(1).square().sum(1) + d * (-a - math.log1p(-a)))


def denoise_at(model: Diffusion, x0: Tensor, t: Tensor, eps: Tensor) -> tuple[Tensor, Tensor]:
    """Items noised to timesteps t (N,), each its own: what the averaged network believes, (x_0, eps), both (N, *shape)."""
    a = torch.tensor(model.schedule.alpha_bar, dtype=torch.float32, device=x0.device)[t]
    shape = (len(x0), *[1] * (x0.ndim - 1))
    signal, level = a.sqrt().reshape(shape), (1 - a).sqrt().reshape(shape)
    x_t = signal * x0 + level * eps
    believed = meaning(model.target, model.averaged(x_t, t), x_t, signal, level)
    return believed.x0, believed.eps


def _squared_errors(model: Diffusion, x0: Tensor, t: Tensor, noise: torch.Generator, at_once: int) -> Tensor:
    """|x_0 - x0_pred|^2 of every item at its own timestep: (N,), float64."""
    out = []
    for part, times in zip(x0.split(at_once), t.split(at_once), strict=True):
        eps = torch.randn(part.shape, generator=noise, device=part.device)
        x0_pred, _ = denoise_at(model, part, times, eps)
        out.append((part - x0_pred).double().flatten(1).square().sum(1))
    return torch.cat(out)


def _reconstruction(model: Diffusion, x0: Tensor, noise: torch.Generator, at_once: int) -> Tensor:
    """L_0 = -log p(x_0 | x at t = 0), (N,): a Gaussian round x0_pred as wide as what one step of noise hides, sqrt((1 - a)/a).

    Points: its density, in units of the data. Pictures: the probability of the byte that each pixel is (Ho et al. 2020, eq. 13).
    """
    sigma = float(model.schedule.sigmas[0])
    out = []
    for part in x0.split(at_once):
        eps = torch.randn(part.shape, generator=noise, device=part.device)
        x0_pred, _ = denoise_at(model, part, torch.zeros(len(part), dtype=torch.long, device=part.device), eps)
        if model.kind == "image":
            out.append(-byte_log_prob(part.double(), x0_pred.double(), sigma).flatten(1).sum(1))
        else:
            squares = ((part - x0_pred).double() / sigma).square().flatten(1)
            d = squares.shape[1]
            log_normaliser = d * (math.log(sigma) + 0.5 * math.log(2 * math.pi))
            out.append(0.5 * squares.sum(1) + log_normaliser + model.log_volume())
    return torch.cat(out)


def byte_log_prob(x: Tensor, mean: Tensor, sigma: float) -> Tensor:
    """log of the mass of N(mean, sigma^2) in the bin of 2/255 round each pixel x in [-1, 1]; the outer bins reach to infinity.

    Ho et al. 2020, eq. 13.
    """
    law = torch.distributions.Normal(0.0, 1.0)
    upper, lower = (x + 1 / 255 - mean) / sigma, (x - 1 / 255 - mean) / sigma
    # Bins above the mean are counted from the other side, where small masses are still told apart.
    flip = lower > 0
    upper, lower = torch.where(flip, -lower, upper), torch.where(flip, -upper, lower)
    mass = law.cdf(upper) - law.cdf(lower)
    mass = torch.where(x > 0.999, law.cdf((mean + 1 / 255 - x) / sigma), mass)
    mass = torch.where(x < -0.999, law.cdf((x + 1 / 255 - mean) / sigma), mass)
    return mass.clamp_min(1e-12).log()
