"""What can be asked of latent diffusion: chains of codes, shown as what the VAE reads in them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from playground.engine import devices, samplers
from playground.engine import messages as m
from playground.engine.answers import Asked, Handler, Likelihood, Measuring, working
from playground.engine.chain_answers import EPS_SHOWN, ChainAnswers, Walk
from playground.engine.datasets.base import Dataset, to_float
from playground.engine.families.diffusion import chain
from playground.engine.families.diffusion.bound import denoise_at
from playground.engine.families.diffusion.chain import Plan
from playground.engine.families.hybrids.latent_diffusion import evaluation
from playground.engine.families.hybrids.latent_diffusion.model import LatentDiffusion
from playground.engine.families.hybrids.latent_diffusion.spaces import two_spaces
from playground.engine.families.hybrids.latent_diffusion.speed import space_speed
from playground.engine.families.vae.answers import VAEAnswers
from playground.engine.families.vae.evaluation import elbo_terms
from playground.engine.families.vae.model import Posterior

MONITOR_ITEMS = 400
LEVELS, BARS = 40, 10  # timesteps at which the monitor looks; groups of them that it draws
HELD_OUT_SEED = 20_131_220  # black and white pixels of held-out items, once and for all


class LatentDiffusionAnswers(ChainAnswers):
    """Requests about latent diffusion. A chain's x_t are standardised codes u (N, d); frames show what the VAE makes of them."""

    model: LatentDiffusion

    def handlers(self) -> dict[type[m.Request], Handler]:
        return {
            m.DrawSamples: self.draw_samples, m.RunChain: self.run_chain, m.Decode: self.decode, m.Interpolate: self.interpolate,
            m.Modes: self.modes, m.Reconstruct: self.reconstruct,
            m.TwoSpaces: lambda asked, request: two_spaces(self, asked, request),
            m.SpaceSpeed: lambda asked, request: space_speed(self, asked, request),
        }  # fmt: skip

    # ------------------------------------------------------------------ chains
    def planned(self, choice: m.SamplerChoice | None) -> Plan:
        """A choice with what it leaves open taken from the recipe. Raises ValueError for what cannot be done."""
        if choice is not None and choice.ideal:
            raise ValueError("The ideal denoiser is known for data, not for the codes of a VAE.")
        return chain.plan(choice, self.config, self.model.diffusion.num_classes)

    def walk(self, choice: m.SamplerChoice | None, x: Tensor, seed: int) -> Walk:
        plan = self.planned(choice)
        noise = devices.generator(self.device, seed + 1)
        return Walk(chain.steps(self.model.diffusion, None, plan, x, noise), plan.num_steps, plan.at_once)

    def outward(self, x: Tensor) -> Tensor:
        return torch.cat([self.model.outward(part) for part in x.split(self.at_once())])

    def inward(self, x: Tensor) -> Tensor:
        return self.model.inward(x)

    def chain_shape(self) -> tuple[int, ...]:
        return (self.model.latent_dim,)

    @property
    def nfe(self) -> int:
        return self.planned(None).nfe

    def latent_samples(self, n: int, seed: int) -> Iterator[Tensor | tuple[int, int]]:
        """``n`` codes u (n, d) that the diffusion makes, at the end of steps (done, total)."""
        u = self.noise_of(n, seed)
        walk = self.walk(None, u, seed)
        for done, step in enumerate(walk.steps, 1):
            u = step.x
            yield done, walk.total
        yield u

    # ------------------------------------------------------------------ codes: u_T
    @property
    def code_plan(self) -> Plan:
        """The deterministic sampler that turns a code into an item, of no class: the recipe's own if it is one, else DDIM."""
        chosen = self.planned(None)
        return Plan(chosen.name if chosen.deterministic else "ddim", chosen.num_steps, 0.0, 0.0, None, False)

    def items_of(self, z: Tensor) -> Tensor:
        *_, x = self.making(z)
        assert isinstance(x, Tensor)
        return x

    def making(self, z: Tensor) -> Iterator[Tensor | tuple[int, int]]:
        plan, x = self.code_plan, z
        for done, step in enumerate(chain.steps(self.model.diffusion, None, plan, z, devices.generator(self.device, 0)), 1):
            x = step.x
            yield done, plan.num_steps
        yield self.outward(x)

    def codes_of(self, x: Tensor) -> Iterator[Tensor | tuple[int, int]]:
        """Encode with the VAE, then run the sampler backwards (DDIM inversion)."""
        plan = self.code_plan
        u = torch.cat([self.model.inward(part.to(self.device)) for part in x.split(self.at_once())])
        for done, found in enumerate(samplers.invert(chain.denoiser(self.model.diffusion, None, plan), u, plan.path(
            self.model.diffusion)), 1):  # fmt: skip
            u = found
            yield done, plan.num_steps
        yield u

    def interpolate(self, asked: Asked, request: m.Interpolate) -> Iterator[m.Event]:
        """Between noises, or between items whose noise is found by :meth:`codes_of`."""
        ends = None
        if request.pick:
            x = to_float(self.data.split(request.split)[0])
            ends = tuple(x[torch.tensor([pair[i] for pair in request.pick]) % len(x)].to(self.device) for i in (0, 1))
            u = torch.empty(0)
            for part in self.codes_of(torch.cat(ends)):
                if isinstance(part, Tensor):
                    u = part
                else:
                    yield working(asked, part[0], 2 * part[1], "noise of the ends")
            a, b = u.chunk(2)
        elif request.a is None or request.b is None:
            a, b = self.noise_of(4, 0), self.noise_of(4, 1)
        else:
            a, b = self.latents(request.a), self.latents(request.b)
        yield from self.paths(asked, request, a, b, ends)  # type: ignore[arg-type]

    # ------------------------------------------------------------------ the first stage
    @property
    def vae(self) -> VAEAnswers:
        """What the VAE alone has to say."""
        return VAEAnswers(self.model.vae, self.model.vae_config, self.data, self.device, self.shared)

    def reconstruct(self, asked: Asked, request: m.Reconstruct) -> Iterator[m.Event]:
        """Through the VAE and back: the best that any diffusion of its codes can look."""
        return self.vae.reconstruct(asked, request)

    def held_out(self, n: int, data: Dataset | None = None) -> Tensor:
        """The first ``n`` held-out items (0: all), as the VAE was shown items in training."""
        items = (data or self.data).split("test")[0]
        return self.as_seen(to_float(items[: n or len(items)]))

    def as_seen(self, x: Tensor) -> Tensor:
        """Items x (N, *shape) as such, black and white pixels drawn once and for all."""
        return self.model.shown(x.to(self.device), devices.generator(self.device, HELD_OUT_SEED))

    def drawn_codes(self, q: Posterior, noise: torch.Generator) -> Tensor:
        """Codes z (N, d) of q(z|x) as the recipe wants them."""
        if self.config.codes == "mean":
            return q.mu
        return q.sample(torch.randn(q.mu.shape, generator=noise, device=noise.device))

    # ------------------------------------------------------------------ numbers
    def measured(self, data: Dataset, request: m.Evaluate) -> Iterator[Measuring]:
        return evaluation.evaluate(self, data, request.n)

    def likelihoods(self, x: Tensor) -> Iterator[Likelihood | tuple[int, int, str]]:
        return evaluation.likelihoods(self, x)

    def monitor(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The bound of the VAE, and the denoising error at fixed timesteps, on held-out items."""
        x = self.once("codes' held out", lambda: self.held_out(MONITOR_ITEMS))
        noise = devices.generator(self.device, 1)
        recon, kl, _ = elbo_terms(self.model.vae, x, noise)
        diffusion = self.model.diffusion
        z = self.drawn_codes(self.model.vae.encode(x), noise)
        u = self.model.standardised(z) if self.model.fitted else (z - z.mean(0)) / z.std(0).clamp_min(1e-6)
        eps = torch.randn(u.shape, generator=noise, device=self.device)
        count = diffusion.schedule.num_timesteps
        levels = min(LEVELS, len(u))
        t = ((torch.arange(levels, device=self.device) + 0.5) * count / levels).long().repeat(-(-len(u) // levels))[: len(u)]
        errors = (denoise_at(diffusion, u, t, eps)[1] - eps).square().mean(1).cpu()
        group = (t.cpu() * BARS // count).clamp_max(BARS - 1)
        bars = torch.zeros(BARS).index_add(0, group, errors) / torch.bincount(group, minlength=BARS).clamp_min(1)
        scalars = {
            "test_neg_elbo": float((recon + kl.sum(1)).mean()), "test_eps_error": float(errors.mean()),
            "prior_error": float(diffusion.schedule.alpha_bar.mean()),
        }  # fmt: skip
        return scalars, {"error_by_t": bars.numpy()}

    # ------------------------------------------------------------------ what is shown
    def latent_shown(self, x: Tensor) -> np.ndarray:
        """u_t as pictures of about as many rows as columns."""
        return small_pictures(x.float().cpu().numpy())

    def noise_shown(self, eps: Tensor) -> np.ndarray:
        """Noise of a code, for pictures as such a small picture enlarged to an item; for points its first two numbers."""
        flat = eps.float().cpu().numpy()
        if self.data.kind == "points":
            return np.pad(flat, ((0, 0), (0, max(0, 2 - flat.shape[1]))))[:, :2]
        _, height, width = self.data.shape
        found = enlarged(small_pictures(flat), height, width)
        return found if len(self.shown_shape()) == 2 else np.repeat(found[..., None], 3, -1)


def small_pictures(u: np.ndarray) -> np.ndarray:
    """Numbers (N, d) as pictures (N, h, w), row by row, -3 black .. 3 white; where d fills no rectangle, the rest is 0, grey."""
    n, d = u.shape
    height = next(h for h in range(math.isqrt(d), 0, -1) if d % h == 0)
    if d > 4 and d > 4 * height**2:  # long and thin
        height = math.isqrt(d)
    width = -(-d // height)
    filled = np.zeros((n, height * width), np.float32)
    filled[:, :d] = u
    return np.rint((np.clip(filled / EPS_SHOWN, -1, 1) + 1) * 127.5).astype(np.uint8).reshape(n, height, width)


def enlarged(pictures: np.ndarray, height: int, width: int) -> np.ndarray:
    """Pictures (N, h, w) to (N, height, width), each number as one rectangle."""
    rows = np.arange(height) * pictures.shape[1] // height
    columns = np.arange(width) * pictures.shape[2] // width
    return np.ascontiguousarray(pictures[:, rows][:, :, columns])
