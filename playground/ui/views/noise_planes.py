"""The two planes of the reparameterisation: noise from the round prior, and the same noise as codes of one item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from playground.ui import theme
from playground.ui.widgets.layers import Arrow, Cloud, Ellipse, Handle
from playground.ui.widgets.plane import Layer, Plane

Array = np.ndarray
SPAN = 3.4


class NoisePlane(Plane):
    """Noise eps of two latents: the unit circle, the draws, and one eps that can be dragged."""

    eps_moved = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Noise appears here in a moment.", title="noise ε ~ N(0, I)", parent=parent)
        self.title_role = "monitor"
        self.setToolTip("The only randomness: ε from N(0, I); dashed: 1 and 2 standard deviations. Drag ε, or use the arrow keys.")
        self.pressed.connect(self.eps_moved)
        self.dragged.connect(self.eps_moved)
        self.eps = np.zeros(2)

    def show_draws(self, draws: Array) -> None:
        """All draws (N, 2)."""
        prior: list[Layer] = [Ellipse((0, 0), (r, r), "theory", dashed=True) for r in (1.0, 2.0)]
        self.show_layers([*prior, Cloud(draws, role="monitor", size=3.5, halo=False, alpha=0.75)], (-SPAN, SPAN, -SPAN, SPAN))

    def show_eps(self, eps: Array) -> None:
        """The eps that is followed."""
        self.eps = eps
        self.live = [Arrow((0.0, 0.0), tuple(eps), "monitor", 2.4), Handle(eps[0], eps[1], role="monitor", ring=False, radius=6)]
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = self.arrow(event)
        if step is None:
            super().keyPressEvent(event)
        else:
            self.eps_moved.emit(float(self.eps[0] + 2 * step[0]), float(self.eps[1] + 2 * step[1]))


class CodePlane(Plane):
    """Codes z of one item: the same draws, stretched by sigma and moved to mu; the whole prior, or zoomed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("One item's posterior appears here in a moment.", title="code z = μ + σ·ε", parent=parent)
        self.setToolTip(
            "The same draws, stretched by σ and moved to μ: the posterior q(z | x) of this item, ellipses at 1 and 2 standard "
            "deviations. Dashed: the prior N(0, I). The inset shows where the posterior lies in the prior."
        )

    def show_posterior(self, mu: Array, sigma: Array, draws: Array, accent: str, zoom: bool) -> None:
        """Two coordinates of mu, sigma and the draws (N, 2)."""
        self.title_role = accent
        prior: list[Layer] = [Ellipse((0, 0), (r, r), "theory", dashed=True) for r in (1.0, 2.0)]
        posterior: list[Layer] = [Ellipse(tuple(mu), tuple(r * sigma), accent, fill=0.14) for r in (1.0, 2.0)]
        cloud = Cloud(draws, role=accent, size=3.5, halo=False, alpha=0.75)
        half = max(3.2 * float(sigma.max()), 1e-3) if zoom else SPAN
        x, y = mu if zoom else (0.0, 0.0)
        layers = [*prior, *posterior, cloud, *([Inset(tuple(mu), half, accent)] if zoom else [])]
        self.show_layers(layers, (x - half, x + half, y - half, y + half))

    def show_code(self, mu: Array, z: Array, accent: str) -> None:
        """mu and the z that is followed."""
        self.live = [
            Arrow(tuple(mu), tuple(z), "monitor", 2.4), Handle(mu[0], mu[1], role="text", ring=False, radius=3.5),
            Handle(z[0], z[1], role=accent, ring=False, radius=6),
        ]  # fmt: skip
        self.update()


@dataclass
class Inset:
    """A small map in the corner: the prior's circles, and the square that the zoomed plane shows."""

    centre: tuple[float, float]
    half: float
    role: str

    def paint(self, painter: QPainter, plane: Plane) -> None:
        side = min(64.0, plane.frame().width() * 0.3)
        box = QRectF(plane.frame().right() - side - 4, plane.frame().y() + 4, side, side)
        unit = side / (2 * SPAN)
        painter.fillRect(box, plane.ink("window"))
        painter.setPen(QPen(plane.ink("outline"), theme.stroke(1)))
        painter.drawRect(box)
        painter.setPen(QPen(plane.ink("theory"), theme.stroke(1), Qt.PenStyle.DashLine))
        for radius in (1.0, 2.0):
            painter.drawEllipse(box.center(), radius * unit, radius * unit)
        at = QPointF(box.center().x() + self.centre[0] * unit, box.center().y() - self.centre[1] * unit)
        size = max(self.half * unit, 2.5)
        painter.setPen(QPen(plane.ink(self.role), theme.stroke(2)))
        painter.drawRect(QRectF(at.x() - size, at.y() - size, 2 * size, 2 * size))
