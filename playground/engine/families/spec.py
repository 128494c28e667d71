"""What a family declares, torch-free, so that its tab is painted before torch is loaded.

A family is one package below this one: ``__init__.py`` declares (this module's :class:`Family`), the other files do.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playground.engine.config import Config

if TYPE_CHECKING:
    from playground.engine.learner import Learner


@dataclass(frozen=True)
class Preset:
    """A named recipe: ``changes`` to the family's default config, for data sets of ``kind`` (or those in ``data`` alone)."""

    title: str
    stated_time: str  # measured on 2 CPU cores, in words: "40 s on a 2-core CPU"
    help: str
    changes: dict[str, Any]
    kind: str = "image"  # "image" or "points"
    data: tuple[str, ...] = ()  # empty: any data set of that kind

    def suits(self, data_name: str, kind: str) -> bool:
        return kind == self.kind and (not self.data or data_name in self.data)


@dataclass(frozen=True)
class Series:
    """One curve: the scalar's ``key``, its label and its colour ``role`` (same role = same quantity, everywhere).

    Roles: "total", "reconstruction", "kl", "data", "model", "theory", "monitor", "neutral". ``held_out`` series come from
    :class:`~playground.engine.messages.Monitored`.
    """

    key: str
    label: str
    role: str
    held_out: bool = False
    help: str = ""


@dataclass(frozen=True)
class Panel:
    """A plot of the live-curves column. ``bars`` draws the last vector of that key as bars instead of curves."""

    title: str
    unit: str
    series: tuple[Series, ...] = ()
    bars: str = ""
    kind: str = ""  # "" = for all data, else "image" or "points"
    help: str = ""


@dataclass(frozen=True)
class Term:
    """A symbol of the equation strip (rich text), with the scalar or live parameter whose value stands under it."""

    symbol: str
    key: str = ""
    role: str = "neutral"
    help: str = ""


@dataclass(frozen=True)
class Family:
    """The declaration of one family of models. ``learner`` is "module:Class", imported when first needed."""

    name: str
    title: str
    accent: str  # theme colour key
    summary: str
    paper: str
    config: type[Config]
    presets: tuple[Preset, ...]
    views: dict[str, tuple[str, ...]]  # data kind -> names of views, in order
    panels: tuple[Panel, ...]
    equation: tuple[Term, ...]
    learner: str
    group: str = ""  # families of one group share a tab, whose form first asks which of them: "hybrids"
    textbook: Mapping[str, str] = field(default_factory=dict)  # aspect (see messages.ASPECTS) -> the textbook's word for it
    encoder: bool = True  # items of the data have a code: endpoints of a path can be picked among them
    path: str = "lerp"  # how codes are interpolated at first: pure noise lies on a shell, where an arc ("slerp") stays

    def learner_class(self) -> type[Learner]:
        """Import torch and the code that trains this family."""
        module, _, name = self.learner.partition(":")
        found: type[Learner] = getattr(importlib.import_module(module), name)
        return found

    def presets_for(self, data_name: str, kind: str) -> list[Preset]:
        """Presets that suit a data set, those made for it first."""
        fitting = [p for p in self.presets if p.suits(data_name, kind)]
        return sorted(fitting, key=lambda p: not p.data)

    def default_config(self, data_name: str, kind: str) -> Config:
        """The first preset that suits, or the bare defaults."""
        fitting = self.presets_for(data_name, kind)
        return self.config().replace(**fitting[0].changes) if fitting else self.config()
