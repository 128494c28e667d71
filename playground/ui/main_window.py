"""The window: header, one page a family or group of families, the comparison, status bar. It remembers, routes actions, takes
dropped files and closes without loss.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QMenuBar, QStackedWidget, QVBoxLayout, QWidget

from playground.ui import menus, shortcuts, style, theme
from playground.ui.background import Background
from playground.ui.family_tab import FamilyTab
from playground.ui.front import in_front
from playground.ui.header import Header
from playground.ui.lessons import LessonEditor, Lessons
from playground.ui.on_board import OnBoard
from playground.ui.opening import Files
from playground.ui.pages import COMPARE, Page, entries
from playground.ui.presenter import Presenter
from playground.ui.runs_dialog import RunsDialog
from playground.ui.services import Services
from playground.ui.settings import Settings
from playground.ui.shortcut_sheet import shortcut_sheet
from playground.ui.status_bar import RunStatusBar

CLOSE_TIMEOUT_S = 10.0
FAMILY_ONLY = ("save_recipe", "save_run_file", "export", "export_csv")  # of what the window does: means the run of the tab in front
STATUS_MS = 200


class MainWindow(QMainWindow):
    """Everything is built here and wired by :mod:`playground.ui.app`, in the order that a quick start needs.

    Families of a group, and the comparison, get their page when it is first shown: ``page_made`` then asks for its wiring.
    """

    page_made = Signal(object)

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
        self.entries = entries(services.families)
        self.header = Header(self.entries, self.menu_bar)
        self.stack = QStackedWidget()
        self.tabs: dict[str, FamilyTab] = {}
        self.compare: Any = None  # the page of the comparison, once it was shown
        self._chosen: dict[str, str] = {}  # of each group: the family shown last
        self.status = RunStatusBar()
        self.files = Files(self)
        self.lessons = Lessons(self)
        self.editor = LessonEditor(self)
        self.presenter = Presenter(self)
        self.on_board = OnBoard(self, self.actions_by_name["on_board"])
        self._status_timer = QTimer(self, interval=STATUS_MS)
        self._lay_out()
        self._wire()
        self._recall()

    # ------------------------------------------------------------ pages
    @property
    def tab(self) -> FamilyTab:
        """The tab of the family that is, or was last, in front."""
        return self.tabs[self._current]

    @property
    def page(self) -> Page:
        """What is in front."""
        return cast(Page, self.stack.currentWidget())

    @property
    def pages(self) -> list[Any]:
        """All that have been made."""
        return [*self.tabs.values(), *([self.compare] if self.compare is not None else [])]

    def show_page(self, key: str) -> None:
        """Bring a page of the header to the front; of a group the family that was there last."""
        if key == COMPARE:
            self.show_comparison()
        else:
            names = self.entries[key].families
            self.show_family(self._chosen.get(key, names[0]))

    def show_family(self, name: str) -> None:
        """Bring a family's tab to the front."""
        tab = self.tabs.get(name) or self._make_tab(name)
        key = tab.family.group or name
        self._current = self._chosen[key] = name
        self._bring(key, tab)

    def show_comparison(self, folder: Path | None = None) -> None:
        """Bring the comparison to the front; with a ``folder``, one of the past."""
        if self.compare is None:
            from playground.ui.compare import CompareTab  # its parts take a while to import

            self.compare = CompareTab(self.services, self.background)
            self._take_in(self.compare, COMPARE)
        self._bring(COMPARE, self.compare)
        if folder is not None:
            self.compare.open_path(folder)

    def host(self, guest: QWidget) -> None:
        """Take a lesson in, beside the page."""
        self._beside.insertWidget(0, guest)

    def _bring(self, key: str, page: Any) -> None:
        before, focused = self.stack.currentWidget(), QApplication.focusWidget()
        self._key = key
        self.header.choose(key)
        self.stack.setCurrentWidget(page)
        self.presenter.follow(page)
        self.on_board.look(page)
        if before not in (None, page) and focused is not None and before.isAncestorOf(focused):
            page.do("focus_stage")  # Qt would hand the keyboard to the next control, whichever that is
        self._show_status()

    def _make_tab(self, name: str) -> FamilyTab:
        tab = self.tabs[name] = FamilyTab(self.services.families[name], self.services, self.background)
        tab.panel.family_picked.connect(self.show_family)
        self._take_in(tab, name)
        return tab

    def _take_in(self, page: Any, name: str) -> None:
        """A page has been made: into the stack, as it was left the last time, and wired like the others."""
        self.stack.addWidget(page)
        page.stage.enlarge.clicked.connect(lambda: self.do("view_full_screen"))
        page.recall(self._kept(name))
        self.page_made.emit(page)

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
        """Do an action of the table by name: a lesson that is written first, then the page in front, then what the window can."""
        if self.editor.do(name) or self.page.do(name) or (name in FAMILY_ONLY and self._key == COMPARE):
            return
        own: dict[str, Any] = {
            "open_run": self.files.ask_run, "open_file": self.files.ask_file, "save_recipe": self.files.save_recipe,
            "export": self.files.export_view, "export_csv": self.files.export_csv, "quit": self.close, "runs": self.show_runs,
            "next_family": self._next_page, "theme": self._switch_theme, "presenter": lambda: self.presenter.toggle(True),
            "full_screen": self._full_screen, "view_full_screen": lambda: self.presenter.toggle(False),
            "presenter_theme": lambda: self.wear("presenter"), "lessons": self.lessons.choose,
            "open_lesson": self.files.ask_lesson, "glossary": self.lessons.glossary, "shortcuts": self._shortcuts,
            "about": self._about,
            "gpu": self._gpu, "check": self.files.check, "on_board": self.on_board.switch,
            "save_run_file": self.files.save_run,
        }  # fmt: skip
        if name in own:
            own[name]()

    def wear(self, name: str) -> None:
        """Change the theme of everything, at once."""
        self.presenter.leave()
        look = theme.wear(name)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        style.dress(app, look, self)
        self.header.retheme()
        for page in self.pages:
            page.retheme()
        self.lessons.retheme()
        self.editor.retheme()
        self.settings.put("theme", look.name)
        self._show_status()

    def show_runs(self) -> None:
        """The list of past runs."""
        on_stage = self.tab.status.folder if self.tab.status.active else ""
        dialog = RunsDialog(self.services, self.background, on_stage, in_front(self))
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
            self.page.show_index(int(text) - 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.page.dismiss()
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
        if not self.editor.may_close():
            event.ignore()
            return
        self.presenter.leave()
        sessions = [page.session for page in self.pages if page.session is not None]
        if self._closed or not sessions:
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
            self.background.run(lambda: [s.close(CLOSE_TIMEOUT_S) for s in sessions], self._on_saved, self._on_saved, key="close")

    def _on_saved(self, _: object) -> None:
        self._closed = True
        self.close()

    def _end(self) -> None:
        self._status_timer.stop()
        for page in self.pages:
            page.end()
        self.background.close()

    # ------------------------------------------------------------ what is remembered
    def _remember(self) -> None:
        put = self.settings.put
        self.settings.put_bytes("geometry", self.saveGeometry())
        put("page", self._key)
        put("families", self._chosen)
        put("theme", theme.current().name)
        made = {**self.tabs, **({COMPARE: self.compare} if self.compare is not None else {})}
        for name, page in made.items():
            put(f"page/{name}", {**self._kept(name), **page.remember()})
        self.settings.sync()

    def _kept(self, name: str) -> dict[str, Any]:
        """What a page left to be remembered."""
        kept = self.settings.get(f"page/{name}", {})
        return kept if isinstance(kept, dict) else {}

    def _recall(self) -> None:
        geometry = self.settings.get_bytes("geometry")
        if geometry.isEmpty() or not self.restoreGeometry(geometry):
            self._first_size()
        families, chosen = self.services.families, self.settings.get("families", {})
        for name, family in families.items():
            if not family.group:
                self._make_tab(name)
        if isinstance(chosen, dict):
            self._chosen = {k: v for k, v in chosen.items() if v in families and (families[v].group or v) == k}
        self._current = next(iter(self.tabs), None) or next(iter(families))
        key = self.settings.get("page", "")
        self.show_page(key if key in self.entries and key != COMPARE else next(iter(self.entries)))

    def _first_size(self) -> None:
        """Nine tenths of the screen, at most 1600 x 1000."""
        room = QGuiApplication.primaryScreen().availableGeometry()
        self.resize(min(1600, round(room.width() * 0.9)), min(1000, round(room.height() * 0.9)))

    # ------------------------------------------------------------ small things
    def _show_status(self) -> None:
        status = self.page.status
        self.status.show_status(status, self.page.accent)
        self.presenter.show_status()
        for name in ("step", "stop"):
            self.actions_by_name[name].setEnabled(status.active)
        self.actions_by_name["save_run"].setEnabled(status.has_model)

    def _switch_theme(self) -> None:
        self.presenter.leave()
        self.wear("light" if theme.current().dark else "dark")

    def _next_page(self) -> None:
        keys = list(self.entries)
        self.show_page(keys[(keys.index(self._key) + 1) % len(keys)])

    def _full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _shortcuts(self) -> None:
        shortcut_sheet(in_front(self), full_screen=self.presenter.active).open()

    def _about(self) -> None:
        from playground.ui.about import AboutBox

        AboutBox(self.services, in_front(self)).open()

    def _gpu(self) -> None:
        from playground.ui.gpu_dialog import GpuDialog

        GpuDialog(self.background, in_front(self)).open()

    def _wire(self) -> None:
        self.header.page_chosen.connect(self.show_page)
        self.header.action.connect(self.do)
        self._status_timer.timeout.connect(self._show_status)
        self._status_timer.start()

    def _lay_out(self) -> None:
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._beside = QHBoxLayout()
        self._beside.addWidget(self.stack, 1)
        column.addLayout(self._beside, 1)
        self.setMenuWidget(self.header)  # above the page and what is docked beside it
        self.setCentralWidget(centre)
        self.setStatusBar(self.status)
