"""Learned encoders: a VAE with L layers of codes, z_{l+1} made of z_l alone, as in a diffusion (Sønderby et al. 2016, section 2).

q(z_1 .. z_L|x) = q(z_1|x) q(z_2|z_1) .. q(z_L|z_{L-1}) and p(x, z_1 .. z_L) = p(x|z_1) p(z_1|z_2) .. p(z_{L-1}|z_L) N(z_L; 0, I)
are made of Gaussians from networks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from playground.engine.families.hybrids.hvae import HVAEConfig
from playground.engine.families.hybrids.hvae.model import LOG_SIGMA_RANGE, Hierarchy, Terms
from playground.engine.families.vae.model import LOGVAR_RANGE, Posterior
from playground.engine.nets.mlp import mlp
from playground.engine.samplers import CLEAN, Level, Prediction, Step

#: Of p(x|z_1), as a share of the data's spread. Wide noise explains points without a code, and a VAE stays there; pictures, with
#: hundreds of pixels, need a wide one first: far from the mean every byte costs the square of its distance.
START_SIGMA = {"points": 0.1, "image": 0.7}
EQUATION = "x = {c_mean} μ(xₜ) + {sigma} z"


class LearnedHierarchy(Hierarchy):
    """``encoders[l]`` leads from z_l (z_0 = x) to z_{l+1}; ``decoders[l]`` back, the lowest to x and one log sigma an item."""

    def __init__(self, shape: tuple[int, ...], kind: str, config: HVAEConfig) -> None:
        super().__init__(shape, kind, config.num_layers)
        d, features = config.code_dim, math.prod(shape)
        sizes = [features] + [d] * config.num_layers
        self.code_dim = d
        self.encoders = nn.ModuleList(mlp(below, config.hidden, config.layers, 2 * d) for below in sizes[:-1])
        self.decoders = nn.ModuleList(
            mlp(d, config.hidden, config.layers, 2 * d if layer else features + 1) for layer in range(config.num_layers)
        )

    @property
    def latent_dim(self) -> int:
        return self.code_dim

    @torch.no_grad()
    def start(self, x: Tensor) -> None:
        """The lowest decoder begins at the mean of the data, with noise below their spread."""
        inside = self.inward(x.to(self.centre)).double().flatten(1)
        last = self.decoders[0][-1]  # type: ignore[index]
        spread = float(inside.var(0, correction=0).mean()) ** 0.5
        last.bias[:-1].copy_(inside.mean(0))
        last.bias[-1] = math.log(START_SIGMA[self.kind] * spread + 1e-3)

    # ------------------------------------------------------------------ q and p
    def above(self, layer: int, z: Tensor) -> Posterior:
        """q(z_{layer+1}|z_layer) for z (N, d), z_0 an item on the model's scale: mean and log variance."""
        mu, logvar = self.encoders[layer](z.flatten(1)).float().chunk(2, -1)
        return Posterior(mu, logvar.clamp(*LOGVAR_RANGE))

    def below(self, layer: int, z: Tensor) -> Posterior:
        """p(z_layer|z_{layer+1}) for z (N, d), layer > 0."""
        mu, logvar = self.decoders[layer](z).float().chunk(2, -1)
        return Posterior(mu, logvar.clamp(*LOGVAR_RANGE))

    def item(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Mean (N, *shape) and log sigma (N, 1 ...) of p(x|z_1), on the model's scale."""
        out = self.decoders[0](z).float()
        log_sigma = out[:, -1].clamp(*LOG_SIGMA_RANGE)
        return out[:, :-1].reshape(-1, *self.shape), log_sigma.reshape(-1, *[1] * len(self.shape))

    def draw_terms(self, x0: Tensor, noise: torch.Generator) -> tuple[Tensor, Tensor]:
        """What each code costs (N, L), and -log p(x|z_1) (N,), from one draw of all codes.

        z_l costs E_q[log q(z_l|z_{l-1}) - log p(z_l|z_{l+1})]. For l = L that is KL(q(z_L|z_{L-1}) || N(0, I)), in closed form;
        below z_{l+1} depends on z_l, so the draw itself is put in. There a single layer may cost less than nothing, where the next
        code tells more of it than the item does; the sum over all layers is a KL and cannot.
        """
        q = self.above(0, x0)
        z = self._draw(q, noise)
        mean, log_sigma = self.item(z)
        reconstruction, costs = -self.log_likelihood(x0, mean, log_sigma), []
        for layer in range(1, self.num_layers):
            further = self.above(layer, z)
            z_above = self._draw(further, noise)
            costs.append(q.log_prob(z) - self.below(layer, z_above).log_prob(z))
            q, z = further, z_above
        return torch.stack([*costs, q.kl().sum(1)], 1), reconstruction

    def terms(self, x: Tensor, noise: torch.Generator, at_once: int) -> Iterator[float | Terms]:
        layers, reconstructions = [], []
        for part in self.inward(x).split(at_once):
            costs, reconstruction = self.draw_terms(part, noise)
            layers.append(costs.cpu().double())
            reconstructions.append(reconstruction.cpu().double())
            yield sum(map(len, layers)) / len(x)
        yield Terms(torch.cat(layers), torch.cat(reconstructions))

    @staticmethod
    def _draw(of: Posterior, noise: torch.Generator) -> Tensor:
        return of.sample(torch.randn(of.mu.shape, generator=noise, device=of.mu.device))

    # ------------------------------------------------------------------ down and up
    def expected(self, z: Tensor, layer: int) -> Tensor:
        """x (N, *shape) from z_layer by the means of all decoders below, on the model's scale."""
        for lower in range(layer - 1, 0, -1):
            z = self.below(lower, z).mu
        return self.item(z)[0]

    def code(self, x0: Tensor, layer: int) -> Posterior:
        """q(z_layer|.) on the way up by means, from items on the model's scale."""
        q = self.above(0, x0)
        for lower in range(1, layer):
            q = self.above(lower, q.mu)
        return q

    def items_of(self, z: Tensor) -> Tensor:
        """By the means of all decoders."""
        return self.outward(self.expected(z, self.num_layers))

    def walk(self, z: Tensor, noise: torch.Generator) -> Iterator[Step]:
        """z_L (N, d) down to x by draws from the decoders; the last state is the item, on the model's scale. Of pictures the mean
        of p(x|z_1) is taken. How much of a learned code is signal is not known: its level has an alpha_bar of NaN.

        ``prediction.x0`` is where the means lead from z_l; ``eps`` (N, d) what of z_l is not in the code of that item.
        """
        path = [*(Level(layer, math.nan) for layer in reversed(range(self.num_layers))), CLEAN]
        for done, layer in enumerate(range(self.num_layers, 0, -1), 1):
            x_hat = self.expected(z, layer)
            believed = Prediction(x_hat, z - self.code(x_hat, layer).mu)
            if layer > 1:
                p = self.below(layer - 1, z)
                mean, sigma = p.mu, torch.exp(0.5 * p.logvar)
            else:
                mean, log_sigma = self.item(z)
                sigma = torch.exp(log_sigma) * (self.kind != "image")
            added = sigma * torch.randn(mean.shape, generator=noise, device=mean.device)
            z = mean + added
            numbers = {"c_mean": 1.0, "sigma": float(sigma.square().mean().sqrt())}
            yield Step(path[done - 1], path[done], z, believed, mean, added, numbers, EQUATION, done)
