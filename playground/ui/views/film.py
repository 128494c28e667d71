"""Paths through latent space as export material: strips and films of pictures, or of a plane with a moving dot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from playground.engine import FAMILIES
from playground.ui.views.base import RunContext
from playground.ui.views.export import Material
from playground.ui.widgets.pixels import array_of, mosaic, packed, unpacked
from playground.ui.widgets.plane import Plane

Array = np.ndarray
FILM_PX = 256  # about how wide one picture is in an exported film
STRIP_PX = 64
GREY = 0xFF808080


def default_path(context: RunContext | None) -> str:
    """How the family walks between codes: where they fill a ball round 0, along a line; where they are noise, along an arc."""
    family = FAMILIES.get(context.family) if context else None
    return family.path if family else "lerp"


def there_and_back(frames: Array) -> Array:
    """A loop without a jump: forth, and back without repeating the ends."""
    return np.concatenate([frames, frames[-2:0:-1]]) if len(frames) > 2 else frames


def film_of_pictures(paths: Array, fps: float, recipe: Mapping[str, Any]) -> Material:
    """``paths`` (P, F, H, W[, 3]): the strip has one row a path; the film shows all paths side by side."""
    p, f, h = paths.shape[:3]
    flat = paths.reshape(p * f, *paths.shape[2:])
    strip = mosaic(packed(flat, max(1, STRIP_PX // h)), f, 4, 4, GREY)
    large = packed(flat, max(1, FILM_PX // h))
    large = large.reshape(p, f, *large.shape[1:])
    frames = np.stack([mosaic(large[:, i], min(p, 4), 4, 4, GREY) for i in range(f)])
    return Material(unpacked(strip), there_and_back(unpacked(frames)), fps, recipe)


def film_of_planes(plane: Plane, frames: int, go_to: Callable[[int], object], fps: float, recipe: Mapping[str, Any]) -> Material:
    """Pictures of the plane itself while the dot goes from A to B; ``go_to`` puts it at a frame."""
    shots = []
    for frame in range(frames):
        go_to(frame)
        shots.append(array_of(plane.grab().toImage()))
    return Material(shots[-1], there_and_back(np.stack(shots)), fps, recipe)
