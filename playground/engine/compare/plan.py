"""What is to be compared, on which data and with what budget; and how a budget becomes steps and widths of a recipe."""

from __future__ import annotations

import dataclasses
import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from playground.engine import devices
from playground.engine.config import Config, ConfigError, params
from playground.engine.datasets import describe
from playground.engine.datasets.base import Dataset
from playground.engine.families import FAMILIES
from playground.engine.families.spec import Family
from playground.engine.learner import Learner
from playground.engine.parents import bound, parents_of
from playground.engine.recipe import Recipe
from playground.engine.runs import load_run

MOST_SEEDS = 20
LEAST_STEPS = 20
PROBE_S, WARM_STEPS, PROBED_STEPS = 0.6, 5, 8  # of training, to learn how long a step takes; steps not counted, and at least
WIDTHS = ("hidden", "channels")  # fields of a config that make its networks wider
TOLD = "class_dropout"  # field that is above 0 where a model is told the classes of its items
FIRST = "first_steps"  # field, and attribute of a learner, of steps that are those of a first stage


@dataclass(frozen=True)
class Contestant:
    """A recipe to be trained, or an existing ``run`` to be measured as it is. ``title``: what stands above its column."""

    recipe: Recipe | None = None
    title: str = ""
    run: Path | None = None

    def known_recipe(self) -> Recipe:
        """The recipe, of a run its own. Raises RunFileError, ConfigError."""
        if self.run is not None:
            return load_run(self.run).recipe
        if self.recipe is None:
            raise ConfigError("contestants", "A contestant has a recipe or a run.")
        return self.recipe


@dataclass(frozen=True)
class ComparisonPlan:
    """``seconds`` of training for each run (0: all the steps of its recipe); ``parameters``: trained values of each model (0: as
    the recipes say); ``seeds``: trainings of each recipe.
    """

    data: str
    contestants: tuple[Contestant, ...]
    seeds: int = 1
    seconds: float = 0.0
    parameters: int = 0

    def check(self) -> None:
        """Raises ConfigError, DataError or RunFileError, in a sentence, for what cannot be compared."""
        describe(self.data)
        if not self.contestants:
            raise ConfigError("contestants", "Nothing was chosen to be compared.")
        if not 1 <= self.seeds <= MOST_SEEDS:
            raise ConfigError("seeds", f"is a whole number from 1 to {MOST_SEEDS}.")
        if not (math.isfinite(self.seconds) and 0 <= self.seconds <= 1e6):
            raise ConfigError("seconds", "is a number of seconds, or 0 for all the steps of the recipes.")
        if self.parameters < 0:
            raise ConfigError("parameters", "is a number of trained values, or 0 for what the recipes say.")
        for contestant in self.contestants:
            recipe = contestant.known_recipe()
            if recipe.data != self.data:
                name = contestant.title or FAMILIES[recipe.family].title
                raise ConfigError("data", f"{name} was made for {recipe.data}, the comparison is on {self.data}.")
            if contestant.run is None:
                bound(recipe)

    def to_dict(self) -> dict[str, Any]:
        entries = [
            {"title": c.title, **({"run": str(c.run)} if c.run else {"recipe": c.known_recipe().to_dict()})}
            for c in self.contestants
        ]
        budget = {"seeds": self.seeds, "seconds": self.seconds, "parameters": self.parameters}
        return {"data": self.data, "contestants": entries, **budget}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ComparisonPlan:
        """Inverse of :meth:`to_dict`, everything checked but whether data and runs are there. Raises ConfigError."""
        try:
            entries = [(dict(e), str(e.get("title", ""))) for e in values["contestants"]]
            return cls(
                str(values["data"]),
                tuple(
                    Contestant(None, title, Path(str(e["run"]))) if "run" in e else Contestant(Recipe.from_dict(e["recipe"]), title)
                    for e, title in entries
                ),
                int(values["seeds"]), float(values["seconds"]), int(values["parameters"]),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise error if isinstance(error, ConfigError) else ConfigError("plan", f"is damaged ({error}).") from error


def default_plan(data: str, families: Sequence[str] = (), **budget: Any) -> ComparisonPlan:
    """The families named, else all that stand for themselves in the table, each with the recipe that it proposes for these data.

    ``budget``: seeds, seconds, parameters. Raises ConfigError, DataError.
    """
    spec = describe(data)
    names = list(families) or [name for name, family in FAMILIES.items() if not family.group]
    for name in names:
        if name not in FAMILIES:
            raise ConfigError("families", f"{name!r} is not one of {', '.join(FAMILIES)}.")
    recipes = [Recipe(name, data, proposed_config(FAMILIES[name], spec.name, spec.kind)) for name in names]
    return ComparisonPlan(data, tuple(Contestant(r) for r in recipes), **budget)


def proposed_config(family: Family, data_name: str, kind: str) -> Config:
    """The family's first preset for these data whose model is told no classes, as the others are told none either; else its
    default.
    """
    made = [family.config().replace(**p.changes) for p in family.presets_for(data_name, kind)]
    return next((c for c in made if not getattr(c, TOLD, 0)), family.default_config(data_name, kind))


def column_keys(recipes: Sequence[Recipe]) -> list[str]:
    """One key for each: the family, numbered from the second of a family on."""
    keys: list[str] = []
    for recipe in recipes:
        many = sum(k.split("-")[0] == recipe.family for k in keys)
        keys.append(f"{recipe.family}-{many + 1}" if many else recipe.family)
    return keys


# ---------------------------------------------------------------- from a budget to a recipe
@dataclass(frozen=True)
class Prepared:
    """A recipe with its budget worked in; ``parameters``: trained values; ``ms_per_step`` on this machine, as probed and, once
    ``settled``, as it was in the first training.
    """

    recipe: Recipe
    parameters: int
    ms_per_step: float
    settled: bool = False

    def settle(self, ms_per_step: float, steps: int) -> Prepared:
        """The same with what the first training has shown: one step takes so long, ``steps`` of them fill the budget."""
        config = with_steps(self.recipe.config, steps)
        return Prepared(dataclasses.replace(self.recipe, config=config), self.parameters, ms_per_step, True)


def prepare(recipe: Recipe, data: Dataset, plan: ComparisonPlan, spare_core: bool) -> Prepared:
    """Widths for the wanted number of parameters, threads, and steps that fill the wanted seconds.

    Raises ConfigError where the number of parameters cannot be met, and whatever the family's learner raises.
    """
    recipe = bound(recipe)
    device = devices.resolve(recipe.compute.device).key
    if plan.parameters:
        config = fit_width(recipe.config, plan.parameters, lambda c: trained_values(_learner(recipe, c, data, device)))
        recipe = dataclasses.replace(recipe, config=config)
    learner = _learner(recipe, recipe.config, data, device)
    parameters = trained_values(learner)
    if device == "cpu" and not recipe.compute.threads:
        threads = devices.fastest_threads(learner.step, devices.thread_choices(spare_core))
        recipe = dataclasses.replace(recipe, compute=recipe.compute.replace(threads=threads))
        learner = _learner(recipe, recipe.config, data, device)
    torch.set_num_threads(recipe.compute.threads or 1)
    ms = probe(learner)
    first = getattr(learner, FIRST, 0)
    if first:  # two stages: each takes its own time
        learner.steps_done = first
        share = min(1.0, first / recipe.config.steps)  # type: ignore[attr-defined]
        ms = share * ms + (1 - share) * probe(learner)
    if plan.seconds:
        steps = max(LEAST_STEPS, round(plan.seconds * 1000 / ms))
        recipe = dataclasses.replace(recipe, config=with_steps(recipe.config, steps))
    return Prepared(recipe, parameters, ms)


def _learner(recipe: Recipe, config: Any, data: Dataset, device: str) -> Learner:
    learner_class = FAMILIES[recipe.family].learner_class()
    return learner_class(config, data, recipe.seed, device, recipe.compute.precision, parents_of(recipe, fresh=True))


def trained_values(learner: Learner) -> int:
    """Numbers that training changes: averages of weights and constants do not count."""
    return sum(p.numel() for p in learner.model.parameters() if p.requires_grad)


def probe(learner: Learner) -> float:
    """Milliseconds of one training step from where the learner is: the median, after a few that pay for imports and memory."""
    took: list[float] = []
    began = time.perf_counter()
    while len(took) < WARM_STEPS + PROBED_STEPS or time.perf_counter() - began < PROBE_S:
        start = time.perf_counter()
        float(learner.step().sum())  # waits for the device
        learner.steps_done += 1
        took.append(time.perf_counter() - start)
        if len(took) >= 2 and time.perf_counter() - began > 20 * PROBE_S:
            break
    return 1000 * statistics.median(took[min(WARM_STEPS, len(took) - 1) :])


def with_steps(config: Any, steps: int) -> Any:
    """The config with another number of steps; all that is told in steps, such as a warm-up or a first stage, shrinks or grows
    with it.
    """
    ratio, changes = steps / config.steps, {"steps": steps}
    for name, spec in params(config).items():
        value = getattr(config, name)
        if name != "steps" and (spec.unit == "steps" or name == FIRST) and isinstance(value, int) and value:
            least, most = spec.lo or 0, spec.hi or math.inf
            changes[name] = int(min(max(math.floor(value * ratio), least), most))
    return config.replace(**changes)


def changes_between(before: Any, after: Any) -> list[tuple[str, Any]]:
    """What changes from a config to another with other steps, in an order in which every single change is allowed: a warm-up never
    takes longer than the steps.
    """
    values = {k: v for k, v in after.to_dict().items() if getattr(before, k) != v}
    return sorted(values.items(), key=lambda item: (item[0] == "steps") == (after.steps < before.steps))


def fit_width(config: Any, wanted: int, count: Callable[[Any], int]) -> Any:
    """The config whose widths, all changed by one factor, give the number of trained values nearest to ``wanted``, by bisection.

    Raises ConfigError if it has no widths, or if even the narrowest or the widest network is a quarter off.
    """
    names = [n for n in WIDTHS if n in params(config)]
    if not names:
        raise ConfigError("parameters", "This recipe has no width that could be changed.")

    def wide(log_factor: float) -> Any:
        changes = {}
        for n in names:
            spec = params(config)[n]
            value = round(getattr(config, n) * math.exp(log_factor))
            changes[n] = int(min(max(value, spec.lo or 1), spec.hi or value))
        return config.replace(**changes)

    low, high = -6.0, 6.0
    counted: dict[Config, int] = {}
    for _ in range(14):
        middle = (low + high) / 2
        tried = wide(middle)
        counted.setdefault(tried, 0)
        counted[tried] = counted[tried] or count(tried)
        low, high = (middle, high) if counted[tried] < wanted else (low, middle)
    best = min(counted, key=lambda c: abs(math.log(counted[c] / wanted)))
    if abs(counted[best] / wanted - 1) > 0.25:
        raise ConfigError("parameters", f"{wanted:,} cannot be met: the nearest width has {counted[best]:,} trained values.")
    return best
