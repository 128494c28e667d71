"""The window: header, one tab a family, status bar. It remembers, routes actions, takes dropped files and closes
without loss.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow, QMenuBar, QStackedWidget, QVBoxLayout, QWidget

from playground.engine import ConfigError, Recipe
from playground.ui import menus, shortcuts, style, theme
from playground.ui.background import Background
from playground.ui.family_tab import FamilyTab
from playground.ui.header import Header
from playground.ui.opening import Files
from playground.ui.runs_dialog import RunsDialog
from playground.ui.services import Services
from playground.ui.settings import Settings
from playground.ui.shortcut_sheet import about_sheet, shortcut_sheet
from playground.ui.status_bar import RunStatusBar

CLOSE_TIMEOUT_S = 10.0
STATUS_MS = 200


class MainWindow(QMainWindow):
    """Everything is built here and wired by :mod:`playground.ui.app`, in the order that a quick start needs."""

    def __init__(self, services: Services, settings: Settings, background: Background | None = None) -> None:
        super().__init__()
        self.services, self.settings = services, settings
        self.background = background or Background(self)
        self.setWindowTitle("Generative Playground")
        self.setAcceptDrops(True)
        self.setMinimumSize(1000, 640)
        self._closing = self._closed = False
        self.menu_bar = QMenuBar()
        self.actions_by_name = menus.build(self, self.menu_bar, self.do)
        self.header = Header(services.families, self.menu_bar)
        self.tabs = {name: FamilyTab(family, services, self.background) for name, family in services.families.items()}
        self.stack = QStackedWidget()
        self.status = RunStatusBar()
        self.files = Files(self)
        self._status_timer = QTimer(self, interval=STATUS_MS)
        self._lay_out()
        self._wire()
        self._recall()

    # ------------------------------------------------------------ tabs
    @property
    def tab(self) -> FamilyTab:
        """The visible family's tab."""
        return self.tabs[self._current]

    def show_family(self, name: str) -> None:
        """Bring a family's tab to the front."""
        self._current = name
        self.header.choose(name)
        self.stack.setCurrentWidget(self.tabs[name])
        self._show_status()

    @property
    def closed(self) -> bool:
        """Closed, or about to be."""
        return self._closed or self._closing

    def say(self, words: str) -> None:
        """Words in the place of the state: loading, saving; "" takes them back."""
        self.status.say(words)
        self._show_status()

    def open_path(self, path: Path | str) -> None:
        """A run folder, a recipe or a picture with a recipe inside: restore it."""
        self.files.open(Path(path))

    # ------------------------------------------------------------ actions
    def do(self, name: str) -> None:
        """Do an action of the table by name."""
        target: Any = {
            "primary": self.tab.primary,
            "train": self.tab.train,
            "step": self.tab.step,
            "stop": self.tab.stop,
            "save_run": self.tab.save,
            "undo": self.tab.panel.undo_stack.undo,
            "redo": self.tab.panel.undo_stack.redo,
            "reset_recipe": self.tab.panel.reset,
            "random_seed": self.tab.panel.randomise_seed,
            "next_view": lambda: self.tab.stage.turn(1),
            "previous_view": lambda: self.tab.stage.turn(-1),
            "open_run": self.files.ask_run,
            "open_file": self.files.ask_file,
            "save_recipe": self.files.save_recipe,
            "export": self.files.export_view,
            "export_csv": self.files.export_csv,
            "quit": self.close,
            "runs": self.show_runs,
            "next_family": self._next_family,
            "theme": self._switch_theme,
            "presenter": lambda: self.wear("presenter"),
            "full_screen": self._full_screen,
            "zoom_reset": self._reset_zoom,
            "shortcuts": lambda: shortcut_sheet(self).open(),
            "focus_recipe": lambda: self.tab.panel.data.box.setFocus(Qt.FocusReason.ShortcutFocusReason),
            "focus_stage": self.tab.focus_stage,
            "about": self._about,
        }[name]
        target()

    def wear(self, name: str) -> None:
        """Change the theme of everything, at once."""
        look = theme.wear(name)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        style.dress(app, look)
        self.header.retheme()
        for tab in self.tabs.values():
            tab.retheme()
        self.settings.put("theme", look.name)
        self._show_status()

    def show_runs(self) -> None:
        """The list of past runs."""
        on_stage = self.tab.status.folder if self.tab.status.active else ""
        dialog = RunsDialog(self.services, self.background, on_stage, self)
        dialog.opened.connect(lambda folder, resume: self.files.open(folder, resume=resume))
        dialog.open()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Keys that no focused control wanted: Space, S, the digits, Esc."""
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
            Qt.KeyboardModifier.ShiftModifier,
        )
        text = QKeySequence(event.key()).toString(QKeySequence.SequenceFormat.PortableText)
        if plain and text in shortcuts.PLAIN_KEYS:
            self.do(shortcuts.PLAIN_KEYS[text])
        elif plain and text.isdigit() and text != "0":
            self.tab.stage.show_index(int(text) - 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.tab.stage.banner.dismiss()
        else:
            super().keyPressEvent(event)

    # ------------------------------------------------------------ dropped files
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """The first local file or folder is opened."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            QTimer.singleShot(0, self, lambda: self.open_path(paths[0]))  # the source waits until a drop returns

    # ------------------------------------------------------------ closing
    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Stop and save first, in a thread, saying so; then close for good."""
        if self._closed or not any(tab.session is not None for tab in self.tabs.values()):
            self._remember()
            self._end()
            event.accept()
            return
        event.ignore()
        if not self._closing:
            self._closing = True
            self._remember()
            self.stack.setEnabled(False)
            self.say("saving")
            sessions = [tab.session for tab in self.tabs.values() if tab.session is not None]
            self.background.run(lambda: [s.close(CLOSE_TIMEOUT_S) for s in sessions], self._on_saved, self._on_saved, key="close")

    def _on_saved(self, _: object) -> None:
        self._closed = True
        self.close()

    def _end(self) -> None:
        self._status_timer.stop()
        for tab in self.tabs.values():
            tab.bridge.attach(None)
        self.background.close()

    # ------------------------------------------------------------ what is remembered
    def _remember(self) -> None:
        put = self.settings.put
        self.settings.put_bytes("geometry", self.saveGeometry())
        put("family", self._current)
        put("theme", theme.current().name)
        for name, tab in self.tabs.items():
            put(f"{name}/columns", tab.columns.sizes() if tab.columns.dragged else [])
            put(f"{name}/view", tab.stage.switch.key())
            try:
                put(f"{name}/recipe", tab.panel.recipe().to_dict())
            except ConfigError:
                continue  # a recipe that cannot be used is not worth remembering
        self.settings.sync()

    def _recall(self) -> None:
        geometry = self.settings.get_bytes("geometry")
        if geometry.isEmpty() or not self.restoreGeometry(geometry):
            self._first_size()
        for name, tab in self.tabs.items():
            tab.columns.restore(self.settings.get(f"{name}/columns", []))
            with contextlib.suppress(ValueError):  # none kept, or its data is gone: the default recipe stays
                tab.panel.set_recipe(Recipe.from_dict(self.settings.get(f"{name}/recipe", {})))
            tab.panel.undo_stack.clear()
            tab.stage.show_view(self.settings.get(f"{name}/view", ""))
        kept = self.settings.get("family", "")
        self.show_family(kept if kept in self.tabs else next(iter(self.tabs)))

    def _first_size(self) -> None:
        """Nine tenths of the screen, at most 1600 x 1000."""
        room = QGuiApplication.primaryScreen().availableGeometry()
        self.resize(min(1600, round(room.width() * 0.9)), min(1000, round(room.height() * 0.9)))

    # ------------------------------------------------------------ small things
    def _show_status(self) -> None:
        self.status.show_status(self.tab.status, self.tab.family.accent)
        active = self.tab.status.active
        for name in ("step", "stop"):
            self.actions_by_name[name].setEnabled(active)
        self.actions_by_name["save_run"].setEnabled(self.tab.status.has_model)

    def _switch_theme(self) -> None:
        self.wear("light" if theme.current().dark else "dark")

    def _next_family(self) -> None:
        names = list(self.tabs)
        self.show_family(names[(names.index(self._current) + 1) % len(names)])

    def _full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _reset_zoom(self) -> None:
        if self.tab.monitor is not None:
            self.tab.monitor.reset_zoom()

    def _about(self) -> None:
        try:
            folder = str(self.services.runs_folder())
        except Exception as error:  # the box must open even where there is no such folder
            folder = str(error)
        about_sheet(folder, self).open()

    def _wire(self) -> None:
        self.header.family_chosen.connect(self.show_family)
        self.header.action.connect(self.do)
        self._status_timer.timeout.connect(self._show_status)
        self._status_timer.start()

    def _lay_out(self) -> None:
        self._current = next(iter(self.tabs))
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.stack, 1)
        for tab in self.tabs.values():
            self.stack.addWidget(tab)
        self.setCentralWidget(centre)
        self.setStatusBar(self.status)
