"""What can be asked of a diffusion model: samples, chains, paths, and the forward process. One short generator a question."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from playground.engine import devices, samplers
from playground.engine import messages as m
from playground.engine.answers import Asked, Handler, answer, working
from playground.engine.datasets.base import to_float
from playground.engine.families.diffusion import chain
from playground.engine.families.diffusion.chain import Plan
from playground.engine.families.diffusion.measures import DiffusionMeasures
from playground.engine.samplers import Step
from playground.engine.schedules import terminal_kl

HISTOGRAM_DRAWS = 200  # noised versions of one item behind the histograms of the forward process
EPS_SHOWN = 3.0  # noise of -3 .. 3 is painted from black to white


class DiffusionAnswers(DiffusionMeasures):
    """Requests about a diffusion model."""

    def handlers(self) -> dict[type[m.Request], Handler]:
        return {
            m.DrawSamples: self.draw_samples, m.RunChain: self.run_chain, m.Decode: self.decode, m.Interpolate: self.interpolate,
            m.Diffuse: self.diffuse, m.Guidance: self.guidance, **self.measuring(),
        }  # fmt: skip

    # ------------------------------------------------------------------ samples and chains
    def draw_samples(self, asked: Asked, request: m.DrawSamples) -> Iterator[m.Event]:
        """From the same x_T at every step of the training; None of it is stored but the end."""
        try:
            plan = self.planned(request.sampler)
        except ValueError as error:
            yield answer(m.Refused, asked, sentence=str(error))
            return
        x_t = self.noise_of(request.n, request.seed)
        x = x_t
        for done, on_the_way in enumerate(self.sampled(plan, x_t, request.seed), 1):
            x = on_the_way
            if done < plan.num_steps:
                yield working(asked, done, plan.num_steps, "sampling")
        yield answer(m.Samples, asked, x=self.show(self.model.outward(x)), z=x_t.flatten(1).cpu().numpy())

    def run_chain(self, asked: Asked, request: m.RunChain) -> Iterator[m.Event]:
        """Every step of the reverse process, as it is taken."""
        try:
            plan = self.planned(request.sampler)
        except ValueError as error:
            yield answer(m.Refused, asked, sentence=str(error))
            return
        x = self.noise_of(request.n, request.seed)
        if request.start is not None:
            given = torch.as_tensor(request.start, dtype=torch.float32, device=self.device).reshape(-1, *self.data.shape)
            x = self.model.inward(given)
        z = x.flatten(1).cpu().numpy()
        walk = chain.steps(self.model, self.ideal_for(plan), plan, x, devices.generator(self.device, request.seed + 1))
        for done, step in enumerate(walk, 1):
            if done == 1:
                yield self._first_frame(asked, plan, x, z, step)
            yield self._frame(asked, plan, z, done, step)

    def _first_frame(self, asked: Asked, plan: Plan, x: Tensor, z: np.ndarray, step: Step) -> m.Event:
        nothing = torch.zeros_like(x)
        first = step._replace(x=x, mean=nothing, noise=nothing, end=step.start, nfe=0, numbers=dict.fromkeys(step.numbers, 0.0))
        return self._frame(asked, plan, z, 0, first)

    def _frame(self, asked: Asked, plan: Plan, z: np.ndarray, done: int, step: Step) -> m.Event:
        seconds = time.perf_counter() - asked.started
        snr = step.end.alpha_bar / (1 - step.end.alpha_bar) if step.end.alpha_bar < 1 else float("inf")
        numbers = {"alpha_bar": step.start.alpha_bar, "alpha_bar_next": step.end.alpha_bar, "snr": snr, **step.numbers}
        reply: m.Event = answer(
            m.ChainFrame, asked, done=done, total=plan.num_steps, t=int(step.end.t), x_t=self.at_scale(step.x),
            x0_pred=self.at_scale(step.prediction.x0), eps_pred=self.noise_shown(step.prediction.eps),
            mean=self.at_scale(step.mean), noise=self.noise_shown(step.noise), numbers=numbers, equation=step.equation,
            nfe=plan.at_once * step.nfe, seconds_left=seconds * (plan.num_steps - done) / max(done, 1), z=z,
        )  # fmt: skip
        return reply

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

    def inverted(self, x: Tensor) -> Iterator[Tensor]:
        """The noise from which items x (N, *shape), in units of the data, would be drawn: x at every level on the way up."""
        plan = self.code_plan
        return samplers.invert(chain.denoiser(self.model, None, plan), self.model.inward(x), plan.path(self.model))

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
            *_, x = self.sampled(self.planned(choice), self.noise_of(request.n, request.seed), request.seed)
            rows.append(self.at_scale(x))
            yield working(asked, len(rows), total, "guidance")
        yield answer(m.GuidanceOf, asked, scales=np.array(request.scales), rows=np.stack(rows), label=request.label)

    # ------------------------------------------------------------------ what is shown
    def at_scale(self, x: Tensor) -> np.ndarray:
        """Items on the model's scale, as the window paints them."""
        return self.show(self.model.outward(x).float())

    def noise_shown(self, eps: Tensor) -> np.ndarray:
        """Noise: of pictures scaled so that 3 standard deviations are white, of points as it is."""
        return self.show((eps / EPS_SHOWN).float()) if self.data.kind == "image" else eps.float().cpu().numpy()
