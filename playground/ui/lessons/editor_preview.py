"""Plays the lesson that is written in the real window with the real player, keeps no answer, and leaves the window as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from playground.engine import Lesson
from playground.ui.lessons.editor_state import remember
from playground.ui.lessons.panel import LessonPanel
from playground.ui.lessons.player import LessonPlayer
from playground.ui.lessons.progress import Progress

if TYPE_CHECKING:
    from playground.ui.main_window import MainWindow

HOW_BACK = "This is a preview: nothing of it is kept. End the lesson (×), or press {keys}, to go on writing."


class Unkept(Progress):
    """Answers and goals of a preview, forgotten with it."""

    def __init__(self) -> None:
        super().__init__(Path("nothing is kept here"))

    def _write(self, *_: object) -> None:
        pass


class Preview(QObject):
    """``ended`` is called once the lesson has ended, in whichever way."""

    def __init__(self, window: MainWindow, ended: Callable[[], object]) -> None:
        super().__init__(window)
        self._window, self._ended = window, ended
        self._player: LessonPlayer | None = None
        self._before: Any = None  # the player that the window had
        self._again: Callable[[], None] = lambda: None
        self._lesson: Lesson | None = None

    @property
    def playing(self) -> bool:
        return self._lesson is not None

    def play(self, lesson: Lesson, index: int) -> None:
        """From this step on. A lesson that is open in the window ends."""
        lessons = self._window.lessons
        if lessons.player is not None:
            lessons.player.close()
        self._again, self._before = remember(self._window), lessons.player
        player = self._made()
        player.progress = Unkept()
        lessons.player = player  # so that whoever follows the window's lesson, such as the presenter's notes, follows this one
        self._lesson = player.lesson = lesson
        player.go(index)

    def end(self) -> None:
        if self._player is not None and self.playing:
            self._player.close()  # says so by ``stepped``

    def retheme(self) -> None:
        if self._player is not None:
            self._player.panel.retheme()

    def _made(self) -> LessonPlayer:
        """One for all previews: it listens to the runs of the window for good."""
        if self._player is None:
            panel = LessonPanel(self._window.background, self._window)
            panel.hide()
            self._player = LessonPlayer(self._window, panel, Unkept())
            self._player.stepped.connect(self._window.lessons.stepped)
            self._player.stepped.connect(self._on_step)
        return self._player

    def _on_step(self, lesson: Lesson | None, _: int) -> None:
        """The lesson has ended, or another one was opened in its place: that one is for the window's own player."""
        if self._lesson is None or lesson is self._lesson:
            return
        self._lesson = None
        self._window.lessons.player = self._before
        QTimer.singleShot(0, self, lambda: self._tidy(lesson))  # once the player has said all that it has to say

    def _tidy(self, other: Lesson | None) -> None:
        if other is not None and self._player is not None:
            self._player.close()
        self._again()
        self._ended()
        if other is not None:
            self._window.lessons.open(other)
