"""The bar of a long measurement: a button that starts it again, how far it is with the time left, and a way to stop it."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.numbers import duration
from playground.ui.widgets.controls import button


def left_words(seconds: float) -> str:
    """", 12 s left", or nothing while nobody knows."""
    return f", {duration(seconds)} left" if math.isfinite(seconds) else ""


class JobBar(QWidget):
    """``asked`` and ``stopped`` by the user. ``verb`` names the work ("Measure"); the numbers on screen are of step ``shown``."""

    asked = Signal()
    stopped = Signal()

    def __init__(self, verb: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.verb, self.step, self.shown = verb, 0, -1
        self.running = False
        self.start = button(verb, tip, self.asked.emit)
        self.stop = button("■ Stop", "End this measurement; what is on screen stays", self.stopped.emit)
        self.progress, self.words = QProgressBar(), QLabel("")
        self.progress.setRange(0, 100)
        self.progress.setFixedWidth(90)
        self.progress.setTextVisible(False)
        self.progress.setToolTip("How much of the work is done")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        for widget in (self.start, self.progress, self.stop):
            row.addWidget(widget)
        row.addWidget(self.words, 1)
        self.reset()

    def reset(self) -> None:
        """A new run: nothing is measured yet."""
        self.step, self.shown = 0, -1
        self.rest()

    def set_step(self, step: int) -> None:
        """Training has reached ``step``."""
        if step != self.step:
            self.step = step
            if not self.running:
                self._tell()

    def begin(self) -> None:
        """Asked for; the engine will get to it."""
        self.running = True
        self.progress.setValue(0)
        self.words.setText("Waiting for the engine …")
        self._arrange()

    def show_working(self, answer: m.Working) -> None:
        """So much of one part is done."""
        self.running = True
        percent = round(100 * answer.done / max(answer.total, 1))
        self.progress.setValue(percent)
        self.words.setText(f"{answer.what}: {percent} %{left_words(answer.seconds_left)}")
        self._arrange()

    def rest(self, shown: int | None = None) -> None:
        """Nothing is under way; the numbers on screen are of step ``shown``, if there are any."""
        self.running = False
        self.shown = self.shown if shown is None else shown
        self.step = max(self.step, self.shown)
        self._arrange()
        self._tell()

    def _arrange(self) -> None:
        for widget in (self.progress, self.stop):
            widget.setVisible(self.running)
        self.start.setVisible(not self.running)

    def _tell(self) -> None:
        measured = self.shown >= 0
        newer = self.step > self.shown
        self.start.setText(f"{self.verb} again at step {self.step:,}" if measured and newer else self.verb)
        self.start.setEnabled(newer or not measured)
        self.words.setText(f"Measured at step <b>{self.shown:,}</b>." if measured else "")
