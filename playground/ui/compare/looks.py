"""Which colour, dash and words a contestant gets, in every view of the comparison alike."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from playground.engine import messages as m
from playground.ui import theme

DASHES: tuple[tuple[float, ...], ...] = ((), (6.0, 2.5), (2.0, 2.0), (8.0, 2.5, 2.0, 2.5), (4.0, 1.5, 1.5, 1.5), (1.0, 3.0))
SHADES = (100, 125, 82, 140, 72)  # of one colour, in per cent of its lightness: those who share it differ in shade and dash


def accent_of(key: str) -> str:
    """The colour of a family's model in this theme."""
    accents = theme.current().accents
    return accents.get(key) or accents.get(f"{key}s") or theme.current().text


def turn_of(column: m.Column, columns: Sequence[m.Column]) -> int:
    """How many columns before this one share its colour."""
    before = columns[: next((i for i, c in enumerate(columns) if c.key == column.key), 0)]
    return sum(c.accent == column.accent for c in before)


def colour_of(column: m.Column, columns: Sequence[m.Column]) -> QColor:
    """The family's accent; those who share it take shades of it."""
    colour = QColor(accent_of(column.accent))
    shade = SHADES[turn_of(column, columns) % len(SHADES)]
    return colour if shade == 100 else colour.lighter(shade)


def pen_of(column: m.Column, columns: Sequence[m.Column], width: float) -> QPen:
    """A pen in the contestant's colour, dashed where others share it."""
    pen = QPen(colour_of(column, columns), width)
    dashes = DASHES[turn_of(column, columns) % len(DASHES)]
    if dashes:
        pen.setDashPattern(list(dashes))
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def faint(column: m.Column, columns: Sequence[m.Column], opacity: float) -> QPen:
    """A thin pen in the contestant's colour."""
    colour = colour_of(column, columns)
    colour.setAlphaF(opacity)
    return QPen(colour, theme.stroke(1))


def figure_text(figure: m.Figure) -> str:
    """0.012 ± 0.003, real 0.009: the mean, its spread over seeds (or its standard error), and what real items score."""
    if figure.text:
        return figure.text
    unit = f" {figure.unit}" if figure.unit else ""
    spread = figure.spread if math.isfinite(figure.spread) else figure.error
    text = amount(figure.mean)
    if math.isfinite(spread) and math.isfinite(figure.mean):
        text += f" ± {amount(spread, like=figure.mean)}"
    text += unit if text != "–" else ""
    if math.isfinite(figure.floor):
        text += f", real {amount(figure.floor, like=figure.mean)}"
    return text


def amount(value: float, like: float = math.nan) -> str:
    """About three figures; a spread or a floor gets the decimals of the number that it belongs to, unless it would read as 0."""
    if not math.isfinite(value):
        return "–"
    if not value:
        return "0"
    size = max(abs(value), abs(like) if math.isfinite(like) else 0.0)
    if size >= 1e6:
        return f"{value / 1e6:.2f}M".replace("-", "−")
    if size >= 1000 or (size >= 100 and value == round(value)):
        return f"{value:,.0f}".replace("-", "−") if abs(value) >= 0.5 else amount(value)
    if size < 1e-4:
        return f"{value:.1e}".replace("-", "−")
    digits = 1 if size >= 100 else 2 if size >= 1 else 3 if size >= 0.01 else 4 if size >= 0.001 else 5
    if value == round(value) and (not math.isfinite(like) or like == round(like)):
        digits = 0
    if abs(value) < 0.5 * 10.0**-digits:
        return amount(value)
    return f"{value:.{digits}f}".replace("-", "−")


def full_text(figure: m.Figure) -> str:
    """A figure with all that is known of it, as rich text for a tooltip."""
    lines = [f"<b>{figure.label}</b>: {figure_text(figure)}"]
    if not figure.text and len(figure.values) > 1:
        lines.append("by seed: " + ", ".join(amount(v, like=figure.mean) for v in figure.values))
    if math.isfinite(figure.error) and math.isfinite(figure.spread):
        lines.append(f"standard error of one measurement: {amount(figure.error, like=figure.mean)}")
    if math.isfinite(figure.floor):
        sd = f" ± {amount(figure.floor_sd, like=figure.mean)}" if math.isfinite(figure.floor_sd) else ""
        lines.append(f"real items against other real items: {amount(figure.floor, like=figure.mean)}{sd}")
    better = {"low": "lower is better", "high": "higher is better"}.get(figure.better, "")
    return "<br>".join([*lines, *([better] if better else []), *([figure.help] if figure.help else [])])
