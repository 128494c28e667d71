"""The page of the editor for what a step does to the window: page, view, recipe, parts of the form that it shows or locks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from playground.engine import FAMILIES, LessonError, describe
from playground.ui import theme
from playground.ui.fields import ChoiceBox
from playground.ui.lessons.editor_draft import Draft, Values
from playground.ui.lessons.editor_fields import quiet
from playground.ui.lessons.editor_parts import PartsTable
from playground.ui.lessons.editor_state import (
    COMPARE_NOTE,
    data_title,
    page_title,
    recipe_trouble,
    recipe_words,
    show_step,
    view_title,
    window_state,
)
from playground.ui.pages import COMPARE
from playground.ui.style import set_look

if TYPE_CHECKING:
    from playground.ui.main_window import MainWindow

NO_MODEL = ("", "the one that is on stage", "The step leaves the stage alone.")
NO_PAGE = "This step leaves the window as it is. Take the window's state to have it set the page, the view and the recipe."


class WindowPage(QWidget):
    """``say(sentence)``: what could not be kept of the window, or shown in it."""

    def __init__(self, draft: Draft, window: MainWindow, say: Callable[[str], None]) -> None:
        super().__init__()
        self._draft, self._window, self._say = draft, window, say
        self._off: tuple[int, Any] = (-1, None)  # the recipe that was switched off, and its step
        self.take, self.look = QPushButton("Take the window's state"), QPushButton("Show it")
        self.page, self.recipe, self.note = QLabel(), QLabel(), QLabel()
        self.view, self.run = ChoiceBox(), ChoiceBox([NO_MODEL])
        self._models: list[Any] = []
        self.sets = QCheckBox("Puts a recipe into the form")
        self.parts = PartsTable(draft)
        self._lay_out()
        self.take.clicked.connect(self.take_state)
        self.look.clicked.connect(self._show_it)
        self.view.picked.connect(lambda view: draft.put_step({"view": view}, "change of the view"))
        self.run.picked.connect(lambda run: draft.put_step({"run": run}, "change of the model"))
        self.sets.clicked.connect(self._switch_recipe)
        window.background.run(window.services.models_on_board, self._offer, lambda _: None, key="models for lessons", owner=self)

    def take_state(self) -> None:
        """The window as it is now, in place of what the step had."""
        state, trouble = window_state(self._window)
        step = self._draft.step
        if step.get("page") == state["page"] and not state["show"] and not state["lock"]:
            state |= {"show": step.get("show", []), "lock": step.get("lock", [])}  # chosen here, for the same form
        self._draft.put_step(state, "window's state")
        self._say(trouble)

    def refresh(self) -> None:
        step = self._draft.step
        page, recipe = step.get("page", ""), step.get("recipe")
        family = page in FAMILIES
        self.page.setText(f"<b>{page_title(page)}</b>" if page else NO_PAGE)
        self._view_row.setVisible(family)
        self._run_row.setVisible(family)
        self.sets.setVisible(family)
        self.sets.setChecked(bool(recipe))
        self.sets.setEnabled(bool(recipe) or self._off[0] == self._draft.index)
        self.recipe.setVisible(family)
        self.recipe.setText(_recipe_text(page, recipe, self._draft.recipe()) if family else "")
        note = COMPARE_NOTE if page == COMPARE else recipe_trouble(page, recipe)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.look.setEnabled(bool(page))
        self.parts.setVisible(family)
        if family:
            self._show_views(page, step.get("view", ""))
            self._show_models(page, step.get("run", ""))
            self.parts.refresh()

    # ------------------------------------------------------------ inside
    def _show_views(self, page: str, view: str) -> None:
        recipe = self._draft.recipe()
        names = FAMILIES[page].views[describe(recipe["data"]).kind] if recipe else sorted({*sum(FAMILIES[page].views.values(), ())})
        wanted = [("", "the one that is there", "The step leaves the view alone."), *((n, view_title(n), "") for n in names)]
        if [self.view.itemData(i) for i in range(self.view.count())] != [n for n, _, _ in wanted]:
            self.view.clear()
            self.view.set_items(wanted)
        if view and self.view.findData(view) < 0:
            self.view.addItem(view_title(view), view)
        self.view.set_value(view)

    def _offer(self, models: list[Any]) -> None:
        self._models = models
        self.refresh()

    def _show_models(self, page: str, run: str) -> None:
        """The finished models on board of this page's family."""
        mine = [(k.name, f"{data_title(k.data)}, {k.preset}", f"“{k.name}”, which comes with the program") for k in self._models
                if k.family == page]  # fmt: skip
        if [self.run.itemData(i) for i in range(self.run.count())] != ["", *(name for name, _, _ in mine)]:
            self.run.clear()
            self.run.set_items([NO_MODEL, *mine])
        self.run.set_value(run)

    def _switch_recipe(self, on: bool) -> None:
        if on:
            self._draft.put_step({"recipe": self._off[1]}, "recipe of the step")
        else:
            self._off = (self._draft.index, self._draft.step.get("recipe"))
            self._draft.put_step({"recipe": None}, "recipe left alone")

    def _show_it(self) -> None:
        try:
            show_step(self._window, self._draft.step)
        except LessonError as error:
            self._say(f"The step cannot be shown: {error}")

    def _lay_out(self) -> None:
        self.take.setToolTip("Page, view and recipe of the window as it is now, in place of what this step has.")
        self.look.setToolTip("Set the window as this step will; the form keeps all its parts.")
        self.view.setToolTip("The view of the stage that this step shows.")
        self.view.setAccessibleName("View")
        self.sets.setToolTip("Off: the step goes on with the recipe, and the model, that is there.")
        for label in (self.page, self.recipe, self.note):
            label.setWordWrap(True)
        set_look(self.recipe, "small")
        set_look(self.note, "pending")
        buttons = QHBoxLayout()
        buttons.addWidget(self.take, 1)
        buttons.addWidget(self.look)
        self.run.setToolTip("A finished model that comes with the program and is put on stage: nobody has to wait for it.")
        self.run.setAccessibleName("Finished model")
        self._view_row, self._run_row = _row("View", self.view), _row("Model", self.run)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addLayout(buttons)
        for widget in (self.page, self._view_row, self._run_row, self.sets, self.recipe, self.note):
            column.addWidget(widget)
        column.addWidget(self.parts, 1)
        column.addStretch(0)


def _row(text: str, box: QWidget) -> QWidget:
    host, caption = QWidget(), quiet(text)
    caption.setBuddy(box)
    row = QHBoxLayout(host)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(caption)
    row.addWidget(box, 1)
    return host


def _recipe_text(page: str, recipe: Values | None, before: Values | None) -> str:
    if recipe:
        return recipe_words(page, recipe)
    if before:
        return f"It goes on with that of the model or of the steps before: {recipe_words(page, before)}."
    return "It goes on with what is there."
