"""What can be asked of a denoising diffusion GAN: its chain, paths, and what it finds behind one x_t. One short generator a
question.

A code is all the noise behind an item, N(0, I): x_T, and for every step from T down to 1 its z and, but for the step to clean data,
the fresh noise of the posterior.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from playground.engine import devices
from playground.engine import messages as m
from playground.engine.answers import Asked, Handler, Measuring, answer
from playground.engine.chain_answers import ChainAnswers, Walk
from playground.engine.datasets.base import Dataset
from playground.engine.families.hybrids.ddgan import evaluation
from playground.engine.families.hybrids.ddgan.large_step import LargeSteps2D, of_picture
from playground.engine.families.hybrids.ddgan.model import DDGAN
from playground.engine.samplers import Prediction, Step, eps_of_x0

EQUATION = "x = {c_x0} x̂₀ + {c_x} xₜ + {sigma} z"
PATHS_SHOWN = 4  # between random codes, when none are given


class DDGANAnswers(ChainAnswers):
    """Requests about a denoising diffusion GAN."""

    model: DDGAN

    def handlers(self) -> dict[type[m.Request], Handler]:
        return {
            m.DrawSamples: self.draw_samples, m.RunChain: self.run_chain, m.Decode: self.decode, m.Interpolate: self.interpolate,
            m.Modes: self.modes, m.LargeStep: self.large_step,
        }  # fmt: skip

    # ------------------------------------------------------------------ the chain
    def chain_shape(self) -> tuple[int, ...]:
        """A chain starts from a code: x_T and the noise that will be needed on the way."""
        return (self.model.latent_dim,)

    @property
    def nfe(self) -> int:
        return self.model.num_timesteps

    def walk(self, choice: m.SamplerChoice | None, x: Tensor, seed: int) -> Walk:
        if choice is not None and choice.ideal:
            raise ValueError("There is no ideal denoiser of a chain that draws its steps: see the large steps instead.")
        return Walk(self._steps(self.complete(x, seed)), self.model.num_timesteps)

    def complete(self, x: Tensor, seed: int) -> Tensor:
        """Codes (N, D); where x are x_T alone, (N, *shape), the noise on the way comes from ``seed``."""
        if x.shape[1:] == self.chain_shape():
            return x
        missing = (len(x), self.model.latent_dim - math.prod(self.data.shape))
        more = torch.randn(missing, generator=devices.generator(self.device, seed + 1), device=self.device)
        return torch.cat([x.flatten(1), more], 1)

    def start_of(self, code: Tensor) -> Tensor:
        """x_T (N, *shape) of codes (N, D)."""
        return code[:, : math.prod(self.data.shape)].reshape(-1, *self.data.shape)

    def _steps(self, code: Tensor) -> Iterator[Step]:
        """From level T to clean data: x_0 = G(x_t, z, t), then x_{t-1} ~ q(x_{t-1} | x_t, x_0) (Xiao et al. 2022, eq. 7)."""
        model, p, d = self.model, self.model.process, math.prod(self.data.shape)
        x, rest = self.start_of(code), code[:, d:]
        for nfe, k in enumerate(reversed(range(model.num_timesteps)), 1):
            z, rest = rest[:, : model.noise_dim], rest[:, model.noise_dim :]
            eps = torch.zeros_like(x)
            if k > 0:
                eps, rest = rest[:, :d].reshape(x.shape), rest[:, d:]
            at, x0 = model.level(k + 1), model.draw(x, z, k)
            believed = Prediction(x0, eps_of_x0(x, x0, at))
            numbers = {"c_x0": float(p.c_x0[k]), "c_x": float(p.c_x[k]), "sigma": float(p.sigma[k])}
            mean, added = numbers["c_x0"] * x0 + numbers["c_x"] * x, numbers["sigma"] * eps
            x = mean + added
            yield Step(at, model.level(k), x, believed, mean, added, numbers, EQUATION, nfe)

    def _first_frame(self, asked: Asked, walk: Walk, x: Tensor, z: np.ndarray, step: Step) -> m.Event:
        return super()._first_frame(asked, walk, self.start_of(x.flatten(1)), z, step)

    def outward(self, x: Tensor) -> Tensor:
        return self.model.outward(x)

    def inward(self, x: Tensor) -> Tensor:
        return self.model.inward(x)

    # ------------------------------------------------------------------ codes and paths
    def items_of(self, z: Tensor) -> Tensor:
        *_, last = self._steps(z)
        return self.model.outward(last.x)

    def interpolate(self, asked: Asked, request: m.Interpolate) -> Iterator[m.Event]:
        """Between given codes, or between random ones."""
        if request.pick:
            sentence = "A denoising diffusion GAN has no encoder: paths lead between codes, not between items of the data."
            yield answer(m.Refused, asked, sentence=sentence)
        elif request.a is None or request.b is None:
            yield from self.paths(asked, request, self.noise_of(PATHS_SHOWN, 0), self.noise_of(PATHS_SHOWN, 1))
        else:
            yield from self.paths(asked, request, self.latents(request.a), self.latents(request.b))

    # ------------------------------------------------------------------ one large step
    def large_step(self, asked: Asked, request: m.LargeStep) -> Iterator[m.Event]:
        """What lies behind one x_t: by the model, with many z; in truth, where the density is known; and as a single Gaussian."""
        t = min(max(request.t, 0), self.model.num_timesteps - 1)
        if self.data.kind == "image":
            content = of_picture(self, request, t)
        else:
            content = self.plane.of(request, t)
        yield answer(m.LargeStepOf, asked, t=t, noise_dim=self.model.noise_dim, **content)

    @property
    def plane(self) -> LargeSteps2D:
        """What is exact of points."""
        exact = self.once("large steps", lambda: LargeSteps2D.truth(self))
        return LargeSteps2D(self, exact)

    # ------------------------------------------------------------------ numbers
    def measured(self, data: Dataset, request: m.Evaluate) -> Iterator[Measuring]:
        return evaluation.evaluate(self, data, request.n)

    def monitor(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return evaluation.look(self)
