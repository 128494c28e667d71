"""Every step from noise to data, as frames that a player can show: one answer for every family that samples step by step."""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from playground.engine import devices
from playground.engine import messages as m
from playground.engine.answers import Asked, answer, working
from playground.engine.mode_answers import ModeAnswers
from playground.engine.samplers import Step

EPS_SHOWN = 3.0  # noise of -3 .. 3 is painted from black to white


@dataclass(frozen=True)
class Walk:
    """A chain about to be walked: its ``steps``, on the model's scale, how many there are, and evaluations of the network for each
    of the evaluations that a step counts (two under guidance).
    """

    steps: Iterator[Step]
    total: int
    per_nfe: int = 1


class ChainAnswers(ModeAnswers):
    """Answers of a family whose samples come of a chain from x_T ~ N(0, I). The family says how it is walked.

    All tensors of a chain stand on the model's own scale: :meth:`outward` gives items of them.
    """

    @abstractmethod
    def walk(self, choice: m.SamplerChoice | None, x: Tensor, seed: int) -> Walk:
        """The chain from x_T (N, ...); its noise comes from ``seed``. Raises ValueError, in a sentence, for what cannot be done."""

    @abstractmethod
    def outward(self, x: Tensor) -> Tensor:
        """The model's scale (N, ...) to items of the data (N, *shape)."""

    def inward(self, x: Tensor) -> Tensor:
        """Items (N, *shape) to the model's scale."""
        raise NotImplementedError

    def chain_shape(self) -> tuple[int, ...]:
        """The shape of one x_t."""
        return self.data.shape

    @property
    def code_size(self) -> int:
        return math.prod(self.chain_shape())

    def noise_of(self, n: int, seed: int) -> Tensor:
        """x_T ~ N(0, I): (n, *chain_shape)."""
        return torch.randn((n, *self.chain_shape()), generator=devices.generator(self.device, seed), device=self.device)

    # ------------------------------------------------------------------ samples and chains
    def draw_samples(self, asked: Asked, request: m.DrawSamples) -> Iterator[m.Event]:
        """From the same x_T at every step of the training; None of it is stored but the end."""
        x = x_t = self.noise_of(request.n, request.seed)
        try:
            walk = self.walk(request.sampler, x_t, request.seed)
        except ValueError as error:
            yield answer(m.Refused, asked, sentence=str(error))
            return
        for done, step in enumerate(walk.steps, 1):
            x = step.x
            if done < walk.total:
                yield working(asked, done, walk.total, "sampling")
        yield answer(m.Samples, asked, x=self.show(self.outward(x)), z=x_t.flatten(1).cpu().numpy())

    def drawn(self, n: int, seed: int) -> Iterator[Tensor | tuple[int, int]]:
        for start in range(0, n, self.at_once()):
            x = self.noise_of(n, seed)[start : start + self.at_once()]
            walk = self.walk(None, x, seed + start)
            for done, step in enumerate(walk.steps, 1):
                x = step.x
                yield start + round(len(x) * done / walk.total), n
            yield self.outward(x).cpu()

    def run_chain(self, asked: Asked, request: m.RunChain) -> Iterator[m.Event]:
        """Every step of the reverse process, as it is taken."""
        x = self.noise_of(request.n, request.seed)
        if request.start is not None:
            given = torch.as_tensor(request.start, dtype=torch.float32, device=self.device).reshape(-1, *self.data.shape)
            x = self.inward(given)
        try:
            walk = self.walk(request.sampler, x, request.seed)
        except ValueError as error:
            yield answer(m.Refused, asked, sentence=str(error))
            return
        z = x.flatten(1).cpu().numpy()
        for done, step in enumerate(walk.steps, 1):
            if done == 1:
                yield self._first_frame(asked, walk, x, z, step)
            yield self._frame(asked, walk, z, done, step)

    def _first_frame(self, asked: Asked, walk: Walk, x: Tensor, z: np.ndarray, step: Step) -> m.Event:
        nothing = torch.zeros_like(x)
        first = step._replace(x=x, mean=nothing, noise=nothing, end=step.start, nfe=0, numbers=dict.fromkeys(step.numbers, 0.0))
        return self._frame(asked, walk, z, 0, first)

    def _frame(self, asked: Asked, walk: Walk, z: np.ndarray, done: int, step: Step) -> m.Event:
        seconds = time.perf_counter() - asked.started
        snr = step.end.alpha_bar / (1 - step.end.alpha_bar) if step.end.alpha_bar < 1 else float("inf")
        numbers = {"alpha_bar": step.start.alpha_bar, "alpha_bar_next": step.end.alpha_bar, "snr": snr, **step.numbers}
        reply: m.Event = answer(
            m.ChainFrame, asked, done=done, total=walk.total, t=int(step.end.t), x_t=self.at_scale(step.x),
            x0_pred=self.at_scale(step.prediction.x0), eps_pred=self.noise_shown(step.prediction.eps),
            mean=self.at_scale(step.mean), noise=self.noise_shown(step.noise), numbers=numbers, equation=step.equation,
            nfe=walk.per_nfe * step.nfe, seconds_left=seconds * (walk.total - done) / max(done, 1), z=z,
            latent=self.latent_shown(step.x),
        )  # fmt: skip
        return reply

    # ------------------------------------------------------------------ what is shown
    def at_scale(self, x: Tensor) -> np.ndarray:
        """Items on the model's scale, as the window paints them."""
        return self.show(self.outward(x).float())

    def noise_shown(self, eps: Tensor) -> np.ndarray:
        """Noise: of pictures scaled so that 3 standard deviations are white, of points as it is."""
        return self.show((eps / EPS_SHOWN).float()) if self.data.kind == "image" else eps.float().cpu().numpy()

    def latent_shown(self, x: Tensor) -> np.ndarray | None:
        """x_t itself as small pictures (N, h, w), uint8, where it is no item of the data (see ChainFrame.latent)."""
        return None
