"""What the maps show in each phase of a round, ``t`` of the way through it (0 to 1)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from playground.engine import messages as m
from playground.ui.views.game_board import MAPS, NAMES, RANGES, TIPS, GameBoard, Scene
from playground.ui.views.game_rounds import NOISE_SPAN, PHASES, Round, magnified, noise_in, noise_plane
from playground.ui.widgets.forces import ArrowKey, Arrows, Discs
from playground.ui.widgets.layers import Cloud, Ellipse, Segments
from playground.ui.widgets.plane import Layer
from playground.ui.widgets.verdict import verdict_colours

Array = np.ndarray
NOISE: tuple[float, float, float, float] = (-NOISE_SPAN, NOISE_SPAN, -NOISE_SPAN, NOISE_SPAN)
SHADES = 33
Large = Callable[[GameBoard, Round, float], tuple[list[Layer], list[Layer]]]  # -> still and live layers


def scenes(board: GameBoard, rounds: Round, t: float) -> list[Scene]:
    """The large map, the noise and, as soon as D has moved, what that changed."""
    game = rounds.shown() or rounds.before
    assert game is not None
    phase = PHASES[rounds.phase]
    still, live = _LARGE[phase.key](board, rounds, t)
    captions = {
        "noise": "<b>noise z</b>, on its way into the plane of x", "generate": "<b>x = G(z)</b>",
        "look": "points in the colours of D(x)",
        "d": f"{NAMES['d']} {'before its step' if t < 0.02 else 'after its step' if t > 0.98 else 'on its way'}",
    }  # fmt: skip
    large = Scene(captions.get(phase.key) or board.caption("d", large=True), TIPS["d"], game.bounds, still, live)
    return [large, noise(board, game, t if phase.key == "noise" else 1.0), _second(board, rounds, game)]


def noise(board: GameBoard, game: m.GameOf, t: float) -> Scene:
    """The noise plane; points come one after the other."""
    circles: list[Layer] = [Ellipse((0, 0), (r, r), "theory", dashed=True) for r in (1.0, 2.0)]
    z = noise_plane(game.z)
    cloud = board.cloud(z[: max(1, round(t * len(z)))], board.accent, 3.6)
    tip = "The noise z of the generated points; dashed: 1 and 2 standard deviations of N(0, I)."
    return Scene("<b>noise z</b> ~ N(0, I)", tip, NOISE, circles, [cloud])


def _second(board: GameBoard, rounds: Round, game: m.GameOf) -> Scene:
    """D* before anybody moved, then the change that D's step made."""
    if rounds.after_d is None or not PHASES[rounds.phase].needs or rounds.before is None:
        values = game.d_star
        still: list[Layer] = [] if values is None else [board.heat(values, RANGES[MAPS[1]], game.bounds)]
        return Scene(NAMES[MAPS[1]], TIPS[MAPS[1]], game.bounds, still)
    change = rounds.after_d.d - rounds.before.d
    top = max(float(np.abs(change).max()), 1e-12)
    image = board.heat(change, (-top, top), game.bounds)
    tip = "D after its step minus D before it. The strongest colours stand for the number in the caption."
    return Scene(f"<b>D's change</b>, ± {top:.2g}", tip, game.bounds, [image])


# ---------------------------------------------------------------- the large map
def _field(board: GameBoard, game: m.GameOf, d: Array | None = None) -> list[Layer]:
    """The field of D."""
    return [board.heat(game.d if d is None else d, RANGES["d"], game.bounds)]


def _noise(board: GameBoard, rounds: Round, t: float) -> tuple[list[Layer], list[Layer]]:
    game = _known(rounds.before)
    start = noise_in(game.z, game.bounds)[: max(1, round(t * len(game.z)))]
    return [board.cloud(game.real, "data")], [board.cloud(start, board.accent)]


def _generate(board: GameBoard, rounds: Round, t: float) -> tuple[list[Layer], list[Layer]]:
    game, smooth = _known(rounds.before), t * t * (3 - 2 * t)
    start = noise_in(game.z, game.bounds)
    here = (1 - smooth) * start + smooth * game.fake
    trail = Segments(start, here, board.accent, alpha=0.35 * (1 - 0.8 * t))
    return [board.cloud(game.real, "data")], [trail, board.cloud(here, board.accent)]


def _look(board: GameBoard, rounds: Round, t: float) -> tuple[list[Layer], list[Layer]]:
    """Points filled with D's verdict, the rim in the colour of the truth; from neutral to the verdict as D looks."""
    game, layers = _known(rounds.before), list[Layer]()
    for xy, verdict, role in ((game.real, game.d_real, "data"), (game.fake, game.d_fake, board.accent)):
        shade = np.rint(np.clip(0.5 + t * (verdict - 0.5), 0, 1) * (SHADES - 1)).astype(int)
        fill = verdict_colours(board.accent, SHADES)
        layers += [Cloud(xy, role=role, size=9), Cloud(xy, shade, size=6, halo=False, colours=fill)]
    return [], layers


def _pull(board: GameBoard, rounds: Round, t: float) -> tuple[list[Layer], list[Layer]]:
    game = _known(rounds.before)
    discs: list[Layer] = [Discs(game.real, t * game.pull_real, "data"), Discs(game.fake, t * game.pull_fake, board.accent)]
    return [*_field(board, game), board.cloud(game.real, "data", 3.4), board.cloud(game.fake, board.accent, 3.4)], discs


def _d_moves(board: GameBoard, rounds: Round, t: float) -> tuple[list[Layer], list[Layer]]:
    before, after = _known(rounds.before), _known(rounds.after_d)
    field = _field(board, after, (1 - t) * before.d + t * after.d)
    return [], [*field, board.points(after)]


def _push(board: GameBoard, rounds: Round, t: float) -> tuple[list[Layer], list[Layer]]:
    game = _known(rounds.after_d)
    return [*_field(board, game), board.cloud(game.fake, board.accent)], board.arrows(game.fake, game.push, t)


def _g_moves(board: GameBoard, rounds: Round, t: float) -> tuple[list[Layer], list[Layer]]:
    """The true places, and the moves magnified so that they can be seen."""
    before, after = _known(rounds.after_d), _known(rounds.after_g)
    moves, factor = magnified(before.fake, after.fake, before.bounds[1] - before.bounds[0])
    here = before.fake + t * (after.fake - before.fake)
    arrows, key = Arrows(here, t * moves), ArrowKey(factor, "units of x moved")
    return [*_field(board, after), board.cloud(after.real, "data")], [arrows, board.cloud(here, board.accent), key]


_LARGE: dict[str, Large] = {
    "noise": _noise, "generate": _generate, "look": _look, "pull": _pull, "d": _d_moves, "push": _push, "g": _g_moves,
}  # fmt: skip


def _known(game: m.GameOf | None) -> m.GameOf:
    assert game is not None
    return game
