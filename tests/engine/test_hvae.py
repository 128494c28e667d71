"""The hierarchical VAE: its bound is the diffusion's with fixed encoders, the VAE's with one learned one, and right where a closed
form tells what it should be.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from engine_kit import images, points
from torch import Tensor, nn

from playground.engine import messages as m
from playground.engine.answers import Asked, Likelihood
from playground.engine.config import ConfigError
from playground.engine.datasets.base import Dataset, to_float
from playground.engine.families.diffusion.bound import BoundTerms, bound_terms, byte_log_prob, step_terms
from playground.engine.families.hybrids.hvae import FAMILY, HVAEConfig
from playground.engine.families.hybrids.hvae.answers import HVAEAnswers
from playground.engine.families.hybrids.hvae.evaluation import mean_terms
from playground.engine.families.hybrids.hvae.fixed import FixedHierarchy, as_diffusion
from playground.engine.families.hybrids.hvae.learned import LearnedHierarchy
from playground.engine.families.hybrids.hvae.learner import HVAELearner
from playground.engine.families.hybrids.hvae.model import Terms, log_byte_mass
from playground.engine.families.vae import VAEConfig
from playground.engine.families.vae.evaluation import elbo_terms
from playground.engine.families.vae.model import VAE

TINY: dict[str, Any] = {"hidden": 24, "layers": 1, "channels": 4, "batch_size": 64}
FIXED: dict[str, Any] = {**TINY, "encoders": "fixed"}
LEARNED: dict[str, Any] = {**TINY, "encoders": "learned", "code_dim": 2}


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def trained(data: Dataset, steps: int, **changes: Any) -> HVAELearner:
    """A few steps, so that no network is zero any more."""
    learner = HVAELearner(HVAEConfig(**{**changes, "learning_rate": 1e-2, "averaging": 0.0}), data, 0)
    for _ in range(steps):
        learner.step()
        learner.steps_done += 1
    return learner


@torch.no_grad()
def terms_of(model: Any, x: Tensor, seed: int = 1, draws: int = 1) -> Terms:
    *_, found = mean_terms(model, x, random(seed), 20_000, draws)
    assert isinstance(found, Terms)
    return found


def error(values: Tensor) -> float:
    return float(values.std()) / math.sqrt(len(values))


def answers_of(learner: HVAELearner) -> HVAEAnswers:
    return learner.answers(learner.snapshot(), learner.config, learner.data, "cpu", {})  # type: ignore[return-value]


ASKED = Asked("run", 1, "", 5, 0.0)


# ---------------------------------------------------------------- fixed encoders: a diffusion
@pytest.mark.parametrize("variance", ["learned", "diffusion"])
def test_each_step_has_the_diffusions_formula(variance: str) -> None:
    """Of the same network on the same noise: the terms agree number by number, but for a learned width of the last decoder."""
    learner = trained(points(), 30, **FIXED, num_layers=12, decoders="shared", variance=variance)
    own = learner.model.own
    assert isinstance(own, FixedHierarchy)
    diffusion = as_diffusion(own)
    x0 = own.inward(to_float(learner.data.test[:64]))
    t, eps = torch.arange(1, 12).repeat(6)[:64], torch.randn((64, 2), generator=random())
    with torch.no_grad():
        ours = own.term(x0, t, eps).double()
        squares = (x0 - own.believed(own.noised(x0, t, eps), t).x0).double().square().sum(1)
    per_square, constant = (torch.tensor(v)[t] for v in step_terms(diffusion))
    assert torch.allclose(ours, per_square * squares + 2 * constant, rtol=1e-4, atol=1e-6)
    assert (ours > 0).all()
    sigma = float(own.level[0] / own.signal[0])
    assert (abs(float(own.open().detach()[0]) / sigma**2 - 1) < 1e-5) == (variance == "diffusion")


@pytest.mark.parametrize("kind", ["points", "image"])
def test_the_bound_is_that_of_a_diffusion_with_the_same_schedule_and_network(kind: str) -> None:
    data = points(2000) if kind == "points" else images(size=8, n=300)
    learner = trained(data, 60, **FIXED, num_layers=12, decoders="shared", variance="diffusion", schedule="sigmoid")
    x, own = to_float(data.test), learner.model.own
    assert isinstance(own, FixedHierarchy)
    ours = terms_of(own, x, draws=4)
    with torch.no_grad():
        *_, theirs = bound_terms(as_diffusion(own), x, random(2), 20_000, 4)
    assert isinstance(theirs, BoundTerms)
    assert torch.allclose(ours.layers[:, -1], theirs.prior.double(), rtol=1e-4, atol=1e-6), "known: no chance in it"
    parts = [(ours.reconstruction, theirs.reconstruction), (ours.layers[:, :-1].sum(1), theirs.groups.sum(1)),
             (ours.total, theirs.total)]  # fmt: skip
    for a, b in parts:
        difference = a - b.double()  # of the same items: what makes them differ from each other falls out
        assert abs(float(difference.mean())) < 4 * error(difference)
        assert error(difference) < 0.02 * float(ours.total.mean().abs()) + 0.02, "and the test would see a difference"


def test_what_no_diffusion_is_is_refused() -> None:
    for changes in ({"num_layers": 3, "decoders": "shared"}, {"num_layers": 4, "decoders": "per_layer"}):
        own = HVAELearner(HVAEConfig(**{**FIXED, **changes}), points(), 0).model.own
        assert isinstance(own, FixedHierarchy)
        with pytest.raises(ValueError, match="one network"):
            as_diffusion(own)


class Ideal(nn.Module):
    """v of E[x|z_l] for data N(0, s^2 I) on the model's scale: x_hat = s^2 sqrt(a) z / (1 - a + a s^2)."""

    def __init__(self, alpha_bar: np.ndarray, variance: float) -> None:
        super().__init__()
        self.a, self.variance = torch.tensor(alpha_bar, dtype=torch.float32), variance

    def forward(self, z: Tensor, t: Tensor) -> Tensor:
        a = self.a[t][:, None]
        x_hat = a.sqrt() * self.variance * z / (1 - a + a * self.variance)
        return (a.sqrt() * z - x_hat) / (1 - a).sqrt()  # x = sqrt(a) z - sqrt(1 - a) v


@pytest.mark.parametrize("num_layers", [1, 2, 5, 40])
def test_gaussian_data_with_the_best_decoder_have_a_bound_in_closed_form(num_layers: int) -> None:
    """x ~ N(0, s^2 I): every posterior is Gaussian, so the best decoder leaves no gap but KL(q(z_L) || N(0, I)), by the chain rule:
    E[bound] = H(x) + KL(q(z_L) || N(0, I)), with q(z_L) = N(0, a s^2 + 1 - a). Exactly, with any number of layers.
    """
    s2, d = 0.6, 2
    model = FixedHierarchy((d,), "points", HVAEConfig(**FIXED, num_layers=num_layers, decoders="shared"))
    a = model.schedule.alpha_bar
    model.net = Ideal(a, s2)
    with torch.no_grad():
        model.log_open.copy_(torch.tensor(s2 * (1 - a) / (1 - a + a * s2)).log())
        model.scale.fill_(3.0)  # units of the data are three times as small
    x = 3 * s2**0.5 * torch.randn((40_000, d), generator=random())
    found = terms_of(model, x).total
    v = a[-1] * s2 + 1 - a[-1]
    expected = d * (0.5 * math.log(2 * math.pi * math.e * 9 * s2) + 0.5 * (v - 1 - math.log(v)))
    assert abs(float(found.mean()) - expected) < 4 * error(found) and error(found) < 0.02


def test_a_worse_decoder_has_a_larger_bound_by_what_the_formula_says() -> None:
    """x_hat = 0 at every layer: the squared error is |x|^2, and the best width is the data's own."""
    model = FixedHierarchy((2,), "points", HVAEConfig(**FIXED, num_layers=3, decoders="shared"))

    class Nothing(nn.Module):
        def forward(self, z: Tensor, t: Tensor) -> Tensor:
            return model._table(model.signal, t, z) / model._table(model.level, t, z) * z

    model.net = Nothing()
    with torch.no_grad():
        model.log_open.zero_()
    x = torch.randn((30_000, 2), generator=random())
    found, a = terms_of(model, x), model.schedule.alpha_bar
    expected = [1 + math.log(2 * math.pi)]  # E[-log N(x; 0, I)]
    for t in (1, 2):
        beta = 1 - a[t] / a[t - 1]
        v, c2 = beta * (1 - a[t - 1]) / (1 - a[t]), a[t - 1] * beta**2 / (1 - a[t]) ** 2
        expected.append(math.log((v + c2) / v))  # d/2 (ln w/v + v/w - 1) + c^2 d / (2 w), with d = 2
    got = [found.reconstruction, found.layers[:, 0], found.layers[:, 1]]
    assert all(abs(float(g.mean()) - e) < 4 * error(g) + 1e-5 for g, e in zip(got, expected, strict=True))


def test_one_layer_for_each_item_is_an_estimate_without_bias() -> None:
    """What training minimises has the mean of the bound, whatever share of the batch a layer has."""
    learner = HVAELearner(HVAEConfig(**{**FIXED, "num_layers": 5, "batch_size": 2, "learning_rate": 1e-6}), points(), 0)
    own = learner.model.own
    x = own.inward(to_float(learner.data.train[:2]))
    with torch.no_grad():
        draws = torch.stack([torch.stack(learner._a_layer(own, x)) for _ in range(1500)]).double()
    whole = terms_of(own, to_float(learner.data.train[:2]).repeat(1500, 1))
    for mine, exact in ((draws[:, 0], whole.reconstruction), (draws[:, 1], whole.layers.sum(1))):
        assert abs(float(mine.mean() - exact.mean())) < 4 * (error(mine) + error(exact))


def test_decoders_of_their_own_answer_for_their_own_layer() -> None:
    own = HVAELearner(HVAEConfig(**{**FIXED, "num_layers": 4, "decoders": "per_layer"}), points(), 0).model.own
    assert isinstance(own, FixedHierarchy)
    with torch.no_grad():
        for layer, net in enumerate(own.net.nets):  # type: ignore[union-attr, arg-type]
            net.net.last.bias.fill_(float(layer))  # type: ignore[union-attr]
        out = own.net(torch.zeros(5, 2), torch.tensor([3, 0, 1, 1, 2]))
    assert out[:, 0].tolist() == [3, 0, 1, 1, 2]


# ---------------------------------------------------------------- learned encoders: a VAE
@pytest.mark.parametrize("kind", ["points"])
def test_one_learned_layer_has_the_vaes_bound(kind: str) -> None:
    """The same weights in a VAE: KL number by number, the reconstruction to sampling error."""
    learner = trained(points(2000), 60, **LEARNED, num_layers=1)
    own = learner.model.own
    assert isinstance(own, LearnedHierarchy)
    vae = VAE((2,), "points", VAEConfig(latent_dim=2, likelihood="gaussian_z", network="mlp", hidden=24, layers=1))
    scale = float(own.scale)
    with torch.no_grad():
        vae.encoder[1].load_state_dict(own.encoders[0].state_dict())  # type: ignore[index]
        vae.decoder.load_state_dict(own.decoders[0].state_dict())
        vae.centre.copy_(own.centre)
        vae.encoder[1][0].weight /= scale  # type: ignore[index]
        last = vae.decoder[-1]  # type: ignore[index]
        last.weight[:-1] *= scale
        last.bias[:-1] = last.bias[:-1] * scale + own.centre
        last.bias[-1] += math.log(scale)
        x = to_float(learner.data.test)
        reconstruction, kl, _ = elbo_terms(vae, x, random(3), draws=4)
    ours = terms_of(own, x, draws=4)
    assert torch.allclose(ours.layers[:, 0], kl.sum(1).double(), rtol=1e-4, atol=1e-5)
    difference = ours.reconstruction - reconstruction.double()
    assert abs(float(difference.mean())) < 4 * error(difference) and error(difference) < 0.05


class Affine(nn.Module):
    """z -> (gain z, ln variance) in every coordinate; with ``one`` variance, a single number an item."""

    def __init__(self, gain: float, variance: float, one: bool = False) -> None:
        super().__init__()
        self.gain, self.log, self.one = gain, math.log(variance) * (0.5 if one else 1.0), one

    def forward(self, z: Tensor) -> Tensor:
        return torch.cat([self.gain * z, torch.full_like(z[:, :1] if self.one else z, self.log)], 1)


def test_a_chain_of_gaussians_with_the_best_encoders_has_no_gap_at_all() -> None:
    """z_3 ~ N(0, 1), then z_2, z_1 and x each 0.8 times the one above plus noise of variance 0.36: all of them are N(0, 1), and the
    encoders are the same backwards. So -ELBO is -log N(x; 0, 1) for every item, whatever was drawn, though each term has chance.
    """
    model = LearnedHierarchy((2,), "points", HVAEConfig(**LEARNED, num_layers=3))
    model.encoders = nn.ModuleList(Affine(0.8, 0.36) for _ in range(3))
    model.decoders = nn.ModuleList(Affine(0.8, 0.36, one=layer == 0) for layer in range(3))
    x = torch.randn((5000, 2), generator=random())
    found = terms_of(model, x)
    bound = found.total
    expected = 0.5 * x.double().square().sum(1) + math.log(2 * math.pi)
    assert abs(float((bound - expected).mean())) < 4 * error(bound - expected)
    kl = 2 * 0.5 * (0.64 + 0.36 - 1 - math.log(0.36))  # E KL(N(0.8 z, 0.36) || N(0, 1)) with z ~ N(0, 1), two coordinates
    assert abs(float(found.layers[:, 2].mean()) - kl) < 4 * error(found.layers[:, 2])
    for layer in (0, 1):  # E[log q(z|x) - log p(z|z')]: the two have the same mean here
        assert abs(float(found.layers[:, layer].mean())) < 4 * error(found.layers[:, layer])


def test_a_middle_layer_may_cost_less_than_nothing_but_the_sum_of_codes_may_not() -> None:
    """z_2 tells z_1 almost exactly, which x does not: log q(z_1|x) - log p(z_1|z_2) is negative, and z_2 costs the more."""
    model = LearnedHierarchy((2,), "points", HVAEConfig(**LEARNED, num_layers=2))
    model.encoders = nn.ModuleList([Affine(0.8, 0.36), Affine(1.0, 1e-4)])
    model.decoders = nn.ModuleList([Affine(0.8, 0.36, one=True), Affine(1.0, 1e-4)])
    found = terms_of(model, torch.randn((5000, 2), generator=random()))
    assert float(found.layers[:, 0].mean()) < -4 and float(found.layers.sum(1).mean()) > 0


# ---------------------------------------------------------------- pictures
def test_bytes_have_probabilities_that_add_up_to_one() -> None:
    x = torch.arange(256, dtype=torch.float64)[:, None] / 255 * 2 - 1
    for mean, sigma in ((0.3, 0.1), (-0.99, 0.02), (1.4, 0.5)):
        log_sigma = torch.tensor(math.log(sigma), dtype=torch.float64)
        log_p = log_byte_mass(x, torch.full((256, 1), mean, dtype=torch.float64), log_sigma)
        assert abs(float(log_p.exp().sum()) - 1) < 1e-9
        theirs = byte_log_prob(x, torch.full((256, 1), mean, dtype=torch.float64), sigma)
        told = theirs > math.log(1e-10)  # theirs has a floor
        assert told.sum() > 5 and torch.allclose(log_p[told], theirs[told], atol=1e-4)


def test_bytes_far_from_the_mean_still_pull_at_it() -> None:
    mean = torch.tensor([-0.9], requires_grad=True)
    log_p = log_byte_mass(torch.tensor([0.9]), mean, torch.tensor(math.log(0.02)))
    log_p.sum().backward()
    assert math.isclose(float(log_p.detach()), -0.5 * 90**2, rel_tol=0.02)
    assert mean.grad is not None and math.isclose(float(mean.grad), 1.8 / 0.02**2, rel_tol=0.02)


# ---------------------------------------------------------------- what is answered
@pytest.mark.parametrize("changes", [
    {**LEARNED, "num_layers": 3}, {**LEARNED, "num_layers": 2, "code_dim": 1}, {**LEARNED, "num_layers": 2, "code_dim": 5},
    {**FIXED, "num_layers": 1}, {**FIXED, "num_layers": 6, "decoders": "shared"},
])  # fmt: skip
@pytest.mark.parametrize("kind", ["points", "image"])
def test_the_chain_has_a_frame_for_every_layer(kind: str, changes: dict[str, Any]) -> None:
    data = points() if kind == "points" else images()
    answers = answers_of(trained(data, 3, **changes))
    with torch.no_grad():
        frames: list[m.ChainFrame] = list(answers.run_chain(ASKED, m.RunChain(n=4, seed=2)))  # type: ignore[arg-type]
    count = changes["num_layers"]
    assert [f.t for f in frames] == list(range(count - 1, -2, -1)) and {f.total for f in frames} == {count}
    item = (2,) if kind == "points" else (12, 12)
    for f in frames:
        for x in (f.x_t, f.x0_pred, f.eps_pred, f.mean, f.noise):
            assert x.shape == (4, *item) and x.dtype == (np.float32 if kind == "points" else np.uint8)
        known = changes["encoders"] == "fixed" or f.t < 0
        assert math.isfinite(f.numbers["alpha_bar_next"]) == known, "nobody knows how much of a learned code is signal"
    small = kind == "image" and changes["encoders"] == "learned"
    assert all((f.latent is not None) == small for f in frames), "the window keeps them all or none"
    if small:
        assert len({f.latent.shape for f in frames if f.latent is not None}) == 1
        with torch.no_grad():
            z = torch.tensor(frames[0].z)
            assert np.array_equal(frames[0].x_t, answers.show(answers.items_of(z))), "what the codes decode to"
    with torch.no_grad():
        *_, samples = answers.draw_samples(ASKED, m.DrawSamples(n=4, seed=2))
    assert np.array_equal(samples.x, frames[-1].x_t) and frames[-1].nfe == count  # type: ignore[attr-defined]


def test_samples_of_a_chain_of_gaussians_have_its_distribution() -> None:
    """Both kinds, with decoders that are known to be right: x ~ N(0, s^2 I)."""
    model: Any = LearnedHierarchy((2,), "points", HVAEConfig(**LEARNED, num_layers=3))
    model.encoders = nn.ModuleList(Affine(0.8, 0.36) for _ in range(3))
    model.decoders = nn.ModuleList(Affine(0.8, 0.36, one=layer == 0) for layer in range(3))
    *_, last = model.walk(torch.randn((20_000, 2), generator=random(2)), random(3))
    assert abs(float(last.x.std()) - 1) < 0.02
    model = FixedHierarchy((2,), "points", HVAEConfig(**FIXED, num_layers=6, decoders="shared"))
    a = model.schedule.alpha_bar
    model.net = Ideal(a, 0.6)
    with torch.no_grad():
        model.log_open.copy_(torch.tensor(0.6 * (1 - a) / (1 - a + a * 0.6)).log())
        *_, last = model.walk(torch.randn((20_000, 2), generator=random(2)), random(3))
    assert abs(float(last.x.std()) - 0.6**0.5) < 0.02, "the noise of every step is what the item's own spread needs"


def test_items_come_back_from_their_codes_with_many_fixed_layers() -> None:
    """DDIM forth and back. Its error falls with the number of layers."""
    model = FixedHierarchy((2,), "points", HVAEConfig(**FIXED, num_layers=100, decoders="shared"))
    model.net = Ideal(model.schedule.alpha_bar, 0.6)
    x = torch.randn((50, 2), generator=random()) * 0.6**0.5
    *_, z = model.codes_of(x)
    assert float((model.items_of(z.flatten(1)) - x).square().mean().sqrt()) < 0.05
    assert torch.allclose(z, x / 0.6**0.5, atol=0.06), "the flow from one Gaussian to the other only stretches"


def test_likelihoods_and_the_layers_are_the_same_bound() -> None:
    learner = trained(points(1000), 40, **FIXED, num_layers=6, decoders="shared")
    answers = answers_of(learner)
    with torch.no_grad():
        *_, found = answers.likelihoods(to_float(learner.data.test))
        *_, bound = answers.layer_bound(ASKED, m.LayerBound(n=1000))
    assert isinstance(found, Likelihood) and found.kind == "bound" and found.nll.shape == (1000,)
    assert isinstance(bound, m.LayerBoundOf) and len(bound.layers) == len(bound.layers_se) == 6 and bound.n == 1000
    assert math.isclose(bound.total, bound.reconstruction + float(bound.layers.sum()), rel_tol=1e-6)
    assert abs(bound.total - float(found.nll.mean())) < 4 * bound.total_se and bound.entropy is not None
    assert abs(bound.gap - (bound.total - bound.entropy)) < 4 * bound.total_se and bound.gap_se > 0 and math.isnan(bound.per_dim)
    scalars, vectors = answers.monitor()
    assert abs(scalars["test_neg_elbo"] - bound.entropy - bound.gap) < 0.1 and len(vectors["nats_by_layer"]) == 6


def test_pictures_have_bits_per_dimension() -> None:
    answers = answers_of(trained(images(), 3, **LEARNED, num_layers=2))
    with torch.no_grad():
        *_, bound = answers.layer_bound(ASKED, m.LayerBound(n=20))
    assert isinstance(bound, m.LayerBoundOf) and bound.entropy is None and math.isnan(bound.gap)
    assert math.isclose(bound.per_dim, bound.total / math.log(2) / 144)


# ---------------------------------------------------------------- recipes
def test_what_cannot_be_trained_is_said() -> None:
    for field, changes in {
        "num_layers": {"encoders": "learned", "num_layers": 6}, "decoders": {"num_layers": 17, "decoders": "per_layer"},
        "warm_up": {"encoders": "learned", "warm_up": 100, "steps": 10},
    }.items():  # fmt: skip
        with pytest.raises(ConfigError) as found:
            HVAEConfig(**changes)  # type: ignore[arg-type]
        assert found.value.field == field
    with pytest.raises(ConfigError, match="U-Net"):
        HVAELearner(HVAEConfig(network="unet"), points(), 0)


def test_a_code_has_a_size_of_its_own_with_learned_encoders_alone() -> None:
    assert HVAEConfig(encoders="learned", code_dim=7).latent_dim == 7
    assert not hasattr(HVAEConfig(encoders="fixed"), "latent_dim")
    assert FAMILY.default_config("moons", "points").encoders == "fixed"  # type: ignore[attr-defined]


def test_more_layers_come_nearer_to_the_data() -> None:
    """A few hundred steps suffice to see it: a single Gaussian step cannot make a correlated Gaussian as well as many can."""
    gaps = []
    for count in (1, 8):
        learner = trained(points(2000), 250, **{**FIXED, "batch_size": 128}, num_layers=count, decoders="shared")
        x = to_float(learner.data.test)
        density = learner.data.density
        assert density is not None
        gaps.append(float((density.log_prob(x) + terms_of(learner.model.averaged, x).total).mean()))
    assert gaps[0] > gaps[1] + 0.05 and gaps[1] > -0.02
