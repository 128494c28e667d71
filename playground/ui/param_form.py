"""From a config dataclass to a form: one row a hyper-parameter, made from its declaration alone.

Rows that do not matter now are hidden (``when``), advanced ones are folded away, live ones carry a dot. What is wrong
is said beside the field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from playground.engine import Config, ConfigError, Param, field_types, params
from playground.ui import theme
from playground.ui.fields import ChoiceBox, Fold, IntBox, NumberBox, choice_text, value_of
from playground.ui.run_box import RunBox
from playground.ui.style import set_look
from playground.ui.symbols import BY_PARAM, definitions

FIELD_WIDTH = 128
RUN_WIDTH = 176  # a run's name is long
LIVE_TIP = "Live: a change applies at once while training."
PENDING = "takes effect at the next Train"


class ParamRow(QWidget):
    """Label, symbol, live dot and control of one parameter, with a line below for what is wrong or waiting."""

    edited = Signal(str)

    def __init__(self, name: str, spec: Param, kind: type, accent: str) -> None:
        super().__init__()
        self.name, self.spec, self._accent = name, spec, accent
        self.label = QLabel()
        self.control = _control(spec, kind)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.hide()
        self._error = self._waiting = ""
        self._lay_out()
        self._connect()
        self.retheme()
        self.control.setAccessibleName(spec.label)
        self.control.setAccessibleDescription(spec.describe())

    def value(self) -> Any:
        return value_of(self.control)

    def set_value(self, value: Any) -> None:
        """Show a value without telling anyone."""
        with QSignalBlocker(self.control):
            if isinstance(self.control, QCheckBox):
                self.control.setChecked(bool(value))
            elif isinstance(self.control, ChoiceBox):
                self.control.set_value(str(value))
            elif isinstance(self.control, QLineEdit):
                self.control.setText(str(value))
            elif isinstance(self.control, (IntBox, NumberBox)):
                self.control.setValue(value)

    def set_error(self, sentence: str) -> None:
        """Say what is wrong with this value; "" takes it back."""
        if sentence != self._error:
            self._error = sentence
            self.control.setProperty("wrong", bool(sentence))
            self.control.style().unpolish(self.control)
            self.control.style().polish(self.control)
            self._say()

    def set_pending(self, waiting: bool) -> None:
        """Whether the value on the form differs from the one that trains now."""
        if bool(self._waiting) != waiting:
            self._waiting = PENDING if waiting else ""
            self._say()

    def retheme(self) -> None:
        look = theme.current()
        known = BY_PARAM.get(self.name)
        colour = look.accent(self._accent) if known is None else look.role(known.role, self._accent)
        symbol = f' <i style="color:{colour}">{self.spec.symbol}</i>' if self.spec.symbol else ""
        dot = f' <span style="color:{look.good};font-size:{look.px(8)}px">●</span>' if self.spec.live else ""
        self.label.setText(f"{self.spec.label}{symbol}{dot}")
        tip = tooltip(self.spec) + (f"<br>{definitions([known], look, self._accent)}" if known is not None else "")
        for widget in (self, self.label, self.control):
            widget.setToolTip(tip)
        self.control.setFixedWidth(look.px(RUN_WIDTH if isinstance(self.control, RunBox) else FIELD_WIDTH))

    def _say(self) -> None:
        self.note.setText(self._error or self._waiting)
        set_look(self.note, "error" if self._error else "pending")
        self.note.setVisible(bool(self._error or self._waiting))

    def _lay_out(self) -> None:
        self.label.setTextFormat(Qt.TextFormat.RichText)
        self.label.setBuddy(self.control)
        line = QHBoxLayout()
        line.setSpacing(theme.SPACE_S)
        line.addWidget(self.label, 1)
        line.addWidget(self.control)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(line)
        column.addWidget(self.note)

    def _connect(self) -> None:
        def tell(*_: object) -> None:
            self.edited.emit(self.name)

        control = self.control
        if isinstance(control, QCheckBox):
            control.toggled.connect(tell)
        elif isinstance(control, ChoiceBox):
            control.picked.connect(tell)
        elif isinstance(control, QLineEdit):
            control.editingFinished.connect(tell)
        elif isinstance(control, (IntBox, NumberBox)):
            control.valueChanged.connect(tell)


class ParamForm(QWidget):
    """All parameters of a config class, grouped as declared. ``edited`` names the parameter that the user changed."""

    edited = Signal(str)

    def __init__(self, config: type[Config], accent: str = "vae", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.config_class = config
        kinds = field_types(config)
        self.rows = {name: ParamRow(name, spec, kinds[name], accent) for name, spec in params(config).items()}
        self.fold = Fold("Advanced", "Parameters that a first look can leave alone.")
        self._headings: list[tuple[QLabel, list[ParamRow]]] = []
        self._only: set[str] | None = None  # the only rows to be seen
        self._lay_out()
        for row in self.rows.values():
            row.edited.connect(self._on_edit)
        self.set_values(config().to_dict())

    def values(self) -> dict[str, Any]:
        """What the form says, checked or not."""
        return {name: row.value() for name, row in self.rows.items()}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show these values; names that are missing keep what they show. Nothing is emitted."""
        for name, value in values.items():
            if name in self.rows:
                self.rows[name].set_value(value)
        self._check()

    def config(self) -> Config:
        """The config of these values. Raises ConfigError."""
        return self.config_class.from_dict(self.values())

    def set_choices(self, name: str, items: Sequence[tuple[str, str, str]]) -> None:
        """Offer (value, text, tooltip) for a parameter whose choices are known only at run time, such as devices."""
        control = self.rows[name].control
        assert isinstance(control, ChoiceBox)
        with QSignalBlocker(control):
            control.set_items(items)

    @property
    def run_boxes(self) -> list[RunBox]:
        """Controls that name a run which this one starts from."""
        return [row.control for row in self.rows.values() if isinstance(row.control, RunBox)]

    def offer_runs(self, runs: Sequence[Any], data: str) -> None:
        """The runs that there are (of RunInfo), for those controls; ``data``: what the form is for."""
        for box in self.run_boxes:
            box.offer(runs, data)
        self._check()

    def show_error(self, error: ConfigError) -> bool:
        """Say it beside its field; False if the field is not of this form."""
        row = self.rows.get(error.field)
        if row is not None:
            row.set_error(error.reason)
            self.fold.set_open(self.fold.button.isChecked() or row.spec.advanced)
        return row is not None

    def mark_pending(self, names: set[str]) -> None:
        """These differ from what trains now and wait for the next Train."""
        for name, row in self.rows.items():
            row.set_pending(name in names)

    def restrict(self, only: set[str] | None, locked: set[str]) -> None:
        """Show these rows alone (None: all), and let nobody change the locked ones."""
        self._only = only
        for name, row in self.rows.items():
            row.control.setEnabled(name not in locked)
        if only is not None and any(row.spec.advanced for name, row in self.rows.items() if name in only):
            self.fold.set_open(True)
        self._check()

    def retheme(self) -> None:
        self.fold.retheme()
        for row in self.rows.values():
            row.retheme()

    def _on_edit(self, name: str) -> None:
        self._check()
        self.edited.emit(name)

    def _check(self) -> None:
        """Hide what does not matter, say what is wrong."""
        values = SimpleNamespace(**self.values())
        for row in self.rows.values():
            matters = row.spec.when is None or bool(row.spec.when(values))
            row.setVisible(matters and (self._only is None or row.name in self._only))
            row.set_error(row.control.trouble() if isinstance(row.control, RunBox) else "")
        for heading, rows in self._headings:
            heading.setVisible(any(not row.isHidden() for row in rows))
        self.fold.setVisible(any(row.spec.advanced and not row.isHidden() for row in self.rows.values()))
        try:
            self.config()
        except ConfigError as error:
            self.show_error(error)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        groups: dict[str, list[ParamRow]] = {}
        for row in self.rows.values():
            if row.spec.advanced:
                self.fold.column.addWidget(row)
            else:
                groups.setdefault(row.spec.group, []).append(row)
        for title, rows in groups.items():
            heading = QLabel(title.upper())
            set_look(heading, "heading")
            heading.setContentsMargins(0, theme.SPACE_S, 0, 0)
            self._headings.append((heading, rows))
            for widget in (heading, *rows):
                column.addWidget(widget)
        column.addWidget(self.fold)


def tooltip(spec: Param) -> str:
    """Label and symbol in bold, then the declaration's own words."""
    lines = spec.describe().replace("&", "&amp;").replace("<", "&lt;").split("\n")
    head = f"<b>{spec.label}{' ' + spec.symbol if spec.symbol else ''}</b>"
    live = [f"<i>{LIVE_TIP}</i>"] if spec.live else []
    return "<br>".join([head, *lines, *live])


def _control(spec: Param, kind: type) -> QWidget:
    if kind is bool:
        return QCheckBox()
    if spec.run_of:
        return RunBox(spec.run_of)
    if kind is str:
        helps = [*spec.choice_help, *[""] * len(spec.choices)]
        items = [(c, choice_text(c), f"{choice_text(c)}: {h}" if h else "") for c, h in zip(spec.choices, helps, strict=False)]
        return ChoiceBox(items)
    box = IntBox if kind is int else NumberBox
    return box(spec.lo, spec.hi, log=spec.log, unit=spec.unit)
