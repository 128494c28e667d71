"""``models``, ``export-run`` and ``import-run``: models that came with the program, and runs as files to hand over."""

from __future__ import annotations

import argparse
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from playground.cli.console import Outcome, table
from playground.cli.errors import CommandError
from playground.cli.runs import find_run
from playground.engine import load_run, models_on_board

ENDING = ".playrun"


def list_models(args: argparse.Namespace) -> Outcome:
    """``playground models``."""
    models = models_on_board()
    rows = [[k.name, k.preset, f"{k.step:,}", f"{k.seconds:,.0f} s", "\n".join(q.words() for q in k.quality)] for k in models]
    shown = table("Finished models on board", ["model", "preset", "steps", "trained", "measured"], rows)
    return Outcome({"models": [_plain(asdict(k)) for k in models]}, shown if models else "There are no models on board.")


def _plain(values: Any) -> Any:
    """NaN as None, for JSON."""
    if isinstance(values, dict):
        return {k: _plain(v) for k, v in values.items()}
    if isinstance(values, (list, tuple)):
        return [_plain(v) for v in values]
    return None if isinstance(values, float) and math.isnan(values) else values


def export_run(args: argparse.Namespace) -> Outcome:
    """``playground export-run RUN FILE``."""
    from playground.engine import pack_run

    target = Path(args.file).expanduser()
    if target.suffix.lower() != ENDING:
        raise CommandError(f"{target.name} should end in {ENDING}.")
    folder = find_run(args.target)
    pack_run(folder, target)
    size = target.stat().st_size / 2**20
    return Outcome({"run": folder.name, "file": target.resolve(), "size_mb": size}, f"{folder.name} is in {target} ({size:.1f} MB)")


def import_run(args: argparse.Namespace) -> Outcome:
    """``playground import-run FILE``."""
    from playground.engine import unpack_run

    folder = unpack_run(Path(args.file).expanduser())
    run = load_run(folder)
    values = {"run": folder.name, "folder": folder, "name": run.name, "family": run.recipe.family, "data": run.recipe.data}
    return Outcome(values, f"{run.name} is now {folder.name} in {folder.parent}")
