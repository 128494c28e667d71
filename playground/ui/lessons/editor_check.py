"""What a reader would say of the lesson that is being written, step by step, and of every formula in it. No window in it: all this
runs in the background.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from playground.engine import LESSON_LIMITS, LessonError, lesson_of, step_of
from playground.ui.lessons.editor_draft import EMPTY
from playground.ui.lessons.editor_series import DONE
from playground.ui.lessons.editor_state import recipe_trouble
from playground.ui.lessons.math_text import FORMULA
from playground.ui.pages import COMPARE

UNKNOWN = re.compile(r"\\[A-Za-z]+")
BLANK = {"title": "t", "text": "t"}
#: The page of the editor that has a name of a step's values; the others are the window's.
PLACES = {"title": "text", "text": "text", "question": "question", "goal": "goal", "notes": "notes"}
#: What the library's errors mean, by the name of their class.
REASONS = {
    "NoAvailableTokensError": "something is missing at its end",
    "MissingSuperScriptOrSubscriptError": "nothing follows a ^ or a _",
    "DoubleSuperscriptsError": "two ^ follow each other: put the first part in braces",
    "DoubleSubscriptsError": "two _ follow each other: put the first part in braces",
    "ExtraLeftOrMissingRightError": r"a \left has no \right",
    "MissingEndError": r"a \begin has no \end",
    "DenominatorNotFoundError": r"\frac needs two parts in braces",
    "NumeratorNotFoundError": r"\frac needs two parts in braces",
    "InvalidStyleForGenfracError": r"\genfrac has a style that is none",
    "ParseError": "a sign in it has another meaning there (&, < or >)",
}
_KNOWN: dict[str, str] = {}  # formula -> what is wrong with it


@dataclass(frozen=True)
class Trouble:
    """``step``: its index, -1 for the lesson itself; ``page`` of the editor. ``hard``: the lesson cannot be saved with it."""

    step: int
    sentence: str
    hard: bool = True
    page: str = "lesson"


class Checker:
    """Looks again only at what has changed since the last time."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[Any, list[Trouble]]] = {}

    def check(self, values: Mapping[str, Any]) -> list[Trouble]:
        """All that is wrong, the lesson itself first, then in the order of the steps."""
        found = _lesson_troubles(values)
        for index, step in enumerate(values["steps"]):
            known = self._seen.get(index)
            if known is None or known[0] is not step:
                known = self._seen[index] = (step, _step_troubles(index, step))
            found += known[1]
        return found


def _lesson_troubles(values: Mapping[str, Any]) -> list[Trouble]:
    try:
        lesson_of({**values, "steps": [BLANK]})
    except LessonError as error:
        return [Trouble(-1, _sentence(error))]
    most, count = LESSON_LIMITS["steps"], len(values["steps"])
    return [Trouble(-1, f"A lesson has at most {most} steps, and this one has {count}.")] if count > most else []


def _step_troubles(index: int, step: Mapping[str, Any]) -> list[Trouble]:
    """Each page of the editor for itself, so that each trouble knows its place."""
    found = []
    for page in ("text", "window", "question", "goal", "notes"):
        part = {name: value for name, value in step.items() if PLACES.get(name, "window") == page}
        try:
            step_of({**(BLANK if page != "text" else EMPTY), **part})
        except LessonError as error:
            found.append(Trouble(index, _sentence(error), page=page))
    return [*found, *(Trouble(index, words, hard=False, page=page) for page, words in _soft(step))]


def _soft(step: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a reader takes, and yet is not as it should be: page of the editor and sentence."""
    for words in formula_troubles(str(step.get("text", ""))):
        yield "text", words
    for words in formula_troubles(str((step.get("question") or {}).get("why", ""))):
        yield "question", f"In the explanation: {words}"
    if goal := step.get("goal"):
        page = step.get("page", "")
        if not page:
            yield "goal", "A goal needs a page: there is no run to reach it here."
        elif (page == COMPARE) != (goal["series"] == DONE.key):
            yield "goal", f"“{goal['series']}” is never said on this page: choose another number for the goal."
    if words := recipe_trouble(step.get("page", ""), step.get("recipe")):
        yield "window", words


def formula_troubles(text: str) -> list[str]:
    """One sentence for each formula that cannot be set, naming it."""
    found = []
    for number, (block, line) in enumerate(FORMULA.findall(text), 1):
        if reason := formula_trouble((block or line).strip()):
            found.append(f"Formula {number}, “{_short(block or line)}”: {reason}.")
    if "$" in FORMULA.sub("", text):
        found.append("A $ is left alone: a formula begins and ends with one.")
    return found


def formula_trouble(tex: str) -> str:
    """Why this formula cannot be set, "" if it can. Some 20 ms the first time."""
    if tex not in _KNOWN:
        if len(_KNOWN) > 500:
            _KNOWN.clear()
        _KNOWN[tex] = _set(tex)
    return _KNOWN[tex]


def _set(tex: str) -> str:
    from ziamath.zmath import Latex

    if tex.count("{") != tex.count("}"):
        return "its braces do not come in pairs"
    try:
        signs = "\n".join(Latex(tex, size=15).mathml.itertext())
    except Exception as error:  # parsers of formulas raise nearly anything
        name = type(error).__name__
        return REASONS.get(name, f"it cannot be set ({name})")
    unknown = UNKNOWN.search(signs)
    return f"{unknown.group()} is not known" if unknown else ""


def _sentence(error: LessonError) -> str:
    return str(error)[:1].upper() + str(error)[1:]


def _short(tex: str) -> str:
    line = " ".join(tex.split())
    return line if len(line) <= 40 else line[:39] + "…"
