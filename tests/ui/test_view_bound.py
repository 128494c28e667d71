"""The likelihood view: the terms of the bound, log p of one item, and when the long measurements run."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from view_tools import again, make, near, shot

from playground.engine import messages as m
from playground.ui.views.bound import LONG
from playground.ui.widgets.bars import Part


def full(qtbot: Any, kind: str) -> Any:
    view, engine = make(qtbot, "bound", kind, family="diffusion")
    for _ in range(5):
        again(view, engine)
    return view, engine


def test_the_terms_add_up_to_the_bound(qtbot: Any) -> None:
    view, _ = full(qtbot, "points")
    assert near(np.array(sum(p.value for p in view.sum.parts)), np.array(view.sum.total.value))
    assert [p.role for p in view.sum.parts] == ["diffusion", "kl", "kl"], "as in a VAE: reconstruction and KL"
    assert view.sum.theory == ("entropy", 2.6) and "15.87 above the entropy" in view.total.text()
    assert view.bars.words(0) == "t = 1 … 50: 4.000 ± 0.200 nats"


def test_pictures_have_bits_per_dimension_and_no_entropy(qtbot: Any) -> None:
    view, _ = full(qtbot, "image")
    assert view.sum.theory is None and "bits/dim" in view.total.text()
    assert view.numbers.bits.isVisible() and not view.numbers.true.isVisible()


def test_a_clicked_point_gets_its_exact_log_p_beside_the_truth(qtbot: Any) -> None:
    view, engine = full(qtbot, "points")
    view.pair.maps[1].pressed.emit(1.0, 0.5)
    engine.reply()
    asked = [r for r in engine.requests(m.LogProb) if r.x is not None]
    assert {r.method for r in asked[-2:]} == {"ode", "bound"} and near(asked[-1].x, np.array([[1.0, 0.5]]))
    assert "(1.00, 0.50)" in view.numbers.where.text() and view.numbers.difference.text().startswith("−0.0500")
    assert view.spots[1].visible and near(np.array([view.spots[1].x, view.spots[1].y]), np.array([1.0, 0.5]))


def test_arrow_keys_move_the_point(qtbot: Any) -> None:
    view, engine = full(qtbot, "points")
    x = view.place[0]
    view.pair.maps[1].setFocus()
    qtbot.keyClick(view.pair.maps[1], Qt.Key.Key_Right)
    assert engine.requests(m.LogProb)[-1].x[0, 0] > x


def test_a_clicked_picture_is_asked_for(qtbot: Any) -> None:
    view, engine = full(qtbot, "image")
    view.grid.clicked.emit(7)
    assert engine.requests(m.LogProb)[-1].indices == (7,)
    engine.reply()
    assert "picture 8" in view.numbers.where.text() and view.numbers.gap.text().startswith("0.00")


def test_nothing_long_runs_again_until_the_user_asks(qtbot: Any) -> None:
    view, engine = full(qtbot, "points")
    count = len(engine.requests(m.Bound))
    view.on_event(m.StateChanged(engine.context.run_id, "training", 900))
    again(view, engine)
    assert len(engine.requests(m.Bound)) == count == 1 and len(engine.requests(m.ModelField)) == 1
    assert "again at step 900" in view.jobs.start.text() and f"step <b>{engine.step}" in view.jobs.words.text()
    view.jobs.start.click()
    assert len(engine.requests(m.Bound)) == 2 and len(engine.requests(m.ModelField)) == 2


def test_progress_and_stop(qtbot: Any) -> None:
    view, engine = make(qtbot, "bound", "points", fill=False, family="diffusion")
    dropped: list[str] = []
    view.commands = type(view.commands)(cancel=dropped.append)
    request = view.ask_now("parts", m.Bound())
    view.on_answer(m.Working(engine.context.run_id, request, 0, 1.0, view.channel("parts"), 30, 100, "variational bound", 4.0))
    assert view.jobs.progress.value() == 30 and "4 s left" in view.jobs.words.text() and view.jobs.stop.isVisible()
    view.jobs.stop.click()
    assert set(dropped) == {view.channel(part) for part in LONG} and not view.jobs.stop.isVisible()
    view.refresh()
    assert len(engine.requests(m.Bound)) == 1, "what was stopped does not start by itself"


def test_large_numbers_are_not_cut_off(qtbot: Any) -> None:
    """Pictures have bounds of many thousand nats: their first digit is seen, so another one looks different."""
    view, _ = full(qtbot, "image")
    seen = []
    for value in (21036.52, 11036.52):
        view.sum.show_parts([Part("L₀", value, 39.15, "kl")], Part("bound", value, 39.15, "total"), None)
        seen.append(shot(view.sum).min(2) > 190)  # texts and the bar of the total, which is as long in both
    assert (seen[0] != seen[1]).any()
