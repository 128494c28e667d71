"""Anatomy of a diffusion model: its error at every timestep, what guidance does, and quality against effort."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QStackedWidget, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.numbers import value_text
from playground.ui.views.bound_jobs import JobBar, left_words
from playground.ui.views.common import StageView, card
from playground.ui.views.data_plane import DataPlane
from playground.ui.widgets.controls import Segmented, spin, toolbar
from playground.ui.widgets.effort_chart import EffortChart, Measured
from playground.ui.widgets.ink import ink, label_inks
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.toggles import Toggles

SAMPLERS = {
    "ddim": "DDIM", "ddpm": "DDPM", "ddpm_large": "DDPM large variance", "ddpm_optimal": "DDPM optimal variance",
    "euler": "Euler", "heun": "Heun", "dpmpp_2m": "DPM-Solver++ 2M",
}  # fmt: skip
ERROR_TIP = (
    "Mean squared error of ε per dimension on held-out items at each timestep, ± 1 standard error. Dashed: the ideal denoiser "
    "E[ε|xₜ] on the same noised items."
)
QUALITY_TIP = (
    "How far samples are from real data, by the number of network evaluations a sample costs; bars: standard deviation over "
    "repeats from other noise. Dashed: what real data score against real data."
)
KNOWN = "No denoiser errs less on average than the ideal one, which knows the density: the gap can still be learned."
BY_HEART = (
    "Nobody knows the density of these data, so the ideal denoiser here is the one for the training items: it returns averages of "
    "them and can only reproduce them. These are held-out items, so a network may err less than it: that is generalising."
)
NO_GUIDANCE = "This model was not told any class. To compare scales, train the preset “With guidance” (class dropout > 0)."


class DenoisingView(StageView):
    """Three pages: the error is measured when first seen, quality only when asked for."""

    name = "denoising"
    title = "Anatomy"
    hint = "Where along t the network still errs beside the ideal denoiser, what guidance does, how many evaluations samples need."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.error: m.LossByTimeOf | None = None
        self.quality: m.QualityOf | None = None
        self.guided: m.GuidanceOf | None = None
        self.halted = False
        self.data = DataPlane(self)
        self.page = Segmented([
            ("error", "Error over t", "The denoising error at each timestep beside the ideal denoiser’s"),
            ("guidance", "Guidance", "Samples of one class from the same noise under several guidance scales w"),
            ("quality", "Quality by effort", QUALITY_TIP),
        ])  # fmt: skip
        self.log = Toggles([("log", "log y", "A logarithmic axis for the error")])
        self.label = spin(0, 9, 0, "The class that samples are pushed towards (Ho & Salimans 2022)", lambda _: self._ask_guidance())
        self.jobs = JobBar("Measure", "Measure this page with the weights as they are now")
        self.curve, self.effort = EffortChart("timestep t", log_x=False), EffortChart("network evaluations a sample", log_x=True)
        self.grid, self.words = PictureGrid("Guided samples appear here in a moment.", columns=8), QLabel("")
        self._build()

    def _build(self) -> None:
        self.curve.setToolTip(ERROR_TIP)
        self.effort.setToolTip(QUALITY_TIP)
        self.grid.setToolTip("A row a guidance scale w, a column the same noise: 0 ignores the class, 1 is the class as it is.")
        self.log.parts["log"].setChecked(False)
        self.effort.dark = True  # the colours of many curves are made for it
        self.words.setWordWrap(True)
        self.column.addLayout(toolbar(self.page, self.log, "Class", self.label))
        self.column.addWidget(self.jobs)
        self.column.addWidget(self.note)
        self.stack = QStackedWidget()
        for widget in (self.curve, self.grid, self.effort):
            self.stack.addWidget(widget)
        frame, inside = card(margins=theme.SPACE_S)
        inside.addWidget(self.stack, 1)
        inside.addWidget(self.words)
        self.column.addWidget(frame, 1)
        self.answers |= {"error": self._show_error, "guidance": self._show_guidance, "quality": self._show_quality}
        self.page.changed.connect(lambda _: self._turn())
        self.log.changed.connect(lambda *_: self._draw())
        self.jobs.asked.connect(self._measure)
        self.jobs.stopped.connect(self._halt)

    # ------------------------------------------------------------ context and asking
    @property
    def can_guide(self) -> bool:
        """The network was told classes; guided samples are shown as pictures."""
        config = self.context.config if self.context else None
        return not self.is_points and float(getattr(config, "class_dropout", 0.0)) > 0

    def clear(self) -> None:
        self.error = self.quality = self.guided = None
        self.halted = False
        self.grid.set_pictures(None)
        self.grid.accent = self.accent
        self.jobs.reset()
        self._draw()

    def on_event(self, event: m.Event) -> None:
        if isinstance(event, (m.Progress, m.StateChanged)):
            self.jobs.set_step(max(self.jobs.step, event.step))

    def on_data(self) -> None:
        self._draw()

    def refresh(self) -> None:
        if self.context is None:
            return
        if self.is_points:
            self.data.refresh()
        if self.error is None and not self.halted:
            self.ask("error", m.LossByTime())
        if self.page.key() == "guidance" and self.guided is None and self.can_guide and not self.halted:
            self.ask("guidance", m.Guidance(label=self.label.value()))

    def _ask_guidance(self) -> None:
        if self.can_guide:
            self.ask_now("guidance", m.Guidance(label=self.label.value()))

    def _measure(self) -> None:
        """What this page shows, afresh."""
        part = self.page.key()
        if part == "guidance" and not self.can_guide:
            return
        self.halted = False
        self.jobs.begin()
        asked = {"error": m.LossByTime(), "guidance": m.Guidance(label=self.label.value()), "quality": m.QualityBySteps()}
        self.ask_now(part, asked[part])

    def _halt(self) -> None:
        """What has arrived stays."""
        for part in ("error", "guidance", "quality"):
            self.drop(part)
        self.halted = True
        self.jobs.rest()

    def working(self, part: str, answer: m.Working) -> None:
        if part in ("error", "guidance", "quality"):
            name, _, rest = answer.what.partition(" ")
            self.jobs.show_working(replace(answer, what=f"{SAMPLERS.get(name, name)} {rest}"))

    def refused(self, part: str, answer: m.Refused) -> None:
        super().refused(part, answer)
        self.jobs.rest()

    # ------------------------------------------------------------ showing
    def _turn(self) -> None:
        """Another page."""
        self._draw()
        self.refresh()

    def _show_error(self, answer: m.LossByTimeOf) -> None:
        self.error = answer
        self._end()

    def _show_guidance(self, answer: m.GuidanceOf) -> None:
        self.guided = answer
        self._end()

    def _show_quality(self, answer: m.QualityOf) -> None:
        """One cell more."""
        self.quality = answer
        if answer.done < answer.total:
            self.jobs.progress.setValue(round(100 * answer.done / answer.total))
            self.jobs.words.setText(f"{answer.done} of {answer.total} measured{left_words(answer.seconds_left)}")
            self._draw()
        else:
            self._end()

    def _end(self) -> None:
        self.jobs.rest()
        self._draw()

    def _draw(self) -> None:
        """The page that is chosen."""
        key = self.page.key()
        self.stack.setCurrentIndex(("error", "guidance", "quality").index(key))
        self.stack.setVisible(key != "guidance" or self.can_guide)
        self.log.setVisible(key == "error")
        self.label.setVisible(key == "guidance" and self.can_guide)
        shown = {"error": self.error, "guidance": self.guided, "quality": self.quality}[key]
        self.jobs.shown = -1 if shown is None else shown.step
        self.jobs.setVisible(key != "guidance" or self.can_guide)
        if not self.jobs.running:
            self.jobs.rest()
        {"error": self._draw_error, "guidance": self._draw_guidance, "quality": self._draw_quality}[key]()

    def _draw_error(self) -> None:
        e = self.error
        self.curve.even = not self.log.parts["log"].isChecked()
        if e is None:
            self.curve.show_measured([])
            self.words.setText("The error at each timestep is being measured.")
            return
        accent = ink(self.accent)
        self.curve.show_measured([Measured(e.t, e.loss, e.loss_se, accent, band=True)], e.ideal)
        text = f"<span style='color:{accent.name()}'>●━</span> network, mean <b>{value_text(float(e.loss.mean()))}</b>"
        if e.ideal is not None:
            gap = float((e.loss - e.ideal).mean())
            text += f" · ┅ ideal denoiser, mean {value_text(float(e.ideal.mean()))} · gap <b>{value_text(gap)}</b>"
        sentence = KNOWN if self.is_points and not self.picks.no_density else BY_HEART
        self.words.setText(f"{text}, mean square of ε per dimension. {sentence if e.ideal is not None else ''}")

    def _draw_guidance(self) -> None:
        g = self.guided
        if not self.can_guide:
            self.words.setText("Guided samples are drawn for pictures only." if self.is_points else NO_GUIDANCE)
            return
        self.words.setText("Each column starts from the same noise. Larger w: more typical of the class, and more alike.")
        if g is not None:
            self.grid.columns = g.rows.shape[1]
            self.grid.row_labels = tuple(f"w = {s:g}" for s in g.scales.tolist())
            self.grid.set_pictures(g.rows.reshape(-1, *g.rows.shape[2:]))

    def _draw_quality(self) -> None:
        q = self.quality
        if q is None:
            self.effort.show_measured([])
            self.words.setText("“Measure” draws samples with every sampler and number of steps; it takes about a minute or more.")
            return
        inks, curves, signs = label_inks(), [], []
        for i, name in enumerate(q.samplers):
            known = np.isfinite(q.value[i]) & (q.value[i] > 0)
            if known.any():
                curves.append(Measured(q.nfe[i][known], q.value[i][known], q.spread[i][known], inks[i]))
            signs.append(f"<span style='color:{inks[i].name()}'>●━</span>&nbsp;{SAMPLERS.get(name, name).replace(' ', '&nbsp;')}")
        self.effort.show_measured(curves, floor=q.floor)
        unit = f", {q.unit}" if q.unit else ""
        self.words.setText(f"{q.metric}{unit} · {' '.join(signs)} · ┅ real data {value_text(q.floor)}")

    def on_theme(self) -> None:
        super().on_theme()
        self._draw()

    def minimumSizeHint(self) -> QSize:
        return QSize(560, 420)
