"""Hyper-parameters, declared once.

A hyper-parameter is ONE field of a :class:`Config` dataclass, made with :func:`param`. Its widget in the form, its
tooltip, its range check, its command-line flag, its place in a run file and its documentation all come from that field.
This module needs neither torch nor Qt, so that a form can be painted before either is at work.
"""

from __future__ import annotations

import dataclasses
import json
import math
import reprlib
import tomllib
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import tomli_w


class ConfigError(ValueError):
    """A value that cannot be used: names the ``field`` and says the ``reason`` in a sentence."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason


@dataclass(frozen=True)
class Param:
    """What the form, the tooltip, the range check and the command line need to know of one hyper-parameter.

    ``lo`` and ``hi`` are inclusive. ``when`` maps the config to True where the parameter matters; elsewhere the form
    hides it. A ``live`` parameter may change while a model trains, from the next optimizer step on.
    """

    label: str
    help: str
    lo: float | None = None
    hi: float | None = None
    log: bool = False
    live: bool = False
    symbol: str = ""
    unit: str = ""
    choices: tuple[str, ...] = ()
    choice_help: tuple[str, ...] = ()
    group: str = "Recipe"
    source: str = ""
    advanced: bool = False
    when: Callable[[Any], bool] | None = None
    run_of: str = ""  # the value names a trained run of this family (its folder, or its id in the runs folder); "" none

    def check(self, name: str, value: Any, kind: type) -> Any:
        """Return ``value`` as ``kind``, or raise :class:`ConfigError` with a sentence."""
        value = _coerce(name, value, kind)
        if self.choices and value not in self.choices:
            raise ConfigError(name, f"{reprlib.repr(value)} is not one of {', '.join(self.choices)}.")
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if not math.isfinite(value):
                raise ConfigError(name, "must be a finite number.")
            if self.lo is not None and value < self.lo:
                raise ConfigError(name, f"{value:g} is below the smallest value allowed, {self.lo:g}.")
            if self.hi is not None and value > self.hi:
                raise ConfigError(name, f"{value:g} is above the largest value allowed, {self.hi:g}.")
        return value

    def describe(self) -> str:
        """One plain-text paragraph: what it is, its range and its source (tooltips, --help and docs)."""
        parts = [self.help]
        if self.choices:
            parts += [f"{c}: {h}" for c, h in zip(self.choices, self.choice_help, strict=False)]
        if self.lo is not None and self.hi is not None:
            parts.append(f"Range {self.lo:g} to {self.hi:g}{' ' + self.unit if self.unit else ''}.")
        if self.source:
            parts.append(self.source)
        return "\n".join(parts)


def param(default: Any, lo: float | None = None, hi: float | None = None, *, label: str, help: str, **more: Any) -> Any:
    """Declare one hyper-parameter as a dataclass field (see :class:`Param` for the keywords)."""
    return dataclasses.field(default=default, metadata={"param": Param(label=label, help=help, lo=lo, hi=hi, **more)})


@dataclass(frozen=True)
class Config:
    """Base of every family's hyper-parameters: typed, validated when made, TOML and JSON round trip.

    Raises:
        ConfigError: on construction, if a value has the wrong type, lies outside its range or clashes with another.
    """

    def __post_init__(self) -> None:
        kinds = field_types(type(self))
        for name, spec in params(type(self)).items():
            object.__setattr__(self, name, spec.check(name, getattr(self, name), kinds[name]))
        self.check()

    def check(self) -> None:
        """Raise ConfigError for combinations of values that make no sense. The base allows all."""

    def replace(self, **changes: Any) -> Self:
        """A copy with some values changed; raises ConfigError for unknown names and bad values."""
        return type(self).from_dict({**self.to_dict(), **changes})

    def to_dict(self) -> dict[str, Any]:
        """Plain values by name."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of :meth:`to_dict`; missing names take their defaults, unknown ones raise ConfigError."""
        unknown = [name for name in values if name not in params(cls)]
        if unknown:
            known = ", ".join(params(cls))
            raise ConfigError(str(unknown[0])[:40], f"is not a parameter of this recipe (it has {known}).")
        return cls(**values)

    def to_toml(self) -> str:
        return tomli_w.dumps(self.to_dict())

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=1)

    @classmethod
    def from_toml(cls, text: str) -> Self:
        try:
            values = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # broken, a number of 5,000 digits, nested 5,000 deep
            raise ConfigError("", f"This is not valid TOML: {error}.") from error
        return cls.from_dict(values)

    @classmethod
    def from_json(cls, text: str) -> Self:
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigError("", f"This is not valid JSON: {error}.") from error
        if not isinstance(values, dict):
            raise ConfigError("", "A recipe in JSON is an object of names and values.")
        return cls.from_dict(values)


def params(config: type[Config] | Config) -> dict[str, Param]:
    """The declared hyper-parameters of a config class, in order of declaration."""
    return {f.name: f.metadata["param"] for f in dataclasses.fields(config) if "param" in f.metadata}


def field_types(config: type[Config] | Config) -> dict[str, type]:
    """The plain type (int, float, bool or str) of every hyper-parameter."""
    cls = config if isinstance(config, type) else type(config)
    hints = typing.get_type_hints(cls)
    return {name: _plain(hints[name]) for name in params(cls)}


def _plain(hint: Any) -> Any:
    if isinstance(hint, types.UnionType):
        hint = next(a for a in hint.__args__ if a is not type(None))
    if hint not in (int, float, bool, str):
        raise TypeError(f"a hyper-parameter is an int, float, bool or str, not {hint}")
    return hint


def _coerce(name: str, value: Any, kind: type) -> Any:
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ConfigError(name, "is far too large a number.")
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if type(value) is not kind:
        words = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
        raise ConfigError(name, f"{reprlib.repr(value)} is not {words[kind]}.")
    return value
