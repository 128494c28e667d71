"""Modes: bars, numbers, words and the past agree with the answer; progress and refusals are told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication
from view_tools import again, make, move, shot

from playground.engine import messages as m
from playground.ui.views.mode_words import kl_words, listed, missing_words, quality_words
from playground.ui.widgets.gauge import Gauge
from playground.ui.widgets.mode_bars import ModeBars
from playground.ui.widgets.mode_history import ModeHistory, Moment

Array = np.ndarray


def modes_of(**content: Any) -> m.ModesOf:
    """Eight modes on a ring, of which three get nothing."""
    share = np.array([0.3, 0.2, 0.0, 0.0, 0.0, 0.2, 0.2, 0.1])
    plain: dict[str, Any] = {
        "names": tuple(f"{45 * i}°" for i in range(8)), "share": share, "true": np.full(8, 1 / 8), "centres": None,
        "count": 5, "high_quality": 0.95, "high_quality_perfect": 0.98889, "reverse_kl": 0.5, "reverse_kl_floor": 0.0014,
        "reverse_kl_floor_sd": 0.0007, "n": 2500, "note": "",
    }  # fmt: skip
    return m.ModesOf("run", 1, 100, 1.0, "modes/count", **(plain | content))


def tell(view: Any, engine: Any, answer: m.ModesOf) -> None:
    """Hand the view this answer as that of its newest question."""
    request_id = view.ask_now("count", view._request())
    view.on_answer(replace(answer, run_id=engine.context.run_id, request_id=request_id))
    QApplication.processEvents()


# ---------------------------------------------------------------- words
def test_missing_modes_are_named() -> None:
    assert missing_words(modes_of(), True) == "3 modes get no sample: 90°, 135°, 180°."
    one = modes_of(share=np.array([0.0, *[1 / 7] * 7]))
    assert missing_words(one, True) == "1 mode gets no sample: 0°."
    assert missing_words(one, False) == "1 class gets no sample: 0°."


def test_rare_modes_are_named_when_none_is_missing() -> None:
    rare = modes_of(share=np.array([0.03, 0.032, *[0.938 / 6] * 6]))
    assert missing_words(rare, True) == "1 mode gets less than a quarter of its share: 0°."
    assert "No mode is lost" in missing_words(modes_of(share=np.full(8, 1 / 8)), True)


def test_many_names_are_shortened() -> None:
    assert listed([str(i) for i in range(5)]) == "0, 1, 2, 3, 4"
    assert listed([str(i) for i in range(9)]) == "0, 1, 2, 3 and 5 others"


@pytest.mark.parametrize(
    ("share", "says"), [(0.999, "modes have shrunk"), (0.99, "within what chance allows"), (0.95, "between the modes")]
)
def test_high_quality_is_compared_with_a_perfect_generator(share: float, says: str) -> None:
    """sqrt(0.98889 * 0.01111 / 2500) = 0.0021: 0.99 is 0.5 deviations above, 0.999 is 4.8."""
    words = quality_words(modes_of(high_quality=share), True)
    assert says in words and "98.889 %" in words


@pytest.mark.parametrize(
    ("kl", "says"), [(0.0014, "not to be told"), (0.0027, "not to be told"), (0.0031, "2.4 standard"), (0.5, "712 standard")]
)
def test_reverse_kl_is_compared_with_its_floor(kl: float, says: str) -> None:
    words = kl_words(modes_of(reverse_kl=kl))
    assert says in words and "0.0014 ± 0.0007" in words


# ---------------------------------------------------------------- bars
def test_bars_are_as_high_as_their_shares(qtbot: Any) -> None:
    bars = ModeBars()
    qtbot.addWidget(bars)
    bars.resize(500, 300)
    answer = modes_of()
    bars.show_shares(answer.names, answer.share, answer.true, answer.n)
    bars.show()
    image, plot, pitch = shot(bars).astype(int), bars._plot(), bars._pitch()
    amber = (image[..., 0] > 200) & (image[..., 2] < 100)
    height = [int(amber[:, int(plot.x() + (i + 0.5) * pitch)].sum()) for i in range(8)]
    scale = plot.height() / bars._top()
    assert np.abs(np.array(height) - answer.share * scale).max() < 2.5
    blue = (image[..., 2] > 200) & (image[..., 0] < 120)
    column = int(plot.x() + 2.1 * pitch + 0.5)
    assert abs(int(blue[:, column].sum()) - scale / 8) < 4, "the outline of the true share"


def test_chance_is_binomial(qtbot: Any) -> None:
    bars = ModeBars()
    qtbot.addWidget(bars)
    answer = modes_of()
    bars.show_shares(answer.names, answer.share, answer.true, answer.n)
    drawn = np.random.default_rng(0).multinomial(2500, answer.true, 20_000) / 2500
    assert bars._spread() == pytest.approx(drawn.std(0), rel=0.02)
    assert "0°: 30.0 % of the samples that count (750 of 2,500). True: 12.5 %; chance alone gives ± 1.3 %." in bars.words(0)


def test_the_mouse_and_the_arrow_keys_choose_a_mode_everywhere(qtbot: Any) -> None:
    view, _ = make(qtbot, "modes", "points")
    plot, pitch = view.bars._plot(), view.bars._pitch()
    move(qtbot, view.bars, QPointF(plot.x() + 2.5 * pitch, plot.center().y()))
    assert view.chosen == view.bars.chosen == view.history.chosen == 2
    assert view.plane.mark.centre == pytest.approx(tuple(view.shown.centres[2]))
    qtbot.keyClick(view.bars, Qt.Key.Key_Right)
    assert view.chosen == 3
    move(qtbot, view.plane, view.plane.point(*view.shown.centres[6]))
    assert view.bars.chosen == 6


# ---------------------------------------------------------------- the view
def test_numbers_of_the_answer_are_on_screen(qtbot: Any) -> None:
    view, engine = make(qtbot, "modes", "points")
    tell(view, engine, modes_of())
    stats = view.stats
    assert "5 of 8" in stats.covered.number.text() and "90°, 135°, 180°" in stats.covered.words.text()
    assert "95.00" in stats.quality.number.text() and "0.5000" in stats.kl.number.text() and "nats" in stats.kl.number.text()
    assert view.bars.elsewhere == pytest.approx(0.05)


def test_nothing_missing_in_the_fake_after_step_200(qtbot: Any) -> None:
    """The fake generator finds the left half at step 200, and the past keeps both."""
    view, engine = make(qtbot, "modes", "points")
    assert "5 of 8" in view.stats.covered.number.text() or "no sample" in view.stats.covered.words.text()
    engine.step = 300
    again(view, engine)
    assert "8 of 8" in view.stats.covered.number.text()
    assert [moment.step for moment in view.history.moments] == [100, 300]


def test_gauge_places() -> None:
    even, log = Gauge(0, 100), Gauge(1e-4, 1, log=True)
    assert even.place(98.889) == pytest.approx(0.98889)
    assert log.place(0.01) == pytest.approx(0.5) and log.place(0.0) == 0 and log.place(float("inf")) == 1


def test_samples_have_the_colours_of_their_modes(qtbot: Any) -> None:
    """Two modes, one point each: the colours of labels 0 and 1 lie where the points do, and grey where there is no mode."""
    view, engine = make(qtbot, "modes", "points")
    x = np.array([[-1.0, -1.0], [1.0, 1.0], [1.0, -1.0]], np.float32)
    tell(view, engine, modes_of(x=x, mode_of=np.array([0, 1, -1])))
    image = shot(view.plane).astype(int)
    colours = [image[int(p.y()), int(p.x())] for p in (view.plane.point(*row) for row in x)]
    assert [c.argmax() for c in colours[:2]] == [2, 0] and np.ptp(colours[2]) < 40, "blue, orange, grey"


def test_pictures_of_the_class_under_the_mouse(qtbot: Any) -> None:
    view, _ = make(qtbot, "modes", "image", d=4)
    assert view.title_side.text() == "SAMPLES" and view.grid.count >= 16
    view.bars._pick(5)
    wanted = view.shown.x[view.shown.mode_of == 5]
    assert "“5”" in view.title_side.text() and (view.grid._pictures[0, 0] == wanted[0]).all()
    view.bars._pick(0)
    assert view.grid.count == 0 and "None of" in view.grid.placeholder


def test_other_numbers_and_other_noise_are_asked_for(qtbot: Any) -> None:
    view, engine = make(qtbot, "modes", "points")
    view.count.setCurrentIndex(0)
    view.dice.click()
    assert (engine.requests(m.Modes)[-1].n, engine.requests(m.Modes)[-1].seed) == (500, 1)


def test_progress_of_the_classifier_is_told(qtbot: Any) -> None:
    view, engine = make(qtbot, "modes", "image", fill=False)
    view.refresh()
    ((request_id, request),) = engine.asked
    words = ("a small classifier learns the classes", 12.4)
    view.on_answer(m.Working(engine.context.run_id, request_id, 0, 1.0, request.channel, 3, 10, *words))
    assert view.nothing.left.text() == "A small classifier learns the classes: 30 %, 12 s left"
    assert view.nothing.progress.isVisible() and (view.nothing.progress.value(), view.nothing.progress.maximum()) == (3, 10)
    engine.reply()
    assert not view.nothing.isVisible() and view.bars.isVisible()


def test_data_without_modes_are_refused_with_a_way_out(qtbot: Any) -> None:
    view, engine = make(qtbot, "modes", "points", fill=False)
    view.refresh()
    request_id, request = next(pair for pair in engine.asked if isinstance(pair[1], m.Modes))
    view.on_answer(m.Refused(engine.context.run_id, request_id, 0, 1.0, request.channel, "Two moons have no modes."))
    assert view.note.text() == "Two moons have no modes." and view.nothing.isVisible()
    assert "Gaussians" in view.nothing.words.text() and "labels" in view.nothing.words.text()


# ---------------------------------------------------------------- the past
def moment(step: int, *share: float) -> Moment:
    return Moment(step, np.array(share), 0.1, 0.001, 0.001)


def history(qtbot: Any) -> ModeHistory:
    widget = ModeHistory()
    qtbot.addWidget(widget)
    widget.resize(400, 200)
    true = np.array([0.25, 0.75])
    for each in (moment(0, 1.0, 0.0), moment(100, 0.5, 0.5), moment(400, 0.25, 0.75)):
        widget.add(("a", "b"), true, each)
    return widget


def test_a_share_holds_until_the_next_answer(qtbot: Any) -> None:
    relative = history(qtbot).shares_at(np.array([0, 99, 100, 399, 400, 500]))
    assert np.allclose(relative[0], [4, 4, 2, 2, 1, 1]) and np.allclose(relative[1], [0, 0, 2 / 3, 2 / 3, 1, 1])


def test_brightness_is_share(qtbot: Any) -> None:
    """Mode b: nothing, then two thirds, then its due. Steps 0 to 600 run to the right, however often was asked."""
    widget = history(qtbot)
    widget.show()
    image, strip = shot(widget).astype(int), widget._areas()[0]
    row = int(strip.y() + 0.75 * strip.height())
    light = [image[row, int(strip.x() + f * strip.width())].sum() for f in (0.1 / 6, 0.98 / 6, 1.02 / 6, 3.95 / 6, 4.05 / 6)]
    assert light[0] == light[1] < 60 < light[2] == light[3] < light[4]


def test_a_second_answer_at_a_step_replaces_the_first(qtbot: Any) -> None:
    widget = history(qtbot)
    widget.add(("a", "b"), widget.true, moment(400, 0.3, 0.7))
    assert [x.step for x in widget.moments] == [0, 100, 400] and widget.moments[-1].share[0] == 0.3


def test_the_past_stays_bounded_and_keeps_its_ends(qtbot: Any) -> None:
    widget = history(qtbot)
    for step in range(401, 3001):
        widget.add(("a", "b"), widget.true, moment(step, 0.5, 0.5))
    assert len(widget.moments) <= 1025 and (widget.moments[0].step, widget.moments[-1].step) == (0, 3000)


def test_a_new_run_has_no_past(qtbot: Any) -> None:
    view, engine = make(qtbot, "modes", "points")
    assert view.history.moments
    view.set_context(replace(engine.context, run_id="another"))
    assert not view.history.moments and view.nothing.isVisible()


def test_what_lies_near_no_mode_does_not_squeeze_the_bars(qtbot: Any) -> None:
    bars = ModeBars()
    qtbot.addWidget(bars)
    answer = modes_of()
    bars.show_shares(answer.names, answer.share, answer.true, answer.n, elsewhere=0.96)
    assert 0.3 < bars._top() < 0.35


def test_the_classifier_s_time_is_not_waited_for_again(qtbot: Any) -> None:
    """The first answer took 40 s, of which the next one needs nothing: it is asked for at the next refresh."""
    view, engine = make(qtbot, "modes", "image", fill=False)
    view.refresh()
    ((request_id, request),) = engine.asked
    view.on_answer(replace(engine.answer(request_id, request), elapsed_ms=40_000.0, step=0))
    assert "2,500 samples at step 0." in view.stats.covered.words.text()
    view.refresh()
    assert len(engine.asked) == 2
    view.on_answer(replace(engine.answer(*engine.asked[1]), elapsed_ms=40_000.0))
    view.refresh()
    assert len(engine.asked) == 2, "but what is dear is not asked for all the time"


def test_progress_of_a_refresh_is_quiet_and_that_of_a_question_is_told(qtbot: Any) -> None:
    view, engine = make(qtbot, "modes", "image")
    for ask, told in ((lambda: view.ask_now("count", view._request()), False), (lambda: view.count.setCurrentIndex(4), True)):
        ask()
        request_id, request = engine.asked[-1]
        view.on_answer(m.Working(engine.context.run_id, request_id, 0, 1.0, request.channel, 5, 10, "samples", 3.0))
        assert view.note.isVisible() == told
    engine.reply()
    assert not view.note.isVisible()
