"""What the warp says in numbers: the point that is followed, the folds, and the scale of the density."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from playground.ui import theme
from playground.ui.numbers import value_text
from playground.ui.steady_label import SteadyLabel
from playground.ui.views.common import card, number
from playground.ui.views.warp_map import Hit, WarpMap
from playground.ui.widgets.heat_map import LOG_SPAN, ColourScale, ramp
from playground.ui.widgets.ink import ink

Array = np.ndarray
POINT_TIP = (
    "The point under the mouse. q: the model’s density, averaged over the cell. |det J|: area of the cell’s image over the area of "
    "the cell, so that q(x) = N(z; 0, I) / |det J| where nothing folds."
)
FOLD_TIP = (
    "Hatched cells are turned over: det J has the other sign there, so that two sheets of noise overlap. Judged by the corners of "
    "each cell: a finer lattice sees finer folds."
)


class WarpFacts(QWidget):
    """A card beneath the planes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.point, self.folds, self.scale = SteadyLabel(""), QLabel(""), ColourScale()
        self.point.setToolTip(POINT_TIP)
        self.folds.setToolTip(FOLD_TIP + " A point there gets noise from several places.")
        self.folds.setWordWrap(True)
        self.scale.setToolTip("How dense an opacity is. Full colour: as dense as the data at their densest.")
        frame, inside = card(margins=theme.SPACE_S)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_L)
        for widget, stretch in ((self.point, 0), (self.folds, 1), (self.scale, 1)):
            row.addWidget(widget, stretch)
        inside.addLayout(row)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(frame)

    def clear(self) -> None:
        """A new run."""
        self.point.setText("The point under the mouse:<br>its noise, where it lands,<br>how dense G is there.")
        self.folds.setText("Where two sheets of noise overlap.")
        self.scale.hide()

    def show_scale(self, top: float, log: bool, accent: str) -> None:
        """``top`` is the log density of full colour, in nats."""
        low, high = (top - LOG_SPAN, top) if log else (0.0, math.exp(top))
        self.scale.set_scale(low, high, "log q(x), nats" if log else "q(x), per unit area", ramp(ink("canvas"), ink(accent)))
        self.scale.show()

    def tell_folds(self, warp: WarpMap, latent_dim: int) -> None:
        """How much noise lands on folds; without a density, why there is none."""
        if warp.log_density is None:
            self.scale.hide()
            self.folds.setText(without_density(latent_dim))
            return
        count, of, share = int(warp.folded.sum()), warp.folded.size, 100 * warp.fold_share
        if count:
            digits = 1 if share < 1 else 0
            self.folds.setText(f"<b>{share:.{digits}f} % of the noise lands on folds</b><br>{count} of {of} cells")
        else:
            self.folds.setText("<b>No folds</b><br>every place gets its noise from one place")

    def tell_point(self, warp: WarpMap, z: Array, hits: Sequence[Hit]) -> None:
        """Noise ``z`` (2,), where it lands, and the density there; ``hits[0]`` is its own cell, others land on the same place."""
        x, hit = warp.forward(z[None])[0], hits[0]
        lines = [f"z = ({number(z[0])}, {number(z[1])})  →  x = ({number(x[0])}, {number(x[1])})"]
        q = warp.density(hits)
        if q is not None:
            sheets = f", from {len(hits)} places" if len(hits) > 1 else ""
            stretch = float(warp.stretch[hit.row, hit.column])
            lines.append(f"q(x) = <b>{value_text(q)}</b> per unit area{sheets}")
            lines.append(f"|det J| = <b>{value_text(stretch)}</b>: {stretched(stretch)}")
        self.point.setText("<br>".join(lines))

    def tell_nothing(self, x: float, y: float) -> None:
        """The mouse is where no noise lands."""
        self.point.setText(f"x = ({number(x)}, {number(y)})<br>No noise of this lattice lands here.")


def without_density(latent_dim: int) -> str:
    """Why a noise of another size than the plane's has no density here."""
    if latent_dim == 1:
        return "The noise is one number, so that all of it lands on one curve. A curve has no density in the plane."
    return (
        f"The noise has {latent_dim} numbers. This is the slice of the first two, the others are 0. Its density is not drawn: "
        "the rest of the noise lands here too."
    )


def stretched(area: float) -> str:
    """An area ratio in words."""
    if not math.isfinite(area) or area <= 0:
        return "squeezed to nothing"
    if 0.97 < area < 1.03:
        return "area kept"
    times = area if area >= 1 else 1 / area
    words = f"{times:.3g}" if times < 1000 else f"{times:,.0f}"
    return f"{'stretched' if area >= 1 else 'squeezed'} {words} times"
