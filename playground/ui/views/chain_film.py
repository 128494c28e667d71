"""The chain as a strip of pictures and as a film: x_t beside x̂0. Made in the thread that writes, from the kept frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.ui.views.chain_density import noised
from playground.ui.views.chain_frames import ChainFrames, Moment
from playground.ui.views.export import Material
from playground.ui.widgets.heat_map import data_table, normalise, top_of
from playground.ui.widgets.ink import ink
from playground.ui.widgets.pixels import mosaic, packed, rgb_of, unpacked
from playground.ui.widgets.plane import Bounds

Array = np.ndarray
FRAMES, COLUMNS = 150, 12  # at most so many in a film, and in a strip
HOLD_S = 1.0  # the last frame stands still
FASTEST = 25.0  # frames per second
PICTURE_PX, PLANE_PX, THUMB_PX = 320, 400, 64  # about how wide half a film, a plane, a picture of a strip is
GAP, GREY = 4, 0xFF808080
DISC = [(dx, dy) for dx in range(-2, 3) for dy in range(-2, 3) if dx * dx + dy * dy <= 5]


@dataclass(frozen=True)
class Ground:
    """What lies beneath points: the data's density over its bounds, seen in a window; colours as (3,) uint8."""

    log_density: Array | None
    bounds: Bounds
    view: Bounds
    table: Array
    dot: tuple[int, int, int]

    @classmethod
    def of(cls, log_density: Array | None, bounds: Bounds, view: Bounds, accent: str) -> Ground:
        """In the colours of the theme."""
        return cls(log_density, bounds, view, data_table(), rgb_of(ink(accent)))

    def picture(self, xy: Array, alpha_bar: float, units: tuple[Array, float], side: int) -> Array:
        """Points (n, 2) over the density at their noise level: (side, side, 3)."""
        index = np.zeros((side, side), np.intp)
        if self.log_density is not None:
            log_p = noised(self.log_density, self.bounds, alpha_bar, units, self.view, side)
            index = (normalise(log_p, top_of(log_p), log=False) * (len(self.table) - 1)).astype(np.intp)[::-1]
        out = self.table[index]
        x0, x1, y0, y1 = self.view
        u = np.rint((xy[:, 0] - x0) / (x1 - x0) * side).astype(int)
        v = np.rint((y1 - xy[:, 1]) / (y1 - y0) * side).astype(int)
        for dx, dy in DISC:
            inside = (u + dx >= 0) & (u + dx < side) & (v + dy >= 0) & (v + dy < side)
            out[v[inside] + dy, u[inside] + dx] = self.dot
        return out


def film_of_chains(
    chains: Sequence[ChainFrames], leader: ChainFrames, picked: int, ground: Ground | None, fps: float, recipe: Mapping[str, Any]
) -> Material:
    """Lanes beneath each other, in step with the ``leader``: at the left x_t, at the right what the model believed of it.

    ``ground`` is None for pictures. The strip has two rows a lane (x_t, x̂0 of the item ``picked``), the film shows all items.
    """
    fps = min(fps, FASTEST)
    last = leader.count - 1

    def moments(wanted: int) -> list[list[Moment]]:
        times = [leader.places[i].t for i in np.unique(np.linspace(0, last, min(wanted, last + 1)).round().astype(int))]
        return [[chain.moment(chain.index_at(t)) for chain in chains] for t in times]

    def strip() -> Array:
        rows: list[list[Array]] = [[] for _ in range(2 * len(chains))]
        for at in moments(COLUMNS):
            for lane, (chain, moment) in enumerate(zip(chains, at, strict=True)):
                for i, part in enumerate(("x_t", "x0_pred")):
                    rows[2 * lane + i].append(_one(chain, moment, part, picked, ground))
        tiles = np.stack([tile for row in rows for tile in row])
        return unpacked(mosaic(packed(tiles), len(rows[0]), GAP, GAP, GREY))

    def film() -> Array:
        shots = []
        for at in moments(FRAMES):
            pairs = zip(chains, at, strict=True)
            halves = [_all(chain, moment, part, ground) for chain, moment in pairs for part in ("x_t", "x0_pred")]
            shots.append(unpacked(mosaic(np.stack(halves), 2, 2 * GAP, 2 * GAP, GREY)))
        return np.stack(shots + shots[-1:] * round(HOLD_S * fps))

    return Material(strip, film, fps, recipe)


def _one(chain: ChainFrames, moment: Moment, part: str, picked: int, ground: Ground | None) -> Array:
    """One item in small, or all points."""
    if ground is not None:
        return ground.picture(moment.parts[part], _noise_level(chain, moment, part), chain.units, 2 * THUMB_PX)
    one = moment.parts[part][min(picked, chain.n - 1)]
    k = max(1, THUMB_PX // one.shape[0])
    return one.repeat(k, axis=0).repeat(k, axis=1)


def _all(chain: ChainFrames, moment: Moment, part: str, ground: Ground | None) -> Array:
    """All items, packed (H, W)."""
    if ground is not None:
        return packed(ground.picture(moment.parts[part], _noise_level(chain, moment, part), chain.units, PLANE_PX)[None])[0]
    columns = int(np.ceil(np.sqrt(chain.n)))
    pictures = moment.parts[part]
    return mosaic(packed(pictures, max(1, PICTURE_PX // (columns * pictures.shape[1]))), columns, GAP, GAP, GREY)


def _noise_level(chain: ChainFrames, moment: Moment, part: str) -> float:
    """alpha_bar of the density behind: x̂0 are clean."""
    return moment.place.alpha_bar if part == "x_t" and chain.noised_data else 1.0
