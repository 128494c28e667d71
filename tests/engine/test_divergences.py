"""The Jensen-Shannon and Kullback-Leibler divergences on the plane: closed forms, one-dimensional quadrature, exact transports."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from playground.engine.datasets.densities import make_density
from playground.engine.datasets.densities_mixture import GaussianMixture
from playground.engine.metrics.divergences import (
    js_gaussians,
    js_of_log_densities,
    log_cell_masses,
    plane_divergences,
    resolution_for,
    width,
)
from playground.engine.metrics.pushforward import PushForward, push_forward

#: JS(N(0, 1), N(mu, 1)) in nats, computed by others (the lead's table of right numbers).
KNOWN = [(0.5, 0.030311), (1.0, 0.111421), (2.0, 0.336831), (3.0, 0.526777)]


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def round_gaussian() -> GaussianMixture:
    return make_density("gaussian")


def moved(shift: tuple[float, float], scale: float = 1.0, side: int = 257) -> PushForward:
    """The exact generator of N(shift, scale^2 I)."""
    return push_forward(lambda z: scale * z + torch.tensor(shift), side=side, rounds=0)


def transport(density: GaussianMixture, std: float):
    """z -> x distributed exactly as an even mixture of round Gaussians: x1 = F^-1(Phi(z1)), then x2 given x1 (Rosenblatt)."""
    means = density.means

    def quantile(z: Tensor, centres: Tensor, log_w: Tensor) -> Tensor:
        """Solve sum_k w_k Phi((x - mu_k) / std) = Phi(z) by bisection, in the tail where it is small."""
        lo, hi = torch.full_like(z, float(means.min()) - 9 * std), torch.full_like(z, float(means.max()) + 9 * std)
        side = z.sign()
        for _ in range(40):
            x = (lo + hi) / 2
            log_tail = torch.logsumexp(torch.special.log_ndtr(-side[:, None] * (x[:, None] - centres) / std) + log_w, 1)
            beyond = side * (torch.special.log_ndtr(-z.abs()) - log_tail) > 0
            lo, hi = torch.where(beyond, lo, x), torch.where(beyond, x, hi)
        return (lo + hi) / 2

    def generate(z: Tensor) -> Tensor:
        z = z.double()
        even = torch.full((len(z), len(means)), -math.log(len(means)), dtype=torch.float64)
        x = quantile(z[:, 0], means[:, 0], even)
        given = torch.log_softmax(-(((x[:, None] - means[:, 0]) / std) ** 2) / 2, 1)
        return torch.stack([x, quantile(z[:, 1], means[:, 1], given)], 1)

    return generate


# ---------------------------------------------------------------- known pairs
@pytest.mark.parametrize("mu, known", KNOWN)
def test_js_of_two_gaussians_apart(round_gaussian: GaussianMixture, mu: float, known: float):
    """The second coordinate is alike in both, so the divergence is that on the line. In any direction."""
    for angle in (0.0, 0.7):
        found = plane_divergences(round_gaussian, moved((mu * math.cos(angle), mu * math.sin(angle))))
        assert found.js == pytest.approx(known, abs=1e-4)
        assert abs(found.js - known) < found.js_error < 0.01
    assert js_gaussians(mu) == pytest.approx(known, abs=1e-6)


@pytest.mark.parametrize("mu, known", KNOWN)
def test_the_curve_while_training_is_near_enough(round_gaussian: GaussianMixture, mu: float, known: float):
    found = plane_divergences(round_gaussian, push_forward(lambda z: z + torch.tensor([mu, 0.0]), detail=0.5))
    assert found.js == pytest.approx(known, abs=2e-4)


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_js_of_round_gaussians_of_two_widths(round_gaussian: GaussianMixture, scale: float):
    """Against an integral over the radius: p(r) = r exp(-r^2 / 2 s^2) / s^2 on the plane. On the line it is 0.092733."""

    r = (np.arange(400_000) + 0.5) * 1e-4  # midpoints up to 40
    with np.errstate(divide="ignore", invalid="ignore"):
        p, q = r * np.exp(-(r**2) / 2), r * np.exp(-(r**2) / (2 * scale**2)) / scale**2
        parts = [np.where(f > 0, f * np.log(2 * f / (p + q)), 0) for f in (p, q)]
    expected = np.sum(parts) * 1e-4 / 2
    found = plane_divergences(round_gaussian, moved((0, 0), scale), resolution_for(round_gaussian, fine=True))
    assert found.js == pytest.approx(expected, abs=1e-4)
    assert js_gaussians(0, 1, scale) == pytest.approx(0.092733, abs=1e-6)


def test_kl_of_two_gaussians(round_gaussian: GaussianMixture):
    """KL(N(0, I) || N(m, s^2 I)) = ln s^2 + (2 + |m|^2) / 2 s^2 - 1."""
    found = plane_divergences(round_gaussian, moved((0.6, -0.3), 1.5), 128)
    gap = 0.6**2 + 0.3**2
    assert found.kl_data_model == pytest.approx(math.log(2.25) + (2 + gap) / 4.5 - 1, abs=2e-4)
    narrow = plane_divergences(round_gaussian, moved((0.6, -0.3), 0.7), 128)
    assert narrow.kl_model_data == pytest.approx(-math.log(0.49) + (2 * 0.49 + gap) / 2 - 1, abs=2e-4)


def test_js_of_log_densities_on_a_lattice():
    """Two uniform densities that share half of their support: JS = (ln 2) / 2. Cells without mass count for nothing."""
    log_p = torch.log(torch.tensor([1.0, 1.0, 0.0, 0.0], dtype=torch.float64) / 0.5)
    log_q = torch.log(torch.tensor([0.0, 1.0, 1.0, 0.0], dtype=torch.float64) / 0.5)
    assert js_of_log_densities(log_p, log_q, 0.25) == pytest.approx(math.log(2) / 2, abs=1e-12)


# ---------------------------------------------------------------- a generator that is the data
@pytest.mark.parametrize("std", [0.01, 1.0, 30.0])
def test_a_generator_that_is_the_data_gaussian(std: float):
    density = make_density("gaussian", mean_x=2, mean_y=-1, std=std)
    found = plane_divergences(density, push_forward(lambda z: std * z + torch.tensor([2.0, -1.0]), detail=std / 2))
    assert found.js < 1e-5 and found.kl_data_model < 1e-4 and found.kl_model_data < 1e-4
    assert found.uncovered < 1e-6 and found.outside < 1e-6


def test_a_generator_that_is_the_data_correlated():
    root = torch.tensor([[0.5, 0.0], [0.4, 0.05]])
    density = GaussianMixture(torch.ones(1), torch.zeros(1, 2), (root @ root.T)[None])
    q = push_forward(lambda z: z @ root.T, side=257, rounds=0)
    found = plane_divergences(density, q, resolution_for(density, fine=True))
    assert found.js < 1e-4


def test_a_generator_that_is_the_data_mixture():
    """Exact transport to eight Gaussians that overlap: it bends sharply between the modes."""
    density = make_density("8gaussians")
    q = push_forward(transport(density, 0.5 / 1.414), side=129, rounds=3, cells=1500, detail=width(density) / 2)
    found = plane_divergences(density, q, 2 * resolution_for(density))
    assert found.js < 0.001
    assert found.js + found.js_error < 0.001
    assert found.kl_data_model < 0.003


@pytest.mark.slow
@pytest.mark.parametrize("name, std", [("ring8", 0.01), ("grid25", 0.05)])
def test_a_generator_that_is_the_data_separate_modes(name: str, std: float):
    """The transport jumps between the modes; only refining it again and again keeps the gaps empty."""
    density = make_density(name)
    q = push_forward(transport(density, std), side=257, rounds=4, cells=6000, detail=width(density) / 2)
    assert plane_divergences(density, q, resolution_for(density)).js < 0.001


# ---------------------------------------------------------------- collapse, and what is never reached
def test_one_mode_of_eight():
    """By the shares of disjoint parts; of KL(p || q) each lost mode costs ln(p / a millionth spread over the box)."""
    density = make_density("ring8")
    found = plane_divergences(density, push_forward(lambda z: 0.01 * z + torch.tensor([1.0, 0.0]), detail=0.005))
    p, q = 1 / 8, 1.0
    m = (p + q) / 2
    expected = (p * math.log(p / m) + 7 / 8 * math.log(2) + q * math.log(q / m)) / 2
    assert found.js == pytest.approx(expected, abs=1e-4)
    assert found.kl_model_data == pytest.approx(math.log(8), abs=1e-3)
    assert found.uncovered == pytest.approx(7 / 8, abs=1e-3)
    x0, x1, y0, y1 = density.bounds
    lost = -density.entropy() + math.log((x1 - x0) * (y1 - y0)) - math.log(1e-6)
    assert found.kl_data_model == pytest.approx(7 / 8 * lost - 1 / 8 * math.log(8), abs=0.05)


def test_apart_is_ln_2_and_finite(round_gaussian: GaussianMixture):
    found = plane_divergences(round_gaussian, moved((200.0, 0.0)))
    assert found.js == pytest.approx(math.log(2), abs=1e-5)
    assert found.outside == pytest.approx(1) and found.uncovered == pytest.approx(1, abs=1e-6)
    assert math.isfinite(found.kl_data_model)


def test_a_generator_that_has_broken_down(round_gaussian: GaussianMixture):
    found = plane_divergences(round_gaussian, push_forward(lambda z: z * math.nan))
    assert found.js == pytest.approx(math.log(2), abs=1e-5)


def test_no_mass_where_data_cannot_be():
    """The checkerboard has density 0 on half of its box: KL(model || data) is infinite for a model that goes there."""
    found = plane_divergences(make_density("checkerboard"), moved((0, 0)))
    assert found.kl_model_data == math.inf
    assert math.isfinite(found.kl_data_model) and 0 < found.js < math.log(2)


# ---------------------------------------------------------------- the data's side
@pytest.mark.parametrize("name", ["ring8", "grid25", "moons", "checkerboard", "circles", "pinwheel"])
def test_cell_masses_of_the_data_sum_to_one(name: str):
    density = make_density(name)
    assert float(log_cell_masses(density, resolution_for(density)).exp().sum()) == pytest.approx(1, abs=1e-6)


def test_cell_masses_when_cells_are_wider_than_the_modes():
    density = make_density("ring8")
    coarse, fine = log_cell_masses(density, 64).exp(), log_cell_masses(density, 512).exp()
    assert (fine.reshape(64, 8, 64, 8).sum((1, 3)) - coarse).abs().max() < 1e-6


@pytest.mark.parametrize("name, expected", [("ring8", 0.01), ("grid25", 0.05), ("moons", 0.2 * math.sqrt(2)), ("gaussian", 1)])
def test_width_is_that_of_the_narrowest_detail(name: str, expected: float):
    assert width(make_density(name)) == pytest.approx(expected, rel=0.05)


def test_odd_resolutions_are_refused(round_gaussian: GaussianMixture):
    with pytest.raises(ValueError, match="even"):
        plane_divergences(round_gaussian, moved((0, 0), side=33), 65)
