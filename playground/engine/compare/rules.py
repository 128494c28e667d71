"""The rules that turn figures into the textbook's kind of word. Each says in a sentence what it asks for."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from playground.engine.compare.figures import Numbers

SETBACK = 0.25  # of what separates one Gaussian from real items
SPREAD = 0.5  # of the mean excess over the floor
ON_DATA, SHARP, NOISY = 0.9, 0.9, 1.5  # of what real items have
PURITY = 0.5  # of the way from chance to what the items themselves score
RETURNED = 0.9  # of the items' spread: the error of encode and decode below which a code says something of its item
FAST = 10.0  # times the fastest contestant
SEEDS = 3  # from which on "can be unstable" is contradicted by runs that were stable

Rule = tuple[str, Callable[[list[Numbers], dict[str, Any]], str]]


def _values(runs: list[Numbers], key: str) -> list[float]:
    found = [float(r[key]) for r in runs if isinstance(r.get(key), (int, float))]
    return [v for v in found if not math.isnan(v)]


def _mean(runs: list[Numbers], key: str) -> float:
    values = _values(runs, key)
    return sum(values) / len(values) if values else math.nan


def _training(runs: list[Numbers], about: dict[str, Any]) -> str:
    setbacks, excess = _values(runs, "setback"), []
    for run in runs:
        if "quality" in run:
            span = max(run["quality_gaussian"] - run["quality_floor"], 1e-12)
            excess.append(max(0.0, run["quality"] - run["quality_floor"]) / span)
    spread = max(excess) - min(excess) if len(excess) > 1 else 0.0
    if excess and min(excess) >= 1 and not any(s > SETBACK for s in setbacks) and not _mean(runs, "failed") > 0:
        return ""
    if _mean(runs, "failed") > 0 or any(s > SETBACK for s in setbacks) or spread > SPREAD:
        return "Unstable"
    return "Stable" if setbacks else ""


def _quality(runs: list[Numbers], about: dict[str, Any]) -> str:
    sharp, on_data = _mean(runs, "sharpness"), _mean(runs, "on_data")
    if math.isfinite(sharp):
        return "Blurry" if sharp < SHARP else "Sharp" if sharp <= NOISY else "Noisy"
    if math.isfinite(on_data):
        return "Sharp" if on_data >= ON_DATA * _mean(runs, "on_data_floor") else "Blurry"
    return ""


KINDS = {"exact": "Exact (with effort)", "bound": "Lower bound", "pushed": "No explicit", "none": "No explicit"}


def _likelihood(runs: list[Numbers], about: dict[str, Any]) -> str:
    kinds = {r["likelihood_kind"] for r in runs if "likelihood_kind" in r}
    return KINDS.get(kinds.pop(), "") if len(kinds) == 1 else ""


def _latent(runs: list[Numbers], about: dict[str, Any]) -> str:
    encoders = [r["encoder"] for r in runs if "encoder" in r]
    if encoders and not any(encoders):
        return "Less structure"
    purity, chance, items = (_mean(runs, k) for k in ("purity", "purity_chance", "purity_items"))
    if not math.isfinite(purity):
        return ""
    knows = purity >= chance + PURITY * (items - chance)
    return "Meaningful" if knows and _mean(runs, "round_trip") < RETURNED else "Less structure"


def _speed(runs: list[Numbers], about: dict[str, Any]) -> str:
    ms = _mean(runs, "ms_per_1000")
    if about["contestants"] < 2 or not math.isfinite(ms):
        return ""
    return "Fast" if ms <= FAST * about["fastest"] else "Slow"


RULES: dict[str, Rule] = {
    "objective": (
        "What is minimised is not measured; the figures show how the losses went. A descent falls, a game need not.",
        lambda runs, about: "",
    ),
    "training": (
        f"Unstable if a run failed, if the energy distance rose again by more than {SETBACK:.0%} of what separates one "
        f"Gaussian from real items, or if, in the same measure, seeds end more than {SPREAD:.0%} apart; stable otherwise; "
        "undecided if no run came nearer to the data than one Gaussian. "
        f"One or two seeds that were stable do not contradict “can be unstable”: {SEEDS} do.",
        _training,
    ),
    "quality": (
        f"Pictures are sharp if their fine detail has at least {SHARP:.0%} of the power that real pictures have, and noisy if "
        f"it has more than {NOISY:.0%}; points are sharp if at least {ON_DATA:.0%} as many samples as data lie in the smallest "
        "region that holds 98.9 % of the data. Blurry otherwise.",
        _quality,
    ),
    "likelihood": (
        "By what could be computed here: an exact density by quadrature or by an ODE, a bound on it, or none from the model "
        "itself. A bound does not contradict “exact (with effort)”: the effort was not made.",
        _likelihood,
    ),
    "latent": (
        f"Meaningful if the nearest codes of held-out items are of their own class at least {PURITY:.0%} of the way from "
        f"chance to what the items themselves score, and items come back from their codes with an error below {RETURNED:.0%} "
        "of their spread; less structure otherwise, or if items have no code. Whether codes are hierarchical is not measured.",
        _latent,
    ),
    "speed": (
        f"Fast if 1,000 samples take at most {FAST:g} times as long as the fastest contestant needs; slow otherwise.",
        _speed,
    ),
}


def agree(aspect: str, textbook: str, word: str, runs: list[Numbers]) -> bool | None:
    """Whether the word earned is the textbook's; None where there is nothing to compare, or the one does not exclude the other."""
    if not textbook or not word:
        return None
    if aspect == "training" and textbook == "Can be unstable":
        stable_enough = len(_values(runs, "failed")) >= SEEDS
        return True if word == "Unstable" else False if stable_enough else None
    if aspect == "likelihood" and (textbook, word) == ("Exact (with effort)", "Lower bound"):
        return None
    if aspect == "latent" and textbook == "Hierarchical":
        return None
    return word == textbook
