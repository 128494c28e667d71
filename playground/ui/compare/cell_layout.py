"""One cell of the unified view as lines of text at a given width: the textbook's word, the measured one, and the figures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.compare.looks import figure_text
from playground.ui.widgets.ink import ink, small_font

PAD, GAP = 10.0, 3.0  # pixels round a cell and between its parts
MARKS = {
    True: ("=", "good", "Measurement and textbook agree."),
    False: ("≠", "warning", "Measurement and textbook disagree."),
}


@dataclass(frozen=True)
class Piece:
    """A text in a box of the cell; ``role`` "accent" is the contestant's colour."""

    text: str
    box: QRectF
    role: str
    bold: bool = False
    size: float = -2.0  # difference to body text
    right: bool = False


@dataclass(frozen=True)
class Block:
    """A cell laid out: its pieces, where its mark is (with what it says), and its height."""

    pieces: tuple[Piece, ...]
    mark: QRectF | None
    height: float


@lru_cache(maxsize=64)
def _metrics(name: str, size: float, bold: bool) -> QFontMetricsF:
    return QFontMetricsF(small_font(size, bold=bold))


def metrics(size: float = -2.0, bold: bool = False) -> QFontMetricsF:
    """Measured once a theme."""
    return _metrics(theme.current().name, size, bold)


def lay_out(cell: m.Cell, width: float, most: int) -> Block:
    """Where everything lies in a cell of this width, from its own corner; at most so many figures are shown."""
    room, y = width - 2 * PAD, PAD - 3
    pieces: list[Piece] = []
    if cell.textbook:
        y = _add(pieces, f"textbook: {cell.textbook}", y, room, "muted")
    mark = None
    words = cell.measured or ("not measured yet" if not cell.figures else "" if cell.aspect == "objective" else "undecided")
    line = metrics(1.0, True).height()
    if cell.agrees is not None:
        mark = QRectF(PAD + room - line, y + GAP, line, line)
    role = "accent" if cell.measured else "muted"
    if words:
        y = _add(pieces, words, y + GAP, room - (line + GAP if mark is not None else 0), role, bold=bool(cell.measured), size=1.0)
    y += GAP
    for figure in cell.figures[:most]:
        y = _figure(pieces, figure, y, room)
    if len(cell.figures) > most:
        y = _add(pieces, f"+ {len(cell.figures) - most} more", y, room, "muted")
    return Block(tuple(pieces), mark, y + PAD - 2)


def _figure(pieces: list[Piece], figure: m.Figure, y: float, room: float) -> float:
    """Label and number in one line, or in two where they do not fit."""
    small, value = metrics(), figure_text(figure)
    if small.horizontalAdvance(figure.label) + small.horizontalAdvance(value) + 10 <= room:
        height = small.height()
        pieces.append(Piece(figure.label, QRectF(PAD, y, room, height), "muted"))
        pieces.append(Piece(value, QRectF(PAD, y, room, height), "text", right=True))
        return y + height
    y = _add(pieces, figure.label, y, room, "muted")
    return _add(pieces, value, y, room, "text", right=True)


def _add(
    pieces: list[Piece], text: str, y: float, room: float, role: str, *, bold: bool = False, size: float = -2.0, right: bool = False
) -> float:
    """One line, wrapped at words where it is too long; returns where the next begins."""
    measure = metrics(size, bold)
    for part in wrapped(text, measure, room):
        pieces.append(Piece(part, QRectF(PAD, y, room, measure.height()), role, bold, size, right))
        y += measure.height()
    return y


def wrapped(text: str, measure: QFontMetricsF, room: float) -> list[str]:
    """Lines of whole words that fit; a word that does not fit alone is cut with an ellipsis."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure.horizontalAdvance(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(measure.elidedText(word, Qt.TextElideMode.ElideRight, max(room, 8)))
    return lines


def paint(painter: QPainter, block: Block, cell: m.Cell, corner: QPointF, accent: QColor) -> None:
    """A cell at this place."""
    for piece in block.pieces:
        painter.setFont(_font(piece))
        painter.setPen(accent if piece.role == "accent" else ink(piece.role))
        side = Qt.AlignmentFlag.AlignRight if piece.right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(piece.box.translated(corner), side | Qt.AlignmentFlag.AlignVCenter, piece.text)
    if block.mark is not None and cell.agrees is not None:
        sign, role, _ = MARKS[cell.agrees]
        box = block.mark.translated(corner)
        colour = QColor(getattr(theme.current(), role))
        painter.setPen(QPen(colour, theme.stroke(1.4)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setFont(small_font(1.0, bold=True))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, sign)


def _font(piece: Piece) -> QFont:
    return small_font(piece.size, bold=piece.bold)
