"""Points that a click starts: each runs through a chain of its own, with the sampler of its lane."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from playground.engine import messages as m
from playground.ui.views.chain_frames import ChainFrames
from playground.ui.views.chain_lane import Lane
from playground.ui.views.common import StageView

MOST = 8  # of a lane; the next one takes the place of the oldest


class Launches:
    """Kept by lane; one channel each, so that one does not cut off another."""

    def __init__(self, view: StageView, letters: str) -> None:
        self.view, self.started = view, 0
        self.kept: dict[tuple[str, int], ChainFrames] = {}
        for letter in letters:
            for slot in range(MOST):
                view.answers[self._part(letter, slot)] = partial(self._take, (letter, slot))

    @staticmethod
    def _part(letter: str, slot: int) -> str:
        return f"launch-{letter}{slot}"

    def begin(self, lanes: Sequence[Lane], x: float, y: float, seed: int) -> None:
        """One point at (x, y), in units of the data, in every lane; noise on the way is the same in all, other at every click."""
        slot = self.started % MOST
        self.started += 1
        start = np.array([[x, y]], np.float32)
        for lane in lanes:
            self.kept.pop((lane.letter, slot), None)
            request = m.RunChain(n=1, seed=seed + self.started, sampler=lane.choice, start=start)
            self.view.ask_now(self._part(lane.letter, slot), request)

    def _take(self, key: tuple[str, int], frame: m.ChainFrame) -> None:
        if frame.done == 0:
            self.kept[key] = ChainFrames(frame)
        elif key in self.kept:
            self.kept[key].add(frame)

    def of(self, letter: str) -> list[ChainFrames]:
        """Those of one lane."""
        return [frames for (lane, _), frames in sorted(self.kept.items(), key=lambda item: item[0]) if lane == letter]

    def clear_lane(self, letter: str) -> None:
        """The lane samples otherwise now."""
        for slot in range(min(self.started, MOST)):
            self.view.drop(self._part(letter, slot))
            self.kept.pop((letter, slot), None)

    def clear(self) -> None:
        """A new run."""
        self.kept.clear()
        self.started = 0
