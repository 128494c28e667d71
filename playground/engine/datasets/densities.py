"""The exact 2-D densities by name, and the data sets made of them. The table itself is :mod:`.density_table`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from playground.engine.datasets.base import DataError, Dataset
from playground.engine.datasets.densities_curves import moons, swissroll, two_spirals
from playground.engine.datasets.densities_mixture import GaussianMixture
from playground.engine.datasets.densities_pinwheel import Pinwheel
from playground.engine.datasets.densities_plane import PlaneDensity
from playground.engine.datasets.densities_shapes import Checkerboard, circles, rings
from playground.engine.datasets.density_table import DENSITY_TABLE, OPTIONS
from playground.engine.datasets.mixture_file import load_mixture_file

#: Points in the fixed train and test sets, and their seeds.
NUM_POINTS = 20_000
TRAIN_SEED, TEST_SEED = 0, 1


def ring(modes: int, radius: float, std: float, scale: float) -> GaussianMixture:
    """``modes`` round Gaussians evenly on a circle about the origin, the first at angle 0."""
    angle = 2 * math.pi * torch.arange(modes, dtype=torch.float64) / modes
    return GaussianMixture.round(scale * radius * torch.stack([angle.cos(), angle.sin()], 1), scale * std)


def grid(side: int, spacing: float, std: float, scale: float) -> GaussianMixture:
    """``side`` x ``side`` round Gaussians on a square grid about the origin."""
    places = scale * spacing * (torch.arange(side, dtype=torch.float64) - (side - 1) / 2)
    return GaussianMixture.round(torch.cartesian_prod(places, places), scale * std)


def gaussian(mean_x: float, mean_y: float, std: float) -> GaussianMixture:
    """N(mean, std^2 I)."""
    return GaussianMixture.round(torch.tensor([[mean_x, mean_y]], dtype=torch.float64), std)


@dataclass(frozen=True)
class DensityEntry:
    """A density of the table: words for the user, and ``factory(**options)`` with the options' defaults."""

    title: str
    summary: str
    source: str
    factory: Callable[..., PlaneDensity]
    options: dict[str, float]


_FACTORIES: dict[str, Callable[..., PlaneDensity]] = {
    "ring8": ring,
    "grid25": grid,
    "8gaussians": ring,
    "moons": moons,
    "circles": circles,
    "rings": rings,
    "swissroll": swissroll,
    "2spirals": two_spirals,
    "checkerboard": Checkerboard,
    "pinwheel": Pinwheel,
    "gaussian": gaussian,
    "ring8-wgan-gp": ring,
    "grid25-wgan-gp": grid,
    "swissroll-wgan-gp": swissroll,
    "8gaussians-torchcfm": ring,
    "moons-sklearn": moons,
    "circles-sklearn": circles,
}

DENSITIES: dict[str, DensityEntry] = {
    name: DensityEntry(row.title, row.summary, row.source, _FACTORIES[name], row.options)
    for name, row in DENSITY_TABLE.items()
}


def make_density(name: str, **options: float | str) -> PlaneDensity:
    """The density ``name`` of :data:`DENSITIES`, with some of its options changed (numbers, or texts of numbers).

    Raises:
        DataError: for unknown names and options, and values that are no numbers or out of range.
    """
    if name not in DENSITIES:
        raise DataError(f"There is no density called {name!r}: choose one of {', '.join(DENSITIES)}.")
    entry = DENSITIES[name]
    return entry.factory(**{**_checked(name, entry.options), **_checked(name, options)})


def load_points_density(name: str, **options: float | str) -> Dataset:
    """20,000 fixed points each to train and test on, with the density they were drawn from.

    Labels count from 0: "mode" for mixtures, "branch" for curves of several parts; one-part densities have none.

    Raises:
        DataError: as :func:`make_density`.
    """
    density = make_density(name, **options)
    row = DENSITY_TABLE[name]
    given = {**row.options, **_checked(name, options)}
    changed = {option: value for option, value in given.items() if value != row.options[option]}
    text = name + ("?" + "&".join(f"{k}={v!r}" for k, v in changed.items()) if changed else "")
    words = ", ".join(f"{k} = {v:.4g}" for k, v in given.items())
    return _dataset(text, row.title, density, f"{row.source}. {words}{' (changed)' if changed else ''}.")


def load_mixture_dataset(path: str | Path, **options: float | str) -> Dataset:
    """20,000 fixed points each to train and test on from a mixture file (:func:`load_mixture_file`); it has no options.

    Raises:
        DataError: as :func:`load_mixture_file`, and for any option.
    """
    if options:
        raise DataError(f"{next(iter(options))}: a mixture file has no options.")
    density = load_mixture_file(path)
    count = len(density.weights)
    title = f"{Path(path).stem} ({count} Gaussian{'s' if count > 1 else ''})"
    return _dataset(str(path), title, density, f"Points drawn from the mixture in {Path(path).name}.")


def _dataset(name: str, title: str, density: PlaneDensity, note: str) -> Dataset:
    train, train_labels = _draw(density, TRAIN_SEED)
    test, test_labels = _draw(density, TEST_SEED)
    return Dataset(name, title, "points", train, test, train_labels, test_labels, density, note=note)


def _draw(density: PlaneDensity, seed: int) -> tuple[torch.Tensor, dict[str, np.ndarray]]:
    x, label = density.sample_labelled(NUM_POINTS, torch.Generator().manual_seed(seed))
    return x, {density.label_name: label.numpy()} if density.label_name else {}


def _checked(name: str, options: dict[str, float] | dict[str, float | str]) -> dict[str, float]:
    """The options as numbers within their ranges, or DataError."""
    known = DENSITY_TABLE[name].options
    numbers: dict[str, float] = {}
    for option, value in options.items():
        if option not in known:
            raise DataError(f"{option}: {name} has no such option (it has {', '.join(known)}).")
        spec = OPTIONS[option]
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            raise DataError(f"{option}: {value!r} is not a finite number.")
        if not spec.lo <= number <= spec.hi:
            raise DataError(f"{option}: must lie between {spec.lo:g} and {spec.hi:g}, not {number:g}.")
        if spec.whole and not number.is_integer():
            raise DataError(f"{option}: must be a whole number, not {number:g}.")
        numbers[option] = int(number) if spec.whole else number
    return numbers
