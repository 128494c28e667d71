"""Hair styles of the cartoon faces: what lies behind the head, and what lies on it."""

from __future__ import annotations

from collections.abc import Callable

from playground.engine.datasets.face_pen import CX, CY, HAIRS, INK, RX, RY, Face, Pen, Points, arc, mix, on_ball

Painter = Callable[[Pen, Face], None]


def _cap(hairline: Points) -> Points:
    """The top of the skull down to both temples, closed by a hairline that runs from right to left."""
    return arc(CX, CY - 0.01, RX + 0.025, RY + 0.03, -4, 184)[::-1] + hairline


def _nothing(pen: Pen, face: Face) -> None:
    """No hair here."""


def _short(pen: Pen, face: Face) -> None:
    x, _ = on_ball(face, 0, 0.1)
    line = [(CX + RX, CY + 0.02), (CX + RX - 0.035, CY - 0.08), (x + 0.13, CY - 0.17), (x, CY - 0.185),
            (x - 0.13, CY - 0.17), (CX - RX + 0.035, CY - 0.08), (CX - RX, CY + 0.02)]
    pen.polygon(_cap(line), HAIRS[face.hair])


def _parted(pen: Pen, face: Face) -> None:
    x, _ = on_ball(face, -24)
    line = [(CX + RX, CY + 0.03), (CX + RX - 0.02, CY - 0.06), (x + 0.27, CY - 0.1), (x + 0.1, CY - 0.16),
            (x, CY - 0.24), (x - 0.05, CY - 0.15), (CX - RX + 0.02, CY - 0.06), (CX - RX, CY + 0.03)]
    pen.polygon(_cap(line), HAIRS[face.hair])
    pen.stroke([(x, CY - 0.24), (x + 0.04, CY - RY - 0.01)], 0.012, mix(HAIRS[face.hair], INK, 0.3))


def _fringe(pen: Pen, face: Face) -> None:
    line: Points = [(CX + RX + 0.02, CY + 0.06), (CX + RX - 0.035, CY - 0.02)]
    for azimuth in (48, 24, 0, -24, -48):
        x, narrow = on_ball(face, azimuth)
        line += arc(x, CY - 0.135, 0.058 * max(narrow, 0.2), 0.03, 0, -180, 6)
    line += [(CX - RX + 0.035, CY - 0.02), (CX - RX - 0.02, CY + 0.06)]
    pen.polygon(_cap(line), HAIRS[face.hair])


def _long_back(pen: Pen, face: Face) -> None:
    colour = mix(HAIRS[face.hair], INK, 0.18)
    pen.ellipse(CX, CY - 0.02, RX + 0.07, RY + 0.045, colour)
    pen.polygon([(CX - RX - 0.07, CY), (CX + RX + 0.07, CY), (CX + RX + 0.1, 0.9), (CX - RX - 0.1, 0.9)], colour)
    for side in (-1, 1):
        pen.ellipse(CX + side * RX, 0.89, 0.1, 0.06, colour)


def _long(pen: Pen, face: Face) -> None:
    x, _ = on_ball(face, 0, 0.2)
    line = [(CX + RX + 0.01, CY + 0.16), (CX + RX - 0.03, CY), (x + 0.16, CY - 0.12), (x + 0.06, CY - 0.19),
            (x, CY - 0.25), (x - 0.06, CY - 0.19), (x - 0.16, CY - 0.12), (CX - RX + 0.03, CY),
            (CX - RX - 0.01, CY + 0.16)]
    pen.polygon(_cap(line), HAIRS[face.hair])


def _curls_back(pen: Pen, face: Face) -> None:
    for x, y in arc(CX, CY - 0.06, RX + 0.05, RY + 0.02, -25, 205, 11):
        pen.ellipse(x, y, 0.105, 0.105, mix(HAIRS[face.hair], INK, 0.12))


def _curls(pen: Pen, face: Face) -> None:
    for azimuth in (-54, -32, -11, 11, 32, 54):
        x, _ = on_ball(face, azimuth, RX * 0.95)
        y = CY - 0.225 + 0.000016 * (azimuth + face.turn) ** 2  # lower towards the temples
        pen.ellipse(x, y, 0.075, 0.07, HAIRS[face.hair])
    pen.polygon(arc(CX, CY - 0.02, RX + 0.02, RY + 0.03, 25, 155), HAIRS[face.hair])


def _bun_back(pen: Pen, face: Face) -> None:
    x = CX - 0.0016 * face.turn
    pen.ellipse(x, CY - RY - 0.075, 0.125, 0.11, mix(HAIRS[face.hair], INK, 0.12))


#: Name -> (behind the head, on the head).
HAIR_STYLES: dict[str, tuple[Painter, Painter]] = {
    "short": (_nothing, _short),
    "parted": (_nothing, _parted),
    "fringe": (_nothing, _fringe),
    "long": (_long_back, _long),
    "curls": (_curls_back, _curls),
    "bun": (_bun_back, _long),
    "bald": (_nothing, _nothing),
}
