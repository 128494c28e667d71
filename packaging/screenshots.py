"""Pictures of the real window, for the README and for looking at what one has changed.

    python packaging/screenshots.py FOLDER [--family vae] [--data mnist] [--seconds 20] [--size 1280x800] [--themes dark,light]
    python packaging/screenshots.py FOLDER --compare --data ring8 [--report ring8.html]     the default comparison, to its end

Drives the window off screen with the real engine: trains for a while, visits every view in every theme, and writes
PNGs named THEME-VIEW.png. Runs go to a temporary folder, settings too.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1]))  # works from a checkout too

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget

from playground.ui import app as app_module
from playground.ui import theme
from playground.ui.services import Services
from playground.ui.settings import Settings


class Camera:
    """A started window that is stepped by hand."""

    def __init__(self, folder: Path, size: tuple[int, int], store: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.qt = app_module.make_qt()
        settings = Settings(QSettings(str(store / "settings.ini"), QSettings.Format.IniFormat))
        self.app = app_module.App(self.qt, Services(), settings)
        self.window = self.app.window
        self.window.resize(*size)
        self.app.start()
        self.wait(120, lambda: self.app.ready)

    def wait(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Turn the event loop for a while, or until something is so."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until():
            self.qt.processEvents()
            time.sleep(0.004)
        return until()

    def shoot(self, name: str, widget: QWidget | None = None) -> None:
        path = self.folder / f"{name}.png"
        (widget or self.window).grab().save(str(path))
        print(path)

    def train(self, family: str, data: str, seconds: float) -> None:
        """Train the family's first preset that suits the data."""
        self.window.show_family(family)
        tab = self.window.tab
        if data != tab.panel.data.text():
            tab.panel.data.choose(data)
        tab.train()
        self.wait(60, lambda: tab.stage.context is not None)
        self.wait(seconds, lambda: tab.status.state == "finished")

    def visit(self, themes: Sequence[str], settle: float) -> None:
        """Every view in every theme."""
        stage = self.window.tab.stage
        for look in themes:
            self.window.wear(look)
            for name in stage.switch.keys:
                stage.show_view(name)
                self.wait(settle)
                self.shoot(f"{look}-{name}")

    def compare(self, data: str, themes: Sequence[str], settle: float, report: Path | None) -> None:
        """The comparison that the window offers for these data, pictured half way and at its end, with its report."""
        self.window.show_page("compare")
        page = self.window.compare
        self.wait(30, lambda: page.session is not None)
        page.form.data.choose(data)
        self.wait(1)
        started = time.monotonic()
        page.compare()
        self.wait(1800, lambda: page.facts.state is not None and page.facts.state.done > page.facts.state.total / 2)
        self.shoot(f"{themes[0]}-half-way")
        self.wait(1800, lambda: page.facts.state.state in ("finished", "failed"))
        print(f"{page.facts.state.state} after {time.monotonic() - started:.0f} s")
        for look in themes:
            self.window.wear(look)
            for name in page.stage.switch.keys:
                page.stage.show_view(name)
                self.wait(settle)
                self.shoot(f"{look}-{name}")
        if report is not None:
            self.window.services.write_report(Path(page.facts.comparing.folder), report)
            print(report)

    def dialogs(self) -> None:
        """The list of runs and the shortcut sheet."""
        for action in ("runs", "shortcuts"):
            before = set(self.window.findChildren(QWidget))
            self.window.do(action)
            self.wait(1.0)
            dialog = next(w for w in self.window.findChildren(QWidget) if w.isWindow() and w not in before)
            self.shoot(f"{theme.current().name}-{action}", dialog)
            dialog.close()

    def close(self) -> None:
        self.window.close()
        self.wait(30, lambda: not self.window.isVisible())


def main(argv: Sequence[str] | None = None) -> int:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("folder", type=Path)
    parser.add_argument("--family", default="vae", help="whose tab")
    parser.add_argument("--data", default="mnist", help="name of a data set, or a path")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long to train before the first picture")
    parser.add_argument("--settle", type=float, default=2.0, help="how long each view may take to fill, in seconds")
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--themes", default="dark,light")
    parser.add_argument("--compare", action="store_true", help="the page Compare instead of a family's tab")
    parser.add_argument("--report", type=Path, help="of the comparison: where to write it")
    options = parser.parse_args(argv)
    width, height = (int(part) for part in options.size.split("x"))
    with tempfile.TemporaryDirectory() as store:
        os.environ["PLAYGROUND_RUNS"] = str(Path(store, "runs"))
        camera = Camera(options.folder, (width, height), Path(store))
        themes = options.themes.split(",")
        camera.window.wear(themes[0])
        camera.wait(0.3)
        if options.compare:
            camera.compare(options.data, themes, options.settle, options.report)
        else:
            camera.shoot(f"{themes[0]}-start")
            camera.train(options.family, options.data, options.seconds)
            camera.visit(themes, options.settle)
            camera.dialogs()
        camera.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
