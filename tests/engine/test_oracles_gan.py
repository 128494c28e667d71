"""D*, the value of the game and what critics see of the divergence, on five atoms where every sum is exact."""

from __future__ import annotations

import math
from itertools import product

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from playground.engine.metrics.divergences import js_gaussians
from playground.engine.oracles import (
    js_seen,
    optimal_discriminator,
    optimal_logit,
    optimal_value,
    pairing_js,
    value_of_game,
)

#: Two laws on five atoms, in fortieths.
P, Q = [2, 4, 6, 10, 18], [10, 10, 10, 5, 5]
p, q = torch.tensor(P).double() / 40, torch.tensor(Q).double() / 40


def js(a: Tensor, b: Tensor) -> float:
    m = (a + b) / 2
    return float((a * (a / m).log() + b * (b / m).log()).sum() / 2)


def each(values: Tensor, counts: list[int]) -> Tensor:
    """Every atom's value as often as it occurs: the mean over these is the exact expectation."""
    return values.repeat_interleave(torch.tensor(counts))


LOGIT = optimal_logit(p.log(), q.log())


def test_d_star_is_p_over_p_plus_q():
    assert torch.allclose(optimal_discriminator(p.log(), q.log()), p / (p + q), atol=1e-15)


def test_value_of_d_star_is_twice_the_divergence_less_ln_4():
    value, _ = value_of_game(each(LOGIT, P), each(LOGIT, Q))
    assert value == pytest.approx(2 * js(p, q) - math.log(4), abs=1e-14)
    assert value == pytest.approx(optimal_value(js(p, q)), abs=1e-14)
    assert js_seen(each(LOGIT, P), each(LOGIT, Q))[0] == pytest.approx(js(p, q), abs=1e-14)


def test_no_other_discriminator_has_more():
    stream = torch.Generator().manual_seed(0)
    best, _ = js_seen(each(LOGIT, P), each(LOGIT, Q))
    for size in (1e-3, 0.1, 3.0):
        other = LOGIT + size * torch.randn(5, generator=stream, dtype=torch.float64)
        assert js_seen(each(other, P), each(other, Q))[0] < best


def test_d_star_is_best_for_least_squares_too():
    """min over D of E_p (D - 1)^2 + E_q D^2, atom by atom on a fine grid (Mao et al. 2017)."""
    d = torch.linspace(0, 1, 100_001, dtype=torch.float64)
    loss = p[:, None] * (d - 1) ** 2 + q[:, None] * d**2
    assert torch.allclose(d[loss.argmin(1)], optimal_discriminator(p.log(), q.log()), atol=1e-5)


def test_relativistic_critics_see_the_divergence_of_pairs():
    """JS(p x q, q x p) over all 25 pairs; the best critic is ln p/q plus any constant; JS <= it <= ln 2."""
    pairs = torch.tensor([float(p[i] * q[j]) for i, j in product(range(5), range(5))]).double()
    turned = torch.tensor([float(q[i] * p[j]) for i, j in product(range(5), range(5))]).double()
    expected = js(pairs, turned)
    for constant in (0.0, 7.3):
        assert pairing_js(each(LOGIT, P) + constant, each(LOGIT, Q) + constant) == pytest.approx(expected, abs=1e-7)
    assert js(p, q) < expected < math.log(2)


def test_a_relativistic_critic_that_climbs_arrives_at_the_log_ratio():
    """Gradient ascent on the pairing value from nothing: an independent way to the same optimum."""
    c = torch.zeros(5, dtype=torch.float64, requires_grad=True)
    climb = torch.optim.LBFGS([c], max_iter=200, tolerance_grad=1e-12, tolerance_change=1e-15)

    def loss() -> Tensor:
        climb.zero_grad()
        found = -(p[:, None] * q[None] * F.logsigmoid(c[:, None] - c[None])).sum()
        found.backward()
        return found

    climb.step(loss)
    gap = c.detach() - LOGIT
    assert float(gap.max() - gap.min()) < 1e-5


def test_logits_far_out_stay_finite_and_absence_is_neutral():
    log_p = torch.tensor([-1e5, -3.0, -math.inf, -math.inf, 0.0])
    log_q = torch.tensor([-3.0, -1e5, -math.inf, 0.0, -math.inf])
    assert optimal_discriminator(log_p, log_q).tolist() == [0, 1, 0.5, 0, 1]
    value, _ = value_of_game(torch.tensor([-1e4, -1e4]), torch.tensor([1e4, 1e4]))
    assert value == pytest.approx(-2e4)


def test_the_standard_error_covers_the_truth():
    """z-scores over 300 repetitions of N(0, 1) against N(1, 1), whose D* has the logit 1/2 - x (real are the former)."""
    stream, expected, scores = torch.Generator().manual_seed(1), js_gaussians(1.0), []
    for _ in range(300):
        real, fake = torch.randn(400, generator=stream), 1 + torch.randn(400, generator=stream)
        seen, error = js_seen(0.5 - real, 0.5 - fake)
        scores.append((seen - expected) / error)
    z = torch.tensor(scores)
    assert abs(float(z.mean())) < 4 / math.sqrt(300)
    assert float(z.std()) == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("mu, entropy", [(0.5, 0.66284), (1, 0.58173), (2, 0.35632), (3, 0.16637)])
def test_mean_cross_entropy_of_d_star_on_gaussians(mu: float, entropy: float):
    """ln 2 - JS, the lead's table of right numbers."""
    assert math.log(2) - js_gaussians(mu) == pytest.approx(entropy, abs=6e-6)
    assert -optimal_value(js_gaussians(mu)) / 2 == pytest.approx(entropy, abs=6e-6)
