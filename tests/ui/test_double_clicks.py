"""Files that the Finder hands to the program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from playground.ui.app import DoubleClicks


class Window(QObject):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[Path] = []
        self.held = 0
        self.on_board = SimpleNamespace(hold=self._hold)

    def _hold(self) -> None:
        self.held += 1

    def open_path(self, path: Path) -> None:
        self.opened.append(path)


def test_a_file_is_opened_once_the_engine_is_there(qapp: QApplication, tmp_path: Path) -> None:
    waiting: list[Callable[[], None]] = []
    window = Window()
    clicks = DoubleClicks(SimpleNamespace(qt=qapp, window=window, when_ready=waiting.append))  # type: ignore[arg-type]
    for path in (tmp_path / "a lesson.playlesson", tmp_path / "b.playrun"):
        QCoreApplication.sendEvent(qapp, QFileOpenEvent(str(path)))
    QCoreApplication.sendEvent(qapp, QEvent(QEvent.Type.User))
    assert window.held == 2 and not window.opened
    for job in waiting:
        job()
    assert window.opened == [tmp_path / "a lesson.playlesson", tmp_path / "b.playrun"]
    qapp.removeEventFilter(clicks)
