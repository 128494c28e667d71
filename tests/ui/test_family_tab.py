"""One tab: what the user does reaches the session, what the session says reaches the columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_session import FakeSession, fake_services
from probe_views import CLASSES, Probe
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from playground.engine import FAMILIES, ConfigError, Recipe
from playground.engine import messages as m
from playground.ui.background import Background
from playground.ui.family_tab import FamilyTab
from playground.ui.param_form import PENDING
from playground.ui.recipe_panel import CUSTOM
from playground.ui.views.base import RunContext

VAE = FAMILIES["vae"]


@pytest.fixture
def background() -> Iterator[Background]:
    background = Background()
    yield background
    background.close()


@pytest.fixture
def tab(qtbot: QtBot, services: Any, session: FakeSession, background: Background) -> Iterator[FamilyTab]:
    tab = FamilyTab(VAE, services, background)
    qtbot.addWidget(tab)
    tab.resize(1280, 720)
    tab.show()
    tab.build_monitor()
    tab.load_views(CLASSES, RunContext)
    tab.attach(session)
    qtbot.waitUntil(lambda: tab.previews.get("mnist") is not None)
    yield tab
    tab.bridge.attach(None)


def train(tab: FamilyTab, qtbot: QtBot) -> None:
    """Press Train and wait for the first curve."""
    qtbot.mouseClick(tab.transport.train_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tab.status.step > 0 and tab.stage.context is not None)


def view(tab: FamilyTab, name: str = "samples") -> Probe:
    return tab.stage._views[name]  # type: ignore[no-any-return]


# ---------------------------------------------------------------- before the first run
def test_before_the_engine_train_says_that_it_loads(qtbot: QtBot, services: Any, background: Background) -> None:
    tab = FamilyTab(VAE, services, background)
    qtbot.addWidget(tab)
    assert tab.transport.train_button.text() == "Loading engine…"
    assert not tab.transport.train_button.isEnabled()
    tab.train()
    tab.pause_or_resume()
    tab.stop()
    assert tab.status.state == "idle"


def test_each_view_says_what_it_will_show(tab: FamilyTab) -> None:
    assert tab.stage.switch.keys == list(CLASSES), "views that the table lacks are not offered"
    for name in CLASSES:
        tab.stage.show_view(name)
        assert tab.stage.empty.isVisible()
        assert tab.stage.empty.hint.text() == f"Hint of {name}."
        assert tab.stage.empty.button.isEnabled()


def test_the_empty_stage_trains_too(tab: FamilyTab, session: FakeSession, qtbot: QtBot) -> None:
    qtbot.mouseClick(tab.stage.empty.button, Qt.MouseButton.LeftButton)
    assert len(session.called("start")) == 1


def test_the_preview_shows_the_data(tab: FamilyTab) -> None:
    assert len(tab.panel.data.preview._pictures) == 6


# ---------------------------------------------------------------- running
def test_train_lends_the_keyboard_while_it_cannot_be_pressed(tab: FamilyTab, qtbot: QtBot) -> None:
    """Else Qt would give it to the next control, whatever that is, and Space would press it."""
    tab.transport.train_button.setFocus()
    train(tab, qtbot)
    assert not tab.transport.train_button.isEnabled() and tab.transport.hasFocus()
    tab.stop()
    qtbot.waitUntil(tab.transport.train_button.hasFocus)


def test_train_starts_the_recipe_in_the_form(tab: FamilyTab, session: FakeSession, qtbot: QtBot) -> None:
    tab.panel.seed.setValue(11)
    train(tab, qtbot)
    recipe = session.called("start")[0][1]
    assert recipe == Recipe("vae", "mnist", tab.panel.form.config(), 11)
    assert tab.running == recipe


def test_the_view_gets_the_context_of_the_run(tab: FamilyTab, session: FakeSession, qtbot: QtBot) -> None:
    train(tab, qtbot)
    context = view(tab).context
    assert context is not None
    assert (context.run_id, context.kind, context.shape, context.latent_dim) == (
        session.run_id,
        "image",
        (1, 28, 28),
        2,
    )
    assert context.recipe == tab.running.to_dict()  # type: ignore[union-attr]


def test_the_curves_and_the_equation_follow(tab: FamilyTab, qtbot: QtBot) -> None:
    train(tab, qtbot)
    qtbot.waitUntil(lambda: tab.status.step >= 600)
    plot = tab.monitor.plots[0]
    buffers = {c.series.key: c.buffer.n for c in plot.curves}
    assert buffers["neg_elbo"] >= 600 and buffers["test_neg_elbo"] >= 1
    qtbot.waitUntil(lambda: tab.monitor.equation.terms[0].number.text() != "–")  # it is laid out a few times a second


def test_pause_step_resume_stop(tab: FamilyTab, session: FakeSession, qtbot: QtBot) -> None:
    train(tab, qtbot)
    qtbot.mouseClick(tab.transport.pause_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tab.status.state == "paused")
    assert tab.transport.pause_button.text() == "Resume"
    before = tab.status.step
    qtbot.mouseClick(tab.transport.step_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tab.status.step == before + 1)
    qtbot.mouseClick(tab.transport.pause_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tab.status.state == "training")
    qtbot.mouseClick(tab.transport.stop_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tab.status.state == "stopped")
    assert [c[0] for c in session.calls] == ["start", "pause", "step_once", "resume", "stop"]
    assert tab.transport.train_button.text() == "Train anew"


def test_space_does_what_comes_next(tab: FamilyTab, session: FakeSession, qtbot: QtBot) -> None:
    tab.primary()
    tab.primary()  # preparing: nothing
    qtbot.waitUntil(lambda: tab.status.state == "training")
    tab.primary()
    qtbot.waitUntil(lambda: tab.status.state == "paused")
    tab.primary()
    qtbot.waitUntil(lambda: tab.status.state == "training")
    assert [c[0] for c in session.calls] == ["start", "pause", "resume"]


def test_the_button_is_the_progress(tab: FamilyTab, session: FakeSession, qtbot: QtBot) -> None:
    train(tab, qtbot)
    qtbot.waitUntil(lambda: tab.status.share > 0.1)
    assert tab.transport.train_button.text().startswith("Training · ")
    assert not tab.transport.train_button.isEnabled()


def test_finishing_ends_in_train_anew(tab: FamilyTab, session: FakeSession, qtbot: QtBot) -> None:
    tab.panel.form.set_values({"steps": 100, "warm_up": 0})
    train(tab, qtbot)
    qtbot.waitUntil(lambda: tab.status.state == "finished")
    assert tab.transport.train_button.isEnabled()
    assert not tab.transport.pause_button.isEnabled()


def test_a_finished_run_goes_on_with_more_steps(tab: FamilyTab, session: FakeSession, qtbot: QtBot) -> None:
    tab.panel.form.set_values({"steps": 100, "warm_up": 0})
    train(tab, qtbot)
    qtbot.waitUntil(lambda: tab.status.state == "finished")
    edit(tab, "steps", 5000)
    assert tab.transport.pause_button.isEnabled() and tab.transport.pause_button.text() == "Resume"
    tab.pause_or_resume()
    qtbot.waitUntil(lambda: tab.status.step > 100)
    assert ("apply_live", "steps", 5000) in session.calls


# ---------------------------------------------------------------- answers and events
def test_answers_find_their_view(tab: FamilyTab, qtbot: QtBot) -> None:
    train(tab, qtbot)
    qtbot.waitUntil(lambda: bool(view(tab).seen("answer")))
    assert view(tab).seen("answer")[0] == ("answer", "Samples", "samples/draw")
    assert not view(tab, "latent_map").seen("answer")


def test_only_the_visible_view_is_refreshed(tab: FamilyTab, qtbot: QtBot) -> None:
    train(tab, qtbot)
    assert view(tab).seen("refresh") and not view(tab, "reconstruct").seen("refresh")
    tab.stage.show_view("reconstruct")
    assert view(tab, "reconstruct").seen("refresh")


def test_the_visible_view_is_refreshed_while_training(tab: FamilyTab, qtbot: QtBot) -> None:
    train(tab, qtbot)
    tab.stage._timer.setInterval(20)
    before = len(view(tab).seen("refresh"))
    qtbot.waitUntil(lambda: len(view(tab).seen("refresh")) > before + 2)
    tab.pause_or_resume()
    qtbot.waitUntil(lambda: tab.status.state == "paused")
    rest = len(view(tab).seen("refresh"))
    qtbot.wait(100)
    assert len(view(tab).seen("refresh")) == rest


def test_events_of_an_earlier_run_are_dropped(tab: FamilyTab, session: FakeSession, qtbot: QtBot) -> None:
    train(tab, qtbot)
    tab.pause_or_resume()
    qtbot.waitUntil(lambda: tab.status.state == "paused")
    session._out.append(m.StateChanged("run-0", state="failed", step=3))
    qtbot.wait(80)
    assert tab.status.state == "paused"


def test_a_new_run_clears_what_the_last_one_left(tab: FamilyTab, qtbot: QtBot) -> None:
    train(tab, qtbot)
    first = tab.stage.context
    edit(tab, "latent_dim", 8)
    tab.train()
    assert tab.stage.context is None and tab.monitor.plots[0].curves[0].buffer.n == 0
    qtbot.waitUntil(lambda: tab.stage.context is not None)
    assert tab.stage.context.run_id != first.run_id
    assert tab.stage.context.latent_dim == 8


# ---------------------------------------------------------------- live and waiting
def edit(tab: FamilyTab, name: str, value: Any) -> None:
    """Change a number of the form as the user does."""
    tab.panel.form.rows[name].control.setValue(value)  # type: ignore[attr-defined]


def test_a_live_parameter_applies_at_once(tab: FamilyTab, session: FakeSession, qtbot: QtBot) -> None:
    train(tab, qtbot)
    edit(tab, "kl_weight", 4.0)
    edit(tab, "free_bits", 0.5)
    edit(tab, "kl_weight", 5.0)
    expected = [("kl_weight", 4.0), ("free_bits", 0.5), ("kl_weight", 5.0)]
    assert [c[1:] for c in session.called("apply_live")] == expected, "each once, though none has been answered yet"
    qtbot.waitUntil(lambda: tab.running is not None and tab.running.config.kl_weight == 5.0)  # type: ignore[attr-defined]
    edit(tab, "learning_rate", 1e-4)
    assert session.called("apply_live")[3:] == [("apply_live", "learning_rate", 1e-4)]
    assert not tab.transport.note.isVisible()


def test_other_parameters_wait_and_say_so(tab: FamilyTab, session: FakeSession, qtbot: QtBot) -> None:
    train(tab, qtbot)
    edit(tab, "latent_dim", 16)
    assert not session.called("apply_live")
    assert tab.panel.form.rows["latent_dim"].note.text() == PENDING
    assert tab.transport.note.text() == "1 change takes effect at the next Train."
    assert tab.transport.train_button.text() == "Train anew" and tab.transport.train_button.isEnabled()
    tab.panel.undo_stack.undo()
    assert not tab.transport.note.isVisible()
    assert not tab.transport.train_button.isEnabled()


# ---------------------------------------------------------------- trouble
def test_a_failure_is_a_sentence_with_advice(tab: FamilyTab, session: FakeSession, qtbot: QtBot) -> None:
    train(tab, qtbot)
    session.fail("The loss became infinite at step 120.", "nonfinite")
    qtbot.waitUntil(lambda: tab.stage.banner.isVisible())
    text = tab.stage.banner.label.text()
    assert "infinite at step 120" in text and "kept up to step" in text and "smaller learning rate" in text
    assert tab.transport.pause_button.text() == "Resume"
    tab.stage.banner.dismiss()
    assert not tab.stage.banner.isVisible()


def test_a_wrong_value_keeps_train_from_starting(tab: FamilyTab, session: FakeSession) -> None:
    edit(tab, "steps", 100)
    tab.train()
    assert not session.called("start")
    assert "training ends after 100" in tab.panel.form.rows["warm_up"].note.text()


def test_what_the_engine_refuses_stands_beside_the_field(tab: FamilyTab, session: FakeSession) -> None:
    def refuse(_: Recipe) -> str:
        raise ConfigError("channels", "is too many for this machine.")

    session.start = refuse  # type: ignore[assignment, method-assign]
    tab.train()
    assert tab.panel.form.rows["channels"].note.text() == "is too many for this machine."
    assert tab.status.state == "idle"


def test_data_without_a_preview_is_a_sentence(qtbot: QtBot, session: FakeSession, background: Background) -> None:
    def broken(text: str, n: int) -> np.ndarray:
        raise ValueError("The file is empty.")

    tab = FamilyTab(VAE, fake_services(session, preview=broken), background)
    qtbot.addWidget(tab)
    tab.show()
    tab.attach(session)
    qtbot.waitUntil(lambda: tab.stage.banner.isVisible())
    tab.bridge.attach(None)
    assert "The file is empty." in tab.stage.banner.label.text()


# ---------------------------------------------------------------- recipes
def test_opening_a_run_puts_its_recipe_into_the_form(tab: FamilyTab, session: FakeSession, qtbot: QtBot) -> None:
    tab.open_run(Path("/runs/old"))
    qtbot.waitUntil(lambda: tab.status.state == "paused")
    assert session.called("open") == [("open", Path("/runs/old"), False)]
    assert tab.panel.form.values()["latent_dim"] == 4 and tab.panel.seed.value() == 7
    assert tab.status.step == 500
    assert tab.monitor.plots[0].curves[0].buffer.n == 500, "its history is drawn"


def test_what_is_typed_while_preparing_is_kept(tab: FamilyTab, qtbot: QtBot) -> None:
    tab.train()
    edit(tab, "latent_dim", 32)
    qtbot.waitUntil(lambda: tab.status.step > 0)
    assert tab.panel.form.values()["latent_dim"] == 32


def test_other_data_brings_its_preset_its_views_and_its_panels(tab: FamilyTab, qtbot: QtBot) -> None:
    tab.panel.data.choose("moons")
    assert tab.panel.preset.value() == "2-D density"
    assert tab.panel.form.values()["likelihood"] == "gaussian_z"
    qtbot.waitUntil(lambda: tab.panel.data.preview._points is not None)
    titles = [p.panel.title for p in tab.monitor.panels if p.isVisible()]
    assert "KL(data ‖ model)" in titles
    tab.panel.undo_stack.undo()
    assert tab.panel.data.text() == "mnist" and tab.panel.preset.value() == "Latent map"


def test_options_of_the_data_are_part_of_its_name(tab: FamilyTab) -> None:
    tab.panel.data.choose("ring8?std=0.02")
    assert tab.panel.data.text() == "ring8?std=0.02"
    tab.panel.data._rows["std"].control.setValue(0.05)  # type: ignore[attr-defined]
    assert tab.panel.recipe().data == "ring8?std=0.05"


def test_data_that_is_nowhere_is_a_sentence(tab: FamilyTab) -> None:
    tab.panel.data.choose("/no/such/file.npz")
    assert tab.stage.banner.isVisible()
    assert tab.panel.data.text() == "mnist"


def test_an_edit_leaves_the_preset_and_undo_returns(tab: FamilyTab) -> None:
    edit(tab, "hidden", 64)
    assert tab.panel.preset.value() == CUSTOM
    tab.panel.undo_stack.undo()
    assert tab.panel.preset.value() == "Latent map" and tab.panel.form.values()["hidden"] != 64
    tab.panel.undo_stack.redo()
    assert tab.panel.form.values()["hidden"] == 64


def test_edits_of_one_field_are_one_undo(tab: FamilyTab) -> None:
    for value in (64, 128, 96):
        edit(tab, "hidden", value)
    assert tab.panel.undo_stack.count() == 1


def test_reset_goes_back_to_the_preset(tab: FamilyTab) -> None:
    before = tab.panel.form.values()
    edit(tab, "hidden", 64)
    tab.panel.reset()
    assert tab.panel.form.values() == before


def test_devices_are_offered_in_plain_words(tab: FamilyTab, qtbot: QtBot) -> None:
    box = tab.panel.machine.rows["device"].control
    qtbot.waitUntil(lambda: box.count() == 2)  # type: ignore[attr-defined]
    assert [box.itemText(i) for i in range(2)] == ["Auto", "CPU, 2 cores"]  # type: ignore[attr-defined]


def test_every_control_has_a_tooltip_and_a_name(tab: FamilyTab) -> None:
    from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QSlider

    bare = [
        w
        for kind in (QAbstractButton, QAbstractSpinBox, QComboBox, QSlider)
        for w in tab.findChildren(kind)
        if not w.toolTip() and "ScrollBar" not in type(w).__name__
    ]
    assert not bare
