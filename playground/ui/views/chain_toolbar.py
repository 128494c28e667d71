"""What belongs to the reverse chain as a whole: how many, from which noise, one lane or two, what is shown, run and stop."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from playground.ui import theme
from playground.ui.flow import FlowLayout
from playground.ui.style import set_look
from playground.ui.views.chain_offers import Offers
from playground.ui.views.chain_pictures import ALWAYS, LATENT, PANES
from playground.ui.views.chain_points import AT_FIRST, LAYERS, SCORES
from playground.ui.widgets.controls import button, combo, spin, toolbar
from playground.ui.widgets.toggles import Toggles

COUNTS = {"image": (1, 4, 16, 36), "points": (50, 200, 500, 1000)}
AT_START = {"image": 2, "points": 1}
RUN_TIP = "Run the chain again from the same noise (R), with the newest weights of the model."


class ChainToolbar(QObject):
    """``changed``: another chain is wanted. ``again``: the same one. ``redrawn``: it shall look different."""

    changed = Signal()
    again = Signal()
    stopped = Signal()
    compared = Signal(bool)
    redrawn = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.kind, self.offers, self.latent = "image", Offers(), False
        tip = "How many chains run side by side, each from noise of its own"
        self.count = combo(_names("image"), tip, lambda _: self.changed.emit(), AT_START["image"])
        tip = "Seed of the noise: the same number gives the same x_T, and the same noise on the way, to both lanes"
        self.seed = spin(0, 999_999, 0, tip, lambda _: self.changed.emit())
        self.dice = button("⚄ New noise", "New noise: the next seed (N)", lambda: self.seed.setValue(self.seed.value() + 1))
        tip = "Two chains, A and B, from the same noise on one time axis: other samplers, other steps, the ideal denoiser"
        self.compare = button("Compare", tip, lambda: self.compared.emit(self.compare.isChecked()), checkable=True)
        words = {LATENT: "Latent", "mean": "Mean", "noise": "Step noise"}
        self.panes = Toggles([(part, text, PANES[part][4]) for part, text in words.items()])
        self.layers = Toggles([(key, *words) for key, words in LAYERS.items()])
        for key, part in self.panes.parts.items():
            part.setChecked(key == LATENT)
        for key, part in self.layers.parts.items():
            part.setChecked(key in AT_FIRST)
        for toggles in (self.panes, self.layers):
            toggles.changed.connect(lambda *_: self.redrawn.emit())
        self.run = button("↻ Rerun", RUN_TIP, self._run_or_stop)
        self.progress = QProgressBar()
        self.progress.setFixedWidth(90)
        self.progress.setTextVisible(False)
        self.progress.setToolTip("Steps of the chain that have been taken")
        self.progress.hide()
        self.seed.setPrefix("seed ")
        self.seed.setFixedWidth(theme.current().px(104))
        self._running = False

    def layout(self) -> FlowLayout:
        """All of it, in a line that wraps."""
        runner = QWidget()
        row = QHBoxLayout(runner)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        row.addWidget(self.run)
        row.addWidget(self.progress)
        return toolbar(self.count, self.seed, self.dice, self.compare, self.panes, self.layers, runner)

    # ------------------------------------------------------------ what is chosen
    @property
    def n(self) -> int:
        return COUNTS[self.kind][self.count.currentIndex()]

    @property
    def parts(self) -> tuple[str, ...]:
        """Which pictures are shown in large."""
        there = [part for part in PANES if part != LATENT or self.latent]
        return tuple(part for part in there if part in ALWAYS or self.panes.on(part))

    @property
    def on(self) -> frozenset[str]:
        """Which layers lie on the plane."""
        return frozenset(key for key in LAYERS if self.layers.on(key) and (self.offers.score or key not in SCORES))

    def fit(self, kind: str, offers: Offers) -> None:
        """A new run: of pictures or of points, of a family that ``offers`` so much."""
        self.offers = offers
        self.compare.setVisible(offers.any)
        if not offers.any:
            self.compare.setChecked(False)
        self.layers.show_only([key for key in LAYERS if offers.score or key not in SCORES])
        self.know_latent(False)
        if kind != self.kind:
            self.kind = kind
            with QSignalBlocker(self.count):
                self.count.clear()
                self.count.addItems(_names(kind))
                self.count.setCurrentIndex(AT_START[kind])
        self.panes.setVisible(kind == "image")
        self.layers.setVisible(kind == "points")

    def know_latent(self, there: bool) -> None:
        """Whether the chain that is shown runs in a latent space."""
        self.latent = there
        self.panes.show_only([key for key in self.panes.parts if key != LATENT or there])

    # ------------------------------------------------------------ run and stop
    def show_running(self, done: int, steps: int, seconds_left: float) -> None:
        """So many steps are taken: the button stops the chain."""
        self._running = True
        left = f" · {seconds_left:.0f} s left" if math.isfinite(seconds_left) else ""
        self.run.setText(f"■ Stop · step {done:,} of {steps:,}{left}")
        self.run.setToolTip("Stop the chain at this step; what has arrived stays (R)")
        self.progress.setRange(0, steps)
        self.progress.setValue(done)
        self.progress.show()

    def show_idle(self) -> None:
        """No chain runs."""
        if self._running:
            self._running = False
            self.progress.hide()
            self.offer(0)

    def offer(self, step: int, *, changed: bool = False) -> None:
        """The model has learned on: the chain may be run with newer weights. 0: it has not. Or its settings have ``changed``."""
        if self._running:
            return
        words = "Run with these settings" if changed else f"Run again with the weights of step {step:,}" if step else ""
        self.run.setText(f"↻ {words or 'Rerun'}")
        self.run.setToolTip(f"{words}, from the same noise (R)" if words else RUN_TIP)
        look = "go" if words else ""
        if self.run.property("look") != look:
            set_look(self.run, look)

    def _run_or_stop(self) -> None:
        (self.stopped if self._running else self.again).emit()


def _names(kind: str) -> list[str]:
    """1 chain, 4 chains ... or 50 points ..."""
    what = "point" if kind == "points" else "chain"
    return [f"{n} {what}{'s' if n > 1 else ''}" for n in COUNTS[kind]]
