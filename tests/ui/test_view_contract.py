"""What holds for every view: words, tooltips, stale answers, themes, sizes, time to paint."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import pytest
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QComboBox, QScrollBar, QSpinBox, QWidget
from view_tools import LARGE, SMALL, again, families_of, make, shot

from playground.engine import FAMILIES
from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views import VIEWS, View

ALL = [(name, kind, family) for name, view in VIEWS.items() for kind in view.kinds for family in families_of(name, kind)]
WITH_RUN = [case for case in ALL if VIEWS[case[0]].needs_run]


def test_every_view_that_a_family_lists_exists() -> None:
    listed = {name for family in FAMILIES.values() for names in family.views.values() for name in names}
    assert listed <= set(VIEWS)
    assert listed == {view.name for view in VIEWS.values()}, "and no view is made in vain"


def test_families_list_a_view_only_for_data_that_it_can_show() -> None:
    listed = {(name, kind) for family in FAMILIES.values() for kind, names in family.views.items() for name in names}
    assert listed == {(name, kind) for name, view in VIEWS.items() for kind in view.kinds}


@pytest.mark.parametrize("name", VIEWS)
def test_words(name: str) -> None:
    view = VIEWS[name]
    assert issubclass(view, View) and view.name == name
    assert view.title and len(view.hint) > 40


@pytest.mark.parametrize(("name", "kind", "family"), ALL)
def test_every_control_has_a_tooltip(qtbot: Any, name: str, kind: str, family: str) -> None:
    view, _ = make(qtbot, name, kind, d=4, family=family)
    controls = [w for w in view.findChildren(QWidget) if isinstance(w, (QAbstractButton, QComboBox, QSpinBox, QAbstractSlider))]
    bare = [w for w in controls if not isinstance(w, QScrollBar) and w.isVisibleTo(view) and not w.toolTip()]
    assert controls and not bare


@pytest.mark.parametrize(("name", "kind", "family"), WITH_RUN)
def test_answers_of_another_run_are_ignored(qtbot: Any, name: str, kind: str, family: str) -> None:
    view, engine = make(qtbot, name, kind, fill=False, family=family)
    before = shot(view)
    view.refresh()
    for request_id, request in list(engine.asked):
        view.on_answer(engine.answer(request_id, request, run_id="an older run"))
    assert (shot(view) == before).all()
    engine.reply()
    assert (shot(view) != before).any(), "and its own answers are shown"


@pytest.mark.parametrize(("name", "kind", "family"), WITH_RUN)
def test_a_new_run_forgets_the_old_one(qtbot: Any, name: str, kind: str, family: str) -> None:
    view, engine = make(qtbot, name, kind, family=family)
    full = shot(view)
    view.set_context(dataclasses.replace(engine.context, run_id="another"))
    assert (shot(view) != full).mean() > 0.005
    view.set_context(None)
    engine.asked.clear()
    view.refresh()
    assert not engine.asked, "nothing is asked without a run"


@pytest.mark.parametrize(("name", "kind", "family"), ALL)
def test_nothing_is_wider_than_the_smallest_stage(qtbot: Any, name: str, kind: str, family: str) -> None:
    for d in (1, 2, 16):
        view, _ = make(qtbot, name, kind, d=d, size=SMALL, family=family)
        hint = view.minimumSizeHint()
        assert hint.width() <= SMALL[0] and hint.height() <= SMALL[1], (d, hint)
        assert (view.width(), view.height()) == SMALL
        for child in view.findChildren(QWidget):
            if child.isVisibleTo(view) and child.parentWidget() is view:
                assert view.rect().contains(child.geometry()), (d, child)


@pytest.mark.parametrize(("name", "kind", "family"), ALL)
def test_light_and_dark_differ_and_come_back(qtbot: Any, name: str, kind: str, family: str) -> None:
    view, _ = make(qtbot, name, kind, family=family)
    dark = shot(view)
    try:
        theme.wear("light")
        view.on_theme()
        assert (shot(view) != dark).mean() > 0.01
    finally:
        theme.wear("dark")
    view.on_theme()
    assert (shot(view) != dark).mean() < 0.002


@pytest.mark.parametrize(("name", "kind", "family"), WITH_RUN)
def test_refresh_never_piles_up(qtbot: Any, name: str, kind: str, family: str) -> None:
    """While an answer is on its way, refreshing again asks for nothing but what a mouse waits for."""
    view, engine = make(qtbot, name, kind, fill=False, family=family)
    view.refresh()
    first = len(engine.asked)
    view.refresh()
    assert first and all(r.interactive for _, r in engine.asked[first:])


@pytest.mark.parametrize(("name", "kind", "family"), WITH_RUN)
def test_a_refusal_is_shown_in_words_and_the_view_lives_on(qtbot: Any, name: str, kind: str, family: str) -> None:
    view, engine = make(qtbot, name, kind, fill=False, family=family)
    view.refresh()
    for request_id, request in list(engine.asked):
        view.on_answer(m.Refused(engine.context.run_id, request_id, 0, 1.0, request.channel, "Not today."))
    assert view.note.text() == "Not today." and view.note.isVisible()
    again(view, engine)
    assert not view.note.isVisible()


@pytest.mark.parametrize(("name", "kind", "family"), ALL)
def test_a_large_stage_is_filled(qtbot: Any, name: str, kind: str, family: str) -> None:
    """Pictures and planes grow with the stage."""
    view, engine = make(qtbot, name, kind, size=LARGE, family=family)
    small, _ = make(qtbot, name, kind, size=SMALL, family=family)
    again(view, engine)
    lit = [int((shot(v).max(2) > 60).sum()) for v in (view, small)]
    assert lit[0] > 1.3 * lit[1]


@pytest.mark.parametrize(("name", "kind", "family"), ALL)
def test_repainting_costs_little(qtbot: Any, name: str, kind: str, family: str) -> None:
    """A frame with nothing new in it. The limit is generous, since test machines are busy; the benchmark is strict."""
    view, _ = make(qtbot, name, kind, size=LARGE, family=family)
    target = QPixmap(view.size())
    times = []
    for _ in range(9):
        start = time.perf_counter()
        view.render(target)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05


@pytest.mark.parametrize(("name", "kind", "family"), [case for case in ALL if case not in WITH_RUN])
def test_theory_alone_asks_nothing_and_needs_no_run(qtbot: Any, name: str, kind: str, family: str) -> None:
    view, engine = make(qtbot, name, kind, family=family)
    assert not engine.asked
    full = shot(view)
    view.set_context(None)
    view.refresh()
    assert not engine.asked and (shot(view) != full).mean() < 0.01, "it shows the same without one"
