"""Play, pause, loop: a slider over the frames of something short, moved by hand or by a clock."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from playground.ui import theme
from playground.ui.widgets.controls import button, combo

SPEEDS = (4.0, 8.0, 12.0, 24.0)  # frames per second


class PlayBar(QWidget):
    """Emits ``frame_changed(i)``. ``bounce`` runs there and back, else it starts over."""

    frame_changed = Signal(int)
    speeds: tuple[float, ...] = SPEEDS
    pause = "❚❚ Pause"
    word, word_tip = "▶ Loop", "Play the {what} there and back, over and over. Pressed again, it stops."

    def __init__(self, *, what: str = "path", bounce: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bounce, self._forward = bounce, True
        self.play = button(self.word, self.word_tip.format(what=what), self.toggle)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setToolTip(
            f"Where on the {what} the large picture is: left is A, right is B. Arrow keys move it frame by frame."
        )
        self.slider.setAccessibleName("Frame")
        self.slider.valueChanged.connect(self._moved)
        self.where = QLabel("")
        self.where.setProperty("role", "dim")
        names = [f"{s:g} frames/s" for s in self.speeds]
        self.speed = combo(names, "Speed of the loop, and of exported films", self._set_speed, 2)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        self._lay_out()
        self.set_count(0)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        for widget in (self.play, self.slider, self.where, self.speed):
            row.addWidget(widget, 1 if widget is self.slider else 0)

    @property
    def fps(self) -> float:
        """Frames per second."""
        return self.speeds[self.speed.currentIndex()]

    @property
    def frame(self) -> int:
        return self.slider.value()

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    def set_count(self, frames: int) -> None:
        """How many frames there are. The place is kept, in proportion; at first it is the middle."""
        old = self.slider.maximum()
        place = self.slider.value() / old if old else 0.5
        if frames - 1 != self.slider.maximum():
            with QSignalBlocker(self.slider):
                self.slider.setRange(0, max(frames - 1, 0))
                self.slider.setValue(round(place * max(frames - 1, 0)))
            self._moved(self.slider.value())
        for widget in (self.play, self.slider):
            widget.setEnabled(frames > 1)

    @property
    def ready(self) -> bool:
        """There are frames to play."""
        return self.play.isEnabled()

    def step(self, by: int) -> None:
        """So many frames on or back, as a person would: it stands still then."""
        self.stop()
        self.slider.setValue(self.slider.value() + by)

    def toggle(self) -> None:
        """Play or pause."""
        self.stop() if self.playing else self._start()

    def stop(self) -> None:
        """Stand still."""
        self._timer.stop()
        self.play.setText(self.word)

    def _start(self) -> None:
        if self.slider.maximum() > 0:
            self._timer.start(round(1000 / self.fps))
            self.play.setText(self.pause)

    def _set_speed(self, _index: int) -> None:
        if self.playing:
            self._start()

    def _tick(self) -> None:
        last, at = self.slider.maximum(), self.slider.value()
        if self.bounce:
            self._forward = True if at <= 0 else False if at >= last else self._forward
            self.slider.setValue(at + (1 if self._forward else -1))
        else:
            self.slider.setValue(0 if at >= last else at + 1)

    def _moved(self, frame: int) -> None:
        last = self.slider.maximum()
        self.where.setText(f"t = {frame / last:.2f}" if last else "")
        self.where.setMinimumWidth(self.where.fontMetrics().horizontalAdvance("t = 0.00") + 4)
        self.frame_changed.emit(frame)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing plays where nobody looks."""
        self.stop()
        super().hideEvent(event)
