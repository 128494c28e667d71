"""The left column's form: data, preset, hyper-parameters, machine and seed; it speaks in recipes.

Every edit goes through one undo stack. A state of the panel is a plain dict, so that an edit is "from this dict to
that one".
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent, QUndoCommand, QUndoStack
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from playground.engine import Compute, ConfigError, Recipe
from playground.ui import icons, shortcuts, theme
from playground.ui.background import Background
from playground.ui.data_chooser import DataChooser
from playground.ui.fields import ChoiceBox, IntBox
from playground.ui.param_form import ParamForm
from playground.ui.scroll import ColumnScroll
from playground.ui.services import Services
from playground.ui.style import set_look

CUSTOM = "custom"
GROUP_QUESTIONS = {"hybrids": "Which bridge to cross?"}
State = dict[str, Any]


class EditCommand(QUndoCommand):
    """One edit; further edits of the same field within the same look at it become one."""

    def __init__(self, name: str, before: State, after: State, apply: Callable[[State], None]) -> None:
        super().__init__(f"change of {name}")
        self._name, self._before, self._after, self._apply = name, before, after, apply
        self._done = True  # the widget shows it already when the command is pushed

    def id(self) -> int:
        return 1

    def mergeWith(self, other: QUndoCommand) -> bool:  # noqa: N802
        if not isinstance(other, EditCommand) or other._name != self._name or self._name in ("data", "preset", "recipe"):
            return False
        self._after = other._after
        return True

    def undo(self) -> None:
        self._apply(self._before)

    def redo(self) -> None:
        if not self._done:
            self._apply(self._after)
        self._done = False


class RecipePanel(QFrame):
    """``edited(field)`` follows every change, by hand, undo or code; ``data_changed`` if it changed the data. Where the family is
    one of a group, the first question is which: ``family_picked(name)``.
    """

    edited = Signal(str)
    data_changed = Signal()
    family_picked = Signal(str)

    def __init__(self, family: Any, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_look(self, "panel")
        self.family, self._services = family, services
        self._background: Background | None = None
        self.undo_stack = QUndoStack(self)
        self.siblings = self._choose_sibling()
        self.data = DataChooser(services)
        self.preset = ChoiceBox()
        self.form = ParamForm(family.config, family.accent)
        self.machine = ParamForm(Compute, family.accent)
        self.seed = IntBox(0, 2**31 - 1)
        self.dice = QToolButton()
        self._time = QLabel()
        self._lay_out()
        self._wire()
        self._load_default()
        self._first = self._state = self.state()
        self.retheme()

    # ------------------------------------------------------------ reading and writing
    def recipe(self) -> Recipe:
        """What the form asks for. Raises ConfigError, having shown it beside its field."""
        try:
            compute = Compute.from_dict(self.machine.values())
            return Recipe(self.family.name, self.data.text(), self.form.config(), self.seed.value(), compute)
        except ConfigError as error:
            self.show_error(error)
            raise

    def show_error(self, error: ConfigError) -> bool:
        """Say an error beside its field; False if it belongs to none."""
        return self.form.show_error(error) or self.machine.show_error(error)

    def set_recipe(self, recipe: Recipe) -> None:
        """Show this recipe (one step for undo). Raises DataError (a ValueError) if its data cannot be found."""
        self._services.describe(recipe.data)
        after = {
            "data": recipe.data,
            "config": recipe.config.to_dict(),
            "compute": recipe.compute.to_dict(),
            "seed": recipe.seed,
        }
        self._apply(after)
        self._push("recipe")

    def state(self) -> State:
        """All that the panel shows, as plain values."""
        return {
            "data": self.data.text(),
            "config": self.form.values(),
            "compute": self.machine.values(),
            "seed": self.seed.value(),
        }

    def untouched(self) -> bool:
        """Whether the form is as it was made: neither changed nor left otherwise the last time."""
        return self.state() == self._first

    def change(self, changes: Mapping[str, Any]) -> None:
        """Put these values into the form (one step for undo)."""
        self.form.set_values({**self.form.values(), **changes})
        self._push("recipe")

    def randomise_seed(self) -> None:
        self.seed.setValue(random.randrange(2**31))

    def reset(self) -> None:
        """Back to the chosen preset, or to the first that suits the data."""
        self._load_default(self.preset.value())
        self._push("preset")

    def set_devices(self, devices: list[Any]) -> None:
        """Offer the devices of this machine."""
        items = [("auto", "Auto", "The fastest device that is there.")]
        items += [(d.key, d.title, f"{d.title}: {d.memory_gb:.0f} GB, {', '.join(d.precisions)}") for d in devices]
        self.machine.set_choices("device", items)

    def watch_runs(self, background: Background) -> None:
        """From now on, offer the runs that there are where the recipe can start from one."""
        self._background = background
        self.look_for_runs()

    def look_for_runs(self) -> None:
        """Read which runs there are, in the background: they come with the data, with a run that ends, and with time."""
        if self._background is not None and self.form.run_boxes:
            self._background.run(
                self._services.runs_and_models, self._offer_runs, lambda _: None, key=f"runs for {self.family.name}", owner=self
            )

    def _offer_runs(self, runs: list[Any]) -> None:
        self.form.offer_runs(runs, self.data.text())

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """A run may have ended in another tab meanwhile."""
        super().showEvent(event)
        self.look_for_runs()

    def mark_pending(self, names: set[str]) -> None:
        """These values differ from what trains now and wait for the next Train."""
        self.form.mark_pending(names)
        self.machine.mark_pending(names)

    def restrict(self, show: Sequence[str], lock: Sequence[str]) -> None:
        """Show these parts of the form alone (none named: all), and let nobody change the locked ones: for lessons.

        A part is a hyper-parameter, "data", "preset", "seed" or "machine".
        """
        only = set(show) or None
        self.form.restrict(only, set(lock))
        self.machine.restrict(None, set(self.machine.rows) if "machine" in lock else set())
        for name, widgets in self._parts.items():
            for widget in widgets:
                widget.setVisible(only is None or name in only)
                widget.setEnabled(name not in lock)

    def retheme(self) -> None:
        look = theme.current()
        self.dice.setIcon(icons.icon("dice", look.text))
        self.seed.setFixedWidth(look.px(92))
        for part in (self.data, self.form, self.machine):
            part.retheme()

    # ------------------------------------------------------------ inside
    def _apply(self, state: State) -> None:
        """Show a state, silently for undo, loudly for who listens."""
        data_differs = state["data"] != self.data.text()
        if data_differs:
            self.data.set_text(state["data"])
            self._fill_presets()
        self.form.set_values(state["config"])
        self.machine.set_values(state["compute"])
        self.seed.blockSignals(True)
        self.seed.setValue(state["seed"])
        self.seed.blockSignals(False)
        self._state = state
        self._show_preset()
        if data_differs:
            self.data_changed.emit()
        self.edited.emit("")

    def _push(self, name: str) -> None:
        """Remember that the panel went from the last known state to what it shows now."""
        after = self.state()
        if after != self._state or name == "recipe":
            before, self._state = self._state, after
            self.undo_stack.push(EditCommand(name, before, after, self._apply))
        self._show_preset()
        self.edited.emit(name)

    def _on_data(self) -> None:
        """Other data: keep the recipe while it suits, else take the first preset made for this data."""
        before_kind = self._services.describe(self._state["data"]).kind
        spec, chosen = self.data.spec, self.preset.value()
        fits = chosen in [p.title for p in self.family.presets_for(spec.name, spec.kind)]
        self._fill_presets()
        if before_kind != spec.kind or (chosen != CUSTOM and not fits):
            self._load_default()
        self._push("data")
        self.data_changed.emit()

    def _load_default(self, preset: str = "") -> None:
        spec = self.data.spec
        presets = {p.title: p for p in self.family.presets_for(spec.name, spec.kind)}
        chosen = presets.get(preset) or next(iter(presets.values()), None)
        self._fill_presets()
        self.form.set_values(self.family.config().replace(**(chosen.changes if chosen else {})).to_dict())
        self._show_preset()

    def _fill_presets(self) -> None:
        spec = self.data.spec
        items = [
            (p.title, f"{p.title} · {p.stated_time}", f"{p.help} Takes {p.stated_time} on two CPU cores.")
            for p in self.family.presets_for(spec.name, spec.kind)
        ]
        self.preset.clear()
        self.preset.set_items([*items, (CUSTOM, "Your own", "The values below are those of no preset.")])

    def _show_preset(self) -> None:
        """Name the preset whose values the form shows, if there is one."""
        values, spec = self.form.values(), self.data.spec
        for preset in self.family.presets_for(spec.name, spec.kind):
            if self.family.config().replace(**preset.changes).to_dict() == values:
                self.preset.set_value(preset.title)
                self.preset.setToolTip(f"<b>{preset.title}</b> ({preset.stated_time})<br>{preset.help}")
                self._time.setText(f"takes {preset.stated_time}")
                return
        self._time.setText("")
        self.preset.set_value(CUSTOM)
        self.preset.setToolTip("A recipe of your own. Choose a preset to go back to a known good one.")

    def _on_preset(self, title: str) -> None:
        if title != CUSTOM:
            self._load_default(title)
            self._push("preset")

    def _wire(self) -> None:
        self.data.changed.connect(self._on_data)
        self.data_changed.connect(self.look_for_runs)
        self.preset.picked.connect(self._on_preset)
        self.form.edited.connect(self._push)
        self.machine.edited.connect(self._push)
        self.seed.valueChanged.connect(lambda _: self._push("seed"))
        self.dice.clicked.connect(self.randomise_seed)
        self.machine.set_choices("device", [("auto", "Auto", "The fastest device that is there.")])

    def _lay_out(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(theme.SPACE_L, theme.SPACE_M, theme.SPACE_L, theme.SPACE_M)
        column.setSpacing(theme.SPACE_S)
        if self.siblings is not None:
            column.addWidget(_heading(GROUP_QUESTIONS[self.family.group]))
            column.addWidget(self.siblings)
            column.addWidget(_small(self.family.summary))
        self._parts: dict[str, tuple[QWidget, ...]] = {
            "data": (_heading("Data"), self.data), "preset": (self._preset_line(), self.preset), "machine": (self.machine,),
            "seed": (self._seed_line(),),
        }  # fmt: skip
        for widget in (*self._parts["data"], *self._parts["preset"], self.form, self.machine, *self._parts["seed"]):
            column.addWidget(widget)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(ColumnScroll(inner))

    def _choose_sibling(self) -> ChoiceBox | None:
        """The families of this group, to go to another one; None for a family that stands alone."""
        group = self.family.group
        if not group:
            return None
        items = [(f.name, f.title, f"{f.summary} {f.paper}") for f in self._services.families.values() if f.group == group]
        box = ChoiceBox(items)
        box.set_value(self.family.name)
        box.setAccessibleName(GROUP_QUESTIONS[group])
        box.picked.connect(self._pick_sibling)
        return box

    def _pick_sibling(self, name: str) -> None:
        """Go to another family; this panel goes on to name its own."""
        assert self.siblings is not None
        self.siblings.set_value(self.family.name)
        self.family_picked.emit(name)

    def _preset_line(self) -> QWidget:
        """The heading, with the stated time of the preset at its right."""
        self.preset.setAccessibleName("Preset")
        self._time.setToolTip("Measured on two CPU cores without a graphics card.")
        set_look(self._time, "small")
        host = QWidget()
        row = QHBoxLayout(host)
        row.setContentsMargins(0, theme.SPACE_S, 0, 0)
        row.addWidget(_heading("Preset"), 1)
        row.addWidget(self._time)
        return host

    def _seed_line(self) -> QWidget:
        tip = "The same seed, recipe and number of CPU threads give the same model, bit for bit. A whole number."
        self.seed.setToolTip(tip)
        self.seed.setAccessibleName("Seed")
        self.dice.setToolTip(shortcuts.tip("random_seed"))
        self.dice.setAccessibleName("New random seed")
        return _line("Seed", self.seed, self.dice, tip=tip)


def _small(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    set_look(label, "small")
    return label


def _heading(text: str) -> QLabel:
    label = QLabel(text.upper())
    set_look(label, "heading")
    return label


def _line(text: str, *controls: QWidget, tip: str) -> QWidget:
    """A label at the left and its controls at the right."""
    host = QWidget()
    label = QLabel(text)
    label.setToolTip(tip)
    label.setBuddy(controls[0])
    row = QHBoxLayout(host)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.SPACE_S)
    row.addWidget(label, 1)
    for control in controls:
        row.addWidget(control)
    return host
