"""Every number of a comparison as a table: of each figure its values by seed, and of each run all that was measured."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from playground.engine import messages as m
from playground.ui.compare.facts import Facts

HEAD = ("contestant", "seed", "aspect", "name", "value", "unit", "mean", "spread", "error", "floor", "floor_sd")


def rows(facts: Facts) -> Iterator[tuple[Any, ...]]:
    """Figures first, one row a seed; then the plain numbers of every run, then its curve of quality."""
    for cell in facts.view.cells if facts.view is not None else ():
        column = facts.column(cell.column)
        for f in cell.figures if column is not None else ():
            for seed, value in enumerate(f.values):
                yield (_title(facts, cell.column), seed + 1, cell.aspect, f.key, value if not f.text else f.text, f.unit, f.mean,
                       f.spread, f.error, f.floor, f.floor_sd)  # fmt: skip
    for track in facts.tracks.values():
        title = _title(facts, track.column)
        for name, value in (track.measured.numbers if track.measured is not None else {}).items():
            yield title, track.seed + 1, "", name, value, "", "", "", "", "", ""
        for step, _, seconds, value in track.quality:
            yield title, track.seed + 1, "training", f"quality at step {step:.0f}, {seconds:.2f} s", value, *[""] * 6


def _title(facts: Facts, key: str) -> str:
    column = facts.column(key)
    return column.title if column is not None else key


def as_csv(facts: Facts) -> str:
    """With a head; what is no number is empty."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    writer.writerows([["" if _is_nan(v) else v for v in row] for row in rows(facts)])
    return out.getvalue()


def as_json(facts: Facts) -> str:
    """The table of cells with words, marks and figures, all numbers and curves of every run, and the recipes."""
    comparing = facts.comparing
    values = {
        "data": comparing.data if comparing else "", "seconds": comparing.seconds if comparing else 0,
        "contestants": [{"title": c.title, "family": c.family, "runs": c.run_ids, "recipe": c.recipe} for c in facts.columns],
        "table": [_cell(facts, c) for c in (facts.view.cells if facts.view is not None else ())],
        "notes": facts.view.notes if facts.view is not None else (),
        "runs": [
            {"run": t.run_id, "contestant": _title(facts, t.column), "seed": t.seed + 1, "state": t.state,
             "numbers": t.measured.numbers if t.measured is not None else {},
             "quality": [{"step": a, "items_seen": b, "seconds": c, "value": d} for a, b, c, d in t.quality]}
            for t in facts.tracks.values()
        ],
    }  # fmt: skip
    return json.dumps(plain(values), indent=1, ensure_ascii=False, allow_nan=False)


def _cell(facts: Facts, cell: m.Cell) -> dict[str, Any]:
    return {
        "aspect": cell.aspect, "contestant": _title(facts, cell.column), "textbook": cell.textbook, "measured": cell.measured,
        "agrees": cell.agrees, "rule": cell.rule,
        "figures": [{k: v for k, v in vars(f).items() if k not in ("evidence", "help")} for f in cell.figures],
    }  # fmt: skip


def plain(value: Any) -> Any:
    """What JSON knows; not a number becomes null."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
