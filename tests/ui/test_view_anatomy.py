"""Anatomy: the terms of the bound, active units, the prior, and noise carried into a code."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, Qt
from view_tools import drag, make, near, shot

from playground.engine import messages as m


def test_terms_add_up_and_theory_is_marked(qtbot: Any) -> None:
    view, _ = make(qtbot, "anatomy", d=4)
    parts, total = view.sum.parts, view.sum.total
    assert sum(p.value for p in parts) == total.value == 106.0
    assert sum(parts[1].slices) == parts[1].value and view.sum.theory == ("optimum", 90.0)


def test_active_units_with_their_definition(qtbot: Any) -> None:
    view, _ = make(qtbot, "anatomy", d=4)
    assert "3 of 4" in view.active.text() and "Burda" in view.active.toolTip() and "0.01" in view.active.toolTip()


def test_clicking_a_bar_shows_that_latent(qtbot: Any) -> None:
    view, _ = make(qtbot, "anatomy", d=4)
    qtbot.mouseClick(view.bars, Qt.MouseButton.LeftButton, pos=view.bars._bar(2).center().toPoint())
    assert view.histogram.label == "z3" and view.trick.dims[0] == 2


def test_z_is_mu_plus_sigma_eps(qtbot: Any) -> None:
    view, engine = make(qtbot, "anatomy", d=4)
    trick = view.trick
    trick.slider.setValue(5)
    answer = view.shown
    expected = answer.mu + answer.sigma * answer.eps[5]
    assert near(engine.requests(m.Decode)[-1].z, expected[None])
    shown = [float(cells[0].text().replace("−", "-")) for cells in trick.cells]
    assert abs(shown[3] - (shown[0] + shown[1] * shown[2])) < 0.02


def test_dragging_eps_moves_z(qtbot: Any) -> None:
    view, engine = make(qtbot, "anatomy", d=4)
    plane = view.trick.plane
    drag(plane, plane.point(0, 0), plane.point(1.0, -2.0))
    answer = view.shown
    z = engine.requests(m.Decode)[-1].z[0]
    assert near(z[:2], answer.mu[:2] + answer.sigma[:2] * np.array([1.0, -2.0]), 0.02)
    assert near(z[2:], (answer.mu + answer.sigma * view.trick.eps)[2:]) and "by hand" in view.trick.which.text()


def test_the_ellipse_lies_where_mu_lies(qtbot: Any) -> None:
    view, _ = make(qtbot, "anatomy", d=2)
    view.trick.zoom.setChecked(False)
    view.trick._draw()
    codes, mu = view.trick.codes, view.shown.mu
    at = codes.point(float(mu[0]), float(mu[1] + 0.45))
    inside, outside = (
        shot(codes)[int(at.y()), int(at.x())],
        shot(codes)[int(codes.point(3.2, 3.2).y()), int(codes.point(3.2, 3.2).x())],
    )
    assert not near(inside, outside, 3)


def test_another_item(qtbot: Any) -> None:
    view, engine = make(qtbot, "anatomy")
    view.dice.click()
    assert engine.requests(m.Anatomy)[-1].index == 1
    engine.reply()
    assert near(view.trick.answer.mu, engine.mu[1])


def test_one_latent_is_enough(qtbot: Any) -> None:
    view, engine = make(qtbot, "anatomy", d=1)
    view.trick.plane.eps_moved.emit(1.0, 1.0)
    assert near(engine.requests(m.Decode)[-1].z, (view.shown.mu + view.shown.sigma)[None])
    assert QPointF(view.trick.codes.point(0, 0)).x() > 0
