"""What can be asked of a GAN: one short generator a question, on a snapshot of the weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from playground.engine import devices
from playground.engine import messages as m
from playground.engine.answers import Answers, Asked, Handler, answer
from playground.engine.families.gan.model import GAN


class GANAnswers(Answers):
    """Requests about a GAN."""

    model: GAN

    def handlers(self) -> dict[type[m.Request], Handler]:
        return {m.DrawSamples: self.draw_samples}

    def draw_samples(self, asked: Asked, request: m.DrawSamples) -> Iterator[m.Event]:
        noise = devices.generator(self.device, request.seed)
        z = torch.randn((request.n, self.model.latent_dim), generator=noise, device=self.device)
        yield answer(m.Samples, asked, x=self.show(self.model.generate(z)), z=z.cpu().numpy())

    def monitor(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return {}, {}
