"""Where D looks, as pictures: laid over the picture that it looks at, or beside it."""

from __future__ import annotations

import numpy as np

from playground.ui.widgets.ink import ink
from playground.ui.widgets.pixels import rgb_of

Array = np.ndarray
GAMMA = 0.7  # weak gradients are lifted a little, else only a few pixels show


def coloured(pictures: Array) -> Array:
    """(N, H, W) or (N, H, W, 3) uint8 -> (N, H, W, 3)."""
    return pictures if pictures.ndim == 4 else np.repeat(pictures[..., None], 3, -1)


def highlight() -> Array:
    """The colour (3,) of where D looks; pictures lie on a dark canvas in every theme."""
    return np.array(rgb_of(ink("monitor", dark=True)), np.float32)


def strength(look: Array) -> Array:
    """|d score / d pixel| (N, H, W) uint8 -> opacity in [0, 1]."""
    return np.asarray((look.astype(np.float32) / 255) ** GAMMA)


def blended(pictures: Array, look: Array) -> Array:
    """The pictures, dimmed, with the highlight where D looks: (N, H, W, 3) uint8."""
    share = strength(look)[..., None]
    return np.asarray((1 - share) * 0.75 * coloured(pictures) + share * highlight(), np.float32).round().astype(np.uint8)


def alone(look: Array) -> Array:
    """Where D looks, on black: (N, H, W, 3) uint8."""
    return (strength(look)[..., None] * highlight()).round().astype(np.uint8)


def beside(pictures: Array, look: Array) -> Array:
    """Stacks (N, 2, H, W, 3): the picture, and beneath it where D looks."""
    return np.stack([coloured(pictures), alone(look)], 1)
