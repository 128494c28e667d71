"""Comparisons on disk: a folder each, written so that a kill at any moment leaves one that opens.

    comparison.json        the plan, the recipes with the budget worked in, the runs, and all that was measured
    runs/<run id>/         an ordinary run folder each
    measured/<run id>-<step>.safetensors    what pictures of the evidence are drawn of

Nothing in it can execute, and every value is checked when read.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from playground import __version__
from playground.engine.compare.plan import ComparisonPlan, Prepared, column_keys
from playground.engine.config import ConfigError
from playground.engine.families import FAMILIES
from playground.engine.files import whole_file
from playground.engine.recipe import Recipe
from playground.engine.runs import RunFileError, read_bytes, runs_folder, write_bytes

FORMAT = "generative-playground comparison 1"
NAME = "comparison.json"
MAX_JSON = 64 * 2**20
STATUSES = ("waiting", "ended", "failed", "measured")


@dataclass
class Record:
    """One run: of the contestant ``column`` with the seed number ``seed``. ``status``: waiting (to be trained, or in training),
    ended (trained, to be measured), failed (then see ``problem``) or measured. ``step`` and ``seconds`` at that moment.
    """

    column: int
    seed: int
    run_id: str
    status: str = "waiting"
    problem: str = ""
    step: int = 0
    seconds: float = 0.0
    numbers: dict[str, Any] = field(default_factory=dict)
    evidence_file: str = ""
    evidence_sha256: str = ""


@dataclass(frozen=True)
class ComparisonInfo:
    """A line of the list of comparisons. ``status``: finished, paused (or killed) or damaged (then see ``problem``)."""

    folder: Path
    comparison_id: str
    data: str = ""
    contestants: tuple[str, ...] = ()
    seeds: int = 0
    seconds: float = 0.0
    created: str = ""
    status: str = "damaged"
    measured: int = 0
    total: int = 0
    problem: str = ""


def comparisons_folder() -> Path:
    """Where comparisons are kept: beside the runs folder."""
    return runs_folder().parent / "comparisons"


class Stored:
    """An open comparison folder."""

    def __init__(
        self, folder: Path, plan: ComparisonPlan, records: list[Record], prepared: list[Prepared | None], facts: dict[str, Any]
    ) -> None:
        self.folder, self.plan, self.records, self.prepared, self.facts = folder, plan, records, prepared, facts
        self.recipes = [c.known_recipe() if p is None else p.recipe for c, p in zip(plan.contestants, prepared, strict=True)]
        self.keys = column_keys(self.recipes)

    @property
    def comparison_id(self) -> str:
        return self.folder.name

    @classmethod
    def create(cls, plan: ComparisonPlan, folder: Path | None = None) -> Stored:
        """A new one, with a run named for every seed of every recipe. Raises RunFileError if the folder cannot be used."""
        short = re.sub(r"[^A-Za-z0-9]+", "-", Path(plan.data.split("?")[0]).stem).strip("-").lower()[:24] or "data"
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        folder = folder or comparisons_folder() / f"{stamp}-{short}-{secrets.token_hex(2)}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise RunFileError(f"The folder {folder} is not empty. Choose another one, or resume the comparison that is in it.")
            (folder / "runs").mkdir()
        except OSError as error:
            raise RunFileError(f"The folder {folder} cannot be used for a comparison: {error.strerror}.") from error
        keys = column_keys([c.known_recipe() for c in plan.contestants])
        records = [
            Record(i, seed, f"{folder.name}-{key}-s{seed}")
            for seed in range(plan.seeds)
            for i, (key, contestant) in enumerate(zip(keys, plan.contestants, strict=True))
            if contestant.run is None or seed == 0
        ]
        facts = {"created": datetime.now(UTC).isoformat(timespec="seconds"), "stopped": False, "machine": {}}
        made = cls(folder, plan, records, [None] * len(plan.contestants), facts)
        made.save()
        return made

    def save(self) -> None:
        """Write comparison.json, whole or not at all. Raises RunFileError."""
        values = {
            "format": FORMAT, "version": __version__, **self.facts, "plan": self.plan.to_dict(),
            "prepared": [p and {"recipe": p.recipe.to_dict(), "parameters": p.parameters, "ms_per_step": p.ms_per_step,
                               "settled": p.settled}
                         for p in self.prepared],
            "records": [plain(asdict(r)) for r in self.records],
        }  # fmt: skip
        try:
            content = json.dumps({**values, "sha256": _digest(values)}, indent=1, ensure_ascii=False, allow_nan=False)
            with whole_file(self.folder / NAME) as part:
                part.write_text(content, "utf-8")
        except OSError as error:
            raise RunFileError(f"The comparison cannot be written in {self.folder}: {error.strerror or error}.") from error

    def title(self, column: int) -> str:
        """What stands above a column."""
        return self.plan.contestants[column].title or FAMILIES[self.recipes[column].family].title

    def run_folder(self, record: Record) -> Path:
        return self.folder / "runs" / record.run_id

    # ------------------------------------------------------------------ what was measured
    def keep(self, record: Record, numbers: dict[str, Any], evidence: Mapping[str, np.ndarray]) -> None:
        """Make ``numbers`` and ``evidence`` those of a run, and save. Raises RunFileError."""
        from safetensors.numpy import save as to_bytes

        name = f"measured/{record.run_id}-{record.step:09d}.safetensors"
        content = to_bytes({k: np.ascontiguousarray(v) for k, v in evidence.items()})
        try:
            record.evidence_sha256 = write_bytes(self.folder / name, content)
        except OSError as error:
            raise RunFileError(f"The comparison cannot be written in {self.folder}: {error.strerror or error}.") from error
        record.numbers, record.evidence_file, record.status = numbers, name, "measured"
        self.save()

    def evidence(self, record: Record) -> dict[str, np.ndarray]:
        """The arrays behind the numbers of a run; empty where they are missing or damaged: the numbers stand without them."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            return load(read_bytes(self.folder / record.evidence_file, record.evidence_sha256)) if record.evidence_file else {}
        except (RunFileError, SafetensorError, ValueError):
            return {}

    def info(self) -> ComparisonInfo:
        done = sum(r.status in ("measured", "failed") for r in self.records)
        titles = tuple(self.title(i) for i in range(len(self.recipes)))
        status = "finished" if done == len(self.records) or self.facts.get("stopped") else "paused"
        return ComparisonInfo(
            self.folder, self.comparison_id, self.plan.data, titles, self.plan.seeds, self.plan.seconds,
            str(self.facts.get("created", "")), status, done, len(self.records),
        )  # fmt: skip


def load_comparison(folder: Path | str) -> Stored:
    """Open a comparison. Raises RunFileError with a sentence for anything that is not a whole one of this app."""
    folder = Path(folder)
    values = _read(folder)
    try:
        plan = ComparisonPlan.from_dict(values["plan"])
        records = [_record(v, len(plan.contestants)) for v in values["records"]]
        prepared = [
            None
            if p is None
            else Prepared(Recipe.from_dict(p["recipe"]), int(p["parameters"]), float(p["ms_per_step"]), p.get("settled") is True)
            for p in values["prepared"]
        ]
        facts: dict[str, Any] = {k: values[k] for k in ("created", "stopped", "machine") if k in values}
        return Stored(folder, plan, records, prepared, facts)
    except (ConfigError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunFileError(f"The comparison in {folder} cannot be used: {error}") from error


def list_comparisons(folder: Path | None = None) -> list[ComparisonInfo]:
    """All comparisons below ``folder`` (default :func:`comparisons_folder`), newest first; damaged ones too."""
    folder = folder or comparisons_folder()
    infos = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if (path / NAME).is_file():
            try:
                infos.append(load_comparison(path).info())
            except RunFileError as error:
                infos.append(ComparisonInfo(path, path.name, problem=str(error)))
    return sorted(infos, key=lambda i: i.created or i.comparison_id, reverse=True)


# ---------------------------------------------------------------- reading
def _record(values: Any, columns: int) -> Record:
    record = Record(**{f.name: values[f.name] for f in fields(Record)})
    safe = re.fullmatch(r"[^/\\\0]{1,200}", str(record.run_id)) and record.run_id not in (".", "..")
    inside = not record.evidence_file or re.fullmatch(r"measured/[^/\\\0]{1,220}", str(record.evidence_file))
    whole = all(isinstance(v, int) and v >= 0 for v in (record.column, record.seed, record.step))
    if not (safe and inside and whole and record.column < columns and record.status in STATUSES):
        raise ValueError(f"a run in {NAME} has impossible values.")
    if not isinstance(record.numbers, dict) or not isinstance(record.seconds, (int, float)):
        raise ValueError(f"a run in {NAME} has impossible numbers.")
    record.numbers = {str(k): math.nan if v is None else v for k, v in record.numbers.items()}
    return record


def _read(folder: Path) -> dict[str, Any]:
    path = folder / NAME
    try:
        if path.stat().st_size > MAX_JSON:
            raise RunFileError(f"{NAME} in {folder} is too large to be a comparison.")
        values = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise RunFileError(f"{folder} is no comparison: it has no {NAME}.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise RunFileError(f"{NAME} in {folder} is damaged: {error}.") from error
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise RunFileError(f"{NAME} in {folder} was not made by this app, or by a newer version of it.")
    if values.pop("sha256", None) != _digest(values):
        raise RunFileError(f"{NAME} in {folder} is damaged: its checksum does not match.")
    return values


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, ensure_ascii=True).encode()).hexdigest()


def plain(value: Any) -> Any:
    """Values that JSON knows; what is not finite becomes None."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    return None if isinstance(value, float) and not math.isfinite(value) else value
