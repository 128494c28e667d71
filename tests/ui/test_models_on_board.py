"""Models on board in the window: opened where nothing else is, offered with their data, listed, trained on in a copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_session import FakeSession, fake_services
from probe_views import CLASSES
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from playground.engine import FAMILIES, ModelOnBoard, ModelQuality, Recipe, describe
from playground.engine import messages as m
from playground.ui import app as app_module
from playground.ui import views
from playground.ui.app import App
from playground.ui.main_window import MainWindow
from playground.ui.on_board import best
from playground.ui.runs_dialog import RunsDialog
from playground.ui.settings import Settings

BOARD = Path("/board")


def model(family: str, data: str, **more: Any) -> ModelOnBoard:
    quality = (ModelQuality("modes", "classes covered", 9, floor=10), ModelQuality("quality", "energy distance", 0.5, floor=0.2))
    values = {"preset": "Pictures", "seed": 0, "step": 2000, "seconds": 75.0, "size_mb": 1.5, "weights": "half", "quality": quality}
    name = f"{family}-{data}"
    return ModelOnBoard(name=name, folder=BOARD / name, family=family, data=data, **{**values, **more})


MODELS = [model("vae", "mnist"), model("vae", "ring8"), model("gan", "mnist"), model("vae_gan", "mnist")]


class BoardSession(FakeSession):
    """Opens models on board as the real one does: finished, only read, and left for a copy when trained on."""

    def open(self, folder: Path | str, *, resume: bool = False) -> str:
        if Path(folder).parent != BOARD:
            return super().open(folder, resume=resume)
        self.calls.append(("open", Path(folder), resume))
        family, data = Path(folder).name.split("-")
        spec = describe(data)
        self.past = Recipe(family, data, FAMILIES[family].default_config(spec.name, spec.kind).replace(steps=2000))
        return self._stage(str(folder), "finished", fixed=True)

    def resume(self) -> None:
        self.calls.append(("resume",))
        self._stage("/runs/copy", "training", fixed=False)

    def _stage(self, folder: str, state: str, *, fixed: bool) -> str:
        run_id = self._enter(self.recipe if state == "training" and self.recipe else self.past, 2000, state)
        started = next(e for e in self._out if isinstance(e, m.Started) and e.run_id == run_id)
        self._out[self._out.index(started)] = m.Started(**{**vars(started), "folder": folder, "fixed": fixed})
        return run_id


@pytest.fixture(autouse=True)
def _light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "ENGINE", "json")
    monkeypatch.setattr(app_module, "IDLE", ())
    monkeypatch.setattr(views, "VIEWS", CLASSES)
    monkeypatch.setattr(views, "wire", lambda made: None, raising=False)


Maker = Callable[..., MainWindow]


@pytest.fixture
def make(qtbot: QtBot, qapp: QApplication, settings: Settings) -> Iterator[Maker]:
    """Make a started window with models on board; all are closed in the end."""
    made: list[App] = []  # kept: the window alone does not keep what wires its pages

    def start(models: Any = MODELS, before: Callable[[App], None] = lambda app: None, **changes: Any) -> MainWindow:
        services = fake_services(models_on_board=lambda: list(models), make_session=BoardSession, **changes)
        app = App(qapp, services, settings)
        before(app)
        app.start()
        made.append(app)
        qtbot.waitUntil(lambda: app.ready, timeout=20_000)
        return app.window

    yield start
    for app in made:
        app.window.close()
        qtbot.waitUntil(lambda w=app.window: not w.isVisible(), timeout=20_000)
        app.window.deleteLater()


def opened(window: MainWindow, family: str = "vae") -> list[str]:
    return [c[1].name for c in window.tabs[family].session.called("open")]


def settle(window: MainWindow, qtbot: QtBot) -> None:
    """Long enough for anything that would still open by itself."""
    qtbot.waitUntil(lambda: window.tab.session is not None)
    qtbot.wait(150)


# ---------------------------------------------------------------- opened where nothing else is
def test_the_page_in_front_is_alive_and_says_whose_model_it_is(make: Maker, qtbot: QtBot) -> None:
    window = make()
    qtbot.waitUntil(lambda: window.tab.status.state == "finished")
    assert opened(window) == ["vae-mnist"] and opened(window, "gan") == []
    window._show_status()
    labels = window.status.labels
    assert "finished model on board" in labels["state"].text()
    assert labels["quality"].text() == "9 of 10 classes covered · trained 1:15"
    assert "energy distance 0.500" in labels["quality"].toolTip() and "75 s" not in labels["quality"].toolTip()


def test_other_pages_follow_when_they_are_shown_and_only_once(make: Maker, qtbot: QtBot) -> None:
    window = make()
    settle(window, qtbot)
    for _ in range(2):
        for name in ("gan", "vae_gan", "diffusion"):
            window.show_family(name)
            settle(window, qtbot)
    assert opened(window, "gan") == ["gan-mnist"] and opened(window, "vae_gan") == ["vae_gan-mnist"]
    assert opened(window, "diffusion") == []


def test_train_is_one_click_and_from_scratch(make: Maker, qtbot: QtBot) -> None:
    window = make()
    qtbot.waitUntil(lambda: window.tab.status.state == "finished")
    window.tab.transport.train_button.click()
    qtbot.waitUntil(lambda: window.tab.status.state == "training")
    assert len(window.tab.session.called("start")) == 1 and not window.tab.status.fixed
    window._show_status()
    assert window.status.labels["quality"].text() == ""


def test_the_form_takes_the_models_recipe_but_for_its_machine(make: Maker, qtbot: QtBot) -> None:
    window = make([model("vae", "mnist")])
    qtbot.waitUntil(lambda: window.tab.status.state == "finished")
    state = window.tab.panel.state()
    assert state["config"]["steps"] == 2000 and state["compute"]["device"] == "auto"


def test_a_recipe_that_was_left_in_the_form_stays_there(make: Maker, qtbot: QtBot, settings: Settings) -> None:
    mine = Recipe("vae", "ring8", FAMILIES["vae"].default_config("ring8", "points").replace(steps=4321))
    settings.put("page/vae", {"recipe": mine.to_dict()})
    window = make()
    qtbot.waitUntil(lambda: window.tab.status.state == "finished")
    assert opened(window) == ["vae-ring8"]  # of the data that the form is about
    assert window.tab.panel.recipe().config == mine.config
    window._remember()
    assert settings.get("page/vae", {})["recipe"]["config"]["steps"] == 4321


def test_data_without_a_model_show_the_first_and_keep_the_form(make: Maker, qtbot: QtBot, settings: Settings) -> None:
    mine = Recipe("vae", "moons", FAMILIES["vae"].default_config("moons", "points"))
    settings.put("page/vae", {"recipe": mine.to_dict()})
    window = make()
    qtbot.waitUntil(lambda: window.tab.status.state == "finished")
    assert opened(window) == ["vae-mnist"] and window.tab.panel.data.text() == "moons"
    assert not window.tab.transport.pause_button.isEnabled()  # to resume would train another model than the form asks for


def test_nothing_is_opened_while_something_else_was_asked_for(make: Maker, qtbot: QtBot) -> None:
    """As with a path on the command line, whose recipe arrives later."""
    window = make(before=lambda app: app.window.on_board.hold())
    settle(window, qtbot)
    assert opened(window) == []
    window.open_path("/some/recipe.json")
    qtbot.waitUntil(lambda: not window.tab.stage.banner.isHidden())
    settle(window, qtbot)
    assert opened(window) == [] and "in the form" in window.tab.stage.banner.label.text()
    window.show_family("gan")
    qtbot.waitUntil(lambda: opened(window, "gan") == ["gan-mnist"])


def test_a_run_that_is_opened_meanwhile_stays(make: Maker, qtbot: QtBot) -> None:
    window = make(before=lambda app: app.when_ready(lambda: app.window.tab.open_run(Path("/runs/mine"))))
    settle(window, qtbot)
    assert opened(window) == ["mine"]


def test_the_menu_switches_it_off_and_that_is_remembered(make: Maker, qtbot: QtBot, settings: Settings) -> None:
    settings.put("on_board", False)
    window = make()
    settle(window, qtbot)
    action = window.actions_by_name["on_board"]
    assert opened(window) == [] and action.isCheckable() and not action.isChecked()
    action.trigger()
    qtbot.waitUntil(lambda: opened(window) == ["vae-mnist"])
    assert settings.get("on_board", False) is True


def test_without_models_all_is_as_it_was(make: Maker, qtbot: QtBot) -> None:
    window = make([])
    settle(window, qtbot)
    assert opened(window) == [] and window.tab.status.state == "idle" and window.tab.panel.data.offer.isHidden()


def test_a_list_that_cannot_be_read_is_none(make: Maker, qtbot: QtBot) -> None:
    def broken() -> list[Any]:
        raise OSError("gone")

    class Broken:
        def __iter__(self) -> Iterator[Any]:
            return iter(broken())

    window = make(Broken())
    settle(window, qtbot)
    assert window.tab.status.state == "idle" and window.tab.stage.banner.isHidden()


def test_the_best_of_several() -> None:
    assert best(MODELS[:2], "ring8") is MODELS[1] and best(MODELS[:2], "faces") is MODELS[0] and best([], "mnist") is None


# ---------------------------------------------------------------- offered
def test_chosen_data_offer_their_model_and_one_click_opens_it(make: Maker, qtbot: QtBot) -> None:
    window = make()
    qtbot.waitUntil(lambda: window.tab.status.state == "finished")
    offer = window.tab.panel.data.offer
    assert offer.isHidden()  # it is on stage
    window.tab.panel.data.choose("moons")
    assert offer.isHidden()  # there is none
    window.tab.panel.data.choose("ring8")
    assert not offer.isHidden() and "vae-ring8" in offer.button.toolTip()
    before = window.tab.panel.recipe()
    offer.button.click()
    qtbot.waitUntil(lambda: window.tab.status.folder.endswith("vae-ring8"))
    assert offer.isHidden() and window.tab.panel.recipe() == before


def test_nothing_is_offered_while_a_model_trains(make: Maker, qtbot: QtBot) -> None:
    window = make()
    qtbot.waitUntil(lambda: window.tab.status.state == "finished")
    window.tab.train()
    qtbot.waitUntil(lambda: window.tab.status.state == "training")
    window.tab.panel.data.choose("ring8")
    assert window.tab.panel.data.offer.isHidden()
    window.tab.stop()
    qtbot.waitUntil(lambda: not window.tab.panel.data.offer.isHidden())


# ---------------------------------------------------------------- trained on, saved
def test_trained_on_it_is_left_for_a_copy_and_that_is_said(make: Maker, qtbot: QtBot) -> None:
    window = make()
    tab = window.tab
    qtbot.waitUntil(lambda: tab.status.state == "finished")
    tab.panel.change({"steps": 60_000})
    assert tab.transport.pause_button.text() == "Resume" and tab.transport.pause_button.isEnabled()
    tab.transport.pause_button.click()
    qtbot.waitUntil(lambda: tab.status.state == "training")
    assert tab.status.folder == "/runs/copy" and not tab.status.fixed and tab.stage.context.run_id == tab.session.run_id
    assert "optimizer starts anew" in tab.stage.banner.label.text() and "copy" in tab.stage.banner.label.text()
    assert tab.panel.form.values()["steps"] == 60_000


def test_there_is_nothing_to_save(make: Maker, qtbot: QtBot) -> None:
    window = make()
    qtbot.waitUntil(lambda: window.tab.status.state == "finished")
    window.do("save_run")
    assert not window.tab.session.called("save") and "nothing to save" in window.tab.stage.banner.label.text()


# ---------------------------------------------------------------- listed
def test_the_list_of_runs_has_them_but_only_to_be_opened(make: Maker, qtbot: QtBot) -> None:
    window = make()
    qtbot.waitUntil(lambda: window.tab.status.state == "finished")
    window.show_runs()
    dialog = window.findChild(RunsDialog)
    qtbot.waitUntil(lambda: dialog.model.rowCount() == len(MODELS))
    assert "on board" in [dialog.proxy.index(0, c).data() for c in range(dialog.proxy.columnCount())]
    assert {n: b.isEnabled() for n, b in dialog.buttons.items()} == {
        "show_folder": True, "delete_run": False, "rename_run": False, "resume_run": False, "open_run": True,
    }  # fmt: skip
    assert "classes covered" in dialog.note.text()
    dialog.filter.setText("gan-mnist")
    dialog.table.selectRow(0)
    dialog.buttons["open_run"].click()
    qtbot.waitUntil(lambda: not window.findChildren(RunsDialog) or not window.findChild(RunsDialog).isVisible())


# ---------------------------------------------------------------- a run as one file
def test_a_run_in_one_file_is_unpacked_then_opened(make: Maker, qtbot: QtBot, tmp_path: Path) -> None:
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    asked: list[Path] = []

    def unpack(path: Path) -> Path:
        asked.append(path)
        return unpacked

    window = make([], unpack_run=unpack)
    window.open_path(tmp_path / "x.PlayRun")
    qtbot.waitUntil(lambda: opened(window) == ["unpacked"])
    assert asked == [tmp_path / "x.PlayRun"]


def test_a_bad_one_is_a_sentence(make: Maker, qtbot: QtBot, tmp_path: Path) -> None:
    def refuse(path: Path) -> Path:
        raise ValueError(f"{path.name} is compressed or locked.")

    window = make([], unpack_run=refuse)
    window.open_path(tmp_path / "x.playrun")
    qtbot.waitUntil(lambda: "compressed or locked" in window.tab.stage.banner.label.text())


def test_the_run_on_stage_is_written_to_one_file(
    make: Maker, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[tuple[Path, Path]] = []
    window = make(pack_run=lambda folder, target: written.append((folder, target)))
    qtbot.waitUntil(lambda: window.tab.status.state == "finished")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(tmp_path / "mine"), ""))
    window.do("save_run_file")
    qtbot.waitUntil(lambda: written == [(BOARD / "vae-mnist", tmp_path / "mine.playrun")])


def test_without_a_run_there_is_nothing_to_write(make: Maker, qtbot: QtBot) -> None:
    window = make([])
    settle(window, qtbot)
    window.do("save_run_file")
    assert "Press Train first" in window.tab.stage.banner.label.text()
