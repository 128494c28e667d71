"""The forward process: how an item drowns in noise, by one jump and by single steps, and what the schedule has to do with it."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.playing import Player
from playground.ui.views.anatomy import heading
from playground.ui.views.common import StageView, card, number
from playground.ui.views.data_plane import DataPlane
from playground.ui.views.export import ExportButton, Material
from playground.ui.views.forward_items import ForwardItems, clean
from playground.ui.views.forward_schedules import ScheduleCharts
from playground.ui.views.forward_terminal import Ending, TerminalGauge
from playground.ui.views.time_film import FILM_TIP, Reel, film_of_widget
from playground.ui.widgets.controls import Segmented, button, spin, toolbar
from playground.ui.widgets.noise_histogram import NoiseHistogram
from playground.ui.widgets.time_bar import TimeBar

Array = np.ndarray
DRAWS = {"image": 16, "points": 800}
ROOMY = 850  # px: a narrower stage has no room for the speed of playing
CHARTS = 0.33  # of the height, at most, is for histogram and schedules
TALL = 520  # px: a lower stage, or large type, has no room for means and spreads
FORMULA_TIP = (
    "q(xₜ|x₀) = N(√ᾱₜ x₀, (1 − ᾱₜ) I), with ᾱₜ the product of all α up to t (Ho et al. 2020, eq. 4). "
    "SNR = ᾱₜ / (1 − ᾱₜ); 0 dB is as much noise as signal."
)
HISTOGRAM_TIP = {
    "image": "All pixels of many draws of xₜ for this item, −1 black, 1 white: bars by the jump, outline by single steps. "
    "Dashed: N(0, 1), where they end.",
    "points": "Both coordinates of many draws of xₜ for this item, in standard deviations of the data from their mean: "
    "bars by the jump, outline by single steps. Dashed: N(0, 1), where they end.",
}


class ForwardView(StageView):
    """One slider for t; everything else is shown at that t. No network is involved."""

    name = "forward"
    title = "Forward"
    hint = "Drown an item in noise step by step: one jump or a thousand small steps give the same, and the schedule says how fast."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: m.Diffused | None = None
        self.flow = False  # straight lines from data to noise
        self._of: m.Diffuse | None = None  # what ``shown`` answers, as far as is known
        self.data = DataPlane(self)
        self.answers["noised"] = self._show
        self.items, self.bar, self.charts, self.terminal = ForwardItems(), TimeBar(), ScheduleCharts(), TerminalGauge()
        self.histogram, self.formula, self.moments = NoiseHistogram(), QLabel(""), QLabel("")
        self.reel: Reel[m.Diffused] = Reel()
        self.export = ExportButton(self._material, "forward")
        self._build_toolbar()
        self._build_stage()
        self.bar.frame_changed.connect(self._move)
        self.charts.pointed.connect(self.bar.go)
        self.export.button.setToolTip(f"{self.export.button.toolTip()} {FILM_TIP}")
        self.export.finished.connect(self.say)

    def _build_toolbar(self) -> None:
        self.item = spin(0, 9_999, 0, "Which item is drowned; beyond the last one it starts over", lambda _: self._ask_now())
        self.next = button("Next item", "The next item of the same kind", lambda: self.item.setValue(self.item.value() + 1))
        self.split = Segmented([
            ("test", "Held out", "Items that the model is never trained on"),
            ("train", "Training", "Items that the model is trained on"),
        ])  # fmt: skip
        self.split.changed.connect(lambda _: self._ask_now())
        self.seed = spin(0, 999_999, 0, "Which noise: the same number draws the same noise again", lambda _: self._ask_now())
        self.dice = button("⚄ Other noise", "The next number: fresh draws", lambda: self.seed.setValue(self.seed.value() + 1))
        self.column.addLayout(toolbar("Item", self.item, self.next, self.split, "Seed", self.seed, self.dice))
        self.column.addWidget(self.note)

    def _build_stage(self) -> None:
        foot = QHBoxLayout()
        foot.addWidget(self.bar, 1)
        foot.addWidget(self.export)
        self.formula.setToolTip(FORMULA_TIP)
        self.moments.setProperty("look", "small")
        self.moments.setToolTip("Over all numbers of all draws: in theory, and as measured on both kinds of draws.")
        for label in (self.formula, self.moments):
            label.setWordWrap(True)
        self.left, bars = card(margins=theme.SPACE_S)
        self.histogram_title = heading("NUMBERS OF xₜ")
        bars.addWidget(self.histogram_title)
        bars.addWidget(self.histogram, 1)
        self.right, curves = card(margins=theme.SPACE_S)
        curves.addWidget(self.charts, 1)
        self.below = QHBoxLayout()
        self.below.setSpacing(theme.SPACE_S)
        self.below.addWidget(self.left, 2)
        self.below.addWidget(self.right, 4)
        end, ending = card(margins=theme.SPACE_S)
        ending.addWidget(self.terminal)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.formula)
        words.addWidget(self.moments)
        self.column.addWidget(self.items, 1)
        self.column.addLayout(foot)
        self.column.addLayout(words)
        self.column.addLayout(self.below, 1)
        self.column.addWidget(end)

    # ------------------------------------------------------------ context and asking
    def clear(self) -> None:
        self.shown = self._of = None
        self.reel.clear()
        self.bar.stop()
        config = self.context.config if self.context else None
        timesteps = int(getattr(config, "num_timesteps", 0))
        self.flow = getattr(config, "objective", "") == "flow"
        self.items.reset(self.is_points)
        self.charts.reset("flow" if self.flow else str(getattr(config, "schedule", "")), timesteps, self.accent)
        self.terminal.reset(self.accent)
        self.histogram.clear()
        tip = HISTOGRAM_TIP["points" if self.is_points else "image"]
        for widget in (self.histogram, self.histogram_title):
            widget.setToolTip(tip)
        self.formula.setText("")
        self.moments.setText("")
        self.bar.set_timesteps(timesteps)
        self.charts.set_t(self.bar.t)

    def _request(self) -> m.Diffuse:
        draws = DRAWS["points" if self.is_points else "image"]
        return m.Diffuse(t=self.bar.t, index=self.item.value(), split=self.split.key(), draws=draws, seed=self.seed.value())

    def refresh(self) -> None:
        """Noise does not depend on what the network has learned: ask only for what is not on screen."""
        if self.context is None:
            return
        if self.is_points:
            self.data.refresh()
        if self.shown is None or self._of != self._request() or self.shown.t != self.bar.t:
            self._of = self._request()
            self.ask("noised", self._of)

    def _ask_now(self) -> None:
        if self.context is not None:
            self._of = self._request()
            self.ask_now("noised", self._of)

    def _move(self, t: int) -> None:
        """The slider moves: the picture follows as fast as answers come."""
        self.charts.set_t(t)
        if self.context is not None and self.isVisible():
            self._of = self._request()
            self.ask_along("noised", self._of)

    def on_data(self) -> None:
        self._draw()

    # ------------------------------------------------------------ showing
    def _show(self, answer: m.Diffused) -> None:
        self.shown = answer
        self.reel.put((self.item.value(), self.split.key(), self.seed.value()), answer.t, answer)
        self.histogram.show_both(answer.values_jump, answer.values_walk)
        self.charts.show_own(answer)
        self.terminal.show_ending(Ending.of(answer, self.flow))
        self._draw()
        self._tell(answer)

    def _draw(self) -> None:
        if self.shown is not None:
            self._show_items(self.shown)

    def _show_items(self, answer: m.Diffused) -> None:
        self.items.show_answer(answer, self.data.layers() if self.is_points else [])

    def _tell(self, answer: m.Diffused) -> None:
        """The formula with this t's numbers; mean and spread in theory and as drawn."""
        a = float(answer.alpha_bar[answer.t])
        snr = float(answer.snr[answer.t])
        decibels = round(10 * math.log10(snr), 1) + 0.0  # never −0.0
        signal = f"<b><span style='color:{theme.current().role('data')}'>{a**0.5:.4f}</span></b>"
        self.formula.setText(
            f"x<sub>t</sub> = √ᾱ<sub>t</sub> x₀ + √(1 − ᾱ<sub>t</sub>) ε = {signal} x₀ + <b>{(1 - a) ** 0.5:.4f}</b> ε "
            f"&nbsp; at t = {answer.t:,}, SNR {snr:.3g} ({number(decibels, 1)} dB)"
        )
        x0 = clean(answer, self.is_points)
        theory = a**0.5 * float(x0.mean()), (a * float(x0.var()) + 1 - a) ** 0.5
        drawn = [(float(v.mean()), float(v.std())) for v in (answer.values_jump, answer.values_walk)]
        mean, std = (" · ".join(number(v[i], 3) for v in (theory, *drawn)) for i in (0, 1))
        self.moments.setText(f"Mean of xₜ in theory, by the jump, by the steps: {mean}. Standard deviation: {std}.")

    # ------------------------------------------------------------ the rest
    def _material(self) -> Material | None:
        if self.shown is None or self.context is None:
            return None
        return film_of_widget(self.items, self.reel.frames(), self._show_items, self.shown, self.bar.fps, self.context.recipe)

    def _arrange(self) -> None:
        """What a small stage leaves out, and how high the charts are."""
        self.bar.speed.setVisible(self.width() >= ROOMY)
        self.moments.setVisible(self.height() >= theme.current().px(TALL))
        for frame in (self.left, self.right):
            frame.setMaximumHeight(max(int(CHARTS * self.height()), frame.minimumSizeHint().height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
        super().resizeEvent(event)
        self._draw()

    def player(self) -> Player | None:
        return self.bar

    def on_theme(self) -> None:
        super().on_theme()
        self._arrange()
        self._draw()
        if self.shown is not None:
            self._tell(self.shown)

    def minimumSizeHint(self) -> QSize:
        return QSize(560, 480)
