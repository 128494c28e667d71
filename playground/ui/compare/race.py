"""Race: how good every contestant is at every moment, and what it draws, all on one clock."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.compare.base import CompareView, Questions, real_items, some_run
from playground.ui.compare.facts import Facts, Track
from playground.ui.compare.looks import amount, colour_of, faint, pen_of
from playground.ui.compare.race_chart import Line, RaceChart
from playground.ui.compare.sample_panes import SamplePanes
from playground.ui.flow import FlowLayout
from playground.ui.numbers import duration
from playground.ui.steady_label import SteadyLabel
from playground.ui.widgets.controls import Segmented, combo, toolbar
from playground.ui.widgets.ink import ink
from playground.ui.widgets.toggles import Toggles

Array = np.ndarray
DRAW_MS = 250
POINTS, PICTURES = 500, 36
X_WORDS = {
    "seconds": ("Seconds", "Seconds of each run’s own training: turns of others do not count", "seconds of its own training"),
    "steps": ("Steps", "Optimizer steps. A step of one family is not the work of a step of another", "optimizer steps"),
    "seen": ("Items seen", "Training items that went through the model so far", "training items seen"),
}  # fmt: skip
Y_WORDS = {
    "points": ("energy distance to the data", "Energy distance (Székely & Rizzo 2013) between samples and held-out items, the same "
               "way for every family: 0 where both have one density. Lower is better. Dashed: what as many real items score."),
    "image": ("energy distance of features", "Energy distance (Székely & Rizzo 2013) between features of samples and of held-out "
              "items, the same way for every family. Lower is better. Dashed: what as many real items score."),
}  # fmt: skip


class RaceView(CompareView):
    """The chart above, the samples beneath; the border between them can be dragged."""

    name = "race"
    title = "Race"
    hint = "All contestants learn side by side: how good each is at every moment, and what it draws."

    def __init__(self, facts: Facts, questions: Questions, parent: QWidget | None = None) -> None:
        super().__init__(facts, questions, parent)
        self._dirty = True
        self.axis = Segmented([(key, words[0], words[1]) for key, words in X_WORDS.items()])
        self.axis.changed.connect(lambda _: self._draw())
        self.logs = Toggles([("x", "log x", "Even steps along the x axis are even factors"),
                             ("y", "log y", "Even steps along the y axis are even factors")])  # fmt: skip
        self.logs.parts["x"].setChecked(False)
        self.logs.changed.connect(lambda *_: self._draw())
        self.seed = combo(["newest seed"], "Whose samples are shown: the same contestants with another random seed",
                          lambda _: self._on_seed())  # fmt: skip
        self.column.addLayout(toolbar("x", self.axis, self.logs, "Samples of", self.seed))
        self.column.addWidget(self.note)
        self.chart, self.panes = RaceChart("The first curve appears a few seconds after training begins."), SamplePanes()
        self.legend_box = QWidget()
        self.legend = FlowLayout(theme.SPACE_L, 2)
        self.legend_box.setLayout(self.legend)
        self.labels: dict[str, SteadyLabel] = {}
        above = QWidget()
        self._stack(above, (self.chart, 1), (self.legend_box, 0))
        self.split = QSplitter()
        self.split.setOrientation(self.split.orientation().Vertical)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(above)
        self.split.addWidget(self.panes)
        self.split.setSizes([300, 300])
        self.column.addWidget(self.split, 1)
        self.chart.pointed.connect(lambda _: self._show_legend())
        self.answers |= {"samples": self._take_samples, "items": self._take_items}
        self._timer = QTimer(self, interval=DRAW_MS)
        self._timer.timeout.connect(self._draw_if_dirty)

    @staticmethod
    def _stack(host: QWidget, *parts: tuple[QWidget, int]) -> None:
        column = QVBoxLayout(host)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for widget, stretch in parts:
            column.addWidget(widget, stretch)

    # ------------------------------------------------------------ a comparison enters
    def enter(self) -> None:
        facts = self.facts
        if list(self.labels) != [c.key for c in facts.columns] or not facts.columns:
            self.panes.set_columns(facts.columns, facts.kind == "points")
            self._make_legend(facts.columns)
        self.seed.blockSignals(True)
        chosen = self.seed.currentIndex()
        self.seed.clear()
        self.seed.addItems(["newest seed", *(f"seed {i + 1} of {facts.seeds}" for i in range(facts.seeds))])
        self.seed.setCurrentIndex(chosen if 0 <= chosen <= facts.seeds else 0)
        self.seed.blockSignals(False)
        words, tip = Y_WORDS.get(facts.kind, Y_WORDS["points"])
        self.chart.y_label = words
        self.chart.setToolTip(tip + " Thin: one seed each; thick: the mean of those that have ended. Arrow keys read the curves.")
        self._show_panes()
        self._draw()

    def _make_legend(self, columns: Sequence[m.Column]) -> None:
        for label in self.labels.values():
            self.legend.removeWidget(label)
            label.hide()
            label.deleteLater()
        self.labels = {c.key: SteadyLabel() for c in columns}
        for column in columns:
            tip = f"{column.title}: its quality when last measured, or where you point at the curves (mean over seeds)"
            self.labels[column.key].setToolTip(tip)
            self.legend.addWidget(self.labels[column.key])

    # ------------------------------------------------------------ what is asked
    def refresh(self) -> None:
        """New samples of every run on show whose model has moved on."""
        if self.panes.real is None and (real := real_items(self.facts)) is not None:
            self.panes.set_real(real)
            self._show_panes()
        elif self.panes.real is None and (run := some_run(self.facts)):
            self.ask(run, "items", m.DataItems(n=1200 if self.facts.kind == "points" else PICTURES))
        n = POINTS if self.facts.kind == "points" else PICTURES
        for track in self._shown():
            if track.begun and track.measured is None and (track.x is None or track.x_step < track.step):
                self.ask(track.run_id, "samples", m.DrawSamples(n=n))

    def _shown(self) -> list[Track]:
        found = (self.facts.track(c.key, self.seed.currentIndex() - 1) for c in self.facts.columns)
        return [t for t in found if t is not None]

    def _on_seed(self) -> None:
        self._show_panes()
        self.refresh()

    def _take_samples(self, answer: m.Samples) -> None:
        track = self.facts.tracks.get(answer.run_id)
        if track is not None:
            track.x, track.x_step = answer.x, answer.step
            column = self.facts.column(track.column)
            if column is not None and track in self._shown():
                self._show_pane(column)

    def _take_items(self, answer: m.Items) -> None:
        self.panes.set_real(answer.x)
        self._show_panes()

    # ------------------------------------------------------------ what is shown
    def on_event(self, event: m.Event) -> None:
        if isinstance(event, m.Measured):
            self._show_panes()
        self._dirty = self._dirty or isinstance(event, (m.Monitored, m.Progress, m.StateChanged, m.Comparing))

    def _draw_if_dirty(self) -> None:
        if self._dirty and self.isVisible():
            self._draw()

    def _draw(self) -> None:
        """The curves, in the order of the columns: thin seeds beneath, thick means on top."""
        self._dirty, facts, axis = False, self.facts, self.axis.key()
        thin, thick = [], []
        for column in facts.columns:
            runs, ended = facts.runs_of(column.key), facts.ended(column.key)
            if len(runs) > 1:
                thin += [Line(*t.curve(axis), faint(column, facts.columns, 0.45 if t in ended else 0.95), thin=True) for t in runs]
            width = 2.2 * theme.current().line_px / 1.8
            thick.append(Line(*facts.mean_curve(column.key, axis), pen_of(column, facts.columns, width)))
        self.chart.x_label = X_WORDS[axis][2]
        levels = [(facts.quality_floor, "as many real items")]
        self.chart.show_lines([*thin, *thick], levels, log_x=self.logs.on("x"), log_y=self.logs.on("y"))
        self._show_legend()

    def _show_legend(self) -> None:
        """The value of every contestant: the newest, or where the mouse reads."""
        axis, at = self.axis.key(), self.chart.reading
        for column in self.facts.columns:
            x, y = self.facts.mean_curve(column.key, axis)
            value = math.nan
            if len(x):
                value = float(np.interp(at, x, y, left=np.nan, right=np.nan)) if math.isfinite(at) else float(y[-1])
            colour = colour_of(column, self.facts.columns).name()
            self.labels[column.key].setText(f'<span style="color:{colour}">━</span> {column.title} <b>{amount(value)}</b>')

    def _show_panes(self) -> None:
        self.panes.show_real(ink("data"))
        for column in self.facts.columns:
            self._show_pane(column)

    def _show_pane(self, column: m.Column) -> None:
        track = self.facts.track(column.key, self.seed.currentIndex() - 1)
        self.panes.show_column(column, self.facts.columns, track.x if track else None, self._when(track))

    def _when(self, track: Track | None) -> str:
        """How old the samples of a run are."""
        if track is None or (track.state == "waiting" and not track.begun):
            return "waits for its turn"
        if track.state == "failed":
            return f"failed at step {track.step:,.0f}"
        if track.x is None:
            return "begins"
        seconds = track.seconds_at(track.x_step)
        return f"step {track.x_step:,}, {duration(seconds)}" + (f", seed {track.seed + 1}" if self.facts.seeds > 1 else "")

    def on_theme(self) -> None:
        super().on_theme()
        self._show_legend()
        self._draw()
        self._show_panes()

    def showEvent(self, event: object) -> None:
        self._timer.start()
        self._draw_if_dirty()

    def hideEvent(self, event: object) -> None:
        """Nothing is drawn where nobody looks."""
        self._timer.stop()
