"""Paths through latent space as export material: strips and films of pictures, or of a plane with a moving dot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter

from playground.engine import FAMILIES
from playground.ui.views.base import RunContext
from playground.ui.views.export import Material
from playground.ui.views.journeys import Journey
from playground.ui.widgets.layers import Handle
from playground.ui.widgets.pixels import array_of, mosaic, packed, unpacked
from playground.ui.widgets.plane import Plane

Array = np.ndarray
FILM_PX = 256  # about how wide one picture is in an exported film
STRIP_PX, STRIP_COLUMNS = 64, 12
STAMP_PX, DOT_PX = 20, 6  # a dot with its rim
GREY = 0xFF808080


def default_path(context: RunContext | None) -> str:
    """How the family walks between codes: where they fill a ball round 0, along a line; where they are noise, along an arc."""
    family = FAMILIES.get(context.family) if context else None
    return family.path if family else "lerp"


def there_and_back(frames: Array) -> Array:
    """A loop without a jump: forth, and back without repeating the ends."""
    return np.concatenate([frames, frames[-2:0:-1]]) if len(frames) > 2 else frames


def film_of_journey(journey: Journey, fps: float, recipe: Mapping[str, Any]) -> Material:
    """Pictures: the strip has all of them in rows; the film shows those of a frame side by side."""
    height, p = journey.x.shape[1], journey.frames.shape[1]

    def strip() -> Array:
        return unpacked(mosaic(packed(journey.x, max(1, STRIP_PX // height)), journey.columns or STRIP_COLUMNS, 4, 4, GREY))

    def film() -> Array:
        large = packed(journey.x, max(1, FILM_PX // height))
        shots = unpacked(np.stack([mosaic(large[shown], min(p, 4), 4, 4, GREY) for shown in journey.frames]))
        return shots if journey.closed else there_and_back(shots)

    return Material(strip, film, fps, recipe)


def film_of_dots(plane: Plane, journey: Journey, role: str, fps: float, recipe: Mapping[str, Any]) -> Material:
    """Points: the plane with a dot that moves along each path. The plane and the dot are painted once, here; the rest is stamping,
    which the writing thread does.
    """
    before, plane.live = plane.live, []
    still = array_of(plane.grab().toImage())
    plane.live = before
    stamp, ratio = _stamp(plane, role), plane.devicePixelRatioF()
    at = np.rint(plane.to_px(journey.x) * ratio).astype(int)  # (N, 2) device pixels

    def film() -> Array:
        shots = np.stack([_stamped(still, stamp, at[shown]) for shown in journey.frames])
        return shots if journey.closed else there_and_back(shots)

    return Material(lambda: _stamped(still, stamp, at[journey.frames[-1]]), film, fps, recipe)


def _stamp(plane: Plane, role: str) -> Array:
    """A dot (S, S, 4) float: colours times opacity, and opacity."""
    ratio, side = plane.devicePixelRatioF(), STAMP_PX
    image = QImage(round(side * ratio), round(side * ratio), QImage.Format.Format_RGBA8888_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    x, y = plane.bounds[0], plane.bounds[2]
    painter.translate(QPointF(side / 2, side / 2) - plane.point(x, y))
    Handle(x, y, role=role, ring=False, radius=DOT_PX).paint(painter, plane)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width()].astype(float)


def _stamped(still: Array, stamp: Array, places: Array) -> Array:
    """``still`` (H, W, 3) with the stamp centred at each place (x, y); what falls off the edge is lost."""
    half = len(stamp) // 2
    out = np.pad(still, ((half, half), (half, half), (0, 0)))
    for x, y in places.clip(0, np.array(still.shape[1::-1]) - 1):
        under = out[y : y + len(stamp), x : x + len(stamp)]
        over = stamp[: under.shape[0], : under.shape[1]]
        under[:] = np.rint(under * (1 - over[..., 3:] / 255) + over[..., :3])
    return out[half:-half, half:-half]


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
