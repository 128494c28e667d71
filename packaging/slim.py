"""A finished run, made small for the way with the program: what is needed to look at the model and to train on from it, no more.

No optimizer moments; the averaged weights, which are what is shown, stand for the raw ones too; weights in half precision where
the model is measured to be as good so; of the curves a thousand steps.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save as numpy_bytes
from safetensors.torch import save as torch_bytes
from torch import Tensor

from playground.engine.datasets import load_data
from playground.engine.families import FAMILIES
from playground.engine.parents import parents_of
from playground.engine.runs import FORMAT, Checkpoint, Metrics, Run, load_run, write_bytes, write_json

State = dict[str, Tensor]
AVERAGED = "averaged."
ROWS = 1000  # of the curves
LOOKS = 200  # at held-out numbers
HALF_MAX = 60_000.0  # beyond which half precision has no numbers


@dataclass
class Whole:
    """A run as it was trained."""

    run: Run
    checkpoint: Checkpoint
    state: State
    rows: Metrics

    @classmethod
    def read(cls, folder: Path) -> Whole:
        run = load_run(folder)
        return cls(run, *run.checkpoint())


def learner_of(run: Run, state: State, step: int) -> Any:
    """The run's learner on one CPU core, with this state."""
    recipe = run.recipe
    kind = FAMILIES[recipe.family].learner_class()
    made = kind(recipe.config, load_data(recipe.data), recipe.seed, "cpu", recipe.compute.precision, parents_of(recipe, False))
    made.load_state(state, step)
    return made


def write_slim(whole: Whole, folder: Path, name: str, half: bool) -> None:
    """Write ``whole`` into the new ``folder``, its weights in half precision if ``half``. The same run gives the same bytes."""
    kept, same = without_raw({k: v for k, v in whole.state.items() if not k.startswith("optimizer")})
    if half:
        parameters = learner_of(whole.run, whole.state, whole.checkpoint.step).model.named_parameters()
        kept = halved(kept, {f"model/{k}" for k, _ in parameters})
    folder.mkdir(parents=True)
    manifest = dataclasses.replace(whole.checkpoint, same=same, metrics_files=[], status="finished", problem="")
    manifest.monitored = looks(whole.checkpoint.monitored)
    manifest.state_file = f"state-{manifest.step:09d}.safetensors"
    manifest.state_sha256 = write_bytes(folder / manifest.state_file, torch_bytes(kept))
    rows = thinned(whole.rows)
    columns = {"steps": rows.steps, **{f"scalar/{k}": v for k, v in rows.scalars.items()}}
    file = f"metrics-{int(rows.steps[0]):09d}-{int(rows.steps[-1]):09d}.safetensors"
    manifest.metrics_files = [{"file": file, "sha256": write_bytes(folder / file, numpy_bytes(columns))}]
    write_json(folder / "checkpoint.json", {"format": FORMAT, **vars(manifest)})
    write_json(folder / "run.json", {"format": FORMAT, "name": name, "recipe": whole.run.recipe.to_dict()})


def without_raw(state: State) -> tuple[State, dict[str, str]]:
    """The state less the weights whose moving average is there too, and which stands for which."""
    same: dict[str, str] = {}
    for by in sorted({k[: k.index(AVERAGED) + len(AVERAGED)] for k in state if AVERAGED in k}):
        parent, shapes = by.removesuffix(AVERAGED), _shapes(state, by)
        parts = {k[len(parent) :].partition(".")[0] for k in state if k.startswith(parent)}
        twins = [f"{parent}{p}." for p in sorted(parts) if _shapes(state, f"{parent}{p}.") == shapes and f"{parent}{p}." != by]
        if len(twins) != 1:
            raise ValueError(f"{by} is the average of one of {twins}.")
        same[twins[0]] = by
    return {k: v for k, v in state.items() if not k.startswith(tuple(same))} if same else state, same


def _shapes(state: State, beginning: str) -> dict[str, tuple[int, ...]]:
    return {k.removeprefix(beginning): tuple(v.shape) for k, v in state.items() if k.startswith(beginning)}


def halved(state: State, parameters: set[str]) -> State:
    """Trained weights as float16; buffers, such as the mean of the data, as they are."""

    def small(name: str, value: Tensor) -> bool:
        return name in parameters and value.dtype == torch.float32 and float(value.abs().max()) < HALF_MAX

    return {k: v.half() if small(k, v) else v for k, v in state.items()}


def thinned(rows: Metrics) -> Metrics:
    """Every so many-th step, as it was, and the last."""
    keep = np.unique(np.linspace(0, len(rows.steps) - 1, min(ROWS, len(rows.steps))).round().astype(int))
    return Metrics(rows.steps[keep], {k: np.ascontiguousarray(v[keep]) for k, v in rows.scalars.items()})


def looks(monitored: list[Any]) -> list[Any]:
    """Some of the looks at held-out numbers, spread over the run, and the last, which alone has vectors."""
    if len(monitored) <= LOOKS:
        return monitored
    return [monitored[i] for i in np.unique(np.linspace(0, len(monitored) - 1, LOOKS).round().astype(int))]


def size_mb(folder: Path) -> float:
    return sum(p.stat().st_size for p in folder.iterdir()) / 2**20


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, float]:
    """Of each listed number how far it moved, in units of what its measurement is uncertain by (1 % where nothing is known)."""
    out = {}
    for key, one in before.items():
        known = [abs(one[k]) for k in ("noise", "floor_sd") if one.get(k)]
        out[key] = abs(after[key]["value"] - one["value"]) / max([*known, 0.01 * abs(one["value"]), 1e-9])
    return out
