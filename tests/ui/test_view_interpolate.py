"""Interpolate: endpoints from everywhere, paths, contrast, playing, exporting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from view_tools import make, near

from playground.engine import messages as m
from playground.engine import read_recipe


def test_pairs_of_data_items(qtbot: Any) -> None:
    view, engine = make(qtbot, "interpolate")
    request = engine.requests(m.Interpolate)[-1]
    assert len(request.pick) == 4 and len({i for pair in request.pick for i in pair}) == 8
    assert request.path == "lerp", "a VAE's default"
    view.dice.click()
    assert engine.requests(m.Interpolate)[-1].pick != request.pick


def test_random_ends_and_slerp(qtbot: Any) -> None:
    view, engine = make(qtbot, "interpolate", d=7)
    view.source.click("random")
    view.path.click("slerp")
    view.pairs.setValue(3)
    view.frames.setValue(5)
    request = engine.requests(m.Interpolate)[-1]
    assert request.a.shape == request.b.shape == (3, 7) and request.path == "slerp" and request.frames == 5
    engine.reply()
    assert view.shown.frames.shape[:2] == (3, 5) and view.strips.count == 15


def test_a_and_b_of_the_other_views(qtbot: Any) -> None:
    view, engine = make(qtbot, "interpolate")
    a, b = np.float32([1, 2]), np.float32([-1, 0.5])
    view.picks.put("A", a)
    view.picks.put("B", b)
    view.source.click("ab")
    request = engine.requests(m.Interpolate)[-1]
    assert near(request.a[0], a) and near(request.b[0], b)
    view.picks.put("B", a)
    assert near(engine.requests(m.Interpolate)[-1].b[0], a), "it follows what is dragged elsewhere"


def test_slider_shows_the_frame_of_every_path(qtbot: Any) -> None:
    view, _engine = make(qtbot, "interpolate")
    view.bar.slider.setValue(3)
    assert (view.large._pictures[:, 0] == view.shown.frames[:, 3]).all() and view.strips.cursor_column == 3


def test_pixel_space_beneath_each_path(qtbot: Any) -> None:
    view, _engine = make(qtbot, "interpolate")
    view.pixel.click()
    rows = view.rows()
    assert len(rows) == 8 and (rows[1] == view.shown.pixel[0]).all() and (rows[0] == view.shown.frames[0]).all()
    assert tuple(view.strips.row_labels[:2]) == ("model", "pixels")


@pytest.mark.parametrize("kind", ["image", "points"])
@pytest.mark.parametrize("ending", [".png", ".gif", ".mp4"])
def test_exports_are_readable_and_carry_the_recipe(qtbot: Any, tmp_path: Path, kind: str, ending: str) -> None:
    view, engine = make(qtbot, "interpolate", kind)
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
        assert film.n_frames == 20, "eleven there, nine back"
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
    dots = [(h.x, h.y) for h in view.plane.live]
    assert near(np.array(dots), view.shown.frames[:, 2])
