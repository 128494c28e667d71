"""The lesson editor as an author uses it: record the window, write, reorder, preview, save; nothing is lost, and nothing leaks."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from probe_views import CLASSES
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QTabBar,
)
from pytestqt.qtbot import QtBot

from playground.engine import FAMILIES, LESSON_LIMITS, lesson_values, lessons_on_board, models_on_board, read_lesson, step_of
from playground.engine import messages as m
from playground.ui.lessons.editor_check import Checker, formula_troubles
from playground.ui.lessons.editor_draft import BLANK, Draft
from playground.ui.lessons.editor_recovery import Recovery, usable
from playground.ui.lessons.editor_series import Reported, declared
from playground.ui.lessons.editor_state import new_step, recipe_trouble, window_state

CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def window(started: Callable[..., Any], tmp_path: Path) -> Iterator[Any]:
    window = started(CLASSES, runs_folder=lambda: tmp_path / "data" / "runs")
    yield window
    if window.editor.draft is not None:
        window.editor.draft.undo_stack.setClean()


@pytest.fixture
def editor(window: Any, qtbot: QtBot) -> Any:
    """Open, with a first step recorded from the first family's page."""
    window.show_family("vae")
    window.do("make_lesson")
    window.activateWindow()
    return window.editor


def three(editor: Any) -> list[str]:
    """Steps A, B, C; A is in hand."""
    editor.draft.put_step({"title": "A", "text": "a"})
    for name in "BC":
        editor.draft.insert({**editor.draft.step, "title": name})
    editor.draft.choose(0)
    return titles(editor)


def titles(editor: Any) -> list[str]:
    return [step["title"] for step in editor.draft.steps]


def choose(box: Any, value: str) -> None:
    """As a click on an entry of the list does."""
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def focus(qtbot: QtBot, widget: Any) -> None:
    widget.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is widget)


# ---------------------------------------------------------------- recording the window
def test_a_lesson_begins_with_the_window_as_it_is(window: Any) -> None:
    window.show_family("gan")
    window.tab.panel.seed.setValue(7)
    window.tab.panel.change({"steps": 1234})
    window.tab.stage.show_view("samples")
    window.do("make_lesson")
    step = window.editor.draft.step
    assert step["page"] == "gan" and step["view"] == "samples" and step["title"] and step["text"]
    assert step["recipe"]["seed"] == 7 and step["recipe"]["config"] == {"steps": 1234}
    assert window.editor.dock.isVisible() and not window.editor.draft.modified


def test_a_step_is_recorded_after_the_one_in_hand_while_a_model_trains(window: Any, editor: Any, qtbot: QtBot) -> None:
    three(editor)
    window.tab.train()
    qtbot.waitUntil(lambda: window.tab.status.step > 0)
    window.tab.stage.show_view("latent_map")
    window.do("record_step")
    assert editor.draft.index == 1 and [t for t in titles(editor) if t in "ABC"] == ["A", "B", "C"]
    assert editor.draft.step["view"] == "latent_map" and "MNIST" in editor.draft.step["text"]
    assert window.tab.status.state == "training", "recording does not disturb it"


def test_the_windows_state_is_taken_again(window: Any, editor: Any) -> None:
    three(editor)
    editor.draft.put_step({"show": ["kl_weight"]})
    window.tab.panel.change({"kl_weight": 5.0})
    editor.panel.show_page("window")
    editor.panel.window_page.take.click()
    step = editor.draft.step
    assert step["title"] == "A" and step["recipe"]["config"] == {"kl_weight": 5.0} and step["show"] == ["kl_weight"]
    window.show_family("gan")
    editor.panel.window_page.take.click()
    assert editor.draft.step["page"] == "gan" and "show" not in editor.draft.step, "parts of another form"


def test_what_a_playing_lesson_shows_and_locks_is_recorded(window: Any, editor: Any) -> None:
    lesson = next(k for k in lessons_on_board() if any(s.show and s.page for s in k.steps))
    index = next(i for i, s in enumerate(lesson.steps) if s.show and s.page)
    window.lessons.open(lesson)
    window.lessons.player.go(index)
    assert window_state(window)[0]["show"] == list(lesson.steps[index].show)
    window.lessons.player.close()
    assert window_state(window)[0]["show"] == []


def test_what_cannot_be_kept_is_said(window: Any, editor: Any) -> None:
    window.show_page("compare")
    step, trouble = new_step(window)
    assert step["page"] == "compare" and "recipe" not in step and "own plan" in trouble
    window.show_family("vae")
    window.tab.panel.machine.rows["threads"].control.setRange(-5, 10)
    window.tab.panel.machine.set_values({"threads": -3})
    state, trouble = window_state(window)
    assert state["recipe"] is None and "cannot be used" in trouble
    assert "file of this machine" in recipe_trouble("vae", {"data": "/home/me/pictures?size=32"})
    assert "run of this machine" in recipe_trouble("latent_diffusion", {"data": "mnist", "config": {"first_stage": "mine"}})
    assert not recipe_trouble("gan", {"data": "ring8?std=0.02", "config": {"steps": 5}})


def test_a_step_is_shown_in_the_window(window: Any, editor: Any) -> None:
    recipe = {"data": "mnist", "seed": 3, "config": {"steps": 77}}
    editor.draft.put_step({"page": "vae_gan", "view": "reconstruct", "recipe": recipe})
    editor.panel.show_page("window")
    editor.panel.window_page.look.click()
    form = window.tab.panel
    assert window.tab.family.name == "vae_gan" and form.seed.value() == 3 and form.form.values()["steps"] == 77
    assert not form.data.isHidden() and window.tab.stage.switch.key() == "reconstruct"


# ---------------------------------------------------------------- the steps
def test_steps_are_dragged_moved_copied_and_deleted(editor: Any) -> None:
    three(editor)
    table = editor.panel.steps.list
    table.model().moveRow(QModelIndex(), 0, QModelIndex(), 3)  # what a drop does
    assert titles(editor) == ["B", "C", "A"] and editor.draft.index == 2
    QTest.keyClick(table, Qt.Key.Key_Up, ALT)
    assert titles(editor) == ["B", "A", "C"] and table.currentRow() == 1
    QTest.keyClick(table, Qt.Key.Key_Down, ALT)
    QTest.keyClick(table, Qt.Key.Key_D, CONTROL)
    assert titles(editor) == ["B", "C", "A", "A"]
    QTest.keyClick(table, Qt.Key.Key_Delete)
    assert titles(editor) == ["B", "C", "A"]
    for _ in range(5):
        editor.panel.steps.buttons["undo"].click()
    assert titles(editor) == ["A", "B", "C"]
    editor.panel.steps.buttons["redo"].click()
    assert titles(editor) == ["B", "C", "A"] and [table.item(i).text()[3] for i in range(3)] == ["B", "C", "A"]


def test_the_last_step_is_emptied_and_never_gone(editor: Any) -> None:
    editor.draft.remove()
    assert len(editor.draft.steps) == 1 and editor.draft.step["title"] == "" and "page" not in editor.draft.step


def test_choosing_a_step_is_no_change(editor: Any) -> None:
    three(editor)
    editor.draft.undo_stack.setClean()
    editor.panel.steps.list.setCurrentRow(2)
    assert editor.draft.index == 2 and editor.panel.text.title.text() == "C" and not editor.draft.modified


# ---------------------------------------------------------------- texts
def test_typing_is_taken_back_by_one_stack_and_not_the_recipes(window: Any, editor: Any, qtbot: QtBot) -> None:
    window.tab.panel.change({"kl_weight": 5.0})
    box = editor.panel.text.text.box
    before = editor.draft.step["text"]
    focus(qtbot, box)
    box.moveCursor(box.textCursor().MoveOperation.End)
    QTest.keyClicks(box, " more")
    assert editor.draft.step["text"] == f"{before} more"
    QTest.keyClick(box, Qt.Key.Key_Z, CONTROL)
    assert editor.draft.step["text"] == box.toPlainText() == before, "quick keys are one step"
    assert window.tab.panel.form.values()["kl_weight"] == 5.0
    window.tab.panel.seed.setFocus()
    window.do("undo")
    assert window.tab.panel.form.values()["kl_weight"] != 5.0, "elsewhere undo is the recipe's"


def test_undo_keeps_the_cursor_at_the_change(editor: Any) -> None:
    box = editor.panel.text.text.box
    box.setPlainText("one 😀 two three")
    editor.panel.text.text.show_text("one 😀 TWO three")
    assert box.toPlainText() == "one 😀 TWO three" and box.textCursor().position() == len("one xx TWO")
    for text in ("", "aaa", "aa", "aaaa", "b"):
        editor.panel.text.text.show_text(text)
        assert box.toPlainText() == text


def test_a_limit_is_said_while_typing(editor: Any) -> None:
    field = editor.panel.text.title
    field.box.setText("x" * (LESSON_LIMITS["title"] - 3))
    assert field.note.text() == "117 of 120 characters" and not field.box.property("wrong")
    field.box.setText("x" * (LESSON_LIMITS["title"] + 1))
    assert "at most 120" in field.note.text() and field.box.property("wrong")
    field.box.setText(" ")
    assert field.note.text() == "The title is missing."


def test_formulas_that_cannot_be_set_are_named() -> None:
    assert not formula_troubles(r"A code $z$ and $$\log p_\theta(x) \geq \mathbb{E}[\frac{1}{2}]$$ in text.")
    for text, words in (
        (r"One $x$, two $\frac{1}{$.", "Formula 2, “\\frac{1}{”: its braces"),
        (r"$x_$", "nothing follows"),
        (r"$$\nosuch x$$", r"\nosuch is not known"),
        ("costs 5 $", "left alone"),
    ):
        assert words in "; ".join(formula_troubles(text)), text


def test_the_page_below_follows_as_the_lesson_shows_it(editor: Any, qtbot: QtBot) -> None:
    live = editor.panel.live.panel
    editor.panel.text.text.box.setPlainText("A **strong** code $z$.")
    qtbot.waitUntil(lambda: "A strong code" in live.text.toPlainText() and "\ufffc" in live.text.toPlainText())
    editor.panel.show_page("question")
    editor.panel.question.on.click()
    editor.panel.question.text.box.setText("Which?")
    qtbot.waitUntil(lambda: "Which?" in live.question.text.text())


# ---------------------------------------------------------------- question, goal, parts of the form
def test_a_question_is_written(editor: Any) -> None:
    page = editor.panel.question
    editor.panel.show_page("question")
    page.on.click()
    page.text.box.setText("Which?")
    for row, words in zip(page.rows, ("this", "that"), strict=True):
        row.words.box.setText(words)
    page.add.click()
    page.rows[2].words.box.setText("neither")
    page.rows[2].right.click()
    page.why.box.setPlainText("Because.")
    wanted = {"text": "Which?", "choices": ["this", "that", "neither"], "answer": 2, "why": "Because."}
    assert editor.draft.step["question"] == wanted
    page.rows[0].remove.click()
    assert editor.draft.step["question"]["choices"] == ["that", "neither"] and editor.draft.step["question"]["answer"] == 1
    assert not page.rows[0].remove.isEnabled(), "two at least"
    page.on.click()
    assert "question" not in editor.draft.step
    page.on.click()
    assert editor.draft.step["question"]["why"] == "Because.", "it comes back as it was"
    while page.add.isEnabled():
        page.add.click()
    assert len(page.rows) == LESSON_LIMITS["choices"]


def test_a_goal_is_chosen_among_what_the_run_reports(window: Any, editor: Any, qtbot: QtBot) -> None:
    page = editor.panel.goal
    editor.panel.show_page("goal")
    page.on.click()
    first = {"series": "step", "operation": ">", "value": 1000.0, "words": "more than 1,000 steps of training"}
    assert editor.draft.step["goal"] == first
    assert "No run" in page.now.text()
    window.tab.train()
    qtbot.waitUntil(lambda: page.heard.value("vae", "kl") > 0)
    page.refresh()
    offered = [page.series.itemData(i) for i in range(page.series.count())]
    assert {"step", "kl", "neg_elbo", "active_units"} <= set(offered) and "optimum" not in offered, "no line of the theory"
    assert "kl_data_model" not in offered, "that is of points"
    choose(page.series, "kl")
    goal, now = editor.draft.step["goal"], page.heard.value("vae", "kl")
    assert goal["operation"] == "<" and goal["value"] < now and goal["words"].startswith("−ELBO: KL below")
    page.value.setValue(1e6)
    assert "counts only what is trained" in page.now.text() and "1,000,000 nats per item" in editor.draft.step["goal"]["words"]
    page.words.box.setText("mine")
    page.operation.click(">")
    assert editor.draft.step["goal"]["words"] == "mine" and editor.draft.step["goal"]["operation"] == ">"
    assert "reached" not in page.now.text()
    page.propose.click()
    assert "above 1,000,000" in editor.draft.step["goal"]["words"]


def test_a_goal_without_a_page_is_explained(editor: Any) -> None:
    editor.draft.put_step({"page": None, "view": None, "recipe": None})
    editor.panel.show_page("goal")
    assert not editor.panel.goal.on.isEnabled() and "needs a page" in editor.panel.goal._empty.text()
    goal = {"series": "kl", "operation": "<", "value": 1.0, "words": "w"}
    for page, series, places in (("", "kl", ["goal"]), ("compare", "kl", ["goal"]), ("compare", "done", []), ("vae", "kl", [])):
        step = {"title": "t", "text": "t", "page": page, "goal": {**goal, "series": series}}
        found = Checker().check({**BLANK, "key": "k", "title": "t", "steps": [step]})
        assert [t.page for t in found] == places and not any(t.hard for t in found), (page, series)


def test_a_goal_of_the_comparison(window: Any, editor: Any) -> None:
    editor.draft.put_step({"page": "compare", "view": None, "recipe": None})
    editor.panel.show_page("goal")
    editor.panel.goal.on.click()
    assert editor.draft.step["goal"]["series"] == "done" and "No comparison" in editor.panel.goal.now.text()
    window.show_page("compare")
    window.compare.bridge.event_arrived.emit(m.ComparisonState("c", "training", done=1.0, total=4.0))
    editor.panel.goal.refresh()
    assert editor.panel.goal.now.text() == "Now 25.00 %."


def test_a_finished_model_on_stage_is_recorded_by_name(window: Any, editor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model = next(k for k in models_on_board() if k.family == "vae")
    window.tab.status.folder = str(model.folder)
    window.tab.running = window.tab.panel.recipe()
    state, _ = window_state(window)
    assert state["run"] == model.name and state["recipe"] is None, "it brings its own"
    window.tab.panel.change({"kl_weight": 5.0})
    assert window_state(window)[0]["recipe"]["config"] == {"kl_weight": 5.0}
    window.tab.status.folder = f"/somewhere/{model.name}"
    assert window_state(window)[0]["run"] == ""
    window.tab.status.folder = ""
    editor.draft.put_step({"run": model.name, "recipe": None})
    assert editor.draft.recipe()["data"] == model.data
    assert step_of({**editor.draft.step}).run == model.name


def test_all_families_offer_goals_with_words() -> None:
    for family in FAMILIES.values():
        for kind in ("image", "points"):
            reported = declared(family, kind)
            assert reported[0].key == "step" and len({r.key for r in reported}) == len(reported) > 2
            assert all(0 < len(r.words("<", 123456.789)) <= LESSON_LIMITS["title"] for r in reported)
    assert Reported("a", "score", "Score", "norm, ratio").words(">", 0.5) == "score above 0.5"


def test_parts_of_the_form_are_shown_and_locked(editor: Any) -> None:
    parts = editor.panel.window_page.parts
    editor.panel.show_page("window")
    names = parts._names
    assert {"data", "preset", "kl_weight", "steps"} <= set(names) and "sigma" not in names, "what does not matter is not asked"
    parts.table.setCurrentCell(names.index("kl_weight"), 1)
    parts.alone.click()
    assert editor.draft.step["show"] == ["kl_weight"]
    parts.table.item(names.index("steps"), 1).setCheckState(Qt.CheckState.Checked)
    parts.table.item(names.index("steps"), 2).setCheckState(Qt.CheckState.Checked)
    assert editor.draft.step["show"] == ["kl_weight", "steps"] and editor.draft.step["lock"] == ["steps"]
    for name in ("kl_weight", "steps"):
        parts.table.item(names.index(name), 1).setCheckState(Qt.CheckState.Unchecked)
    assert editor.draft.step["show"] == ["steps"] and "One part at least" in parts.note.text()
    parts.everything.click()
    assert "show" not in editor.draft.step and parts.table.item(0, 1).checkState() == Qt.CheckState.Checked


def test_a_step_may_leave_the_recipe_alone(editor: Any) -> None:
    page, recipe = editor.panel.window_page, editor.draft.step["recipe"]
    editor.draft.insert({"title": "B", "text": "b", "page": "vae"})
    editor.panel.show_page("window")
    assert "goes on" in page.recipe.text() and "Latent map" in page.recipe.text()
    editor.draft.choose(0)
    page.sets.click()
    assert "recipe" not in editor.draft.step
    page.sets.click()
    assert editor.draft.step["recipe"] == recipe


# ---------------------------------------------------------------- what is wrong is said
def test_what_is_missing_leads_to_its_page(editor: Any, qtbot: QtBot) -> None:
    three(editor)
    editor.draft.choose(1)
    editor.panel.question.refresh()
    editor.draft.put_step({"question": {"text": "", "choices": ["", ""], "answer": 0, "why": ""}})
    editor.draft.choose(0)
    editor.draft.put("title", "Good")
    qtbot.waitUntil(lambda: any(t.page == "question" for t in editor.panel.troubles))
    assert "⚠" in editor.panel.steps.list.item(1).text() and "⚠" not in editor.panel.steps.list.item(0).text()
    assert "Step 2" in editor.panel.state.text()
    editor.panel._go_to_first("go")
    assert editor.draft.index == 1 and editor.panel.switch.key() == "question"


def test_each_page_is_checked_for_itself() -> None:
    goal = {"series": "", "operation": "<", "value": 1.0, "words": ""}
    bad = {"title": "", "text": "t", "page": "vae", "view": "cellar", "goal": goal, "notes": "n" * 12_001}
    found = Checker().check({**BLANK, "key": "k", "title": "t", "steps": [bad] * 61})
    assert "at most 60 steps" in found[0].sentence
    assert {t.page for t in found if t.step == 60} == {"text", "window", "goal", "notes"}
    for lesson in lessons_on_board():
        assert not Checker().check(lesson_values(lesson)), lesson.key


# ---------------------------------------------------------------- preview
def test_the_preview_plays_in_the_window_and_comes_back(window: Any, editor: Any, qtbot: QtBot, tmp_path: Path) -> None:
    three(editor)
    editor.draft.choose(1)
    editor.draft.put_step({"page": "vae_gan", "view": "reconstruct", "recipe": {"data": "mnist", "seed": 3}})
    window.show_family("vae")
    window.tab.panel.change({"kl_weight": 5.0})
    window.tab.stage.show_view("latent_map")
    told: list[Any] = []
    window.lessons.stepped.connect(lambda lesson, index: told.append(index))
    kept, cursor = editor.draft.values, editor.panel.text.text.box.textCursor().position()
    window.do("preview_lesson")
    qtbot.waitUntil(lambda: editor.preview.playing)
    assert window.tab.family.name == "vae_gan" and window.tab.stage.switch.key() == "reconstruct" and editor.dock.isHidden()
    assert window.lessons.step.title == "B" and told == [1], "the presenter's notes follow"
    assert "F7" in window.tab.stage.banner.label.text()
    window.lessons.turn(1)
    assert window.lessons.step.title == "C"
    window.lessons.player.panel.close_button.click()
    qtbot.waitUntil(lambda: editor.dock.isVisible())
    assert window.tab.family.name == "vae" and window.tab.stage.switch.key() == "latent_map"
    assert window.tab.panel.form.values()["kl_weight"] == 5.0
    assert editor.draft.values is kept and editor.draft.index == 1 and editor.panel.text.text.box.textCursor().position() == cursor
    assert window.lessons.step is None and not (tmp_path / "data" / "lessons.json").exists(), "nothing of it is kept"


def test_a_lesson_opened_in_a_preview_is_played_for_real(window: Any, editor: Any, qtbot: QtBot, tmp_path: Path) -> None:
    three(editor)
    window.do("preview_lesson")
    qtbot.waitUntil(lambda: editor.preview.playing)
    lesson = lessons_on_board()[0]
    window.lessons.open(lesson)
    qtbot.waitUntil(lambda: not editor.preview.playing and window.lessons.step == lesson.steps[0])
    window.lessons.turn(1)
    assert json.loads((tmp_path / "data" / "lessons.json").read_text())["lessons"][lesson.key]["step"] == 1
    window.lessons.player.close()


def test_a_lesson_that_cannot_be_played_says_why(window: Any, editor: Any, qtbot: QtBot) -> None:
    three(editor)
    editor.draft.put_step({"text": ""})
    window.do("preview_lesson")
    qtbot.waitUntil(lambda: "step 1: text is missing" in editor.panel.banner.label.text())
    assert not editor.preview.playing and editor.dock.isVisible()


# ---------------------------------------------------------------- files
def test_a_lesson_is_saved_and_reads_the_same(
    window: Any, editor: Any, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    three(editor)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    focus(qtbot, editor.panel.text.text.box)
    window.do("save_recipe")
    qtbot.waitUntil(lambda: "is not written: title is missing" in editor.panel.banner.label.text())
    assert editor.draft.modified and not (tmp_path / "mine.playlesson").exists()
    editor.draft.put("title", "Good")
    window.do("save_recipe")
    qtbot.waitUntil(lambda: not editor.draft.modified)
    lesson = read_lesson(tmp_path / "mine.playlesson")
    assert lesson.title == "Good" and [s.title for s in lesson.steps] == ["A", "B", "C"] and lesson.key
    assert lesson_values(lesson)["steps"][0]["recipe"] == editor.draft.steps[0]["recipe"]
    editor.draft.put("title", "Better")
    assert editor.draft.modified and "●" in editor.dock.title.text()
    editor.panel.files.save()
    qtbot.waitUntil(lambda: read_lesson(tmp_path / "mine.playlesson").title == "Better")


def test_a_lesson_opens_and_a_copy_has_its_own_key(editor: Any, qtbot: QtBot, tmp_path: Path, window: Any) -> None:
    lesson = lessons_on_board()[2]
    editor.panel.files.copy(lesson)
    assert editor.draft.values["key"] != lesson.key and editor.draft.title == f"{lesson.title} (copy)" and editor.draft.modified
    assert len(editor.draft.steps) == len(lesson.steps) and editor.draft.path is None
    editor.panel.files.save_to(tmp_path / "copy.playlesson")
    qtbot.waitUntil(lambda: not editor.draft.modified)
    editor.draft.start({**BLANK})
    editor.panel.files.open(tmp_path / "copy.playlesson")
    qtbot.waitUntil(lambda: editor.draft.path == tmp_path / "copy.playlesson")
    assert len(editor.draft.steps) == len(lesson.steps) and not editor.draft.modified
    (tmp_path / "bad.playlesson").write_bytes(b"no")
    editor.panel.files.open(tmp_path / "bad.playlesson")
    qtbot.waitUntil(lambda: "cannot be read" in editor.panel.banner.label.text())
    assert editor.draft.path == tmp_path / "copy.playlesson", "what is open stays"
    qtbot.waitUntil(lambda: len(editor.panel.files.on_board.actions()) == len(lessons_on_board()))


def answer(window: Any, qtbot: QtBot, text: str) -> None:
    """Press a button of the question."""
    qtbot.waitUntil(lambda: any(b.isVisible() for b in window.findChildren(QMessageBox)))
    box = next(b for b in window.findChildren(QMessageBox) if b.isVisible())
    next(b for b in box.buttons() if text in b.text().replace("&", "")).click()
    qtbot.waitUntil(lambda: not any(b.isVisible() for b in window.findChildren(QMessageBox)))


def test_what_is_not_saved_is_asked_for(window: Any, editor: Any, qtbot: QtBot, tmp_path: Path) -> None:
    three(editor)
    editor.dock.close_button.click()
    answer(window, qtbot, "Cancel")
    assert editor.dock.isVisible() and titles(editor) == ["A", "B", "C"]
    window.close()
    answer(window, qtbot, "Cancel")
    assert window.isVisible() and editor.draft.modified
    editor.keep()
    folder = tmp_path / "data" / "unsaved lessons"
    qtbot.waitUntil(lambda: len(list(folder.glob("*.json"))) == 1)
    editor.dock.close_button.click()
    answer(window, qtbot, "Don't save")
    qtbot.waitUntil(lambda: editor.dock.isHidden() and not list(folder.glob("*.json")))
    window.do("make_lesson")
    assert len(editor.draft.steps) == 1 and not editor.draft.modified, "a new one"


def test_the_window_closes_after_the_answer(window: Any, editor: Any, qtbot: QtBot, tmp_path: Path) -> None:
    three(editor)
    editor.draft.put("title", "Good")
    editor.draft.path = tmp_path / "end.playlesson"
    window.close()
    assert window.isVisible()
    answer(window, qtbot, "Save")
    qtbot.waitUntil(lambda: not window.isVisible())
    assert read_lesson(tmp_path / "end.playlesson").title == "Good"


# ---------------------------------------------------------------- after a kill
def killed(folder: Path, values: dict[str, Any]) -> Path:
    """What a program that was killed leaves: a file whose process is gone."""
    recovery = Recovery(folder)
    recovery.keep(values, None)
    file = next(folder.glob("*.json"))
    kept = json.loads(file.read_text())
    kept["process"][1] -= 100.0
    file.write_text(json.dumps(kept))
    return file


def test_changes_are_kept_and_offered_after_a_kill(window: Any, editor: Any, qtbot: QtBot, tmp_path: Path) -> None:
    three(editor)
    folder = tmp_path / "data" / "unsaved lessons"
    qtbot.waitUntil(lambda: bool(list(folder.glob("*.json"))))
    kept = json.loads(next(folder.glob("*.json")).read_text())
    assert [s["title"] for s in kept["lesson"]["steps"]] == ["A", "B", "C"] and kept["process"][0] == os.getpid()
    assert Recovery(folder).left() == [], "its program is alive"
    editor.draft.undo_stack.setIndex(0)
    qtbot.waitUntil(lambda: not list(folder.glob("*.json")))
    file = killed(folder, {**editor.draft.values, "title": "Lost", "steps": editor.draft.steps * 2})
    editor.dock.leave()
    window.do("make_lesson")
    qtbot.waitUntil(lambda: editor.panel._offered is not None)
    assert "“Lost”, 2 steps" in editor.panel._offered.label.text()
    editor.panel._offered.recover.click()
    qtbot.waitUntil(lambda: not file.exists())
    assert editor.draft.title == "Lost" and len(editor.draft.steps) == 2 and editor.draft.modified and editor.panel._offered is None
    qtbot.waitUntil(lambda: bool(list(folder.glob("*.json"))), timeout=3000)


def test_what_was_left_can_be_thrown_away(window: Any, qtbot: QtBot, tmp_path: Path) -> None:
    file = killed(tmp_path / "data" / "unsaved lessons", {**BLANK, "title": "Lost"})
    window.do("make_lesson")
    qtbot.waitUntil(lambda: window.editor.panel._offered is not None)
    window.editor.panel._offered.drop.click()
    qtbot.waitUntil(lambda: not file.exists() and window.editor.panel._offered is None)


DAMAGED = ("", "{", "[]", "null", '{"format": "x"}', "[" * 100_000, '{"format": 3, "process": [], "path": 1}')


@pytest.mark.parametrize("text", DAMAGED, ids=range(len(DAMAGED)))
def test_damaged_files_are_passed_over(tmp_path: Path, text: str) -> None:
    file = killed(tmp_path, {**BLANK, "title": "Good"})
    (tmp_path / "bad.json").write_text(text)
    assert [left.file for left in Recovery(tmp_path).left()] == [file]


@pytest.mark.parametrize(
    "values",
    [
        {"steps": []}, {"steps": [3]}, {"steps": [{"title": 3}]}, {"steps": [{"show": [1]}]}, {"steps": [{"goal": []}]}, [],
        {"steps": [{"question": {"choices": "x"}}]}, {"title": 5, "steps": [{}]}, {"minutes": "x", "steps": [{}]},
        {"steps": [{"question": {"text": "no more"}}]}, {"steps": [{"recipe": {"seed": 1}}]},
        {"steps": [{"goal": {"series": "kl"}}]}, {"steps": [{"question": {"text": "", "why": "", "choices": [1, 2], "answer": 0}}]},
    ],
)  # fmt: skip
def test_values_that_the_editor_cannot_show_are_not_offered(values: Any) -> None:
    assert not usable(values)


# ---------------------------------------------------------------- beside the window
def test_keys_of_the_editor_do_nothing_to_the_window(window: Any, editor: Any, qtbot: QtBot) -> None:
    window.tab.stage.show_view("samples")
    focus(qtbot, editor.panel.steps.list)
    for key in (Qt.Key.Key_3, Qt.Key.Key_S, Qt.Key.Key_Space):
        QTest.keyClick(editor.panel.steps.list, key)
    assert window.tab.stage.switch.key() == "samples" and window.tab.status.state == "idle"


def test_the_curves_make_room_and_come_back(window: Any, editor: Any, qtbot: QtBot) -> None:
    curves = window.tab.columns.widget(2)
    if editor.dock.isFloating():
        editor.dock.setFloating(False)
    window.resize(1280, 800)
    qtbot.waitUntil(curves.isHidden)
    editor.dock.leave()
    qtbot.waitUntil(lambda: not curves.isHidden())
    window.resize(1000, 640)
    window.do("make_lesson")
    assert editor.dock.isFloating(), "no room for both"


def test_the_editor_follows_the_theme_and_is_labelled(window: Any, editor: Any) -> None:
    for name in ("light", "presenter", "dark"):
        window.wear(name)
    editor.panel.show_page("question")
    editor.panel.question.on.click()
    kinds = (QAbstractButton, QLineEdit, QPlainTextEdit, QComboBox, QAbstractSpinBox)
    controls = [w for kind in kinds for w in editor.panel.findChildren(kind) if not editor.panel.live.isAncestorOf(w)]
    own = [w for w in controls if not isinstance(w.parent(), (QAbstractSpinBox, QComboBox, QAbstractItemView, QTabBar))]
    bare = [w for w in own if not w.toolTip() or not (w.accessibleName() or getattr(w, "text", str)())]
    assert len(own) > 30 and not bare, [(type(w).__name__, w.accessibleName(), w.toolTip()) for w in bare]


def test_a_draft_finds_the_recipe_that_is_in_force() -> None:
    draft = Draft()
    draft.start({**BLANK, "steps": [
        {"page": "vae", "recipe": {"data": "moons"}}, {"page": "gan", "recipe": {"data": "ring8"}}, {"page": "vae"}]})  # fmt: skip
    draft.choose(2)
    assert draft.recipe() == {"data": "moons"}
