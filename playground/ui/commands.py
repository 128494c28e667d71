"""What a view of the stage may want done to the run; apart from the views, because the tab needs it before they are imported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def _nothing(*_: Any) -> None:
    """What a command does while nobody listens."""


@dataclass(frozen=True)
class Commands:
    """What a view may want done to the run on stage; the tab does it."""

    step: Callable[[str], None] = _nothing  # one step of "both", "d" or "g"; a training run pauses first
    pause: Callable[[], None] = _nothing
    resume: Callable[[], None] = _nothing
    adopt: Callable[[str], None] = _nothing  # put a part trained aside by a request into the model
    change: Callable[[dict[str, Any]], None] = _nothing  # values into the recipe; live ones act on the run at once
    cancel: Callable[[str], None] = _nothing  # drop what waits or runs on a channel of requests
