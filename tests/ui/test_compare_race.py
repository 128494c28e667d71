"""Race: curves on three axes, seeds thin and their mean thick, one colour a family, and samples of all that train."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fake_comparison import ComparePage
from fake_session import pictures
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot
from view_tools import near, shot

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.compare.facts import GRID, Facts, Track, mean_of
from playground.ui.compare.looks import colour_of, pen_of
from playground.ui.compare.race import DRAW_MS, PICTURES, POINTS, RaceView
from playground.ui.compare.race_chart import MOST, Axis, Line, axis_of, thinned, tick_text
from playground.ui.compare.sample_panes import in_a_row
from playground.ui.compare.stage import REFRESH_MS
from playground.ui.widgets.ink import ink
from playground.ui.widgets.layers import Cloud

BASE = ["vae", "gan", "diffusion"]


@pytest.fixture
def page() -> Iterator[ComparePage]:
    """Three families train, one turn of 100 steps at a time, two seeds."""
    made = ComparePage()
    made.start(seeds=2)
    yield made
    rest(made)
    made.close()


@pytest.fixture(scope="module")
def done(qapp: Any) -> Iterator[ComparePage]:
    """Two seeds have ended: tests look at it and leave it as it is."""
    made = ComparePage()
    made.start(seeds=2)
    made.finish()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _as_it_was(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "done" in request.fixturenames:
        race = race_of(request.getfixturevalue("done"))
        race.axis.choose("seconds")
        race.logs.parts["x"].setChecked(False)
        race.logs.parts["y"].setChecked(True)
        race.seed.setCurrentIndex(0)
        race.chart.read(math.nan)
        race._draw()


def race_of(page: ComparePage) -> RaceView:
    view = page.tab.stage.made("race")
    assert isinstance(view, RaceView)
    view._draw_if_dirty()
    return view


def rest(page: ComparePage) -> None:
    """The clock of the stage stops."""
    if page.engine.state in ("training", "paused"):
        page.engine.stop()
    page.hear()


def thick(race: RaceView) -> list[Line]:
    return [line for line in race.chart.lines if not line.thin]


def asked(page: ComparePage, kind: type[m.Request]) -> list[str]:
    """Which runs were asked such a question since this was last called."""
    found = [run for run, request in page.engine.requests if isinstance(request, kind)]
    page.engine.requests = [(run, r) for run, r in page.engine.requests if not isinstance(r, kind)]
    return found


def patient(page: ComparePage) -> None:
    """A second later: no answer is too recent to be asked for again."""
    page.tab.questions._next.clear()


# ---------------------------------------------------------------- curves
def test_the_chart_says_when_its_first_curve_comes_and_then_grows(page: ComparePage) -> None:
    race = race_of(page)
    assert not race.chart.lines and "first curve appears" in race.chart.placeholder
    seen = [shot(race.chart)]
    for _ in range(2):
        page.hear(2)
        seen.append(shot(race_of(page).chart))
    assert not near(seen[0], seen[1]) and not near(seen[1], seen[2])


@pytest.mark.parametrize(("axis", "column"), [("steps", 0), ("seen", 1), ("seconds", 2)])
def test_every_axis_shows_its_own_clock(page: ComparePage, axis: str, column: int) -> None:
    page.hear(4)
    race = race_of(page)
    race.axis.click(axis)
    assert [len(line.x) for line in race.chart.lines] == [4, 4, 4]
    for line, key in zip(thick(race), BASE, strict=True):
        track = page.tab.facts.track(key)
        assert near(line.x, np.array(track.quality)[:, column]) and near(line.y, np.array(track.quality)[:, 3])
    end = {"steps": [400] * 3, "seen": [400 * 128] * 3, "seconds": [8.0, 8.0 * 1.8, 8.0 * 2.6]}[axis]
    assert [line.x[-1] for line in thick(race)] == pytest.approx(end)
    assert race.chart.x_label.split()[-1] == {"steps": "steps", "seen": "seen", "seconds": "training"}[axis]


def test_seeds_are_thin_and_their_mean_is_thick(done: ComparePage) -> None:
    race = race_of(done)
    thin = [line for line in race.chart.lines if line.thin]
    assert len(thin) == 6 and len(thick(race)) == 3 and list(race.chart.lines[-3:]) == thick(race), "means on top"
    assert max(line.pen.widthF() for line in thin) < min(line.pen.widthF() for line in thick(race))
    race.axis.click("steps")
    for key, line in zip(BASE, thick(race), strict=True):
        both = [np.array(t.quality)[:, 3] for t in done.tab.facts.runs_of(key)]
        assert both[0][-1] != both[1][-1] and line.y[-1] == pytest.approx(np.mean([b[-1] for b in both]))
        assert line.y[0] == pytest.approx(np.mean([b[0] for b in both]))


def test_the_mean_is_over_the_seeds_that_have_ended(page: ComparePage) -> None:
    page.hear(13)
    facts, race = page.tab.facts, race_of(page)
    assert [t.seed for t in facts.ended("vae")] == [0] and len(facts.track("vae").quality) > 1
    race.axis.click("steps")
    line = thick(race)[0]
    assert near(line.y, np.array(facts.track("vae", 0).quality)[:, 3]), "the seed that still trains is not in it"
    alphas = [line.pen.color().alphaF() for line in race.chart.lines if line.thin][:2]
    assert alphas[1] > alphas[0], "the curve that grows stands out"


def test_one_colour_a_family(done: ComparePage) -> None:
    race = race_of(done)
    colours = [line.pen.color().name() for line in thick(race)]
    assert colours == [theme.current().accent(key) for key in BASE] and len(set(colours)) == 3
    for i, line in enumerate(line for line in race.chart.lines if line.thin):
        assert line.pen.color().name() == colours[i // 2]
    for key, colour in zip(BASE, colours, strict=True):
        assert colour in race.labels[key].text() and colour in race.panes.panes[key].title.text()


def test_who_shares_a_colour_differs_in_shade_and_dash() -> None:
    columns = [m.Column(f"vae-{i}", "VAE", "vae", "vae", ("",), {}) for i in range(3)]
    assert len({colour_of(c, columns).name() for c in columns}) == 3
    assert len({tuple(pen_of(c, columns, 2).dashPattern()) for c in columns}) == 3


def test_the_floor_is_dashed_and_neutral(done: ComparePage) -> None:
    chart = race_of(done).chart
    assert chart.levels == [(0.004, "as many real items")]
    picture, plot = shot(chart), chart.plot()
    y = round(plot.bottom() - float(chart.up.share(np.array(0.004))) * plot.height())
    rows = picture[y - 2 : y + 3, int(plot.x()) + 4 : int(plot.center().x())].astype(int)
    far = {role: np.abs(rows - np.array(ink(role).getRgb()[:3])).sum(-1) for role in ("theory", "canvas", "data")}
    hit = ((far["theory"] < far["canvas"]) & (far["theory"] < far["data"])).any(0)
    assert 0.3 < hit.mean() < 0.9 and np.abs(np.diff(hit.astype(int))).sum() > 10, "dashes with gaps between them"


def test_without_a_floor_there_is_no_line(page: ComparePage) -> None:
    run = page.engine.columns[0].run_ids[0]
    page.tab._on_event(m.Monitored(run, 10, {"quality": 0.3}, {}))
    assert race_of(page).chart.levels == [] and len(race_of(page).chart.lines) == 1


def test_axes_in_tens(done: ComparePage) -> None:
    race = race_of(done)
    chart = race.chart
    assert not chart.across.log and chart.up.log and chart.across.low == 0
    race.logs.parts["x"].click()
    race.logs.parts["y"].click()
    assert chart.across.log and not chart.up.log
    for line in chart.lines:
        px = chart.to_px(line.x, line.y)
        assert (px[:, 0] >= chart.plot().left() - 1).all() and (px[:, 0] <= chart.plot().right() + 1).all()
        assert (px[:, 1] >= chart.plot().top() - 1).all() and (px[:, 1] <= chart.plot().bottom() + 1).all()


def test_even_steps_of_a_log_axis_are_even_factors() -> None:
    axis = Axis(1.0, 100.0, log=True)
    assert near(axis.share(np.array([1.0, 10.0, 100.0])), [0, 0.5, 1]) and axis.value(0.5) == pytest.approx(10)
    assert axis.share(np.array([0.0, -1.0])).tolist() == [-1, -1], "what has no logarithm lies outside"
    assert axis.marks(3) == [1, 10, 100] and {2, 5, 20, 50} <= set(axis.marks(12))
    assert axis_of([np.array([-1.0, 0.0, 2.0, np.nan])], log=True).low > 1 and axis_of([], log=True) == Axis(0.1, 1, True)
    assert axis_of([np.array([3.0, 5.0])], log=False, from_zero=True).low == 0


def test_a_long_curve_is_thinned_and_keeps_its_end() -> None:
    n = 20 * MOST + 7
    line = thinned(Line(np.arange(n), np.arange(n), pen=None))  # type: ignore[arg-type]
    assert len(line.x) <= MOST + 1 and line.x[-1] == n - 1 and line.x[0] == 0
    short = Line(np.arange(9), np.arange(9), pen=None)  # type: ignore[arg-type]
    assert thinned(short) is short


def test_marks_are_short() -> None:
    assert [tick_text(v) for v in (0, 0.01, 1e-5, 500, 20_000, 1.5e6, -2)] == ["0", "0.01", "1e−5", "500", "20k", "1.5M", "−2"]


def test_the_mean_of_curves_is_taken_where_all_of_them_are() -> None:
    a, b = (np.array([0.0, 10.0]), np.array([0.0, 10.0])), (np.array([2.0, 20.0]), np.array([4.0, 40.0]))
    x, y = mean_of([a, b])
    assert (x[0], x[-1], len(x)) == (2, 10, GRID) and near(y, (x + 2 * x) / 2)


def test_what_is_told_again_after_a_resume_is_not_shown_twice() -> None:
    track = Track("r", "vae", 0)
    for step, value in ((100, 0.5), (200, 0.4), (300, 0.3), (200, 0.41), (300, 0.31)):
        track.on_event(m.Monitored("r", step, {"quality": value, "seconds": step / 10, "images_seen": step}, {}))
    x, y = track.curve("steps")
    assert x.tolist() == [100, 200, 300] and y.tolist() == [0.5, 0.41, 0.31]
    track.on_event(m.Monitored("r", 400, {"quality": math.nan}, {}))
    assert len(track.curve("steps")[0]) == 3, "what is no number is left out"


def test_of_a_run_that_tells_no_time_points_lie_between_two_reports() -> None:
    facts = Facts()
    facts.on_event(m.Comparing("c", "/c", "moons", "points", (m.Column("vae", "VAE", "vae", "vae", ("r",), {}),), 1, 0.0))
    none = np.zeros(0)
    facts.on_event(m.Progress("r", 200, 1000, 25_600, 4.0, 50.0, none, {}, 0.0))
    facts.on_event(m.Monitored("r", 100, {"quality": 0.3}, {}))
    assert [facts.track("vae").curve(axis)[0].tolist() for axis in ("steps", "seen", "seconds")] == [[100], [12_800], [2.0]]


# ---------------------------------------------------------------- reading
def test_the_legend_tells_the_newest_value_or_what_is_pointed_at(done: ComparePage, qtbot: QtBot) -> None:
    race = race_of(done)
    chart, line = race.chart, thick(race)[0]
    assert f"<b>{line.y[-1]:.3f}</b>" in race.labels["vae"].text() and "VAE" in race.labels["vae"].text()
    newest = race.labels["vae"].text()
    place = QPoint(round(chart.plot().x() + 0.2 * chart.plot().width()), round(chart.plot().center().y()))
    qtbot.mouseMove(chart, QPoint(2, 2))
    qtbot.mouseMove(chart, place)
    assert chart.reading == pytest.approx(0.2 * chart.across.high, rel=0.01)
    there = float(np.interp(chart.reading, line.x, line.y))
    assert f"<b>{there:.3f}</b>" in race.labels["vae"].text() != newest
    chart.read(0.9 * chart.across.high)
    assert race.labels["vae"].text().endswith("<b>–</b>"), "the VAE had ended by then"
    chart.read(math.nan)
    assert race.labels["vae"].text() == newest


def test_arrow_keys_read_the_curves(done: ComparePage, qtbot: QtBot) -> None:
    chart = race_of(done).chart
    for _ in range(3):
        qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert chart.across.share(np.array(chart.reading)) == pytest.approx(0.94)
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert chart.across.share(np.array(chart.reading)) == pytest.approx(0.96)
    for _ in range(4):
        qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert chart.across.share(np.array(chart.reading)) == pytest.approx(1.0)


# ---------------------------------------------------------------- samples
def test_samples_are_asked_for_about_once_a_second_while_models_train(page: ComparePage) -> None:
    stage, race = page.tab.stage, race_of(page)
    assert REFRESH_MS == stage._timer.interval() == 1000 and stage._timer.isActive() and race._timer.interval() == DRAW_MS
    page.hear()
    asked(page, m.DrawSamples)
    stage._timer.timeout.emit()
    assert sorted(asked(page, m.DrawSamples)) == sorted(c.run_ids[0] for c in page.engine.columns)
    stage._timer.timeout.emit()
    assert asked(page, m.DrawSamples) == [], "the answer is on its way"


def test_only_those_that_moved_on_are_asked(page: ComparePage) -> None:
    page.hear()
    page.tab.stage.refresh()
    asked(page, m.DrawSamples)
    page.hear()
    for key in BASE:
        track = page.tab.facts.track(key)
        assert track.x is not None and track.x_step == 100
        track.reports.append((100.0, 12_800.0, 2.0))
    patient(page)
    page.tab.stage.refresh()
    assert asked(page, m.DrawSamples) == []
    run = page.engine.columns[1].run_ids[0]
    page.tab._on_event(m.Progress(run, 150, 1000, 19_200, 3.0, 50.0, np.zeros(0), {}, 0.0))
    page.tab.stage.refresh()
    assert asked(page, m.DrawSamples) == [run]


def test_what_has_not_begun_or_has_been_measured_is_not_asked(page: ComparePage) -> None:
    page.tab.stage.refresh()
    assert asked(page, m.DrawSamples) == [], "there is no model yet"
    page.finish()
    patient(page)
    asked(page, m.DrawSamples)
    page.tab.stage.refresh()
    assert asked(page, m.DrawSamples) == []


def test_what_nobody_looks_at_is_not_asked(page: ComparePage) -> None:
    page.hear(2)
    page.tab.stage.show_view("unified")
    asked(page, m.DrawSamples)
    page.hear()
    page.tab.stage.refresh()
    assert asked(page, m.DrawSamples) == []
    race = page.tab.stage.made("race")
    assert not race._timer.isActive()
    lines = [len(line.x) for line in race.chart.lines]
    page.hear()
    race._draw_if_dirty()
    assert [len(line.x) for line in race.chart.lines] == lines, "nor drawn"
    page.tab.stage.show_view("race")
    assert asked(page, m.DrawSamples) and [len(line.x) for line in race.chart.lines] > lines


def test_points_of_all_lie_on_the_same_piece_of_the_plane_over_the_data(page: ComparePage) -> None:
    page.hear()
    page.tab.stage.refresh()
    page.hear()
    race = race_of(page)
    assert list(race.panes.panes) == BASE and len({race.panes.panes[k].plane.bounds for k in BASE}) == 1
    for key in BASE:
        real, mine = race.panes.panes[key].plane.still
        assert isinstance(real, Cloud) and isinstance(mine, Cloud)
        assert real.role == "data" and [c.name() for c in mine.colours] == [theme.current().accent(key)]
        assert len(mine.xy) == POINTS and near(mine.xy, page.tab.facts.track(key).x)
        assert "step 100" in race.panes.panes[key].when.text() and "seed 1" in race.panes.panes[key].when.text()


def test_pictures_of_all_stand_on_the_same_grid() -> None:
    page = ComparePage()
    page.start("mnist", seeds=1)
    page.hear(2)
    page.tab.stage.refresh()
    page.hear()
    race = race_of(page)
    panes = race.panes.panes
    assert list(panes) == ["", *BASE], "real items before them"
    assert {(p.grid.columns, p.grid.count) for p in panes.values()} == {(6, PICTURES)}
    assert np.ptp([(p.grid.width(), p.grid.height()) for p in panes.values()], 0).max() <= 1
    assert near(panes["gan"].grid._pictures[:, 0], np.roll(pictures(PICTURES), 3, 1))
    assert near(panes[""].grid._pictures[:, 0], pictures(PICTURES)) and ink("data").name() in panes[""].title.text()
    assert race.chart.y_label == "energy distance of features"
    rest(page)
    page.close()


def test_the_same_noise_is_asked_of_all_at_every_step(page: ComparePage) -> None:
    for _ in range(3):
        page.hear()
        patient(page)
        page.tab.stage.refresh()
    found = [r for _, r in page.engine.requests if isinstance(r, m.DrawSamples)]
    assert len(found) > 5 and len({dataclasses.replace(r) for r in found}) == 1, "so that samples grow instead of flickering"


def test_another_seed_can_be_looked_at(page: ComparePage) -> None:
    page.hear(13)
    race = race_of(page)
    assert [race.seed.itemText(i) for i in range(race.seed.count())] == ["newest seed", "seed 1 of 2", "seed 2 of 2"]
    page.tab.stage.refresh()
    page.hear()
    assert "seed 2" in race.panes.panes["vae"].when.text()
    race.seed.setCurrentIndex(1)
    assert race.panes.panes["vae"].when.text().startswith("step 1,000") and "seed 1" in race.panes.panes["vae"].when.text()
    assert near(race.panes.panes["gan"].plane.still[1].xy, page.tab.facts.track("gan", 0).x)


def test_panes_say_why_they_are_empty(page: ComparePage) -> None:
    race = race_of(page)
    assert {race.panes.panes[k].when.text() for k in BASE} == {"waits for its turn"}
    run = page.engine.columns[2].run_ids[0]
    page.tab._on_event(m.Progress(run, 30, 1000, 3840, 0.6, 50.0, np.zeros(0), {}, 0.0))
    page.tab._on_event(m.Failed(run, "The loss is not a number.", "nonfinite", 30, 0))
    race._show_panes()
    assert race.panes.panes["diffusion"].when.text() == "failed at step 30"


@pytest.mark.parametrize(("n", "size", "across"), [(3, (1200, 400), 3), (3, (300, 1200), 1), (4, (800, 900), 2), (0, (9, 9), 1)])
def test_panes_stand_so_that_they_are_largest(n: int, size: tuple[int, int], across: int) -> None:
    assert in_a_row(n, *size) == across


def test_another_comparison_begins_with_empty_panes(page: ComparePage) -> None:
    page.hear(2)
    page.tab.stage.refresh()
    page.hear()
    rest(page)
    page.start("moons", seeds=1)
    race = race_of(page)
    assert race.panes.real is None and not race.chart.lines and math.isnan(page.tab.facts.quality_floor)
    assert all(p.plane.still == [] for p in race.panes.panes.values())
