"""The latent plane itself: decoded pictures or a lattice, codes of the data as points, a cursor, and A and B to drag."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from playground.engine import messages as m
from playground.ui.views.map_points import lattice_colours, lattice_lines
from playground.ui.widgets.label_colours import Colouring
from playground.ui.widgets.layers import Cloud, Handle, Lines, Mosaic
from playground.ui.widgets.pixels import image_of, mosaic, packed
from playground.ui.widgets.plane import Layer, Plane

Array = np.ndarray
START = (0.7, 1.1)  # the cursor, before a mouse comes
REACH_PX = 16.0  # how near the mouse must be to take a handle


def resolution_for(room_px: float, side: int, wanted: int = 15) -> tuple[int, float]:
    """How many pictures of ``side`` pixels make a row of ``room_px`` device pixels, and at which crisp scale.

    Whole multiples leave little room unfilled only if their number fits; of all scales the one with about ``wanted``
    pictures wins.
    """
    best = (1, 1.0)
    for scale in (0.5, 1, 2, 3, 4, 5, 6, 8):
        count = int(room_px // (side * scale))
        if 7 <= count <= 24 and abs(math.log(count / wanted)) < abs(math.log(best[0] / wanted)):
            best = (count, scale)
    return best if best[0] > 1 else (max(2, int(room_px // side)), 1.0)


class MapCanvas(Plane):
    """A plane of latents (u, v). ``flat`` is the one-dimensional case: v only spreads the points."""

    cursor_moved = Signal(float, float)
    handle_moved = Signal(str)
    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("The map appears here in a moment.", dark=True, parent=parent)
        self.setToolTip(
            "Move the mouse (or the arrow keys, with Shift faster): the decoder follows. Drag A and B, or press A or B to set "
            "one where the cursor is. The wheel zooms."
        )
        self.extent, self.flat, self.half = 3.0, False, 3.0
        self.background: list[Layer] = []
        self.path: Array | None = None  # (F, 2) in the plane
        self.spot = Handle(*START, ring=False, radius=6)
        self.handles = {"A": Handle(-1.5, 0.9, "A"), "B": Handle(1.5, -0.9, "B")}
        self.runner = Handle(0.0, 0.0, ring=False, radius=5, role="text", visible=False)
        self._held = ""
        self.hovered.connect(self._hover)
        self.pressed.connect(self._press)
        self.dragged.connect(self._drag)
        self.released.connect(self._release)

    # ------------------------------------------------------------ contents
    def reset(self, accent: str, flat: bool) -> None:
        """A new run: empty, with the handles where they begin."""
        self.flat, self.path, self.extent = flat, None, 3.0
        self.spot.role = accent
        self.spot.x, self.spot.y = START[0], 0.0 if flat else START[1]
        self.place("A", -1.5, 0.0 if flat else 0.9)
        self.place("B", 1.5, 0.0 if flat else -0.9)
        self.runner.visible = False
        self.native = None
        self.live = []
        self.show_layers([])

    def show_pictures(self, plane: m.Plane) -> None:
        """The decoded lattice as background. Half a cell lies outside the outermost latents, so that z is in mid-picture."""
        self.background = [self.mosaic_of(plane.pictures, plane.resolution)]
        self.half = plane.extent * plane.resolution / max(plane.resolution - 1, 1)

    def show_lattice(self, accent: str) -> None:
        """For points: straight lines, in the colours that they have in data space."""
        line = np.linspace(-self.extent, self.extent, 33)
        lines = lattice_lines(np.stack(np.meshgrid(line, line, indexing="xy"), -1))
        colours = lattice_colours(len(lines), self.ink(accent), self.ink("kl"))
        self.background, self.half = [Lines(lines, width=1.0, colours=colours)], self.extent * 1.02

    def show_codes(self, spots: Array, colours: Colouring | None) -> None:
        """The codes of the data (N, 2) on top; without labels they are blue, as data always are."""
        colours = colours or Colouring(np.zeros(len(spots), int), [self.ink("data")], ["data"])
        if self.flat:  # spread at random, so that they do not hide each other
            rng = np.random.default_rng(0)
            spots[:, 1] = rng.choice([-1.0, 1.0], len(spots)) * rng.uniform(0.3, 0.95, len(spots)) * self.extent
        cloud = Cloud(spots, colours.groups, size=3.2 if len(spots) > 1500 else 4.2, colours=colours.colours)
        self.show_layers([*self.background, cloud], (-self.half, self.half, -self.half, self.half))
        self._stack_live()

    def mosaic_of(self, pictures: Array, resolution: int) -> Mosaic:
        """The decoded lattice as one background, and the size at which it is crisp."""
        if self.flat:
            pictures = self._one_row(pictures, resolution)
        scale = 1.0 if pictures.shape[1] * resolution <= self.side_px() else 0.5
        pixels = mosaic(packed(pictures, scale), resolution, 0, 0, self.ink("canvas").rgb())
        self.native = (pixels.shape[0], pixels.shape[1])
        return Mosaic(image_of(pixels))

    def side_px(self) -> int:
        """Device pixels along the side of the largest square that fits."""
        room = self.room()
        return int(min(room.width(), room.height()) * self.devicePixelRatioF())

    @staticmethod
    def _one_row(pictures: Array, resolution: int) -> Array:
        """With one latent all rows are equal: keep the middle one."""
        out = np.zeros_like(pictures)
        middle = resolution // 2 * resolution
        out[middle : middle + resolution] = pictures[middle : middle + resolution]
        return out

    def _stack_live(self) -> None:
        ends = np.array([[h.x, h.y] for h in self.handles.values()])
        path = ends if self.path is None else self.path
        under, over = Lines([path], "canvas", 5), Lines([path], "text", 2.2)
        self.live = [under, over, self.spot, self.runner, *self.handles.values()]
        self.update()

    def show_path(self, path: Array | None) -> None:
        """The path from A to B in the plane (N, 2); None: a straight line."""
        self.path = path
        if self.still:
            self._stack_live()

    def show_runner(self, x: float, y: float) -> None:
        """The place on the path that the slider stands for."""
        self.runner.x, self.runner.y, self.runner.visible = x, y, True
        self.update()

    # ------------------------------------------------------------ the cursor and the handles
    def place(self, letter: str, u: float, v: float) -> None:
        """Put a handle somewhere, without telling anybody."""
        self.handles[letter].x, self.handles[letter].y = u, 0.0 if self.flat else v
        self.path = None

    def move_cursor(self, u: float, v: float) -> None:
        """Move the cursor and tell."""
        x0, x1, y0, y1 = self.bounds
        self._repaint_spot()  # where it was and where it is, not the whole map
        self.spot.x, self.spot.y = min(max(u, x0), x1), 0.0 if self.flat else min(max(v, y0), y1)
        self._repaint_spot()
        self.cursor_moved.emit(self.spot.x, self.spot.y)

    def _repaint_spot(self) -> None:
        at, reach = self.point(self.spot.x, self.spot.y).toPoint(), math.ceil(self.spot.radius) + 4
        self.update(at.x() - reach, at.y() - reach, 2 * reach + 1, 2 * reach + 1)

    def _hover(self, u: float, v: float) -> None:
        near = self._near(u, v)
        shape = Qt.CursorShape.OpenHandCursor if near else Qt.CursorShape.CrossCursor
        if shape != self.cursor().shape():
            self.setCursor(shape)
        self.move_cursor(u, v)

    def _near(self, u: float, v: float) -> str:
        at = self.point(u, v)
        for letter, handle in self.handles.items():
            centre = self.point(handle.x, handle.y)
            if math.hypot(at.x() - centre.x(), at.y() - centre.y()) <= REACH_PX:
                return letter
        return ""

    def _press(self, u: float, v: float) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._held = self._near(u, v)
        if not self._held:
            self.move_cursor(u, v)

    def _drag(self, u: float, v: float) -> None:
        if self._held:
            self.set_handle(self._held, u, v)
        else:
            self.move_cursor(u, v)

    def _release(self) -> None:
        self._held = ""

    def set_handle(self, letter: str, u: float, v: float) -> None:
        """Move a handle and tell."""
        self.place(letter, u, v)
        if self.still:
            self._stack_live()
        self.handle_moved.emit(letter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.resized.emit()
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = self.arrow(event)
        if step is not None:
            self.move_cursor(self.spot.x + step[0], self.spot.y + step[1])
        elif event.text().upper() in self.handles and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_handle(event.text().upper(), self.spot.x, self.spot.y)
        else:
            super().keyPressEvent(event)
