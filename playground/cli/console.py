"""Outcomes of commands, a clean standard output, and progress on standard error."""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from playground.cli.errors import OK

LINE_EVERY_S = 10.0  # progress where standard error is a file or a pipe


@dataclass(frozen=True)
class Outcome:
    """What a command found: ``values`` for ``--json``, ``text`` (anything rich can print) for people."""

    values: dict[str, Any]
    text: Any = ""
    code: int = OK
    notes: list[str] = field(default_factory=list)  # sentences for standard error


# ---------------------------------------------------------------- standard output
@contextlib.contextmanager
def nothing_else_printed() -> Iterator[None]:
    """Send standard output to standard error, also what libraries and child processes write to it directly."""
    python_out = sys.stdout
    python_out.flush()
    kept = os.dup(1)
    try:
        os.dup2(2, 1)
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def print_json(values: Mapping[str, Any], file: TextIO | None = None) -> None:
    """One JSON object (RFC 8259: NaN and infinities become null)."""
    print(json.dumps(plain(values), indent=1, ensure_ascii=False, allow_nan=False), file=file or sys.stdout, flush=True)


def plain(value: Any) -> Any:
    """Values that JSON knows: paths as text, arrays as lists, what is not finite as None."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if hasattr(value, "tolist"):  # numpy arrays and numbers
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value


def print_text(text: Any) -> None:
    """Text, or a table of rich. In a pipe, tables are as wide as they need to be."""
    if isinstance(text, str):
        print(text, flush=True)
        return
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=160)
    console.print(text)


def table(title: str, columns: list[str], rows: list[list[Any]], right: tuple[int, ...] = ()) -> Any:
    """A titled table of rich; ``right`` are the indices of right-aligned columns."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    out = Table(box=SIMPLE_HEAD)
    for i, column in enumerate(columns):
        out.add_column(column, justify="right" if i in right else "left")
    for row in rows:
        out.add_row(*(str(cell) for cell in row))
    return Group(Text(title, style="bold"), out)


def say(sentence: str) -> None:
    """A sentence to standard error."""
    print(sentence, file=sys.stderr, flush=True)


# ---------------------------------------------------------------- progress
class Meter:
    """Progress on standard error: a bar with the time left on a terminal, a line now and then elsewhere."""

    def __init__(self, what: str, unit: str = "") -> None:
        self.what, self.unit = what, unit
        self._bar: Any = None
        self._task: Any = None
        self._last_line = time.monotonic()

    def __enter__(self) -> Meter:
        if sys.stderr.isatty():
            self._bar = _rich_bar()
            self._task = self._bar.add_task(self.what, total=None, note="", unit=self.unit)
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, done: int, total: int, note: str = "", what: str = "") -> None:
        """``done`` of ``total``; ``note`` stands behind the bar."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total, note=note, description=what or self.what)
        elif time.monotonic() - self._last_line >= LINE_EVERY_S:
            self._last_line = time.monotonic()
            say(f"{what or self.what}: {done:,} of {total:,} {self.unit} {note}".rstrip())

    def log(self, sentence: str) -> None:
        """A sentence above the bar."""
        if self._bar is not None:
            self._bar.console.print(sentence, highlight=False, markup=False)
        else:
            say(sentence)


def _rich_bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[unit]}"),
        TimeRemainingColumn(compact=True), TextColumn("left"), TextColumn("{task.fields[note]}"),
        console=Console(stderr=True),
    )  # fmt: skip
