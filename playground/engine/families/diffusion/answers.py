"""What can be asked of a diffusion model: paths, the forward process, guidance. One short generator a question."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from playground.engine import devices
from playground.engine import messages as m
from playground.engine.answers import Asked, Handler, answer, working
from playground.engine.datasets.base import to_float
from playground.engine.families.diffusion.measures import DiffusionMeasures
from playground.engine.metrics.pushforward import warp_density
from playground.engine.schedules import terminal_kl

HISTOGRAM_DRAWS = 200  # noised versions of one item behind the histograms of the forward process


class DiffusionAnswers(DiffusionMeasures):
    """Requests about a diffusion model."""

    def handlers(self) -> dict[type[m.Request], Handler]:
        return {
            m.DrawSamples: self.draw_samples, m.RunChain: self.run_chain, m.Decode: self.decode, m.Interpolate: self.interpolate,
            m.Diffuse: self.diffuse, m.Guidance: self.guidance, m.WarpGrid: self.warp_grid, **self.measuring(),
        }  # fmt: skip

    # ------------------------------------------------------------------ codes and paths
    def interpolate(self, asked: Asked, request: m.Interpolate) -> Iterator[m.Event]:
        """Between noises, or between items whose noise is found by running the sampler backwards (DDIM inversion)."""
        ends = None
        if request.pick:
            x = to_float(self.data.split(request.split)[0])
            ends = tuple(x[torch.tensor([pair[i] for pair in request.pick]) % len(x)].to(self.device) for i in (0, 1))
            found = [torch.empty(0)]
            for done, x_t in enumerate(self.inverted(torch.cat(ends)), 1):
                found = [x_t]
                yield working(asked, done, 2 * self.code_plan.num_steps, "noise of the ends")
            a, b = found[0].flatten(1).chunk(2)
        elif request.a is None or request.b is None:
            a, b = self.noise_of(4, 0).flatten(1), self.noise_of(4, 1).flatten(1)
        else:
            a, b = self.latents(request.a), self.latents(request.b)
        yield from self.paths(asked, request, a, b, ends)  # type: ignore[arg-type]

    def warp_grid(self, asked: Asked, request: m.WarpGrid) -> Iterator[m.Event]:
        """A lattice of x_T carried to the data by the deterministic sampler: the flow of the probability-flow ODE, in the steps of
        :attr:`code_plan` (Song et al. 2021, arXiv:2011.13456, section 4.3).
        """
        if self.data.kind != "points":
            yield answer(m.Refused, asked, sentence="Noise is shown on its way to points in the plane, not to pictures.")
            return
        line = torch.linspace(-request.extent, request.extent, request.resolution)
        u, v = torch.meshgrid(line, line, indexing="xy")
        z = torch.stack([u, v], -1)  # (R, R, 2)
        x = z
        for part in self.making(z.reshape(-1, 2).to(self.device)):
            if isinstance(part, Tensor):
                x = part.cpu().float().reshape(z.shape)
            else:
                yield working(asked, *part, "lattice")
        yield answer(m.Warp, asked, z=z.numpy(), x=x.numpy(), log_density=warp_density(z.numpy(), x.numpy()))

    # ------------------------------------------------------------------ the forward process
    def diffuse(self, asked: Asked, request: m.Diffuse) -> Iterator[m.Event]:
        """x_t by one jump, sqrt(a_t) x_0 + sqrt(1 - a_t) eps, and by t + 1 steps x <- sqrt(alpha) x + sqrt(beta) eps."""
        items = self.data.split(request.split)[0]
        x0 = self.model.inward(to_float(items[request.index % len(items)][None]).to(self.device))
        schedule = self.model.schedule
        t = min(max(request.t, 0), schedule.num_timesteps - 1)
        n = max(request.draws, HISTOGRAM_DRAWS if self.data.kind == "points" else 1)
        noise = devices.generator(self.device, request.seed)
        a = float(schedule.alpha_bar[t])
        shape = (n, *self.data.shape)
        jump = a**0.5 * x0 + (1 - a) ** 0.5 * self._normal(shape, noise)
        walk = x0.expand(shape)
        for beta in schedule.betas[: t + 1].tolist():
            walk = (1 - beta) ** 0.5 * walk + beta**0.5 * self._normal(shape, noise)
        mean_square = float(x0.square().mean())
        yield answer(
            m.Diffused, asked, t=t, x0=self.at_scale(x0), jump=self.at_scale(jump[: request.draws]),
            walk=self.at_scale(walk[: request.draws]), values_jump=jump.flatten().cpu().numpy(),
            values_walk=walk.flatten().cpu().numpy(), alpha_bar=schedule.alpha_bar, snr=schedule.snr,
            terminal_kl=terminal_kl(schedule, mean_square),
        )  # fmt: skip

    def _normal(self, shape: tuple[int, ...], noise: torch.Generator) -> Tensor:
        return torch.randn(shape, generator=noise, device=self.device)

    # ------------------------------------------------------------------ guidance
    def guidance(self, asked: Asked, request: m.Guidance) -> Iterator[m.Event]:
        """The same noise under several guidance scales."""
        if not self.model.num_classes:
            sentence = "This model was not told any classes. Train one with class dropout above 0, on data with labels."
            yield answer(m.Refused, asked, sentence=sentence)
            return
        rows, total = [], len(request.scales)
        for scale in request.scales:
            choice = m.SamplerChoice(guidance_scale=scale, label=request.label)
            *_, last = self.walk(choice, self.noise_of(request.n, request.seed), request.seed).steps
            rows.append(self.at_scale(last.x))
            yield working(asked, len(rows), total, "guidance")
        yield answer(m.GuidanceOf, asked, scales=np.array(request.scales), rows=np.stack(rows), label=request.label)
