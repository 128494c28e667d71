"""Which data: a grouped list of the table, own files and folders, the options of the chosen set, and a preview.

The value is the text form that the engine takes everywhere: ``NAME_OR_PATH[?key=value&key=value]``.
"""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import parse_qsl, urlencode

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from playground.engine import ConfigError, Param
from playground.ui import theme
from playground.ui.fields import ChoiceBox, Fold
from playground.ui.offer import Offer
from playground.ui.param_form import ParamRow
from playground.ui.preview_strip import PreviewStrip
from playground.ui.services import Services

GROUPS = (("image", "Pictures"), ("points", "Points on a plane"))
OWN_FILE, OWN_FOLDER = "own file", "own folder"  # no data set can be called so: a name has no space
FILTER = "Data (*.npz *.npy *.gz *.idx *ubyte *.json *.toml);;All files (*)"


class DataChooser(QWidget):
    """``changed`` is emitted when the user chose other data or other options; ``problem`` with a sentence about a bad
    path.
    """

    changed = Signal()
    problem = Signal(str)

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._spec: Any = next(iter(services.datasets.values()))
        self._rows: dict[str, ParamRow] = {}
        self.box = ChoiceBox()
        self.box.setAccessibleName("Dataset")
        self.preview, self.offer = PreviewStrip(), Offer()
        self.options = Fold("Data options", "Size, scale, noise: what this data set lets you choose.")
        self._fill()
        self._lay_out()
        self.box.picked.connect(self._on_picked)
        self._show_spec(self._spec, {})

    @property
    def spec(self) -> Any:
        """The DataSpec of the chosen data."""
        return self._spec

    def text(self) -> str:
        """The chosen data in text form, naming only the options that differ from their defaults."""
        given = {k: v for k, v in self._values().items() if not same(v, self._spec.details[k].default)}
        return f"{self._spec.name}?{urlencode(given)}" if given else self._spec.name

    def set_text(self, text: str) -> None:
        """Choose data by its text form, without telling anyone. Raises DataError (a ValueError) for what cannot be
        found.
        """
        spec = self._services.describe(text)
        given = dict(parse_qsl(text[len(spec.name) + 1 :])) if text.startswith(f"{spec.name}?") else {}
        self._show_spec(spec, given)

    def show_preview(self, items: np.ndarray) -> None:
        self.preview.show_items(items)

    def retheme(self) -> None:
        self.options.retheme()
        for row in self._rows.values():
            row.retheme()

    def _fill(self) -> None:
        """All sets under the title of their kind, then the user's own."""
        model = QStandardItemModel(self)
        for kind, title in GROUPS:
            _add_heading(model, title)
            for spec in self._services.datasets.values():
                if spec.kind == kind:
                    _add(model, spec.title, spec.name, f"{spec.summary}\n{spec.source}")
        _add_heading(model, "Your own")
        _add(model, "Own file…", OWN_FILE, "A .npz, .npy or IDX file, or a Gaussian mixture in .json or .toml.")
        _add(model, "Own folder of pictures…", OWN_FOLDER, "Every picture below a folder.")
        self.box.setModel(model)

    def _lay_out(self) -> None:
        label = QLabel("Dataset")
        label.setBuddy(self.box)
        line = QHBoxLayout()
        line.setSpacing(theme.SPACE_S)
        line.addWidget(label)
        line.addWidget(self.box, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addLayout(line)
        column.addWidget(self.preview)
        column.addWidget(self.offer)
        column.addWidget(self.options)

    def _show_spec(self, spec: Any, given: dict[str, str]) -> None:
        self._spec = spec
        self.box.set_value(spec.name)
        self.box.setItemText(self.box.currentIndex(), spec.title)
        self.box.setToolTip(f"<b>{spec.title}</b><br>{spec.summary}<br>{spec.source}")
        self.preview.show_text("the preview comes with the engine …", spec.kind)
        self._make_rows(given)

    def _make_rows(self, given: dict[str, str]) -> None:
        for row in self._rows.values():
            self.options.column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = {name: _option_row(name, option) for name, option in self._spec.details.items()}
        for name, row in self._rows.items():
            if name in given:
                kind = type(self._spec.details[name].default)
                row.set_value(str(given[name]) if self._spec.details[name].choices else kind(given[name]))
            row.edited.connect(self._on_option)
            self.options.column.addWidget(row)
        self.options.setVisible(bool(self._rows))
        self.options.set_open(bool(given))

    def _values(self) -> dict[str, Any]:
        """Option values in the type of their defaults; a choice box only knows texts."""
        return {k: type(self._spec.details[k].default)(row.value()) for k, row in self._rows.items()}

    def _on_option(self, name: str) -> None:
        try:
            self._services.describe(self.text())
            self._rows[name].set_error("")
        except ValueError as error:
            self._rows[name].set_error(ConfigError("", str(error)).reason)
        self.changed.emit()

    def _on_picked(self, name: str) -> None:
        if name in (OWN_FILE, OWN_FOLDER):
            self.box.set_value(self._spec.name)
            self._ask_path(folder=name == OWN_FOLDER)
        elif name != self._spec.name:
            self.choose(name)

    def choose(self, text: str) -> None:
        """Take this data as if the user had picked it; a path that leads nowhere is a sentence in ``problem``."""
        try:
            self.set_text(text)
        except ValueError as error:
            self.problem.emit(str(error))
        else:
            self.changed.emit()

    def _ask_path(self, *, folder: bool) -> None:
        if folder:
            path = QFileDialog.getExistingDirectory(self, "A folder of pictures")
        else:
            path, _ = QFileDialog.getOpenFileName(self, "A file of pictures or points", "", FILTER)
        if path:
            self.choose(path)


def same(a: Any, b: Any) -> bool:
    """Whether two option values are one, up to the twelve decimals that a box keeps."""
    return math.isclose(a, b, rel_tol=1e-9) if isinstance(a, float) and isinstance(b, float) else bool(a == b)


def _option_row(name: str, option: Any) -> ParamRow:
    """An option of a data set, as a row of the form."""
    lo = None if option.lo == float("-inf") else option.lo
    hi = None if option.hi == float("inf") else option.hi
    spec = Param(name.replace("_", " ").capitalize(), option.help, lo, hi, choices=tuple(str(c) for c in option.choices), unit="")
    row = ParamRow(name, spec, str if option.choices else type(option.default), "compare")
    row.set_value(str(option.default) if option.choices else option.default)
    return row


def _add_heading(model: QStandardItemModel, title: str) -> None:
    item = QStandardItem(title.upper())
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    item.setData(theme.font(10, bold=True), Qt.ItemDataRole.FontRole)
    model.appendRow(item)


def _add(model: QStandardItemModel, title: str, value: str, tip: str) -> None:
    item = QStandardItem(title)
    item.setData(value, Qt.ItemDataRole.UserRole)
    item.setToolTip(tip)
    model.appendRow(item)
