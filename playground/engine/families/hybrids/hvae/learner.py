"""One training step of a hierarchical VAE: the bound itself is minimised, with fixed encoders one layer of it for each item."""

from __future__ import annotations

import torch
from torch import Tensor

from playground.engine import devices
from playground.engine.config import ConfigError
from playground.engine.datasets.base import Dataset, to_float
from playground.engine.families.hybrids.hvae import HVAEConfig
from playground.engine.families.hybrids.hvae.answers import HVAEAnswers
from playground.engine.families.hybrids.hvae.fixed import FixedHierarchy
from playground.engine.families.hybrids.hvae.learned import LearnedHierarchy
from playground.engine.families.hybrids.hvae.model import Averaged, Hierarchy
from playground.engine.learner import Learner, cosine

START_ITEMS = 2000


class HVAELearner(Learner):
    """Maximises the ELBO with Adam, and averages the weights."""

    scalars = ("loss", "neg_elbo", "reconstruction", "kl", "learning_rate")
    answers = HVAEAnswers
    model: Averaged

    def build(self) -> None:
        check_fit(self.config, self.data)
        with torch.random.fork_rng(devices=[]):
            # Layers initialise themselves from torch's global stream: seeded here, given back untouched.
            torch.manual_seed(self.seed)
            own = hierarchy(self.data, self.config)
        if self.data.kind == "points":
            own.fit_scale(to_float(self.data.train))
        own.start(to_float(self.data.train[:START_ITEMS]))
        self.model = Averaged(own).to(self.device)
        self.optimizers = [self.adam(self.model.own.parameters())]
        self._averaged: list[Tensor] = [*self.model.averaged.parameters()]
        self._own: list[Tensor] = [*self.model.own.parameters()]

    def step(self, part: str = "both") -> Tensor:
        c, own = self.config, self.model.own
        x0 = own.inward(self.batches(self.steps_done))
        with devices.autocast(self.device, self.precision):
            reconstruction, kl = self._all_layers(own, x0) if isinstance(own, LearnedHierarchy) else self._a_layer(own, x0)
        weight = min(1.0, (self.steps_done + 1) / c.warm_up) if c.encoders == "learned" and c.warm_up else 1.0
        loss = reconstruction + weight * kl
        rate = c.learning_rate * (cosine(self.steps_done, c.steps) if c.decay == "cosine" else 1.0)
        self.minimise(loss, self.optimizers[0], rate)
        self.average(self._averaged, self._own)
        with torch.no_grad():
            known = torch.tensor([rate], device=loss.device)
            return torch.cat([torch.stack([loss, reconstruction + kl, reconstruction, kl]).float(), known])

    def _all_layers(self, own: LearnedHierarchy, x0: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstruction and the nats of all codes, from one draw of them for each item."""
        layers, reconstruction = own.draw_terms(x0, self.noise)
        return reconstruction.mean(), layers.sum(1).mean()

    def _a_layer(self, own: Hierarchy, x0: Tensor) -> tuple[Tensor, Tensor]:
        """The same, each item at one layer, L times its term: an estimate without bias. The layers are spread evenly over the batch
        from a random start (Kingma et al. 2021, arXiv:2107.00630, appendix I.1).
        """
        assert isinstance(own, FixedHierarchy)
        n, count = len(x0), own.num_layers
        start = torch.rand(1, generator=self.noise, device=self.device)
        share = (start + torch.arange(n, device=self.device) / n) % 1.0
        t = (share * count).long().clamp_max(count - 1)
        eps = torch.randn(x0.shape, generator=self.noise, device=self.device)
        term, lowest = count * own.term(x0, t, eps), (t == 0).float()
        return (lowest * term).mean(), ((1 - lowest) * term).mean() + own.prior(x0).mean()

    def shown_model(self) -> Hierarchy:
        return self.model.averaged

    def parameters(self) -> int:
        """Number of trained values: the average is not trained."""
        return sum(p.numel() for p in self.model.own.parameters())


def hierarchy(data: Dataset, config: HVAEConfig) -> Hierarchy:
    """The untrained model of a recipe, in units of its own."""
    kind = FixedHierarchy if config.encoders == "fixed" else LearnedHierarchy
    return kind(data.shape, data.kind, config)


def check_fit(config: HVAEConfig, data: Dataset) -> None:
    """Raise ConfigError for recipes that cannot be trained on these data."""
    if config.encoders == "learned":
        return
    if data.kind == "points" and config.network == "unet":
        raise ConfigError("network", "A U-Net needs pictures; choose mlp for points.")
    if data.kind == "image" and config.resolved_network(data.kind) == "unet" and min(data.shape[1:]) < 8:
        raise ConfigError("network", f"Pictures of {data.shape[1]} x {data.shape[2]} pixels are too small for a U-Net; choose mlp.")
