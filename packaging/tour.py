"""The whole app on one page: every view of every family with a finished model, lessons, dialogs, in all themes and sizes.

    python packaging/tour.py FOLDER [--sizes 1280x800,1920x1080] [--themes dark,light] [--only vae,gan] [--settle 1.5]

Writes PNGs and FOLDER/index.html. Nothing is trained: the models that come with the program are opened. For looking at what a
change has done to parts nobody thought of.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parent))

from screenshots import Camera

from playground import engine

STYLE = """
body { font: 15px system-ui, sans-serif; margin: 2rem; background: #16181d; color: #d8dade }
h2 { margin-top: 2.5rem } main { display: grid; grid-template-columns: repeat(auto-fill, minmax(380px, 1fr)); gap: 1rem }
figure { margin: 0 } img { width: 100%; border: 1px solid #444 } figcaption { color: #9aa0aa; padding: .2rem 0 }
"""


@dataclass(frozen=True)
class Shot:
    """One picture and where it belongs on the page."""

    group: str
    title: str
    file: str


class Tour:
    """Drives one window and remembers what it has photographed."""

    def __init__(self, camera: Camera, settle: float) -> None:
        self.camera, self.settle = camera, settle
        self.window: Any = camera.window
        self.shots: list[Shot] = []

    def shoot(self, group: str, title: str, widget: Any = None) -> None:
        size = f"{self.window.width()}x{self.window.height()}"
        name = "-".join(w.replace(" ", "_") for w in (group, title, size) if w)
        self.camera.shoot(name, widget)
        self.shots.append(Shot(group, f"{title}, {size}", f"{name}.png"))

    def everything(self, only: Sequence[str], themes: Sequence[str], sizes: Sequence[tuple[int, int]]) -> None:
        for model in (m for m in chosen() if not only or m.family in only):
            self.open(model)
            for look, size in dressed(themes, sizes):
                self.dress(look, size)
                self.views(f"{model.family} {model.data}", look)
        if not only or "rest" in only:
            for look, size in dressed(themes, sizes):
                self.dress(look, size)
                self.rest(look)

    def dress(self, look: str, size: tuple[int, int]) -> None:
        self.window.wear(look)
        self.window.resize(*size)
        self.camera.wait(0.3)

    def open(self, model: Any) -> None:
        """A finished model, on its family's page."""
        self.window.open_path(model.folder)
        if not self.camera.wait(60, lambda: self.shows(model)):
            print(f"{model.name} did not open", file=sys.stderr)

    def shows(self, model: Any) -> bool:
        """Whether this model is on its family's stage."""
        tab = self.window.tabs.get(model.family)
        return tab is not None and tab.running is not None and tab.stage.context is not None and tab.running.data == model.data

    def views(self, group: str, look: str) -> None:
        stage = self.window.tab.stage
        for name in stage.switch.keys:
            stage.show_view(name)
            self.camera.wait(self.settle)
            self.shoot(group, f"{name} {look}")

    def rest(self, look: str) -> None:
        """The empty comparison, a lesson, the dialogs."""
        self.window.show_page("compare")
        self.camera.wait(self.settle)
        self.shoot("other", f"compare {look}")
        for lesson in engine.lessons_on_board():
            self.window.lessons.open(lesson)
            self.camera.wait(self.settle)
            self.shoot("lessons", f"{lesson.key} {look}")
        self.window.lessons.player.close()
        for action in ("lessons", "runs", "shortcuts", "gpu", "about"):
            self.dialog(action, look)

    def dialog(self, action: str, look: str) -> None:
        before = set(self.camera.qt.topLevelWidgets())
        self.window.do(action)
        self.camera.wait(1.0)
        opened = [w for w in self.camera.qt.topLevelWidgets() if w not in before and w.isVisible()]
        for widget in opened:
            self.shoot("other", f"{action} {look}", widget)
            widget.close()
        self.camera.wait(0.2)

    def page(self) -> Path:
        """All pictures, by group."""
        parts = ["<!doctype html><meta charset=utf-8><title>Generative Playground, all of it</title>", f"<style>{STYLE}</style>"]
        for group in dict.fromkeys(s.group for s in self.shots):
            parts.append(f"<h2>{escape(group)}</h2><main>")
            parts += [figure(s) for s in self.shots if s.group == group]
            parts.append("</main>")
        target = self.camera.folder / "index.html"
        target.write_text("\n".join(parts), encoding="utf-8")
        return target


def figure(shot: Shot) -> str:
    picture = f'<a href="{escape(shot.file)}"><img loading="lazy" src="{escape(shot.file)}" alt="{escape(shot.title)}"></a>'
    return f"<figure>{picture}<figcaption>{escape(shot.title)}</figcaption></figure>"


def chosen() -> list[Any]:
    """Of each family one finished model of pictures and one of points."""
    found: dict[tuple[str, str], Any] = {}
    for model in engine.models_on_board():
        found.setdefault((model.family, engine.describe(model.data).kind), model)
    return list(found.values())


def dressed(themes: Sequence[str], sizes: Sequence[tuple[int, int]]) -> Iterator[tuple[str, tuple[int, int]]]:
    return ((look, size) for size in sizes for look in themes)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", default="1280x800,1920x1080")
    parser.add_argument("--themes", default="dark,light")
    parser.add_argument("--only", default="", help="families, and 'rest' for lessons and dialogs")
    parser.add_argument("--settle", type=float, default=1.5, help="how long each view may take to fill, in seconds")
    options = parser.parse_args(argv)
    sizes = [(int(w), int(h)) for w, h in (s.split("x") for s in options.sizes.split(","))]
    with tempfile.TemporaryDirectory() as store:
        os.environ["PLAYGROUND_RUNS"] = str(Path(store, "runs"))
        camera = Camera(options.folder, sizes[0], Path(store))
        tour = Tour(camera, options.settle)
        tour.everything([w for w in options.only.split(",") if w], options.themes.split(","), sizes)
        print(tour.page())
        camera.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
