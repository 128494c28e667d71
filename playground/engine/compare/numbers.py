"""Every number of a comparison, for other programs: JSON with all there is, CSV with one line for a figure and seed."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from playground.engine.compare.history import columns_of, past_curve
from playground.engine.compare.store import Stored, load_comparison, plain
from playground.engine.compare.table import unified_view
from playground.engine.config import ConfigError
from playground.engine.files import whole_file
from playground.engine.messages import UnifiedView

CSV_COLUMNS = (
    "aspect", "contestant", "textbook", "measured", "agrees", "figure", "label", "unit", "better", "seed", "value", "mean",
    "spread", "error", "floor", "floor_sd", "text",
)  # fmt: skip


def past_view(stored: Stored) -> UnifiedView:
    """The table of a comparison that lies on the disk."""
    return unified_view(stored, columns_of(stored), {r.run_id: past_curve(stored, r) for r in stored.records})


def comparison_numbers(folder: Path | str) -> dict[str, Any]:
    """All numbers of a comparison as plain values; None where one is not finite or does not apply. Raises RunFileError."""
    stored = load_comparison(folder)
    view = past_view(stored)
    runs = [
        {
            "run": r.run_id, "contestant": stored.keys[r.column], "seed": r.seed, "status": r.status, "problem": r.problem,
            "step": r.step, "seconds": r.seconds, "numbers": r.numbers, "quality": past_curve(stored, r).table().tolist(),
        }
        for r in stored.records
    ]  # fmt: skip
    found = {
        "comparison": stored.comparison_id, "folder": str(stored.folder), "status": stored.info().status,
        "created": stored.facts.get("created", ""), "machine": stored.facts.get("machine", {}), "plan": stored.plan.to_dict(),
        "columns": [asdict(c) for c in view.columns], "cells": [asdict(c) for c in view.cells], "notes": list(view.notes),
        "runs": runs, "quality_columns": ["step", "seconds", "energy distance"],
    }  # fmt: skip
    return dict(plain(found))


def write_numbers(folder: Path | str, out: Path) -> Path:
    """All numbers into a file, .json or .csv. Raises ConfigError for another ending, RunFileError, OSError."""
    if out.suffix.lower() not in (".json", ".csv"):
        raise ConfigError("path", f"{out.name} should end in .json or .csv.")
    if out.suffix.lower() == ".json":
        content = json.dumps(comparison_numbers(folder), indent=1, ensure_ascii=False, allow_nan=False)
        with whole_file(out) as part:
            part.write_text(content, "utf-8")
        return out
    view = past_view(load_comparison(folder))
    with whole_file(out) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(CSV_COLUMNS)
        writer.writerows([_cell(v) for v in row] for row in _rows(view))
    return out


def _rows(view: UnifiedView) -> list[list[Any]]:
    rows = []
    for cell in view.cells:
        head = [cell.aspect, cell.column, cell.textbook, cell.measured, "" if cell.agrees is None else cell.agrees]
        for f in cell.figures:
            rest = [f.mean, f.spread, f.error, f.floor, f.floor_sd, f.text]
            for seed, value in enumerate(f.values or (math.nan,)):
                rows.append([*head, f.key, f.label, f.unit, f.better, seed, value, *rest])
    return rows


def _cell(value: Any) -> Any:
    """What is not finite stays empty; text that a spreadsheet would take for a formula is marked as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return ""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
