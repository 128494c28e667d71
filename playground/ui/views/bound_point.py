"""log p of one item in words and numbers: by the ODE, by the bound, and as it is where the density is known."""

from __future__ import annotations

import math

from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import number
from playground.ui.widgets.figure import DASH, Figure

ODE_TIP = (
    "log p(x) along the probability-flow ODE: log p of the noise it leads to, plus the integral of the divergence on the way "
    "(Song et al. 2021, arXiv:2011.13456, section 4.3). Points: the exact divergence, ± what half as many steps change. "
    "Pictures: Hutchinson’s estimate of it, ± its standard error."
)
TRUE_TIP = "log p of the density that the data were drawn from."
DIFFERENCE_TIP = "log p(x) of the model less the true one: below 0 the model thinks too little of this point, above 0 too much."
BOUND_TIP = "−(L_T + Σ Lₜ + L₀) for this item, from random timesteps, ± their standard error (Ho et al. 2020, eq. 5)."
BITS_TIP = "−log₂ p(x) by the ODE, per dimension, with black −1 and white 1."
GAP_TIP = (
    "How many nats the bound −ELBO lies above −log p of the ODE. The bound holds for the random chain; the ODE is another "
    "model with the same network. The two agree for a perfect score only, so the gap may even be negative."
)


class Row(Figure):
    """A number in one line with its name: five of them fit beside a small plane."""

    def redraw(self) -> None:
        number, unit, error = self._parts
        self.name.hide()
        small = f"<span style='font-size:{theme.current().px(11)}px'> {error} {unit}</span>"
        self.number.setText(f"{self.name.text()}<br><b>{number or DASH}</b>{small if error or unit else ''}")


class PointNumbers(QWidget):
    """Figures beside the plane or the pictures."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.by_ode: m.LogProbOf | None = None
        self.by_bound: m.LogProbOf | None = None
        self.dims = 2
        self.where = QLabel("")
        self.where.setWordWrap(True)
        self.ode, self.bound = Row("log p(x), ODE", ODE_TIP), Row("−bound", BOUND_TIP)
        self.true, self.difference = Row("true log p(x)", TRUE_TIP), Row("model − true", DIFFERENCE_TIP)
        self.gap, self.bits = Row("gap to the bound", GAP_TIP), Row("−log p(x)", BITS_TIP)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        figures = (self.ode, self.true, self.difference, self.bound, self.gap, self.bits)
        for i, figure in enumerate(figures):
            grid.addWidget(figure, i, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addWidget(self.where)
        column.addLayout(grid)
        column.addStretch(1)

    def reset(self, points: bool, dims: int) -> None:
        """A new run, or another item: nothing known."""
        self.by_ode = self.by_bound = None
        self.dims = dims
        self.where.setText(f"Click a {'point of the plane' if points else 'picture'} to read its log p(x).")
        self.bits.setVisible(not points)
        for figure in (self.ode, self.bound, self.gap, self.bits, self.true, self.difference):
            figure.show_text("")
        for figure in (self.true, self.difference):
            figure.setVisible(points)

    def show_where(self, words: str) -> None:
        self.where.setText(words)

    def show_ode(self, answer: m.LogProbOf) -> None:
        """The first row of the answer."""
        self.by_ode = answer
        value = float(answer.log_p[0])
        self.ode.show_value(value, float(answer.error[0]), "nats")
        known = answer.true is not None
        for figure in (self.true, self.difference):
            figure.setVisible(known)
        if answer.true is not None:
            self.true.show_value(float(answer.true[0]), None, "nats")
            self.difference.show_value(value - float(answer.true[0]), float(answer.error[0]), "nats")
        self.bits.show_value(-value / math.log(2) / self.dims, None, "bits/dim")
        self._show_gap()

    def show_bound(self, answer: m.LogProbOf) -> None:
        self.by_bound = answer
        self.bound.show_value(float(answer.log_p[0]), float(answer.error[0]), "nats", 2)
        self._show_gap()

    def _show_gap(self) -> None:
        """bound − (−log p) = log p − (−bound); the errors are independent."""
        if self.by_ode is not None and self.by_bound is not None:
            gap = float(self.by_ode.log_p[0] - self.by_bound.log_p[0])
            error = math.hypot(float(self.by_ode.error[0]), float(self.by_bound.error[0]))
            self.gap.show_value(gap, error, "nats", 2)


def place_words(x: float, y: float) -> str:
    return f"At x = ({number(x)}, {number(y)})"
