"""The denoising diffusion GAN: its process in closed form, its game by the formulas, its chain, and what lies behind one x_t."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from engine_kit import images, points
from torch import Tensor

from playground.engine import load_data
from playground.engine import messages as m
from playground.engine.answers import Asked
from playground.engine.config import ConfigError
from playground.engine.datasets.base import Dataset
from playground.engine.families import FAMILIES
from playground.engine.families.hybrids.ddgan.answers import DDGANAnswers
from playground.engine.families.hybrids.ddgan.learner import DDGANLearner
from playground.engine.families.hybrids.ddgan.model import DDGAN
from playground.engine.families.hybrids.ddgan.steps import LargeSteps, geometric, variance_preserving

FAMILY = FAMILIES["ddgan"]
SMALL: dict[str, Any] = {"hidden": 16, "layers": 2, "channels": 4, "batch_size": 12, "steps": 50, "fourier": 4}
PROCESSES = [geometric(4, 0.1, 4.0), geometric(8, 0.05, 10.0), variance_preserving(4), geometric(1, 0.1, 4.0)]


def learner(data: Dataset, **changes: Any) -> DDGANLearner:
    config = FAMILY.default_config(data.name, data.kind).replace(**{**SMALL, "num_timesteps": 4, **changes})
    found = FAMILY.learner_class()(config, data, 0)
    assert isinstance(found, DDGANLearner)
    return found


def answers(on: DDGANLearner) -> DDGANAnswers:
    found = on.answers(on.snapshot(), on.config, on.data, "cpu", {})
    assert isinstance(found, DDGANAnswers)
    return found


def ask(handler: Any, request: m.Request) -> list[Any]:
    with torch.no_grad():
        return list(handler(Asked("run", 1, "", 0, 0.0), request))


# ---------------------------------------------------------------- the process
@pytest.mark.parametrize("process", PROCESSES)
def test_the_posterior_is_that_of_bayes(process: LargeSteps) -> None:
    """q(x_{t-1} | x_t, x_0) ~ q(x_t | x_{t-1}) q(x_{t-1} | x_0): precisions add, means are weighted by them."""
    a, alpha = process.alpha_bar, process.alpha
    assert process.sigma[0] == 0 and process.c_x0[0] == pytest.approx(1) and process.c_x[0] == 0, "the last step is x_0 itself"
    for k in range(1, process.num_timesteps):
        of_step, of_x0 = alpha[k] / (1 - alpha[k]), 1 / (1 - a[k])
        variance = 1 / (of_step + of_x0)
        assert process.sigma[k] ** 2 == pytest.approx(variance)
        assert process.c_x[k] == pytest.approx(variance * math.sqrt(alpha[k]) / (1 - alpha[k]))
        assert process.c_x0[k] == pytest.approx(variance * of_x0 * math.sqrt(a[k]))


def test_levels_are_those_that_the_recipe_names() -> None:
    sigma = np.sqrt(1 / geometric(4, 0.1, 6.4).alpha_bar - 1)
    assert np.allclose(sigma, [0, 0.1, 0.4, 1.6, 6.4])
    u = np.arange(5) / 4  # beta(s) integrated: beta_min u + (beta_max - beta_min) u^2 / 2
    assert np.allclose(-np.log(variance_preserving(4).alpha_bar), 0.1 * u + 19.9 * u**2 / 2)
    assert variance_preserving(4).alpha_bar[-1] < 1e-4


def test_pairs_of_the_data_are_those_of_the_forward_process() -> None:
    """x_{t-1} and x_t of x_0 ~ N(0, I) are standard normal with correlation sqrt(alpha_t); each step has its share of the batch."""
    on = learner(points(), num_timesteps=4)
    x0 = torch.randn(40_000, 2, generator=torch.Generator().manual_seed(1))
    pairs = on.real_pairs(x0)
    assert torch.bincount(pairs.k).tolist() == [10_000] * 4
    for k in range(4):
        before, after = (x[pairs.k == k].double() for x in (pairs.before, pairs.x_t))
        alpha = float(on.model.process.alpha[k])
        assert before.std() == pytest.approx(1, abs=0.02) and after.std() == pytest.approx(1, abs=0.02)
        assert float((before * after).mean()) == pytest.approx(alpha**0.5, abs=0.02)
    assert torch.equal(pairs.before[pairs.k == 0], x0[pairs.k == 0]), "before the first level the data are clean"


def test_a_generator_that_knows_x0_draws_the_forward_pairs() -> None:
    """With x_0 ~ p(x_0 | x_t), Gaussian here, p(x_{t-1} | x_t) is q's: the same moments as the pairs of the data."""
    on = learner(points())
    real = on.real_pairs(torch.randn(60_000, 2, generator=torch.Generator().manual_seed(1)))

    class Posterior(torch.nn.Module):
        """x_0 | x_t ~ N(sqrt(a) x_t, (1 - a) I) for x_0 ~ N(0, I); z are its two numbers."""

        def forward(self, x: Tensor, z: Tensor, k: Tensor) -> Tensor:
            a = torch.tensor(on.model.process.alpha_bar[1:], dtype=torch.float32)[k, None]
            return a.sqrt() * x + (1 - a).sqrt() * z

    on.model.generator = Posterior()
    fake = on.generated(real)
    for k in range(4):
        of = real.k == k
        joint = [torch.stack([x[of].flatten(), real.x_t[of].flatten()]).double() for x in (real.before, fake)]
        assert torch.allclose(torch.cov(joint[0]), torch.cov(joint[1]), atol=0.025), k


# ---------------------------------------------------------------- the game
@pytest.mark.parametrize("objective", ["nonsaturating", "rpgan"])
def test_losses_and_penalty_are_those_of_the_formulas(objective: str) -> None:
    on = learner(points(), objective=objective, penalty="r1r2", penalty_weight=0.7, penalty_end=0.1)
    twin = learner(points(), objective=objective)
    real = twin.real_pairs(twin.model.inward(twin.batches(0)))
    fake = twin.generated(real).detach()
    d = twin.model.discriminator
    x = torch.cat([real.before, fake]).requires_grad_()
    scores = d(x, torch.cat([real.x_t] * 2), torch.cat([real.k] * 2))
    s_real, s_fake = scores.chunk(2)
    (slope,) = torch.autograd.grad(scores.sum(), x)
    expected = (
        -(torch.sigmoid(s_real - s_fake)).log().mean() if objective == "rpgan"
        else -torch.sigmoid(s_real).log().mean() - (1 - torch.sigmoid(s_fake)).log().mean()
    )  # fmt: skip
    values = dict(zip(on.scalars, on.step().tolist(), strict=True))
    assert values["loss_d"] == pytest.approx(float(expected.detach()), rel=1e-5)
    assert values["penalty"] == pytest.approx(0.7 / 2 * float(slope.square().sum()) / len(real.k), rel=1e-5)
    assert values["equilibrium_d"] == pytest.approx((1 if objective == "rpgan" else 2) * math.log(2))


def test_without_z_one_x_t_has_one_x0() -> None:
    for data in (points(), images()):
        on = learner(data, noise_dim=0)
        on.step()
        told = answers(on)
        assert told.monitor()[1]["spread_by_t"].tolist() == [0, 0, 0, 0]
        (found,) = ask(told.large_step, m.LargeStep(t=2, n=5, x=np.array([0.5, 0.5])))
        assert found.noise_dim == 0 and found.spread == 0 and (found.draws == found.draws[:1]).all()
        assert answers(learner(data)).monitor()[1]["spread_by_t"].min() > 0


def test_every_step_and_z_reach_both_players() -> None:
    for data in (points(), images()):
        model = learner(data).model
        with torch.no_grad():  # the embeddings of the steps begin at 0
            for p in model.parameters():
                p.add_(0.1 * torch.randn(p.shape, generator=torch.Generator().manual_seed(len(p))))
        x = torch.randn(1, *data.shape, generator=torch.Generator().manual_seed(0)).clamp(-1, 1)
        z = torch.ones(1, model.noise_dim)
        k = [torch.tensor([i]) for i in range(4)]
        with torch.no_grad():
            made = [model.generator(x, z, i) for i in k]
            judged = [model.discriminator(x, 0.5 * x, i) for i in k]
            z[0, -1] = -1
            assert not torch.allclose(model.generator(x, z, k[0]), made[0])
            assert not torch.allclose(model.discriminator(x, x, k[0]), judged[0]), "D sees x_t, too"
        assert all(not torch.allclose(made[0], other) for other in made[1:])
        assert len({round(float(s), 6) for s in judged}) == 4


def test_recipes_that_cannot_be() -> None:
    with pytest.raises(ConfigError, match="below the most noise"):
        FAMILY.config(sigma_min=2.0, sigma_max=2.0)
    with pytest.raises(ConfigError, match="Convolutions need pictures"):
        learner(points(), network="conv")
    assert FAMILY.config(num_timesteps=4, noise_dim=3).code_size(2) == 4 * (2 + 3)  # type: ignore[attr-defined]


# ---------------------------------------------------------------- the chain
@pytest.mark.parametrize("timesteps", [1, 2, 4, 8])
def test_a_chain_has_the_recipes_steps_and_is_the_sample(timesteps: int) -> None:
    on = learner(points(), num_timesteps=timesteps)
    on.step()
    told = answers(on)
    frames = ask(told.run_chain, m.RunChain(n=6, seed=4))
    (*_, drawn) = ask(told.draw_samples, m.DrawSamples(n=6, seed=4))
    assert [f.t for f in frames] == [*reversed(range(timesteps)), -1] and frames[-1].nfe == told.nfe == timesteps
    assert np.array_equal(frames[-1].x_t, drawn.x) and np.array_equal(frames[0].z, drawn.z)
    with torch.no_grad():
        assert np.allclose(told.items_of(told.latents(drawn.z)), drawn.x, atol=1e-5), "its code gives it back"
    centre, scale = on.model.centre.numpy(), float(on.model.scale)
    assert np.allclose(frames[0].x_t, centre + scale * drawn.z[:, :2], atol=1e-5), "x_T comes first in a code"
    for before, after in pairwise(frames):
        n = after.numbers
        u = [(x - centre) / scale for x in (after.x0_pred, before.x_t, after.mean)]
        assert np.allclose(n["c_x0"] * u[0] + n["c_x"] * u[1], u[2], atol=1e-4)
        assert np.allclose(after.mean + scale * after.noise, after.x_t, atol=1e-4)
        assert (np.abs(after.noise).max() > 0) == (after.t >= 0)


def test_a_launched_point_starts_where_it_is_put() -> None:
    on = learner(points())
    start = np.array([[1.5, -2.0], [1.5, -2.0]], np.float32)
    first, *_, last = ask(answers(on).run_chain, m.RunChain(n=2, seed=3, start=start))
    assert np.allclose(first.x_t, start, atol=1e-5) and not np.allclose(last.x_t[0], last.x_t[1]), "the noise on the way differs"
    (refused,) = ask(answers(on).run_chain, m.RunChain(n=2, sampler=m.SamplerChoice(ideal=True)))
    assert isinstance(refused, m.Refused)


# ---------------------------------------------------------------- what lies behind x_t
def step_of(on: DDGANLearner, **request: Any) -> m.LargeStepOf:
    x0, x1, y0, y1 = -9.0, 9.0, -9.0, 9.0
    (found,) = ask(answers(on).large_step, m.LargeStep(**{"t": 1, "bounds": (x0, x1, y0, y1), "n": 400, **request}))
    assert isinstance(found, m.LargeStepOf)
    return found


@pytest.mark.parametrize("what", ["x0", "before"])
@pytest.mark.parametrize("t", [0, 1, 3])
def test_the_truth_of_one_gaussian_is_in_closed_form(what: str, t: int) -> None:
    """Data N(mu, S): x_s is normal, x_t = sqrt(r) x_s + noise, so x_s | x_t has precision S_s^-1 + r/(1 - r) I."""
    on = learner(points())
    model, law = on.model, points().density.law  # type: ignore[union-attr, attr-defined]
    x_t = np.array([1.5, -2.5])
    found = step_of(on, t=t, what=what, x=x_t, resolution=100)
    scale, near = float(model.scale), model.level(t if what == "before" else 0)
    r = model.level(t + 1).alpha_bar / near.alpha_bar
    mean0 = ((law.mean - model.centre) / scale).numpy()
    cov_s = near.alpha_bar * law.covariance_matrix.numpy() / scale**2 + (1 - near.alpha_bar) * np.eye(2)
    cov = np.linalg.inv(np.linalg.inv(cov_s) + r / (1 - r) * np.eye(2))
    u = (x_t - model.centre.numpy()) / scale
    mean = cov @ (np.linalg.inv(cov_s) @ (near.signal * mean0) + math.sqrt(r) / (1 - r) * u)
    assert found.gaussian_mean is not None and found.exact is not None
    assert np.allclose(found.gaussian_mean, model.centre.numpy() + scale * mean, atol=2e-3)
    assert found.gaussian_sd == pytest.approx(scale * math.sqrt(np.trace(cov) / 2), rel=2e-3)
    p = np.exp(found.exact) * (18 / 100) ** 2
    cell = -9 + 18 * (np.arange(100) + 0.5) / 100
    assert p.sum() == pytest.approx(1, abs=1e-4)
    assert (p.sum(0) @ cell, p.sum(1) @ cell) == pytest.approx(found.gaussian_mean.tolist(), abs=5e-3)
    spread = math.sqrt(sum(w @ (cell - w @ cell) ** 2 for w in (p.sum(0), p.sum(1))) / 2 - (18 / 100) ** 2 / 12)
    assert spread == pytest.approx(found.gaussian_sd, rel=0.03)


def test_draws_of_the_truth_are_in_its_region_and_spread_as_wide() -> None:
    """A generator that is the posterior itself has 95 % there; so has the Gaussian where the truth is one (and nearly round)."""
    on = learner(points())
    model, law = on.model, points().density.law  # type: ignore[union-attr, attr-defined]
    scale = float(model.scale)

    class Truth(torch.nn.Module):
        def forward(self, x: Tensor, z: Tensor, k: Tensor) -> Tensor:
            a = model.level(int(k[0]) + 1).alpha_bar
            prior = torch.linalg.inv(law.covariance_matrix / scale**2)
            cov = torch.linalg.inv(prior + a / (1 - a) * torch.eye(2))
            mean = cov @ (prior @ ((law.mean - model.centre) / scale) + math.sqrt(a) / (1 - a) * x[0].double())
            return (mean + z.double() @ torch.linalg.cholesky(cov).T).float()

    model.averaged = Truth()
    for what in ("x0", "before"):
        found = step_of(on, t=2, what=what, x=np.array([2.0, 1.0]), n=4000)
        assert abs(found.inside - 0.95) < 4 * found.inside_se + 0.005
        assert abs(found.spread - found.gaussian_sd) < 4 * found.spread_se + 0.005
    narrow = step_of(on, t=0, x=np.array([2.0, 1.0]), n=50)
    assert narrow.inside_gaussian == pytest.approx(0.95, abs=0.02), "behind a little noise the truth is nearly round"


def test_between_modes_no_single_gaussian_will_do() -> None:
    on = learner(load_data("grid25"))
    found = step_of(on, t=1, x=np.array([1.0, 1.0]), resolution=128)
    assert found.inside_gaussian < 0.1 and found.exact is not None
    cells = np.exp(found.exact)
    top = np.stack(np.nonzero(cells > 0.3 * cells.max()), 1)
    places = -9 + 18 * (top + 0.5) / 128
    assert np.abs(np.abs(places - 1) - 1).max() < 0.2, "the four modes round (1, 1)"


# ---------------------------------------------------------------- numbers
def test_an_evaluation_has_no_likelihood_and_tells_its_floor() -> None:
    on = learner(load_data("grid25"))
    on.step()
    with torch.no_grad():
        *_, numbers = answers(on).measured(on.data, m.Evaluate(n=500))
    assert isinstance(numbers, dict) and numbers["likelihood"] is None and numbers["nfe"] == 4
    assert numbers["energy_distance"] > 3 * numbers["energy_distance_floor"] > 0
    assert len(numbers["told_apart"]) == 4 and all(0 <= v <= 1 for v in numbers["told_apart"]) and "reverse_kl" in numbers


def test_a_short_training_moves_towards_the_data() -> None:
    """It starts as a Gaussian with the moments of the two moons."""
    quick = {"penalty_weight": 0.1, "penalty_end": 1.0, "averaging": 0.98, "adam_beta1": 0.0, "objective": "nonsaturating"}
    on = learner(load_data("moons"), hidden=48, batch_size=128, steps=400, **quick)
    before = answers(on).monitor()[0]["energy"]
    for _ in range(300):
        assert torch.isfinite(on.step()).all()
        on.steps_done += 1
    scalars = answers(on).monitor()[0]
    assert scalars["energy_floor"] < scalars["energy"] < 0.6 * before


def test_averaged_weights_are_shown() -> None:
    on = learner(images(), averaging=0.0)
    on.step()
    model = on.snapshot()
    assert isinstance(model, DDGAN)
    x, z, k = torch.zeros(2, 1, 12, 12), torch.ones(2, model.noise_dim), torch.tensor([0, 0])
    with torch.no_grad():
        assert torch.allclose(model.draw(x, z, 0), on.model.generator(x, z, k), atol=1e-6)
