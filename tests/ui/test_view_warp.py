"""The warp: areas and densities against closed forms, the way there and back, folds, and what the mouse shows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from fake_engine import warp
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from view_tools import make, move, near, shot

from playground.engine import messages as m
from playground.ui.views.warp_map import WarpMap, signed_areas

Array = np.ndarray


def lattice(resolution: int = 26, extent: float = 2.5) -> Array:
    line = np.linspace(-extent, extent, resolution)
    return np.stack(np.meshgrid(line, line, indexing="xy"), -1)


def phi(x: float) -> float:
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))


def linear(matrix: Array) -> WarpMap:
    z = lattice()
    x = z @ matrix.T
    cell = z[1, 1, 0] - z[0, 0, 0]
    whole = WarpMap(z, x, None)
    return WarpMap(z, x, np.log(whole.mass / (cell**2 * abs(np.linalg.det(matrix)))))


def folded_map() -> WarpMap:
    """x = (|z1 + 1/2|, z2): the noise left of -1/2 is turned over."""
    z = lattice()
    x = np.stack([np.abs(z[..., 0] + 0.5), z[..., 1]], -1)
    whole = WarpMap(z, x, None)
    return WarpMap(z, x, np.log(whole.mass / np.abs(signed_areas(x)).sum(0)))


# ---------------------------------------------------------------- the mathematics
def test_mass_of_the_cells_is_that_of_a_normal() -> None:
    assert linear(np.eye(2)).mass.sum() == pytest.approx((2 * phi(2.5) - 1) ** 2, abs=1e-12)


def test_stretch_of_a_linear_map_is_its_determinant() -> None:
    matrix = np.array([[0.7, -1.1], [0.4, 0.3]])
    assert np.allclose(linear(matrix).stretch, abs(np.linalg.det(matrix)))


def test_density_on_the_way_is_that_of_the_mixed_map() -> None:
    """x_t = ((1 - t) I + t A) z: a normal with covariance M M^T, whatever the lattice."""
    matrix, t = np.array([[2.0, 0.5], [0.0, 0.4]]), 0.3
    mixed = (1 - t) * np.eye(2) + t * matrix
    warped = linear(matrix)
    density = warped.log_density_at(t)
    assert density is not None
    centre = warped.at(t)[:-1, :-1] + (warped.at(t)[1:, 1:] - warped.at(t)[:-1, :-1]) / 2
    inverse = np.linalg.inv(mixed @ mixed.T)
    exact = -0.5 * np.einsum("...i,ij,...j", centre, inverse, centre) - np.log(2 * np.pi * abs(np.linalg.det(mixed)))
    assert np.abs(density - exact).max() < 0.02, "a cell's average is its middle, but for its curvature"


def test_density_adds_up_to_the_mass_of_the_lattice() -> None:
    for t in (0.0, 0.4, 1.0):
        warped = folded_map()
        density = warped.log_density_at(t)
        assert density is not None
        area = np.abs(signed_areas(warped.at(t))).sum(0)
        inside = area > 1e-12
        assert (np.exp(density[inside]) * area[inside]).sum() == pytest.approx(warped.mass[inside].sum())


def test_back_is_the_inverse_of_forth() -> None:
    z = lattice()
    x = np.stack([z[..., 0] + 0.2 * np.sin(z[..., 1]) + 0.05 * z[..., 0] * z[..., 1], z[..., 1] + 0.3 * np.sin(z[..., 0])], -1)
    warped = WarpMap(z, x, None)
    for noise in np.random.default_rng(0).uniform(-2.4, 2.4, (50, 2)):
        (hit,) = warped.backward(warped.forward(noise[None])[0])
        assert near(hit.z, noise, 1e-9)
        row, column = warped.cell_of(noise[None])
        assert (hit.row, hit.column) == (row[0], column[0])


def test_forth_goes_through_the_corners() -> None:
    warped = folded_map()
    assert near(warped.forward(warped.z.reshape(-1, 2)), warped.x.reshape(-1, 2), 1e-12)


def test_folds_are_what_is_turned_over_against_the_rest() -> None:
    warped = folded_map()
    assert (warped.folded == (warped.z[:-1, :-1, 0] < -0.5 - 1e-9)).all()
    assert warped.fold_share == pytest.approx((phi(-0.5) - phi(-2.5)) / (2 * phi(2.5) - 1))
    assert not linear(np.array([[-1.0, 0.0], [0.0, 1.0]])).folded.any(), "a mirror turns all, and folds nothing"


def test_sheets_of_a_fold_add_up() -> None:
    """At x = (0.75, 0.05) noise comes from z1 = 0.25 and z1 = -1.25."""
    warped = folded_map()
    hits = warped.backward(np.array([0.75, 0.05]))
    assert sorted(round(float(h.z[0]), 9) for h in hits) == [-1.25, 0.25]
    cells = [(phi(z1 + 0.1) - phi(z1 - 0.1)) * (phi(0.1) - phi(-0.1)) / 0.2**2 for z1 in (0.2, -1.2)]
    assert warped.density(hits) == pytest.approx(sum(cells), rel=1e-9)
    assert not warped.backward(np.array([-0.3, 0.0])), "nothing lands at the left"


# ---------------------------------------------------------------- the view
def show(view: Any, engine: Any, warped: WarpMap) -> None:
    """Hand the view another map than the engine's."""
    request_id = view.ask_now("grid", view._request())
    view.on_answer(m.Warp(engine.context.run_id, request_id, 100, 1.0, "warp/grid", warped.z, warped.x, warped.log_density))
    QApplication.processEvents()


def test_the_mouse_over_noise_shows_where_it_lands(qtbot: Any) -> None:
    view, _ = make(qtbot, "warp", "points")
    move(qtbot, view.noise, view.noise.point(-1.3, 0.8))
    landed = warp(np.array([[-1.3, 0.8]]))[0]
    assert near(view.z, np.array([-1.3, 0.8]), 0.02)
    qtbot.waitUntil(lambda: near(np.array(view.image.trail.end), landed, 0.02), timeout=3000)
    text = view.facts.point.text()
    assert "z = (−1.3" in text and "per unit area" in text and "area kept" in text
    for plane, place in ((view.noise, (-1.3, 0.8)), (view.image, landed)):
        (quad,) = plane.outlines.quads
        assert (quad.min(0) <= np.array(place) + 0.02).all() and (quad.max(0) >= np.array(place) - 0.02).all()


def test_the_mouse_over_data_finds_the_noise(qtbot: Any) -> None:
    view, _ = make(qtbot, "warp", "points")
    move(qtbot, view.image, view.image.point(1.0, 0.8))
    assert near(view.z, np.array([0.8, 0.8]), 0.02), "x = (z1 + z2 / 4, z2)"


def test_a_place_without_noise_says_so(qtbot: Any) -> None:
    view, _ = make(qtbot, "warp", "points")
    view.image.hovered.emit(100.0, 100.0)
    assert "No noise" in view.facts.point.text()


def test_the_dot_replays_its_way_from_the_noise(qtbot: Any) -> None:
    view, _ = make(qtbot, "warp", "points")
    view.noise.hovered.emit(2.0, -2.0)
    x, z = warp(np.array([[2.0, -2.0]]))[0], np.array([2.0, -2.0])
    seen: list[float] = []

    def arrived() -> bool:
        seen.append(float(np.linalg.norm(np.array(view.image.trail.end) - z) / np.linalg.norm(x - z)))
        return not view._replay.isActive()

    qtbot.waitUntil(arrived, timeout=5000)
    assert seen == sorted(seen) and seen[0] < 0.5 and near(np.array(view.image.trail.end), x)
    assert near(np.array(view.image.trail.start), z)


def test_the_slider_carries_the_lattice(qtbot: Any) -> None:
    view, _ = make(qtbot, "warp", "points")
    ends = {}
    for frame, t in ((0, 0.0), (12, 0.5), (24, 1.0)):
        view.bar.slider.setValue(frame)
        assert view.t == t
        ends[t] = np.array(view.image.trail.end)
    z, x = view.z, warp(view.z[None])[0]
    assert near(ends[0.0], z) and near(ends[0.5], (z + x) / 2) and near(ends[1.0], x)
    assert view.image.bounds == view.data.bounds, "at the end the data's own plane"


def test_the_loop_plays_and_stops_when_hidden(qtbot: Any) -> None:
    view, _ = make(qtbot, "warp", "points")
    view.bar.play.click()
    qtbot.waitUntil(lambda: view.bar.frame < 24, timeout=3000)
    view.noise.hovered.emit(2.0, 2.0)
    view.hide()
    assert not view.bar.playing and not view._replay.isActive()


def test_folds_are_counted_and_hatched(qtbot: Any) -> None:
    view, engine = make(qtbot, "warp", "points")
    assert "No folds" in view.facts.folds.text()
    show(view, engine, folded_map())
    assert "31 % of the noise lands on folds" in view.facts.folds.text() and "250 of 625 cells" in view.facts.folds.text()
    red = [_red(shot(view.noise))]
    view.layers.parts["folds"].click()
    red.append(_red(shot(view.noise)))
    assert red[0] > 1000 and red[1] == 0


def _red(image: Array) -> int:
    image = image.astype(int)
    return int(((image[..., 0] > 180) & (image[..., 0] > image[..., 1] + 50) & (abs(image[..., 1] - image[..., 2]) < 40)).sum())


def test_a_fold_names_its_other_places(qtbot: Any) -> None:
    view, engine = make(qtbot, "warp", "points")
    show(view, engine, folded_map())
    view.noise.hovered.emit(0.25, 0.05)
    assert "from 2 places" in view.facts.point.text() and len(view.image.outlines.quads) == 2


def test_denser_cells_are_stronger(qtbot: Any) -> None:
    """The noise's own density: strong in the middle, faint at the corner."""
    view, _ = make(qtbot, "warp", "points")
    view.layers.parts["lines"].click()
    image = shot(view.noise).astype(int)
    red = [image[int(p.y()), int(p.x()), 0] for p in (view.noise.point(0.05, -0.05), view.noise.point(2.4, 2.4))]
    assert red[0] > red[1] + 60


def test_other_noise_sizes_are_told_in_words(qtbot: Any) -> None:
    view, _ = make(qtbot, "warp", "points", d=6)
    assert "6 numbers" in view.facts.folds.text() and "slice of the first two" in view.facts.folds.text()
    assert not view.facts.scale.isVisible() and "per unit area" not in view.facts.point.text()
    line, _ = make(qtbot, "warp", "points", d=1)
    assert "one number" in line.facts.folds.text()


def test_resolution_and_reach_are_asked_for(qtbot: Any) -> None:
    view, engine = make(qtbot, "warp", "points")
    view.count.setCurrentIndex(0)
    view.reach.setCurrentIndex(2)
    assert (engine.requests(m.WarpGrid)[-1].resolution, engine.requests(m.WarpGrid)[-1].extent) == (13, 3.0)
    engine.reply()
    assert view.warp.z.shape == (13, 13, 2) and float(view.warp.z.max()) == 3.0


def test_the_point_stays_in_the_noise_while_the_model_learns(qtbot: Any) -> None:
    view, engine = make(qtbot, "warp", "points")
    view.noise.hovered.emit(0.25, 0.05)
    view._replay.stop()
    show(view, engine, linear(2 * np.eye(2)))
    assert near(view.z, np.array([0.25, 0.05])) and near(np.array(view.image.trail.end), np.array([0.5, 0.1]))


def test_keyboard_moves_the_point(qtbot: Any) -> None:
    view, _ = make(qtbot, "warp", "points")
    x0, x1, _, _ = view.noise.bounds
    before = view.z.copy()
    qtbot.keyClick(view.noise, Qt.Key.Key_Right)
    assert near(view.z, before + np.array([(x1 - x0) / 100, 0]))
    qtbot.keyClick(view.image, Qt.Key.Key_Up)
    assert view.z[1] > before[1]


def test_a_film_of_the_way_can_be_exported(qtbot: Any) -> None:
    view, _ = make(qtbot, "warp", "points")
    material = view._material()
    frames = material.frames
    assert len(frames) == 2 * 25 - 2 and (frames[0] != frames[24]).any() and (frames[24] == material.strip).all()
    assert material.recipe == view.context.recipe
