"""Lessons in and out of the editor: new, open, a copy of one on board, save. Nothing that is not saved is lost unasked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QToolButton

from playground.engine import Lesson, lesson_values, save_lesson
from playground.ui.lessons.editor_draft import Draft, Values, new_key
from playground.ui.opening import LESSON

if TYPE_CHECKING:
    from playground.ui.main_window import MainWindow

FILTER = f"Lessons (*{LESSON})"
Then = Callable[[], object]


def nothing() -> None:
    """To do when there is nothing to do."""


class FileMenu(QToolButton):
    """``new``: an empty lesson is wanted; ``opened``: another one has come; ``saved(path)``; ``problem(sentence)``."""

    new = Signal()
    opened = Signal()
    saved = Signal(object)
    problem = Signal(str)

    def __init__(self, draft: Draft, window: MainWindow) -> None:
        super().__init__()
        self._draft, self._window = draft, window
        self.setText("File ")
        self.setToolTip("New, open, save: the file of the lesson that is written here.")
        self.setAccessibleName("File of the lesson")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self.setMenu(menu)
        self._add(menu, "New lesson", "A lesson whose first step is the window as it is.", lambda: self.ask_first(self.new.emit))
        self._add(menu, "Open…", "Go on with a lesson of yours.", lambda: self.ask_first(self._ask_open))
        self.on_board = menu.addMenu("Copy of a lesson on board")
        self.on_board.setToolTip("Begin with what is there already.")
        self.on_board.setEnabled(False)
        menu.addSeparator()
        self._add(menu, "Save", "Write the lesson to its file (Ctrl+S while the editor has the keyboard).", self.save)
        self._add(menu, "Save as…", "Write it to another file.", self.save_as)
        window.background.run(window.services.lessons_on_board, self._offer, lambda _: None, key="lessons to copy", owner=self)

    # ------------------------------------------------------------ in
    def open(self, path: Path) -> None:
        """Go on with the lesson in a file."""
        read = self._window.services.read_lesson
        self._window.background.run(
            lambda: lesson_values(read(path)), lambda values: self._start(values, path), self._fail, key="edit lesson", owner=self
        )  # fmt: skip

    def copy(self, lesson: Lesson) -> None:
        """Begin with a lesson that exists; it gets a key of its own."""
        title = f"{lesson.title} (copy)"
        self._start({**lesson_values(lesson), "title": title, "key": new_key(lesson.title)}, None, saved=False)

    def ask_first(self, then: Then, cancelled: Then = nothing) -> None:
        """Do ``then``, but save or give up what is not saved first."""
        if not self._draft.modified:
            then()
            return
        box = QMessageBox(QMessageBox.Icon.Question, "Lesson", f"Save the changes of “{self._draft.title}”?", parent=self._window)
        box.setInformativeText("Without saving, they are gone.")
        save = box.addButton("Save", QMessageBox.ButtonRole.AcceptRole)
        lose = box.addButton("Don't save", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(save)

        def answered(_: int) -> None:
            box.deleteLater()
            if box.clickedButton() is save:
                self.save(then, cancelled)
            elif box.clickedButton() is lose:
                then()
            else:
                cancelled()

        box.finished.connect(answered)
        box.open()

    # ------------------------------------------------------------ out
    def save(self, then: Then = nothing, cancelled: Then = nothing) -> None:
        """To its file, or to one that is asked for."""
        if self._draft.path is None:
            self.save_as(then, cancelled)
        else:
            self.save_to(self._draft.path, then, cancelled)

    def save_as(self, then: Then = nothing, cancelled: Then = nothing) -> None:
        start = str(self._draft.path or file_name(self._draft.title))
        path, _ = QFileDialog.getSaveFileName(self._window, "Save the lesson", start, FILTER)
        if path:
            self.save_to(Path(path) if path.lower().endswith(LESSON) else Path(path + LESSON), then, cancelled)
        else:
            cancelled()

    def save_to(self, path: Path, then: Then = nothing, cancelled: Then = nothing) -> None:
        """Write it whole; what is changed meanwhile is not saved."""
        values = self._draft.values

        def done(_: object) -> None:
            self._draft.mark_saved(path, values)
            self.saved.emit(path)
            then()

        def failed(error: Exception) -> None:
            self._fail(error, f"{path.name} is not written: ")
            cancelled()

        self._window.background.run(lambda: save_lesson(path, plain(values)), done, failed, key="save lesson", owner=self)

    # ------------------------------------------------------------ inside
    def _ask_open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Open a lesson to edit", "", FILTER)
        if path:
            self.open(Path(path))

    def _start(self, values: Values, path: Path | None, *, saved: bool = True) -> None:
        self._draft.start(values, path, saved=saved)
        self.opened.emit()

    def _offer(self, lessons: list[Lesson]) -> None:
        for lesson in lessons:
            self._add(self.on_board, lesson.title, lesson.summary, partial(self.ask_first, partial(self.copy, lesson)))
        self.on_board.setEnabled(bool(lessons))

    def _fail(self, error: Exception, lead: str = "") -> None:
        strerror = getattr(error, "strerror", None)
        sentence = f"{lead}{strerror or error}"
        self.problem.emit(sentence if sentence.endswith(".") else f"{sentence}.")

    def _add(self, menu: QMenu, text: str, tip: str, act: Then) -> None:
        action = menu.addAction(text.replace("&", "&&"))
        action.setToolTip(tip)
        action.triggered.connect(lambda _=False: act())


def plain(values: Values) -> dict[str, Any]:
    """As the file has them: lists and dicts all the way down."""
    return {**values, "steps": [dict(step) for step in values["steps"]]}


def file_name(title: str) -> str:
    """A title as the name of a file."""
    stem = "".join(c if c.isalnum() or c in "-_ " else " " for c in title)
    return " ".join(stem.split())[:80] + LESSON
