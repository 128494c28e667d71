"""Generator G(x_t, z, t) -> x_0, its moving average, and discriminator D(x_{t-1}, x_t, t). Xiao et al. 2022, arXiv:2112.07804.

Everything stands on the model's own scale: points are standardised (one scale for all coordinates, so that noise stays round),
pictures are in [-1, 1] as they are. ``k`` = t - 1 = 0 .. T - 1 counts the steps, the one to clean data first.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from playground.engine import adversarial
from playground.engine.families.hybrids.ddgan import DDGANConfig
from playground.engine.families.hybrids.ddgan.steps import LargeSteps, geometric, variance_preserving
from playground.engine.nets.conv import ConvEncoder
from playground.engine.nets.discriminator import Fourier
from playground.engine.nets.mlp import SLOPE, leaky_mlp
from playground.engine.nets.time_embedding import TimeEmbedding
from playground.engine.nets.unet import UNet
from playground.engine.samplers import Level

NET_START = 0.1  # share of its usual size at which the last layer of a generator of points starts


class StepMLP(nn.Module):
    """x (B, inputs), k (B,) -> (B, outputs): leaky layers, each scaled and shifted by the step (FiLM, Perez et al. 2018)."""

    def __init__(self, inputs: int, hidden: int, layers: int, outputs: int, num_timesteps: int) -> None:
        super().__init__()
        *first, self.last = linear_layers(leaky_mlp(inputs, hidden, layers, outputs))
        told = [nn.Embedding(num_timesteps, 2 * hidden) for _ in range(layers)]
        for embedding in told:
            nn.init.zeros_(embedding.weight)
        self.layers, self.steps = nn.ModuleList(first), nn.ModuleList(told)

    def forward(self, h: Tensor, k: Tensor) -> Tensor:
        for layer, told in zip(self.layers, self.steps, strict=True):
            scale, shift = told(k).chunk(2, 1)
            h = F.leaky_relu(layer(h) * (1 + scale) + shift, SLOPE)
        out: Tensor = self.last(h)
        return out


def linear_layers(net: nn.Module) -> Sequence[nn.Linear]:
    """Its fully connected layers, in order."""
    return [m for m in net.modules() if isinstance(m, nn.Linear)]


class PointGenerator(nn.Module):
    """x_0 = A_k x_t + B_k z + net(x_t, z, k) for points (B, d).

    A_k = sqrt(a) and B_k = sqrt(1 - a) at first, the net small: G starts as one draw of x_0 given x_t under Gaussian data, which
    lies flat on the noise. Started as a tangle, a generator seldom unfolds.
    """

    def __init__(self, d: int, config: DDGANConfig, process: LargeSteps) -> None:
        super().__init__()
        t, z = config.num_timesteps, config.noise_dim
        self.net = StepMLP(d + z, config.hidden, config.layers, d, t)
        a = torch.tensor(process.alpha_bar[1:], dtype=torch.float32).reshape(-1, 1, 1)
        self.of_x = nn.Parameter(a.sqrt() * torch.eye(d))  # (T, d, d)
        self.of_z = nn.Parameter((1 - a).sqrt() * torch.eye(d, z)) if z else None  # (T, d, z)
        with torch.no_grad():
            self.net.last.weight.mul_(NET_START)

    def forward(self, x: Tensor, z: Tensor, k: Tensor) -> Tensor:
        out = torch.einsum("bij,bj->bi", self.of_x[k], x) + self.net(torch.cat([x, z], 1), k)
        return out if self.of_z is None else out + torch.einsum("bij,bj->bi", self.of_z[k], z)


class PlainGenerator(nn.Module):
    """Pictures by fully connected layers."""

    def __init__(self, shape: tuple[int, ...], config: DDGANConfig) -> None:
        super().__init__()
        n = math.prod(shape)
        self.shape = shape
        self.net = StepMLP(n + config.noise_dim, config.hidden, config.layers, n, config.num_timesteps)

    def forward(self, x: Tensor, z: Tensor, k: Tensor) -> Tensor:
        out: Tensor = self.net(torch.cat([x.flatten(1), z], 1), k)
        return out.tanh().reshape(-1, *self.shape)


class PictureGenerator(nn.Module):
    """x_0 = tanh(sqrt(a) x_t + net(x_t, z, k)) by a U-Net whose blocks are told the step and z together; z passes through layers of
    its own first (section 4.2). Without the net it is x_t as far as that is signal, so that the steps near the data begin well.
    """

    def __init__(self, shape: tuple[int, int, int], config: DDGANConfig, process: LargeSteps) -> None:
        super().__init__()
        told = 4 * config.channels
        self.net = UNet(shape, config.channels, told, config.patch)
        self.time = TimeEmbedding(told, config.num_timesteps)
        self.mapping = leaky_mlp(config.noise_dim, config.hidden, 2, told) if config.noise_dim else None
        last = self.net.last[-1]
        assert isinstance(last, nn.Conv2d)
        nn.init.xavier_uniform_(last.weight)  # a denoiser may begin with 0; of such a generator D would learn nothing
        self.register_buffer("signal", torch.tensor(process.alpha_bar[1:], dtype=torch.float32).sqrt().reshape(-1, 1, 1, 1))
        self.signal: Tensor

    def forward(self, x: Tensor, z: Tensor, k: Tensor) -> Tensor:
        told = self.time(k.float())
        if self.mapping is not None:
            told = told + self.mapping(F.normalize(z, dim=1) * math.sqrt(z.shape[1]))  # as long as z usually is
        out: Tensor = self.signal[k] * x + self.net(x, told)
        return out.tanh()


class PointDiscriminator(nn.Module):
    """Points x_{t-1} and x_t (B, d), k -> scores (B,): Fourier features of both, then layers that are told the step."""

    def __init__(self, d: int, config: DDGANConfig) -> None:
        super().__init__()
        features = config.fourier if d == 2 else 0
        self.features: nn.Module = Fourier(features, config.fourier_scale) if features else nn.Identity()
        self.net = StepMLP(2 * (d + 2 * features), config.hidden, config.layers, 1, config.num_timesteps)

    def forward(self, x: Tensor, x_t: Tensor, k: Tensor) -> Tensor:
        out: Tensor = self.net(torch.cat([self.features(x.flatten(1)), self.features(x_t.flatten(1))], 1), k)
        return out.squeeze(1)


class PictureDiscriminator(nn.Module):
    """Both pictures and the step, one plane for each, as channels of one picture."""

    def __init__(self, shape: tuple[int, int, int], config: DDGANConfig) -> None:
        super().__init__()
        colours, height, width = shape
        self.num_timesteps = config.num_timesteps
        self.net = ConvEncoder((2 * colours + config.num_timesteps, height, width), config.channels, config.hidden, 1)

    def forward(self, x: Tensor, x_t: Tensor, k: Tensor) -> Tensor:
        told = F.one_hot(k, self.num_timesteps).to(x)[:, :, None, None].expand(-1, -1, *x.shape[2:])
        out: Tensor = self.net(torch.cat([x, x_t, told], 1))
        return out.squeeze(1)


class DDGAN(nn.Module):
    """Both players, what is shown of them, and the process. ``generator`` trains, ``averaged`` is shown.

    Data = ``centre`` (*shape) + ``scale`` * the model's x. ``midpoint`` (T,): the middle between D's mean scores of real and
    generated pairs at each step, from which scores of the pairing objective are counted; 0 where D is a probability.
    """

    def __init__(self, shape: tuple[int, ...], kind: str, config: DDGANConfig) -> None:
        super().__init__()
        self.shape, self.kind, self.noise_dim, self.objective = shape, kind, config.noise_dim, config.objective
        self.process = process_of(config)
        self.latent_dim = config.code_size(math.prod(shape))
        self.generator = make_generator(shape, kind, config, self.process)
        self.discriminator = make_discriminator(shape, kind, config)
        self.averaged = copy.deepcopy(self.generator).requires_grad_(False)
        self.register_buffer("centre", torch.zeros(shape))
        self.register_buffer("scale", torch.ones(()))
        self.register_buffer("midpoint", torch.zeros(config.num_timesteps))
        self.centre: Tensor
        self.scale: Tensor
        self.midpoint: Tensor

    @property
    def num_timesteps(self) -> int:
        return self.process.num_timesteps

    # ------------------------------------------------------------------ units
    def fit_scale(self, x: Tensor) -> None:
        """Standardise points x (n, d): the mean of each coordinate, one scale for all."""
        self.centre.copy_(x.double().mean(0))
        self.scale.fill_(float(x.double().std(0, correction=0).square().mean()) ** 0.5 or 1.0)

    def inward(self, x: Tensor) -> Tensor:
        """Data to the model's scale."""
        return (x - self.centre) / self.scale

    def outward(self, x: Tensor) -> Tensor:
        """The model's scale to data."""
        return self.centre + self.scale * x

    # ------------------------------------------------------------------ what is shown
    def level(self, t: int) -> Level:
        """Level t = 0 (clean) .. T as the samplers write it, from -1 to T - 1."""
        return Level(t - 1, float(self.process.alpha_bar[t]))

    def draw(self, x: Tensor, z: Tensor, k: int) -> Tensor:
        """One x_0 (B, *shape) that the shown generator finds behind x_t (B, *shape), t = k + 1, with noise z (B, noise_dim)."""
        out: Tensor = self.averaged(x, z, torch.full((len(x),), k, device=x.device))
        return out.float()

    def before(self, x0: Tensor, x: Tensor, eps: Tensor, k: int) -> Tensor:
        """x_{t-1} ~ q(x_{t-1} | x_t, x_0) with noise eps, all (B, *shape)."""
        p = self.process
        return float(p.c_x0[k]) * x0 + float(p.c_x[k]) * x + float(p.sigma[k]) * eps

    @property
    def is_probability(self) -> bool:
        """D's verdict is a probability of "real"; else a score of a pair."""
        return self.objective in adversarial.PROBABILITIES


def process_of(config: DDGANConfig) -> LargeSteps:
    """The levels that a recipe names."""
    if config.schedule == "vp":
        return variance_preserving(config.num_timesteps)
    return geometric(config.num_timesteps, config.sigma_min, config.sigma_max)


def make_generator(shape: tuple[int, ...], kind: str, config: DDGANConfig, process: LargeSteps) -> nn.Module:
    """G for this kind of data."""
    if config.resolved_network(kind) == "conv":
        colours, height, width = shape
        return PictureGenerator((colours, height, width), config, process)
    return PointGenerator(math.prod(shape), config, process) if kind == "points" else PlainGenerator(shape, config)


def make_discriminator(shape: tuple[int, ...], kind: str, config: DDGANConfig) -> nn.Module:
    """D for this kind of data."""
    if config.resolved_network(kind) == "conv":
        colours, height, width = shape
        return PictureDiscriminator((colours, height, width), config)
    return PointDiscriminator(math.prod(shape), config)
