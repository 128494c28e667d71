"""Pictures and films out of a view: a file dialog, a plain thread that writes, and a timer that looks how far it is.

No Qt object is touched by the thread: it moves two numbers and leaves a sentence, which the timer picks up.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QProgressBar, QPushButton, QWidget

from playground import engine
from playground.ui import theme
from playground.ui.widgets.controls import button

Array = np.ndarray
FOLDER = ""  # the ending of a folder of numbered frames
KINDS = {
    ".png": "Strip of all frames (PNG)…", ".gif": "Loop (GIF)…", ".mp4": "Film (MP4)…", FOLDER: "Numbered frames (folder of PNGs)…",
}  # fmt: skip


@dataclass(frozen=True)
class Material:
    """What is exported: ``strip`` (H, W, 3), ``frames`` (F, H, W, 3) at ``fps``, and the ``recipe`` that goes inside.

    Either may be a function that makes it: it is called in the thread that writes, so that the window never waits.
    """

    strip: Array | Callable[[], Array]
    frames: Array | Callable[[], Array]
    fps: float
    recipe: Mapping[str, Any]


@dataclass
class Job:
    """One file being written. Read and written by both threads; every field is a plain value."""

    path: Path
    done: int = 0
    total: int = 1
    sentence: str = ""
    cancelled: bool = False
    thread: threading.Thread | None = field(default=None, repr=False)

    def write(self, material: Material) -> None:
        """Runs in a thread of its own and ends with a sentence, whatever happens."""
        try:
            if self.path.suffix == ".png":
                engine.write_picture(self.path, _made(material.strip), material.recipe)
                whole = True
            elif self.path.suffix == FOLDER:
                whole = self._write_folder(_made(material.frames), material.recipe)
            else:
                whole = engine.write_animation(
                    self.path,
                    _made(material.frames),
                    material.fps,
                    material.recipe,
                    progress=self.report,
                    cancelled=lambda: self.cancelled,
                )
            self.sentence = (
                f"Saved {self.path.name}, with the recipe inside." if whole else "Export cancelled; no file was written."
            )
        except (OSError, ValueError) as error:
            self.sentence = f"{self.path.name} could not be written: {error}"

    def _write_folder(self, frames: Array, recipe: Mapping[str, Any]) -> bool:
        """frame-0001.png and so on, each with the recipe inside; False, and none of them, if cancelled."""
        written: list[Path] = []
        for number, frame in enumerate(frames, 1):
            if self.cancelled:
                for path in written:
                    path.unlink(missing_ok=True)
                with contextlib.suppress(OSError):  # there is something else in it
                    self.path.rmdir()
                return False
            written.append(engine.write_picture(self.path / f"frame-{number:04d}.png", frame, recipe))
            self.report(number, len(frames))
        return True

    def report(self, done: int, total: int) -> None:
        self.done, self.total = done, total


def _made(part: Array | Callable[[], Array]) -> Array:
    return part() if callable(part) else part


def _fresh(folder: Path) -> Path:
    """A folder that is not there yet: name, name-2, name-3 ..."""
    names = (folder.with_name(f"{folder.name}-{i}") if i > 1 else folder for i in itertools.count(1))
    return next(name for name in names if not name.exists())


class ExportButton(QWidget):
    """ "Export" with its menu, a progress bar and a way to stop. ``material`` is called when a file is wanted."""

    finished = Signal(str)  # a sentence

    def __init__(self, material: Callable[[], Material | None], stem: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.material, self.stem = material, stem
        self.job: Job | None = None
        self.button = QPushButton("Export")
        self.button.setToolTip(
            "Save what is shown as a picture strip, a looping GIF, an MP4 film or numbered frames. The recipe goes inside."
        )
        menu = QMenu(self.button)
        for ending, text in KINDS.items():
            menu.addAction(text).triggered.connect(lambda _=False, e=ending: self._ask_path(e))
        self.button.setMenu(menu)
        self.progress = QProgressBar()
        self.progress.setFixedWidth(90)
        self.progress.setToolTip("Frames written so far")
        self.cancel = button("Cancel", "Stop writing; no half-written file stays behind", self._cancel)
        self._timer = QTimer(self)
        self._timer.setInterval(40)
        self._timer.timeout.connect(self._look)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_XS)
        for widget in (self.button, self.progress, self.cancel):
            row.addWidget(widget)
        self._busy(False)

    def export_to(self, path: str | Path) -> bool:
        """Begin to write; False if there is nothing to export or a file is being written."""
        material = None if self.job else self.material()
        if material is None:
            return False
        self.job = Job(Path(path))
        self.job.thread = threading.Thread(target=self.job.write, args=(material,), name="export", daemon=True)
        self.job.thread.start()
        self._busy(True)
        self._timer.start()
        return True

    def _ask_path(self, ending: str) -> None:
        if ending == FOLDER:
            folder = QFileDialog.getExistingDirectory(self, "Folder for the numbered frames")
            if folder:
                self.export_to(_fresh(Path(folder) / f"{self.stem}-frames"))
            return
        path, _ = QFileDialog.getSaveFileName(self, "Export", f"{self.stem}{ending}", f"*{ending}")
        if path:
            self.export_to(path if path.lower().endswith(ending) else path + ending)

    def _cancel(self) -> None:
        if self.job:
            self.job.cancelled = True

    def _look(self) -> None:
        """Progress, and the end."""
        job = self.job
        if job is None or job.thread is None:
            return
        self.progress.setRange(0, job.total)
        self.progress.setValue(job.done)
        if not job.thread.is_alive():
            job.thread.join()
            self._timer.stop()
            self.job = None
            self._busy(False)
            self.finished.emit(job.sentence)

    def _busy(self, busy: bool) -> None:
        self.progress.setVisible(busy)
        self.cancel.setVisible(busy)
        self.button.setVisible(not busy)

    def close_job(self, timeout_s: float = 5.0) -> None:
        """Stop and wait, before the window closes."""
        self._cancel()
        if self.job and self.job.thread:
            self.job.thread.join(timeout_s)
            self._look()
