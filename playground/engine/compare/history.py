"""What a comparison folder knows without any of its runs in memory."""

from __future__ import annotations

from collections.abc import Iterator

from playground.engine.compare.curves import QualityCurve
from playground.engine.compare.store import Record, Stored
from playground.engine.families import FAMILIES
from playground.engine.messages import Column
from playground.engine.runs import RunFileError, load_run


def looks_at(stored: Stored, record: Record) -> Iterator[tuple[int, dict[str, float]]]:
    """Every look at the quality that is kept with a run: (step, numbers)."""
    folder = stored.run_folder(record)
    if not (folder / "run.json").exists():
        return
    try:
        monitored = load_run(folder).checkpoint_manifest().monitored
    except RunFileError:
        return
    for step, scalars, _ in monitored:
        if "quality" in scalars and "seconds" in scalars:
            yield int(step), {k: float(v) for k, v in scalars.items()}


def past_curve(stored: Stored, record: Record) -> QualityCurve:
    """The curve of a run so far."""
    curve = QualityCurve()
    for step, scalars in looks_at(stored, record):
        curve.add(step, scalars["seconds"], scalars["quality"], scalars["quality_floor"], scalars["quality_floor_sd"])
    return curve


def columns_of(stored: Stored) -> tuple[Column, ...]:
    """The contestants, with the runs that are there."""
    out = []
    for i, (key, recipe) in enumerate(zip(stored.keys, stored.recipes, strict=True)):
        family, records = FAMILIES[recipe.family], [r for r in stored.records if r.column == i]
        made = tuple(r.run_id if (stored.run_folder(r) / "run.json").exists() else "" for r in records)
        out.append(Column(key, stored.title(i), family.name, family.accent, made, recipe.to_dict()))
    return tuple(out)
