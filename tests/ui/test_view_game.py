"""The game: what lies where in which colour, layers by word, turns, the climb of D to its optimum, and a round phase by phase."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from fake_gan import JS, logistic
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication
from view_tools import LARGE, again, drag, make, shot

from playground.engine import messages as m
from playground.ui.commands import Commands
from playground.ui.views.game_rounds import PHASES, Round, magnified, noise_in
from playground.ui.views.game_sentence import LAYERS
from playground.ui.widgets.climb_chart import ClimbChart
from playground.ui.widgets.forces import ArrowKey, fitted_length, round_number
from playground.ui.widgets.plane import Plane
from playground.ui.widgets.verdict import verdict_image, verdict_table

Array = np.ndarray


class Calls:
    """What the view wanted done to the run; turns are played by the fake engine and reported, as the real one does."""

    def __init__(self, view: Any, engine: Any, played: bool = True) -> None:
        self.view, self.engine, self.played = view, engine, played
        self.log: list[tuple[str, ...]] = []
        names = ("pause", "adopt", "cancel")
        view.commands = Commands(step=self.step, **{n: lambda *a, n=n: self.log.append((n, *a)) for n in names})

    def step(self, part: str) -> None:
        self.log.append(("step", part))
        if self.played:
            self.engine.play(part)
            self.view.on_event(m.Progress(self.engine.context.run_id, self.engine.step, 1000, 0, 0.0, 1.0, np.zeros(1), {}, 0.0))


def game(qtbot: Any, d: int = 2, played: bool = True, size: tuple[int, int] = (712, 590)) -> tuple[Any, Any, Calls]:
    view, engine = make(qtbot, "game", "points", d, size=size, family="gan")
    return view, engine, Calls(view, engine, played)


def colour_at(plane: Plane, x: float, y: float) -> Array:
    """The mean colour (r, g, b) of 5 x 5 pixels round a place."""
    at = plane.point(x, y).toPoint()
    return shot(plane)[at.y() - 2 : at.y() + 3, at.x() - 2 : at.x() + 3].reshape(-1, 3).mean(0)


def blueness(plane: Plane, x: float, y: float) -> float:
    r, _, b = colour_at(plane, x, y)
    return float(b - r)


# ---------------------------------------------------------------- the maps
def test_where_d_says_real_the_map_is_blue_and_where_not_amber(qtbot: Any) -> None:
    """The fake D falls from left to right; on the left of the neutral line it is above one half."""
    view, engine, _ = game(qtbot)
    plane, (x0, x1, _, y1) = view.board.large.plane, view.game.bounds
    for layer in ("real", "fake", "push"):
        view.sentence.buttons[layer].click()
    left, right = blueness(plane, 0.95 * x0, 0.9 * y1), blueness(plane, 0.95 * x1, 0.9 * y1)
    assert left > 40 and right < -40
    neutral = engine.ahead / 2  # where log p = log q, at y = 0
    assert abs(blueness(plane, neutral, 0.0)) < 25
    assert view.game.d[0, 0] > 0.5 > view.game.d[0, -1], "and the numbers say the same"


def test_row_zero_is_at_the_bottom() -> None:
    values = np.zeros((4, 4))
    values[0] = 1.0
    image = verdict_image(values, 0.0, 1.0, verdict_table())
    bottom, top = image.pixelColor(0, 3), image.pixelColor(0, 0)
    assert bottom.blue() > bottom.red() and top.red() > top.blue()


def test_one_scale_for_all_maps() -> None:
    """The neutral middle is 0.5 for D and 0 for the difference; the ends are the ends."""
    table = verdict_table()
    for low, high in ((0.0, 1.0), (-1.0, 1.0)):
        image = verdict_image(np.array([[low, (low + high) / 2, high]]), low, high, table)
        assert [image.pixelColor(i, 0).getRgb()[:3] for i in range(3)] == [tuple(table[k].tolist()) for k in (0, 127, 254)]


def test_a_small_map_is_brought_large_by_a_click_and_by_return(qtbot: Any) -> None:
    view, _, _ = game(qtbot)
    small = view.board.small[0].plane
    drag(small, QPointF(small.frame().center()), QPointF(small.frame().center()))
    assert view.board.order == ["d_star", "d", "difference"] and "D*" in view.board.large.caption.text()
    qtbot.keyClick(view.board.small[1].plane, Qt.Key.Key_Return)
    assert view.board.order == ["difference", "d", "d_star"] and "D − D*" in view.board.large.caption.text()


def test_where_q_is_not_known_the_maps_say_why(qtbot: Any) -> None:
    view, _, _ = game(qtbot, d=3)
    assert "3 or more numbers" in view.board.small[0].plane.placeholder and "3 or more numbers" in view.board.meaning.text()
    assert not view.sentence.buttons["d_star"].isEnabled() and "3 or more numbers" in view.sentence.buttons["d_star"].toolTip()
    assert view.bar.js.text() == "–" and "0.094" in view.bar.seen.text()


def test_critics_are_named_as_scores(qtbot: Any) -> None:
    view, _, _ = game(qtbot)
    answer = dataclasses.replace(view.game, scale="score", midpoint=-1.25, request_id=10_000)
    view.on_answer(dataclasses.replace(answer, channel="game/game"))
    assert "σ(score + 1.25)" in view.board.large.caption.text()


# ---------------------------------------------------------------- the sentence
@pytest.mark.parametrize("layer", LAYERS)
def test_every_underlined_word_hides_its_layer_and_brings_it_back(qtbot: Any, layer: str) -> None:
    view, _, _ = game(qtbot)
    before = shot(view.board)
    view.sentence.buttons[layer].click()
    without = shot(view.board)
    assert (without != before).any(2).mean() > 0.003, layer
    qtbot.keyClick(view.sentence.buttons[layer], Qt.Key.Key_Space)
    assert (shot(view.board) == before).all(), "by keyboard too"


# ---------------------------------------------------------------- arrows
def test_arrows_have_their_true_length(qtbot: Any) -> None:
    """The key says how long 1 nat per unit of x is drawn; an arrow's pixels follow from its push."""
    view, _, _ = game(qtbot)
    view.bar.arrows.setCurrentIndex(3)  # 1 nat per unit of x is drawn 1 unit long
    arrows, key = view.board.arrows(view.game.fake, view.game.push)
    assert isinstance(key, ArrowKey) and np.allclose(arrows.vector, view.game.push)
    plane = view.board.large.plane
    value, length = key.value(plane)
    assert length == pytest.approx(value * plane.frame().width() / (plane.bounds[1] - plane.bounds[0]))
    assert 26 <= length <= 70
    view.bar.arrows.setCurrentIndex(4)
    assert np.allclose(view.board.arrows(view.game.fake, view.game.push)[0].vector, 10 * view.game.push)


def test_arrows_point_where_g_is_told_to_go(qtbot: Any) -> None:
    """G's points lie to the right of the data: all are sent left."""
    view, _, _ = game(qtbot)
    assert (view.board.arrows(view.game.fake, view.game.push)[0].vector[:, 0] < 0).all()


def test_fitted_lengths_are_round_and_do_not_jump() -> None:
    vectors = np.random.default_rng(0).standard_normal((200, 2)) * 3.7
    length = fitted_length(vectors, 8.0)
    assert length == round_number(length)
    assert fitted_length(1.3 * vectors, 8.0, length) == length, "a little more does not rescale everything"
    assert fitted_length(20 * vectors, 8.0, length) < length
    assert fitted_length(np.zeros((5, 2)), 8.0) == 1.0


@pytest.mark.parametrize(("value", "wanted"), [(0.0037, 0.002), (1.0, 1.0), (9.99, 5.0), (20.0, 20.0), (0.0, 1.0), (np.inf, 1.0)])
def test_round_numbers(value: float, wanted: float) -> None:
    assert round_number(value) == pytest.approx(wanted)


# ---------------------------------------------------------------- turns and numbers
def test_a_turn_is_played_and_shown_at_once(qtbot: Any) -> None:
    view, engine, calls = game(qtbot)
    before = view.game
    for part in ("d", "g", "both"):
        view.bar.steps[part].click()
        engine.reply()
    assert calls.log == [("step", "d"), ("step", "g"), ("step", "both")]
    assert view.game.step == before.step + 3 and (view.game.d != before.d).any() and (view.game.fake != before.fake).any()


def test_numbers_have_units_errors_and_formulas(qtbot: Any) -> None:
    view, engine, _ = game(qtbot)
    assert view.bar.js.text() == "0.1180 ± 0.0004 nats" and view.bar.seen.text() == "0.094 ± 0.012 nats"
    assert "½ KL" in view.bar.js.toolTip() and "E_x[log D(x)]" in view.bar.seen.toolTip()
    assert not view.bar.modes.isVisible()
    view.on_event(m.Monitored(engine.context.run_id, 100, {"modes": 6.0, "num_modes": 8.0, "high_quality": 0.812}, {}))
    assert view.bar.modes.text() == "6 of 8" and view.bar.quality.text() == "81.2 %" and view.bar.quality.isVisible()


def test_a_resting_run_is_looked_at_again_after_a_step_from_elsewhere(qtbot: Any) -> None:
    view, engine, calls = game(qtbot)
    run = engine.context.run_id
    view.on_event(m.StateChanged(run, "paused", 100))
    asked = len(engine.requests(m.Game))
    calls.step("both")
    assert len(engine.requests(m.Game)) == asked + 1


# ---------------------------------------------------------------- D to its optimum
def test_d_is_trained_to_its_optimum_and_put_into_the_run(qtbot: Any) -> None:
    view, engine, calls = game(qtbot)
    run_d = view.game.d
    view.bar.train.click()
    assert calls.log == [("pause",)] and engine.requests(m.TrainToOptimum)[-1].steps == 1000
    assert view.optimum.isVisible() and not view.bar.isVisible() and view.optimum.stop.isVisible()
    engine.reply()
    assert np.allclose(view.board.game.d, view.board.game.d_star, atol=1e-12) and not np.allclose(run_d, view.board.game.d_star)
    assert "copy, trained for 1,000 steps" in view.board.large.caption.text() and "100 %" in view.optimum.words.text()
    assert not view.optimum.stop.isVisible() and view.optimum.adopt.isEnabled()
    view.optimum.adopt.click()
    assert calls.log[-1] == ("adopt", "discriminator")
    view.on_event(m.Adopted(engine.context.run_id, "discriminator", 100))
    engine.reply()
    assert view.bar.isVisible() and np.allclose(view.board.game.d, run_d), "the run's D is shown again"


def test_a_training_run_comes_to_rest_first(qtbot: Any) -> None:
    view, engine, calls = game(qtbot)
    view.on_event(m.StateChanged(engine.context.run_id, "training", 100))
    view.bar.train.click()
    assert calls.log == [("pause",)] and not engine.requests(m.TrainToOptimum)
    view.on_event(m.StateChanged(engine.context.run_id, "paused", 120))
    assert engine.requests(m.TrainToOptimum)


def test_the_training_of_d_can_be_stopped_and_dismissed(qtbot: Any) -> None:
    view, engine, calls = game(qtbot)
    view.bar.train.click()
    request_id, request = next((i, r) for i, r in engine.asked if isinstance(r, m.TrainToOptimum))
    first, *rest = engine.answers(request_id, request)
    view.on_answer(first)
    assert "250" in view.optimum.words.text() and "left" in view.optimum.words.text()
    view.optimum.stop.click()
    assert calls.log[-1] == ("cancel", "game/optimum")
    view.on_answer(rest[-1])
    assert view.optimum.step == 250, "what was on its way when it was stopped is not shown"
    assert view.optimum.adopt.isEnabled(), "what it has learned can be used"
    view.optimum.back.click()
    assert view.mode == "" and view.bar.isVisible() and "copy" not in view.board.large.caption.text()


def test_leaving_while_d_trains_stops_it_and_a_new_run_forgets_it(qtbot: Any) -> None:
    view, engine, _ = game(qtbot)
    view.bar.train.click()
    engine.reply()
    assert view.optimum.chart.steps.size == 4
    view.set_context(None)
    assert view.mode == "" and view.bar.isVisible()
    view.set_context(engine.context)
    assert view.optimum.chart.steps.size == 0


def test_a_refused_optimum_is_said_in_words(qtbot: Any) -> None:
    view, engine, _ = game(qtbot)
    view.bar.train.click()
    request_id, request = engine.asked[-1]
    view.on_answer(m.Refused(engine.context.run_id, request_id, 0, 1.0, request.channel, "Not for these data."))
    assert view.note.text() == "Not for these data." and view.mode == ""


def test_the_climb_is_drawn_to_scale(qtbot: Any) -> None:
    """Steps from left to right, nats upwards, the exact line above the curve and dashed."""
    chart = ClimbChart()
    qtbot.addWidget(chart)
    chart.resize(400, 150)
    steps, seen = np.array([0, 500, 1000]), np.array([0.02, 0.08, 0.1])
    chart.show_climb(steps, seen, np.full(3, 0.005), 1000, JS)
    px, plot = chart.to_px(steps, seen), chart.plot()
    assert px[0, 0] == plot.x() and px[-1, 0] == pytest.approx(plot.right())
    low, high = chart.y_range()
    assert low == 0 and (plot.bottom() - px[:, 1]) / plot.height() == pytest.approx(seen / high)
    line = chart.to_px(np.zeros(1), np.array([JS]))[0, 1]
    assert plot.top() < line < px[:, 1].min()
    row = shot(chart)[int(line), int(plot.x()) : int(plot.right())].max(1) > 110
    assert 0.3 < row.mean() < 0.9, "dashes and gaps"


# ---------------------------------------------------------------- slow motion
def finish(view: Any) -> None:
    view.rounds._timer.stop()
    view._move(1.0)
    QApplication.processEvents()


def test_a_round_goes_through_its_phases_and_plays_each_turn_once(qtbot: Any) -> None:
    view, engine, calls = game(qtbot)
    view.bar.slow.click()
    engine.reply()
    seen = []
    for phase in range(len(PHASES)):
        assert view.round.phase == phase and len(view.rounds.words.text()) > 40 and view.rounds.parts[phase].isChecked()
        finish(view)
        seen.append(shot(view.board.large))
        view.rounds.next.click()
        engine.reply()
    assert calls.log == [("pause",), ("step", "d"), ("step", "g")]
    assert all((a != b).any(2).mean() > 0.003 for a, b in pairwise(seen)), "every phase has a picture of its own"
    assert view.round.count == 2 and view.round.phase == 0, "then the next round begins"
    assert view.round.before.step == 102


def test_phases_go_back_without_undoing_anything(qtbot: Any) -> None:
    view, engine, calls = game(qtbot)
    view.bar.slow.click()
    engine.reply()
    view.rounds.parts[6].click()
    engine.reply()
    assert view.round.phase == 6 and calls.log[1:] == [("step", "d"), ("step", "g")]
    qtbot.keyClick(view.rounds.next, Qt.Key.Key_Left)
    assert view.round.phase == 5
    view.rounds.parts[3].click()
    assert view.round.shown() is view.round.before
    qtbot.keyClick(view.rounds.next, Qt.Key.Key_Right)
    assert view.round.phase == 4 and len(calls.log) == 3, "the turn is not played again"


def test_the_fifth_phase_shows_d_before_and_after(qtbot: Any) -> None:
    view, engine, _ = game(qtbot)
    view.bar.slow.click()
    engine.reply()
    view.rounds.parts[4].click()
    engine.reply()
    before, after = view.round.before, view.round.after_d
    assert after.step == before.step + 1 and (after.fake == before.fake).all()
    change = float(np.abs(after.d - before.d).max())
    assert f"{change:.2g}" in view.rounds.words.text() and f"{change:.2g}" in view.board.small[1].caption.text()
    for t, state, words in ((0.0, before, "before"), (1.0, after, "after")):
        view._move(t)
        assert words in view.board.large.caption.text()
        heat = view.board.large.plane.live[0].layers[0]
        assert heat.image == verdict_image(state.d, 0.0, 1.0, verdict_table())
    assert verdict_image(before.d, 0.0, 1.0, verdict_table()) != verdict_image(after.d, 0.0, 1.0, verdict_table())


def test_arrows_of_a_round_are_fitted_too(qtbot: Any) -> None:
    view, engine, _ = game(qtbot)
    view.board.reset("gan")  # as if slow motion had begun before the first picture
    view.bar.slow.click()
    engine.reply()
    assert view.board.arrow_length() == fitted_length(view.round.before.push, view.game.bounds[1] - view.game.bounds[0]) != 1.0


def test_stale_answers_are_asked_for_again(qtbot: Any) -> None:
    """The step may not have been taken yet when the game is looked at: its weights are from before, and do not count."""
    view, engine, calls = game(qtbot, played=False)
    view.bar.slow.click()
    engine.reply()
    view.rounds.parts[4].click()
    asked = len(engine.requests(m.Game))
    qtbot.waitUntil(lambda: len(engine.requests(m.Game)) > asked, timeout=2000)
    engine.reply()
    assert view.round.after_d is None and view.rounds.waiting
    engine.play("d")
    qtbot.waitUntil(lambda: (engine.reply(), view.round.after_d is not None)[1], timeout=2000)
    assert calls.log[-1] == ("step", "d")


def test_a_run_that_takes_no_step_is_given_up_in_words(qtbot: Any) -> None:
    view, engine, _ = game(qtbot, played=False)
    view.bar.slow.click()
    engine.reply()
    view.rounds.parts[4].click()
    for _ in range(30):
        view._ask_now()
        engine.reply()
    view._retry.stop()
    assert "has ended" in view.rounds.words.text() and not view.rounds.waiting


def test_an_ended_run_says_that_it_takes_no_step(qtbot: Any) -> None:
    view, engine, calls = game(qtbot)
    view.on_event(m.StateChanged(engine.context.run_id, "finished", 100))
    view.bar.steps["d"].click()
    assert not calls.log and "has ended" in view.note.text()
    view.bar.slow.click()
    engine.reply()
    view.rounds.parts[4].click()
    assert "has ended" in view.rounds.words.text() and not view.rounds.waiting
    view.rounds.previous()
    assert view.round.phase == 3, "the phases before can still be looked at"


def test_playing_goes_on_by_itself_and_stops_when_hidden(qtbot: Any) -> None:
    view, engine, _ = game(qtbot)
    view.bar.slow.click()
    engine.reply()
    finish(view)
    view.rounds.play.click()
    assert view.round.phase == 1 and view.rounds.playing
    qtbot.waitUntil(lambda: view.rounds.t > 0.1, timeout=2000)
    view.hide()
    assert not view.rounds.playing and not view.rounds._timer.isActive()


def test_training_on_ends_slow_motion(qtbot: Any) -> None:
    view, engine, _ = game(qtbot)
    view.bar.slow.click()
    engine.reply()
    view.on_event(m.StateChanged(engine.context.run_id, "training", 101))
    assert view.mode == "" and view.bar.isVisible() and view.sentence.isVisible()


def test_escape_leaves_slow_motion(qtbot: Any) -> None:
    view, engine, _ = game(qtbot)
    view.bar.slow.click()
    engine.reply()
    qtbot.keyClick(view.rounds.next, Qt.Key.Key_Escape)
    assert view.mode == ""


def test_rounds_take_only_what_is_missing() -> None:
    def at(step: int) -> Any:
        return type("Game", (), {"step": step})()

    rounds = Round()
    assert rounds.missing() == "before" and rounds.put(at(10))
    rounds.go(6)
    assert rounds.missing() == "d" and not rounds.put(at(10)) and rounds.put(at(11))
    assert rounds.missing() == "g" and not rounds.put(at(11)) and rounds.put(at(12))
    assert rounds.missing() == "" and not rounds.put(at(13))
    rounds.go(7)
    assert (rounds.phase, rounds.count, rounds.before.step, rounds.after_d) == (0, 2, 12, None)
    rounds.go(-3)
    assert rounds.phase == 0


def test_noise_fills_the_plane_of_x() -> None:
    z = np.array([[3.3, -3.3, 9.0], [0.0, 0.0, 9.0]], np.float32)
    assert np.allclose(noise_in(z, (0.0, 4.0, 10.0, 12.0)), [[4.0, 10.0], [2.0, 11.0]])
    assert np.allclose(noise_in(np.zeros((1, 1), np.float32), (0.0, 4.0, 10.0, 12.0)), [[2.0, 11.0]])


def test_moves_are_magnified_by_a_round_number() -> None:
    before = np.zeros((10, 2))
    moves, factor = magnified(before, before + 0.001, 8.0)
    assert factor == 200.0 and np.allclose(moves, 0.2)  # sqrt(2) * 0.001 * 200 = 0.28 of at most 0.06 * 8 = 0.48
    assert magnified(before, before + 3.0, 8.0)[1] == 1.0 and magnified(before, before, 8.0)[1] == 1.0


# ---------------------------------------------------------------- the rest
def test_the_picture_on_screen_can_be_exported(qtbot: Any) -> None:
    view, engine, _ = game(qtbot, size=LARGE)
    material = view._material()
    assert material.recipe == engine.context.recipe and material.strip.shape[2] == 3 and material.strip.std() > 10
    view.bar.slow.click()
    engine.reply()
    view.rounds.parts[4].click()
    engine.reply()
    film = view._material()
    assert len(film.frames) == 6 * 6, "all phases but the last, which has not been played"
    assert view.round.phase == 4 and (film.frames[0] != film.frames[-1]).any(2).mean() > 0.05


def test_the_fake_engine_is_right_about_d_star(qtbot: Any) -> None:
    """D* of two Gaussians with equal covariance is a logistic function of x0: by torch-free arithmetic on the densities."""
    view, engine, _ = game(qtbot)
    x, y = engine.lattice(view.game.bounds, 96)
    p, q = (np.exp(-0.5 * ((x - y / 4 - shift) ** 2 + y**2)) for shift in (0.0, engine.ahead))
    assert np.allclose(view.game.d_star, p / (p + q)) and logistic(0.0) == 0.5
    again(view, engine)
