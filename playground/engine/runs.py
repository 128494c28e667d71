"""Runs on disk: a folder a run, written so that a kill at any moment leaves a run that opens.

    run.json                the recipe, name, dates, versions, thread count (small, rewritten whole)
    checkpoint.json         the manifest: step, counters, live changes, names and SHA-256 of the files below
    checkpoint.old.json     the manifest before it, in case the newest state is damaged
    state-<step>.safetensors     weights, optimizers and random streams
    metrics-<a>-<b>.safetensors  one row a step, from step a to b

A new state is written under a new name, synced, and only then named by the manifest, which is replaced in one move. Nothing in a
run can execute: safetensors and JSON only, and every value is checked when read.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from filelock import FileLock, Timeout

from playground import __version__
from playground.engine.config import ConfigError
from playground.engine.files import whole_file
from playground.engine.on_board import is_on_board
from playground.engine.recipe import Recipe

FORMAT = "generative-playground run 1"
MAX_JSON = 4 * 2**20
MAX_STATE = 8 * 2**30
COLUMNS_PER_FILE = 40  # metrics files before they are merged into one
STATE_NAME = re.compile(r"(state|metrics)-[0-9a-f-]+\.safetensors")


class RunFileError(ValueError):
    """A run that cannot be opened or written, in a sentence for the user."""


@dataclass(frozen=True)
class RunInfo:
    """A line of the list of runs. ``status`` is training, paused, finished, stopped, failed, interrupted (killed while it
    trained) or damaged (then see ``problem``).
    """

    folder: Path
    run_id: str
    name: str
    family: str = ""
    data: str = ""
    step: int = 0
    total_steps: int = 0
    created: str = ""
    seconds: float = 0.0
    status: str = "damaged"
    size_mb: float = 0.0
    problem: str = ""


@dataclass
class Metrics:
    """Everything measured: columns over steps (the trainer's) and sparse series (the monitor's).

    ``steps`` (n,) int64; ``scalars`` name -> (n,) float32; ``monitored`` name -> list of (step, value or vector).
    """

    steps: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    scalars: dict[str, np.ndarray] = field(default_factory=dict)
    monitored: list[tuple[int, dict[str, float], dict[str, list[float]]]] = field(default_factory=list)


@dataclass
class Checkpoint:
    """What the manifest says, and where the state lies. ``same``: beginning of the names of tensors that the state leaves out ->
    beginning of those that stand for them too (an average for the weights that it is of).
    """

    step: int = 0
    images_seen: int = 0
    seconds: float = 0.0
    status: str = "paused"
    state_file: str = ""
    state_sha256: str = ""
    metrics_files: list[dict[str, str]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)  # live parameters: step, name, value
    monitored: list[Any] = field(default_factory=list)
    threads: int = 1
    device: str = "cpu"
    problem: str = ""
    same: dict[str, str] = field(default_factory=dict)


def runs_folder() -> Path:
    """Where runs are kept: PLAYGROUND_RUNS, or the platform's folder for user data."""
    chosen = os.environ.get("PLAYGROUND_RUNS")
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("generative-playground", appauthor=False)) / "runs"


class Run:
    """An open run folder. Reading never changes it; writing needs :meth:`lock`.

    ``fixed``: a model on board, or a run where nothing can be written. It is only ever read; who wants to train it trains a copy.
    """

    def __init__(self, folder: Path, recipe: Recipe, facts: dict[str, Any]) -> None:
        self.folder, self.recipe, self.facts = folder, recipe, facts
        self.fixed = is_on_board(folder) or (folder.is_dir() and not os.access(folder, os.W_OK))
        self._source: Run | None = None  # of a copy that is not made yet
        self._lock = FileLock(str(folder / ".lock"), timeout=0)

    @property
    def run_id(self) -> str:
        return self.folder.name

    @property
    def name(self) -> str:
        return str(self.facts.get("name") or self.run_id)

    @classmethod
    def create(cls, recipe: Recipe, name: str = "", folder: Path | None = None) -> Run:
        """A new, empty run. Raises RunFileError if the folder cannot be made or already holds something."""
        folder = folder or new_folder(recipe)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise RunFileError(f"The folder {folder} is not empty. Choose another one, or resume the run that is in it.")
        except OSError as error:
            raise RunFileError(f"The folder {folder} cannot be used for a run: {error.strerror}.") from error
        run = cls(folder, recipe, _new_facts(name))
        run.write_facts()
        return run

    def copy(self) -> Run:
        """A run of the user's own that begins where this one is. Nothing is on the disk before :meth:`arrive`."""
        made = Run(new_folder(self.recipe), self.recipe, _new_facts(f"{self.name}, continued"))
        made._source = self
        return made

    def arrive(self) -> None:
        """Write a copy that is not made yet, whole and paused. Raises RunFileError."""
        if self._source is None:
            return
        checkpoint, tensors, rows = self._source.checkpoint()
        try:
            self.folder.mkdir(parents=True)
        except OSError as error:
            raise RunFileError(f"The folder {self.folder} cannot be used for a run: {_reason(error)}.") from error
        self.write_facts()
        checkpoint.status, checkpoint.metrics_files = "paused", []
        self.save(checkpoint, tensors, rows)
        self._source = None

    def write_facts(self) -> None:
        """Write run.json: the recipe and what is known of the run. Raises RunFileError."""
        import torch

        self._check_may_change()
        versions = {"format": FORMAT, "version": __version__, "torch": torch.__version__}
        facts = {**versions, **self.facts, "recipe": self.recipe.to_dict()}
        try:
            write_json(self.folder / "run.json", facts)
        except (OSError, ValueError) as error:  # ValueError: text that is no Unicode
            raise RunFileError(f"The run cannot be written in {self.folder}: {_reason(error)}.") from error

    def lock(self) -> None:
        """Become the one writer. Raises RunFileError if another window or command trains this run."""
        try:
            self._lock.acquire()
        except Timeout as error:
            raise RunFileError(f"The run {self.name!r} is being trained by another window or command.") from error
        except OSError as error:
            raise RunFileError(f"The run {self.name!r} cannot be written: {_reason(error)}.") from error

    def unlock(self) -> None:
        """Let others write. The lock file stays: removing it would let two writers hold two files of one name."""
        self._lock.release(force=True)

    def _check_may_change(self) -> None:
        if is_on_board(self.folder):
            raise RunFileError(f"The model {self.name!r} came with the program and is only read: train a copy of it.")

    def discard_if_empty(self) -> None:
        """Remove the folder of a run that never got as far as a first checkpoint: there is nothing in it to keep."""
        if not self.fixed and {p.name for p in self.folder.glob("*")} <= {"run.json", ".lock"}:
            with contextlib.suppress(OSError):
                for path in self.folder.iterdir():
                    path.unlink()
                self.folder.rmdir()

    # ------------------------------------------------------------------ writing
    def save(self, checkpoint: Checkpoint, tensors: Mapping[str, Any], rows: Metrics) -> Checkpoint:
        """Make ``checkpoint`` the newest: state and new metric rows first, then the manifest. Returns it with its file names.

        Raises RunFileError when the disk is full or gone; the checkpoint before stays valid then.
        """
        from safetensors.torch import save as to_bytes

        self._check_may_change()
        try:
            checkpoint.state_file = f"state-{checkpoint.step:09d}-{secrets.token_hex(3)}.safetensors"
            content = to_bytes({k: v.detach().cpu().contiguous() for k, v in tensors.items()})
            checkpoint.state_sha256 = write_bytes(self.folder / checkpoint.state_file, content)
            if len(rows.steps):
                checkpoint.metrics_files = self._append_metrics(checkpoint.metrics_files, rows)
            self._replace_manifest(checkpoint)
        except (OSError, RuntimeError, ValueError) as error:
            advice = "Free some space or choose another folder."
            raise RunFileError(f"The run could not be saved in {self.folder}: {_reason(error)}. {advice}") from error
        return checkpoint

    def note(self, checkpoint: Checkpoint) -> None:
        """Write the newest manifest again, with another status or problem; what it names stays. Raises RunFileError."""
        self._check_may_change()
        try:
            write_json(self.folder / "checkpoint.json", {"format": FORMAT, **vars(checkpoint)})
        except OSError as error:
            raise RunFileError(f"The run cannot be written in {self.folder}: {_reason(error)}.") from error

    def _append_metrics(self, files: list[dict[str, str]], rows: Metrics) -> list[dict[str, str]]:
        from safetensors.numpy import save as to_bytes

        if len(files) >= COLUMNS_PER_FILE:
            old = self._read_metrics(files)
            rows = _joined([old, rows])
            files = []
        name = f"metrics-{int(rows.steps[0]):09d}-{int(rows.steps[-1]):09d}-{secrets.token_hex(2)}.safetensors"
        columns = {"steps": rows.steps, **{f"scalar/{k}": v for k, v in rows.scalars.items()}}
        digest = write_bytes(self.folder / name, to_bytes(columns))
        return [*files, {"file": name, "sha256": digest}]

    def _replace_manifest(self, checkpoint: Checkpoint) -> None:
        manifest, old = self.folder / "checkpoint.json", self.folder / "checkpoint.old.json"
        if manifest.exists():
            with contextlib.suppress(OSError):
                write_bytes(old, manifest.read_bytes())
        write_json(manifest, {"format": FORMAT, **vars(checkpoint)})
        self._sweep()

    def _sweep(self) -> None:
        """Remove files that neither manifest names: older states, and what a kill left half written."""
        keep = set()
        for manifest in ("checkpoint.json", "checkpoint.old.json"):
            with contextlib.suppress(RunFileError):
                checkpoint = self._manifest(manifest)
                keep |= {checkpoint.state_file, *(f["file"] for f in checkpoint.metrics_files)}
        for path in self.folder.iterdir():
            swept = (path.name.startswith(("state-", "metrics-")) and path.name not in keep) or path.name.endswith(".part")
            if swept:
                with contextlib.suppress(OSError):
                    path.unlink()

    # ------------------------------------------------------------------ reading
    def checkpoint(self) -> tuple[Checkpoint, dict[str, Any], Metrics]:
        """The newest checkpoint whose files are whole: (manifest, tensors on the CPU, metrics). Raises RunFileError."""
        problems = []
        for manifest in ("checkpoint.json", "checkpoint.old.json"):
            try:
                checkpoint = self._manifest(manifest)
                tensors = _read_state(self.folder / checkpoint.state_file, checkpoint.state_sha256)
                tensors |= _left_out(tensors, checkpoint.same)
                checkpoint.same = {}  # what is saved next is whole
                return checkpoint, tensors, self._read_metrics(checkpoint.metrics_files)
            except RunFileError as error:
                problems.append(str(error))
        raise RunFileError(problems[0])

    def begun(self) -> bool:
        """Whether a checkpoint was ever completed. One killed before is a recipe: the same seed begins the same run anew."""
        names = [p.name for p in self.folder.iterdir()]
        return any(n in ("checkpoint.json", "checkpoint.old.json") or re.match("state-0*[1-9]", n) for n in names)

    def checkpoint_manifest(self) -> Checkpoint:
        """The newest manifest, without reading what it names; step 0 if there is none yet. Raises RunFileError."""
        if not self.begun():
            return Checkpoint()
        try:
            return self._manifest("checkpoint.json")
        except RunFileError:
            if not (self.folder / "checkpoint.old.json").exists():
                raise
            return self._manifest("checkpoint.old.json")

    def _manifest(self, name: str) -> Checkpoint:
        path = self.folder / name
        values = read_json(path)
        values.pop("format")
        try:
            checkpoint = Checkpoint(**values)
            _check_manifest(checkpoint)
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
            raise RunFileError(f"{path.name} in {self.folder} is damaged: {error}.") from error
        return checkpoint

    def _read_metrics(self, files: list[dict[str, str]]) -> Metrics:
        from safetensors.numpy import load

        parts = []
        for entry in files:
            # A damaged metrics file costs a piece of the curve, never the model.
            with contextlib.suppress(RunFileError, Exception):
                columns = load(read_bytes(self.folder / entry["file"], entry["sha256"]))
                steps = columns.pop("steps")
                parts.append(Metrics(steps, {k.removeprefix("scalar/"): v for k, v in columns.items()}))
        return _joined(parts)

    def info(self) -> RunInfo:
        """The line of the list of runs. Raises RunFileError."""
        checkpoint = self.checkpoint_manifest()
        steps = [getattr(self.recipe.config, "steps", 0), *(c["value"] for c in checkpoint.changes if c["name"] == "steps")]
        status = "interrupted" if checkpoint.status == "training" and not self._locked() else checkpoint.status
        return RunInfo(
            self.folder, self.run_id, self.name, self.recipe.family, self.recipe.data, checkpoint.step, int(steps[-1]),
            str(self.facts.get("created", "")), checkpoint.seconds, status, _size_mb(self.folder), checkpoint.problem,
        )  # fmt: skip

    def _locked(self) -> bool:
        """Whether somebody trains this run: a killed process holds no lock any more."""
        if self.fixed or self._lock.is_locked:
            return self._lock.is_locked
        try:
            with FileLock(self._lock.lock_file, timeout=0):
                return False
        except Timeout:
            return True
        except OSError:  # a folder that cannot be written: nobody trains there
            return False


def load_run(folder: Path | str) -> Run:
    """Open a run folder. Raises RunFileError with a sentence for anything that is not a whole run of this app."""
    folder = Path(folder)
    if not folder.is_dir():
        raise RunFileError(f"There is no run folder at {folder}.")
    facts = read_json(folder / "run.json")
    recipe = facts.pop("recipe", None)
    try:
        return Run(folder, Recipe.from_dict(recipe), {k: facts[k] for k in ("name", "created") if k in facts})
    except (ConfigError, AttributeError) as error:
        raise RunFileError(f"The recipe in {folder} cannot be used: {error}") from error


def list_runs(folder: Path | None = None) -> list[RunInfo]:
    """All runs below ``folder`` (default :func:`runs_folder`), newest first; damaged ones too, with their problem."""
    folder = folder or runs_folder()
    if not folder.is_dir():
        return []
    infos = []
    for path in folder.iterdir():
        try:
            if path.is_dir() and not path.name.startswith(".") and (path / "run.json").exists():
                infos.append(load_run(path).info())
        except RunFileError as error:
            infos.append(RunInfo(path, path.name, path.name, problem=str(error)))
        except OSError as error:
            infos.append(RunInfo(path, path.name, path.name, problem=f"{path} cannot be read: {_reason(error)}."))
    return sorted(infos, key=lambda i: i.created or i.run_id, reverse=True)


def rename_run(folder: Path | str, name: str) -> None:
    """Give a run another name; its folder stays where it is."""
    name = " ".join(name.split())[:200]
    if not name:
        raise RunFileError("A run needs a name.")
    run = load_run(folder)
    run.facts["name"] = name
    run.write_facts()


def delete_run(folder: Path | str) -> None:
    """Move a run to the system's bin. Raises RunFileError if the system has none that can take it."""
    from send2trash import send2trash

    folder = Path(folder)
    if not (folder / "run.json").is_file():
        raise RunFileError(f"{folder} is not a run; nothing was deleted.")
    if is_on_board(folder):
        raise RunFileError(f"{folder.name} came with the program; nothing was deleted.")
    try:
        send2trash(str(folder))
    except OSError as error:
        raise RunFileError(f"The system's bin did not take {folder}: {error}.") from error


def new_folder(recipe: Recipe) -> Path:
    """A name that says when, what and on which data, and that no other run has."""
    short = re.sub(r"[^A-Za-z0-9]+", "-", Path(recipe.data.split("?")[0]).stem).strip("-").lower()[:24] or "data"
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return runs_folder() / f"{stamp}-{recipe.family}-{short}-{secrets.token_hex(2)}"


def _new_facts(name: str) -> dict[str, Any]:
    return {"name": name, "created": datetime.now(UTC).isoformat(timespec="seconds")}


# ---------------------------------------------------------------- files
def write_bytes(path: Path, content: bytes) -> str:
    """Write ``content`` whole or not at all. Returns its SHA-256."""
    with whole_file(path) as part:
        part.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write an object with a checksum of its values."""
    write_bytes(path, json.dumps({**values, "sha256": _digest(values)}, indent=1, ensure_ascii=False).encode())


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, ensure_ascii=True).encode()).hexdigest()


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or (str(error).splitlines() or [type(error).__name__])[0]


def _size_mb(folder: Path) -> float:
    """Size of the files that lie there at this moment: a run that trains replaces some of them meanwhile."""
    total = 0
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            total += path.stat().st_size
    return total / 2**20


def read_json(path: Path) -> dict[str, Any]:
    """What :func:`write_json` wrote, or RunFileError with a sentence for anything that is not whole or not ours."""
    try:
        if path.stat().st_size > MAX_JSON:
            raise RunFileError(f"{path.name} in {path.parent} is too large to be part of a run.")
        values = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise RunFileError(f"{path.parent} is not a run: it has no {path.name}.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise RunFileError(f"{path.name} in {path.parent} is damaged: {error}.") from error
    if not isinstance(values, dict):
        raise RunFileError(f"{path.name} in {path.parent} is damaged: it holds no object.")
    if values.get("format") != FORMAT:
        raise RunFileError(f"{path.name} in {path.parent} was not made by this app, or by a newer version of it.")
    if values.pop("sha256", None) != _digest(values):
        raise RunFileError(f"{path.name} in {path.parent} is damaged: its checksum does not match.")
    return values


def read_bytes(path: Path, sha256: str) -> bytes:
    """A file's content after its checksum has been verified, or RunFileError."""
    try:
        if path.stat().st_size > MAX_STATE:
            raise RunFileError(f"{path.name} in {path.parent} is too large.")
        content = path.read_bytes()
    except OSError as error:
        raise RunFileError(f"{path.name} in {path.parent} cannot be read: {_reason(error)}.") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise RunFileError(f"{path.name} in {path.parent} is damaged: its checksum does not match.")
    return content


def _read_state(path: Path, sha256: str) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return load(read_bytes(path, sha256))
    except (SafetensorError, ValueError, KeyError) as error:
        raise RunFileError(f"{path.name} in {path.parent} is not a valid state file: {error}.") from error


def _left_out(tensors: Mapping[str, Any], same: Mapping[str, str]) -> dict[str, Any]:
    """The tensors that others of a state stand for, by name."""
    return {to + name.removeprefix(by): v.clone() for to, by in same.items() for name, v in tensors.items() if name.startswith(by)}


def _check_manifest(checkpoint: Checkpoint) -> None:
    """Types and file names of a manifest that may come from anywhere: no path may lead out of the folder."""
    checkpoint.seconds = float(checkpoint.seconds)
    for name, default in vars(Checkpoint()).items():
        if type(getattr(checkpoint, name)) is not type(default):
            raise ValueError(f"{name} is not of the type {type(default).__name__}")
    if not (1 <= checkpoint.threads <= 1024 and 0 <= checkpoint.step < 2**62 and 0 <= checkpoint.seconds < math.inf):
        raise ValueError("a number is out of range")
    for name in [checkpoint.state_file, *(f["file"] for f in checkpoint.metrics_files)]:
        if not STATE_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of a state file")
    if not all(type(c["name"]) is str and type(c["step"]) is int and "value" in c for c in checkpoint.changes):
        raise ValueError("a change of a live parameter has no name")
    if not all(type(to) is str and type(by) is str and to and by for to, by in checkpoint.same.items()):
        raise ValueError("what stands for the tensors left out has no name")
    for step, scalars, vectors in checkpoint.monitored:
        numbers = [*scalars.values(), *(v for line in vectors.values() for v in line)]
        if type(step) is not int or not all(type(v) in (int, float) for v in numbers):
            raise ValueError("what was measured is not made of numbers")


def _joined(parts: list[Metrics]) -> Metrics:
    """Rows of several metrics one after the other; a column missing in one is NaN there."""
    if not parts:
        return Metrics()
    names = {k for p in parts for k in p.scalars}
    columns = {
        k: np.concatenate([p.scalars.get(k, np.full(len(p.steps), np.nan, np.float32)) for p in parts]) for k in sorted(names)
    }
    return Metrics(np.concatenate([p.steps for p in parts]), columns)
