"""The buttons that run a training: Train (which is also its progress), Pause, Step, Stop."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from playground.ui import icons, shortcuts, theme
from playground.ui.style import set_look

ACTIVE = ("preparing", "training", "paused")


class TrainButton(QPushButton):
    """The big button; while a run trains it fills from the left."""

    def __init__(self, accent: str) -> None:
        super().__init__()
        self._accent, self._share = accent, 0.0
        set_look(self, "primary")

    def set_share(self, share: float) -> None:
        """How much of the run is done, 0 to 1 (0 draws nothing)."""
        if abs(share - self._share) > 0.002 or not share:
            self._share = share
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        if self._share <= 0:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QPainterPath()
        box.addRoundedRect(QRectF(self.rect()), theme.RADIUS, theme.RADIUS)
        painter.setClipPath(box)
        painter.fillRect(
            QRectF(0, self.height() - 4, self.width() * self._share, 4),
            theme.colour(theme.current().accent(self._accent)),
        )


class Transport(QFrame):
    """Emits what the user wants; shows the state that it is told. ``differs``: the form asks for another run than the
    one on stage.
    """

    train = Signal()
    pause_or_resume = Signal()
    step = Signal()
    stop = Signal()

    def __init__(self, accent: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_look(self, "panel")
        self.note = QLabel()
        set_look(self.note, "pending")
        self.note.setWordWrap(True)
        self.note.hide()
        self.train_button = TrainButton(accent)
        self.pause_button, self.step_button, self.stop_button = (
            QPushButton("Pause"),
            QPushButton("Step"),
            QPushButton("Stop"),
        )
        self._state, self._differs, self._ready, self._share = "idle", False, False, 0.0
        self._resumable = False
        self._lay_out()
        self.train_button.clicked.connect(self.train)
        self.pause_button.clicked.connect(self.pause_or_resume)
        self.step_button.clicked.connect(self.step)
        self.stop_button.clicked.connect(self.stop)
        self.refresh()

    def set_ready(self, ready: bool) -> None:
        """The engine is loaded."""
        self._ready = ready
        self.refresh()

    def set_state(self, state: str, differs: bool, pending: int = 0, resumable: bool = False) -> None:
        """The state of the run on stage ("idle" without one), and how many values wait for the next Train."""
        self._state, self._differs, self._resumable = state, differs, resumable
        waiting = state in ACTIVE and pending > 0
        verb = "change takes" if pending == 1 else "changes take"
        self.note.setText(f"{pending} {verb} effect at the next Train." if waiting else "")
        self.note.setVisible(waiting)
        self.refresh()

    def set_progress(self, step: int, total: int) -> None:
        """How far the run is; called at every report, so it touches no more than it has to."""
        self._share = min(step / total, 1.0) if total else 0.0
        if self.train_button.text() != self._train_text():
            self.train_button.setText(self._train_text())
        self.train_button.set_share(self._share if self._state in ACTIVE and not self._differs else 0.0)

    def refresh(self) -> None:
        """Make the buttons say what they do now."""
        look, active = theme.current(), self._state in ACTIVE
        busy = active and not self._differs
        if self.train_button.hasFocus() and (busy or not self._ready):
            self.setFocus()  # Qt would hand the keyboard to whatever comes next, and Space would press it
        elif self.hasFocus() and self._ready and not busy:
            QTimer.singleShot(0, self.train_button, self.train_button.setFocus)  # it is lent, not lost
        self.train_button.setText(self._train_text())
        self.train_button.setEnabled(self._ready and not busy)
        self.train_button.setToolTip(shortcuts.tip("train" if active else "primary"))
        self.train_button.setIcon(
            icons.icon("play", look.on_accent, look.dim) if self._ready and not busy else icons.icon("play", look.dim)
        )
        self.train_button.set_share(self._share if busy else 0.0)
        on = self._resumable
        self.pause_button.setText("Resume" if on else "Pause")
        self.pause_button.setIcon(icons.icon("play" if on else "pause", look.text, look.outline))
        self.step_button.setIcon(icons.icon("step", look.text, look.outline))
        self.stop_button.setIcon(icons.icon("stop", look.text, look.outline))
        self.pause_button.setEnabled(self._state == "training" or on)
        self.step_button.setEnabled(self._ready and self._state in ("training", "paused"))
        self.stop_button.setEnabled(active)

    def _train_text(self) -> str:
        if not self._ready:
            return "Loading engine…"
        if self._state in ACTIVE and not self._differs:
            words = {"preparing": "Preparing…", "training": "Training", "paused": "Paused"}[self._state]
            return words if self._state == "preparing" else f"{words} · {self._share:.0%}"
        return "Train anew" if self._state != "idle" else "Train"

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_S)
        tips = {self.pause_button: "primary", self.step_button: "step", self.stop_button: "stop"}
        for button, action in tips.items():
            button.setToolTip(shortcuts.tip(action))
            button.setIconSize(QSize(14, 14))
            set_look(button, "transport")
            row.addWidget(button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_L, theme.SPACE_S, theme.SPACE_L, theme.SPACE_L)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(self.note)
        column.addWidget(self.train_button)
        column.addLayout(row)
