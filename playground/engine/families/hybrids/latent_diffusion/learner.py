"""One training step of latent diffusion: first of the VAE, then, the VAE at rest, of the diffusion of its codes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from playground.engine import devices
from playground.engine.batches import Batches
from playground.engine.config import ConfigError
from playground.engine.datasets.base import Dataset, to_float
from playground.engine.families.diffusion.learner import DiffusionLearner
from playground.engine.families.hybrids.latent_diffusion import LatentDiffusionConfig
from playground.engine.families.hybrids.latent_diffusion.answers import LatentDiffusionAnswers
from playground.engine.families.hybrids.latent_diffusion.model import LatentDiffusion
from playground.engine.families.vae.evaluation import elbo_terms
from playground.engine.families.vae.learner import VAELearner
from playground.engine.families.vae.model import Posterior
from playground.engine.stages import StagedLearner

FITTED = 20_000  # codes at most whose mean and spread standardise all
AT_ONCE = 500  # items encoded together
LOOKED_AT = 500  # items behind the numbers of a VAE that was trained elsewhere
SEEN_SEED = 20_211_220

#: Fields of the VAE's own recipe under their names in this one: what its learner finds wrong is said beside them.
NAMES = {"network": "vae_network", "hidden": "vae_hidden", "layers": "vae_layers", "learning_rate": "learning_rate_first"}


class LatentDiffusionLearner(StagedLearner):
    """The second stage is a :class:`DiffusionLearner` whose items are codes."""

    first_learner = VAELearner
    first_field = "first_stage"
    first_scalars = {"neg_elbo": "neg_elbo", "reconstruction": "reconstruction", "kl": "kl"}  # noqa: RUF012
    second_scalars = ("eps_error", "learning_rate")
    answers = LatentDiffusionAnswers
    config: LatentDiffusionConfig
    model: LatentDiffusion
    first: VAELearner

    def build(self) -> None:
        try:
            super().build()
        except ConfigError as error:
            raise ConfigError(NAMES.get(error.field, error.field), error.reason) from error

    def first_config(self) -> Any:
        return self.config.vae()

    def build_second(self) -> None:
        vae, data = self.first.model, self.data
        places = torch.zeros(len(data.train), vae.latent_dim)  # where the codes will be
        stand_in = Dataset(data.name, data.title, "points", places, places[:1], data.train_labels)
        self.second = DiffusionLearner(self.config.diffusion(), stand_in, self.seed, self.device, self.precision)
        self.second.noise, self.second.scaler = self.noise, self.scaler
        self.second.batches = self.codes = Codes(self)
        self.optimizers = self.second.optimizers
        self.model = LatentDiffusion(vae, self.first.config, self.second.model).to(self.device)

    def at_rest(self) -> tuple[Tensor, Tensor]:
        """The bound of the VAE on training items; the error of a denoiser that says 0 of codes of variance 1: if that is v, it is
        the ideal one of N(0, I), of error alpha_bar, else it has no idea of the noise.
        """
        diffusion = self.second.model
        error = float(diffusion.schedule.alpha_bar.mean()) if diffusion.target == "v" else 1.0
        known = torch.tensor([error, self.config.learning_rate])
        if not self.parents:
            return torch.zeros(len(self.first_scalars)), known  # the first step says them
        x = self.codes.shown(self.data.train[:LOOKED_AT], devices.generator(self.device, SEEN_SEED))
        recon, kl, _ = elbo_terms(self.first.model, x, devices.generator(self.device, 0))
        return torch.stack([recon.mean() + kl.sum(1).mean(), recon.mean(), kl.sum(1).mean()]), known

    def begin(self) -> None:
        """How the codes lie: "codes standardised" before the diffusion (Rombach et al. 2022, appendix G), here each number."""
        q = self.codes.posterior(self.data.train[:FITTED])
        self.model.fit(q, self.codes.drawn(q, devices.generator(self.device, SEEN_SEED)))

    def enter(self) -> None:
        self.codes.prepare()

    def second_step(self) -> Tensor:
        self.second.steps_done = self.second_done
        return self.second.step()

    def apply_live(self, name: str, value: Any) -> None:
        super().apply_live(name, value)
        self.second.config = self.config.diffusion()

    def parameters(self) -> int:
        """Number of trained values, of both stages."""
        return self.second.parameters() + self.first.parameters()


class Codes(Batches):
    """Batches of standardised codes u (B, d), of the items that :class:`Batches` would have given.

    Finite data are encoded once, q(z|x) kept as two numbers a dimension; the points of a density at each step.
    """

    def __init__(self, learner: LatentDiffusionLearner) -> None:
        super().__init__(learner.data, learner.config.batch_size, learner.seed, learner.device)
        self.owner = learner
        self._kept: Tensor | None = None

    @torch.no_grad()
    def __call__(self, step: int) -> Tensor:
        if self._kept is None:
            q = self.posterior(super().__call__(step))
        else:
            q = Posterior(*self._kept[self._indices(step, len(self._kept))].chunk(2, 1))
        return self.owner.model.standardised(self.drawn(q, self.owner.noise))

    def prepare(self) -> None:
        """Encode finite data."""
        if self.items is not None:
            self._kept = torch.cat(self.posterior(self.items), 1)

    @torch.no_grad()
    def posterior(self, items: Tensor) -> Posterior:
        """q(z|x) of items (N, *shape), as the data set keeps them."""
        noise = devices.generator(self.device, SEEN_SEED)
        parts = [self.owner.first.model.encode(self.shown(part, noise)) for part in items.split(AT_ONCE)]
        return Posterior(torch.cat([p.mu for p in parts]), torch.cat([p.logvar for p in parts]))

    def drawn(self, q: Posterior, noise: torch.Generator) -> Tensor:
        """Codes z (N, d) as the recipe wants them."""
        if self.owner.config.codes == "mean":
            return q.mu
        return q.sample(torch.randn(q.mu.shape, generator=noise, device=q.mu.device))

    def shown(self, items: Tensor, noise: torch.Generator) -> Tensor:
        """Items on the device, as the VAE was shown them."""
        return self.owner.model.shown(to_float(items.to(self.device)), noise)
