"""Samples: the same noise, a grid or points, and endpoints for the paths."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from view_tools import again, make, near, shot

from playground.engine import messages as m


def test_always_the_same_noise(qtbot: Any) -> None:
    view, engine = make(qtbot, "samples")
    again(view, engine)
    asked = engine.requests(m.DrawSamples)
    assert len(asked) >= 2 and {(r.n, r.seed) for r in asked} == {(64, 0)}


def test_dice_and_seed_ask_for_other_noise(qtbot: Any) -> None:
    view, engine = make(qtbot, "samples")
    view.dice.click()
    assert engine.requests(m.DrawSamples)[-1].seed == 1 and view.seed.value() == 1


def test_a_late_answer_to_an_old_seed_is_dropped(qtbot: Any) -> None:
    view, engine = make(qtbot, "samples")
    view.seed.setValue(1)
    view.seed.setValue(2)
    (first, old), (second, new) = engine.asked[-2:]
    view.on_answer(engine.answer(second, new))
    shown = view.samples.z.copy()
    view.on_answer(engine.answer(first, old))
    assert near(view.samples.z, shown)


def test_click_enlarges_and_gives_endpoints(qtbot: Any) -> None:
    view, _engine = make(qtbot, "samples")
    with qtbot.waitSignal(view.picked) as caught:
        qtbot.mouseClick(view.grid, Qt.MouseButton.LeftButton, pos=view.grid.tile_rect(9).center().toPoint())
        view.use_a.click()
    z, letter = caught.args
    assert letter == "A" and near(z, view.samples.z[9]) and near(view.picks.ends["A"], z)
    assert "Sample 10" in view.facts.text()


def test_keyboard_walks_the_grid(qtbot: Any) -> None:
    view, _ = make(qtbot, "samples")
    view.grid.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
        qtbot.keyClick(view.grid, key)
    columns = view.grid.layout_now().columns
    assert view.grid.current == 1 + columns
    assert f"Sample {2 + columns}" in view.facts.text()


def test_points_lie_over_the_density_in_their_own_colours(qtbot: Any) -> None:
    view, _engine = make(qtbot, "samples", "points")
    assert len(view.samples.x) == 1000
    image = shot(view.plane).astype(int)
    blue = (image[..., 2] > image[..., 0] + 60) & (image[..., 2] > image[..., 1] + 15)
    teal = (image[..., 1] > image[..., 0] + 80) & (image[..., 1] > image[..., 2])
    assert blue.sum() > 500 and teal.sum() > 500


def test_clicking_near_a_point_picks_it(qtbot: Any) -> None:
    view, _engine = make(qtbot, "samples", "points")
    index = int(np.abs(view.samples.x).sum(1).argmin())
    qtbot.mouseClick(view.plane, Qt.MouseButton.LeftButton, pos=view.plane.point(*view.samples.x[index]).toPoint())
    view.use_b.click()
    assert np.abs(view.picks.ends["B"] - view.samples.z[index]).max() < 0.3
