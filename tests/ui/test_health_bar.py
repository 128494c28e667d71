"""The bar beneath the stage: what goes wrong, why, and what helps with one click."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from fake_session import FakeSession
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from playground.engine import FAMILIES
from playground.engine import messages as m
from playground.ui import theme
from playground.ui.background import Background
from playground.ui.family_tab import FamilyTab
from playground.ui.health_bar import HealthBar

PENALTY = m.Remedy("Add R1 penalty", "Damps the turn.", {"penalty": "r1", "penalty_weight": 2.0})
PACKING = m.Remedy("Let D see two at once", "Variety shows.", {"packing": 2})
COLLAPSE = m.Finding("collapse", "Mode collapse", "2 of 8 modes get no samples: 225°, 270°.", "G is paid for fooling D now.", 400,
                     (PENALTY, PACKING))  # fmt: skip
CIRCLES = m.Finding("oscillation", "The players circle", "D swings, about every 300 steps.", "The field turns.", 500)


def health(*findings: m.Finding, run: str = "run") -> m.Health:
    return m.Health(run, 600, findings)


@pytest.fixture
def bar(qtbot: QtBot, dressed: QApplication) -> HealthBar:
    bar = HealthBar()
    qtbot.addWidget(bar)
    bar.resize(700, 60)
    bar.acts_now = lambda changes: "packing" not in changes
    return bar


def shows(bar: HealthBar) -> str:
    return bar.text.text() if not bar.isHidden() else ""


# ---------------------------------------------------------------- alone
def test_hidden_while_all_is_well(bar: HealthBar) -> None:
    assert bar.isHidden()
    bar.show_health(health(COLLAPSE))
    assert "<b>Mode collapse:</b> 2 of 8 modes" in shows(bar)
    bar.show_health(health())
    assert bar.isHidden()


def test_the_most_important_first_and_one_turns_through_all(bar: HealthBar, qtbot: QtBot) -> None:
    bar.show_health(health(COLLAPSE, CIRCLES))
    assert bar.turn.text() == "1 of 2 ›" and "collapse" in shows(bar)
    qtbot.mouseClick(bar.turn, Qt.MouseButton.LeftButton)
    assert bar.turn.text() == "2 of 2 ›" and "circle" in shows(bar)
    bar.show_health(health(COLLAPSE, CIRCLES))
    assert "circle" in shows(bar), "news do not turn the page"
    bar.show_health(health(COLLAPSE))
    assert "collapse" in shows(bar) and bar.turn.isHidden()


def test_why_unfolds(bar: HealthBar, qtbot: QtBot) -> None:
    bar.show_health(health(COLLAPSE))
    assert bar.reason.isHidden()
    before = bar.sizeHint().height()
    qtbot.mouseClick(bar.why, Qt.MouseButton.LeftButton)
    assert not bar.reason.isHidden() and bar.reason.text() == COLLAPSE.why and bar.sizeHint().height() > before


def test_dismissed_until_it_goes_and_comes_back(bar: HealthBar, qtbot: QtBot) -> None:
    bar.show_health(health(COLLAPSE))
    qtbot.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)
    assert bar.isHidden()
    bar.show_health(health(COLLAPSE, CIRCLES))
    assert "circle" in shows(bar), "another one is shown"
    bar.show_health(health(CIRCLES))
    bar.show_health(health(COLLAPSE, CIRCLES))
    assert len(bar.open_ones()) == 2, "it was gone, and is back"
    bar.clear()
    assert bar.isHidden()


def test_a_remedy_says_whether_it_acts_now_or_anew(bar: HealthBar, qtbot: QtBot) -> None:
    bar.show_health(health(COLLAPSE))
    now, anew = bar.remedy_buttons()
    assert now.text() == "Add R1 penalty" and "at once" in now.toolTip() and "Damps the turn." in now.toolTip()
    assert anew.text().endswith("(new run)") and "new run" in anew.toolTip()
    with qtbot.waitSignal(bar.remedy) as caught:
        qtbot.mouseClick(now, Qt.MouseButton.LeftButton)
    assert caught.args == [PENALTY.changes]


def test_news_of_the_same_finding_keep_the_buttons(bar: HealthBar) -> None:
    """A click that is on its way must not fall into the void."""
    bar.show_health(health(COLLAPSE))
    before = bar.remedy_buttons()
    bar.show_health(health(COLLAPSE))
    assert bar.remedy_buttons() == before
    bar.acts_now = lambda _: False
    bar.refresh()
    assert all("new run" in b.text() for b in bar.remedy_buttons()), "at rest nothing acts at once"


def test_the_keyboard_reaches_everything(bar: HealthBar, qtbot: QtBot) -> None:
    bar.show_health(health(COLLAPSE, CIRCLES))
    bar.show()
    wanted = {bar.turn, bar.why, bar.close_button, *bar.remedy_buttons()}
    assert all(w.focusPolicy() & Qt.FocusPolicy.TabFocus for w in wanted)
    first = bar.remedy_buttons()[0]
    first.setFocus()
    with qtbot.waitSignal(bar.remedy):
        qtbot.keyClick(first, Qt.Key.Key_Space)


def test_words_wrap_and_nothing_is_cut(bar: HealthBar, qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    column = QVBoxLayout(host)
    column.addStretch(1)
    column.addWidget(bar)
    third = m.Remedy("Lower the learning rate of D", "Slower.", {"learning_rate_d": 1e-4})
    bar.show_health(health(dataclasses.replace(COLLAPSE, remedies=(PENALTY, PACKING, third)), CIRCLES))
    host.show()
    for width in (440, 712, 1268):
        host.resize(width, 300)
        QApplication.processEvents()
        assert bar.text.height() >= bar.text.heightForWidth(bar.text.width()), width
        for button in (*bar.remedy_buttons(), bar.why, bar.close_button):
            assert bar.rect().contains(button.mapTo(bar, button.rect().topLeft())), width
            assert bar.rect().contains(button.mapTo(bar, button.rect().bottomRight())), width
            assert button.width() >= button.sizeHint().width(), width
    column.removeWidget(bar)
    bar.setParent(None)


def test_engine_text_is_text(bar: HealthBar) -> None:
    bar.show_health(health(m.Finding("x", "D < D*", "a & b", "<b>", 1)))
    assert "D &lt; D*" in shows(bar) and "a &amp; b" in shows(bar) and bar.reason.text() == "&lt;b>"


# ---------------------------------------------------------------- in the tab
@pytest.fixture
def background() -> Iterator[Background]:
    background = Background()
    yield background
    background.close()


@pytest.fixture
def tab(qtbot: QtBot, services: Any, session: FakeSession, background: Background) -> Iterator[FamilyTab]:
    """A GAN in training."""
    session.steps_per_poll = 1
    tab = FamilyTab(FAMILIES["gan"], services, background)
    qtbot.addWidget(tab)
    tab.resize(1280, 720)
    tab.show()
    tab.attach(session)
    tab.train()
    qtbot.waitUntil(lambda: tab.status.state == "training")
    yield tab
    tab.bridge.attach(None)


def ill(tab: FamilyTab, session: FakeSession, qtbot: QtBot, *findings: m.Finding) -> list[Any]:
    session._say(m.Health, step=session.step, findings=findings)
    qtbot.waitUntil(lambda: tab.stage.health.findings == findings)
    return tab.stage.health.remedy_buttons()


def test_a_live_remedy_acts_on_the_running_model_and_can_be_undone(tab: FamilyTab, session: FakeSession, qtbot: QtBot) -> None:
    live, _ = ill(tab, session, qtbot, COLLAPSE)
    before = tab.panel.form.values()["penalty"]
    qtbot.mouseClick(live, Qt.MouseButton.LeftButton)
    assert {c[1:] for c in session.called("apply_live")} >= {("penalty_weight", 2.0), ("penalty", "r1")}
    assert len(session.called("start")) == 1, "the run goes on"
    tab.panel.undo_stack.undo()  # at once: the engine's word that it has changed is still on its way
    assert tab.panel.form.values()["penalty"] == before
    assert {c[1:] for c in session.called("apply_live")[-2:]} == {("penalty", before), ("penalty_weight", 1.0)}


def test_another_remedy_starts_a_new_run(tab: FamilyTab, session: FakeSession, qtbot: QtBot) -> None:
    _, anew = ill(tab, session, qtbot, COLLAPSE)
    qtbot.mouseClick(anew, Qt.MouseButton.LeftButton)
    assert len(session.called("start")) == 2 and session.called("start")[-1][1].config.packing == 2
    assert tab.stage.health.isHidden(), "nothing is known yet of the new run"


def test_at_rest_a_live_remedy_needs_a_new_run_too(tab: FamilyTab, session: FakeSession, qtbot: QtBot) -> None:
    ill(tab, session, qtbot, COLLAPSE)
    tab.stop()
    qtbot.waitUntil(lambda: tab.status.state == "stopped")
    live, _ = tab.stage.health.remedy_buttons()
    assert "new run" in live.text()
    qtbot.mouseClick(live, Qt.MouseButton.LeftButton)
    assert session.called("start")[-1][1].config.penalty == "r1" and len(session.called("start")) == 2


def test_an_adopted_part_is_told(tab: FamilyTab, session: FakeSession, qtbot: QtBot) -> None:
    session._say(m.Adopted, part="discriminator", step=1234)
    qtbot.waitUntil(lambda: tab.stage.banner.isVisible())
    assert "discriminator" in tab.stage.banner.label.text() and "1,234" in tab.stage.banner.label.text()


@pytest.mark.parametrize("name", theme.THEMES)
def test_the_border_wears_the_familys_accent(tab: FamilyTab, session: FakeSession, qtbot: QtBot, dressed: Any, name: str) -> None:
    ill(tab, session, qtbot, COLLAPSE)
    theme.wear(name)
    tab.retheme()
    QApplication.processEvents()
    bar = tab.stage.health
    image = bar.grab().toImage()
    assert image.pixelColor(image.width() // 2, 0).name() == theme.current().accent("gan")
