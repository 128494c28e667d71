"""What a view of the stage is: a widget that asks the engine for pictures of the model and shows the answers.

A view never touches a model. It sends :class:`~playground.engine.messages.Request` objects through ``self.send`` and is handed
every answer whose channel begins with its own name. Only the visible view is refreshed, so a hidden one costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtWidgets import QWidget

from playground.engine import messages as m
from playground.engine.config import Config
from playground.ui.commands import Commands
from playground.ui.playing import Plays


@dataclass(frozen=True)
class RunContext:
    """What a view may know of the run on stage. ``shape`` is (C, H, W) for images and (2,) for points."""

    run_id: str
    family: str
    data: str
    data_title: str
    kind: str  # "image" or "points"
    shape: tuple[int, ...]
    config: Config
    recipe: dict[str, Any] = field(default_factory=dict)  # goes into exported pictures

    @property
    def latent_dim(self) -> int:
        """Numbers in a code: the recipe's, or as many as an item has where the code is noise of its shape."""
        numbers = math.prod(self.shape)
        if callable(size := getattr(self.config, "code_size", None)):  # all the noise behind an item, where that is more than x_T
            return int(size(numbers))
        return int(getattr(self.config, "latent_dim", numbers))


class View(QWidget, Plays):
    """Base of all views. Subclasses set ``name``, ``title``, ``hint`` and override the ``on_`` methods.

    ``hint`` is shown, with a Train button, until there is a model: it says what this view will show. A view of the theory alone
    sets ``needs_run`` to False and is shown from the start.
    """

    name: str = ""
    title: str = ""
    hint: str = ""
    kinds: tuple[str, ...] = ("image", "points")  # of data that it can show
    needs_run: bool = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context: RunContext | None = None
        self._send: Callable[[m.Request], int] | None = None
        self.commands = Commands()

    def connect_engine(self, send: Callable[[m.Request], int], commands: Commands | None = None) -> None:
        """``send`` hands a request to the engine and returns its id; ``commands`` act on the run."""
        self._send = send
        self.commands = commands or Commands()

    def send(self, request: m.Request) -> int:
        """Ask the engine; without a model on stage nothing happens and 0 is returned."""
        return self._send(request) if self._send and self.context else 0

    def channel(self, part: str = "") -> str:
        """This view's channel, or a channel of one of its parts."""
        return f"{self.name}/{part}" if part else self.name

    def set_context(self, context: RunContext | None) -> None:
        """A run enters (or leaves) the stage. Forget everything of the run before."""
        self.context = context
        self.on_context()

    def on_context(self) -> None:
        """Prepare for ``self.context``; clear what the last run left."""

    def refresh(self) -> None:
        """Ask for what is shown, afresh: called when the view appears and about once a second while the model trains."""

    def on_answer(self, answer: m.Answer) -> None:
        """An answer to one of this view's requests (check the type; Refused and Working come here too)."""

    def on_event(self, event: m.Event) -> None:
        """Progress, Monitored, StateChanged ... of the run on stage. Must return within a millisecond."""

    def on_theme(self) -> None:
        """Colours changed: repaint what was painted by hand."""
