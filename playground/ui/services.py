"""What the window needs of the engine, in one place: all calls go through its door, and a test can hand in stand-ins.

Names are looked up when they are called, because most of them pull torch in, which the window must not wait for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from playground import engine


def _door(name: str) -> Callable[..., Any]:
    def call(*args: Any, **more: Any) -> Any:
        return getattr(engine, name)(*args, **more)

    return call


@dataclass
class Services:
    """Tables (torch-free) and functions (which may block: call them from
    :class:`~playground.ui.background.Background`).
    """

    families: Mapping[str, Any] = field(default_factory=lambda: engine.FAMILIES)
    datasets: Mapping[str, Any] = field(default_factory=lambda: engine.DATASETS)
    describe: Callable[[str], Any] = field(default_factory=lambda: _door("describe"))
    preview: Callable[[str, int], np.ndarray] = field(default_factory=lambda: _door("preview"))
    make_session: Callable[[], Any] = field(default_factory=lambda: _door("Session"))
    make_comparison: Callable[[], Any] = field(default_factory=lambda: _door("Comparison"))
    list_devices: Callable[[], list[Any]] = field(default_factory=lambda: _door("list_devices"))
    list_runs: Callable[[], list[Any]] = field(default_factory=lambda: _door("list_runs"))
    models_on_board: Callable[[], list[Any]] = field(default_factory=lambda: _door("models_on_board"))
    pack_run: Callable[[Path, Path], Path] = field(default_factory=lambda: _door("pack_run"))
    unpack_run: Callable[[Path], Path] = field(default_factory=lambda: _door("unpack_run"))
    load_run: Callable[[Path], Any] = field(default_factory=lambda: _door("load_run"))
    rename_run: Callable[[Path, str], None] = field(default_factory=lambda: _door("rename_run"))
    delete_run: Callable[[Path], None] = field(default_factory=lambda: _door("delete_run"))
    runs_folder: Callable[[], Path] = field(default_factory=lambda: _door("runs_folder"))
    read_lesson: Callable[[Path], Any] = field(default_factory=lambda: _door("read_lesson"))
    lessons_on_board: Callable[[], list[Any]] = field(default_factory=lambda: _door("lessons_on_board"))
    read_recipe: Callable[[Path], Any] = field(default_factory=lambda: _door("read_recipe"))
    write_picture: Callable[..., Any] = field(default_factory=lambda: _door("write_picture"))
    make_contestant: Callable[..., Any] = field(default_factory=lambda: _door("Contestant"))
    make_plan: Callable[..., Any] = field(default_factory=lambda: _door("ComparisonPlan"))
    list_comparisons: Callable[[], list[Any]] = field(default_factory=lambda: _door("list_comparisons"))
    write_report: Callable[[Path, Path], Any] = field(default_factory=lambda: _door("write_report"))

    def runs_and_models(self) -> list[Any]:
        """All that can be looked at or built on: the user's own runs, newest first, then the models on board."""
        return [*self.list_runs(), *self.models_on_board()]
