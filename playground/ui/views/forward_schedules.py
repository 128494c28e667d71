"""All schedules for this T on two charts, alpha_bar and the signal-to-noise ratio, the recipe's own emphasised."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.engine import schedules
from playground.ui import theme
from playground.ui.views.anatomy import heading
from playground.ui.widgets.ink import ink, label_inks
from playground.ui.widgets.log_chart import Curve, LinearChart, LogChart

Array = np.ndarray
INKS = (1, 2, 3, 4, 7)  # label colours, unlike the blue of data and the violet of the model
MOST, LEAST = 1e5, 1e-7  # of the signal-to-noise ratio; what lies beyond is not drawn, so that the middle stays readable
BAR_TIP = "ᾱₜ, the share of x₀’s variance that is left in xₜ, from 1 (clean) to 0 (noise). Click to go to a t."
SNR_TIP = (
    "Signal-to-noise ratio ᾱₜ / (1 − ᾱₜ), on a logarithmic axis: 1 is as much noise as signal, 0 dB. "
    "Where it falls evenly, every t has as much to learn (Kingma et al. 2021, arXiv:2107.00630). Click to go to a t."
)
LEGEND_TIP = "Each schedule with √ᾱ_T, the share of x₀’s amplitude that it leaves at the last timestep, for this recipe’s T."

make_schedule = lru_cache(maxsize=64)(schedules.make_schedule)


def percent(share: float) -> str:
    """14 %, 1.25 %, 0.0049 %, under 0.001 %."""
    value = 100 * share
    if value < 0.001:
        return "under 0.001 %" if value > 0 else "0 %"
    return f"{value:.0f} %" if value >= 10 else f"{value:.2f} %" if value >= 1 else f"{value:.2g} %"


def unscaled(timesteps: int) -> float:
    """The share of x_0's amplitude left after so many steps with the betas of T = 1000 as they are (Ho et al. 2020, section 4)."""
    return float(np.prod(1 - np.linspace(*schedules.LINEAR, timesteps)) ** 0.5)


def _inside(snr: Array, colour: QColor, width: float) -> Curve:
    """The curve as far as it lies on the chart."""
    at = np.flatnonzero((snr >= LEAST) & (snr <= MOST))
    return Curve(snr[at], colour, width, at=at)


class ScheduleCharts(QWidget):
    """``pointed(t)`` when the mouse asks for a timestep."""

    pointed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.timesteps, self.accent = "", 0, "diffusion"
        self.own: m.Diffused | None = None
        self.legend = QLabel("")
        self.legend.setProperty("look", "small")
        self.legend.setWordWrap(True)
        self.alpha_bar, self.snr = LinearChart(1.0, "timestep t"), LogChart("timestep t")
        charts = QHBoxLayout()
        charts.setSpacing(theme.SPACE_S)
        words = (("ᾱ, SIGNAL LEFT", BAR_TIP, self.alpha_bar), ("SNR = ᾱ / (1 − ᾱ)", SNR_TIP, self.snr))
        for text, tip, chart in words:
            chart.setToolTip(tip)
            chart.setAccessibleName(text)
            chart.pointed.connect(self.pointed)
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(heading(text, tip))
            column.addWidget(chart, 1)
            charts.addLayout(column, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addWidget(self.legend)
        column.addLayout(charts, 1)

    # ------------------------------------------------------------ contents
    def reset(self, name: str, timesteps: int, accent: str) -> None:
        """A new run with this schedule; no timesteps: none."""
        self.name, self.timesteps, self.accent, self.own = name, timesteps, accent, None
        self.redraw()

    def show_own(self, answer: m.Diffused) -> None:
        """The schedule as the run has it."""
        if self.own is None:
            self.own = answer
            self.redraw()

    def set_t(self, t: int) -> None:
        self.alpha_bar.set_cursor(t)
        self.snr.set_cursor(t)

    def redraw(self) -> None:
        """Curves and legend afresh."""
        inks = self.colours()
        order = sorted(inks, key=lambda name: name == self.name)  # the recipe's on top
        curves = {name: self._values(name) for name in order} if self.timesteps else {}
        wide, thin = theme.current().line_px + 1.2, theme.current().line_px - 0.4
        drawn = {n: (inks[n], wide if n == self.name else thin) for n in curves}
        self.alpha_bar.show_curves([Curve(curves[n][0], *look) for n, look in drawn.items()])
        self.snr.show_curves([_inside(curves[n][1], *look) for n, look in drawn.items()])
        for chart in (self.alpha_bar, self.snr):
            chart.span = max(self.timesteps - 1, 1)
        left = percent(unscaled(self.timesteps))
        told = f" “linear” is rescaled by 1000 / T; its betas for T = 1000 as they are would leave {left}."
        self.legend.setToolTip(LEGEND_TIP + (told if self.timesteps not in (0, 1000) else ""))
        self.legend.setText(" &nbsp; ".join(self._entry(name) for name in inks) if curves else "")

    def colours(self) -> dict[str, QColor]:
        """Of each schedule on the dark charts: the model's accent for the recipe's own."""
        found = {name: label_inks()[INKS[i % len(INKS)]] for i, name in enumerate(schedules.SCHEDULES)}
        return {**found, self.name: ink(self.accent, dark=True)} if self.name else found

    def _values(self, name: str) -> tuple[Array, Array]:
        """alpha_bar and SNR over t (T,)."""
        if name == self.name and self.own is not None:
            alpha_bar, snr = self.own.alpha_bar, self.own.snr
        else:
            made = make_schedule(name, self.timesteps)
            alpha_bar, snr = made.alpha_bar, made.snr
        return alpha_bar, snr

    def _entry(self, name: str) -> str:
        """A line in the curve's colour, its name, and what it leaves of the signal."""
        left = percent(float(self._values(name)[0][-1]) ** 0.5)
        mark = f"<span style='color:{self.colours()[name].name()}; font-weight:700'>━</span>"
        return f"{mark}&nbsp;<b>{name}</b>&nbsp;{left.replace(' ', '&nbsp;')}" if name == self.name else \
            f"{mark}&nbsp;{name}&nbsp;{left.replace(' ', '&nbsp;')}"  # fmt: skip

    def minimumSizeHint(self) -> QSize:
        return QSize(300, 120)
