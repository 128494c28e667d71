"""Samples: the same noise, a grid or points, and endpoints for the paths."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from view_tools import again, make, move, near, shot

from playground.engine import messages as m
from playground.ui.views.sample_side import verdict
from playground.ui.widgets.layers import Lines


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
        view.side.use_a.click()
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
    view.side.use_b.click()
    assert np.abs(view.picks.ends["B"] - view.samples.z[index]).max() < 0.3


@pytest.mark.parametrize("family", ["vae", "gan"])
def test_the_nearest_training_item_follows_the_mouse(qtbot: Any, family: str) -> None:
    view, engine = make(qtbot, "samples", family=family)
    move(qtbot, view.grid, view.grid.tile_rect(5).center())
    request = engine.requests(m.Nearest)[-1]
    assert request.interactive and near(request.z, view.samples.z[5:6])
    engine.reply()
    nearest = int(np.square(engine.mu - view.samples.z[5]).sum(1).argmin())
    assert (view.side.nearest._pictures[0, 0] == engine.pictures(engine.mu[nearest : nearest + 1])[0]).all()
    assert f"No. {nearest + 1:,}" in view.side.verdict.text()


def test_a_late_nearest_item_never_stands_beside_another_sample(qtbot: Any) -> None:
    view, engine = make(qtbot, "samples")
    move(qtbot, view.grid, view.grid.tile_rect(5).center())
    late = engine.asked[-1]
    move(qtbot, view.grid, view.grid.tile_rect(6).center())
    assert view.side.verdict.text() == "", "what was nearest to the last one is gone at once"
    view.on_answer(engine.answer(*late))
    assert view.side.verdict.text() == ""
    engine.reply()
    assert view.side.verdict.text()


@pytest.mark.parametrize(("distance", "words"), [(0.49, "A copy?"), (0.51, "No copy"), (1.4, "No copy"), (1.6, "Unlike")])
def test_a_copy_is_nearer_than_half_the_real_distance(distance: float, words: str) -> None:
    assert words in verdict(7, 10 * distance, 10.0, points=False)
    assert "copy" not in verdict(7, 10 * distance, 10.0, points=True), "in the plane nothing follows from a short distance"


def test_real_points_are_often_nearer_than_half_the_median() -> None:
    """Why the plane gets no verdict: nearest neighbours of a Poisson process are at Rayleigh distances, 1 - 2^(-1/4) = 16 %."""
    points = np.random.default_rng(0).random((4000, 2))
    fresh = np.random.default_rng(1).random((4000, 2))
    distance = np.sqrt(np.square(fresh[:, None] - points[None]).sum(2).min(1))
    assert abs((distance < np.median(distance) / 2).mean() - (1 - 2**-0.25)) < 0.02


@pytest.mark.parametrize("kind", ["image", "points"])
def test_the_side_never_keeps_the_stage_from_shrinking(qtbot: Any, kind: str) -> None:
    view, _ = make(qtbot, "samples", kind, size=(1268, 830))
    for width in (900, 600, 420):
        view.resize(width, 700)
        shot(view)
    assert view.width() == 420 and view.minimumSizeHint().width() <= 420


def test_a_refused_nearest_item_is_no_trouble(qtbot: Any) -> None:
    view, engine = make(qtbot, "samples")
    move(qtbot, view.grid, view.grid.tile_rect(5).center())
    request_id, request = engine.asked[-1]
    view.on_answer(m.Refused(engine.context.run_id, request_id, 0, 1.0, request.channel, "Not today."))
    assert not view.note.isVisible() and view.side.verdict.text() == ""


def test_points_show_their_nearest_training_point(qtbot: Any) -> None:
    view, engine = make(qtbot, "samples", "points", family="gan")
    move(qtbot, view.plane, view.plane.point(*view.samples.x[3]))
    told = view._told
    engine.reply()
    nearest = engine.mu[np.square(engine.mu - view.samples.z[told]).sum(1).argmin()]
    (line,) = (layer for layer in view.plane.live if isinstance(layer, Lines))
    assert near(line.paths[0], np.stack([view.samples.x[told], engine.pictures(nearest[None])[0]]))


# ---------------------------------------------------------------- the plane behind the points
def test_the_plane_asks_for_the_data_alone_and_then_for_their_exact_density(qtbot: Any) -> None:
    view, engine = make(qtbot, "samples", "points", family="gan")
    assert len(engine.requests(m.DataItems)) == 1 and not engine.requests(m.Encode), "no encoder is needed"
    (asked,) = engine.requests(m.DataField)
    assert asked.bounds == view.picks.bounds and view.picks.exact
    middle = view.picks.log_density[63:65, 63:65].mean()
    x0, x1, y0, y1 = view.picks.bounds
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    assert abs(middle - (-0.5 * ((x - y / 4) ** 2 + y**2) - np.log(2 * np.pi))) < 1e-2, "no histogram any more"


def test_an_unknown_density_is_no_trouble_and_asked_for_once(qtbot: Any) -> None:
    view, engine = make(qtbot, "samples", "points", fill=False)
    engine._DataField = lambda r: (m.Refused, {"sentence": "The density of these data is not known."})
    for _ in range(3):
        again(view, engine)
    assert len(engine.requests(m.DataField)) == 1 and not view.note.isVisible()
    assert not view.picks.exact and view.data.layers(), "the histogram stays"
