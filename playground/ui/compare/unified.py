"""Unified view: the textbook's table with what was measured on this machine; every cell opens its evidence."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QSplitter, QWidget

from playground.engine import messages as m
from playground.ui.compare.base import CompareView, Questions
from playground.ui.compare.evidence import Evidence
from playground.ui.compare.facts import Facts
from playground.ui.compare.unified_table import TableScroll, UnifiedTable
from playground.ui.style import set_look

ABOUT = (
    "= agrees with the textbook, ≠ disagrees; ± is the spread over seeds (of one seed the standard error); “real” is what real "
    "items score against others."
)


class UnifiedViewPage(CompareView):
    """The table at the left, the evidence of the chosen cell at the right once one was opened."""

    name = "unified"
    title = "Unified view"
    hint = "The textbook’s table, measured on this machine: its words beside what was found, and marks where they disagree."

    def __init__(self, facts: Facts, questions: Questions, parent: QWidget | None = None) -> None:
        super().__init__(facts, questions, parent)
        self.table, self.evidence = UnifiedTable(), Evidence(facts)
        self.table_scroll = TableScroll(self.table)
        self.evidence.hide()
        self.key = QLabel()
        self.key.setWordWrap(True)
        set_look(self.key, "small")
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.table_scroll)
        self.split.addWidget(self.evidence)
        self.split.setStretchFactor(0, 3)
        self.split.setStretchFactor(1, 2)
        self.column.addWidget(self.note)
        self.column.addWidget(self.split, 1)
        self.column.addWidget(self.key)
        self.setFocusProxy(self.table)
        self.table.opened.connect(self._open)
        self.table.moved.connect(self._follow)
        self.evidence.closed.connect(self._close)

    def enter(self) -> None:
        self._show()

    def on_event(self, event: m.Event) -> None:
        if isinstance(event, (m.UnifiedView, m.Comparing)):
            self._show()

    def _show(self) -> None:
        view = self.facts.view
        self.table.show_view(self.facts.columns, view)
        self.say("" if view is not None else "The figures come when the first runs have been trained and measured.")
        self.key.setText(" ".join([ABOUT, *(view.notes if view is not None else ())]))
        if self.evidence.isVisible():
            self._follow()

    def _open(self, *_: str) -> None:
        self.evidence.show()
        if not self.evidence.width() > 280:
            width = self.split.width()
            self.split.setSizes([round(0.62 * width), round(0.38 * width)])
        self._follow()
        self.table_scroll.follow()

    def _follow(self, *_: str) -> None:
        cell = self.table.cell()
        if cell is not None and self.evidence.isVisible():
            self.evidence.show_cell(cell)

    def _close(self) -> None:
        self.evidence.hide()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.evidence.isVisible():
            self._close()
        else:
            super().keyPressEvent(event)

    def on_theme(self) -> None:
        super().on_theme()
        self.evidence.retheme()
