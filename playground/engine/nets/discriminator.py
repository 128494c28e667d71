"""Discriminators: a score for m items at once, and the features that let it see fine structure."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from playground.engine.nets.conv import ConvEncoder
from playground.engine.nets.mlp import leaky_mlp

OCTAVES = 5
GOLDEN = (math.sqrt(5) - 1) / 2


class Fourier(nn.Module):
    """x -> (x, sin 2 pi B x, cos 2 pi B x): (..., 2) -> (..., 2 + 2 features). Tancik et al. 2020, arXiv:2006.10739, eq. 5.

    For points of the plane. The waves' lengths, in cycles per unit of x, are spread evenly over the octaves from ``highest`` / 32
    to ``highest``, so that coarse and fine structure are seen alike; each wave is turned against the last by the golden ratio of
    half a turn. Nothing is drawn: with few random waves, some seeds see badly.
    """

    def __init__(self, features: int, highest: float) -> None:
        super().__init__()
        k = torch.arange(features) + 0.5
        length, angle = highest * 2 ** (-OCTAVES * k / features), math.pi * (GOLDEN * k % 1)
        self.register_buffer("b", length * torch.stack([angle.cos(), angle.sin()]))  # (2, features)
        self.b: Tensor

    def forward(self, x: Tensor) -> Tensor:
        turns = 2 * math.pi * (x @ self.b)
        return torch.cat([x, turns.sin(), turns.cos()], -1)


class PointDiscriminator(nn.Module):
    """Packs of points (n, m, d) -> scores (n,): Fourier features of each point (0: none), then fully connected layers."""

    def __init__(self, inputs: int, packing: int, hidden: int, layers: int, fourier: int, highest: float) -> None:
        super().__init__()
        self.features: nn.Module = Fourier(fourier, highest) if fourier else nn.Identity()
        self.net = leaky_mlp(packing * (inputs + 2 * fourier), hidden, layers, 1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.net(self.features(x).flatten(1))
        return out.squeeze(1)


class ConvDiscriminator(nn.Module):
    """Packs of pictures (n, m, C, H, W) -> scores (n,): the m pictures are channels of one."""

    def __init__(self, shape: tuple[int, int, int], packing: int, channels: int, hidden: int) -> None:
        super().__init__()
        colours, height, width = shape
        self.net = ConvEncoder((packing * colours, height, width), channels, hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.net(x.flatten(1, 2))
        return out.squeeze(1)


def normalise(net: nn.Module) -> None:
    """Divide the weight of every layer by its largest singular value, found by power iteration at each forward pass in training.

    Miyato et al. 2018, arXiv:1802.05957, algorithm 1. A convolution's weight counts as the matrix (out, in * kernel).
    """
    for layer in net.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            spectral_norm(layer)
