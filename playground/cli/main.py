"""From the words typed to a command, and from its outcome or its error to text, JSON and an exit code."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from playground.cli.commands import parse
from playground.cli.console import Outcome, nothing_else_printed, print_json, print_text, say
from playground.cli.errors import FAILED, INTERRUPTED, OK, USAGE, CommandError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 not understood, 130 interrupted."""
    words = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in words
    try:
        with nothing_else_printed() if as_json else contextlib.nullcontext():
            args = parse(words)
            outcome: Outcome = _command(args.run)(args)
        _show(outcome, as_json)
        return outcome.code
    except SystemExit as stop:  # --help and --version end argparse
        return stop.code if isinstance(stop.code, int) else OK
    except BrokenPipeError:  # the reader (head, less) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return OK
    except (Exception, KeyboardInterrupt) as error:
        if os.environ.get("PLAYGROUND_DEBUG"):
            raise
        sentence, code = _explain(error)
        if as_json:
            print_json({"error": sentence})
        say(f"playground: {sentence}")
        return code


def _command(where: str) -> Any:
    """The function named "module:function", imported now."""
    module, _, name = where.partition(":")
    return getattr(importlib.import_module(module), name)


def _show(outcome: Outcome, as_json: bool) -> None:
    for note in outcome.notes:
        say(note)
    if as_json:
        print_json(outcome.values)
    elif outcome.text:
        print_text(outcome.text)


def _explain(error: BaseException) -> tuple[str, int]:
    """An error in one sentence, with its exit code."""
    from playground.engine import ConfigError, DataError, RunFileError

    if isinstance(error, CommandError):
        return str(error), error.code
    if isinstance(error, (ConfigError, DataError, RunFileError)):
        return str(error), USAGE
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted.", INTERRUPTED
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror or error}.", FAILED
    if isinstance(error, ImportError):
        return f"A part of the program is missing ({error}). Please install it again.", FAILED
    words = " ".join(str(error).split())[:300]
    return (
        f"Something went wrong inside the program ({type(error).__name__}: {words}). PLAYGROUND_DEBUG=1 shows where.",
        FAILED,
    )
