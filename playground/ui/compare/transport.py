"""The buttons that run a comparison: Compare (which is also its progress), Pause, Stop, and what is being done now."""

from __future__ import annotations

import math

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import icons, shortcuts, theme
from playground.ui.numbers import duration
from playground.ui.style import set_look
from playground.ui.transport import TrainButton

ACTIVE = ("preparing", "training", "measuring", "paused")
VERBS = {"preparing": "Preparing", "training": "Training", "measuring": "Measuring", "paused": "Paused"}


class CompareTransport(QFrame):
    """Emits what the user wants; shows the state that it is told."""

    compare = Signal()
    pause_or_resume = Signal()
    stop = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_look(self, "panel")
        self.state = m.ComparisonState("", "idle")
        self._ready, self._cost = False, ""
        self.what = QLabel()
        self.what.setWordWrap(True)
        self.what.setToolTip(
            "What is being done now, and about how long all of it still takes. Training goes in turns on one clock, one run at a "
            "time; measuring takes about 12 s a run (pictures: 25 s)."
        )
        set_look(self.what, "small")
        self.button = TrainButton("compare")
        self.pause, self.stop_button = QPushButton("Pause"), QPushButton("Stop")
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_S)
        for part in (self.pause, self.stop_button):
            part.setIconSize(QSize(14, 14))
            set_look(part, "transport")
            row.addWidget(part, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_L, theme.SPACE_S, theme.SPACE_L, theme.SPACE_L)
        column.setSpacing(theme.SPACE_S)
        for item in (self.what, self.button):
            column.addWidget(item)
        column.addLayout(row)
        self.button.setToolTip("Train all contestants in turns on one clock, measure them and fill the table (Space)")
        self.pause.setToolTip("Hold everything, or go on (Space). A comparison that was broken off goes on from its last save.")
        self.stop_button.setToolTip(f"End training now and measure what is there ({shortcuts.BY_NAME['stop'].keys_text()})")
        self.button.clicked.connect(self.compare)
        self.pause.clicked.connect(self.pause_or_resume)
        self.stop_button.clicked.connect(self.stop)
        self.refresh()

    @property
    def active(self) -> bool:
        return self.state.state in ACTIVE

    def set_ready(self, ready: bool) -> None:
        """The engine is loaded."""
        self._ready = ready
        self.refresh()

    def set_cost(self, words: str) -> None:
        """How long the comparison in the form will take, in words."""
        self._cost = words
        self._tell(self.state)

    def set_state(self, state: m.ComparisonState) -> None:
        self.state = state
        self.refresh()

    def refresh(self) -> None:
        """Make the buttons say what they do now."""
        look, state = theme.current(), self.state
        share = min(state.done / state.total, 1.0) if state.total else 0.0
        words = f"{VERBS[state.state]} · {share:.0%}" if self.active else "Compare anew" if state.state != "idle" else "Compare"
        self.button.setText(words if self._ready else "Loading engine…")
        self.button.setEnabled(self._ready and not self.active)
        go = self._ready and not self.active
        self.button.setIcon(icons.icon("play", look.on_accent, look.dim) if go else icons.icon("play", look.dim))
        self.button.set_share(share if self.active else 0.0)
        paused = state.state == "paused"
        self.pause.setText("Resume" if paused else "Pause")
        self.pause.setIcon(icons.icon("play" if paused else "pause", look.text, look.outline))
        self.stop_button.setIcon(icons.icon("stop", look.text, look.outline))
        self.pause.setEnabled(self._ready and self.active)
        self.stop_button.setEnabled(self._ready and self.active)
        self._tell(state)

    def _tell(self, state: m.ComparisonState) -> None:
        left = f"{duration(state.seconds_left)} left" if self.active and math.isfinite(state.seconds_left) else ""
        said = " · ".join(part for part in (state.what, left) if part) if self.active else self._cost
        text = f"{state.sentence}<br>{said}" if state.sentence and not self.active else said
        self.what.setText(text)
        self.what.setVisible(bool(text))
