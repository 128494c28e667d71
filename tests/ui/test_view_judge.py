"""You against D: a frozen round, the truth kept until the end, and honest numbers after it."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from view_tools import LARGE, SMALL, again, make, near, shot

from playground.engine import messages as m
from playground.ui.shortcuts import PLAIN_KEYS
from playground.ui.views.judge import ITEMS
from playground.ui.views.judge_score import Round, Score, Tally, sign_test, wilson


def judge_all(view: Any, right: int = ITEMS) -> None:
    """Answer every item, the first ``right`` ones rightly."""
    for i, real in enumerate(view.round.items.real.tolist()):
        view.answer(real if i < right else not real)
    QApplication.processEvents()


def spoken(view: QWidget) -> str:
    """Every word in sight, tooltips included."""
    labels = [w.text() for w in view.findChildren(QLabel) if w.isVisibleTo(view)]
    return " ".join([*labels, *(w.toolTip() for w in view.findChildren(QWidget) if w.isVisibleTo(view))])


# ---------------------------------------------------------------- numbers
@pytest.mark.parametrize(
    ("hits", "n", "expected"),
    [(10, 20, (0.2993, 0.7007)), (1, 10, (0.0179, 0.4042)), (0, 20, (0.0, 0.1611)), (20, 20, (0.8389, 1.0))],
)
def test_wilson_intervals_of_the_textbooks(hits: int, n: int, expected: tuple[float, float]) -> None:
    """As R's prop.test(hits, n, correct = FALSE) prints them."""
    assert wilson(hits, n) == pytest.approx(expected, abs=1e-4)


@given(st.integers(1, 400), st.data())
def test_wilson_is_where_the_normal_test_turns(n: int, data: st.DataObject) -> None:
    """Its ends solve |hits/n - p| = z sqrt(p (1 - p) / n)."""
    hits = data.draw(st.integers(0, n))
    for p in wilson(hits, n):
        if 1e-9 < p < 1 - 1e-9:
            assert abs(hits / n - p) == pytest.approx(1.959964 * math.sqrt(p * (1 - p) / n), abs=1e-9)


def test_sign_test() -> None:
    """Exact: twice the binomial tail (Siegel 1956: 2 of 11 or fewer have probability 0.033 one-sided)."""
    assert sign_test(2, 9) == pytest.approx(0.0654, abs=5e-5)
    assert sign_test(5, 5) == 1 and sign_test(0, 6) == pytest.approx(2 / 64) and sign_test(0, 0) == 1


def test_the_best_accuracy_is_half_plus_half_the_total_variation() -> None:
    """N(0, 1) against N(mu, 1): TV = 2 Phi(mu/2) - 1, so the best judge is right with probability Phi(mu/2)."""
    rng, mu, n = np.random.default_rng(0), 1.3, 200_000
    real = rng.random(n) < 0.5
    x = rng.standard_normal(n) + mu * real
    d_star = 1 / (1 + np.exp(-(mu * x - mu**2 / 2)))
    tally = Tally()
    tally.add(Round(m.JudgeOf("r", 1, 0, 0.0, "judge", x[:, None], real, d_star, d_star), answers=(x > mu / 2).tolist()))
    best, error = tally.bayes()
    expected = 0.5 * (1 + math.erf(mu / 2 / math.sqrt(2)))
    assert abs(best - expected) < 4 * error and error < 0.001
    assert tally.scores["D*"].share == pytest.approx(expected, abs=0.004)
    assert tally.contest() == "You and D are level.", "both follow the same rule"


def test_contest_says_when_it_may_be_luck() -> None:
    assert "may be luck" in Tally(only_you=4, only_d=2).contest() and "You are ahead" in Tally(only_you=4, only_d=2).contest()
    assert "D is ahead" in Tally(only_you=1, only_d=12).contest() and "more than luck" in Tally(only_you=1, only_d=12).contest()


def test_scores_add_up() -> None:
    total = Score(13, 20) + Score(9, 20)
    assert total == Score(22, 40) and total.text().startswith("22 of 40: 55 % (40 to 69 %)")


# ---------------------------------------------------------------- judging
@pytest.mark.parametrize("kind", ["image", "points"])
def test_a_round_is_frozen_while_the_model_trains(qtbot: Any, kind: str) -> None:
    view, engine = make(qtbot, "judge", kind)
    view.answer(True)
    before, asked = view.round.items, len(engine.requests(m.Judge))
    engine.step += 500
    again(view, engine)
    assert view.round.items is before and len(view.round.answers) == 1 and len(engine.requests(m.Judge)) == asked == 1
    assert f"step {before.step:,}" in view.standing.text()


def progress(view: Any, step: int, state: str = "") -> None:
    """The model has trained on (to a rest)."""
    run, none = view.context.run_id, np.zeros(0)
    view.on_event(m.Progress(run, step, 1000, 0, 1.0, 1.0, none, {}, 0.0))
    if state:
        view.on_event(m.StateChanged(run, state, step))


def test_a_round_that_nobody_began_follows_the_model(qtbot: Any) -> None:
    """Else who opens the view before training is asked to judge noise; but not at every refresh, which would flicker."""
    view, engine = make(qtbot, "judge")
    steps = []
    for step in (120, 299, 300, 500):
        engine.step = step
        progress(view, step)
        again(view, engine)
        steps.append(view.round.items.step)
    assert steps == [100, 100, 300, 300]
    progress(view, 500, "finished")
    again(view, engine)
    assert view.round.items.step == 500
    view.answer(True)
    engine.step, asked = 5000, len(engine.requests(m.Judge))
    progress(view, 5000, "finished")
    again(view, engine)
    assert view.round.items.step == 500 and view.round.answers == [True] and len(engine.requests(m.Judge)) == asked


@pytest.mark.parametrize("kind", ["image", "points"])
def test_the_truth_is_kept_until_the_last_answer(qtbot: Any, kind: str) -> None:
    """Swap real and generated behind the view's back: nothing on screen may change, words and tooltips included."""
    view, _ = make(qtbot, "judge", kind)
    swapped, _ = make(qtbot, "judge", kind)
    items = view.round.items
    swapped._show_round(items)
    swapped.round.items = dataclasses.replace(items, real=~items.real, d=1 - items.d, x=items.x)
    for i in range(ITEMS - 1):
        view.answer(i % 2 == 0)
        swapped.answer(i % 2 == 0)
        assert spoken(view) == spoken(swapped)
        assert i not in (0, 7, 18) or (shot(view.play) == shot(swapped.play)).all()
    assert view.pages.currentWidget() is view.play
    view.answer(True)
    swapped.answer(True)
    assert view.pages.currentWidget() is view.result and spoken(view) != spoken(swapped)


def test_items_come_one_at_a_time(qtbot: Any) -> None:
    view, _ = make(qtbot, "judge")
    for i in range(3):
        assert (view.play.picture._pictures[0, 0] == view.round.items.x[i]).all()
        assert f"Item {i + 1} of 20" in view.play.question.text()
        view.answer(False)


@pytest.mark.parametrize("focus", ["view", "real", "undo"])
def test_keys_answer_wherever_the_focus_is(qtbot: Any, focus: str) -> None:
    view, _ = make(qtbot, "judge")
    view.answer(True)
    target = view if focus == "view" else getattr(view.play, focus)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_R, Qt.Key.Key_F):
        qtbot.keyClick(target, key)
    assert view.round.answers == [True, True, False, True, False]
    qtbot.keyClick(target, Qt.Key.Key_Backspace)
    assert view.round.answers == [True, True, False, True]


def test_keys_of_the_window_are_left_to_it(qtbot: Any) -> None:
    seen: list[int] = []

    class Window(QWidget):
        def keyPressEvent(self, event: Any) -> None:  # noqa: N802
            seen.append(event.key())

    view, _ = make(qtbot, "judge")
    window = Window()
    qtbot.addWidget(window)
    view.setParent(window)
    keys = [Qt.Key.Key_Space, Qt.Key.Key_S, Qt.Key.Key_3, Qt.Key.Key_Return]
    assert {"Space", "S"} <= set(PLAIN_KEYS)
    for key in keys:
        qtbot.keyClick(view, key)
    assert seen == keys and not view.round.answers
    qtbot.keyClick(view, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert not view.round.answers, "Ctrl+R lists the runs"
    view.setParent(None)


def test_buttons_answer_and_undo(qtbot: Any) -> None:
    view, _ = make(qtbot, "judge")
    assert not view.play.undo.isEnabled()
    view.play.fake.click()
    view.play.real.click()
    assert view.round.answers == [False, True] and view.play.progress.answers == [False, True]
    view.play.undo.click()
    assert view.round.answers == [False]


def test_points_are_judged_among_real_ones(qtbot: Any) -> None:
    view, engine = make(qtbot, "judge", "points")
    assert [r.split for r in engine.requests(m.DataItems)] == ["train"], "judged ones are held out, so not among them"
    x, y = view.round.items.x[0]
    assert near(np.array([view.play.plane.live[0].x, view.play.plane.live[0].y]), np.array([x, y]))
    view.round.items.x[1] = (40.0, 0.0)
    view.answer(True)
    x0, x1, y0, y1 = view.play.plane.bounds
    assert x1 > 40 and x1 - x0 == pytest.approx(y1 - y0), "a point far out is in the picture"


# ---------------------------------------------------------------- results
@pytest.mark.parametrize(("kind", "judges"), [("image", ["You", "D"]), ("points", ["You", "D", "D*"])])
def test_accuracies_stand_beside_each_other(qtbot: Any, kind: str, judges: list[str]) -> None:
    view, _ = make(qtbot, "judge", kind)
    judge_all(view, right=13)
    rows = {row.name: row for row in view.result.bars.rows}
    items = view.round.items
    assert list(rows) == judges and rows["You"].share == 13 / 20
    assert rows["D"].share == np.mean((items.d >= 0.5) == items.real)
    assert (rows["You"].low, rows["You"].high) == wilson(13, 20)
    if kind == "points":
        assert rows["D*"].share == np.mean((items.d_star >= 0.5) == items.real)
        assert view.result.bars.best == pytest.approx(np.maximum(items.d_star, 1 - items.d_star).mean())
        assert "TV(p, q)" in view.result.words.text()
    else:
        assert math.isnan(view.result.bars.best) and "not known" in view.result.words.text()


def test_pictures_are_sorted_into_right_and_wrong(qtbot: Any) -> None:
    view, _ = make(qtbot, "judge")
    judge_all(view, right=13)
    right, wrong = (view.result.grids[side] for side in (True, False))
    items = view.round.items
    assert (right.count, wrong.count) == (13, 7) and "13" in view.result.titles[True].text()
    assert (right._pictures[:, 0] == items.x[:13]).all() and (wrong._pictures[:, 0] == items.x[13:]).all()
    assert wrong.captions[0] == f"{'R' if items.real[13] else 'G'} {items.d[13]:.2f}"


def test_all_right_leaves_the_other_side_empty(qtbot: Any) -> None:
    view, _ = make(qtbot, "judge")
    judge_all(view)
    assert view.result.grids[False].count == 0 and view.result.grids[True].count == 20
    assert view.result.bars.rows[0].text == "20 of 20: 100 % (84 to 100 %)"


def test_points_are_listed_wrong_ones_first(qtbot: Any) -> None:
    view, _ = make(qtbot, "judge", "points")
    judge_all(view, right=13)
    table, items = view.result.table, view.round.items
    said = [table.item(row, 1).text() for row in range(20)]
    assert [s[0] for s in said] == ["✗"] * 7 + ["✓"] * 13
    assert table.item(0, 0).text() == ("real" if items.real[13] else "generated")
    assert table.item(0, 2).text().endswith(f"{items.d[13]:.2f}")
    table.setCurrentCell(2, 0)
    assert near(np.array([view.result.plane.live[0].x, view.result.plane.live[0].y]), items.x[15])


def test_rounds_add_up_and_a_new_run_forgets(qtbot: Any) -> None:
    view, engine = make(qtbot, "judge")
    judge_all(view, right=20)
    first = view.round.items.x
    qtbot.keyClick(view, Qt.Key.Key_Return)
    engine.reply()
    assert [r.seed for r in engine.requests(m.Judge)] == [0, 1] and not near(view.round.items.x, first)
    judge_all(view, right=11)
    assert view.tally.scores["You"] == Score(31, 40) and view.tally.rounds == 2
    assert "2 rounds: You 31" in view.standing.text() and "31 of 40" in view.result.words.text()
    view.set_context(dataclasses.replace(engine.context, run_id="another"))
    assert view.round is None and view.tally.rounds == 0 and view.pages.currentWidget() is view.play and not view.standing.text()


def test_an_unfinished_round_does_not_count(qtbot: Any) -> None:
    view, engine = make(qtbot, "judge")
    view.answer(True)
    view.again.click()
    assert not view.play.real.isEnabled(), "nothing to judge until the items come"
    engine.reply()
    assert view.tally.rounds == 0 and not view.round.answers


def test_a_late_answer_to_an_older_question_is_dropped(qtbot: Any) -> None:
    view, engine = make(qtbot, "judge", fill=False)
    view.refresh()
    view.begin()
    (old_id, old), (new_id, new) = engine.asked[-2:]
    view.on_answer(engine.answer(old_id, old))
    assert view.round is None
    view.on_answer(engine.answer(new_id, new))
    assert view.round is not None and view.round.items.request_id == new_id


@pytest.mark.parametrize("kind", ["image", "points"])
@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_the_result_fits(qtbot: Any, kind: str, size: tuple[int, int]) -> None:
    view, engine = make(qtbot, "judge", kind, size=size)
    judge_all(view, right=9)
    view.begin()
    engine.reply()
    judge_all(view, right=15)
    assert (view.width(), view.height()) == size
    words = view.result.words
    assert words.height() >= words.heightForWidth(words.width())
    bars = view.result.bars
    widest = max(bars.fontMetrics().horizontalAdvance(row.text) for row in bars.rows)
    assert bars.scale().right() + 12 + widest <= bars.width() and bars.scale().width() > 150
