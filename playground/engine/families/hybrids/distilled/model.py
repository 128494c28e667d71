"""Teacher, student and discriminator. Sauer et al. 2023, arXiv:2311.17042. Inside, everything stands on the teacher's scale."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn

from playground.engine.families.diffusion.model import Diffusion, meaning
from playground.engine.families.hybrids.distilled import DistilledConfig
from playground.engine.nets.conv import ConvEncoder
from playground.engine.nets.discriminator import Fourier
from playground.engine.nets.mlp import leaky_mlp
from playground.engine.samplers import CLEAN, Level, Prediction, Step, eps_of_x0

FOURIER, HIGHEST, JUDGE_LAYERS = 32, 10.0, 3  # of a discriminator of points: see families/gan
EQUATION = "x = {c_x0} x̂₀ + {sigma} z"


class Judge(nn.Module):
    """Items (B, *shape) -> scores (B, N), one for each level of noise that an item may have been made from.

    Told nothing of the level, D would see to it only that items of all levels together lie as the data do.
    """

    def __init__(self, shape: tuple[int, ...], kind: str, config: DistilledConfig) -> None:
        super().__init__()
        if kind == "image" and min(shape[1:]) >= 8:
            colours, height, width = shape
            self.net: nn.Module = ConvEncoder((colours, height, width), config.judge_channels, config.judge_hidden, config.levels)
        else:
            waves = FOURIER if kind == "points" else 0
            last = leaky_mlp(math.prod(shape) + 2 * waves, config.judge_hidden, JUDGE_LAYERS, config.levels)
            self.net = nn.Sequential(nn.Flatten(), Fourier(waves, HIGHEST) if waves else nn.Identity(), last)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.net(x)
        return out


class Distilled(nn.Module):
    """``student`` trains, ``averaged`` samples; both have the teacher's network and start from its weights.

    ``started`` is 0 until then: what a student would be that started now is the teacher itself.
    """

    def __init__(self, teacher: Diffusion, config: DistilledConfig) -> None:
        super().__init__()
        self.shape, self.kind = teacher.shape, teacher.kind
        self.teacher = teacher
        self.student = copy.deepcopy(teacher.averaged).requires_grad_(True)
        self.averaged = copy.deepcopy(teacher.averaged).requires_grad_(False)
        self.judge = Judge(self.shape, self.kind, config)
        self.register_buffer("started", torch.zeros(()))
        self.started: Tensor
        self.levels = student_levels(teacher, config.levels)

    @property
    def latent_dim(self) -> int:
        """Numbers in x_T."""
        return self.teacher.latent_dim

    def start(self) -> None:
        """The student takes the teacher's averaged weights."""
        for net in (self.student, self.averaged):
            net.load_state_dict(self.teacher.averaged.state_dict())
        self.started.fill_(1.0)

    def score(self, x: Tensor, level: Tensor) -> Tensor:
        """D's raw scores (B,) of items (B, *shape) on the teacher's scale, as made from ``level`` (B,): above 0 looks real."""
        out: Tensor = self.judge(x)
        return out.float().gather(1, level[:, None]).squeeze(1)

    def x0(self, net: nn.Module, x: Tensor, t: Tensor, signal: Tensor | float, noise: Tensor | float) -> Tensor:
        """What ``net`` says the clean item is, x_0 (B, *shape), of x_t at timesteps t (B,)."""
        return meaning(self.teacher.target, net(x, t), x, signal, noise).x0

    def predict(self, x: Tensor, at: Level) -> Prediction:
        """What the shown student believes of x (B, *shape) at one of its levels; the item is kept inside the range of the data."""
        net = self.averaged if bool(self.started) else self.teacher.averaged
        t = torch.full((len(x),), at.t, device=x.device, dtype=torch.float32)
        x0 = self.x0(net, x, t, at.signal, at.noise)
        x0 = torch.minimum(torch.maximum(x0, self.teacher.low), self.teacher.high)
        return Prediction(x0, eps_of_x0(x, x0, at))

    def path(self, num_steps: int) -> list[Level]:
        """The levels of ``num_steps`` steps, noisiest first, clean data last: of N levels every (N / num_steps)-th."""
        n = len(self.levels)
        steps = min(max(num_steps, 1), n)
        return [*(self.levels[j * n // steps] for j in range(steps)), CLEAN]

    def walk(self, x: Tensor, num_steps: int, noise: torch.Generator, alike: bool = False) -> Iterator[Step]:
        """Say what the item is, put the noise of the next level on that, look again (section 3.1): x from x_T (B, *shape).

        ``alike``: all items get the same noise on the way, so that what they become depends on x_T alone.
        """
        for nfe, (t, s) in enumerate(pairwise(self.path(num_steps)), 1):
            believed = self.predict(x, t)
            shape = (1, *x.shape[1:]) if alike else x.shape
            fresh = torch.randn(shape, generator=noise, device=x.device)
            mean, added = s.signal * believed.x0, (s.noise * fresh).expand(x.shape)
            x = mean + added
            yield Step(t, s, x, believed, mean, added, {"c_x0": s.signal, "sigma": s.noise}, EQUATION, nfe)


def student_levels(teacher: Diffusion, count: int) -> list[Level]:
    """``count`` levels, noisiest first: the timesteps T k/count - 1 for k = count..1 (theirs of 4: 999, 749, 499, 249)."""
    schedule = teacher.schedule
    times = [round(schedule.num_timesteps * k / count) - 1 for k in range(count, 0, -1)]
    return [Level(t, float(schedule.alpha_bar[t])) for t in times]
