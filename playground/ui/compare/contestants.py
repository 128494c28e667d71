"""Who takes part: a line for every family of the table, with its preset and, where it starts from another run, which one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from playground.engine import params
from playground.ui import theme
from playground.ui.compare.estimate import stated_seconds
from playground.ui.compare.looks import accent_of
from playground.ui.fields import ChoiceBox, Fold
from playground.ui.numbers import duration
from playground.ui.style import set_look, stylesheet

NO_RUN = "choose a run"


class FamilyRow(QWidget):
    """``changed`` when a tick, the preset or the run that it starts from is another."""

    changed = Signal()

    def __init__(self, family: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.family = family
        self.check, self.preset = QCheckBox(family.title), ChoiceBox()
        self.check.setToolTip(f"<b>{family.title}</b> takes part<br>{family.summary}<br>{family.paper}")
        self.preset.setAccessibleName(f"Preset of {family.title}")
        self.parents = {name: ChoiceBox() for name, spec in params(family.config).items() if spec.run_of}
        self._data, self._kind = "", ""
        self._awaited: dict[str, str] = {}  # parents of a remembered state, whose list is not there yet
        line = QHBoxLayout()
        line.setSpacing(theme.SPACE_S)
        line.addWidget(self.check)
        line.addWidget(self.preset, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addLayout(line)
        self.extra = QWidget()
        self._lay_out_parents()
        column.addWidget(self.extra)
        self.check.toggled.connect(self._on_change)
        self.preset.picked.connect(self._on_change)
        self.retheme()

    def _lay_out_parents(self) -> None:
        column = QVBoxLayout(self.extra)
        column.setContentsMargins(theme.SPACE_XL, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        specs = params(self.family.config)
        for name, box in self.parents.items():
            label = QLabel(specs[name].label or name.replace("_", " ").capitalize())
            set_look(label, "small")
            label.setBuddy(box)
            box.setToolTip(specs[name].help)
            column.addWidget(label)
            column.addWidget(box)
            box.picked.connect(self._on_change)

    # ------------------------------------------------------------ what can be chosen
    def set_data(self, name: str, kind: str) -> None:
        """Offer the presets that suit these data; without any the family cannot take part."""
        self._data, self._kind = name, kind
        found = self.family.presets_for(name, kind)
        before = self.preset.value()
        self.preset.clear()
        self.preset.set_items([(p.title, p.title, f"{p.help} Takes {p.stated_time} on two CPU cores.") for p in found])
        if before in [p.title for p in found]:
            self.preset.set_value(before)
        self.setEnabled(bool(found))
        self._show()

    def set_runs(self, infos: Sequence[Any], data: str) -> None:
        """Offer runs of the families that this one starts from, on the same data."""
        for name, box in self.parents.items():
            wanted = params(self.family.config)[name].run_of
            fitting = [i for i in infos if i.family == wanted and i.data == data and i.status not in ("damaged", "failed")]
            before = self._awaited.get(name) or box.value()
            box.clear()
            items = [(str(i.folder), f"{i.name}, {i.step:,} steps", str(i.folder)) for i in fitting]
            box.set_items([("", NO_RUN, f"Train a {wanted} run on these data first: it is then offered here."), *items])
            if before in [str(i.folder) for i in fitting]:
                box.set_value(before)
                self._awaited.pop(name, None)
            elif fitting:
                box.set_value(str(fitting[0].folder))
        self._show()

    # ------------------------------------------------------------ reading and writing
    @property
    def on(self) -> bool:
        return self.check.isChecked() and self.isEnabled()

    @property
    def seconds(self) -> float:
        """What the chosen preset states."""
        found = [p for p in self.family.presets_for(self._data, self._kind) if p.title == self.preset.value()]
        return stated_seconds(found[0].stated_time) if found else 0.0

    def config(self) -> Any:
        """The chosen preset's config, with the runs that it starts from. Raises ConfigError."""
        chosen = {p.title: p for p in self.family.presets_for(self._data, self._kind)}.get(self.preset.value())
        config = self.family.config().replace(**(chosen.changes if chosen else {}))
        given = {name: box.value() for name, box in self.parents.items() if box.value()}
        return config.replace(**given) if given else config

    def state(self) -> dict[str, Any]:
        return {
            "on": self.check.isChecked(), "preset": self.preset.value(),
            "parents": {name: box.value() for name, box in self.parents.items()},
        }  # fmt: skip

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Show a state without telling anyone; names that are not offered are ignored."""
        self.check.blockSignals(True)
        self.check.setChecked(bool(state.get("on", False)))
        self.check.blockSignals(False)
        if self.preset.findData(state.get("preset", "")) >= 0:
            self.preset.set_value(state["preset"])
        self._awaited = {}
        for name, value in state.get("parents", {}).items():
            if name in self.parents and self.parents[name].findData(value) >= 0:
                self.parents[name].set_value(value)
            elif name in self.parents:
                self._awaited[name] = value
        self._show()

    def retheme(self) -> None:
        look = theme.current()
        accent = accent_of(self.family.accent)
        self.check.setStyleSheet(stylesheet(look, self.family.accent) + f" QCheckBox {{ color: {accent}; font-weight: 600; }}")

    def _on_change(self, *_: object) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        self.preset.setEnabled(self.check.isChecked() and self.isEnabled())
        self.extra.setVisible(bool(self.parents) and self.on)


class Contestants(QWidget):
    """Base families, then the others under a fold; then runs of the past on the same data. ``changed(name)``: of which family, or
    "runs".
    """

    changed = Signal(str)

    def __init__(self, families: Mapping[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = {name: FamilyRow(family) for name, family in families.items()}
        self.hybrids = Fold("Hybrids", "Families that bridge two of the three.")
        self.existing = Fold("Existing runs", "Runs of the past on the same data: they are measured as they are, without training.")
        self.runs = QListWidget()
        self.runs.setToolTip("Tick a run to put it beside the others. Only runs of the same data can be compared.")
        self.runs.setFixedHeight(theme.current().px(120))
        self.no_runs = QLabel("No finished run of these data yet.")
        self.no_runs.setWordWrap(True)
        set_look(self.no_runs, "small")
        self._awaited: set[str] = set()  # runs ticked in a remembered state, whose list is not there yet
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        for name, row in self.rows.items():
            (self.hybrids.column if row.family.group else column).addWidget(row)
            row.changed.connect(lambda n=name: self.changed.emit(n))
        column.addWidget(self.hybrids)
        column.addWidget(self.existing)
        self.existing.column.addWidget(self.no_runs)
        self.existing.column.addWidget(self.runs)
        self.hybrids.setVisible(any(r.family.group for r in self.rows.values()))
        self.runs.itemChanged.connect(lambda _: self.changed.emit("runs"))
        self.set_runs((), "")
        self._align()

    def _align(self) -> None:
        """The presets begin in one line, however long the names are."""
        for grouped in (False, True):
            rows = [r for r in self.rows.values() if bool(r.family.group) == grouped]
            width = max([r.check.sizeHint().width() for r in rows], default=0)
            for row in rows:
                row.check.setMinimumWidth(width)

    def set_data(self, name: str, kind: str) -> None:
        for row in self.rows.values():
            row.set_data(name, kind)

    def set_runs(self, infos: Sequence[Any], data: str) -> None:
        """The runs of the past, of which those on these data are offered."""
        ticked = self._awaited.union(self.chosen_runs())
        fitting = [i for i in infos if i.data == data and i.status not in ("damaged", "failed") and i.step > 0]
        self.runs.blockSignals(True)
        self.runs.clear()
        for info in fitting:
            item = QListWidgetItem(f"{info.name} · {info.family} · {info.step:,} steps")
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            item.setData(Qt.ItemDataRole.UserRole, str(info.folder))
            item.setToolTip(f"{info.folder}\ntrained {duration(info.seconds)}, {info.status}")
            item.setCheckState(Qt.CheckState.Checked if str(info.folder) in ticked else Qt.CheckState.Unchecked)
            self.runs.addItem(item)
        self.runs.blockSignals(False)
        self._awaited -= {str(info.folder) for info in fitting}
        self.runs.setVisible(bool(fitting))
        self.no_runs.setVisible(not fitting)
        for row in self.rows.values():
            row.set_runs(infos, data)

    def chosen_runs(self) -> list[str]:
        """Folders of the ticked runs, in order."""
        items = (self.runs.item(i) for i in range(self.runs.count()))
        return [str(i.data(Qt.ItemDataRole.UserRole)) for i in items if i.checkState() == Qt.CheckState.Checked]

    def chosen(self) -> list[FamilyRow]:
        return [row for row in self.rows.values() if row.on]

    def state(self) -> dict[str, Any]:
        return {"families": {name: row.state() for name, row in self.rows.items()}, "runs": self.chosen_runs()}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Show a state without telling anyone."""
        for name, row in self.rows.items():
            row.set_state(state.get("families", {}).get(name, {"on": False}))
        ticked = set(state.get("runs", ()))
        self.runs.blockSignals(True)
        for i in range(self.runs.count()):
            on = self.runs.item(i).data(Qt.ItemDataRole.UserRole) in ticked
            self.runs.item(i).setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self.runs.blockSignals(False)
        self._awaited = ticked.difference(self.chosen_runs())

    def retheme(self) -> None:
        self.hybrids.retheme()
        self.existing.retheme()
        for row in self.rows.values():
            row.retheme()
        self._align()
