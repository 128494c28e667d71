"""Films over timesteps: what the slider has shown so far, from the least noise to the most and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from PySide6.QtWidgets import QWidget

from playground.ui.views.export import Material
from playground.ui.views.film import there_and_back
from playground.ui.widgets.pixels import array_of

A = TypeVar("A")
MOST = 120  # answers that are kept
FRAMES = 25  # of a film, one way
FILM_TIP = "Play t once through first: the film has the timesteps that have been shown, at most 25 of them, there and back."


class Reel(Generic[A]):
    """Answers by timestep, of one question: ``owner`` changes, all are forgotten."""

    def __init__(self) -> None:
        self.kept: dict[int, A] = {}
        self.owner: object = None

    def put(self, owner: object, t: int, answer: A) -> None:
        """One more; of too many, the one that came first goes."""
        if owner != self.owner:
            self.kept.clear()
            self.owner = owner
        self.kept.pop(t, None)
        self.kept[t] = answer
        if len(self.kept) > MOST:
            del self.kept[next(iter(self.kept))]

    def clear(self) -> None:
        self.kept.clear()

    def frames(self, most: int = FRAMES) -> list[A]:
        """Evenly chosen ones, by rising t."""
        times = sorted(self.kept)
        chosen = np.unique(np.linspace(0, len(times) - 1, min(most, len(times))).round().astype(int))
        return [self.kept[times[i]] for i in chosen]


def film_of_widget(
    widget: QWidget, frames: Sequence[A], show: Callable[[A], object], now: A, fps: float, recipe: Mapping[str, Any]
) -> Material:
    """A picture of the widget as it is, and one for each frame; ``show`` puts an answer on it, at the end ``now`` again."""
    picture, shots = array_of(widget.grab().toImage()), []
    for answer in frames if len(frames) > 1 else ():
        show(answer)
        shots.append(array_of(widget.grab().toImage()))
    show(now)
    return Material(picture, there_and_back(np.stack(shots)) if shots else picture[None], fps, recipe)
