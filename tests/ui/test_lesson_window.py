"""Lessons in the window: formulas, questions, goals, the form that shows less, progress that is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_session import FakeSession
from probe_views import CLASSES
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from playground.engine import messages as m
from playground.engine.lessons import FORMAT, Lesson, lesson_of, lessons_on_board, write_lesson
from playground.ui import theme
from playground.ui.background import Background
from playground.ui.lessons.math_text import FORMULA, MathText
from playground.ui.lessons.progress import FORMAT as PROGRESS
from playground.ui.lessons.progress import Progress
from playground.ui.lessons.typeset import picture, typeset
from playground.ui.symbols import dyed_tex

VALUES: dict[str, Any] = {
    "format": FORMAT, "key": "try", "title": "A try", "minutes": 3,
    "steps": [
        {
            "title": "One", "text": "Code $z$.", "page": "vae", "view": "samples", "show": ["kl_weight", "seed"], "lock": ["seed"],
            "recipe": {"data": "mnist", "config": {"kl_weight": 3.0}, "seed": 9},
            "question": {"text": "Which?", "choices": ["this", "that"], "answer": 1, "why": "Because."},
            "goal": {"series": "step", "operation": ">", "value": 5, "words": "some steps"},
        },
        {"title": "Two", "text": "Other family.", "page": "gan"},
        {"title": "Three", "text": "The end."},
    ],
}  # fmt: skip


@pytest.fixture
def lesson() -> Lesson:
    return lesson_of(VALUES)


@pytest.fixture
def background() -> Iterator[Background]:
    made = Background()
    yield made
    made.close()


@pytest.fixture
def window(started: Callable[..., Any], tmp_path: Path) -> Any:
    return started(CLASSES, runs_folder=lambda: tmp_path / "runs")


# ---------------------------------------------------------------- formulas
def test_every_formula_of_the_lessons_can_be_typeset() -> None:
    texts = [t for k in lessons_on_board() for s in k.steps for t in (s.text, s.question.why if s.question else "")]
    formulas = {a or b for text in texts for a, b in FORMULA.findall(text)}
    assert formulas
    for tex in formulas:
        drawn = typeset(dyed_tex(tex, theme.current(), "vae"), 15, "#ffffff")
        assert drawn is not None and drawn.width > 3, tex


def test_what_is_no_formula_stays_text() -> None:
    assert typeset(r"\frac{1}{", 15, "#ffffff") is None


def test_a_formula_wider_than_the_page_is_made_smaller(qapp: QApplication) -> None:
    drawn = typeset(r"x_1 + x_2 + x_3 + x_4 + x_5 + x_6 + x_7 + x_8 + x_9", 30, "#ffffff")
    assert drawn is not None
    whole, narrow = picture(drawn, 1.0, 10_000), picture(drawn, 2.0, 100)
    assert whole.width() > 200 and narrow.deviceIndependentSize().width() == pytest.approx(100, abs=1)
    assert narrow.width() == pytest.approx(200, abs=1)


def test_a_page_shows_its_formulas_as_pictures(qtbot: QtBot, background: Background) -> None:
    page = MathText(background)
    qtbot.addWidget(page)
    page.resize(300, 200)
    page.show()
    page.set_text("Code $z$ and\n\n$$x = 1$$\n\nin *words*.")
    assert "z" in page.toPlainText(), "the source, until it is drawn"
    qtbot.waitUntil(lambda: page.toPlainText().count("\ufffc") == 2)
    assert "words" in page.toPlainText() and "*" not in page.toPlainText()


# ---------------------------------------------------------------- going through one
def test_a_step_sets_the_window(window: Any, lesson: Lesson) -> None:
    window.lessons.open(lesson)
    form = window.tab.panel
    assert window.tab.family.name == "vae" and window.tab.stage.switch.key() == "samples"
    assert form.form.values()["kl_weight"] == 3.0 and form.seed.value() == 9
    shown = [name for name, row in form.form.rows.items() if not row.isHidden()]
    assert shown == ["kl_weight"] and form.data.isHidden() and form.preset.isHidden() and not form.seed.isHidden()
    panel = window.lessons.player.panel
    assert panel.isVisible() and window.tab.isAncestorOf(panel) and panel.title.text() == "One"


def test_other_pages_and_the_end_give_the_form_back(window: Any, lesson: Lesson) -> None:
    window.lessons.open(lesson)
    player, vae = window.lessons.player, window.tab
    player.panel.next.click()
    assert window.tab.family.name == "gan" and window.tab.isAncestorOf(player.panel)
    assert not vae.panel.data.isHidden() and not vae.panel.form.rows["latent_dim"].isHidden()
    player.panel.next.click()
    assert player.panel.title.text() == "Three" and player.panel.isVisible() and player.panel.next.text() == "Finish"
    player.panel.next.click()
    assert player.lesson is None and player.panel.isHidden() and player.progress.finished("try")


def test_a_goal_is_noticed_in_the_run(window: Any, lesson: Lesson, qtbot: QtBot) -> None:
    window.lessons.open(lesson)
    player = window.lessons.player
    assert "Your goal: some steps" in player.panel.goal.text()
    window.tab.train()
    qtbot.waitUntil(lambda: "Reached" in player.panel.goal.text())
    assert player.progress.reached("try", 0)
    player.go(1)
    player.go(0)
    assert "Reached" in player.panel.goal.text(), "and is remembered"


def test_a_run_that_has_ended_may_have_reached_the_next_goal(window: Any, qtbot: QtBot) -> None:
    steps = [
        {"title": "Train", "text": "t", "page": "vae", "recipe": {"data": "mnist", "config": {"steps": 300}}},
        {"title": "Look", "text": "t", "page": "vae", "goal": {"series": "kl", "operation": ">", "value": 0.1, "words": "told"}},
        {"title": "New", "text": "t", "page": "vae", "recipe": {"data": "mnist"},
         "goal": {"series": "kl", "operation": ">", "value": 0.1, "words": "told anew"}},
    ]  # fmt: skip
    window.lessons.open(lesson_of({**VALUES, "steps": steps}))
    window.tab.train()
    qtbot.waitUntil(lambda: window.tab.status.state == "finished")
    window.lessons.turn(1)
    assert "Reached" in window.lessons.player.panel.goal.text()
    window.lessons.turn(1)
    assert "Your goal" in window.lessons.player.panel.goal.text(), "which is about another run"


def test_the_first_answer_counts_and_is_explained(window: Any, lesson: Lesson, qtbot: QtBot) -> None:
    window.lessons.open(lesson)
    question, progress = window.lessons.player.panel.question, window.lessons.player.progress
    assert question.why.isHidden()
    question.choices[0].click()
    assert not question.why.isHidden() and "that" in question.why.toPlainText()
    question.choices[1].click()
    assert progress.answer("try", 0) == 0
    qtbot.waitUntil(lambda: "Because" in question.why.toPlainText())


def test_a_lesson_goes_on_where_it_was_left(window: Any, lesson: Lesson) -> None:
    window.lessons.open(lesson)
    window.lessons.player.go(1)
    window.lessons.player.close()
    window.lessons.open(lesson)
    assert window.lessons.player.index == 1


def test_steps_are_told_to_whoever_listens(window: Any, lesson: Lesson) -> None:
    told: list[tuple[Any, int]] = []
    window.lessons.stepped.connect(lambda which, index: told.append((which, index)))
    assert window.lessons.step is None
    window.lessons.turn(1)
    window.lessons.open(lesson)
    window.lessons.turn(1)
    assert window.lessons.step == lesson.steps[1]
    window.lessons.player.close()
    assert told == [(lesson, 0), (lesson, 1), (None, -1)] and window.lessons.step is None


def test_a_lesson_file_opens(window: Any, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "mine.playlesson"
    write_lesson(path, VALUES)
    window.open_path(path)
    qtbot.waitUntil(lambda: window.lessons.player is not None and window.lessons.player.lesson is not None)
    path.write_bytes(b"no lesson")
    window.open_path(path)
    qtbot.waitUntil(lambda: "cannot be read" in window.tab.stage.banner.label.text())


def test_a_lesson_may_come_before_the_engine_and_gets_its_model_then(window: Any, session: FakeSession, qtbot: QtBot) -> None:
    model = SimpleNamespace(name="vae-mnist", folder=Path("/models/vae-mnist"))
    window.services.models_on_board = lambda: [model]
    step = {"title": "Model", "text": "t", "page": "vae", "run": "vae-mnist", "view": "samples",
            "recipe": {"data": "mnist", "seed": 5}}  # fmt: skip
    tab = window.tab
    tab.session = None
    window.lessons.open(lesson_of({**VALUES, "steps": [step, {"title": "Other", "text": "t"}]}))
    assert window.lessons.player.panel.isVisible() and not session.called("open")
    tab.session = session
    qtbot.waitUntil(lambda: bool(session.called("open")))
    assert session.called("open") == [("open", model.folder, False)]
    qtbot.waitUntil(lambda: tab.running is not None)
    qtbot.waitUntil(lambda: tab.panel.seed.value() == 5)  # the recipe of the step, not that of the model
    tab.stage.show_view("reconstruct")
    tab.train()
    qtbot.waitUntil(lambda: tab.stage.switch.key() == "samples")  # a new run may have other views: the step's comes back


def test_a_lesson_that_is_opened_leaves_a_training_alone(window: Any, session: FakeSession, qtbot: QtBot, tmp_path: Path) -> None:
    window.tab.train()
    qtbot.waitUntil(lambda: window.tab.status.state == "training")
    write_lesson(tmp_path / "mine.playlesson", VALUES)
    window.open_path(tmp_path / "mine.playlesson")
    qtbot.waitUntil(lambda: window.lessons.step is not None)
    assert session.state == "training" and len(session.called("start")) == 1 and not session.called("open")
    assert "Your goal" in window.lessons.player.panel.goal.text(), "which is about a run of the lesson's recipe"


def test_the_list_offers_what_is_on_board(window: Any, qtbot: QtBot) -> None:
    window.do("lessons")
    qtbot.waitUntil(lambda: bool(window.findChildren(QDialog)))
    dialog = window.findChildren(QDialog)[0]
    assert dialog.list.count() == len(lessons_on_board())
    dialog.start.click()
    qtbot.waitUntil(lambda: window.lessons.player.lesson is not None)
    assert window.lessons.player.lesson == lessons_on_board()[0]


# ---------------------------------------------------------------- what is kept
Writer = Callable[[Path], None]


def test_progress_is_kept_and_handed_in(tmp_path: Path) -> None:
    one = Progress(tmp_path / "p.json")
    one.open_step("a", "Title", 2, last=True, count=3)
    one.note_answer("a", 1, 0, right=False)
    one.note_answer("a", 1, 1, right=True)
    one.note_goal("a", 2, 0.04)
    again = Progress(tmp_path / "p.json")
    assert again.step("a") == 2 and again.finished("a") and again.answer("a", 1) == 0 and again.reached("a", 2)
    again.hand_in(tmp_path / "mine.json", "  Zoë ")
    found = json.loads((tmp_path / "mine.json").read_text("utf-8"))
    lesson = found["lessons"][0]
    assert found["name"] == "Zoë" and Progress(tmp_path / "p.json").name == "Zoë"
    assert lesson["answers"][0]["correct"] is False and lesson["goals"][0]["value"] == 0.04 and lesson["steps"] == 3
    again.forget("a")
    assert not Progress(tmp_path / "p.json").finished("a")


def test_what_is_handed_in_can_be_read_without_the_lesson(window: Any, lesson: Lesson, qtbot: QtBot, tmp_path: Path) -> None:
    window.lessons.open(lesson)
    player = window.lessons.player
    player.panel.question.choices[0].click()
    window.tab.train()
    qtbot.waitUntil(lambda: player.progress.reached("try", 0))
    player.progress.hand_in(tmp_path / "mine.html", "<b>Bob</b>")
    page = (tmp_path / "mine.html").read_text("utf-8")
    assert "&lt;b&gt;Bob" in page and "<b>Bob" not in page
    told = ("A try", "Which?", "✗ this", "right: that", "0 of 1 predictions right", "some steps", "open at step 1 of 3", "UTC")
    assert [words for words in told if words not in page] == []


def test_damaged_answers_do_not_hinder_handing_in(tmp_path: Path) -> None:
    goals = {"1": 4, "2": {"value": "much"}}
    kept = {"title": 3, "answers": {"0": 1, "x": 2, "1": "one"}, "right": [], "said": {"0": 5}, "goals": goals}
    text = json.dumps({"format": PROGRESS, "name": 4, "lessons": {"a": kept}})
    (tmp_path / "p.json").write_text(text)
    Progress(tmp_path / "p.json").hand_in(tmp_path / "mine.html")
    assert "choice 2" in (tmp_path / "mine.html").read_text("utf-8")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "x"}', '{"format": "generative-playground progress 1", "lessons": 3}'])
def test_damaged_progress_is_no_progress(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.json").write_text(text)
    assert Progress(tmp_path / "p.json").step("a") == 0


def test_other_runs_do_not_reach_the_goal(window: Any, lesson: Lesson) -> None:
    window.lessons.open(lesson)
    window.tab.bridge.event_arrived.emit(m.StateChanged("elsewhere", "training", 50))
    assert "Your goal" in window.lessons.player.panel.goal.text()
