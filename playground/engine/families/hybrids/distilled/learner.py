"""One training step: first of the teacher; then, the teacher at rest, of the student and of the discriminator that watches it.

Sauer et al. 2023, arXiv:2311.17042, eq. 1-4. Their discriminator stands on the features of a large network that knows other data;
ours learns from nothing, and is told from which level of noise an item was made.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.engine import adversarial, devices
from playground.engine.config import ConfigError
from playground.engine.families.diffusion.learner import DiffusionLearner
from playground.engine.families.diffusion.model import Diffusion
from playground.engine.families.hybrids.distilled import DistilledConfig
from playground.engine.families.hybrids.distilled.answers import DistilledAnswers
from playground.engine.families.hybrids.distilled.model import Distilled
from playground.engine.learner import cosine
from playground.engine.stages import StagedLearner

BETAS = (0.5, 0.99)  # in games a short memory swings less (Radford et al. 2016)


class DistilledLearner(StagedLearner):
    """Alternates an update of D with one of the student, both by Adam, and averages the student's weights."""

    first_learner = DiffusionLearner
    first_field = "teacher"
    first_scalars = {"eps_error": "eps_error"}  # noqa: RUF012
    second_scalars = ("distilled", "loss_g", "loss_d", "penalty", "d_real", "d_fake", "zero", "learning_rate")
    answers = DistilledAnswers
    config: DistilledConfig
    model: Distilled
    first: DiffusionLearner

    def first_config(self) -> Any:
        return self.config.diffusion(self.data.kind)

    def build_second(self) -> None:
        teacher: Diffusion = self.first.model
        if teacher.target == "eps":
            raise ConfigError(
                "teacher", "predicts the noise, which in pure noise says nothing of the item: choose a run whose target is v or "
                "x0, or one of flow matching.",
            )  # fmt: skip
        with torch.random.fork_rng(devices=[]):
            # Layers initialise themselves from torch's global stream: seeded here, given back untouched.
            torch.manual_seed(self.seed + 1)
            self.model = Distilled(teacher, self.config).to(self.device)
        self._of_student: list[Tensor] = [*self.model.student.parameters()]
        self._of_d: list[Tensor] = [*self.model.judge.parameters()]
        self._averaged: list[Tensor] = [*self.model.averaged.parameters()]
        self.optimizers = [self.adam(net.parameters(), BETAS) for net in (self.model.student, self.model.judge)]
        a = teacher.schedule.alpha_bar
        self._signal, self._noise = (self._table(np.sqrt(v)) for v in (a, 1 - a))
        self._times = torch.tensor([int(at.t) for at in self.model.levels], device=self.device)

    def _table(self, values: np.ndarray) -> Tensor:
        """One number for every timestep, on the device."""
        return torch.tensor(values, device=self.device, dtype=torch.float32)

    def at_rest(self) -> tuple[Tensor, Tensor]:
        """No idea of the noise of a teacher that was trained elsewhere; nothing of the student."""
        return torch.ones(1), torch.zeros(len(self.second_scalars))

    def begin(self) -> None:
        """The student starts as the teacher (section 3.1)."""
        self.model.start()

    # ------------------------------------------------------------------ the second stage
    def second_step(self) -> Tensor:
        c, model = self.config, self.model
        x0 = model.teacher.inward(self.batches(self.steps_done))
        factor = cosine(self.second_done, c.steps - self.first_steps) if c.decay == "cosine" else 1.0
        level = torch.randint(len(self._times), (len(x0),), generator=self.noise, device=self.device)
        made = self._made(x0, level)
        of_d = self._play_d(x0, made.detach(), level, c.learning_rate_d * factor)
        loss_g = adversarial.hinge_g(made, model.score(self._seen(made), level))  # eq. 2
        distilled = self._distance(made)
        loss = c.adversarial * loss_g + c.distillation * distilled  # eq. 1
        self._update(0, self._of_student, loss, c.learning_rate * factor)
        self.average(self._averaged, self._of_student)
        known = torch.tensor([0.0, c.learning_rate * factor], device=self.device)
        return torch.cat([torch.stack([loss, distilled, loss_g]).detach(), of_d, known])

    def average(self, averaged: list[Tensor], weights: list[Tensor]) -> None:
        """Counted from the student's own first step."""
        both, self.steps_done = self.steps_done, self.second_done
        super().average(averaged, weights)
        self.steps_done = both

    def _made(self, x0: Tensor, level: Tensor) -> Tensor:
        """The student's items (B, *shape) of x_s = sqrt(a_s) x_0 + sqrt(1 - a_s) eps, s the student's ``level`` (B,) of each."""
        s = self._times[level]
        x_s, signal, noise = self._noised(x0, s)
        with devices.autocast(self.device, self.precision):
            return self.model.x0(self.model.student, x_s, s, signal, noise).float()

    def _noised(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x at timesteps t (B,), with the signal and the noise there, shaped to be multiplied with items."""
        shape = (len(x), *[1] * (x.ndim - 1))
        signal, noise = self._signal[t].reshape(shape), self._noise[t].reshape(shape)
        return signal * x + noise * self._eps(x), signal, noise

    def _eps(self, like: Tensor) -> Tensor:
        return torch.randn(like.shape, generator=self.noise, device=self.device)

    def _distance(self, made: Tensor) -> Tensor:
        """Eq. 4: E_t,eps [c(t) |x_student - x_teacher(sqrt(a_t) sg(x_student) + sqrt(1 - a_t) eps, t)|^2], per dimension.

        c(t) = sqrt(a_t), "exponential weighting": where there is more noise, the teacher's mean says less (section 3.3).
        """
        model, b = self.model, len(made)
        t = torch.randint(len(self._signal), (b,), generator=self.noise, device=self.device)
        with torch.no_grad(), devices.autocast(self.device, self.precision):
            x_t, signal, noise = self._noised(made, t)
            told = model.x0(model.teacher.averaged, x_t, t, signal, noise).float()
            told = torch.minimum(torch.maximum(told, model.teacher.low), model.teacher.high)
        return (self._signal[t] * (made - told).square().flatten(1).mean(1)).mean()

    def _seen(self, x: Tensor) -> Tensor:
        """What D is shown: items, under noise where the recipe says so."""
        sigma = self.config.judge_noise
        return x + sigma * self._eps(x) if sigma > 0 else x

    def _play_d(self, real: Tensor, made: Tensor, level: Tensor, rate: float) -> Tensor:
        """Eq. 3: hinge loss, and R1 on real items. Its loss, penalty and mean scores of real and made items, (4,)."""
        c = self.config
        leaf = self._seen(real).detach().requires_grad_(c.penalty_weight > 0)
        of_real, of_made = self.model.score(leaf, level), self.model.score(self._seen(made), level)
        loss = adversarial.hinge_d(of_real, of_made)
        penalty = torch.zeros((), device=self.device)
        if c.penalty_weight > 0:
            penalty = 0.5 * c.penalty_weight * adversarial.squared_gradient(of_real, leaf).mean()
        self._update(1, self._of_d, loss + penalty, rate)
        return torch.stack([loss, penalty, of_real.mean(), of_made.mean()]).detach()

    def _update(self, which: int, weights: list[Any], loss: Tensor, rate: float) -> None:
        """One step of one player's Adam; the other's weights take no gradient."""
        optimizer = self.optimizers[which]
        for weight, gradient in zip(weights, torch.autograd.grad(self.scaler.scale(loss), weights), strict=True):
            weight.grad = gradient
        for group in optimizer.param_groups:
            group["lr"] = rate
        self.scaler.step(optimizer)
        self.scaler.update()

    def parameters(self) -> int:
        """Number of trained values, of both stages: averages are not trained."""
        return self.first.parameters() + sum(p.numel() for p in (*self._of_student, *self._of_d))
