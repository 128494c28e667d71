"""One cartoon face, drawn with Pillow from its factors.

Everything is drawn ``OVERSAMPLE`` times too large and averaged down, which is the anti-aliasing.
"""

from __future__ import annotations

from PIL import Image

from playground.engine.datasets.face_hair import HAIR_STYLES
from playground.engine.datasets.face_pen import (
    CX,
    CY,
    HAIRS,
    INK,
    IRISES,
    LIP,
    ROSE,
    RX,
    RY,
    SCENES,
    SKINS,
    TONGUE,
    WHITE,
    Colour,
    Face,
    Pen,
    mix,
    on_ball,
)

OVERSAMPLE = 4


def draw_face(face: Face, size: int) -> Image.Image:
    """The face as an RGB picture of ``size`` x ``size`` pixels."""
    background, shirt = SCENES[face.scene]
    pen = Pen(size * OVERSAMPLE, background)
    back, front = HAIR_STYLES[list(HAIR_STYLES)[face.style]]
    back(pen, face)
    _body(pen, face, shirt)
    _head(pen, face)
    _mouth(pen, face)
    _nose(pen, face)
    for side in (-1, 1):
        _eye(pen, face, side)
    front(pen, face)
    for side in (-1, 1):
        _brow(pen, face, side)
    if face.glasses:
        _glasses(pen, face)
    return pen.image.reduce(OVERSAMPLE)


def _body(pen: Pen, face: Face, shirt: Colour) -> None:
    skin = SKINS[face.skin]
    pen.ellipse(CX, 1.13, 0.4, 0.25, shirt)
    pen.ellipse(CX, 0.89, 0.12, 0.06, mix(skin, INK, 0.25))
    pen.polygon([(0.4, 0.72), (0.6, 0.72), (0.6, 0.89), (0.4, 0.89)], mix(skin, INK, 0.25))  # the chin's shadow


def _head(pen: Pen, face: Face) -> None:
    skin = SKINS[face.skin]
    for side in (-1, 1):  # ears go against the turn
        x = CX + side * RX - 0.0013 * face.turn
        pen.ellipse(x, CY + 0.04, 0.055, 0.07, skin)
        pen.ellipse(x, CY + 0.04, 0.028, 0.04, mix(skin, (220, 90, 80), 0.3))
    pen.ellipse(CX, CY, RX, RY, skin)
    for side in (-1, 1):
        x, narrow = on_ball(face, side * 40)
        pen.ellipse(x, CY + 0.115, 0.058 * narrow, 0.038, mix(skin, (240, 90, 96), 0.32))


def _nose(pen: Pen, face: Face) -> None:
    x, _ = on_ball(face, 0, RX * 1.12)
    pen.ellipse(x, CY + 0.075, 0.03, 0.024, mix(SKINS[face.skin], (170, 60, 50), 0.36))


def _eye(pen: Pen, face: Face, side: int) -> None:
    x, narrow = on_ball(face, side * 25)
    r, y = 0.073 * face.eye_size, CY - 0.01
    look = x + 0.0006 * face.turn
    pen.ellipse(x, y, r * narrow, r * 1.18, WHITE)
    pen.ellipse(look, y + 0.006, r * 0.74 * narrow, r * 0.86, IRISES[face.iris])
    pen.ellipse(look, y + 0.008, r * 0.42 * narrow, r * 0.52, INK)
    pen.ellipse(look - 0.3 * r, y - 0.4 * r, r * 0.26, r * 0.28, WHITE)


def _brow(pen: Pen, face: Face, side: int) -> None:
    x, narrow = on_ball(face, side * 26)
    half, y, tilt = 0.062 * narrow, CY - 0.13 - 0.04 * (face.eye_size - 1), 0.036 * face.brows
    colour = mix(HAIRS[face.hair], INK, 0.45)
    inner, outer = (x - side * half, y + tilt), (x + side * half, y - tilt * 0.6)
    pen.stroke([inner, (x, y - 0.012), outer], 0.03, colour)


def _mouth(pen: Pen, face: Face) -> None:
    """A parabola through both corners; a broad smile opens and shows teeth and tongue."""
    y, depth = CY + 0.185, 0.085 * face.mouth
    reach = 20 + 5 * abs(face.mouth)  # degrees
    lip = [(on_ball(face, reach * u)[0], y + depth * (0.5 - u * u)) for u in (i / 8 for i in range(-8, 9))]
    gape = 0.1 * max(0.0, face.mouth - 0.25) / 0.75
    if gape > 0:
        lower = [(x, yy + gape * (1 - (i / 8) ** 2)) for i, (x, yy) in zip(range(-8, 9), lip, strict=True)]
        pen.polygon(lip + lower[::-1], LIP)
        x, narrow = on_ball(face, 0)
        pen.ellipse(x, y + depth * 0.5 + gape * 0.82, 0.05 * narrow * min(1, gape / 0.05), gape * 0.22, TONGUE)
        pen.stroke([(x, yy + 0.012) for x, yy in lip[4:13]], 0.02, WHITE)
    pen.stroke(lip, 0.028, LIP if face.skin < 4 else ROSE)  # a dark line is lost on a dark skin


def _glasses(pen: Pen, face: Face) -> None:
    frame, y = (52, 44, 70), CY - 0.005
    rims = []
    for side in (-1, 1):
        x, narrow = on_ball(face, side * 25, RX * 1.02)
        rims.append((x, 0.112 * narrow))
        pen.ring(x, y, 0.112 * narrow, 0.115, 0.024, frame)
        pen.stroke([(x + side * 0.1 * narrow, y - 0.01), (CX + side * RX - 0.0013 * face.turn, y)], 0.02, frame)
    (left, a), (right, b) = rims
    pen.stroke([(left + a, y - 0.02), (right - b, y - 0.02)], 0.022, frame)
