"""``log-prob``: the log density that a diffusion model gives to items of a file, in nats."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from playground.cli.console import Outcome, table
from playground.cli.errors import CommandError
from playground.cli.flags import DIFFUSION
from playground.cli.running import ask, session
from playground.cli.runs import find_run
from playground.engine import items_key, load_run, messages, read_arrays

if TYPE_CHECKING:
    from playground.engine import Session

POINTS, PICTURES = 4000, 32  # items asked about at once
ROWS = 20  # of the table; the JSON has all


def log_prob(args: argparse.Namespace) -> Outcome:
    """``playground log-prob RUN FILE``: log p(x) of every item, its error, and the truth where the density is known."""
    folder = find_run(args.target)
    path = Path(args.file).expanduser()
    recipe = load_run(folder).recipe
    if recipe.family != DIFFUSION:
        raise CommandError(f"log-prob asks a diffusion model; this run is of the family {recipe.family} (see evaluate).")
    if path.is_dir():
        raise CommandError(f"{path.absolute()} is a folder: log-prob reads a .npy or .npz file.")
    arrays = read_arrays(path)
    x = arrays[items_key(path, arrays)]
    with session(folder) as asked:
        example = ask(asked, messages.DataItems(n=1), "Reading real data").x[0]
        found = _asked_about(asked, checked(path.name, x, example), args.method)
    of = {"run": folder.name, "data": recipe.data, "step": found[-1].step, "file": path.resolve()}
    values = {**of, **_numbers(found, args.method)}
    return Outcome(values, _text(values))


# ---------------------------------------------------------------- the items
def checked(name: str, x: np.ndarray, example: np.ndarray) -> np.ndarray:
    """The file's array as items on the data's scale, float32 (N, 2), or (N, C, H, W) in [-1, 1]. ``example``: one real item.

    Raises:
        CommandError: another shape or kind of numbers than the model's data.
    """
    wanted = _shapes(example)
    if x.dtype.kind not in "iuf":
        raise CommandError(f"{name} holds an array of type {x.dtype}, not of numbers.")
    if x.ndim < 1 or tuple(x.shape[1:]) not in wanted:
        words = " or ".join(_size(("N", *shape)) for shape in wanted)
        raise CommandError(f"{name} holds an array of shape {_size(x.shape)}; this model takes {words}, one item a row.")
    if not len(x):
        raise CommandError(f"{name} holds no items: its shape is {_size(x.shape)}.")
    if not np.isfinite(x).all():
        row = int(np.argmin(np.isfinite(x).reshape(len(x), -1).all(1)))
        raise CommandError(f"{name} has a number that is not finite, in row {row}.")
    if example.dtype != np.uint8:
        return x.astype(np.float32)
    return _colours_first(_grey_levels(name, x), example)


def _shapes(example: np.ndarray) -> list[tuple[int, ...]]:
    """How items like this one may lie in a file."""
    if example.dtype != np.uint8:
        return [example.shape]
    if example.ndim == 2:
        return [example.shape, (1, *example.shape), (*example.shape, 1)]
    height, width, colours = example.shape
    return [example.shape, (colours, height, width)]


def _size(shape: tuple[Any, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _grey_levels(name: str, x: np.ndarray) -> np.ndarray:
    """Whole numbers 0 .. 255, or numbers -1 .. 1, as float32 in [-1, 1]: black is -1."""
    whole = x.dtype.kind != "f"
    low, high = (0, 255) if whole else (-1, 1)
    if x.min() < low or x.max() > high:
        kind = "whole numbers" if whole else "fractions"
        raise CommandError(f"{name} has values from {x.min():g} to {x.max():g}; pictures in {kind} go from {low} to {high}.")
    return x.astype(np.float32) / np.float32(127.5) - 1 if whole else x.astype(np.float32)


def _colours_first(x: np.ndarray, example: np.ndarray) -> np.ndarray:
    """(N, C, H, W), as models keep pictures."""
    if example.ndim == 2:
        return x.reshape(len(x), 1, *example.shape)
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2)) if x.shape[1:] == example.shape else x


# ---------------------------------------------------------------- the answers
def _asked_about(asked: Session, x: np.ndarray, method: str) -> list[messages.LogProbOf]:
    """All items, in parts that fit into memory."""
    size = POINTS if x.ndim == 2 else PICTURES
    rows = [x[i : i + size] for i in range(0, len(x), size)]
    found = []
    for i, part in enumerate(rows, 1):
        what = "Computing log p(x)" + (f", part {i} of {len(rows)}" if len(rows) > 1 else "")
        found.append(ask(asked, messages.LogProb(x=part, method=method), what, "%"))
    return found


def _numbers(found: list[messages.LogProbOf], method: str) -> dict[str, Any]:
    log_p, error = (np.concatenate([getattr(f, name) for f in found]).astype(float) for name in ("log_p", "error"))
    mean, mean_se = _mean(log_p)
    values = {
        "method": method, "n": len(log_p), "unit": "nats per item", "is_lower_bound": method == "bound", "exact": found[0].exact,
        "nfe": found[0].nfe, "log_p": log_p, "error": error, "mean": mean, "mean_se": mean_se,
    }  # fmt: skip
    if found[0].true is not None:
        true = np.concatenate([f.true for f in found if f.true is not None]).astype(float)
        values["true"] = true
        values["mean_true"], values["mean_true_se"] = _mean(true)
        values["mean_difference"], values["mean_difference_se"] = _mean(log_p - true)
    return values


def _mean(values: np.ndarray) -> tuple[float, float | None]:
    """The mean and its standard error over items (None of one, or where a value is infinite)."""
    spread = len(values) > 1 and np.isfinite(values).all()
    return float(values.mean()), float(values.std(ddof=1)) / len(values) ** 0.5 if spread else None


def _text(values: dict[str, Any]) -> Any:
    known = "true" in values
    kind = "lower bound on log p(x)" if values["is_lower_bound"] else "log p(x)"
    rows = [
        [i, f"{p:.4f}", f"± {e:.2g}", *([f"{values['true'][i]:.4f}"] if known else [])]
        for i, (p, e) in enumerate(zip(values["log_p"][:ROWS], values["error"][:ROWS], strict=True))
    ]
    if values["n"] > ROWS:
        rows.append([f"{values['n'] - ROWS:,} more: see --json", "", "", *([""] if known else [])])
    rows.append(["mean", _with_error(values, "mean"), "", *([_with_error(values, "mean_true")] if known else [])])
    if known:
        rows.append(["mean of model - true", _with_error(values, "mean_difference"), "", ""])
    columns = ["item", f"{kind}, nats", "error", *(["true log p(x), nats"] if known else [])]
    return table(f"{values['run']} on {values['data']}: {kind} of {values['n']:,} items", columns, rows, right=(1, 2, 3))


def _with_error(values: dict[str, Any], name: str) -> str:
    error = values[f"{name}_se"]
    return f"{values[name]:.4f}" + (f" ± {error:.4f}" if error is not None else "")
