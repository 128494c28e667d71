"""``playground --self-test REPORT.json``: opens the real window, walks a latent space, opens a lesson, photographs both, writes
what it found and closes.

For installers, and for people who are asked to send a report. All times are seconds since the process began.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
from PySide6.QtCore import QEvent, QObject, QTimer, qVersion
from PySide6.QtWidgets import QApplication, QWidget

from playground import __version__

if TYPE_CHECKING:
    from playground.ui.app import App

LOOK_MS = 400  # for the last events before the photograph
POLL_MS = 20
WATCH_MS = 200
GIVE_UP_S = 90
FEWEST = 20  # colours: a photograph with hardly any is none of a window


class SelfTest(QObject):
    """Follows one start of the application to its end. ``code`` is the exit code then: 1 if something did not work."""

    def __init__(self, app: App, report: Path) -> None:
        super().__init__(app.window)
        self._app, self._report = app, report
        self._times: dict[str, float] = {}
        self._models = self._lessons = 0
        self._doing, self.code = "The engine", 0
        app.painted.append(lambda: self._mark("painted"))
        app.when_ready(self._on_ready)
        self._give_up = QTimer(self, singleShot=True, interval=GIVE_UP_S * 1000)
        self._give_up.timeout.connect(lambda: self._end(f"{self._doing} did not come within {GIVE_UP_S} seconds."))
        self._give_up.start()
        self._watch = QTimer(self, interval=WATCH_MS)
        self._watch.timeout.connect(self._on_watch)
        self._watch.start()

    def _on_watch(self) -> None:
        """Whatever went wrong in the window would be in a dialog that nobody sees."""
        if (dialog := self._app.hook.dialog) is not None:
            words = dialog.details.toPlainText().split()
            self._end(f"{self._doing}: {' '.join(words)[-300:]}")

    def _mark(self, what: str) -> None:
        self._times[what] = age()

    def _when(self, what: str, so: Callable[[], bool], then: Callable[[], None]) -> None:
        """Go on with ``then`` once something is so; what is waited for is named in the report if it never is."""
        self._doing = what
        if so():
            then()
        else:
            QTimer.singleShot(POLL_MS, self, lambda: self._when(what, so, then))

    # ------------------------------------------------------------ a model on board, and a walk through its latent space
    def _on_ready(self) -> None:
        self._mark("ready")
        services = self._app.window.services
        lists = lambda: (services.models_on_board(), services.lessons_on_board())  # noqa: E731
        self._app.window.background.run(lists, self._on_lists, lambda error: self._end(str(error)), owner=self)

    def _on_lists(self, lists: tuple[list[Any], list[Any]]) -> None:
        models, lessons = lists
        self._models, self._lessons = len(models), len(lessons)
        model = next((m for m in models if m.family in self._app.window.tabs), None)
        if model is None:
            self._open_lesson(lessons)
            return
        self._app.window.show_family(model.family)
        tab = self._app.window.tab
        if tab.status.folder != str(model.folder) and tab.status.state == "idle":
            tab.open_model(model)
        self._when("The finished model", lambda: tab.stage.context is not None, lambda: self._interpolate(tab, lessons))

    def _interpolate(self, tab: Any, lessons: list[Any]) -> None:
        self._mark("model")
        tab.stage.show_view("interpolate")
        view = tab.stage.view()
        painted = Painted(view, view.stage.findChildren(QWidget))

        def there() -> bool:
            if view.shown is None:
                painted.yes = False
            return view.shown is not None and painted.yes

        def done() -> None:
            self._mark("interpolation")
            self._photograph("")
            self._open_lesson(lessons)

        self._when("The interpolation", there, done)

    def _open_lesson(self, lessons: list[Any]) -> None:
        if not lessons:
            QTimer.singleShot(LOOK_MS, self, self._look)
            return
        window = self._app.window
        window.lessons.open(lessons[0])

        def done() -> None:
            self._mark("lesson")
            QTimer.singleShot(LOOK_MS, self, self._look)

        player = window.lessons.player
        self._when("The lesson", lambda: player.lesson is lessons[0] and player.panel.isVisible(), done)

    # ------------------------------------------------------------ the report
    def _photograph(self, name: str) -> int:
        """Beside the report; how many colours are in it."""
        from playground.ui.opening import pixels

        picture = self._app.window.grab()
        picture.save(str(self._report.with_name(f"{self._report.stem}{name}.png")))
        return len(np.unique(pixels(picture).reshape(-1, 3)[::7], axis=0))

    def _look(self) -> None:
        colours = self._photograph("-lesson" if {"lesson", "interpolation"} <= set(self._times) else "")
        self._end("" if colours > FEWEST else f"The window shows {colours} colours only.")

    def _end(self, problem: str) -> None:
        self._give_up.stop()
        self._watch.stop()
        self.code = 1 if problem else 0
        found = {
            "ok": not problem, "problem": problem, "version": __version__,
            **{f"{what}_s": round(seconds, 3) for what, seconds in self._times.items()},
            "models": self._models, "lessons": self._lessons, "qt": qVersion(),
            "platform": QApplication.platformName(), "system": platform.platform(), "python": platform.python_version(),
            "cpus": psutil.cpu_count(), "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        }  # fmt: skip
        try:
            self._report.write_text(json.dumps(found, indent=1), encoding="utf-8")
        except OSError as error:
            print(f"The report cannot be written: {error}.", file=sys.stderr)
            self.code = 1
        finally:
            self._app.window.close()


def age() -> float:
    """Seconds since this process began. On Linux to a clock tick: psutil adds the boot time there, which is cut to a second."""
    stat = Path("/proc/self/stat")
    if stat.exists():
        ticks = int(stat.read_text().rpartition(")")[2].split()[19])  # starttime, proc(5)
        return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return time.time() - psutil.Process().create_time()


class Painted(QObject):
    """``yes`` once one of the widgets has been painted since it was last set to False."""

    def __init__(self, parent: QObject, widgets: Sequence[QWidget]) -> None:
        super().__init__(parent)
        self.yes = False
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        self.yes = self.yes or event.type() == QEvent.Type.Paint
        return False
