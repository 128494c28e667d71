"""The strip beneath the map: pictures on the way from A to B, a slider, a loop and an export."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from playground.ui import theme
from playground.ui.views.common import card
from playground.ui.views.export import ExportButton, Material
from playground.ui.widgets.controls import Segmented
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.play_bar import PlayBar

Array = np.ndarray
PATHS = (
    ("lerp", "lerp", "Straight line: z(t) = (1 − t) a + t b"),
    (
        "slerp",
        "slerp",
        "Great-circle arc (Shoemake 1985): keeps |z| typical of noise, so the path stays where the model was trained",
    ),
)


class PathCard(QWidget):
    """``path_changed(key)`` when lerp or slerp is chosen; ``frame_changed(i)`` when the slider moves."""

    path_changed = Signal(str)
    frame_changed = Signal(int)

    def __init__(self, material: Callable[[], Material | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        frame, column = card(margins=theme.SPACE_S)
        whole.addWidget(frame)
        self.title = QLabel("<b>A → B</b>")
        self.title.setToolTip("The path between the two handles on the map")
        self.path = Segmented(PATHS)
        self.path.changed.connect(self.path_changed)
        self.export = ExportButton(material, "path")
        self.strip = PictureGrid("Drag A or B on the map.", columns=11, surface="card")
        self.strip.setToolTip("Pictures decoded at even steps from A (left) to B (right). Click one to move the slider there.")
        self.strip.setFixedHeight(64)
        self.bar = PlayBar(what="path from A to B")
        self.strip.clicked.connect(self.bar.slider.setValue)
        self.bar.frame_changed.connect(self._moved)
        foot = QHBoxLayout()
        foot.setSpacing(theme.SPACE_S)
        for widget in (self.title, self.path, self.bar, self.export):
            foot.addWidget(widget, 1 if widget is self.bar else 0)
        column.addWidget(self.strip)
        column.addLayout(foot)

    def reset(self, accent: str, points: bool, path: str) -> None:
        """A new run."""
        self.strip.accent = accent
        self.strip.set_pictures(None)
        self.strip.setVisible(not points)
        self.bar.set_count(0)
        self.path.choose(path)

    def show_frames(self, frames: Array) -> None:
        """``frames`` (F, ...) pictures or points."""
        self.bar.set_count(len(frames))
        if self.strip.isVisibleTo(self):
            self.strip.columns = len(frames)
            self.strip.set_pictures(frames)
            self.strip.set_cursor_column(self.bar.frame)

    def _moved(self, frame: int) -> None:
        self.strip.set_cursor_column(frame)
        self.frame_changed.emit(frame)
