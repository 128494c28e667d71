"""The panel behind a cell of the unified view: what the textbook says, what was measured, by which rule, and the pictures of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import icons, theme
from playground.ui.compare.exhibits import Source, exhibits
from playground.ui.compare.facts import Facts
from playground.ui.compare.looks import colour_of, figure_text, full_text
from playground.ui.fields import ChoiceBox
from playground.ui.scroll import ColumnScroll
from playground.ui.style import set_look

WORDS = {True: "Measurement and textbook agree.", False: "Measurement and textbook disagree.", None: ""}


class Evidence(QWidget):
    """``closed`` when the user has seen enough."""

    closed = Signal()

    def __init__(self, facts: Facts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts = facts
        self.cell: m.Cell | None = None
        self.title, self.close_button = QLabel(), QToolButton()
        self.title.setTextFormat(Qt.TextFormat.RichText)
        self.seed = ChoiceBox()
        self.seed.setToolTip("Whose pictures are shown: the contestant with another random seed. The figures are of all seeds.")
        self.seed.setAccessibleName("Seed")
        self.close_button.setToolTip("Close the evidence (Esc)")
        self.close_button.setAccessibleName("Close the evidence")
        set_look(self.close_button, "plain")
        self.close_button.clicked.connect(self.closed)
        self.seed.picked.connect(lambda _: self._fill())
        self.setMinimumWidth(270)
        row = QHBoxLayout()
        row.addWidget(self.title, 1)
        row.addWidget(self.seed)
        row.addWidget(self.close_button)
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(theme.SPACE_S, 0, 0, 0)
        self._outer.addLayout(row)
        self._scroll: ColumnScroll | None = None
        self.retheme()

    def show_cell(self, cell: m.Cell) -> None:
        """Everything behind this cell."""
        self.cell = cell
        column = self.facts.column(cell.column)
        runs = self.facts.runs_of(cell.column)
        items = [(str(t.seed), f"seed {t.seed + 1}", "") for t in runs if t.measured is not None]
        self.seed.clear()
        self.seed.set_items(items)
        self.seed.setVisible(len(items) > 1)
        if column is not None:
            colour = colour_of(column, self.facts.columns).name()
            self.title.setText(f'<b>{m.ASPECTS[cell.aspect]}</b> · <b style="color:{colour}">{column.title}</b>')
        self._fill()

    def _fill(self) -> None:
        """The words, then the pictures."""
        cell = self.cell
        column = self.facts.column(cell.column) if cell is not None else None
        if cell is None or column is None:
            return
        inner = QWidget()
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(0, 0, theme.SPACE_S, 0)
        rows.setSpacing(theme.SPACE_S)
        rows.addWidget(self._words(cell))
        for figure in cell.figures:
            rows.addWidget(figure_line(figure))
        chosen = self.seed.value()
        track = self.facts.track(column.key, int(chosen)) if chosen else self.facts.track(column.key)
        for title, widget in exhibits(Source(self.facts, column, track.measured if track else None), cell):
            label = QLabel(title.upper())
            set_look(label, "heading")
            rows.addWidget(label)
            rows.addWidget(widget)
        rows.addStretch(1)
        self._replace(inner)

    def _words(self, cell: m.Cell) -> QLabel:
        dim, look = theme.current().dim, theme.current()
        lines = [f'<span style="color:{dim}">Textbook:</span> {cell.textbook or "says nothing"}']
        lines.append(f'<span style="color:{dim}">Measured:</span> <b>{cell.measured or "not decided by the figures"}</b>')
        if cell.agrees is not None:
            colour = look.good if cell.agrees else look.warning
            lines.append(f'<span style="color:{colour}">{"=" if cell.agrees else "≠"} {WORDS[cell.agrees]}</span>')
        if cell.rule:
            lines.append(f'<span style="color:{dim}">Rule: {cell.rule}</span>')
        label = QLabel("<br>".join(lines))
        label.setWordWrap(True)
        return label

    def _replace(self, inner: QWidget) -> None:
        if self._scroll is not None:
            self._outer.removeWidget(self._scroll)
            self._scroll.hide()
            self._scroll.deleteLater()
        self._scroll = ColumnScroll(inner)
        self._outer.addWidget(self._scroll, 1)

    def retheme(self) -> None:
        self.close_button.setIcon(icons.icon("close", theme.current().text))
        self._fill()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


def figure_line(figure: m.Figure) -> QWidget:
    """Label at the left, number at the right; its tooltip says all that is known of it."""
    host = QWidget()
    label, value = QLabel(figure.label), QLabel(figure_text(figure))
    set_look(label, "small")
    set_look(value, "dim")
    label.setWordWrap(True)
    value.setWordWrap(True)
    value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    row = QHBoxLayout(host)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(label, 2)
    row.addWidget(value, 3)
    host.setToolTip(full_text(figure))
    return host
