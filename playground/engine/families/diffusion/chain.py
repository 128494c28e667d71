"""From a choice of sampler to a chain: which denoiser, which levels, which generator of steps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from playground.engine import samplers
from playground.engine.families.diffusion.model import Diffusion
from playground.engine.ideal_denoiser import IdealDenoiser
from playground.engine.messages import SamplerChoice
from playground.engine.samplers import Denoiser, Level, Prediction, Step, eps_of_x0

VARIANCES = {"ddpm": "small", "ddpm_large": "large", "ddpm_optimal": "optimal"}
DETERMINISTIC = ("euler", "heun", "dpmpp_2m")


@dataclass(frozen=True)
class Plan:
    """A sampler with all its settings decided. ``label`` None: each item has a class of its own, drawn as often as in the data;
    with a ``guidance_scale`` of 0, none.
    """

    name: str
    num_steps: int
    eta: float
    guidance_scale: float
    label: int | None
    ideal: bool

    @property
    def deterministic(self) -> bool:
        """The same noise gives the same item: a code for it."""
        return self.name in DETERMINISTIC or (self.name == "ddim" and self.eta == 0)

    def path(self, model: Diffusion) -> list[Level]:
        """The levels of its steps."""
        return samplers.levels(model.schedule, self.num_steps, by_noise=self.name in DETERMINISTIC)

    @property
    def nfe(self) -> int:
        """Evaluations of the network for one item. Heun: two a step, but for the step to clean data. Guidance: twice as many."""
        return self.at_once * (2 * self.num_steps - 1 if self.name == "heun" else self.num_steps)

    @property
    def at_once(self) -> int:
        """Evaluations for one prediction: with the class and without, where both are mixed."""
        return 1 if self.guidance_scale in (0, 1) or self.ideal else 2


def plan(choice: SamplerChoice | None, config: Any, num_classes: int = 0) -> Plan:
    """A choice with what it leaves open taken from the recipe. Raises ValueError, in a sentence, for what cannot be done."""
    choice = choice or SamplerChoice()
    name, num_steps = choice.name or config.sampler, choice.num_steps or config.num_steps
    if name not in (*VARIANCES, *DETERMINISTIC, "ddim"):
        raise ValueError(f"There is no sampler {name!r}.")
    if not 1 <= num_steps <= config.num_timesteps:
        raise ValueError(f"{num_steps} sampling steps do not fit into the {config.num_timesteps} timesteps of this model.")
    if choice.label is not None and not 0 <= choice.label < num_classes:
        known = f"classes 0 to {num_classes - 1}" if num_classes else "no classes"
        raise ValueError(f"This model was told of {known}: {choice.label} is none of them.")
    eta = config.eta if math.isnan(choice.eta) else choice.eta
    scale = config.guidance_scale if math.isnan(choice.guidance_scale) else choice.guidance_scale
    scale = scale if num_classes else 0.0  # nothing to be guided to
    return Plan(name, int(num_steps), float(eta), float(scale), choice.label, choice.ideal)


@dataclass(frozen=True)
class Ideal:
    """The ideal denoiser with some items, on the model's scale, that stand for the data where a mean over it is needed."""

    denoiser: IdealDenoiser
    items: Tensor


def steps(model: Diffusion, ideal: Ideal | None, chosen: Plan, x: Tensor, noise: torch.Generator) -> Iterator[Step]:
    """The chain from x_T (N, *shape) to clean items, on the model's scale. ``ideal`` is needed for plans that name it."""
    path, denoise = chosen.path(model), denoiser(model, ideal, chosen, classes(model, chosen, len(x), noise))
    if chosen.name in VARIANCES:
        variance = ideal_variance(ideal.denoiser, ideal.items) if chosen.ideal and ideal else model.x0_variance
        return samplers.ddpm(denoise, x, path, noise, VARIANCES[chosen.name], variance)
    if chosen.name == "ddim":
        return samplers.ddim(denoise, x, path, noise, chosen.eta)
    solver = {"euler": samplers.euler, "heun": samplers.heun, "dpmpp_2m": samplers.dpmpp_2m}[chosen.name]
    return solver(denoise, x, path)


def classes(model: Diffusion, chosen: Plan, n: int, noise: torch.Generator) -> Tensor | None:
    """The classes (n,) that items are pushed towards; random ones by a stream of their own, so that noise is the same without."""
    if not model.num_classes or chosen.guidance_scale == 0:
        return None
    if chosen.label is not None:
        return torch.full((n,), chosen.label, device=noise.device)
    stream = torch.Generator().manual_seed(noise.initial_seed())
    return torch.multinomial(model.class_share.cpu(), n, replacement=True, generator=stream).to(noise.device)


def denoiser(model: Diffusion, ideal: Ideal | None, chosen: Plan, label: Tensor | None = None) -> Denoiser:
    """The averaged network, guided to classes (B,), or the ideal denoiser. The clean item is kept inside the range of the data."""

    def by_network(x: Tensor, at: Level) -> Prediction:
        return within(model, model.guided(x, at, label, chosen.guidance_scale), x, at)

    if chosen.ideal and ideal is not None:
        return ideal.denoiser
    return by_network


def within(model: Diffusion, believed: Prediction, x: Tensor, at: Level) -> Prediction:
    """Cut x_0 to the range of the data, where a mean of data always lies, and let the noise follow.

    Without it an error of the noise comes back divided by sqrt(a), which is tiny where there is hardly any signal.
    """
    x0 = torch.minimum(torch.maximum(believed.x0, model.low), model.high)
    inside = x0 == believed.x0
    return Prediction(x0, torch.where(inside, believed.eps, eps_of_x0(x, x0, at)))


def ideal_variance(ideal: IdealDenoiser, items: Tensor) -> samplers.X0Variance:
    """Var[x_0 | x_t] of the ideal denoiser, averaged over ``items`` (n, *shape), on the model's scale, with noise on them."""
    eps = torch.randn(items.shape, generator=torch.Generator().manual_seed(0)).to(items)

    def variance(at: Level) -> float:
        return float(ideal.x0_variance(at.signal * items + at.noise * eps, at).mean())

    return variance
