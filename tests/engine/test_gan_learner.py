"""The GAN's learner: rounds of the game, what is averaged, kept and resumed; D against fixed Gaussians in the closed form."""

from __future__ import annotations

import copy
import hashlib
import math
from typing import Any

import pytest
import torch
from engine_kit import images, points
from torch import Tensor

from playground.engine.config import ConfigError
from playground.engine.datasets.base import Dataset, Density
from playground.engine.families.gan import OBJECTIVES, PENALTY_HELP, GANConfig
from playground.engine.families.gan.learner import GANLearner, check_fit
from playground.engine.families.gan.model import GAN

SMALL: dict[str, Any] = {"hidden": 16, "layers": 2, "channels": 4, "batch_size": 16, "steps": 200}
EVERYTHING: dict[str, Any] = {
    "objective": "rpgan", "penalty": "r1r2", "penalty_end": 0.1, "instance_noise": 0.3, "packing": 2, "d_steps": 2, "fourier": 8,
    "spectral_norm": True, "decay": "cosine",
}  # fmt: skip
CASES: dict[str, dict[str, Any]] = {
    "everything": EVERYTHING,
    "critic on lines": {"objective": "wgan_gp", "penalty_weight": 10.0},
    "clipped": {"objective": "wgan", "clip": 0.05},
    "pictures": {"data": "image", "objective": "hinge", "penalty": "r1", "packing": 2},
    "pictures, fully connected": {"data": "image", "network": "mlp", "objective": "lsgan", "penalty": "gp0"},
}


def learner(seed: int = 0, data: str | Dataset = "points", precision: str = "fp32", **changes: Any) -> GANLearner:
    made = data if isinstance(data, Dataset) else points() if data == "points" else images()
    return GANLearner(GANConfig(**{**SMALL, **changes}), made, seed, precision=precision)


def advance(one: GANLearner, to: int, parts: tuple[str, ...] = ("both",)) -> list[dict[str, float]]:
    out = []
    while one.steps_done < to:
        values = one.step(parts[one.steps_done % len(parts)])
        out.append(dict(zip(one.scalars, values.tolist(), strict=True)))
        one.steps_done += 1
    return out


def weights(module: torch.nn.Module) -> list[Tensor]:
    return [p.detach().clone() for p in module.parameters()]


def same(a: list[Tensor], b: list[Tensor]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


# ---------------------------------------------------------------- rounds
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("data", ["points", "image"])
def test_every_objective_moves_both_players_and_reports_finite_numbers(objective: str, data: str) -> None:
    one = learner(data=data, objective=objective)
    d, g = weights(one.model.discriminator), weights(one.model.generator)
    seen = advance(one, 3)
    assert all(math.isfinite(v) for row in seen for v in row.values())
    assert not same(d, weights(one.model.discriminator)) and not same(g, weights(one.model.generator))
    assert all(row["gradient_d"] > 0 and row["gradient_g"] > 0 and row["diversity"] > 0 for row in seen)
    assert all(math.isclose(row["value"], row["log_d_real"] + row["log_d_fake"], rel_tol=1e-5) for row in seen)


@pytest.mark.parametrize("penalty", PENALTY_HELP)
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_every_penalty_counts_unless_its_weight_is_zero(penalty: str, precision: str) -> None:
    (seen,) = advance(learner(penalty=penalty, penalty_weight=2.0, precision=precision), 1)
    (light,) = advance(learner(penalty=penalty, penalty_weight=0.0, precision=precision), 1)
    assert (seen["penalty"] > 0) == (penalty != "none") and light["penalty"] == 0
    assert seen["loss_d"] == light["loss_d"], "the loss is reported without its penalty"
    assert (seen["gradient_d"] != light["gradient_d"]) == (penalty != "none")


def test_half_a_round_moves_one_player_and_measures_the_other() -> None:
    one = learner(**EVERYTHING)
    for part in ("d", "g", "both"):
        d, g, shown = (weights(m) for m in (one.model.discriminator, one.model.generator, one.model.averaged))
        (seen,) = advance(one, one.steps_done + 1, (part,))
        moved = part in ("d", "both"), part in ("g", "both")
        assert (not same(d, weights(one.model.discriminator)), not same(g, weights(one.model.generator))) == moved
        assert same(shown, weights(one.model.averaged)) == (part == "d")
        assert all(math.isfinite(v) for v in seen.values()) and seen["gradient_d"] > 0 and seen["gradient_g"] > 0


def test_every_update_of_the_discriminator_sees_real_items_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    one, asked = learner(d_steps=3), []
    batches = one.batches
    one.batches = lambda index: asked.append(index) or batches(index)  # type: ignore[assignment, func-returns-value, return-value]
    advance(one, 4)
    assert asked == list(range(12))


def test_a_round_is_adam_on_the_losses_by_hand() -> None:
    """Non-saturating, one round from the same start with torch's own optimizer and cross-entropy."""
    one = learner(adam_beta1=0.3, adam_beta2=0.9, learning_rate_d=1e-2, learning_rate_g=3e-2, averaging=0.0)
    d, g = copy.deepcopy(one.model.discriminator), copy.deepcopy(one.model.generator)
    real = one.batches(0)
    z = torch.randn((16, 2), generator=torch.Generator().manual_seed(0))
    advance(one, 1)
    ones, zeros = torch.ones(16), torch.zeros(16)
    cross_entropy = torch.nn.functional.binary_cross_entropy_with_logits
    by_d = torch.optim.Adam(d.parameters(), 1e-2, betas=(0.3, 0.9))
    (cross_entropy(d(real[:, None]), ones) + cross_entropy(d(g(z).detach()[:, None]), zeros)).backward()
    by_d.step()
    by_g = torch.optim.Adam(g.parameters(), 3e-2, betas=(0.3, 0.9))
    cross_entropy(d(g(z)[:, None]), ones).backward()
    by_g.step()
    for mine, theirs in ((one.model.discriminator, d), (one.model.generator, g)):
        assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(mine.parameters(), theirs.parameters(), strict=True))


def test_clipped_weights_stay_within_their_bounds() -> None:
    one = learner(objective="wgan", clip=0.02, learning_rate_d=0.1)
    advance(one, 3)
    assert max(float(w.abs().max()) for w in weights(one.model.discriminator)) == pytest.approx(0.02)
    one.apply_live("clip", 0.005)
    advance(one, 4)
    assert max(float(w.abs().max()) for w in weights(one.model.discriminator)) == pytest.approx(0.005)


# ---------------------------------------------------------------- what changes over the run
def test_rates_penalty_and_noise_change_as_declared() -> None:
    one = learner(
        penalty="r1", penalty_weight=4.0, penalty_end=0.01, instance_noise=0.8, noise_until=0.5, decay="cosine", steps=100,
        learning_rate_d=1e-3, learning_rate_g=2e-3,
    )  # fmt: skip
    assert one.noise_now() == pytest.approx(0.8) and one.penalty_now() == pytest.approx(4.0)
    one.steps_done = 25
    assert one.noise_now() == pytest.approx(0.08)  # half way to a hundredth
    one.steps_done = 50
    assert one.noise_now() == 0 and one.penalty_now() == pytest.approx(0.4)
    one.steps_done = 100
    assert one.penalty_now() == pytest.approx(0.04)
    seen = dict(zip(one.scalars, one.step().tolist(), strict=True))
    assert seen["learning_rate_d"] == pytest.approx(1e-5) and seen["learning_rate_g"] == pytest.approx(2e-5)


@pytest.mark.parametrize(("decay", "middle"), [("none", 1.0), ("cosine", 0.505), ("late", 1.0)])
def test_rates_fall_from_the_start_or_from_half_time(decay: str, middle: float) -> None:
    one = learner(decay=decay, steps=1000)
    seen = []
    for one.steps_done in (0, 500, 750, 1000):
        seen.append(one.decay_now())
    end = 1.0 if decay == "none" else 0.01
    assert seen[0] == 1 and seen[1] == pytest.approx(middle) and seen[3] == pytest.approx(end)
    assert decay != "late" or seen[2] == pytest.approx(0.505)


def test_live_changes_reach_the_optimisers() -> None:
    one = learner()
    for name, value in {"learning_rate_d": 0.0123, "adam_beta1": 0.25, "adam_beta2": 0.75}.items():
        one.apply_live(name, value)
    advance(one, 1)
    group = one.optimizers[0].param_groups[0]
    assert group["lr"] == 0.0123 and group["betas"] == (0.25, 0.75)


def test_instance_noise_is_added_to_everything_that_d_sees_in_units_of_the_data() -> None:
    one = learner(instance_noise=0.5, batch_size=4096)
    x = torch.zeros(4096, 2)
    added = one._seen(x)[:, 0]
    scale = one.model.discriminator.scale
    assert torch.allclose(added.std(0), 0.5 * scale, rtol=0.05) and scale[0] != scale[1]


@pytest.mark.parametrize("averaging", [0.0, 0.5, 0.995])
def test_shown_weights_are_the_moving_average(averaging: float) -> None:
    one = learner(averaging=averaging)
    expected = weights(one.model.generator)
    for n in range(6):
        advance(one, n + 1)
        mu = min(averaging, (1 + n) / (10 + n))
        expected = [mu * a + (1 - mu) * w for a, w in zip(expected, weights(one.model.generator), strict=True)]
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(weights(one.model.averaged), expected, strict=True))
    if averaging == 0:
        assert same(weights(one.model.averaged), weights(one.model.generator))


# ---------------------------------------------------------------- the model
def test_one_recipe_serves_data_of_every_scale() -> None:
    """The same game is played on data that are a hundred times as wide and lie elsewhere."""

    class Wider(Density):
        bounds = (-999.0, 999.0, -999.0, 999.0)

        def sample(self, n: int, generator: torch.Generator) -> Tensor:
            return 100 * base.density.sample(n, generator) + 70  # type: ignore[union-attr]

        def log_prob(self, x: Tensor) -> Tensor:
            raise NotImplementedError

        def entropy(self) -> float:
            raise NotImplementedError

    base = points()
    wide = Dataset("wide", "Wide", "points", 100 * base.train + 70, 100 * base.test + 70, density=Wider())
    for changes in (EVERYTHING, {"objective": "wgan_gp"}):
        narrow, broad = advance(learner(data=base, **changes), 10), advance(learner(data=wide, **changes), 10)
        for a, b in zip(narrow, broad, strict=True):
            assert a == pytest.approx(b, rel=0.01, abs=1e-3)


@pytest.mark.parametrize("latent", [1, 2, 5])
def test_a_generator_of_points_starts_flat_on_its_noise_with_the_spread_of_the_data(latent: int) -> None:
    one = learner(latent_dim=latent, hidden=64, seed=4)
    z = torch.randn(20_000, latent, generator=torch.Generator().manual_seed(0))
    flat = torch.nn.functional.pad(z, (0, max(0, 2 - latent)))[:, :2]
    with torch.no_grad():
        u = (one.model.generate(z) - one.model.generator.centre) / one.model.generator.scale
        assert float((u - flat).square().mean().sqrt()) < 0.3, "nearly so"
        for p in one.model.averaged.net.parameters():
            p.zero_()
        u = (one.model.generate(z) - one.model.generator.centre) / one.model.generator.scale
    assert torch.allclose(u, flat, atol=1e-5), "exactly so but for its net"


def test_critics_are_counted_from_the_middle_between_real_and_generated() -> None:
    one = learner(objective="hinge", learning_rate_d=1e-3, batch_size=256, steps=1000)
    advance(one, 40)
    for name in ("learning_rate_d", "learning_rate_g"):
        one.apply_live(name, 1e-6)  # both stand all but still: the mean settles
    advance(one, 120)
    model, z = one.model, torch.randn(20_000, 2, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        x = one.data.density.sample(20_000, torch.Generator().manual_seed(2))  # type: ignore[union-attr]
        real, fake = model.score(x).mean(), model.score(model.generator(z)).mean()
    assert not model.is_probability
    assert abs(float(model.midpoint)) > 0.04 and float(model.midpoint) == pytest.approx(float((real + fake) / 2), abs=0.02)
    x = one.data.test
    assert torch.allclose(model.probability(x), torch.sigmoid(model.score(x) - model.midpoint))
    assert torch.allclose(model.probability(x, 0.3), torch.sigmoid(model.score(x) - 0.3))


@pytest.mark.parametrize("objective", ["minimax", "nonsaturating", "lsgan"])
def test_a_probability_needs_no_midpoint(objective: str) -> None:
    one = learner(objective=objective)
    advance(one, 3)
    model, x = one.model, 3 * one.data.test
    expected = model.score(x).clamp(0, 1) if objective == "lsgan" else torch.sigmoid(model.score(x))
    assert model.is_probability and float(model.midpoint) == 0 and torch.equal(model.probability(x), expected)


@pytest.mark.parametrize("data", ["points", "image"])
def test_a_packed_discriminator_judges_single_items_by_their_own_share(data: str) -> None:
    """For a D that adds up its items, scores of two items differ by what the items alone contribute."""

    class Sum(torch.nn.Module):
        def forward(self, packs: Tensor) -> Tensor:
            return packs.flatten(2).sum(2).square().sum(1)

    one = learner(data=data, packing=4)
    advance(one, 2)
    x = one.batches(0)
    assert one.model.score(x).shape == (16,) and one.model.companions.shape == (4, 3, *one.data.shape)
    one.model.discriminator = Sum()  # type: ignore[assignment]
    own = x.flatten(1).sum(1).square()
    assert torch.allclose(one.model.score(x) - one.model.score(x)[0], own - own[0], rtol=1e-3, atol=1e-3)
    packs = one.model.companions
    assert not torch.equal(packs[:2], packs[2:]) and packs.abs().sum() > 0


@pytest.mark.parametrize("data", ["points", "image"])
def test_generated_items_have_the_shape_and_the_range_of_the_data(data: str) -> None:
    one = learner(data=data)
    x = one.model.generate(50 * torch.randn(5, one.model.latent_dim))
    assert x.shape == (5, *one.data.shape) and x.dtype == torch.float32
    assert data == "points" or x.abs().max() <= 1


# ---------------------------------------------------------------- state
def digest(state: dict[str, Tensor]) -> str:
    whole = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].contiguous()
        whole.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode() + tensor.numpy().tobytes())
    return whole.hexdigest()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("cut", [1, 33])
def test_a_learner_goes_on_bit_for_bit(case: str, cut: int) -> None:
    torch.set_num_threads(1)
    parts, end = ("both", "both", "d", "both", "g"), 70
    whole = learner(**CASES[case])
    expected = advance(whole, end, parts)
    first = learner(**CASES[case])
    advance(first, cut, parts)
    kept = {k: v.clone() for k, v in first.state().items()}
    second = learner(**CASES[case])
    advance(second, 3)  # a learner with a past of its own
    second.load_state(kept, cut)
    assert digest(second.state()) == digest(kept)
    assert advance(second, end, parts) == expected[cut:]
    assert digest(second.state()) == digest(whole.state())


def test_nothing_comes_from_the_global_stream_and_seeds_differ() -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first = learner(seed=1, **EVERYTHING)
    advance(first, 2)
    assert torch.equal(before, torch.random.get_rng_state())
    torch.manual_seed(6)
    again, other = learner(seed=1, **EVERYTHING), learner(seed=2, **EVERYTHING)
    advance(again, 2)
    assert digest(first.state()) == digest(again.state())
    assert digest(first.state()) != digest(other.state())


@pytest.mark.parametrize("case", CASES)
def test_a_snapshot_keeps_up_with_weights_and_buffers(case: str) -> None:
    one = learner(**CASES[case])
    snapshot = one.snapshot()
    assert isinstance(snapshot, GAN) and not snapshot.training
    advance(one, 3)
    one.refresh(snapshot)
    mine, theirs = one.model.state_dict(), snapshot.state_dict()
    assert all(torch.equal(mine[k], theirs[k]) and mine[k].data_ptr() != theirs[k].data_ptr() for k in mine)
    x = one.batches(0)
    still = snapshot.score(x)
    assert torch.equal(still, snapshot.score(x)), "asking changes nothing"
    assert snapshot.generate(torch.zeros(2, 2)).requires_grad is False


def test_adopting_a_discriminator_takes_its_weights_and_forgets_adams_past() -> None:
    one, other = learner(), learner(seed=3)
    advance(one, 5)
    one.adopt("discriminator", other.model.discriminator.state_dict())
    assert same(weights(one.model.discriminator), weights(other.model.discriminator))
    assert not one.optimizers[0].state and one.optimizers[1].state
    assert all(math.isfinite(v) for v in advance(one, 6)[0].values())
    with pytest.raises(ConfigError):
        one.adopt("generator", {})


def test_parameters_are_those_that_train() -> None:
    one = learner()
    g, d = 2 * 16 + 16 + 16 * 16 + 16 + 16 * 2 + 2 + 2 * 2, 2 * 16 + 16 + 16 * 16 + 16 + 16 + 1
    assert one.parameters() == g + d


@pytest.mark.parametrize(
    ("field", "changes", "kind", "shape"),
    [("network", {"network": "conv"}, "points", (2,)), ("network", {}, "image", (1, 6, 9))],
)
def test_recipes_that_cannot_be_trained_are_refused(field: str, changes: dict, kind: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError) as refused:
        check_fit(GANConfig(**changes), kind, shape)
    assert refused.value.field == field and refused.value.reason.endswith(".")


def test_a_batch_is_cut_into_whole_packs() -> None:
    with pytest.raises(ConfigError) as refused:
        GANConfig(batch_size=10, packing=4)
    assert refused.value.field == "packing"


# ---------------------------------------------------------------- D against fixed Gaussians
class Shifted(Density):
    """N((mu, 0), I)."""

    bounds = (-9.0, 9.0, -9.0, 9.0)

    def __init__(self, mu: float) -> None:
        self.mean = torch.tensor([mu, 0.0])

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        return self.mean + torch.randn((n, 2), generator=generator)

    def log_prob(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def entropy(self) -> float:
        raise NotImplementedError


@pytest.mark.slow
@pytest.mark.parametrize(("mu", "entropy"), [(0.5, 0.66284), (1.0, 0.58173), (2.0, 0.35632), (3.0, 0.16637)])
def test_a_discriminator_of_fixed_gaussians_reaches_the_optimum(mu: float, entropy: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """N(mu, 1) against N(0, 1): mean cross-entropy ln 2 - JSD, logit mu x - mu^2/2 (Goodfellow et al. 2014, proposition 1).

    The first coordinate differs, the second is the same noise in both. G stands still: half rounds, and noise as its items.
    """
    torch.set_num_threads(1)
    law = Shifted(mu)
    x = law.sample(2000, torch.Generator().manual_seed(0))
    data = Dataset("shifted", "Shifted", "points", x, x, density=law)
    config = GANConfig(batch_size=1024, steps=2000, learning_rate_d=3e-3, hidden=64, layers=2, decay="cosine")
    one = GANLearner(config, data, 0)
    monkeypatch.setattr(one, "_generate", lambda n: torch.randn((n, 2), generator=one.noise))
    monkeypatch.setattr(one, "_play_g", lambda real, fake, rate: torch.zeros(2))
    advance(one, config.steps, ("d",))
    stream = torch.Generator().manual_seed(9)
    real, fake = law.sample(200_000, stream), Shifted(0.0).sample(200_000, stream)
    with torch.no_grad():
        at_real, at_fake = one.model.score(real), one.model.score(fake)
    reached = (torch.nn.functional.softplus(-at_real).mean() + torch.nn.functional.softplus(at_fake).mean()) / 2
    assert float(reached) == pytest.approx(entropy, abs=0.005)
    both, logits = torch.cat([real, fake]).double(), torch.cat([at_real, at_fake]).double()
    ones = torch.ones(len(both), 1, dtype=torch.float64)
    slope = torch.linalg.lstsq(torch.cat([both, ones], 1), logits[:, None]).solution.flatten()
    assert float(slope[0]) == pytest.approx(mu, rel=0.05) and abs(float(slope[1])) < 0.05 * mu
    assert float(slope[2]) == pytest.approx(-(mu**2) / 2, rel=0.05, abs=0.02)
