"""Runs that another run starts from: the first stage of a latent model, the teacher of a student.

A hyper-parameter declared with ``run_of`` names a trained run. When the new run is made, the recipe of that one is kept in its own
(:attr:`Recipe.parents`), and when it takes its first step, the weights are read; from then on they are part of the new run's own
state. So a run stays whole when the one it started from is deleted or left behind on another machine.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from playground.engine.config import ConfigError, params
from playground.engine.learner import Parent
from playground.engine.on_board import model_on_board
from playground.engine.recipe import Recipe
from playground.engine.runs import Run, RunFileError, load_run, runs_folder


def named_runs(recipe: Recipe) -> dict[str, tuple[str, str]]:
    """Fields of the recipe that name a run, where they matter: field -> (family it has to be of, what it says)."""
    found = {}
    for name, spec in params(recipe.config).items():
        value = getattr(recipe.config, name)
        if spec.run_of and value and (spec.when is None or spec.when(recipe.config)):
            found[name] = (spec.run_of, str(value))
    return found


def bound(recipe: Recipe) -> Recipe:
    """The recipe with those of the runs it names. Raises ConfigError for one that is not there or does not fit."""
    parents = {}
    for field, (family, value) in named_runs(recipe).items():
        found = _open(field, value)
        if found.recipe.family != family:
            raise ConfigError(field, f"The run {found.name!r} is a {found.recipe.family} run; a {family} run is needed.")
        if found.recipe.data != recipe.data:
            raise ConfigError(
                field, f"The run {found.name!r} was trained on {found.recipe.data}, this recipe is for {recipe.data}: "
                "choose a run of the same data.",
            )  # fmt: skip
        parents[field] = found.recipe.to_dict()
    return dataclasses.replace(recipe, parents=parents)


def parents_of(recipe: Recipe, fresh: bool) -> dict[str, Parent]:
    """What the learner of a bound recipe starts from; the weights only where it is ``fresh``. Raises ConfigError."""
    out = {}
    for field, (_, value) in named_runs(recipe).items():
        known = recipe.parents.get(field)
        if known is None:
            raise ConfigError(field, "names a run whose recipe is not known here: choose it again.")
        parent = Recipe.from_dict(known)
        if not fresh:
            out[field] = Parent(parent.config, parent.family)
            continue
        run = _open(field, value)
        if run.recipe.to_dict() != known:
            raise ConfigError(field, f"The run {run.name!r} is not the one that this recipe was made with: choose it again.")
        try:
            checkpoint, tensors, _ = run.checkpoint()
        except RunFileError as error:
            raise ConfigError(field, str(error)) from error
        out[field] = Parent(parent.config, parent.family, tensors, checkpoint.step, checkpoint.seconds)
    return out


def _open(field: str, value: str) -> Run:
    """The run that a value names: a folder, the id of one in the runs folder, or the name of a model on board."""
    folder = Path(value).expanduser()
    if not folder.is_absolute():
        folder = runs_folder() / value
        if not folder.is_dir() and (model := model_on_board(value)) is not None:
            folder = model.folder
    try:
        return load_run(folder)
    except RunFileError as error:
        raise ConfigError(field, f"names a run that cannot be opened: {error}") from error
