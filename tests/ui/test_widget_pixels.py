"""The arithmetic of pictures: crisp, in order, nothing lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.ui.widgets.heat_map import heat_image, histogram_density, shared_table
from playground.ui.widgets.pixels import array_of, fit, image_of, mosaic, packed, unpacked
from playground.ui.widgets.plane import ticks


def test_colours_survive_packing() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (3, 5, 7, 3)).astype(np.uint8)
    assert (unpacked(packed(rgb)) == rgb).all()
    assert (array_of(image_of(packed(rgb)[1])) == rgb[1]).all()


def test_enlarged_pixels_are_blocks() -> None:
    grey = np.arange(12, dtype=np.uint8).reshape(1, 3, 4)
    large = unpacked(packed(grey, 3))[0, ..., 0]
    assert large.shape == (9, 12) and (large[::3, ::3] == grey[0]).all() and (large[1::3, 2::3] == grey[0]).all()


def test_half_size_averages_blocks() -> None:
    grey = np.array([[[0, 100], [100, 200]]], np.uint8)
    assert unpacked(packed(grey, 0.5))[0, 0, 0].tolist() == [100, 100, 100]


def test_mosaic_puts_tiles_row_by_row_with_gaps() -> None:
    tiles = packed(np.arange(5, dtype=np.uint8).repeat(4).reshape(5, 2, 2) + 10)
    out = unpacked(mosaic(tiles, 3, 1, 2, 0))[..., 0]
    assert out.shape == (2 * 2 + 2, 3 * 2 + 2)
    assert out[0, 0] == 10 and out[0, 3] == 11 and out[4, 3] == 14 and out[0, 2] == 0 and out[2, 0] == 0 and out[4, 6] == 0


@given(st.integers(1, 300), st.integers(8, 64), st.integers(60, 1500), st.integers(60, 1500), st.integers(1, 3))
def test_fit_stays_inside_and_holds_all(n: int, side: int, high: int, wide: int, stack: int) -> None:
    layout = fit(n, (side, side), (high, wide), stack=stack)
    assert layout.rows * layout.columns >= n > (layout.rows - 1) * layout.columns
    assert layout.scale in (0.25, 0.5) or layout.scale == int(layout.scale)
    if layout.scale >= 0.5:
        assert layout.width <= wide and layout.height <= high


def test_heat_image_has_its_largest_y_on_top() -> None:
    density = np.full((8, 8), -20.0)
    density[7, 7] = 0.0
    image = array_of(heat_image(density, 0.0, shared_table())).sum(2)
    assert np.unravel_index(image.argmax(), image.shape) == (0, 7)


def test_histogram_density_integrates_to_one() -> None:
    points = np.random.default_rng(0).standard_normal((5000, 2))
    density = histogram_density(points, (-6, 6, -6, 6), 96)
    assert np.exp(density).sum() * (12 / 96) ** 2 == pytest.approx(1, abs=0.01)
    assert density[48, 48] == pytest.approx(-np.log(2 * np.pi), abs=0.25)


def test_ticks_are_round_and_inside() -> None:
    assert ticks(-3, 3, 4) == [-2, 0, 2] and ticks(0, 150, 5) == [0, 50, 100, 150]
    assert all(str(t) != "-0.0" for t in ticks(-1, 1, 4))
