"""Uncaught exceptions end in a dialog with a sentence and copyable details, and the app goes on."""

from __future__ import annotations

import platform
import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import Qt, QTimer, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from playground import __version__
from playground.ui import theme
from playground.ui.style import set_look

SENTENCE = "Something went wrong in the window. It was not you; your run is safe, and you can go on."


class ErrorDialog(QDialog):
    """One at a time; what goes wrong while it is open is added to its details."""

    def __init__(self, details: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Something went wrong")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.details = QPlainTextEdit(details)
        self.details.setReadOnly(True)
        self.details.setFont(theme.font(11, families=theme.MONO))
        self.details.setToolTip("What happened, for a bug report.")
        sentence = QLabel(SENTENCE)
        sentence.setWordWrap(True)
        set_look(sentence, "big")
        copy = QPushButton("Copy details")
        copy.setToolTip("Put the details on the clipboard.")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.details.toPlainText()))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(copy)
        row.addStretch(1)
        row.addWidget(buttons)
        column = QVBoxLayout(self)
        column.addWidget(sentence)
        column.addWidget(self.details, 1)
        column.addLayout(row)
        self.resize(680, 380)


class ErrorHook:
    """Takes the place of ``sys.excepthook`` while the app runs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._parent = parent
        self.dialog: ErrorDialog | None = None
        self._pending: list[str] = []

    def install(self) -> None:
        sys.excepthook = self.handle
        threading.excepthook = lambda a: self.handle(a.exc_type, a.exc_value or a.exc_type(), a.exc_traceback)

    def remove(self) -> None:
        sys.excepthook, threading.excepthook = sys.__excepthook__, threading.__excepthook__

    def handle(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Print it, and show it once the event loop turns (an exception may come from inside a paint or a thread)."""
        text = "".join(traceback.format_exception(kind, error, trace))
        print(text, file=sys.stderr, flush=True)
        if issubclass(kind, KeyboardInterrupt):
            QGuiApplication.quit()
            return
        self._pending.append(text)
        if threading.current_thread() is threading.main_thread():
            QTimer.singleShot(0, self.show)

    def show(self) -> None:
        """Show what has gone wrong since the last time, in the one dialog."""
        if not self._pending:
            return
        text, self._pending = "\n".join(self._pending), []
        if self.dialog is not None:
            self.dialog.details.appendPlainText(text)
            return
        self.dialog = ErrorDialog(f"{about()}\n\n{text}", self._parent)
        self.dialog.finished.connect(self._forget)
        self.dialog.open()

    def _forget(self, _: int) -> None:
        self.dialog = None


def about() -> str:
    """Versions, for reports."""
    versions = f"Python {platform.python_version()}, Qt {qVersion()}, {platform.platform()}"
    return f"Generative Playground {__version__}, {versions}"
