"""The keys while a view is full screen, in one table: what is pressed, what it does, and how the shortcut sheet says it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence


@dataclass(frozen=True)
class Key:
    """``names`` in Qt's portable text; ``shown`` is how a person reads them; ``repeats``: holding it down goes on."""

    action: str
    names: tuple[str, ...]
    shown: str
    help: str
    repeats: bool = False


KEYS = (
    Key("play", ("Space",), "Space", "Play or pause what the view shows; where nothing plays, pause or resume the training"),
    Key("on", ("Right",), "→", "One step of what the view plays; where there is nothing to step, as Page Down", True),
    Key("back", ("Left",), "←", "One step back; where there is nothing to step, as Page Up", True),
    Key("next_view", ("Down",), "↓", "The next view"),
    Key("previous_view", ("Up",), "↑", "The view before"),
    Key("forward", ("PgDown",), "Page Down", "The next step of the lesson; without a lesson the next view. A clicker sends this"),
    Key("backward", ("PgUp",), "Page Up", "The step of the lesson before; without a lesson the view before"),
    Key("train", ("T",), "T", "Start training with the recipe in the form"),
    Key("lesson", ("L",), "L", "Show or hide the lesson's text beside the view"),
    Key("notes", ("N",), "N", "Open or close the notes: on the other screen where there is one"),
    Key("blank", ("B", "."), "B or .", "Blank the screen; any key lights it again"),
    Key("line", ("I",), "I", "Show or hide the line at the bottom"),
    Key("screen_on", ("M",), "M", "Show the view on the next screen"),
    Key("leave", ("Esc",), "Esc", "Give the keyboard back to the presentation, close a message, or leave"),
)

BY_NAME = {name: key for key in KEYS for name in key.names}
HINT = "Space plays · ← → step · ↑ ↓ other views · B blank · N notes · F1 all keys · Esc ends"


def key_of(event: QKeyEvent) -> Key | None:
    """The key of the table that was pressed; None for any other, and for one with Ctrl or Alt."""
    if event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier):
        return None
    key = BY_NAME.get(QKeySequence(event.key()).toString(QKeySequence.SequenceFormat.PortableText))
    return None if key is None or (event.isAutoRepeat() and not key.repeats) else key
