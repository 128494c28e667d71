"""Two spaces: the plane of codes, what is decoded of them, the table of qualities, and the speed."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from view_tools import LARGE, again, make, near, shot

from playground.engine import messages as m
from playground.ui.views.latent_speed_parts import big, diffusion_wins, digits_of, gap_words, relative_error
from playground.ui.widgets.pair_bars import Bar, Pair, PairBars

FAMILY = "latent_diffusion"


def answer_of(engine: Any, request: m.Request) -> Any:
    return engine.answer(1, request)


def test_the_first_page_is_measured_once_when_seen(qtbot: Any) -> None:
    view, engine = make(qtbot, "latent_speed", family=FAMILY)
    again(view, engine)
    assert len(engine.requests(m.TwoSpaces)) == 1 and not engine.requests(m.SpaceSpeed)
    assert f"step <b>{engine.step:,}</b>" in view.jobs.words.text()


def test_codes_lie_on_one_plane_with_the_prior_as_theory(qtbot: Any) -> None:
    view, engine = make(qtbot, "latent_speed", family=FAMILY)
    found = answer_of(engine, m.TwoSpaces())
    data, samples, one, two, _ = view.plane.still
    assert near(data.xy, found.codes) and data.role == "data"
    assert near(samples.xy, found.samples) and samples.role == "hybrids"
    assert (one.radii, two.radii) == ((1.0, 1.0), (2.0, 2.0)) and one.centre == two.centre == (0.5, 0.0)
    assert one.dashed and one.role == "theory"
    x0, x1, y0, y1 = view.plane.bounds
    assert x0 < -1 and x1 > 3 and y0 < -2 and y1 > 2, "all codes are inside"
    assert np.isclose((x0 + x1) / 2, 0.5) and np.isclose(y0, -y1)


def test_pictures_of_both_kinds_are_shown_each_under_its_name(qtbot: Any) -> None:
    view, engine = make(qtbot, "latent_speed", d=4, size=LARGE, family=FAMILY)
    found = answer_of(engine, m.TwoSpaces())
    for kind, x in (("vae", found.x_vae), ("diffusion", found.x_diffusion)):
        shown = view.made[kind].pictures.some
        assert shown is not None and np.array_equal(shown, x) and view.made[kind].pictures.count >= 16
    assert view.made["vae"].title.text() == "VAE: z ~ N(0, I)"


def test_points_are_shown_over_their_density(qtbot: Any) -> None:
    view, engine = make(qtbot, "latent_speed", "points", family=FAMILY)
    found = answer_of(engine, m.TwoSpaces())
    for kind, x, role in (("vae", found.x_vae, "theory"), ("diffusion", found.x_diffusion, "hybrids")):
        *beneath, cloud = view.made[kind].plane.still
        assert beneath and near(cloud.xy, x) and cloud.role == role
    assert "Energy" in view.table.text() and "<b>0.0120</b>" in view.table.text()


def test_the_table_has_what_real_items_score_and_marks_the_better(qtbot: Any) -> None:
    view, _ = make(qtbot, "latent_speed", family=FAMILY)
    text = view.table.text().replace("&nbsp;", " ")
    assert "98.40 ± 0.20" in text and "<b>92.60</b>" in text and "<b>0.700</b>" in text
    assert text.index("z ~ N(0, I)") < text.index("latent diffusion") < text.index("rebuilt") < text.index("real")


def test_the_gap_is_told_with_its_sign_and_error() -> None:
    plane, none = np.zeros((2, 2)), ("", 0, 0, 0.0, "")
    usual = m.TwoSpacesOf(
        *none, plane, plane, np.zeros(2), 1.0, plane, plane, (), 98.0, 2.0, 101.5, 2.1, 3.5, 0.25, 200, 1000, ""
    )  # fmt: skip
    assert "closes a gap of <b>3.50 ± 0.25 nats</b>" in gap_words(usual)
    worse = dataclasses.replace(usual, gained=-3.5)
    assert "is behind the prior by <b>3.50 ± 0.25 nats</b>" in gap_words(worse)
    level = dataclasses.replace(usual, gained=-0.3)
    assert "level with it" in gap_words(level)


@pytest.mark.parametrize(
    ("better", "vae", "diffusion", "wins"),
    [("high", 80.0, 90.0, True), ("high", 90.0, 80.0, False), ("low", 4.0, 2.0, True), ("low", 2.0, 4.0, False),
     ("near", 0.8, 1.1, True), ("near", 0.95, 1.3, False)],
)  # fmt: skip
def test_which_is_better(better: str, vae: float, diffusion: float, wins: bool) -> None:
    assert diffusion_wins(m.SpaceScore("s", "h", "", better, vae, diffusion, 0.0, 1.0, 0.1)) == wins


def test_so_many_digits_that_the_spread_is_seen() -> None:
    found = {sd: digits_of(m.SpaceScore("s", "h", "", "low", 0.0, 0.0, 0.0, 1.0, sd)) for sd in (3.0, 0.3, 0.02, 0.0)}
    assert found == {3.0: 1, 0.3: 2, 0.02: 3, 0.0: 3}


# ---------------------------------------------------------------- the speed
def measured(qtbot: Any, kind: str = "image") -> tuple[Any, Any]:
    view, engine = make(qtbot, "latent_speed", kind, family=FAMILY)
    view.page.click("speed")
    assert not engine.requests(m.SpaceSpeed) and view.clock.isVisible() and not view.jobs.isVisible()
    view.clock.start.click()
    return view, engine


def test_the_speed_is_measured_when_asked_and_said_with_its_error(qtbot: Any) -> None:
    view, engine = measured(qtbot)
    engine.reply()
    text = view.words.text()
    assert "25.0 times as fast" in text and "50 evaluations" in text and "64 items at once" in text and "1 thread;" in text
    assert "13 %" in text, "of 0.6 ms 0.05 and 0.02, of 15 ms a tenth, added in squares"
    assert "Points have" not in text
    time, work, size = view.bars.pairs
    assert [b.total for b in time.bars] == pytest.approx([0.6, 15.0]) and time.times() == "25 times"
    assert work.times() == "50 times" and size.times() == "1.3 times"


def test_for_points_it_says_that_nothing_is_saved(qtbot: Any) -> None:
    view, engine = measured(qtbot, "points")
    engine.reply()
    assert "codes save nothing here" in view.words.text()


def test_stop_ends_a_measurement_and_keeps_what_is_there(qtbot: Any) -> None:
    view, engine = measured(qtbot)
    dropped: list[str] = []
    view.commands = type(view.commands)(cancel=dropped.append)
    request_id, request = engine.asked[-1]
    first, *_, last = engine.answers(request_id, request)
    view.on_answer(first)
    assert view.clock.stop.isVisible() and "speed in the latent space" in view.clock.words.text()
    view.clock.stop.click()
    view.on_answer(last)
    assert view.channel("speed") in dropped and not view.bars.pairs and not view.clock.stop.isVisible()
    assert view.found is not None


def test_measuring_again_asks_for_the_page_on_screen(qtbot: Any) -> None:
    view, engine = make(qtbot, "latent_speed", family=FAMILY)
    view.on_event(m.StateChanged(engine.context.run_id, "paused", engine.step + 50))
    assert view.jobs.start.isEnabled() and "again at step" in view.jobs.start.text()
    view.jobs.start.click()
    assert type(engine.asked[-1][1]) is m.TwoSpaces and view.jobs.stop.isVisible()


def test_a_relative_error_is_that_of_a_ratio() -> None:
    latent, decoder, pixels = m.Cost(2.0, 0.3, 1, 1, 4), m.Cost(2.0, 0.5, 1, 1, 1), m.Cost(10.0, 1.0, 1, 1, 9)
    found = m.SpaceSpeedOf("", 0, 0, 0.0, "", latent, decoder, pixels, "t", 8, "CPU", 1)
    assert relative_error(found) == pytest.approx((0.13**2 + 0.1**2) ** 0.5), "4 x 0.3 and 0.5 make 1.3 of 10 ms"


def test_large_numbers_are_words() -> None:
    assert [big(v) for v in (1234, 22_016, 227_216, 3_227_904, 10_997_088, 2.5e9)] == [
        "1,234", "22.0 thousand", "227 thousand", "3.23 million", "11.0 million", "2.50 billion",
    ]  # fmt: skip


# ---------------------------------------------------------------- the widget
def test_bars_begin_at_zero_and_are_as_long_as_they_are_large(qtbot: Any) -> None:
    bars = PairBars("Nothing yet.")
    qtbot.addWidget(bars)
    bars.resize(600, 300)
    bars.show()
    empty = shot(bars)
    bars.show_pairs([
        Pair("Time, ms", (Bar("a", "hybrids", [(1.0, 1.0), (1.0, 0.5)], "2 ms"), Bar("b", "diffusion", [(8.0, 1.0)], "8 ms"))),
        Pair("Size", (Bar("a", "hybrids", [(30.0, 1.0)], "30"), Bar("b", "diffusion", [(10.0, 1.0)], "10"))),
    ])  # fmt: skip
    assert (shot(bars) != empty).mean() > 0.05
    rects = [[bars.bar_rect(i, k) for k in (0, 1)] for i in (0, 1)]
    assert len({r.x() for pair in rects for r in pair}) == 1
    assert np.isclose(rects[0][0].width() * 4, rects[0][1].width()) and np.isclose(rects[1][0].width(), 3 * rects[1][1].width())
    assert rects[0][1].bottom() < rects[1][0].top() and all(bars.rect().contains(r.toRect()) for pair in rects for r in pair)
