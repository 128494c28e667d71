"""The page Compare as the window uses it: form, actions by name, states, memory, the past, files that are taken away."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fake_comparison import ComparePage, FakeComparison, compare_services
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox, QFileDialog
from pytestqt.qtbot import QtBot

from playground.engine import FAMILIES, ConfigError
from playground.engine import messages as m
from playground.ui import theme
from playground.ui.background import Background
from playground.ui.compare import CompareTab
from playground.ui.compare.estimate import Cost, span, stated_seconds
from playground.ui.compare.form import CompareForm, past_text
from playground.ui.compare.numbers_file import HEAD
from playground.ui.run_status import RunStatus

BASE = ["vae", "gan", "diffusion"]
HYBRIDS = [n for n, f in FAMILIES.items() if f.group]


@pytest.fixture
def page() -> Iterator[ComparePage]:
    made = ComparePage()
    yield made
    made.close()


@pytest.fixture(scope="module")
def done(qapp: Any) -> Iterator[ComparePage]:
    """A page on which a comparison of two seeds has ended: tests look at it and leave it as it is."""
    made = ComparePage()
    made.start(seeds=2)
    made.finish()
    for name in reversed(made.tab.stage.switch.keys):  # the race, whose timer turns, stays
        made.tab.stage.show_view(name)
    yield made
    made.close()


@pytest.fixture
def form(qtbot: QtBot) -> CompareForm:
    made = CompareForm(compare_services(FakeComparison()))
    qtbot.addWidget(made)
    return made


def run_of(name: str, family: str, data: str = "8gaussians", **more: Any) -> Any:
    """A line of the list of runs."""
    given = {"status": "finished", "step": 2000, "seconds": 90.0, **more}
    return SimpleNamespace(folder=Path("/runs") / name, name=name, family=family, data=data, **given)


def past(name: str, **more: Any) -> Any:
    """A line of the list of comparisons."""
    given = {"created": "2026-03-01T12:30:59", "data": "mnist", "contestants": ("VAE", "GAN"), "status": "finished", "measured": 6,
             "total": 6, "problem": "", **more}  # fmt: skip
    return SimpleNamespace(folder=Path("/comparisons") / name, comparison_id=name, **given)


def tick(row: Any) -> None:
    row.check.click()


def pick(box: Any, value: str) -> None:
    """Choose in a list as a user does."""
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def families_of(plan: Any) -> list[str]:
    return [c.recipe.family for c in plan.contestants if c.recipe is not None]


# ---------------------------------------------------------------- the form
def test_the_form_begins_with_the_base_families_within_ten_minutes(form: CompareForm) -> None:
    plan = form.plan()
    assert (plan.data, families_of(plan), plan.parameters) == ("8gaussians", BASE, 0)
    assert (plan.seconds, plan.seeds) == (40.0, 3)
    assert form.cost().total == 3 * 3 * (40 + 12) < 600
    assert form.cost().words() == "3 contestants × 3 seeds × 40 s + measuring: <b>about 8 min</b>"


def test_the_plan_follows_what_is_set(form: CompareForm) -> None:
    tick(form.contestants.rows["diffusion"])
    form.seeds.setValue(2)
    form.seconds.setValue(10)
    form.parameters.setValue(50_000)
    plan = form.plan()
    assert (families_of(plan), plan.seeds, plan.seconds, plan.parameters) == (["vae", "gan"], 2, 10.0, 50_000)
    assert [c.title for c in plan.contestants] == ["VAE", "GAN"]
    assert form.cost().words().startswith("2 contestants × 2 seeds × 10 s")


def test_by_steps_the_recipes_say_how_long(form: CompareForm) -> None:
    pick(form.by, "steps")
    assert form.plan().seconds == 0.0 and not form.seconds.isEnabled()
    rows = form.contestants.chosen()
    assert form.cost().total == pytest.approx(3 * sum(row.seconds + 12 for row in rows)) and all(row.seconds > 0 for row in rows)
    assert "as their recipes state" in form.cost().words()


def test_a_preset_is_what_its_family_trains(form: CompareForm) -> None:
    row = form.contestants.rows["vae"]
    last = FAMILIES["vae"].presets_for("8gaussians", "points")[-1]
    pick(row.preset, last.title)
    assert form.plan().contestants[0].recipe.config == FAMILIES["vae"].config().replace(**last.changes)


def test_pictures_bring_their_own_budget_and_presets(form: CompareForm) -> None:
    pick(form.data.box, "mnist")
    plan = form.plan()
    assert (plan.data, plan.seconds, plan.seeds) == ("mnist", 60.0, 2) and families_of(plan) == BASE
    assert form.cost().total == 3 * 2 * (60 + 25)
    for name in BASE:
        offered = [form.contestants.rows[name].preset.itemData(i) for i in range(form.contestants.rows[name].preset.count())]
        assert offered == [p.title for p in FAMILIES[name].presets_for("mnist", "image")]


def test_nobody_ticked_is_said(form: CompareForm) -> None:
    for name in BASE:
        tick(form.contestants.rows[name])
    with pytest.raises(ValueError, match="at least one"):
        form.plan()
    assert form.cost().words() == "Tick at least one contestant."


def test_hybrids_wait_under_a_fold(form: CompareForm) -> None:
    hybrids = form.contestants.hybrids
    assert HYBRIDS and not hybrids.body.isVisibleTo(form)
    hybrids.button.click()
    assert hybrids.body.isVisibleTo(form)
    inside = [box.text() for box in hybrids.findChildren(QCheckBox)]
    assert inside == [FAMILIES[n].title for n in HYBRIDS]
    tick(form.contestants.rows["hvae"])
    assert families_of(form.plan()) == [*BASE, "hvae"]


def test_a_family_more_is_a_line_more(qtbot: QtBot) -> None:
    form = CompareForm(compare_services(FakeComparison(), families={"vae": FAMILIES["vae"]}))
    qtbot.addWidget(form)
    assert list(form.contestants.rows) == ["vae"] and not form.contestants.hybrids.isVisibleTo(form)


def test_a_student_starts_from_a_run_of_its_teacher(form: CompareForm) -> None:
    row = form.contestants.rows["distilled"]
    (name, box), = row.parents.items()
    runs = [run_of("elsewhere", "diffusion", "moons"), run_of("broken", "diffusion", status="failed"), run_of("good", "diffusion"),
            run_of("other", "vae")]  # fmt: skip
    form.set_runs(runs)
    assert [box.itemData(i) for i in range(box.count())] == ["", "/runs/good"] and box.value() == "/runs/good"
    tick(row)
    assert getattr(form.plan().contestants[-1].recipe.config, name) == "/runs/good"
    pick(form.data.box, "moons")
    assert box.value() == "/runs/elsewhere", "only a run of the same data will do"


def test_existing_runs_of_the_same_data_are_measured_as_they_are(form: CompareForm) -> None:
    listed = form.contestants.runs
    assert not form.contestants.no_runs.isHidden()
    unfit = [run_of("b", "gan", "moons"), run_of("c", "gan", status="damaged"), run_of("d", "vae", step=0)]
    form.set_runs([run_of("a", "vae"), *unfit])
    assert listed.count() == 1 and listed.item(0).text() == "a · vae · 2,000 steps" and form.contestants.no_runs.isHidden()
    listed.item(0).setCheckState(Qt.CheckState.Checked)
    assert form.plan().contestants[-1].run == Path("/runs/a")
    assert "+ 1 existing run + measuring" in form.cost().words() and form.cost().total == 3 * 3 * 52 + 12
    form.set_runs([run_of("a", "vae"), run_of("e", "vae")])
    assert form.contestants.chosen_runs() == ["/runs/a"], "a list read again keeps what was ticked"


@pytest.mark.parametrize("change", ["seeds", "by", "contestants", "data"])
def test_every_edit_can_be_undone_and_done_again(form: CompareForm, change: str) -> None:
    before = form.state()
    if change == "seeds":
        form.seeds.setValue(5)
    elif change == "by":
        pick(form.by, "steps")
    elif change == "contestants":
        tick(form.contestants.rows["gan"])
    else:
        pick(form.data.box, "mnist")
    after = form.state()
    assert after != before
    form.undo_stack.undo()
    assert form.state() == before
    form.undo_stack.redo()
    assert form.state() == after


def test_ticks_are_undone_one_by_one(form: CompareForm) -> None:
    for name in ("gan", "diffusion"):
        tick(form.contestants.rows[name])
    form.undo_stack.undo()
    assert families_of(form.plan()) == ["vae", "diffusion"]


def test_undo_tells_what_the_form_costs_now(page: ComparePage) -> None:
    tick(page.tab.form.contestants.rows["gan"])
    assert page.tab.transport.what.text().startswith("2 contestants")
    assert page.tab.do("undo") and page.tab.transport.what.text().startswith("3 contestants")
    assert page.tab.do("redo") and page.tab.transport.what.text().startswith("2 contestants")


@pytest.mark.parametrize(("text", "seconds"), [("2-3 min", 150), ("about 60 s", 60), ("1.5 h", 5400), ("a while", 0)])
def test_stated_times_are_read(text: str, seconds: float) -> None:
    assert stated_seconds(text) == seconds


def test_times_are_told_in_words() -> None:
    assert [span(s) for s in (80, 480, 4800, 5400)] == ["80 s", "8 min", "80 min", "1 h 30 min"]
    assert Cost("image", [], 2, 3, 60).words() == "2 existing runs + measuring: <b>about 50 s</b>"


# ---------------------------------------------------------------- starting and holding
def test_without_an_engine_the_page_waits(qtbot: QtBot) -> None:
    tab = CompareTab(compare_services(FakeComparison()), Background())
    qtbot.addWidget(tab)
    assert tab.transport.button.text() == "Loading engine…" and not tab.transport.button.isEnabled()
    assert not tab.stage.empty.button.isEnabled()
    assert tab.do("primary") and not tab.facts.active
    assert tab.close_session()


def test_an_empty_stage_says_what_each_view_will_show(page: ComparePage) -> None:
    stage, seen = page.tab.stage, []
    for i in range(len(stage.switch.keys)):
        page.tab.show_index(i)
        seen.append(stage.empty.title.text())
        assert stage.view() is None and not stage.tools.isEnabled()
    assert len(set(seen)) == len(seen) == 3, "a tournament is for pictures"


@pytest.mark.parametrize("way", ["button", "empty stage", "primary", "train"])
def test_the_forms_plan_is_started(page: ComparePage, qtbot: QtBot, way: str) -> None:
    tab = page.tab
    if way == "button":
        qtbot.mouseClick(tab.transport.button, Qt.MouseButton.LeftButton)
    elif way == "empty stage":
        qtbot.mouseClick(tab.stage.empty.button, Qt.MouseButton.LeftButton)
    else:
        assert tab.do(way)
    (name, plan), = page.engine.calls
    assert name == "start" and families_of(plan) == BASE and (plan.data, plan.seconds, plan.seeds) == ("8gaussians", 40.0, 3)
    assert tab.transport.button.text().startswith("Preparing") and not tab.transport.button.isEnabled()
    page.hear()
    assert tab.stage.view() is tab.stage.made("race") and tab.stage.tools.isEnabled()
    assert tab.transport.button.text() == "Training · 0%"
    assert "seed 1 of 3" in tab.transport.what.text() and "left" in tab.transport.what.text()
    page.engine.stop()
    page.hear()


def test_an_engine_that_refuses_says_why(page: ComparePage, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(plan: Any) -> str:
        raise ConfigError("teacher", "must be a run of a diffusion model.")

    monkeypatch.setattr(page.engine, "start", refuse)
    page.tab.do("primary")
    assert page.tab.stage.banner.isVisible() and "must be a run of a diffusion model." in page.tab.stage.banner.label.text()
    assert page.tab.transport.button.isEnabled() and not page.tab.facts.active
    page.tab.dismiss()
    assert not page.tab.stage.banner.isVisible()


def test_nobody_to_compare_is_said_on_the_page(page: ComparePage) -> None:
    for name in BASE:
        tick(page.tab.form.contestants.rows[name])
    page.tab.do("train")
    assert page.tab.stage.banner.label.text() == "Tick at least one contestant." and not page.engine.calls


def test_pause_resume_stop(page: ComparePage, qtbot: QtBot) -> None:
    page.start()
    tab, buttons = page.tab, page.tab.transport
    assert tab.stage._timer.isActive()
    tab.do("train")
    assert [c[0] for c in page.engine.calls] == ["start"], "one that runs is not started over"
    tab.do("primary")
    page.hear()
    assert page.engine.calls[-1] == ("pause",) and buttons.pause.text() == "Resume" and buttons.button.text().startswith("Paused")
    assert tab.status.state == "paused" and not tab.stage._timer.isActive(), "nothing moves: nothing is asked"
    qtbot.mouseClick(buttons.pause, Qt.MouseButton.LeftButton)
    page.hear()
    assert page.engine.calls[-1] == ("resume",) and buttons.pause.text() == "Pause" and tab.stage._timer.isActive()
    tab.do("primary")
    tab.do("primary")
    assert [c[0] for c in page.engine.calls][-1] == "pause", "the engine has not said yet that it holds"
    page.hear()
    tab.do("stop")
    page.hear()
    assert page.engine.calls[-1] == ("stop",) and tab.status.state == "finished" and not tab.stage._timer.isActive()
    assert buttons.button.text() == "Compare anew" and not buttons.stop_button.isEnabled() and not buttons.pause.isEnabled()
    tab.do("stop")
    assert page.engine.calls[-1] == ("stop",) and len([c for c in page.engine.calls if c[0] == "stop"]) == 1


def test_progress_reaches_button_and_status(page: ComparePage) -> None:
    heard: list[RunStatus] = []
    page.tab.status_changed.connect(lambda: heard.append(page.tab.status))
    page.start(seeds=2)
    page.hear(5)
    assert page.tab.transport.button.text() == "Training · 25%"
    status = page.tab.status
    assert (status.state, status.step, status.total_steps, status.memory_mb) == ("training", 250, 1000, 300.0) and heard
    page.finish()
    assert (page.tab.status.state, page.tab.status.step) == ("finished", 1000)
    assert page.tab.transport.what.text() == page.tab.form.cost().words()


def test_a_failed_comparison_says_why_and_can_be_begun_anew(page: ComparePage) -> None:
    page.start()
    page.engine.fail("The disk is full. Make room, then press Compare.")
    page.hear()
    tab = page.tab
    assert "The disk is full." in tab.stage.banner.label.text() and tab.stage.banner.isVisible()
    assert "The disk is full." in tab.transport.what.text()
    assert tab.status.state == "failed" and not tab.facts.active and not tab.stage._timer.isActive()
    tab.do("primary")
    assert page.engine.calls[-1][0] == "start" and not tab.stage.banner.isVisible()
    page.engine.stop()
    page.hear()


def test_a_new_comparison_leaves_nothing_of_the_last(page: ComparePage) -> None:
    page.start()
    page.hear(2)
    old = set(page.tab.facts.tracks)
    page.engine.stop()
    page.hear()
    page.start("moons", ("vae", "gan"))
    assert [c.key for c in page.tab.facts.columns] == ["vae", "gan"] and not old & set(page.tab.facts.tracks)
    assert page.tab.facts.view is None and math.isnan(page.tab.facts.quality_floor)
    page.engine.stop()
    page.hear()


def test_what_one_that_was_left_still_says_is_not_heard(page: ComparePage) -> None:
    page.start()
    page.hear()
    left, columns, table = page.engine.id, page.engine.columns, page.engine.table()
    page.tab.open_path("/comparisons/old")
    page.hear()
    facts = page.tab.facts
    here, view = facts.comparing, facts.view
    anew = m.Comparing(left, "/x", "moons", "points", columns, 1, 9.0)
    for event in (m.ComparisonState(left, "training", 1.0, 4.0), table, anew):
        page.tab._on_event(event)
    assert facts.comparing is here and facts.view is view and facts.state.state == "finished"
    assert page.tab.transport.button.text() == "Compare anew"


# ---------------------------------------------------------------- views by key
def test_views_are_turned_and_chosen(done: ComparePage) -> None:
    tab = done.tab
    keys = tab.stage.switch.keys
    tab.stage.show_view("race")
    seen = []
    for _ in keys:
        assert tab.do("next_view")
        seen.append(tab.stage.switch.key())
    assert seen == [*keys[1:], keys[0]]
    tab.do("previous_view")
    assert tab.stage.switch.key() == keys[-1] and tab.stage.view() is tab.stage.made(keys[-1])
    tab.show_index(0)
    assert tab.stage.switch.key() == keys[0]
    tab.show_index(9)
    assert tab.stage.switch.key() == keys[0]


def test_the_keyboard_is_put_where_it_is_wanted(done: ComparePage, qtbot: QtBot) -> None:
    tab = done.tab
    done.tab.activateWindow()
    qtbot.waitUntil(tab.isActiveWindow)
    tab.stage.show_view("race")
    view = tab.stage.view()
    assert tab.do("focus_stage") and view.isAncestorOf(tab.focusWidget()) and tab.focusWidget() is not view
    assert tab.do("focus_recipe") and tab.form.data.box.hasFocus()
    assert not tab.do("fly")


def test_pictures_have_a_tournament(page: ComparePage) -> None:
    assert page.tab.stage.switch.keys == ["race", "unified", "maps"]
    pick(page.tab.form.data.box, "mnist")
    page.settle()
    assert page.tab.stage.switch.keys == ["race", "unified", "real"]


def test_the_form_does_not_change_what_is_on_stage(done: ComparePage) -> None:
    keys = done.tab.stage.switch.keys
    pick(done.tab.form.data.box, "mnist")
    assert done.tab.stage.switch.keys == keys and done.tab.facts.kind == "points"
    done.tab.do("undo")
    done.settle()


# ---------------------------------------------------------------- memory and the past
def test_the_page_comes_back_as_it_was_left(page: ComparePage, qtbot: QtBot) -> None:
    tab = page.tab
    tick(tab.form.contestants.rows["gan"])
    tab.form.seeds.setValue(2)
    tab.show_index(1)
    kept = json.loads(json.dumps(tab.remember()))
    again = CompareTab(compare_services(FakeComparison()), page.background)
    qtbot.addWidget(again)
    again.recall(kept)
    assert again.form.state() == tab.form.state() and families_of(again.form.plan()) == ["vae", "diffusion"]
    assert again.stage.switch.key() == tab.stage.switch.keys[1] and not again.form.undo_stack.canUndo()
    assert again.transport.what.text().startswith("2 contestants × 2 seeds")


@pytest.mark.parametrize(
    "kept", [{}, {"form": 3}, {"form": {"data": "/gone.npz"}}, {"form": {"families": {"new": {}}}, "view": "x"}]
)
def test_a_strange_memory_is_ignored(qtbot: QtBot, kept: dict[str, Any]) -> None:
    tab = CompareTab(compare_services(FakeComparison()), Background())
    qtbot.addWidget(tab)
    before = tab.form.state()["data"], tab.stage.switch.key()
    tab.recall(kept)
    assert (tab.form.state()["data"], tab.stage.switch.key()) == before and not tab.form.undo_stack.canUndo()


def test_ticked_runs_are_remembered_though_their_list_comes_later() -> None:
    runs = [run_of("a", "vae"), run_of("t1", "diffusion"), run_of("t2", "diffusion")]
    first = CompareForm(compare_services(FakeComparison()))
    first.set_runs(runs)
    first.contestants.runs.item(0).setCheckState(Qt.CheckState.Checked)
    pick(first.contestants.rows["distilled"].parents["teacher"], "/runs/t2")
    again = CompareForm(compare_services(FakeComparison()))
    again.set_state(json.loads(json.dumps(first.state())))
    again.set_runs(runs)
    assert again.state() == first.state() and again.contestants.chosen_runs() == ["/runs/a"]
    for form in (first, again):
        form.deleteLater()


def test_a_past_comparison_is_opened_from_its_list(qtbot: QtBot) -> None:
    page = ComparePage(list_comparisons=lambda: [past("new"), past("odd", problem="It is damaged.")])
    form = page.tab.form
    assert not form.past.isHidden() and form.past_list.count() == 2 and "It is damaged." in form.past_list.item(1).toolTip()
    form.past.set_open(True)
    form.past_list.setCurrentRow(0)
    form.past_list.setFocus()
    qtbot.keyClick(form.past_list, Qt.Key.Key_Return)
    assert page.engine.calls == [("open", Path("/comparisons/new"), False)]
    page.hear()
    facts = page.tab.facts
    assert facts.state.state == "finished" and [len(facts.ended(c.key)) for c in facts.columns] == [2, 2]
    assert page.tab.stage.view() is page.tab.stage.made("race") and page.tab.transport.button.text() == "Compare anew"
    page.close()


def test_without_a_past_there_is_no_list(page: ComparePage) -> None:
    assert page.tab.form.past.isHidden()


def test_a_damaged_past_is_refused_in_words(page: ComparePage, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path, resume: bool = False) -> str:
        raise ValueError("That folder holds no comparison.")

    page.start()
    page.hear()
    monkeypatch.setattr(page.engine, "open", refuse)
    page.tab.open_path("/elsewhere")
    assert page.tab.stage.banner.label.text() == "That folder holds no comparison."
    assert page.tab.facts.active and page.tab.facts.columns, "what was there stays"
    page.engine.stop()
    page.hear()


def test_the_lists_are_read_again_when_a_comparison_ends() -> None:
    found: list[Any] = []
    page = ComparePage(list_comparisons=lambda: list(found), list_runs=lambda: [run_of("a", "vae")] if found else [])
    page.start()
    found.append(past("new"))
    page.engine.stop()
    page.hear()
    page.settle()
    assert page.tab.form.past_list.count() == 1 and page.tab.form.contestants.runs.count() == 1
    page.close()


def test_one_of_the_past_in_one_line() -> None:
    assert past_text(past("x")) == "2026-03-01 12:30 · mnist · VAE GAN"
    assert past_text(past("x", status="paused", measured=2)).endswith("· 2 of 6 measured")
    assert past_text(past("x", problem="It is damaged.")) == "x · damaged"


# ---------------------------------------------------------------- what is taken away
@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Path, str]]:
    """Every file is saved here: (path, what the dialog offered)."""
    asked: list[tuple[Path, str]] = []

    def answer(parent: Any, title: str, name: str, kinds: str) -> tuple[str, str]:
        asked.append((tmp_path / Path(name).stem, kinds))
        return str(asked[-1][0]), kinds

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    return asked


def test_every_number_as_csv(done: ComparePage, saved: list[tuple[Path, str]]) -> None:
    assert done.tab.do("export_csv")
    done.settle()
    path = saved[0][0].with_suffix(".csv")
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    assert tuple(rows[0]) == HEAD and path.name == "comparison 8gaussians numbers.csv"
    assert str(path) in done.tab.stage.banner.label.text()
    facts = done.tab.facts
    energy = [r for r in rows if r["name"] == "energy" and r["contestant"] == "GAN"]
    figure = next(f for c in facts.view.cells if c.column == "gan" for f in c.figures if f.key == "energy")
    assert [(r["seed"], float(r["value"])) for r in energy] == [("1", figure.values[0]), ("2", figure.values[1])]
    assert float(energy[0]["mean"]) == figure.mean and energy[0]["error"] == "", "what is no number is empty"
    mine = [r for r in rows if (r["contestant"], r["seed"]) == ("VAE", "2")]
    curve = [float(r["value"]) for r in mine if r["name"].startswith("quality at step")]
    assert curve == [q[3] for q in facts.track("vae", 1).quality]


def test_every_number_as_json(done: ComparePage, saved: list[tuple[Path, str]]) -> None:
    done.tab.tools.ask_json()
    done.settle()
    found = json.loads(saved[0][0].with_suffix(".json").read_text("utf-8"))
    facts = done.tab.facts
    assert found["data"] == "8gaussians" and [c["title"] for c in found["contestants"]] == ["VAE", "GAN", "Diffusion"]
    assert found["contestants"][0]["recipe"]["family"] == "vae" and len(found["table"]) == 3 * len(m.ASPECTS)
    assert found["notes"] == list(facts.view.notes)
    assert len(found["runs"]) == 6 and found["runs"][0]["quality"][-1]["value"] == facts.track("vae", 0).quality[-1][3]
    cell = next(c for c in found["table"] if c["aspect"] == "likelihood" and c["contestant"] == "VAE")
    assert cell["figures"][1]["mean"] is None and cell["figures"][1]["text"] == "bound", "not a number is null"


def test_the_report_is_written_by_the_engine_and_opened(monkeypatch: pytest.MonkeyPatch, saved: list[tuple[Path, str]]) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    page = ComparePage(write_report=lambda folder, out: out.write_text(f"report of {folder}"))
    page.start()
    page.finish()
    page.tab.tools.report.click()
    page.settle()
    path = saved[0][0].with_suffix(".html")
    assert path.read_text() == f"report of /comparisons/{page.engine.id}" and opened == [str(path)]
    page.close()


def test_a_picture_of_the_view(saved: list[tuple[Path, str]]) -> None:
    written: list[tuple[Path, np.ndarray]] = []
    page = ComparePage(write_picture=lambda path, picture, recipe: written.append((path, picture)))
    page.start()
    page.finish()
    view = page.tab.stage.view()
    size = view.height(), view.width()
    page.tab.do("export")
    page.settle()
    (path, picture), = written
    assert path.name == "comparison 8gaussians view.png"
    assert picture.shape[:2] == size and picture.std() > 5
    page.close()


def test_a_file_that_cannot_be_written_is_told(done: ComparePage, tmp_path: Path) -> None:
    done.tab.tools.write_text(tmp_path / "nowhere" / "n.csv", "x")
    done.settle()
    assert done.tab.stage.banner.label.text().startswith("n.csv could not be written")
    done.tab.dismiss()


def test_before_there_is_a_comparison_nothing_is_exported(page: ComparePage, saved: list[tuple[Path, str]]) -> None:
    for name in ("export", "export_csv"):
        page.tab.do(name)
        assert page.tab.stage.banner.label.text().startswith("There is nothing to export yet") and not saved
        page.tab.dismiss()


def test_a_dialog_that_is_left_writes_nothing(done: ComparePage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    done.tab.dismiss()
    done.tab.tools.ask_json()
    done.tab.tools.ask_report()
    done.settle()
    assert not done.tab.stage.banner.isVisible()


# ---------------------------------------------------------------- themes
def test_another_theme_is_worn_by_all_parts(done: ComparePage) -> None:
    chart = done.tab.stage.made("race").chart
    row = done.tab.form.contestants.rows["gan"]
    dark = chart.lines[-1].pen.color().name(), row.check.styleSheet()
    assert theme.current().accent("gan") in row.check.styleSheet()
    theme.wear("light")
    done.tab.retheme()
    assert theme.current().accent("gan") in row.check.styleSheet() != dark[1]
    assert chart.lines[-1].pen.color().name() == theme.current().accent("diffusion") != dark[0]
    theme.wear("dark")
    done.tab.retheme()
    assert (chart.lines[-1].pen.color().name(), row.check.styleSheet()) == dark


def test_closing_ends_the_engine(page: ComparePage) -> None:
    page.start()
    assert page.tab.close_session() and page.engine.closed
    polled = page.engine.step
    page.tab.bridge.drain()
    assert page.engine.step == polled, "what is closed is heard no more"
    page.tab.stage.set_training(False)
