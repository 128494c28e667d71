"""The watch over a GAN: what it flags, how soon, for how long, and what it lets pass. Series are made up from what theory says."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import torch
from engine_kit import Watched, images, points

from playground.engine import messages as m
from playground.engine.config import params
from playground.engine.families.gan import FAMILY, OBJECTIVES, GANConfig
from playground.engine.families.gan.alarms import Alarm, Blocks, spoken, swings
from playground.engine.families.gan.health import GANWatch
from playground.engine.families.gan.learner import GANLearner
from playground.engine.recipe import Compute, Recipe
from playground.engine.trainer import take_step

LN2 = float(np.log(2))
CONFIG = GANConfig(steps=20_000)


def healthy(n: int, seed: int = 0, **changed: Any) -> dict[str, np.ndarray]:
    """A game near its equilibrium, with the noise of small batches."""
    rng = np.random.default_rng(seed)
    series = {
        "diversity": 1 + 0.05 * rng.normal(size=n), "d_real": 0.55 + 0.05 * rng.normal(size=n),
        "d_fake": 0.45 + 0.05 * rng.normal(size=n), "equilibrium_d": np.full(n, 2 * LN2),
        "gradient_d": rng.lognormal(-1, 0.6, n), "gradient_g": rng.lognormal(-1, 0.6, n),
        "loss_d": 2 * LN2 + 0.1 * rng.normal(size=n), "loss_g": LN2 + 0.1 * rng.normal(size=n),
    }  # fmt: skip
    return series | {k: np.broadcast_to(np.asarray(v, float), n) for k, v in changed.items()}


class Fed:
    """A watch that is fed step by step, in reports of 17 steps, and tells when it first said what."""

    def __init__(self, config: GANConfig = CONFIG, names: tuple[str, ...] = (), true: Any = None) -> None:
        self.config = config
        self.watch = GANWatch(lambda: self.config, names, true)
        self.step = 0
        self.first: dict[str, int] = {}

    def steps(self, series: dict[str, np.ndarray]) -> set[str]:
        n = len(series["diversity"])
        for start in range(0, n, 17):
            part = {k: v[start : start + 17] for k, v in series.items()}
            here = np.arange(self.step + start + 1, self.step + start + 1 + len(part["diversity"]))
            self.watch.on_steps(here, part)
            for finding in self.watch.findings():
                self.first.setdefault(finding.key, int(here[-1]))
        self.step += n
        return self.keys()

    def keys(self) -> set[str]:
        return {f.key for f in self.watch.findings()}

    def of(self, key: str) -> m.Finding:
        return next(f for f in self.watch.findings() if f.key == key)


# ---------------------------------------------------------------- nothing is wrong
@pytest.mark.parametrize("seed", range(20))
def test_a_healthy_game_is_left_in_peace(seed: int) -> None:
    """Little variety at first, then equilibrium with lognormal gradients and a slow random walk of the verdicts."""
    fed = Fed()
    rise = np.clip(np.arange(4000) / 600, 0.03, 1) * healthy(4000, seed)["diversity"]
    walk = 0.1 * np.tanh(np.cumsum(np.random.default_rng(seed).normal(size=4000)) / 40)
    verdicts = {"d_real": 0.6 + walk, "d_fake": 0.4 + walk}
    assert fed.steps(healthy(4000, seed, diversity=rise, **verdicts)) == set() and fed.first == {}


def test_a_single_wild_step_alarms_nobody() -> None:
    series = healthy(3000)
    for name in ("loss_d", "loss_g", "gradient_d", "gradient_g"):
        series[name][1000::40] = 1e6
    series["diversity"][1000::40] = 0
    fed = Fed()
    fed.steps(series)
    assert fed.first == {}


# ---------------------------------------------------------------- collapse
def test_equal_items_are_flagged_within_200_steps_at_any_time() -> None:
    for before in (0, 60, 2000):
        fed = Fed()
        if before:
            fed.steps(healthy(before))
        assert fed.steps(healthy(200, diversity=1e-6)) == {"collapse"}
        assert fed.first["collapse"] - before <= 200
        finding = fed.of("collapse")
        assert before < finding.since_step <= before + 50 and "0.0 %" in finding.sentence and "100 steps" in finding.sentence
        assert 2 <= len(re.split(r"\. (?=[A-Z])", finding.why)) <= 4 and 1 <= len(finding.remedies) <= 2


def test_narrow_items_are_flagged_once_there_was_variety_and_the_alarm_ends() -> None:
    fed = Fed()
    fed.steps(healthy(1000))
    assert fed.steps(healthy(250, diversity=0.1)) == {"collapse"}
    assert fed.steps(healthy(250, diversity=0.3)) == {"collapse"}, "better, but not yet good: the alarm stays"
    assert fed.steps(healthy(250)) == set()


def test_little_variety_at_the_very_start_is_given_time() -> None:
    fed = Fed()
    assert fed.steps(healthy(1400, diversity=0.1)) == set()
    assert fed.steps(healthy(400, diversity=0.1)) == {"collapse"}


def test_lost_modes_are_named_with_the_step_since_which_they_get_nothing() -> None:
    names = ("0°", "90°", "180°", "270°")
    fed = Fed(names=names, true=np.full(4, 0.25))
    all_there, lost = np.full(4, 0.25), np.array([0.5, 0.01, 0.49, 0.0])
    for step in range(500, 4000, 500):
        fed.watch.on_monitored(step, {}, {"mode_share": all_there})
    assert fed.keys() == set()
    for step, expected in ((4000, set()), (4400, set()), (4600, {"collapse"})):
        fed.watch.on_monitored(step, {}, {"mode_share": lost})
        assert fed.keys() == expected, step
    finding = fed.of("collapse")
    assert finding.since_step == 4000 and "90° and 270°" in finding.sentence.replace(", ", " and ") and "2 of 4" in finding.sentence
    fed.watch.on_monitored(4700, {}, {"mode_share": np.array([0.3, 0.1, 0.4, 0.2])})
    assert fed.keys() == set()


def test_modes_never_found_are_given_a_quarter_of_the_run_and_rare_ones_are_not_judged() -> None:
    true = np.array([0.5, 0.497, 0.003])
    fed = Fed(GANConfig(steps=8000), ("a", "b", "c"), true)
    for step in range(100, 8000, 200):
        fed.watch.on_monitored(step, {}, {"mode_share": np.array([1.0, 0.0, 0.0])})
        assert (fed.keys() == {"collapse"}) == (step - 100 >= 2000), step
    assert "1 of 3 modes gets no samples: b." in fed.of("collapse").sentence


# ---------------------------------------------------------------- the other troubles
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_discriminator_that_wins_is_flagged_where_its_verdict_says_so(objective: str) -> None:
    fed = Fed(CONFIG.replace(objective=objective))
    fed.steps(healthy(1000))
    wasserstein = objective.startswith("wgan")  # no verdict, and a loss without a scale
    won = healthy(500, d_real=0.999, d_fake=0.001, loss_d=0.002, equilibrium_d=0 if wasserstein else 2 * LN2)
    assert fed.steps(won) == (set() if wasserstein else {"saturated"})
    assert fed.steps(healthy(500)) == set()


def test_a_generator_without_gradient_is_flagged_by_its_own_past() -> None:
    fed = Fed()
    fed.steps(healthy(1000))
    assert fed.steps(healthy(200, gradient_g=1e-5 * np.ones(200))) == {"no_gradient"}
    assert fed.steps(healthy(200)) == set()
    dead = Fed()
    assert dead.steps(healthy(200, gradient_g=0.0)) == {"no_gradient"}, "dead from the start"


def test_verdicts_that_swing_are_flagged_and_their_period_is_measured() -> None:
    fed = Fed()
    fed.steps(healthy(1000))
    t = np.arange(3000)
    swing = 0.3 * np.sin(2 * np.pi * t / 400)
    assert fed.steps(healthy(3000, d_real=0.5 - swing, d_fake=0.5 + swing)) == {"oscillation"}
    sentence = fed.of("oscillation").sentence
    period = float(sentence.split("about every ")[1].split()[0])
    assert abs(period - 400) < 40, sentence
    assert fed.steps(healthy(3000)) == set()


def test_growth_by_orders_of_magnitude_is_flagged() -> None:
    for name in ("loss_d", "loss_g", "gradient_d", "gradient_g"):
        fed = Fed()
        fed.steps(healthy(1000))
        grown = healthy(300)[name] + np.exp(np.linspace(0, 12, 300))
        assert fed.steps(healthy(300, **{name: grown})) == {"divergence"}, name
    assert Fed().steps(healthy(2000, gradient_d=np.exp(np.linspace(0, 3, 2000)))) == set(), "20-fold is nothing"


# ---------------------------------------------------------------- what is said
def test_words_change_only_now_and_then() -> None:
    fed = Fed()
    fed.steps(healthy(1000))
    told = []
    for seed in range(400):
        fed.steps(healthy(17, seed, diversity=0.01 + 0.005 * np.random.default_rng(seed).random(17)))
        if not told or told[-1] != fed.watch.findings():
            told.append(fed.watch.findings())
    assert len(told) <= 8, "a message for each report would flood the window"


def test_every_remedy_is_a_valid_change_of_the_recipe() -> None:
    troubles = [
        healthy(400, diversity=0.0), healthy(400, d_real=1.0, d_fake=0.0, loss_d=0.0), healthy(400, gradient_g=0.0),
        healthy(400, loss_d=np.exp(np.linspace(0, 20, 400))),
    ]  # fmt: skip
    extremes = [{}, {"penalty": "r1r2", "penalty_weight": 1000.0, "packing": 8, "adam_beta1": 0.0}, {"learning_rate_d": 1e-6}]
    configs = [GANConfig(objective=o, steps=20_000, **more) for o in OBJECTIVES for more in extremes]
    configs += [GANConfig().replace(**p.changes) for p in FAMILY.presets]
    for config in configs:
        for trouble in troubles:
            fed = Fed(config)
            fed.steps(healthy(1000))
            fed.steps(trouble)
            for finding in fed.watch.findings():
                for remedy in finding.remedies:
                    changed = config.replace(**remedy.changes)
                    assert changed != config and remedy.label and remedy.help.endswith("."), (finding.key, remedy)


def test_a_remedy_that_is_taken_is_not_proposed_again() -> None:
    fed = Fed(CONFIG.replace(objective="nonsaturating"))
    fed.steps(healthy(1000))
    fed.steps(healthy(300, diversity=0.01))
    first = fed.of("collapse").remedies[0]
    assert first.changes == {"penalty": "r1r2", "penalty_weight": 1.0}
    fed.config = fed.config.replace(**first.changes)
    assert first not in fed.of("collapse").remedies


def test_a_resumed_run_finds_the_trouble_and_its_age_in_its_history() -> None:
    series = {k: np.concatenate([healthy(6000)[k], healthy(3000, diversity=0.01)[k]]) for k in healthy(1)}
    whole, resumed = Fed(), Fed()
    whole.steps(series)
    resumed.watch.on_steps(np.arange(1, 9001), series)
    assert resumed.watch.findings() == whole.watch.findings() != ()
    long = {k: np.tile(v, 50) for k, v in healthy(20_000).items()}
    resumed.watch.on_steps(np.arange(1, 1_000_001), long)  # returns at once: only the last 10,000 are looked at
    assert resumed.keys() == set()


# ---------------------------------------------------------------- the parts
def test_blocks_are_medians_of_25_steps_however_they_are_cut() -> None:
    x = np.random.default_rng(0).normal(size=1010)
    whole, parts = Blocks(("a", "b")), Blocks(("a", "b"))
    assert whole.feed(np.arange(1, 1011), {"a": x}) == list(range(40))
    for start in range(0, 1010, 7):
        parts.feed(np.arange(start + 1, min(start + 8, 1011)), {"a": x[start : start + 7]})
    assert np.array_equal(whole.table, parts.table, equal_nan=True) and np.array_equal(whole.steps, parts.steps)
    assert np.allclose(whole.table[:, 0], np.median(x[:1000].reshape(40, 25), 1)) and np.isnan(whole.table[:, 1]).all()
    assert whole.steps[[0, -1]].tolist() == [25, 1000]


def test_an_alarm_is_patient_and_does_not_flutter() -> None:
    alarm = Alarm(patience=3, relief=2)
    looks = [(1, 0), (1, 0), (0, 1), (1, 0), (1, 0), (1, 0), (0, 0), (0, 1), (1, 0), (0, 1), (0, 1)]
    states = []
    for step, (bad, good) in enumerate(looks):
        alarm.look(step, bool(bad), bool(good))
        states.append(alarm.on)
    assert states == [False] * 5 + [True] * 5 + [False] and alarm.since == 3


def test_swings_count_the_crossings_of_a_band() -> None:
    t = np.arange(1000)
    wave = np.sin(2 * np.pi * t / 100)
    assert len(swings(wave, 0.5)) == 19 and np.allclose(np.diff(swings(wave, 0.5)), 50, atol=1)
    assert len(swings(0.4 * wave, 0.5)) == 0


def test_durations_are_spoken_in_round_numbers() -> None:
    assert [spoken(n) for n in (0, 1, 9, 99, 100, 1999, 12_345)] == ["1", "1", "5", "50", "100", "1,000", "10,000"]


# ---------------------------------------------------------------- the real game
def fed_by(learner: GANLearner, watch: GANWatch, steps: int) -> int | None:
    """Train so long; the number of steps after which a collapse was first reported."""
    flagged = None
    for start in range(0, steps, 10):
        table = torch.stack([take_step(learner).scalars for _ in range(10)]).numpy()
        here = np.arange(learner.steps_done - 9, learner.steps_done + 1)
        watch.on_steps(here, {k: table[:, i] for i, k in enumerate(learner.scalars)})
        if flagged is None and any(f.key == "collapse" for f in watch.findings()):
            flagged = start + 10
    return flagged


@pytest.mark.parametrize("kind", ["points", "image"])
@pytest.mark.parametrize("before", [0, 300])
def test_a_generator_whose_noise_is_zeroed_is_flagged_within_200_steps(kind: str, before: int) -> None:
    data = points() if kind == "points" else images()
    config = FAMILY.default_config("any", kind)
    sizes = {"hidden": 16, "layers": 1, "channels": 4, "batch_size": 16, "steps": 10_000}
    learner = GANLearner(config.replace(**{k: v for k, v in sizes.items() if k in params(config)}), data, 0)
    watch = learner.watch()
    assert fed_by(learner, watch, before) is None, "variety is no collapse"
    learner.model.generator.register_forward_pre_hook(lambda _, given: (torch.zeros_like(given[0]),))  # no noise arrives any more
    flagged = fed_by(learner, watch, 200)
    assert flagged is not None and flagged <= 200


@pytest.mark.usefixtures("small_data")
def test_the_window_hears_of_a_collapse_and_of_its_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    real, silent = GANLearner._generate, [True]

    def generate(self: GANLearner, n: int) -> torch.Tensor:
        if silent[0]:
            return self.model.generator(torch.zeros(n, self.config.latent_dim))
        return real(self, n)

    monkeypatch.setattr(GANLearner, "_generate", generate)
    config = GANConfig(hidden=16, layers=1, batch_size=16, steps=100_000, objective="rpgan", penalty="r1r2", learning_rate_g=2e-3)
    with Watched() as on:
        on.session.start(Recipe("gan", "points", config, 0, Compute(device="cpu", threads=1)), folder=tmp_path / "run")
        told = on.until(m.Health)
        assert [f.key for f in told.findings] == ["collapse"] and told.step <= 200 + 25
        silent[0] = False
        on.until(m.Health, lambda e: e.findings == (), timeout=60)


@pytest.mark.usefixtures("small_data")
def test_a_copy_trained_to_its_optimum_is_adopted_by_the_run(tmp_path: Any) -> None:
    config = GANConfig(hidden=32, layers=2, batch_size=16, steps=100_000)
    bounds = (-4.0, 4.0, -6.0, 4.0)
    with Watched() as on:
        on.session.start(Recipe("gan", "points", config, 0, Compute(device="cpu", threads=1)), folder=tmp_path / "run")
        on.step(5)
        on.session.pause()
        on.state("paused")
        before = on.ask(m.Game(bounds=bounds, resolution=8, n=10))
        best = on.ask(m.TrainToOptimum(bounds=bounds, resolution=8, steps=150), timeout=60)
        assert best.js_seen[-1] > before.js_seen + 0.05
        on.session.adopt("discriminator")
        on.until(m.Adopted, lambda e: e.part == "discriminator")
        after = on.until(m.Saved)
        assert after.step == before.step
        now = on.ask(m.Game(bounds=bounds, resolution=8, n=10))
        assert abs(now.js_seen - best.js_seen[-1]) < 1e-3 and now.js == before.js, "D is the trained copy, G the same"
