"""What all views of the stage share: asking the engine politely, dropping stale answers, and the look of a stage."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from playground.engine import FAMILIES
from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.base import View
from playground.ui.views.picks import Picks, picks_of

Array = np.ndarray
A = TypeVar("A", bound=m.Answer)
SHARE = 19.0  # a refreshed picture waits this many times as long as its last answer took: a twentieth of the explorer's time
LOST_S = 20.0  # an answer later than this is taken for lost


class StageView(View):
    """A view that keeps at most one refresh in flight per channel and ignores answers to questions it no longer asks.

    Subclasses map an answer's channel part to a method in ``self.answers`` and ask with :meth:`ask` or :meth:`ask_now`.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picks = Picks()
        self.answers: dict[str, Callable[[Any], None]] = {}
        self.quiet: set[str] = set()  # parts whose refusal needs no words
        self.refusals: dict[str, Callable[[m.Refused], None]] = {}  # parts that deal with theirs
        self._waiting: dict[str, tuple[int, float]] = {}  # part -> (request id, when asked)
        self._asked: dict[str, int] = {}  # part -> newest request
        self._shown: dict[str, int] = {}  # part -> newest request whose answer is on screen
        self._next: dict[str, float] = {}  # part -> when to refresh again
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(theme.SPACE_S)
        self.note = QLabel("", self)
        self.note.setProperty("role", "dim")
        self.note.setWordWrap(True)
        self.note.hide()
        self._follow_picks()

    def _follow_picks(self) -> None:
        self.picks.changed.connect(self.on_pick)
        self.picks.data_known.connect(self.on_data)

    # ------------------------------------------------------------ context
    def on_context(self) -> None:
        """Forget what was asked of the run before."""
        self._waiting.clear()
        self._asked.clear()
        self._shown.clear()
        self._next.clear()
        self.say("")
        self.picks.changed.disconnect(self.on_pick)
        self.picks.data_known.disconnect(self.on_data)
        self.picks = picks_of(self.context.run_id) if self.context else Picks()
        self._follow_picks()
        self.clear()

    def clear(self) -> None:
        """Empty the view for a new run."""

    def on_pick(self, letter: str) -> None:
        """Endpoint A or B was chosen, here or in another view."""

    def on_data(self) -> None:
        """More is known of where 2-D data lie."""

    @property
    def accent(self) -> str:
        """The colour role of this run's model."""
        family = FAMILIES.get(self.context.family) if self.context else None
        return family.accent if family else "vae"

    @property
    def is_points(self) -> bool:
        return self.context is not None and self.context.kind == "points"

    @property
    def latent_dim(self) -> int:
        return self.context.latent_dim if self.context else 0

    # ------------------------------------------------------------ asking
    def ask(self, part: str, request: m.Request) -> int:
        """A refresh: sent unless the last one on this channel is still on its way, or was dear and recent."""
        now = time.monotonic()
        pending = self._waiting.get(part)
        if (pending and now - pending[1] < LOST_S) or now < self._next.get(part, 0.0):
            return 0
        return self.ask_now(part, request)

    def ask_now(self, part: str, request: m.Request) -> int:
        """The user changed the question: sent at once, and only the answer to this one will be shown."""
        request_id = self.send(replace(request, channel=self.channel(part)))
        if request_id:
            self._waiting[part] = (request_id, time.monotonic())
            self._asked[part] = request_id
        return request_id

    def ask_along(self, part: str, request: m.Request) -> int:
        """A mouse waits: sent at once, and answers to earlier moves are shown too, so that the picture keeps moving."""
        return self.send(replace(request, channel=self.channel(part), interactive=True))

    def drop(self, part: str) -> None:
        """Nobody wants the answer any more: the engine stops working on it, and what is on its way is not shown."""
        self.commands.cancel(self.channel(part))
        self._waiting.pop(part, None)
        self._shown[part] = max(self._shown.get(part, 0), self._asked.get(part, 0)) + 1

    # ------------------------------------------------------------ answers
    def on_answer(self, answer: m.Answer) -> None:
        """Hand a fresh answer to its method; answers of another run or to a withdrawn question are dropped."""
        if self.context is None or answer.run_id != self.context.run_id:
            return
        part = answer.channel.partition("/")[2]
        pending = self._waiting.get(part)
        newest = pending[0] if pending else self._shown.get(part, 0)
        if answer.request_id < newest:
            return
        if isinstance(answer, m.Working):
            self._waiting[part] = (answer.request_id, time.monotonic())  # on its way, however long it takes
            self.working(part, answer)
            return
        self._waiting.pop(part, None)
        self._shown[part] = answer.request_id
        self._next[part] = time.monotonic() + SHARE * answer.elapsed_ms / 1000
        if isinstance(answer, m.Refused):
            self.refused(part, answer)
        elif part in self.answers:
            self.say("")
            self.answers[part](answer)

    def working(self, part: str, answer: m.Working) -> None:
        """A long answer is in the making."""

    def refused(self, part: str, answer: m.Refused) -> None:
        """Say why there is no picture."""
        if part in self.refusals:
            self.refusals[part](answer)
        elif part not in self.quiet:
            self.say(answer.sentence)

    def say(self, sentence: str) -> None:
        """One line under the toolbar, hidden when empty."""
        self.note.setText(sentence)
        self.note.setVisible(bool(sentence))

    def on_theme(self) -> None:
        """Repaint everything that is painted by hand."""
        for child in self.findChildren(QWidget):
            redraw = getattr(child, "redraw", None)
            redraw() if callable(redraw) else child.update()


def card(*, margins: int = theme.SPACE_M) -> tuple[QWidget, QVBoxLayout]:
    """A framed surface with a column inside."""
    frame = QWidget()
    frame.setProperty("card", True)
    frame.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    column = QVBoxLayout(frame)
    column.setContentsMargins(margins, margins, margins, margins)
    column.setSpacing(theme.SPACE_S)
    return frame, column


def z_text(z: Array, most: int = 2) -> str:
    """z = (−0.42, 0.87), with an ellipsis for long codes; true minus signs."""
    head = ", ".join(number(v) for v in z[:most])
    return f"z = ({head}{', …' if len(z) > most else ''})"


def number(value: float, digits: int = 2) -> str:
    """A number with a true minus sign."""
    return f"{value:.{digits}f}".replace("-", "−")


def subscript(index: int) -> str:
    """12 -> ₁₂."""
    return "".join("₀₁₂₃₄₅₆₇₈₉"[int(c)] for c in str(index))
