"""Latent diffusion: how codes are scaled, what an untrained denoiser is (the VAE's prior), bounds, round trips, costs."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import pytest
import torch
from engine_kit import images, points
from torch import Tensor, nn

from playground.engine import messages as m
from playground.engine.answers import Asked, Likelihood
from playground.engine.batches import Batches
from playground.engine.config import ConfigError
from playground.engine.datasets import load_data
from playground.engine.families.hybrids.latent_diffusion import FAMILY, LatentDiffusionConfig
from playground.engine.families.hybrids.latent_diffusion.answers import LatentDiffusionAnswers, enlarged, small_pictures
from playground.engine.families.hybrids.latent_diffusion.evaluation import bounds, code_log_prob
from playground.engine.families.hybrids.latent_diffusion.learner import LatentDiffusionLearner
from playground.engine.families.hybrids.latent_diffusion.speed import multiply_adds, usual_recipe
from playground.engine.families.vae import VAEConfig
from playground.engine.families.vae.learner import VAELearner
from playground.engine.learner import Parent

SMALL: dict[str, Any] = {
    "latent_dim": 4, "vae_network": "mlp", "vae_hidden": 16, "vae_layers": 1, "hidden": 16, "layers": 1, "first_steps": 20,
    "steps": 40, "batch_size": 16,
}  # fmt: skip
DATA = {"image": images(), "points": points()}


def learner(kind: str = "image", parents: Any = None, **changes: Any) -> LatentDiffusionLearner:
    base = SMALL if kind == "image" else {**SMALL, "likelihood": "gaussian", "latent_dim": 2}
    return LatentDiffusionLearner(LatentDiffusionConfig(**{**base, **changes}), DATA[kind], 1, parents=parents)


def advance(one: LatentDiffusionLearner, to: int) -> list[Tensor]:
    out = []
    while one.steps_done < to:
        out.append(one.step())
        one.steps_done += 1
    return out


def answers(one: LatentDiffusionLearner) -> LatentDiffusionAnswers:
    return LatentDiffusionAnswers(one.snapshot(), one.config, one.data, "cpu", {})


def last(steps: Any) -> Any:
    with torch.no_grad():
        return [*steps][-1]


# ---------------------------------------------------------------- the recipe
def test_the_recipe_of_both_stages_comes_of_one() -> None:
    c = LatentDiffusionConfig(first_steps=300, steps=1000, latent_dim=7, kl_weight=0.3, sampler="heun", num_steps=9, hidden=32)
    vae, diffusion = c.vae(), c.diffusion()
    assert (vae.steps, vae.latent_dim, vae.kl_weight, vae.batch_size) == (300, 7, 0.3, c.batch_size)
    assert (diffusion.steps, diffusion.sampler, diffusion.num_steps, diffusion.hidden) == (700, "heun", 9, 32)
    assert diffusion.network == "mlp"
    assert LatentDiffusionConfig(first_stage="a-run", steps=1000, first_steps=5000).diffusion().steps == 1000


def test_a_recipe_without_steps_for_the_diffusion_is_refused() -> None:
    with pytest.raises(ConfigError, match="none is left"):
        LatentDiffusionConfig(first_steps=500, steps=500)
    with pytest.raises(ConfigError, match="only 10 timesteps"):
        LatentDiffusionConfig(num_timesteps=10)


def test_what_the_vae_cannot_do_is_said_beside_the_field_of_this_form() -> None:
    with pytest.raises(ConfigError) as caught:
        learner("points", vae_network="conv")
    assert caught.value.field == "vae_network" and "Convolutions need pictures" in caught.value.reason


# ---------------------------------------------------------------- codes
@pytest.mark.parametrize("kind", ["image", "points"])
def test_codes_are_standardised_number_by_number(kind: str) -> None:
    one = learner(kind)
    advance(one, 21)
    u = torch.cat([one.codes(step) for step in range(80)])
    assert u.mean(0).abs().max() < 0.12 and (u.std(0) - 1).abs().max() < 0.1
    assert one.model.spread.unique().numel() == one.model.latent_dim, "each has its own scale"
    z = torch.randn(5, one.model.latent_dim)
    assert torch.allclose(one.model.code(one.model.standardised(z)), z, atol=1e-5)
    assert math.isclose(one.model.log_volume(), sum(math.log(s) for s in one.model.spread.tolist()), rel_tol=1e-5)


def test_batches_of_codes_are_those_of_the_items() -> None:
    """The cached q(z|x) of the items that a batch would have held, in its order."""
    one = learner(codes="mean", likelihood="gaussian")
    advance(one, 21)
    items = Batches(one.data, 16, 1, "cpu")
    for step in (0, 3, 9):  # an epoch ends after 3.75
        expected = one.model.inward(items(step))
        assert torch.allclose(one.codes(step), expected, atol=1e-5)


def test_the_second_stage_counts_its_own_steps() -> None:
    """Its learning rate starts at the whole and ends at a hundredth; its batches start with the first."""
    one = learner(codes="mean", likelihood="gaussian")
    rates = torch.stack(advance(one, 40))[:, one.scalars.index("learning_rate")]
    assert (rates[:21] == one.config.learning_rate).all() and (rates[20:].diff() < 0).all()
    assert rates[39] < 0.02 * one.config.learning_rate and one.second.steps_done == 19


def test_sampled_codes_follow_the_posterior() -> None:
    one = learner(likelihood="gaussian")
    advance(one, 21)
    q = one.model.vae.encode(Batches(one.data, 16, 1, "cpu")(2))
    draws = torch.stack([one.model.code(one.codes(2)) for _ in range(2000)])
    sigma = (0.5 * q.logvar).exp()
    assert ((draws.mean(0) - q.mu) / sigma).abs().max() < 5 / 2000**0.5
    assert (draws.std(0) / sigma - 1).abs().max() < 0.1


@pytest.mark.parametrize(("kind", "cut"), [("image", 5), ("image", 20), ("image", 21), ("points", 20), ("points", 33)])
def test_it_goes_on_bit_for_bit(kind: str, cut: int) -> None:
    whole, first, second = learner(kind), learner(kind), learner(kind)
    scalars = advance(whole, 40)
    advance(first, cut)
    advance(second, 27)
    second.load_state({k: v.detach().clone() for k, v in first.state().items()}, cut)
    rest = advance(second, 40)
    assert all(torch.equal(a, b) for a, b in zip(rest, scalars[cut:], strict=True))
    kept, expected = second.state(), whole.state()
    assert kept.keys() == expected.keys() and all(torch.equal(kept[k], expected[k]) for k in kept)


def test_a_vae_that_is_there_is_shown_items_as_it_was_in_training() -> None:
    """Grey values, if its own recipe says so; and its bound is the first thing that is said."""
    config = VAEConfig(latent_dim=3, network="mlp", hidden=16, layers=1, binarise="none", batch_size=16, steps=30)
    vae = VAELearner(config, DATA["image"], 0)
    for vae.steps_done in range(30):
        vae.step()
    one = learner(parents={"first_stage": Parent(config, "vae", vae.state(), 30)}, first_stage="it")
    assert one.model.latent_dim == 3 and one.model.spread.shape == (3,)
    x = torch.rand(4, 1, 12, 12)
    assert torch.equal(one.model.shown(x, torch.Generator()), x)
    said = dict(zip(one.scalars, one.step().tolist(), strict=True))
    assert said["neg_elbo"] == pytest.approx(said["reconstruction"] + said["kl"], rel=1e-5) and said["neg_elbo"] > 1
    assert set(learner().model.shown(x, torch.Generator()).unique().tolist()) <= {-1.0, 1.0}, "else black or white"


# ---------------------------------------------------------------- an untrained denoiser is the prior
def test_before_the_second_stage_samples_are_those_of_the_vae() -> None:
    """A network that says v = 0 is the ideal denoiser of N(0, I): DDIM then leaves x_T where it is."""
    one = learner()
    advance(one, 20)
    asked = answers(one)
    u = asked.noise_of(6, 3)
    walked = last(asked.walk(m.SamplerChoice("ddim", 200), u, 0).steps).x
    assert torch.allclose(walked, u, atol=0.05 * float(u.abs().max()))
    expected = asked.model.vae.mean(u)
    assert torch.allclose(last(asked.making(u)), expected, atol=0.05)


@pytest.mark.parametrize("kind", ["image", "points"])
def test_the_error_of_an_untrained_denoiser_is_what_the_prior_allows(kind: str) -> None:
    """(n x_t - eps)^2 with x_t = s u + n eps has the mean s^2 = alpha_bar for u of variance 1."""
    one = learner(kind)
    said = dict(zip(one.scalars, advance(one, 20)[-1].tolist(), strict=True))
    seen, _ = answers(one).monitor()
    prior = float(one.second.model.schedule.alpha_bar.mean())
    assert seen["prior_error"] == pytest.approx(prior) == pytest.approx(said["eps_error"], rel=1e-5)
    assert seen["test_eps_error"] == pytest.approx(prior, rel=0.3), "by chance, of 30 pictures of 4 numbers"
    first = dict(zip(one.scalars, one.step().tolist(), strict=True))
    assert first["eps_error"] == pytest.approx(prior, rel=0.5), "the first step sees the same"
    assert one.model.fitted and not answers(learner(kind)).model.fitted


@pytest.mark.parametrize("d", [1, 2, 4])
def test_the_density_of_codes_of_an_untrained_denoiser_is_a_gaussian(d: int) -> None:
    """log p(z) = log N(z; centre, spread^2), in the units of z."""
    model = answers(learner(latent_dim=d)).model
    model.centre.copy_(torch.linspace(-1, 2, d))
    model.spread.copy_(torch.linspace(0.2, 3, d))
    z = model.code(torch.randn(7, d, generator=torch.Generator().manual_seed(0)))
    expected = torch.distributions.Normal(model.centre, model.spread).log_prob(z).sum(1)
    assert torch.allclose(last(code_log_prob(model, z)), expected, atol=5e-3 * d)


def test_the_bound_with_the_prior_is_the_vaes_and_nothing_is_gained_untrained() -> None:
    one = learner("points")
    advance(one, 20)
    asked = answers(one)
    x = asked.held_out(200)
    ours, plain = last(bounds(asked.model, x, torch.Generator().manual_seed(0)))
    assert torch.allclose(ours, plain, atol=0.02)
    q = asked.model.vae.encode(x)
    z = q.sample(torch.randn(q.mu.shape, generator=torch.Generator().manual_seed(0)))
    normal = torch.distributions.Normal(0.0, 1.0)
    by_hand = -asked.model.vae.log_likelihood(x, z) - normal.log_prob(z).sum(1) + q.log_prob(z)
    assert torch.allclose(plain, by_hand, atol=1e-4)
    found = last(asked.likelihoods(x))
    assert isinstance(found, Likelihood) and found.kind == "bound" and found.nll.shape == (200,)


# ---------------------------------------------------------------- round trips
def test_codes_lead_back_to_what_the_vae_makes_of_the_items() -> None:
    """Encode, invert the sampler, sample, decode: DDIM inverts itself to first order in its steps."""
    one = learner("points", steps=400, first_steps=200, learning_rate=5e-3, averaging=0.9)
    advance(one, 400)
    asked = answers(one)
    x = asked.held_out(50)
    again = last(asked.making(last(asked.codes_of(x))))
    rebuilt = asked.model.vae.mean(asked.model.vae.encode(x).mu)
    spread = rebuilt.std()
    assert (again - rebuilt).square().mean().sqrt() < 0.05 * spread
    assert (rebuilt - rebuilt.mean(0)).square().mean().sqrt() > 0.5 * spread


def test_the_reconstruction_error_is_that_of_the_first_stage() -> None:
    one = learner("points")
    advance(one, 25)
    asked = answers(one)
    numbers = last(asked.measured(one.data, m.Evaluate(n=40)))
    x = asked.held_out(40)
    vae = asked.model.vae
    expected = (vae.mean(vae.encode(x).mu) - x).square().mean()
    assert numbers["reconstruction_mse"] == pytest.approx(float(expected), rel=1e-4)
    assert numbers["gained"] == pytest.approx(numbers["bound_of_vae"] - numbers["bound"], abs=1e-4)


def test_a_class_can_be_asked_for() -> None:
    """Labels go with the codes of their items; guided samples of two classes differ, from the same noise."""
    one = learner(class_dropout=0.3, likelihood="gaussian", steps=200, learning_rate=1e-2, averaging=0.9)
    items = Batches(one.data, 16, 1, "cpu")
    assert torch.equal(one.codes.labels(3, "label"), items.labels(3, "label"))
    advance(one, 200)
    asked = answers(one)
    assert asked.model.diffusion.num_classes == 10
    u = asked.noise_of(8, 0)
    three, seven = (last(asked.walk(m.SamplerChoice(label=k, guidance_scale=2.0), u, 0).steps).x for k in (3, 7))
    assert (three - seven).abs().mean() > 0.05
    with pytest.raises(ValueError, match="ideal denoiser"):
        asked.walk(m.SamplerChoice(ideal=True), u, 0)


# ---------------------------------------------------------------- small pictures
@pytest.mark.parametrize(
    ("d", "shape"), [(16, (4, 4)), (10, (2, 5)), (1, (1, 1)), (2, (1, 2)), (7, (2, 4)), (12, (3, 4)), (13, (3, 5))]
)  # fmt: skip
def test_codes_are_pictures_of_as_many_numbers(d: int, shape: tuple[int, int]) -> None:
    u = np.linspace(-3, 3, d, dtype=np.float32)[None] if d > 1 else np.full((1, 1), 3, np.float32)
    x = small_pictures(u)
    assert x.shape == (1, *shape) and x.dtype == np.uint8
    flat = x.flatten()
    assert flat[d - 1] == 255 and (d == 1 or flat[0] == 0)
    assert (np.diff(flat[:d].astype(int)) > 0).all() and set(flat[d:].tolist()) <= {127, 128}


def test_numbers_beyond_three_are_white() -> None:
    assert small_pictures(np.array([[-9.0, 0, 9, 1.5]], np.float32)).flatten().tolist() == [0, 128, 255, 191]


def test_small_pictures_fill_an_item() -> None:
    x = enlarged(np.arange(4, dtype=np.uint8).reshape(1, 2, 2), 6, 5)
    assert x.shape == (1, 6, 5) and x[0, 0].tolist() == [0, 0, 0, 1, 1] and x[0, 5].tolist() == [2, 2, 2, 3, 3]
    assert (x[0, 2] == x[0, 0]).all() and (x[0, 3] == x[0, 5]).all()
    assert enlarged(np.arange(3, dtype=np.uint8).reshape(1, 1, 3), 2, 6)[0].tolist() == [[0, 0, 1, 1, 2, 2]] * 2


# ---------------------------------------------------------------- costs
def test_multiply_adds_of_known_layers() -> None:
    dense, conv = nn.Linear(7, 5), nn.Conv2d(3, 4, 3, padding=1)
    assert multiply_adds(lambda: dense(torch.zeros(2, 7))) == 2 * 7 * 5
    assert multiply_adds(lambda: conv(torch.zeros(1, 3, 6, 6))) == 6 * 6 * 4 * 3 * 9


def test_the_usual_recipe_is_the_diffusion_familys_without_guidance() -> None:
    title, config = usual_recipe("mnist", "image")
    assert title == "Pictures" and config.class_dropout == 0 and config.resolved_network("image") == "unet"
    assert usual_recipe("moons", "points")[1].resolved_network("points") == "mlp"


# ---------------------------------------------------------------- the bridge
@pytest.mark.slow
def test_diffusion_knows_how_codes_lie_and_the_prior_does_not() -> None:
    """Eight Gaussians: its bound is lower than the VAE's, above the entropy, and its samples are nearer to the data."""
    torch.set_num_threads(1)
    data = load_data("8gaussians")
    config = FAMILY.default_config(data.name, "points").replace(first_steps=1500, steps=5000, hidden=64, layers=3)
    one = LatentDiffusionLearner(config, data, 0)
    advance(one, config.steps)
    asked = answers(one)
    with torch.no_grad():
        found = last(asked.handler(m.TwoSpaces)(Asked("", 1, "", 0, time.perf_counter()), m.TwoSpaces(n=1000)))  # type: ignore[misc]
    assert data.density is not None
    assert found.gained > 5 * found.gained_se and found.bound > data.density.entropy() - 3 * found.bound_se
    (score,) = found.scores
    assert score.diffusion < 0.5 * score.vae
