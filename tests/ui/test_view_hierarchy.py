"""The hierarchy view: the bound layer by layer, and the dial from VAE to diffusion, which remembers what was trained."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from fake_engine import FakeEngine
from PySide6.QtCore import QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip
from view_tools import again, make, near, shot

from playground.engine import FAMILIES
from playground.engine import messages as m
from playground.ui.views.hierarchy_dial import OTHER, POSITIONS, position_of
from playground.ui.widgets.dial_bars import DialBars, Stack, span
from playground.ui.widgets.ink import ink

KEYS = [p.key for p in POSITIONS]


def run(view: Any, kind: str = "points", key: str = "", **config: Any) -> FakeEngine:
    """Another run in the same tab, at a position of the dial, measured."""
    config = dict(next(p.changes for p in POSITIONS if p.key == key)) if key else config
    engine = FakeEngine(view, kind, 2, "hvae", **config)
    again(view, engine)
    return engine


def test_every_layer_is_a_term_and_they_add_up(qtbot: Any) -> None:
    view, _ = make(qtbot, "hierarchy", "points")
    parts = view.sum.parts
    assert [p.name for p in parts] == ["reconstruction", "z₁", "z₂", "z₃", "z₄ to the prior"]
    assert [p.role for p in parts] == ["hybrids", "kl", "kl", "kl", "kl"], "as in a VAE: reconstruction and KL"
    assert near(np.array(sum(p.value for p in parts)), np.array(view.sum.total.value))
    assert view.sum.theory == ("entropy", 2.4) and "0.200 ± 0.010 nats above the entropy" in view.total.text()


def test_many_layers_are_slices_of_one_bar(qtbot: Any) -> None:
    view, _ = make(qtbot, "hierarchy", "points")
    run(view, key="shared64")
    codes = view.sum.parts[1]
    assert len(view.sum.parts) == 2 and codes.name == "z₁ … z₆₄" and len(codes.slices) == 64
    assert near(np.array(sum(codes.slices)), np.array(codes.value)) and codes.error == 0.03


def test_pictures_have_bits_per_dimension_and_no_entropy(qtbot: Any) -> None:
    view, _ = make(qtbot, "hierarchy", "image")
    assert view.sum.theory is None and "bits/dim" in view.total.text() and "entropy" not in view.total.text()
    assert view.dial.bars.entropy is None


def test_the_dial_keeps_the_bounds_of_all_positions_side_by_side(qtbot: Any) -> None:
    view, _ = make(qtbot, "hierarchy", "points", size=(1000, 700))
    for key in ("vae", "learned2", "shared16"):
        run(view, key=key)
    trained = [key for key, stack in zip(KEYS, view.dial.bars.slots, strict=True) if stack is not None]
    assert trained == ["vae", "learned2", "fixed4", "shared16"], "the first was the preset in between"
    assert view.dial.bars.current == KEYS.index("shared16") and view.dial.buttons["shared16"].isChecked()
    assert sum(b.isChecked() for b in view.dial.buttons.values()) == 1
    gaps = [s.gap for s in view.dial.bars.known]
    assert near(np.array(gaps), np.array([0.8, 0.4, 0.2, 0.05]))


def test_data_sets_are_kept_apart(qtbot: Any) -> None:
    view, engine = make(qtbot, "hierarchy", "points")
    view.set_context(dataclasses.replace(engine.context, run_id="other data", data="ring8"))
    assert not view.dial.bars.known
    view.set_context(dataclasses.replace(engine.context, run_id="back"))
    assert len(view.dial.bars.known) == 1


def test_a_position_starts_its_recipe(qtbot: Any) -> None:
    view, _ = make(qtbot, "hierarchy", "points")
    wanted: list[dict[str, Any]] = []
    view.commands = type(view.commands)(change=wanted.append)
    for key in KEYS:
        view.dial.buttons[key].click()
    assert wanted == [p.changes for p in POSITIONS]
    assert view.dial.buttons["fixed4"].isChecked() and not view.dial.buttons["vae"].isChecked(), "the mark follows the run"


def test_every_position_is_a_valid_recipe_of_its_own() -> None:
    family = FAMILIES["hvae"]
    for kind in ("points", "image"):
        base = family.default_config("mnist" if kind == "image" else "moons", kind)
        assert [position_of(base.replace(**p.changes)) for p in POSITIONS] == KEYS
    titles = {p.title: position_of(family.config().replace(**p.changes)) for p in family.presets}
    assert titles == {"VAE end": "vae", "In between": "fixed4", "Diffusion end": "shared64"}


def test_a_recipe_off_the_dial_has_a_column_of_its_own(qtbot: Any) -> None:
    view, _ = make(qtbot, "hierarchy", "points")
    assert not view.dial.other.isVisible()
    run(view, encoders="fixed", num_layers=6, decoders="shared")
    assert len(view.dial.bars.slots) == len(KEYS) + 1 and view.dial.other.text() == "6 shared"
    assert not any(b.isChecked() for b in view.dial.buttons.values()) and view.kept["moons"][OTHER].layers[0] == 2
    again(view, run(view, key="vae"))
    assert view.dial.other.text() == "other" and view.dial.bars.slots[-1] is not None


@pytest.mark.parametrize("width", [480, 712, 1268])
def test_columns_stand_above_their_buttons_whose_titles_fit(qtbot: Any, width: int) -> None:
    view, _ = make(qtbot, "hierarchy", "points")
    view.setMinimumSize(1, 1)
    view.resize(width, 590)
    for other in (False, True):
        if other:
            run(view, encoders="fixed", num_layers=6, decoders="shared")
        view.grab()
        for i, key in enumerate(KEYS):
            button = view.dial.buttons[key]
            middle = button.mapTo(view.dial, QPoint(button.width() // 2, 0)).x()
            assert abs(middle - view.dial.bars.slot(i).center().x()) < 4, key
            lines = button.text().split("\n")
            assert " ".join(lines) == POSITIONS[i].title and len(lines) * button.fontMetrics().height() <= button.height()
            assert max(button.fontMetrics().horizontalAdvance(line) for line in lines) < button.width() - 2


def test_it_is_measured_again_with_newer_weights_and_stops_when_asked(qtbot: Any) -> None:
    view, engine = make(qtbot, "hierarchy", "points")
    count = len(engine.requests(m.LayerBound))
    again(view, engine)
    assert len(engine.requests(m.LayerBound)) == count, "the same weights give the same numbers"
    view.on_event(m.StateChanged(engine.context.run_id, "training", 900))
    view._next.clear()
    view.refresh()
    assert len(engine.requests(m.LayerBound)) == count + 1
    dropped: list[str] = []
    view.commands = type(view.commands)(cancel=dropped.append)
    number = len(engine.asked)
    view.on_answer(m.Working(engine.context.run_id, number, 0, 1.0, view.channel("bound"), 30, 100, "variational bound", 4.0))
    assert view.jobs.progress.value() == 30 and "4 s left" in view.jobs.words.text() and view.jobs.stop.isVisible()
    view.jobs.stop.click()
    view._next.clear()
    view.refresh()
    assert dropped == [view.channel("bound")] and len(engine.requests(m.LayerBound)) == count + 1
    view.jobs.start.click()
    assert len(engine.requests(m.LayerBound)) == count + 2


def test_the_last_weights_are_waited_for(qtbot: Any) -> None:
    """Training ends while older weights are being measured: theirs come next, without a click."""
    view, engine = make(qtbot, "hierarchy", "points", fill=False)
    view.on_event(m.StateChanged(engine.context.run_id, "training", 400))
    view.refresh()
    view.on_event(m.StateChanged(engine.context.run_id, "finished", 500))
    view.refresh()
    assert len(engine.requests(m.LayerBound)) == 1
    engine.reply(1)  # of step 100
    assert len(engine.requests(m.LayerBound)) == 2
    engine.reply(3)
    assert len(engine.requests(m.LayerBound)) == 2, "an engine that has no newer weights is not asked for ever"


def stack(reconstruction: float, *layers: float, gap: float = math.nan) -> Stack:
    return Stack(reconstruction, layers, reconstruction + sum(layers), 0.01, gap, 0.01, "words of it")


def test_the_axis_holds_every_end_of_a_bar() -> None:
    low, high = span([stack(-3.0, 4.0, -2.0, 3.0)], 2.5)
    assert low < -3 and high > 2.5
    assert span([stack(900.0, 3.0)], None)[0] == 0, "bars begin at nothing"


def test_a_layer_below_nothing_is_drawn_as_a_step_back(qtbot: Any) -> None:
    """Dotted, in the colour of text, within the bar that had gone too far."""
    bars = DialBars()
    qtbot.addWidget(bars)
    bars.resize(300, 300)
    bars.show()
    text = np.array(ink("text").getRgb()[:3])

    def edge(*layers: float) -> int:
        """Pixels of an outline along the left side of the codes' bar, between 3.2 and 4.8 nats."""
        bars.show_slots([stack(1.0, *layers)], 0, None)
        (low, high), plot = span(bars.known, None), bars._plots()[0]
        rows = [round(plot.bottom() - (v - low) / (high - low) * plot.height()) for v in (4.8, 3.2)]
        left = round(bars.slot(0).center().x()) + 1
        side = shot(bars)[rows[0] : rows[1], left - 1 : left + 2].astype(int)
        return int((np.abs(side - text).max(2) < 90).sum())

    assert edge(4.0, 2.0) == 0 and edge(4.0, -2.0) > 5


def test_the_mouse_is_told_the_numbers_of_a_column(qtbot: Any, monkeypatch: Any) -> None:
    view, _ = make(qtbot, "hierarchy", "points")
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda *args: said.append(args[1]))
    bars = view.dial.bars
    for slot in (KEYS.index("fixed4"), 0):
        at = QPoint(round(bars.slot(slot).center().x()), 40)
        bars.event(QHelpEvent(QHelpEvent.Type.ToolTip, at, bars.mapToGlobal(at)))
    assert "bound 2.60 ± 0.05 nats per item" in said[0] and "0.200 ± 0.010 nats above the entropy" in said[0]
    assert "4 fixed" in said[0] and said[1] == bars.toolTip()
