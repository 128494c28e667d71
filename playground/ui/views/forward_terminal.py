"""How much of x_0 is still in x_T: the gauge of the noise that sampling starts from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.numbers import value_text
from playground.ui.views.forward_schedules import percent
from playground.ui.widgets.gauge import Gauge

TOO_MUCH, TRACE = 0.05, 0.02  # of the amplitude of x_0
TIP = (
    "Sampling starts from pure noise N(0, I), so x_T should be nothing else. √ᾱ_T is the share of x₀’s amplitude left in it; "
    "KL(q(x_T|x₀) ‖ N(0, I)) the difference from pure noise for this item, in nats per dimension (L_T of Ho et al. 2020). "
    "A chain whose x_T still holds signal starts from what it was never trained on (Lin et al. 2024, arXiv:2305.08891)."
)


@dataclass(frozen=True)
class Ending:
    """What a run's x_T is like for one item."""

    signal: float  # sqrt(alpha_bar_T)
    kl: float  # nats per dimension
    dims: int
    flow: bool  # straight lines: the number of timesteps alone decides

    @classmethod
    def of(cls, answer: m.Diffused, flow: bool) -> Ending:
        return cls(float(answer.alpha_bar[-1]) ** 0.5, answer.terminal_kl, int(np.prod(answer.x0.shape[1:])), flow)

    @property
    def role(self) -> str:
        """The theme's colour of the verdict."""
        return "good" if self.signal <= TRACE else "warning" if self.signal <= TOO_MUCH else "danger"

    def verdict(self) -> str:
        if self.signal <= TRACE:
            return "x<sub>T</sub> is as good as pure noise"
        what = "Raise the timesteps T" + ("" if self.flow else ", or choose the cosine schedule")
        if self.signal <= TOO_MUCH:
            return f"x<sub>T</sub> holds a trace of x₀. {what}"
        return f"x<sub>T</sub> still holds signal, but sampling starts from pure noise. {what}"


class TerminalGauge(QWidget):
    """Verdict, numbers and a gauge in one line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ending: Ending | None = None
        self.words, self.gauge = QLabel(""), Gauge(1e-6, 1.0, log=True, unit=" nats")
        self.gauge.ticks = (1e-6, 1e-3, 1.0)
        self.gauge.setMinimumWidth(170)
        self.gauge.setMaximumWidth(300)
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_M)
        row.addWidget(self.words, 1)
        row.addWidget(self.gauge)
        for widget in (self, self.words, self.gauge):
            widget.setToolTip(TIP)

    def reset(self, accent: str) -> None:
        self.gauge.role = accent
        self.ending = None
        self.redraw()

    def show_ending(self, ending: Ending) -> None:
        if ending != self.ending:
            self.ending = ending
            self.redraw()

    def redraw(self) -> None:
        """In the theme's colours."""
        e = self.ending
        self.words.setMinimumHeight(2 * self.words.fontMetrics().lineSpacing() + 4)
        self.gauge.show_value(None if e is None else e.kl, None)
        if e is None:
            self.words.setText("")
            return
        colour = getattr(theme.current(), e.role)
        nats = f"{value_text(e.kl)} nats per dimension, {value_text(e.kl * e.dims)} in all {e.dims:,}"
        self.words.setText(
            f"<span style='color:{colour}; font-weight:600'>{e.verdict()}.</span> √ᾱ<sub>T</sub> = <b>{percent(e.signal)}</b> of "
            f"the signal is left. This item’s KL to N(0, I): {nats}."
        )
