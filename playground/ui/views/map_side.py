"""Beside the map: the decoded picture under the mouse, and what is known of that place."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import card, number, z_text
from playground.ui.widgets.label_colours import Colouring, LabelLegend
from playground.ui.widgets.picture_grid import PictureGrid

Array = np.ndarray
WIDTH = 196


class MapSide(QWidget):
    """The decoded item (picture or coordinates), "HERE", and the legend of the colours."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        top, inside = card(margins=theme.SPACE_S)
        self.picture = PictureGrid("Move the mouse over the map.", surface="card")
        self.picture.setToolTip("The decoder's picture of the latent under the mouse")
        self.z = QLabel("")
        self.z.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.speed = QLabel("")
        self.speed.setProperty("role", "dim")
        self.speed.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.speed.setToolTip("From the request to the decoded picture, in the engine")
        for widget in (self.picture, self.z, self.speed):
            inside.addWidget(widget)
        here, inside = card(margins=theme.SPACE_S)
        heading = QLabel("HERE")
        heading.setProperty("look", "heading")
        self.prior = QLabel("")
        self.prior.setToolTip(
            "Log density of the prior N(0, I) at z: how usual this place is. The encoder puts data where it is high."
        )
        self.nearest = QLabel("")
        self.nearest.setToolTip("The held-out item whose posterior mean is nearest to z, in all latent dimensions, in units of z")
        for widget in (heading, self.prior, self.nearest):
            inside.addWidget(widget)
        self.legend = LabelLegend()
        self.set_width(WIDTH)
        column.addWidget(top)
        column.addWidget(here)
        column.addWidget(self.legend)
        column.addStretch(1)

    def set_width(self, width: int) -> None:
        """As wide as the stage can spare; the picture stays square.

        The texts have a fixed size: they change with every move of the mouse, and else each would lay the window out anew.
        """
        self.setFixedWidth(width)
        self.picture.setFixedHeight(width - 2 * theme.SPACE_S - 8)
        for label in (self.z, self.speed, self.prior, self.nearest):
            label.ensurePolished()
            lines = 2 if label is self.nearest else 1
            label.setFixedSize(width - 2 * theme.SPACE_S, lines * label.fontMetrics().lineSpacing() + 4)

    def reset(self, accent: str, points: bool) -> None:
        """A new run: nothing is decoded yet."""
        self.picture.accent = accent
        self.picture.set_pictures(None)
        self.picture.setVisible(not points)
        for label in (self.z, self.speed, self.prior, self.nearest):
            label.setText("")
        self.legend.show_colouring(None)

    def show_decoded(self, answer: m.Decoded, points: bool) -> None:
        """The last row of the answer."""
        self.z.setText(f"<b>{z_text(answer.z[-1])}</b>")
        self.prior.setText(f"log p(z) = <b>{number(float(answer.log_prior[-1]))} nats</b>")
        if points:
            x, y = answer.x[-1]
            self.speed.setText(f"x = ({number(float(x))}, {number(float(y))}), {answer.elapsed_ms:.1f} ms")
        else:
            self.picture.set_pictures(answer.x[-1:])
            self.speed.setText(f"decoded in {answer.elapsed_ms:.1f} ms")

    def show_nearest(self, z: Array, codes: Array | None, labels: Array | None, label: str) -> None:
        """The nearest code to ``z`` (d,) among ``codes`` (N, d)."""
        if codes is None or not len(codes):
            return
        squared = np.square(codes - z).sum(1)
        index = int(squared.argmin())
        value = "" if labels is None else f"{labels[index]:.3g}" if labels.dtype.kind == "f" else str(labels[index])
        name = f"nearest item: {label} “{value}”" if value else "nearest item:"
        self.nearest.setText(f"{name}<br>at distance <b>{number(float(squared[index] ** 0.5))}</b>")

    def show_colouring(self, colours: Colouring | None) -> None:
        self.legend.show_colouring(colours)
