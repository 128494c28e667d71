"""``playground --self-test REPORT.json``: opens the real window, photographs it, writes what it found and closes.

For installers, and for people who are asked to send a report: with the start-up times, since the process began.
"""

from __future__ import annotations

import json
import platform
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil
from PySide6.QtCore import QObject, QTimer, qVersion
from PySide6.QtWidgets import QApplication

from playground import __version__

if TYPE_CHECKING:
    from playground.ui.app import App

LOOK_MS = 400  # for the last events before the photograph
GIVE_UP_S = 90


class SelfTest(QObject):
    """Follows one start of the application to its end."""

    def __init__(self, app: App, report: Path) -> None:
        super().__init__(app.window)
        self._app, self._report = app, report
        self._began = psutil.Process().create_time()
        self._painted = self._ready = 0.0
        app.painted.append(self._on_painted)
        app.when_ready(self._on_ready)
        self._give_up = QTimer(self, singleShot=True, interval=GIVE_UP_S * 1000)
        self._give_up.timeout.connect(lambda: self._end("The engine was not loaded in time."))
        self._give_up.start()

    def _on_painted(self) -> None:
        self._painted = time.time() - self._began

    def _on_ready(self) -> None:
        self._ready = time.time() - self._began
        QTimer.singleShot(LOOK_MS, self, self._look)

    def _look(self) -> None:
        """A photograph that is one colour, or hardly any, is none of a window."""
        from playground.ui.opening import pixels

        picture = self._app.window.grab()
        picture.save(str(self._report.with_suffix(".png")))
        colours = len(np.unique(pixels(picture).reshape(-1, 3)[::7], axis=0))
        self._end("" if colours > 20 else f"The window shows {colours} colours only.")

    def _end(self, problem: str) -> None:
        self._give_up.stop()
        found = {
            "ok": not problem, "problem": problem, "version": __version__, "painted_s": self._painted, "ready_s": self._ready,
            "qt": qVersion(), "platform": QApplication.platformName(), "system": platform.platform(),
            "python": platform.python_version(), "cpus": psutil.cpu_count(), "memory_gb": psutil.virtual_memory().total / 2**30,
        }  # fmt: skip
        try:
            self._report.write_text(json.dumps(found, indent=1), encoding="utf-8")
        except OSError as error:
            print(f"The report cannot be written: {error}.", file=sys.stderr)
        finally:
            self._app.window.close()
