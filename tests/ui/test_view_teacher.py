"""Student and teacher: the same noise in every row, what it costs and how near it comes."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from view_tools import again, make, near, shot

from playground.engine import messages as m
from playground.ui.views.teacher_words import Gains, distance_words, time_text, title_words


def test_pictures_lie_in_rows_the_teacher_first(qtbot: Any) -> None:
    view, engine = make(qtbot, "teacher", "image", d=4)
    assert engine.requests(m.TeacherStudent)[-1].teacher_steps == 20
    assert ["20 steps" in view.rows[0].title.text(), "1 step" in view.rows[1].title.text(), "4 steps" in view.rows[3].title.text()]
    for row, x in zip(view.rows, view.shown.x, strict=True):
        assert row.isVisible() and row.grid.isVisible() and not row.plane.isVisible() and near(row.grid.some, x)
    counts = {row.grid.count for row in view.rows}
    assert len(counts) == 1 and counts.pop() >= 16, "the same noise at the same place"
    tops = [row.y() for row in view.rows]
    assert tops == sorted(tops) and len({row.x() for row in view.rows}) == 1


def test_points_lie_two_by_two_over_their_density(qtbot: Any) -> None:
    view, engine = make(qtbot, "teacher", "points")
    assert engine.requests(m.TeacherStudent)[-1].teacher_steps == 50
    assert len({(row.x(), row.y()) for row in view.rows}) == 4 and len({row.x() for row in view.rows}) == 2
    clouds = [[layer for layer in row.plane.still if type(layer).__name__ == "Cloud"][-1] for row in view.rows]
    assert all(near(cloud.xy, x) for cloud, x in zip(clouds, view.shown.x, strict=True))
    assert [cloud.role for cloud in clouds] == ["monitor", "hybrids", "hybrids", "hybrids"]


def test_each_row_tells_its_price_and_its_distance(qtbot: Any) -> None:
    view, _ = make(qtbot, "teacher", "image", d=4)
    words = [row.words.text() for row in view.rows]
    assert "20 evaluations, 6.00 ms an item" in words[0] and "1 evaluation, 0.30 ms" in words[1]
    assert "like real items" in words[0] and "9.0 × real items" in words[1] and "80 % sure (real 98 %)" in words[1]
    points, _ = make(qtbot, "teacher", "points")
    assert "sure" not in points.rows[1].words.text()


def test_the_sentence_compares_the_best_student_with_the_teacher(qtbot: Any) -> None:
    view, _ = make(qtbot, "teacher", "points")
    text = view.gains.words.text()
    assert "<b>4 steps</b>" in text and "12.5 times" in text and "<b>12 times as fast</b>" in text
    assert "0.020" in text and "0.012" in text and "0.010 ± 0.003 unit of x (1,000 each)" in text
    best_in_one = dataclasses.replace(view.shown, distance=np.array([0.012, 0.011, 0.04, 0.02]))
    gains = Gains()
    qtbot.addWidget(gains)
    gains.show_answer(best_in_one, "hybrids")
    assert "<b>1 step</b>" in gains.words.text() and "50 times" in gains.words.text()


def test_a_teacher_of_other_steps_or_other_noise_is_asked_for_at_once(qtbot: Any) -> None:
    view, engine = make(qtbot, "teacher", "image", d=4)
    view.steps.setCurrentIndex(4)
    view.dice.click()
    newest = engine.requests(m.TeacherStudent)[-1]
    assert (newest.teacher_steps, newest.seed) == (100, 1)
    before = shot(view.rows[2])
    again(view, engine)
    assert "100 steps" in view.rows[0].title.text() and (shot(view.rows[2]) != before).any()


def test_a_student_of_fewer_levels_has_fewer_rows(qtbot: Any) -> None:
    view, _ = make(qtbot, "teacher", "image", d=4)
    a = view.shown
    cut = {name: getattr(a, name)[:3] for name in ("steps", "x", "nfe", "ms", "distance", "confidence")}
    view._show(dataclasses.replace(a, **cut))
    assert [row.isVisible() for row in view.rows] == [True, True, True, False]


@pytest.mark.parametrize("size", [(712, 590), (1268, 830)])
def test_words_are_whole(qtbot: Any, size: tuple[int, int]) -> None:
    for kind in ("image", "points"):
        view, _ = make(qtbot, "teacher", kind, d=4, size=size)
        for label in [view.gains.words, *(row.words for row in view.rows)]:
            assert label.heightForWidth(label.width()) <= label.height(), (kind, label.text())


def test_milliseconds_keep_three_digits() -> None:
    assert [time_text(v) for v in (0.034, 0.3, 12.34, 345.6)] == ["34 µs", "0.30 ms", "12.3 ms", "346 ms"]


def test_words_of_a_floor_of_nothing(qtbot: Any) -> None:
    view, _ = make(qtbot, "teacher", "points")
    none = dataclasses.replace(view.shown, floor=0.0, floor_sd=0.0)
    assert "×" not in distance_words(none, 1) and title_words(none, 0).startswith("<b>Teacher")
