"""GPU support: what this machine has, and torch for its card in a folder of its own. The work is done by ``playground gpu`` in
another process, so that it can be stopped and cannot take the window with it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import QProcess, QProcessEnvironment, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from playground.gpu import command, install, overlay
from playground.gpu.offers import DISK_GB, DOWNLOAD_GB
from playground.ui import theme
from playground.ui.background import Background
from playground.ui.style import set_look

WHAT = (
    "Models train on the processor. With an NVIDIA card they train faster, the larger ones many times, once the build of torch "
    f"for it is here: about {DOWNLOAD_GB} GB to download (an estimate), and {DISK_GB} GB have to be free meanwhile. It goes into a "
    "folder of its own, is tried out before it counts, and can be removed at any time. Nothing else is fetched, nothing is sent."
)


class GpuDialog(QDialog):
    """Install, switch, remove; the window's next start uses what was chosen."""

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("GPU support")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._background = background
        self._process: QProcess | None = None
        self._problem = ""
        self._lay_out()
        self._look()

    # ------------------------------------------------------------ what is there
    def _look(self) -> None:
        """Ask the machine, in the background: the driver's tool takes a moment."""
        self.state.setText("Looking for a card …")
        self._offer({})
        self._background.run(command.status, self._show, lambda error: self.state.setText(str(error)), key="gpu", owner=self)

    def _show(self, found: dict[str, Any]) -> None:
        self.state.setText(self._problem or str(found["text"]).replace(" To install it (about 3 GB): playground gpu install", ""))
        self._offer(found)

    def _offer(self, found: dict[str, Any]) -> None:
        there = overlay.installed()
        busy = self._process is not None
        self.get.setEnabled(bool(found.get("offers")) and not busy)
        self.kit.setEnabled(bool(found) and not busy)
        self.switch.setEnabled(there is not None and not busy)
        self.switch.setText("Switch off" if there is not None and there.on else "Switch on")
        self.remove.setEnabled(there is not None and not busy)
        self.stop.setVisible(busy)
        self.bar.setVisible(busy)

    # ------------------------------------------------------------ what can be done
    def _from_kit(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "The workshop kit, or a folder of wheels", str(Path.home()))
        if folder:
            self.begin("install", "--kit", folder)

    def _remove(self) -> None:
        question = "Delete the torch for the card? The program goes on with its own, on the processor, from the next start on."
        if QMessageBox.question(self, "Remove GPU support", question) == QMessageBox.StandardButton.Yes:
            self.begin("remove")

    def _switch(self) -> None:
        there = overlay.installed()
        self.begin("off" if there is not None and there.on else "on")

    def begin(self, *words: str) -> None:
        """Run ``playground gpu WORDS`` and show how far it is."""
        self._problem = ""
        process = self._process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert(overlay.OFF, "0")
        process.setProcessEnvironment(environment)
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._ended)
        process.errorOccurred.connect(lambda _: self._ended())
        program, *more = install.program()
        self.bar.setRange(0, 0)
        self._offer({})
        process.start(program, [*more, "gpu", *words, "--json"])

    def _read(self) -> None:
        assert self._process is not None
        while self._process is not None and self._process.canReadLine():
            self._hear(bytes(self._process.readLine().data()).decode("utf-8", "replace"))

    def _hear(self, line: str) -> None:
        """A line of the command's: {"doing": words, "share": 0 to 1}, an outcome, or an error."""
        try:
            said = json.loads(line)
        except ValueError:
            return
        if "doing" in said:
            self.state.setText(str(said["doing"]))
            share = float(said.get("share", -1))
            self.bar.setRange(0, 1000 if share >= 0 else 0)
            self.bar.setValue(round(1000 * max(share, 0)))
        else:
            self._problem = str(said.get("error") or said.get("text") or "")

    def _ended(self, *_: object) -> None:
        if self._process is None:
            return
        self._read()
        process, self._process = self._process, None
        process.deleteLater()
        self._look()

    def _stop(self) -> None:
        if self._process is not None:
            self._problem = "Stopped; nothing was changed."
            self._process.kill()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self.reject()
        event.accept()

    def reject(self) -> None:
        """Closing stops what is being fetched."""
        self._stop()
        if self._process is not None:
            self._process.waitForFinished(2000)
        super().reject()

    # ------------------------------------------------------------ parts
    def _lay_out(self) -> None:
        what = QLabel(WHAT)
        what.setWordWrap(True)
        set_look(what, "dim")
        self.state, self.bar = QLabel(), QProgressBar()
        self.state.setWordWrap(True)
        self.state.setMinimumHeight(theme.current().px(60))
        self.state.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bar.setTextVisible(False)
        get, kit = "Download the build that fits the driver, and try it out.", "Install from a workshop kit, without network."
        self.get = self._button("Install", get, lambda: self.begin("install"))
        self.kit = self._button("From a kit…", kit, self._from_kit)
        self.switch = self._button("Switch off", "Start with or without it from the next start on.", self._switch)
        self.remove = self._button("Remove…", "Delete it from the disk.", self._remove)
        self.stop = self._button("Stop", "End the download; nothing is changed.", self._stop)
        close = self._button("Close", "Close this window (Esc).", self.reject)
        set_look(self.get, "primary")
        row = QHBoxLayout()
        for button in (self.remove, self.switch):
            row.addWidget(button)
        row.addStretch(1)
        for button in (self.stop, close, self.kit, self.get):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setSpacing(theme.SPACE_L)
        for widget in (what, self.state, self.bar):
            column.addWidget(widget)
        column.addStretch(1)
        column.addLayout(row)
        self.resize(theme.current().px(620), theme.current().px(280))

    def _button(self, text: str, tooltip: str, act: Any) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tooltip)
        button.clicked.connect(lambda: act())
        return button
