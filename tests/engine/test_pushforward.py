"""The density of a generator of the plane: against closed forms, against many samples, and its mass against 1."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal

from playground.engine.metrics.coverage import deposit
from playground.engine.metrics.pushforward import PushForward, push_forward, warp_density
from playground.engine.nets.mlp import mlp

ROTATED = torch.tensor([[0.6, -0.9], [0.4, 0.3]])  # det > 0
TURNED_OVER = torch.tensor([[0.0, 1.0], [0.5, 0.0]])  # det < 0
BOX = (-4.0, 4.0, -3.0, 3.0)


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def folded(seed: int = 1) -> torch.nn.Module:
    """A random network with folds: steep enough for its Jacobian to change sign."""
    torch.manual_seed(seed)
    net = mlp(2, 32, 2, 2)
    for p in net.parameters():
        torch.nn.init.normal_(p, 0, 2.0 / math.sqrt(p.shape[-1]))
    return net.requires_grad_(False)


def jacobian_sign(net: torch.nn.Module, z: Tensor) -> Tensor:
    return torch.linalg.det(torch.func.vmap(torch.func.jacrev(net))(z)).sign()


def draw(n: int, seed: int = 0) -> Tensor:
    return torch.randn((n, 2), generator=torch.Generator().manual_seed(seed))


# ---------------------------------------------------------------- areas
def test_areas_of_triangles_in_cells_are_those_of_many_random_points():
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, (1, 4, 4, 2))  # a crumpled mesh: overlaps, turned triangles, corners outside
    lower, upper = rng.random((1, 3, 3)), rng.random((1, 3, 3))
    got = deposit([(x, lower, upper)], (-1, 1, -1.5, 1), 8)
    expected, n = np.zeros((8, 8)), 100_000
    for i in range(3):
        for j in range(3):
            a, b, c, d = x[0, i, j], x[0, i, j + 1], x[0, i + 1, j + 1], x[0, i + 1, j]
            for triangle, mass in (((a, b, c), lower), ((a, c, d), upper)):
                points = rng.dirichlet(np.ones(3), n) @ np.array(triangle)  # even over the triangle
                found = np.histogram2d(points[:, 1], points[:, 0], [8, 8], [(-1.5, 1), (-1, 1)])[0]
                expected += found * mass[0, i, j] / n
    assert np.abs(got - expected).max() < 4 * np.sqrt(expected.max() / n)


def test_a_triangle_without_area_keeps_its_mass():
    """A whole mesh on a line, and one in a point: the mass stays, where the line and the point are."""
    t = np.linspace(-0.9, 0.9, 6)
    line = np.stack(np.broadcast_arrays(t[:, None] + 0.01 * t, 0.3 * t[:, None] + 0.003 * t), -1)[None]
    half = np.full((1, 5, 5), 1 / 50)
    cells = deposit([(line, half, half)], (-1, 1, -1, 1), 20)
    assert cells.sum() == pytest.approx(1, abs=1e-9) and cells.min() > -1e-9
    rows, columns = np.nonzero(cells > 1e-3)
    assert np.abs(rows - (10 + 0.3 * (columns - 9.5) - 0.5)).max() <= 1
    point = deposit([(np.full((1, 6, 6, 2), 0.5), half, half)], (-1, 1, -1, 1), 20)  # on a corner of cells
    assert point.sum() == pytest.approx(1, abs=1e-12) and (point > 0).sum() == 1


# ---------------------------------------------------------------- linear maps have a Gaussian density
@pytest.mark.parametrize("matrix", [ROTATED, TURNED_OVER], ids=["rotated", "turned over"])
def test_density_of_a_linear_map_is_the_gaussian(matrix: Tensor):
    shift = torch.tensor([0.3, -0.2])
    q = push_forward(lambda z: z @ matrix.T + shift, side=257, rounds=0)
    law = MultivariateNormal(shift.double(), matrix.double() @ matrix.double().T)
    x = draw(400, seed=3) @ matrix.T + shift
    assert (q.log_prob(x) - law.log_prob(x.double())).abs().max() < 2e-3
    half = torch.linspace(0, 1, 65)[1:-1:2].double()
    centres = torch.cartesian_prod(half * 6 - 3, half * 8 - 4).flip(1).reshape(32, 32, 2)
    expected = law.log_prob(centres)
    seen = q.log_density(BOX, 32)
    near = expected > expected.max() - 4
    curvature = 0.25**2 / 24 * torch.linalg.inv(law.covariance_matrix).trace() * 4  # what a cell's mean may differ from its centre
    assert (seen - expected)[near].abs().max() < float(curvature)


def test_a_turned_over_picture_would_be_seen():
    """Row 0 is the smallest y and columns run along x."""
    q = push_forward(lambda z: 0.1 * z + torch.tensor([3.0, -2.0]))
    row, column = divmod(int(q.log_density(BOX, 32).argmax()), 32)
    assert (row, column) in {(r, c) for r in (4, 5, 6) for c in (27, 28)}


def test_points_far_outside_have_no_density():
    q = push_forward(lambda z: z)
    assert q.log_prob(torch.tensor([[50.0, 0.0]])).item() == -math.inf


def test_the_two_halves_of_a_cell_have_their_shares_of_the_prior():
    """Against a sum over many points of each triangle."""
    patch = push_forward(lambda z: z, side=25, rounds=0).base
    lower, upper = patch.halves()
    at = (np.arange(400) + 0.5) / 400
    s, t = np.meshgrid(at, at)  # across the cell, up the cell
    for i, j in ((16, 3), (8, 16), (17, 17), (3, 4)):
        (a, b), (c, d) = patch.z0[0, j : j + 2], patch.z1[0, i : i + 2]
        density = np.exp(-((a + (b - a) * s) ** 2 + (c + (d - c) * t) ** 2) / 2)
        share = density[s > t].sum() / (density[s > t].sum() + density[s < t].sum())
        assert lower[0, i, j] / (lower + upper)[0, i, j] == pytest.approx(share, abs=0.01)
        assert abs(share - 0.5) > 0.04 or i == j


# ---------------------------------------------------------------- folds
def test_a_map_folded_once_doubles_the_density():
    """x = (|z1|, z2): q = 2 N(x) on the right half plane, nothing on the left."""
    q = push_forward(lambda z: torch.stack([z[:, 0].abs(), z[:, 1]], 1), side=257, rounds=3)
    x = draw(300, seed=4).abs() * torch.tensor([1.0, -1.0]) + torch.tensor([0.1, 0.0])
    expected = MultivariateNormal(torch.zeros(2), torch.eye(2)).log_prob(x).double() + math.log(2)
    assert (q.log_prob(x) - expected).abs().max() < 5e-3
    assert (q.log_prob(-x) == -math.inf).all()


def test_cells_of_a_folded_network_are_those_of_many_samples():
    """Each cell's mass against a million samples: Pearson's chi squared per cell is near 1."""
    net = folded()
    assert len(jacobian_sign(net, draw(500)).unique()) == 2
    q = push_forward(net, side=129, rounds=3, cells=1000)
    x = net(draw(1_000_000, seed=9)).numpy()
    lo, hi = np.quantile(x[:20_000], 0.01, 0), np.quantile(x[:20_000], 0.99, 0)
    found = np.histogram2d(x[:, 1], x[:, 0], [40, 40], [(lo[1], hi[1]), (lo[0], hi[0])])[0]
    expected = q.masses((lo[0], hi[0], lo[1], hi[1]), 40).numpy() * len(x)
    much = expected > 50
    assert much.sum() > 400
    chi_squared = ((found - expected)[much] ** 2 / expected[much]).mean()
    assert 0.8 < chi_squared < 1.2  # its own standard deviation is at most sqrt(2 / 400) = 0.07


def test_density_of_a_folded_network_at_points_is_that_of_a_kernel_estimate():
    """Against a Gaussian kernel density of 200,000 samples, where the exact density is blurred by the same kernel, in sigmas."""
    net, width = folded(), 0.2
    q = push_forward(net, side=129, rounds=3, cells=1000)
    samples, x = net(draw(200_000, seed=5)), net(draw(16, seed=6))
    kernels = (-(samples - x[:, None]).square().sum(2) / (2 * width**2)).exp().double() / (2 * math.pi * width**2)
    kde, kde_error = kernels.mean(1), kernels.std(1) / math.sqrt(kernels.shape[1])
    blurred = (x[:, None] + width * draw(2000, seed=7)).reshape(-1, 2)
    densities = q.log_prob(blurred).exp().reshape(16, 2000)
    exact, error = densities.mean(1), densities.std(1) / math.sqrt(2000)
    assert ((exact - kde) / (kde_error**2 + error**2).sqrt()).abs().max() < 4
    assert float((error / exact).median()) < 0.05  # the test is sharp enough to find a missing fold


# ---------------------------------------------------------------- mass
@pytest.mark.parametrize("side, rounds", [(33, 0), (65, 3)])
def test_mass_is_kept(side: int, rounds: int):
    net = folded(seed=2)
    q = push_forward(net, side=side, rounds=rounds)
    everything, narrow = (-300.0, 300.0, -300.0, 300.0), (-1.0, 2.0, -1.5, 1.0)
    assert float(q.masses(everything, 50).sum()) == pytest.approx(1, abs=1e-8)
    assert float(q.masses(narrow, 50).sum()) + q.outside(narrow) == pytest.approx(1, abs=1e-8)
    x = net(draw(50_000, seed=8))
    share = ((x[:, 0] < -1) | (x[:, 0] > 2) | (x[:, 1] < -1.5) | (x[:, 1] > 1)).double().mean()
    assert q.outside(narrow) == pytest.approx(float(share), abs=0.01)


def test_cells_twice_as_wide_hold_the_sum():
    q = push_forward(folded(), side=65, rounds=1)
    fine, coarse = q.masses(BOX, 64), q.masses(BOX, 32)
    # thin triangles are as thick as a thousandth of a cell
    assert torch.allclose(fine.reshape(32, 2, 32, 2).sum((1, 3)), coarse, atol=1e-6)


def test_a_generator_that_gives_one_point_or_nonsense():
    q = push_forward(lambda z: torch.zeros_like(z) + 0.5)
    masses = q.masses((-1, 1, -1, 1), 10)
    assert float(masses.max()) == pytest.approx(1, abs=1e-8)
    broken = push_forward(lambda z: torch.where(z[:, :1] > 0, math.nan, z))
    assert 0.45 < broken.outside((-9, 9, -9, 9)) < 0.6  # what is not a number lies nowhere


# ---------------------------------------------------------------- refinement
def test_refinement_finds_a_wall():
    """Half of the noise goes to x = -1, half to x = 1; by the first lattice alone a strip of it lands in between."""

    def wall(z: Tensor) -> Tensor:
        return torch.stack([z[:, 0].sign() + 0.05 * z[:, 0], z[:, 1]], 1)

    def between(q: PushForward) -> float:
        return float(q.masses((-0.7, 0.7, -9, 9), 2).sum())

    plain, refined = push_forward(wall, side=64, rounds=0), push_forward(wall, side=64, rounds=3)
    assert between(plain) > 0.02
    assert between(refined) < between(plain) / 40
    assert refined.unresolved < plain.unresolved / 40
    assert between(plain) < plain.unresolved


def test_doubt_is_how_far_a_chord_misses_a_parabola():
    """x = (z1^2 / 2 + 3 z1, z2) has x'' = 1: a cell of width h misses it by h^2 / 8."""
    q = push_forward(lambda z: torch.stack([z[:, 0] ** 2 / 2 + 3 * z[:, 0], z[:, 1]], 1), side=41, rounds=0)
    expected = q.base.mass[0] * np.minimum(np.diff(q.base.z0[0]) ** 2 / 8 / 0.5, 1)
    doubt, split = q.base.doubts(0.5)
    assert doubt.sum() == pytest.approx(expected.sum(), rel=1e-4)
    assert (split == 1).all()  # along the first noise


def test_a_straight_map_is_not_refined():
    assert push_forward(lambda z: z @ ROTATED, side=33, rounds=3).nodes == 33 * 33


# ---------------------------------------------------------------- the lattice of the warp
def test_warp_density_of_a_linear_map_is_the_prior_over_the_determinant():
    line = torch.linspace(-2, 2, 41)
    z = torch.stack(torch.meshgrid(line, line, indexing="xy"), -1)
    seen = warp_density(z.numpy(), (z @ TURNED_OVER.T).numpy())
    middle = (z[1:, 1:] + z[:-1, :-1]).double() / 2
    law = MultivariateNormal(torch.zeros(2).double(), torch.eye(2).double())
    assert seen.shape == (40, 40)
    assert np.abs(seen - (law.log_prob(middle) - math.log(0.5)).numpy()).max() < 0.1**2 / 24 * 8
    swapped = warp_density(z.flip(2).numpy(), (z @ TURNED_OVER.T).numpy())
    assert np.abs(swapped - seen).max() < 1e-6


def test_cells_of_the_first_lattice():
    q = push_forward(lambda z: 2 * z, side=101, rounds=0)
    assert q.cells().shape == (100, 100)
    assert float(q.cells()[50, 50]) == pytest.approx(-math.log(2 * math.pi * 4), abs=5e-3)
