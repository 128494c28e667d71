"""The textbook's table with what was measured: figures by aspect and contestant, and the textbook's kind of word by a rule."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from playground.engine.compare.curves import QualityCurve as QualityCurve
from playground.engine.compare.curves import target_quality
from playground.engine.compare.figures import FIGURES, Numbers
from playground.engine.compare.rules import RULES, agree
from playground.engine.compare.store import Stored
from playground.engine.families import FAMILIES
from playground.engine.messages import ASPECTS, Cell, Column, Figure, UnifiedView

MINUS = "−"


def unified_view(stored: Stored, columns: Sequence[Column], curves: Mapping[str, QualityCurve]) -> UnifiedView:
    """The table of what is known so far."""
    numbers = {column.key: _runs(stored, i, curves) for i, column in enumerate(columns)}
    fastest = min((r["ms_per_1000"] for runs in numbers.values() for r in runs if "ms_per_1000" in r), default=math.nan)
    cells = tuple(_cell(aspect, c, numbers[c.key], fastest, len(columns)) for aspect in ASPECTS for c in columns)
    return UnifiedView(stored.comparison_id, tuple(columns), cells, tuple(_notes(stored, numbers)))


def _runs(stored: Stored, column: int, curves: Mapping[str, QualityCurve]) -> list[Numbers]:
    """The numbers of every seed of a contestant, with what its curve tells; of a run that is still to come nothing."""
    out: list[Numbers] = []
    for record in stored.records:
        if record.column != column:
            continue
        if record.status == "failed":
            out.append({"failed": 1.0, "problem": record.problem, "seconds": record.seconds, "step": record.step})
        elif not record.numbers:
            out.append({})
        else:
            n, curve = record.numbers, curves.get(record.run_id, QualityCurve())
            gaussian = float(n.get("quality_gaussian", math.nan))
            target = target_quality(n.get("quality_floor", math.nan), n.get("quality_floor_sd", math.nan), gaussian)
            out.append({
                **n, "failed": 0.0, "zero": 0.0, "setback": curve.setback(gaussian), "stall": curve.longest_stall(),
                "seconds_to_quality": curve.seconds_to(target), "target_quality": target,
            })  # fmt: skip
    return out


def _cell(aspect: str, column: Column, runs: list[Numbers], fastest: float, contestants: int) -> Cell:
    known = [r for r in runs if r]
    textbook = FAMILIES[column.family].textbook.get(aspect, "")
    figures = tuple(f for f in (spec.figure(runs) for spec in FIGURES[aspect]) if f is not None)
    figures += tuple(_more(aspect, known))
    rule, decide = RULES[aspect]
    word = decide(known, {"fastest": fastest, "contestants": contestants}) if known else ""
    return Cell(aspect, column.key, textbook, word, rule, agree(aspect, textbook, word, known), figures)


def _more(aspect: str, runs: list[Numbers]) -> list[Figure]:
    """Figures that are words, or that the family names itself."""
    if aspect == "objective":
        return _losses(runs)
    words = {"likelihood": ("likelihood_note", "what was computed"), "training": ("problem", "why a run failed")}.get(aspect)
    if words:
        said = list(dict.fromkeys(str(r[words[0]]) for r in runs if r.get(words[0])))
        return [_word(words[0], words[1], "; ".join(said))] if said else []
    if aspect == "latent" and runs and not any(r.get("encoder") for r in runs) and any("encoder" in r for r in runs):
        return [_word("encoder", "encoder", "none: an item has no code of its own")]
    return []


def _word(key: str, label: str, text: str) -> Figure:
    return Figure(key, label, "", "", (), math.nan, math.nan, text=text)


def _losses(runs: list[Numbers]) -> list[Figure]:
    """How every loss that the family reports went, from the first to the last twentieth of the steps."""
    found: dict[str, list[Any]] = {}
    for run in runs:
        for name, ends in (run.get("losses") or {}).items():
            found.setdefault(name, []).append(ends)
    out = []
    for name, ends in found.items():
        last = tuple(float(b) if b is not None else math.nan for _, b in ends)
        first = [float(a) for a, _ in ends if a is not None]
        went = f"{_signed(sum(first) / max(len(first), 1))} → {_signed(sum(last) / len(last))}"
        out.append(Figure(
            name, f"{name.replace('_', ' ')}, first → last twentieth", "", "", last, sum(last) / len(last), math.nan, text=went,
            help="Mean over the first and over the last twentieth of the steps.",
        ))  # fmt: skip
    return out


def _signed(value: float) -> str:
    return f"{value:.3g}".replace("-", MINUS)


def _notes(stored: Stored, numbers: Mapping[str, list[Numbers]]) -> list[str]:
    """What to know when reading the table."""
    some = next((r for runs in numbers.values() for r in runs if "space" in r), None)
    notes = []
    if stored.plan.seconds:
        notes.append(
            f"Every run had about {stored.plan.seconds:g} s of training on one clock: one trains at a time, in turns. Its number "
            f"of "
            "steps was set by how long one takes on this machine, in the first seconds of the first seed."
        )
    if some is not None:
        notes += [
            f"Distances are measured in {some['space']}; {some['n']:,} samples of each model against {some['n_real']:,} "
            f"{'held-out' if some.get('held_out') else 'training'} items.",
            f"Energy distances while training: {some['quality_n']:,} samples, always of the same noise.",
        ]
        target = some.get("target_quality", math.nan)
        if math.isfinite(target):
            notes.append(f"The stated quality is an energy distance of {target:.3g}.")
    kinds = {r.get("likelihood_note") for runs in numbers.values() for r in runs if r.get("likelihood_note")}
    if len(kinds) > 1 and some is not None and some.get("kind") == "image":
        notes.append("Likelihoods of pictures compare only where they are of the same thing: bits of black and white, densities of "
                     "grey values and bytes have different units.")  # fmt: skip
    if stored.plan.seeds == 1:
        notes.append("With one seed nothing is known of how far these numbers would repeat.")
    notes += [f"{stored.title(r.column)}, seed {r.seed + 1}, failed: {r.problem}" for r in stored.records if r.status == "failed"]
    return notes
