"""The VAE-GAN: it is a VAE where both weights are 0, its gradients are those of the paper, its numbers are what they say."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
import torch
from engine_kit import images, points
from torch import Tensor

from playground.engine import messages as m
from playground.engine.answers import Asked
from playground.engine.datasets.base import Dataset, to_float
from playground.engine.families import FAMILIES
from playground.engine.families.hybrids.vae_gan.evaluation import reconstruction
from playground.engine.families.hybrids.vae_gan.learner import VAEGANLearner
from playground.engine.families.hybrids.vae_gan.model import feature_error
from playground.engine.families.vae import VAEConfig
from playground.engine.families.vae.learner import VAELearner

FAMILY = FAMILIES["vae_gan"]
SMALL: dict[str, Any] = {"hidden": 16, "layers": 1, "channels": 4, "latent_dim": 3, "batch_size": 9, "steps": 50,
                         "kl_weight": 1.0}  # fmt: skip


def learner(data: Dataset, **changes: Any) -> VAEGANLearner:
    config = FAMILY.default_config(data.name, data.kind).replace(**{"adversarial_weight": 10.0, **SMALL, **changes})
    found = FAMILY.learner_class()(config, data, 0)
    assert isinstance(found, VAEGANLearner)
    return found


def run(on: Any, steps: int) -> dict[str, list[float]]:
    """Scalars by name, one a step."""
    rows = []
    for _ in range(steps):
        rows.append(on.step())
        on.steps_done += 1
    return dict(zip(on.scalars, torch.stack(rows).T.tolist(), strict=True))


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian_learned"])
def test_without_both_weights_it_is_a_vae(likelihood: str) -> None:
    """Losses step by step, from the same seed: the same weights, the same noise, the same updates."""
    data = images()
    vae = VAELearner(VAEConfig(**SMALL, likelihood=likelihood, binarise="none", learning_rate=2e-3), data, 0)
    ours = learner(data, likelihood=likelihood, feature_weight=0.0, adversarial_weight=0.0, learning_rate=2e-3)
    theirs, found = run(vae, 6), run(ours, 6)
    assert found["loss"] == pytest.approx(theirs["loss"], rel=1e-4)
    for name in ("reconstruction", "kl"):
        assert found[name] == pytest.approx(theirs[name], rel=1e-3)
    assert found["loss"][0] != pytest.approx(found["loss"][-1], rel=1e-3), "it learns"


def test_of_points_too() -> None:
    data = points()
    vae = VAELearner(VAEConfig(**SMALL, likelihood="gaussian_learned"), data, 0)
    ours = learner(data, feature_weight=0.0, adversarial_weight=0.0)
    assert run(ours, 4)["loss"] == pytest.approx(run(vae, 4)["loss"], rel=1e-4)


def test_the_loss_is_the_mixture() -> None:
    for w, fool, beta in ((0.0, 0.0, 1.0), (0.25, 3.0, 2.0), (1.0, 10.0, 0.5)):
        s = {k: v[0] for k, v in run(learner(images(), feature_weight=w, adversarial_weight=fool, kl_weight=beta), 1).items()}
        expected = (1 - w) * s["reconstruction"] + w * s["feature_error"] + beta * s["kl"] + fool * s["loss_g"]
        assert s["loss"] == pytest.approx(expected, rel=1e-5) and s["pixel_weight"] == 1 - w


def gradients(on: VAEGANLearner) -> tuple[list[Tensor], list[Tensor]]:
    """Of encoder and decoder after one step, before it moved anything."""
    for i in range(2):
        on.optimizers[i].step = lambda *_: None  # type: ignore[method-assign,assignment]
    on.step()
    return [p.grad for p in on.model.encoder.parameters()], [p.grad for p in on.model.decoder.parameters()]  # type: ignore[misc]


def test_the_encoder_learns_nothing_from_the_verdict_the_decoder_does() -> None:
    """Larsen et al. 2016, algorithm 1: the adversarial loss reaches the decoder alone."""
    (e0, d0), (e9, d9) = (gradients(learner(images(), adversarial_weight=a)) for a in (0.0, 9.0))
    assert all(torch.equal(a, b) for a, b in zip(e0, e9, strict=True))
    assert any(not torch.allclose(a, b) for a, b in zip(d0, d9, strict=True))


def test_the_adversarial_gradient_is_that_of_the_loss_by_finite_differences() -> None:
    """Along one bias of the decoder: (loss_g at +h - loss_g at -h) / 2h is what the weight adds to its gradient."""
    h = 1e-2
    values = []
    for sign in (1, -1):
        on = learner(images())
        last = [p for p in on.model.decoder.parameters()][-1]
        with torch.no_grad():
            last += sign * h
        values.append(run(on, 1)["loss_g"][0])
    (_, d0), (_, d9) = (gradients(learner(images(), adversarial_weight=a)) for a in (0.0, 9.0))
    assert float((d9[-1] - d0[-1]).sum()) / 9 == pytest.approx((values[0] - values[1]) / (2 * h), rel=0.02)


def test_the_discriminator_learns_nothing_from_reconstruction() -> None:
    """Its gradient is that of cross-entropy and R1 whatever the other two minimise."""
    found = []
    for w in (0.0, 1.0):
        on = learner(images(), feature_weight=w, adversarial_weight=7 * w)
        gradients(on)
        found.append([p.grad for p in on.model.discriminator.parameters()])
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))  # type: ignore[arg-type]


def test_the_feature_error_is_a_unit_normal_in_units_of_their_spread() -> None:
    noise = torch.Generator().manual_seed(0)
    real = 3 + 5 * torch.randn((400, 4, 5, 5), generator=noise)
    off = real + 5 * torch.randn(real.shape, generator=noise)
    error = feature_error(real, off)
    normal = torch.distributions.Normal(off / 5, 1.0).log_prob(real / 5) + 0.5 * math.log(2 * math.pi)
    assert error.mean() == pytest.approx(float(-normal.flatten(1).sum(1).mean()), rel=0.01)
    assert error.mean() == pytest.approx(50, rel=0.03), "of 100 numbers one standard deviation away: 1/2 each"
    assert torch.allclose(error, feature_error(7 * real, 7 * off), rtol=1e-4), "D cannot whisper"


def test_the_learned_noise_follows_the_errors_though_pixels_count_for_nothing() -> None:
    on = learner(images(), likelihood="gaussian_learned", feature_weight=1.0, steps=400, learning_rate=5e-3, decay="none")
    run(on, 250)
    x = to_float(on.data.train)
    with torch.no_grad():
        q = on.model.encode(x)
        z = q.sample(torch.randn(q.mu.shape, generator=torch.Generator().manual_seed(0)))
        error = (on.model.mean(z) - x).square().mean().sqrt()
    assert float(on.model.log_sigma.detach().exp()) == pytest.approx(float(error), rel=0.2)


def test_a_live_dial_acts_on_the_next_step_and_a_bad_value_is_refused() -> None:
    on = learner(images(), feature_weight=0.0)
    on.apply_live("feature_weight", 1.0)
    assert run(on, 1)["pixel_weight"] == [0.0]
    with pytest.raises(ValueError, match="feature_weight"):
        on.apply_live("feature_weight", 1.5)


def test_a_state_restored_goes_on_as_before() -> None:
    a, b = learner(images()), learner(images())
    run(a, 3)
    b.load_state({k: v.clone() for k, v in a.state().items()}, 3)
    assert run(a, 2) == run(b, 2)


# ---------------------------------------------------------------- what is answered
def answers(on: VAEGANLearner) -> Any:
    return on.answers(on.snapshot(), on.config, on.data, "cpu", {})


def last(of: Any, request: m.Request) -> Any:
    with torch.no_grad():
        *_, reply = of.handler(type(request))(Asked("run", 1, "", 0, 0.0), request)
    return reply


def test_there_is_no_likelihood_and_no_density() -> None:
    for data in (images(), points()):
        of = answers(learner(data))
        assert of.likelihoods(to_float(data.test)) is None
        assert of.handler(m.ModelField) is None and of.handler(m.Anatomy) is None
        found = last(of, m.Evaluate(n=20)).numbers
        assert found["likelihood"] is None and not {"elbo", "nll", "iwae", "bits_per_dim"} & set(found)


def test_the_error_per_pixel_and_the_verdict_are_what_they_say() -> None:
    on = learner(images())
    of, x = answers(on), to_float(on.data.test[:20])
    found = last(of, m.Evaluate(n=20)).numbers
    with torch.no_grad():
        back = on.model.mean(on.model.encode(x).mu)
        assert reconstruction(on.model, x) == pytest.approx((back - x).square().mean((1, 2, 3)).numpy(), rel=1e-5)
    assert found["rmse"] == pytest.approx(float((back - x).square().mean().sqrt()), rel=1e-5)
    assert 0 < found["rmse_se"] < found["rmse"] and 0 <= found["d_accuracy"] <= 1
    on.model.discriminator.above[-1].weight.data.zero_()
    on.model.discriminator.above[-1].bias.data.zero_()
    assert last(answers(on), m.Evaluate(n=20)).numbers["d_accuracy"] == 0.5, "a D that cannot tell is right half of the time"


def test_samples_are_what_the_discriminator_judged_without_noise() -> None:
    on = learner(points())
    of = answers(on)
    reply = last(of, m.DrawSamples(n=5, seed=2))
    with torch.no_grad():
        assert reply.x == pytest.approx(on.model.mean(torch.from_numpy(reply.z)).numpy())
        drawn = torch.cat([part for part in of.drawn(5, 2) if isinstance(part, Tensor)])
    assert drawn.numpy() == pytest.approx(reply.x)


# ---------------------------------------------------------------- sharpness, of any family
class Fixed:
    """Stands for the answers of a model that draws ``x``."""

    nfe, dial, device, config = 1, "", "cpu", None

    def __init__(self, data: Dataset, x: Tensor) -> None:
        self.data, self.x, self.shared = data, x, {}

    def drawn(self, n: int, seed: int) -> Any:
        yield 0, n
        yield self.x[:n]

    def codes_of(self, x: Tensor) -> Any:
        yield 1, 2
        yield x

    def items_of(self, z: Tensor) -> Tensor:
        return 0.5 * z

    def at_once(self) -> int:
        return 16


def noisy(n: int = 400) -> Dataset:
    """Pictures of white noise, whose spectrum is flat."""
    x = torch.randint(0, 256, (n, 1, 16, 16), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    return Dataset("noise", "Noise", "image", x[: n // 2], x[n // 2 :])


def spectra_of(data: Dataset, x: Tensor, n: int = 100) -> Any:
    from playground.engine.spectra import model_spectra

    return [step for step in model_spectra(Fixed(data, x), n, 0) if not isinstance(step, tuple)][-1]


def test_real_pictures_are_as_sharp_as_real_within_chance_and_blur_is_seen() -> None:
    data = noisy()
    fresh = to_float(noisy(900).train)[:100]
    found = spectra_of(data, fresh)
    assert found.real.n == 100 and abs(found.real.ratio(found.x) - 1) < 5 * found.real.floor_sd + 0.01
    assert abs(found.real.floor - 1) < 3 * found.real.floor_sd
    inside = ((found.power - found.real.power).abs() < 5 * found.real.sd)[1:]
    assert inside.all()
    blurred = torch.nn.functional.avg_pool2d(fresh, 3, 1, 1)
    assert found.real.ratio(blurred) < 0.7


def test_reconstructions_are_those_of_held_out_items_and_their_error_is_exact() -> None:
    data = noisy()
    back = spectra_of(data, to_float(data.train)).rebuilt
    items = to_float(data.test[:100])
    assert torch.equal(back.items, items) and torch.equal(back.x, 0.5 * items)
    assert back.rmse == pytest.approx(float((0.5 * items).square().mean().sqrt()), rel=1e-6)
    many = (0.5 * items).square().mean((1, 2, 3)).double()
    assert back.rmse_se == pytest.approx(float(many.std() / 10) / (2 * back.rmse), rel=1e-3)


def test_pictures_without_detail_are_refused_in_a_sentence() -> None:
    on = learner(images())
    flat = torch.full((60, 1, 12, 12), 7, dtype=torch.uint8)
    on.data = dataclasses.replace(on.data, train=flat, test=flat)
    reply = last(answers(on), m.Spectrum(n=8))
    assert isinstance(reply, m.Refused) and reply.sentence == "The real pictures have no fine detail to compare with."


@pytest.mark.slow
def test_sharpness_rises_with_the_dial() -> None:
    """On blurred bars at places that a small code cannot tell: the mean of what is possible is blurred, a fooling item is not."""
    rng = torch.Generator().manual_seed(1)
    x = (torch.rand((1200, 1, 12, 12), generator=rng) > 0.5).to(torch.uint8) * 255
    data = Dataset("dice", "Dice", "image", x[:1000], x[1000:])
    ratio = {}
    for w in (0.0, 1.0):
        on = learner(data, latent_dim=2, feature_weight=w, adversarial_weight=10 * w, hidden=64, batch_size=32, channels=8,
                     learning_rate=3e-3, steps=400)  # fmt: skip
        run(on, 400)
        ratio[w] = last(answers(on), m.Spectrum(n=50))
    contrast = {w: float(r.model[1:].mean() / r.real[1:].mean()) for w, r in ratio.items()}
    assert contrast[0.0] < 0.2 < contrast[1.0], "the mean of all pictures is grey; that fools nobody"
