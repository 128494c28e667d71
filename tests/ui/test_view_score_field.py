"""The score field: averages against closed forms, arrows of the stated length, the survey over t, and data of unknown density."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fake_diffusion import WIDTH, alpha_bar
from fake_engine import FakeEngine
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from view_tools import again, make, move, shot

from playground.engine import messages as m
from playground.ui.numbers import value_text
from playground.ui.views.score_field import COARSE, FINE
from playground.ui.views.score_field_data import Scores, angle, field_bounds
from playground.ui.views.score_field_plane import CUT
from playground.ui.views.score_field_survey import LEVELS, levels
from playground.ui.widgets.forces import ArrowKey, Arrows
from playground.ui.widgets.ink import ink

Array = np.ndarray
T = 1000


def made(qtbot: Any, **more: Any) -> tuple[Any, FakeEngine]:
    return make(qtbot, "score_field", "points", **more)


def variance(t: int) -> float:
    """Of p_t in the tests' engine: a round normal."""
    a = float(alpha_bar(t))
    return a * WIDTH**2 + 1 - a


def at(view: Any, engine: FakeEngine, t: int) -> Scores:
    view.bar.slider.setValue(t)
    engine.reply()
    scores: Scores = view.shown
    assert scores.answer.t == t
    return scores


def coloured(picture: Array, role: str, tolerance: int = 45) -> Array:
    """Whether each pixel (H, W) has about the colour of ``role``."""
    colour = ink(role)
    difference = np.abs(picture.astype(int) - [colour.red(), colour.green(), colour.blue()])
    return np.asarray(difference.max(2) < tolerance)


# ---------------------------------------------------------------- numbers
def test_sizes_are_averages_over_p_t(qtbot: Any) -> None:
    """For N(0, v I) the score is -x / v, so E|score|^2 = 2 / v; the learned one is 10 % too long and turned by as much."""
    view, engine = made(qtbot)
    for t in (50, 400, 900):
        scores = at(view, engine, t)
        v = variance(t)
        assert scores.size(scores.true) == pytest.approx((2 / v) ** 0.5, rel=0.06), "but for what lies beyond the plane"
        assert scores.size(scores.difference) == pytest.approx(0.02**0.5 * scores.size(scores.true), rel=1e-4)
        assert view.numbers.error.text() == value_text(0.2 / v**0.5)
        assert view.numbers.truth.text() == value_text(scores.size(scores.true))
        assert f"{100 * 0.2 / v**0.5 / scores.size(scores.true):.0f} %" in view.numbers.share.text()


def test_the_score_is_tied_to_the_noise(qtbot: Any) -> None:
    view, engine = made(qtbot)
    at(view, engine, 250)
    sigma = (1 - float(view.schedule.alpha_bar[250])) ** 0.5
    assert f"{sigma:.4f}" in view.numbers.head.text() and "t = 250" in view.numbers.head.text()


def test_places_are_weighted_alike_where_p_t_is_unknown(qtbot: Any) -> None:
    view, _ = made(qtbot)
    unknown = Scores(replace(view.shown.answer, log_p_t=None))
    vectors = np.zeros((len(unknown.at), 2))
    vectors[0] = (3.0, 4.0)
    assert unknown.size(vectors) == pytest.approx(5 / len(vectors) ** 0.5)
    vectors[1] = np.nan
    assert np.isfinite(unknown.size(vectors)), "what is not a number does not count"


def test_arrows_are_spread_evenly_over_the_lattice(qtbot: Any) -> None:
    scores = made(qtbot)[0].shown
    side = len(scores.answer.x)
    assert side == FINE
    for most in (9, 13, 17, 26, 60):
        chosen = scores.at[scores.thinned(most)]
        columns = np.unique(chosen[:, 0])
        assert len(columns) <= most and len(columns) ** 2 == len(chosen)
        assert len(columns) >= min(most, side) * 0.7
        assert np.ptp(np.diff(columns)) < 1e-4 and np.abs(columns - np.median(scores.at[:, 0])).min() < 1e-4


def test_angles_and_the_plane() -> None:
    assert angle(np.array([1.0, 0.0]), np.array([0.0, 2.0])) == pytest.approx(90)
    assert angle(np.array([1.0, 1.0]), np.array([-2.0, -2.0])) == pytest.approx(180)
    assert np.isnan(angle(np.zeros(2), np.ones(2)))
    line = -6 + 12 * (np.arange(200) + 0.5) / 200
    x, y = np.meshgrid(line, line)
    bounds = field_bounds(-0.5 * ((x - 1) ** 2 + y**2) / 4, (-6, 6, -6, 6))
    assert bounds[1] - bounds[0] == pytest.approx(bounds[3] - bounds[2])
    assert bounds[0] <= -6 and bounds[1] >= 1 + 2.7 * 1.9, "N((1, 0), 4): the mean, and 2.7 standard deviations"


# ---------------------------------------------------------------- what is drawn
def test_arrows_are_as_long_as_the_key_says(qtbot: Any) -> None:
    view, engine = made(qtbot, size=(1268, 830))
    scores = at(view, engine, 300)
    view.layers.parts["density"].click()
    view.layers.parts["true"].click()
    plane = view.plane
    key = next(layer for layer in plane.still if isinstance(layer, ArrowKey))
    assert key.unit_length == plane.length and key.unit == "per unit of x"
    violet = coloured(shot(plane), view.accent)
    x0, x1 = scores.answer.bounds[:2]
    places = scores.thinned(17)
    drawn = plane.length * scores.learned[places]
    size = np.hypot(*drawn.T)
    whole = (size < CUT * (x1 - x0)) & (size > 0.04 * (x1 - x0))
    assert whole.sum() > 20
    ends = plane.to_px(scores.at[places][whole] + drawn[whole] * 0.97).round().astype(int)
    ends = ends[(ends[:, 0] < plane.width() * 0.75) | (ends[:, 1] > 120)]  # the legend lies over the rest
    hit = [violet[y - 2 : y + 3, x - 2 : x + 3].any() for x, y in ends.tolist()]
    assert np.mean(hit) > 0.95
    beyond = plane.to_px(scores.at[places][whole] + drawn[whole] * 1.12).round().astype(int)
    assert np.mean([violet[y, x] for x, y in beyond.tolist()]) < 0.2


def test_long_arrows_are_cut_off_and_thin(qtbot: Any) -> None:
    view, _ = made(qtbot)
    answer = view.shown.answer
    learned = answer.learned.copy()
    learned[25, 25] = (20.0, 0.0)
    view._show(replace(answer, learned=learned, log_p_t=None, true=None))
    x0, x1 = answer.bounds[:2]
    arrows = [layer for layer in view.plane.still if isinstance(layer, Arrows)]
    longest = max(float(np.hypot(*a.vector.T).max()) for a in arrows if len(a.vector))
    assert longest <= CUT * (x1 - x0) * (1 + 1e-9)
    cut = [a for a in arrows if len(a.vector) and a.width < 1]
    assert len(cut) == 1 and any(v[0] == pytest.approx(longest) for v in cut[0].vector)


@pytest.mark.parametrize(("key", "role"), [("learned", "diffusion"), ("true", "theory"), ("difference", "text")])
def test_each_kind_can_be_switched(qtbot: Any, key: str, role: str) -> None:
    view, engine = made(qtbot)
    at(view, engine, 300)
    for other in ("density", "learned", "true", "difference"):
        if view.layers.on(other) != (other == key):
            view.layers.parts[other].click()
    frame = view.plane.frame().toRect()

    def seen() -> int:
        picture = shot(view.plane)[frame.y() + 120 : frame.bottom() - 45, frame.x() + 5 : frame.right() - 5]
        return int(coloured(picture, role).sum())

    on = seen()
    view.layers.parts[key].click()
    assert on > 3 * seen() and on > 300


def test_the_density_with_noise_lies_beneath(qtbot: Any) -> None:
    view, engine = made(qtbot)
    at(view, engine, 10)
    for key in ("learned", "true"):
        view.layers.parts[key].click()

    def width() -> float:
        """How far the blue reaches along the middle row."""
        middle = int(view.plane.point(0.0, 0.0).y())
        row = shot(view.plane)[middle, :, 2].astype(float)
        row = row[int(view.plane.frame().x()) + 3 : int(view.plane.frame().right()) - 3]
        high = row > (row.max() + row.min()) / 2
        return float(high.sum())

    clean = width()
    at(view, engine, T - 1)
    assert width() < 0.8 * clean, "the tests' data are wider than the noise"
    linear = shot(view.plane)
    view.kind.click("log")
    assert (shot(view.plane) != linear).mean() > 0.1


# ---------------------------------------------------------------- the place under the mouse
def test_both_vectors_under_the_mouse_in_numbers(qtbot: Any) -> None:
    view, engine = made(qtbot)
    scores = at(view, engine, 300)
    x, y = 1.3, -0.7
    move(qtbot, view.plane, view.plane.point(x, y))
    i = int(np.square(scores.at - [x, y]).sum(1).argmin())
    words = view.numbers.here.text()
    assert scores.true is not None
    for vector in (scores.learned[i], scores.true[i], scores.learned[i] - scores.true[i]):
        assert f"({value_text(float(vector[0]))}, {value_text(float(vector[1]))})" in words.replace("&nbsp;", " ")
        assert f"length {value_text(float(np.hypot(*vector)))}" in words.replace("&nbsp;", " ")
    assert "5° apart" in words, "atan(0.1 / 1.1)"


def test_by_keyboard(qtbot: Any) -> None:
    view, engine = made(qtbot)
    at(view, engine, 300)
    view.plane.setFocus()
    seen = set()
    for _ in range(5):
        QTest.keyClick(view.plane, Qt.Key.Key_Right)
        seen.add(view.numbers.here.text())
    assert len(seen) == 5 and all("learned" in words for words in seen), "one place of the lattice at a time"
    before = view.plane.place[0]
    QTest.keyClick(view.plane, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    x0, x1 = view.shown.answer.bounds[:2]
    assert before - view.plane.place[0] == pytest.approx(5 * (x1 - x0) / FINE), "five with Shift"


# ---------------------------------------------------------------- asking
def test_the_field_follows_the_slider(qtbot: Any) -> None:
    view, engine = made(qtbot)
    count = len(engine.asked)
    for t in (100, 200):
        view.bar.slider.setValue(t)
    moves: list[Any] = [(i, r) for i, r in engine.asked[count:] if r.channel == "score_field/field"]
    assert [r.t for _, r in moves] == [100, 200] and all(r.interactive for _, r in moves)
    view.on_answer(engine.answer(*moves[0]))
    assert view.shown.answer.t == 100, "an earlier move is shown while the last one is on its way"


def test_fine_where_it_is_quick_and_coarse_where_it_is_not(qtbot: Any) -> None:
    view, engine = made(qtbot)
    assert engine.requests(m.ScoreField)[0].resolution == COARSE
    assert engine.requests(m.ScoreField)[-1].resolution == FINE
    view._show(replace(view.shown.answer, elapsed_ms=2000.0))
    assert "coarse: each takes 2.0 s" in view.plane.title
    view.bar.slider.setValue(77)
    assert engine.requests(m.ScoreField)[-1].resolution == COARSE


def test_new_weights_are_asked_for_new_arrows(qtbot: Any) -> None:
    view, engine = made(qtbot)
    fields = [r for r in engine.requests(m.ScoreField) if r.channel.endswith("/field")]
    again(view, engine)
    assert [r for r in engine.requests(m.ScoreField) if r.channel.endswith("/field")] == fields, "nothing has changed"
    view.on_event(m.StateChanged(engine.context.run_id, "paused", view.shown.answer.step + 100))
    again(view, engine)
    assert len([r for r in engine.requests(m.ScoreField) if r.channel.endswith("/field")]) > len(fields)


# ---------------------------------------------------------------- the survey
def survey(view: Any, engine: FakeEngine, qtbot: Any) -> None:
    """Answer until nothing more is asked."""

    def done() -> bool:
        engine.reply(1)
        return view.survey.wanted() is None

    qtbot.waitUntil(done, timeout=5000)


def test_the_error_over_t_fills_in(qtbot: Any) -> None:
    view, engine = made(qtbot)
    assert "of 20 timesteps" in view.panel.words.text()
    survey(view, engine, qtbot)
    assert sorted(view.survey.found) == levels(T) and len(levels(T)) == LEVELS
    error, truth = {c.dashed: c for c in view.panel.chart.curves}[False], {c.dashed: c for c in view.panel.chart.curves}[True]
    assert error.places.tolist() == levels(T) and error.dots
    assert error.values == pytest.approx([0.2 / variance(t) ** 0.5 for t in levels(T)])
    assert truth.values == pytest.approx([(2 / variance(t)) ** 0.5 for t in levels(T)], rel=0.06)
    assert "timesteps" not in view.panel.words.text()
    asked = len(engine.asked)
    again(view, engine)
    qtbot.wait(60)
    assert len(engine.asked) == asked, "and then it rests"


def test_one_question_at_a_time_and_none_unseen(qtbot: Any) -> None:
    view, engine = made(qtbot)

    def asked() -> int:
        return sum(r.channel == "score_field/survey" for _, r in engine.asked)

    qtbot.waitUntil(lambda: len(engine.asked) > engine._answered, timeout=2000)
    count = asked()
    for _ in range(3):
        view.refresh()
        qtbot.wait(20)
    assert asked() == count, "one is on its way"
    view.hide()
    engine.reply()
    qtbot.wait(80)
    assert asked() == count


def test_a_training_run_is_asked_sparingly(qtbot: Any) -> None:
    """Beside a training run the survey keeps to a twentieth of the explorer's time, as every refresh does."""
    view, engine = made(qtbot)
    run = engine.context.run_id
    view.on_event(m.StateChanged(run, "training", 10))
    engine.reply()
    view.survey._sent = 0.0  # none is on its way
    view._next["survey"] = time.monotonic() + 60  # the last one was dear
    asked = len(engine.asked)
    view.survey.go_on()
    assert len(engine.asked) == asked
    view.on_event(m.StateChanged(run, "finished", 20))
    view.survey.go_on()
    assert len(engine.asked) == asked + 1, "at rest it may ask more"


def test_new_weights_are_measured_again(qtbot: Any) -> None:
    view, engine = made(qtbot)
    survey(view, engine, qtbot)
    before = view.shown.answer.step
    view.survey.saw(before + 500)
    assert view.survey.wanted() is not None
    t = view.survey.wanted()
    view.survey.take(replace(view.shown.answer, t=t, step=before + 500))
    assert view.survey.found[t].step == before + 500 and view.survey.wanted() not in (None, t)


def test_a_click_on_the_curve_goes_there(qtbot: Any) -> None:
    view, engine = made(qtbot)
    survey(view, engine, qtbot)
    QApplication.processEvents()
    plot = view.panel.chart.plot()
    where = QPointF(plot.x() + 0.6 * plot.width(), plot.center().y()).toPoint()
    QTest.mouseClick(view.panel.chart, Qt.MouseButton.LeftButton, pos=where)
    assert view.bar.t == pytest.approx(0.6 * T, abs=T / plot.width() + 1)
    engine.reply()
    assert view.shown.answer.t == view.bar.t


# ---------------------------------------------------------------- what nobody knows
def test_without_a_density_the_learned_score_stands_alone(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeEngine, "true_known", False)
    view, engine = made(qtbot)
    at(view, engine, 300)
    assert view.numbers.caveat.isVisible() and "no true score" in view.numbers.caveat.text()
    assert view.numbers.error.text() == "–" and view.numbers.truth.text() == "–"
    move(qtbot, view.plane, view.plane.point(1.0, 1.0))
    assert "learned" in view.numbers.here.text() and "true" not in view.numbers.here.text()
    picture = shot(view.plane)
    assert coloured(picture, "diffusion").sum() > 300
    assert "No error" in view.panel.words.text()


def test_a_score_of_training_points_is_not_called_that_of_the_data(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: FakeEngine, r: m.DataField) -> Any:
        return m.Refused, {"sentence": "The density of these data is not known."}

    monkeypatch.setattr(FakeEngine, "_DataField", refuse)
    view, engine = made(qtbot)
    at(view, engine, 300)
    assert view.picks.no_density and "training points" in view.numbers.caveat.text() and view.numbers.caveat.isVisible()


def test_a_film_of_the_timesteps_that_were_shown(qtbot: Any) -> None:
    view, engine = made(qtbot)
    view.bar.slider.setValue(300)
    for t in (900, 30):
        at(view, engine, t)
    shot(view)
    film: Any = view._material()
    assert len(film.frames) == 2 * 3 - 2 and (film.frames[0] != film.frames[2]).mean() > 0.01
    assert view.plane.scores.answer.t == 30, "what is on screen stays there"
