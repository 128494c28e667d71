"""Two models, one behind the other: a VAE whose codes, standardised, are the items of a diffusion. Rombach et al. 2022."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from playground.engine.families.diffusion.model import Diffusion
from playground.engine.families.vae import VAEConfig
from playground.engine.families.vae.model import VAE, Posterior, binarise

WIDE = 5.0  # codes are kept within so many standard deviations as long as their range is not known


class LatentDiffusion(nn.Module):
    """u = (z - ``centre``) / ``spread``, each of its d numbers of mean 0 and variance 1, is what the diffusion sees of a code z."""

    def __init__(self, vae: VAE, vae_config: VAEConfig, diffusion: Diffusion) -> None:
        super().__init__()
        self.vae, self.vae_config, self.diffusion = vae, vae_config, diffusion
        d = vae.latent_dim
        self.register_buffer("centre", torch.zeros(d))
        self.register_buffer("spread", torch.ones(d))
        self.register_buffer("fitted", torch.tensor(False))  # whether those two are known: from the second stage on
        self.centre: Tensor
        self.spread: Tensor
        self.fitted: Tensor
        diffusion.low.fill_(-WIDE)
        diffusion.high.fill_(WIDE)

    @property
    def latent_dim(self) -> int:
        return self.vae.latent_dim

    @torch.no_grad()
    def fit(self, q: Posterior, z: Tensor) -> None:
        """Standardise codes z (N, d): all those of q(z|x), mean and variance of which are known, or the means of it themselves.
        The range of the standardised ones is widened by a tenth on each side.
        """
        mu, scatter = q.mu.double(), q.logvar.double().exp().mean(0)  # Var z = Var E[z|x] + E Var[z|x]
        variance = mu.var(0, correction=0) + (0.0 if z is q.mu else scatter)
        self.fitted.fill_(True)
        self.centre.copy_(mu.mean(0))
        self.spread.copy_(torch.where(variance > 0, variance, 1.0).sqrt())
        u = self.standardised(z)
        low, high = u.amin(0), u.amax(0)
        self.diffusion.low.copy_(low - 0.1 * (high - low))
        self.diffusion.high.copy_(high + 0.1 * (high - low))

    def standardised(self, z: Tensor) -> Tensor:
        return (z - self.centre) / self.spread

    def code(self, u: Tensor) -> Tensor:
        """z of u (..., d)."""
        return self.centre + self.spread * u

    def inward(self, x: Tensor) -> Tensor:
        """Items (N, *shape) to u of the mean of q(z|x), (N, d)."""
        return self.standardised(self.vae.encode(x).mu)

    def outward(self, u: Tensor) -> Tensor:
        """u (N, d) to items (N, *shape): the decoder's mean."""
        return self.vae.mean(self.code(u))

    def log_volume(self) -> float:
        """ln |dz / du|: log densities of z are those of u less this."""
        return float(self.spread.double().log().sum())

    def shown(self, x: Tensor, noise: torch.Generator) -> Tensor:
        """Items x (N, *shape) as the VAE was shown them in training: some recipes make pixels black or white at random."""
        c = self.vae_config
        return binarise(x, noise) if c.likelihood == "bernoulli" and c.binarise == "dynamic" else x
