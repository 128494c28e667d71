"""Where chains are shown: pictures or planes of one or two lanes, the strip of frames, and the numbers of the step."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from playground.ui import theme
from playground.ui.views.chain_frames import ChainFrames, Moment
from playground.ui.views.chain_lane import Lane
from playground.ui.views.chain_numbers import StepNumbers
from playground.ui.views.chain_pictures import PictureBoard
from playground.ui.views.chain_points import ChainPlane
from playground.ui.views.chain_strip import SHOWN, FilmStrip
from playground.ui.views.common import card
from playground.ui.widgets.ink import small_height
from playground.ui.widgets.plane import Bounds

LETTERS = "AB"
STRIP_SHARE = 0.15  # of the height
WIDE = 1100  # pixels: the numbers of two lanes have room side by side
SIDE = 280  # pixels: the least that strip and numbers take beside a plane
BESIDE = 620  # pixels: a narrower stage has its strip beneath the plane
TIGHT = 420  # pixels: two planes with less height than this leave no room for a strip


class ChainStage(QWidget):
    """``picked(i)``: another item; ``jumped(f)``: another frame; ``launched(letter, x, y)``: a point shall start from there."""

    picked = Signal(int)
    jumped = Signal(int)
    launched = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.points, self.compare = False, False
        self.boards = {letter: PictureBoard(letter) for letter in LETTERS}
        self.planes = {letter: ChainPlane(letter) for letter in LETTERS}
        self.numbers = {letter: StepNumbers() for letter in LETTERS}
        self.strip = FilmStrip()
        self.strip.jumped.connect(self.jumped)
        for letter in LETTERS:
            self.boards[letter].picked.connect(self.picked)
            self.planes[letter].launched.connect(self.launched)
        self.stack = QStackedWidget()
        self.stack.addWidget(self._pile(QVBoxLayout(), list(self.boards.values())))
        self.stack.addWidget(self._pile(QHBoxLayout(), list(self.planes.values())))
        self.side = QWidget()
        self._beside = beside = QVBoxLayout(self.side)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(theme.SPACE_S)
        beside.addWidget(self.strip, 1)
        frame, inside = card(margins=theme.SPACE_S)
        self._lines = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._lines.setSpacing(theme.SPACE_XS)
        for numbers in self.numbers.values():
            self._lines.addWidget(numbers, 1)
        inside.addLayout(self._lines)
        frame.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        beside.addWidget(frame)
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(theme.SPACE_S)
        self._box.addWidget(self.stack, 1)
        self._box.addWidget(self.side)

    @staticmethod
    def _pile(box: QBoxLayout, widgets: Sequence[QWidget]) -> QWidget:
        holder = QWidget()
        holder.setLayout(box)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.SPACE_S)
        for widget in widgets:
            box.addWidget(widget, 1)
        return holder

    # ------------------------------------------------------------ which parts
    def reset(self, accent: str, points: bool) -> None:
        """A new run."""
        self.points = points
        self.strip.clear()
        for letter in LETTERS:
            self.boards[letter].reset(accent)
            self.planes[letter].reset(accent)
            self.numbers[letter].show_moment(None, accent)
        self.stack.setCurrentIndex(int(points))
        self.arrange(self.compare, ())

    def arrange(self, compare: bool, parts: Sequence[str]) -> None:
        """One lane or two; ``parts``: which pictures are large (none: as before)."""
        self.compare = compare
        for letter in LETTERS:
            shown = letter == "A" or compare
            self.boards[letter].setVisible(shown)
            self.planes[letter].setVisible(shown)
            self.numbers[letter].setVisible(shown)
            self.boards[letter].arrange(brief=compare, parts=parts or self.boards[letter].shown)
        self._fit()

    def _fit(self) -> None:
        """Beside a single plane the strip takes the room that a square leaves; else it lies beneath, as high as there is room."""
        beside = self.points and not self.compare and self.width() >= BESIDE
        self._box.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        side = min(max(self.width() - self.height() - theme.SPACE_S, SIDE), round(0.45 * self.width())) if beside else self.width()
        self.side.setMinimumWidth(side if beside else 0)
        self.side.setMaximumWidth(side if beside else 16777215)
        halves = self.compare and self.width() >= WIDE
        self._lines.setDirection(QBoxLayout.Direction.LeftToRight if halves else QBoxLayout.Direction.TopToBottom)
        for numbers in self.numbers.values():
            numbers.fit(round(side * (0.5 if halves else 1)) - 2 * theme.SPACE_S)
        self.strip.setVisible(beside or not (self.points and self.compare and self.height() < TIGHT))
        columns = 3 if beside else SHOWN
        if columns != self.strip.columns:
            self.strip.columns = columns
            self.strip.redraw()
        lanes = 2 if self.compare else 1
        room = max(round(STRIP_SHARE * self.height()), 28 * lanes + 2) + round(small_height()) + 2
        height = self.strip.height_in(self.width(), room)
        self.strip.setMinimumHeight(60 if beside else height)
        self.strip.setMaximumHeight(16777215 if beside else height)
        self._beside.activate()  # now, not at the next turn but one: nothing shall be seen to jump
        self._box.activate()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def minimumSizeHint(self) -> QSize:
        return QSize(500, 240)

    def hasHeightForWidth(self) -> bool:
        """It takes what it gets: pictures are as large as crisply fits."""
        return False

    # ------------------------------------------------------------ what they show
    def show_pictures(self, lane: Lane, moment: Moment, picked: int) -> None:
        """One lane's pictures at its frame."""
        self.boards[lane.letter].show_moment(moment, picked, ideal=lane.choice.ideal)

    def show_strip(
        self, chains: Sequence[ChainFrames], leader: ChainFrames, frame: int, picked: int, bounds: Bounds | None, accent: str
    ) -> None:
        """The frames at a glance, the present one framed."""
        before = self.strip.count, self.strip.stack
        self.strip.show_chains(chains, leader, picked, bounds, accent)
        self.strip.mark(frame, leader.count)
        if before != (self.strip.count, self.strip.stack):
            self._fit()

    def show_numbers(self, lane: Lane, moment: Moment, accent: str) -> None:
        """The numbers of one lane."""
        steps = lane.frames.steps if lane.frames is not None else 0
        self.numbers[lane.letter].show_moment(moment, accent, steps, lane.letter if self.compare else "")
