"""The forward process: what is asked while t moves, both ways of drawing x_t, schedules against their formulas, the end x_T."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from view_tools import SMALL, again, drag, make, near, shot

from playground.engine import messages as m
from playground.engine import schedules
from playground.ui.views.forward_items import Units
from playground.ui.views.forward_schedules import percent
from playground.ui.views.forward_terminal import Ending
from playground.ui.views.time_film import MOST, Reel
from playground.ui.widgets.histogram import BINS, SPAN, normal_density
from playground.ui.widgets.ink import ink
from playground.ui.widgets.layers import Cloud, Ellipse
from playground.ui.widgets.log_chart import Curve, LinearChart, LogChart
from playground.ui.widgets.noise_histogram import NoiseHistogram

Array = np.ndarray
T = 1000


def at(view: Any, engine: Any, t: int) -> m.Diffused:
    """The slider stands at t and the answer has come."""
    view.bar.slider.setValue(t)
    engine.reply()
    assert view.shown.t == t
    return view.shown


def lit(picture: Array, colour: Any, tolerance: int = 40) -> Array:
    """Where a picture (H, W, 3) has about this colour."""
    return (np.abs(picture.astype(int) - [colour.red(), colour.green(), colour.blue()]).max(2) < tolerance).nonzero()


# ---------------------------------------------------------------- asking
def test_the_picture_follows_the_slider_without_waiting_for_the_last_answer(qtbot: Any) -> None:
    view, engine = make(qtbot, "forward")
    count = len(engine.asked)
    for t in (100, 200, 300):
        view.bar.slider.setValue(t)
    moves: list[Any] = engine.asked[count:]
    assert [r.t for _, r in moves] == [100, 200, 300] and all(r.interactive for _, r in moves)
    view.on_answer(engine.answer(*moves[0]))
    assert view.shown.t == 100, "an earlier move is shown while the last one is on its way"
    view.on_answer(engine.answer(*moves[2]))
    view.on_answer(engine.answer(*moves[1]))
    assert view.shown.t == 300, "but nothing goes back"


def test_what_is_on_screen_is_not_asked_for_again(qtbot: Any) -> None:
    view, engine = make(qtbot, "forward")
    count = len(engine.asked)
    again(view, engine)
    assert len(engine.asked) == count, "noise does not depend on what the network learns"
    view.bar.slider.setValue(7)
    engine.asked.clear()  # the answer is lost
    again(view, engine)
    assert [r.t for r in engine.requests(m.Diffuse)] == [7]


def test_item_split_and_seed_are_asked_for(qtbot: Any) -> None:
    view, engine = make(qtbot, "forward")
    view.next.click()
    view.split.click("train")
    view.dice.click()
    last = engine.requests(m.Diffuse)[-1]
    assert (last.index, last.split, last.seed) == (1, "train", 1)


def test_by_keyboard_and_by_a_click_on_a_chart(qtbot: Any) -> None:
    view, engine = make(qtbot, "forward")
    view.bar.slider.setFocus()
    before = view.bar.t
    QTest.keyClick(view.bar.slider, Qt.Key.Key_Right)
    assert view.bar.t == before + 1
    QTest.keyClick(view.bar.slider, Qt.Key.Key_Home)
    assert view.bar.t == 0
    QTest.keyClick(view.bar.slider, Qt.Key.Key_End)
    assert view.bar.t == T - 1
    plot = view.charts.alpha_bar.plot()
    drag(view.charts.alpha_bar, plot.center(), QPointF(plot.x() + plot.width() / 4, plot.center().y()))
    assert view.bar.t == pytest.approx(T / 4, abs=T / plot.width() + 1)
    engine.reply()
    assert view.shown.t == view.bar.t


def test_play_runs_up_and_down_and_stops_when_hidden(qtbot: Any) -> None:
    view, _ = make(qtbot, "forward")
    view.bar.slider.setValue(T - 15)
    seen: list[int] = []
    view.bar.frame_changed.connect(seen.append)
    view.bar.speed.setCurrentIndex(3)
    view.bar.play.click()
    qtbot.waitUntil(lambda: len(seen) > 4, timeout=3000)
    assert max(seen) == T - 1 and seen[-1] < T - 1 and min(np.abs(np.diff(seen))) > 1, "up to the end and back, in strides"
    view.hide()
    assert not view.bar.playing


# ---------------------------------------------------------------- both ways
def test_pictures_drown_in_noise_both_ways(qtbot: Any) -> None:
    view, engine = make(qtbot, "forward")
    row = view.items.pictures
    for t, words in ((0, "1 single step"), (480, "481 single steps")):
        shown = at(view, engine, t)
        assert row.titles[2].text() == f"xₜ by {words}"
        for grid, drawn in ((row.jump, shown.jump), (row.walk, shown.walk)):
            n = grid.count
            assert 4 <= n <= len(drawn)
            tile = grid.tile_rect(n - 1).toRect()
            scale = tile.width() // 28
            painted = grid.grab().toImage()
            at_px = [painted.pixelColor(tile.x() + scale * x, tile.y() + scale * y).red() for x, y in ((3, 4), (14, 14), (20, 9))]
            assert at_px == [int(drawn[n - 1][y, x]) for x, y in ((3, 4), (14, 14), (20, 9))]


def test_units_come_from_draws_that_are_given_in_both() -> None:
    rng = np.random.default_rng(0)
    z, centre = rng.standard_normal((50, 2)), np.array([3.0, -1.0])
    answer = m.Diffused("r", 1, 0, 1.0, "", t=0, x0=centre[None] + 0.5, jump=centre + 2.5 * z[:20], walk=z, values_jump=z.ravel(),
                        values_walk=z.ravel(), alpha_bar=np.ones(1), snr=np.ones(1), terminal_kl=0.0)  # fmt: skip
    units = Units.of(answer)
    assert near(units.centre, centre, 1e-9) and units.scale == pytest.approx(2.5)
    assert near(units.inward(answer.x0), np.full((1, 2), 0.2), 1e-9)


def test_points_lie_in_the_circles_of_theory(qtbot: Any) -> None:
    """Dashed circles of radius sqrt(1 - abar) and twice that, round sqrt(abar) x_0; the dots cover what theory says."""
    view, engine = make(qtbot, "forward", "points")
    for t in (300, 700):
        shown = at(view, engine, t)
        a = float(shown.alpha_bar[t])
        for plane in view.items.points.planes:
            rings = [layer for layer in plane.still if isinstance(layer, Ellipse)]
            assert all(near(np.array(ring.centre), a**0.5 * shown.x0[0]) for ring in rings)
            assert [ring.radii[0] for ring in rings] == pytest.approx([(1 - a) ** 0.5, 2 * (1 - a) ** 0.5])
            assert all(ring.dashed and ring.role == "theory" for ring in rings)
            (cloud,) = [layer for layer in plane.still if isinstance(layer, Cloud)]
            inside = np.hypot(*(cloud.xy - a**0.5 * shown.x0[0]).T) < 2 * (1 - a) ** 0.5
            assert len(cloud.xy) == 250 and inside.mean() == pytest.approx(1 - np.exp(-2), abs=0.07), "86 % of a normal"
    still = shot(view)
    at(view, engine, 20)
    assert (shot(view) != still).mean() > 0.01


def test_numbers_of_this_t_stand_in_the_formula(qtbot: Any) -> None:
    view, engine = make(qtbot, "forward")
    shown = at(view, engine, 480)
    a = float(shown.alpha_bar[480])
    text = view.formula.text()
    assert f"{a**0.5:.4f}" in text and f"{(1 - a) ** 0.5:.4f}" in text and f"{a / (1 - a):.3g}" in text
    x0 = shown.x0 / 127.5 - 1
    mean, std = a**0.5 * x0.mean(), (a * x0.var() + 1 - a) ** 0.5
    assert f"steps: {mean:.3f}".replace("-", "−") in view.moments.text() and f"deviation: {std:.3f}" in view.moments.text()


def test_the_histogram_becomes_a_standard_normal(qtbot: Any) -> None:
    view, engine = make(qtbot, "forward")
    middles = -SPAN + (np.arange(BINS) + 0.5) * 2 * SPAN / BINS

    def miss() -> float:
        return max(float(np.abs(h - normal_density(middles)).max()) for h in (view.histogram.heights, view.histogram.walked))

    at(view, engine, T - 1)
    assert miss() < 0.06
    at(view, engine, 100)
    assert miss() > 0.5


def test_bars_are_the_jump_and_the_outline_is_the_walk(qtbot: Any) -> None:
    histogram = NoiseHistogram()
    qtbot.addWidget(histogram)
    histogram.resize(400, 240)
    histogram.show_both(np.full(100, -2.0), np.full(100, 2.0))
    picture = shot(histogram)[40:]
    _, bars = lit(picture, ink("data"), 70)
    rows, line = lit(picture, ink("text"), 90)
    high = line[rows < 100]
    assert 90 < np.median(bars) < 120 and 285 < np.median(high) < 320, (np.median(bars), np.median(high))


# ---------------------------------------------------------------- schedules
def test_all_schedules_are_drawn_and_the_recipes_own_stands_out(qtbot: Any) -> None:
    view, _ = make(qtbot, "forward", size=(1268, 830))
    words = view.charts.legend.text().replace("&nbsp;", " ")
    assert all(name in words for name in schedules.SCHEDULES) and "<b>cosine</b>" in words
    left = percent(float(schedules.make_schedule("edm", T).alpha_bar[-1]) ** 0.5)
    assert f"edm {left}" in words
    chart = view.charts.alpha_bar
    chart.set_cursor(0)
    own = ink("diffusion", dark=True)
    expected = np.cos((np.array([250, 750]) + 1) / (T + 1) * np.pi / 2) ** 2  # as the tests' engine has it
    picture = shot(chart)
    for x, y in chart.to_px(np.array([250, 750]), expected).round().astype(int).tolist():
        rows, _ = lit(picture[:, x : x + 1], own)
        assert len(rows) and abs(np.mean(rows) - y) < 3


def test_snr_is_on_an_axis_of_powers_of_ten(qtbot: Any) -> None:
    view, _ = make(qtbot, "forward", size=(1268, 830))
    chart = view.charts.snr
    one = chart.share(np.array([1.0, 10.0, 100.0]))
    assert one[1] - one[0] == pytest.approx(one[2] - one[1]) and 0 < one[0] < 1
    cosine = next(c for c in chart.curves if c.colour == ink("diffusion", dark=True))
    n = int(cosine.places[len(cosine.places) // 2])
    assert cosine.values[len(cosine.places) // 2] == pytest.approx(view.shown.snr[n])


def test_a_curve_at_places_of_its_own(qtbot: Any) -> None:
    for chart in (LinearChart(1.0, "t"), LogChart("t")):
        qtbot.addWidget(chart)
        chart.resize(320, 200)
        chart.span = 100
        chart.set_cursor(100)
        chart.show_curves([Curve(np.array([0.1, 1.0]), ink("good"), 2.0, at=np.array([40, 60]))])
        _, columns = lit(shot(chart), ink("good"))
        (left, _), (right, _) = chart.to_px(np.array([40, 60]), np.array([0.1, 1.0]))
        assert abs(columns.min() - left) < 3 and abs(columns.max() - right) < 3


def test_short_chains_are_told_what_the_betas_of_long_ones_would_leave(qtbot: Any) -> None:
    view, _ = make(qtbot, "forward")
    assert "as they are" not in view.charts.legend.toolTip()
    view.charts.reset("linear", 50, "diffusion")
    assert "would leave 78 %" in view.charts.legend.toolTip()
    assert percent(float(schedules.linear(50).alpha_bar[-1]) ** 0.5) in view.charts.legend.text().replace("&nbsp;", " ")


# ---------------------------------------------------------------- the end
def ending(name: str, timesteps: int) -> Ending:
    made = schedules.make_schedule(name, timesteps)
    return Ending(float(made.alpha_bar[-1]) ** 0.5, schedules.terminal_kl(made), 784, name == "flow")


def test_a_chain_that_ends_in_signal_is_warned_of() -> None:
    fine, trace, bad = ending("cosine", 1000), ending("flow", 20), ending("flow", 4)
    assert (fine.role, trace.role, bad.role) == ("good", "warning", "danger")
    assert "still holds signal" in bad.verdict() and "Raise the timesteps" in bad.verdict()
    assert "cosine" not in bad.verdict() and "cosine" in replace(bad, flow=False).verdict()
    assert bad.signal == pytest.approx(0.125 / (0.125**2 + 0.875**2) ** 0.5), "u = (T - 1/2) / T on the straight line"


def test_the_gauge_tells_share_and_divergence(qtbot: Any) -> None:
    view, engine = make(qtbot, "forward")
    request_id, request = engine.asked[-1]
    answer: Any = engine.answer(request_id + 1, request)
    fine = shot(view.terminal)
    alpha_bar = np.linspace(1, 0.6, T)  # most of the signal is left, as by the betas of T = 1000 in a chain of 50
    view.on_answer(replace(answer, alpha_bar=alpha_bar, snr=alpha_bar / (1 - alpha_bar + 1e-9), terminal_kl=0.25))
    words = view.terminal.words.text()
    assert "77 %" in words and "still holds signal" in words and "0.250 nats per dimension, 196.0 in all 784" in words
    dots = [lit(picture[:, -310:], ink("diffusion"))[1].mean() for picture in (fine, shot(view.terminal))]
    assert dots[1] > dots[0] + 80, "the dot goes to the right"


def test_the_words_of_the_end_fit_the_smallest_stage(qtbot: Any) -> None:
    view, engine = make(qtbot, "forward", size=SMALL)
    request_id, request = engine.asked[-1]
    alpha_bar = np.linspace(1, 0.6, T)
    answer: Any = engine.answer(request_id + 1, request)
    view.on_answer(replace(answer, alpha_bar=alpha_bar, snr=alpha_bar / (1 - alpha_bar + 1e-9), terminal_kl=0.25))
    shot(view)
    words = view.terminal.words
    assert words.heightForWidth(words.width()) <= words.height()
    assert view.rect().contains(view.terminal.geometry())


# ---------------------------------------------------------------- export
@pytest.mark.parametrize("kind", ["image", "points"])
def test_a_film_of_the_timesteps_that_were_shown(qtbot: Any, kind: str) -> None:
    view, engine = make(qtbot, "forward", kind)
    view.bar.slider.setValue(500)
    for t in (0, 900, 400):
        at(view, engine, t)
    film: Any = view._material()
    assert len(film.frames) == 2 * 4 - 2, "t = 0, 400, 500, 900 and back"
    assert (film.strip == shot(view.items)).mean() > 0.999, "what is on screen stays there"
    at(view, engine, 0)
    assert (film.frames[0] == shot(view.items)).mean() > 0.999
    view.next.click()
    engine.reply()
    assert len(view._material().frames) == 1, "another item begins another film"


def test_a_reel_keeps_what_came_last_and_spreads_evenly() -> None:
    reel: Reel[int] = Reel()
    for t in range(200):
        reel.put("a", t, t)
    frames = reel.frames(25)
    assert len(frames) == 25 and frames[0] == 200 - MOST and frames[-1] == 199 and np.ptp(np.diff(frames)) <= 1
    reel.put("b", 7, 7)
    assert reel.frames() == [7]
