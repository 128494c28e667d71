"""The window as a step keeps it: page, view, recipe of the form, parts of the form; read from the window, and said in words."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground.engine import DATASETS, FAMILIES, ConfigError, Recipe, model_on_board, params, recipe_values, step_of
from playground.ui.fields import number_text
from playground.ui.pages import COMPARE

if TYPE_CHECKING:
    from playground.ui.main_window import MainWindow

COMPARE_NOTE = "The comparison keeps its own plan: this step brings the page to the front and sets nothing on it."


def window_state(window: MainWindow) -> tuple[dict[str, Any], str]:
    """The values of a step for the window as it is now, and a sentence about what it cannot keep ("" if it keeps all)."""
    if window.compare is not None and window.page is window.compare:
        return {"page": COMPARE, "view": "", "recipe": None, "run": "", "show": [], "lock": []}, COMPARE_NOTE
    tab = window.tab
    page, recipe, trouble, run = tab.family.name, None, "", run_on_board(tab)
    try:
        asked = tab.panel.recipe()
        if not (run and _same(asked, tab.running)):  # a finished model brings its own recipe
            recipe = recipe_values(asked)
    except ValueError as error:  # ConfigError, DataError: sentences
        trouble = f"The form's recipe cannot be used, so the step keeps none ({error}). Mend it and take the state again."
    playing = window.lessons.step
    mine = playing is not None and playing.page == page
    show, lock = (list(playing.show), list(playing.lock)) if playing is not None and mine else ([], [])
    state = {"page": page, "view": tab.stage.switch.key(), "recipe": recipe, "run": run, "show": show, "lock": lock}
    return state, trouble or recipe_trouble(page, recipe)


def run_on_board(tab: Any) -> str:
    """The name of the finished model on board that is on this page's stage, "" for any other run."""
    model = model_on_board(Path(tab.status.folder).name) if tab.status.folder else None
    return model.name if model is not None and model.folder == Path(tab.status.folder) else ""


def _same(asked: Recipe, running: Recipe | None) -> bool:
    """Whether a form asks for what a run was made by, whichever the machine."""
    return running is not None and (asked.data, asked.config, asked.seed) == (running.data, running.config, running.seed)


def recipe_trouble(page: str, values: Mapping[str, Any] | None) -> str:
    """Why others may not be able to use this recipe, "" if they are."""
    if not values:
        return ""
    specs = params(FAMILIES[page].config) if page in FAMILIES else {}
    runs = [specs[n].label for n, v in values.get("config", {}).items() if n in specs and specs[n].run_of and v]
    if runs:
        return f"“{runs[0]}” names a run of this machine: on another one it is not there, and the step's recipe cannot train."
    if str(values.get("data", "")).partition("?")[0] not in DATASETS:
        return "Its data is a file of this machine: where that file is missing, the lesson does not open."
    return ""


def new_step(window: MainWindow) -> tuple[dict[str, Any], str]:
    """A step recorded from the window, with a title and a first sentence to replace; and what could not be kept."""
    state, trouble = window_state(window)
    if state["page"] == COMPARE:
        title, text = "Compare", "This is the page that trains several models on one clock."
    else:
        title = view_title(state["view"])
        text = f"The stage shows **{title}** of a model of the family {window.tab.family.title}."
        if window.tab.running is not None:
            text += f" It learned from {data_title(window.tab.running.data)}."
    step = {"title": title, "text": text, **state}
    return {n: v for n, v in step.items() if v not in (None, "", [])}, trouble


# ---------------------------------------------------------------- back into the window
def remember(window: MainWindow) -> Callable[[], None]:
    """Keeps what the window shows, and gives the function that shows it again."""
    page = window.page
    comparing = window.compare is not None and page is window.compare
    tab, view, recipe = window.tab, window.tab.stage.switch.key(), None
    with contextlib.suppress(ConfigError):  # a form that cannot be used stays as it is
        recipe = tab.panel.recipe()

    def again() -> None:
        if comparing:
            window.show_page(COMPARE)
            return
        window.show_family(tab.family.name)
        show(tab, recipe, view)

    return again


def show_step(window: MainWindow, step: Mapping[str, Any]) -> None:
    """Set the window as the step will; its form keeps all its parts. Raises LessonError."""
    made = step_of({**step, "title": "t", "text": "t"})
    if made.page == COMPARE:
        window.show_page(COMPARE)
    elif made.page:
        window.show_family(made.page)
        show(window.tab, made.recipe, made.view)
        model = model_on_board(made.run) if made.run else None
        if model is not None and window.tab.status.folder != str(model.folder):
            window.tab.open_run(model.folder)


def show(tab: Any, recipe: Recipe | None, view: str) -> None:
    if recipe is not None:
        tab.show_recipe(recipe)
    if view:
        tab.stage.show_view(view)


# ---------------------------------------------------------------- in words
def view_title(name: str) -> str:
    from playground.ui import views

    return str(getattr(views.VIEWS.get(name), "title", "")) or name.replace("_", " ").capitalize()


def data_title(data: str) -> str:
    spec = DATASETS.get(data.partition("?")[0])
    return str(spec.title) if spec is not None else data


def page_title(page: str) -> str:
    return "Compare" if page == COMPARE else FAMILIES[page].title if page in FAMILIES else page


def recipe_words(page: str, values: Mapping[str, Any]) -> str:
    """MNIST · Latent map · KL weight 3 · seed 4"""
    specs = params(FAMILIES[page].config)
    changes = [f"{specs[n].label} {value_words(v)}" for n, v in values.get("config", {}).items()]
    seed = f"seed {values.get('seed', 0):,}"
    return " · ".join([data_title(values["data"]), values.get("preset", "") or "bare defaults", *changes, seed])


def value_words(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return number_text(value) if isinstance(value, (int, float)) else str(value).replace("_", " ") or "none"


def place_words(step: Mapping[str, Any]) -> str:
    """VAE · Latent map"""
    page, view = step.get("page", ""), step.get("view", "")
    return " · ".join([page_title(page), *([view_title(view)] if view else [])]) if page else "the window stays as it is"
