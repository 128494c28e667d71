"""What every test of the window gets: no screen, settings of its own, and guards against warnings and leaks."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("PySide6")
sys.path.insert(0, str(Path(__file__).parent))  # fake_session, fake_engine

import shiboken6
from fake_session import FakeSession, fake_services
from PySide6.QtCore import QSettings, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from playground.ui import style, theme
from playground.ui.settings import Settings

HARMLESS = ("This plugin does not support propagateSizeHints", "This plugin does not support raise")


@pytest.fixture(scope="session", autouse=True)
def _what_was_there_before() -> Iterator[None]:
    """The guard below walks over all objects after every test; torch alone, if the engine's tests came first, has a million that
    no test of the window can leak. Frozen, they are walked over no more.
    """
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _no_warnings_no_leaks(qapp: QApplication) -> Iterator[None]:
    """Any Qt warning, and any top-level widget, running timer or thread that is left behind, fails the test."""
    said: list[str] = []
    before = qInstallMessageHandler(lambda kind, _, text: _note(said, kind, text))
    old = {"widgets": _widgets(qapp), "timers": _timers(), "threads": _threads()}
    yield
    _settle(qapp, lambda: not (_widgets(qapp) - old["widgets"] or _timers() - old["timers"] or _threads() - old["threads"]))
    qInstallMessageHandler(before)
    assert not said, f"Qt warned: {said}"
    for name, now in {"widgets": _widgets(qapp), "timers": _timers(), "threads": _threads()}.items():
        left = now - old[name]
        assert not left, f"{name} left behind: {[_name(x) for x in left]}"


@pytest.fixture(autouse=True)
def _worn(qapp: QApplication) -> Iterator[None]:
    """Every test begins in the dark theme and undressed, which is quicker."""
    theme.wear("dark")
    qapp.setStyleSheet("")
    yield
    theme.wear("dark")


@pytest.fixture
def dressed(qapp: QApplication) -> QApplication:
    """The application in the dark theme's stylesheet."""
    style.dress(qapp, theme.wear("dark"))
    return qapp


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings in a file of this test."""
    return Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def services(session: FakeSession) -> Any:
    return fake_services(session)


@pytest.fixture
def started(
    qtbot: QtBot, qapp: QApplication, session: FakeSession, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """``started(views, **services)``: the window of a started app without torch; it is closed in the end."""
    from playground.ui import app, views

    apps = []

    def start(table: Mapping[str, Any], **services: Any) -> Any:
        for place, name, value in ((app, "ENGINE", "json"), (app, "IDLE", ()), (views, "VIEWS", table)):
            monkeypatch.setattr(place, name, value)
        made = app.App(qapp, fake_services(session, **services), settings)
        made.window.resize(1280, 800)
        made.start()
        qtbot.waitUntil(lambda: made.ready, timeout=30_000)
        apps.append(made)
        return made.window

    yield start
    for made in apps:
        made.window.close()
        qtbot.waitUntil(lambda: not made.window.isVisible())  # noqa: B023  (it is waited for here)
        made.window.deleteLater()


def _note(said: list[str], kind: QtMsgType, text: str) -> None:
    if kind != QtMsgType.QtDebugMsg and kind != QtMsgType.QtInfoMsg and not text.startswith(HARMLESS):
        said.append(text)


def _settle(qapp: QApplication, done: Callable[[], bool], timeout_s: float = 3.0) -> None:
    """Let deferred deletes and ending threads happen."""
    until = time.monotonic() + timeout_s
    gc.collect()
    while not done() and time.monotonic() < until:
        qapp.sendPostedEvents(None, 52)  # QEvent.DeferredDelete, which processEvents leaves alone outside a loop
        qapp.processEvents()
        gc.collect()
        time.sleep(0.005)


def _widgets(qapp: QApplication) -> set[Any]:
    return set(qapp.topLevelWidgets())


def _timers() -> set[Any]:
    return {o for o in gc.get_objects() if isinstance(o, QTimer) and shiboken6.isValid(o) and o.isActive()}


def _threads() -> set[threading.Thread]:
    return {t for t in threading.enumerate() if not t.name.startswith(("pydev", "pytest"))}


def _name(thing: Any) -> str:
    """Enough to find out what was left."""
    text = getattr(thing, "text", lambda: "")
    return f"{thing!r} {text() if callable(text) else ''}"
