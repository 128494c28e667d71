"""Losses of the two players and penalties on D, against formulas written down by hand and optima known in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from playground.engine import adversarial
from playground.engine.adversarial import OBJECTIVES, PROBABILITIES
from playground.engine.families.gan import OBJECTIVES as DECLARED
from playground.engine.families.gan import PENALTY_HELP
from playground.engine.nets.discriminator import ConvDiscriminator, Fourier, PointDiscriminator, normalise

DTYPE = torch.float64
P = torch.tensor([0.1, 0.2, 0.3, 0.2, 0.2], dtype=DTYPE)  # two distributions on five atoms, in tenths
Q = torch.tensor([0.3, 0.1, 0.1, 0.1, 0.4], dtype=DTYPE)

objectives = pytest.mark.parametrize("name", OBJECTIVES)


def scores(n: int = 6) -> tuple[Tensor, Tensor]:
    stream = torch.Generator().manual_seed(1)
    real, fake = (2 * torch.randn(n, generator=stream, dtype=DTYPE) for _ in range(2))
    return real.requires_grad_(), fake.requires_grad_()


def sigmoid(x: Tensor) -> Tensor:
    return 1 / (1 + torch.exp(-x))


# ---------------------------------------------------------------- losses and their gradients
LOSSES_D: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "minimax": lambda r, f: -(sigmoid(r).log().mean() + (1 - sigmoid(f)).log().mean()),
    "nonsaturating": lambda r, f: -(sigmoid(r).log().mean() + (1 - sigmoid(f)).log().mean()),
    "lsgan": lambda r, f: ((r - 1) ** 2).mean() / 2 + (f**2).mean() / 2,
    "wgan": lambda r, f: f.mean() - r.mean(),
    "wgan_gp": lambda r, f: f.mean() - r.mean(),
    "hinge": lambda r, f: torch.stack([(1 - r).clamp(min=0).mean(), (1 + f).clamp(min=0).mean()]).sum(),
    "rpgan": lambda r, f: -sigmoid(r - f).log().mean(),
}
LOSSES_G: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "minimax": lambda r, f: (1 - sigmoid(f)).log().mean(),
    "nonsaturating": lambda r, f: -sigmoid(f).log().mean(),
    "lsgan": lambda r, f: ((f - 1) ** 2).mean() / 2,
    "wgan": lambda r, f: r.mean() - f.mean(),
    "wgan_gp": lambda r, f: r.mean() - f.mean(),
    "hinge": lambda r, f: -f.mean(),
    "rpgan": lambda r, f: -sigmoid(f - r).log().mean(),
}
#: n * (slope in the real scores, slope in the generated ones) of D's loss, and n * slope of G's in the generated scores.
SLOPES: dict[str, tuple[Callable[..., Tensor], Callable[..., Tensor], Callable[..., Tensor]]] = {
    "minimax": (lambda r, f: sigmoid(r) - 1, lambda r, f: sigmoid(f), lambda r, f: -sigmoid(f)),
    "nonsaturating": (lambda r, f: sigmoid(r) - 1, lambda r, f: sigmoid(f), lambda r, f: sigmoid(f) - 1),
    "lsgan": (lambda r, f: r - 1, lambda r, f: f, lambda r, f: f - 1),
    "wgan": (lambda r, f: -torch.ones_like(r), lambda r, f: torch.ones_like(f), lambda r, f: -torch.ones_like(f)),
    "wgan_gp": (lambda r, f: -torch.ones_like(r), lambda r, f: torch.ones_like(f), lambda r, f: -torch.ones_like(f)),
    "hinge": (lambda r, f: -(r < 1).double(), lambda r, f: (f > -1).double(), lambda r, f: -torch.ones_like(f)),
    "rpgan": (lambda r, f: -sigmoid(f - r), lambda r, f: sigmoid(f - r), lambda r, f: -sigmoid(r - f)),
}


def test_the_table_is_the_one_that_is_declared() -> None:
    assert set(OBJECTIVES) == set(DECLARED) == set(LOSSES_D) == set(LOSSES_G)


@objectives
def test_losses_are_those_of_the_papers(name: str) -> None:
    real, fake = scores()
    assert torch.allclose(OBJECTIVES[name].loss_d(real, fake), LOSSES_D[name](real, fake), rtol=1e-12)
    assert torch.allclose(OBJECTIVES[name].loss_g(real, fake), LOSSES_G[name](real, fake), rtol=1e-12)


@objectives
def test_gradients_are_the_closed_forms(name: str) -> None:
    real, fake = scores()
    n = len(real)
    got_real, got_fake = torch.autograd.grad(OBJECTIVES[name].loss_d(real, fake), (real, fake))
    (got_g,) = torch.autograd.grad(OBJECTIVES[name].loss_g(real, fake), fake)
    for got, slope in zip((got_real, got_fake, got_g), SLOPES[name], strict=True):
        assert torch.allclose(n * got, slope(real, fake), rtol=1e-12), name


@objectives
@pytest.mark.parametrize("size", [-1e4, 1e4])
def test_a_sure_discriminator_gives_finite_losses_and_gradients(name: str, size: float) -> None:
    real, fake = torch.full((4,), size, requires_grad=True), torch.full((4,), -size, requires_grad=True)
    for loss in (OBJECTIVES[name].loss_d, OBJECTIVES[name].loss_g):
        value = loss(real, fake)
        slopes = torch.autograd.grad(value, (real, fake), allow_unused=True)
        assert torch.isfinite(value) and all(torch.isfinite(s).all() for s in slopes if s is not None)
    assert all(torch.isfinite(v) for v in adversarial.log_probabilities(name, real, fake, 0.0))


def test_saturation_is_what_it_is_called() -> None:
    """Where D is sure, the gradient of minimax is gone and that of the non-saturating loss is whole (Goodfellow 2014, sec. 3)."""
    fake = torch.full((1,), -12.0, dtype=DTYPE, requires_grad=True)
    (dead,) = torch.autograd.grad(OBJECTIVES["minimax"].loss_g(fake, fake), fake)
    (alive,) = torch.autograd.grad(OBJECTIVES["nonsaturating"].loss_g(fake.detach(), fake), fake)
    assert abs(float(dead)) < 1e-5 and float(alive) < -0.99999


# ---------------------------------------------------------------- optima
@objectives
def test_losses_at_equilibrium_are_those_of_a_constant_discriminator(name: str) -> None:
    game = OBJECTIVES[name]
    same = torch.full((5,), 0.5 if name == "lsgan" else 0.0, dtype=DTYPE)
    assert math.isclose(game.loss_d(same, same), game.equilibrium_d, abs_tol=1e-12)
    assert math.isclose(game.loss_g(same, same), game.equilibrium_g, abs_tol=1e-12)
    assert math.isclose(float(adversarial.probability(name, same, 0.0)[0]), 0.5)


def best(loss: Callable[[Tensor], Tensor]) -> tuple[Tensor, float]:
    """The table of five scores that minimises ``loss``."""
    d = torch.zeros(5, dtype=DTYPE, requires_grad=True)
    optimizer = torch.optim.LBFGS([d], max_iter=500, tolerance_grad=1e-13, tolerance_change=1e-16, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        value = loss(d)
        value.backward()
        return value

    optimizer.step(closure)
    return d.detach(), float(loss(d.detach()))


def drawn(d: Tensor, law: Tensor) -> Tensor:
    """Scores of ten items that are distributed exactly as ``law`` on the atoms."""
    return d.repeat_interleave((10 * law).round().long())


def js(p: Tensor, q: Tensor) -> float:
    middle = (p + q) / 2
    return float(((p * (p / middle).log()).sum() + (q * (q / middle).log()).sum()) / 2)


@pytest.mark.parametrize("name", ["minimax", "nonsaturating"])
def test_the_best_discriminator_is_p_over_p_plus_q_and_its_value_the_jensen_shannon_divergence(name: str) -> None:
    """Goodfellow et al. 2014, proposition 1 and theorem 1."""
    d, loss = best(lambda d: OBJECTIVES[name].loss_d(drawn(d, P), drawn(d, Q)))
    assert torch.allclose(adversarial.probability(name, d, 9.0), P / (P + Q), atol=1e-6)
    assert math.isclose(-loss, 2 * js(P, Q) - math.log(4), abs_tol=1e-9)


def test_the_best_least_squares_discriminator_is_the_same_probability() -> None:
    """Mao et al. 2017, eq. 5 with b = 1, a = 0."""
    d, _ = best(lambda d: OBJECTIVES["lsgan"].loss_d(drawn(d, P), drawn(d, Q)))
    assert torch.allclose(adversarial.probability("lsgan", d, 9.0), P / (P + Q), atol=1e-6)


def test_the_best_relativistic_score_is_the_log_ratio_up_to_a_constant() -> None:
    """Its value over all pairs is the Jensen-Shannon divergence between p x q and q x p: loss = ln 2 - JS(pq, qp)."""

    def loss(d: Tensor) -> Tensor:
        real, fake = drawn(d, P), drawn(d, Q)
        return OBJECTIVES["rpgan"].loss_d(real.repeat_interleave(10), fake.repeat(10))

    d, value = best(loss)
    wrong = d - (P / Q).log()
    assert float(wrong.max() - wrong.min()) < 1e-6
    pq, qp = torch.outer(P, Q).flatten(), torch.outer(Q, P).flatten()
    assert math.isclose(value, math.log(2) - js(pq, qp), abs_tol=1e-9)


def test_the_best_hinge_loss_is_twice_the_overlap() -> None:
    """D = sign(p - q) is optimal and leaves 2 sum min(p, q) (Lim & Ye 2017, section 3)."""
    d = torch.sign(P - Q)
    value = OBJECTIVES["hinge"].loss_d(drawn(d, P), drawn(d, Q))
    assert math.isclose(value, 2 * torch.minimum(P, Q).sum(), abs_tol=1e-12)
    for change in 0.3 * torch.randn(50, 5, generator=torch.Generator().manual_seed(0), dtype=DTYPE):
        assert OBJECTIVES["hinge"].loss_d(drawn(d + change, P), drawn(d + change, Q)) > value - 1e-12


@objectives
def test_probabilities_of_scores_and_their_logs_agree(name: str) -> None:
    real, fake = (s.detach().sigmoid() if name == "lsgan" else s.detach() for s in scores())
    p_real, p_fake = (adversarial.probability(name, s, 0.7) for s in (real, fake))
    logs = adversarial.log_probabilities(name, real, fake, 0.7)
    assert torch.allclose(logs[0], p_real.log().mean()) and torch.allclose(logs[1], (1 - p_fake).log().mean())
    assert (name in PROBABILITIES) == torch.equal(p_real, adversarial.probability(name, real, -3.0))


# ---------------------------------------------------------------- penalties
W = torch.tensor([3.0, -1.0, 2.0], dtype=DTYPE)
A = torch.tensor([[2.0, 0.5, 0.0], [0.5, 1.0, -1.0], [0.0, -1.0, 3.0]], dtype=DTYPE)


def items() -> tuple[Tensor, Tensor]:
    stream = torch.Generator().manual_seed(2)
    return torch.randn(7, 3, generator=stream, dtype=DTYPE), 1 + torch.randn(7, 3, generator=stream, dtype=DTYPE)


def penalty(name: str, score: adversarial.Score, scale: Tensor | float = 1.0) -> Tensor:
    return adversarial.penalty(name, score, *items(), torch.Generator().manual_seed(3), scale)


@pytest.mark.parametrize("scale", [1.0, torch.tensor([0.1, 2.0, 1.0], dtype=DTYPE)])
@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("r1", lambda s: s / 2), ("r1r2", lambda s: s), ("gp0", lambda s: s / 2), ("gp1", lambda s: (s**0.5 - 1) ** 2),
    ],
)  # fmt: skip
def test_penalties_of_a_linear_discriminator(name: str, of: Callable[[float], float], scale: Tensor | float) -> None:
    """grad_x (w . x) = w everywhere; in units of ``scale`` it is w * scale."""
    square = float((W * scale).square().sum())
    assert math.isclose(penalty(name, lambda x: x @ W, scale), of(square), rel_tol=1e-9)
    assert name in PENALTY_HELP


def test_penalties_at_the_data_of_a_quadratic_discriminator() -> None:
    """grad_x (x . A x / 2) = A x for a symmetric A."""
    real, fake = items()
    at_real, at_fake = ((x @ A).square().sum(1).mean() / 2 for x in (real, fake))
    score = lambda x: (x * (x @ A)).sum(1) / 2  # noqa: E731
    assert torch.allclose(penalty("r1", score), at_real)
    assert torch.allclose(penalty("r1r2", score), at_real + at_fake)


def test_scores_that_are_known_already_give_the_same_penalty() -> None:
    real, fake = items()
    both = torch.cat([real, fake]).requires_grad_()
    score = lambda x: (x * (x @ A)).sum(1) / 2  # noqa: E731
    for name in ("r1", "r1r2"):
        known = adversarial.penalty(name, score, real, fake, torch.Generator(), 2.0, (score(both), both))
        assert torch.allclose(known, penalty(name, score, 2.0))


def test_gradient_penalties_look_at_points_on_the_lines_between() -> None:
    real, fake = items()
    x = adversarial.between(real, fake, torch.Generator().manual_seed(3))
    share = (x - fake) / (real - fake)  # (n, 3), the same in every coordinate of an item, other ones for other items
    assert torch.allclose(share, share[:, :1].expand_as(share)) and (share > 0).all() and (share < 1).all()
    assert len(set(share[:, 0].tolist())) == len(x)
    half_square = lambda x: x.square().sum(1) / 2  # noqa: E731  # its gradient is x itself
    assert torch.allclose(penalty("gp0", half_square), x.square().sum(1).mean() / 2)
    assert torch.allclose(penalty("gp1", half_square), (x.norm(dim=1) - 1).square().mean())


@pytest.mark.parametrize(("name", "slope"), [("r1", W), ("r1r2", 2 * W), ("gp0", W), ("gp1", 2 * (W.norm() - 1) * W / W.norm())])
def test_penalties_are_differentiable_in_the_weights(name: str, slope: Tensor) -> None:
    w = W.clone().requires_grad_()
    (got,) = torch.autograd.grad(penalty(name, lambda x: x @ w), w)
    assert torch.allclose(got, slope)


def test_a_flat_discriminator_has_a_finite_slope_of_its_penalty() -> None:
    w = torch.zeros(3, dtype=DTYPE, requires_grad=True)
    (got,) = torch.autograd.grad(penalty("gp1", lambda x: x @ w), w)
    assert torch.isfinite(got).all()


# ---------------------------------------------------------------- packing, variety, networks
def test_packs_hold_every_item_once() -> None:
    x = torch.arange(24.0).reshape(12, 2)
    packs = adversarial.pack(x, 3)
    assert packs.shape == (4, 3, 2) and torch.equal(packs.reshape(12, 2), x) and torch.equal(packs[1], x[3:6])


def test_mean_distance_is_the_mean_over_pairs() -> None:
    x = torch.randn(9, 2, 3, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(adversarial.mean_distance(x), torch.pdist(x.flatten(1)).mean())
    assert float(adversarial.mean_distance(torch.ones(5, 2))) == 0


@pytest.mark.parametrize("make", [lambda: PointDiscriminator(2, 2, 16, 3, 0, 1.0), lambda: ConvDiscriminator((3, 16, 16), 2, 4, 8)])
def test_a_normalised_discriminator_has_largest_singular_values_of_one(make: Callable[[], nn.Module]) -> None:
    torch.manual_seed(0)
    net = make()
    normalise(net)
    x = torch.randn(4, 2, 2) if isinstance(net, PointDiscriminator) else torch.randn(4, 2, 3, 16, 16)
    for _ in range(300):
        net(x)
    weights = [layer.weight for layer in net.modules() if isinstance(layer, (nn.Linear, nn.Conv2d))]
    assert len(weights) >= 4
    for weight in weights:
        largest = torch.linalg.svdvals(weight.detach().flatten(1))[0]
        assert math.isclose(largest, 1, abs_tol=1e-3)


def test_fourier_features_are_waves_of_the_stated_frequency() -> None:
    layer = Fourier(500, 3.0)
    x = torch.randn(4, 3, 2, generator=torch.Generator().manual_seed(0))
    out = layer(x)
    assert out.shape == (4, 3, 2 + 2 * 500) and torch.equal(out[..., :2], x)
    sine, cosine = out[..., 2:].chunk(2, -1)
    assert torch.allclose(sine**2 + cosine**2, torch.ones_like(sine), atol=1e-5)
    lengths = layer.b.norm(dim=0)
    assert float(lengths.max()) <= 3 and float(lengths.min()) >= 3 / 32
    octaves = torch.histc((lengths / 3).log2(), 5, -5, 0) / 500
    assert torch.allclose(octaves, torch.full((5,), 0.2), atol=0.01)
    for i in range(5):  # in every octave all directions alike: the waves' second moments are those of a circle
        unit = (layer.b / lengths)[:, 100 * i : 100 * i + 100]
        assert torch.allclose(unit @ unit.T / 100, torch.eye(2) / 2, atol=0.02)
    period = layer.b[:, 0] / layer.b[:, 0].square().sum()  # one turn further along the first direction
    assert torch.allclose(layer(x + period)[..., 2], sine[..., 0], atol=1e-4)
