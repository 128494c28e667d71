"""Making a lesson from the window: what the window's actions do, and what is kept of a lesson that is not saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from playground.engine import lesson_of
from playground.ui import shortcuts

if TYPE_CHECKING:
    from playground.ui.main_window import MainWindow

KEEP_MS = 1000  # after a change, until it is kept for the case of a kill


class LessonEditor(QObject):
    """Costs nothing until it is first opened: its parts are made then."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.draft: Any = None
        self.panel: Any = None
        self.dock: Any = None
        self.preview: Any = None
        self.recovery: Any = None
        self._kept: Any = None  # the values that the recovery file holds
        self._closing = False  # the window is about to be closed
        self._soon = QTimer(self, singleShot=True, interval=KEEP_MS)
        self._soon.timeout.connect(self.keep)

    @property
    def open_now(self) -> bool:
        """Whether a lesson is being written, in sight or while its preview plays."""
        return self.dock is not None and (self.dock.isVisible() or self.preview.playing)

    # ------------------------------------------------------------ actions
    def do(self, name: str) -> bool:
        """Do an action of the table of shortcuts if it is the editor's; what means the focused part only while that is in it."""
        own = {"make_lesson": self.start, "record_step": self.record, "preview_lesson": self.toggle_preview}
        if name in own:
            own[name]()
            return True
        focused = QApplication.focusWidget()
        if self.dock is None or focused is None or not self.dock.isAncestorOf(focused):
            return False
        inside = {"undo": self.draft.undo_stack.undo, "redo": self.draft.undo_stack.redo, "save_recipe": self.panel.files.save}
        if name in inside:
            inside[name]()
        return name in inside

    def start(self) -> None:
        """The editor, with a first step recorded from the window as it is; one that is open comes to the front."""
        fresh = self.dock is None
        self._make()
        if self.preview.playing:
            self.preview.end()
        elif not self.dock.isVisible():
            if fresh or not self.draft.modified:
                self._begin()
            self.dock.appear()
            self._look_for_left()
        self.panel.focus_text()

    def record(self) -> None:
        """The window as it is, as a new step after the one in hand."""
        if not self.open_now:
            self.start()
            return
        from playground.ui.lessons.editor_state import new_step

        step, trouble = new_step(self._window)
        self.draft.insert(step)
        self.panel.focus_text()
        self.panel.say(trouble)

    def toggle_preview(self) -> None:
        """Play the lesson from the step in hand; once more, and back to the editor."""
        if not self.open_now:
            self.start()
            return
        if self.preview.playing:
            self.preview.end()
            return
        values, index = {**self.draft.values, "title": self.draft.title}, self.draft.index
        self._window.background.run(
            lambda: lesson_of(values), lambda lesson: self._play(lesson, index), self._no_preview, key="preview", owner=self
        )

    def retheme(self) -> None:
        if self.dock is not None:
            self.panel.retheme()
            self.dock.retheme()
            self.preview.retheme()

    # ------------------------------------------------------------ closing
    def may_close(self) -> bool:
        """Whether the window may close now; if not, what is not saved is asked for, and the window closed after the answer."""
        if self.dock is None or self._closing or not self.draft.modified:
            return True
        self._show_again()
        self.panel.files.ask_first(self._close_window)
        return False

    def _close_window(self) -> None:
        self._closing = True
        self._soon.stop()

        def close(_: object) -> None:
            self._window.close()

        self._window.background.run(self.recovery.forget, close, close, key="keep lesson")

    def _ask_close(self) -> None:
        self.panel.files.ask_first(self._leave)

    def _leave(self) -> None:
        """The editor goes; the next one begins anew."""
        self._forget()
        self.draft.start(self.draft.values, self.draft.path)
        self._soon.stop()
        self.dock.leave()
        self._window.tab.focus_stage()

    # ------------------------------------------------------------ preview
    def _play(self, lesson: Any, index: int) -> None:
        from playground.ui.lessons.editor_preview import HOW_BACK

        if not self.dock.isFloating():
            self.dock.hide()
        self.preview.play(lesson, min(index, len(lesson.steps) - 1))
        keys = shortcuts.BY_NAME["preview_lesson"].keys_text()
        self._window.tab.stage.banner.notice(HOW_BACK.format(keys=keys))

    def _no_preview(self, error: Exception) -> None:
        self.panel.say(f"There is no preview yet: {error}")

    def _show_again(self) -> None:
        self._window.tab.stage.banner.dismiss()
        self.dock.appear()
        self.panel.focus_text()

    # ------------------------------------------------------------ a lesson comes
    def _begin(self) -> None:
        """A new lesson: the window as it is."""
        from playground.ui.lessons.editor_draft import BLANK, new_key
        from playground.ui.lessons.editor_state import new_step

        step, trouble = new_step(self._window)
        self.draft.start({**BLANK, "key": new_key(""), "steps": [step]})
        self.panel.say(trouble)

    def _make(self) -> None:
        if self.dock is not None:
            return
        from playground.ui.lessons.editor_dock import EditorDock
        from playground.ui.lessons.editor_draft import Draft
        from playground.ui.lessons.editor_files import FileMenu
        from playground.ui.lessons.editor_panel import EditorPanel
        from playground.ui.lessons.editor_preview import Preview
        from playground.ui.lessons.editor_recovery import FOLDER, Recovery

        window = self._window
        self.draft = Draft(self)
        files = FileMenu(self.draft, window)
        self.panel = EditorPanel(self.draft, window, files)
        self.dock = EditorDock(window, self.panel, self._ask_close)
        self.preview = Preview(window, self._show_again)
        self.recovery = Recovery(window.services.runs_folder().parent / FOLDER)
        self.panel.record.connect(self.record)
        self.panel.preview.connect(self.toggle_preview)
        self.panel.retheme()
        files.new.connect(self._begin)
        files.opened.connect(lambda: self.panel.say(""))
        files.saved.connect(self._on_saved)
        files.problem.connect(self.panel.say)
        self.draft.changed.connect(self._on_changed)
        self.draft.undo_stack.cleanChanged.connect(lambda _: self._on_changed())  # the stack says so after the change

    def _on_changed(self) -> None:
        if not self.draft.alive:
            return
        self.dock.say_title(self.draft.title, self.draft.modified)
        if self.draft.modified and self._kept is not self.draft.values:
            self._soon.start()
        elif not self.draft.modified and self._kept is not None:
            self._forget()

    def _on_saved(self, path: Path) -> None:
        self._forget()
        self.panel.say(f"Saved: {path}")
        if self.draft.modified:
            self._soon.start()

    # ------------------------------------------------------------ kept for the case of a kill
    def keep(self) -> None:
        """What is not saved, into the recovery file, in the background."""
        if not self.draft.modified:
            return
        self._kept = values = self.draft.values
        path, recovery = self.draft.path, self.recovery
        self._window.background.run(
            lambda: recovery.keep(values, path), lambda _: None, self._not_kept, key="keep lesson", owner=self
        )  # fmt: skip

    def _not_kept(self, error: Exception) -> None:
        self._kept = None
        self.panel.say(f"The lesson cannot be kept for the case that the program ends ({error}). Save it soon.")

    def _forget(self) -> None:
        self._kept = None
        self._soon.stop()
        self._window.background.run(self.recovery.forget, lambda _: None, lambda _: None, key="keep lesson")

    def _look_for_left(self) -> None:
        self._window.background.run(self.recovery.left, self._offer_left, lambda _: None, key="lessons left", owner=self)

    def _offer_left(self, left: list[Any]) -> None:
        from playground.ui.lessons.editor_left import LeftBar

        self.panel.offer(LeftBar(left, self._recover, self._drop) if left else None)

    def _recover(self, found: Any) -> None:
        """Go on with a lesson that a program has left."""

        def begin() -> None:
            self.draft.start(found.values, found.path, saved=False)
            self.panel.offer(None)
            self.keep()  # under its own name, before the old file goes
            self._drop(found)

        self.panel.files.ask_first(begin)

    def _drop(self, found: Any) -> None:
        self._window.background.run(lambda: found.file.unlink(missing_ok=True), lambda _: self._look_for_left(), lambda _: None)
