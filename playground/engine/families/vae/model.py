"""Encoder q(z|x), decoder p(x|z) and the terms of the bound. Kingma & Welling 2013, arXiv:1312.6114."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from playground.engine.families.vae import VAEConfig
from playground.engine.nets.conv import ConvDecoder, ConvEncoder
from playground.engine.nets.mlp import mlp
from playground.engine.objectives import (
    bernoulli_log_prob,
    gaussian_log_prob,
    kl_to_standard_normal,
    standard_normal_log_prob,
)  # fmt: skip

LOG_SIGMA_RANGE = (-7.0, 3.0)  # a learned sigma stays in [0.0009, 20]: no infinite density on a single point
LOGVAR_RANGE = (-20.0, 10.0)


class Posterior(NamedTuple):
    """q(z|x) = N(mu, diag exp(logvar)), both (B, d)."""

    mu: Tensor
    logvar: Tensor

    def sample(self, eps: Tensor) -> Tensor:
        """z = mu + sigma * eps, the reparameterisation trick (section 2.4); eps (..., B, d) ~ N(0, I)."""
        return self.mu + torch.exp(0.5 * self.logvar) * eps

    def kl(self) -> Tensor:
        """KL(q(z|x) || N(0, I)) by dimension, (B, d)."""
        return kl_to_standard_normal(self.mu, self.logvar)

    def log_prob(self, z: Tensor) -> Tensor:
        """log q(z|x), (..., B)."""
        return gaussian_log_prob(z, self.mu, 0.5 * self.logvar).sum(-1)


class VAE(nn.Module):
    """Items are (B, *shape): images in [-1, 1] or points. Everything is in nats."""

    def __init__(self, shape: tuple[int, ...], kind: str, config: VAEConfig) -> None:
        super().__init__()
        self.shape, self.likelihood, self.latent_dim = shape, config.likelihood, config.latent_dim
        self.network = config.resolved_network(kind)
        features = math.prod(shape)
        extra = 1 if config.likelihood == "gaussian_z" else 0
        d = config.latent_dim
        if self.network == "conv":
            colours, height, width = shape
            self.encoder: nn.Module = ConvEncoder((colours, height, width), config.channels, config.hidden, 2 * d)
            self.decoder: nn.Module = ConvDecoder((colours + extra, height, width), config.channels, config.hidden, d)
        else:
            layers = 0 if self.network == "linear" else config.layers
            self.encoder = nn.Sequential(nn.Flatten(), mlp(features, config.hidden, layers, 2 * d))
            self.decoder = mlp(d, config.hidden, layers, features + extra)
        self.log_sigma = nn.Parameter(torch.zeros(()), requires_grad=config.likelihood == "gaussian_learned")
        if config.likelihood == "gaussian":
            self.log_sigma.data.fill_(math.log(config.sigma))
        self.register_buffer("centre", torch.zeros(shape))  # mean of the data: an encoder learns much faster from x - centre
        self.centre: Tensor
        # A linear VAE reaches pPCA only if the posterior variance is the same for all x, as the exact posterior's is.
        self.logvar = nn.Parameter(torch.zeros(d), requires_grad=self.network == "linear")

    def encode(self, x: Tensor) -> Posterior:
        """q(z|x) for x (B, *shape)."""
        mu, logvar = self.encoder(x - self.centre).float().chunk(2, -1)
        if self.network == "linear":
            logvar = self.logvar.expand_as(mu)
        return Posterior(mu, logvar.clamp(*LOGVAR_RANGE))

    def decode(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Output of the decoder for z (..., d): logits or mean (..., *shape), and log sigma, broadcastable to it."""
        flat = self.decoder(z.reshape(-1, z.shape[-1])).float()
        if self.likelihood == "gaussian_z":
            flat, log_sigma = self._split_sigma(flat)
            log_sigma = log_sigma.reshape(*z.shape[:-1], *[1] * len(self.shape))
        else:
            log_sigma = self.log_sigma
        return flat.reshape(*z.shape[:-1], *self.shape), log_sigma.clamp(*LOG_SIGMA_RANGE)

    def _split_sigma(self, flat: Tensor) -> tuple[Tensor, Tensor]:
        """The decoder's extra output is log sigma(z), one number an item: isotropic noise that depends on z."""
        if flat.ndim == 2:
            return flat[:, :-1], flat[:, -1]
        return flat[:, :-1], flat[:, -1].mean((-2, -1))

    def mean(self, z: Tensor) -> Tensor:
        """E[x|z] in the units of the data (images in [-1, 1]), (..., *shape)."""
        out, _ = self.decode(z)
        return out.sigmoid() * 2 - 1 if self.likelihood == "bernoulli" else out

    def sample_x(self, z: Tensor, noise: torch.Generator) -> Tensor:
        """x ~ p(x|z), (..., *shape)."""
        out, log_sigma = self.decode(z)
        if self.likelihood == "bernoulli":
            return torch.bernoulli(out.sigmoid(), generator=noise) * 2 - 1
        return out + log_sigma.exp() * torch.randn(out.shape, generator=noise, device=out.device)

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x|z) in nats: x (B, *shape), z (..., B, d) -> (..., B). Bernoulli: x = -1 and 1 mean black and white."""
        out, log_sigma = self.decode(z)
        if self.likelihood == "bernoulli":
            terms = bernoulli_log_prob(((x + 1) / 2).expand_as(out), out)
        else:
            terms = gaussian_log_prob(x, out, log_sigma)
        return terms.flatten(-len(self.shape)).sum(-1)

    def log_weights(self, x: Tensor, eps: Tensor) -> Tensor:
        """log w_k = log p(x|z_k) + log p(z_k) - log q(z_k|x) for eps (K, B, d) -> (K, B); Burda et al. 2016, eq. 7."""
        q = self.encode(x)
        z = q.sample(eps)
        return self.log_likelihood(x, z) + standard_normal_log_prob(z) - q.log_prob(z)


def binarise(x: Tensor, noise: torch.Generator) -> Tensor:
    """Pixels -1 or 1, white with the probability of their grey value (Burda et al. 2016, section 5)."""
    return torch.bernoulli((x + 1) / 2, generator=noise) * 2 - 1
