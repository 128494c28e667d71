"""Where a journey through latent space is shown: all its pictures with one of them in large, or its paths over the plane."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout, QStackedWidget, QWidget

from playground.ui import theme
from playground.ui.views.common import card
from playground.ui.views.data_plane import DataPlane
from playground.ui.views.journeys import Journey
from playground.ui.widgets.layers import Cloud, Handle, Legend, Lines
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.plane import Layer, Plane

Array = np.ndarray


class JourneyStage(QStackedWidget):
    """``chosen(f)``: a picture of frame ``f`` was clicked."""

    chosen = Signal(int)

    def __init__(self, data: DataPlane, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data = data
        self.journey: Journey | None = None
        self.accent, self.pixel, self._frame = "vae", False, 0
        self.strips = PictureGrid("Pictures appear here in a moment.", columns=11)
        self.strips.clicked.connect(self._go_to)
        self.strips.hovered.connect(self._look_at)
        self.large = PictureGrid("", gap=8, surface="card")
        self.large.setToolTip("The picture at the place of the slider (of every path), or the one under the mouse")
        self.plane = Plane("Paths appear here in a moment.")
        self.plane.setToolTip("The paths as the decoder draws them, over the data's density. Small dots: the frames.")
        self.pictures = QWidget()
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self.pictures)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(theme.SPACE_S)
        frame, inside = card(margins=theme.SPACE_S)
        inside.addWidget(self.large)
        self._box.addWidget(self.strips, 3)
        self._box.addWidget(frame, 2)
        self.addWidget(self.pictures)
        self.addWidget(self.plane)

    def reset(self, accent: str, points: bool) -> None:
        """A new run, or another kind of journey."""
        self.journey, self.accent = None, accent
        self.plane.live = []
        self.plane.show_layers([])
        for grid in (self.strips, self.large):
            grid.accent = accent
            grid.set_pictures(None)
            grid.set_marks({})
            grid.set_cursor(())
        self.setCurrentWidget(self.plane if points else self.pictures)

    # ------------------------------------------------------------ all of it
    def show_journey(self, journey: Journey, pixel: bool) -> None:
        """``pixel``: each path is followed by the same path through pixel space."""
        self.journey, self.pixel = journey, pixel and journey.pixel is not None
        self.draw()

    def draw(self) -> None:
        """Again, in the colours of the theme."""
        if self.journey is None:
            return
        self._draw_points(self.journey) if self.currentWidget() is self.plane else self._draw_pictures(self.journey)
        self.show_frame(self._frame)

    def whole(self) -> Journey | None:
        """What the pictures show, and an export shall: with pixel space, where that is on."""
        return self.journey.with_pixel() if self.journey is not None and self.pixel else self.journey

    def _draw_pictures(self, journey: Journey) -> None:
        """Many paths lie above their pictures of the moment; a grid or a walk has the one picture of the moment beside it."""
        one = journey.frames.shape[1] == 1 and journey.closed
        self._box.setDirection(QBoxLayout.Direction.LeftToRight if one else QBoxLayout.Direction.TopToBottom)
        for place, share in enumerate((3, 2) if not one else (3, 1) if journey.columns else (1, 1)):
            self._box.setStretch(place, share)
        whole = self.whole() or journey
        self.strips.columns = whole.columns
        self.strips.row_labels = ("model", "pixels") * journey.frames.shape[1] if self.pixel else ()
        self.strips.set_pictures(whole.x)
        self.strips.set_marks(dict(journey.marks))
        self.large.row_labels = ("model", "pixels") if self.pixel else ()

    def _draw_points(self, journey: Journey) -> None:
        if not self.data.known:
            return
        layers: list[Layer] = list(self.data.layers())
        signs = [("data", "data density", "dot"), (self.accent, "decoded path", "line")]
        if self.pixel and journey.pixel is not None:
            layers.append(Lines([journey.pixel[line] for line in journey.lines], "text", 1.5, dashed=True))
            signs.append(("text", "straight line in x", "dash"))
        layers.append(Lines([journey.x[line] for line in journey.lines], self.accent, 2.2))
        layers.append(Cloud(journey.x, role=self.accent, size=5))
        places = {letter: journey.x[i].tolist() for i, letter in journey.marks.items()}
        corners = [Handle(x, y, letter, self.accent) for letter, (x, y) in places.items()]
        self.plane.show_layers([*layers, *corners, Legend(signs)], self.data.bounds)

    # ------------------------------------------------------------ one frame
    def show_frame(self, frame: int) -> None:
        """What the slider points at."""
        self._frame = frame
        if self.journey is None or frame >= self.journey.length:
            return
        shown = self.journey.frames[frame]
        if self.currentWidget() is self.plane:
            spots = self.journey.x[shown].tolist()
            self.plane.live = [Handle(x, y, role=self.accent, ring=False, radius=6) for x, y in spots]
            self.plane.update()
            return
        whole = self.whole() or self.journey
        self.strips.set_cursor(whole.frames[frame].tolist())
        self._enlarge(shown)

    def _enlarge(self, shown: Array) -> None:
        """Some of the pictures in large."""
        if self.journey is None:
            return
        pictures = self.journey.x[shown]
        if self.pixel and self.journey.pixel is not None:
            pictures = np.stack([pictures, self.journey.pixel[shown]], axis=1)
        self.large.set_pictures(pictures)

    def _look_at(self, index: int) -> None:
        """A picture of a single path, or of a grid, is under the mouse."""
        if self.journey is None or self.journey.frames.shape[1] != 1:
            return
        if 0 <= index < len(self.journey.x):
            self._enlarge(np.array([index]))
        else:
            self.show_frame(self._frame)

    def _go_to(self, index: int) -> None:
        whole = self.whole()
        if whole is not None and (whole.frames == index).any():
            self.chosen.emit(int(np.argwhere(whole.frames == index)[0, 0]))
