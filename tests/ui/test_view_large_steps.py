"""Large steps: what is asked for, the point that is moved, the layers, and what the numbers say."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from view_tools import LARGE, make, near, shot

from playground.engine import messages as m
from playground.ui.views.large_steps_parts import wide
from playground.ui.views.large_steps_words import held_words, sentence, spread_words


def asked(engine: Any) -> list[m.LargeStep]:
    return list(engine.requests(m.LargeStep))


def of_points(qtbot: Any, **changes: Any) -> tuple[Any, Any]:
    view, engine = make(qtbot, "large_steps", "points", size=LARGE)
    if changes:
        engine.context = dataclasses.replace(engine.context, run_id="other", config=engine.context.config.replace(**changes))
        view.set_context(engine.context)
        engine.fill()
        QApplication.processEvents()
    return view, engine


def test_nothing_is_asked_before_the_plane_is_known(qtbot: Any) -> None:
    view, engine = make(qtbot, "large_steps", "points", fill=False)
    view.refresh()
    assert not asked(engine) and engine.requests(m.DataItems)
    engine.reply()
    view.refresh()
    request = asked(engine)[0]
    assert (request.t, request.what, request.n) == (1, "before", 300) and request.bounds == wide(view.data.bounds)
    x0, x1, y0, y1 = request.bounds
    assert request.x is not None and x0 < request.x[0] < x1 and y0 < request.x[1] < y1
    assert not near(request.x, np.array([(x0 + x1) / 2, (y0 + y1) / 2]), 0.1), "not in the middle of everything"


def test_the_plane_holds_data_and_noise() -> None:
    assert wide((-1.0, 3.0, 0.0, 2.0)) == (1 - 2.9, 1 + 2.9, 1 - 2.9, 1 + 2.9)


def test_steps_are_those_of_the_recipe(qtbot: Any) -> None:
    view, engine = of_points(qtbot, num_timesteps=3)
    names = [view.steps.itemText(i) for i in range(view.steps.count())]
    assert names == ["t = 2 → 1", "t = 1 → 0", "t = 0 → clean data"]
    for i, t in enumerate((2, 1, 0)):
        view.steps.setCurrentIndex(i)
        assert view.t == t and asked(engine)[-1].t in (t, 1)
    assert asked(engine)[-1].t == 0
    of_one, _ = of_points(qtbot, num_timesteps=1)
    assert of_one.steps.count() == 1 and of_one.t == 0


def test_x_t_is_put_by_mouse_and_keyboard(qtbot: Any) -> None:
    view, engine = of_points(qtbot)
    qtbot.mouseClick(view.plane, Qt.MouseButton.LeftButton, pos=view.plane.point(1.0, -0.5).toPoint())
    assert near(asked(engine)[-1].x, np.array([1.0, -0.5]), 0.05) and asked(engine)[-1].interactive
    before = shot(view.plane)
    view.plane.dragged.emit(-1.0, 1.0)
    assert (shot(view.plane) != before).any(), "the handle follows at once"
    engine.reply()
    assert near(view.shown.x_t, np.array([[-1.0, 1.0]]))
    qtbot.keyClick(view.plane, Qt.Key.Key_Right)
    step = (view.plane.bounds[1] - view.plane.bounds[0]) / 100
    assert near(asked(engine)[-1].x, np.array([-1.0 + step, 1.0]))


def test_a_refresh_asks_where_x_t_stands(qtbot: Any) -> None:
    view, engine = of_points(qtbot)
    view.plane.placed.emit(0.5, 0.25)
    engine.reply()
    view._next.clear()
    view.refresh()
    assert near(asked(engine)[-1].x, np.array([0.5, 0.25])) and asked(engine)[-1].bounds == wide(view.data.bounds)


def test_other_questions_ask_at_once(qtbot: Any) -> None:
    view, engine = of_points(qtbot)
    view.what.click("x0")
    assert asked(engine)[-1].what == "x0"
    view.dice.click()
    assert asked(engine)[-1].seed == 1


def test_layers_come_and_go(qtbot: Any) -> None:
    view, engine = of_points(qtbot)
    count = len(asked(engine))
    for key in ("exact", "draws", "gaussian"):
        before = shot(view.plane)
        view.layers.parts[key].click()
        assert (shot(view.plane) != before).mean() > 0.001, key
    assert len(asked(engine)) == count, "no new question"


def test_pictures_show_the_item_its_noise_the_mean_and_the_draws(qtbot: Any) -> None:
    view, engine = make(qtbot, "large_steps", "image", size=LARGE)
    assert view.item.isVisibleTo(view) and not view.layers.isVisibleTo(view) and not view.held.isVisibleTo(view)
    assert view.board.draws.count == 16 and "16 DIFFERENT z" in view.board.words.text()
    answer = view.shown
    for key in ("x0", "x_t", "mean"):
        assert set(np.unique(view.board.above[key].to_array())) == set(np.unique(getattr(answer, key)[0]))
    view.item.setValue(3)
    assert asked(engine)[-1].index == 3 and asked(engine)[-1].x is None


def test_without_z_the_view_says_so(qtbot: Any) -> None:
    view, _ = of_points(qtbot, noise_dim=0)
    assert "without z" in view.sentence.text() and spread_words(view.shown, points=True)[0] == "0"
    assert view.shown.what == "before", "the fake's x_{t-1} has no noise either"
    (draws,) = {tuple(xy) for xy in view.shown.draws.tolist()}
    assert near(np.array(draws), view.shown.x_t[0])


def test_numbers_stand_beside_the_truth(qtbot: Any) -> None:
    view, _ = of_points(qtbot)
    answer = view.shown
    assert spread_words(answer, points=True) == ("0.5", "in x", "± 0.02. The truth: 1.")
    assert held_words(answer) == "± 1.0. Perfect: 95 %. The single Gaussian: 95.0 %."
    assert "98.0" in view.held.number.text() and "1 times as strong" in sentence(answer, points=True, accent=view.accent)


def test_unknown_densities_have_no_truth(qtbot: Any) -> None:
    view, _ = of_points(qtbot)
    nan = float("nan")
    view._show(dataclasses.replace(
        view.shown, exact=None, gaussian_mean=None, gaussian_sd=nan, inside=nan, inside_se=nan, inside_gaussian=nan,
    ))  # fmt: skip
    assert "not known" in view.sentence.text() and "not known" in view.spread.words.text() and "–" in view.held.number.text()
    shot(view.plane)
