"""The space of codes seen from three sides: where data lie in it, what the diffusion makes, what the VAE's prior would have."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from playground.engine import devices
from playground.engine import messages as m
from playground.engine.answers import Asked, answer, working
from playground.engine.datasets.base import to_float
from playground.engine.families.hybrids.latent_diffusion.evaluation import bounds
from playground.engine.latent import principal_plane
from playground.engine.metrics.classifier import can_classify
from playground.engine.metrics.energy import energy_distance
from playground.engine.metrics.estimates import mean_and_error
from playground.engine.metrics.frechet import frechet_distance
from playground.engine.metrics.sets import real_floor
from playground.engine.metrics.sharpness import sharpness
from playground.engine.metrics.spread import TRAINING

if TYPE_CHECKING:
    from playground.engine.families.hybrids.latent_diffusion.answers import LatentDiffusionAnswers

BOUND_ITEMS = {"image": 200, "points": 1000}  # behind the two bounds: an ODE each
SPLITS = 6  # of real items, for what they score and its spread
SHOWN = 64
Metric = Callable[[Tensor, Tensor], float]


def two_spaces(asked_of: LatentDiffusionAnswers, asked: Asked, request: m.TwoSpaces) -> Iterator[m.Event]:
    """See :class:`TwoSpacesOf`."""
    model, data = asked_of.model, asked_of.data
    if can_classify(data):
        for done, total in asked_of.prepare_classifier():
            yield working(asked, done, total, TRAINING)
    n = min(request.n, len(data.test))
    u = torch.empty(0)
    for part in asked_of.latent_samples(n, request.seed):
        if isinstance(part, Tensor):
            u = part
        else:
            yield working(asked, *part, "codes of the diffusion")
    noise = devices.generator(asked_of.device, request.seed)
    q = model.vae.encode(asked_of.held_out(n))
    prior, z = _normal(q.mu.shape, noise), asked_of.drawn_codes(q, noise)
    trained_on = asked_of.drawn_codes(model.vae.encode(asked_of.as_seen(to_float(data.train[:n]))), noise)
    made = [_decoded(asked_of, codes) for codes in (prior, model.code(u), trained_on)]
    both = yield from _bounds(asked_of, asked)
    origin, axes = principal_plane(q.mu.cpu())
    variance = q.mu.cpu().double().var(0).sum()
    on_axes = ((q.mu.cpu() - origin) @ axes.T).double().var(0).sum()
    bound, plain, gained = (mean_and_error(v) for v in (both[0], both[1], both[1] - both[0]))
    yield working(asked, 0, 1, "quality of the items")
    yield answer(
        m.TwoSpacesOf, asked, codes=_on(z, origin, axes), samples=_on(model.code(u), origin, axes),
        prior=(-origin @ axes.T).numpy(), share=float(on_axes / variance) if variance > 0 else math.nan,
        x_vae=asked_of.show(made[0][:SHOWN]), x_diffusion=asked_of.show(made[1][:SHOWN]), scores=scores(asked_of, made, n),
        bound=bound[0], bound_se=bound[1], bound_vae=plain[0], bound_vae_se=plain[1], gained=gained[0], gained_se=gained[1],
        bound_n=len(both[0]), n=n, note=asked_of.classifier.note if can_classify(data) else "",
    )  # fmt: skip


def _bounds(asked_of: LatentDiffusionAnswers, asked: Asked) -> Generator[m.Event, None, tuple[Tensor, Tensor]]:
    """The two bounds of some held-out items, returned at the end."""
    x = asked_of.held_out(BOUND_ITEMS[asked_of.data.kind])
    for part in bounds(asked_of.model, x, devices.generator(asked_of.device, 2)):
        if len(part) == 2:
            return part
        yield working(asked, *part)
    raise AssertionError("no bound came")


def _normal(shape: torch.Size, noise: torch.Generator) -> Tensor:
    return torch.randn(shape, generator=noise, device=noise.device)


def _decoded(asked_of: LatentDiffusionAnswers, z: Tensor) -> Tensor:
    return torch.cat([asked_of.model.vae.mean(part) for part in z.split(asked_of.at_once())]).cpu()


def _on(z: Tensor, origin: Tensor, axes: Tensor) -> object:
    """Codes z (n, d) on two axes: (n, 2)."""
    return ((z.cpu() - origin) @ axes.T).float().numpy()


# ---------------------------------------------------------------- quality
ENERGY_HELP = "0 only for equal distributions (Székely & Rizzo 2013)"
FRECHET_HELP = (
    "between Gaussian fits in the features of a small classifier of these data: quality and spread in one number "
    "(Heusel et al. 2017)"
)
SHARPNESS_HELP = "share of the power above 0.25 cycles/pixel over that share in real pictures"


def scores(asked_of: LatentDiffusionAnswers, made: list[Tensor], n: int) -> tuple[m.SpaceScore, ...]:
    """Items ``made`` of codes of the prior, of the diffusion and of training items, each against real ones that are held out."""
    if asked_of.data.kind == "points":
        return (_compared(asked_of, "energy distance", f"in units of x; {ENERGY_HELP}", "low", energy_distance, made, n),)
    sharp = _compared(asked_of, "sharpness", SHARPNESS_HELP, "near", lambda a, b: sharpness(a, b).ratio, made, n)
    if not can_classify(asked_of.data):
        help = f"between pictures as vectors of pixels; {ENERGY_HELP}"
        return _compared(asked_of, "energy distance", help, "low", energy_distance, made, n), sharp
    features = asked_of.classifier.features
    frechet = _compared(
        asked_of, "Fréchet distance", FRECHET_HELP, "low", lambda a, b: frechet_distance(features(a), features(b)), made, n
    )
    return _confidence(asked_of, made, n), frechet, sharp


def _compared(
    asked_of: LatentDiffusionAnswers, name: str, help: str, better: str, metric: Metric, made: list[Tensor], n: int
) -> m.SpaceScore:  # fmt: skip
    """``metric`` of real items and each kind; beside it what as many real ones score, from several splits of all there are."""
    data = asked_of.data
    vae, diffusion, rebuilt = (metric(to_float(data.test[:n]), x) for x in made)

    def floor() -> tuple[float, float]:
        pool = to_float(torch.cat([data.test, data.train[: 4 * n]]))
        half = min(n, len(pool) // 2)
        of_real = torch.tensor([real_floor(metric, pool, half, half, seed) for seed in range(SPLITS)], dtype=torch.float64)
        return float(of_real.mean()), float(of_real.std())

    mean, sd = asked_of.once(("floor", name, n), floor)
    return m.SpaceScore(name, help, "", better, vae, diffusion, rebuilt, mean, sd)


def _confidence(asked_of: LatentDiffusionAnswers, made: list[Tensor], n: int) -> m.SpaceScore:
    """Mean probability that the classifier gives its own answer, of samples and of real held-out pictures."""
    sure = [100 * asked_of.classifier.classify(x).max(1).values for x in (*made, to_float(asked_of.data.test[:n]))]
    help = f"how sure a classifier is of its answer, on average. {asked_of.classifier.note}"
    vae, diffusion, rebuilt = (float(s.mean()) for s in sure[:3])
    return m.SpaceScore("classifier’s confidence", help, "%", "high", vae, diffusion, rebuilt, *mean_and_error(sure[3]))
