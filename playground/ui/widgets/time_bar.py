"""A slider over the timesteps of a diffusion process, with a clock that runs it up and down."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from playground.ui.widgets.play_bar import PlayBar

FRAMES = 100  # of a whole way up, however many timesteps there are


class TimeBar(PlayBar):
    """``frame_changed(t)`` for t = 0 .. T - 1; playing skips timesteps where there are many."""

    word_tip = "Play t up and down, over and over. Pressed again, it stops."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(what="timesteps", parent=parent)
        self.slider.setToolTip(
            "Timestep t: left is t = 0, one step of noise; right is t = T − 1, all of them (Ho et al. 2020). "
            "Arrow keys move it by one, Page Up and Page Down by a twentieth of the way."
        )
        self.slider.setAccessibleName("Timestep t")
        self.speed.setToolTip("Frames a second while it plays; a whole way up is at most a hundred frames")

    @property
    def t(self) -> int:
        return self.frame

    def set_timesteps(self, count: int) -> None:
        """T. The place stays, in proportion."""
        self.set_count(count)
        self.slider.setPageStep(max(1, count // 20))
        self._label(self.frame)

    def go(self, t: int) -> None:
        """As a person would: the clock stops."""
        self.stop()
        self.slider.setValue(t)

    def step(self, by: int) -> None:
        """As far as the clock goes at a time."""
        self.go(self.t + by * self.stride)

    @property
    def stride(self) -> int:
        """Timesteps from one frame of the film to the next."""
        return max(1, round((self.slider.maximum() + 1) / FRAMES))

    def _tick(self) -> None:
        last, at = self.slider.maximum(), self.slider.value()
        self._forward = True if at <= 0 else False if at >= last else self._forward
        self.slider.setValue(at + (self.stride if self._forward else -self.stride))

    def _moved(self, frame: int) -> None:
        self._label(frame)
        self.frame_changed.emit(frame)

    def _label(self, frame: int) -> None:
        last = self.slider.maximum()
        self.where.setText(f"t = {frame:,} of {last:,}" if last else "")
        self.where.setMinimumWidth(self.where.fontMetrics().horizontalAdvance(f"t = {last:,} of {last:,}") + 4)
