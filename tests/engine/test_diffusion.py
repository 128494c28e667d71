"""The denoiser, its training step and its bound: conversions against algebra, the bound against a Gaussian whose law is known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from engine_kit import images, points

from playground.engine.config import ConfigError
from playground.engine.datasets.base import Dataset
from playground.engine.families.diffusion import DiffusionConfig
from playground.engine.families.diffusion.bound import BoundTerms, bound_terms, byte_log_prob, group_edges, prior_kl
from playground.engine.families.diffusion.chain import plan, steps
from playground.engine.families.diffusion.learner import DiffusionLearner, loss_weights
from playground.engine.families.diffusion.model import Diffusion, meaning, wanted
from playground.engine.messages import SamplerChoice
from playground.engine.samplers import Level, Prediction
from playground.engine.schedules import SCHEDULES, make_schedule


def learner(data: Dataset, **changes: Any) -> DiffusionLearner:
    base = {"hidden": 16, "layers": 1, "channels": 8, "batch_size": 8, "num_timesteps": 100, "num_steps": 10, "steps": 50}
    return DiffusionLearner(DiffusionConfig(**{**base, **changes}), data, 0)


# ---------------------------------------------------------------- what the output means
@pytest.mark.parametrize("target", ["eps", "x0", "v", "u"])
@pytest.mark.parametrize("t", [0, 50, 99])
def test_targets_convert_into_clean_item_and_noise(target: str, t: int) -> None:
    schedule = make_schedule("cosine" if target != "u" else "flow", 100)
    signal, noise = (torch.tensor(math.sqrt(v), dtype=torch.float64) for v in (schedule.alpha_bar[t], 1 - schedule.alpha_bar[t]))
    x0, eps = torch.randn((2, 5, 3), generator=torch.Generator().manual_seed(t), dtype=torch.float64)
    found = meaning(target, wanted(target, x0, eps, signal, noise), signal * x0 + noise * eps, signal, noise)
    assert torch.allclose(found.x0, x0, atol=1e-5) and torch.allclose(found.eps, eps, atol=1e-5)


def test_the_velocity_of_flow_matching_is_that_of_the_straight_line() -> None:
    """On x_u = (1 - u) x_0 + u eps the target is dx/du."""
    x0, eps = torch.randn((2, 4), generator=torch.Generator().manual_seed(0))
    line = lambda u: (1 - u) * x0 + u * eps  # noqa: E731
    assert torch.allclose(wanted("u", x0, eps, torch.tensor(0.3), torch.tensor(0.9)), (line(0.6) - line(0.5)) / 0.1, atol=1e-5)


@pytest.mark.parametrize("target", ["eps", "x0", "v"])
def test_min_snr_weighs_the_same_error_alike_for_every_target(target: str) -> None:
    """Hang et al. 2023: min(snr, 5)/snr for eps, min(snr, 5) for x0, min(snr, 5)/(snr + 1) for v."""
    schedule = make_schedule("cosine", 100)
    expected = np.minimum(schedule.snr, 5) / {"eps": schedule.snr, "x0": 1, "v": schedule.snr + 1}[target]
    assert np.allclose(loss_weights("min_snr", target, schedule), expected)
    assert np.allclose(loss_weights("simple", target, schedule), 1)


# ---------------------------------------------------------------- the bound
class Gaussian(torch.nn.Module):
    """In the place of the network: the ideal eps for data N(0, s2) on the model's scale."""

    def __init__(self, s2: float, alpha_bar: np.ndarray) -> None:
        super().__init__()
        self.s2, self.a = s2, torch.tensor(alpha_bar, dtype=torch.float32)

    def forward(self, x: torch.Tensor, t: torch.Tensor, label: torch.Tensor | None = None) -> torch.Tensor:
        a = self.a[t.round().long()][:, None]
        return (1 - a).sqrt() / (a * self.s2 + 1 - a) * x


@pytest.mark.parametrize("name", ["linear", "cosine"])
def test_the_bound_of_the_ideal_denoiser_is_the_entropy(name: str) -> None:
    """For Gaussian data and the exact reverse process the bound is tight as T grows; it is never below the entropy."""
    s2 = 0.5
    config = DiffusionConfig(schedule=name, num_timesteps=1000, hidden=8, layers=1)
    model = Diffusion((2,), "points", config)
    model.averaged = Gaussian(s2, model.schedule.alpha_bar)  # type: ignore[assignment]
    a = torch.tensor(model.schedule.alpha_bar)
    model.eps_square.copy_((1 - a) / (a * s2 + 1 - a))  # E|eps|^2 of this denoiser, per dimension
    x = math.sqrt(s2) * torch.randn((4000, 2), generator=torch.Generator().manual_seed(0))
    *_, terms = bound_terms(model, x, torch.Generator().manual_seed(1), 4000, draws=2)
    assert isinstance(terms, BoundTerms)
    entropy = math.log(2 * math.pi * math.e * s2)
    error = float(terms.total.std()) / math.sqrt(len(x))
    assert entropy - 3 * error < float(terms.total.mean()) < entropy + 0.03 + 3 * error
    assert terms.groups.shape == (4000, len(terms.edges) - 1) and terms.edges[0] == 1 and terms.edges[-1] == 1000


@pytest.mark.parametrize("name", SCHEDULES)
def test_groups_cover_every_timestep_once(name: str) -> None:
    for count in (4, 50, 1000):
        edges = group_edges(make_schedule(name, count))
        assert edges[0] == 1 and edges[-1] == count and (np.diff(edges) > 0).all()


def test_the_prior_term_is_the_divergence_of_two_gaussians() -> None:
    from torch.distributions import Independent, Normal, kl_divergence

    schedule, x0 = make_schedule("linear", 50), torch.tensor([[1.0, -2.0], [0.0, 0.5]])
    a = float(schedule.alpha_bar[-1])
    q = Independent(Normal(math.sqrt(a) * x0.double(), math.sqrt(1 - a)), 1)
    p = Independent(Normal(torch.zeros(2, dtype=torch.float64), 1.0), 1)
    assert torch.allclose(prior_kl(schedule, x0), kl_divergence(q, p), atol=1e-9)


@pytest.mark.parametrize("mean", [-1.2, -0.3, 0.99])
@pytest.mark.parametrize("sigma", [0.005, 0.2])
def test_the_probabilities_of_all_bytes_sum_to_one(mean: float, sigma: float) -> None:
    x = torch.linspace(-1, 1, 256, dtype=torch.float64)
    mass = byte_log_prob(x, torch.full_like(x, mean), sigma).exp()
    assert abs(float(mass.sum()) - 1) < 1e-6


# ---------------------------------------------------------------- training and sampling
@pytest.mark.parametrize("changes", [{}, {"target": "v"}, {"target": "x0"}, {"objective": "flow"}, {"weighting": "elbo"}])
def test_a_training_goes_on_with_the_same_bits(changes: dict[str, Any]) -> None:
    whole, first = learner(points(), **changes), learner(points(), **changes)
    for one in (whole, first):
        for _ in range(4):
            assert torch.isfinite(one.step()).all()
            one.steps_done += 1
    second = learner(points(), **changes)
    second.load_state({k: v.clone() for k, v in first.state().items()}, first.steps_done)
    for one in (whole, second):
        one.step()
    assert all(torch.equal(v, second.state()[k]) for k, v in whole.state().items())


def test_classes_are_told_and_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    made = learner(images(), class_dropout=0.5, network="mlp")
    assert made.model.num_classes == 10
    labels = torch.cat([made._labels(8) for _ in range(40)])  # type: ignore[misc]
    hidden = (labels == 10).float().mean()
    assert 0.35 < hidden < 0.65 and set(labels.tolist()) - {10} <= set(range(10))
    made.step()
    x, at = torch.zeros(3, 1, 12, 12), Level(50, 0.5)
    free, tied = made.model.predict(x, at), made.model.predict(x, at, torch.full((3,), 4))
    for scale in (0.0, 1.0, 3.0):
        guided = made.model.guided(x, at, torch.full((3,), 4), scale)
        assert torch.allclose(guided.eps, free.eps + scale * (tied.eps - free.eps), atol=1e-5), scale


def test_every_sampler_ends_in_the_range_of_the_data() -> None:
    made = learner(points(), target="v")
    for _ in range(30):
        made.step()
        made.steps_done += 1
    x = torch.randn((20, 2), generator=torch.Generator().manual_seed(3))
    for name in ("ddim", "ddpm", "ddpm_large", "ddpm_optimal", "euler", "heun", "dpmpp_2m"):
        chosen = plan(SamplerChoice(name), made.config)
        with torch.no_grad():
            *_, last = steps(made.model, None, chosen, x, torch.Generator().manual_seed(0))
        assert torch.isfinite(last.x).all() and last.end.alpha_bar == 1, name
        if name != "ddpm_optimal":  # it alone adds noise in the last step
            assert (last.x >= made.model.low - 1e-4).all() and (last.x <= made.model.high + 1e-4).all(), name


def test_plans_that_cannot_be_are_refused_in_a_sentence() -> None:
    config = DiffusionConfig(num_timesteps=100, num_steps=10)
    for wrong in (SamplerChoice("nosuch"), SamplerChoice(num_steps=101)):
        with pytest.raises(ValueError, match=r"\.$"):
            plan(wrong, config)
    with pytest.raises(ConfigError, match="only 20 timesteps"):
        DiffusionConfig(num_timesteps=20, num_steps=50)
    with pytest.raises(ConfigError, match="no classes"):
        learner(points(), class_dropout=0.1)
    with pytest.raises(ConfigError, match="U-Net"):
        learner(points(), network="unet")


def test_points_are_standardised_round() -> None:
    model = learner(points()).model
    x = points().train
    inside = model.inward(x)
    assert torch.allclose(inside.mean(0), torch.zeros(2), atol=1e-5) and abs(float(inside.square().mean()) - 1) < 1e-4
    assert torch.allclose(model.outward(inside), x, atol=1e-5)
    assert math.isclose(model.log_volume(), 2 * math.log(float(model.scale)))


def test_a_unet_takes_odd_sizes_and_colours() -> None:
    made = learner(images(size=13, colours=3, width=18))
    believed = made.model.predict(torch.zeros(2, 3, 13, 18), Level(10, 0.9))
    assert isinstance(believed, Prediction) and believed.x0.shape == (2, 3, 13, 18)
