"""The latent map: the mouse decodes, handles send paths, axes point the right way, and 2-D data get their densities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication
from view_tools import LARGE, again, drag, make, move, near, shot

from playground.engine import messages as m
from playground.ui.views.map_canvas import resolution_for


def last_decode(engine: Any) -> m.Decode:
    return engine.requests(m.Decode)[-1]  # type: ignore[no-any-return]


# ---------------------------------------------------------------- the mouse
def test_mouse_sends_decode_with_the_right_z(qtbot: Any) -> None:
    view, engine = make(qtbot, "latent_map")
    frame, half = view.canvas.frame(), view.canvas.bounds[1]
    pos = QPointF(frame.x() + 0.75 * frame.width(), frame.y() + 0.25 * frame.height())
    move(qtbot, view.canvas, pos)
    request = last_decode(engine)
    assert request.interactive and request.channel == "latent_map/mouse"
    assert near(request.z, np.array([[half / 2, half / 2]]), 1e-3), "right is +u, up is +v"


def test_a_picture_of_the_lattice_lies_where_its_z_lies(qtbot: Any) -> None:
    """The middle of the top left picture is (-extent, +extent), to half a pixel."""
    view, engine = make(qtbot, "latent_map")
    r, frame = view.plane.resolution, view.canvas.frame()
    cell = frame.width() / r
    move(qtbot, view.canvas, QPointF(frame.x() + cell / 2, frame.y() + cell / 2))
    assert near(last_decode(engine).z, np.array([[-3.0, 3.0]]), 0.02)


def test_top_row_of_the_mosaic_is_the_largest_v(qtbot: Any) -> None:
    """The fake decoder draws a spot that rises with z1: in the top row of tiles it is above the middle, in the lowest below."""
    view, _ = make(qtbot, "latent_map")
    view.controls.count.setCurrentIndex(0)
    view.codes = None
    view._draw()
    frame, r = view.canvas.frame(), view.plane.resolution
    image = shot(view.canvas)[..., 0].astype(float)
    side = int(frame.width() / r)
    x = int(frame.x()) + r // 2 * side
    top = image[int(frame.y()) : int(frame.y()) + side, x : x + side]
    low = image[int(frame.bottom()) - side : int(frame.bottom()), x : x + side]
    rows = np.arange(side)
    assert (top.sum(1) @ rows) / top.sum() < side / 2 < (low.sum(1) @ rows) / low.sum()


def test_decoded_picture_and_facts_follow(qtbot: Any) -> None:
    view, engine = make(qtbot, "latent_map")
    view.canvas.move_cursor(1.0, -2.0)
    engine.reply()
    assert "(1.00, −2.00)" in view.side.z.text() and "decoded in 1.5 ms" in view.side.speed.text()
    assert "nats" in view.side.prior.text() and "−4.34" in view.side.prior.text()  # -(1 + 4) / 2 - ln(2 pi)
    distance = np.linalg.norm(engine.mu - [1.0, -2.0], axis=1)
    assert f"{distance.min():.2f}" in view.side.nearest.text()
    assert f"“{distance.argmin() % 10}”" in view.side.nearest.text()


def test_old_mouse_answers_never_overtake(qtbot: Any) -> None:
    view, engine = make(qtbot, "latent_map")
    view.canvas.move_cursor(0.0, 0.0)
    view.canvas.move_cursor(1.0, 0.0)
    (first, old), (second, new) = engine.asked[-2:]
    view.on_answer(engine.answer(second, new))
    view.on_answer(engine.answer(first, old))
    assert "(1.00" in view.side.z.text()


def test_arrow_keys_move_the_cursor(qtbot: Any) -> None:
    view, engine = make(qtbot, "latent_map")
    view.canvas.move_cursor(0.0, 0.0)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Right)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    side = view.canvas.bounds[1] - view.canvas.bounds[0]
    assert near(last_decode(engine).z, np.array([[side / 100, side / 10]]), 1e-3)
    qtbot.keyClick(view.canvas, Qt.Key.Key_A)
    assert near(view.picks.ends["A"], last_decode(engine).z[0])


# ---------------------------------------------------------------- A and B
def test_dragging_a_sends_its_path(qtbot: Any) -> None:
    view, engine = make(qtbot, "latent_map")
    handle = view.canvas.handles["A"]
    target = view.canvas.point(0.5, 2.0)
    drag(view.canvas, view.canvas.point(handle.x, handle.y), target)
    request = engine.requests(m.Interpolate)[-1]
    assert request.interactive and near(request.a, np.array([[0.5, 2.0]]), 0.02)
    assert near(request.b, np.array([[1.5, -0.9]]))
    engine.reply()
    assert near(view.path.z[0, 0], np.array([0.5, 2.0]), 0.02) and view.strip.strip.count == 11


def test_slider_moves_the_dot_along_the_path(qtbot: Any) -> None:
    view, _ = make(qtbot, "latent_map")
    view.strip.bar.slider.setValue(0)
    assert (view.canvas.runner.x, view.canvas.runner.y) == pytest.approx((-1.5, 0.9), abs=1e-5)
    view.strip.bar.slider.setValue(10)
    assert (view.canvas.runner.x, view.canvas.runner.y) == pytest.approx((1.5, -0.9), abs=1e-5)


def test_loop_plays_and_stops_when_hidden(qtbot: Any) -> None:
    view, _ = make(qtbot, "latent_map")
    before = view.strip.bar.frame
    view.strip.bar.play.click()
    qtbot.waitUntil(lambda: view.strip.bar.frame != before, timeout=2000)
    view.hide()
    assert not view.strip.bar.playing


def test_endpoints_from_samples_keep_their_z(qtbot: Any) -> None:
    view, engine = make(qtbot, "latent_map", d=5)
    z = np.arange(5, dtype=np.float32) / 2
    view.picks.put("A", z)
    assert near(engine.requests(m.Interpolate)[-1].a, z[None])


# ---------------------------------------------------------------- planes
def test_more_latents_offer_pca_and_pairs(qtbot: Any) -> None:
    view, engine = make(qtbot, "latent_map", d=6)
    assert view.controls.mode.isVisible() and engine.requests(m.DecodePlane)[-1].axes is None
    view.controls.mode.setCurrentIndex(1)
    view.controls.axis[1].setValue(5)
    assert engine.requests(m.DecodePlane)[-1].axes == (0, 4)
    engine.reply()
    view.canvas.move_cursor(1.0, 2.0)
    assert near(last_decode(engine).z, np.array([[1, 0, 0, 0, 2, 0]]))


def test_two_latents_need_no_choice(qtbot: Any) -> None:
    view, engine = make(qtbot, "latent_map", d=2)
    assert not view.controls.mode.isVisible() and engine.requests(m.DecodePlane)[-1].axes == (0, 1)


def test_one_latent_is_a_line(qtbot: Any) -> None:
    view, engine = make(qtbot, "latent_map", d=1)
    view.canvas.move_cursor(1.25, 2.0)
    assert near(last_decode(engine).z, np.array([[1.25]])) and view.canvas.spot.y == 0


def test_wheel_zooms(qtbot: Any) -> None:
    view, engine = make(qtbot, "latent_map")
    view.canvas.zoomed.emit(0.5)
    assert engine.requests(m.DecodePlane)[-1].extent == pytest.approx(1.5)


def test_colours_follow_the_chosen_label(qtbot: Any) -> None:
    view, _ = make(qtbot, "latent_map")
    assert [view.controls.colour_by.itemText(i) for i in range(view.controls.colour_by.count())] == ["label", "slant"]
    assert list(view.side.legend.colouring.names) == [str(i) for i in range(10)]
    view.controls.colour_by.setCurrentIndex(1)
    assert view.side.legend.colouring.continuous


def test_resolution_fills_the_room() -> None:
    for room in (280, 330, 420, 500, 640, 700, 900):
        for side in (28, 32, 64):
            count, scale = resolution_for(room, side)
            assert 0.6 * room < count * side * scale <= room, (room, side)


def test_pictures_are_crisp(qtbot: Any) -> None:
    for size in ((712, 590), LARGE):
        view, engine = make(qtbot, "latent_map", size=size)
        again(view, engine)
        frame, pixels = view.canvas.frame(), view.plane.resolution * 28
        assert frame.width() % pixels == 0 or pixels % frame.width() == 0
        assert frame.x() == int(frame.x()) and frame.y() == int(frame.y())


# ---------------------------------------------------------------- 2-D data
def test_mass_at_the_top_right_is_shown_at_the_top_right(qtbot: Any) -> None:
    view, engine = make(qtbot, "latent_map", "points")
    again(view, engine)
    for heat, (right, top) in zip(view.points.pair.maps, ((True, True), (False, False)), strict=True):
        frame = heat.frame().toRect()
        image = shot(heat)[frame.y() + 2 : frame.bottom() - 2, frame.x() + 2 : frame.right() - 2].sum(2)
        y, x = np.unravel_index(image.argmax(), image.shape)
        assert (x > image.shape[1] / 2) == right and (y < image.shape[0] / 2) == top


def test_divergence_with_its_error_and_one_scale(qtbot: Any) -> None:
    view, _engine = make(qtbot, "latent_map", "points")
    assert "0.123 ± 0.010 nats" in view.points.pair.kl.text()
    assert view.points.pair.scale.isVisible()
    view.points.pair.kind.click("log")
    assert "nats" in view.points.pair.scale.unit


def test_cursor_and_path_are_drawn_in_data_space_too(qtbot: Any) -> None:
    view, engine = make(qtbot, "latent_map", "points")
    view.canvas.move_cursor(1.0, 2.0)
    engine.reply()
    assert (view.points.warp.spot.x, view.points.warp.spot.y) == pytest.approx((1.5, 2.0))
    assert near(view.points.warp.path.paths[0], view.path.frames[0])
    QApplication.processEvents()
