"""Colours and type for what is painted by hand: one short word for each role, resolved in the theme that is worn now.

Pictures lie on a dark canvas in every theme. What is drawn on it (points, handles, paths) takes the dark theme's
colours: pass ``dark=True``.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtGui import QColor, QFont, QFontMetricsF

from playground.ui import theme

CANVAS = "#0b0d11"  # under pictures
_SURFACES = (
    "window",
    "panel",
    "card",
    "field",
    "hover",
    "border",
    "outline",
    "text",
    "focus",
    "on_accent",
    "danger",
    "good",
)


def ink(role: str, *, dark: bool = False) -> QColor:
    """The colour of a surface or text ("card", "muted"), a family's model ("vae") or a quantity ("data", "kl")."""
    worn = theme.DARK if dark else theme.current()
    if role == "canvas":
        return QColor(CANVAS if dark else worn.card)
    if role == "muted":
        return QColor(worn.dim)
    if role in _SURFACES:
        return QColor(getattr(worn, role))
    return QColor(worn.accents.get(role) or worn.role(role))


def label_inks() -> list[QColor]:
    """Ten colours for classes, told apart by colour-blind eyes too; meant for the dark canvas."""
    return [QColor(c) for c in theme.current().labels]


@cache
def _height(theme_name: str) -> float:
    return QFontMetricsF(small_font()).height()


def small_height() -> float:
    """Height of a line of the small font; asked for at every point that is painted, so it is measured once a theme."""
    return _height(theme.current().name)


def small_font(delta: float = -2.0, bold: bool = False) -> QFont:
    """The window's font, ``delta`` pixels larger or smaller than body text."""
    return theme.font(13 + delta, bold=bold)
