"""Finished models that come with the program: ordinary run folders in ``resources/models``, with a list of what they are and how
good they were measured to be, made by ``packaging/models.py``. Reading the list needs no torch; nothing here ever writes.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground.engine.resources import resource

FORMAT = "generative-playground models 1"
LIST = "models.json"
NAME = re.compile(r"[a-z0-9_]+-[a-z0-9]+")


@dataclass(frozen=True)
class ModelQuality:
    """One measured number, in ``unit``. ``floor``: what real items score against other real ones, give or take ``floor_sd``, or,
    without that, a perfect model; ``noise``: standard error of the measurement; NaN where there is no such thing. ``better``:
    "low", "high" or "" (neither).
    """

    key: str
    label: str
    value: float
    unit: str = ""
    noise: float = math.nan
    floor: float = math.nan
    floor_sd: float = math.nan
    better: str = ""
    help: str = ""

    def words(self) -> str:
        """The number as a sentence has it: "8 of 8 modes covered", "energy distance 0.012 (real items 0.004)"."""
        if self.key == "modes":
            return f"{self.value:.0f} of {self.floor:.0f} {self.label}"
        unit = f" {self.unit}" if self.unit else ""
        noise = f" ± {number(self.noise)}" if math.isfinite(self.noise) else ""
        what = "real items" if math.isfinite(self.floor_sd) else "at best"
        floor = f" ({what} {number(self.floor)})" if math.isfinite(self.floor) else ""
        return f"{self.label} {number(self.value)}{noise}{unit}{floor}"


@dataclass(frozen=True)
class ModelOnBoard:
    """A finished model, with all that a line of the list of runs tells (:class:`~playground.engine.runs.RunInfo`).

    ``seconds`` of training on one core of the machine that made it; ``weights``: "half" or "full" precision on the disk.
    """

    name: str
    folder: Path
    family: str
    data: str
    preset: str
    seed: int
    step: int
    seconds: float
    size_mb: float
    weights: str
    quality: tuple[ModelQuality, ...]

    on_board = True
    status, problem, created = "finished", "", ""

    @property
    def run_id(self) -> str:
        return self.name

    @property
    def total_steps(self) -> int:
        return self.step


def models_on_board() -> list[ModelOnBoard]:
    """All, in the order of the list, which is that of the families; those whose folder is missing are left out."""
    try:
        folder = resource("models")
        values = json.loads((folder / LIST).read_text("utf-8"))
    except (OSError, ValueError):
        return []
    listed = values.get("models") if isinstance(values, dict) and values.get("format") == FORMAT else None
    found = [_model(folder, entry) for entry in listed] if isinstance(listed, list) else []
    return [model for model in found if model is not None and (model.folder / "run.json").is_file()]


def model_on_board(name: str) -> ModelOnBoard | None:
    """The one of this name, if there is one."""
    return next((m for m in models_on_board() if m.name == name), None)


def is_on_board(folder: Path) -> bool:
    """Whether a run folder came with the program."""
    try:
        return folder.resolve().parent == resource("models").resolve()
    except OSError:
        return False


def number(value: float) -> str:
    """A measured number as it is listed: three digits, no powers of ten where people do not expect them."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}" if digits <= 6 else f"{value:.2e}"


def _model(folder: Path, entry: Any) -> ModelOnBoard | None:
    """An entry of the list, or None for one that makes no sense."""
    try:
        name = str(entry["name"])
        if not NAME.fullmatch(name):
            return None
        quality = tuple(_quality(q) for q in entry["quality"])
        return ModelOnBoard(
            name, folder / name, str(entry["family"]), str(entry["data"]), str(entry["preset"]), int(entry["seed"]),
            int(entry["steps"]), float(entry["seconds"]), float(entry["size_mb"]), str(entry["weights"]), quality,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError):
        return None


def _quality(values: Mapping[str, Any]) -> ModelQuality:
    """``None`` in the file is NaN here: JSON has no other word for it."""
    numbers = {k: math.nan if values.get(k) is None else float(values[k]) for k in ("value", "noise", "floor", "floor_sd")}
    words = {k: str(values.get(k, "")) for k in ("key", "label", "unit", "better", "help")}
    return ModelQuality(**words, **numbers)  # type: ignore[arg-type]
