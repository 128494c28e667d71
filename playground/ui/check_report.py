"""Help, "Save a check report…": the self-check of the command line, in a process of its own, kept in a file that can be sent.

A process of its own, because a broken driver may end the one that tries it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QProcess, Qt
from PySide6.QtWidgets import QFileDialog, QProgressDialog, QPushButton, QWidget

from playground.gpu import install
from playground.ui.front import in_front

KINDS = "Page (*.html);;JSON (*.json)"
DOING = "Training ten steps on each device, writing to the disk, opening a window: about ten seconds."
STOPPED = "The check was stopped; no report was written."


class CheckReport(QObject):
    """One check at a time. ``done(sentence)`` or ``failed(sentence)`` is called at its end."""

    def __init__(self, window: QWidget, done: Callable[[str], None], failed: Callable[[str], None]) -> None:
        super().__init__(window)
        self._window, self._done, self._failed = window, done, failed
        self._process: QProcess | None = None
        self._box: QProgressDialog | None = None
        if (application := QCoreApplication.instance()) is not None:
            application.aboutToQuit.connect(self.stop)

    def ask(self) -> None:
        """Choose the file, then check."""
        start = str(Path.home() / "playground-check.html")
        path, kind = QFileDialog.getSaveFileName(in_front(self._window), "Save a check report", start, KINDS)
        if path:
            ending = ".json" if "json" in kind else ".html"
            self.begin(Path(path) if Path(path).suffix.lower() in (".html", ".json") else Path(path + ending))

    def begin(self, target: Path) -> None:
        """Check, and write the report; a check that is under way goes on instead."""
        if self._process is not None:
            return
        program, *more = install.program()
        process = self._process = QProcess(self)
        process.finished.connect(lambda: self._ended(target))
        process.errorOccurred.connect(lambda error: self._ended(target) if error == QProcess.ProcessError.FailedToStart else None)
        self._box = self._progress()
        process.start(program, [*more, "check", "--report", str(target)])

    def stop(self) -> None:
        """End the check; no report is written."""
        if self._process is not None:
            self._process.kill()
            self._process.waitForFinished(2000)

    def _ended(self, target: Path) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        killed, well = process.exitStatus() == QProcess.ExitStatus.CrashExit, process.exitCode() == 0
        words = " ".join(bytes(process.readAllStandardError().data()).decode("utf-8", "replace").split())
        process.deleteLater()
        stopped = self._box is not None and self._box.wasCanceled()
        self._close()
        if "Written: " in words:
            verdict = "Everything needed is here." if well else "Something failed here: the report says what, and what to do."
            self._done(f"{verdict} {words[words.index('Written: ') :]}")
        else:
            self._failed(STOPPED if stopped else _reason(words.rpartition("playground: ")[2], killed))

    # ------------------------------------------------------------ what is seen of it
    def _progress(self) -> QProgressDialog:
        box = QProgressDialog(DOING, "", 0, 0, in_front(self._window))
        stop = QPushButton("Stop")
        stop.setToolTip("End the check; no report is written (Esc).")
        box.setCancelButton(stop)
        box.setWindowTitle("Checking")
        box.setWindowModality(Qt.WindowModality.NonModal)
        box.setMinimumDuration(0)
        box.canceled.connect(self.stop)
        box.show()
        return box

    def _close(self) -> None:
        if self._box is not None:
            self._box.canceled.disconnect(self.stop)  # closing it counts as that
            self._box.close()
            self._box.deleteLater()
            self._box = None


def _reason(words: str, killed: bool) -> str:
    """Why there is no report, as a sentence."""
    if killed:
        return "The check broke off, which says itself that something is wrong with the drivers or the installation here."
    return f"No report was written: {words[-300:] or 'the program did not start.'}"
