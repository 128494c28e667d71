"""Closed forms against torch.distributions and the published tables of the linear VAE."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from engine_kit import REPOSITORY
from hypothesis import given
from hypothesis import strategies as st

from playground.engine.oracles import fit_ppca, principal_angles


@pytest.fixture(scope="module")
def one_decomposition() -> Iterator[None]:
    """The ten fits of the same digits share one eigendecomposition, which takes a second."""
    real, known = torch.linalg.eigh, {}

    def eigh(a: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        key = (a.shape, float(a.trace()), float(a.sum()))
        if key not in known:
            known[key] = real(a)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.linalg, "eigh", eigh)
        yield


@pytest.fixture(scope="module")
def mnist(one_decomposition: None) -> torch.Tensor:
    for path in (
        REPOSITORY / "resources/data/mnist-10k-train.npz",
        REPOSITORY.parent / "shared/data/mnist-10k-train.npz",
    ):
        if path.exists():
            with np.load(path) as archive:
                # The tables were computed from the package's own pixels, which are rounded to three decimals.
                return torch.from_numpy(np.round(archive["images"] / 255, 3))
    pytest.skip("the bundled digits are not here")


def correlated(n: int, dims: int, seed: int = 0) -> torch.Tensor:
    stream = torch.Generator().manual_seed(seed)
    mixing = torch.randn((dims, dims), generator=stream, dtype=torch.float64)
    return torch.randn((n, dims), generator=stream, dtype=torch.float64) @ mixing.T + 3


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("sigma2", [None, 0.3, 30.0])
def test_ppca_density_is_the_gaussian_with_covariance_wwt_plus_noise(k: int, sigma2: float | None) -> None:
    x = correlated(400, 6)
    fit = fit_ppca(x, k, sigma2)
    eigenvalues, vectors = torch.linalg.eigh(torch.cov(x.T, correction=0))
    largest, top = eigenvalues.flip(0)[:k], vectors.flip(1)[:, :k]
    s2 = fit.sigma2 if sigma2 is None else sigma2
    w = top * (largest - s2).clamp_min(0).sqrt()
    law = torch.distributions.MultivariateNormal(x.mean(0), w @ w.T + s2 * torch.eye(6, dtype=torch.float64))
    assert torch.allclose(fit.log_prob(x), law.log_prob(x), rtol=1e-9)
    assert math.isclose(fit.log_likelihood, float(law.log_prob(x).mean()), rel_tol=1e-9)
    if sigma2 is None:
        assert math.isclose(s2, float(eigenvalues.flip(0)[k:].mean()), rel_tol=1e-9)


def test_ppca_is_a_maximum() -> None:
    """No other noise level and no other subspace has a higher likelihood."""
    x = correlated(500, 5, seed=1)
    best = fit_ppca(x, 2).log_likelihood
    s2 = fit_ppca(x, 2).sigma2
    assert all(fit_ppca(x, 2, s2 * f).log_likelihood < best for f in (0.5, 0.9, 1.1, 2.0))
    assert fit_ppca(x, 1).log_likelihood < best < fit_ppca(x, 3).log_likelihood


def test_ppca_with_all_dimensions_is_the_full_gaussian() -> None:
    x = correlated(300, 2)
    law = torch.distributions.MultivariateNormal(x.mean(0), torch.cov(x.T, correction=0))
    for k in (2, 5):
        fit = fit_ppca(x, k)
        assert math.isclose(fit.log_likelihood, float(law.log_prob(x).mean()), rel_tol=1e-9)
        assert torch.allclose(fit.log_prob(x), law.log_prob(x), rtol=1e-6)


@pytest.mark.parametrize(
    ("k", "log_likelihood", "sigma2"),
    [(2, 15.17, 0.05570), (10, 186.70, 0.03446), (20, 306.33, 0.02418), (50, 515.62, 0.01234), (100, 690.51, 0.00641)],
)
def test_ppca_of_mnist_is_the_table(mnist: torch.Tensor, k: int, log_likelihood: float, sigma2: float) -> None:
    fit = fit_ppca(mnist, k)
    assert abs(fit.log_likelihood - log_likelihood) < 0.006
    assert abs(fit.sigma2 - sigma2) < 0.6e-5


@pytest.mark.parametrize(("sigma2", "active"), [(1.0, 12), (0.5, 22), (0.1, 69), (0.05, 100), (0.01, 248)])
def test_active_units_of_mnist_at_fixed_noise_are_the_eigenvalues_above_it(mnist: torch.Tensor, sigma2: float, active: int) -> None:
    fit = fit_ppca(mnist, 400, sigma2)
    assert len(fit.components) == active
    assert int((fit.eigenvalues > sigma2).sum()) == active


# ---------------------------------------------------------------- angles between subspaces
@given(st.lists(st.floats(1e-9, 89.9), min_size=1, max_size=3), st.integers(0, 1000))
def test_principal_angles_of_a_known_rotation(degrees: list[float], seed: int) -> None:
    """Rows e_i against rows cos(t) e_i + sin(t) e_(i+3): the angles are the t, whatever bases span the two planes."""
    k = len(degrees)
    stream = torch.Generator().manual_seed(seed)
    frame, _ = torch.linalg.qr(torch.randn((9, 9), generator=stream, dtype=torch.float64))
    angles = torch.deg2rad(torch.tensor(degrees, dtype=torch.float64))
    a = frame[:k]
    b = angles.cos()[:, None] * frame[:k] + angles.sin()[:, None] * frame[3 : 3 + k]
    mixed = torch.randn((k, k), generator=stream, dtype=torch.float64) + 3 * torch.eye(k)
    found = principal_angles(a, mixed @ b).sort().values
    assert torch.allclose(found, torch.tensor(sorted(degrees), dtype=torch.float64), rtol=1e-4, atol=1e-10)


def test_principal_angles_of_equal_and_orthogonal_planes() -> None:
    eye = torch.eye(6)
    assert principal_angles(eye[:2], torch.tensor([[1.0, 1, 0, 0, 0, 0], [1.0, -1, 0, 0, 0, 0]])).max() < 1e-12
    assert torch.allclose(principal_angles(eye[:2], eye[2:4]), torch.tensor([90.0, 90.0], dtype=torch.float64))
    assert principal_angles(eye[:2] * 1e-6, eye[:2] * 1e6).max() < 1e-12  # lengths do not matter
