"""Sharpness: the power of samples and reconstructions at every spatial frequency, and what sharpness costs in pixels."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from playground.engine import FAMILIES
from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import StageView, card, number
from playground.ui.views.mode_parts import SomePictures, Stat, working_words
from playground.ui.views.spectrum_dial import Dial
from playground.ui.widgets.controls import button, combo, spin, toolbar
from playground.ui.widgets.effort_chart import Measured
from playground.ui.widgets.ink import ink
from playground.ui.widgets.spectrum_chart import SpectrumChart
from playground.ui.widgets.trail_chart import Look, TrailChart

Array = np.ndarray
COUNTS = (64, 128, 256, 512, 1024)
FEW, USUAL = 0, 2  # of them: for a family that needs many evaluations of its network for a sample, and for the others
MANY_STEPS = 8  # evaluations for a sample that make a family slow
MOST = 2000  # looks that are kept
SPECTRUM_TIP = (
    "Mean power |DFT|² of pictures in [−1, 1] by spatial frequency: coarse at the left, fine detail at the right. Blue: real "
    "pictures, with a band of two standard deviations that chance allows as many of them. A curve that falls below it is blurred, "
    "one that stays above it is noisy (radial average: van der Schaaf & van Hateren 1996)."
)
SAMPLES_TIP = (
    "Share of the power above 0.25 cycles/pixel, over that share in real pictures: 1 = as sharp as real, less = blurred, more = "
    "noisy. Real pictures score 1 within chance: the number beside it."
)
REBUILT_TIP = "The same of held-out items, encoded and decoded again."
ERROR_TIP = (
    "Root mean square difference of a held-out item and its reconstruction, per pixel; black is −1, white is 1. A blurred picture "
    "is the best guess for pixels, so sharpness costs here. With its standard error."
)
TRAIL_TIP = (
    "A point a look, the newest with a ring. Dashed: as sharp as real pictures, with the band that chance allows (± 2 standard "
    "deviations)."
)


class SomePairs(SomePictures):
    """The same for stacks (N, 2, H, W[, 3])."""

    def _choose(self) -> None:
        if self.some is None:
            self.set_pictures(None)
            return
        (h, w), ratio = self.some.shape[2:4], self.devicePixelRatioF()
        sizes = [(s * w + 4, 2 * s * h + 10) for s in (6, 4, 3, 2, 1)]
        rooms = [int(self.width() * ratio // across) * int(self.height() * ratio // down) for across, down in sizes]
        self.set_pictures(self.some[: next((n for n in rooms if n >= 8), 8)])


class SpectrumView(StageView):
    """A spectrum, a trail, and the pictures that they speak of."""

    name = "spectrum"
    title = "Sharpness"
    hint = "How much fine detail samples have, beside real pictures: blur is power that is missing at high spatial frequencies."
    kinds = ("image",)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: m.SpectrumOf | None = None
        self.looks: list[Look] = []
        tip = "How many samples are measured, against sets of as many real pictures. More of them, less chance."
        self.count = combo([f"{n:,}" for n in COUNTS], tip, lambda _: self._ask_now(), USUAL)
        self.seed = spin(0, 999_999, 0, "Seed of the noise. The same seed gives the same noise at every step.",
                         lambda _: self._ask_now())  # fmt: skip
        self.forget = button("Forget the trail", "Begin the trail of points anew", self._forget)
        self.dial = Dial()
        self.dial.turned.connect(lambda name, value: self.commands.change({name: value}))
        self.column.addLayout(toolbar("Samples", self.count, "Seed", self.seed, self.dial, self.forget))
        self.column.addWidget(self.note)
        self._build_stats()
        self._build_stage()
        self.answers["look"] = self._show

    def _build_stats(self) -> None:
        self.samples = Stat("SAMPLES", SAMPLES_TIP, None)
        self.rebuilt = Stat("RECONSTRUCTIONS", REBUILT_TIP, None)
        self.error = Stat("ERROR PER PIXEL", ERROR_TIP, None)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_S)
        for stat in (self.samples, self.rebuilt, self.error):
            row.addWidget(stat, 1)
        self.column.addLayout(row)

    def _build_stage(self) -> None:
        self.chart, self.trail = SpectrumChart(), TrailChart()
        self.grid, self.pairs = SomePictures("Samples appear here in a moment.", surface="card"), SomePairs(surface="card")
        self.pairs.setToolTip("Above: held-out items. Beneath each: what its code gives back.")
        self.grid.setToolTip("Some of the samples that were measured.")
        left, right, both = QVBoxLayout(), QVBoxLayout(), QHBoxLayout()
        self.signs, chart = _framed("POWER SPECTRUM", SPECTRUM_TIP, self.chart, signs=True)
        self.trail_words, trail = _framed("THE WAY SO FAR", TRAIL_TIP, self.trail, signs=True)
        _, grid = _framed("SAMPLES", "", self.grid)
        _, self.pairs_card = _framed("RECONSTRUCTIONS", "", self.pairs)
        for column, parts in ((left, ((chart, 3), (trail, 2))), (right, ((grid, 1), (self.pairs_card, 1)))):
            column.setSpacing(theme.SPACE_S)
            for widget, share in parts:
                column.addWidget(widget, share)
        both.setSpacing(theme.SPACE_S)
        both.addLayout(left, 3)
        both.addLayout(right, 2)
        self.column.addLayout(both, 1)

    # ------------------------------------------------------------ context and asking
    def clear(self) -> None:
        self.shown, self.looks = None, []
        self.trail.role = self.grid.accent = self.pairs.accent = self.accent
        self.dial.reset()
        for stat in (self.samples, self.rebuilt, self.error):
            stat.show_number("–", "", "")
        for grid in (self.grid, self.pairs):
            grid.show_some(None)
        slow = self.context is not None and getattr(self.context.config, "num_steps", 1) > MANY_STEPS
        self.count.blockSignals(True)
        self.count.setCurrentIndex(FEW if slow else USUAL)
        self.count.blockSignals(False)
        encoder = self.context is None or (FAMILIES[self.context.family].encoder and not slow)
        for widget in (self.pairs_card, self.rebuilt, self.error):
            widget.setVisible(encoder)
        self._draw()

    def _request(self) -> m.Spectrum:
        return m.Spectrum(n=COUNTS[self.count.currentIndex()], seed=self.seed.value())

    def refresh(self) -> None:
        self.ask("look", self._request())

    def _ask_now(self) -> None:
        self.ask_now("look", self._request())

    def working(self, part: str, answer: m.Working) -> None:
        """The first look may take a while; later ones come by themselves."""
        if self.shown is None:
            self.grid.placeholder = working_words(answer)
            self.grid.update()

    def _forget(self) -> None:
        self.looks = self.looks[-1:]
        self._draw()

    # ------------------------------------------------------------ showing
    def _show(self, answer: m.SpectrumOf) -> None:
        if self.shown is None:
            self._next.pop("look", None)  # the first look was at real pictures too: the next one is cheap
        self.shown = answer
        self.dial.follow(answer, self.context.config if self.context else None)
        paid = math.isfinite(answer.rmse)
        self.looks.append(Look(answer.rmse if paid else float(answer.step), answer.sharpness, answer.dial_value))
        self.looks = self.looks[-MOST:]
        for widget in (self.pairs_card, self.rebuilt, self.error):
            widget.setVisible(paid)
        self.grid.show_some(answer.x)
        if answer.items is not None and answer.x_rebuilt is not None:
            self.pairs.show_some(np.stack([answer.items, answer.x_rebuilt], 1))
        self._tell(answer)
        self._draw()

    def _tell(self, a: m.SpectrumOf) -> None:
        """The numbers, each with what chance does to it."""
        real = f"Real: {number(a.floor)} ± {number(a.floor_sd)}. {a.n:,} at step {a.step:,}."
        self.samples.show_number(number(a.sharpness), "× real", f"{verdict(a.sharpness, a.floor_sd)} {real}")
        if math.isfinite(a.rmse):
            words = verdict(a.sharpness_rebuilt, a.floor_sd)
            self.rebuilt.show_number(number(a.sharpness_rebuilt), "× real", f"{words} {real}")
            self.error.show_number(number(a.rmse, 3), f"± {number(a.rmse_se, 3)}", "Black is −1, white is 1; root mean square.")

    def _draw(self) -> None:
        """Curves and trail."""
        a, accent, back = self.shown, ink(self.accent), ink("monitor")
        floor, sd = (a.floor, a.floor_sd) if a else (math.nan, math.nan)
        self.trail.what_y, self.trail.symbol = "sharpness", self.dial.symbol
        paid = a is not None and math.isfinite(a.rmse)
        self.trail.what_x = "error per pixel, root mean square" if paid else "training step"
        self.trail_words.setText("sharpness over pixel error" if paid else "sharpness over training")
        self.trail.show_looks(self.looks, floor, sd)
        signs = [("data", "real"), (self.accent, "samples")] + ([("monitor", "reconstructions")] if paid else [])
        self.signs.setText(" ".join(f"<span style='color:{ink(role).name()}'>●</span>&nbsp;{text}" for role, text in signs))
        if a is None:
            self.chart.show_measured([])
            return
        f = a.frequency[1:]
        none = np.zeros(len(f))
        real = Measured(f, a.real[1:], 2 * a.real_sd[1:], ink("data"), band=True)
        curves = [real, Measured(f, a.model[1:], none, accent, band=True)]
        if a.rebuilt is not None:
            curves.insert(1, Measured(f, a.rebuilt[1:], none, back, band=True))
        self.chart.show_measured(curves)

    def on_theme(self) -> None:
        super().on_theme()
        self._draw()

    def minimumSizeHint(self) -> QSize:
        return QSize(560, 420)


def verdict(ratio: float, sd: float) -> str:
    """What a sharpness ratio means, where chance alone gives 1 ± ``sd``."""
    if abs(ratio - 1) <= 2 * sd:
        return "As sharp as real, within chance."
    return "Blurred." if ratio < 1 else "More fine detail than real: noisy."


def _framed(text: str, tip: str, widget: QWidget, signs: bool = False) -> tuple[QLabel, QWidget]:
    """A card with a heading and beneath it a few words on signs (hidden without); returns their label and the card."""
    frame, inside = card(margins=theme.SPACE_S)
    inside.setSpacing(theme.SPACE_XS)
    title, words = QLabel(text), QLabel("")
    title.setProperty("look", "heading")
    words.setProperty("look", "small")
    for part in (title, words):
        part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        inside.addWidget(part)
    words.setVisible(signs)
    inside.addWidget(widget, 1)
    if tip:
        title.setToolTip(tip)
        widget.setToolTip(tip)
    return words, frame
