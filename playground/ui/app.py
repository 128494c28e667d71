"""Starting up: all objects are built and wired here.

The order matters. The window with its form is painted first; then, between events, come the curves (pyqtgraph), the
views, the engine (torch) and, when nobody waits, what the first optimizer step would otherwise load. On Windows torch
has to be imported before Qt touches the process (c10.dll, WinError 1114), so there it comes first.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.abc
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QFileOpenEvent, QIcon
from PySide6.QtWidgets import QApplication, QWidget

from playground import __version__
from playground.gpu import overlay
from playground.ui import icons, style, theme
from playground.ui.errors import ErrorHook
from playground.ui.family_tab import FamilyTab
from playground.ui.main_window import MainWindow
from playground.ui.services import Services
from playground.ui.settings import Settings

ENGINE = "playground.engine.session"  # what brings torch
IDLE = ("torch._dynamo", "torch.optim.adamw")  # 1 s of imports that the first optimizer step would do
PAUSE_MS = 25  # of an import before events get a turn
# Python lets a thread keep the interpreter for 5 ms while another waits for it. The training thread asks for it some thousand times
# a second, between two operations of torch, for microseconds. Measured with a core to itself: with 0.5 ms it was held up for 3 % of
# the time beside live curves instead of 4 %, and for 11 % beside a moving mouse instead of 15 %.
SWITCH_S = 0.0005


class App:
    """The application object, the window and the steps of the start."""

    def __init__(self, qt: QApplication, services: Services, settings: Settings) -> None:
        self.qt = qt
        self.hook = ErrorHook()
        self.window = MainWindow(services, settings)
        self.hook = ErrorHook(self.window)
        self._services = services
        self._steps: Iterator[Callable[[], None]] = iter((self._curves, self._views, self._engine, self._sessions, self._idle))
        self.ready = False
        self._then: list[Callable[[], None]] = []
        self._wirings: list[Callable[[Any], None]] = []
        self.painted: list[Callable[[], None]] = []  # to be called once the window has been painted
        self.window.page_made.connect(self._catch_up)

    def start(self) -> None:
        """Show the window; the rest follows between events.

        It is dressed only now: under a stylesheet Qt styles a widget anew at every change of parent, which doubled
        the building time.
        """
        sys.setswitchinterval(SWITCH_S)
        style.dress(self.qt, theme.current(), self.window)
        self.window.show()
        self.window.setFocus()  # Qt would choose a tab of the header; Train can take it only once the engine is there
        self.window.say("loading curves …")
        self._first_paint = FirstPaint(self.window, self._on_painted)

    def when_ready(self, job: Callable[[], None]) -> None:
        """Do ``job`` once the engine is loaded."""
        if self.ready:
            job()
        else:
            self._then.append(job)

    def _on_painted(self) -> None:
        for job in self.painted:
            job()
        self._next()

    def _next(self) -> None:
        step = next(self._steps, None)
        if step is not None and not self.window.closed:
            step()
            QTimer.singleShot(1, self.window, self._next)

    def _of_every_page(self, wiring: Callable[[Any], None]) -> None:
        """Wire all pages there are, and remember it for those that are made later."""
        self._wirings.append(wiring)
        for page in self.window.pages:
            wiring(page)

    def _catch_up(self, page: Any, done: int = 0) -> None:
        """A page that was made late: one wiring after the other, with events between them."""
        if done < len(self._wirings) and not self.window.closed:
            self._wirings[done](page)
            QTimer.singleShot(0, page, lambda: self._catch_up(page, done + 1))

    def _curves(self) -> None:
        self._of_every_page(self._give_curves)
        self.window.say("loading views …")

    def _give_curves(self, page: Any) -> None:
        if isinstance(page, FamilyTab):
            page.build_monitor()
            page.monitor.export.connect(self.window.files.export_csv)

    def _views(self) -> None:
        from playground.ui import views

        def give_views(page: Any) -> None:
            if isinstance(page, FamilyTab):
                page.load_views(views.VIEWS, views.RunContext, getattr(views, "wire", None))

        self._of_every_page(give_views)
        self.window.say("loading torch …")

    def _engine(self) -> None:
        with breathing():
            importlib.import_module(ENGINE)

    def _sessions(self) -> None:
        def give_session(page: Any) -> None:
            page.attach(self._services.make_session() if isinstance(page, FamilyTab) else self._services.make_comparison())
            self.window.on_board.look(page)

        self._of_every_page(give_session)
        self.window.on_board.begin()
        self.ready = True
        if self.window.focusWidget() in (None, self.window):  # nobody has gone anywhere meanwhile
            self.window.tab.transport.train_button.setFocus()
        overlay.started()
        self.window.say("")
        if sentence := overlay.complaint():
            self.window.tab.stage.banner.notice(sentence)
        for job in self._then:
            job()

    def _idle(self) -> None:
        with breathing():
            for name in IDLE:
                importlib.import_module(name)


class Application(QApplication):
    """macOS tells the file that was double-clicked by an event, not by an argument: ``file_opened(path)``."""

    file_opened = Signal(str)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent):
            self.file_opened.emit(event.file())
            return True
        return super().event(event)


class FirstPaint(QObject):
    """Calls ``then`` once the window has been painted, or after a second if nobody sees it (it may start minimised)."""

    def __init__(self, window: QWidget, then: Callable[[], None]) -> None:
        super().__init__(window)
        self._window = window
        self._then: Callable[[], None] | None = then
        window.installEventFilter(self)
        QTimer.singleShot(1000, self, self._go)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self, self._go)
        return False

    def _go(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            self._window.removeEventFilter(self)
            then()


class Breathing(importlib.abc.MetaPathFinder):
    """Finds nothing, but lets Qt handle events now and then while a large package is being imported in the main
    thread.
    """

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self._inside = False

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> None:
        if not self._inside and time.perf_counter() - self._last > PAUSE_MS / 1000:
            self._inside = True  # an event that imports must not come back here
            try:
                QCoreApplication.processEvents()
            finally:
                self._inside = False
                self._last = time.perf_counter()


class breathing:  # noqa: N801  (used as a function)
    """``with breathing(): import ...``"""

    def __enter__(self) -> None:
        self._finder = Breathing()
        sys.meta_path.insert(0, self._finder)

    def __exit__(self, *_: object) -> None:
        sys.meta_path.remove(self._finder)


class DoubleClicks(QObject):
    """On macOS a file that is double-clicked in the Finder arrives as an event, also while the program runs."""

    def __init__(self, app: App) -> None:
        super().__init__(app.window)
        self._app = app
        app.qt.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if not isinstance(event, QFileOpenEvent) or not event.file():
            return False
        path = Path(event.file())
        self._app.window.on_board.hold()
        self._app.when_ready(lambda: self._app.window.open_path(path))
        return True


def make_qt() -> QApplication:
    """The QApplication, with the names under which settings are kept."""
    existing = QApplication.instance()
    qt = existing if isinstance(existing, QApplication) else Application(sys.argv[:1])
    qt.setApplicationName("generative-playground")
    qt.setOrganizationName("generative-playground")
    qt.setApplicationDisplayName("Generative Playground")
    qt.setApplicationVersion(__version__)
    qt.setDesktopFileName("generative-playground")
    return qt


def run(argv: Sequence[str]) -> int:
    """The window, until it is closed. Returns the exit code."""
    options = parse(argv)
    overlay.starting()
    if sys.platform == "win32":
        importlib.import_module(ENGINE)
    qt = make_qt()
    settings = Settings()
    theme.wear(options.theme or settings.get("theme", "dark"))
    qt.setWindowIcon(QIcon(icons.pixmap("app", theme.current().accent("vae"), 64)))
    app = App(qt, Services(), settings)
    app.hook.install()
    if isinstance(qt, Application):
        qt.file_opened.connect(lambda path: app.when_ready(lambda: app.window.open_path(Path(path))))
    signal.signal(signal.SIGINT, lambda *_: app.window.close())  # Ctrl+C in a terminal saves and closes
    if sys.platform == "darwin":
        DoubleClicks(app)
    test: Any = None
    if options.self_test:
        from playground.ui.self_test import SelfTest

        test = SelfTest(app, Path(options.self_test))
    app.start()
    if options.path:
        app.window.on_board.hold()
        app.when_ready(lambda: app.window.open_path(Path(options.path).expanduser()))
    try:
        code = qt.exec()
        return test.code if test is not None else code
    finally:
        overlay.started()  # closed before it was ready is no crash
        app.hook.remove()


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """``[--dark | --light | --presenter] [PATH]``"""
    parser = argparse.ArgumentParser("playground", description="Open the window.")
    looks = parser.add_mutually_exclusive_group()
    for look in theme.THEMES.values():
        text = f"start in the {look.title.lower()} theme"
        looks.add_argument(f"--{look.name}", dest="theme", action="store_const", const=look.name, default="", help=text)
    parser.add_argument("--self-test", metavar="REPORT", default="", help="open, photograph the window, write a report, close")
    parser.add_argument("path", nargs="?", default="", help="a run, a recipe, an exported picture or a lesson to open")
    return parser.parse_args(list(argv))
