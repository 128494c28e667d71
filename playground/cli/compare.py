"""``compare``: models trained side by side with one budget, or runs of the past, measured alike and set beside the textbook."""

from __future__ import annotations

import argparse
import contextlib
import re
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground.cli.console import Meter, Outcome, say, table
from playground.cli.errors import FAILED, INTERRUPTED, OK, CommandError
from playground.cli.running import CLOSE_S, POLL_S, interrupts
from playground.cli.runs import find_run
from playground.engine import messages

if TYPE_CHECKING:
    from playground.engine import Comparison

NAME = "comparison.json"
UNITS = {"": 1.0, "s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0}


@dataclass
class Diary:
    """What the engine has said so far."""

    state: messages.ComparisonState | None = None
    view: messages.UnifiedView | None = None
    failed: list[str] = field(default_factory=list)

    def take(self, event: messages.Event) -> None:
        if isinstance(event, messages.ComparisonState):
            self.state = event
        elif isinstance(event, messages.UnifiedView):
            self.view = event
        elif isinstance(event, messages.Failed):
            self.failed.append(f"{event.run_id}: {event.sentence}")

    @property
    def ended(self) -> bool:
        return self.state is not None and self.state.state in ("finished", "failed")


def compare(args: argparse.Namespace) -> Outcome:
    """``playground compare``: of runs, of a comparison's folder, or of families on data."""
    for place, endings in ((args.report, (".html", ".htm")), (args.numbers, (".json", ".csv"))):
        if place and Path(place).suffix.lower() not in endings:
            raise CommandError(f"{place} should end in {' or '.join(endings)}.")
    with comparing() as running:
        _begin(running, args)
        folder = running.folder
        assert folder is not None
        diary, pressed = _follow(running)
    assert diary.state is not None and diary.view is not None
    if diary.state.state == "failed":
        raise CommandError(diary.state.sentence, FAILED)
    return _outcome(args, folder, diary, pressed)


@contextlib.contextmanager
def comparing() -> Iterator[Comparison]:
    """A comparison for the length of a command, closed at the end."""
    from playground.engine import Comparison  # brings torch along

    made = Comparison(spare_core=False)
    try:
        yield made
    finally:
        made.close(CLOSE_S)


def _begin(running: Comparison, args: argparse.Namespace) -> None:
    past = Path(args.runs[0]).expanduser() if len(args.runs) == 1 else None
    if past is not None and (past / NAME).is_file():
        if args.data or args.families or args.budget is not None or args.seeds or args.parameters or args.out:
            raise CommandError("This comparison has its plan already: --data, --budget, --seeds and such are for a new one.")
        running.open(past, resume=True)
        return
    folder = Path(args.out).expanduser() if args.out else None
    running.start(_plan(args), folder=folder)


def _plan(args: argparse.Namespace) -> Any:
    from playground.engine import ComparisonPlan, Contestant, default_plan, load_run

    if args.runs:
        if args.families or args.budget is not None or args.seeds or args.parameters:
            sentence = "Runs are measured as they are: --families, --budget, --seeds and --parameters are for new trainings."
            raise CommandError(sentence)
        folders = [find_run(text) for text in args.runs]
        data = load_run(folders[0]).recipe.data
        names = [load_run(f).name for f in folders]
        return ComparisonPlan(args.data or data, tuple(Contestant(None, n, f) for n, f in zip(names, folders, strict=True)))
    if not args.data:
        raise CommandError("Name runs to compare, a comparison's folder, or data to train on: --data ring8.")
    return default_plan(
        args.data, tuple(args.families or ()), seconds=args.budget or 0.0, seeds=args.seeds or 1, parameters=args.parameters or 0
    )


def budget(text: str) -> float:
    """Seconds of training: 60, 60s, 2min, 1h."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|)", text.strip().lower())
    if not found or not 0 < float(found[1]) * UNITS[found[2]] <= 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 60s, 2min or 1h")
    return float(found[1]) * UNITS[found[2]]


def _follow(running: Comparison) -> tuple[Diary, int]:
    """Wait for the end, showing progress; the first Ctrl-C ends training and measures what is there."""
    diary, stopping = Diary(), False
    with interrupts() as pressed, Meter("comparing", "s of work") as meter:
        while not diary.ended:
            time.sleep(POLL_S)
            if pressed.count and not stopping:
                stopping = True
                meter.log("Ending the training to measure what is there. Ctrl-C again leaves at once; it can be resumed then.")
                running.stop()
            for event in running.poll():
                diary.take(event)
            if diary.state is not None:
                what = f"{diary.state.state} {diary.state.what}".strip()
                meter.update(round(diary.state.done), round(diary.state.total), what=what)
        for event in running.poll():
            diary.take(event)
    return diary, pressed.count


def _outcome(args: argparse.Namespace, folder: Path, diary: Diary, pressed: int) -> Outcome:
    from playground.engine import comparison_numbers, write_numbers, write_report

    values: dict[str, Any] = {**comparison_numbers(folder), "report": None}
    written = []
    if args.report:
        values["report"] = write_report(folder, Path(args.report).expanduser()).resolve()
        written.append(f"The report is in {values['report']}.")
    if args.numbers:
        written.append(f"All numbers are in {write_numbers(folder, Path(args.numbers).expanduser()).resolve()}.")
    assert diary.view is not None
    notes = [f"The comparison is in {folder}; to see or resume it: playground compare {shlex.quote(str(folder))}", *written]
    for sentence in notes:
        say(sentence)
    return Outcome(values, _text(diary.view), INTERRUPTED if pressed else OK)


# ---------------------------------------------------------------- the table as text
def _text(view: messages.UnifiedView) -> Any:
    """Aspects by contestants: the textbook's word, the word measured, and the figures."""
    rows = []
    for aspect, name in messages.ASPECTS.items():
        cells = [view.cell(aspect, c.key) for c in view.columns]
        rows.append([name, *(_words(c) if c else "" for c in cells)])
        labels = list(dict.fromkeys(f.label for c in cells if c for f in c.figures))
        for label in labels:
            found = [next((f for f in c.figures if f.label == label), None) if c else None for c in cells]
            rows.append([f"  {label}", *(figure_text(f) if f else "" for f in found)])
    notes = "\n".join(view.notes)
    columns = ["", *(c.title for c in view.columns)]
    shown = table("The unified view, measured (textbook | measured; ≠ where they disagree)", columns, rows)
    from rich.console import Group
    from rich.text import Text

    return Group(shown, Text(notes))


def _words(cell: messages.Cell) -> str:
    sign = {True: " = ", False: " ≠ ", None: " | "}[cell.agrees] if cell.measured else ""
    return f"{cell.textbook}{sign}{cell.measured}"


def figure_text(figure: messages.Figure) -> str:
    """A figure on one line: value ± spread (of one seed, its standard error), unit, and what real items score."""
    if figure.text:
        return figure.text
    error = figure.spread if figure.spread == figure.spread else figure.error
    around = f" ± {error:.2g}" if error == error else ""
    floor = f" (real {figure.floor:.3g})" if figure.floor == figure.floor else ""
    value = f"{figure.mean:,.0f}" if abs(figure.mean) >= 1000 else f"{figure.mean:.3g}"
    return f"{value}{around}{' ' if figure.unit else ''}{figure.unit}{floor}"
