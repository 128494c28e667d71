"""The latent map: walk the code with the mouse and watch the decoder follow."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import StageView
from playground.ui.views.data_plane import DataPlane
from playground.ui.views.export import Material
from playground.ui.views.film import default_path, film_of_pictures, film_of_planes
from playground.ui.views.map_canvas import MapCanvas, resolution_for
from playground.ui.views.map_points import PointsMap, lattice_colours, lattice_lines
from playground.ui.views.map_side import WIDTH, MapSide
from playground.ui.views.path_card import PathCard
from playground.ui.widgets.controls import button, combo, spin, toolbar
from playground.ui.widgets.label_colours import Colouring, colouring
from playground.ui.widgets.layers import Lines
from playground.ui.widgets.plane import Layer

Array = np.ndarray
COUNTS = (250, 500, 1000, 2000, 5000)
FRAMES = 11
FIELD = 64  # cells a side of the heat maps; they are smooth
EXTENTS = (0.5, 8.0)  # how far the wheel zooms


class LatentMapView(StageView):
    """A plane of latents; with more than two of them, a plane through their space."""

    name = "latent_map"
    title = "Latent map"
    hint = "A map of all that the model can make. Move the mouse over it and the decoder draws what lies there, while it learns."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._build_toolbar()
        self.canvas, self.side, self.points = MapCanvas(), MapSide(), PointsMap()
        self.strip = PathCard(self._material)
        self.strip.export.finished.connect(self.say)
        self._build_stage()
        self.canvas.cursor_moved.connect(self._decode_at)
        self.canvas.handle_moved.connect(self._handle_moved)
        self.canvas.zoomed.connect(self._zoom)
        self.strip.path_changed.connect(lambda _: self._ask_path(now=True))
        self.strip.frame_changed.connect(self._show_frame)
        self.answers |= {
            "plane": self._show_plane, "codes": self._show_codes, "mouse": self._show_decoded, "path": self._show_path,
            "field": self._show_field, "warp": self._show_warp,
        }  # fmt: skip
        self.data = DataPlane(self, dark=True)
        self.quiet.add("field")
        self._resized = QTimer(self)
        self._resized.setSingleShot(True)
        self._resized.setInterval(150)
        self._resized.timeout.connect(self._fit_resolution)
        self._dragging = ""
        self._forget()

    def _build_toolbar(self) -> None:
        tip = "What the colours of the points mean: a label, or a factor of the data"
        self.colour_by = combo([], tip, lambda _: self._recolour())
        self.count = combo(
            [f"{n:,}" for n in COUNTS],
            "How many held-out items are drawn as points, at their posterior mean",
            self._recount,
            1,
        )
        self.mode = combo(["PCA plane", "Two latents"], "Which plane of the latent space is shown: the plane in which the codes "
                          "spread most, or two chosen latents with the others at 0", self._change_plane)  # fmt: skip
        self.axis = [
            spin(1, 128, i + 1, f"The latent along the {way} axis", self._change_plane)
            for i, way in enumerate(("horizontal", "vertical"))
        ]
        self.from_data = button(
            "⚄ A, B from data", "Put A and B on the codes of two data items picked at random", self._from_data
        )
        self.column.addLayout(
            toolbar("Colour", self.colour_by, "Points", self.count, self.mode, *self.axis, self.from_data)
        )
        self.column.addWidget(self.note)

    def _build_stage(self) -> None:
        self.pictures_host = QWidget()
        self._host_layout = QVBoxLayout(self.pictures_host)
        self._host_layout.setContentsMargins(0, 0, 0, 0)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.pictures_host)
        self.stack.addWidget(self.points)
        self._host_layout.addWidget(self.canvas)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_S)
        row.addWidget(self.stack, 1)
        row.addWidget(self.side)
        self.side.column.insertWidget(2, self.points.pair.facts)
        self.column.addLayout(row, 1)
        self.column.addWidget(self.strip)

    # ------------------------------------------------------------ context
    def _forget(self) -> None:
        self.plane: m.Plane | None = None
        self.codes: m.Encoded | None = None
        self.path: m.Interpolation | None = None
        self.warp: m.Warp | None = None
        self.field: m.Field | None = None
        self.colours: Colouring | None = None
        d = max(self.latent_dim, 1)
        self.origin = np.zeros(d, np.float32)
        self.axes = np.eye(2, d, dtype=np.float32)
        self._decoded_at = np.zeros(d, np.float32)

    def clear(self) -> None:
        self._forget()
        points, d = self.is_points, self.latent_dim
        self.canvas.reset(self.accent, flat=d == 1)
        self.canvas.title = "latent space" if points else ""
        self.side.reset(self.accent, points)
        self.points.reset(self.accent)
        self.points.pair.facts.setVisible(points)
        self.strip.reset(self.accent, points, default_path(self.context))
        self.mode.setVisible(d > 2)
        for i, box in enumerate(self.axis):
            box.blockSignals(True)
            box.setMaximum(max(d, 1))
            box.setValue(i + 1)
            box.blockSignals(False)
        self._show_axis_boxes()
        if points:
            self.points.grid.addWidget(self.canvas, 1, 0)
        else:
            self._host_layout.addWidget(self.canvas)
        self.stack.setCurrentWidget(self.points if points else self.pictures_host)
        self._name_axes()

    # ------------------------------------------------------------ the plane in latent space
    def pair(self) -> tuple[int, int] | None:
        """The two latents of the axes, or None for the PCA plane."""
        if self.latent_dim <= 2:
            return (0, 1)
        return None if self.mode.currentIndex() == 0 else (self.axis[0].value() - 1, self.axis[1].value() - 1)

    def to_z(self, u: float, v: float) -> Array:
        """The latent (d,) at a place of the map."""
        return np.asarray(
            self.origin + u * self.axes[0] + (v * self.axes[1] if len(self.origin) > 1 else 0), np.float32
        )

    def to_map(self, z: Array) -> Array:
        """Latents (N, d) -> their places (N, 2) on the map."""
        return np.asarray((np.atleast_2d(z) - self.origin) @ self.axes.T, np.float32)

    def _name_axes(self) -> None:
        pair = self.pair()
        names = ("principal axis 1", "principal axis 2") if pair is None else tuple(f"z{i + 1}" for i in pair)
        self.canvas.x_label, self.canvas.y_label = names[0], "" if self.latent_dim == 1 else names[1]

    def _show_axis_boxes(self) -> None:
        for box in self.axis:
            box.setVisible(self.latent_dim > 2 and self.mode.currentIndex() == 1)

    def _change_plane(self, _value: int = 0) -> None:
        self._show_axis_boxes()
        self._name_axes()
        self._ask_plane(now=True)

    # ------------------------------------------------------------ asking
    def refresh(self) -> None:
        if self.context is None:
            return
        self.ask("codes", m.Encode(n=COUNTS[self.count.currentIndex()]))
        self._ask_plane()
        if self.is_points:
            self._ask_density()
        self._ask_path()
        self.ask_along("mouse", m.Decode(z=self.to_z(self.canvas.spot.x, self.canvas.spot.y)[None]))

    def _ask_plane(self, now: bool = False) -> None:
        """Pictures for the background; for points only the plane's place matters, so four latents do."""
        resolution = 2 if self.is_points else self._resolution()
        request = m.DecodePlane(axes=self.pair(), extent=self.canvas.extent, resolution=resolution)
        (self.ask_now if now else self.ask)("plane", request)

    def _ask_density(self) -> None:
        if self.codes is None:
            return
        self.ask("warp", m.WarpGrid(resolution=33, extent=self.canvas.extent))
        if self.latent_dim <= 2 and self.warp is not None:  # the density takes long: let the rest be seen first
            self.ask("field", m.ModelField(bounds=self.picks.bounds, resolution=FIELD))

    def _resolution(self) -> int:
        assert self.context is not None
        return resolution_for(self.canvas.side_px(), self.context.shape[-1])[0]

    def _ask_path(self, now: bool = False, along: bool = False) -> None:
        if not self.picks.both:
            return
        a, b = self.picks.ends["A"][None], self.picks.ends["B"][None]
        request = m.Interpolate(a=a, b=b, frames=FRAMES, path=self.strip.path.key())
        (self.ask_along if along else self.ask_now if now else self.ask)("path", request)

    def _decode_at(self, u: float, v: float) -> None:
        z = self.to_z(u, v)
        self.ask_along("mouse", m.Decode(z=z[None]))

    def _recount(self, _index: int) -> None:
        self.ask_now("codes", m.Encode(n=COUNTS[self.count.currentIndex()]))

    def _zoom(self, factor: float) -> None:
        self.canvas.extent = float(np.clip(self.canvas.extent * factor, *EXTENTS))
        self._ask_plane(now=True)

    def _fit_resolution(self) -> None:
        """After a resize: as many pictures as fit now."""
        if (
            self.context
            and not self.is_points
            and self.plane is not None
            and self._resolution() != self.plane.resolution
        ):
            self._ask_plane(now=True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.side.set_width(min(max(WIDTH, self.width() // 5), 300))
        self._resized.start()
        super().resizeEvent(event)

    # ------------------------------------------------------------ showing the map
    def _show_plane(self, answer: m.Plane) -> None:
        self.plane = answer
        self.origin, self.axes = answer.origin, np.stack([answer.axis_u, answer.axis_v])
        for letter, handle in self.canvas.handles.items():
            if letter in self.picks.ends:
                self.canvas.place(letter, *self.to_map(self.picks.ends[letter])[0].tolist())
            else:
                self.picks.put(letter, self.to_z(handle.x, handle.y))
        self._draw()
        self._place_path()
        if self.path is None:
            self._ask_path(now=True)

    def _show_codes(self, answer: m.Encoded) -> None:
        first, self.codes = self.codes is None, answer
        names = list(answer.labels) + (["x₁", "x₂"] if self.is_points else [])
        if names != [self.colour_by.itemText(i) for i in range(self.colour_by.count())]:
            self.colour_by.blockSignals(True)
            self.colour_by.clear()
            self.colour_by.addItems(names)
            self.colour_by.blockSignals(False)
        self.colour_by.setEnabled(bool(names))
        if self.is_points:
            self.picks.put_points(answer.x)
        self._recolour()
        if first and self.is_points:
            self._ask_density()

    def labels(self) -> Array | None:
        """The values that the points are coloured by."""
        name = self.colour_by.currentText()
        if self.codes is None or not name:
            return None
        coordinates = {"x₁": 0, "x₂": 1}
        return (
            self.codes.x[:, coordinates[name]]
            if name in coordinates and self.is_points
            else self.codes.labels.get(name)
        )

    def _recolour(self) -> None:
        values = self.labels()
        self.colours = colouring(values) if values is not None else None
        self.side.show_colouring(self.colours)
        self._draw()

    def _draw(self) -> None:
        """The still part of the map: pictures or lattice, then points."""
        if self.plane is None:
            return
        r, extent = self.plane.resolution, self.plane.extent
        background: list[Layer]
        if self.is_points:
            background, half = [self._lattice()], extent * 1.02
        else:
            background, half = [self.canvas.mosaic_of(self.plane.pictures, r)], extent * r / max(r - 1, 1)
        colours = self.colours
        if colours is None and self.codes is not None:
            colours = Colouring(np.zeros(len(self.codes.mu), int), [self.canvas.ink("data")], ["data"])
        self.canvas.show_map(background, self._spots(), colours, half, 3.2 if len(self._mu()) > 1500 else 4.2)

    def _mu(self) -> Array:
        return np.zeros((0, len(self.origin)), np.float32) if self.codes is None else self.codes.mu

    def _spots(self) -> Array | None:
        """Where the codes lie on the map; with one latent, spread at random so that they do not hide each other."""
        if self.codes is None:
            return None
        spots = self.to_map(self.codes.mu)
        if self.canvas.flat:
            rng = np.random.default_rng(0)
            spots[:, 1] = rng.choice([-1.0, 1.0], len(spots)) * rng.uniform(0.3, 0.95, len(spots)) * self.canvas.extent
        return spots

    def _lattice(self) -> Lines:
        line = np.linspace(-self.canvas.extent, self.canvas.extent, 33)
        lines = lattice_lines(np.stack(np.meshgrid(line, line, indexing="xy"), -1))
        return Lines(
            lines, width=1.0, colours=lattice_colours(len(lines), self.canvas.ink(self.accent), self.canvas.ink("kl"))
        )

    # ------------------------------------------------------------ the mouse
    def _show_decoded(self, answer: m.Decoded) -> None:
        z = answer.z[-1]
        self.side.show_decoded(answer, self.is_points)
        self.side.show_nearest(z, self._mu(), self.labels(), self.colour_by.currentText())
        if self.is_points:
            self.points.warp.show_cursor(*answer.x[-1].tolist())

    # ------------------------------------------------------------ the path
    def on_pick(self, letter: str) -> None:
        """An endpoint was chosen, here or among the samples: it keeps its z even where the map's plane does not contain it."""
        z = self.picks.ends[letter]
        if letter != self._dragging and len(z) == len(self.origin):
            self.canvas.place(letter, *self.to_map(z)[0].tolist())
        if self.isVisible():
            self._ask_path(along=bool(self._dragging))

    def _handle_moved(self, letter: str) -> None:
        handle = self.canvas.handles[letter]
        self._dragging = letter
        self.picks.put(letter, self.to_z(handle.x, handle.y))
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
        self.canvas.show_path(self.to_map(self.path.z[0]))
        if self.is_points:
            self.points.warp.show_path(self.path.frames[0])
        self._show_frame(self.strip.bar.frame)

    def _show_frame(self, frame: int) -> None:
        if self.path is None or frame >= self.path.z.shape[1]:
            return
        self.canvas.show_runner(*self.to_map(self.path.z[0, frame])[0].tolist())
        if self.is_points:
            self.points.warp.show_runner(*self.path.frames[0, frame].tolist())

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
        self._draw_warp()

    def _show_warp(self, answer: m.Warp) -> None:
        first, self.warp = self.warp is None, answer
        self._draw_warp()
        if first:
            self._ask_density()

    def _draw_warp(self) -> None:
        if self.warp is not None and self.data.known:
            self.points.warp.show_warp(self.warp, self.data.layers(), self.data.bounds, self.accent)

    # ------------------------------------------------------------ export and theme
    def _material(self) -> Material | None:
        if self.path is None or self.context is None:
            return None
        fps, recipe = self.strip.bar.fps, self.context.recipe
        if self.is_points:
            return film_of_planes(
                self.points.warp, self.path.frames.shape[1], self.strip.bar.slider.setValue, fps, recipe
            )
        return film_of_pictures(self.path.frames, fps, recipe)

    def on_theme(self) -> None:
        super().on_theme()
        if self.field is not None:
            self.points.pair.show_field(self.field)
        self._draw()
        self._draw_warp()

    def minimumSizeHint(self) -> QSize:
        return QSize(560, 420)

    def keyPressEvent(self, event: object) -> None:
        """Arrow keys belong to the map wherever the focus is in this view."""
        if getattr(event, "key", lambda: 0)() in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.canvas.keyPressEvent(event)  # type: ignore[arg-type]
