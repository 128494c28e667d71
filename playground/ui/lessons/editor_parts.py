"""Which parts of a family's form a step shows, and which of those nobody may change: a check list."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from playground.engine import FAMILIES, FORM_PARTS, LessonError, params, step_of
from playground.ui import theme
from playground.ui.lessons.editor_draft import Draft
from playground.ui.lessons.editor_fields import quiet
from playground.ui.param_form import tooltip

SHOWN, LOCKED = 1, 2  # columns
PART_TITLES = {"data": "Data", "preset": "Preset", "seed": "Seed", "machine": "Machine"}
ALL = "All parts of the form are shown."


class PartsTable(QWidget):
    """One row a part: shown, locked. As long as all are shown the step names none, and later versions may add more."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self._draft = draft
        self._names: list[str] = []
        self.table = QTableWidget(0, 3)
        self.everything, self.alone = QPushButton("Show all"), QPushButton("Only this one")
        self.note = quiet(ALL)
        self._lay_out()
        self.table.itemChanged.connect(self._on_checked)
        self.everything.clicked.connect(lambda: draft.put_step({"show": []}, "parts that are shown"))
        self.alone.clicked.connect(self._show_alone)

    def refresh(self) -> None:
        """The parts that matter under the recipe of the step, and those that it names."""
        step = self._draft.step
        show, lock = list(step.get("show", [])), list(step.get("lock", []))
        names = parts_of(step.get("page", ""), self._draft.recipe(), [*show, *lock])
        with QSignalBlocker(self.table):
            if names != self._names:
                self._fill(step.get("page", ""), names)
            for row, name in enumerate(names):
                self._check(row, SHOWN, not show or name in show)
                self._check(row, LOCKED, name in lock)
        self.note.setText(ALL if not show else f"{len(show)} of {len(names)} parts are shown, the rest is hidden.")
        self.everything.setEnabled(bool(show))

    # ------------------------------------------------------------ inside
    def _fill(self, page: str, names: list[str]) -> None:
        self._names = names
        specs = params(FAMILIES[page].config)
        self.table.setRowCount(len(names))
        for row, name in enumerate(names):
            spec = specs.get(name)
            title = PART_TITLES.get(name) or (f"{spec.label} {spec.symbol}".strip() if spec is not None else name)
            for column, text in ((0, title), (SHOWN, ""), (LOCKED, "")):
                item = QTableWidgetItem(text)
                usable = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
                item.setFlags(usable if column == 0 else usable | Qt.ItemFlag.ItemIsUserCheckable)
                item.setToolTip(tooltip(spec) if spec is not None else f"The part “{title}” of the form.")
                self.table.setItem(row, column, item)
        if names:
            self.table.setCurrentCell(0, SHOWN)

    def _check(self, row: int, column: int, on: bool) -> None:
        state = Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        item = self._item(row, column)
        item.setCheckState(state)
        words = "shown" if column == SHOWN else "locked"
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{self._item(row, 0).text()}, {'' if on else 'not '}{words}")

    def _item(self, row: int, column: int) -> QTableWidgetItem:
        found = self.table.item(row, column)
        assert found is not None
        return found

    def _on_checked(self, item: QTableWidgetItem) -> None:
        if item.column() in (SHOWN, LOCKED):
            rows = range(len(self._names))
            chosen = [self._names[r] for r in rows if self._item(r, item.column()).checkState() == Qt.CheckState.Checked]
            if item.column() == LOCKED:
                self._draft.put_step({"lock": chosen}, "parts that are locked")
            elif chosen:
                self._draft.put_step({"show": [] if len(chosen) == len(self._names) else chosen}, "parts that are shown")
            self.refresh()
            if not chosen and item.column() == SHOWN:
                self.note.setText("One part at least is shown: a form without any shows all.")

    def _show_alone(self) -> None:
        if 0 <= (row := self.table.currentRow()) < len(self._names):
            self._draft.put_step({"show": [self._names[row]]}, "parts that are shown")

    def _lay_out(self) -> None:
        table = self.table
        table.setHorizontalHeaderLabels(["Part of the form", "Shown", "Locked"])
        for place in range(3):
            mode = QHeaderView.ResizeMode.Stretch if place == 0 else QHeaderView.ResizeMode.ResizeToContents
            table.horizontalHeader().setSectionResizeMode(place, mode)
        table.setToolTip("Shown: seen while this step is open. Locked: seen, but not to be changed. Space switches them.")
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(theme.current().px(26))
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setMinimumHeight(theme.current().px(130))
        table.setAccessibleName("Parts of the form that are shown and locked")
        self.everything.setToolTip("All parts of the form are seen again.")
        self.alone.setToolTip("Of all parts, show only the one that is chosen in the list.")
        buttons = QHBoxLayout()
        buttons.addWidget(self.everything, 1)
        buttons.addWidget(self.alone, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(table, 1)
        column.addLayout(buttons)
        column.addWidget(self.note)


def parts_of(page: str, recipe: Any, named: list[str]) -> list[str]:
    """The parts of the form of a page's family that matter under a recipe (of plain values), or are named."""
    specs = params(FAMILIES[page].config)
    config: Any = FAMILIES[page].config()
    if recipe:
        try:
            made = step_of({"title": "t", "text": "t", "page": page, "recipe": recipe}).recipe
            config = made.config if made is not None else config
        except LessonError:
            pass  # said elsewhere
    values = SimpleNamespace(**config.to_dict())
    mattering = [n for n, s in specs.items() if s.when is None or bool(s.when(values))]
    return [n for n in (*FORM_PARTS, *specs) if n in FORM_PARTS or n in mattering or n in named]
