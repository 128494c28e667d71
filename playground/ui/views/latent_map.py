"""The latent map: walk the code with the mouse and watch the decoder follow."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.playing import Player
from playground.ui.views.common import StageView
from playground.ui.views.data_plane import DataPlane
from playground.ui.views.export import Material
from playground.ui.views.film import default_path, film_of_pictures, film_of_planes
from playground.ui.views.latent_plane import LatentPlane
from playground.ui.views.map_canvas import MapCanvas, resolution_for
from playground.ui.views.map_controls import MapControls
from playground.ui.views.map_points import PointsMap
from playground.ui.views.map_side import WIDTH, MapSide
from playground.ui.views.path_card import PathCard
from playground.ui.widgets.label_colours import Colouring, colouring

Array = np.ndarray
FRAMES = 11
FIELD = 64  # cells a side of the heat maps; they are smooth
EXTENTS = (0.5, 8.0)  # how far the wheel zooms
COORDINATES = {"x₁": 0, "x₂": 1}  # factors that all points have


class LatentMapView(StageView):
    """A plane of latents; with more than two of them, a plane through their space."""

    name = "latent_map"
    title = "Latent map"
    hint = "A map of all that the model can make. Move the mouse over it and the decoder draws what lies there, while it learns."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.controls = MapControls(self)
        self.canvas, self.side, self.points = MapCanvas(), MapSide(), PointsMap()
        self.strip = PathCard(self._material)
        self.data = DataPlane(self, dark=True)
        self._resized = QTimer(self, interval=150, singleShot=True)
        self._dragging = ""
        self._build_stage()
        self._connect()
        self._forget()

    def _build_stage(self) -> None:
        self.pictures = QWidget()
        QVBoxLayout(self.pictures).setContentsMargins(0, 0, 0, 0)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.pictures)
        self.stack.addWidget(self.points)
        self.side.column.insertWidget(2, self.points.pair.facts)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_S)
        row.addWidget(self.stack, 1)
        row.addWidget(self.side)
        self.column.addLayout(self.controls.layout())
        self.column.addWidget(self.note)
        self.column.addLayout(row, 1)
        self.column.addWidget(self.strip)

    def _connect(self) -> None:
        self.controls.recoloured.connect(self._recolour)
        self.controls.recounted.connect(lambda: self.ask_now("codes", m.Encode(n=self.controls.n())))
        self.controls.replaned.connect(self._change_plane)
        self.controls.from_data.connect(self._from_data)
        self.canvas.cursor_moved.connect(self._decode_at)
        self.canvas.handle_moved.connect(self._handle_moved)
        self.canvas.zoomed.connect(self._zoom)
        self.canvas.resized.connect(self._resized.start)
        self.strip.path_changed.connect(lambda _: self._ask_path(now=True))
        self.strip.frame_changed.connect(self._show_frame)
        self.strip.export.finished.connect(self.say)
        self._resized.timeout.connect(self._fit_resolution)
        self.quiet.add("field")
        self.answers |= {
            "plane": self._show_plane, "codes": self._show_codes, "mouse": self._show_decoded, "path": self._show_path,
            "field": self._show_field, "warp": self._show_warp,
        }  # fmt: skip

    # ------------------------------------------------------------ context
    def _forget(self) -> None:
        self.plane: m.Plane | None = None
        self.codes: m.Encoded | None = None
        self.path: m.Interpolation | None = None
        self.warp: m.Warp | None = None
        self.field: m.Field | None = None
        self.colours: Colouring | None = None
        self.where = LatentPlane.first(self.latent_dim)

    def clear(self) -> None:
        self._forget()
        points = self.is_points
        self.controls.reset(self.latent_dim)
        self.canvas.reset(self.accent, flat=self.latent_dim == 1)
        self.canvas.title = "latent space" if points else ""
        self.side.reset(self.accent, points)
        self.points.reset(self.accent)
        self.points.pair.facts.setVisible(points)
        self.strip.reset(self.accent, points, default_path(self.context))
        if points:
            self.points.grid.addWidget(self.canvas, 1, 0)
        else:
            layout = self.pictures.layout()
            assert layout is not None
            layout.addWidget(self.canvas)
        self.stack.setCurrentWidget(self.points if points else self.pictures)
        self.canvas.x_label, self.canvas.y_label = self.controls.axis_names()

    # ------------------------------------------------------------ asking
    def refresh(self) -> None:
        if self.context is None:
            return
        self.ask("codes", m.Encode(n=self.controls.n()))
        self._ask_plane()
        if self.is_points:
            self._ask_density()
        self._ask_path()
        self._decode_at(self.canvas.spot.x, self.canvas.spot.y)

    def _ask_plane(self, now: bool = False) -> None:
        """Pictures for the background; for points only the plane's place matters, so four latents do."""
        resolution = 2 if self.is_points else self._resolution()
        request = m.DecodePlane(axes=self.controls.pair(), extent=self.canvas.extent, resolution=resolution)
        (self.ask_now if now else self.ask)("plane", request)

    def _ask_density(self) -> None:
        if not self.data.known:
            return
        self.ask("warp", m.WarpGrid(resolution=33, extent=self.canvas.extent))
        if self.latent_dim <= 2 and self.warp is not None:  # the density takes long: let the rest be seen first
            self.ask("field", m.ModelField(bounds=self.picks.bounds, resolution=FIELD))

    def _resolution(self) -> int:
        side = self.context.shape[-1] if self.context else 28
        return resolution_for(self.canvas.side_px(), side)[0]

    def _ask_path(self, now: bool = False, along: bool = False) -> None:
        if not self.picks.both:
            return
        a, b = self.picks.ends["A"][None], self.picks.ends["B"][None]
        request = m.Interpolate(a=a, b=b, frames=FRAMES, path=self.strip.path.key())
        (self.ask_along if along else self.ask_now if now else self.ask)("path", request)

    def _decode_at(self, u: float, v: float) -> None:
        self.ask_along("mouse", m.Decode(z=self.where.to_z(u, v)[None]))

    def _change_plane(self) -> None:
        self.canvas.x_label, self.canvas.y_label = self.controls.axis_names()
        self._ask_plane(now=True)

    def _zoom(self, factor: float) -> None:
        self.canvas.extent = float(np.clip(self.canvas.extent * factor, *EXTENTS))
        self._ask_plane(now=True)
        if self.is_points:
            self.ask_now("warp", m.WarpGrid(resolution=33, extent=self.canvas.extent))

    def _fit_resolution(self) -> None:
        """After a resize: as many pictures as fit now."""
        if self.plane is not None and not self.is_points and self._resolution() != self.plane.resolution:
            self._ask_plane(now=True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.side.set_width(min(max(WIDTH, self.width() // 5), 300))
        super().resizeEvent(event)

    # ------------------------------------------------------------ the map
    def _show_plane(self, answer: m.Plane) -> None:
        self.plane, self.where = answer, LatentPlane.of(answer)
        for letter, handle in self.canvas.handles.items():
            if letter in self.picks.ends:
                self.canvas.place(letter, *self.where.place(self.picks.ends[letter]))
            else:
                self.picks.put(letter, self.where.to_z(handle.x, handle.y))
        self._draw()
        self._place_path()
        if self.path is None:
            self._ask_path(now=True)

    def _show_codes(self, answer: m.Encoded) -> None:
        first, self.codes = self.codes is None, answer
        self.controls.set_labels([*answer.labels, *(COORDINATES if self.is_points else ())])
        if self.is_points:
            self.picks.put_points(answer.x)
        self._recolour()
        if first and self.is_points:
            self._ask_density()

    def labels(self) -> Array | None:
        """The values that the points are coloured by."""
        name = self.controls.label()
        if self.codes is None or not name:
            return None
        if self.is_points and name in COORDINATES:
            return np.asarray(self.codes.x[:, COORDINATES[name]])
        return self.codes.labels.get(name)

    def _recolour(self) -> None:
        values = self.labels()
        self.colours = colouring(values) if values is not None else None
        self.side.show_colouring(self.colours)
        self._draw()

    def _draw(self) -> None:
        """The still part of the map: pictures or lattice, then points."""
        if self.plane is None:
            return
        codes = np.zeros((0, self.where.latent_dim), np.float32) if self.codes is None else self.codes.mu
        if self.is_points:
            self.canvas.show_lattice(self.accent)
        else:
            self.canvas.show_pictures(self.plane)
        self.canvas.show_codes(self.where.to_map(codes), self.colours)

    def _show_decoded(self, answer: m.Decoded) -> None:
        self.side.show_decoded(answer, self.is_points)
        if self.codes is not None:
            self.side.show_nearest(answer.z[-1], self.codes.mu, self.labels(), self.controls.label())
        if self.is_points:
            self.points.warp.show_cursor(*answer.x[-1].tolist())

    # ------------------------------------------------------------ the path
    def on_pick(self, letter: str) -> None:
        """An endpoint was chosen, here or among the samples: it keeps its z even where the map's plane lacks it."""
        z = self.picks.ends[letter]
        if letter not in self.canvas.handles:
            return
        if letter != self._dragging and len(z) == self.where.latent_dim:
            self.canvas.place(letter, *self.where.place(z))
        if self.isVisible():
            self._ask_path(now=True, along=bool(self._dragging))

    def _handle_moved(self, letter: str) -> None:
        handle = self.canvas.handles[letter]
        self._dragging = letter
        self.picks.put(letter, self.where.to_z(handle.x, handle.y))
        self._dragging = ""

    def _from_data(self) -> None:
        if self.codes is None or len(self.codes.mu) < 2:
            return
        pair = np.random.default_rng().choice(len(self.codes.mu), 2, replace=False)
        for letter, index in zip("AB", pair, strict=True):
            self.picks.put(letter, self.codes.mu[index])

    def _show_path(self, answer: m.Interpolation) -> None:
        self.path = answer
        self.strip.show_frames(answer.frames[0])
        self._place_path()

    def _place_path(self) -> None:
        """The path in the plane, and its moving dot."""
        if self.path is None:
            return
        self.canvas.show_path(self.where.to_map(self.path.z[0]))
        if self.is_points:
            self.points.warp.show_path(self.path.frames[0])
        self._show_frame(self.strip.bar.frame)

    def _show_frame(self, frame: int) -> None:
        if self.path is None or frame >= self.path.z.shape[1]:
            return
        self.canvas.show_runner(*self.where.place(self.path.z[0, frame]))
        if self.is_points:
            self.points.warp.show_runner(*self.path.frames[0, frame].tolist())

    def _material(self) -> Material | None:
        if self.path is None or self.context is None:
            return None
        fps, recipe = self.strip.bar.fps, self.context.recipe
        if self.is_points:
            go_to = self.strip.bar.slider.setValue
            return film_of_planes(self.points.warp, self.path.frames.shape[1], go_to, fps, recipe)
        return film_of_pictures(self.path.frames, fps, recipe)

    # ------------------------------------------------------------ 2-D data
    def working(self, part: str, answer: m.Working) -> None:
        if part == "field":
            self.points.pair.show_working(answer)

    def _show_field(self, answer: m.Field) -> None:
        self.field = answer
        self.points.pair.show_field(answer)
        if answer.data is not None:
            self.picks.put_density(answer.data)

    def on_data(self) -> None:
        if self.warp is not None and self.data.known:
            self.points.warp.show_warp(self.warp, self.data.layers(), self.data.bounds, self.accent)

    def _show_warp(self, answer: m.Warp) -> None:
        first, self.warp = self.warp is None, answer
        self.on_data()
        if first:
            self._ask_density()

    def player(self) -> Player | None:
        return self.strip.bar

    def on_theme(self) -> None:
        super().on_theme()
        self.side.set_width(self.side.width())  # type of another size
        if self.field is not None:
            self.points.pair.show_field(self.field)
        self._draw()
        self.on_data()

    def minimumSizeHint(self) -> QSize:
        return QSize(560, 420)
