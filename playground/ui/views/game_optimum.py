"""D trained to its optimum while G stands still: the climb to the exact line, how long it takes, and what to do with the result."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.flow import FlowLayout
from playground.ui.numbers import duration
from playground.ui.widgets.climb_chart import ClimbChart
from playground.ui.widgets.controls import button, combo

STEPS = (300, 1000, 3000, 10_000)


class OptimumPanel(QWidget):
    """Signals say what was clicked. ``step`` is how far the copy of D on screen was trained."""

    again = Signal()
    stopped = Signal()
    adopted = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.report: m.Optimising | None = None
        self.running = False
        self.chart = ClimbChart()
        self.words = QLabel("")
        self.words.setWordWrap(True)
        self.words.setMinimumHeight(3 * self.words.fontMetrics().lineSpacing())
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setToolTip("Steps of the copy of D so far")
        self.stop = button("Stop", "Stop training the copy of D. What it has learned so far stays on screen.", self.stopped.emit)
        tip = "Give the run this copy of D in place of its own, and go on from there"
        self.adopt = button("Put it into the run", tip, self.adopted.emit)
        self.back = button("Back", "Forget the copy and show the D of the run again", self.closed.emit)
        tip = "Updates of the copy of D, the next time that it is trained"
        self.count = combo([f"{n:,} steps" for n in STEPS], tip, lambda _: None, 1)
        self.repeat = button("Again", "Train another copy, from the D of the run, for this many steps", self.again.emit)
        buttons = FlowLayout(theme.SPACE_S, theme.SPACE_S)
        for widget in (self.stop, self.adopt, self.back, self.count, self.repeat):
            buttons.addWidget(widget)
        side = QVBoxLayout()
        side.setSpacing(theme.SPACE_S)
        side.addWidget(self.words)
        side.addWidget(self.progress)
        side.addStretch(1)
        side.addLayout(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_M)
        row.addWidget(self.chart, 3)
        row.addLayout(side, 2)

    @property
    def step(self) -> int:
        return self.report.done if self.report else 0

    @property
    def total(self) -> int:
        """Updates wanted of the next copy."""
        return STEPS[self.count.currentIndex()]

    def begin(self) -> None:
        """The request is on its way."""
        self.report, self.running = None, True
        self.chart.clear()
        self.progress.setRange(0, self.total)
        self.progress.setValue(0)
        self.words.setText("A copy of D is trained with cross-entropy, while G stands still…")
        self._show_buttons()

    def show_report(self, report: m.Optimising) -> None:
        """How far it is."""
        self.report, self.running = report, report.done < report.total
        self.chart.show_climb(report.steps, report.js_seen, report.js_seen_error, report.total, report.js)
        self.progress.setRange(0, report.total)
        self.progress.setValue(report.done)
        left = f", about {duration(report.seconds_left)} left" if self.running and math.isfinite(report.seconds_left) else ""
        self.words.setText(f"Step <b>{report.done:,}</b> of {report.total:,}{left}.<br>{self.verdict()}")
        self._show_buttons()

    def end(self, why: str) -> None:
        """No more reports will come."""
        self.running = False
        self.words.setText(f"{why}<br>{self.verdict()}")
        self._show_buttons()

    def verdict(self) -> str:
        """How much of the divergence this D sees."""
        report = self.report
        if report is None or not len(report.js_seen):
            return ""
        if report.js is None:
            return "The exact divergence is not known here, so there is no line to climb to."
        if report.js <= 3 * float(report.js_seen_error[-1]):
            return "Generated and real points can hardly be told apart: there is almost nothing to see."
        return f"It sees <b>{100 * max(float(report.js_seen[-1]), 0.0) / report.js:.0f} %</b> of the divergence."

    def _show_buttons(self) -> None:
        while_running: tuple[QWidget, ...] = (self.stop, self.progress)
        afterwards: tuple[QWidget, ...] = (self.adopt, self.back, self.count, self.repeat)
        for widget in (*while_running, *afterwards):
            widget.setVisible(self.running == (widget in while_running))
        self.adopt.setEnabled(self.report is not None)
