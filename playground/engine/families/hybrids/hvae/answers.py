"""What can be asked of a hierarchical VAE: one short generator a question, on the averaged weights."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from playground.engine import devices
from playground.engine import messages as m
from playground.engine.answers import Asked, Handler, Likelihood, Measuring, answer, working
from playground.engine.chain_answers import EPS_SHOWN, ChainAnswers, Walk
from playground.engine.datasets.base import Dataset, to_float
from playground.engine.families.hybrids.hvae import evaluation
from playground.engine.families.hybrids.hvae.evaluation import mean_terms
from playground.engine.families.hybrids.hvae.fixed import FixedHierarchy
from playground.engine.families.hybrids.hvae.learned import LearnedHierarchy
from playground.engine.families.hybrids.hvae.model import Hierarchy, Terms
from playground.engine.metrics.estimates import mean_and_error
from playground.engine.samplers import Step

MONITOR_ITEMS = 500
MONITOR_EVALUATIONS = {"points": 20_000, "image": 600}  # of the network, at most, at each look of the monitor
DRAWS = 4  # of the codes of every item, for its likelihood
NO_START = "With learned encoders a chain starts from a code, not from an item."


class HVAEAnswers(ChainAnswers):
    """Requests about a hierarchical VAE."""

    model: Hierarchy

    def handlers(self) -> dict[type[m.Request], Handler]:
        return {
            m.DrawSamples: self.draw_samples, m.RunChain: self.run_chain, m.Decode: self.decode, m.Interpolate: self.interpolate,
            m.Modes: self.modes, m.LayerBound: self.layer_bound,
        }  # fmt: skip

    # ------------------------------------------------------------------ the chain: a layer a frame
    def walk(self, choice: m.SamplerChoice | None, x: Tensor, seed: int) -> Walk:
        """All layers down by draws from the decoders, whatever the ``choice``: the model has this one way to sample."""
        noise, model = devices.generator(self.device, seed + 1), self.model
        if isinstance(model, FixedHierarchy):
            return Walk(model.walk(x, noise), model.num_layers)
        assert isinstance(model, LearnedHierarchy)
        if x.shape[1:] != self.chain_shape():
            raise ValueError(NO_START)
        return Walk(model.walk(x, noise), model.num_layers)

    @property
    def nfe(self) -> int:
        return int(self.model.num_layers)

    def chain_shape(self) -> tuple[int, ...]:
        return self.data.shape if isinstance(self.model, FixedHierarchy) else (self.model.latent_dim,)

    def outward(self, x: Tensor) -> Tensor:
        """Items; of codes of another shape what stands for them: pictures of their numbers, or the first two as a point."""
        return self.model.outward(x if x.shape[1:] == self.data.shape else self._in_place(x / EPS_SHOWN))

    def inward(self, x: Tensor) -> Tensor:
        return self.model.inward(x) if isinstance(self.model, FixedHierarchy) else x

    def noise_shown(self, eps: Tensor) -> np.ndarray:
        return super().noise_shown(eps if eps.shape[1:] == self.data.shape else self._in_place(eps))

    def latent_shown(self, x: Tensor) -> np.ndarray | None:
        """Codes as small pictures (N, h, w), -3 black to 3 white, beside pictures alone; of an item the code that it is given."""
        if self.data.kind != "image" or not isinstance(self.model, LearnedHierarchy):
            return None
        z = self.model.code(x, 1).mu if x.shape[1:] == self.data.shape else x
        return self.show(square_of(z / EPS_SHOWN)[:, None])

    def _frame(self, asked: Asked, walk: Walk, z: np.ndarray, done: int, step: Step) -> m.Event:
        """Beside pictures x_t and the mean are what the codes decode to."""
        frame, layer = super()._frame(asked, walk, z, done, step), int(step.end.t) + 1
        if self.data.kind != "image" or not isinstance(self.model, LearnedHierarchy) or layer == 0:
            return frame
        parts = {"x_t": step.x, **({"mean": step.mean} if done else {})}
        shown: dict[str, Any] = {name: self.at_scale(self.model.expected(code, layer)) for name, code in parts.items()}
        return replace(frame, **shown)

    def _in_place(self, z: Tensor) -> Tensor:
        """Codes (N, d) in the shape of items."""
        if self.data.kind == "points":
            return F.pad(z, (0, max(0, 2 - z.shape[1])))[:, :2] * EPS_SHOWN
        colours, high, wide = self.data.shape
        return F.interpolate(square_of(z)[:, None], (high, wide)).expand(-1, colours, -1, -1)

    # ------------------------------------------------------------------ codes and paths
    def items_of(self, z: Tensor) -> Tensor:
        return self.model.items_of(z)

    def interpolate(self, asked: Asked, request: m.Interpolate) -> Iterator[m.Event]:
        """Between codes z_L, or between those of items of the data."""
        if request.pick:
            x = to_float(self.data.split(request.split)[0])
            ends = tuple(x[torch.tensor([pair[i] for pair in request.pick]) % len(x)].to(self.device) for i in (0, 1))
            codes = torch.empty(0)
            for part in self.codes_of(torch.cat(ends)):
                if isinstance(part, Tensor):
                    codes = part
                else:
                    yield working(asked, *part, "codes of the ends")
            a, b = codes.chunk(2)
            yield from self.paths(asked, request, a, b, ends)  # type: ignore[arg-type]
        elif request.a is None or request.b is None:
            yield from self.paths(asked, request, self.noise_of(4, 0).flatten(1), self.noise_of(4, 1).flatten(1))
        else:
            yield from self.paths(asked, request, self.latents(request.a), self.latents(request.b))

    def codes_of(self, x: Tensor) -> Iterator[Tensor | tuple[int, int]]:
        """z_L of items: by the means of learned encoders. Fixed ones leave nothing but noise there; instead the noise from which
        the item would come, by DDIM backwards.
        """
        x, model = x.to(self.device), self.model
        if isinstance(model, FixedHierarchy):
            z = x
            for done, above in enumerate(model.codes_of(x), 1):
                z = above
                yield done, model.num_layers
            yield z.flatten(1)
        else:
            assert isinstance(model, LearnedHierarchy)
            yield model.code(model.inward(x), model.num_layers).mu

    # ------------------------------------------------------------------ numbers
    def layer_bound(self, asked: Asked, request: m.LayerBound) -> Iterator[m.Event]:
        items = self.data.test if len(self.data.test) else self.data.train
        x = to_float(items[: request.n]).to(self.device)
        terms: Terms | None = None
        for part in mean_terms(self.model, x, devices.generator(self.device, 1), self.at_once(), request.draws):
            if isinstance(part, Terms):
                terms = part
            else:
                yield working(asked, round(part * 100), 100, "variational bound")
        assert terms is not None
        (total, total_se), (reconstruction, reconstruction_se) = (mean_and_error(v) for v in (terms.total, terms.reconstruction))
        pairs = np.array([mean_and_error(layer) for layer in terms.layers.T])
        nats, nats_se = mean_and_error(terms.layers.sum(1))
        density = self.data.density
        gap, gap_se = mean_and_error(density.log_prob(x.cpu()) + terms.total) if density else (math.nan, math.nan)
        yield answer(
            m.LayerBoundOf, asked, layers=pairs[:, 0], layers_se=pairs[:, 1], nats=nats, nats_se=nats_se,
            reconstruction=reconstruction, reconstruction_se=reconstruction_se, total=total, total_se=total_se,
            per_dim=self.bits_per_dim(total), entropy=self.entropy(), gap=gap, gap_se=gap_se,
            n=len(x),
        )  # fmt: skip

    def bits_per_dim(self, nats: float) -> float:
        """Bits per dimension of pictures; NaN for points, whose density has a unit."""
        return nats / math.log(2) / math.prod(self.data.shape) if self.data.kind == "image" else float("nan")

    def entropy(self) -> float | None:
        density = self.data.density
        return None if density is None else self.once("entropy", density.entropy)

    def likelihoods(self, x: Tensor) -> Iterator[Likelihood | tuple[int, int, str]]:
        noise, what = devices.generator(self.device, evaluation.SEED), "variational bound"
        for part in mean_terms(self.model, x.to(self.device), noise, self.at_once(), DRAWS):
            if isinstance(part, Terms):
                of = "of the bytes of a picture" if self.data.kind == "image" else "of the density"
                yield Likelihood(part.total, "bound", f"ELBO {of}, {DRAWS} draws of the codes an item")
            else:
                yield round(part * 100), 100, what

    def measured(self, data: Dataset, request: m.Evaluate) -> Iterator[Measuring]:
        return evaluation.evaluate(self, data, request.n)

    def monitor(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """The bound on held-out items, always from the same noise, so that successive values compare."""
        most = MONITOR_EVALUATIONS[self.data.kind] // self.model.num_layers
        x = self._held_out(max(min(MONITOR_ITEMS, most), 8))
        *_, terms = self.model.terms(x, devices.generator(self.device, 1), self.at_once())
        assert isinstance(terms, Terms)
        bound = float(terms.total.mean())
        entropy, density = self.entropy(), self.data.density
        scalars = {"test_neg_elbo": bound}
        if entropy is not None and density is not None:
            # That these items happen to be likelier than others is no merit of the model: their mean -log p under the data is
            # replaced by the entropy (a control variate).
            scalars = {"test_neg_elbo": bound + entropy + float(density.log_prob(x.cpu()).mean()), "optimum": entropy}
        return scalars, {"nats_by_layer": terms.layers.mean(0).float().numpy()}

    def _held_out(self, n: int) -> Tensor:
        items = self.data.test if len(self.data.test) else self.data.train
        return self.once(("held out", n), lambda: to_float(items[:n]).to(self.device))


def square_of(z: Tensor) -> Tensor:
    """Codes (N, d) as squares (N, s, s), row by row from the top, as small as holds them; 0 where there is no number."""
    side = math.ceil(math.sqrt(z.shape[1]))
    return F.pad(z, (0, side * side - z.shape[1])).unflatten(1, (side, side))
