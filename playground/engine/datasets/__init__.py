"""The table of data sets, torch-free, and :func:`load_data`, which takes a name of the table or a path.

Text form, everywhere a data set is named: ``NAME_OR_PATH[?key=value&key=value]``, e.g. ``ring8?std=0.02``,
``faces?size=64``, ``~/photos?size=32&colour=grey``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from playground.engine.datasets.base import Dataset


@dataclass(frozen=True)
class DataSpec:
    """A line of the table. ``loader`` is "module:function", called as ``loader(name, **options) -> Dataset``."""

    name: str
    title: str
    kind: str  # "image" or "points"
    summary: str
    source: str
    loader: str
    options: dict[str, Any] = field(default_factory=dict)  # name -> default value
