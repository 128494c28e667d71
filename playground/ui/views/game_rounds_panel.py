"""The controls of the slow motion: seven phases to jump to, back and forth, a clock that plays them, and the narration."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from playground.ui import theme
from playground.ui.flow import FlowLayout
from playground.ui.style import set_look
from playground.ui.views.export import ExportButton
from playground.ui.views.game_rounds import PHASES
from playground.ui.widgets.controls import button

TICK_MS = 40
MOVE_TICKS = 30  # of one phase in motion: 1.2 s
REST_TICKS = 75  # to read the narration, while playing: 3 s


class RoundsPanel(QWidget):
    """``wanted(i)`` asks for a phase (7 is the next round), ``moved(t)`` runs from 0 to 1 in each, ``closed`` ends it all.

    Arrow keys go back and forth while the focus is anywhere in ``owner``.
    """

    wanted = Signal(int)
    moved = Signal(float)
    closed = Signal()

    def __init__(self, owner: QWidget, export: ExportButton) -> None:
        super().__init__(owner)
        self.export = export
        self.phase, self._ticks, self.waiting = 0, MOVE_TICKS, False
        self.parts = [self._part(i) for i in range(len(PHASES))]
        self.words = QLabel("")
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.words.setMinimumHeight(2 * self.words.fontMetrics().lineSpacing() + 2)
        tip = "The phase before (left arrow). Nothing is undone: what was there is shown again."
        self.back = button("◀ Back", tip, self.previous)
        self.next = button("Next ▶", "The next phase (right arrow)", self.following)
        self.play = button("▶ Play", "Play the phases one after the other, round after round", self.toggle)
        self.where = QLabel("")
        self.where.setProperty("role", "dim")
        self.close_button = button("Leave", "Leave slow motion: back to the whole picture (Escape)", self.closed.emit)
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._playing = False
        self._lay_out()
        keys = {"Left": self.previous, "Right": self.following, "Escape": self.closed.emit}
        self.keys = [QShortcut(QKeySequence(k), owner, do) for k, do in keys.items()]
        for key in self.keys:
            key.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            key.setEnabled(False)

    def _part(self, index: int) -> QPushButton:
        part = button(PHASES[index].title, PHASES[index].help, lambda: self.wanted.emit(index), checkable=True)
        place = "first" if index == 0 else "last" if index == len(PHASES) - 1 else "middle"
        set_look(part, "segment", place=place, dense="2")
        return part

    def _lay_out(self) -> None:
        phases = FlowLayout(0, 2)
        for part in self.parts:
            phases.addWidget(part)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_S)
        for widget in (self.back, self.next, self.play, self.where):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.export)
        row.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addLayout(phases)
        column.addWidget(self.words)
        column.addLayout(row)

    # ------------------------------------------------------------ what is shown
    def begin(self) -> None:
        """Slow motion begins: the keys work, nothing is shown yet."""
        for key in self.keys:
            key.setEnabled(True)
        self.show_waiting(0, "The run comes to rest…")
        self.next.setFocus(Qt.FocusReason.OtherFocusReason)

    def end(self) -> None:
        """It is over."""
        self.pause()
        self._timer.stop()
        self.waiting = False
        for key in self.keys:
            key.setEnabled(False)

    def show_waiting(self, phase: int, words: str) -> None:
        """A turn is being played in the engine."""
        self._mark(phase)
        self.waiting = True
        self.words.setText(words)

    def show_phase(self, phase: int, words: str, where: str) -> None:
        """A phase begins to move."""
        self._mark(phase)
        self.waiting = False
        self.words.setText(words)
        self.where.setText(where)
        self._ticks = 0
        self._timer.start()
        self.moved.emit(0.0)

    def give_up(self, words: str) -> None:
        """What the phase needs cannot be had."""
        self.pause()
        self.waiting = False
        self.words.setText(words)

    def _mark(self, phase: int) -> None:
        self.phase = phase
        for i, part in enumerate(self.parts):
            part.setChecked(i == phase)
        self.back.setEnabled(phase > 0)
        self.next.setText("Next ▶" if phase < len(PHASES) - 1 else "Next round ▶")

    # ------------------------------------------------------------ back, forth and the clock
    @property
    def t(self) -> float:
        """How far the phase has moved."""
        return min(self._ticks / MOVE_TICKS, 1.0)

    @property
    def playing(self) -> bool:
        return self._playing

    @property
    def ready(self) -> bool:
        """In slow motion there is always another phase."""
        return True

    def step(self, by: int) -> None:
        """The next phase, or the one before."""
        self.following() if by > 0 else self.previous()

    def previous(self) -> None:
        if self.phase > 0 and not self.waiting:
            self.wanted.emit(self.phase - 1)

    def following(self) -> None:
        if not self.waiting:
            self.wanted.emit(self.phase + 1)

    def toggle(self) -> None:
        """Play or pause."""
        if self._playing:
            self.pause()
            return
        self._playing = True
        self.play.setText("❚❚ Pause")
        if not self._timer.isActive() and not self.waiting:
            self.following()

    def pause(self) -> None:
        """The phase that moves comes to its end, the next one waits."""
        self._playing = False
        self.play.setText("▶ Play")

    def _tick(self) -> None:
        self._ticks += 1
        if self._ticks <= MOVE_TICKS:
            self.moved.emit(self.t)
        elif not self._playing:
            self._timer.stop()
        elif self._ticks >= MOVE_TICKS + REST_TICKS:
            self._timer.stop()
            self.following()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing plays where nobody looks; what moves comes to its end."""
        self.pause()
        if self._timer.isActive():
            self._timer.stop()
            self._ticks = MOVE_TICKS
            self.moved.emit(1.0)
        super().hideEvent(event)
