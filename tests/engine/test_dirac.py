"""The Dirac-GAN against its paper: published distances, autograd of the losses, eigenvalues in closed form and by differences."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable

import numpy as np
import pytest
import torch
from torch.nn.functional import logsigmoid, relu

from playground.engine import dirac

METHODS = {method.name: method for method in dirac.METHODS}
ORDERS = tuple(dirac.ORDERS)
POINTS = [(1.0, 1.0), (0.3, -0.8), (-1.7, 0.4), (2.0, -1.5), (-0.2, -2.1), (1.5, 0.9)]

#: Distance to (0, 0) after 500 updates of 0.2 from (1, 1), computed once from the vector fields of the authors' notebook
#: (github.com/LMescheder/GAN_stability, notebooks/DiracGAN.ipynb), to the digits noted then.
PUBLISHED = {
    "gan": ("3.10", "1.42", "1.85"),
    "nsgan": ("0.64", "0.284", "0.139"),
    "gan_gp": ("2.6e-06", "2.3e-07", None),
    "gan_gp_critical": ("9.5e-22", "7.5e-17", "5e-12"),
    "nsgan_gp": ("2.2e-06", "1.5e-07", None),
}
#: The range of the distance on the orbit, same source.
ORBITS = {
    "gan": (None, None, (1.03, 2.41)),
    "wgan": ((1.0, 1.27), (0.95, 1.05), (0.45, 1.01)),
    "wgan_gp": ((1.6, 2.0), (1.1, 1.4), (0.7, 1.5)),
}


def each(*choices: Iterable[object]) -> list[tuple[object, ...]]:
    """Every combination."""
    return list(itertools.product(*choices))


def rounded(value: float, like: str) -> str:
    """``value`` with as many digits as ``like``."""
    digits = len(like.partition("e")[0].partition(".")[2])
    return f"{value:.{digits}{'e' if 'e' in like else 'f'}}"


@pytest.mark.parametrize(("name", "order"), each(PUBLISHED, ORDERS))
def test_published_final_distances(name: str, order: str) -> None:
    expected = PUBLISHED[name][ORDERS.index(order)]
    distance = dirac.measure(dirac.trajectory(METHODS[name], order=order)).distance
    if expected is None:
        assert 0 < distance < 1e-30
    else:
        assert rounded(distance, expected).replace("e-0", "e-") == expected.replace("e-0", "e-")


@pytest.mark.parametrize(("name", "order"), [(n, o) for n in ORBITS for o in ORDERS if ORBITS[n][ORDERS.index(o)]])
def test_published_orbits(name: str, order: str) -> None:
    """The ends of the range, as far as "1.6-2.0" tells."""
    low, high = ORBITS[name][ORDERS.index(order)]
    found = dirac.measure(dirac.trajectory(METHODS[name], order=order))
    assert found.low == pytest.approx(low, abs=0.05) and found.high == pytest.approx(high, abs=0.05)
    assert found.verdict == "orbits"


# ---------------------------------------------------------------- the field is the gradient of the losses
def d_loss(objective: str, fake: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
    """What D minimises, of its scores, where high means generated."""
    return {
        "minimax": lambda: -logsigmoid(fake) - logsigmoid(-real),
        "nonsaturating": lambda: -logsigmoid(fake) - logsigmoid(-real),
        "lsgan": lambda: 0.5 * (0.5 - fake) ** 2 + 0.5 * (0.5 - real - 1) ** 2,  # D = 1/2 - score; targets 0 and 1
        "wgan": lambda: real - fake,
        "hinge": lambda: relu(1 - fake) + relu(1 + real),
        "rpgan": lambda: -logsigmoid(fake - real),
    }[objective]().mean()


def g_loss(objective: str, fake: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
    """What G minimises."""
    return {
        "minimax": lambda: logsigmoid(fake),
        "nonsaturating": lambda: -logsigmoid(-fake),
        "lsgan": lambda: 0.5 * (0.5 - fake - 1) ** 2,
        "wgan": lambda: fake,
        "hinge": lambda: fake,
        "rpgan": lambda: -logsigmoid(real - fake),
    }[objective]().mean()


def by_autograd(method: dirac.Method, theta: float, psi: float, eps: tuple[torch.Tensor, torch.Tensor]) -> tuple[float, float]:
    """-dL_G/dtheta and -dL_D/dpsi with D(x) = psi x, penalties from D's own gradient; ``eps``: noise of generated and real."""
    t, p = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (theta, psi))
    x, y = t + method.noise * eps[0], (method.noise * eps[1]).requires_grad_()
    fake, real = p * x, p * y

    def gradient(score: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        return torch.autograd.grad(score.sum(), at, create_graph=True)[0]

    loss, weight = d_loss(method.objective, fake, real), method.weight
    if method.penalty in ("r1", "r1r2"):
        loss = loss + weight / 2 * gradient(real, y).square().mean()
    if method.penalty == "r1r2":
        loss = loss + weight / 2 * gradient(fake, x).square().mean()
    if method.penalty in ("gp0", "gp1"):
        between = ((x + y) / 2).detach().requires_grad_()
        length = gradient(p * between, between).abs()
        loss = loss + (weight / 2 * length**2 if method.penalty == "gp0" else weight * (length - 1) ** 2).mean()
    losses = ((g_loss(method.objective, fake, real), t), (loss, p))
    v = [-torch.autograd.grad(part, at, create_graph=True)[0] for part, at in losses]
    if method.penalty == "consensus":
        energy = method.weight / 2 * (v[0] ** 2 + v[1] ** 2)
        v = [a - b for a, b in zip(v, torch.autograd.grad(energy, (t, p)), strict=True)]
    return v[0].item(), v[1].item()


@pytest.mark.parametrize(("objective", "penalty"), each(dirac.OBJECTIVES, dirac.PENALTIES))
def test_the_field_is_the_gradient_of_the_losses(objective: str, penalty: str) -> None:
    method = dirac.Method("test", "", objective, penalty, 0.4)
    still = torch.zeros(1, dtype=torch.float64)
    found = dirac.field(method, np.array(POINTS))
    for at, v in zip(POINTS[1:], found[1:], strict=True):  # at (1, 1) the hinge has its kink
        assert np.allclose(v, by_autograd(method, *at, (still, still)), atol=1e-12)


@pytest.mark.parametrize("objective", [o for o in dirac.OBJECTIVES if o != "hinge"])
def test_noise_is_averaged_over(objective: str) -> None:
    """Against the mean of the gradients over 200,000 draws, in pairs of opposite sign."""
    method = dirac.Method("test", "", objective, noise=0.7)
    half = torch.randn(2, 100_000, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    draws = (torch.cat([half[0], -half[0]]), torch.cat([half[1], -half[1]]))
    for at in POINTS:
        assert np.allclose(dirac.velocity(method, *at), by_autograd(method, *at, draws), atol=0.01)


def test_pairs_at_one_real_point_are_the_non_saturating_game() -> None:
    lattice = np.stack(np.meshgrid(np.linspace(-2, 2, 9), np.linspace(-2, 2, 9)), -1)
    pairs, alone = (dirac.field(dirac.Method("test", "", o), lattice) for o in ("rpgan", "nonsaturating"))
    assert pairs.shape == (9, 9, 2) and (pairs == alone).all()


# ---------------------------------------------------------------- theory
def by_differences(method: dirac.Method, h: float = 1e-6) -> np.ndarray:
    """The Jacobian of the field at (0, 0)."""
    ends = [[dirac.velocity(method, *(sign * h * np.eye(2)[i])) for sign in (1, -1)] for i in (0, 1)]
    return np.stack([(np.array(up) - np.array(down)).reshape(2) / (2 * h) for up, down in ends], axis=1)


@pytest.mark.parametrize("name", [n for n in METHODS if n != "wgan_gp"])
def test_eigenvalues_against_differences(name: str) -> None:
    found = dirac.theory(METHODS[name]).eigenvalues
    expected = np.linalg.eigvals(by_differences(METHODS[name]))
    assert found is not None
    apart = min(np.abs(np.array(order) - expected).max() for order in (found, found[::-1]))
    assert apart < 2e-5  # a double eigenvalue moves by the root of what the matrix is off


@pytest.mark.parametrize("gamma", [0.01, 0.3, 0.99, 1.0, 1.5, 4.0])
def test_eigenvalues_in_closed_form(gamma: float) -> None:
    """-gamma/2 +- sqrt(gamma^2/4 - f'(0)^2), f'(0) = 1/2 (Mescheder et al. 2018, section 4.1); critical at 1."""
    root = np.sqrt(complex(gamma**2 / 4 - 0.25))
    expected = sorted([-gamma / 2 + root, -gamma / 2 - root], key=lambda v: (v.real, v.imag))
    for objective in ("minimax", "nonsaturating"):
        found = dirac.theory(dirac.Method("test", "", objective, "r1", gamma)).eigenvalues
        assert found is not None
        assert np.allclose(sorted(found, key=lambda v: (v.real, v.imag)), expected, atol=2e-8)
        assert (abs(found[0].imag) > 1e-6) == (gamma < 1)


def test_eigenvalues_with_noise_in_closed_form() -> None:
    """f''(0) sigma^2 +- sqrt(f''(0)^2 sigma^4 - f'(0)^2), f''(0) = -1/4 (Mescheder et al. 2018, lemma 3.2)."""
    s2 = 0.49
    expected = -0.25 * s2 + np.sqrt(complex((0.25 * s2) ** 2 - 0.25))
    found = dirac.theory(METHODS["noise"]).eigenvalues
    assert found is not None and min(abs(v - expected) for v in found) < 1e-9


@pytest.mark.parametrize("gamma", [0.2, 1.0, 3.0])
def test_eigenvalues_of_consensus_in_closed_form(gamma: float) -> None:
    """-gamma f'(0)^2 +- i f'(0): J - gamma J^T J with J antisymmetric (Mescheder et al. 2017, section 4)."""
    found = dirac.theory(dirac.Method("test", "", "minimax", "consensus", gamma)).eigenvalues
    assert found is not None and min(abs(v - complex(-gamma / 4, 0.5)) for v in found) < 1e-12


def test_wgan_gp_has_no_jacobian() -> None:
    found = dirac.theory(METHODS["wgan_gp"])
    assert found.eigenvalues is None and math.isnan(found.factor) and "jumps" in found.reason


@pytest.mark.parametrize(("name", "order"), [c for c in each(METHODS, ORDERS) if c != ("consensus", "alternating 5")])
def test_theory_says_what_happens(name: str, order: str) -> None:
    method = METHODS[name]
    assert dirac.theory(method, 0.2, order).verdict == dirac.measure(dirac.trajectory(method, order=order)).verdict


def test_consensus_with_five_steps_of_d_converges_only_from_nearby() -> None:
    """Theory is local: (1, 1) is too far away."""
    assert dirac.theory(METHODS["consensus"], 0.2, "alternating 5").verdict == "converges"
    near, far = (dirac.trajectory(METHODS["consensus"], (s, s), order="alternating 5") for s in (0.3, 1.0))
    assert dirac.measure(near).verdict == "converges" and dirac.measure(far).verdict == "diverges"


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", ["gan_gp", "noise", "nsgan_gp", "rpgan_gp", "consensus"])
def test_the_factor_is_the_measured_one(name: str, order: str) -> None:
    """From close by, 200 updates multiply the distance by factor^200, up to the ellipse that a spiral turns on."""
    told = dirac.theory(METHODS[name], 0.2, order)
    distance = np.hypot(*dirac.trajectory(METHODS[name], (1e-3, 1e-3), 0.2, 200, order).T)
    assert abs(np.log(distance[200] / distance[0]) / 200 - np.log(told.factor)) < 0.006
    curve = told.curve(float(distance[0]), np.arange(201))
    assert curve is not None and curve[200] == pytest.approx(distance[0] * told.factor**200)


@pytest.mark.parametrize("name", ["nsgan", "lsgan"])
def test_slow_convergence_is_as_slow_as_predicted(name: str) -> None:
    told = dirac.theory(METHODS[name], 0.2, "alternating 1")
    distance = np.hypot(*dirac.trajectory(METHODS[name], updates=5000).T)
    curve = told.curve(float(distance[0]), np.arange(5001))
    assert curve is not None and distance[5000] == pytest.approx(curve[5000], rel=0.1)
    assert curve[5000] == pytest.approx(curve[1250] / 2, rel=0.02), "like 1/sqrt(n)"


@pytest.mark.parametrize(("name", "step"), each(["nsgan", "lsgan"], [0.1, 0.2, 0.3]))
def test_simultaneous_steps_settle_on_the_predicted_circle(name: str, step: float) -> None:
    """NSGAN: radius sqrt(2h), from h^2 r^2/4 = h r^4/8. So the "0.64" of the published table is no slow convergence."""
    found = dirac.measure(dirac.trajectory(METHODS[name], step=step, updates=6000, order="simultaneous"))
    expected = math.sqrt(2 * step) if name == "nsgan" else math.sqrt(step / 2)
    assert found.low == pytest.approx(expected, rel=0.06) and found.high == pytest.approx(expected, rel=0.06)
    assert f"radius {expected:.2g}" in dirac.theory(METHODS[name], step, "simultaneous").reason


def test_too_large_a_step_overshoots() -> None:
    """h gamma > 2: I + hJ has an eigenvalue below -1."""
    method = dirac.Method("test", "", "minimax", "r1", 9.0)
    assert dirac.theory(method, 0.2, "simultaneous").verdict == "converges"
    told = dirac.theory(method, 0.3, "simultaneous")
    assert told.verdict == "diverges" and "overshoot" in told.reason and told.factor > 1
    lost = dirac.trajectory(method, step=0.3, order="simultaneous")
    assert np.isfinite(lost).all() and dirac.measure(lost).verdict == "diverges"


# ---------------------------------------------------------------- a recipe's method
def test_every_recipe_has_a_method() -> None:
    from playground.engine.families.gan import OBJECTIVES, PENALTY_HELP

    for objective, penalty in itertools.product(OBJECTIVES, PENALTY_HELP):
        method = dirac.method_for(objective, penalty, 0.35)
        assert method.objective in dirac.OBJECTIVES and method.title
        assert np.isfinite(dirac.field(method, np.array(POINTS))).all()
        assert dirac.theory(method).verdict in dirac.VERDICTS


def test_rows_of_the_table_are_found_and_others_named() -> None:
    for method in METHODS.values():
        found = dirac.method_for(method.objective, method.penalty, method.weight, method.noise, method.clip or 1.0)
        assert found is method
    assert dirac.method_for("wgan_gp", "none", 0.35) is METHODS["wgan_gp"]
    own = dirac.method_for("rpgan", "r1r2", 2.5, noise=0.1)
    assert own.name == "own" and own.title == "RpGAN (relativistic) + R1 + R2 2.5 + noise 0.1"
    with pytest.raises(KeyError):
        dirac.method_for("unheard of")


def test_equations_name_what_the_penalty_takes() -> None:
    assert dirac.equations(METHODS["nsgan_gp"]) == ("−ψ f′(−ψθ)", "θ f′(ψθ) − γψ")
    assert "2γψ" in dirac.equations(METHODS["rpgan_gp"])[1]
    assert len(set(METHODS)) == len(dirac.METHODS) == len({m.title for m in dirac.METHODS})


def test_clipping_holds_from_the_start() -> None:
    path = dirac.trajectory(METHODS["wgan"], (2.0, 3.0), order="simultaneous")
    assert path[0].tolist() == [2.0, 1.0] and np.abs(path[:, 1]).max() <= 1
