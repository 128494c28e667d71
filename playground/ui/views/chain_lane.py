"""One chain on its way: asked for, arriving, kept, and replaced by the next one without a flicker."""

from __future__ import annotations

from playground.engine import messages as m
from playground.ui.views.chain_controls import LaneControls
from playground.ui.views.chain_frames import ChainFrames


class Lane:
    """``frames`` are shown. A chain that follows quietly fills up in ``_coming`` first and then takes their place at once."""

    def __init__(self, letter: str) -> None:
        self.letter, self.part = letter, letter.lower()
        self.controls = LaneControls(letter)
        self.frames: ChainFrames | None = None
        self.running = False
        self.quiet = False  # the chain that runs shall not be seen before it is finished
        self.by_hand = False  # a person asked for the chain that runs
        self.title, self.choice = "", self.controls.choice()  # of the frames that are shown
        self._asked = self.title, self.choice  # of those to come
        self._coming: ChainFrames | None = None
        self._request = 0

    def clear(self) -> None:
        """Nothing is known."""
        self.frames = self._coming = None
        self.running = self.quiet = self.by_hand = False

    def begin(self, request_id: int, *, quiet: bool) -> None:
        """A chain was asked for."""
        if request_id:
            self.running, self.by_hand, self._request = True, not quiet, request_id
            self.quiet = quiet and self.frames is not None
            self._coming = None
            self._asked = self.controls.title, self.controls.choice()

    def take(self, frame: m.ChainFrame) -> bool:
        """A frame arrives; True if it begins a chain that is shown from its first frame on."""
        if frame.request_id < self._request:
            return False
        began = frame.done == 0
        if began:
            self._coming = ChainFrames(frame)
            if not self.quiet:
                self._show_coming()
        elif self._coming is not None:
            self._coming.add(frame)
        if frame.done >= frame.total:
            self.running = False
            if self.quiet:
                self._show_coming()
                self.quiet = False
        return began and not self.quiet

    def _show_coming(self) -> None:
        if self._coming is not None:
            self.frames, (self.title, self.choice) = self._coming, self._asked
            if not self.controls.offers.steps:  # only the chain itself tells how many there are
                self.title += f", {self.frames.steps} step{'s' if self.frames.steps > 1 else ''}"

    @property
    def changed(self) -> bool:
        """The controls say something else than the frames that are shown."""
        return self.frames is not None and self.choice != self.controls.choice()

    def stop(self) -> None:
        """The chain was cancelled: what has arrived can be looked at."""
        self.running = self.quiet = False

    @property
    def progress(self) -> tuple[int, int, float]:
        """Of the chain that is running: steps taken, of how many, seconds left."""
        return self._coming.progress if self._coming is not None else (0, self._expected(), float("nan"))

    def _expected(self) -> int:
        """Steps of a chain of which nothing has come yet."""
        return self.controls.steps.value() if self.controls.offers.steps or self.frames is None else self.frames.steps

    @property
    def megabytes(self) -> float:
        return self.frames.megabytes if self.frames is not None else 0.0
