"""Beneath the maps: the turns that can be played, how arrows are drawn, and the numbers of the game in large type."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.flow import FlowLayout
from playground.ui.style import set_look
from playground.ui.views.export import ExportButton
from playground.ui.widgets.controls import button, combo, toolbar
from playground.ui.widgets.figure import Figure

LENGTHS = (0.0, 0.01, 0.1, 1.0, 10.0, 100.0)  # plane units for 1 nat per unit of x; 0 is to fit
TURNS = {
    "d": "Step D: one update of D, G stands still.",
    "g": "Step G: one update of G, D stands still.",
    "both": "Step both: one round of the game, D's updates and then one of G.",
}
JS = (
    "JS(p, q) = ½ KL(p ‖ m) + ½ KL(q ‖ m) with m = (p + q)/2, by integrating the densities p of the data and q of the generator; "
    "± the change from half the resolution. 0 is perfect, ln 2 = 0.693 nats is the most."
)
SEEN = (
    "ln 2 + V(D)/2 with V(D) = E_x[log D(x)] + E_z[log(1 − D(G(z)))], ± its standard error: what D sees of the divergence. "
    "At most the Jensen–Shannon divergence, and equal to it for D* (Goodfellow et al. 2014, theorem 1)."
)
MODES = "Modes k of K with at least one sample within 3 standard deviations, of 2,500 samples (Lin et al. 2018, PacGAN)."
QUALITY = (
    "Share of the samples within 3 standard deviations of a mode. A perfect generator scores 1 − exp(−4.5) = 98.9 %; "
    "clearly more means modes that are too narrow."
)


class GameBar(QWidget):
    """Signals say what was clicked: a turn "d", "g" or "both", and the two long views."""

    turn = Signal(str)
    optimum = Signal()
    slow_motion = Signal()
    relength = Signal(float)

    def __init__(self, export: ExportButton, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.export = export
        self.steps = {part: button(part.upper() if len(part) == 1 else part, f"{tip} A training run pauses first.",
                                   partial(self.turn.emit, part)) for part, tip in TURNS.items()}  # fmt: skip
        tip = "Train a copy of D to its optimum while G stands still: what it sees climbs to the exact Jensen–Shannon divergence"
        self.train = button("Train D to optimum", tip, self.optimum.emit)
        set_look(self.train, "go")
        tip = "Go through one round of the game phase by phase, told in words. A training run pauses first."
        self.slow = button("Slow motion", tip, self.slow_motion.emit)
        tip = "How long an arrow of 1 nat per unit of x is drawn, in units of x; the key in the picture says what a length means"
        names = ["arrows to fit", *(f"arrows × {length:g}" for length in LENGTHS[1:])]
        self.arrows = combo(names, tip, lambda i: self.relength.emit(LENGTHS[i]))
        self.js = Figure("Jensen–Shannon, exact", JS)
        self.seen = Figure("ln 2 + V(D)/2, seen by D", SEEN)
        self.modes = Figure("modes", MODES)
        self.quality = Figure("high quality", QUALITY)
        self._lay_out()
        self.reset()

    def _turns(self) -> QWidget:
        """The three steps, side by side."""
        group = QWidget()
        row = QHBoxLayout(group)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_XS)
        for part, step in self.steps.items():
            step.setAccessibleName(f"Step {part}")
            row.addWidget(step)
        return group

    def _lay_out(self) -> None:
        controls = toolbar("Step", self._turns(), self.train, self.slow, self.export)
        self.figures = FlowLayout(theme.SPACE_L, theme.SPACE_XS)
        for figure in (self.js, self.seen, self.modes, self.quality, self.arrows):
            self.figures.addWidget(figure)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addLayout(controls)
        column.addLayout(self.figures)

    def reset(self) -> None:
        """A new run: nothing is measured yet. Modes are shown once the data are known to have some."""
        for figure in (self.js, self.seen, self.modes, self.quality):
            figure.show_text("")
        self.modes.hide()
        self.quality.hide()

    def show_game(self, game: m.GameOf) -> None:
        """The two divergences."""
        self.js.show_value(game.js, game.js_error, "nats")
        self.seen.show_value(game.js_seen, game.js_seen_error, "nats")
        self.js.setEnabled(game.js is not None)

    def show_monitored(self, scalars: Mapping[str, float]) -> None:
        """How the samples spread over the modes, where the data have modes."""
        if "modes" in scalars:
            total = f" of {scalars['num_modes']:.0f}" if "num_modes" in scalars else ""
            self.modes.show_text(f"{scalars['modes']:.0f}{total}")
            self.modes.show()
        if "high_quality" in scalars:
            self.quality.show_text(f"{100 * scalars['high_quality']:.1f}", "%")
            self.quality.show()
