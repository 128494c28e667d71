"""The left column's form: data, contestants, budget and seeds, and how long all that will take; it speaks in plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from playground.engine import Recipe
from playground.ui import theme
from playground.ui.compare.contestants import Contestants
from playground.ui.compare.estimate import Cost
from playground.ui.data_chooser import DataChooser
from playground.ui.fields import ChoiceBox, Fold, IntBox
from playground.ui.recipe_panel import EditCommand
from playground.ui.scroll import ColumnScroll
from playground.ui.services import Services
from playground.ui.style import set_look

State = dict[str, Any]
DEFAULT_DATA = "8gaussians"
BUDGETS = {"points": (40, 3), "image": (60, 2)}  # seconds for each run, seeds: below ten minutes for three families
BY = (
    ("seconds", "Seconds each", "Every run trains for the same time; learning rates fall to their end in it."),
    ("steps", "Steps of the recipes", "Every run trains for the steps that its preset names, however long they take."),
)


class CompareForm(QFrame):
    """``edited(name)`` follows every change, ``data_changed`` if it changed the data; ``opened(folder)``: one of the past."""

    edited = Signal(str)
    data_changed = Signal()
    opened = Signal(str)

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_look(self, "panel")
        self._services = services
        self.undo_stack = QUndoStack(self)
        self.data = DataChooser(services)
        self.contestants = Contestants(services.families)
        self.by, self.seconds = ChoiceBox(BY), IntBox(2, 7200, log=True, unit="s")
        self.seeds, self.parameters = IntBox(1, 5), IntBox(0, 50_000_000, log=True)
        self.past = Fold("Past comparisons", "Comparisons of the past: open one, or go on with one that was broken off.")
        self.past_list = QListWidget()
        self._lay_out()
        self._default()
        self._wire()
        self._state = self.state()
        self._show()
        self.retheme()

    # ------------------------------------------------------------ reading and writing
    def state(self) -> State:
        """All that the form shows, as plain values."""
        return {
            "data": self.data.text(), **self.contestants.state(), "by": self.by.value(), "seconds": self.seconds.value(),
            "seeds": self.seeds.value(), "parameters": self.parameters.value(),
        }  # fmt: skip

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Show a state (one step for undo); what is missing stays. Raises DataError if its data cannot be found."""
        self._services.describe(state.get("data", self.data.text()))
        self._apply({**self.state(), **state})
        self._push("all")

    def cost(self) -> Cost:
        """How long it will take."""
        chosen, runs = self.contestants.chosen(), self.contestants.chosen_runs()
        seconds = float(self.seconds.value()) if self.by.value() == "seconds" else 0.0
        return Cost(self.data.spec.kind, [row.seconds for row in chosen], len(runs), self.seeds.value(), seconds)

    def plan(self) -> Any:
        """What the form asks for. Raises ConfigError, or ValueError with a sentence where nobody takes part."""
        rows, runs = self.contestants.chosen(), self.contestants.chosen_runs()
        if not rows and not runs:
            raise ValueError("Tick at least one contestant.")
        data, make = self.data.text(), self._services.make_contestant
        contestants = [make(recipe=Recipe(row.family.name, data, row.config()), title=row.family.title) for row in rows]
        contestants += [make(run=Path(folder)) for folder in runs]
        seconds = float(self.seconds.value()) if self.by.value() == "seconds" else 0.0
        return self._services.make_plan(
            data=data, contestants=tuple(contestants), seeds=self.seeds.value(), seconds=seconds,
            parameters=self.parameters.value(),
        )  # fmt: skip

    def set_runs(self, infos: Sequence[Any]) -> None:
        """The runs of the past."""
        self._infos = infos
        self.contestants.set_runs(infos, self.data.text())
        self._state = self.state()
        self._show()
        self.edited.emit("")

    def set_past(self, infos: Sequence[Any]) -> None:
        """The comparisons of the past, newest first."""
        self.past_list.clear()
        for info in infos:
            item = QListWidgetItem(past_text(info))
            item.setData(Qt.ItemDataRole.UserRole, str(info.folder))
            item.setToolTip(f"{info.problem or 'Enter or a double click opens it.'}\n{info.folder}")
            self.past_list.addItem(item)
        self.past.setVisible(bool(infos))

    def retheme(self) -> None:
        for part in (self.data, self.contestants, self.past):
            part.retheme()
        for box in (self.seconds, self.seeds, self.parameters):
            box.setFixedWidth(theme.current().px(96))

    # ------------------------------------------------------------ inside
    _infos: Sequence[Any] = ()

    def _default(self) -> None:
        """The three base families on a density of the plane, within ten minutes."""
        if DEFAULT_DATA in self._services.datasets:
            self.data.set_text(DEFAULT_DATA)
        self.contestants.set_data(self.data.spec.name, self.data.spec.kind)
        self.contestants.set_state({"families": {n: {"on": not f.group} for n, f in self._services.families.items()}})
        self._default_budget()

    def _default_budget(self) -> None:
        seconds, seeds = BUDGETS[self.data.spec.kind]
        for box, value in ((self.seconds, seconds), (self.seeds, seeds)):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)

    def _apply(self, state: State) -> None:
        """Show a state, silently for undo, loudly for who listens."""
        differs = state["data"] != self.data.text()
        if differs:
            self.data.set_text(state["data"])
            self.contestants.set_data(self.data.spec.name, self.data.spec.kind)
            self.contestants.set_runs(self._infos, self.data.text())
        self.contestants.set_state(state)
        self.by.set_value(state["by"])
        for box, name in ((self.seconds, "seconds"), (self.seeds, "seeds"), (self.parameters, "parameters")):
            box.blockSignals(True)
            box.setValue(int(state[name]))
            box.blockSignals(False)
        self._state = self.state()
        self._show()
        if differs:
            self.data_changed.emit()
        self.edited.emit("")

    def _push(self, name: str) -> None:
        """Remember that the form went from the last known state to what it shows now."""
        after = self.state()
        if after != self._state:
            before, self._state = self._state, after
            self.undo_stack.push(EditCommand(name, before, after, self._apply))
        self._show()
        self.edited.emit(name)

    def _on_data(self) -> None:
        kind_before = self._services.describe(self._state["data"]).kind
        self.contestants.set_data(self.data.spec.name, self.data.spec.kind)
        self.contestants.set_runs(self._infos, self.data.text())
        if self.data.spec.kind != kind_before:
            self._default_budget()
        self._push("data")
        self.data_changed.emit()

    def _show(self) -> None:
        self.seconds.setEnabled(self.by.value() == "seconds")

    def _wire(self) -> None:
        self.data.changed.connect(self._on_data)
        self.contestants.changed.connect(self._push)
        self.by.picked.connect(lambda _: self._push("by"))
        for box, name in ((self.seconds, "seconds"), (self.seeds, "seeds"), (self.parameters, "parameters")):
            box.valueChanged.connect(lambda _, n=name: self._push(n))
        self.past_list.itemActivated.connect(lambda item: self.opened.emit(str(item.data(Qt.ItemDataRole.UserRole))))

    def _lay_out(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(theme.SPACE_L, theme.SPACE_M, theme.SPACE_L, theme.SPACE_M)
        column.setSpacing(theme.SPACE_S)
        self.past_list.setFixedHeight(theme.current().px(130))
        self.past_list.setToolTip("Enter or a double click opens a comparison; one that was broken off goes on with Resume.")
        self.past.column.addWidget(self.past_list)
        self.past.hide()
        for part in (heading("Data"), self.data, heading("Contestants"), self.contestants, heading("Budget"), *self._budget()):
            column.addWidget(part)
        column.addWidget(self.past)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(ColumnScroll(inner))

    def _budget(self) -> list[QWidget]:
        self.by.setAccessibleName("What is equal for all")
        self.by.setToolTip("What every contestant gets: the same time, or the steps of its recipe.")
        return [
            self.by,
            line("Time of each run", self.seconds, "Seconds of its own training, 2 to 7,200: the turns of others do not count."),
            line("Seeds", self.seeds, "Every contestant is trained so many times, from other random numbers: the spread over seeds "
                 "tells luck from skill. 1 to 5."),
            line("Parameters", self.parameters, "Trained numbers of each model: widths are fitted so that all are about as large. "
                 "0: as the recipes say."),
        ]  # fmt: skip


def heading(text: str) -> QLabel:
    label = QLabel(text.upper())
    set_look(label, "heading")
    return label


def line(text: str, control: QWidget, tip: str) -> QWidget:
    """A label at the left and its control at the right."""
    host, label = QWidget(), QLabel(text)
    for widget in (label, control):
        widget.setToolTip(tip)
    control.setAccessibleName(text)
    label.setBuddy(control)
    row = QHBoxLayout(host)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(label, 1)
    row.addWidget(control)
    return host


def past_text(info: Any) -> str:
    """A comparison of the past in one line: when, on what, who, and how far it came."""
    made = str(info.created).replace("T", " ")[:16]
    if info.problem:
        return f"{info.comparison_id} · damaged"
    state = "" if info.status == "finished" else f"{info.measured} of {info.total} measured"
    return " · ".join(part for part in (made, info.data, " ".join(info.contestants), state) if part)
