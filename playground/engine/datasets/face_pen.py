"""The drawing tools of the cartoon faces: palettes, factors, a pen on the unit square and the ball that turns.

The face lives on the unit square, x to the right and y down. Features are glued to a ball: a feature at azimuth ``a``
(degrees) is painted at ``x = cx + r sin(a + turn)`` and narrowed by ``cos(a + turn)``, so that turning the head moves
eyes, nose, mouth and glasses by different amounts, as parallax does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Points = list[tuple[float, float]]

SKINS: tuple[Colour, ...] = (
    (255, 224, 196), (246, 202, 160), (226, 172, 122), (190, 130, 84), (150, 98, 64), (110, 72, 52),
)  # fmt: skip
HAIRS: tuple[Colour, ...] = (
    (32, 27, 34), (76, 47, 34), (196, 96, 40), (240, 196, 92), (206, 206, 214), (226, 96, 140),
)  # fmt: skip
IRISES: tuple[Colour, ...] = ((92, 58, 34), (66, 140, 88), (62, 128, 206), (122, 126, 140))
#: A background and the shirt that goes with it.
SCENES: tuple[tuple[Colour, Colour], ...] = (
    ((168, 214, 240), (240, 120, 92)), ((250, 214, 150), (72, 128, 176)), ((188, 226, 180), (134, 96, 170)),
    ((246, 190, 196), (64, 148, 140)), ((208, 196, 240), (238, 176, 66)), ((222, 226, 230), (84, 96, 124)),
)
WHITE, INK, LIP, ROSE, TONGUE = (255, 255, 255), (48, 34, 38), (150, 48, 56), (214, 104, 100), (232, 112, 118)

CX, CY, RX, RY = 0.5, 0.53, 0.295, 0.32  # the head: centre and half axes


@dataclass(frozen=True)
class Face:
    """The factors of one face; the palettes above give the meaning of the whole numbers."""

    style: int  # index into HAIR_STYLES
    skin: int
    hair: int
    iris: int
    eye_size: float  # 1 is the middle size
    mouth: float  # -1 a frown, 1 an open smile
    brows: float  # -1 worried, 1 stern
    glasses: bool
    turn: float  # degrees, positive to the right of the picture
    scene: int


class Pen:
    """Draws on the unit square of a Pillow image that is ``scale`` pixels wide."""

    def __init__(self, scale: int, background: Colour) -> None:
        self.image = Image.new("RGB", (scale, scale), background)
        self._draw = ImageDraw.Draw(self.image)
        self._scale = scale

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: Colour) -> None:
        s = self._scale
        self._draw.ellipse(((x - rx) * s, (y - ry) * s, (x + rx) * s, (y + ry) * s), fill=fill)

    def ring(self, x: float, y: float, rx: float, ry: float, width: float, colour: Colour) -> None:
        s = self._scale
        box = ((x - rx) * s, (y - ry) * s, (x + rx) * s, (y + ry) * s)
        self._draw.ellipse(box, outline=colour, width=max(1, round(width * s)))

    def polygon(self, points: Points, fill: Colour) -> None:
        self._draw.polygon([(x * self._scale, y * self._scale) for x, y in points], fill=fill)

    def stroke(self, points: Points, width: float, colour: Colour) -> None:
        """A line of ``width`` through the points, with round ends and joints."""
        s = self._scale
        self._draw.line([(x * s, y * s) for x, y in points], fill=colour, width=max(1, round(width * s)), joint="curve")
        for x, y in (points[0], points[-1]):
            self.ellipse(x, y, width / 2, width / 2, colour)


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """``a`` with a ``share`` of ``b`` in it."""
    return tuple(round(p + (q - p) * share) for p, q in zip(a, b, strict=True))  # type: ignore[return-value]


def arc(x: float, y: float, rx: float, ry: float, start: float, stop: float, steps: int = 20) -> Points:
    """Points of an ellipse from angle ``start`` to ``stop`` in degrees; 0 is to the right, 90 is up."""
    angles = [math.radians(start + (stop - start) * i / steps) for i in range(steps + 1)]
    return [(x + rx * math.cos(a), y - ry * math.sin(a)) for a in angles]


def on_ball(face: Face, azimuth: float, radius: float = RX) -> tuple[float, float]:
    """Where a feature at ``azimuth`` degrees is seen once the head has turned: x, and the factor on its width."""
    a = math.radians(azimuth + face.turn)
    return CX + radius * math.sin(a), math.cos(a)
