"""Everything the window can do, in one literal table: menus, tooltips and the shortcut sheet are made from it.

Keys without Ctrl are handled by the window only when the focused control does not want them, so that Space still
ticks a check box and a digit still goes into a field.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QKeySequence


@dataclass(frozen=True)
class Action:
    """One thing to do. ``keys`` in Qt's portable text ("Ctrl" is Cmd on a Mac); several are separated by a space."""

    name: str
    title: str
    keys: str
    help: str
    menu: str  # "" = in no menu
    separator: bool = False  # a line above it in the menu

    @property
    def key_list(self) -> list[str]:
        return self.keys.split()

    def keys_text(self) -> str:
        """The keys as this platform writes them."""
        shown = [QKeySequence(k).toString(QKeySequence.SequenceFormat.NativeText) for k in self.key_list]
        return " or ".join(shown)

    def tooltip(self) -> str:
        return f"{self.help} ({self.keys_text()})" if self.keys else self.help


ACTIONS: tuple[Action, ...] = (
    Action("open_run", "Open run folder…", "Ctrl+O", "Put a run of the past on stage.", "File"),
    Action(
        "open_file",
        "Open file…",
        "Ctrl+Shift+O",
        "A run in one file (.playrun), or the recipe in a .json, .toml, .png, .gif or .mp4.",
        "File",
    ),
    Action("save_recipe", "Save recipe…", "Ctrl+S", "Write the recipe in the form to a .json or .toml file.", "File", True),
    Action("save_run_file", "Save run as one file…", "", "Write the run on stage to a .playrun file, to hand over.", "File"),
    Action("export", "Export view…", "Ctrl+E", "Write what the stage shows to a picture that carries its recipe.", "File"),
    Action("export_csv", "Export curves as CSV…", "Ctrl+Shift+E", "Every curve, every step, in one table.", "File"),
    Action("quit", "Quit", "Ctrl+Q", "Stop, save and close.", "File", True),
    Action("undo", "Undo", "Ctrl+Z", "Take back the last change of the recipe.", "Edit"),
    Action("redo", "Redo", "Ctrl+Shift+Z Ctrl+Y", "Do the change again.", "Edit"),
    Action(
        "reset_recipe",
        "Reset recipe to its preset",
        "Ctrl+Backspace",
        "Forget your changes of the recipe.",
        "Edit",
        True,
    ),
    Action("random_seed", "New random seed", "Ctrl+D", "Roll the dice for the seed.", "Edit"),
    Action("primary", "Train / pause / resume", "Space", "Start training with this recipe; pause and go on.", "Run"),
    Action("train", "Train from the start", "Ctrl+Return", "Start a new run with the recipe in the form.", "Run"),
    Action("step", "One step", "S", "Do a single optimizer step, then wait.", "Run"),
    Action("stop", "Stop", "Ctrl+.", "End the run; it is saved.", "Run"),
    Action(
        "save_run",
        "Save now",
        "Ctrl+Shift+S",
        "Write the run to disk now (it is saved every few seconds anyway).",
        "Run",
        True,
    ),
    Action("runs", "Runs…", "Ctrl+R", "List, open, resume, rename and delete the runs of the past.", "Run"),
    Action(
        "on_board",
        "Begin with finished models",
        "",
        "A page without a run of yours shows a model that came with the program.",
        "Run",
        True,
    ),
    Action("next_view", "Next view", "Ctrl+PgDown", "Show the next view of the stage (1 to 9 picks one).", "View"),
    Action("previous_view", "Previous view", "Ctrl+PgUp", "Show the view before.", "View"),
    Action("next_family", "Next family", "Ctrl+Tab", "Go to the next family's tab.", "View"),
    Action("theme", "Dark or light", "Ctrl+L", "Switch between the dark and the light theme.", "View", True),
    Action("presenter_theme", "Presenter theme", "Ctrl+Shift+P", "Large type and thick lines for a projector.", "View"),
    Action(
        "presenter",
        "Present the view",
        "F5",
        "For an audience: the view full screen, large type, keys that play and step, notes on the other screen; and back.",
        "View",
        True,
    ),
    Action("view_full_screen", "View full screen", "Shift+F11", "Fill the screen with the view alone, and back.", "View"),
    Action("full_screen", "Window full screen", "F11", "Fill the screen with the window, and back.", "View"),
    Action("zoom_reset", "Reset the curves' zoom", "Ctrl+0", "Show all of every curve again.", "View", True),
    Action("focus_recipe", "Go to the recipe", "F2", "Put the keyboard into the recipe form.", "View"),
    Action("focus_stage", "Go to the stage", "F3", "Put the keyboard onto the stage.", "View"),
    Action("lessons", "Lessons…", "F4", "Guided walks of about five minutes: predict, try, understand.", "Help"),
    Action("open_lesson", "Open lesson…", "", "Read a .playlesson file.", "Help"),
    Action("make_lesson", "Make a lesson from this window…", "Ctrl+Shift+L", "Write a lesson of your own.", "Help"),
    Action("record_step", "Record a step", "Ctrl+Shift+R", "Take the window as it is into the lesson you write.", "Help"),
    Action("preview_lesson", "Preview the lesson", "F7", "Play the lesson you write from its step in hand, and back.", "Help"),
    Action("gpu", "GPU support…", "", "Install, switch off or remove torch for a graphics card.", "Help", True),
    Action("check", "Save a check report…", "", "See whether everything works here, as a file for who helps you.", "Help"),
    Action("glossary", "Glossary of symbols", "Shift+F1", "Every symbol: what it means, and where you meet it.", "Help"),
    Action("shortcuts", "Keyboard shortcuts", "F1 ?", "Show this list.", "Help"),
    Action("about", "About", "", "Version, licences and where your runs are.", "Help"),
)

BY_NAME: dict[str, Action] = {a.name: a for a in ACTIONS}

#: Keys that a focused control may want for itself: handled last, in the window's keyPressEvent.
PLAIN_KEYS: dict[str, str] = {k: a.name for a in ACTIONS for k in a.key_list if len(k) == 1 or k == "Space"}


def tip(name: str) -> str:
    """The tooltip of an action by name."""
    return BY_NAME[name].tooltip()
