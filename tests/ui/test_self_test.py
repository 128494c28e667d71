"""The self-test's code and report, and a window on a machine where no temporary file may be written."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fake_session import fake_services
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from playground.engine import models_on_board
from playground.ui import style, theme
from playground.ui.app import App
from playground.ui.self_test import SelfTest
from playground.ui.settings import Settings


def tried(qtbot: QtBot, qapp: QApplication, settings: Settings, report: Path, **services: object) -> tuple[SelfTest, App]:
    app = App(qapp, fake_services(**services), settings)
    test = SelfTest(app, report)
    app.start()
    qtbot.waitUntil(lambda: not app.window.isVisible(), timeout=30_000)
    return test, app


def test_what_never_comes_is_named_and_the_exit_code_says_so(
    qtbot: QtBot, qapp: QApplication, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground.ui.self_test.GIVE_UP_S", 2)
    monkeypatch.setattr("playground.ui.family_tab.FamilyTab.open_model", lambda *_: None)
    report = tmp_path / "report.json"
    test, app = tried(qtbot, qapp, settings, report, models_on_board=lambda: models_on_board()[:1])
    found = json.loads(report.read_text())
    assert not found["ok"] and test.code == 1 and "did not come within 2 seconds" in found["problem"]
    app.window.deleteLater()


def test_a_process_is_no_older_than_the_moment_before_it() -> None:
    """Else every time in the report would be too long (or too short) by up to a second."""
    code = "from playground.ui.self_test import age; print(age())"
    before = time.monotonic()
    printed = float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    assert 0 < printed <= time.monotonic() - before + 0.02  # two clock ticks


def test_without_a_folder_for_temporary_files_the_cache_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> None:
    monkeypatch.setenv("TMPDIR", "/nonexistent")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = style._temporary()
    assert folder.isValid() and Path(folder.path()).is_relative_to(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    monkeypatch.setattr(style, "_icon_folders", {})
    assert "background" in style.stylesheet(theme.current(), "vae"), "no arrows, but a window"


OPENED = """
from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QFileOpenEvent
from playground.ui.app import make_qt
qt = make_qt()
qt.file_opened.connect(print)
QCoreApplication.sendEvent(qt, QFileOpenEvent(QUrl.fromLocalFile("/a b/é.playlesson")))
"""


def test_a_double_click_on_a_mac_reaches_the_window() -> None:
    done = subprocess.run([sys.executable, "-c", OPENED], capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.stdout.strip() == "/a b/é.playlesson", done.stderr
