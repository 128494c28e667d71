"""Maps: one lattice of noise through every contestant, and one spot in all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fake_comparison import ComparePage
from pytestqt.qtbot import QtBot

from playground.engine import messages as m
from playground.ui.compare.maps import MapsView


@pytest.fixture(scope="module")
def page(qapp: Any) -> Iterator[ComparePage]:
    made = ComparePage()
    made.start()
    made.finish()
    made.tab.stage.show_view("maps")
    made.hear(2)
    yield made
    made.close()


@pytest.fixture
def view(page: ComparePage, qtbot: QtBot) -> MapsView:
    found = page.tab.stage.made("maps")
    assert isinstance(found, MapsView)
    qtbot.waitUntil(lambda: not found._dirty)
    return found


def test_every_contestant_is_asked_once_for_the_same_lattice(page: ComparePage, view: MapsView) -> None:
    asked = [(run, r) for run, r in page.engine.requests if isinstance(r, m.WarpGrid)]
    assert sorted(run for run, _ in asked) == sorted(c.run_ids[0] for c in page.engine.columns)
    assert {(r.resolution, r.extent) for _, r in asked} == {(21, 2.5)}
    assert all(cell.warp is not None for cell in view.cells.values())
    assert [c.note.text() for c in view.cells.values()] == ["step 1,000: no folds"] * 3


def test_the_spot_moves_in_all_maps(view: MapsView, monkeypatch: pytest.MonkeyPatch) -> None:
    ends: dict[str, Any] = {}
    for key, cell in view.cells.items():
        monkeypatch.setattr(cell.plane, "show_trail", lambda start, end, key=key: ends.update({key: end}))
    view.noise.hovered.emit(1.0, 0.5)
    for i, key in enumerate(view.cells):  # x = (z1 / 2 + i / 10 z2, z2 / 2)
        assert np.allclose(ends[key], (0.5 + 0.05 * i, 0.25), atol=1e-4)
    list(view.cells.values())[1].plane.hovered.emit(0.3, 0.2)  # back to its noise, and on to the others
    assert np.allclose(view.z, (0.52, 0.4), atol=1e-3)
    assert np.allclose(ends["vae"], (0.26, 0.2), atol=1e-3)


def test_folds_are_told(view: MapsView) -> None:
    z = np.stack(np.meshgrid(*[np.linspace(-2.5, 2.5, 21)] * 2, indexing="xy"), -1).astype(np.float32)
    x = np.stack([np.abs(z[..., 0]), z[..., 1]], -1)  # one half over the other
    answer = m.Warp(run_id="", request_id=1, step=7, elapsed_ms=1.0, channel="maps/grid", z=z, x=x, log_density=None)
    cell = view.cells["vae"]
    before = cell.warp
    cell.take(answer)
    assert cell.note.text().startswith("step 7: ") and "% of the noise on folds" in cell.note.text()
    cell.warp = before
