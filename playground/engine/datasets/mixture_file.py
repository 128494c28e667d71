"""A Gaussian mixture from a file of the user's.

The file is JSON (``.json``) or TOML (``.toml``) with ``weights`` [K], ``means`` [K][2], and either ``stds`` [K] (round
Gaussians) or ``covariances`` [K][2][2] (any shape). For example, as TOML::

    weights = [1, 3]
    means = [[-1, 0], [1, 0.5]]
    covariances = [[[0.04, 0], [0, 0.04]], [[0.09, 0.02], [0.02, 0.01]]]
"""

from __future__ import annotations

import json
import math
import tomllib
from pathlib import Path
from typing import Any, NoReturn

import torch
from torch import Tensor

from playground.engine.datasets.base import DataError
from playground.engine.datasets.densities_mixture import GaussianMixture

MAX_BYTES = 1_000_000
MAX_COMPONENTS = 1000
#: Means and weights may not be larger, and standard deviations must lie between the inverse and this.
LARGEST = 1e6
#: The widest direction of a Gaussian over its narrowest.
MOST_ELONGATED = 1e5
_FIELDS = ("weights", "means", "stds", "covariances")


def load_mixture_file(path: str | Path) -> GaussianMixture:
    """The mixture in a ``.json`` or ``.toml`` file. Weights that do not sum to 1 are divided by their sum.

    Raises:
        DataError: one sentence that names the file and the field.
    """
    path = Path(path)
    fields = _parse(path)

    def fail(sentence: str) -> NoReturn:
        raise DataError(f"{path.name}: {sentence}")

    unknown = sorted(set(fields) - set(_FIELDS))
    if unknown:
        fail(f"{_short(unknown[0])} is not a field of a mixture (they are {', '.join(_FIELDS)}).")
    for name in ("weights", "means"):
        if name not in fields:
            fail(f"{name} is missing.")
    if ("stds" in fields) == ("covariances" in fields):
        fail("give either stds or covariances, not both." if "stds" in fields else "stds or covariances is missing.")
    try:
        count = len(fields["weights"]) if isinstance(fields["weights"], list) else 0
        if not 1 <= count <= MAX_COMPONENTS:
            fail(f"weights must be a list of 1 to {MAX_COMPONENTS} numbers.")
        weights = _numbers(fields["weights"], "weights", (count,))
        means = _numbers(fields["means"], "means", (count, 2))
        spread = _from_stds if "stds" in fields else _covariances
        covariances = spread(fields["stds" if "stds" in fields else "covariances"], count)
    except _FieldError as error:
        fail(str(error))
    if (weights < 0).any():
        fail(f"weights[{int((weights < 0).nonzero()[0])}] is negative.")
    if weights.sum() <= 0:
        fail("weights sum to zero.")
    return GaussianMixture(weights, means, covariances)


class _FieldError(Exception):
    """A sentence about one field, still without the file's name."""


def _parse(path: Path) -> dict[str, Any]:
    """The fields of the file, as JSON or TOML gives them."""
    kind = path.suffix.lower()
    if kind not in (".json", ".toml"):
        raise DataError(f"{path.name}: a mixture file ends in .json or .toml.")
    text = _read(path)
    try:
        if kind == ".toml":
            return tomllib.loads(text)
        fields = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_duplicates)
    except _FieldError as error:
        raise DataError(f"{path.name}: {error}") from error
    except RecursionError as error:
        raise DataError(f"{path.name}: the lists are nested too deeply.") from error
    except ValueError as error:  # JSONDecodeError, TOMLDecodeError, and numbers of thousands of digits
        raise DataError(f"{path.name}: this is not valid {kind[1:].upper()}: {_short(str(error))}.") from error
    if not isinstance(fields, dict):
        raise DataError(f"{path.name}: a mixture in JSON is an object of weights, means, and stds or covariances.")
    return fields


def _read(path: Path) -> str:
    """The whole text of a regular file of at most 1 MB in UTF-8 (a byte order mark is skipped)."""
    try:
        if path.is_dir():
            raise DataError(f"{path.name}: this is a folder, not a mixture file.")
        if path.exists() and not path.is_file():  # a pipe or a device could be read for ever
            raise DataError(f"{path.name}: this is not an ordinary file.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except DataError:
        raise
    except FileNotFoundError as error:
        raise DataError(f"{path.name}: there is no such file in {path.parent}.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or "the name is not valid"
        raise DataError(f"{path.name}: this file cannot be read ({reason}).") from error
    if len(data) > MAX_BYTES:
        raise DataError(f"{path.name}: this file is larger than 1 MB, too large for a mixture.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name}: this file is not text in UTF-8.") from error


def _no_constant(word: str) -> NoReturn:
    raise _FieldError(f"{word} is not a finite number.")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise _FieldError(f"{_short(name)} is given twice.")
    return dict(pairs)


def _numbers(value: Any, name: str, shape: tuple[int, ...]) -> Tensor:
    """Nested lists of finite numbers of this shape, as float64; else _FieldError with the place."""

    def check(item: Any, place: str, shape: tuple[int, ...]) -> Any:
        if not shape:
            if isinstance(item, bool) or not isinstance(item, (int, float)):
                raise _FieldError(f"{place} must be a number.")
            if isinstance(item, float) and not math.isfinite(item):
                raise _FieldError(f"{place} is not a finite number.")
            if abs(item) > LARGEST**2:
                raise _FieldError(f"{place} is too large.")
            return float(item)
        if not isinstance(item, list):
            raise _FieldError(f"{place} must be a list of {shape[0]} {'numbers' if len(shape) == 1 else 'lists'}.")
        if len(item) != shape[0]:
            raise _FieldError(f"{place} has {len(item)} entries, but needs {shape[0]}.")
        return [check(part, f"{place}[{i}]", shape[1:]) for i, part in enumerate(item)]

    numbers = torch.tensor(check(value, name, shape), dtype=torch.float64)
    if name in ("weights", "means") and (numbers.abs() > LARGEST).any():
        raise _FieldError(f"{name} must lie between {-LARGEST:,.0f} and {LARGEST:,.0f}.")
    return numbers


def _from_stds(value: Any, count: int) -> Tensor:
    """Round Gaussians: std^2 I, (K, 2, 2)."""
    stds = _numbers(value, "stds", (count,))
    bad = (stds < 1 / LARGEST) | (stds > LARGEST)
    if bad.any():
        raise _FieldError(f"stds[{int(bad.nonzero()[0])}] must lie between {1 / LARGEST:g} and {LARGEST:,.0f}.")
    return stds.square()[:, None, None] * torch.eye(2, dtype=torch.float64)


def _covariances(value: Any, count: int) -> Tensor:
    """(K, 2, 2): symmetric, positive definite, and of a size and shape that float64 can handle."""
    matrices = _numbers(value, "covariances", (count, 2, 2))
    skew = (matrices[:, 0, 1] - matrices[:, 1, 0]).abs() > 1e-9 * matrices.abs().amax((1, 2))
    if skew.any():
        raise _FieldError(f"covariances[{int(skew.nonzero()[0])}] is not symmetric.")
    matrices = (matrices + matrices.transpose(1, 2)) / 2
    lo, hi = torch.linalg.eigvalsh(matrices).unbind(1)
    if (lo <= 0).any():
        raise _FieldError(f"covariances[{int((lo <= 0).nonzero()[0])}] is not positive definite.")
    bad = (lo < LARGEST**-2) | (hi > LARGEST**2)
    if bad.any():
        limits = f"between {1 / LARGEST:g} and {LARGEST:,.0f}"
        raise _FieldError(f"covariances[{int(bad.nonzero()[0])}] must have standard deviations {limits}.")
    thin = hi > MOST_ELONGATED**2 * lo
    if thin.any():
        raise _FieldError(f"covariances[{int(thin.nonzero()[0])}] is over {MOST_ELONGATED:,.0f} times as long as wide.")
    return matrices


def _short(text: str) -> str:
    """At most 80 characters of a text of the user's, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:77] + "..."
