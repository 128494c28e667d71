"""Files in and out of the window: opening runs, recipes and pictures; writing recipes, pictures and tables. Disks are
met in a thread.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tomli_w
from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QImage, QPixmap, QRegion
from PySide6.QtWidgets import QFileDialog, QWidget

from playground.engine import ConfigError, Recipe
from playground.ui import theme
from playground.ui.front import in_front

if TYPE_CHECKING:
    from playground.ui.main_window import MainWindow

OPEN = "Runs, recipes and pictures (*.playrun *.json *.toml *.png *.gif *.mp4);;All files (*)"
LESSON, RUN = ".playlesson", ".playrun"
SAVE = "JSON (*.json);;TOML (*.toml)"
PICTURE, FINE = "Picture (*.png)", "Picture for slides, twice as fine (*.png)"


class Files(QObject):
    """What the File menu does, for one window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._check: Any = None

    # ------------------------------------------------------------ in
    def open(self, path: Path, *, resume: bool = False) -> None:
        """Restore a run, a recipe, or the recipe inside a picture. Anything else is a sentence in the banner.

        A run that comes as one file is unpacked among the user's own first.
        """
        window, kind = self._window, path.suffix.lower()
        if (path / "comparison.json").is_file():
            window.show_comparison(path)
            window.on_board.release()
        elif kind == LESSON:
            self._read(lambda: window.services.read_lesson(path), window.lessons.open)
        elif kind == RUN and not path.is_dir():
            window.say("unpacking")
            self._read(lambda: window.services.unpack_run(path), self.open)
        else:
            self._read(lambda: window.services.read_recipe(path), lambda recipe: self._on_recipe(path, recipe, resume))

    def _read(self, job: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """In the background; models on board wait meanwhile, as something else was asked for."""

        def then(do: Callable[[Any], None]) -> Callable[[Any], None]:
            def call(result: Any) -> None:
                self._window.say("")
                self._window.on_board.release()
                do(result)

            return call

        self._window.on_board.hold()
        self._window.background.run(job, then(done), then(self._on_problem), key="open")

    def ask_run(self) -> None:
        """Choose a run folder."""
        start = str(self._window.services.runs_folder())
        if path := QFileDialog.getExistingDirectory(in_front(self._window), "Open a run folder", start):
            self.open(Path(path))

    def ask_file(self) -> None:
        """Choose a run in one file, a recipe or a picture."""
        path, _ = QFileDialog.getOpenFileName(in_front(self._window), "Open a run, a recipe or a picture", "", OPEN)
        if path:
            self.open(Path(path))

    def ask_lesson(self) -> None:
        """Choose a lesson."""
        path, _ = QFileDialog.getOpenFileName(in_front(self._window), "Open a lesson", "", f"Lessons (*{LESSON})")
        if path:
            self.open(Path(path))

    def _on_recipe(self, path: Path, recipe: Recipe, resume: bool) -> None:
        window = self._window
        window.show_family(recipe.family)
        if path.is_dir():
            window.tab.open_run(path, resume=resume)
        else:
            window.on_board.leave(window.tab)
            window.tab.show_recipe(recipe)
            window.tab.stage.banner.notice(f"The recipe of {path.name} is in the form. Press Train to run it.")

    def _on_problem(self, error: Exception) -> None:
        self._window.tab.stage.banner.fail(str(error))

    # ------------------------------------------------------------ out
    def save_recipe(self) -> None:
        """Write the form's recipe to a file."""
        try:
            recipe = self._window.tab.panel.recipe()
        except ConfigError as error:
            self._on_problem(error)
            return
        name = f"{recipe.family} {_stem(recipe.data)}.json"
        path, kind = QFileDialog.getSaveFileName(in_front(self._window), "Save recipe", name, SAVE)
        if path:
            ending = ".toml" if "toml" in kind else ".json"
            target = Path(path) if Path(path).suffix else Path(path + ending)
            self._write(target, lambda: write_recipe(target, recipe.to_dict()))

    def save_run(self) -> None:
        """Write the run on stage to one file, to hand over."""
        tab = self._window.tab
        folder = tab.status.folder
        if not folder:
            tab.stage.banner.notice("There is no run to save yet. Press Train first.")
            return
        name = f"{tab.family.name} {_stem(tab.running.data)}{RUN}" if tab.running else f"run{RUN}"
        path, _ = QFileDialog.getSaveFileName(in_front(self._window), "Save run as one file", name, f"Runs (*{RUN})")
        if path:
            target = Path(path) if Path(path).suffix else Path(path + RUN)
            self._write(target, lambda: self._window.services.pack_run(Path(folder), target))

    def export_view(self) -> None:
        """Write what the stage shows as a picture with the recipe inside; a film where the view can make one."""
        tab = self._window.tab
        view = tab.stage.view()
        if view is None or (tab.running is None and view.needs_run):
            tab.stage.banner.notice("There is nothing to export yet. Press Train first.")
            return
        film = _film_button(view)
        endings = ";;".join((PICTURE, FINE, *(("Loop (*.gif)", "Film (*.mp4)") if film else ())))
        run = f" {_stem(tab.running.data)}" if tab.running else ""  # a view of the theory alone needs none
        stem = f"{tab.family.name}{run} {view.name}" + (f" step {tab.status.step}" if run else "")
        path, kind = QFileDialog.getSaveFileName(in_front(self._window), "Export view", f"{stem}.png", endings)
        if not path:
            return
        target = Path(path) if Path(path).suffix else Path(path + kind[-5:-1])
        if film and target.suffix.lower() in (".gif", ".mp4"):
            film.export_to(target)
        else:
            self.export_to(target, fine=kind == FINE)

    def export_to(self, target: Path, *, fine: bool = False) -> None:
        """Write the visible view, as it looks, to a PNG with the recipe inside; ``fine``: with twice as many pixels each way."""
        tab = self._window.tab
        picture, recipe = photograph(tab.stage.view(), fine), tab.running.to_dict() if tab.running else {}
        self._write(target, lambda: self._window.services.write_picture(target, picture, recipe))

    def export_csv(self) -> None:
        """Write all curves to one table."""
        tab = self._window.tab
        table = tab.monitor.table() if tab.monitor is not None else {}
        if not table:
            tab.stage.banner.notice("There are no curves yet. Press Train first.")
            return
        name = f"{tab.family.name} curves.csv"
        path, _ = QFileDialog.getSaveFileName(in_front(self._window), "Export curves", name, "CSV (*.csv)")
        if path:
            from playground.ui.monitor import write_csv

            target = Path(path) if Path(path).suffix else Path(path + ".csv")
            self._write(target, lambda: write_csv(target, table))

    def check(self) -> None:
        """See whether everything works here, and write what was found to a file that can be sent."""
        if self._check is None:
            from playground.ui.check_report import CheckReport

            window = self._window
            self._check = CheckReport(
                window, lambda words: window.tab.stage.banner.notice(words), lambda words: window.tab.stage.banner.fail(words)
            )
        self._check.ask()

    def _write(self, target: Path, job: Any) -> None:
        def done(_: object) -> None:
            self._window.tab.stage.banner.notice(f"Written: {target}")

        def failed(error: Exception) -> None:
            self._window.tab.stage.banner.fail(f"{target.name} could not be written: {error}", "disk")

        self._window.background.run(job, done, failed)


def write_recipe(path: Path, recipe: dict[str, Any]) -> None:
    """As TOML where the name ends so, else as JSON."""
    text = tomli_w.dumps(recipe) if path.suffix.lower() == ".toml" else json.dumps(recipe, indent=1, ensure_ascii=False)
    path.write_text(text, encoding="utf-8")


def photograph(view: QWidget, fine: bool = False) -> np.ndarray:
    """A view as it looks, uint8 (H, W, 3), in the pixels of its screen; ``fine``: drawn with twice as many each way."""
    ratio = view.devicePixelRatioF() * (2 if fine else 1)
    picture = QPixmap(view.size() * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(theme.colour(theme.current().window))
    view.render(picture, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    return pixels(picture)


def pixels(picture: QPixmap) -> np.ndarray:
    """A pixmap as uint8 (H, W, 3)."""
    image = picture.toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def _film_button(view: Any) -> Any:
    """The view's own export control, where it has one that is in sight."""
    from playground.ui.views.export import ExportButton

    return next((b for b in view.findChildren(ExportButton) if b.isVisible()), None)


def _stem(data: str) -> str:
    """A data set's text form as part of a file name."""
    return "".join(c if c.isalnum() or c in "-_" else " " for c in Path(data.partition("?")[0]).stem).strip()
