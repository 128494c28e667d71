"""One training step of a VAE."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from playground.engine import devices
from playground.engine.config import ConfigError
from playground.engine.datasets.base import to_float
from playground.engine.families.vae.answers import VAEAnswers
from playground.engine.families.vae.model import VAE, binarise
from playground.engine.learner import Learner, cosine
from playground.engine.objectives import free_bits_kl, importance_weighted_bound

#: Learned noise starts at this share of the data's spread. Wide noise explains everything without a code, and a VAE with noise that
#: depends on z stays there; one sigma for all is safe, and reaches its optimum sooner from above.
START_SIGMA = {"gaussian_learned": 0.7, "gaussian_z": 0.1}


class VAELearner(Learner):
    """Maximises the ELBO (or the importance-weighted bound) with Adam."""

    scalars = ("loss", "neg_elbo", "reconstruction", "kl", "beta_now", "learning_rate")
    answers = VAEAnswers
    model: VAE

    def build(self) -> None:
        check_fit(self.config, self.data.kind, self.data.shape)
        with torch.random.fork_rng(devices=[]):
            # Layers initialise themselves from torch's global stream: seeded here, given back untouched.
            torch.manual_seed(self.seed)
            self.model = VAE(self.data.shape, self.data.kind, self.config)
        self._start_at_data_mean()
        self.model.to(self.device)
        self.optimizers = [self.adam(p for p in self.model.parameters() if p.requires_grad)]

    def step(self, part: str = "both") -> Tensor:
        c = self.config
        x = self.batches(self.steps_done)
        if c.likelihood == "bernoulli" and c.binarise == "dynamic":
            x = binarise(x, self.noise)
        beta = c.kl_weight * min(1.0, (self.steps_done + 1) / c.warm_up if c.warm_up else 1.0)
        rate = c.learning_rate * (cosine(self.steps_done, c.steps) if c.decay == "cosine" else 1.0)
        with devices.autocast(self.device, self.precision):
            loss, reconstruction, kl = self._iwae(x) if c.objective == "iwae" else self._elbo(x, beta)
        self.minimise(loss, self.optimizers[0], rate)
        with torch.no_grad():
            known = torch.tensor([beta, rate], device=loss.device)
            return torch.cat([torch.stack([loss, reconstruction + kl, reconstruction, kl]).float(), known])

    def _elbo(self, x: Tensor, beta: float) -> tuple[Tensor, Tensor, Tensor]:
        """loss = -E_q[log p(x|z)] + beta * KL(q(z|x) || p(z)), one z an item: eq. 10 of Kingma & Welling 2013."""
        q = self.model.encode(x)
        z = q.sample(self._eps(*q.mu.shape))
        reconstruction = -self.model.log_likelihood(x, z).mean()
        kl = q.kl()  # (B, d)
        return reconstruction + beta * free_bits_kl(kl, self.config.free_bits), reconstruction, kl.sum(1).mean()

    def _iwae(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """loss = -log (1/K) sum_k w_k; the ELBO's two terms are reported beside it from the same samples."""
        q = self.model.encode(x)
        z = q.sample(self._eps(self.config.iwae_samples, *q.mu.shape))  # (K, B, d)
        log_likelihood = self.model.log_likelihood(x, z)
        log_w = log_likelihood - 0.5 * ((z**2).sum(-1) + z.shape[-1] * math.log(2 * math.pi)) - q.log_prob(z)
        return -importance_weighted_bound(log_w).mean(), -log_likelihood.mean(), q.kl().sum(1).mean()

    def _eps(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.noise, device=self.device)

    def apply_live(self, name: str, value: Any) -> None:
        super().apply_live(name, value)
        if name == "sigma" and self.config.likelihood == "gaussian":
            with torch.no_grad():
                self.model.log_sigma.fill_(math.log(self.config.sigma))

    @torch.no_grad()
    def _start_at_data_mean(self) -> None:
        """Encoder and decoder start at the mean of the data (Burda et al. 2016), with learned noise below its spread."""
        last = [p for name, p in self.model.decoder.named_parameters() if name.endswith("bias")][-1]
        x = to_float(self.data.train[:2000]).double()
        mean, spread = x.mean(0), float(x.var(0).mean()) ** 0.5
        self.model.centre.copy_(mean)
        log_sigma = math.log(START_SIGMA.get(self.config.likelihood, 1.0) * spread + 1e-3)
        if self.config.likelihood == "bernoulli":
            mean = torch.logit(((mean + 1) / 2).clamp(0.01, 0.99))
        if last.numel() >= mean.numel():  # fully connected: one bias a number; convolutions share theirs
            last[: mean.numel()] = mean.flatten().float()
        if self.config.likelihood == "gaussian_z":
            last[-1] = log_sigma
        elif self.config.likelihood == "gaussian_learned":
            self.model.log_sigma.fill_(log_sigma)


def check_fit(config: Any, kind: str, shape: tuple[int, ...]) -> None:
    """Raise ConfigError for recipes that cannot be trained on data of this kind."""
    if kind == "points" and config.likelihood == "bernoulli":
        raise ConfigError("likelihood", "Bernoulli is for pixels; points in the plane need a Gaussian.")
    if kind == "points" and config.network == "conv":
        raise ConfigError("network", "Convolutions need pictures; choose mlp or linear for points.")
    if config.network == "linear" and config.likelihood == "gaussian_z":
        raise ConfigError("likelihood", "The linear VAE has one noise level: choose gaussian or gaussian_learned.")
    if kind == "image" and config.resolved_network(kind) == "conv" and min(shape[1:]) < 8:
        raise ConfigError("network", f"Pictures of {shape[1]} x {shape[2]} pixels are too small for convolutions; choose mlp.")
