"""Losses and bounds against torch.distributions and closed forms."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from engine_kit import linear_gaussian_log_prob
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Bernoulli, Normal, kl_divergence

from playground.engine.objectives import (
    bernoulli_log_prob,
    free_bits_kl,
    gaussian_log_prob,
    importance_weighted_bound,
    kl_to_standard_normal,
    standard_normal_log_prob,
)  # fmt: skip

numbers = st.floats(-20, 20)
log_sigmas = st.floats(-5, 3)


@given(x=numbers, mean=numbers, log_sigma=log_sigmas)
def test_gaussian_log_prob(x: float, mean: float, log_sigma: float) -> None:
    ours = gaussian_log_prob(*(torch.tensor(v, dtype=torch.float64) for v in (x, mean, log_sigma)))
    theirs = Normal(torch.tensor(mean, dtype=torch.float64), math.exp(log_sigma)).log_prob(torch.tensor(x, dtype=torch.float64))
    assert torch.isclose(ours, theirs, rtol=1e-10, atol=1e-10)


def test_gaussian_log_prob_broadcasts() -> None:
    x, mean = torch.randn(5, 1, 4, 4), torch.randn(3, 5, 1, 4, 4)
    assert gaussian_log_prob(x, mean, torch.zeros(3, 5, 1, 1, 1)).shape == mean.shape


@given(logit=st.floats(-80, 80), x=st.sampled_from([0.0, 1.0]))
def test_bernoulli_log_prob(logit: float, x: float) -> None:
    ours = bernoulli_log_prob(torch.tensor(x, dtype=torch.float64), torch.tensor(logit, dtype=torch.float64))
    theirs = Bernoulli(logits=torch.tensor(logit, dtype=torch.float64)).log_prob(torch.tensor(x, dtype=torch.float64))
    assert torch.isclose(ours, theirs, rtol=1e-10, atol=1e-12)


def test_bernoulli_log_prob_is_finite_for_any_logit_and_grey_is_the_cross_entropy() -> None:
    logits = torch.tensor([-1e4, 1e4])
    assert torch.equal(bernoulli_log_prob(torch.tensor([1.0, 1.0]), logits), torch.tensor([-1e4, 0.0]))
    p = torch.tensor(0.7)
    expected = 0.3 * p.log() + 0.7 * (1 - p).log()
    assert torch.isclose(bernoulli_log_prob(torch.tensor(0.3), torch.logit(p)), expected)


@given(mu=st.lists(numbers, min_size=3, max_size=3), logvar=st.lists(st.floats(-10, 6), min_size=3, max_size=3))
def test_kl_to_the_prior(mu: list[float], logvar: list[float]) -> None:
    m, lv = torch.tensor(mu, dtype=torch.float64), torch.tensor(logvar, dtype=torch.float64)
    theirs = kl_divergence(Normal(m, (0.5 * lv).exp()), Normal(torch.zeros(3, dtype=torch.float64), 1.0))
    ours = kl_to_standard_normal(m, lv)
    assert torch.allclose(ours, theirs, rtol=1e-10, atol=1e-10)
    assert (ours >= -1e-12).all()


def test_standard_normal_log_prob() -> None:
    z = torch.randn(4, 5, 3, dtype=torch.float64)
    assert torch.allclose(standard_normal_log_prob(z), Normal(0.0, 1.0).log_prob(z).sum(-1))


def test_free_bits_count_the_batch_mean_of_each_dimension() -> None:
    kl = torch.tensor([[0.0, 2.0, 0.4], [0.2, 4.0, 0.8]])  # means 0.1, 3.0, 0.6
    assert torch.isclose(free_bits_kl(kl, 0.0), torch.tensor(3.7))
    assert torch.isclose(free_bits_kl(kl, 0.5), torch.tensor(0.5 + 3.0 + 0.6))
    assert torch.isclose(free_bits_kl(kl, 5.0), torch.tensor(15.0))


def test_free_bits_give_no_gradient_below_the_free_amount() -> None:
    kl = torch.tensor([[0.1, 3.0]], requires_grad=True)
    (slope,) = torch.autograd.grad(free_bits_kl(kl, 0.5), kl)
    assert slope.tolist() == [[0.0, 1.0]]


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=20))
def test_importance_weighted_bound_is_the_log_of_the_mean_weight(log_w: list[float]) -> None:
    w = torch.tensor(log_w, dtype=torch.float64)[:, None]
    assert torch.isclose(importance_weighted_bound(w)[0], w.exp().mean().log(), rtol=1e-9, atol=1e-9)


def test_importance_weighted_bound_survives_weights_beyond_floating_point() -> None:
    assert torch.allclose(importance_weighted_bound(torch.full((7, 2), -3000.0)), torch.tensor(-3000.0))


@pytest.fixture(scope="module")
def log_weights() -> tuple[torch.Tensor, torch.Tensor]:
    """(log w (K, B), exact log p(x) (B,)) of a linear-Gaussian model; the proposal is wrong in mean and width."""
    stream = torch.Generator().manual_seed(0)
    sigma, w, b = (
        0.5,
        torch.tensor([[1.0], [2.0], [-0.5]], dtype=torch.float64),
        torch.tensor([0.0, 1.0, -1.0], dtype=torch.float64),
    )
    z = torch.randn((2000, 1), generator=stream, dtype=torch.float64)
    x = z @ w.T + b + sigma * torch.randn((2000, 3), generator=stream, dtype=torch.float64)
    precision = 1 + (w.T @ w).squeeze() / sigma**2
    mu = (x - b) @ w / sigma**2 / precision + 0.15
    width = 1.3 * precision.rsqrt()
    eps = torch.randn((256, 2000, 1), generator=stream, dtype=torch.float64)
    z = mu + width * eps
    log_q = Normal(mu, width).log_prob(z).sum(-1)
    log_joint = Normal(z @ w.T + b, sigma).log_prob(x).sum(-1) + standard_normal_log_prob(z)
    return log_joint - log_q, linear_gaussian_log_prob(x, w, b, sigma)


def test_importance_weighted_bounds_rise_with_k_to_the_exact_log_likelihood(
    log_weights: tuple[torch.Tensor, torch.Tensor],
) -> None:
    log_w, log_p = log_weights
    bounds = [float(importance_weighted_bound(log_w[:k]).mean()) for k in (1, 4, 16, 64, 256)]
    assert all(b - a > 0.001 for a, b in itertools.pairwise(bounds[:3]))
    assert bounds == sorted(bounds)
    assert bounds[0] < float(log_p.mean()) - 0.1
    assert abs(bounds[-1] - float(log_p.mean())) < 0.003
