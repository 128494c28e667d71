"""What the window knows of lessons: the list to choose from, the panel beside the page, and the one that plays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from playground.engine import Lesson, Step
from playground.ui.front import in_front

if TYPE_CHECKING:
    from playground.ui.main_window import MainWindow

PROGRESS = "lessons.json"


class Lessons(QObject):
    """Costs nothing until the first lesson: its parts are made then. ``stepped(lesson, index)`` is the player's, there
    from the start; (None, -1) when the lesson has ended.
    """

    stepped = Signal(object, int)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.player: Any = None

    def choose(self) -> None:
        """The list of lessons on board, read in the background."""
        window = self._window
        window.background.run(window.services.lessons_on_board, self._offer, self._on_problem, key="lessons")

    def glossary(self) -> None:
        """The symbols, with the lessons that use them; beside the window, which stays usable."""
        window = self._window
        window.background.run(window.services.lessons_on_board, self._explain, lambda _: self._explain([]), key="glossary")

    def open(self, lesson: Lesson) -> None:
        """Begin a lesson, or go on where it was left."""
        self._made().open(lesson)

    @property
    def step(self) -> Step | None:
        """The step that is open, with its notes for the presenter; None while there is no lesson."""
        return None if self.player is None else self.player.step

    def turn(self, by: int) -> None:
        """To the next step (1) or the one before (-1); nothing happens without a lesson."""
        if self.player is not None and self.player.lesson is not None:
            self.player.go(self.player.index + by)

    def retheme(self) -> None:
        if self.player is not None:
            self.player.panel.retheme()

    def _made(self) -> Any:
        if self.player is None:
            from playground.ui.lessons.panel import LessonPanel
            from playground.ui.lessons.player import LessonPlayer
            from playground.ui.lessons.progress import Progress

            window = self._window
            panel = LessonPanel(window.background, window)
            panel.hide()
            self.player = LessonPlayer(window, panel, Progress(self._file()))
            self.player.stepped.connect(self.stepped)
        return self.player

    def _file(self) -> Path:
        """Beside the runs, wherever these are kept."""
        return self._window.services.runs_folder().parent / PROGRESS

    def _offer(self, lessons: list[Lesson]) -> None:
        from playground.ui.lessons.dialog import LessonsDialog

        dialog = LessonsDialog(lessons, self._made().progress, in_front(self._window))
        dialog.chosen.connect(self.open)
        dialog.file_wanted.connect(self._window.files.ask_lesson)
        dialog.open()

    def _explain(self, lessons: list[Lesson]) -> None:
        from playground.ui.lessons.glossary import GlossaryDialog, entries

        window = self._window
        GlossaryDialog(entries(window.services.families, lessons), window.page.accent, in_front(window)).show()

    def _on_problem(self, error: Exception) -> None:
        self._window.tab.stage.banner.fail(str(error))
