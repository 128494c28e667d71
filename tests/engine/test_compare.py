"""Comparisons from outside: turns, budgets, every way one can end and go on, and the table's rules."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from engine_kit import REPOSITORY

from playground.engine import messages as m
from playground.engine.compare import (
    Comparison,
    ComparisonPlan,
    Contestant,
    comparison_numbers,
    conductor,
    default_plan,
    list_comparisons,
    looks,
    write_numbers,
    write_report,
)
from playground.engine.compare.curves import QualityCurve, target_quality
from playground.engine.compare.figures import FIGURES
from playground.engine.compare.plan import changes_between, column_keys, fit_width, prepare, trained_values, with_steps
from playground.engine.compare.rules import RULES, agree
from playground.engine.compare.store import NAME, load_comparison
from playground.engine.config import ConfigError, params
from playground.engine.datasets import load_data
from playground.engine.datasets.errors import DataError
from playground.engine.families import FAMILIES
from playground.engine.recipe import Compute, Recipe
from playground.engine.report_card import followed
from playground.engine.runs import RunFileError, load_run
from playground.engine.session import Session
from playground.engine.turns import Turns

DATA = "ring8?std=0.2"
SMALL: dict[str, dict[str, Any]] = {
    "vae": {"hidden": 8, "layers": 1, "batch_size": 16, "warm_up": 0, "latent_dim": 1},
    "gan": {"hidden": 8, "layers": 1, "batch_size": 16, "fourier": 0},
    "diffusion": {"hidden": 8, "layers": 1, "batch_size": 16, "num_timesteps": 20, "num_steps": 3},
}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Few items are measured: what is tested here are not the numbers."""
    monkeypatch.setenv("PLAYGROUND_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(followed, "POINTS", 60)
    monkeypatch.setattr(conductor, "EFFORT", 0.02)
    monkeypatch.setattr(looks, "EVERY_S", 0.05)


def small(family: str, steps: int = 40, **changes: Any) -> Recipe:
    values = {"steps": steps, **SMALL[family], **changes}
    config = FAMILIES[family].default_config("ring8", "points").replace(**values)
    return Recipe(family, DATA, config, 0, Compute(device="cpu", threads=1))


def plan_of(*recipes: Recipe, **budget: Any) -> ComparisonPlan:
    return ComparisonPlan(DATA, tuple(Contestant(r) for r in recipes), **budget)


class Watched:
    """A comparison whose messages are kept, to be waited for."""

    def __init__(self) -> None:
        self.comparison = Comparison()
        self.seen: list[m.Event] = []

    def until(self, kind: type[Any], when: Callable[[Any], bool] = lambda e: True, timeout: float = 90.0) -> Any:
        deadline, position = time.monotonic() + timeout, len(self.seen)
        while time.monotonic() < deadline:
            self.seen += self.comparison.poll()
            while position < len(self.seen):
                event = self.seen[position]
                position += 1
                if isinstance(event, kind) and when(event):
                    return event
            time.sleep(0.005)
        raise AssertionError(f"no {kind.__name__}; the last were {self.seen[-8:]}")

    def state(self, *names: str) -> m.ComparisonState:
        found: m.ComparisonState = self.until(m.ComparisonState, lambda e: e.state in names)
        return found

    def of(self, kind: type[Any]) -> list[Any]:
        self.seen += self.comparison.poll()
        return [e for e in self.seen if isinstance(e, kind)]

    def view(self) -> m.UnifiedView:
        view: m.UnifiedView = self.of(m.UnifiedView)[-1]
        return view


@pytest.fixture
def on() -> Iterator[Watched]:
    watched = Watched()
    yield watched
    assert watched.comparison.close(30), "the comparison did not close"


# ---------------------------------------------------------------- turns
def test_one_trains_at_a_time_and_all_as_long() -> None:
    turns = Turns(slice_s=0.02)
    trained, together, most = {}, [0], [0]
    lock, stop = threading.Lock(), time.monotonic() + 1.0

    def train(name: str, head_start: float) -> None:
        turn, seconds = turns.member(), head_start
        while time.monotonic() < stop:
            if not turn.ask(seconds):
                continue
            with lock:
                together[0] += 1
                most[0] = max(most[0], together[0])
            time.sleep(0.002)
            seconds += 0.002
            with lock:
                together[0] -= 1
        turn.leave()
        trained[name] = seconds

    threads = [threading.Thread(target=train, args=(n, h)) for n, h in (("a", 0.0), ("b", 0.0), ("c", 0.1))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert most[0] == 1
    assert max(trained.values()) - min(trained.values()) < 0.06, f"the head start is caught up with: {trained}"


def test_who_leaves_holds_up_nobody() -> None:
    turns = Turns(slice_s=60)
    a, b = turns.member(), turns.member()
    assert a.ask(0.0) and not b.ask(0.0)
    a.leave()
    assert b.ask(5.0)


# ---------------------------------------------------------------- plans and budgets
def test_the_families_of_a_default_plan() -> None:
    plan = default_plan(DATA, seeds=2, seconds=3)
    families = [c.known_recipe().family for c in plan.contestants]
    assert families == [n for n, f in FAMILIES.items() if not f.group] and {"vae", "gan", "diffusion"} <= set(families)
    assert plan.contestants[0].known_recipe().config == FAMILIES[families[0]].default_config("ring8", "points")
    digits = default_plan("mnist", ["diffusion"]).contestants[0].known_recipe().config
    assert digits.class_dropout == 0, "no model is told of classes"  # type: ignore[attr-defined]
    assert [c.known_recipe().family for c in default_plan(DATA, ["gan"]).contestants] == ["gan"]
    assert ComparisonPlan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    with pytest.raises(ConfigError):
        default_plan(DATA, ["gin"])
    with pytest.raises(DataError):
        default_plan("ringg8")


@pytest.mark.parametrize("change", [
    {"contestants": ()}, {"seeds": 0}, {"seconds": -1.0}, {"seconds": math.nan}, {"parameters": -5},
    {"contestants": (Contestant(),)}, {"data": "moons"},
])  # fmt: skip
def test_plans_that_cannot_be(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        dataclasses.replace(plan_of(small("vae")), **change).check()


def test_columns_of_one_family_are_told_apart() -> None:
    assert column_keys([small(f) for f in ("vae", "gan", "vae", "vae")]) == ["vae", "gan", "vae-2", "vae-3"]


def test_what_is_told_in_steps_shrinks_with_them() -> None:
    config = FAMILIES["vae"].config(steps=4000, warm_up=1500)
    assert with_steps(config, 400).to_dict() == {**config.to_dict(), "steps": 400, "warm_up": 150}
    assert with_steps(config, 8000).warm_up == 3000
    staged = [f.config() for f in FAMILIES.values() if "first_steps" in params(f.config)]
    assert staged and all(with_steps(c, 100).first_steps == c.first_steps * 100 // c.steps for c in staged)


@pytest.mark.parametrize("steps", [500, 9000])
def test_every_change_of_steps_is_allowed(steps: int) -> None:
    before = FAMILIES["vae"].config(steps=2000, warm_up=1900)
    after, config = with_steps(before, steps), before
    changes = changes_between(before, after)
    assert {name for name, _ in changes} == {"steps", "warm_up"}
    for name, value in changes:
        config = config.replace(**{name: value})  # ConfigError for a warm-up longer than all steps
    assert config == after


def test_seconds_become_steps() -> None:
    data = load_data(DATA)
    a, b = (prepare(small("vae"), data, plan_of(small("vae"), seconds=s), True) for s in (2.0, 8.0))
    for made, seconds in ((a, 2.0), (b, 8.0)):
        assert made.recipe.config.steps == max(20, round(seconds * 1000 / made.ms_per_step))
    assert prepare(small("vae"), data, plan_of(small("vae")), True).recipe == small("vae")


@pytest.mark.parametrize("family", ["vae", "gan", "diffusion"])
def test_widths_are_fitted_to_a_number_of_parameters(family: str) -> None:
    data, recipe = load_data(DATA), small(family)
    made = prepare(recipe, data, plan_of(recipe, parameters=9000), True)
    learner = FAMILIES[family].learner_class()(made.recipe.config, data, 0)
    assert trained_values(learner) == made.parameters and abs(made.parameters / 9000 - 1) < 0.05
    assert made.recipe.config.hidden > 8
    averages = sum(p.numel() for p in learner.model.parameters()) - made.parameters
    assert (averages > 500) == (family != "vae"), "averages of weights are not trained"


def test_a_width_that_cannot_be_met_is_refused() -> None:
    config = FAMILIES["vae"].config()
    with pytest.raises(ConfigError, match="nearest"):
        fit_width(config, 10**9, lambda c: c.hidden**2)
    assert fit_width(config, 10_000, lambda c: c.hidden**2).hidden == 100


# ---------------------------------------------------------------- from start to finish
def test_a_comparison_from_start_to_finish(on: Watched, tmp_path: Path) -> None:
    plan = plan_of(small("vae"), small("gan"), small("diffusion"), seeds=2)
    ident = on.comparison.start(plan, folder=tmp_path / "c")
    done = on.state("finished", "failed")
    assert done.state == "finished" and done.done == done.total and done.run_id == ident == "c"
    first, last = on.of(m.Comparing)[0], on.of(m.Comparing)[-1]
    assert (first.data, first.kind, first.seeds) == (DATA, "points", 2) and [c.key for c in first.columns] == list(SMALL)
    assert first.columns[0].run_ids == ("", "") and all(all(c.run_ids) for c in last.columns)
    runs = [r for c in last.columns for r in c.run_ids]
    assert len(set(runs)) == 6 and {e.run_id for e in on.of(m.Measured)} == set(runs)
    assert {e.run_id for e in on.of(m.Progress)} == set(runs)
    states = [e.state for e in on.of(m.ComparisonState)]
    assert states[0] == "preparing" and {"training", "measuring"} <= set(states)
    for run in runs:  # ordinary runs
        info = load_run(tmp_path / "c" / "runs" / run).info()
        assert (info.step, info.status) == (40, "finished")
    seeds = [load_run(tmp_path / "c" / "runs" / r).recipe.seed for r in last.columns[0].run_ids]
    assert seeds == [0, 1]
    looks_seen = [e for e in on.of(m.Monitored) if "quality" in e.scalars]
    assert {e.run_id for e in looks_seen} == set(runs)
    assert all({"seconds", "images_seen", "quality_floor"} <= set(e.scalars) for e in looks_seen)
    view = on.view()
    assert len(view.cells) == len(m.ASPECTS) * 3
    quality = view.cell("quality", "vae")
    assert quality is not None and quality.textbook == "Blurry" and len(quality.figures[0].values) == 2
    assert all(math.isfinite(v) for v in quality.figures[0].values) and math.isfinite(quality.figures[0].spread)
    assert not [t for t in threading.enumerate() if t.name.startswith("explorer")], "models of ended runs are not kept"


def test_one_run_trains_at_a_time(on: Watched, tmp_path: Path) -> None:
    """The clocks of all runs together never run faster than the one on the wall."""
    on.comparison.start(plan_of(small("vae", 1500), small("gan", 1500)), folder=tmp_path / "c")
    on.state("training")
    began = time.monotonic()
    on.state("measuring")
    wall = time.monotonic() - began
    seconds = {e.run_id: e.seconds for e in on.of(m.Progress)}
    assert len(seconds) == 2 and sum(seconds.values()) < wall + 0.2
    progress = [e for e in on.of(m.Progress) if e.seconds < min(seconds.values())]
    clocks = dict.fromkeys(seconds, 0.0)
    for event in progress:
        clocks[event.run_id] = event.seconds
        if min(clocks.values()) > 0:
            assert max(clocks.values()) - min(clocks.values()) < 1.2, "on one clock, up to a slice"


def test_questions_reach_runs_of_the_past(on: Watched, tmp_path: Path) -> None:
    on.comparison.start(plan_of(small("vae")), folder=tmp_path / "c")
    on.state("finished")
    run = on.of(m.Comparing)[-1].columns[0].run_ids[0]
    number = on.comparison.request(run, m.DrawSamples(n=5, channel="race"))
    reply = on.until(m.Samples)
    assert number > 0 and (reply.request_id, reply.run_id, reply.x.shape) == (number, run, (5, 2)) and reply.step == 40
    assert on.comparison.request("nobody", m.DrawSamples()) == 0


def test_what_was_measured_is_there_again(on: Watched, tmp_path: Path) -> None:
    on.comparison.start(plan_of(small("vae"), small("gan")), folder=tmp_path / "c")
    on.state("finished")
    before, measured = on.view(), {e.run_id: e for e in on.of(m.Measured)}
    again = Watched()
    try:
        again.comparison.open(tmp_path / "c")
        again.state("finished")
        assert again.view() == before or repr(again.view()) == repr(before)  # NaN is not equal to itself
        for event in again.of(m.Measured):
            assert {k: v.tolist() for k, v in event.evidence.items()} == {
                k: v.tolist() for k, v in measured[event.run_id].evidence.items()
            }
        assert [e for e in again.of(m.Monitored) if "quality" in e.scalars]
    finally:
        assert again.comparison.close(20)
    infos = list_comparisons(tmp_path)
    assert [(i.comparison_id, i.status, i.measured, i.total) for i in infos] == [("c", "finished", 2, 2)]


# ---------------------------------------------------------------- pauses, ends and new beginnings
def test_pause_and_resume(on: Watched, tmp_path: Path) -> None:
    on.comparison.start(plan_of(small("vae", 100_000), small("gan", 100_000)), folder=tmp_path / "c")
    on.until(m.Progress, lambda e: e.step > 20)
    on.comparison.pause()
    on.state("paused")
    on.until(m.StateChanged, lambda e: e.state == "paused")
    time.sleep(0.5)
    on.comparison.poll()
    time.sleep(0.3)
    assert not [e for e in on.comparison.poll() if isinstance(e, m.Progress)]
    on.comparison.resume()
    on.state("training")
    on.until(m.Progress)


def test_stop_measures_what_is_there(on: Watched, tmp_path: Path) -> None:
    on.comparison.start(plan_of(small("vae", 100_000), small("gan", 100_000), seeds=3), folder=tmp_path / "c")
    for column in ("vae", "gan"):
        on.until(m.Progress, lambda e, c=column: c in e.run_id and e.step > 5)
    on.comparison.stop()
    done = on.state("finished", "failed")
    assert done.state == "finished" and done.sentence
    assert len(on.of(m.Measured)) == 2, "of the first seed alone: the others were not begun"
    assert all(5 < e.numbers["step"] < 100_000 for e in on.of(m.Measured))
    info = load_comparison(tmp_path / "c").info()
    assert (info.status, info.measured) == ("finished", 2)


def test_one_that_was_left_goes_on(on: Watched, tmp_path: Path) -> None:
    on.comparison.start(plan_of(small("vae", 400), small("gan", 400)), folder=tmp_path / "c")
    on.until(m.Progress, lambda e: e.step > 20)
    assert on.comparison.close(30)
    assert load_comparison(tmp_path / "c").info().status == "paused"
    kept = {p.name: load_run(p).info().step for p in (tmp_path / "c" / "runs").iterdir()}
    assert any(0 < step < 400 for step in kept.values())
    on.comparison.open(tmp_path / "c", resume=True)
    on.state("finished")
    for run, step in kept.items():
        checkpoint, _, metrics = load_run(tmp_path / "c" / "runs" / run).checkpoint()
        assert checkpoint.step == 400 and metrics.steps.tolist() == list(range(1, 401)), f"went on from {step}"
    assert load_comparison(tmp_path / "c").info().status == "finished"


CHILD = """
import sys
sys.path[:0] = sys.argv[2:4]
import test_compare as t
from pathlib import Path
t.conductor.EFFORT, t.followed.POINTS = 0.02, 60
from playground.engine import worker
worker.SAVE_EVERY_S = 0.2
w = t.Watched()
w.comparison.start(t.plan_of(t.small("vae", 3000), t.small("gan", 3000)), folder=Path(sys.argv[1]))
w.until(t.m.Progress, lambda e: e.step > 300)
print("trains", flush=True)
w.state("never")
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_killed_comparison_goes_on(on: Watched, tmp_path: Path) -> None:
    folder = tmp_path / "c"
    paths = [str(REPOSITORY), str(Path(__file__).parent)]
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(folder), *paths], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline().strip() == "trains"
    time.sleep(0.5)
    child.send_signal(signal.SIGKILL)
    child.wait(30)
    child.stdout.close()
    kept = {p.name: load_run(p).info().step for p in (folder / "runs").iterdir()}
    assert len(kept) == 2 and max(kept.values()) > 0
    on.comparison.open(folder)
    assert on.state("paused", "finished").state == "paused"
    on.comparison.resume()
    assert on.state("finished", "failed").state == "finished"
    for run in kept:
        assert load_run(folder / "runs" / run).info().step == 3000
    assert len(on.of(m.Measured)) == 2


def test_a_run_that_fails_is_told_and_does_not_stop_the_others(on: Watched, tmp_path: Path) -> None:
    bad = small("vae", 400, learning_rate=1.0, likelihood="gaussian", sigma=0.001, decay="none")
    plan = ComparisonPlan(DATA, (Contestant(bad, "<b>Bad & worse</b>"), Contestant(small("gan"))))
    broken = FAMILIES["vae"].learner_class()
    step = broken.step
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(broken, "step", lambda self, part="both": step(self, part) * (math.nan if self.steps_done > 9 else 1.0))
        on.comparison.start(plan, folder=tmp_path / "c")
        on.state("finished")
    cell = on.view().cell("training", "vae")
    assert cell is not None and cell.measured == "Unstable" and cell.agrees is False
    failed = next(f for f in cell.figures if f.key == "failed")
    assert failed.values == (100.0,) and any("not a number" in f.text for f in cell.figures)
    assert [e.run_id for e in on.of(m.Measured)] == ["c-gan-s0"]
    assert any("failed" in note for note in on.view().notes)
    page = write_report(tmp_path / "c", tmp_path / "r.html").read_text("utf-8")
    assert "&lt;b&gt;Bad &amp; worse&lt;/b&gt;" in page and "<b>Bad" not in page


def test_existing_runs_are_measured_as_they_are(on: Watched, tmp_path: Path) -> None:
    session = Session()
    session.start(small("vae", 30), folder=tmp_path / "runs" / "old")
    while not any(isinstance(e, m.Finished) for e in session.poll()):
        time.sleep(0.01)
    plan = ComparisonPlan(DATA, (Contestant(None, "Old", tmp_path / "runs" / "old"), Contestant(small("gan"))), seeds=2)
    on.comparison.start(plan, folder=tmp_path / "c")  # while the run is open elsewhere
    on.state("finished")
    assert session.close(20)
    old, new = on.view().columns
    assert (old.title, len(old.run_ids), len(new.run_ids)) == ("Old", 1, 2)
    measured = {e.run_id: e for e in on.of(m.Measured)}
    assert measured[old.run_ids[0]].numbers["step"] == 30
    assert load_run(tmp_path / "runs" / "old").info().step == 30, "what was measured is a copy"
    with pytest.raises(RunFileError):
        on.comparison.start(ComparisonPlan(DATA, (Contestant(None, "", tmp_path / "nothing"),)))


def test_the_budget_in_seconds_is_settled_once(on: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe that was three times too slow is put right early in the first training."""
    real = conductor.prepare

    def slow(recipe: Recipe, *rest: Any) -> Any:
        made = real(recipe, *rest)
        fewer = max(30, made.recipe.config.steps // 3)  # type: ignore[attr-defined]
        return dataclasses.replace(made, recipe=dataclasses.replace(recipe, config=recipe.config.replace(steps=fewer)))

    monkeypatch.setattr(conductor, "prepare", slow)
    monkeypatch.setattr(conductor, "SETTLED_AFTER", 0.02)
    on.comparison.start(plan_of(small("vae", 100), seconds=3.0, seeds=2), folder=tmp_path / "c")
    on.state("finished")
    stored = load_comparison(tmp_path / "c")
    assert stored.prepared[0] is not None and stored.prepared[0].settled
    first, second = (load_run(stored.run_folder(r)) for r in stored.records)
    assert first.info().step == second.info().step == stored.prepared[0].recipe.config.steps  # type: ignore[attr-defined]
    assert 1.5 < first.info().seconds < 6.0, "the budget was kept"


# ---------------------------------------------------------------- a new family
def test_a_family_that_the_table_gains_appears(on: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gained = dataclasses.replace(FAMILIES["vae"], name="other", title="Other", textbook={"quality": "Odd"})
    monkeypatch.setitem(FAMILIES, "other", gained)
    assert "other" in [c.known_recipe().family for c in default_plan(DATA).contestants]
    recipe = dataclasses.replace(small("vae"), family="other")
    on.comparison.start(plan_of(recipe, small("gan")), folder=tmp_path / "c")
    on.state("finished")
    cell = on.view().cell("quality", "other")
    assert cell is not None and cell.textbook == "Odd" and cell.measured in ("Sharp", "Blurry") and cell.agrees is False
    assert on.view().columns[0].title == "Other"


# ---------------------------------------------------------------- on disk
def test_a_damaged_comparison_is_refused(on: Watched, tmp_path: Path) -> None:
    on.comparison.start(plan_of(small("vae")), folder=tmp_path / "c")
    on.state("finished")
    on.comparison.close(20)
    path = tmp_path / "c" / NAME
    whole = path.read_text("utf-8")
    for spoiled in (whole[:-40], whole.replace('"seeds": 1', '"seeds": 2'), "[]", "{}"):
        path.write_text(spoiled, "utf-8")
        with pytest.raises(RunFileError):
            load_comparison(tmp_path / "c")
        assert list_comparisons(tmp_path)[0].status == "damaged"
    path.write_text(whole, "utf-8")
    stored = load_comparison(tmp_path / "c")
    (tmp_path / "c" / stored.records[0].evidence_file).write_bytes(b"nothing")
    assert stored.evidence(stored.records[0]) == {} and stored.records[0].numbers["n"] > 0


@pytest.mark.parametrize("change", [{"run_id": "../x"}, {"evidence_file": "/etc/passwd"}, {"status": "odd"}, {"column": 7}])
def test_impossible_records_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    from playground.engine.compare.store import Stored

    stored = Stored.create(plan_of(small("vae")), tmp_path / "c")
    for name, value in change.items():
        setattr(stored.records[0], name, value)
    stored.save()
    with pytest.raises(RunFileError):
        load_comparison(tmp_path / "c")


def test_numbers_and_report_for_other_programs(on: Watched, tmp_path: Path) -> None:
    on.comparison.start(plan_of(small("vae"), small("diffusion"), seeds=2), folder=tmp_path / "c")
    on.state("finished")
    numbers = comparison_numbers(tmp_path / "c")
    assert json.loads(json.dumps(numbers, allow_nan=False)) == numbers
    assert len(numbers["runs"]) == 4 and all(r["numbers"]["ms_per_1000"] > 0 and r["quality"] for r in numbers["runs"])
    rows = list(csv.DictReader(write_numbers(tmp_path / "c", tmp_path / "n.csv").open(encoding="utf-8")))
    js = [r for r in rows if (r["figure"], r["contestant"]) == ("js", "vae")]
    assert [r["seed"] for r in js] == ["0", "1"] and np.isclose(np.mean([float(r["value"]) for r in js]), float(js[0]["mean"]))
    with pytest.raises(ConfigError):
        write_numbers(tmp_path / "c", tmp_path / "n.txt")
    page = write_report(tmp_path / "c", tmp_path / "r.html").read_text("utf-8")
    assert page.startswith("<!doctype html>") and page.count("data:image/png;base64,") >= 4 and "<svg" in page
    for alien in ("http://", "https://", "<script", "src=\"/", "url("):
        assert alien not in page, f"the page needs {alien}"
    assert "JS(data, model)" in page and "Denoise at each step" in page and "num_timesteps" in page


# ---------------------------------------------------------------- curves
def curve(values: list[float], floor: float = 0.1, sd: float = 0.01) -> QualityCurve:
    made = QualityCurve()
    for i, value in enumerate(values, 1):
        made.add(10 * i, float(i), value, floor, sd)
    return made


def test_the_longest_stretch_without_improvement() -> None:
    assert curve([1.0, 0.9, 0.9, 0.9, 0.8]).longest_stall() == pytest.approx(3 / 5)
    assert curve([1.0, 0.5, 0.11, 0.11, 0.11, 0.12]).longest_stall() == pytest.approx(1 / 6), "at the floor it may stay"
    assert curve([0.5, 0.495, 0.49, 0.49]).longest_stall() == pytest.approx(3 / 4), "less than chance is no improvement"
    assert math.isnan(curve([1.0, 0.5]).longest_stall())


def test_setbacks_count_from_a_quarter_of_the_time_on() -> None:
    assert curve([1.0, 3.0] + [0.9] * 6 + [0.5]).setback(gaussian=1.1) == pytest.approx(0)
    assert curve([1.0, 0.5, 0.3, 0.7, 0.4]).setback(gaussian=1.1) == pytest.approx(0.4)
    assert curve([1.0, 0.5, math.nan]).setback(gaussian=1.1) == math.inf
    assert math.isnan(curve([1.0, 0.5, 0.4]).setback(gaussian=0.1)), "data that one Gaussian describes"


def test_time_to_the_stated_quality() -> None:
    target = target_quality(0.1, 0.01, 1.1)
    assert target == pytest.approx(0.2)
    assert curve([1.0, 0.3, 0.2, 0.1]).seconds_to(target) == 3.0
    assert math.isnan(curve([1.0, 0.3]).seconds_to(target)) and math.isnan(target_quality(0.1, 0.01, 0.15))


def test_a_curve_taken_up_again_goes_over_what_came_later() -> None:
    made = curve([1.0, 0.5, 0.4])
    made.add(20, 2.5, 0.45, 0.1, 0.01)
    assert made.table().tolist() == [[10.0, 1.0, 1.0], [20.0, 2.5, 0.45]]


# ---------------------------------------------------------------- rules
STEADY = {"failed": 0.0, "setback": 0.0, "quality": 0.2, "quality_floor": 0.1, "quality_gaussian": 1.1}
ABOUT = {"fastest": 2.0, "contestants": 3}


@pytest.mark.parametrize(("aspect", "runs", "word"), [
    ("training", [STEADY], "Stable"),
    ("training", [STEADY, {"failed": 1.0}], "Unstable"),
    ("training", [{**STEADY, "setback": 0.3}], "Unstable"),
    ("training", [STEADY, {**STEADY, "quality": 0.9}], "Unstable"),
    ("training", [{**STEADY, "setback": math.nan}], ""),
    ("training", [{**STEADY, "quality": 1.2}], ""),
    ("quality", [{"sharpness": 0.95, "on_data": 0.1}], "Sharp"),
    ("quality", [{"sharpness": 0.85}], "Blurry"), ("quality", [{"sharpness": 6.0}], "Noisy"),
    ("quality", [{"on_data": 0.95, "on_data_floor": 0.98889}], "Sharp"),
    ("quality", [{"on_data": 0.85, "on_data_floor": 0.98889}], "Blurry"),
    ("quality", [{"energy": 1.0}], ""),
    ("likelihood", [{"likelihood_kind": "exact"}], "Exact (with effort)"),
    ("likelihood", [{"likelihood_kind": "bound"}], "Lower bound"),
    ("likelihood", [{"likelihood_kind": "pushed"}], "No explicit"),
    ("likelihood", [{"likelihood_kind": "none"}], "No explicit"),
    ("latent", [{"encoder": False}], "Less structure"),
    ("latent", [{"encoder": True, "purity": 0.8, "purity_chance": 0.1, "purity_items": 1.0, "round_trip": 0.3}], "Meaningful"),
    ("latent", [{"encoder": True, "purity": 0.8, "purity_chance": 0.1, "purity_items": 1.0, "round_trip": 0.95}], "Less structure"),
    ("latent", [{"encoder": True, "purity": 0.4, "purity_chance": 0.1, "purity_items": 1.0, "round_trip": 0.3}], "Less structure"),
    ("latent", [{"encoder": True, "round_trip": 0.3}], ""),
    ("speed", [{"ms_per_1000": 20.0}], "Fast"),
    ("speed", [{"ms_per_1000": 21.0}], "Slow"),
    ("objective", [STEADY], ""),
])  # fmt: skip
def test_words_are_earned_by_rules(aspect: str, runs: list[dict[str, Any]], word: str) -> None:
    sentence, decide = RULES[aspect]
    assert decide(runs, ABOUT) == word and sentence.endswith(".")


def test_one_contestant_alone_is_neither_fast_nor_slow() -> None:
    assert RULES["speed"][1]([{"ms_per_1000": 2.0}], {**ABOUT, "contestants": 1}) == ""


def test_what_agrees_and_what_does_not() -> None:
    assert agree("quality", "Blurry", "Blurry", [STEADY]) is True and agree("quality", "Sharp", "Blurry", [STEADY]) is False
    assert agree("quality", "", "Blurry", [STEADY]) is None and agree("quality", "Sharp", "", [STEADY]) is None
    assert agree("training", "Can be unstable", "Unstable", [STEADY]) is True
    assert agree("training", "Can be unstable", "Stable", [STEADY]) is None
    assert agree("training", "Can be unstable", "Stable", [STEADY] * 3) is False
    assert agree("likelihood", "Exact (with effort)", "Lower bound", []) is None
    assert agree("likelihood", "Lower bound", "Exact (with effort)", []) is False
    assert agree("latent", "Hierarchical", "Meaningful", []) is None


def test_every_aspect_has_a_rule_and_every_figure_words() -> None:
    assert set(RULES) == set(FIGURES) == set(m.ASPECTS)
    for specs in FIGURES.values():
        assert len({s.key for s in specs}) == len({s.label for s in specs}) == len(specs)
        for spec in specs:
            assert spec.label and spec.better in ("", "low", "high")


def test_a_figure_over_seeds_leaves_out_those_that_failed() -> None:
    spec = next(s for s in FIGURES["quality"] if s.key == "energy")
    figure = spec.figure([{"energy": 0.1, "unit": "unit of x", "energy_floor": 0.01}, {}, {"energy": 0.3, "energy_floor": 0.03}])
    assert figure is not None and figure.unit == "unit of x" and math.isnan(figure.values[1])
    assert figure.mean == pytest.approx(0.2) and figure.spread == pytest.approx(0.1 * 2**0.5)
    assert figure.floor == pytest.approx(0.02)
    assert spec.figure([{}, {}]) is None


def test_the_global_stream_is_left_alone(on: Watched, tmp_path: Path) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    on.comparison.start(plan_of(small("vae"), small("gan")), folder=tmp_path / "c")
    on.state("finished")
    assert torch.equal(torch.get_rng_state(), before)
