"""Dirac-GAN: what is set is what is played, theory beside it, and nothing keeps the window waiting."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from view_tools import LARGE, SMALL, drag, make, near, shot

from playground.engine import dirac
from playground.ui.opening import Files
from playground.ui.views.dirac import DiracView
from playground.ui.views.dirac_race import Race, Rules
from playground.ui.views.dirac_table import DISTANCE, EIGEN, NAME, SWATCH, THEORY, eigen_text
from playground.ui.widgets.pixels import array_of


@pytest.fixture
def view(qtbot: Any) -> DiracView:
    """On screen, without a run, with all played."""
    made, _ = make(qtbot, "dirac", "points")
    made.set_context(None)
    made.play(made.rows["gan"])
    done(made)
    return made


def done(view: DiracView) -> None:
    """Play all that is to be played."""
    view.refresh()
    view.race.finish()
    QApplication.processEvents()


def cell(view: DiracView, name: str, column: int) -> Any:
    return view.table.item(view.table.methods.index(view.rows[name]), column)


def test_it_shows_something_without_a_run(view: DiracView) -> None:
    assert view.context is None and not view.own.isVisible()
    assert [t.title for t in view.plane.traces] == ["NSGAN", "GAN + R1 0.3", "GAN (minimax)"]
    assert "orbits" in view.verdict.text() and "1.42" in view.verdict.text()


def test_distances_in_the_table_are_those_of_the_engine(view: DiracView) -> None:
    assert [cell(view, n, DISTANCE).text() for n in ("gan", "nsgan", "gan_gp")] == ["1.42", "0.284", "2.3e−07"]
    assert cell(view, "nsgan", THEORY).text() == "converges slowly"
    assert cell(view, "gan_gp", EIGEN).text() == "−0.15 ± 0.48 i"
    view.controls.order.set_value("simultaneous")
    done(view)
    assert [cell(view, n, DISTANCE).text() for n in ("gan", "nsgan")] == ["3.10", "0.640"]
    assert cell(view, "gan", THEORY).text() == "diverges"


def test_a_disagreement_of_theory_and_game_is_marked(view: DiracView) -> None:
    view.controls.order.set_value("alternating 5")
    done(view)
    item = cell(view, "consensus", DISTANCE)
    assert "diverges" in item.toolTip() and "converges" in item.toolTip()
    assert item.foreground().color() != cell(view, "gan", DISTANCE).foreground().color()
    view.play(view.rows["consensus"])
    assert "from this start it diverges" in view.verdict.text()


def test_a_click_on_a_row_plays_it(qtbot: Any, view: DiracView) -> None:
    item = cell(view, "nsgan_gp", NAME)
    qtbot.mouseClick(view.table.viewport(), Qt.MouseButton.LeftButton, pos=view.table.visualItemRect(item).center())
    assert view.current is view.rows["nsgan_gp"]
    assert (view.controls.objective.value(), view.controls.penalty.value(), view.controls.weight.value()) == (
        "nonsaturating",
        "r1",
        0.3,
    )
    assert view.plane.traces[-1].title == "NSGAN + R1 0.3" and "NSGAN + R1" in view.equation.text()
    assert "1.5e−07" in view.verdict.text()


def test_a_click_on_a_swatch_compares(qtbot: Any, view: DiracView) -> None:
    for expected in (True, False):
        item = cell(view, "hinge", SWATCH)
        qtbot.mouseClick(view.table.viewport(), Qt.MouseButton.LeftButton, pos=view.table.visualItemRect(item).center())
        done(view)
        assert ("Hinge" in [t.title for t in view.plane.traces]) is expected
        assert view.current is view.rows["gan"], "what is played stays"
    colours = [c.name() for c in view.colours().values()]
    assert len(set(colours)) == len(colours)


def test_keyboard_walks_the_table(qtbot: Any, view: DiracView) -> None:
    view.table.setFocus()
    qtbot.keyClick(view.table, Qt.Key.Key_Down)
    assert view.current is view.rows["nsgan"]
    qtbot.keyClick(view.table, Qt.Key.Key_Down)
    qtbot.keyClick(view.table, Qt.Key.Key_Return)
    assert view.rows["wgan"] in view.compared


def test_every_control_changes_what_is_played(view: DiracView) -> None:
    def state() -> tuple[Any, ...]:
        done(view)
        return tuple(view.race.paths[view.current][-1])

    seen = {state()}
    turns = (
        lambda: view.controls.objective.set_value("lsgan"),
        lambda: view.controls.penalty.set_value("r1r2"),
        lambda: view.controls.weight.setValue(0.05),
        lambda: view.controls.noise.setValue(0.4),
        lambda: view.controls.step.setValue(0.1),
        lambda: view.controls.updates.setValue(300),
        lambda: view.controls.order.set_value("simultaneous"),
        lambda: view.plane.set_start(0.5, -1.0),
    )
    for turn in turns:
        turn()
        seen.add(state())
    assert len(seen) == 1 + len(turns)
    expected = dirac.trajectory(dirac.method_for("lsgan", "r1r2", 0.05, 0.4), (0.5, -1.0), 0.1, 300, "simultaneous")
    assert near(view.race.paths[view.current], expected, 1e-12)
    assert view.table.methods[0] is view.current and view.table.item(0, NAME).text().startswith("Least squares + R1 + R2 0.05")


def test_the_clip_is_offered_where_it_counts(view: DiracView) -> None:
    assert not view.controls.clip.isVisible()
    view.play(view.rows["wgan"])
    assert view.controls.clip.isVisible() and view.controls.clip.value() == 1
    view.play(view.rows["wgan_gp"])
    assert not view.controls.clip.isVisible() and view.controls.weight.value() == 0.35


def test_dragging_the_start(view: DiracView) -> None:
    begin, end = view.plane.point(1, 1), view.plane.point(-0.5, 0.75)
    drag(view.plane, begin, end)
    done(view)
    assert near(np.array([view.plane.start.x, view.plane.start.y]), np.array([-0.5, 0.75]), 0.02)
    assert near(view.plane.traces[-1].path[0], np.array([view.plane.start.x, view.plane.start.y]))
    drag(view.plane, end + QPointF(60, 60), begin)
    assert view.plane.start.x < 0, "a drag beside the ring moves nothing"


def test_arrow_keys_move_the_start(qtbot: Any, view: DiracView) -> None:
    qtbot.keyClick(view.plane, Qt.Key.Key_Left)
    assert view.plane.start.x < 1 and view.plane.start.y == 1


def test_the_play_bar_lets_trajectories_grow(view: DiracView) -> None:
    full = shot(view.plane)
    view.bar.slider.setValue(25)
    assert view.plane.grown.shown == 100 and view.chart.cursor_at == 100 and "100" in view.bar.where.text()
    assert (shot(view.plane) != full).any()
    view.bar.slider.setValue(view.bar.slider.maximum())
    assert (shot(view.plane) == full).mean() > 0.995, "grown in pieces or at once, it is the same picture"
    view.chart.pointed.emit(400)
    assert view.update_of(view.bar.frame) == 400


def test_the_dashed_line_is_the_theory(view: DiracView) -> None:
    assert view.chart.theory is None, "an orbit has no rate"
    view.play(view.rows["gan_gp"])
    told = dirac.theory(view.rows["gan_gp"])
    assert near(view.chart.theory[[0, 500]], np.sqrt(2) * np.array([1, told.factor**500]), 1e-9)
    assert near(view.chart.curves[-1].values[-1:], np.array([2.3e-7]), 1e-8)


def test_what_flies_away_stays_in_the_picture(view: DiracView) -> None:
    view.controls.order.set_value("simultaneous")
    done(view)
    assert view.plane.bounds[1] == 4.0 and np.abs(view.plane.traces[-1].path).max() > 2
    view.plane.zoomed.emit(0.5)
    assert view.plane.bounds[1] == 2.0


def test_a_run_brings_its_objective_and_penalty(qtbot: Any) -> None:
    from fake_engine import context

    view, _ = make(qtbot, "dirac", "points", fill=False)
    view.set_context(context("points", 2, "gan", objective="rpgan", penalty="r1r2", penalty_weight=0.3))
    assert view.current is view.rows["rpgan_gp"] and view.own.isVisibleTo(view)
    view.play(view.rows["gan"])
    view.own.click()
    assert view.current is view.rows["rpgan_gp"]
    view.set_context(context("points", 2, "gan", objective="wgan_gp", penalty_weight=2.0))
    assert (view.current.objective, view.current.penalty, view.current.weight) == ("wgan", "gp1", 2.0)
    assert view.table.methods[0] is view.current
    view.set_context(context("points", 2, "vae"))
    assert not view.own.isVisibleTo(view)


def test_the_race_equals_one_trajectory_and_forgets_old_rules(qtbot: Any) -> None:
    race, methods = Race(), dirac.METHODS[:3]
    race.enter(methods, Rules(updates=97, order="alternating 5"))
    race.turn()
    race.enter(methods, Rules(updates=50))
    race.finish()
    for method in methods:
        assert near(race.paths[method], dirac.trajectory(method, updates=50), 0)
    assert not race.running
    race.enter(methods[:1], Rules(updates=50))
    assert not race.running, "what is known is not played again"


def test_a_turn_is_short(qtbot: Any) -> None:
    """One look at the clock a slice: noise and five steps of D are the dearest. In CPU time, since test machines are busy."""
    race = Race()
    race.enter([m for m in dirac.METHODS if m.noise], Rules(order="alternating 5", updates=2000))
    times = []
    for _ in range(12):
        begin = time.thread_time()
        race.turn()
        times.append(time.thread_time() - begin)
    race.enter([], Rules())
    assert sorted(times)[6] < 0.016 and not race.paths


def test_eigenvalues_in_words() -> None:
    def words(*args: Any) -> str:
        return eigen_text(dirac.theory(dirac.Method("test", "", *args)))

    assert words("minimax") == "± 0.50 i"
    assert words("minimax", "r1", 1.0) == "−0.50, twice"
    assert words("minimax", "r1", 2.0) == "−0.13, −1.87"
    assert words("wgan", "gp1", 0.35) == "none: a jump"


def test_export(qtbot: Any, view: DiracView, tmp_path: Path) -> None:
    material = view._material()
    assert material.strip.shape == (view.height(), view.width(), 3)
    film = material.frames()
    assert film.shape[0] > 100 and film.shape[1:] == array_of(view.plane.grab().toImage()).shape
    assert (film[0] != film[60]).any() and (film[-1] == film[-2]).all()
    with qtbot.waitSignal(view.export.finished, timeout=20_000) as said:
        assert view.export.export_to(tmp_path / "dirac.png")
    assert (tmp_path / "dirac.png").exists() and "Saved" in said.args[0]


def test_the_window_exports_it_without_a_run(qtbot: Any, view: DiracView, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl+E: other views have nothing to show before Train is pressed, this one has."""
    asked = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: asked.append(args[2]) or ("", ""))
    tab = SimpleNamespace(running=None, family=SimpleNamespace(name="gan"), stage=SimpleNamespace(view=lambda: view))
    window = QWidget()
    qtbot.addWidget(window)
    window.tab = tab
    Files(window).export_view()
    assert asked == ["gan dirac.png"]


@pytest.mark.parametrize("size", [SMALL, (1000, 600), LARGE, (1600, 1000)])
def test_words_fit(qtbot: Any, size: tuple[int, int]) -> None:
    view, _ = make(qtbot, "dirac", "points", size=size)
    view.set_context(None)
    for method in dirac.METHODS:
        view.play(method)
        done(view)
        for label in (view.equation, view.verdict):
            assert label.height() >= label.heightForWidth(label.width()), (method.title, size)
    assert (view.width(), view.height()) == size
