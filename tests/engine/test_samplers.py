"""Samplers with the ideal denoiser, where the end of every chain is known exactly. No network, no training.

The expected errors of the ODE solvers and variance ratios of the ancestral ones are closed-form recursions, computed elsewhere.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from playground.engine.samplers import (
    CLEAN,
    Level,
    Prediction,
    Step,
    ddim,
    ddpm,
    dpmpp_2m,
    eps_of_x0,
    euler,
    heun,
    invert,
    levels,
    score_of_eps,
    x0_of_eps,
)
from playground.engine.schedules import edm_sigmas, make_schedule

S2 = 0.25  # variance of the data, N(0, 0.5^2)


def ideal(x: Tensor, at: Level) -> Prediction:
    """E[x_0 | x_t] for x_0 ~ N(0, S2)."""
    a = at.alpha_bar
    x0 = at.signal * S2 / (a * S2 + 1 - a) * x
    return Prediction(x0, eps_of_x0(x, x0, at))


def x0_variance(at: Level) -> float:
    return S2 * (1 - at.alpha_bar) / (at.alpha_bar * S2 + 1 - at.alpha_bar)


def stream(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# ---------------------------------------------------------------- ODE solvers on the grid of Karras et al.
ODE_ERRORS = {  # steps: Euler, Heun, DPM-Solver++(2M); RMS error per coordinate
    20: (6.62e-2, 1.96e-2, 2.20e-2),
    40: (3.43e-2, 4.64e-3, 4.93e-3),
    80: (1.74e-2, 1.129e-3, 1.163e-3),
    160: (8.80e-3, 2.785e-4, 2.825e-4),
}
SOLVERS: tuple[Callable[..., Iterator[Step]], ...] = (euler, heun, dpmpp_2m)


def ode_errors(num_steps: int) -> list[float]:
    """From y ~ 80 N(0, I) down to sigma 0.002, where the exact end is y sqrt((s2 + 0.002^2) / (s2 + 80^2))."""
    path = [Level(i, 1 / (1 + s * s)) for i, s in enumerate(edm_sigmas(num_steps + 1).tolist())]
    # RMS over the law of y, whose variance is 80^2: one number stands for all, since everything here is linear in y.
    y = torch.full((1, 1), 80.0, dtype=torch.float64)
    exact = y * math.sqrt((S2 + 0.002**2) / (S2 + 80**2))
    out = []
    for solver in SOLVERS:
        *_, last = solver(ideal, y * path[0].signal, path)
        out.append(float((last.x / path[-1].signal - exact).abs()))
    return out


@pytest.mark.parametrize("num_steps", ODE_ERRORS)
def test_solvers_err_as_much_as_they_should(num_steps: int) -> None:
    for name, error, expected in zip(("euler", "heun", "dpmpp_2m"), ode_errors(num_steps), ODE_ERRORS[num_steps], strict=True):
        assert abs(error / expected - 1) < 0.03, name


def test_orders_are_one_two_and_two() -> None:
    coarse, fine = ode_errors(320), ode_errors(640)
    orders = [math.log2(a / b) for a, b in zip(coarse, fine, strict=True)]
    assert abs(orders[0] - 1) < 0.05 and abs(orders[1] - 2) < 0.05 and abs(orders[2] - 2) < 0.05


def test_evaluations_are_counted() -> None:
    path = levels(make_schedule("linear", 1000), 10)
    calls: list[Level] = []

    def counting(x: Tensor, at: Level) -> Prediction:
        calls.append(at)
        return ideal(x, at)

    for solver in SOLVERS:
        calls.clear()
        *_, last = solver(counting, torch.ones(1, 1), path)
        assert last.nfe == len(calls) == (19 if solver is heun else 10)


# ---------------------------------------------------------------- ancestral sampling
VARIANCE_RATIOS = {  # steps out of 1,000 of the linear schedule: small, large, DDIM; output variance over true variance
    1000: (0.9845, 1.0030, 0.9940),
    100: (0.8759, 1.0346, 0.9442),
    50: (0.7857, 1.0715, 0.8908),
    20: (0.6020, 1.1938, 0.7412),
    10: (0.4169, 1.4341, 0.5231),
}


def variance_of(run: Iterator[Step]) -> float:
    *_, last = run
    return float(last.x.var())


@pytest.mark.slow
@pytest.mark.parametrize("num_steps", VARIANCE_RATIOS)
def test_variance_of_samples_is_what_the_exact_recursion_gives(num_steps: int) -> None:
    path = levels(make_schedule("linear", 1000), num_steps)
    n = 100_000  # relative error of a variance: sqrt(2 / n) = 0.45 %
    start = torch.randn((n, 1), generator=stream(7), dtype=torch.float64)
    runs: dict[str, Any] = {
        "small": ddpm(ideal, start, path, stream(1), "small"), "large": ddpm(ideal, start, path, stream(2), "large"),
        "ddim": ddim(ideal, start, path, stream(3)), "optimal": ddpm(ideal, start, path, stream(4), "optimal", x0_variance),
    }  # fmt: skip
    expected = dict(zip(("small", "large", "ddim"), VARIANCE_RATIOS[num_steps], strict=True)) | {"optimal": 1.0}
    for name, run in runs.items():
        assert abs(variance_of(run) / S2 / expected[name] - 1) < 0.015, name


def exact_variance(num_steps: int, kind: str) -> float:
    """The same by a recursion on the variance alone: every step is x <- c x + noise. Linear maps are probed with 1."""
    path = levels(make_schedule("linear", 1000), num_steps)
    variance, one = 1.0, torch.ones(1, 1, dtype=torch.float64)
    for t, s in itertools.pairwise(path):
        args = (ideal, one, [t, s], stream())
        step = next(ddim(*args)) if kind == "ddim" else next(ddpm(*args, kind, x0_variance))
        variance = float(step.mean) ** 2 * variance + step.numbers["sigma"] ** 2
    return variance / S2


@pytest.mark.parametrize("num_steps", VARIANCE_RATIOS)
def test_coefficients_give_the_exact_variance(num_steps: int) -> None:
    """Without noise in the test: agrees with the table to its last digit."""
    for kind, expected in zip(("small", "large", "ddim"), VARIANCE_RATIOS[num_steps], strict=True):
        assert abs(exact_variance(num_steps, kind) - expected) < 1e-4, kind
    assert abs(exact_variance(num_steps, "optimal") - 1) < 1e-3, "x_T has variance 1, not a s2 + 1 - a: all but nothing"


def test_ddim_with_eta_one_is_ddpm_with_the_small_variance() -> None:
    path = levels(make_schedule("cosine", 1000), 20)
    start = torch.randn((5, 3), generator=stream(), dtype=torch.float64)
    a = list(ddim(ideal, start, path, stream(3), eta=1.0))
    b = list(ddpm(ideal, start, path, stream(3), "small"))
    assert all(torch.allclose(p.x, q.x, atol=1e-9) for p, q in zip(a, b, strict=True))


def test_ddim_with_eta_zero_is_euler_and_draws_as_much_noise_as_with_eta() -> None:
    path = levels(make_schedule("linear", 1000), 20)
    start = torch.randn((5, 3), generator=stream(), dtype=torch.float64)
    noise = stream(3)
    a, b = list(ddim(ideal, start, path, noise)), list(euler(ideal, start, path))
    assert all(torch.allclose(p.x, q.x, atol=1e-12) for p, q in zip(a, b, strict=True))
    other = stream(3)
    list(ddim(ideal, start, path, other, eta=0.7))
    assert torch.equal(noise.get_state(), other.get_state())


# ---------------------------------------------------------------- what a step says
@pytest.mark.parametrize("name", ["ddpm", "ddim", "euler", "heun", "dpmpp_2m"])
def test_the_equation_on_screen_gives_the_step_that_was_taken(name: str) -> None:
    path = levels(make_schedule("cosine", 1000), 8)
    x = torch.randn((4, 2), generator=stream(), dtype=torch.float64)
    runs: dict[str, Any] = {
        "ddpm": ddpm(ideal, x, path, stream()), "ddim": ddim(ideal, x, path, stream(), 0.5), "euler": euler(ideal, x, path),
        "heun": heun(ideal, x, path), "dpmpp_2m": dpmpp_2m(ideal, x, path),
    }  # fmt: skip
    before = None
    for step in runs[name]:
        n, p = step.numbers, step.prediction
        mean = n.get("c_x", 0) * x + n.get("c_x0", 0) * p.x0
        eps = p.eps
        if name == "heun" and step.end.alpha_bar < 1:
            ahead = step.end.signal * (p.x0 + step.end.sigma * p.eps)
            eps = (p.eps + ideal(ahead, step.end).eps) / 2
        mean = mean + n.get("c_eps", 0) * eps
        if before is not None:
            mean = mean + n.get("c_before", 0) * before
        assert torch.allclose(mean, step.mean, rtol=1e-6, atol=1e-6), (step.start.t, step.end.t)
        assert torch.allclose(step.x, step.mean + step.noise)
        assert all("{" + key + "}" in step.equation for key in n)
        x, before = step.x, p.x0
    assert step.end is CLEAN or step.end == CLEAN


def test_watching_is_iterating_and_cancelling_is_stopping() -> None:
    calls = []

    def counting(x: Tensor, at: Level) -> Prediction:
        calls.append(at.t)
        return ideal(x, at)

    run = ddim(counting, torch.ones(1, 1), levels(make_schedule("linear", 1000), 1000), stream())
    for _ in range(3):
        next(run)
    run.close()  # type: ignore[attr-defined]
    assert calls == [999, 998, 997]


# ---------------------------------------------------------------- conversions and inversion
@pytest.mark.parametrize("t", [0, 10, 500, 990])
def test_predictions_convert_into_each_other(t: int) -> None:
    schedule = make_schedule("linear", 1000)
    at = Level(t, float(schedule.alpha_bar[t]))
    x0, eps = torch.randn((2, 64), generator=stream(), dtype=torch.float64)
    x = at.signal * x0 + at.noise * eps
    assert torch.allclose(x0_of_eps(x, eps, at), x0, atol=1e-9) and torch.allclose(eps_of_x0(x, x0, at), eps, atol=1e-9)
    scored = score_of_eps(ideal(x, at).eps, at)
    v = at.alpha_bar * S2 + 1 - at.alpha_bar  # p_t = N(0, v): its score is -x / v
    assert torch.allclose(scored, -x / v, atol=1e-6)


def test_inversion_comes_back_the_better_the_finer_the_steps_and_of_first_order() -> None:
    schedule = make_schedule("linear", 1000)
    x0 = 0.5 * torch.randn((200, 1), generator=stream(), dtype=torch.float64)
    errors = []
    for num_steps in (50, 100, 200):
        path = levels(schedule, num_steps)
        *_, noise = invert(ideal, x0, path)
        *_, back = euler(ideal, noise, path)
        errors.append(float((back.x - x0).square().mean().sqrt()))
    assert errors[0] > errors[1] > errors[2]
    assert all(abs(math.log2(a / b) - 1) < 0.25 for a, b in itertools.pairwise(errors))
