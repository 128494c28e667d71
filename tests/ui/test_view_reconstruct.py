"""Reconstruct: columns line up, other items, errors in nats."""

from __future__ import annotations

from typing import Any

import numpy as np
from view_tools import make, shot

from playground.engine import messages as m


def test_original_above_reconstruction_above_difference(qtbot: Any) -> None:
    view, _engine = make(qtbot, "reconstruct")
    grid, answer = view.grid, view.shown
    image, rect, layout = shot(grid), grid.tile_rect(2), grid.layout_now()
    scale = int(layout.scale)
    for row, pictures in enumerate((answer.x, answer.x_hat, answer.difference)):
        top = int(rect.y()) + row * (layout.tile_h + 2)
        shown = image[top : top + layout.tile_h : scale, int(rect.x()) : int(rect.x()) + layout.tile_w : scale, 0]
        assert (shown == pictures[2]).all(), row


def test_errors_stand_beneath_with_their_unit(qtbot: Any) -> None:
    view, _ = make(qtbot, "reconstruct")
    assert list(view.grid.captions[:3]) == ["0.5", "1.5", "2.5"] and "nats" in view.grid.caption_label
    assert "mean error 6.0 nats per item" in view.mean.text()
    view.grid._go(2)
    assert "item 2: error 2.5 nats" in view.mean.text()


def test_paging_and_shuffling(qtbot: Any) -> None:
    view, engine = make(qtbot, "reconstruct")
    view.forth.click()
    assert engine.requests(m.Reconstruct)[-1].indices == tuple(range(12, 24))
    view.back.click()
    view.back.click()
    assert engine.requests(m.Reconstruct)[-1].indices == tuple(range(988, 1000))
    view.shuffle.click()
    shuffled = engine.requests(m.Reconstruct)[-1].indices
    assert len(set(shuffled)) == 12 and shuffled != tuple(range(12))
    view.split.click("train")
    assert engine.requests(m.Reconstruct)[-1].split == "train" and engine.requests(m.Reconstruct)[-1].indices == shuffled


def test_points_get_lines_from_x_to_their_reconstruction(qtbot: Any) -> None:
    view, _ = make(qtbot, "reconstruct", "points")
    start, end = view.plane.to_px(view.shown.x), view.plane.to_px(view.shown.x_hat)
    image = shot(view.plane)
    far = int(np.linalg.norm(end - start, axis=1).argmax())
    middle = ((start[far] + end[far]) / 2).astype(int)
    around = image[middle[1] - 2 : middle[1] + 3, middle[0] - 2 : middle[0] + 3]
    assert around.max() > 150, "a line passes half way"
