"""Traverse: rows by KL, dead latents greyed, sliders that decode."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, Qt
from view_tools import again, drag, make, near

from playground.engine import messages as m


def test_one_row_a_latent_in_the_order_of_the_answer(qtbot: Any) -> None:
    view, _ = make(qtbot, "traverse", d=6)
    labels = [label.text() for label, _ in view.table.rows]
    assert len(labels) == 6 and "KL 3.00 nats" in labels[0] and "z<sub>1</sub>" in labels[0]
    assert view.table.rows[0][1].dim is False


def test_dead_latents_are_greyed_with_a_word(qtbot: Any) -> None:
    view, _ = make(qtbot, "traverse", d=6)
    label, slider = view.table.rows[-1]
    assert "says nothing" in label.text() and "KL 0.00" in label.text() and slider.dim


def test_a_slider_decodes_the_changed_code(qtbot: Any) -> None:
    view, engine = make(qtbot, "traverse", d=4)
    view.table.rows[1][1].setValue(150)
    request = engine.requests(m.Decode)[-1]
    assert request.interactive and near(request.z, np.array([[0, 1.5, 0, 0]]))
    engine.reply()
    assert (view.large._pictures[0, 0] == engine.pictures(request.z)[0]).all()


def test_dragging_along_the_pictures_and_keys(qtbot: Any) -> None:
    view, engine = make(qtbot, "traverse", d=4)
    slider = view.table.rows[0][1]
    left, right = slider.track()
    drag(slider, QPointF((left + right) / 2, 10), QPointF(right, 10))
    assert slider.z == 3.0
    qtbot.keyClick(slider, Qt.Key.Key_Left)
    assert slider.z == 2.95 and near(engine.requests(m.Decode)[-1].z[0, 0], np.array(2.95))


def test_training_on_does_not_throw_the_hand_off(qtbot: Any) -> None:
    view, engine = make(qtbot, "traverse", d=4)
    slider = view.table.rows[2][1]
    slider.setValue(-120)
    again(view, engine)
    assert view.table.rows[2][1] is slider and slider.value() == -120


def test_start_from_a_data_item(qtbot: Any) -> None:
    view, engine = make(qtbot, "traverse", d=4)
    view.source.click("data")
    view.item.setValue(7)
    assert near(engine.requests(m.Traverse)[-1].z, engine.mu[7])
    assert near(view.code(), engine.mu[7]), "sliders at rest keep the exact code"
    engine.reply()
    view.table.rows[0][1].setValue(0)
    assert near(view.code()[1:], engine.mu[7][1:]) and view.code()[0] == 0
    view.reset.click()
    assert near(view.code(), engine.mu[7])


def test_points_draw_a_path_for_each_latent(qtbot: Any) -> None:
    view, engine = make(qtbot, "traverse", "points")
    again(view, engine)
    lines = view.plane.still[-1]
    assert len(lines.paths) == 2 and near(lines.paths[0], view.shown.rows[0])
