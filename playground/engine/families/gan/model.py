"""Generator, its moving average, and discriminator. Goodfellow et al. 2014, arXiv:1406.2661.

Both players see items in the units of the data. Inside, points are standardised by the training data's mean and standard deviation
of each coordinate, so that one recipe serves data of every scale; pictures are in [-1, 1] as they are.
"""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor, nn

from playground.engine import adversarial
from playground.engine.families.gan import GANConfig
from playground.engine.nets.conv import ConvDecoder
from playground.engine.nets.discriminator import ConvDiscriminator, PointDiscriminator, normalise
from playground.engine.nets.mlp import leaky_mlp

COMPANIONS = 4  # packs, half real and half generated, in whose company a single item is judged
NET_START = 0.1  # share of its usual size at which the last layer of a generator of points starts


class Standard(nn.Module):
    """``centre`` and ``scale`` of the data, (*shape) each: x = centre + scale * u with u of mean 0 and standard deviation 1."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(shape))
        self.register_buffer("scale", torch.ones(shape))
        self.centre: Tensor
        self.scale: Tensor

    def fit(self, x: Tensor) -> None:
        """Take both from points x (n, d); a coordinate that never changes keeps its unit."""
        spread = x.double().std(0, correction=0)
        self.centre.copy_(x.double().mean(0))
        self.scale.copy_(torch.where(spread > 0, spread, torch.ones_like(spread)))


class Generator(Standard):
    """Noise z (B, d) -> items (B, *shape) in units of the data.

    Points: centre + scale * (A z + net(z)), where A z begins as the first coordinates of z and the net is small at first. G starts
    as a Gaussian of the data's mean and spread that lies flat on the noise; started as a tangle, it seldom unfolds, and threads
    between the modes remain.
    """

    def __init__(self, shape: tuple[int, ...], kind: str, config: GANConfig) -> None:
        super().__init__(shape)
        self.shape, self.pictures = shape, kind == "image"
        self.straight: nn.Linear | None = None
        if config.resolved_network(kind) == "conv":
            colours, height, width = shape
            self.net: nn.Module = ConvDecoder((colours, height, width), config.channels, config.hidden, config.latent_dim)
        else:
            self.net = leaky_mlp(config.latent_dim, config.hidden, config.layers, math.prod(shape))
        if not self.pictures:
            self.straight = nn.Linear(config.latent_dim, math.prod(shape), bias=False)
            nn.init.eye_(self.straight.weight)
            last = [m for m in self.net.modules() if isinstance(m, nn.Linear)][-1]
            with torch.no_grad():
                last.weight.mul_(NET_START)

    def forward(self, z: Tensor) -> Tensor:
        u: Tensor = self.net(z) if self.straight is None else self.straight(z) + self.net(z)
        u = u.float().reshape(len(z), *self.shape)
        return u.tanh() if self.pictures else self.centre + self.scale * u


class Discriminator(Standard):
    """Packs of m items (n, m, *shape), all real or all generated -> raw scores (n,): logits, or a critic's scores."""

    def __init__(self, shape: tuple[int, ...], kind: str, config: GANConfig) -> None:
        super().__init__(shape)
        m, self.pictures = config.packing, kind == "image"
        if config.resolved_network(kind) == "conv":
            colours, height, width = shape
            self.net: nn.Module = ConvDiscriminator((colours, height, width), m, config.channels, config.hidden)
        else:
            fourier = config.fourier if kind == "points" else 0
            inputs = math.prod(shape)
            self.net = PointDiscriminator(inputs, m, config.hidden, config.layers, fourier, config.fourier_scale)
        if config.spectral_norm:
            normalise(self.net)

    def forward(self, x: Tensor) -> Tensor:
        u = x if self.pictures else (x - self.centre) / self.scale
        out: Tensor = self.net(u.flatten(2) if isinstance(self.net, PointDiscriminator) else u)
        return out.float()


class GAN(nn.Module):
    """Both players and what is shown of them. Items are (B, *shape): pictures in [-1, 1] or points. ``z`` ~ N(0, I).

    ``generator`` trains; ``averaged`` is the moving average of its weights, which is shown (with averaging 0: the weights
    themselves). ``midpoint`` is the middle between D's mean scores of real and generated items in training, for critics and pairs,
    whose scores mean nothing by themselves; 0 where D is a probability.
    """

    def __init__(self, shape: tuple[int, ...], kind: str, config: GANConfig) -> None:
        super().__init__()
        self.shape, self.kind = shape, kind
        self.latent_dim, self.objective, self.packing = config.latent_dim, config.objective, config.packing
        self.generator = Generator(shape, kind, config)
        self.discriminator = Discriminator(shape, kind, config)
        self.averaged = copy.deepcopy(self.generator).requires_grad_(False)
        self.register_buffer("midpoint", torch.zeros(()))
        others = torch.zeros(COMPANIONS, config.packing - 1, *shape) if config.packing > 1 else None
        self.register_buffer("companions", others)
        self.midpoint: Tensor
        self.companions: Tensor

    def fit_scale(self, x: Tensor) -> None:
        """Standardise both players to the points x (n, d)."""
        for part in (self.generator, self.averaged, self.discriminator):
            part.fit(x)

    def generate(self, z: Tensor) -> Tensor:
        """What the shown (averaged) generator makes of noise z (B, d): (B, *shape)."""
        out: Tensor = self.averaged(z)
        return out

    def judge(self, packs: Tensor) -> Tensor:
        """D's raw scores (n,) of packs (n, m, *shape)."""
        out: Tensor = self.discriminator(packs)
        return out

    def score(self, x: Tensor) -> Tensor:
        """D's raw scores (B,) of single items (B, *shape), differentiable in x.

        A packed D is asked about each item in the company of m - 1 others: the mean score over packs of the last batch, half of
        them real and half generated. An optimal packed logit is a sum over its items, so that x changes this one by its own
        log p(x)/q(x). (m copies of x would be wrong: a lack of variety is what a packed D looks for.)
        """
        if self.packing == 1:
            return self.judge(x[:, None])
        total = torch.zeros(len(x), device=x.device)
        for others in self.companions:
            total = total + self.judge(torch.cat([x[:, None], others.expand(len(x), *others.shape)], 1))
        return total / len(self.companions)

    @property
    def is_probability(self) -> bool:
        """D's verdict is a probability of "real"; else a score, made one by counting from ``midpoint``."""
        return self.objective in adversarial.PROBABILITIES

    def probability(self, x: Tensor, midpoint: Tensor | float | None = None) -> Tensor:
        """D's verdict in [0, 1] on items (B, *shape): (B,)."""
        return self.to_probability(self.score(x), midpoint)

    def to_probability(self, score: Tensor, midpoint: Tensor | float | None = None) -> Tensor:
        """sigmoid(score), the score cut to [0, 1] (least squares), or sigmoid(score - midpoint): same shape.

        ``midpoint`` is the buffer of that name where none is given.
        """
        return adversarial.probability(self.objective, score, self.midpoint if midpoint is None else midpoint)
