"""Progress and answers as a file for whoever asked for it: a page to read, or the same as JSON for who has thirty of them."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playground import __version__
from playground.engine import whole_file
from playground.ui.numbers import value_text

FORMAT = "generative-playground hand-in 1"
STYLE = """body { font: 16px/1.5 sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em; color: #16191f; }
h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin: 1.6em 0 .2em; border-top: 1px solid #ccc; padding-top: 1em; }
table { border-collapse: collapse; width: 100%; } td { padding: .3em .6em .3em 0; vertical-align: top; }
.dim { color: #545c6b; } .right { color: #146c3a; } .wrong { color: #b3261e; } td:first-child { white-space: nowrap; }"""


def write_hand_in(target: Path, lessons: Mapping[str, Mapping[str, Any]], name: str, now: str) -> None:
    """Write it in one move: as JSON where the name ends so, else as a page. Raises OSError."""
    values = contents(lessons, name, now)
    as_json = target.suffix.lower() == ".json"
    text = json.dumps(values, indent=1, ensure_ascii=False) if as_json else page(values)
    with whole_file(target) as part:
        part.write_text(text, encoding="utf-8")


def contents(lessons: Mapping[str, Mapping[str, Any]], name: str, now: str) -> dict[str, Any]:
    """What is handed in, from what is kept; whatever is damaged there is left out."""
    told = [_lesson(key, entry) for key, entry in lessons.items()]
    return {"format": FORMAT, "program": __version__, "name": name, "written": now, "lessons": told}


def _lesson(key: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    right, said = _table(entry, "right"), _table(entry, "said")
    answers = [
        {"step": _number(step), **_texts(said.get(step), "title", "question", "choice", "answer", "at"), "choice_number": choice,
         "correct": bool(right.get(step))}
        for step, choice in _table(entry, "answers").items()
        if isinstance(choice, int)
    ]  # fmt: skip
    goals = [
        {"step": _number(step), **_texts(goal, "title", "words", "at"), "value": goal.get("value")}
        for step, goal in _table(entry, "goals").items()
        if isinstance(goal, dict)
    ]
    return {
        "key": key, **_texts(entry, "title", "begun", "finished"),
        "steps": entry.get("steps"), "seen": _number(entry.get("step", 0)),
        "answers": sorted(answers, key=_step), "goals": sorted(goals, key=_step),
    }  # fmt: skip


def page(values: Mapping[str, Any]) -> str:
    """To read and to print."""
    who = html.escape(values["name"] or "no name given")
    head = f"<h1>Lessons in Generative Playground: {who}</h1><p class='dim'>Written {_when(values['written'])}.</p>"
    lessons = "".join(_section(lesson) for lesson in values["lessons"]) or "<p>No lesson was opened yet.</p>"
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{who}: lessons</title><style>{STYLE}</style>"
        f"<body>{head}{lessons}</body></html>"
    )


def _section(lesson: Mapping[str, Any]) -> str:
    answers, goals = lesson["answers"], lesson["goals"]
    state = f"finished {_when(lesson['finished'])}" if lesson.get("finished") else f"open at step {lesson['seen']}"
    of = f" of {lesson['steps']}" if isinstance(lesson.get("steps"), int) and not lesson.get("finished") else ""
    begun = f"begun {_when(lesson['begun'])}, " if lesson.get("begun") else ""
    count = f"{sum(a['correct'] for a in answers)} of {len(answers)} predictions right, {len(goals)} goals reached"
    rows = [(a["step"], _answer(a)) for a in answers] + [(g["step"], _goal(g)) for g in goals]
    body = "".join(f"<tr><td class='dim'>Step {step}</td><td>{words}</td></tr>" for step, words in sorted(rows, key=lambda r: r[0]))
    title = html.escape(lesson.get("title") or lesson["key"])
    return f"<h2>{title}</h2><p class='dim'>{begun}{state}{of}. {count}.</p><table>{body}</table>"


def _answer(answer: Mapping[str, Any]) -> str:
    question = html.escape(answer.get("question") or "A prediction")
    choice = html.escape(answer.get("choice") or f"choice {answer['choice_number'] + 1}")
    if answer["correct"]:
        return f"{question}<br><span class='right'>✓ {choice}</span>"
    truth = f" <span class='dim'>(right: {html.escape(answer['answer'])})</span>" if answer.get("answer") else ""
    return f"{question}<br><span class='wrong'>✗ {choice}</span>{truth}"


def _goal(goal: Mapping[str, Any]) -> str:
    value = f"with {value_text(goal['value'])}, " if isinstance(goal["value"], (int, float)) else ""
    words = html.escape(goal.get("words") or "Goal")
    return f"<span class='right'>✓</span> {words} <span class='dim'>(reached {value}{_when(goal.get('at', ''))})</span>"


def _table(entry: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = entry.get(name)
    return {k: v for k, v in found.items() if k.isdigit()} if isinstance(found, dict) else {}


def _texts(found: Any, *names: str) -> dict[str, str]:
    return {name: found[name] for name in names if isinstance(found, Mapping) and isinstance(found.get(name), str)}


def _number(step: Any) -> int:
    """Steps are counted from 0 in the file and from 1 by people."""
    return int(step) + 1 if str(step).isdigit() else 1


def _step(row: Mapping[str, Any]) -> int:
    return int(row["step"])


def _when(stamp: str) -> str:
    """2026-11-24T17:30:09+00:00 as it is read: 2026-11-24 17:30 UTC."""
    return html.escape(stamp[:16].replace("T", " ")) + (" UTC" if stamp.endswith("+00:00") else "")
