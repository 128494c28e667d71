"""A player of something that is still arriving: to its ends, step by step, to a typed frame, at many speeds, as a loop."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from playground.ui import theme
from playground.ui.style import set_look
from playground.ui.widgets.controls import button, spin
from playground.ui.widgets.play_bar import PlayBar

FASTEST_MS = 16  # a tick; faster films skip frames
ROOM = 1000  # frames: there is no room for the number of more
REST_S = 1.2  # a loop stands still on its last frame


class StepBar(PlayBar):
    """Frames 0 .. total - 1, of which ``arrived`` can be shown. ``touched`` tells that a person, not the clock, moved it.

    Play runs to the end and waits on the way for what has not arrived; at the end it stops, or starts over (Loop).
    """

    touched = Signal()
    speeds = (2.0, 6.0, 12.0, 24.0, 60.0, 240.0)
    pause = "❚❚ Pause"
    word, word_tip = "▶ Play", "Play the {what} from here, or from the start if it stands at the end (K). Pressed again, it pauses."

    def __init__(self, *, what: str = "chain", parent: QWidget | None = None) -> None:
        self.arrived = -1
        self._by_clock = False
        self._resting = 0
        self.row = QHBoxLayout()
        super().__init__(what=what, bounce=False, parent=parent)
        self.speed.setCurrentIndex(self.speeds.index(12.0))
        for i, speed in enumerate(self.speeds):
            self.speed.setItemText(i, f"{speed:g} fps")
        self.speed.setToolTip("Speed of playing, and of exported films, in frames per second")

    def _lay_out(self) -> None:
        steps: list[tuple[str, str, str, Callable[[], object]]] = [
            ("|◀", "First frame", "To the first frame, pure noise (Home)", lambda: self.go(0)),
            ("◀", "Frame back", "One frame back (left arrow, or J)", lambda: self.go(self.frame - 1)),
            ("▶", "Frame on", "One frame on (right arrow, or L)", lambda: self.go(self.frame + 1)),
            ("▶|", "Last frame", "To the last frame, or as far as it has come (End)", lambda: self.go(self.arrived - 1)),
        ]  # fmt: skip
        self.steps = [self._step_button(*step) for step in steps]
        self.at = spin(0, 0, 0, "The frame on screen: type a number to jump there. 0 is pure noise.", self.go)
        self.loop = button("Loop", "Play again from the start when the end is reached", lambda: None, checkable=True)
        set_look(self.play, "go")
        self.play.setMinimumWidth(theme.current().px(80))
        self.at.setFixedWidth(self.at.fontMetrics().horizontalAdvance("888 / 888") + theme.current().px(34))
        for widget in (*self.steps[:2], self.play, *self.steps[2:], self.at):
            self.row.addWidget(widget)
        self.row.addStretch(1)
        self.row.addWidget(self.loop)
        self.row.addWidget(self.speed)
        self.row.setSpacing(theme.SPACE_XS)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        above = QHBoxLayout()
        above.setSpacing(theme.SPACE_M)
        above.addWidget(self.slider, 1)
        above.addWidget(self.where)
        column.addLayout(above)
        column.addLayout(self.row)
        self.slider.setToolTip("The chain from noise (left) to data (right). Arrow keys move it frame by frame.")

    def _step_button(self, text: str, name: str, tip: str, clicked: Callable[[], object]) -> QPushButton:
        made = button(text, tip, clicked)
        set_look(made, "transport")
        made.setFixedWidth(theme.current().px(30))
        made.setAccessibleName(name)
        return made

    # ------------------------------------------------------------ what there is
    @property
    def total(self) -> int:
        return self.slider.maximum() + 1

    @property
    def at_end(self) -> bool:
        return self.frame >= self.slider.maximum()

    def set_frames(self, total: int, arrived: int) -> None:
        """How many frames there will be, and how many can be shown by now. The place stays."""
        if total - 1 != self.slider.maximum():
            with QSignalBlocker(self.slider), QSignalBlocker(self.at):
                self.slider.setRange(0, max(total - 1, 0))
                self.slider.setPageStep(max(total // 10, 1))
                self.at.setRange(0, max(total - 1, 0))
                self.at.setSuffix(f" / {max(total - 1, 0)}" if total < ROOM else "")
        if arrived != self.arrived:
            self.arrived = arrived
            for widget in (self.play, self.slider, self.at, *self.steps):
                widget.setEnabled(arrived > 1)

    def set_count(self, frames: int) -> None:
        """All of them have arrived."""
        self.set_frames(frames, frames)

    # ------------------------------------------------------------ moving
    def go(self, frame: int) -> None:
        """As a person would: the film pauses."""
        self.stop()
        self.slider.setValue(min(max(frame, 0), max(self.arrived - 1, 0)))

    def step(self, by: int) -> None:
        self.go(self.frame + by)

    def put(self, frame: int) -> None:
        """As the clock would, or to follow what arrives."""
        self._by_clock = True
        self.slider.setValue(min(max(frame, 0), max(self.arrived - 1, 0)))
        self._by_clock = False

    def toggle(self) -> None:
        super().toggle()
        self.touched.emit()

    def begin(self) -> None:
        """Play from the first frame."""
        self.put(0)
        self._start()

    def _start(self) -> None:
        if self.frame >= self.slider.maximum():
            self.put(0)
        self._resting = 0
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.start(max(round(1000 / self.fps), FASTEST_MS))
        self.play.setText(self.pause)

    def _tick(self) -> None:
        stride = max(round(self.fps * self._timer.interval() / 1000), 1)
        if not self.at_end:
            self._resting = 0
            self.put(self.frame + stride)
        elif not self.loop.isChecked():
            self.stop()
        else:
            self._resting += 1
            if self._resting * self._timer.interval() > 1000 * REST_S:
                self._resting = 0
                self.put(0)

    def _moved(self, frame: int) -> None:
        if frame > max(self.arrived - 1, 0):  # dragged to where nothing has arrived
            self.slider.setValue(max(self.arrived - 1, 0))
            return
        with QSignalBlocker(self.at):
            self.at.setValue(frame)
        self.frame_changed.emit(frame)
        if not self._by_clock:
            self.stop()
            self.touched.emit()

    # ------------------------------------------------------------ keyboard
    def handle(self, event: QKeyEvent) -> bool:
        """A key that nobody else wanted; True if it was meant for the player."""
        keys: dict[int, Callable[[], object]] = {
            Qt.Key.Key_Left: self.steps[1].click, Qt.Key.Key_Right: self.steps[2].click,
            Qt.Key.Key_Home: self.steps[0].click, Qt.Key.Key_End: self.steps[3].click,
        }  # fmt: skip
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if not plain or event.key() not in keys:
            return False
        keys[event.key()]()
        return True
