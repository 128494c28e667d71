"""The numbers of a VAE on held-out data, with standard errors. All in nats per item unless the name says otherwise."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from playground.engine import devices
from playground.engine.datasets.base import Dataset, to_float
from playground.engine.families.vae.density import LogProb, converged_log_prob
from playground.engine.families.vae.model import VAE, binarise
from playground.engine.metrics.estimates import mean_and_error
from playground.engine.objectives import importance_weighted_bound
from playground.engine.oracles import PPCA, fit_ppca, principal_angles

ACTIVE = 0.01  # Burda et al. 2016, section 5.2: a unit is active if Var_x(E_q[z|x]) exceeds this


def at_once(model: VAE) -> int:
    """How many latents are decoded together: a convolutional decoder then holds about a gigabyte at most."""
    return max(64, min(20_000, 2_500_000 // math.prod(model.shape)))


def held_out(data: Dataset, config: Any, n: int, device: str, split: str = "test") -> Tensor:
    """The first ``n`` items (0: all) as the likelihood wants them; binary pixels are drawn once and for all from a fixed seed."""
    items = data.split(split)[0]
    x = to_float(items[: n or len(items)]).to(device)
    if config.likelihood == "bernoulli" and config.binarise == "dynamic":
        x = binarise(x, devices.generator(device, 20_131_220))
    return x


def elbo_terms(model: VAE, x: Tensor, noise: torch.Generator, draws: int = 1) -> tuple[Tensor, Tensor, Tensor]:
    """Per item: -E_q[log p(x|z)] (N,) from ``draws`` samples of z, KL by dimension (N, d), posterior means (N, d)."""
    recon, kls, mus = [], [], []
    for chunk in x.split(max(1, at_once(model) // draws)):
        q = model.encode(chunk)
        eps = torch.randn((draws, *q.mu.shape), generator=noise, device=x.device)
        recon.append(-model.log_likelihood(chunk, q.sample(eps)).mean(0))
        kls.append(q.kl())
        mus.append(q.mu)
    return torch.cat(recon), torch.cat(kls), torch.cat(mus)


def active_units(mu: Tensor) -> tuple[Tensor, Tensor]:
    """(variance of the posterior mean over the data (d,), which of them exceed 0.01 (d,)); mu is (N, d)."""
    variance = mu.double().var(0) if len(mu) > 1 else torch.zeros(mu.shape[1], dtype=torch.float64, device=mu.device)
    return variance, variance > ACTIVE


def iwae_steps(model: VAE, x: Tensor, num_samples: int, noise: torch.Generator) -> Iterator[Tensor | None]:
    """The importance-weighted bound of every item (N,), K = num_samples; yields None while working, then the result."""
    bounds = []
    most = at_once(model)
    rows = max(1, most // num_samples)
    for chunk in x.split(rows):
        parts = []
        for start in range(0, num_samples, most):
            k = min(most, num_samples - start)
            eps = torch.randn((k, len(chunk), model.latent_dim), generator=noise, device=x.device)
            parts.append(model.log_weights(chunk, eps))
        bounds.append(importance_weighted_bound(torch.cat(parts)))
        yield None
    yield torch.cat(bounds)


def linear_optimum(data: Dataset, config: Any) -> PPCA:
    """pPCA of the training data: what a linear VAE can reach at best (200,000 fresh points where the density is known)."""
    if data.density is not None:
        x = data.density.sample(200_000, torch.Generator().manual_seed(7))
    else:
        x = to_float(data.train)
    sigma2 = config.sigma**2 if config.likelihood == "gaussian" else None
    return fit_ppca(x, config.latent_dim, sigma2)


def evaluate(
    model: VAE, data: Dataset, config: Any, device: str, n: int, num_samples: int, own: bool = True
) -> Iterator[tuple[int, int, str] | dict[str, Any]]:
    """All numbers of this family. Yields (done, total, what) while working and a dict of numbers at the end.

    ``own``: the data are those of the training, to which the closed-form optimum of a linear VAE belongs.
    """
    x = held_out(data, config, n, device)
    noise = devices.generator(device, 20_160_107)
    numbers: dict[str, Any] = {"n": len(x), "unit": "nats per item", "data": data.name}
    yield 0, len(x), "evidence lower bound"
    recon, kl, mu = elbo_terms(model, x, noise, draws=10)
    _put(numbers, "elbo", -(recon + kl.sum(1)))
    _put(numbers, "reconstruction", recon)
    _put(numbers, "kl_prior", kl.sum(1))
    variance, active = active_units(mu)
    numbers |= {"active_units": int(active.sum()), "kl_per_dim": kl.mean(0).tolist(), "mu_variance": variance.tolist()}
    done = 0
    for bound in iwae_steps(model, x, num_samples, noise):
        if bound is None:
            done = min(len(x), done + max(1, at_once(model) // num_samples))
            yield done, len(x), f"importance-weighted bound, {num_samples} samples"
        else:
            _put(numbers, "iwae", bound)
            numbers["iwae_samples"] = num_samples
            best = bound
    if config.likelihood == "bernoulli" and config.binarise == "dynamic":
        numbers["bits_per_dim"] = -numbers["iwae"] / math.log(2) / math.prod(data.shape)
    if own and config.network == "linear" and config.likelihood != "bernoulli":
        best_linear = linear_optimum(data, config)
        _put(numbers, "ppca_log_likelihood", best_linear.log_prob(x.cpu()))
        directions = model.decoder[0].weight.detach().cpu().T[active.cpu()]  # type: ignore[index]
        if len(directions) == len(best_linear.components):  # a subspace of another size has no angle to it
            numbers["ppca_largest_angle_degrees"] = float(principal_angles(directions, best_linear.components).max())
        numbers["ppca_active_units"] = len(best_linear.components)
    if model.latent_dim <= 2:
        yield from _exact(numbers, model, x)
        best = numbers.pop("_log_p", best)
    if data.density is not None:
        _against_density(numbers, data, x, best, exact=model.latent_dim <= 2)
    yield numbers


def _exact(numbers: dict[str, Any], model: VAE, x: Tensor) -> Iterator[tuple[int, int, str]]:
    """Exact log p(x) by quadrature over z, on at most 2,000 images or 20,000 points."""
    x = x[: 20_000 if model.shape == (2,) else 2_000]
    result: LogProb | None = None
    for result in converged_log_prob(model, x):  # noqa: B007  (the last one is the result)
        yield 0, len(x), "exact log p(x) by quadrature"
    assert result is not None
    _put(numbers, "log_p", result.values)
    numbers |= {"log_p_quadrature_change": result.change, "log_p_nodes_per_side": result.side, "_log_p": result.values}


def _against_density(numbers: dict[str, Any], data: Dataset, x: Tensor, log_q: Tensor, exact: bool) -> None:
    """Negative log-likelihood, entropy and KL(data || model) = E_p[log p - log q]; without quadrature log q is a bound."""
    assert data.density is not None
    log_p = data.density.log_prob(x[: len(log_q)].cpu())
    _put(numbers, "nll", -log_q)
    numbers["entropy"] = data.density.entropy()
    _put(numbers, "kl_data_model", log_p - log_q.cpu().double())
    numbers["nll_is_upper_bound"] = not exact


def _put(numbers: dict[str, Any], name: str, values: Tensor) -> None:
    numbers[name], numbers[f"{name}_se"] = mean_and_error(values)
