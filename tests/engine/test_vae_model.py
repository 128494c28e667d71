"""The VAE's terms against torch.distributions, and its bounds against models whose log p(x) is known exactly."""

from __future__ import annotations

import math

import pytest
import torch
from engine_kit import DATA, images, linear_gaussian_log_prob, points, recipe
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from playground.engine.config import ConfigError
from playground.engine.datasets.base import Dataset, to_float
from playground.engine.families.vae import VAEConfig, evaluation
from playground.engine.families.vae.density import converged_log_prob, log_prob
from playground.engine.families.vae.learner import VAELearner
from playground.engine.families.vae.model import VAE, binarise
from playground.engine.objectives import importance_weighted_bound
from playground.engine.oracles import fit_ppca

SHAPES = [(1, 12, 12), (3, 16, 16), (2,)]


def model(shape: tuple[int, ...] = (2,), seed: int = 0, **changes: object) -> VAE:
    kind = "points" if shape == (2,) else "image"
    config = VAEConfig(**{"latent_dim": 2, "likelihood": "gaussian", "hidden": 16, "network": "mlp", **changes})  # type: ignore[arg-type]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return VAE(shape, kind, config).requires_grad_(False)


def learner(data: Dataset, seed: int = 0, **changes: object) -> VAELearner:
    return VAELearner(recipe("points" if data.kind == "points" else "bars", **changes).config, data, seed)


def linear(w: torch.Tensor, b: torch.Tensor, sigma: float, encoder_error: float = 0.0) -> VAE:
    """The linear VAE with decoder W z + b and the exact posterior N(M^-1 W^T (x - b), s2 M^-1), M = W^T W + s2 I,
    which is diagonal if the columns of W are orthogonal (Lucas et al. 2019, section 3)."""
    dims, d = w.shape
    vae = VAE((dims,), "points", VAEConfig(latent_dim=d, likelihood="gaussian_learned", network="linear"))
    m = (w.T @ w).diagonal() + sigma**2
    gain = w.T / m[:, None]
    with torch.no_grad():
        vae.decoder[0].weight.copy_(w)  # type: ignore[index, operator]
        vae.decoder[0].bias.copy_(b)  # type: ignore[index, operator]
        vae.encoder[1][0].weight[:d] = gain  # type: ignore[index]
        vae.encoder[1][0].bias[:d] = -gain @ b + encoder_error  # type: ignore[index]
        vae.logvar.copy_((sigma**2 / m).log())
        vae.log_sigma.fill_(math.log(sigma))
    return vae.requires_grad_(False)


# ---------------------------------------------------------------- the terms
@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian", "gaussian_learned", "gaussian_z"])
@pytest.mark.parametrize("shape", SHAPES)
def test_log_likelihood_is_that_of_torch_distributions(likelihood: str, shape: tuple[int, ...]) -> None:
    vae = model(shape, likelihood=likelihood, sigma=0.3, latent_dim=3)
    vae.log_sigma += 0.2 if likelihood == "gaussian_learned" else 0.0
    z = torch.randn(5, 4, 3)
    x = torch.randn(4, *shape) if likelihood != "bernoulli" else torch.randint(0, 2, (4, *shape)) * 2.0 - 1
    out, log_sigma = vae.decode(z)
    assert out.shape == (5, 4, *shape)
    if likelihood == "bernoulli":
        law: torch.distributions.Distribution = Bernoulli(logits=out)
        expected = law.log_prob((x + 1) / 2)
    else:
        expected = Normal(out, log_sigma.exp()).log_prob(x)
    found = vae.log_likelihood(x, z)
    assert found.shape == (5, 4)
    assert torch.allclose(found, expected.flatten(2).sum(-1), rtol=1e-5, atol=1e-3)
    assert torch.allclose(vae.log_likelihood(x, z[2]), found[2], rtol=1e-5, atol=1e-3)


def test_fixed_sigma_is_the_one_of_the_recipe_and_sigma_of_z_is_one_number_an_item() -> None:
    _, log_sigma = model(likelihood="gaussian", sigma=0.02).decode(torch.randn(7, 2))
    assert math.isclose(float(log_sigma.exp()), 0.02, rel_tol=1e-5)
    for shape in SHAPES:
        for network in ("mlp", "conv")[: len(shape) - 1 or 1]:
            _, log_sigma = model(shape, likelihood="gaussian_z", network=network).decode(torch.randn(5, 7, 2))
            assert log_sigma.shape == (5, 7, *[1] * len(shape))
            assert len(log_sigma.unique()) > 1


def test_posterior_samples_log_prob_and_kl() -> None:
    q = model(likelihood="gaussian", latent_dim=3).encode(torch.randn(6, 2))
    law = Normal(q.mu, (0.5 * q.logvar).exp())
    eps = torch.randn(9, 6, 3)
    z = q.sample(eps)
    assert torch.allclose(z, law.loc + law.scale * eps)
    assert torch.allclose(q.log_prob(z), Independent(law, 1).log_prob(z), atol=1e-4)
    assert torch.allclose(q.kl(), kl_divergence(law, Normal(0.0, 1.0)), atol=1e-5)


def test_log_weights_are_joint_over_proposal() -> None:
    vae = model((1, 8, 8), likelihood="bernoulli")
    x, eps = torch.randint(0, 2, (4, 1, 8, 8)) * 2.0 - 1, torch.randn(6, 4, 2)
    q = vae.encode(x)
    z = q.sample(eps)
    expected = (
        vae.log_likelihood(x, z) + Normal(0.0, 1.0).log_prob(z).sum(-1) - Normal(q.mu, (q.logvar / 2).exp()).log_prob(z).sum(-1)
    )
    assert torch.allclose(vae.log_weights(x, eps), expected, atol=1e-3)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian", "gaussian_z"])
def test_samples_have_the_mean_and_the_spread_of_the_likelihood(likelihood: str) -> None:
    vae = model((1, 8, 8), likelihood=likelihood, sigma=0.3, seed=2)
    z = torch.randn(1, 2).expand(4000, 2)
    x = vae.sample_x(z, torch.Generator().manual_seed(0))
    out, log_sigma = vae.decode(z[:1])
    spread = 2 * (out.sigmoid() * (1 - out.sigmoid())).sqrt() if likelihood == "bernoulli" else log_sigma.exp().expand_as(out)
    error = (x.mean(0) - vae.mean(z[:1])[0]) / (spread[0] / math.sqrt(4000))
    assert float(error.abs().max()) < 5  # 64 pixels, five standard errors
    assert torch.allclose(x.std(0), spread[0], rtol=0.1)


# ---------------------------------------------------------------- bounds against the exact log p(x)
@pytest.fixture(scope="module")
def ppca_case() -> tuple[VAE, torch.Tensor, float, torch.Tensor]:
    """A linear VAE with the pPCA solution of its data: (model, data, mean log-likelihood, log p of each)."""
    stream = torch.Generator().manual_seed(1)
    x = torch.randn((800, 3), generator=stream) @ torch.randn((3, 10), generator=stream)
    x = x + 0.4 * torch.randn((800, 10), generator=stream) + 1
    fit = fit_ppca(x, 3)
    w = (fit.components.T * (fit.eigenvalues[:3] - fit.sigma2).sqrt()).float()
    return linear(w, fit.mean.float(), math.sqrt(fit.sigma2)), x, fit.log_likelihood, fit.log_prob(x)


def exact_elbo(vae: VAE, x: torch.Tensor) -> torch.Tensor:
    """ELBO of a linear VAE, no sampling: E_q |x - Wz - b|^2 = |x - W mu - b|^2 + sum_j sigma_j^2 |w_j|^2. (N,)"""
    q = vae.encode(x)
    mean, log_sigma = vae.decode(q.mu)
    w = vae.decoder[0].weight.double()  # type: ignore[index, union-attr]
    squares = ((x - mean).double() ** 2).sum(1) + (q.logvar.double().exp() * (w**2).sum(0)).sum(1)
    s = log_sigma.double()
    reconstruction = -0.5 * squares * torch.exp(-2 * s) - x.shape[1] * (s + 0.5 * math.log(2 * math.pi))
    return reconstruction - q.kl().double().sum(1)


def test_the_elbo_of_the_ppca_solution_is_the_ppca_likelihood(
    ppca_case: tuple[VAE, torch.Tensor, float, torch.Tensor],
) -> None:
    vae, x, log_likelihood, log_p = ppca_case
    assert abs(float(exact_elbo(vae, x).mean()) - log_likelihood) < 1e-4
    # The sampled bound has no variance in its weights here, as q is the exact posterior: every log w is log p(x).
    log_w = vae.log_weights(x, torch.randn((5, len(x), 3), generator=torch.Generator().manual_seed(0)))
    assert float((log_w - log_p).abs().max()) < 1e-3
    recon, kl, _ = evaluation.elbo_terms(vae, x, torch.Generator().manual_seed(0), draws=50)
    error = float((recon + kl.sum(1)).std()) / math.sqrt(50 * len(x))
    assert abs(float(-(recon + kl.sum(1)).mean()) - log_likelihood) < 5 * error + 1e-3


@pytest.mark.parametrize("error", [0.0, 0.3, -1.0])
@pytest.mark.parametrize("factor", [0.5, 1.0, 1.5])
def test_no_linear_vae_has_an_elbo_above_the_log_likelihood(
    ppca_case: tuple[VAE, torch.Tensor, float, torch.Tensor], error: float, factor: float
) -> None:
    vae, x, best, _ = ppca_case
    w, b = vae.decoder[0].weight * factor, vae.decoder[0].bias  # type: ignore[index, union-attr]
    sigma = float(vae.log_sigma.exp()) * factor
    worse = linear(w, b, sigma, encoder_error=error)
    log_p = linear_gaussian_log_prob(x, w, b, sigma)
    assert (exact_elbo(worse, x) <= log_p + 1e-4).all()
    assert float(log_p.mean()) <= best + 1e-4
    assert float(exact_elbo(worse, x).mean()) <= best + 1e-4


def test_importance_weighted_bounds_rise_to_log_p(ppca_case: tuple[VAE, torch.Tensor, float, torch.Tensor]) -> None:
    good, x, _, _ = ppca_case
    w, b, sigma = good.decoder[0].weight, good.decoder[0].bias, float(good.log_sigma.exp())  # type: ignore[index, union-attr]
    vae = linear(w, b, sigma, encoder_error=0.1)
    vae.logvar += 0.3
    log_p = float(linear_gaussian_log_prob(x, w, b, sigma).mean())
    log_w = vae.log_weights(x, torch.randn((400, len(x), 3), generator=torch.Generator().manual_seed(4)))
    bounds = [float(importance_weighted_bound(log_w[:k]).mean()) for k in (1, 5, 50, 400)]
    assert bounds == sorted(bounds)
    assert bounds[0] < log_p - 0.05 and abs(bounds[-1] - log_p) < 0.01
    *_, last = evaluation.iwae_steps(vae, x[:100], 300, torch.Generator().manual_seed(0))
    exact = linear_gaussian_log_prob(x[:100], w, b, sigma)
    assert last is not None and abs(float(last.mean() - exact.mean())) < 0.02


@pytest.mark.parametrize("num_samples", [1, 7, 50])
def test_a_chunked_bound_is_the_whole_bound(num_samples: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is decoded together: K samples give the log of the mean of K weights, for every item once."""
    vae, x = model(), torch.randn(33, 2)
    monkeypatch.setattr(evaluation, "at_once", lambda _: 20)
    drawn: list[int] = []

    def ones(shape: tuple[int, int, int], **_: object) -> torch.Tensor:
        drawn.append(shape[0] * shape[1])
        assert drawn[-1] <= 20
        return torch.ones(shape)

    monkeypatch.setattr(torch, "randn", ones)
    *_, chunked = evaluation.iwae_steps(vae, x, num_samples, torch.Generator())
    expected = importance_weighted_bound(vae.log_weights(x, torch.ones(num_samples, 33, 2)))
    assert chunked is not None and torch.allclose(chunked, expected, atol=1e-4)
    assert sum(drawn) == num_samples * 33


# ---------------------------------------------------------------- log p(x) by quadrature
@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize("sigma", [1.0, 0.2, 0.05, 0.02])
def test_quadrature_of_a_linear_decoder_is_its_gaussian(d: int, sigma: float) -> None:
    w = torch.tensor([[1.2, 0.3], [-0.4, 0.9]])[:, :d]
    b = torch.tensor([0.5, -1.0])
    vae = model(likelihood="gaussian", sigma=sigma, latent_dim=d, network="linear")
    vae.decoder[0].weight.copy_(w)  # type: ignore[index, operator]
    vae.decoder[0].bias.copy_(b)  # type: ignore[index, operator]
    stream = torch.Generator().manual_seed(0)
    x = torch.randn((60, d), generator=stream) @ w.T + b + sigma * torch.randn((60, 2), generator=stream)
    result = log_prob(vae, x)
    error = float((result.values - linear_gaussian_log_prob(x, w, b, sigma)).abs().mean())
    assert error <= result.change + 1e-5, "the error is larger than what is stated"
    assert error < 2e-3
    assert result.change < 1e-3 or result.side == 512


def test_quadrature_of_pictures_both_likelihoods() -> None:
    """Against brute force: the mean of p(x|z) over 150,000 draws of z from the prior."""
    for likelihood in ("bernoulli", "gaussian", "gaussian_z"):
        vae = model((1, 3, 3), likelihood=likelihood, sigma=1.0, seed=5)
        x = torch.randint(0, 2, (3, 1, 3, 3), generator=torch.Generator().manual_seed(1)) * 2.0 - 1
        z = torch.randn((150_000, 1, 2), generator=torch.Generator().manual_seed(2))
        w = vae.log_likelihood(x, z.expand(-1, 3, 2)).double().exp()
        error = w.std(0) / w.mean(0) / math.sqrt(len(z))
        found = log_prob(vae, x).values
        assert ((found - w.mean(0).log()).abs() < 5 * error + 1e-4).all(), likelihood


def test_quadrature_yields_while_it_works_and_decodes_a_few_nodes_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from playground.engine.families.vae import density

    vae, x = model((1, 8, 8), likelihood="bernoulli"), torch.ones(4, 1, 8, 8)
    expected = log_prob(vae, x)
    monkeypatch.setattr(density, "BLOCK", 200_000)
    most, decode = 0, VAE.decode

    def watched(self: VAE, z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        nonlocal most
        most = max(most, len(z))
        return decode(self, z)

    monkeypatch.setattr(VAE, "decode", watched)
    steps = list(converged_log_prob(vae, x))
    assert len(steps) > 20 and steps[:-1] == [None] * (len(steps) - 1)
    assert most <= 200_000 // (32 * 64)
    assert steps[-1] is not None and torch.allclose(steps[-1].values, expected.values)


# ---------------------------------------------------------------- networks
@pytest.mark.parametrize("size", [(8, 8), (28, 28), (32, 32), (64, 64), (27, 35), (9, 64)])
@pytest.mark.parametrize("colours", [1, 3])
def test_convolutions_take_any_size(size: tuple[int, int], colours: int) -> None:
    vae = model((colours, *size), network="conv", channels=4, latent_dim=3)
    x = torch.randn(2, colours, *size)
    assert vae.encode(x).mu.shape == (2, 3)
    assert vae.mean(torch.randn(2, 3)).shape == x.shape
    assert vae.log_likelihood(x, torch.randn(5, 2, 3)).shape == (5, 2)


@pytest.mark.parametrize(
    ("data", "changes"),
    [(points(9), {"likelihood": "bernoulli"}), (points(9), {"network": "conv"}),
     (images(), {"network": "linear", "likelihood": "gaussian_z"}), (images(size=6), {"network": "conv"})],
)  # fmt: skip
def test_recipes_that_do_not_fit_their_data_are_refused(data: Dataset, changes: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        VAELearner(VAEConfig(**changes), data, 0)  # type: ignore[arg-type]


# ---------------------------------------------------------------- training
def test_the_global_random_stream_is_neither_used_nor_moved() -> None:
    before = torch.random.get_rng_state()
    for data in (images(), points()):
        likelihood = "bernoulli" if data.kind == "image" else "gaussian_z"
        results = []
        for global_seed in (1, 2):
            torch.manual_seed(global_seed)
            state = torch.random.get_rng_state()
            made = learner(data, likelihood=likelihood)
            results.append([made.step(), made.step()])
            assert torch.equal(torch.random.get_rng_state(), state)
        assert all(torch.equal(a, b) for a, b in zip(*results, strict=True))
    torch.random.set_rng_state(before)


def test_equal_seeds_are_equal_and_other_seeds_differ_in_weights_and_in_data() -> None:
    first, again, other = learner(images(), 1), learner(images(), 1), learner(images(), 2)
    assert all(torch.equal(a, b) for a, b in zip(first.model.parameters(), again.model.parameters(), strict=True))
    assert not torch.equal(first.model.encoder[1][0].weight, other.model.encoder[1][0].weight)  # type: ignore[index]
    assert not torch.equal(first.batches(0), other.batches(0))
    assert torch.equal(first.step(), again.step())


def test_binarise_draws_from_the_given_generator_alone() -> None:
    x = torch.linspace(-1, 1, 50).expand(4000, 50)
    before = torch.random.get_rng_state()
    a, b = (binarise(x, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(a, b) and torch.equal(torch.random.get_rng_state(), before)
    assert not torch.equal(a, binarise(x, torch.Generator().manual_seed(4)))
    assert set(a.unique().tolist()) == {-1.0, 1.0}
    assert torch.allclose(a.mean(0), x[0], atol=0.08)
    assert torch.equal(a[:, 0], x[:, 0]) and torch.equal(a[:, -1], x[:, -1])


def test_the_loss_is_reconstruction_plus_weighted_kl_and_warm_up_grows_from_the_first_step() -> None:
    made = learner(images(), kl_weight=3.0, warm_up=4, decay="none")
    betas = []
    for _ in range(6):
        loss, neg_elbo, reconstruction, kl, beta, _ = made.step().tolist()
        made.steps_done += 1
        betas.append(beta)
        assert math.isclose(loss, reconstruction + beta * kl, rel_tol=1e-5)
        assert math.isclose(neg_elbo, reconstruction + kl, rel_tol=1e-5)
    assert betas == [0.75, 1.5, 2.25, 3.0, 3.0, 3.0]


def test_the_gradient_of_the_elbo_is_that_of_torch_distributions() -> None:
    """The same step written with torch.distributions, on the same batch and noise, gives the same gradients."""
    made = learner(images(), likelihood="gaussian", sigma=0.3)
    x, stream = made.batches(0), torch.Generator().manual_seed(0)
    q = made.model.encode(x)
    law = Normal(q.mu, (0.5 * q.logvar).exp())
    z = law.loc + law.scale * torch.randn(q.mu.shape, generator=stream)
    mean, log_sigma = made.model.decode(z)
    log_likelihood = Normal(mean, log_sigma.exp()).log_prob(x).flatten(1).sum(1)
    expected = -(log_likelihood - kl_divergence(law, Normal(0.0, 1.0)).sum(1)).mean()
    weights = [p for p in made.model.parameters() if p.requires_grad]
    grads = torch.autograd.grad(expected, weights, allow_unused=True)
    loss = made.step()[0]
    assert math.isclose(float(loss), float(expected.detach()), rel_tol=1e-6)
    for weight, grad in zip(weights, grads, strict=True):
        if grad is not None:
            assert weight.grad is not None and torch.allclose(weight.grad, grad, rtol=1e-4, atol=1e-4 * float(grad.abs().max()))


def test_the_importance_weighted_loss_with_one_sample_is_the_sampled_elbo() -> None:
    a = learner(points(), likelihood="gaussian", objective="iwae", iwae_samples=1).step()
    b = learner(points(), likelihood="gaussian", objective="iwae", iwae_samples=50).step()
    assert b[0] < a[0] + 1e-4
    made = learner(points(), likelihood="gaussian", objective="iwae", iwae_samples=1)
    eps = torch.randn((1, 8, 2), generator=torch.Generator().manual_seed(0))
    assert math.isclose(float(a[0]), -float(made.model.log_weights(made.batches(0), eps).mean().detach()), rel_tol=1e-5)


def test_sigma_changes_live_and_only_where_it_is_fixed() -> None:
    made = learner(points(), likelihood="gaussian", sigma=0.5)
    made.apply_live("sigma", 0.25)
    assert math.isclose(float(made.model.log_sigma), math.log(0.25), rel_tol=1e-6)
    learned = learner(points(), likelihood="gaussian_learned", sigma=0.5)
    before = float(learned.model.log_sigma)
    learned.apply_live("sigma", 0.25)
    assert float(learned.model.log_sigma) == before


def test_the_output_starts_at_the_mean_of_the_data() -> None:
    data = images()
    for likelihood in ("bernoulli", "gaussian", "gaussian_z"):
        made = learner(data, likelihood=likelihood)
        made.model.decoder[-1].weight.data.zero_()  # type: ignore[index, union-attr, operator]
        expected = to_float(data.train).mean(0).clamp(-0.98, 0.98)
        assert torch.allclose(made.model.mean(torch.zeros(1, 2))[0], expected, atol=1e-5), likelihood


@pytest.mark.parametrize("likelihood", ["gaussian", "gaussian_learned"])
def test_a_linear_vae_learns_ppca(likelihood: str) -> None:
    """A short training on a known Gaussian: within 0.15 nats of pPCA and never above it, the axis within 3 degrees."""
    from playground.engine.oracles import principal_angles

    data = points(2000)
    made = learner(
        data,
        likelihood=likelihood,
        sigma=0.8,
        network="linear",
        latent_dim=1,
        steps=1200,
        batch_size=128,
        learning_rate=0.05,
    )
    while made.steps_done < 1200:
        made.step()
        made.steps_done += 1
    fit = evaluation.linear_optimum(data, made.config)
    x = data.density.sample(50_000, torch.Generator().manual_seed(9))  # type: ignore[union-attr]
    made.model.requires_grad_(False)
    gap = float((fit.log_prob(x) - exact_elbo(made.model, x)).mean())
    assert -0.01 < gap < 0.15
    assert float(principal_angles(made.model.decoder[0].weight.T, fit.components)) < 3  # type: ignore[index, union-attr]


def test_a_trained_linear_vae_uses_as_many_latents_as_eigenvalues_exceed_its_fixed_noise() -> None:
    """Lucas et al. 2019: at fixed sigma^2 the directions of larger variance are learned, the others collapse."""
    eigenvalues = torch.tensor([4.0, 2.5, 1.6, 1.0, 0.35, 0.2, 0.1, 0.05])
    stream = torch.Generator().manual_seed(2)
    turn, _ = torch.linalg.qr(torch.randn((8, 8), generator=stream))
    x = torch.randn((6000, 8), generator=stream) * eigenvalues.sqrt() @ turn.T
    data = Dataset("eight", "A Gaussian of eight dimensions", "points", x[:5000], x[5000:])
    for sigma2, expected in ((0.6, 4), (2.0, 2)):
        made = learner(
            data, likelihood="gaussian", sigma=sigma2**0.5, network="linear", latent_dim=6, steps=1500, batch_size=250,
            learning_rate=0.03,
        )
        while made.steps_done < 1500:
            made.step()
            made.steps_done += 1
        *_, numbers = evaluation.evaluate(made.model.requires_grad_(False), data, made.config, "cpu", 0, 5)
        assert isinstance(numbers, dict)
        assert numbers["active_units"] == numbers["ppca_active_units"] == expected, (sigma2, numbers["mu_variance"])
        assert numbers["ppca_largest_angle_degrees"] < 3
        assert numbers["elbo"] < numbers["ppca_log_likelihood"] + 3 * numbers["elbo_se"]


def test_active_units_are_counted_as_burda_does() -> None:
    mu = torch.stack([torch.tensor([0.0, 0.3]), torch.tensor([0.0, -0.3]), torch.tensor([0.0, 0.0])])
    variance, active = evaluation.active_units(mu)
    assert torch.allclose(variance, torch.tensor([0.0, 0.09], dtype=torch.float64)) and active.tolist() == [False, True]


def test_held_out_pixels_are_binary_and_always_the_same() -> None:
    config = recipe(binarise="dynamic").config
    a, b = (evaluation.held_out(DATA["bars"](), config, 20, "cpu") for _ in range(2))
    assert torch.equal(a, b) and set(a.unique().tolist()) == {-1.0, 1.0}
    grey = evaluation.held_out(DATA["bars"](), recipe(binarise="none").config, 0, "cpu")
    assert len(grey) == 30 and len(grey.unique()) > 2
