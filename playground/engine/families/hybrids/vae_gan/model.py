"""Encoder and decoder of the VAE, and a discriminator that can be asked for its features. Larsen et al. 2016, arXiv:1512.09300."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from playground.engine.families.hybrids.vae_gan import VAEGANConfig
from playground.engine.families.vae.model import VAE
from playground.engine.nets.conv import ConvEncoder
from playground.engine.nets.mlp import leaky_mlp
from playground.engine.objectives import bernoulli_log_prob, gaussian_log_prob


class Seen(NamedTuple):
    """What D makes of items: ``features`` Dis_l (B, ...) and raw ``score`` (B,), the logit of "real"."""

    features: Tensor
    score: Tensor


class Discriminator(nn.Module):
    """Items (B, *shape) -> features of layer l and logits. Points are standardised by ``centre`` and ``scale`` (*shape)."""

    def __init__(self, shape: tuple[int, ...], kind: str, config: VAEGANConfig) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(shape))
        self.register_buffer("scale", torch.ones(shape))
        self.centre: Tensor
        self.scale: Tensor
        if config.resolved_network(kind) == "conv":
            colours, height, width = shape
            net = ConvEncoder((colours, height, width), config.channels, config.hidden, 1).net
        else:
            net = nn.Sequential(nn.Flatten(), *leaky_mlp(math.prod(shape), config.hidden, config.layers, 1))
        hidden = [i for i, layer in enumerate(net) if isinstance(layer, (nn.SiLU, nn.LeakyReLU))]
        cut = hidden[min(config.feature_layer, len(hidden)) - 1] + 1
        self.below, self.above = net[:cut], net[cut:]

    def look(self, x: Tensor) -> Tensor:
        """Features Dis_l (B, ...) of items x (B, *shape)."""
        features: Tensor = self.below((x - self.centre) / self.scale)
        return features.float()

    def forward(self, x: Tensor) -> Seen:
        features = self.look(x)
        return Seen(features, self.above(features).float().squeeze(1))


class VAEGAN(VAE):
    """A VAE with a ``discriminator``. The VAE is made first: with the same seed it starts from the weights of a VAE alone."""

    def __init__(self, shape: tuple[int, ...], kind: str, config: VAEGANConfig) -> None:
        super().__init__(shape, kind, config)  # type: ignore[arg-type]
        self.discriminator = Discriminator(shape, kind, config)

    def item(self, out: Tensor) -> Tensor:
        """The decoder's output as an item in the units of the data: what D sees."""
        return out.sigmoid() * 2 - 1 if self.likelihood == "bernoulli" else out

    def pixel_error(self, x: Tensor, out: Tensor, log_sigma: Tensor) -> Tensor:
        """-log p(x|z) in nats, (B,), of x (B, *shape) from the decoder's output: see :meth:`VAE.log_likelihood`."""
        if self.likelihood == "bernoulli":
            terms = bernoulli_log_prob((x + 1) / 2, out)
        else:
            terms = gaussian_log_prob(x, out, log_sigma)
        return -terms.flatten(1).sum(1)

    def probability(self, x: Tensor) -> Tensor:
        """D's verdict (B,): the probability that items (B, *shape) are real."""
        seen: Seen = self.discriminator(x)
        return seen.score.sigmoid()


def feature_error(real: Tensor, decoded: Tensor) -> Tensor:
    """1/2 sum (Dis_l(x) - Dis_l(x~))^2 (B,): -log N(Dis_l(x); Dis_l(x~), I) without its constant (Larsen et al. 2016, eq. 7).

    The unit of the features (B, ...) is their spread over the real items of the batch, as after the batch normalisation of the
    paper's discriminator: else D could make the error small by whispering.
    """
    real = real.detach()
    spread = (real - real.mean(0)).square().mean().sqrt().clamp_min(1e-6)
    return 0.5 * ((real - decoded) / spread).square().flatten(1).sum(1)
