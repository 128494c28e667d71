"""The window as a whole: starting, actions by keyboard, memory, files dropped on it, errors, closing."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fake_session import FakeSession, fake_services
from probe_views import CLASSES, probe
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from playground.engine import FAMILIES, Recipe
from playground.ui import app as app_module
from playground.ui import theme, views
from playground.ui.app import App
from playground.ui.errors import ErrorDialog
from playground.ui.main_window import MainWindow
from playground.ui.runs_dialog import RunsDialog
from playground.ui.self_test import SelfTest
from playground.ui.settings import Settings
from playground.ui.shortcuts import ACTIONS

VAE = FAMILIES["vae"]


@pytest.fixture(autouse=True)
def _light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "ENGINE", "json")
    monkeypatch.setattr(app_module, "IDLE", ())
    monkeypatch.setattr(views, "VIEWS", CLASSES)  # the real ones have tests of their own
    monkeypatch.setattr(views, "wire", lambda made: None, raising=False)


Maker = Callable[..., App]


@pytest.fixture
def make(qtbot: QtBot, qapp: QApplication, session: FakeSession, settings: Settings) -> Iterator[Maker]:
    """Make a started app; all are closed in the end."""
    made: list[App] = []

    def start(**changes: Any) -> App:
        app = App(qapp, fake_services(session, **changes), settings)
        app.start()
        made.append(app)
        qtbot.waitUntil(lambda: app.ready)
        return app

    yield start
    for app in made:
        close(app.window, qtbot)


def close(window: MainWindow, qtbot: QtBot) -> None:
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible())
    window.deleteLater()  # and not qtbot.addWidget, which deletes before the fixtures end


@pytest.fixture
def window(make: Maker) -> MainWindow:
    return make().window


def train(window: MainWindow, qtbot: QtBot) -> None:
    window.tab.train()
    qtbot.waitUntil(lambda: window.tab.stage.context is not None and window.tab.status.step > 0)


# ---------------------------------------------------------------- start
def test_the_form_is_there_before_the_engine(qtbot: QtBot, qapp: QApplication, settings: Settings) -> None:
    app = App(qapp, fake_services(), settings)
    app.start()
    assert app.window.isVisible() and not app.ready
    assert app.window.tab.panel.isVisible()
    assert app.window.tab.transport.train_button.text() == "Loading engine…"
    assert "loading" in app.window.status.labels["state"].text()
    qtbot.waitUntil(lambda: app.ready)
    assert app.window.tab.transport.train_button.text() == "Train"
    close(app.window, qtbot)


def test_closing_while_it_loads_ends_the_start(qtbot: QtBot, qapp: QApplication, settings: Settings) -> None:
    app = App(qapp, fake_services(), settings)
    app.start()
    close(app.window, qtbot)
    qtbot.wait(50)
    assert not app.ready


def test_jobs_wait_until_it_is_ready(qtbot: QtBot, qapp: QApplication, settings: Settings) -> None:
    app = App(qapp, fake_services(), settings)
    done: list[bool] = []
    app.when_ready(lambda: done.append(app.ready))
    app.start()
    qtbot.waitUntil(lambda: bool(done))
    assert done == [True]
    close(app.window, qtbot)


def test_the_self_test_photographs_the_window_and_closes_it(
    qtbot: QtBot, qapp: QApplication, settings: Settings, tmp_path: Path
) -> None:
    app, report = App(qapp, fake_services(), settings), tmp_path / "report.json"
    SelfTest(app, report)
    app.start()
    qtbot.waitUntil(report.exists, timeout=20_000)
    qtbot.waitUntil(lambda: not app.window.isVisible())
    found = json.loads(report.read_text())
    assert found["ok"] and 0 < found["painted_s"] < found["ready_s"] and found["qt"].startswith("6.")
    assert report.with_suffix(".png").stat().st_size > 5000
    app.window.deleteLater()


def test_a_family_more_is_a_tab_more(qtbot: QtBot, make: Maker) -> None:
    other = replace(VAE, name="gan", title="GAN", accent="gan")
    window = make(families={"vae": VAE, "gan": other}).window
    assert list(window.header.tabs) == ["vae", "gan", "compare"]
    qtbot.mouseClick(window.header.tabs["gan"], Qt.MouseButton.LeftButton)
    assert window.tab.family.name == "gan" and window.tab.isVisible()
    assert theme.current().accent("gan") in window.tab.styleSheet()
    assert theme.current().accent("gan") in window.header.tabs["gan"].styleSheet()
    window.do("next_family")
    assert window.page is window.compare
    window.do("next_family")
    assert window.tab.family.name == "vae"


GROUPED = {"vae": VAE, **{n: replace(FAMILIES[n], accent="hybrids", group="hybrids") for n in ("gan", "diffusion")}}


def test_families_of_a_group_share_a_page_that_asks_which(qtbot: QtBot, make: Maker) -> None:
    window = make(families=GROUPED).window
    assert list(window.header.tabs) == ["vae", "hybrids", "compare"]
    assert list(window.tabs) == ["vae"], "made when first shown"
    qtbot.mouseClick(window.header.tabs["hybrids"], Qt.MouseButton.LeftButton)
    one = window.tab
    assert one.family.name == "gan" and one.isVisible()
    qtbot.waitUntil(lambda: one.session is not None and one.monitor is not None)
    chooser = one.panel.siblings
    assert [chooser.itemText(i) for i in range(chooser.count())] == ["GAN", "Diffusion"]
    assert window.tabs["vae"].panel.siblings is None
    chooser.picked.emit("diffusion")
    assert window.tab.family.name == "diffusion" and window.tab.isVisible() and window.header.tabs["hybrids"].isChecked()
    assert chooser.value() == "gan", "a form goes on to name its own family"
    window.show_page("vae")
    window.show_page("hybrids")
    assert window.tab.family.name == "diffusion", "the group comes back as it was left"


def test_a_group_is_remembered_with_its_family(qtbot: QtBot, make: Maker) -> None:
    window = make(families=GROUPED).window
    window.show_family("gan")
    window.tab.panel.form.set_values({**window.tab.panel.form.values(), "latent_dim": 7})
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible())
    again = make(families=GROUPED).window
    assert again.tab.family.name == "gan" and again.tab.panel.recipe().config.latent_dim == 7


# ---------------------------------------------------------------- two families side by side
@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch, make: Maker, qtbot: QtBot) -> MainWindow:
    """A window of two families, in which a VAE and a GAN train at once."""
    monkeypatch.setattr(views, "VIEWS", {**CLASSES, "modes": probe("modes")})
    window = make(families={name: FAMILIES[name] for name in ("vae", "gan")}).window
    for name in ("vae", "gan"):
        window.show_family(name)
        train(window, qtbot)
    return window


def test_two_families_train_at_once_each_in_its_tab(both: MainWindow, qtbot: QtBot) -> None:
    vae, gan = both.tabs["vae"], both.tabs["gan"]
    before = vae.status.step, gan.status.step
    qtbot.waitUntil(lambda: vae.status.step > before[0] and gan.status.step > before[1])
    assert vae.running.family == "vae" and gan.running.family == "gan"
    assert not vae.stage.isVisible() and gan.stage.isVisible()
    log = vae.stage._views["samples"].log
    log.clear()
    qtbot.wait(1200)
    assert ("refresh",) not in log, "what nobody looks at asks for nothing"


def test_the_keyboard_goes_from_tab_to_tab(both: MainWindow, session: FakeSession, qtbot: QtBot) -> None:
    for _ in range(2):  # over the comparison
        qtbot.keyClick(both, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert both.tab.family.name == "vae" and both.header.tabs["vae"].isChecked()
    qtbot.keyClick(both, Qt.Key.Key_Space)
    assert session.called("pause") and not both.tabs["gan"].session.called("pause"), "keys act on the tab in front"
    qtbot.keyClick(both, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert both.tab.family.name == "gan"


def test_closing_saves_both(both: MainWindow, qtbot: QtBot) -> None:
    sessions = [tab.session for tab in both.tabs.values()]
    assert len({id(s) for s in sessions}) == 2
    both.close()
    qtbot.waitUntil(lambda: not both.isVisible())
    assert all(s.closed for s in sessions)


def test_each_tab_is_remembered_for_itself(monkeypatch: pytest.MonkeyPatch, make: Maker, qtbot: QtBot) -> None:
    monkeypatch.setattr(views, "VIEWS", {**CLASSES, "modes": probe("modes")})
    window = make().window
    window.tabs["vae"].panel.form.set_values({**window.tabs["vae"].panel.form.values(), "latent_dim": 9})
    window.tabs["gan"].panel.form.set_values({**window.tabs["gan"].panel.form.values(), "latent_dim": 5, "objective": "hinge"})
    window.tabs["vae"].stage.show_view("reconstruct")
    window.tabs["gan"].stage.show_view("modes")
    window.show_family("gan")
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible())
    again = make().window
    vae, gan = again.tabs["vae"], again.tabs["gan"]
    assert again.tab is gan
    assert vae.panel.recipe().config.latent_dim == 9 and vae.stage.switch.key() == "reconstruct"
    assert gan.panel.recipe().config.latent_dim == 5 and gan.panel.recipe().config.objective == "hinge"
    assert gan.stage.switch.key() == "modes"


def test_a_run_of_a_page_that_is_not_made_yet_is_opened_once_it_is(
    make: Maker, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    recipe = Recipe("hvae", "moons", FAMILIES["hvae"].default_config("moons", "points"), seed=3)
    hybrid = FakeSession()
    hybrid.past = recipe
    app = make(read_recipe=lambda path: recipe)
    app._services.make_session = lambda: hybrid
    (tmp_path / "run").mkdir()
    assert "hvae" not in app.window.tabs
    drop(app.window, tmp_path / "run", qapp)
    qtbot.waitUntil(lambda: "hvae" in app.window.tabs and app.window.tabs["hvae"].stage.context is not None)
    assert hybrid.called("open")[0][1] == tmp_path / "run"


@pytest.mark.parametrize("what", ["recipe.json", "picture.png", "run"])
def test_what_a_gan_made_opens_the_gans_tab(make: Maker, qtbot: QtBot, qapp: QApplication, tmp_path: Path, what: str) -> None:
    recipe = Recipe("gan", "ring8", FAMILIES["gan"].config().replace(objective="hinge"), seed=3)
    window = make(read_recipe=lambda path: recipe).window
    assert window.tab.family.name == "vae"
    path = tmp_path / what
    path.mkdir() if what == "run" else path.write_text("x")
    window.tabs["gan"].session.past = recipe
    drop(window, path, qapp)
    qtbot.waitUntil(lambda: window.tab.family.name == "gan")
    qtbot.waitUntil(lambda: window.tab.panel.recipe() == recipe)
    if what == "run":
        assert window.tab.session.called("open")[0][1] == path
        qtbot.waitUntil(lambda: window.tab.stage.context is not None)
    else:
        assert what in window.tab.stage.banner.label.text()


# ---------------------------------------------------------------- keyboard
def test_every_action_can_be_done(window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *a, **k: ("", ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: "")
    for action in ACTIONS:
        if action.name != "quit":
            window.do(action.name)
    for dialog in window.findChildren(QDialog):
        dialog.close()
    window.showNormal()
    window.close()
    qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)))  # the lesson that was begun
    next(b for b in window.findChildren(QMessageBox)[0].buttons() if b.text() == "Don't save").click()
    qtbot.waitUntil(lambda: not window.isVisible())


def test_every_action_is_in_a_menu(window: MainWindow) -> None:
    assert set(window.actions_by_name) == {a.name for a in ACTIONS}
    titles = [menu.title() for menu in window.menu_bar.findChildren(type(window.menu_bar.addMenu("")))]
    assert {"&File", "&Edit", "&Run", "&View", "&Help"} <= set(titles)


def test_keys_train_pause_step_and_stop(window: MainWindow, session: FakeSession, qtbot: QtBot) -> None:
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.tab.status.state == "training")
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.tab.status.state == "paused")
    qtbot.keyClick(window, Qt.Key.Key_S)
    window.do("stop")
    qtbot.waitUntil(lambda: window.tab.status.state == "stopped")
    assert [c[0] for c in session.calls] == ["start", "pause", "step_once", "stop"]


def test_digits_choose_a_view_but_not_while_typing(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_3)
    assert window.tab.stage.switch.key() == window.tab.stage.switch.keys[2]
    window.do("previous_view")
    assert window.tab.stage.switch.key() == window.tab.stage.switch.keys[1]
    box = window.tab.panel.seed
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "5")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == 5 and window.tab.stage.switch.key() == window.tab.stage.switch.keys[1]


def test_tab_reaches_every_control(window: MainWindow, qtbot: QtBot) -> None:
    wanted = {window.tab.panel.data.box, window.tab.panel.seed, window.tab.transport.train_button, window.header.runs}
    widget, seen = window.header.runs, set()
    for _ in range(300):
        seen.add(widget)
        widget = widget.nextInFocusChain()  # type: ignore[assignment]
    assert wanted <= seen
    assert all(w.focusPolicy() & Qt.FocusPolicy.TabFocus for w in wanted)


# ---------------------------------------------------------------- status and theme
def test_the_status_bar_says_it_all_with_units(window: MainWindow, qtbot: QtBot) -> None:
    train(window, qtbot)
    window.tab.save()
    qtbot.waitUntil(lambda: window.tab.status.saved_at > 0)
    window._show_status()
    texts = {name: label.text() for name, label in window.status.labels.items()}
    assert "training" in texts["state"] and "steps" in texts["steps"] and "86" in texts["rate"]
    assert texts["left"].endswith("left") and texts["device"] == "CPU, 2 cores · 1 thread"
    assert texts["memory"] == "612 MB memory" and texts["saved"] == "saved just now"


def test_themes_change_everything_at_once_and_are_remembered(window: MainWindow, settings: Settings) -> None:
    for name in ("light", "presenter", "dark"):
        window.wear(name)
        look = theme.current()
        assert look.name == name and settings.get("theme", "") == name
        assert look.panel in window.styleSheet() and not QApplication.instance().styleSheet()  # type: ignore[union-attr]
        colour = window.tab.monitor.plots[0].area.backgroundBrush().color().name()
        assert colour == look.panel


@pytest.mark.parametrize("name", list(theme.THEMES))
def test_no_text_is_cut_at_the_smallest_size(name: str, window: MainWindow, qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QPushButton

    window.wear(name)
    window.resize(1100, 700)
    qtbot.wait(50)
    window.resize(1101, 700)
    qtbot.wait(50)
    cut = [
        b.text()
        for b in window.findChildren(QPushButton)
        if b.isVisible() and b.fontMetrics().horizontalAdvance(b.text()) > b.width() and window.header.isAncestorOf(b)
    ]
    assert not cut
    assert window.width() <= 1101


# ---------------------------------------------------------------- memory
def test_the_next_start_finds_all_as_it_was(make: Maker, qtbot: QtBot, settings: Settings) -> None:
    first = make().window
    first.tab.panel.data.choose("moons")
    first.tab.panel.form.rows["hidden"].control.setValue(77)  # type: ignore[attr-defined]
    first.tab.stage.show_index(2)
    first.wear("light")
    first.resize(1150, 720)
    first.close()
    qtbot.waitUntil(lambda: not first.isVisible())
    assert not settings.get_bytes("geometry").isEmpty()
    second = make().window
    assert second.tab.panel.data.text() == "moons" and second.tab.panel.form.values()["hidden"] == 77
    assert second.tab.stage.switch.key() == second.tab.stage.switch.keys[2]
    assert not second.tab.panel.undo_stack.canUndo()
    assert settings.get("theme", "") == "light"


def test_damaged_memory_is_no_trouble(make: Maker, settings: Settings) -> None:
    settings.put("vae/recipe", {"format": "generative-playground recipe 1", "family": "vae", "data": "gone", "config": {"x": 1}})
    settings.put("vae/columns", ["a", 2])
    settings.put("family", "no such family")
    settings.put("geometry", "bm90IGdlb21ldHJ5")
    window = make().window
    assert window.tab.panel.data.text() == "mnist"


# ---------------------------------------------------------------- files
def drop(window: MainWindow, path: Path, qapp: QApplication) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys, action = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPoint(5, 5), action, data, buttons, keys)
    qapp.sendEvent(window, enter)
    assert enter.isAccepted()
    dropped = QDropEvent(QPointF(5, 5), action, data, buttons, keys)
    dropped.ignore()
    qapp.sendEvent(window, dropped)
    assert dropped.isAccepted()


def test_a_dropped_picture_restores_its_recipe(make: Maker, qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    recipe = Recipe("vae", "moons", VAE.config().replace(latent_dim=3), seed=9)
    asked: list[Path] = []
    window = make(read_recipe=lambda path: asked.append(path) or recipe).window
    (tmp_path / "map.png").touch()
    drop(window, tmp_path / "map.png", qapp)
    qtbot.waitUntil(lambda: window.tab.panel.data.text() == "moons")
    assert asked == [tmp_path / "map.png"]
    assert window.tab.panel.recipe() == recipe
    assert "map.png" in window.tab.stage.banner.label.text()


def test_a_dropped_run_is_opened(make: Maker, session: FakeSession, qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    window = make().window
    drop(window, tmp_path, qapp)
    qtbot.waitUntil(lambda: window.tab.status.state == "paused")
    assert session.called("open") == [("open", tmp_path, False)]


def test_a_foreign_file_is_a_sentence(make: Maker, qtbot: QtBot, tmp_path: Path) -> None:
    def refuse(path: Path) -> Recipe:
        raise ValueError("This picture carries no recipe.")

    window = make(read_recipe=refuse).window
    window.open_path(tmp_path / "cat.png")
    qtbot.waitUntil(lambda: window.tab.stage.banner.isVisible())
    assert window.tab.stage.banner.label.text() == "This picture carries no recipe."


@pytest.mark.parametrize("ending", ["json", "toml"])
def test_the_recipe_is_saved(
    ending: str, window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tomllib

    target = tmp_path / f"my.{ending}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(target), f"(*.{ending})"))
    window.do("save_recipe")
    qtbot.waitUntil(target.exists)
    qtbot.waitUntil(lambda: window.tab.stage.banner.isVisible())
    values = json.loads(target.read_text()) if ending == "json" else tomllib.loads(target.read_text())
    assert Recipe.from_dict(values) == window.tab.panel.recipe()


def test_the_view_is_exported_with_its_recipe(make: Maker, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[Path, np.ndarray, Any]] = []
    window = make(write_picture=lambda *a: written.append(a)).window
    window.do("export")
    assert "nothing to export" in window.tab.stage.banner.label.text()
    train(window, qtbot)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(tmp_path / "v.png"), "Picture (*.png)"))
    window.do("export")
    qtbot.waitUntil(lambda: bool(written))
    path, picture, recipe = written[0]
    assert path == tmp_path / "v.png" and picture.dtype == np.uint8 and picture.ndim == 3
    assert recipe == window.tab.running.to_dict()  # type: ignore[union-attr]


def test_the_curves_are_exported(window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train(window, qtbot)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(tmp_path / "c"), "CSV (*.csv)"))
    window.tab.monitor.export_button.click()
    qtbot.waitUntil(lambda: (tmp_path / "c.csv").exists())
    assert (tmp_path / "c.csv").read_text().startswith("step,")


# ---------------------------------------------------------------- runs
def info(name: str, **more: Any) -> SimpleNamespace:
    values = {
        "folder": Path("/runs") / name, "run_id": name, "name": name, "family": "vae", "data": "mnist", "step": 100,
        "total_steps": 1000, "created": "2026-01-02T03:04:05", "seconds": 12.0, "status": "finished", "size_mb": 3.5,
        "problem": "",
    }  # fmt: skip
    return SimpleNamespace(**{**values, **more})


def test_no_runs_say_how_to_get_one(window: MainWindow, qtbot: QtBot) -> None:
    window.show_runs()
    dialog = window.findChild(RunsDialog)
    qtbot.waitUntil(lambda: "Press Train" in dialog.empty.text())
    assert dialog.empty.isVisible()
    dialog.close()


def test_runs_are_listed_filtered_and_opened(make: Maker, session: FakeSession, qtbot: QtBot, tmp_path: Path) -> None:
    runs = [
        info("alpha", folder=tmp_path),
        info("beta", data="moons"),
        info("gamma", status="damaged", problem="Its head is off."),
    ]
    window = make(list_runs=lambda: runs).window
    window.show_runs()
    dialog = window.findChild(RunsDialog)
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 3)
    dialog.filter.setText("moons")
    assert dialog.proxy.rowCount() == 1
    dialog.filter.setText("gamma")
    dialog.table.selectRow(0)
    assert not dialog.buttons["open_run"].isEnabled() and dialog.buttons["delete_run"].isEnabled()
    assert dialog.note.text() == "Its head is off."
    dialog.filter.setText("alpha")
    dialog.table.selectRow(0)
    qtbot.mouseClick(dialog.buttons["resume_run"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(session.called("open")))
    assert session.called("open") == [("open", tmp_path, True)]


def test_the_run_that_trains_cannot_be_deleted(make: Maker, qtbot: QtBot) -> None:
    window = make(list_runs=lambda: [info("alpha", folder=Path("/runs/fake"))]).window
    train(window, qtbot)
    window.show_runs()
    dialog = window.findChild(RunsDialog)
    qtbot.waitUntil(lambda: dialog.selected() is not None)
    assert not dialog.buttons["delete_run"].isEnabled() and not dialog.buttons["open_run"].isEnabled()
    assert dialog.buttons["rename_run"].isEnabled()
    dialog.close()


def test_a_run_is_renamed(make: Maker, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    from PySide6.QtWidgets import QInputDialog

    renamed: list[tuple[Path, str]] = []
    window = make(list_runs=lambda: [info("alpha")], rename_run=lambda *a: renamed.append(a)).window
    window.show_runs()
    dialog = window.findChild(RunsDialog)
    qtbot.waitUntil(lambda: dialog.selected() is not None)
    monkeypatch.setattr(QInputDialog, "getText", lambda *a, **k: ("omega", True))
    dialog.rename_run()
    qtbot.waitUntil(lambda: bool(renamed))
    assert renamed == [(Path("/runs/alpha"), "omega")]
    dialog.close()


# ---------------------------------------------------------------- errors and closing
def test_an_uncaught_exception_is_shown_once_and_the_app_goes_on(make: Maker, qtbot: QtBot) -> None:
    app = make()
    for _ in range(2):
        try:
            raise RuntimeError("the cat sat on it")
        except RuntimeError:
            app.hook.handle(*sys.exc_info())  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: bool(app.window.findChildren(ErrorDialog)))
    dialogs = app.window.findChildren(ErrorDialog)
    app.hook.handle(ValueError, ValueError("and then a dog came"), None)
    qtbot.waitUntil(lambda: "a dog came" in dialogs[0].details.toPlainText())
    assert len(app.window.findChildren(ErrorDialog)) == 1
    details = dialogs[0].details.toPlainText()
    assert details.count("RuntimeError: the cat sat on it") == 2
    assert "Qt 6" in details
    dialogs[0].close()
    train(app.window, qtbot)


def test_closing_while_training_saves_first(window: MainWindow, session: FakeSession, qtbot: QtBot) -> None:
    train(window, qtbot)
    window.close()
    assert window.isVisible() and "saving" in window.status.labels["state"].text()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert session.closed


def test_a_session_that_cannot_close_does_not_keep_the_window(make: Maker, session: FakeSession, qtbot: QtBot) -> None:
    window = make().window

    def stuck(timeout: float = 5.0) -> bool:
        raise RuntimeError("stuck")

    session.close = stuck  # type: ignore[method-assign]
    close(window, qtbot)
    assert not window.isVisible()
