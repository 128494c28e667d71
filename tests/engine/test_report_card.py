"""The report card that all families get: right against closed forms, at its floors for a perfect model, the same for everyone."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from engine_kit import images, points
from torch import Tensor, nn

from playground.engine import messages as m
from playground.engine.answers import Answers, Asked, Handler, Likelihood
from playground.engine.datasets import load_data
from playground.engine.datasets.base import Dataset, to_float
from playground.engine.families import FAMILIES
from playground.engine.metrics.divergences import js_gaussians
from playground.engine.report_card import Card, followed, measure, space_of
from playground.engine.report_card.likelihood import jensen_shannon
from playground.engine.report_card.space import Real, Space, gaussian_items

BASE = [name for name, family in FAMILIES.items() if not family.group]


class Known(Answers):
    """A "model" whose samples and likelihoods are given: what should be measured of it is known."""

    def __init__(self, data: Dataset, make: Any, nll: Any = None) -> None:
        super().__init__(nn.Linear(1, 1), None, data, "cpu", {})
        self.make, self.nll = make, nll

    def handlers(self) -> dict[type[m.Request], Handler]:
        return {}

    def monitor(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        return {}, {}

    def measured(self, data: Dataset, request: m.Evaluate) -> Iterator[Any]:
        yield {}

    @property
    def code_size(self) -> int:
        return math.prod(self.data.shape)

    def items_of(self, z: Tensor) -> Tensor:
        return z.reshape(-1, *self.data.shape)

    def codes_of(self, x: Tensor) -> Iterator[Tensor | tuple[int, int]] | None:
        return iter([x.flatten(1)])

    def drawn(self, n: int, seed: int) -> Iterator[Tensor | tuple[int, int]]:
        yield self.make(n, seed)

    def likelihoods(self, x: Tensor) -> Iterator[Likelihood | tuple[int, int, str]] | None:
        return None if self.nll is None else iter([Likelihood(self.nll(x), "exact")])


def card_of(answers: Answers, effort: float = 1.0) -> Card:
    with torch.no_grad():
        *_, card = measure(answers, effort=effort)
    assert isinstance(card, Card)
    return card


# ---------------------------------------------------------------- Jensen-Shannon from log ratios
@pytest.mark.parametrize("gap", [0.5, 1.0, 3.0])
def test_the_jensen_shannon_divergence_of_two_gaussians(gap: float) -> None:
    noise = torch.Generator().manual_seed(0)
    n = 4000
    x = torch.randn(2 * n, generator=noise, dtype=torch.float64)
    x[n:] += gap
    found, error = jensen_shannon(gap**2 / 2 - gap * x, n)  # ln N(x; 0, 1) - ln N(x; gap, 1)
    assert abs(found - js_gaussians(gap)) < 4 * error and 0 < error < 0.15 * js_gaussians(gap)


def test_the_jensen_shannon_divergence_at_its_ends() -> None:
    assert jensen_shannon(torch.zeros(20), 10) == (0.0, 0.0)
    apart = torch.cat([torch.full((10,), torch.inf), torch.full((10,), -torch.inf)])
    assert jensen_shannon(apart, 10)[0] == pytest.approx(math.log(2), abs=1e-12)


# ---------------------------------------------------------------- a model that is the data
def test_a_perfect_model_of_points_scores_its_floors() -> None:
    data = load_data("ring8")
    density = data.density
    assert density is not None
    perfect = Known(
        data, lambda n, seed: density.sample(n, torch.Generator().manual_seed(seed)), lambda x: -density.log_prob(x.cpu())
    )  # fmt: skip
    n = card_of(perfect, 0.3).numbers
    assert n["js"] == n["js_error"] == n["kl_data_model"] == 0.0
    assert abs(n["nll"] - n["entropy"]) < 4 * n["nll_error"]
    assert abs(n["energy"] - n["energy_floor"]) < 5 * n["energy_floor_sd"]
    assert abs(n["quality"] - n["quality_floor"]) < 5 * n["quality_floor_sd"] and n["quality_gaussian"] > 5 * n["quality_floor"]
    assert abs(n["c2st"] - 0.5) < 4 * n["c2st_floor_sd"]
    assert n["modes"] == n["modes_floor"] == 8
    for name in ("high_quality", "on_data"):
        assert abs(n[name] - n[f"{name}_floor"]) < 4 * math.sqrt(0.98889 * 0.01111 / n["n"])
    assert abs(n["reverse_kl"] - n["reverse_kl_floor"]) < 5 * n["reverse_kl_floor_sd"]
    assert n["round_trip"] == 0.0 and n["purity"] == n["purity_items"] == 1.0
    assert n["path_stretch"] == pytest.approx(1, abs=1e-6) and n["path_unevenness"] == pytest.approx(0, abs=1e-5)


def test_a_wrong_model_of_points_is_far_from_the_floors() -> None:
    data = load_data("ring8")
    card = card_of(Known(data, lambda n, seed: 3 * torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))), 0.1)
    n = card.numbers
    assert n["energy"] > 20 * n["energy_floor"] and n["c2st"] > 0.6 and n["on_data"] < 0.1 and "js" not in n
    assert n["likelihood_kind"] == "none"


def test_pictures_held_against_themselves() -> None:
    """Samples that are the very real pictures they are held against."""
    data = images(n=900)
    itself = Known(data, lambda n, seed: Real(data, n).take(0))
    n = card_of(itself, 0.2).numbers
    assert n["frechet"] == pytest.approx(0, abs=1e-6 * n["frechet_floor"]) and n["frechet_floor"] > 0
    assert n["precision"] == n["recall"] == n["coverage"] == 1.0
    assert n["sharpness"] == pytest.approx(1, abs=1e-9) and n["c2st"] == pytest.approx(0.5)
    assert n["quality"] == pytest.approx(0, abs=1e-9) and n["quality_floor"] > 0
    assert "classifier" in n["space"] and n["modes_floor"] == 10


def test_blurred_pictures_are_called_less_sharp() -> None:
    data = images(n=900)
    blurred = Known(data, lambda n, seed: nn.functional.avg_pool2d(Real(data, n).take(1), 3, 1, 1))
    n = card_of(blurred, 0.1).numbers
    assert n["sharpness"] < 0.5 and abs(n["sharpness_floor"] - 1) < 0.1


def test_samples_that_are_not_finite_are_a_problem() -> None:
    bad = Known(points(), lambda n, seed: torch.full((n, 2), math.nan))
    card = card_of(bad, 0.1)
    assert set(card.numbers) == {"problem"} and not card.evidence


# ---------------------------------------------------------------- real items and spaces
def test_sets_of_real_items_share_none_and_repeat() -> None:
    data = images(n=900)  # 300 held out
    real = Real(data, 1000)
    assert real.n == 150 and real.held_out
    a, b = real.take(0), real.take(1)
    both = torch.cat([a, b]).flatten(1)
    held_out = to_float(data.test).flatten(1)
    assert torch.equal(both.sort(0).values, held_out.sort(0).values), "together all held-out pictures, each once"
    assert torch.equal(real.take(3), Real(data, 1000).take(3))


def test_one_gaussian_has_the_moments_of_the_data() -> None:
    data = points(2000)
    x = gaussian_items(data, 40_000, 1).double()
    assert torch.allclose(x.mean(0), data.train.double().mean(0), atol=0.03)
    assert torch.allclose(x.T.cov(), data.train.double().T.cov(), atol=0.05)


def test_pictures_without_labels_are_projected_onto_orthonormal_axes() -> None:
    data = dataclasses.replace(images(n=300), train_labels={}, test_labels={})
    *_, space = space_of(Known(data, lambda n, seed: Real(data, n).take(0)))
    assert isinstance(space, Space) and "principal axes" in space.name
    x = to_float(data.train[:40])
    projected, whole = torch.pdist(space.features(x)), torch.pdist(x.double().flatten(1))
    assert (projected <= whole + 1e-9).all(), "a projection shortens"
    assert float((projected / whole).mean()) > 0.9, "and these axes keep what differs most"


# ---------------------------------------------------------------- every family
@pytest.mark.parametrize("name", BASE)
@pytest.mark.parametrize("kind", ["points", "image"])
def test_every_family_answers(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followed, "POINTS", 60)
    monkeypatch.setattr(followed, "PICTURES", 20)
    data, family = points() if kind == "points" else images(n=900), FAMILIES[name]
    small = {"hidden": 8, "layers": 1, "network": "mlp", "steps": 4, "batch_size": 8, "warm_up": 0, "latent_dim": 2,
             "num_timesteps": 40, "num_steps": 4}  # fmt: skip
    config = family.default_config("", kind)
    config = config.replace(**{k: v for k, v in small.items() if hasattr(config, k)})
    learner = family.learner_class()(config, data, 0)
    for _ in range(2):
        learner.step()
        learner.steps_done += 1
    answers = learner.answers(learner.snapshot(), config, data, "cpu", {})
    asked = Asked("run", 7, "c", 2, 0.0)
    with torch.no_grad():
        handler = answers.handler(m.Measure)
        assert handler is not None
        *working, last = handler(asked, m.Measure(path=family.path, effort=0.02))
        *_, look = answers.quality(asked, m.Quality())
    assert isinstance(last, m.MeasuredOf) and all(isinstance(w, m.Working) for w in working)
    assert isinstance(look, m.QualityAt) and look.quality == last.numbers["quality"] and look.floor > 0
    n = last.numbers
    assert n["ms_per_1000"] > 0 and n["nfe"] == (4 if name == "diffusion" else 1) and n["memory_mb"] > 0
    assert n["encoder"] == family.encoder and ("round_trip" in n) == family.encoder
    kinds = {"vae": ("exact", "exact"), "gan": ("pushed", "none"), "diffusion": ("exact", "bound")}[name]
    assert n["likelihood_kind"] == kinds[kind == "image"]
    assert ("bits_per_dim" in n) == (kind == "image" and name != "gan") and ("js" in n) == (kind == "points")
    assert {"samples", "real", "path_frames"} <= set(last.evidence)


def test_a_bound_stands_for_a_vae_of_many_latents() -> None:
    family, data = FAMILIES["vae"], points()
    config = family.default_config("", "points").replace(latent_dim=3, hidden=8, layers=1, steps=4, warm_up=0)
    learner = family.learner_class()(config, data, 0)
    answers = learner.answers(learner.snapshot(), config, data, "cpu", {})
    with torch.no_grad():
        steps = answers.likelihoods(data.test)
        assert steps is not None
        *_, found = steps
    assert isinstance(found, Likelihood) and found.kind == "bound" and found.nll.shape == (len(data.test),)
