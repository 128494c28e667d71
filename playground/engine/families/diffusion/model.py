"""The denoiser: a network, the process it was trained for, and what its output means. Ho et al. 2020; Salimans & Ho 2022.

Inside, everything stands on the model's own scale: points are standardised, pictures are in [-1, 1] as they are.
"""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor, nn

from playground.engine.families.diffusion import DiffusionConfig
from playground.engine.nets.time_embedding import TimeEmbedding
from playground.engine.nets.time_mlp import TimeMLP
from playground.engine.nets.unet import UNet
from playground.engine.samplers import Level, Prediction, x0_of_eps
from playground.engine.schedules import Schedule, make_schedule


class DenoisingNet(nn.Module):
    """x_t (B, *shape), t (B,), classes (B,) or None -> the target (B, *shape)."""

    def __init__(self, shape: tuple[int, ...], kind: str, config: DiffusionConfig, num_classes: int) -> None:
        super().__init__()
        if config.resolved_network(kind) == "unet":
            colours, height, width = shape
            told = 4 * config.channels
            self.net: nn.Module = UNet((colours, height, width), config.channels, told, config.patch)
        else:
            told = config.hidden
            self.net = TimeMLP(math.prod(shape), config.hidden, config.layers, told)
        self.time = TimeEmbedding(told, config.num_timesteps, num_classes)

    def forward(self, x: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        flat = x if isinstance(self.net, UNet) else x.flatten(1)
        out: Tensor = self.net(flat, self.time(t, label))
        return out.float().reshape(x.shape)


class Diffusion(nn.Module):
    """``net`` trains, ``averaged`` samples; x in units of the data = ``centre`` (*shape) + ``scale`` * the model's x."""

    def __init__(self, shape: tuple[int, ...], kind: str, config: DiffusionConfig, num_classes: int = 0) -> None:
        super().__init__()
        self.shape, self.kind, self.num_classes = shape, kind, num_classes
        name = "flow" if config.objective == "flow" else config.schedule
        self.schedule: Schedule = make_schedule(name, config.num_timesteps)
        self.target = "u" if config.objective == "flow" else config.target
        self.net = DenoisingNet(shape, kind, config, num_classes)
        self.averaged = copy.deepcopy(self.net).requires_grad_(False)
        self.register_buffer("centre", torch.zeros(shape))
        self.register_buffer("scale", torch.ones(()))
        self.register_buffer("low", torch.full(shape, -1.0))  # range of the data on the model's scale
        self.register_buffer("high", torch.full(shape, 1.0))
        self.register_buffer("class_share", torch.full((max(1, num_classes),), 1 / max(1, num_classes)))  # in the data
        self.register_buffer("eps_square", torch.ones(config.num_timesteps))  # mean square of the predicted noise at each t
        self.centre: Tensor
        self.scale: Tensor
        self.low: Tensor
        self.high: Tensor
        self.class_share: Tensor
        self.eps_square: Tensor

    @property
    def latent_dim(self) -> int:
        """Numbers in x_T, the code of an item."""
        return math.prod(self.shape)

    # ------------------------------------------------------------------ units
    def fit_scale(self, x: Tensor) -> None:
        """Standardise points x (n, d): the mean of each coordinate, one scale for all, so that noise stays round. Their range is
        widened by a tenth on each side, for what lies beyond these points.
        """
        self.centre.copy_(x.double().mean(0))
        self.scale.fill_(float(x.double().std(0, correction=0).square().mean()) ** 0.5 or 1.0)
        inside = self.inward(x)
        low, high = inside.amin(0), inside.amax(0)
        self.low.copy_(low - 0.1 * (high - low))
        self.high.copy_(high + 0.1 * (high - low))

    def inward(self, x: Tensor) -> Tensor:
        """Data to the model's scale."""
        return (x - self.centre) / self.scale

    def outward(self, x: Tensor) -> Tensor:
        """The model's scale to data; log densities change by -d ln(scale), see :meth:`log_volume`."""
        return self.centre + self.scale * x

    def log_volume(self) -> float:
        """ln of how much larger a volume is in units of the data: d ln(scale)."""
        return math.prod(self.shape) * math.log(float(self.scale))

    # ------------------------------------------------------------------ prediction
    def predict(self, x: Tensor, at: Level, label: Tensor | None = None) -> Prediction:
        """What the averaged network believes of x_t (B, *shape) at a level, in all its forms."""
        t = torch.full((len(x),), at.t, device=x.device, dtype=torch.float32)
        out = self.averaged(x.float(), t, label).to(x.dtype)
        return meaning(self.target, out, x, at.signal, at.noise)

    def guided(self, x: Tensor, at: Level, label: Tensor | None, scale: float) -> Prediction:
        """eps = eps(x) + w (eps(x, class) - eps(x)): classifier-free guidance (Ho & Salimans 2022, eq. 6, with w = 1 + theirs).

        ``label`` (B,): the class of each item. One evaluation of the network where w is 0 or 1, else both in one batch.
        """
        if label is None or not self.num_classes or scale == 0:
            return self.predict(x, at)
        if scale == 1:
            return self.predict(x, at, label)
        untold = torch.full_like(label, self.num_classes)
        both = self.predict(torch.cat([x, x]), at, torch.cat([untold, label]))
        free, tied = both.eps.chunk(2)
        eps = torch.lerp(free, tied, scale)
        return Prediction(x0_of_eps(x, eps, at), eps)

    def x0_variances(self) -> Tensor:
        """The mean of Var[x_0 | x_t] per dimension at every t (T,), float64: (1 - a)/a (1 - E|eps|^2/d), from the network's own
        predictions in training (Bao et al. 2022, eq. 8).

        At most 1: no more is open than the data vary, and where there is hardly any signal the formula multiplies the chance in
        E|eps|^2 by as much as 1/a.
        """
        a = torch.as_tensor(self.schedule.alpha_bar, device=self.eps_square.device)
        return ((1 - a) / a * (1 - self.eps_square.double())).clamp(0, 1)

    def x0_variance(self, at: Level) -> float:
        """That at the timestep nearest to a level."""
        return float(self.x0_variances()[min(max(round(at.t), 0), len(self.eps_square) - 1)])


def meaning(target: str, out: Tensor, x: Tensor, signal: Tensor | float, noise: Tensor | float) -> Prediction:
    """The network's output for x_t as clean item and noise, exactly: with x_t = sqrt(a) x_0 + sqrt(1 - a) eps, signal = sqrt(a) and
    noise = sqrt(1 - a),

    * eps, x0: the other one follows;
    * v = sqrt(a) eps - sqrt(1 - a) x_0, so x_0 = sqrt(a) x_t - sqrt(1 - a) v and eps = sqrt(1 - a) x_t + sqrt(a) v
      (Salimans & Ho 2022, appendix D);
    * u = eps - x_0, the velocity of flow matching: with k = sqrt(a) + sqrt(1 - a), x_0 = (x_t - sqrt(1 - a) u) / k and
      eps = (x_t + sqrt(a) u) / k (Lipman et al. 2023).
    """
    if target == "eps":
        return Prediction((x - noise * out) / signal, out)
    if target == "x0":
        return Prediction(out, (x - signal * out) / noise)
    if target == "v":
        return Prediction(signal * x - noise * out, noise * x + signal * out)
    k = signal + noise
    return Prediction((x - noise * out) / k, (x + signal * out) / k)


def wanted(target: str, x0: Tensor, eps: Tensor, signal: Tensor, noise: Tensor) -> Tensor:
    """What the network should have said: the target made of x_0 and eps (B, ...); signal and noise broadcast to them."""
    if target == "eps":
        return eps
    if target == "x0":
        return x0
    return signal * eps - noise * x0 if target == "v" else eps - x0
