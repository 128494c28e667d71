"""A session from outside: commands, questions, live changes and every way a run can end."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from engine_kit import Watched, images, recipe

from playground.engine import messages as m
from playground.engine import runs, worker
from playground.engine.answers import Answers, Asked, answer, working
from playground.engine.config import ConfigError
from playground.engine.datasets.errors import DataError
from playground.engine.explorer import Exchange, Explorer
from playground.engine.families.vae.answers import VAEAnswers
from playground.engine.families.vae.learner import VAELearner
from playground.engine.recipe import Compute, Recipe
from playground.engine.runs import RunFileError, list_runs, load_run

pytestmark = pytest.mark.usefixtures("small_data")


@pytest.fixture
def on() -> Iterator[Watched]:
    with Watched() as watched:
        yield watched


def start(on: Watched, folder: Path, **changes: Any) -> None:
    on.session.start(recipe(**changes), folder=folder)


# ---------------------------------------------------------------- start, pause, step, stop, finish
def test_a_run_from_start_to_finish(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r", steps=40)
    started = on.until(m.Started)
    assert (started.step, started.total_steps, started.threads) == (0, 40, 1)
    assert started.device.startswith("CPU") and started.parameters > 100 and started.folder == str(tmp_path / "r")
    assert Recipe.from_dict(started.recipe) == recipe(steps=40)
    done = on.until(m.Finished)
    assert (done.step, done.reason) == (40, "finished") and done.seconds > 0
    steps = np.concatenate([p.steps for p in on.of(m.Progress)])
    assert steps.tolist() == list(range(1, 41))
    for progress in on.of(m.Progress):
        assert set(progress.scalars) == set(VAELearner.scalars)
        assert all(v.shape == progress.steps.shape and v.dtype == np.float32 for v in progress.scalars.values())
        assert progress.images_seen == 8 * progress.step and progress.memory_mb > 1
    assert [e.state for e in on.of(m.StateChanged)] == ["preparing", "training", "finished"]
    assert all(e.run_id == "r" for e in on.seen)
    info = load_run(tmp_path / "r").info()
    assert (info.step, info.status, info.total_steps) == (40, "finished", 40)


def test_pause_holds_and_resume_goes_on_without_a_gap(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r")
    on.step(5)
    on.session.pause()
    held = on.state("paused").step
    assert on.of(m.Saved)[-1].step == held
    time.sleep(0.1)
    assert not [e for e in on.drain() if isinstance(e, m.Progress)]
    assert load_run(tmp_path / "r").info().step == held
    on.session.resume()
    on.state("training")
    on.step(held + 5)
    steps = np.concatenate([p.steps for p in on.of(m.Progress)])
    assert steps.tolist() == list(range(1, len(steps) + 1))


def test_resume_twice_keeps_the_clock(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r")
    on.step(5)
    time.sleep(0.2)
    on.session.resume()
    on.session.resume()
    on.session.pause()
    on.state("paused")
    assert load_run(tmp_path / "r").checkpoint_manifest().seconds > 0.2


def test_step_once(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r", steps=30)
    on.step(1)
    on.session.pause()
    held = on.state("paused").step
    for i in (1, 2):
        on.session.step_once()
        assert on.until(m.Progress).steps.tolist() == [held + i]
    on.session.resume()
    assert on.until(m.Finished).step == 30


def test_step_once_while_training_pauses_first(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r")
    on.step(5)
    on.session.step_once()
    held = on.state("paused").step
    assert on.until(m.Progress, lambda e: e.step > held).steps.tolist() == [held + 1]
    time.sleep(0.05)
    assert not [e for e in on.drain() if isinstance(e, m.Progress)]


def test_no_step_goes_past_the_end_and_more_steps_may_be_asked_for(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r", steps=10)
    on.until(m.Finished)
    for command in (on.session.step_once, on.session.resume):
        command()
        assert on.state("finished").step == 10
    on.session.apply_live("steps", 25)
    on.session.resume()
    assert on.until(m.Finished).step == 25
    assert [p for p in on.of(m.Progress)][-1].total_steps == 25
    on.session.close()
    assert load_run(tmp_path / "r").info().total_steps == 25
    on.session.open(tmp_path / "r", resume=True)
    assert on.until(m.Started, lambda e: e.step == 25).total_steps == 25
    assert on.until(m.Finished).step == 25


def test_fewer_steps_finish_at_once(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r")
    on.step(20)
    on.session.apply_live("steps", 3)
    done = on.until(m.Finished)
    assert done.step >= 20 and done.reason == "finished"


def test_stop_says_so_and_resume_still_works(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r")
    on.step(5)
    on.session.stop()
    done = on.until(m.Finished)
    assert done.reason == "stopped" and on.of(m.StateChanged)[-1].state == "stopped"
    assert load_run(tmp_path / "r").info().status == "stopped"
    on.session.resume()
    on.step(done.step + 3)


def test_close_saves_and_leaves_no_thread(tmp_path: Path) -> None:
    watched = Watched()
    start(watched, tmp_path / "r")
    watched.step(5)
    assert watched.session.close(20)
    assert not [t for t in threading.enumerate() if t.name.startswith(("trainer", "explorer"))]
    last = max(int(p.steps[-1]) for p in (watched.drain(), watched.of(m.Progress))[1])
    assert load_run(tmp_path / "r").info().step == last
    assert watched.session.close(1)  # again is fine
    assert watched.session.request(m.DrawSamples()) == 0
    watched.session.pause()


def test_close_before_anything_and_close_while_preparing(tmp_path: Path) -> None:
    assert Watched().session.close()
    watched = Watched()
    start(watched, tmp_path / "r")
    assert watched.session.close(20)
    assert load_run(tmp_path / "r").info().step == 0 or load_run(tmp_path / "r").info().status == "paused"


def test_a_command_without_a_run_is_nothing(on: Watched) -> None:
    for command in (on.session.pause, on.session.resume, on.session.stop, on.session.step_once, on.session.save):
        command()
    on.session.cancel("x")
    assert on.session.request(m.DrawSamples()) == 0 and on.session.run_id is None and on.session.folder is None
    with pytest.raises(ConfigError):
        on.session.apply_live("learning_rate", 0.1)


# ---------------------------------------------------------------- several runs
def test_a_second_run_takes_the_stage_and_the_first_is_saved(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "a")
    on.step(5)
    start(on, tmp_path / "b", seed=1)
    on.until(m.Progress, lambda e: e.run_id == "b")
    assert on.session.run_id == "b" and on.session.folder == tmp_path / "b"
    reported = max(int(p.steps[-1]) for p in on.of(m.Progress) if p.run_id == "a")
    assert load_run(tmp_path / "a").info().step == reported


def test_the_run_on_stage_may_be_opened_again(on: Watched, tmp_path: Path) -> None:
    """Picked from the list of runs while it trains: it is saved, left, and comes back paused where it was."""
    start(on, tmp_path / "r")
    on.step(5)
    on.session.open(tmp_path / "r")
    on.drain()
    started = on.until(m.Started, lambda e: e.step > 0)
    on.until(m.StateChanged, lambda e: e.state == "paused" and e.step == started.step)
    assert not on.of(m.Failed)


def test_reopening_delivers_the_history(on: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start(on, tmp_path / "r", steps=60)
    measured = on.until(m.Monitored)
    on.until(m.Finished)
    before = {k: np.concatenate([p.scalars[k] for p in on.of(m.Progress)]) for k in VAELearner.scalars}
    on.session.save()
    on.until(m.Saved, lambda e: e.step == 60)
    on.session.close(20)
    with Watched() as again:
        again.session.open(tmp_path / "r")
        assert again.until(m.Started).step == 60
        history = again.until(m.Progress)
        assert history.steps.tolist() == list(range(1, 61)) and history.step == 60
        assert all(np.array_equal(history.scalars[k], before[k]) for k in before)
        kept = again.until(m.Monitored, lambda e: e.step == measured.step)
        assert kept.scalars == pytest.approx(measured.scalars)
        again.state("finished")


def test_a_damaged_run_is_refused_at_once(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r", steps=5)
    on.until(m.Finished)
    on.session.close(20)
    for name in ("checkpoint.json", "checkpoint.old.json"):
        (tmp_path / "r" / name).write_bytes(b"\0")
    with pytest.raises(RunFileError):
        on.session.open(tmp_path / "r")
    (tmp_path / "r" / "run.json").write_bytes(b"{")
    for folder in (tmp_path / "r", tmp_path / "nothing"):
        with pytest.raises(RunFileError):
            on.session.open(folder)


def test_damaged_weights_arrive_as_failed_and_leave_the_files_alone(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r", steps=5)
    on.until(m.Finished)
    on.session.close(20)
    for path in (tmp_path / "r").glob("state-*"):
        path.write_bytes(path.read_bytes()[:-1])
    before = {p.name: p.read_bytes() for p in (tmp_path / "r").iterdir()}
    on.session.open(tmp_path / "r", resume=True)
    failed = on.until(m.Failed)
    assert failed.kind == "disk" and "checksum" in failed.sentence
    on.session.close(20)
    assert {p.name: p.read_bytes() for p in (tmp_path / "r").iterdir()} == before


def test_a_run_trained_elsewhere_is_refused_and_stays_theirs(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r")
    on.step(5)
    for _ in range(2):
        with Watched() as other:
            other.session.open(tmp_path / "r", resume=True)
            failed = other.until(m.Failed)
            assert failed.kind == "disk" and "another window" in failed.sentence
    on.session.pause()
    on.state("paused")
    assert not on.of(m.Failed)


def test_a_run_killed_before_its_first_save_begins_anew(on: Watched, tmp_path: Path) -> None:
    runs.Run.create(recipe(steps=12), folder=tmp_path / "r")
    on.session.open(tmp_path / "r", resume=True)
    assert on.until(m.Finished).step == 12


def test_a_lost_newest_manifest_does_not_restart_the_run(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r", steps=12)
    on.until(m.Finished)
    on.session.close(20)
    (tmp_path / "r" / "checkpoint.json").unlink()
    on.session.open(tmp_path / "r")
    assert on.until(m.Started).folder == str(tmp_path / "r")
    on.session.close(20)
    assert len(list((tmp_path / "r").glob("checkpoint.old.json"))) == 1


# ---------------------------------------------------------------- live changes
def test_a_live_change_holds_from_the_next_step_and_is_kept_with_the_run(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r", decay="none", learning_rate=1e-3)
    on.step(5)
    on.session.apply_live("learning_rate", 2e-4)
    applied = on.until(m.LiveApplied)
    assert (applied.name, applied.value) == ("learning_rate", 2e-4)
    on.step(applied.step + 3)
    on.session.stop()
    on.until(m.Finished)
    rate = np.concatenate([p.scalars["learning_rate"] for p in on.of(m.Progress)])
    assert np.allclose(rate[: applied.step], 1e-3) and np.allclose(rate[applied.step :], 2e-4)
    on.session.close(20)
    with Watched() as again:
        again.session.open(tmp_path / "r")
        assert again.until(m.Started).recipe["config"]["learning_rate"] == 2e-4
        again.session.apply_live("kl_weight", 2)
        assert again.until(m.LiveApplied).value == 2.0


@pytest.mark.parametrize(
    ("name", "value"), [("learning_rate", 5.0), ("learning_rate", "fast"), ("learning_rate", float("nan")),
                        ("hidden", 16), ("nothing", 1),
                        ("latent_dim", 3), ("steps", 0)]
)  # fmt: skip
def test_a_bad_live_change_is_refused_at_once(on: Watched, tmp_path: Path, name: str, value: Any) -> None:
    start(on, tmp_path / "r")
    with pytest.raises(ConfigError) as caught:
        on.session.apply_live(name, value)
    assert caught.value.field == name


def test_a_clash_of_live_values_is_refused_and_training_goes_on(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r", warm_up=5000)
    on.step(2)
    with pytest.raises(ConfigError):
        on.session.apply_live("steps", 100)
    on.step(10)


# ---------------------------------------------------------------- questions
class SlowAnswers(VAEAnswers):
    """DrawSamples answers in ``n`` steps of 5 ms; Decode at once; Encode not at all; WarpGrid breaks."""

    def handlers(self) -> dict[type[m.Request], Any]:
        return {
            m.DrawSamples: self.slow,
            m.Decode: self.decode,
            m.WarpGrid: self.broken,
            m.Evaluate: self.out_of_memory,
        }

    def slow(self, asked: Asked, request: m.DrawSamples) -> Iterator[m.Event]:
        for i in range(request.n):
            time.sleep(0.005)
            yield working(asked, i + 1, request.n, "slowly")
        yield answer(m.Samples, asked, x=np.zeros(1), z=np.zeros(1))

    def broken(self, asked: Asked, request: m.WarpGrid) -> Iterator[m.Event]:
        raise ZeroDivisionError("by zero")
        yield

    def out_of_memory(self, asked: Asked, request: m.Evaluate) -> Iterator[m.Event]:
        yield working(asked, 0, 1, "evaluating")
        raise torch.OutOfMemoryError("CUDA out of memory")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VAELearner, "answers", SlowAnswers)


def settle(on: Watched, seconds: float = 0.15) -> list[m.Event]:
    time.sleep(seconds)
    on.drain()
    return on.seen


def test_a_question_asked_before_the_model_is_ready_is_answered(
    on: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = worker.load_data

    def slowly(text: str, *progress: Any) -> Any:
        time.sleep(0.2)
        return load(text)

    monkeypatch.setattr(worker, "load_data", slowly)
    start(on, tmp_path / "r")
    reply = on.ask(m.DrawSamples(n=3, channel="early"))
    assert isinstance(reply, m.Samples) and reply.x.shape == (3, 12, 12) and reply.channel == "early"


@pytest.mark.usefixtures("slow")
def test_the_latest_of_a_kind_and_channel_wins(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r")
    on.step(1)
    first = on.session.request(m.DrawSamples(n=200, channel="a"))
    other = on.session.request(m.DrawSamples(n=20, channel="b"))
    on.until(m.Working, lambda e: e.request_id == first)
    numbers = [on.session.request(m.DrawSamples(n=20, channel="a")) for _ in range(5)]
    done = [on.until(m.Samples).request_id for _ in range(2)]
    assert set(done) == {other, numbers[-1]}
    settle(on)
    assert not [e for e in on.of(m.Samples) if e.request_id in (first, *numbers[:-1])]


@pytest.mark.usefixtures("slow")
def test_an_interactive_question_goes_ahead_of_a_long_job(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r")
    on.step(1)
    job = on.session.request(m.DrawSamples(n=60))
    on.until(m.Working, lambda e: e.request_id == job)
    on.session.request(m.Evaluate())  # a new long job waits behind ...
    mouse = on.ask(m.Decode(z=np.zeros((1, 2), np.float32), interactive=True))  # ... the mouse
    assert isinstance(mouse, m.Decoded)
    assert not on.of(m.Samples)
    assert on.until(m.Samples).request_id == job


class Copy:
    """A copy of the weights that answers DrawSamples in ten steps and Decode in one."""

    step = 7

    def handlers(self) -> dict[type[m.Request], Any]:
        return {m.DrawSamples: self.many, m.Encode: self.many, m.Decode: self.one}

    def handler(self, request: type[m.Request]) -> Any:
        return self.handlers().get(request)

    def many(self, asked: Asked, request: m.Request) -> Iterator[m.Event]:
        for i in range(10):
            yield working(asked, i + 1, 10, "slowly")

    def one(self, asked: Asked, request: m.Request) -> Iterator[m.Event]:
        yield answer(m.Decoded, asked, x=np.zeros(1), z=np.zeros(1), log_prior=np.zeros(1))


def test_the_order_of_work_and_the_way_of_the_copies() -> None:
    """Without its thread, step by step: the mouse first, whoever came before; a replaced job gives its copy back."""
    outbox: queue.SimpleQueue[m.Event] = queue.SimpleQueue()
    exchange = Exchange()
    explorer = Explorer("r", outbox, exchange)
    first, second = Copy(), Copy()
    explorer.ask(1, m.DrawSamples())
    explorer.ask(2, m.Encode())
    explorer.ask(3, m.Decode(z=np.zeros((1, 2)), interactive=True))
    exchange.fresh.put(first)  # type: ignore[arg-type]
    explorer._receive()
    explorer._take_newest()
    for expected in (3, 1, 2):
        explorer._work(first)  # type: ignore[arg-type]
        assert outbox.get_nowait().request_id == expected  # type: ignore[attr-defined]
    exchange.fresh.put(second)  # type: ignore[arg-type]
    explorer._take_newest()
    assert exchange.free.empty(), "jobs still answer from the first copy"
    explorer.ask(4, m.DrawSamples())
    explorer._receive()
    assert m.DrawSamples not in [request for request, _ in explorer._jobs], "a job is dropped as soon as a newer question is heard"
    assert exchange.free.empty(), "others still do"
    explorer.cancel("")
    explorer._receive()
    assert exchange.free.get_nowait() is first and exchange.free.empty()


@pytest.mark.usefixtures("slow")
def test_a_long_job_is_cancelled_by_its_channel(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r")
    on.step(1)
    job = on.session.request(m.DrawSamples(n=100, channel="long"))
    on.until(m.Working, lambda e: e.request_id == job)
    on.session.cancel("other")
    on.until(m.Working, lambda e: e.done >= 4)
    on.session.cancel("long")
    settle(on, 0.05)
    count = len(on.of(m.Working))
    settle(on, 0.15)
    assert len(on.of(m.Working)) == count and not on.of(m.Samples)
    assert isinstance(on.ask(m.Decode(z=np.zeros((1, 2)))), m.Decoded)


@pytest.mark.usefixtures("slow")
def test_a_long_job_is_answered_from_one_set_of_weights_while_others_follow_the_training(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r")
    on.step(1)
    job = on.session.request(m.DrawSamples(n=80))
    first = on.until(m.Working, lambda e: e.request_id == job).step
    steps = []
    for _ in range(3):
        time.sleep(0.12)
        steps.append(on.ask(m.Decode(z=np.zeros((1, 2)), interactive=True)).step)
    assert steps[0] < steps[-1] and steps[-1] > first
    assert on.until(m.Samples).step == first


@pytest.mark.allow_log
@pytest.mark.usefixtures("slow")
def test_a_question_that_breaks_is_refused_and_the_others_are_answered(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r")
    refused = on.ask(m.WarpGrid())
    assert isinstance(refused, m.Refused) and "ZeroDivisionError" in refused.sentence
    assert isinstance(on.ask(m.Encode()), m.Refused)
    memory = on.ask(m.Evaluate())
    assert isinstance(memory, m.Refused) and "memory" in memory.sentence
    assert isinstance(on.ask(m.Decode(z=np.zeros((1, 2)))), m.Decoded)


@pytest.mark.allow_log
def test_a_broken_monitor_does_not_end_the_answers(on: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Answers) -> Any:
        raise RuntimeError("no numbers today")

    monkeypatch.setattr(VAEAnswers, "monitor", broken)
    start(on, tmp_path / "r")
    on.step(3)
    assert isinstance(on.ask(m.DrawSamples(n=2)), m.Samples)


def test_answers_stay_available_when_paused_and_show_the_newest_weights(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r")
    on.step(5)
    on.session.pause()
    held = on.state("paused").step
    time.sleep(0.1)
    reply = on.ask(m.Decode(z=np.array([[0.3, -0.2]], np.float32)))
    assert reply.step == held
    on.session.step_once()
    on.until(m.Progress, lambda e: e.step == held + 1)
    time.sleep(0.1)
    assert on.ask(m.Decode(z=np.array([[0.3, -0.2]], np.float32))).step == held + 1


def test_the_theory_line_follows_a_live_sigma(on: Watched, tmp_path: Path) -> None:
    """The optimum of a linear VAE at fixed noise depends on that noise."""
    start(on, tmp_path / "r", network="linear", likelihood="gaussian", sigma=0.5)
    on.step(2)
    before = on.ask(m.Anatomy(n=20)).parts["optimum"][0]
    on.session.apply_live("sigma", 0.1)
    applied = on.until(m.LiveApplied)
    on.step(applied.step + 2)
    time.sleep(0.2)
    assert abs(on.ask(m.Anatomy(n=20)).parts["optimum"][0] - before) > 1


def test_poll_gives_at_most_so_many(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r", steps=30)
    time.sleep(0.3)
    first = on.session.poll(2)
    assert [type(e) for e in first] == [m.StateChanged, m.Started]
    on.seen += first


# ---------------------------------------------------------------- ways to fail
def break_at(
    monkeypatch: pytest.MonkeyPatch,
    at: int,
    error: Exception | None = None,
    value: float = float("nan"),
    name: str = "kl",
) -> None:
    """The step number ``at`` raises an error, or reports a value and has it in its weights."""
    real = VAELearner.step

    def step(self: VAELearner, part: str = "both") -> torch.Tensor:
        out = real(self, part)
        if self.steps_done + 1 == at:
            if error is not None:
                raise error
            out[VAELearner.scalars.index(name)] = value
            with torch.no_grad():
                next(iter(self.model.encoder.parameters())).fill_(value)
        return out

    monkeypatch.setattr(VAELearner, "step", step)


@pytest.mark.parametrize(
    ("value", "words"), [(float("nan"), "not a number"), (float("inf"), "infinite"), (-float("inf"), "infinite")]
)
def test_a_number_that_is_not_finite_stops_at_that_step_and_names_it(
    on: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: float, words: str
) -> None:
    with monkeypatch.context() as patch:
        break_at(patch, 37, value=value)
        start(on, tmp_path / "r")
        failed = on.until(m.Failed)
    assert (failed.kind, failed.step, failed.kept_step) == ("nonfinite", 37, 0)
    assert (
        "step 37" in failed.sentence
        and "kl" in failed.sentence
        and words in failed.sentence
        and "kept up to step 0" in failed.sentence
    )
    steps = np.concatenate([p.steps for p in on.of(m.Progress)])
    assert steps.tolist() == list(range(1, 37))
    on.state("failed")
    info = load_run(tmp_path / "r").info()
    assert (info.status, info.problem, info.step) == ("failed", failed.sentence, 0)
    on.session.resume()
    on.step(40)
    on.session.stop()
    done = on.until(m.Finished)
    on.session.close(20)
    _, state, metrics = load_run(tmp_path / "r").checkpoint()
    assert metrics.steps.tolist() == list(range(1, done.step + 1))
    assert all(torch.isfinite(v).all() for v in state.values() if v.is_floating_point())
    assert load_run(tmp_path / "r").info().problem == ""


def test_a_huge_learning_rate_ends_in_a_sentence_and_a_finite_run(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r", data="points", likelihood="gaussian_z", decay="none")
    on.step(3)
    on.session.pause()
    held = on.state("paused").step
    on.session.apply_live("learning_rate", 1.0)
    on.session.apply_live("kl_weight", 100.0)
    monster = np.float32(3e38)
    on.session._command(lambda w: w.learner.model.decoder[0].weight.data.mul_(float(monster)))
    on.session.resume()
    failed = on.until(m.Failed)
    assert failed.kind == "nonfinite" and failed.kept_step == held
    assert any(name in failed.sentence for name in (*VAELearner.scalars, "a weight"))
    on.session.close(20)
    checkpoint, state, _ = load_run(tmp_path / "r").checkpoint()
    assert checkpoint.step == held and checkpoint.status == "failed"
    assert all(torch.isfinite(v).all() for v in state.values() if v.is_floating_point())
    # What was changed live since that checkpoint is what the run will train with, here and when it is opened again.
    assert {c["name"]: c["value"] for c in checkpoint.changes} == {"learning_rate": 1.0, "kl_weight": 100.0}


@pytest.mark.parametrize("command", ["pause", "stop", "save", "close", "steps"])
def test_weights_that_are_not_finite_are_never_saved_even_if_the_loss_was(
    command: str, on: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last step before a pause may have a finite loss and an infinite gradient."""
    start(on, tmp_path / "r")
    on.step(3)
    on.session.pause()
    held = on.state("paused").step
    on.session.step_once()
    on.until(m.Progress, lambda e: e.step == held + 1)
    on.session._command(lambda w: w.learner.model.decoder[0].weight.data.fill_(float("nan")))
    if command == "steps":
        on.session.apply_live("steps", held + 1)
        on.session._command(lambda w: setattr(w, "_training", True))
    elif command in ("pause", "stop"):
        on.session._command(lambda w: setattr(w, "_training", True))
        on.session._command(lambda w: getattr(w, command)())
    else:
        getattr(on.session, command)()
    failed = on.until(m.Failed)
    assert failed.kind == "nonfinite" and failed.kept_step == held and "weight" in failed.sentence
    on.session.close(20)
    checkpoint, state, _ = load_run(tmp_path / "r").checkpoint()
    assert checkpoint.step == held and all(torch.isfinite(v).all() for v in state.values() if v.is_floating_point())


@pytest.mark.parametrize(
    ("error", "kind", "word"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), "memory", "memory"),
        (torch.AcceleratorError("CUDA error: device-side assert triggered"), "device", "stopped answering"),
        (
            RuntimeError("CUDA error: device-side assert triggered\nCompile with TORCH_USE_CUDA_DSA"),
            "device",
            "stopped answering",
        ),
    ],
)
def test_memory_and_lost_devices_end_in_a_sentence_and_a_kept_run(
    on: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: str, word: str
) -> None:
    monkeypatch.setattr(worker.devices, "release_memory", lambda key: time.sleep(0.3))
    with monkeypatch.context() as patch:
        break_at(patch, 12, error)
        start(on, tmp_path / "r", steps=30)
        failed = on.until(m.Failed)
    assert failed.kind == kind and word in failed.sentence and "Traceback" not in failed.sentence and "\n" not in failed.sentence
    assert failed.kept_step == 0 and "kept up to step 0" in failed.sentence
    on.state("failed")
    on.session.resume()  # at once, while the old thread is still ending
    assert on.until(m.Finished).step == 30


@pytest.mark.allow_log
def test_a_bug_ends_in_a_sentence_a_log_and_a_kept_run(
    on: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        break_at(patch, 5, ZeroDivisionError("by zero"))
        start(on, tmp_path / "r", steps=9)
        failed = on.until(m.Failed)
    assert failed.kind == "bug" and "ZeroDivisionError: by zero" in failed.sentence
    assert any(r.levelno == logging.ERROR and r.exc_info for r in caplog.records)
    assert load_run(tmp_path / "r").info().status == "failed"


@pytest.mark.parametrize(
    ("made", "kind", "word"),
    [
        (recipe("points", likelihood="bernoulli"), "config", "Bernoulli"),
        (recipe("nothing"), "data", "nothing"),
        (Recipe("vae", "bars", recipe().config, 0, Compute(device="cuda:9")), "device", "cuda:9"),
        (Recipe("vae", "bars", recipe().config, 0, Compute(device="cpu", precision="fp16")), "config", "fp16"),
    ],
    ids=["config", "data", "device", "precision"],
)
def test_a_recipe_that_cannot_start_is_a_sentence(
    on: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Recipe, kind: str, word: str
) -> None:
    load = worker.load_data

    def sometimes(text: str, *progress: Any) -> Any:
        if text == "nothing":
            raise DataError("There is no data set called 'nothing'.")
        return load(text)

    monkeypatch.setattr(worker, "load_data", sometimes)
    on.session.start(made, folder=tmp_path / "r")
    failed = on.until(m.Failed)
    assert failed.kind == kind and word in failed.sentence and failed.kept_step is None
    on.state("failed")


def test_a_recipe_that_can_start_later_may_be_resumed(on: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk with the pictures was not plugged in: plug it in, and press resume."""

    def missing(text: str, *progress: Any) -> Any:
        raise DataError("There is no such file.")

    with monkeypatch.context() as patch:
        patch.setattr(worker, "load_data", missing)
        start(on, tmp_path / "r", steps=9)
        on.until(m.Failed)
    on.session.resume()
    assert on.until(m.Finished).step == 9


def test_a_full_disk_stops_training_and_keeps_the_run(on: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = runs.write_bytes

    def full(path: Path, content: bytes) -> str:
        if path.name.startswith("state-") and "state-000000000" not in path.name:
            raise OSError(28, "No space left on device")
        return real(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(runs, "write_bytes", full)
        start(on, tmp_path / "r")
        on.step(5)
        on.session.pause()
        failed = on.until(m.Failed)
        assert failed.kind == "disk" and "No space left" in failed.sentence and failed.kept_step == 0
    on.session.resume()
    on.step(failed.step + 5)
    on.session.stop()
    on.until(m.Finished)
    on.session.close(20)
    checkpoint, _, metrics = load_run(tmp_path / "r").checkpoint()
    assert metrics.steps.tolist() == list(range(1, checkpoint.step + 1))


def test_a_folder_that_cannot_be_used_is_refused_at_once_and_the_run_on_stage_goes_on(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r")
    on.step(2)
    with pytest.raises(RunFileError):
        on.session.start(recipe(), folder=tmp_path / "r")
    on.step(10)
    assert on.session.run_id == "r"


def test_autosave_while_training(on: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "SAVE_EVERY_S", 0.1)
    start(on, tmp_path / "r")
    saved = [on.until(m.Saved).step for _ in range(4)]
    assert saved == sorted(set(saved)) and list_runs(tmp_path)[0].step >= saved[-1]


def test_colour_pictures_train_and_show(on: Watched, tmp_path: Path) -> None:
    start(on, tmp_path / "r", data="colour", network="conv", channels=4, likelihood="gaussian_learned")
    assert on.ask(m.DrawSamples(n=4)).x.shape == (4, 16, 16, 3)
    assert on.until(m.Monitored).scalars["test_kl"] >= 0


def test_data_are_never_changed_by_training(on: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = images()
    before = data.train.clone(), data.test.clone()
    monkeypatch.setattr(worker, "load_data", lambda text, *_: data)
    start(on, tmp_path / "r", steps=30)
    on.ask(m.Evaluate(n=20, num_samples=3))
    on.until(m.StateChanged, lambda e: e.state == "finished") if not on.of(m.Finished) else None
    assert torch.equal(data.train, before[0]) and torch.equal(data.test, before[1])
