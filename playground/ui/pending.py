"""What of the form waits for the next Train, and what can be applied to the run on stage at once. Plain values only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playground.engine import Recipe, params


def waiting(form: Mapping[str, Any], running: Recipe) -> set[str]:
    """Names of the values in the form that differ from the run on stage; live ones do not wait and do not count."""
    then, specs = running.to_dict(), params(type(running.config))
    names = {k for k, v in form["config"].items() if v != then["config"][k] and not specs[k].live}
    names |= {k for k, v in form["compute"].items() if v != then["compute"][k]}
    return names | {k for k in ("data", "seed") if form[k] != then[k]}


def live_changes(form: Mapping[str, Any], running: Recipe) -> dict[str, Any]:
    """Live values of the form that differ from those that train now."""
    then, specs = running.config.to_dict(), params(type(running.config))
    return {k: v for k, v in form["config"].items() if specs[k].live and v != then[k]}


def with_live(running: Recipe, name: str, value: Any) -> Recipe:
    """The recipe of the run on stage after a live change."""
    config = running.config.replace(**{name: value})
    return Recipe(running.family, running.data, config, running.seed, running.compute)
