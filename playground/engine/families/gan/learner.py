"""One round of the game: D learns to tell, G learns not to be told apart. Goodfellow et al. 2014, algorithm 1."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from playground.engine import adversarial, devices
from playground.engine.adversarial import OBJECTIVES, pack
from playground.engine.config import ConfigError
from playground.engine.datasets.base import to_float
from playground.engine.families.gan.answers import GANAnswers
from playground.engine.families.gan.health import GANWatch
from playground.engine.families.gan.model import COMPANIONS, GAN
from playground.engine.learner import Learner, cosine
from playground.engine.metrics.spread import mode_truth

DIVERSITY_ITEMS = 64  # generated items whose distances are measured at each step
REAL_ITEMS = 1000  # real ones, once
MIDPOINT_MEMORY = 0.95
NOISE_END = 0.01  # share of the instance noise that is left when it is switched off


class GANLearner(Learner):
    """Alternates k updates of D with one of G, both by Adam, and averages G's weights."""

    scalars = (
        "loss_d", "penalty", "gradient_d", "d_real", "d_fake", "log_d_real", "log_d_fake", "value", "loss_g", "gradient_g",
        "diversity", "learning_rate_d", "learning_rate_g", "equilibrium_d", "equilibrium_g", "half",
    )  # fmt: skip
    step_parts = ("both", "d", "g")
    answers = GANAnswers
    model: GAN

    def build(self) -> None:
        check_fit(self.config, self.data.kind, self.data.shape)
        with torch.random.fork_rng(devices=[]):
            # Layers initialise themselves from torch's global stream: seeded here, given back untouched.
            torch.manual_seed(self.seed)
            self.model = GAN(self.data.shape, self.data.kind, self.config)
        x = to_float(self.data.train[:REAL_ITEMS])
        if self.data.kind == "points":
            self.model.fit_scale(to_float(self.data.train))
        self.real_distance = adversarial.mean_distance(x).to(self.device)
        self.model.to(self.device)
        d, g = self.model.discriminator, self.model.generator
        self._weights: dict[nn.Module, list[Tensor]] = {p: [*p.parameters()] for p in (d, g, self.model.averaged)}
        self.optimizers = [self.adam(d.parameters()), self.adam(g.parameters())]
        game = OBJECTIVES[self.config.objective]
        self._theory = torch.tensor([game.equilibrium_d, game.equilibrium_g, 0.5], device=self.device)

    def step(self, part: str = "both") -> Tensor:
        """One round, or one player's half of it: the other's loss and gradient are measured all the same."""
        c = self.config
        rate_d, rate_g = (rate * self.decay_now() for rate in (c.learning_rate_d, c.learning_rate_g))
        for i in range(c.d_steps if part != "g" else 1):
            real = self.batches(self.steps_done * c.d_steps + i)
            with torch.set_grad_enabled(i == c.d_steps - 1 or part == "g"):  # G learns from the last batch alone
                fake = self._generate(len(real))
            of_d = self._play_d(real, fake.detach(), rate_d if part != "g" else None)
        of_g = self._play_g(real, fake, rate_g if part != "d" else None)
        if part != "d":
            self.average(self._weights[self.model.averaged], self._weights[self.model.generator])
        with torch.no_grad():
            diversity = adversarial.mean_distance(fake[:DIVERSITY_ITEMS]) / self.real_distance
            rates = torch.tensor([rate_d, rate_g], device=self.device)
            return torch.cat([of_d, of_g, diversity.reshape(1), rates, self._theory])

    # ------------------------------------------------------------------ the two players
    def _play_d(self, real: Tensor, fake: Tensor, rate: float | None) -> Tensor:
        """D learns from a real and a generated batch, or is only measured where there is no ``rate``.

        Returns, (8,): its loss, penalty and length of gradient, mean D(x) and D(G(z)), both terms of V, and V, before the update.
        """
        c = self.config
        real, fake = self._seen(real), self._seen(fake)
        both = torch.cat([real, fake]).requires_grad_(c.resolved_penalty() in adversarial.AT_DATA)
        scores = self._scores(both)
        scores_real, scores_fake = scores.chunk(2)
        loss = OBJECTIVES[c.objective].loss_d(scores_real, scores_fake)
        penalty = self._penalty(real, fake, (scores, both))
        gradient = self._update(self.optimizers[0], self.model.discriminator, loss + penalty, rate)
        if rate is not None and c.objective == "wgan":
            self._clip()
        with torch.no_grad():
            if rate is not None:
                self._keep(real, fake, scores_real, scores_fake)
            d_real, d_fake = (self.model.to_probability(s).mean() for s in (scores_real, scores_fake))
            log_real, log_fake = adversarial.log_probabilities(c.objective, scores_real, scores_fake, self.model.midpoint)
            return torch.stack([loss, penalty, gradient, d_real, d_fake, log_real, log_fake, log_real + log_fake])

    def _play_g(self, real: Tensor, fake: Tensor, rate: float | None) -> Tensor:
        """G learns from the batch that it made, or is only measured: its loss and length of gradient, (2,)."""
        scores_fake = self._scores(self._seen(fake))
        with torch.no_grad():
            needs_real = self.config.objective in ("rpgan", "wgan", "wgan_gp")
            scores_real = self._scores(self._seen(real)) if needs_real else scores_fake
        loss = OBJECTIVES[self.config.objective].loss_g(scores_real, scores_fake)
        gradient = self._update(self.optimizers[1], self.model.generator, loss, rate)
        return torch.stack([loss.detach(), gradient])

    def _generate(self, n: int) -> Tensor:
        """x = G(z), z ~ N(0, I): (n, *shape), float32, with G's graph."""
        z = torch.randn((n, self.config.latent_dim), generator=self.noise, device=self.device)
        with devices.autocast(self.device, self.precision):
            out: Tensor = self.model.generator(z)
        return out.float()

    def _seen(self, x: Tensor) -> Tensor:
        """What D is shown: packs of m (n/m, m, *shape), under instance noise (Sønderby et al. 2017)."""
        sigma = self.noise_now()
        if sigma > 0:
            eps = torch.randn(x.shape, generator=self.noise, device=self.device)
            x = x + sigma * self.model.discriminator.scale * eps
        return pack(x, self.config.packing)

    def _scores(self, packs: Tensor) -> Tensor:
        with devices.autocast(self.device, self.precision):
            return self.model.judge(packs)

    def _penalty(self, real: Tensor, fake: Tensor, scored: tuple[Tensor, Tensor]) -> Tensor:
        """In full precision, whatever the network's: it is differentiated twice. Slopes are per standard deviation of the data."""
        name, weight = self.config.resolved_penalty(), self.penalty_now()
        if name == "none" or weight == 0:
            return torch.zeros((), device=self.device)
        known = scored if self.precision == "fp32" else None
        scale = self.model.discriminator.scale
        return weight * adversarial.penalty(name, self.model.judge, real, fake, self.noise, scale, known)

    def _update(self, optimizer: torch.optim.Optimizer, player: nn.Module, loss: Tensor, rate: float | None) -> Tensor:
        """The length of the loss's gradient in the player's weights; with a ``rate``, one step of its Adam."""
        weights = self._weights[player]
        gradients = torch.autograd.grad(self.scaler.scale(loss), weights)
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad = gradient
        if rate is not None:
            for group in optimizer.param_groups:
                group["lr"], group["betas"] = rate, (self.config.adam_beta1, self.config.adam_beta2)
            self.scaler.unscale_(optimizer)  # in place
            self.scaler.step(optimizer)
            self.scaler.update()
        length = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
        return length if rate is not None or not self.scaler.is_enabled() else length / self.scaler.get_scale()

    # ------------------------------------------------------------------ what changes over the run
    def decay_now(self) -> float:
        """Factor of both learning rates: 1, or from the start (cosine) or from half time on (late) down to a hundredth."""
        c, start = self.config, {"cosine": 0.0, "late": 0.5}.get(self.config.decay)
        return 1.0 if start is None else cosine(max(0, self.steps_done - round(start * c.steps)), round((1 - start) * c.steps))

    def noise_now(self) -> float:
        """Standard deviation of the instance noise: it falls by equal ratios, from coarse to fine, and then ends."""
        c = self.config
        share = self.steps_done / (c.noise_until * c.steps)
        return float(c.instance_noise * NOISE_END**share) if share < 1 else 0.0

    def penalty_now(self) -> float:
        """Weight of the penalty: it falls by equal ratios to its share at the end."""
        c = self.config
        return float(c.penalty_weight * c.penalty_end ** min(1.0, self.steps_done / c.steps))

    # ------------------------------------------------------------------ after an update
    @torch.no_grad()
    def _clip(self) -> None:
        """w <- clip(w, -c, c): Arjovsky et al. 2017, algorithm 1, line 7."""
        for weight in self._weights[self.model.discriminator]:
            weight.clamp_(-self.config.clip, self.config.clip)

    def _keep(self, real: Tensor, fake: Tensor, scores_real: Tensor, scores_fake: Tensor) -> None:
        """The midpoint of D's scores, for critics and pairs, and the company for single items, for packs."""
        if not self.model.is_probability:
            memory = min(MIDPOINT_MEMORY, self.steps_done / (1 + self.steps_done))
            self.model.midpoint.lerp_((scores_real.mean() + scores_fake.mean()) / 2, 1 - memory)
        if self.config.packing > 1:
            half = COMPANIONS // 2
            both = torch.cat([real[:half, 1:], fake[:half, 1:]])
            self.model.companions.copy_(both if len(both) == COMPANIONS else both[:1].expand_as(self.model.companions))

    def watch(self) -> GANWatch:
        """The watch over this game, which knows the modes of the data."""
        return GANWatch(lambda: self.config, *mode_truth(self.data))

    def adopt(self, part: str, found: Any) -> None:
        """Give D the weights ``found`` (a state dict of it) and its Adam a fresh start."""
        if part != "discriminator":
            return super().adopt(part, found)
        self.model.discriminator.load_state_dict(found)
        self.optimizers[0].state.clear()

    def parameters(self) -> int:
        """Number of trained values of both players: the average is not trained."""
        trained = (*self.model.generator.parameters(), *self.model.discriminator.parameters())
        return sum(p.numel() for p in trained)


def check_fit(config: Any, kind: str, shape: tuple[int, ...]) -> None:
    """Raise ConfigError for recipes that cannot be trained on data of this kind."""
    if kind == "points" and config.network == "conv":
        raise ConfigError("network", "Convolutions need pictures; choose mlp for points.")
    if kind == "image" and config.resolved_network(kind) == "conv" and min(shape[1:]) < 8:
        raise ConfigError("network", f"Pictures of {shape[1]} x {shape[2]} pixels are too small for convolutions; choose mlp.")
