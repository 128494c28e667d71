"""The runs of the past, and finding one of them by what a person types."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from playground.cli.console import Outcome, table
from playground.cli.errors import CommandError, did_you_mean
from playground.engine import list_runs, model_on_board, models_on_board, runs_folder


def find_run(text: str) -> Path:
    """The folder of a run: a path, or an id or name in the runs folder, or a model on board, or the beginning of exactly one of
    the runs in the folder.
    """
    path = Path(text).expanduser()
    if path.is_dir():
        return path
    infos = list_runs()
    exact = [i for i in infos if text in (i.run_id, i.name)]
    if not exact and (model := model_on_board(text)) is not None:
        return model.folder
    found = exact or [i for i in infos if i.run_id.startswith(text) or i.name.casefold().startswith(text.casefold())]
    if len(found) == 1:
        return found[0].folder
    if found:
        raise CommandError(f"{text!r} could be {_several(['/'.join({i.run_id: 0, i.name: 0}) for i in found])}.")
    known = [*(w for i in infos for w in (i.run_id, i.name)), *(m.name for m in models_on_board())]
    where = "See playground runs. For models on board see playground models."
    raise CommandError(f"There is no run {text!r} in {runs_folder()}.{did_you_mean(text, known)} {where}")


def _several(words: list[str]) -> str:
    return " or ".join(words[:4]) + (f" or one of {len(words) - 4} more" if len(words) > 4 else "")


def list_all(args: argparse.Namespace) -> Outcome:
    """``playground runs``."""
    infos = list_runs()
    rows = [
        [
            i.run_id,
            i.name if i.name != i.run_id else "",
            i.family,
            i.data,
            f"{i.step:,} of {i.total_steps:,}",
            i.status,
            i.created[:16],
        ]
        for i in infos
    ]
    shown = table(f"Runs in {runs_folder()}", ["run", "name", "family", "data", "steps", "status", "made"], rows)
    values = {"folder": runs_folder(), "runs": [asdict(i) for i in infos]}
    return Outcome(values, shown if infos else f"There are no runs in {runs_folder()} yet.")
