"""Interpolate: endpoints from everywhere, paths, contrast, playing, exporting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from view_tools import make, near, shot

from playground.engine import messages as m
from playground.engine import read_recipe
from playground.ui.commands import Commands
from playground.ui.views.journeys import analogy_grid, fourth_corner, random_walk, slerp


def test_pairs_of_data_items(qtbot: Any) -> None:
    view, engine = make(qtbot, "interpolate")
    request = engine.requests(m.Interpolate)[-1]
    assert len(request.pick) == 4 and len({i for pair in request.pick for i in pair}) == 8
    assert request.path == "lerp", "a VAE's default"
    view.controls.dice.click()
    assert engine.requests(m.Interpolate)[-1].pick != request.pick


def test_random_ends_and_slerp(qtbot: Any) -> None:
    view, engine = make(qtbot, "interpolate", d=7)
    view.controls.source.click("random")
    view.controls.path.click("slerp")
    view.controls.pairs.setValue(3)
    view.controls.frames.setValue(5)
    request = engine.requests(m.Interpolate)[-1]
    assert request.a.shape == request.b.shape == (3, 7) and request.path == "slerp" and request.frames == 5
    engine.reply()
    assert view.shown.frames.shape == (5, 3) and view.stage.strips.count == 15


def test_a_and_b_of_the_other_views(qtbot: Any) -> None:
    view, engine = make(qtbot, "interpolate")
    a, b = np.float32([1, 2]), np.float32([-1, 0.5])
    view.picks.put("A", a)
    view.picks.put("B", b)
    view.controls.source.click("ab")
    request = engine.requests(m.Interpolate)[-1]
    assert near(request.a[0], a) and near(request.b[0], b)
    view.picks.put("B", a)
    assert near(engine.requests(m.Interpolate)[-1].b[0], a), "it follows what is dragged elsewhere"


def test_slider_shows_the_frame_of_every_path(qtbot: Any) -> None:
    view, _engine = make(qtbot, "interpolate")
    view.bar.slider.setValue(3)
    assert (view.stage.large._pictures[:, 0] == view.shown.x[[3, 14, 25, 36]]).all()
    assert list(view.stage.strips.cursor_tiles) == [3, 14, 25, 36], "the same column of all four rows is framed"


def test_a_click_on_a_picture_moves_the_slider_there(qtbot: Any) -> None:
    view, _engine = make(qtbot, "interpolate")
    strips = view.stage.strips
    qtbot.mouseClick(strips, Qt.MouseButton.LeftButton, pos=strips.tile_rect(2 * 11 + 7).center().toPoint())
    assert view.bar.frame == 7


def test_pixel_space_beneath_each_path(qtbot: Any) -> None:
    view, _engine = make(qtbot, "interpolate")
    view.controls.pixel.click()
    whole = view.stage.whole()
    rows = whole.x.reshape(8, 11, 28, 28)
    assert (rows[1] == view.shown.pixel[:11]).all() and (rows[2] == view.shown.x[11:22]).all()
    assert (whole.frames[4] == 11 * np.arange(8) + 4).all()
    assert tuple(view.stage.strips.row_labels[:2]) == ("model", "pixels")
    assert (view.stage.large._pictures[1] == np.stack([view.shown.x[11 + 5], view.shown.pixel[11 + 5]])).all()


@pytest.mark.parametrize("kind", ["image", "points"])
@pytest.mark.parametrize(("mode", "ending", "frames"), [
    ("paths", ".png", 0), ("paths", ".gif", 20), ("paths", ".mp4", 0), ("analogy", ".png", 0), ("analogy", ".gif", 24),
    ("walk", ".png", 0), ("walk", ".gif", 48),
])  # fmt: skip
def test_exports_are_readable_and_carry_the_recipe(
    qtbot: Any, tmp_path: Path, kind: str, mode: str, ending: str, frames: int
) -> None:
    """Frames: eleven there and nine back; once round a seven by seven grid; the walk, which ends where it began."""
    view, engine = make(qtbot, "interpolate", kind)
    view.controls.mode.click(mode)
    view.controls.length.setCurrentIndex(0)
    engine.reply()
    path = tmp_path / f"path{ending}"
    with qtbot.waitSignal(view.export.finished, timeout=30_000) as caught:
        assert view.export.export_to(path)
    assert path.name in caught.args[0] and "Saved" in caught.args[0]
    assert read_recipe(path).to_dict() == engine.context.recipe
    if ending == ".png":
        picture = np.asarray(Image.open(path))
        assert picture.shape[1] > picture.shape[0] / 2 and picture.std() > 5
    if ending == ".gif":
        film = Image.open(path)
        assert film.n_frames == frames
    assert not list(tmp_path.glob(".*")), "no half-written file"


def test_a_cancelled_export_leaves_nothing(qtbot: Any, tmp_path: Path) -> None:
    view, _ = make(qtbot, "interpolate")
    with qtbot.waitSignal(view.export.finished, timeout=30_000) as caught:
        view.export.export_to(tmp_path / "path.gif")
        assert view.export.cancel.isVisible()
        view.export.cancel.click()
    assert "cancelled" in caught.args[0] and not list(tmp_path.iterdir())


def test_an_impossible_place_is_a_sentence(qtbot: Any, tmp_path: Path) -> None:
    view, _ = make(qtbot, "interpolate")
    (tmp_path / "file").write_text("x")
    with qtbot.waitSignal(view.export.finished, timeout=30_000) as caught:
        view.export.export_to(tmp_path / "file" / "path.png")
    assert "could not be written" in caught.args[0]


def test_points_have_paths_in_the_plane(qtbot: Any) -> None:
    view, _ = make(qtbot, "interpolate", "points")
    view.bar.slider.setValue(2)
    dots = [(h.x, h.y) for h in view.stage.plane.live]
    assert near(np.array(dots), view.shown.x[view.shown.frames[2]])


def test_a_film_of_points_moves_the_dot_over_the_plane(qtbot: Any) -> None:
    """The stamped dot lies where the plane itself would paint it."""
    view, engine = make(qtbot, "interpolate", "points")
    view.controls.pairs.setValue(1)
    engine.reply()
    material = view._material()
    assert material is not None and callable(material.frames)
    shots = material.frames()
    view.stage.plane.live = []
    still = shot(view.stage.plane)

    def centre(picture: np.ndarray) -> np.ndarray:
        return np.argwhere((picture != still).any(-1)).mean(0)[::-1]

    for frame in (2, 8):
        view.bar.slider.setValue(frame)
        place = view.stage.plane.to_px(view.shown.x[view.shown.frames[frame]])[0]
        assert np.abs(centre(shots[frame]) - place).max() < 1.2
        assert np.abs(centre(shots[frame]) - centre(shot(view.stage.plane))).max() < 0.6, "within half a pixel"
    assert np.abs(centre(shots[2]) - centre(shots[8])).max() > 10


# ---------------------------------------------------------------- analogies and walks
def test_analogy_fills_the_fourth_corner(qtbot: Any) -> None:
    view, engine = make(qtbot, "interpolate", d=5, family="gan")
    a, b, c = np.float32([[1, 0, 2, 0, 1], [0, 1, 1, 0, 0], [-1, 2, 0, 1, 1]])
    for letter, z in zip("ABC", (a, b, c), strict=True):
        view.picks.put(letter, z)
    view.controls.mode.click("analogy")
    view.controls.source.click("ab")
    view.controls.path.click("lerp")
    view.controls.side.setValue(5)
    z = engine.requests(m.Decode)[-1].z.reshape(5, 5, 5)
    assert near(z[0, 0], a) and near(z[0, -1], b) and near(z[-1, 0], c) and near(z[-1, -1], b + c - a)
    assert near(z[2, 2], a + (b - a) / 2 + (c - a) / 2), "and the middle lies in their plane"
    engine.reply()
    assert view.stage.strips.count == 25 and view.stage.strips.marks == {0: "A", 4: "B", 20: "C", 24: "D"}


def test_analogy_of_data_items_asks_for_their_codes_first(qtbot: Any) -> None:
    view, engine = make(qtbot, "interpolate", d=3)
    view.controls.mode.click("analogy")
    (i, j), (same, k) = engine.requests(m.Interpolate)[-1].pick
    assert i == same and len({i, j, k}) == 3
    engine.reply()
    z = engine.requests(m.Decode)[-1].z.reshape(7, 7, 3)
    codes = engine.mu[np.array([i, j, k]) % len(engine.mu)]
    assert near(z[[0, 0, -1], [0, -1, 0]], codes)


def test_on_arcs_the_fourth_corner_lies_where_noise_lies() -> None:
    a, b, c = np.random.default_rng(0).standard_normal((3, 400)).astype(np.float32)
    grid = analogy_grid(a, b, c, 5, "slerp")
    assert np.corrcoef(grid[-1], b + c - a)[0, 1] > 0.9999, "in the direction of B + C − A"
    lengths = np.linalg.norm(grid, axis=1)
    assert lengths.min() > 18.5 and lengths.max() < 21.5, "a shell of radius 20"
    assert np.linalg.norm(fourth_corner(a, b, c, "lerp")) > 30, "which the plain sum leaves"


def test_an_arc_turns_evenly_while_its_length_goes_over() -> None:
    """In the plane of its ends, an arc at t has the angle t ω and the length (1 - t) |a| + t |b|."""
    e1, e2 = np.linalg.qr(np.random.default_rng(0).standard_normal((9, 2)))[0].T
    for omega in (0.3, 1.5, 3.0):
        a, b = 2.0 * e1, 5.0 * (np.cos(omega) * e1 + np.sin(omega) * e2)
        for t in np.linspace(0, 1, 6):
            right = (2 + 3 * t) * (np.cos(t * omega) * e1 + np.sin(t * omega) * e2)
            assert np.abs(slerp(a, b, t) - right).max() < 1e-5


def test_ends_without_an_arc_are_joined_by_a_line() -> None:
    a = np.float32([1, 2, 3])
    for b in (a, -a, 0 * a):
        assert np.abs(slerp(a, b, 0.25) - (0.75 * a + 0.25 * b)).max() < 1e-5


def test_a_walk_is_a_fair_smooth_closed_draw_from_the_prior() -> None:
    walks = np.stack([random_walk(3, 32, 4, seed) for seed in range(4000)])  # (walks, 32, 3)
    for moment in (0, 5, 17):
        z = walks[:, moment]
        assert np.abs(z.mean(0)).max() < 0.06 and np.abs(np.cov(z.T) - np.eye(3)).max() < 0.08
    steps = np.linalg.norm(np.diff(walks[:, [*range(32), 0]], axis=1), axis=2)
    assert steps[:, -1].mean() < 1.05 * steps[:, :-1].mean(), "the last step home is like any other"
    fine = np.linalg.norm(np.diff(random_walk(3, 3200, 4, 0), axis=0), axis=1)
    assert fine.max() < 0.03, "a hundred times finer frames make steps a hundred times smaller"


def test_the_walk_plays_as_a_loop(qtbot: Any) -> None:
    view, engine = make(qtbot, "interpolate", d=6, family="gan")
    view.controls.mode.click("walk")
    engine.reply()
    assert engine.requests(m.Decode)[-1].z.shape == (96, 6) and view.shown.closed and not view.bar.bounce
    view.bar.slider.setValue(95)
    view.bar._tick()
    assert view.bar.frame == 0, "after the last frame comes the first"
    view.controls.dice.click()
    assert not near(engine.requests(m.Decode)[-1].z, random_walk(6, 96, 3, 0))


def test_an_answer_to_another_kind_of_journey_is_not_shown(qtbot: Any) -> None:
    view, engine = make(qtbot, "interpolate")
    view.controls.dice.click()
    late = engine.asked[-1]
    view.controls.mode.click("walk")
    engine.reply()
    walk = view.shown
    view.on_answer(engine.answer(*late))
    assert view.shown is walk


# ---------------------------------------------------------------- families without an encoder
def test_noise_is_where_a_gan_begins(qtbot: Any) -> None:
    view, engine = make(qtbot, "interpolate", d=4, family="gan")
    request = engine.requests(m.Interpolate)[-1]
    assert view.controls.source.key() == "random" and request.path == "slerp" and not request.pick
    assert not engine.requests(m.Encode), "there is no encoder to ask"


def found(qtbot: Any, kind: str = "image", letters: str = "") -> tuple[Any, Any]:
    """The finder on stage with its items, and codes found for each of ``letters``."""
    view, engine = make(qtbot, "interpolate", kind, d=4 if kind == "image" else 2, family="gan")
    view.controls.source.click("data")
    engine.reply()
    for i, letter in enumerate(letters):
        view.finder.choose(i)
        engine.reply()
        view.finder.panel.uses["ABC".index(letter)].click()
    return view, engine


def test_a_click_on_an_item_searches_its_code(qtbot: Any) -> None:
    view, engine = found(qtbot)
    grid = view.finder.grid
    assert view.stack.currentWidget() is view.finder and grid.count == 36 and not view.finder.panel.uses[0].isEnabled()
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.tile_rect(7).center().toPoint())
    assert engine.requests(m.FindLatent)[-1].index == 7 and view.finder.panel.halt.isVisible()
    request_id, request = engine.asked[-1]
    first, second, last = engine.answers(request_id, request)
    view.on_answer(first)
    panel = view.finder.panel
    assert "2 s left" in panel.facts.text() and "0.400" in panel.facts.text() and panel.progress.value() == 100
    view.on_answer(second)
    view.on_answer(last)
    assert not view.finder.panel.halt.isVisible() and "0.100" in view.finder.panel.facts.text()
    assert (view.finder.panel.pair._pictures[:, 0] == np.concatenate([last.target, last.x])).all(), "item and found, side by side"
    view.finder.panel.uses[1].click()
    assert near(view.picks.ends["B"], engine.mu[7])


def test_a_stopped_search_keeps_what_was_found_and_hears_no_more(qtbot: Any) -> None:
    view, engine = found(qtbot)
    cancelled: list[str] = []
    view.commands = Commands(cancel=cancelled.append)
    view.finder.choose(3)
    request_id, request = engine.asked[-1]
    first, second, _ = engine.answers(request_id, request)
    view.on_answer(first)
    view.finder.panel.halt.click()
    assert cancelled == ["interpolate/find"] and not view.finder.panel.searching
    view.on_answer(second)
    assert near(view.finder.found.z, first.z) and view.finder.panel.uses[0].isEnabled()
    view.finder.choose(4)
    engine.reply()
    assert near(view.finder.found.z, engine.mu[4]), "and the next search is heard again"


def test_found_codes_are_ends_of_a_path(qtbot: Any) -> None:
    view, engine = found(qtbot, letters="AB")
    view.controls.source.click("ab")
    request = engine.requests(m.Interpolate)[-1]
    assert near(request.a[0], engine.mu[0]) and near(request.b[0], engine.mu[1])
    engine.reply()
    assert view.stack.currentWidget() is view.stage and view.shown.length == 11


def test_points_are_found_on_the_plane(qtbot: Any) -> None:
    view, engine = found(qtbot, "points")
    x, y = view.finder.items[20]
    qtbot.mouseClick(view.finder.plane, Qt.MouseButton.LeftButton, pos=view.finder.plane.point(x, y).toPoint())
    index = engine.requests(m.FindLatent)[-1].index
    assert np.abs(view.finder.items[index] - (x, y)).max() < 0.1
    engine.reply()
    assert "distance" in view.finder.panel.facts.text() and near(view.finder.found.z, engine.mu[index])


def test_a_refused_search_says_why(qtbot: Any) -> None:
    view, engine = found(qtbot)
    view.finder.choose(3)
    request_id, request = engine.asked[-1]
    view.on_answer(m.Refused(engine.context.run_id, request_id, 0, 1.0, request.channel, "Not this model."))
    assert view.finder.panel.facts.text() == "Not this model." and not view.finder.panel.halt.isVisible()
