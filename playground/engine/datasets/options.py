"""The text form of a data set, ``NAME_OR_PATH[?key=value&key=value]``, and the options in it. Torch-free."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from playground.engine.datasets.errors import DataError

Value = int | float | str


@dataclass(frozen=True)
class Option:
    """An option of a data set; values have the type of ``default`` and lie in ``choices``, or in lo..hi (inclusive)."""

    default: Value
    help: str
    lo: float = -math.inf
    hi: float = math.inf
    choices: tuple[Value, ...] = ()

    def check(self, name: str, value: Any) -> Value:
        """``value``, a number or a text, as the default's type; DataError with a sentence if it cannot be used."""
        kind = type(self.default)
        try:
            made = kind(value.strip() if isinstance(value, str) else value)
            if isinstance(value, bool) or (kind is int and isinstance(value, float) and value != made):
                raise ValueError
        except (ValueError, TypeError, OverflowError) as error:
            words = {int: "a whole number", float: "a number", str: "a text"}[kind]
            raise DataError(f"{name}: {value!r} is not {words}.") from error
        if self.choices and made not in self.choices:
            raise DataError(f"{name}: {made} is not one of {', '.join(map(str, self.choices))}.")
        if not isinstance(made, str) and not self.lo <= made <= self.hi:  # not a number (nan) fails too
            raise DataError(f"{name}: {made:g} does not lie between {self.lo:g} and {self.hi:g}.")
        return made


def split_text(text: str) -> tuple[str, dict[str, str]]:
    """Name and options, still as texts; the last question mark divides them. DataError if what follows is no list.

    >>> split_text("~/what?/x.npz?size=32&crop=fit")
    ('~/what?/x.npz', {'size': '32', 'crop': 'fit'})
    """
    name, mark, query = text.strip().rpartition("?")
    if not mark:
        return query, {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError as error:
        raise DataError(f"{query!r} after the question mark is not of the form option=value&option=value.") from error
    twice = [key for i, (key, _) in enumerate(pairs) if key in dict(pairs[:i])]
    if twice:
        raise DataError(f"{twice[0]}: is given twice.")
    return name, dict(pairs)


def join_text(name: str, options: Mapping[str, Any]) -> str:
    """Inverse of :func:`split_text`: what a recipe stores."""
    query = urlencode({key: str(value) for key, value in options.items()}, quote_via=quote, safe="/ ")
    return f"{name}?{query}" if query else name


def check_options(owner: str, known: Mapping[str, Option], given: Mapping[str, Any]) -> dict[str, Value]:
    """The given options with their types; DataError names the first one that is unknown or cannot be used."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        has = f"it has {', '.join(known)}" if known else "it has none"
        raise DataError(f"{unknown[0]}: {owner} has no such option ({has}).")
    return {name: known[name].check(name, value) for name, value in given.items()}
