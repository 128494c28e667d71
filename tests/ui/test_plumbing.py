"""Bridge, background thread, settings, the table of shortcuts, the start of the program."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fake_session import FakeSession
from PySide6.QtGui import QKeySequence
from pytestqt.qtbot import QtBot

from playground import __main__ as entry
from playground.engine import FAMILIES, Recipe
from playground.ui.background import Background
from playground.ui.bridge import Bridge
from playground.ui.settings import Settings
from playground.ui.shortcuts import ACTIONS, BY_NAME, PLAIN_KEYS

ROOT = Path(__file__).parents[2]


def test_each_kind_of_message_has_its_signal(qtbot: QtBot, session: FakeSession) -> None:
    bridge = Bridge()
    heard: list[str] = []
    for name in ("started", "progress", "monitored", "state", "saved", "finished", "failed", "live"):
        getattr(bridge, name).connect(lambda _, n=name: heard.append(n))
    bridge.attach(session)
    session.start(Recipe("vae", "mnist", FAMILIES["vae"].config().replace(steps=2000)))
    session.apply_live("kl_weight", 2.0)
    qtbot.waitUntil(lambda: "finished" in heard, timeout=3000)
    bridge.attach(None)
    assert {"started", "state", "progress", "monitored", "live", "saved", "finished"} <= set(heard)


def test_a_detached_bridge_is_silent(qtbot: QtBot, session: FakeSession) -> None:
    bridge = Bridge()
    heard: list[object] = []
    bridge.event_arrived.connect(heard.append)
    bridge.attach(session)
    bridge.attach(None)
    session.start(Recipe("vae", "mnist", FAMILIES["vae"].config()))
    qtbot.wait(60)
    assert not heard
    assert not bridge._timer.isActive()


def test_background_results_arrive_in_the_main_thread(qtbot: QtBot) -> None:
    background = Background()
    got: list[tuple[str, str]] = []
    background.run(lambda: threading.current_thread().name, lambda name: got.append((name, threading.current_thread().name)))
    qtbot.waitUntil(lambda: bool(got))
    background.close()
    assert got == [("window-background", "MainThread")]


def test_a_closed_background_starts_no_thread_again() -> None:
    """What a closing window still asks for would leave one behind."""
    background, done = Background(), threading.Event()
    background.close()
    background.run(done.set, lambda _: None)
    assert not done.wait(0.1) and "window-background" not in [t.name for t in threading.enumerate()]


def test_background_errors_go_to_who_asked(qtbot: QtBot) -> None:
    background = Background()
    got: list[str] = []
    background.run(lambda: 1 / 0, lambda _: got.append("done"), lambda error: got.append(type(error).__name__))
    qtbot.waitUntil(lambda: bool(got))
    background.close()
    assert got == ["ZeroDivisionError"]


def test_of_jobs_with_one_key_the_latest_wins(qtbot: QtBot) -> None:
    background, gate = Background(), threading.Event()
    got: list[str] = []
    background.run(lambda: gate.wait(2), lambda _: None)
    background.run(lambda: "old", got.append, key="k")
    background.run(lambda: "new", got.append, key="k")
    gate.set()
    qtbot.waitUntil(lambda: bool(got))
    qtbot.wait(50)
    background.close()
    assert got == ["new"]


def test_settings_come_back_and_foreign_values_do_not(settings: Settings) -> None:
    settings.put("a", [1, 2, 3])
    settings._store.setValue("b", "{broken")
    settings.put("c", "text")
    assert settings.get("a", []) == [1, 2, 3]
    assert settings.get("b", "default") == "default"
    assert settings.get("c", []) == []
    assert settings.get("missing") is None


def test_no_key_is_given_twice_and_all_are_keys() -> None:
    keys = [QKeySequence(k).toString() for a in ACTIONS for k in a.key_list]
    assert len(keys) == len(set(keys)) and all(keys)
    assert len(BY_NAME) == len(ACTIONS)
    assert PLAIN_KEYS == {"Space": "primary", "S": "step", "?": "shortcuts"}
    for action in ACTIONS:
        assert action.help.endswith(".") and action.title


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({}, "linux", "no display"),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux", ""),
        ({"QT_QPA_PLATFORM": "vnc:size=800x600"}, "linux", ""),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", ""),
        ({"QT_QPA_PLATFORM": "xcb"}, "linux", "no display"),
        ({}, "win32", ""),
        ({}, "darwin", ""),
    ],
)
def test_a_missing_display_is_known_beforehand(environment: dict[str, str], platform: str, expected: str) -> None:
    problem = entry.display_problem(environment, platform)
    assert (expected in problem) if expected else problem == ""


def test_a_missing_library_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "_loads", lambda name: "cursor" not in name)
    problem = entry.display_problem({"DISPLAY": ":0"}, "linux")
    assert "libxcb-cursor.so.0" in problem and "apt install libxcb-cursor0" in problem


def _playground(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "playground", *arguments]
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": "/nonexistent", **environment}
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=60, cwd=ROOT)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Elsewhere there is always a display")
def test_without_a_display_it_says_what_to_do() -> None:
    result = _playground()
    assert result.returncode == 2
    assert "playground train vae" in result.stderr and "Traceback" not in result.stderr
    assert result.stdout == ""


def test_an_unknown_word_is_no_window() -> None:
    result = _playground("trian", QT_QPA_PLATFORM="offscreen")
    assert result.returncode == 2
    assert "neither a command nor a file" in result.stderr


def test_help_and_version_need_no_display() -> None:
    assert "usage: playground" in _playground("--help").stdout
    assert _playground("--version").stdout.startswith("playground ")


def test_the_window_needs_no_torch_to_be_painted() -> None:
    code = (
        "import sys; import playground.ui.app; from playground.ui.services import Services; Services()\n"
        "assert 'torch' not in sys.modules and 'pyqtgraph' not in sys.modules, 'too early'\n"
    )
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=60)
    assert result.returncode == 0, result.stderr
