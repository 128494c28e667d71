"""A run that was interrupted and resumed ends with the bits of one that never was (on a CPU, with one thread)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import torch
from engine_kit import Watched, load, recipe

from playground.engine import messages as m
from playground.engine import worker
from playground.engine.families.vae.learner import VAELearner
from playground.engine.recipe import Recipe
from playground.engine.runs import load_run

STEPS = 150
CUTS = [1, 7, 64, 65, 100, 149]  # a density's block of batches ends at 64; the bars' epochs end every 7.5 steps
CASES: dict[str, dict[str, Any]] = {
    "pictures": {"data": "bars", "binarise": "dynamic", "warm_up": 40},
    "density": {"data": "points", "likelihood": "gaussian_z"},
    "colour, convolutions, IWAE": {
        "data": "colour", "network": "conv", "channels": 4, "likelihood": "gaussian_learned",
        "objective": "iwae", "iwae_samples": 2,
    },
}  # fmt: skip

pytestmark = pytest.mark.usefixtures("small_data")


def made(case: str) -> Recipe:
    return recipe(**{**CASES[case], "steps": STEPS})


def digest(state: dict[str, torch.Tensor]) -> str:
    """One hash of the names, types, shapes and bits of all tensors."""
    whole = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].contiguous()
        whole.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode() + tensor.numpy().tobytes())
    return whole.hexdigest()


def learner(case: str) -> VAELearner:
    r = made(case)
    return VAELearner(r.config, load(r.data), r.seed)


def advance(one: VAELearner, to: int) -> list[torch.Tensor]:
    out = []
    while one.steps_done < to:
        out.append(one.step())
        one.steps_done += 1
    return out


@pytest.fixture(scope="module")
def whole() -> dict[str, tuple[str, list[torch.Tensor]]]:
    """Case -> hash of the final state and all scalars of an uninterrupted training."""
    out = {}
    torch.set_num_threads(1)
    for case in CASES:
        one = learner(case)
        scalars = advance(one, STEPS)
        out[case] = digest(one.state()), scalars
    return out


@pytest.mark.parametrize(("case", "cut"), [(case, cut) for case in CASES for cut in (CUTS if "conv" not in case else (7, 100))])
def test_a_learner_goes_on_bit_for_bit(case: str, cut: int, whole: dict[str, tuple[str, list[torch.Tensor]]]) -> None:
    first = learner(case)
    advance(first, cut)
    kept = {k: v.clone() for k, v in first.state().items()}
    second = learner(case)
    advance(second, 3)  # a learner with a past of its own
    second.load_state(kept, cut)
    assert digest(second.state()) == digest(kept)
    scalars = advance(second, STEPS)
    assert digest(second.state()) == whole[case][0]
    assert all(torch.equal(a, b) for a, b in zip(scalars, whole[case][1][cut:], strict=True))


def test_the_state_holds_all_that_the_next_step_depends_on() -> None:
    state = learner("pictures").state()
    assert {k.split("/")[0] for k in state} == {"model", "noise"}
    one = learner("pictures")
    advance(one, 1)
    assert {k.split("/")[0] for k in one.state()} == {"model", "optimizer0", "noise"}
    trained = sum(p.requires_grad for p in one.model.parameters())
    assert len([k for k in one.state() if k.startswith("optimizer0/")]) == 3 * trained


@pytest.mark.parametrize("broken", ["model", "noise"])
def test_a_state_that_does_not_fit_is_refused(broken: str) -> None:
    one = learner("pictures")
    advance(one, 1)
    state = {k: v for k, v in one.state().items() if not k.startswith(broken)}
    with pytest.raises((KeyError, ValueError, RuntimeError)):
        learner("pictures").load_state(state, 1)


@pytest.mark.parametrize("case", CASES)
def test_a_session_stopped_and_reopened_ends_with_the_same_bits(
    case: str, tmp_path: Path, whole: dict[str, tuple[str, list[torch.Tensor]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut wherever the clock happens to cut, by closing and by pausing, with questions and autosaves meanwhile."""
    monkeypatch.setattr(worker, "SAVE_EVERY_S", 0.05)
    monkeypatch.setattr(worker, "REPORT_EVERY_S", 0.0)
    folder = tmp_path / "run"
    cuts = []
    for at in CUTS[1:4]:
        with Watched() as on:
            on.session.open(folder, resume=True) if folder.exists() else on.session.start(made(case), folder=folder)
            on.session.request(m.DrawSamples(n=4))
            on.step(at)
            on.session.stop()
            cuts.append(on.until(m.Finished).step)
    with Watched() as on:
        on.session.open(folder)
        on.state("paused")
        on.session.step_once()
        on.until(m.Progress, lambda e: e.step == cuts[-1] + 1)
        on.session.resume()
        assert on.until(m.Finished).step == STEPS
    assert cuts[-1] < STEPS
    checkpoint, state, metrics = load_run(folder).checkpoint()
    assert digest(state) == whole[case][0], f"cut at {cuts}"
    expected = torch.stack(whole[case][1])
    for i, name in enumerate(VAELearner.scalars):
        assert torch.equal(torch.from_numpy(metrics.scalars[name]), expected[:, i])
    assert checkpoint.step == STEPS and metrics.steps.tolist() == list(range(1, STEPS + 1))


def test_a_live_change_is_replayed(tmp_path: Path) -> None:
    """Change, stop, reopen: the bits are those of a learner that was changed at that step."""
    folder = tmp_path / "run"
    with Watched() as on:
        on.session.start(made("pictures"), folder=folder)
        on.session.apply_live("kl_weight", 0.5)
        on.step(5)
        on.session.stop()
        on.until(m.Finished)
    with Watched() as on:
        on.session.open(folder, resume=True)
        on.until(m.Finished)
    checkpoint, state, _ = load_run(folder).checkpoint()
    expected = learner("pictures")
    advance(expected, checkpoint.changes[0]["step"])
    expected.apply_live("kl_weight", 0.5)
    advance(expected, STEPS)
    assert digest(state) == digest(expected.state())


def test_a_resumed_run_keeps_its_number_of_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other threads would sum in another order. The recipe says "measure"; the run says what was measured."""
    folder = tmp_path / "run"
    r = made("pictures")
    free = Recipe(r.family, r.data, r.config, r.seed)
    monkeypatch.setattr(worker.devices, "thread_choices", lambda spare: [1, 2])
    monkeypatch.setattr(worker.devices, "fastest_threads", lambda step, choices: 2)
    with Watched() as on:
        on.session.start(free, folder=folder)
        assert on.until(m.Started).threads == 2
    monkeypatch.setattr(worker.devices, "fastest_threads", lambda step, choices: 1)
    with Watched() as on:
        on.session.open(folder)
        assert on.until(m.Started).threads == 2
