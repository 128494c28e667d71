"""The line at the bottom: state, step, speed, time left; device, memory, last save. Every number with its unit."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QProgressBar, QSizePolicy, QStatusBar, QWidget

from playground.ui import theme
from playground.ui.numbers import duration, memory, rate
from playground.ui.run_status import RunStatus
from playground.ui.steady_label import SteadyLabel

TIPS = {
    "state": "What the engine does now.",
    "steps": "Optimizer steps done, and the step at which training ends by itself.",
    "quality": "How good the model was measured to be.",
    "rate": "Optimizer steps a second, over the last moments.",
    "left": "Time until training ends by itself, at this speed.",
    "device": "Where training runs. Choose it under Machine.",
    "memory": "Memory that this app uses.",
    "saved": "A run is written to disk every few seconds; at most that much can be lost.",
}
CHANGING = ("steps", "rate", "left", "memory", "saved")  # while a model trains


class RunStatusBar(QStatusBar):
    """Shows a :class:`RunStatus`; ``say`` puts other words in the place of the state, for loading and saving."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.labels = {name: SteadyLabel() if name in CHANGING else QLabel() for name in TIPS}
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(120)
        self.progress.setToolTip("How much of the run is done.")
        for name, label in self.labels.items():
            label.setToolTip(TIPS[name])
            label.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
            (self.addPermanentWidget if name in ("device", "memory", "saved") else self.addWidget)(label)
            label.setContentsMargins(theme.SPACE_S, theme.SPACE_XS, theme.SPACE_S, theme.SPACE_XS)
            if name == "state":
                self.addWidget(self.progress)
        self.setContentsMargins(theme.SPACE_S, 0, theme.SPACE_S, 0)
        self._words = self._progress_colour = ""
        self.show_status(RunStatus())

    def say(self, words: str) -> None:
        """Show these words as the state; "" shows the run's again at the next status."""
        self._words = words
        if words:
            self._show_state(words, theme.current().warning)

    def show_status(self, status: RunStatus, accent: str = "vae") -> None:
        """Show a run. Called a few times a second at most."""
        look = theme.current()
        colours = {"training": look.accent(accent), "failed": look.danger, "finished": look.good, "idle": look.dim}
        if not self._words:
            self._show_state(status.words, colours.get(status.state, look.warning))
        left = status.seconds_left
        self.progress.setVisible(status.active)
        self._colour_progress(look.accent(accent))
        self.progress.setValue(round(100 * status.share))
        texts = {
            "steps": f"<b>{status.step:,} / {status.total_steps:,}</b> steps" if status.has_model else "",
            "quality": status.quality,
            "rate": f"<b>{rate(status.steps_per_s)}</b> steps/s" if status.state == "training" and status.steps_per_s else "",
            "left": f"{duration(left)} left" if left is not None else "",
            "device": status.device
            + (f" · {status.threads} {'thread' if status.threads == 1 else 'threads'}" if status.threads else ""),
            "memory": f"{memory(status.memory_mb)} memory" if status.memory_mb else "",
            "saved": status.saved_text(),
        }
        for name, text in texts.items():
            self._set(name, text)
        self.labels["quality"].setToolTip(status.about or TIPS["quality"])

    def _colour_progress(self, colour: str) -> None:
        """In the accent of the family whose run it is."""
        if colour != self._progress_colour:
            self._progress_colour = colour
            self.progress.setStyleSheet(f"QProgressBar::chunk {{ background: {colour}; }}")

    def _show_state(self, words: str, colour: str) -> None:
        self._set("state", f'<span style="color:{colour}">●</span> {words}')

    def _set(self, name: str, text: str) -> None:
        label = self.labels[name]
        label.setText(text)
        label.setVisible(bool(text))
