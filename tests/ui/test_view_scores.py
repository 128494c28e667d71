"""D's eye: order, scores, histograms and looks agree with the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from view_tools import make, move, shot

from playground.engine import messages as m
from playground.ui.views.looks import alone, beside, blended, highlight
from playground.ui.views.scores import _place
from playground.ui.widgets.score_histogram import BINS, ScoreHistogram, score_range

Array = np.ndarray


def tell(view: Any, engine: Any, **changes: Any) -> None:
    """The fake engine's answer with some changes."""
    request_id = view.ask_now("look", view._request())
    answer = engine.answer(request_id, engine.asked[-1][1])
    view.on_answer(replace(answer, **changes))
    QApplication.processEvents()


# ---------------------------------------------------------------- pictures and looks
def test_a_look_is_laid_over_its_picture() -> None:
    """Where D does not look, the picture (dimmed); where it looks most, the highlight alone."""
    picture, look = np.full((1, 2, 2), 200, np.uint8), np.array([[[0, 255], [0, 0]]], np.uint8)
    mixed = blended(picture, look)
    assert (mixed[0, 0, 0] == 150).all() and (mixed[0, 0, 1] == highlight()).all()
    assert (alone(look)[0, 1] == 0).all() and (alone(look)[0, 0, 1] == highlight()).all()


def test_coloured_pictures_keep_their_colours() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (3, 4, 4, 3), np.uint8)
    stacks = beside(picture, np.zeros((3, 4, 4), np.uint8))
    assert stacks.shape == (3, 2, 4, 4, 3) and (stacks[:, 0] == picture).all() and not stacks[:, 1].any()


def test_pictures_have_their_scores_beneath_in_the_answer_s_order(qtbot: Any) -> None:
    view, _ = make(qtbot, "scores")
    for key in ("real", "fake"):
        grid, pictures, score = view.rows[key].grid, getattr(view.shown, key), getattr(view.shown, f"score_{key}")
        assert (grid._pictures[:, 0] == pictures).all()
        assert list(grid.captions) == [f"{s:.2f}" for s in score] and (np.diff(score) <= 0).all()


def test_looks_can_be_laid_over_or_put_beneath(qtbot: Any) -> None:
    view, _ = make(qtbot, "scores")
    grid = view.rows["fake"].grid
    view.look.click("blend")
    assert grid.stack == 1 and (grid._pictures[:, 0] == blended(view.shown.fake, view.shown.look_fake)).all()
    view.look.click("beside")
    assert grid.stack == 2 and (grid._pictures[:, 1] == alone(view.shown.look_fake)).all()


def test_raw_scores_have_signs_and_their_own_axis(qtbot: Any) -> None:
    view, engine = make(qtbot, "scores")
    raw = np.linspace(3, -3, 16, dtype=np.float32)
    many = np.linspace(-8, 8, 1000)
    tell(view, engine, scale="score", midpoint=-0.31, score_fake=raw, all_real=many, all_fake=many)
    captions = view.rows["fake"].grid.captions
    assert captions[0] == "+3.0" and captions[-1] == "−3.0" and "midpoint" not in captions
    assert view.histogram.low < -7.5 and view.histogram.high > 7.5 and "score" in view.histogram.unit
    assert view.score_text(-0.04) == "+0.0", "no minus before nothing"


# ---------------------------------------------------------------- histogram
def test_histogram_counts_shares(qtbot: Any) -> None:
    histogram = ScoreHistogram()
    qtbot.addWidget(histogram)
    histogram.show_scores(np.array([0.01, 0.01, 0.99, 1.0]), np.array([0.51]), 0.5, probability=True)
    real, fake = histogram.heights
    assert (real[0], real[-1], real.sum()) == (0.5, 0.5, 1.0) and fake[BINS // 2] == 1 and fake.sum() == 1


def test_bars_lie_where_their_scores_are(qtbot: Any) -> None:
    """Real at 0.85, generated at 0.15: blue at the right, amber at the left, the midpoint between them."""
    histogram = ScoreHistogram()
    qtbot.addWidget(histogram)
    histogram.resize(400, 200)
    histogram.show_scores(np.full(9, 0.86), np.full(9, 0.16), 0.5, probability=True)
    histogram.show()
    image = shot(histogram).astype(int)
    for role, score in ((2, 0.8625), (0, 0.1625)):
        strip = image[60:120, int(histogram.place(score)) - 2 : int(histogram.place(score)) + 2].mean((0, 1))
        assert strip.argmax() == role, (role, strip)
    assert histogram.place(0.16) < histogram.place(0.5) < histogram.place(0.86)


def test_a_few_wild_scores_do_not_squeeze_the_rest() -> None:
    low, high = score_range(np.concatenate([np.linspace(-1, 1, 1000), [1e6]]), np.linspace(-1, 1, 1000), 0.0)
    assert -1.2 < low < -0.9 and 0.9 < high < 1.2
    assert score_range(np.ones(10), np.ones(10), 5.0)[1] > 5, "the midpoint stays on the axis"


# ---------------------------------------------------------------- the large picture
def test_the_picture_under_the_mouse_is_large_and_marked_in_the_histogram(qtbot: Any) -> None:
    view, _ = make(qtbot, "scores")
    grid = view.rows["real"].grid
    move(qtbot, grid, grid.tile_rect(2).center())
    assert "Real" in view.facts.text() and "the 3rd most real of 16" in view.facts.text()
    assert view.histogram.chosen == pytest.approx(float(view.shown.score_real[2]))
    assert (view.large._pictures[0, 0, ..., 0] == view.shown.real[2]).all()


def test_a_click_keeps_it(qtbot: Any) -> None:
    view, _ = make(qtbot, "scores")
    assert view.pinned == ("fake", 0)
    grid = view.rows["fake"].grid
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.tile_rect(5).center().toPoint())
    view.rows["real"].grid.hovered.emit(1)
    view.rows["real"].grid.hovered.emit(-1)
    assert view.pinned == ("fake", 5) and "6th most real" in view.facts.text() and 5 in grid.marks


def test_right_and_wrong_verdicts(qtbot: Any) -> None:
    view, engine = make(qtbot, "scores")
    high = np.linspace(0.9, 0.2, 16, dtype=np.float32)
    tell(view, engine, score_real=high, score_fake=high)
    for key, index, says in (("fake", 0, "taken for real, wrongly"), ("fake", 15, "taken for generated, rightly"),
                             ("real", 0, "taken for real, rightly"), ("real", 15, "taken for generated, wrongly")):  # fmt: skip
        view._pin(key, index)
        assert says in view.facts.text(), (key, index)


@pytest.mark.parametrize(("index", "says"), [(0, "the"), (1, "the 2nd"), (2, "the 3rd"), (10, "the 11th"), (20, "the 21st")])
def test_places(index: int, says: str) -> None:
    assert _place(index) == says


def test_keyboard_walks_through_the_pictures(qtbot: Any) -> None:
    view, _ = make(qtbot, "scores")
    grid = view.rows["fake"].grid
    grid.setFocus()
    for _ in range(3):
        qtbot.keyClick(grid, Qt.Key.Key_Right)
    assert "Generated" in view.facts.text() and "3rd most real" in view.facts.text()
    qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert view.pinned == ("fake", 2)


# ---------------------------------------------------------------- asking
@pytest.mark.parametrize(("accuracy", "says"), [(0.995, "wins"), (0.7, "50 % is guessing"), (0.5, "little better than guessing")])
def test_accuracy_is_told_in_words(qtbot: Any, accuracy: float, says: str) -> None:
    view, engine = make(qtbot, "scores")
    tell(view, engine, accuracy=accuracy)
    assert f"{100 * accuracy:.1f} %" in view.accuracy.text() and says in view.accuracy.text()


def test_choices_are_asked_for(qtbot: Any) -> None:
    view, engine = make(qtbot, "scores")
    view.count.setCurrentIndex(0)
    view.split.click("train")
    view.dice.click()
    request = engine.requests(m.Scores)[-1]
    assert (request.n, request.split, request.seed) == (8, "train", 1)
    engine.reply()
    assert view.rows["real"].grid.count == 8


def test_progress_before_the_first_answer(qtbot: Any) -> None:
    view, engine = make(qtbot, "scores", fill=False)
    view.refresh()
    ((request_id, request),) = engine.asked
    view.on_answer(m.Working(engine.context.run_id, request_id, 0, 1.0, request.channel, 500, 2000, "scores", 1.0))
    assert "2,000 pictures: 25 %" in view.rows["real"].grid.placeholder
