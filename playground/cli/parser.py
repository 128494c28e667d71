"""A parser that answers mistakes with one sentence and a close match, and the kinds of values it reads."""

from __future__ import annotations

import argparse
import textwrap
from typing import Any, NoReturn

from playground.cli.errors import CommandError, did_you_mean

FASTEST = 50  # frames per second: viewers slow down a GIF whose frames are shorter than 20 ms


class Help(argparse.HelpFormatter):
    """Keeps the line breaks of help texts and descriptions."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28, width=110)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return [part for line in text.splitlines() for part in textwrap.wrap(line, width, break_on_hyphens=False)]

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(
            textwrap.fill(line, width, initial_indent=indent, subsequent_indent=indent) for line in text.splitlines()
        )


class Parser(argparse.ArgumentParser):
    """An argparse parser that answers mistakes with one sentence and a close match."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"formatter_class": Help, "allow_abbrev": False, **options})
        self.set_defaults(parser=self)

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message[:1].upper()}{message[1:]}. Try {self.prog} --help.")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            known = [str(c) for c in action.choices]
            name = action.option_strings[0] if action.option_strings else str(action.metavar or action.dest).lower()
            raise CommandError(
                f"{value!r} is no {name}.{did_you_mean(str(value), known)} There are: {', '.join(known)}."
            )


# ---------------------------------------------------------------- kinds of values
def whole(text: str) -> int:
    """0, 1, 2 ..."""
    try:
        value = int(text)
    except ValueError:
        value = -1
    if not 0 <= value < 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 2147483647")
    return value


def positive(text: str) -> int:
    """1, 2, 3 ..."""
    value = whole(text)
    if not value:
        raise argparse.ArgumentTypeError("0 is too few")
    return value


def rate(text: str) -> float:
    """Frames per second: above 0, and at most what viewers can show."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= FASTEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of frames per second above 0 and up to {FASTEST}")
    return value
