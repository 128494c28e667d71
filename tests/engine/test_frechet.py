"""The Frechet distance against closed forms for Gaussians, and its floor."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from playground.engine.metrics.frechet import frechet_distance, frechet_floor, frechet_of_moments
from playground.engine.metrics.sets import real_floor


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def full(size: int, seed: int) -> Tensor:
    root = noise(size, size, seed=seed)
    return root @ root.T


def test_covariances_along_the_same_axes():
    """sum (sqrt a - sqrt b)^2 + |m - m_w|^2, turned by any rotation."""
    a, b = torch.tensor([4.0, 1.0, 0.25, 0.0]).double(), torch.tensor([1.0, 9.0, 0.0, 0.0]).double()
    turn = torch.linalg.qr(noise(4, 4)).Q
    m, m_w = noise(2, 4, seed=1)
    found = frechet_of_moments(m, turn @ a.diag() @ turn.T, m_w, turn @ b.diag() @ turn.T)
    assert found == pytest.approx(1 + 4 + 0.25 + float((m - m_w).square().sum()), rel=1e-6)


def test_two_dimensions_by_hand():
    """Of a 2 x 2 matrix M with eigenvalues >= 0, tr sqrt(M) = sqrt(tr M + 2 sqrt(det M))."""
    c, c_w = full(2, 3), full(2, 4)
    product = c @ c_w
    root = math.sqrt(product.trace() + 2 * math.sqrt(torch.linalg.det(product)))
    zero = torch.zeros(2)
    assert frechet_of_moments(zero, c, zero, c_w) == pytest.approx(float(c.trace() + c_w.trace()) - 2 * root, rel=1e-9)


def test_many_dimensions_by_the_eigenvalues_of_the_product():
    c, c_w, zero = full(40, 5), full(40, 6), torch.zeros(40)
    root = torch.linalg.eigvals(c @ c_w).real.clamp_min(0).sqrt().sum()
    expected = float(c.trace() + c_w.trace() - 2 * root)
    assert frechet_of_moments(zero, c, zero, c_w) == pytest.approx(expected, rel=1e-6)
    assert frechet_of_moments(zero, c_w, zero, c) == pytest.approx(expected, rel=1e-6)


def test_rank_one():
    """C = u u^T, C_w = v v^T: the root's trace is |u.v|."""
    u, v = noise(2, 30, seed=7)
    zero = torch.zeros(30)
    expected = float(u.square().sum() + v.square().sum() - 2 * (u @ v).abs())
    assert frechet_of_moments(zero, torch.outer(u, u), zero, torch.outer(v, v)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("n, features", [(500, 10), (8, 50), (50, 1)])
def test_a_set_against_itself_is_0(n: int, features: int):
    """With fewer items than features, too: most eigenvalues are 0 then."""
    x = 3 + noise(n, features)
    assert frechet_distance(x, x.flip(0)) == pytest.approx(0, abs=1e-10 * features)


def test_two_points_have_the_variance_of_a_sample():
    """0 and 2: mean 1 and variance 2, by N - 1; against 0 alone that is 1 + 2."""
    assert frechet_distance(torch.tensor([[0.0], [2.0]]), torch.zeros(2, 1)) == pytest.approx(3)


def test_it_is_a_square_of_lengths():
    x, y = noise(100, 5), noise(80, 5, seed=1) @ full(5, 2)
    assert frechet_distance(7 * x, 7 * y) == pytest.approx(49 * frechet_distance(x, y), rel=1e-9)
    assert frechet_distance(x + 2, x) == pytest.approx(4 * 5, rel=1e-9)


@pytest.mark.parametrize("scales", [(1.0, 1.0, 1.0), (3.0, 1.0, 0.1)])
def test_equal_gaussians_score_the_floor(scales: tuple[float, ...]):
    c = torch.tensor(scales).double().square().diag()
    n, m = 200, 300
    found = torch.tensor([real_floor(frechet_distance, noise(500, 3, seed=k) * torch.tensor(scales), n, m, k) for k in range(400)])
    floor = frechet_floor(c, n, m)
    assert abs(float(found.mean()) - floor) < 4 * float(found.std()) / 20 + 0.01 * floor
    if scales == (1.0, 1.0, 1.0):
        assert floor == pytest.approx((1 / n + 1 / m) * 3 * 8 / 4)


def test_what_is_no_gaussian_is_refused():
    zero, eye = torch.zeros(2), torch.eye(2)
    indefinite = torch.tensor([[1.0, 2.0], [2.0, 1.0]])
    for c, why in ((indefinite, "negative"), (torch.ones(2, 3), "square"), (torch.eye(3), "do not fit")):
        with pytest.raises(ValueError, match=why):
            frechet_of_moments(zero, eye, zero, c)
    with pytest.raises(ValueError, match="not finite"):
        frechet_of_moments(zero, eye, zero * math.nan, eye)
