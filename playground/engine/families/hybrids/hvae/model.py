"""What hierarchies of both kinds share: units, the likelihood of the data, the terms of the bound, the average of the weights."""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from playground.engine.objectives import LOG_2PI

HALF_BIN = 1 / 255  # of a byte, for pixels in [-1, 1]
EDGE = 0.999  # pixels beyond are black or white: their bins reach to infinity
LOG_SIGMA_RANGE = (-7.0, 3.0)  # a learned sigma stays in [0.0009, 20]: no infinite density on a single point


@dataclass(frozen=True)
class Terms:
    """The bound of N items in nats, in units of the data. ``layers`` (N, L): what the codes z_1 .. z_L cost, the deepest last,
    which stands against the prior; ``reconstruction`` (N,): -log p(x|z_1).
    """

    layers: Tensor
    reconstruction: Tensor

    @property
    def total(self) -> Tensor:
        """-ELBO of every item (N,)."""
        return self.layers.sum(1) + self.reconstruction


class Hierarchy(nn.Module, ABC):
    """Codes z_1 .. z_L above items x (B, *shape) and the decoders that lead down, z_L ~ N(0, I). Inside, everything stands on the
    model's own scale: points are standardised, pictures are in [-1, 1] as they are.
    """

    def __init__(self, shape: tuple[int, ...], kind: str, num_layers: int) -> None:
        super().__init__()
        self.shape, self.kind, self.num_layers = shape, kind, num_layers
        self.register_buffer("centre", torch.zeros(shape))
        self.register_buffer("scale", torch.ones(()))
        self.centre: Tensor
        self.scale: Tensor

    @property
    @abstractmethod
    def latent_dim(self) -> int:
        """Numbers in a code."""

    @abstractmethod
    def start(self, x: Tensor) -> None:
        """Begin at what is known of the data before training: items x (n, *shape), in units of the data."""

    @abstractmethod
    def terms(self, x: Tensor, noise: torch.Generator, at_once: int) -> Iterator[float | Terms]:
        """The terms of items ``x`` (N, *shape) in units of the data, estimated without bias from one draw of the codes for each
        term. Yields the share done, then the result, float64 on the CPU.
        """

    @abstractmethod
    def items_of(self, z: Tensor) -> Tensor:
        """The item of each z_L (N, d), without chance on the way down: (N, *shape), in units of the data."""

    # ------------------------------------------------------------------ units
    def fit_scale(self, x: Tensor) -> None:
        """Standardise points x (n, d): the mean of each coordinate, one scale for all, so that noise stays round."""
        self.centre.copy_(x.double().mean(0))
        self.scale.fill_(float(x.double().std(0, correction=0).square().mean()) ** 0.5 or 1.0)

    def inward(self, x: Tensor) -> Tensor:
        """Data to the model's scale."""
        return (x - self.centre) / self.scale

    def outward(self, x: Tensor) -> Tensor:
        """The model's scale to data."""
        return self.centre + self.scale * x

    # ------------------------------------------------------------------ the likelihood of the data
    def log_likelihood(self, x: Tensor, mean: Tensor, log_sigma: Tensor) -> Tensor:
        """log p(x|z_1) of items on the model's scale (B, *shape) under N(mean, sigma^2), log sigma broadcasting: (B,) nats.

        Points: the density in units of the data, smaller by d ln(scale). Pictures: the probability of the bytes.
        """
        if self.kind == "image":
            return log_byte_mass(x, mean, log_sigma).flatten(1).sum(1)
        squares = ((x - mean) * torch.exp(-log_sigma)).square() + LOG_2PI
        return (-0.5 * squares - log_sigma).flatten(1).sum(1) - math.prod(self.shape) * self.scale.log()


def log_byte_mass(x: Tensor, mean: Tensor, log_sigma: Tensor) -> Tensor:
    """log of the mass of N(mean, sigma^2) in the bin of 2/255 round each pixel x in [-1, 1]; the outer bins reach to infinity
    (Ho et al. 2020, eq. 13). No mass is too small to be told, or to be raised.
    """
    upper, lower = (x + HALF_BIN - mean) * torch.exp(-log_sigma), (x - HALF_BIN - mean) * torch.exp(-log_sigma)
    flip = lower > 0  # bins above the mean are counted from the other side, where small masses are still told apart
    upper, lower = torch.where(flip, -lower, upper), torch.where(flip, -upper, lower)
    above, below = torch.special.log_ndtr(upper), torch.special.log_ndtr(lower)
    inner = above + torch.log(-torch.expm1((below - above).clamp_max(-1e-7)))
    white = torch.special.log_ndtr((mean + HALF_BIN - x) * torch.exp(-log_sigma))
    black = torch.special.log_ndtr((x + HALF_BIN - mean) * torch.exp(-log_sigma))
    return torch.where(x > EDGE, white, torch.where(x < -EDGE, black, inner))


class Averaged(nn.Module):
    """``own`` trains; ``averaged``, a moving average of its weights, is measured and sampled."""

    def __init__(self, own: Hierarchy) -> None:
        super().__init__()
        self.own = own
        self.averaged: Hierarchy = copy.deepcopy(own).requires_grad_(False)
