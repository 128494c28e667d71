"""Which screen the audience sees, and which is left for the notes. Anything with ``name()`` and ``geometry()`` is a screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: Room in which every view is tested to fit in type of its usual size, in logical pixels; larger screens get larger type.
ROOM = (712, 590)
TAKEN = (24, 52)  # by margins and the line at the bottom
SCALES = (1.15, 3.0)


def same(a: Any, b: Any) -> bool:
    """Whether both are one screen: Qt may hand out another object for it each time."""
    return a is not None and b is not None and (a.name(), a.geometry()) == (b.name(), b.geometry())


def audience(screens: Sequence[Any], primary: Any, main: Any, kept: str = "") -> Any:
    """The screen that the audience sees: the one that was chosen, while it is there; else one that is not the primary, which
    on a laptop is its own. Of several, the one that the window is on.
    """
    chosen = [s for s in screens if kept and s.name() == kept]
    outer = [s for s in screens if not same(s, primary)]
    there = [s for s in outer if same(s, main)]
    return next(iter((*chosen, *there, *outer, main)))


def for_notes(screens: Sequence[Any], primary: Any, shown_on: Any) -> Any:
    """The screen for the notes: the primary one, unless the audience sees it; None where there is no other."""
    rest = [s for s in screens if not same(s, shown_on)]
    return next((s for s in rest if same(s, primary)), rest[0] if rest else None)


def index_of(screens: Sequence[Any], one: Any) -> int:
    """Where it is among them; -1 if it is not."""
    return next((i for i, s in enumerate(screens) if same(s, one)), -1)


def scale_for(screen: Any) -> float:
    """How large type is on a screen: as on the smallest stage, grown to the size of this one."""
    size = screen.geometry()
    fit = min((size.width() - TAKEN[0]) / ROOM[0], (size.height() - TAKEN[1]) / ROOM[1])
    return min(max(fit, SCALES[0]), SCALES[1])
