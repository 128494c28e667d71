"""Buffers, smoothing, envelopes, and the plots that show them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from playground.engine import FAMILIES
from playground.engine import messages as m
from playground.ui.bars import FEW, BarPanel
from playground.ui.curves import CurvePlot
from playground.ui.equation import EquationStrip
from playground.ui.monitor import MonitorColumn, write_csv
from playground.ui.numbers import value_text
from playground.ui.plot_area import short
from playground.ui.series import Buffer, robust_range, smoothed

VAE = FAMILIES["vae"]


def ema(x: np.ndarray, w: float) -> np.ndarray:
    """The definition, step by step."""
    out, e = [], 0.0
    for i, value in enumerate(x):
        e = w * e + (1 - w) * value
        out.append(e / (1 - w ** (i + 1)))
    return np.array(out)


@pytest.mark.parametrize("weight", [0.5, 0.9, 0.99, 0.999])
def test_smoothing_is_the_moving_average(weight: float) -> None:
    x = np.random.default_rng(0).normal(size=3000)
    np.testing.assert_allclose(smoothed(x, weight), ema(x, weight), atol=1e-12)


@given(st.lists(st.integers(1, 700), min_size=1, max_size=6), st.sampled_from([0.5, 0.98]))
def test_appending_in_pieces_smooths_alike(sizes: list[int], weight: float) -> None:
    x = np.random.default_rng(1).normal(size=sum(sizes))
    buffer = Buffer()
    buffer.set_weight(weight)
    at = 0
    for size in sizes:
        buffer.append(np.arange(at, at + size), x[at : at + size])
        at += size
    np.testing.assert_allclose(buffer.smooth, ema(x, weight), atol=1e-9)
    np.testing.assert_array_equal(buffer.values, x)


def test_what_is_not_finite_does_not_spoil_the_average() -> None:
    x = np.array([1.0, np.nan, 3.0, np.inf, 5.0])
    np.testing.assert_allclose(smoothed(x, 0.5), ema(np.array([1.0, 1, 3, 3, 5]), 0.5))


def test_a_replay_replaces_what_it_repeats() -> None:
    buffer = Buffer()
    buffer.append(np.arange(1, 11), np.zeros(10))
    buffer.append(np.arange(6, 13), np.ones(7))
    np.testing.assert_array_equal(buffer.steps, np.arange(1, 13))
    np.testing.assert_array_equal(buffer.values, [0] * 5 + [1] * 7)


def test_nearest() -> None:
    buffer = Buffer()
    assert buffer.nearest(3) == -1
    buffer.append(np.array([0.0, 10, 20]), np.zeros(3))
    assert [buffer.nearest(x) for x in (-5, 4, 6, 15.1, 99)] == [0, 0, 1, 2, 2]


def noise(n: int) -> Buffer:
    """A long curve with two spikes, which came in pieces."""
    y = np.random.default_rng(2).normal(size=n)
    y[n // 8], y[n // 4 * 3] = 50.0, -50.0
    buffer = Buffer()
    for i in range(0, n, 997):
        buffer.append(np.arange(i, min(i + 997, n)), y[i : i + 997])
    return buffer


@pytest.mark.parametrize("n", [5_000, 200_000, 1_000_003])
def test_the_envelope_is_short_and_keeps_every_extreme(n: int) -> None:
    buffer = noise(n)
    x, y = buffer.envelope(0, n, 400)
    assert len(x) == len(y) <= 2.5 * 400
    assert y.max() == 50 and y.min() == -50
    assert (np.diff(x) >= 0).all()
    assert abs(float(x[int(y.argmax())]) - n // 8) < n / 200, "and where they are"


def test_kept_chunks_follow_what_is_replayed_and_smoothed() -> None:
    buffer, again = noise(100_000), Buffer()
    buffer.envelope(0, 1e5, 100)  # the chunks are kept from here on
    buffer.append(np.arange(60_000, 160_000), np.full(100_000, 7.0))
    again.append(buffer.steps.copy(), buffer.values.copy())
    np.testing.assert_allclose(buffer.envelope(0, 2e5, 100), again.envelope(0, 2e5, 100))
    for one in (buffer, again):
        one.means(0, 2e5, 50)
        one.set_weight(0.9)
    fresh = Buffer()
    fresh.append(buffer.steps.copy(), buffer.values.copy())
    fresh.set_weight(0.9)
    np.testing.assert_allclose(buffer.means(0, 2e5, 50), fresh.means(0, 2e5, 50))


def test_only_the_window_and_its_neighbours_are_drawn() -> None:
    buffer = Buffer()
    buffer.append(np.arange(100.0), np.arange(100.0))
    x, _ = buffer.envelope(40, 50, 400)
    assert (x[0], x[-1]) == (39, 51)


@pytest.mark.parametrize("n", [10_007, 400_000])
def test_means_follow_the_curve_to_its_last_value(n: int) -> None:
    buffer = Buffer()
    buffer.append(np.arange(float(n)), 2 * np.arange(float(n)))
    x, y = buffer.means(0, n, 100)
    assert len(x) <= 130
    assert (x[-1], y[-1]) == (n - 1, 2 * (n - 1))
    np.testing.assert_allclose(y, 2 * x, atol=2)


def test_a_spike_at_the_start_does_not_flatten_the_curve() -> None:
    y = np.concatenate([[5000.0, 3000.0], np.linspace(160, 150, 500)])
    low, high = robust_range([y], log=False) or (0, 0)
    assert low < 150 and 160 < high < 200


def test_the_newest_values_are_always_in_sight() -> None:
    y = np.concatenate([np.ones(1000), [9.0]])
    assert (robust_range([y], log=False) or (0, 0))[1] > 9


def test_a_single_bad_batch_does_not_flatten_the_curve() -> None:
    y = 140 + np.random.default_rng(0).normal(size=600)
    y[530] = 920.0
    assert (robust_range([y], log=False) or (0, 0))[1] < 150
    y[-1] = 920.0
    assert (robust_range([y], log=False) or (0, 0))[1] > 920, "unless it is the newest"


def test_log_ranges_leave_out_what_has_no_logarithm() -> None:
    low, high = robust_range([np.array([-1.0, 0.0, 10.0, 100.0])], log=True) or (0, 0)
    assert low == pytest.approx(1, abs=0.2) and high == pytest.approx(2, abs=0.2)
    assert robust_range([np.array([-1.0])], log=True) is None


def progress(n: int, first: int = 1) -> m.Progress:
    steps = np.arange(first, first + n, dtype=float)
    total = 100 + 1 / steps
    scalars = {"neg_elbo": total, "reconstruction": total - 10, "kl": np.full(n, 10.0), "loss": total}
    scalars["beta_now"] = np.ones(n)
    return m.Progress("r", int(steps[-1]), 1000, 0, 1.0, 10.0, steps, scalars, 100.0)


def monitored(step: int, **scalars: float) -> m.Monitored:
    return m.Monitored("r", step, scalars, {"kl_per_dim": np.array([3.0, 1.0, 0.001])})


@pytest.fixture
def plot(qtbot: QtBot) -> CurvePlot:
    plot = CurvePlot(VAE.panels[0], "vae")
    qtbot.addWidget(plot)
    plot.resize(340, 300)
    plot.show()
    return plot


def test_few_points_reach_the_screen(plot: CurvePlot) -> None:
    plot.on_progress(progress(200_000))
    plot.set_smoothing(0.98)
    plot.redraw()
    for curve in plot.curves[:3]:
        assert curve.buffer.n == 200_000
        assert len(curve.raw.xData) < 1200
        assert len(curve.line.xData) < 400


def test_the_legend_shows_the_last_value_in_the_role_colour(plot: CurvePlot) -> None:
    plot.on_progress(progress(50))
    plot.redraw()
    text = plot.legend["kl"].text()
    assert "10.00" in text and "#f0a13a" in text
    assert not plot.legend["optimum"].isVisible(), "nothing known, nothing shown"


def test_an_empty_plot_says_what_it_will_show(plot: CurvePlot) -> None:
    plot.redraw()
    assert plot.area.hint.isVisible()
    plot.on_progress(progress(5))
    plot.redraw()
    assert not plot.area.hint.isVisible()
    plot.clear()
    plot.redraw()
    assert plot.area.hint.isVisible()


def test_theory_is_a_dashed_level(plot: CurvePlot) -> None:
    plot.on_progress(progress(50))
    plot.on_monitored(monitored(50, optimum=87.5))
    plot.redraw()
    level = next(c for c in plot.curves if c.series.key == "optimum").level
    assert level.isVisible() and level.value() == 87.5
    assert level.pen.dashPattern()


def test_pointing_reads_the_nearest_step(plot: CurvePlot) -> None:
    plot.set_smoothing(0)
    plot.on_progress(progress(100))
    plot.redraw()
    plot.set_reading(2.0)
    assert plot.where.text() == "step 2"
    assert "100.5" in plot.legend["neg_elbo"].text()
    plot.set_reading(float("nan"))
    assert plot.where.text() == VAE.panels[0].unit


def test_the_mouse_and_the_arrow_keys_read(plot: CurvePlot, qtbot: QtBot) -> None:
    plot.on_progress(progress(100))
    plot.redraw()
    plot.hovered.connect(plot.set_reading)
    plot.area.on_mouse(plot.area.box.sceneBoundingRect().center())
    at = float(plot.where.text().split()[-1])
    assert 40 <= at <= 60
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert float(plot.where.text().split()[-1]) == at + 1


def test_zoom_stays_until_it_is_reset(plot: CurvePlot) -> None:
    plot.on_progress(progress(100))
    plot.redraw()
    plot.area.box.setRange(xRange=(20, 40), yRange=(95, 105), padding=0)
    plot.area.box.sigRangeChangedManually.emit([True, True])
    plot.on_progress(progress(100, first=101))
    plot.redraw()
    assert plot.area.x_range() == pytest.approx((20, 40))
    plot.area.box.reset.emit()
    plot.redraw()
    assert plot.area.x_range()[1] > 190


def test_log_axis(plot: CurvePlot) -> None:
    plot.on_progress(progress(100))
    plot.set_smoothing(0)
    plot.set_log(True)
    plot.redraw()
    assert plot.curves[2].raw.yData[-1] == pytest.approx(1.0)


def test_nothing_is_redrawn_when_nothing_changed(plot: CurvePlot, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    plot.on_progress(progress(10))
    plot.redraw()
    qtbot.wait(30)  # the legend takes room from the plot, which is drawn again once
    plot.redraw()
    drawn: list[int] = []
    monkeypatch.setattr(type(plot.curves[0]), "draw", lambda *a: drawn.append(1) or [])
    plot.redraw()
    assert not drawn


def test_bars_say_how_many_dimensions_are_in_use(qtbot: QtBot) -> None:
    panel = BarPanel(next(p for p in VAE.panels if p.bars), "vae")
    qtbot.addWidget(panel)
    panel.on_monitored(monitored(1))
    assert panel.note.text() == "2 of 3 in use"
    few = panel.bars.sizeHint().height()
    panel.bars.set_values(np.linspace(0, 1, FEW + 40))
    assert panel.bars.sizeHint().height() < 2 * few
    assert not panel.grab().isNull()


def test_bars_survive_what_is_not_finite(qtbot: QtBot) -> None:
    panel = BarPanel(next(p for p in VAE.panels if p.bars), "vae")
    qtbot.addWidget(panel)
    panel.bars.set_values(np.array([np.nan, np.inf, 1.0]))
    assert not panel.grab().isNull()


def test_the_equation_shows_the_numbers_under_their_symbols(qtbot: QtBot) -> None:
    strip = EquationStrip(VAE.equation, "vae")
    qtbot.addWidget(strip)
    strip.on_progress(progress(1))
    shown = {t.term.key: t.number.text() for t in strip.terms if t.term.key}
    assert shown == {"loss": "101.0", "reconstruction": "91.00", "beta_now": "1.00", "kl": "10.00"}
    assert "#2fb8a6" in next(t for t in strip.terms if t.term.key == "reconstruction").number.styleSheet()


def test_the_column_shows_the_panels_of_the_kind(qtbot: QtBot) -> None:
    column = MonitorColumn(VAE)
    qtbot.addWidget(column)
    column.show()
    for kind in ("image", "points"):
        column.set_kind(kind)
        shown = [p.panel.title for p in column.panels if p.isVisible()]
        assert shown == [p.title for p in VAE.panels if p.kind in ("", kind)]


def test_csv_holds_every_curve(qtbot: QtBot, tmp_path: Path) -> None:
    column = MonitorColumn(VAE)
    qtbot.addWidget(column)
    column.on_progress(progress(3))
    column.on_monitored(monitored(2, test_neg_elbo=7.5))
    write_csv(tmp_path / "c.csv", column.table())
    rows = list(csv.DictReader((tmp_path / "c.csv").open()))
    assert [r["step"] for r in rows] == ["1", "2", "3"]
    assert [r["test_neg_elbo"] for r in rows] == ["", "7.5", ""]
    assert float(rows[2]["neg_elbo"]) == 100 + 1 / 3


def test_numbers_are_written_as_people_do() -> None:
    assert [value_text(v) for v in (148.23, 6.6, 0.1234, -4.293, 0.00001, float("nan"))] == [
        "148.2", "6.60", "0.123", "−4.29", "1.0e−05", "–",
    ]  # fmt: skip
    assert [short(v) for v in (10_000, 2_500_000, 1500, 0.5, -20)] == ["10k", "2.5M", "1,500", "0.5", "−20"]


def test_one_early_check_does_not_flatten_the_curves(plot: CurvePlot) -> None:
    plot.on_monitored(monitored(1, test_neg_elbo=5000.0))
    plot.on_progress(progress(1000))
    plot.redraw()
    assert plot.area.box.viewRange()[1][1] < 200


def test_a_panel_of_checks_alone_shows_them(qtbot: QtBot) -> None:
    plot = CurvePlot(next(p for p in VAE.panels if p.kind == "points"), "vae")
    qtbot.addWidget(plot)
    plot.show()
    plot.on_monitored(monitored(1, kl_data_model=50.0))
    plot.redraw()
    low, high = plot.area.box.viewRange()[1]
    assert low < 50 < high
