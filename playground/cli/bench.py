"""``playground bench``: the measurements live in :mod:`playground.bench`."""

from __future__ import annotations

import argparse
import importlib
from typing import Any

from playground.cli.console import Outcome, table
from playground.cli.errors import FAILED, CommandError


def bench(args: argparse.Namespace) -> Outcome:
    """Call ``playground.bench.main(seconds, family) -> dict`` and show what it measured, one row a name."""
    try:
        measure = importlib.import_module("playground.bench").main
    except ModuleNotFoundError as error:
        raise CommandError("The benchmark is not part of this version.", FAILED) from error
    values: dict[str, Any] = measure(seconds=args.seconds, family=args.family)
    return Outcome(values, table("Benchmark", ["measurement", "value"], [[k, v] for k, v in values.items()]))
