"""One round of the game, at a step of its own for every item: D compares pairs (x_{t-1}, x_t), G makes x_{t-1} from x_t and z.

Xiao et al. 2022, eq. 4 to 6. The data's pairs come of the forward process, x_{t-1} first, then one large step of noise; G's
x_{t-1} is drawn from q(x_{t-1} | x_t, x_0) at its x_0 (eq. 7 and 8).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from playground.engine import adversarial, devices
from playground.engine.adversarial import OBJECTIVES
from playground.engine.config import ConfigError
from playground.engine.datasets.base import to_float
from playground.engine.families.hybrids.ddgan.answers import DDGANAnswers
from playground.engine.families.hybrids.ddgan.model import DDGAN
from playground.engine.learner import Learner, cosine

MIDPOINT_MEMORY = 0.95


class Pairs(NamedTuple):
    """x_{t-1} and x_t (B, *shape) of items and the step k = t - 1 (B,) that lies between."""

    before: Tensor
    x_t: Tensor
    k: Tensor


class DDGANLearner(Learner):
    """Alternates one update of D with one of G, both by Adam, and averages G's weights."""

    scalars = (
        "loss_d", "penalty", "gradient_d", "d_real", "d_fake", "log_d_real", "log_d_fake", "loss_g", "gradient_g",
        "learning_rate_d", "learning_rate_g", "equilibrium_d", "equilibrium_g",
    )  # fmt: skip
    answers = DDGANAnswers
    model: DDGAN

    def build(self) -> None:
        check_fit(self.config, self.data.kind, self.data.shape)
        with torch.random.fork_rng(devices=[]):
            # Layers initialise themselves from torch's global stream: seeded here, given back untouched.
            torch.manual_seed(self.seed)
            self.model = DDGAN(self.data.shape, self.data.kind, self.config)
        if self.data.kind == "points":
            self.model.fit_scale(to_float(self.data.train))
        self.model.to(self.device)
        model = self.model
        self._weights: dict[nn.Module, list[Tensor]] = {
            part: [*part.parameters()] for part in (model.discriminator, model.generator, model.averaged)
        }
        self.optimizers = [self.adam(model.discriminator.parameters()), self.adam(model.generator.parameters())]
        p = model.process
        a_before, alpha = p.alpha_bar[:-1], p.alpha
        self._signal, self._noise = self._table(np.sqrt(a_before)), self._table(np.sqrt(1 - a_before))
        self._step_signal, self._step_noise = self._table(np.sqrt(alpha)), self._table(np.sqrt(1 - alpha))
        self._posterior = [self._table(c) for c in (p.c_x0, p.c_x, p.sigma)]
        game = OBJECTIVES[self.config.objective]
        self._theory = torch.tensor([game.equilibrium_d, game.equilibrium_g], device=self.device)

    def _table(self, values: np.ndarray) -> Tensor:
        """One number for every step, (T, 1, ...), ready to multiply items."""
        shape = (-1, *[1] * len(self.data.shape))
        return torch.tensor(values, device=self.device, dtype=torch.float32).reshape(shape)

    def step(self, part: str = "both") -> Tensor:
        c = self.config
        rate_d, rate_g = (rate * self.decay_now() for rate in (c.learning_rate_d, c.learning_rate_g))
        real = self.real_pairs(self.model.inward(self.batches(self.steps_done)))
        fake = self.generated(real)
        of_d = self._play_d(real, fake.detach(), rate_d)
        of_g = self._play_g(real, fake, rate_g)
        self.average(self._weights[self.model.averaged], self._weights[self.model.generator])
        rates = torch.tensor([rate_d, rate_g], device=self.device)
        return torch.cat([of_d, of_g, rates, self._theory])

    # ------------------------------------------------------------------ pairs
    def real_pairs(self, x0: Tensor) -> Pairs:
        """q(x_{t-1} | x_0), then q(x_t | x_{t-1}): every step for the same share of the batch (B, *shape)."""
        k = self._steps(len(x0))
        before = self._signal[k] * x0 + self._noise[k] * self._normal(x0.shape)
        x_t = self._step_signal[k] * before + self._step_noise[k] * self._normal(x0.shape)
        return Pairs(before, x_t, k)

    def generated(self, real: Pairs) -> Tensor:
        """x_{t-1} ~ p(x_{t-1} | x_t): x_0 = G(x_t, z, t), then the posterior (eq. 7). With G's graph."""
        z = self._normal((len(real.x_t), self.config.noise_dim))
        with devices.autocast(self.device, self.precision):
            x0 = self.model.generator(real.x_t, z, real.k)
        of_x0, of_x, sigma = (table[real.k] for table in self._posterior)
        made: Tensor = of_x0 * x0.float() + of_x * real.x_t + sigma * self._normal(real.x_t.shape)
        return made

    def _steps(self, n: int) -> Tensor:
        """Steps (n,) spread evenly over the batch from a random start."""
        t = self.config.num_timesteps
        start = torch.randint(t, (1,), generator=self.noise, device=self.device)
        return (start + torch.arange(n, device=self.device)) % t

    def _normal(self, shape: tuple[int, ...]) -> Tensor:
        return torch.randn(shape, generator=self.noise, device=self.device)

    # ------------------------------------------------------------------ the two players
    def _play_d(self, real: Pairs, fake: Tensor, rate: float) -> Tensor:
        """D learns from as many real and generated pairs with the same x_t. Returns, (7,): its loss, penalty and length of
        gradient, mean D of real and generated pairs and both terms of the game, before the update.
        """
        c = self.config
        both = torch.cat([real.before, fake]).requires_grad_(c.penalty != "none")
        scores = self._scores(both, torch.cat([real.x_t, real.x_t]), torch.cat([real.k, real.k]))
        scores_real, scores_fake = scores.chunk(2)
        loss = OBJECTIVES[c.objective].loss_d(scores_real, scores_fake)
        penalty = self._penalty(scores, both, real)
        gradient = self._update(self.optimizers[0], self.model.discriminator, loss + penalty, rate)
        with torch.no_grad():
            if not self.model.is_probability:
                self._keep(real.k, (scores_real + scores_fake) / 2)
            midpoint = self.model.midpoint[real.k]
            d_real, d_fake = (adversarial.probability(c.objective, s, midpoint).mean() for s in (scores_real, scores_fake))
            log_real, log_fake = adversarial.log_probabilities(c.objective, scores_real, scores_fake, midpoint)
            return torch.stack([loss, penalty, gradient, d_real, d_fake, log_real, log_fake])

    def _play_g(self, real: Pairs, fake: Tensor, rate: float) -> Tensor:
        """G learns from the x_{t-1} that it made; a relativistic G is compared with the real one of the same x_t. Its loss and
        length of gradient, (2,).
        """
        scores_fake = self._scores(fake, real.x_t, real.k)
        with torch.no_grad():
            scores_real = scores_fake if self.model.is_probability else self._scores(real.before, real.x_t, real.k)
        loss = OBJECTIVES[self.config.objective].loss_g(scores_real, scores_fake)
        gradient = self._update(self.optimizers[1], self.model.generator, loss, rate)
        return torch.stack([loss.detach(), gradient])

    def _scores(self, x: Tensor, x_t: Tensor, k: Tensor) -> Tensor:
        with devices.autocast(self.device, self.precision):
            out: Tensor = self.model.discriminator(x, x_t, k)
        return out.float()

    def _penalty(self, scores: Tensor, both: Tensor, real: Pairs) -> Tensor:
        """gamma/2 E |grad D|^2 in x_{t-1} of real and (r1r2) generated pairs: their scores (2B,) and the leaf (2B, ...).

        In full precision, whatever the network's: it is differentiated twice.
        """
        weight = self.penalty_now()
        if self.config.penalty == "none" or weight == 0:
            return torch.zeros((), device=self.device)
        if self.precision != "fp32":
            scores = self.model.discriminator(both, torch.cat([real.x_t, real.x_t]), torch.cat([real.k, real.k]))
        square = adversarial.squared_gradient(scores, both)
        n = len(square) // 2
        return weight * (square if self.config.penalty == "r1r2" else square[:n]).sum() / (2 * n)

    def _update(self, optimizer: torch.optim.Optimizer, player: nn.Module, loss: Tensor, rate: float) -> Tensor:
        """One step of Adam down the loss; the length of its gradient in the player's weights."""
        weights = self._weights[player]
        found = torch.autograd.grad(self.scaler.scale(loss), weights, allow_unused=True)  # a layer of no step in the batch
        gradients = [torch.zeros_like(w) if g is None else g for w, g in zip(weights, found, strict=True)]
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad = gradient
        for group in optimizer.param_groups:
            group["lr"], group["betas"] = rate, (self.config.adam_beta1, self.config.adam_beta2)
        self.scaler.unscale_(optimizer)  # in place
        self.scaler.step(optimizer)
        self.scaler.update()
        return torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))

    def _keep(self, k: Tensor, middle: Tensor) -> None:
        """The midpoint of D's scores at every step, a running mean."""
        memory = min(MIDPOINT_MEMORY, self.steps_done / (1 + self.steps_done))
        t = self.config.num_timesteps
        count = torch.zeros(t, device=self.device).index_add_(0, k, torch.ones_like(middle))
        mean = torch.zeros(t, device=self.device).index_add_(0, k, middle) / count.clamp_min(1)
        self.model.midpoint.lerp_(torch.where(count > 0, mean, self.model.midpoint), 1 - memory)

    # ------------------------------------------------------------------ what changes over the run
    def decay_now(self) -> float:
        """Factor of both learning rates: 1, or from the start (cosine) or from half time on (late) down to a hundredth."""
        c, start = self.config, {"cosine": 0.0, "late": 0.5}.get(self.config.decay)
        return 1.0 if start is None else cosine(max(0, self.steps_done - round(start * c.steps)), round((1 - start) * c.steps))

    def penalty_now(self) -> float:
        """Weight of the penalty: it falls by equal ratios to its share at the end."""
        c = self.config
        return float(c.penalty_weight * c.penalty_end ** min(1.0, self.steps_done / c.steps))

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
