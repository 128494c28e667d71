"""Help, "Save a check report…": a file that can be sent, and a sentence whatever happens."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QProgressDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from playground.ui import check_report
from playground.ui.check_report import CheckReport

Heard = list[tuple[str, str]]


@pytest.fixture
def heard() -> Heard:
    return []


@pytest.fixture
def check(qtbot: QtBot, heard: Heard) -> CheckReport:
    window = QWidget()
    qtbot.addWidget(window)
    made = CheckReport(window, lambda words: heard.append(("done", words)), lambda words: heard.append(("failed", words)))
    window.kept = made  # type: ignore[attr-defined]
    return made


def stand_in(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Instead of the program: Python with these lines; its arguments are those of the program."""
    monkeypatch.setattr(check_report.install, "program", lambda: [sys.executable, "-c", f"import sys, time; {code}"])


def test_the_program_s_own_check_is_saved(
    check: CheckReport, heard: Heard, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_RUNS", str(tmp_path / "runs"))
    chosen = tmp_path / "my check"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(chosen), "JSON (*.json)"))
    check.ask()
    assert isinstance(check._box, QProgressDialog) and check._box.isVisible()
    qtbot.waitUntil(lambda: bool(heard), timeout=60_000)
    target = tmp_path / "my check.json"
    assert heard == [("done", heard[0][1])] and f"Everything needed is here. Written: {target}. Send this file" in heard[0][1]
    assert json.loads(target.read_text())["ok"] and check._box is None


def test_failed_checks_are_a_report_too(check: CheckReport, heard: Heard, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, "print('Written: ' + sys.argv[-1] + '. Send it.', file=sys.stderr); sys.exit(1)")
    check.begin(Path("/x/report.html"))
    qtbot.waitUntil(lambda: bool(heard), timeout=10_000)
    assert heard[0] == ("done", "Something failed here: the report says what, and what to do. Written: /x/report.html. Send it.")


def test_it_can_be_stopped(check: CheckReport, heard: Heard, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, "time.sleep(60)")
    check.begin(Path("/x/report.html"))
    assert check._box is not None
    qtbot.mouseClick(check._box.findChild(QPushButton), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(heard), timeout=10_000)
    assert heard == [("failed", check_report.STOPPED)] and check._box is None


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("print('playground: The disk is full.', file=sys.stderr); sys.exit(1)", "No report was written: The disk is full."),
        ("import os; os.abort()", "The check broke off"),
    ],
)
def test_why_there_is_no_report(
    check: CheckReport, heard: Heard, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, code: str, words: str
) -> None:
    stand_in(monkeypatch, code)
    check.begin(Path("/x/report.html"))
    qtbot.waitUntil(lambda: bool(heard), timeout=10_000)
    assert heard[0][0] == "failed" and heard[0][1].startswith(words)


def test_a_program_that_does_not_start(check: CheckReport, heard: Heard, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_report.install, "program", lambda: ["/nonexistent/playground"])
    check.begin(Path("/x/report.html"))
    qtbot.waitUntil(lambda: bool(heard), timeout=10_000)
    assert heard == [("failed", "No report was written: the program did not start.")]
