"""Adversarial distillation: the terms of the loss by hand, the few-step chain, and a student that needs few steps."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from engine_kit import images, points
from torch import Tensor

from playground.engine import devices
from playground.engine import messages as m
from playground.engine.answers import Asked
from playground.engine.config import ConfigError
from playground.engine.datasets import load_data
from playground.engine.datasets.base import Dataset, to_float
from playground.engine.families import FAMILIES
from playground.engine.families.diffusion import DiffusionConfig
from playground.engine.families.diffusion.learner import DiffusionLearner
from playground.engine.families.hybrids.distilled import beside
from playground.engine.families.hybrids.distilled.learner import DistilledLearner
from playground.engine.learner import Parent

FAMILY = FAMILIES["distilled"]
SMALL: dict[str, Any] = {"hidden": 16, "layers": 1, "channels": 4, "batch_size": 12, "first_steps": 3, "steps": 40,
                         "judge_hidden": 8, "judge_channels": 4, "num_steps": 4}  # fmt: skip
LEVEL = torch.arange(12) % 4  # of the items of a batch
kinds = pytest.mark.parametrize("data", [images(), points()], ids=["image", "points"])


def learner(data: Dataset, done: int = 0, parents: Any = None, **changes: Any) -> DistilledLearner:
    """After ``done`` steps."""
    config = FAMILY.default_config(data.name, data.kind).replace(**{**SMALL, **changes})
    found = DistilledLearner(config, data, 0, parents=parents)
    run(found, done)
    return found


def run(on: Any, steps: int) -> dict[str, float]:
    """The last of the scalars."""
    values = torch.zeros(len(on.scalars))
    for _ in range(steps):
        values = on.step()
        on.steps_done += 1
    return dict(zip(on.scalars, values.tolist(), strict=True))


def weights(net: torch.nn.Module) -> list[Tensor]:
    return [p.detach().clone() for p in net.parameters()]


def same(a: list[Tensor], b: list[Tensor]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def answers(on: DistilledLearner) -> Any:
    return on.answers(on.snapshot(), on.config, on.data, "cpu", {})


def last(of: Any, request: m.Request) -> Any:
    with torch.no_grad():
        *_, reply = of.handler(type(request))(Asked("run", 1, "", 0, 0.0), request)
    return reply


# ---------------------------------------------------------------- the two stages
@kinds
def test_the_teacher_learns_first_then_rests_and_the_student_starts_from_it(data: Dataset) -> None:
    on = learner(data, 3)
    assert not on.model.started and on.model.teacher is on.first.model
    taught = weights(on.model.teacher.averaged)
    for optimizer in on.optimizers:
        optimizer.step = lambda *_: None  # type: ignore[method-assign,assignment]
    run(on, 1)
    assert on.model.started and same(weights(on.model.student), taught) and same(weights(on.model.averaged), taught)
    on = learner(data, 9)
    assert not same(weights(on.model.student), weights(on.model.teacher.averaged))
    before = [weights(net) for net in (on.model.teacher.net, on.model.teacher.averaged)]
    run(on, 3)
    assert all(same(a, weights(net)) for a, net in zip(before, (on.model.teacher.net, on.model.teacher.averaged), strict=True))


def test_a_run_teaches_and_one_that_predicts_noise_is_refused() -> None:
    data = points()
    teacher = DiffusionLearner(DiffusionConfig(hidden=16, layers=1, batch_size=12, target="v", num_timesteps=100), data, 3)
    run(teacher, 5)
    parent = Parent(teacher.config, "diffusion", {k: v.clone() for k, v in teacher.state().items()}, 5)
    on = learner(data, 1, parents={"teacher": parent}, teacher="a run")
    assert same(weights(on.model.teacher.averaged), weights(teacher.model.averaged)) and on.model.started
    assert [level.t for level in on.model.levels] == [99, 74, 49, 24], "of its own 100 timesteps"
    blind = Parent(DiffusionConfig(target="eps"), "diffusion")
    with pytest.raises(ConfigError, match="predicts the noise"):
        learner(data, parents={"teacher": blind}, teacher="a run")


@kinds
def test_a_state_restored_goes_on_as_before_in_both_stages(data: Dataset) -> None:
    for done in (2, 7):
        a, b = learner(data, done), learner(data)
        b.load_state({k: v.clone() for k, v in a.state().items()}, done)
        assert run(a, 3) == run(b, 3)


def test_recipes_that_leave_the_student_nothing_are_refused() -> None:
    for changes, field in (({"first_steps": 40}, "first_steps"), ({"levels": 2}, "num_steps")):
        with pytest.raises(ConfigError) as found:
            learner(points(), **changes)
        assert found.value.field == field


# ---------------------------------------------------------------- the loss
@kinds
def test_the_distance_is_that_of_equation_4(data: Dataset) -> None:
    """By hand, from the same random numbers: c(t) = sqrt(alpha_bar), the teacher's x_0 cut to the range of the data."""
    on = learner(data, 5)
    made = on.model.teacher.inward(to_float(data.train[:12])) + 0.1
    on.noise.manual_seed(4)
    with torch.no_grad():
        found = on._distance(made)
    noise = torch.Generator().manual_seed(4)
    a = torch.tensor(on.model.teacher.schedule.alpha_bar)
    t = torch.randint(1000, (12,), generator=noise)
    eps = torch.randn(made.shape, generator=noise)
    total = 0.0
    for i in range(12):
        signal, spread = float(a[t[i]]) ** 0.5, (1 - float(a[t[i]])) ** 0.5
        x_t = signal * made[i : i + 1] + spread * eps[i : i + 1]
        with torch.no_grad():
            v = on.model.teacher.averaged(x_t, t[i : i + 1])
        x0 = (signal * x_t - spread * v).clamp(on.model.teacher.low, on.model.teacher.high)
        total += signal * float((made[i] - x0[0]).square().mean()) / 12
    assert float(found) == pytest.approx(total, rel=1e-4)


def test_the_teacher_passes_no_gradient_to_what_it_judges() -> None:
    """Eq. 4 has a stop-gradient: the slope is 2 c(t) (x - teacher) / d, nothing through the teacher."""
    on = learner(points(), 5)
    made = torch.randn((12, 2), generator=torch.Generator().manual_seed(0)).requires_grad_()
    on.noise.manual_seed(0)
    distance = on._distance(made)
    (slope,) = torch.autograd.grad(distance, made)
    t = torch.randint(1000, (12,), generator=torch.Generator().manual_seed(0))
    c = torch.tensor(on.model.teacher.schedule.alpha_bar)[t].sqrt().float()
    away = slope * (12 * 2 / (2 * c[:, None]))  # x - teacher, if the slope is 2 c (x - teacher) / d / B
    assert float((c * away.square().mean(1)).mean()) == pytest.approx(float(distance.detach()), rel=1e-3)


def test_the_loss_is_the_weighted_sum_and_each_player_learns_from_its_own() -> None:
    """Eq. 1-3. With both weights 0 the student stands still, and D learns all the same."""
    s = run(learner(points(), 4, distillation=3.0, adversarial=0.5), 1)
    assert s["loss"] == pytest.approx(0.5 * s["loss_g"] + 3.0 * s["distilled"], rel=1e-5)
    assert s["loss_d"] >= 0 and s["penalty"] >= 0
    on = learner(points(), 4, distillation=0.0, adversarial=0.0, averaging=0.0)
    student, judge = weights(on.model.student), weights(on.model.judge)
    run(on, 2)
    assert same(student, weights(on.model.student)) and not same(judge, weights(on.model.judge))


def test_the_hinge_is_that_of_the_scores() -> None:
    on = learner(points(), 5, penalty_weight=0.0, judge_noise=0.0)
    real = on.model.teacher.inward(to_float(on.data.train[:12]))
    made = torch.randn((12, 2), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        r, f = on.model.score(real, LEVEL), on.model.score(made, LEVEL)
        every = on.model.judge(real)
    assert torch.equal(r, torch.stack([every[i, k] for i, k in enumerate(LEVEL.tolist())])), "each level has a score of its own"
    loss, penalty, mean_real, mean_made = on._play_d(real, made, LEVEL, 0.0).tolist()
    expected = float((1 - r).clamp_min(0).mean() + (1 + f).clamp_min(0).mean())
    assert loss == pytest.approx(expected, rel=1e-5) and penalty == 0
    assert (mean_real, mean_made) == (pytest.approx(float(r.mean()), abs=1e-6), pytest.approx(float(f.mean()), abs=1e-6))


def test_the_penalty_is_half_the_squared_slope_of_the_score() -> None:
    on = learner(points(), 5, penalty_weight=2.0)
    real = on.model.teacher.inward(to_float(on.data.train[:12]))
    h, exact, x = 1e-6, copy.deepcopy(on.model.judge).double(), real.double()
    with torch.no_grad():
        both = [(exact(x + h * e) - exact(x - h * e)).gather(1, LEVEL[:, None])[:, 0] for e in torch.eye(2)]
    expected = float(sum((change / (2 * h)).square() for change in both).mean())  # type: ignore[union-attr]
    assert on._play_d(real, real, LEVEL, 0.0)[1].item() == pytest.approx(expected, rel=1e-3)


# ---------------------------------------------------------------- the chain
def test_levels_are_spread_to_pure_noise_and_fewer_steps_take_some_of_them() -> None:
    on = learner(points())
    assert [level.t for level in on.model.levels] == [999, 749, 499, 249]
    assert [[level.t for level in on.model.path(k)] for k in (1, 2, 3, 4, 9)] == [
        [999, -1], [999, 499, -1], [999, 749, 499, -1], [999, 749, 499, 249, -1], [999, 749, 499, 249, -1]
    ]  # fmt: skip
    assert on.model.levels[0].alpha_bar < 1e-4, "from there on nothing of an item is left"


@kinds
def test_each_step_is_the_clean_item_under_the_next_level_s_noise(data: Dataset) -> None:
    model = learner(data, 6).snapshot()
    x = torch.randn((5, *data.shape), generator=torch.Generator().manual_seed(1))
    steps = list(model.walk(x, 4, devices.generator("cpu", 2)))  # type: ignore[operator]
    noise = devices.generator("cpu", 2)
    for step in steps:
        with torch.no_grad():
            believed = model.predict(x, step.start)  # type: ignore[operator]
        x = step.end.signal * believed.x0 + step.end.noise * torch.randn(x.shape, generator=noise)
        assert torch.allclose(step.x, x, atol=1e-5) and torch.allclose(step.x, step.mean + step.noise, atol=1e-6)
        assert step.numbers == {"c_x0": step.end.signal, "sigma": step.end.noise}
    assert [step.nfe for step in steps] == [1, 2, 3, 4] and steps[-1].end.alpha_bar == 1
    alike = list(model.walk(torch.cat([steps[0].x[:1]] * 3), 4, devices.generator("cpu", 2), alike=True))[-1].x  # type: ignore[operator]
    assert torch.allclose(alike[0], alike[1]) and torch.allclose(alike[0], alike[2]), "the same noise for all of a path"


def test_before_it_starts_the_student_is_the_teacher() -> None:
    on = learner(points(), 2)
    x = torch.randn((4, 2), generator=torch.Generator().manual_seed(1))
    at = on.model.levels[1]
    with torch.no_grad():
        ours, theirs = on.model.predict(x, at), on.model.teacher.predict(x, at)
    assert torch.allclose(ours.x0, theirs.x0.clamp(on.model.teacher.low, on.model.teacher.high), atol=1e-5)
    assert torch.allclose(at.signal * ours.x0 + at.noise * ours.eps, x, atol=1e-5)


# ---------------------------------------------------------------- student and teacher
@kinds
def test_rows_begin_with_the_same_noise_and_count_their_evaluations(data: Dataset) -> None:
    of = answers(learner(data, 6))
    of.shared["classifier"] = None
    asked = m.TeacherStudent(n=4, seed=3, teacher_steps=7, judged=20)
    reply = last(of, asked) if data.kind == "points" else None
    if reply is None:
        rows = [*beside.made_by(of, lambda x, seed: of.teacher_walk(x, 7, seed), 4, 3)]
        assert rows[-1].nfe == 7 and rows[-1].x.shape == (4, 1, 12, 12)  # type: ignore[union-attr]
        return
    assert reply.steps.tolist() == reply.nfe.tolist() == [7, 1, 2, 4] and (reply.ms > 0).all() and reply.judged == 20
    *_, teacher = of.teacher_walk(of.noise_of(20, 3), 7, 3).steps
    assert reply.x[0] == pytest.approx(of.outward(teacher.x)[:4].numpy(), abs=1e-5)
    *_, student = of.walk(m.SamplerChoice(num_steps=2), of.noise_of(20, 3), 3).steps
    assert reply.x[2] == pytest.approx(of.outward(student.x)[:4].numpy(), abs=1e-5)


def test_distances_are_those_of_the_items_and_the_floor_is_that_of_real_ones() -> None:
    from playground.engine.metrics.energy import energy_distance

    on = learner(points(), 6)
    of = answers(on)
    reply = last(of, m.TeacherStudent(n=50, judged=50, teacher_steps=5))
    against = on.data.density.sample(50, torch.Generator().manual_seed(beside.SEED))  # type: ignore[union-attr]
    expected = [energy_distance(torch.from_numpy(x), against) for x in reply.x]
    assert reply.distance == pytest.approx(expected, rel=1e-5)
    perfect = energy_distance(*(on.data.density.sample(50, torch.Generator().manual_seed(k)) for k in (1, 2)))  # type: ignore[union-attr]
    assert abs(perfect - reply.floor) < 5 * reply.floor_sd


@pytest.mark.slow
def test_one_and_two_steps_of_a_student_come_nearer_than_those_of_its_teacher() -> None:
    """On eight Gaussians, half a minute of training; what the teacher itself makes by the student's chain is the start."""
    data = load_data("8gaussians")
    on = learner(data, 1500, hidden=64, layers=3, batch_size=128, first_steps=1500, steps=2400, judge_hidden=64,
                 learning_rate=2e-3)  # fmt: skip
    shared: dict[Any, Any] = {}

    def distance() -> Any:
        of = on.answers(on.snapshot(), on.config, data, "cpu", shared)
        return last(of, m.TeacherStudent(judged=600, teacher_steps=20)).distance

    before = distance()
    run(on, 900)
    after = distance()
    assert after[1] < 0.2 * before[1] and after[2] < 0.5 * before[2], (before, after)
