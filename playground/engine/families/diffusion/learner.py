"""One training step of a diffusion model: noise an item to a random level, predict, compare. Ho et al. 2020, algorithm 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.engine import devices
from playground.engine.config import ConfigError
from playground.engine.datasets.base import to_float
from playground.engine.families.diffusion.answers import DiffusionAnswers
from playground.engine.families.diffusion.model import Diffusion, meaning, wanted
from playground.engine.learner import Learner, cosine
from playground.engine.schedules import Schedule

CAPPED_SNR = 5.0  # gamma of Hang et al. 2023, section 3.4
LABEL = "label"
EPS_MEMORY = 0.99


class DiffusionLearner(Learner):
    """Minimises the (weighted) squared error of the target with Adam, and averages the weights."""

    scalars = ("loss", "eps_error", "learning_rate")
    answers = DiffusionAnswers
    model: Diffusion

    def build(self) -> None:
        check_fit(self.config, self.data)
        with torch.random.fork_rng(devices=[]):
            # Layers initialise themselves from torch's global stream: seeded here, given back untouched.
            torch.manual_seed(self.seed)
            self.model = Diffusion(self.data.shape, self.data.kind, self.config, num_classes(self.config, self.data))
        if self.data.kind == "points":
            self.model.fit_scale(to_float(self.data.train))
        if self.model.num_classes:
            self.model.class_share.copy_(torch.bincount(torch.as_tensor(self.data.train_labels[LABEL])) / len(self.data.train))
        self.model.to(self.device)
        self.optimizers = [self.adam(self.model.net.parameters())]
        self._averaged: list[Tensor] = [*self.model.averaged.parameters()]
        self._own: list[Tensor] = [*self.model.net.parameters()]
        schedule = self.model.schedule
        self._signal = self._table(np.sqrt(schedule.alpha_bar))
        self._noise = self._table(np.sqrt(1 - schedule.alpha_bar))
        self._weight = self._table(loss_weights(self.config.weighting, self.model.target, schedule))

    def _table(self, values: np.ndarray) -> Tensor:
        """One number for every timestep, on the device."""
        return torch.tensor(values, device=self.device, dtype=torch.float32)

    def step(self, part: str = "both") -> Tensor:
        c, model = self.config, self.model
        x0 = model.inward(self.batches(self.steps_done))
        b = len(x0)
        t = self._timesteps(b)
        eps = torch.randn(x0.shape, generator=self.noise, device=self.device)
        shape = (b, *[1] * (x0.ndim - 1))
        signal, noise = self._signal[t].reshape(shape), self._noise[t].reshape(shape)
        x_t = signal * x0 + noise * eps  # q(x_t | x_0), eq. 4
        with devices.autocast(self.device, self.precision):
            out = model.net(x_t, t, self._labels(b))
        error = (out.float() - wanted(model.target, x0, eps, signal, noise)).square().flatten(1).mean(1)  # (B,)
        loss = (self._weight[t] * error).mean()
        rate = c.learning_rate * (cosine(self.steps_done, c.steps) if c.decay == "cosine" else 1.0)
        self.minimise(loss, self.optimizers[0], rate)
        self.average(self._averaged, self._own)
        with torch.no_grad():
            eps_hat = meaning(model.target, out.float(), x_t, signal, noise).eps
            self._note_eps(t, eps_hat)
            return torch.stack([loss.detach(), (eps_hat - eps).square().mean(), torch.tensor(rate, device=self.device)])

    def _timesteps(self, n: int) -> Tensor:
        """Uniform timesteps (n,), spread evenly over the batch from a random start, so that no batch sees only little noise or much
        (Kingma et al. 2021, arXiv:2107.00630, appendix I.1).
        """
        start = torch.rand(1, generator=self.noise, device=self.device)
        share = (start + torch.arange(n, device=self.device) / n) % 1.0
        return (share * self.config.num_timesteps).long().clamp_max(self.config.num_timesteps - 1)

    def _note_eps(self, t: Tensor, eps_hat: Tensor) -> None:
        """A running mean of the squared prediction at every t, for the optimal variance of ancestral sampling."""
        square = eps_hat.square().flatten(1).mean(1)
        old = self.model.eps_square[t]
        self.model.eps_square[t] = old + (1 - EPS_MEMORY) * (square - old)

    def _labels(self, n: int) -> Tensor | None:
        """Classes of the batch, hidden ("not told") at random in a share of the items."""
        if not self.model.num_classes:
            return None
        label = self.batches.labels(self.steps_done, LABEL)
        hidden = torch.rand(n, generator=self.noise, device=self.device) < self.config.class_dropout
        return torch.where(hidden, self.model.num_classes, label)

    def parameters(self) -> int:
        """Number of trained values: the average is not trained."""
        return sum(p.numel() for p in self.model.net.parameters())


def loss_weights(weighting: str, target: str, schedule: Schedule) -> np.ndarray:
    """The weight (T,) of the target's squared error per dimension at every t.

    * simple: 1 (Ho et al. 2020, eq. 14);
    * min_snr: min(snr, 5) times the error of x_0, in terms of the target: /snr for eps, /(snr + 1) for v (Hang et al. 2023);
    * elbo: T/2 (snr(t-1) - snr(t)) times the error of x_0 (Kingma et al. 2021, eq. 13), with L_0 as for a Gaussian decoder.
    """
    snr = schedule.snr
    per_x0 = {"x0": 1.0, "eps": 1 / snr, "v": 1 / (snr + 1), "u": 1 / (1 + np.sqrt(snr)) ** 2}[target]  # error of x0 / of target
    if weighting == "simple" or target == "u":
        return np.ones_like(snr)
    if weighting == "min_snr":
        return np.asarray(np.minimum(snr, CAPPED_SNR) * per_x0)
    before = np.concatenate([[2 * snr[0]], snr[:-1]])  # L_0 weighs the first level as one more halving of the noise
    return np.asarray(0.5 * len(snr) * (before - snr) * per_x0)


def num_classes(config: Any, data: Any) -> int:
    """How many classes the network is told apart: none without labels or where class dropout is 0."""
    if config.class_dropout == 0 or LABEL not in data.train_labels:
        return 0
    return int(data.train_labels[LABEL].max()) + 1


def check_fit(config: Any, data: Any) -> None:
    """Raise ConfigError for recipes that cannot be trained on these data."""
    if data.kind == "points" and config.network == "unet":
        raise ConfigError("network", "A U-Net needs pictures; choose mlp for points.")
    if data.kind == "image" and config.resolved_network(data.kind) == "unet" and min(data.shape[1:]) < 8:
        raise ConfigError("network", f"Pictures of {data.shape[1]} x {data.shape[2]} pixels are too small for a U-Net; choose mlp.")
    if config.class_dropout > 0 and LABEL not in data.train_labels:
        raise ConfigError("class_dropout", f"{data.title} has no classes: set it to 0.")
