"""A recipe: everything that is needed to train the same model again."""

from __future__ import annotations

import json
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.engine.config import Config, ConfigError, param, params
from playground.engine.families import FAMILIES

FORMAT = "generative-playground recipe 1"


@dataclass(frozen=True)
class Compute(Config):
    """Where and how to compute. ``auto`` and 0 are decided when training starts, and the decision is kept in the run."""

    device: str = param("auto", label="Device", help="Where training runs. auto takes the fastest that is there.", group="Machine")
    precision: str = param(
        "fp32", label="Precision", choices=("fp32", "bf16", "fp16"),
        choice_help=(
            "full precision", "half the bits: faster on convolutions, even on CPUs",
            "half precision with loss scaling (CUDA only)",
        ),
        help="Arithmetic of the network. Losses and probabilities are always computed in full precision.", group="Machine",
    )
    threads: int = param(
        0, 0, 256, label="CPU threads",
        help="0 measures which number is fastest for this network. "
        "The same seed gives the same bits only with the same number.",
        group="Machine", advanced=True,
    )


@dataclass(frozen=True)
class Recipe:
    """Family, data, hyper-parameters, seed and machine choices. Raises ConfigError when made of bad values."""

    family: str
    data: str
    config: Config
    seed: int = 0
    compute: Compute = field(default_factory=Compute)
    parents: dict[str, Any] = field(default_factory=dict)  # recipes of the runs that it starts from, by the field that names them

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise ConfigError("family", f"{self.family!r} is not one of {', '.join(FAMILIES)}.")
        if type(self.config) is not FAMILIES[self.family].config:
            raise ConfigError("config", f"does not belong to {FAMILIES[self.family].title}.")
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or not 0 <= self.seed < 2**31:
            raise ConfigError("seed", "is a whole number from 0 to 2147483647.")

    def to_dict(self) -> dict[str, Any]:
        return {
            "format": FORMAT, "family": self.family, "data": self.data, "seed": self.seed,
            "config": self.config.to_dict(), "compute": self.compute.to_dict(),
            **({"parents": self.parents} if self.parents else {}),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Recipe:
        """Inverse of to_dict. The values may come from anywhere: everything is checked, ConfigError says what is wrong."""
        if not isinstance(values, Mapping) or values.get("format") != FORMAT:
            raise ConfigError("format", "This is not a Generative Playground recipe.")
        family, data = values.get("family"), values.get("data")
        if not isinstance(family, str) or family not in FAMILIES:
            raise ConfigError("family", f"{family!r} is not one of {', '.join(FAMILIES)}.")
        if not isinstance(data, str):
            raise ConfigError("data", "names no data set.")
        for part in ("config", "compute", "parents"):
            if not isinstance(values.get(part, {}), Mapping):
                raise ConfigError(part, "is not a table of names and values.")
        return cls(
            family, data, FAMILIES[family].config.from_dict(values.get("config", {})), values.get("seed", 0),
            Compute.from_dict(values.get("compute", {})), _checked_parents(FAMILIES[family].config, values.get("parents", {})),
        )

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigError("", f"This is not a recipe: {error}.") from error
        return cls.from_dict(values)


def _checked_parents(config: type[Config], values: Mapping[str, Any]) -> dict[str, Any]:
    """Recipes of parents from anywhere: each under a field that names a run, of the family declared there, without parents."""
    out = {}
    for name, value in values.items():
        spec = params(config).get(name)
        if spec is None or not spec.run_of:
            raise ConfigError("parents", f"{reprlib.repr(name)} is no field that names a run.")
        if not isinstance(value, Mapping) or value.get("parents") or value.get("family") != spec.run_of:
            raise ConfigError("parents", f"{name} needs the recipe of a {spec.run_of} run.")
        out[name] = Recipe.from_dict(value).to_dict()
    return out
