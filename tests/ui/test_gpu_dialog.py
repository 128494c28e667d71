"""The dialog of GPU support and the About box: what they say and what they start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_session import fake_services
from pytestqt.qtbot import QtBot

from playground.gpu import command, overlay
from playground.ui import about, gpu_dialog
from playground.ui.background import Background
from playground.ui.gpu_dialog import GpuDialog

CARD = {"card": "A card", "installed": "", "on": False, "offers": ["cu130"], "text": "A card: cu130 fits."}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLAYGROUND_GPU_HOME", str(tmp_path / "gpu"))
    return tmp_path / "gpu"


@pytest.fixture
def dialog(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(command, "status", lambda: CARD)
    background = Background()
    box = GpuDialog(background)
    qtbot.addWidget(box)
    qtbot.waitUntil(box.kit.isEnabled)
    yield box
    box.reject()
    background.close()


def test_what_can_be_had_is_offered(dialog: GpuDialog) -> None:
    assert dialog.state.text() == CARD["text"]
    assert dialog.get.isEnabled() and not dialog.remove.isEnabled() and not dialog.switch.isEnabled()
    assert not dialog.bar.isVisibleTo(dialog)


def test_without_a_card_only_a_kit_is_offered(dialog: GpuDialog) -> None:
    dialog._show({**CARD, "offers": []})
    assert not dialog.get.isEnabled() and dialog.kit.isEnabled()


def test_the_command_s_error_is_shown_and_everything_offered_again(dialog: GpuDialog, qtbot: QtBot, tmp_path: Path) -> None:
    dialog.begin("install", "--kit", str(tmp_path))
    assert not dialog.get.isEnabled() and dialog.stop.isVisibleTo(dialog)
    qtbot.waitUntil(lambda: "holds no torch" in dialog.state.text(), timeout=20_000)
    assert dialog.get.isEnabled() and not dialog.stop.isVisibleTo(dialog)


def test_progress_and_outcome_lines(dialog: GpuDialog) -> None:
    dialog._hear('{"doing": "torch: 10 of 20 MB", "share": 0.5}')
    assert dialog.state.text() == "torch: 10 of 20 MB" and dialog.bar.value() == 500 and dialog.bar.maximum() == 1000
    dialog._hear('{"doing": "unpacking", "share": -1}')
    assert dialog.bar.maximum() == 0
    dialog._hear("no JSON")
    dialog._hear('{"installed": "2.13.0+cu130", "text": "GPU support is installed."}')
    dialog._show(CARD)
    assert dialog.state.text() == "GPU support is installed."


def test_stopping_a_download(dialog: GpuDialog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_dialog.install, "program", lambda: ["sleep", "60"])
    dialog.begin()
    dialog._stop()
    qtbot.waitUntil(lambda: dialog.state.text().startswith("Stopped"), timeout=5000)


def test_what_is_installed_can_be_switched_and_removed(dialog: GpuDialog, home: Path) -> None:
    overlay.keep(overlay.Overlay("x", "2.13.0", "cu130", "3.11"))
    dialog._show(CARD)
    assert dialog.switch.text() == "Switch off" and dialog.switch.isEnabled() and dialog.remove.isEnabled()


def test_the_about_box_names_every_package_and_its_licence(qtbot: QtBot) -> None:
    box = about.AboutBox(fake_services())
    qtbot.addWidget(box)
    text = box.licences.toPlainText()
    for name in ("torch", "numpy", "pyqtgraph", "pyside6-essentials", "ziamath"):
        line = next(line for line in text.lower().splitlines() if line.startswith(f"{name} "))
        assert line.partition(": ")[2] not in ("", "see its own files")


def test_the_frozen_program_shows_the_texts_it_brings_along(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "licences").mkdir()
    (tmp_path / "licences" / "licences.txt").write_text("all of them")
    monkeypatch.setattr(about.sys, "frozen", True, raising=False)
    monkeypatch.setattr(about.sys, "_MEIPASS", str(tmp_path), raising=False)
    assert about.licences() == "all of them"
