"""The runs of the past: open, resume, rename, delete (to the system's bin), show the folder; and the finished models on board,
which can only be opened. Folders are read in a thread.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QSortFilterProxyModel, Qt, QUrl, Signal
from PySide6.QtGui import QColor, QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QInputDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from playground.ui import theme
from playground.ui.background import Background
from playground.ui.model_words import summary
from playground.ui.numbers import duration
from playground.ui.services import Services
from playground.ui.style import set_look

COLUMNS = ("Name", "Family", "Data", "Steps", "Trained", "State", "Made", "Size")
Index = Any


class RunsModel(QAbstractTableModel):
    """RunInfos as a table; a damaged run says so in its state, and why in its tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.infos: list[Any] = []

    def set_infos(self, infos: list[Any]) -> None:
        self.beginResetModel()
        self.infos = list(infos)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self.infos)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        if way == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        info = self.infos[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _texts(info)[index.column()]
        if role == Qt.ItemDataRole.UserRole:  # what is sorted by
            return _keys(info)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            if is_on_board(info):
                return summary(info)
            return f"{info.problem}\n{info.folder}" if info.problem else str(info.folder)
        if role == Qt.ItemDataRole.ForegroundRole and info.status in ("damaged", "failed"):
            return QColor(theme.current().danger)
        if role == Qt.ItemDataRole.ForegroundRole and is_on_board(info) and COLUMNS[index.column()] == "State":
            return QColor(theme.current().good)
        return None


class RunsDialog(QDialog):
    """Emits ``opened(folder, resume)`` and closes; everything else happens in it."""

    opened = Signal(object, bool)

    def __init__(self, services: Services, background: Background, on_stage: str = "", parent: QWidget | None = None) -> None:
        """``on_stage``: the folder of a run that trains now; it can be neither deleted nor opened again."""
        super().__init__(parent)
        self._on_stage, self._count = on_stage, ""
        self.setWindowTitle("Runs")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._services, self._background = services, background
        self.model, self.proxy = RunsModel(self), QSortFilterProxyModel(self)
        self.filter, self.table, self.note = QLineEdit(), QTableView(), QLabel()
        self.empty = QLabel("Reading the list of runs …")
        self.buttons = {name: QPushButton(text) for name, (text, _, _) in _BUTTONS.items()}
        self._prepare_table()
        self._lay_out()
        for name, button in self.buttons.items():
            button.setToolTip(_BUTTONS[name][1])
            button.clicked.connect(getattr(self, name))
        self.filter.textChanged.connect(self._on_filter)
        self._on_selection()
        self.resize(theme.current().px(960), theme.current().px(520))
        self.reload()

    def reload(self) -> None:
        """Read the folder again."""
        self._background.run(self._services.runs_and_models, self._show, self._say_error, key="runs", owner=self)

    def selected(self) -> Any:
        """The chosen RunInfo or None."""
        rows = self.table.selectionModel().selectedRows()
        return self.model.infos[self.proxy.mapToSource(rows[0]).row()] if rows else None

    # ------------------------------------------------------------ what the buttons do
    def open_run(self) -> None:
        self._leave_with(resume=False)

    def resume_run(self) -> None:
        self._leave_with(resume=True)

    def rename_run(self) -> None:
        info = self.selected()
        if info is None:
            return
        name, agreed = QInputDialog.getText(self, "Rename run", "Name of this run:", text=info.name)
        if agreed and name.strip():
            self._change(lambda: self._services.rename_run(info.folder, name))

    def delete_run(self) -> None:
        """Ask, then move to the system's bin."""
        info = self.selected()
        if info is None:
            return
        box = QMessageBox(QMessageBox.Icon.Question, "Delete run", f"Move the run “{info.name}” to the system's bin?", parent=self)
        delete = box.addButton("Move to bin", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        if box.clickedButton() is delete:
            self._change(lambda: self._services.delete_run(info.folder))

    def show_folder(self) -> None:
        info = self.selected()
        if info is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(info.folder)))

    # ------------------------------------------------------------ inside
    def _leave_with(self, *, resume: bool) -> None:
        info = self.selected()
        if info is not None and info.status != "damaged" and str(info.folder) != self._on_stage:
            self.opened.emit(Path(info.folder), resume)
            self.accept()

    def _change(self, job: Any) -> None:
        self._background.run(job, lambda _: self.reload(), self._say_error, owner=self)

    def _show(self, infos: list[Any]) -> None:
        self.model.set_infos(infos)
        self.empty.setText("No runs yet. Press Train: every run is kept here by itself, and can be opened and resumed.")
        self._pages.setCurrentIndex(0 if infos else 1)
        own = [i for i in infos if not is_on_board(i)]
        models = len(infos) - len(own)
        self.note.setText(
            f"{len(own):,} {'run' if len(own) == 1 else 'runs'}, {sum(i.size_mb for i in own):,.0f} MB"
            + (f" · {models:,} finished {'model' if models == 1 else 'models'} on board" if models else "")
        )
        self._count = self.note.text()
        if infos:
            self.table.selectRow(0)
        self._on_selection()

    def _say_error(self, error: Exception) -> None:
        self.note.setText(str(error))
        set_look(self.note, "error")

    def _on_filter(self, text: str) -> None:
        self.proxy.setFilterFixedString(text)

    def _on_selection(self, *_: object) -> None:
        info = self.selected()
        for name, button in self.buttons.items():
            needs_whole = _BUTTONS[name][2]
            in_use = bool(self._on_stage) and str(info.folder) == self._on_stage if info is not None else False
            blocked = in_use and name in ("delete_run", "open_run", "resume_run")
            blocked = blocked or (is_on_board(info) and name not in ("open_run", "show_folder"))
            button.setEnabled(info is not None and not blocked and not (needs_whole and info.status == "damaged"))
        if info is not None and info.problem:
            self.note.setText(info.problem)
        elif is_on_board(info):
            self.note.setText(" · ".join(q.words() for q in info.quality[:3]))
        elif self._count:
            self.note.setText(self._count)

    def _prepare_table(self) -> None:
        self.proxy.setSourceModel(self.model)
        self.proxy.setSortRole(Qt.ItemDataRole.UserRole)
        self.proxy.setFilterKeyColumn(-1)
        self.proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        table = self.table
        table.setModel(self.proxy)
        table.setSortingEnabled(True)
        table.sortByColumn(COLUMNS.index("Made"), Qt.SortOrder.DescendingOrder)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(theme.current().px(30))
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.horizontalHeader().setMinimumSectionSize(theme.current().px(60))
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.selectionModel().selectionChanged.connect(self._on_selection)
        table.activated.connect(lambda _: self.open_run())

    def _lay_out(self) -> None:
        self.filter.setPlaceholderText("Filter by name, family, data or state")
        self.filter.setToolTip("Show only runs in which this text occurs.")
        self.filter.setClearButtonEnabled(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        set_look(self.empty, "dim")
        set_look(self.note, "small")
        self._pages = QStackedLayout()
        self._pages.addWidget(self.table)
        self._pages.addWidget(self.empty)
        self._pages.setCurrentIndex(1)
        row = QHBoxLayout()
        row.addWidget(self.note, 1)
        for button in self.buttons.values():
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.addWidget(self.filter)
        column.addLayout(self._pages, 1)
        column.addLayout(row)
        set_look(self.buttons["open_run"], "go")
        for button in self.buttons.values():
            button.setAutoDefault(button is self.buttons["open_run"])


#: method -> (text, tooltip, needs a run that is whole)
_BUTTONS: dict[str, tuple[str, str, bool]] = {
    "show_folder": ("Show folder", "Open the run's folder in the system's file manager.", False),
    "delete_run": ("Delete…", "Move the run to the system's bin.", False),
    "rename_run": ("Rename…", "Give the run another name; its folder stays.", True),
    "resume_run": ("Resume", "Put the run on stage and train on from its last step.", True),
    "open_run": ("Open", "Put the run on stage, paused, with its recipe in the form (Enter).", True),
}


def is_on_board(info: Any) -> bool:
    """Whether a line is a model that came with the program."""
    return bool(getattr(info, "on_board", False))


def _texts(info: Any) -> tuple[str, ...]:
    steps = f"{info.step:,} / {info.total_steps:,}" if info.total_steps else ""
    made = str(info.created).replace("T", " ")[:16]
    size = f"{info.size_mb:,.1f} MB" if info.status != "damaged" else ""
    return (
        info.name,
        info.family.upper(),
        info.data,
        steps,
        duration(info.seconds) if info.seconds else "",
        _state(info),
        made,
        size,
    )


def _state(info: Any) -> str:
    return "on board" if is_on_board(info) else str(info.status)


def _keys(info: Any) -> tuple[Any, ...]:
    return (
        info.name.lower(),
        info.family,
        info.data,
        info.step,
        info.seconds,
        _state(info),
        str(info.created),
        info.size_mb,
    )
