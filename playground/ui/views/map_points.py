"""What the latent map adds for 2-D data: p(data) and p(model) on one scale, the latent grid warped into data space."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import card, number
from playground.ui.widgets.controls import Segmented
from playground.ui.widgets.heat_map import LOG_SPAN, ColourScale, HeatMap, ramp, top_of
from playground.ui.widgets.layers import Handle, Heat, Lines
from playground.ui.widgets.plane import Bounds, Plane

Array = np.ndarray


class DensityPair(QWidget):
    """Two heat maps; ``facts`` is a card with their colour scale and divergence, for the owner to place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field: m.Field | None = None
        self.maps = (
            HeatMap("The data's density is being computed.", title="p(data)"),
            HeatMap("The model's density is being integrated."),
        )
        self.maps[1].title = "p(model)"
        self.maps[0].setToolTip("The density that the data were drawn from")
        self.maps[1].setToolTip("The density of the model, integrated over z by quadrature, on the same colour scale")
        self.kl = QLabel("")
        self.kl.setToolTip("KL(data ‖ model) = E_data[log p_data(x) − log p_model(x)] ± its standard error. 0 is perfect.")
        self.scale = ColourScale()
        self.kind = Segmented([
            ("linear", "p(x)", "Colours show the density itself"),
            ("log", "log p(x)", f"Colours show the logarithm, {LOG_SPAN:g} nats deep: tails and bridges become visible"),
        ])  # fmt: skip
        self.kind.changed.connect(lambda _: self._draw())
        row = QHBoxLayout()
        for heat in self.maps:
            row.addWidget(heat, 1)
        row.setContentsMargins(0, 0, 0, 0)
        self.setLayout(row)
        self.facts, inside = card(margins=theme.SPACE_S)
        self.kl.setWordWrap(True)
        for widget in (self.kl, self.kind, self.scale):
            inside.addWidget(widget)

    def reset(self, accent: str) -> None:
        """A new run."""
        self.field = None
        self.maps[0].title_role, self.maps[1].title_role = "data", accent
        for heat in self.maps:
            heat.show_layers([])
        self.kl.setText("")
        self.scale.hide()

    def show_field(self, field: m.Field) -> None:
        """Both densities, afresh."""
        self.field = field
        if math.isfinite(field.kl_data_model):
            value, error = number(field.kl_data_model, 3), number(field.kl_standard_error, 3)
            self.kl.setText(f"KL(data ‖ model) =<br><b>{value} ± {error} nats</b>")
        else:
            self.kl.setText("KL(data ‖ model): the data's density is not known")
        self._draw()

    def show_working(self, answer: m.Working) -> None:
        """The first density is being integrated; later ones come quietly."""
        if self.field is None:
            left = f", {answer.seconds_left:.0f} s left" if math.isfinite(answer.seconds_left) else ""
            self.kl.setText(f"integrating p(model): {100 * answer.done / max(answer.total, 1):.0f} %{left}")

    def _draw(self) -> None:
        field = self.field
        if field is None:
            return
        log, top = self.kind.key() == "log", top_of(field.data if field.data is not None else field.model)
        for heat, density in zip(self.maps, (field.data, field.model), strict=True):
            if density is not None:
                heat.show_density(density, field.bounds, top=top, log=log)
        low, high = (top - LOG_SPAN, top) if log else (0.0, math.exp(top))
        self.scale.set_scale(low, high, "log p(x), nats" if log else "p(x), per unit area")
        self.scale.show()


def lattice_lines(points: Array, every: int = 4) -> list[Array]:
    """Rows and columns of a lattice (R, R, 2), as polylines: first those along u, then those along v."""
    rows = [points[i] for i in range(0, len(points), every)]
    return rows + [points[:, j] for j in range(0, points.shape[1], every)]


def lattice_colours(count: int, accent: QColor, other: QColor) -> list[QColor]:
    """Lines along u go from dim to the accent, those along v from dim to the other colour: the same in both planes."""
    table = np.concatenate([ramp(QColor(90, 100, 120), c, size=(count + 1) // 2) for c in (accent, other)])
    return [QColor(*rgb) for rgb in table.tolist()]


class WarpPlane(Plane):
    """Data space, with the latent lattice drawn where the decoder sends it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("The warped grid appears here in a moment.", title="latent grid in data space", dark=True, parent=parent)
        self.setToolTip(
            "Where the decoder puts the straight lattice of the latent plane. Tight lines: much latent space for few data."
        )
        self.spot = Handle(0.0, 0.0, ring=False, radius=6, visible=False)
        self.runner = Handle(0.0, 0.0, ring=False, radius=5, role="text", visible=False)
        self.path = Lines([], "text", 2.2)

    def reset(self, accent: str) -> None:
        """A new run."""
        self.spot.role = accent
        self.spot.visible = self.runner.visible = False
        self.path.paths = []
        self.live = []
        self.show_layers([])

    def show_warp(self, warp: m.Warp, density: list[Heat], bounds: Bounds, accent: str) -> None:
        """The lattice over the data's density."""
        lines = lattice_lines(warp.x)
        colours = lattice_colours(len(lines), self.ink(accent), self.ink("kl"))
        self.show_layers([*density, Lines(lines, width=1.2, colours=colours)], bounds)
        self.live = [self.path, self.spot, self.runner]

    def show_cursor(self, x: float, y: float) -> None:
        self.spot.x, self.spot.y, self.spot.visible = float(x), float(y), True
        self.update()

    def show_path(self, points: Array) -> None:
        """The decoded path from A to B (F, 2)."""
        self.path.paths = [points]
        self.update()

    def show_runner(self, x: float, y: float) -> None:
        self.runner.x, self.runner.y, self.runner.visible = float(x), float(y), True
        self.update()


class PointsMap(QWidget):
    """Two by two: densities above, latent plane and warped plane beneath."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pair, self.warp = DensityPair(), WarpPlane()
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setSpacing(theme.SPACE_XS)
        self.grid.addWidget(self.pair, 0, 0, 1, 2)
        self.grid.addWidget(self.warp, 1, 1)
        self.grid.setRowStretch(0, 1)
        self.grid.setRowStretch(1, 1)
        self.grid.setColumnStretch(0, 1)
        self.grid.setColumnStretch(1, 1)

    def reset(self, accent: str) -> None:
        self.pair.reset(accent)
        self.warp.reset(accent)
