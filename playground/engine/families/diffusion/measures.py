"""What is measured of a diffusion model: its field, its likelihood, its error at every timestep, quality against effort."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from playground.engine import devices, samplers
from playground.engine import messages as m
from playground.engine.answers import Asked, Handler, Likelihood, Measuring, answer, grid_points, working
from playground.engine.datasets.base import Dataset, to_float
from playground.engine.families.diffusion import evaluation
from playground.engine.families.diffusion.bound import GROUPS, BoundTerms, bound_terms, denoise_at
from playground.engine.families.diffusion.codes import DiffusionCodes
from playground.engine.families.diffusion.model import Diffusion
from playground.engine.families.diffusion.quality import quality_by_steps
from playground.engine.flow_likelihood import FlowLikelihood, exact_divergence, hutchinson, log_likelihood
from playground.engine.metrics.estimates import mean_and_error
from playground.engine.samplers import Level, Prediction

ODE_STEPS = 40  # Runge-Kutta steps of the likelihood; half as many give its error
MONITOR_ITEMS = 128
NLL_POINTS = 128  # of the monitor
IDEAL_ITEMS = 2000  # behind the ideal's error
FIELD_POINTS = 1000  # for KL(data || model) beside the field
BARS = 10
PIECE_S = 0.2  # of work on the ideal's error between two chances for a mouse
LEVELS = 40  # timesteps at which the monitor looks: a multiple of BARS


class DiffusionMeasures(DiffusionCodes):
    """The part of the answers that measures."""

    model: Diffusion

    def measuring(self) -> dict[type[m.Request], Handler]:
        return {
            m.ScoreField: self.score_field, m.ModelField: self.model_field, m.Bound: self.bound, m.LogProb: self.log_prob,
            m.LossByTime: self.loss_by_time, m.Modes: self.modes,
            m.QualityBySteps: lambda asked, request: quality_by_steps(self, asked, request),
        }  # fmt: skip

    # ------------------------------------------------------------------ fields of the plane
    def score_field(self, asked: Asked, request: m.ScoreField) -> Iterator[m.Event]:
        if self.data.kind != "points":
            yield answer(m.Refused, asked, sentence="The score is drawn as a field for points in the plane.")
            return
        model = self.model
        t = min(max(request.t, 0), model.schedule.num_timesteps - 1)
        at = Level(t, float(model.schedule.alpha_bar[t]))
        scale = float(model.scale)
        x = grid_points(request.bounds, request.resolution)
        inside = model.inward(x.to(self.device)).float()
        learned = samplers.score_of_eps(model.predict(inside, at).eps, at).cpu().double() / scale  # d/dx = d/du / scale
        log_p, x0 = self._ideal_lattice(request.bounds, request.resolution, at)
        true = (at.signal * x0.reshape(-1, 2) - inside.cpu().double()) / (1 - at.alpha_bar) / scale  # Tweedie's formula
        weight = log_p.flatten().softmax(0)
        error = float(((learned - true).square().sum(1) * weight).sum()) ** 0.5
        shape = (request.resolution, request.resolution, 2)
        log_p_t = self._ideal_lattice(request.bounds, request.density_resolution, at)[0] - model.log_volume()
        yield answer(
            m.ScoreFieldOf, asked, t=t, bounds=request.bounds, x=x.reshape(shape).float().numpy(),
            learned=learned.reshape(shape).float().numpy(), true=true.reshape(shape).float().numpy(), log_p_t=log_p_t.numpy(),
            error=error,
        )  # fmt: skip

    def _ideal_lattice(self, bounds: tuple[float, float, float, float], side: int, at: Level) -> tuple[Tensor, Tensor]:
        """log p_t (R, R) and E[x_0 | x_t] (R, R, 2), on the model's scale, at the centres of the lattice, row 0 = smallest y."""
        x = self.model.inward(grid_points(bounds, side).to(self.device)).reshape(side, side, 2).cpu()
        return self.ideal.denoiser.on_lattice(x[0, :, 0], x[:, 0, 1], at)

    def model_field(self, asked: Asked, request: m.ModelField) -> Iterator[m.Event]:
        """log p(model) by the ODE on a lattice, and KL(data || model) from fixed held-out points."""
        if self.data.kind != "points":
            yield answer(m.Refused, asked, sentence="The model's density is drawn for points in the plane.")
            return
        x = grid_points(request.bounds, request.resolution)
        test = to_float(self.data.test[:FIELD_POINTS])
        both = torch.cat([x.float(), test]).to(self.device)
        log_q = torch.empty(0)
        for part in self.flow_log_prob(both):
            if isinstance(part, float):
                yield working(asked, round(part * len(both)), len(both), "density of the model")
            else:
                log_q = part.cpu()
        density, shape = self.data.density, (request.resolution, request.resolution)
        kl, error = mean_and_error(density.log_prob(test) - log_q[len(x) :]) if density else (float("nan"), float("nan"))
        yield answer(
            m.Field, asked, bounds=request.bounds, model=log_q[: len(x)].reshape(shape).numpy(),
            data=density.log_prob(x).reshape(shape).numpy() if density else None, kl_data_model=kl, kl_standard_error=error,
        )  # fmt: skip

    # ------------------------------------------------------------------ likelihood
    def flow_log_prob(self, x: Tensor, num_steps: int = ODE_STEPS, probe: Tensor | None = None) -> Iterator[float | Tensor]:
        """log p(x) (N,) in nats, in units of the data, by the probability-flow ODE: the share done, then the result."""

        def smooth(u: Tensor, at: Level) -> Prediction:
            return self.model.predict(u, at)

        divergence = exact_divergence(smooth) if probe is None else hutchinson(smooth, probe)
        for part in log_likelihood(divergence, self.model.inward(x), self.model.schedule, num_steps):
            yield part.log_p - self.model.log_volume() if isinstance(part, FlowLikelihood) else part

    def log_prob(self, asked: Asked, request: m.LogProb) -> Iterator[m.Event]:
        if request.x is not None:
            x = torch.as_tensor(request.x, dtype=torch.float32, device=self.device).reshape(-1, *self.data.shape)
        else:
            items = self.data.split(request.split)[0]
            x = to_float(items[torch.tensor(request.indices or (0,)) % len(items)]).to(self.device)
        found: tuple[Tensor, Tensor, int] | None = None
        for part in self._by_bound(x) if request.method == "bound" else self._by_ode(x):
            if isinstance(part, tuple):
                found = part
            else:
                yield working(asked, round(part * 100), 100, "log p(x)")
        assert found is not None
        log_p, error, nfe = found
        density = self.data.density
        yield answer(
            m.LogProbOf, asked, x=self.show(x), log_p=log_p.cpu().numpy(), error=error.cpu().numpy(),
            exact=request.method != "bound" and self.data.kind == "points", nfe=nfe,
            true=density.log_prob(x).numpy() if density else None,
        )  # fmt: skip

    def _by_ode(self, x: Tensor) -> Iterator[float | tuple[Tensor, Tensor, int]]:
        """Points: the exact divergence, the error from half as many steps. Pictures: a mean over probes and its standard error."""
        if self.data.kind == "points":
            results: list[Tensor] = []
            for k, num_steps in enumerate((ODE_STEPS // 2, ODE_STEPS)):
                for part in self.flow_log_prob(x, num_steps):
                    if isinstance(part, float):
                        yield (k + part) / 2
                    else:
                        results.append(part)
            yield results[1], (results[1] - results[0]).abs(), 4 * (ODE_STEPS + ODE_STEPS // 2)
            return
        noise, draws = devices.generator(self.device, 0), 4
        found = []
        for draw in range(draws):
            probe = torch.randint(0, 2, x.shape, generator=noise, device=self.device).float() * 2 - 1
            for part in self.flow_log_prob(x, ODE_STEPS // 2, probe):
                if isinstance(part, float):
                    yield (draw + part) / draws
                else:
                    found.append(part)
        values = torch.stack(found)
        yield values.mean(0), values.std(0) / draws**0.5, draws * 4 * (ODE_STEPS // 2)

    def _by_bound(self, x: Tensor) -> Iterator[float | tuple[Tensor, Tensor, int]]:
        """Minus the bound, a lower bound on log p(x), and the standard error of its random timesteps."""
        totals, draws = [], 32 if self.data.kind == "points" else 8
        for draw in range(draws):
            for part in bound_terms(self.model, x, devices.generator(self.device, draw), self.at_once()):
                if isinstance(part, BoundTerms):
                    totals.append(-part.total)
                else:
                    yield (draw + part) / draws
        values = torch.stack(totals)
        yield values.mean(0), values.std(0) / draws**0.5, draws * GROUPS

    def bound(self, asked: Asked, request: m.Bound) -> Iterator[m.Event]:
        x = to_float(self.data.test[: request.n]).to(self.device)
        terms: BoundTerms | None = None
        for part in bound_terms(self.model, x, devices.generator(self.device, 1), self.at_once(), request.draws):
            if isinstance(part, BoundTerms):
                terms = part
            else:
                yield working(asked, round(part * 100), 100, "variational bound")
        assert terms is not None
        total, error = mean_and_error(terms.total)
        reconstruction, reconstruction_se = mean_and_error(terms.reconstruction)
        n = len(x)
        yield answer(
            m.BoundOf, asked, edges=terms.edges, l_t=terms.groups.mean(0).numpy(), l_t_se=(terms.groups.std(0) / n**0.5).numpy(),
            reconstruction=reconstruction, reconstruction_se=reconstruction_se, prior=float(terms.prior.mean()), total=total,
            total_se=error, per_dim=self.bits_per_dim(total), entropy=self.entropy(),
        )  # fmt: skip

    @property
    def nfe(self) -> int:
        return int(self.planned(None).nfe)

    def likelihoods(self, x: Tensor) -> Iterator[Likelihood | tuple[int, int, str]] | None:
        """Points: exact, by the probability-flow ODE. Pictures: the variational bound."""
        return self._likelihoods(x)

    def _likelihoods(self, x: Tensor) -> Iterator[Likelihood | tuple[int, int, str]]:
        if self.data.kind == "points":
            for part in self.flow_log_prob(x):
                if isinstance(part, Tensor):
                    note = f"−log p(x) by the probability-flow ODE, {4 * ODE_STEPS} evaluations an item with its exact divergence"
                    yield Likelihood(-part, "exact", note)
                else:
                    yield round(part * len(x)), len(x), "exact log p(x) by the ODE"
            return
        for step in bound_terms(self.model, x, devices.generator(self.device, 1), self.at_once()):
            if isinstance(step, BoundTerms):
                yield Likelihood(step.total, "bound", f"variational bound on −log p(x) of bytes, one t of each of {GROUPS} groups")
            else:
                yield round(step * len(x)), len(x), "variational bound"

    def bits_per_dim(self, nats: float) -> float:
        """Bits per dimension of pictures; NaN for points, whose density has a unit."""
        return nats / math.log(2) / math.prod(self.data.shape) if self.data.kind == "image" else float("nan")

    def entropy(self) -> float | None:
        density = self.data.density
        return None if density is None else self.once("entropy", density.entropy)

    def measured(self, data: Dataset, request: m.Evaluate) -> Iterator[Measuring]:
        return evaluation.evaluate(self, data, request.n)

    # ------------------------------------------------------------------ the error at every timestep
    def loss_by_time(self, asked: Asked, request: m.LossByTime) -> Iterator[m.Event]:
        x0 = self.model.inward(to_float(self.data.test[: request.n]).to(self.device))
        times = np.unique(np.linspace(0, self.model.schedule.num_timesteps - 1, request.points).round().astype(int))
        rows = []
        for done, t in enumerate(times.tolist(), 1):
            rows.append(self.errors_at(x0, t))
            yield working(asked, done, len(times), "error by timestep")
        found = [(mean_and_error(network), float(ideal.mean())) for network, ideal in rows]
        yield answer(
            m.LossByTimeOf, asked, t=times, loss=np.array([f[0][0] for f in found]), loss_se=np.array([f[0][1] for f in found]),
            ideal=np.array([f[1] for f in found]),
        )  # fmt: skip

    def errors_at(self, x0: Tensor, t: int) -> tuple[Tensor, Tensor]:
        """Mean squared error per dimension of eps at t, (N,) each: the network's, and the ideal denoiser's on the same items."""
        at = Level(t, float(self.model.schedule.alpha_bar[t]))
        eps = torch.randn(x0.shape, generator=devices.generator(self.device, t), device=self.device)
        x = at.signal * x0 + at.noise * eps
        network = torch.cat([self.model.predict(part, at).eps for part in x.split(self.at_once())])
        ideal = self.ideal.denoiser(x, at).eps
        return tuple((e - eps).square().flatten(1).mean(1) for e in (network, ideal))  # type: ignore[return-value]

    def monitor(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The error on held-out items at fixed timesteps, beside the ideal's; for points a bound too."""
        model, n = self.model, MONITOR_ITEMS if self.data.kind == "image" else 4 * MONITOR_ITEMS
        x0, t, eps = self._noised(to_float(self.data.test[:n]))
        errors = (denoise_at(model, x0, t, eps)[1] - eps).square().flatten(1).mean(1).cpu()
        scalars, ideal = {"test_eps_error": float(errors.mean())}, self._ideal_error(n)
        if ideal is not None:
            scalars["ideal"], by_chance = ideal
            scalars["test_eps_error"] -= by_chance
        if self.data.kind == "points":
            scalars |= self._nll_now()
        group = (t.cpu() * BARS // model.schedule.num_timesteps).clamp_max(BARS - 1)
        bars = torch.zeros(BARS).index_add(0, group, errors) / torch.bincount(group, minlength=BARS).clamp_min(1)
        return scalars, {"error_by_t": bars.numpy()}

    def _nll_now(self) -> dict[str, float]:
        """-log p by the ODE, of a few held-out points, beside the entropy where it is known.

        That these happen to be likelier than others, or less, is no merit of the model: their mean -log p under the data is
        replaced by the entropy (a control variate).
        """
        x, density, entropy = to_float(self.data.test[:NLL_POINTS]), self.data.density, self.entropy()
        *_, log_q = self.flow_log_prob(x.to(self.device), ODE_STEPS // 2)
        assert isinstance(log_q, Tensor)
        if density is None or entropy is None:
            return {"nll": -float(log_q.mean())}
        return {"nll": entropy + float((density.log_prob(x) - log_q.cpu()).mean()), "entropy": entropy}

    def _noised(self, x: Tensor, seed: int = 1) -> tuple[Tensor, Tensor, Tensor]:
        """Items x on the model's scale, timesteps (N,) and noise for them: always the same, LEVELS timesteps equally often."""
        x0 = self.model.inward(x.to(self.device))
        count = self.model.schedule.num_timesteps
        middle = (torch.arange(LEVELS, device=self.device) + 0.5) * count / LEVELS
        t = middle.long().repeat(-(-len(x0) // LEVELS))[: len(x0)]
        return x0, t, torch.randn(x0.shape, generator=devices.generator(self.device, seed), device=self.device)

    def _ideal_error(self, n: int) -> tuple[float, float] | None:
        """The error of the best denoiser there is; and by how much it errs more than that on the monitor's items, by chance, which
        is to be taken off the network's error there (a control variate). With pictures some timesteps at each look, since a mouse
        may wait: None at first.

        Where the density is known the error is the mean of a/(1 - a) Var[x_0 | x_t] over many fresh items. Else the ideal denoiser
        knows the training items by heart, and its error on ``n`` of those is the least that a network can reach in training.
        """
        density = self.data.density
        known: dict[int, tuple[float, float]] = self.once("ideal errors", dict)
        if density is None:
            x0, t, eps = self.once("ideal items", lambda: self._noised(to_float(self.data.train[:n])))
            fresh = self.once("fresh items", lambda: (x0[:0], t[:0], eps[:0]))
        else:
            x0, t, eps = self.once("ideal items", lambda: self._noised(to_float(self.data.test[:n])))
            many = torch.Generator().manual_seed(3)
            fresh = self.once("fresh items", lambda: self._noised(density.sample(IDEAL_ITEMS, many).float(), 4))
        until = time.perf_counter() + (PIECE_S if density is None else math.inf)
        steps = t.unique().tolist()
        for step in steps[len(known) :]:
            at = Level(step, float(self.model.schedule.alpha_bar[step]))
            (x, noise), (other, other_noise) = ((v[0][v[1] == step], v[2][v[1] == step]) for v in ((x0, t, eps), fresh))
            error = float((self.ideal.denoiser(at.signal * x + at.noise * noise, at).eps - noise).square().mean())
            expected = error
            if len(other):
                open_ = self.ideal.denoiser.x0_variance(at.signal * other + at.noise * other_noise, at)
                expected = float(open_.mean()) / at.sigma**2
            known[step] = expected, error - expected
            if time.perf_counter() > until:
                break
        if len(known) < len(steps):
            return None
        expected, by_chance = np.mean(list(known.values()), axis=0).tolist()
        return expected, by_chance
