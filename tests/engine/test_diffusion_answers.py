"""Chains, codes and measures of a diffusion model, asked as the window asks."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from engine_kit import images, points

from playground.engine import messages as m
from playground.engine.answers import Asked
from playground.engine.datasets import load_data
from playground.engine.families import FAMILIES
from playground.engine.families.diffusion import SAMPLERS, DiffusionConfig
from playground.engine.families.diffusion.answers import DiffusionAnswers
from playground.engine.families.diffusion.chain import DETERMINISTIC, classes
from playground.engine.families.diffusion.learner import DiffusionLearner

SMALL = {"hidden": 32, "layers": 2, "channels": 4, "batch_size": 32, "num_timesteps": 100, "num_steps": 10, "steps": 200}


def answers(data: Any, train: int = 0, **changes: Any) -> DiffusionAnswers:
    config = DiffusionConfig(**{**SMALL, **changes})
    learner = DiffusionLearner(config, data, 0)
    for _ in range(train):
        learner.step()
        learner.steps_done += 1
    return DiffusionAnswers(learner.snapshot(), config, data, "cpu", {})


def ask(of: DiffusionAnswers, request: m.Request) -> list[Any]:
    handler = of.handler(type(request))
    assert handler is not None
    with torch.no_grad():
        return list(handler(Asked("run", 1, "", 0, time.perf_counter()), request))


def chain(of: DiffusionAnswers, **request: Any) -> list[m.ChainFrame]:
    frames = ask(of, m.RunChain(**request))
    assert all(isinstance(f, m.ChainFrame) for f in frames)
    return frames


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_chain_tells_every_step_of_its_sampler(sampler: str) -> None:
    frames = chain(answers(points(), train=5), n=4, sampler=m.SamplerChoice(sampler, 6))
    assert [f.done for f in frames] == list(range(7)) and all(f.total == 6 for f in frames)
    by_noise = sampler in DETERMINISTIC  # from a noise of 80 standard deviations, which is less than this process ends with
    assert (frames[0].t == 99) != by_noise and frames[0].t > 90
    assert frames[-1].t == -1 and all(a.t > b.t for a, b in pairwise(frames))
    for before, after in pairwise(frames):
        assert after.numbers["alpha_bar"] == before.numbers["alpha_bar_next"], "one frame begins where the last one ends"
        noisy = sampler.startswith("ddpm") and (after.done < 6 or sampler == "ddpm_optimal")
        assert (np.abs(after.noise).max() > 0) == noisy
        sum_ = after.mean + (answers_scale(after) * after.noise)
        assert np.allclose(after.x_t, sum_, atol=2e-3)
    assert frames[-1].nfe == (11 if sampler == "heun" else 6)


def answers_scale(frame: m.ChainFrame) -> float:
    """Noise is on the model's scale, points in units of the data: what one is of the other, from the frame itself."""
    size = np.abs(frame.noise).max()
    return float(np.abs(frame.x_t - frame.mean).max() / size) if size else 0.0


def test_the_same_seed_starts_every_sampler_from_the_same_noise() -> None:
    of = answers(points())
    first = [chain(of, n=5, seed=3, sampler=m.SamplerChoice(name, 4))[0] for name in SAMPLERS]
    assert all(np.array_equal(f.x_t, first[0].x_t) and np.array_equal(f.z, first[0].z) for f in first)
    assert not np.array_equal(chain(of, n=5, seed=4)[0].x_t, first[0].x_t)


def test_a_chain_starts_where_it_is_told_in_units_of_the_frames() -> None:
    start = np.array([[2.0, -1.0], [0.5, 3.0]], np.float32)
    frames = chain(answers(points()), start=start, sampler=m.SamplerChoice("ddim", 4))
    assert np.allclose(frames[0].x_t, start, atol=1e-5) and len(frames[-1].x_t) == 2


def test_the_ideal_denoiser_draws_the_data_without_any_training() -> None:
    """Of pictures it knows the training items alone, and ends on them."""
    data = images()
    frames = chain(answers(data), n=6, sampler=m.SamplerChoice("ddim", 50, 0.0, ideal=True))
    off = np.abs(frames[-1].x_t[:, None].astype(int) - data.train[None, :, 0].numpy().astype(int)).max((2, 3)).min(1)
    assert off.max() <= 2
    density = load_data("8gaussians").density
    assert density is not None
    ideal = answers(load_data("8gaussians"))
    ends = chain(ideal, n=400, sampler=m.SamplerChoice("heun", 40, ideal=True))[-1].x_t
    log_p = density.log_prob(torch.as_tensor(ends))
    error = float(log_p.std()) / 20
    assert abs(float(log_p.mean()) + density.entropy()) < 4 * error + 0.05


def test_solvers_of_the_ode_reach_narrow_data_in_few_steps() -> None:
    """The ring's modes are 0.01 wide. With even steps of t Heun left nearly all samples beside them."""
    data = load_data("ring8")
    of = answers(data, num_timesteps=1000)
    for sampler, steps in (("heun", 18), ("dpmpp_2m", 25), ("euler", 40)):
        x = chain(of, n=200, sampler=m.SamplerChoice(sampler, steps, ideal=True))[-1].x_t
        assert (np.abs(np.linalg.norm(x, axis=1) - 1) < 0.05).mean() > 0.95, sampler


def test_items_of_every_class_are_drawn_unless_one_is_named() -> None:
    data = images()
    of = answers(data, class_dropout=0.2, network="mlp")
    assert of.model.class_share.tolist() == pytest.approx([0.1] * 10)
    named = chain(of, n=4, sampler=m.SamplerChoice("ddim", 3, label=2))
    assert len(named) == 4
    (refused,) = ask(of, m.RunChain(sampler=m.SamplerChoice(label=10)))
    assert isinstance(refused, m.Refused) and "classes 0 to 9" in refused.sentence
    (refused,) = ask(answers(data, network="mlp"), m.DrawSamples(sampler=m.SamplerChoice(label=0)))
    assert isinstance(refused, m.Refused) and "no classes" in refused.sentence
    noise = torch.Generator().manual_seed(5)
    drawn = classes(of.model, of.planned(m.SamplerChoice(guidance_scale=2.0)), 400, noise)
    assert drawn is not None and torch.bincount(drawn, minlength=10).min() > 15
    assert torch.equal(drawn, classes(of.model, of.planned(None), 400, noise)), "the same noise, the same classes"  # type: ignore[arg-type]
    assert classes(of.model, of.planned(m.SamplerChoice(guidance_scale=0.0)), 4, noise) is None


def test_codes_lead_back_to_the_items_they_were_found_from() -> None:
    """Inversion and the chain undo each other, the better the more steps there are."""
    of = answers(load_data("8gaussians"), train=150, num_timesteps=1000)
    x = of.data.test[:50]
    off = []
    for steps in (5, 20):
        of.config = of.config.replace(num_steps=steps)
        with torch.no_grad():
            *_, code = of.inverted(x)
            off.append(float((of.items_of(code.flatten(1)) - x).norm(dim=1).median()))
    assert off[1] < 0.6 * off[0]


def test_paths_tell_how_far_they_are_and_end_at_their_items() -> None:
    reply = ask(answers(images(), train=3), m.Interpolate(pick=((0, 1),), frames=5, path="slerp"))
    assert len(reply) > 10 and all(isinstance(r, m.Working) for r in reply[:-1])
    assert isinstance(reply[-1], m.Interpolation) and reply[-1].frames.shape == (1, 5, 12, 12)


def test_the_lattice_of_noise_lands_where_its_codes_do() -> None:
    of = answers(points(), train=5)
    *on_the_way, warp = ask(of, m.WarpGrid(resolution=7, extent=2.0))
    assert [(w.done, w.total) for w in on_the_way] == [(i, 10) for i in range(1, 11)]
    assert warp.z[0, 0].tolist() == [-2.0, -2.0] and warp.z[0, 6].tolist() == [2.0, -2.0], "rows run up, columns to the right"
    *_, decoded = ask(of, m.Decode(z=warp.z.reshape(-1, 2)))
    assert np.allclose(warp.x.reshape(-1, 2), decoded.x, atol=1e-5)
    *_, refused = ask(answers(images()), m.WarpGrid())
    assert isinstance(refused, m.Refused)


def test_few_steps_cost_quality_and_the_floor_is_that_of_the_data() -> None:
    data = load_data("8gaussians")
    of = answers(data, train=400, steps=400, batch_size=256)
    *_, last = ask(of, m.QualityBySteps(steps=(2, 30), n=400, repeats=2))
    assert isinstance(last, m.QualityOf) and last.samplers == tuple(SAMPLERS)
    ddim = last.samplers.index("ddim")
    assert last.value[ddim, 0] > 3 * last.value[ddim, 1] and last.nfe[ddim].tolist() == [2, 30]
    assert last.nfe[last.samplers.index("heun")].tolist() == [3, 59]
    assert data.density is not None
    x = data.density.sample(400, torch.Generator().manual_seed(9))
    mean = float(torch.cdist(x, x).sum() / (400 * 399))
    assert 0.3 * mean * 2 / 400 < last.floor < 3 * mean * 2 / 400
    assert np.nanmin(last.value) > 0.3 * last.floor


def test_the_monitor_sees_no_network_below_the_ideal_and_no_likelihood_above_the_best() -> None:
    """Chance in the few items that it looks at is taken off: what the ideal denoiser and the true density make of them."""
    of = answers(load_data("8gaussians"), train=300, batch_size=256, num_timesteps=1000)
    with torch.no_grad():
        scalars, _ = of.monitor()
        errors = [float(of.errors_at(of.model.inward(of.data.test), t)[1].mean()) for t in range(12, 1000, 25)]
    assert abs(scalars["ideal"] - np.mean(errors)) < 0.02, "and the ideal is that of the density, not of a few items"
    assert scalars["ideal"] < scalars["test_eps_error"] < 1.5 * scalars["ideal"]
    assert scalars["entropy"] - 0.02 < scalars["nll"]


def test_the_variance_left_open_is_never_more_than_that_of_the_data() -> None:
    """At the noisiest t chance in E|eps|^2 is multiplied by 1/a: it used to claim a posterior far wider than the data."""
    of = answers(points(), num_timesteps=1000)
    of.model.eps_square.fill_(0.9)
    assert float(of.model.x0_variances().max()) == 1 and float(of.model.x0_variances().min()) >= 0
    of.model.eps_square.fill_(1.1)
    assert float(of.model.x0_variances().max()) == 0


@pytest.mark.slow
def test_a_short_training_comes_near_the_entropy_and_never_below() -> None:
    """An eighth of the preset's steps on FFJORD's eight Gaussians: KL(data || model) by the exact likelihood, all modes."""
    data = load_data("8gaussians")
    preset = FAMILIES["diffusion"].default_config("8gaussians", "points").to_dict()
    of = answers(data, train=1500, **{**preset, "steps": 1500})
    *_, evaluated = ask(of, m.Evaluate(n=4000))
    found = evaluated.numbers
    assert -0.02 < found["kl_data_model"] < 0.06 and found["nll"] > found["entropy"] - 0.02 - 3 * found["nll_se"]
    assert found["bound"] > found["nll"] - 3 * found["bound_se"] and found["modes"] == 8 and found["reverse_kl"] < 0.02
