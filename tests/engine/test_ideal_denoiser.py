"""The ideal denoiser against automatic differentiation, sampling and quadrature; likelihoods by the ODE against closed forms."""

from __future__ import annotations

import math

import pytest
import torch

from playground.engine.datasets.densities import make_density
from playground.engine.datasets.densities_mixture import GaussianMixture
from playground.engine.flow_likelihood import FlowLikelihood, exact_divergence, hutchinson, level_at, log_likelihood
from playground.engine.ideal_denoiser import DensityDenoiser, MixtureDenoiser, PointsDenoiser
from playground.engine.samplers import Level, ddim, levels
from playground.engine.schedules import make_schedule

SCHEDULE = make_schedule("linear", 1000)
CENTRE, SCALE = torch.tensor([0.3, -0.2]), 1.7


def at(t: int) -> Level:
    return Level(t, float(SCHEDULE.alpha_bar[t]))


def crooked() -> GaussianMixture:
    """Unequal weights, turned covariances."""
    covariances = torch.tensor([[[0.5, 0.2], [0.2, 0.3]], [[0.05, 0.0], [0.0, 0.4]], [[0.2, -0.1], [-0.1, 0.1]]])
    return GaussianMixture(torch.tensor([0.5, 0.2, 0.3]), torch.tensor([[1.0, 0.0], [-1.0, 1.0], [0.0, -2.0]]), covariances)


@pytest.fixture
def ideal() -> MixtureDenoiser:
    return MixtureDenoiser(crooked(), CENTRE, SCALE)


def noised(n: int, level: Level, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """(x_0, x_t) on the model's scale."""
    stream = torch.Generator().manual_seed(seed)
    x0 = (crooked().sample(n, stream).double() - CENTRE) / SCALE
    return x0, level.signal * x0 + level.noise * torch.randn(x0.shape, generator=stream, dtype=torch.float64)


@pytest.mark.parametrize("t", [0, 50, 400, 999])
def test_score_is_the_gradient_of_log_p_at_every_t(ideal: MixtureDenoiser, t: int) -> None:
    _, x = noised(50, at(t))
    x.requires_grad_()
    (gradient,) = torch.autograd.grad(ideal.log_prob(x, at(t)).sum(), x)
    assert torch.allclose(ideal.score(x.detach(), at(t)), gradient, atol=1e-6, rtol=1e-5)
    believed = ideal(x.detach(), at(t))
    assert torch.allclose(-believed.eps / at(t).noise, gradient, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("t", [100, 500])
def test_no_other_function_of_x_t_is_nearer_to_x_0(ideal: MixtureDenoiser, t: int) -> None:
    """E|x_0 - f(x_t)|^2 is least for the posterior mean, and is then the posterior variance."""
    x0, x = noised(40_000, at(t))
    best = ideal.x0(x, at(t))
    error = (x0 - best).square().mean()
    assert abs(float(error - ideal.x0_variance(x, at(t)).mean())) < 0.02 * float(error)
    for other in (1.05 * best, best + 0.02, best + 0.05 * torch.sin(3 * x)):
        assert (x0 - other).square().mean() > error
    assert abs(float(((x0 - best) * x).mean())) < 0.01, "what is left is orthogonal to what was seen"


def test_density_at_t_is_the_convolution(ideal: MixtureDenoiser) -> None:
    """p_t(x) = E_{x_0}[N(x; sqrt(a) x_0, (1 - a) I)], by sampling x_0."""
    level = at(300)
    x0, x = noised(200_000, level)
    law = torch.distributions.Normal(0.0, level.noise)
    for point in x[:5]:
        sampled = law.log_prob(point - level.signal * x0).sum(1).exp()
        error = float(sampled.std() / sampled.mean()) / math.sqrt(len(x0))
        assert abs(float(sampled.mean().log() - ideal.log_prob(point[None], level)[0])) < 5 * error


@pytest.mark.parametrize("t", [0, 2, 10, 30, 200, 600, 999])
def test_quadrature_stands_in_for_a_closed_form_at_every_noise(ideal: MixtureDenoiser, t: int) -> None:
    by_sums = DensityDenoiser(crooked(), CENTRE, SCALE)
    _, x = noised(100, at(t))
    assert torch.allclose(by_sums.x0(x, at(t)), ideal.x0(x, at(t)), atol=1e-4)
    assert torch.allclose(by_sums.x0_variance(x, at(t)), ideal.x0_variance(x, at(t)), atol=1e-4)
    assert torch.allclose(by_sums.log_prob(x, at(t)), ideal.log_prob(x, at(t)), atol=1e-4)


@pytest.mark.parametrize("t", [0, 30, 400])
def test_a_lattice_of_places_has_the_densities_of_its_places(ideal: MixtureDenoiser, t: int) -> None:
    """By products of matrices where noise is wide, point by point where it is not; columns along x, rows along y."""
    by_sums = DensityDenoiser(crooked(), CENTRE, SCALE)
    x, y = torch.linspace(-1.0, 0.8, 5, dtype=torch.float64), torch.linspace(-0.9, 0.7, 4, dtype=torch.float64)
    for denoiser in (ideal, by_sums):
        log_p, x0 = denoiser.on_lattice(x, y, at(t))
        assert log_p.shape == (4, 5) and x0.shape == (4, 5, 2)
        for j, b in enumerate(y):
            for i, a in enumerate(x):
                point = torch.stack([a, b])[None]
                assert abs(float(log_p[j, i] - ideal.log_prob(point, at(t)))) < 1e-4
                assert torch.allclose(x0[j, i], ideal.x0(point, at(t))[0], atol=1e-4)


def test_far_from_all_data_the_lattice_still_knows_the_way() -> None:
    """There every product of Gaussians is 0 to a computer, and the sum has to be scaled."""
    by_sums = DensityDenoiser(crooked(), CENTRE, SCALE)
    x = torch.tensor([-30.0, 0.1], dtype=torch.float64)
    log_p, x0 = by_sums.on_lattice(x, x, at(60))
    assert torch.isfinite(log_p).all() and torch.isfinite(x0).all() and float(log_p[0, 0]) < -1000 < -10 < float(log_p[1, 1])


def test_many_coordinates_take_a_shorter_way_to_the_same_distances() -> None:
    data = torch.randn((30, 1, 4, 4), generator=torch.Generator().manual_seed(5)).double()
    x = torch.randn((6, 1, 4, 4), generator=torch.Generator().manual_seed(6)).double()
    level = at(300)
    squares = (x.flatten(1)[:, None] - level.signal * data.flatten(1)).square().sum(2)
    weight = (-squares / (2 * level.noise**2)).softmax(1)
    expected = (weight @ data.flatten(1)).reshape(x.shape)
    assert torch.allclose(PointsDenoiser(data).x0(x, level), expected, atol=1e-9)


def test_at_an_edge_the_quadrature_halves_what_it_sees() -> None:
    """Data uniform on squares: on an edge the posterior is half a Gaussian, whose mean is sigma sqrt(2 / pi) inside."""
    density = make_density("checkerboard")
    by_sums = DensityDenoiser(density, torch.zeros(2), 1.0)
    for t in (0, 20, 60):
        level = at(t)
        edge = torch.tensor([[level.signal * 2.0, level.signal * 1.0]])  # between a square and a hole, far from corners
        off = by_sums.x0(edge, level)[0] - edge[0].double() / level.signal
        assert abs(abs(float(off[0])) / level.sigma - math.sqrt(2 / math.pi)) < 0.08 and abs(float(off[1])) < 1e-3 * level.sigma


def test_the_ideal_denoiser_of_finite_data_draws_the_data() -> None:
    """Its samples are training items: memorising is the optimum."""
    data = torch.randn((20, 1, 4, 4), generator=torch.Generator().manual_seed(5))
    ideal = PointsDenoiser(data)
    x = torch.randn((50, 1, 4, 4), generator=torch.Generator().manual_seed(6))
    *_, last = ddim(ideal, x, levels(SCHEDULE, 100), torch.Generator().manual_seed(0))
    nearest = torch.cdist(last.x.flatten(1), data.flatten(1)).min(1).values
    assert last.x.shape == x.shape and float(nearest.max()) < 0.05


# ---------------------------------------------------------------- likelihood
def ode(denoise: object, x: torch.Tensor, num_steps: int, probe: torch.Tensor | None = None) -> FlowLikelihood:
    divergence = exact_divergence(denoise) if probe is None else hutchinson(denoise, probe)  # type: ignore[arg-type]
    *_, last = log_likelihood(divergence, x, SCHEDULE, num_steps, sigma_start=1e-3)
    assert isinstance(last, FlowLikelihood)
    return last


def test_flow_likelihood_with_the_true_score_is_the_density() -> None:
    """The 8-Gaussian mixture: mean absolute error below 1e-3 nats."""
    density = make_density("8gaussians")
    x = density.sample(300, torch.Generator().manual_seed(0)).double()
    scale = float(x.std())
    ideal = MixtureDenoiser(density, torch.zeros(2), scale)  # type: ignore[arg-type]
    result = ode(ideal, x / scale, 80)
    assert float((result.log_p - 2 * math.log(scale) - density.log_prob(x)).abs().mean()) < 1e-3
    assert result.nfe == 320


def test_flow_likelihood_converges_with_the_fourth_order(ideal: MixtureDenoiser) -> None:
    _, x = noised(40, at(0))
    fine = ode(ideal, x, 320).log_p
    errors = [float((ode(ideal, x, n).log_p - fine).abs().mean()) for n in (20, 40, 80)]
    assert errors[0] > 8 * errors[1] > 64 * errors[2]


def test_data_arrive_as_gaussian_noise(ideal: MixtureDenoiser) -> None:
    x0, _ = noised(4000, at(0))
    end = ode(ideal, x0, 40).x_end
    assert abs(float(end.mean())) < 0.05 and abs(float(end.std()) - 1) < 0.03


def test_hutchinson_is_unbiased(ideal: MixtureDenoiser) -> None:
    _, x = noised(20, at(0))
    exact = ode(ideal, x, 20).log_p
    stream = torch.Generator().manual_seed(2)
    draws = torch.stack([
        ode(ideal, x, 20, torch.randint(0, 2, x.shape, generator=stream).double() * 2 - 1).log_p for _ in range(60)
    ])  # fmt: skip
    error = draws.std(0) / math.sqrt(60)
    # The exact path differs a little from none of the sampled ones: they share it, only the trace is sampled.
    assert ((draws.mean(0) - exact).abs() < 4.5 * error + 1e-6).all() and float(error.max()) > 1e-4


def test_exact_divergence_is_the_trace_of_the_jacobian(ideal: MixtureDenoiser) -> None:
    _, x = noised(3, at(200))
    eps, trace = exact_divergence(ideal)(x, at(200))
    assert torch.allclose(eps, ideal(x, at(200)).eps)
    for i in range(3):
        jacobian = torch.autograd.functional.jacobian(lambda p: ideal(p[None], at(200)).eps[0], x[i])
        assert torch.allclose(trace[i], jacobian.trace())


def test_levels_between_timesteps() -> None:
    for t in (3, 500):
        level = level_at(SCHEDULE, float(SCHEDULE.sigmas[t]))
        assert math.isclose(level.t, t, abs_tol=1e-6) and math.isclose(level.alpha_bar, SCHEDULE.alpha_bar[t], rel_tol=1e-9)
    half = level_at(SCHEDULE, math.sqrt(float(SCHEDULE.sigmas[3] * SCHEDULE.sigmas[4])))
    assert math.isclose(half.t, 3.5, abs_tol=1e-6)


