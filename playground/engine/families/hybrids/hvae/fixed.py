"""Fixed Gaussian encoders: a diffusion of L steps read as a hierarchical VAE (Ho et al. 2020; Kingma et al. 2021,
arXiv:2107.00630).

z_l = sqrt(a_l) x + sqrt(1 - a_l) eps is the noised item after l steps (timestep t = l - 1), a = alpha_bar of a schedule of T = L
steps. A decoder sees z_l, believes x to be x_hat, and puts z_{l-1} around the mean that q(z_{l-1}|z_l, x) has for x = x_hat.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from playground.engine import samplers
from playground.engine.families.diffusion import DiffusionConfig
from playground.engine.families.diffusion.model import DenoisingNet, Diffusion, meaning
from playground.engine.families.hybrids.hvae import HVAEConfig
from playground.engine.families.hybrids.hvae.model import Hierarchy, Terms
from playground.engine.samplers import Level, Prediction, Step
from playground.engine.schedules import Schedule, make_schedule

TARGET = "v"  # what the decoders' networks give: well-conditioned at both ends (Salimans & Ho 2022)
LEAST_TIMESTEPS = 4  # of a diffusion's recipe
LOG_OPEN_RANGE = (-20.0, 0.0)  # of ln Var[x|z_l]: no more is open than standardised data vary


class LayerNets(nn.Module):
    """A network for every layer: x (B, *shape), t (B,) -> (B, *shape), each item by the network of its own t."""

    def __init__(self, nets: list[DenoisingNet]) -> None:
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        out: Tensor | None = None
        for layer, net in enumerate(self.nets):
            rows = (t == layer).nonzero()[:, 0]
            if len(rows):
                part: Tensor = net(x[rows], t[rows])
                out = part.new_zeros(x.shape) if out is None else out
                out = out.index_copy(0, rows, part)
        assert out is not None, "every t has its network"
        return out


class FixedHierarchy(Hierarchy):
    """q is known; ``net`` decodes all layers, and ``log_open`` (L,) is ln Var[x|z_l] per dimension, learned."""

    def __init__(self, shape: tuple[int, ...], kind: str, config: HVAEConfig) -> None:
        super().__init__(shape, kind, config.num_layers)
        self.schedule: Schedule = make_schedule(config.schedule, config.num_layers)
        self.told = diffusion_config(config)
        if config.decoders == "shared":
            self.net: nn.Module = DenoisingNet(shape, kind, self.told, 0)
        else:
            self.net = LayerNets([DenoisingNet(shape, kind, self.told, 0) for _ in range(config.num_layers)])
        self.log_open = nn.Parameter(torch.zeros(config.num_layers))
        self.last_width = config.variance
        a = self.schedule.alpha_bar
        before = np.concatenate([[1.0], a[:-1]])
        beta = 1 - a / before
        tables = {
            "signal": np.sqrt(a), "level": np.sqrt(1 - a), "c": np.sqrt(before) * beta / (1 - a),
            "v": np.maximum(beta * (1 - before) / (1 - a), 1e-30),
        }  # fmt: skip
        for name, values in tables.items():
            self.register_buffer(name, torch.tensor(values, dtype=torch.float32), persistent=False)
        self.signal: Tensor
        self.level: Tensor
        self.c: Tensor
        self.v: Tensor

    @property
    def latent_dim(self) -> int:
        return math.prod(self.shape)

    @torch.no_grad()
    def start(self, x: Tensor) -> None:
        """As if the data were Gaussian: Var[x|z_l] = m (1 - a) / (1 - a + a m), with m their variance per dimension."""
        variance = float(self.inward(x.to(self.centre)).double().var(0, correction=0).mean())
        a = torch.tensor(self.schedule.alpha_bar)
        self.log_open.copy_((variance * (1 - a) / (1 - a + a * variance)).log().clamp(*LOG_OPEN_RANGE))

    # ------------------------------------------------------------------ q and p
    def noised(self, x0: Tensor, t: Tensor, eps: Tensor) -> Tensor:
        """z_{t+1} ~ q(.|x) for items x0 (N, *shape) on the model's scale, each at its own t (N,)."""
        return self._table(self.signal, t, x0) * x0 + self._table(self.level, t, x0) * eps

    def believed(self, z: Tensor, t: Tensor) -> Prediction:
        """What the decoders of timesteps t (N,) believe of z (N, *shape): the item, and the noise in it."""
        out = self.net(z, t).float()
        return meaning(TARGET, out, z, self._table(self.signal, t, z), self._table(self.level, t, z))

    def open(self) -> Tensor:
        """Var[x|z_l] per dimension at every t (L,), as the decoders take it."""
        learned = self.log_open.clamp(*LOG_OPEN_RANGE).exp()
        if self.last_width == "learned":
            return learned
        return torch.cat([(self.level[:1] / self.signal[:1]) ** 2, learned[1:]])

    def term(self, x0: Tensor, t: Tensor, eps: Tensor) -> Tensor:
        """What the step below z_{t+1} costs, (N,) nats: t > 0 KL(q(z_t|z_{t+1}, x) || p(z_t|z_{t+1})), t = 0 -log p(x|z_1).

        Both Gaussians have the mean c x + ... with c = sqrt(a_s) beta / (1 - a_t), s = t - 1; q's variance is v = beta (1 - a_s) /
        (1 - a_t), p's is w = v + c^2 Var[x|z] (Bao et al. 2022, eq. 7): KL = d/2 (ln(w/v) + v/w - 1) + c^2 |x - x_hat|^2 / (2 w).
        At t = 0 c is 1 and v is 0: p(x|z_1) is as wide as what z_1 leaves open.
        """
        x_hat = self.believed(self.noised(x0, t, eps), t).x0
        squares = (x0 - x_hat).square().flatten(1).sum(1)
        opened = self.open()
        c2, v, d = self.c[t] ** 2, self.v[t], math.prod(self.shape)
        w = v + c2 * opened[t]
        kl = 0.5 * d * (torch.log(w / v) + v / w - 1) + c2 * squares / (2 * w)
        first = (t == 0).nonzero()[:, 0]
        if not len(first):
            return kl
        reconstruction = -self.log_likelihood(x0[first], x_hat[first], 0.5 * opened[0].log())
        return kl.index_copy(0, first, reconstruction)

    def prior(self, x0: Tensor) -> Tensor:
        """KL(q(z_L|x) || N(0, I)), (N,), known: q(z_L|x) = N(sqrt(a) x, (1 - a) I)."""
        a, d = float(self.schedule.alpha_bar[-1]), math.prod(self.shape)
        return 0.5 * (a * x0.flatten(1).square().sum(1) + d * (-a - math.log1p(-a)))

    def terms(self, x: Tensor, noise: torch.Generator, at_once: int) -> Iterator[float | Terms]:
        x0 = self.inward(x)
        columns = []
        for t in range(self.num_layers):
            parts = []
            for part in x0.split(at_once):
                eps = torch.randn(part.shape, generator=noise, device=part.device)
                parts.append(self.term(part, torch.full((len(part),), t, device=part.device), eps))
            columns.append(torch.cat(parts).cpu().double())
            yield (t + 1) / self.num_layers
        yield Terms(torch.stack([*columns[1:], self.prior(x0).cpu().double()], 1), columns[0])

    # ------------------------------------------------------------------ down and up
    def path(self) -> list[Level]:
        """All layers, the deepest first, and the item."""
        return samplers.levels(self.schedule, self.num_layers)

    def denoise(self, z: Tensor, at: Level) -> Prediction:
        """The same as :meth:`believed` for samplers: all items at one level."""
        return self.believed(z, torch.full((len(z),), int(at.t), device=z.device))

    def walk(self, z: Tensor, noise: torch.Generator) -> Iterator[Step]:
        """z_L (N, *shape) down to x by draws from the decoders. Of pictures the mean of p(x|z_1) is taken."""
        opened = self.open().cpu().tolist()

        def left_open(at: Level) -> float:
            return 0.0 if at.t == 0 and self.kind == "image" else float(opened[int(at.t)])

        return samplers.ddpm(self.denoise, z, self.path(), noise, "optimal", left_open)

    def items_of(self, z: Tensor) -> Tensor:
        """By DDIM (Song et al. 2021): the walk without noise that has the same distribution at every layer, were L large."""
        x = z.reshape(-1, *self.shape)
        for step in samplers.ddim(self.denoise, x, self.path(), torch.Generator(z.device)):
            x = step.x
        return self.outward(x)

    def codes_of(self, x: Tensor) -> Iterator[Tensor]:
        """The z_L (N, *shape) from which items x would come, by DDIM backwards: z at every layer on the way up."""
        return samplers.invert(self.denoise, self.inward(x), self.path())

    def _table(self, values: Tensor, t: Tensor, like: Tensor) -> Tensor:
        return values[t].reshape(-1, *[1] * (like.ndim - 1))


def diffusion_config(config: HVAEConfig) -> DiffusionConfig:
    """The recipe of the diffusion model that shared decoders are."""
    return DiffusionConfig(
        schedule=config.schedule, num_timesteps=max(config.num_layers, LEAST_TIMESTEPS), target=TARGET, network=config.network,
        hidden=max(config.hidden, 8), layers=config.layers, channels=config.channels, patch=config.patch, num_steps=1,
    )  # fmt: skip


@torch.no_grad()
def as_diffusion(model: FixedHierarchy) -> Diffusion:
    """The same model as a member of the diffusion family: its network, schedule, units and variances of all layers but the last.

    Raises ValueError where there is no such member: too few layers, or a network for each.
    """
    if model.num_layers < LEAST_TIMESTEPS or not isinstance(model.net, DenoisingNet):
        raise ValueError(f"A diffusion has one network and at least {LEAST_TIMESTEPS} timesteps.")
    made = Diffusion(model.shape, model.kind, model.told).to(model.centre.device)
    made.net.load_state_dict(model.net.state_dict())
    made.averaged.load_state_dict(model.net.state_dict())
    made.centre.copy_(model.centre)
    made.scale.copy_(model.scale)
    a = torch.tensor(model.schedule.alpha_bar)
    made.eps_square.copy_(1 - a / (1 - a) * model.open().cpu().double())  # solved from Diffusion.x0_variances
    return made
