"""What can be asked of a VAE-GAN: what a VAE answers, but for a likelihood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from playground.engine import devices
from playground.engine import messages as m
from playground.engine.answers import Asked, Handler, Likelihood, Measuring, answer
from playground.engine.datasets.base import Dataset
from playground.engine.families.hybrids.vae_gan import evaluation
from playground.engine.families.hybrids.vae_gan.model import VAEGAN
from playground.engine.families.vae.answers import VAEAnswers
from playground.engine.families.vae.evaluation import at_once
from playground.engine.mode_answers import ModeAnswers

MONITORED = 300  # held-out items


class VAEGANAnswers(VAEAnswers, ModeAnswers):
    """Requests about a VAE-GAN. Its samples are the decoder's means, which the discriminator judged, without noise on them.

    No density, no bound: of an error in features that are learned there is no distribution of x.
    """

    model: VAEGAN
    dial: ClassVar[str] = "feature_weight"

    def handlers(self) -> dict[type[m.Request], Handler]:
        without = (m.ModelField, m.Anatomy)  # both are about p(x)
        return {k: v for k, v in super().handlers().items() if k not in without} | {m.Modes: self.modes}

    def draw_noise(self, n: int, seed: int) -> Tensor:
        """z ~ N(0, I): (n, d)."""
        return torch.randn((n, self.model.latent_dim), generator=devices.generator(self.device, seed), device=self.device)

    def draw_samples(self, asked: Asked, request: m.DrawSamples) -> Iterator[m.Event]:
        z = self.draw_noise(request.n, request.seed)
        yield answer(m.Samples, asked, x=self.pictures(z), z=z.cpu().numpy())

    def drawn(self, n: int, seed: int) -> Iterator[Tensor | tuple[int, int]]:
        done = 0
        for z in self.draw_noise(n, seed).split(self.at_once()):
            yield self.model.mean(z).cpu()
            done += len(z)
            yield done, n

    def likelihoods(self, x: Tensor) -> Iterator[Likelihood | tuple[int, int, str]] | None:
        return None

    def measured(self, data: Dataset, request: m.Evaluate) -> Iterator[Measuring]:
        return evaluation.evaluate(self.model, data, self.config, self.device, request.n)

    def monitor(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        x = self._held_out(MONITORED)
        found = evaluation.reconstruction(self.model, x)
        kl = torch.cat([self.model.encode(part).kl() for part in x.split(at_once(self.model))])
        scalars = {"test_kl": float(kl.sum(1).mean()), "test_rmse": float(found.square().mean().sqrt())}
        return scalars, {"kl_per_dim": kl.mean(0).cpu().numpy()}
