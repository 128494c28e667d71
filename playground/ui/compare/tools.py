"""What a comparison is taken away as: a report, every number, a picture of the view. Files are written in a thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QPushButton, QWidget

from playground.ui import theme
from playground.ui.background import Background
from playground.ui.compare.facts import Facts
from playground.ui.compare.numbers_file import as_csv, as_json
from playground.ui.front import in_front
from playground.ui.opening import FINE, PICTURE, photograph
from playground.ui.services import Services


class Tools(QWidget):
    """``said`` and ``problem``: a sentence about what was written, or why it could not be."""

    said = Signal(str)
    problem = Signal(str)

    def __init__(self, facts: Facts, services: Services, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts, self._services, self._background = facts, services, background
        self.view: Callable[[], QWidget | None] = lambda: None
        self._kind = ""  # of picture, as it was chosen the last time
        self.report, self.export = QPushButton("Report…"), QPushButton("Export")
        self.report.setToolTip("One page with pictures, table, curves and recipes, to read, print or send (HTML)")
        self.export.setToolTip("Every number as CSV or JSON, or a picture of what is shown")
        menu = QMenu(self.export)
        menu.addAction("Every number (CSV)…").triggered.connect(lambda: self.ask_csv())
        menu.addAction("Every number (JSON)…").triggered.connect(lambda: self.ask_json())
        menu.addAction("Picture of this view (PNG)…").triggered.connect(lambda: self.ask_picture())
        self.export.setMenu(menu)
        self.report.clicked.connect(lambda: self.ask_report())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        row.addWidget(self.report)
        row.addWidget(self.export)

    # ------------------------------------------------------------ asking where to
    def ask_report(self) -> None:
        if path := self._ask("Report", "report.html", "Page (*.html)"):
            self.write_report(path)

    def ask_csv(self) -> None:
        if path := self._ask("Export numbers", "numbers.csv", "CSV (*.csv)"):
            self.write_text(path, as_csv(self.facts))

    def ask_json(self) -> None:
        if path := self._ask("Export numbers", "numbers.json", "JSON (*.json)"):
            self.write_text(path, as_json(self.facts))

    def ask_picture(self) -> None:
        if path := self._ask("Export view", "comparison.png", f"{PICTURE};;{FINE}"):
            self.write_picture(path, fine=self._kind == FINE)

    def _ask(self, title: str, name: str, kinds: str) -> Path | None:
        if self.facts.comparing is None:
            self.said.emit("There is nothing to export yet. Press Compare first.")
            return None
        stem = self.facts.comparing.data.partition("?")[0]
        stem = "".join(c if c.isalnum() or c in "-_" else " " for c in Path(stem).stem).strip()
        full = f"comparison {stem} {name}".replace("comparison.png", "view.png")
        path, self._kind = QFileDialog.getSaveFileName(in_front(self), title, full, kinds)
        ending = Path(name).suffix
        return (Path(path) if Path(path).suffix else Path(path + ending)) if path else None

    # ------------------------------------------------------------ writing
    def write_report(self, path: Path) -> None:
        """Let the engine write the page, then open it."""
        assert self.facts.comparing is not None
        folder = Path(self.facts.comparing.folder)

        def done(_: object) -> None:
            self.said.emit(f"Written: {path}")
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

        self._write(path, lambda: self._services.write_report(folder, path), done)

    def write_text(self, path: Path, text: str) -> None:
        self._write(path, lambda: path.write_text(text, encoding="utf-8"))

    def write_picture(self, path: Path, *, fine: bool = False) -> None:
        """What the stage shows, as it looks; ``fine``: with twice as many pixels each way."""
        view, comparing = self.view(), self.facts.comparing
        if view is None or comparing is None:
            self.said.emit("There is nothing to export yet. Press Compare first.")
            return
        picture = photograph(view, fine)
        recipe: dict[str, Any] = self.facts.columns[0].recipe if self.facts.columns else {}
        self._write(path, lambda: self._services.write_picture(path, picture, recipe))

    def _write(self, path: Path, job: Callable[[], Any], done: Callable[[Any], None] | None = None) -> None:
        def failed(error: Exception) -> None:
            self.problem.emit(f"{path.name} could not be written: {error}")

        owner: QObject = self
        self._background.run(job, done or (lambda _: self.said.emit(f"Written: {path}")), failed, owner=owner)
