"""One round of the game in slow motion: seven phases, what happens in each, and which answers of the engine each needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from playground.engine import messages as m
from playground.ui.views.common import number
from playground.ui.widgets.forces import round_number
from playground.ui.widgets.plane import Bounds

Array = np.ndarray


@dataclass(frozen=True)
class Phase:
    """``needs`` names the turns that must have been played: "" (none), "d", or "g" (both)."""

    key: str
    title: str
    needs: str
    help: str


PHASES = (
    Phase("noise", "Noise", "", "Numbers z are drawn from a round Gaussian: the only thing that G is given."),
    Phase("generate", "Generate", "", "G carries every z to a point x = G(z)."),
    Phase("look", "D looks", "", "D gives every point, real or generated, its probability of being real."),
    Phase("pull", "D's gradient", "", "Each point pulls at D as hard as D is wrong about it."),
    Phase("d", "D moves", "d", "D takes one step of its optimiser."),
    Phase("push", "G's gradient", "d", "D's slope at each generated point tells G where that point should go."),
    Phase("g", "G moves", "g", "G takes one step of its optimiser, and the points move."),
)
NOISE_SPAN = 3.3  # the plane of noise shows z from minus to plus this


@dataclass
class Round:
    """The game before, after D's turn and after G's turn, as far as they have been played."""

    before: m.GameOf | None = None
    after_d: m.GameOf | None = None
    after_g: m.GameOf | None = None
    phase: int = 0
    count: int = 1

    def missing(self) -> str:
        """What has to be fetched before the present phase can be shown: "before", "d", "g" or nothing."""
        needs = PHASES[self.phase].needs
        if self.before is None:
            return "before"
        if needs and self.after_d is None:
            return "d"
        return "g" if needs == "g" and self.after_g is None else ""

    def put(self, game: m.GameOf) -> bool:
        """An answer has come. True if it is the one that was missing, else it shows weights from before the last turn."""
        missing = self.missing()
        if missing == "before":
            self.before = game
        elif missing == "d" and self.before is not None and game.step > self.before.step:
            self.after_d = game
        elif missing == "g" and self.after_d is not None and game.step > self.after_d.step:
            self.after_g = game
        else:
            return False
        return True

    def shown(self) -> m.GameOf | None:
        """The state of the game in this phase, at its end."""
        needs = PHASES[self.phase].needs
        return {"": self.before, "d": self.after_d, "g": self.after_g}[needs]

    def go(self, phase: int) -> None:
        """To a phase; past the last one a new round begins, from where this one ended."""
        if phase >= len(PHASES) and self.after_g is not None:
            self.before, self.after_d, self.after_g = self.after_g, None, None
            self.phase, self.count = 0, self.count + 1
        else:
            self.phase = min(max(phase, 0), len(PHASES) - 1)


# ---------------------------------------------------------------- where things are
def noise_in(z: Array, bounds: Bounds, span: float = NOISE_SPAN) -> Array:
    """Noise (N, d) -> places (N, 2) on the plane of x, as if its plane (z from -span to span) filled ``bounds``. Of more than two
    numbers the first two are drawn; a lone one lies on a line.
    """
    flat = noise_plane(z) / span
    x0, x1, y0, y1 = bounds
    centre, half = np.array([(x0 + x1) / 2, (y0 + y1) / 2]), np.array([(x1 - x0) / 2, (y1 - y0) / 2])
    return np.asarray(centre + flat * half, np.float32)


def noise_plane(z: Array) -> Array:
    """The first two numbers of each z (N, d) -> (N, 2)."""
    return np.asarray(z[:, :2] if z.shape[1] > 1 else np.hstack([z, 0 * z]), np.float32)


def magnified(before: Array, after: Array, width: float, share: float = 0.06) -> tuple[Array, float]:
    """Moves (N, 2) of points, drawn ``factor`` (a round number, at least 1) times longer so that they can be seen at all."""
    moves = after - before
    lengths = np.hypot(moves[:, 0], moves[:, 1])
    typical = float(np.quantile(lengths[np.isfinite(lengths)], 0.9)) if len(lengths) else 0.0
    factor = max(round_number(share * width / typical), 1.0) if typical > 0 else 1.0
    return moves * factor, factor


# ---------------------------------------------------------------- words
def narration(rounds: Round) -> str:
    """What happens in this phase, with the numbers of this round."""
    words = _WORDS[PHASES[rounds.phase].key]
    return "" if rounds.before is None or rounds.shown() is None else words(rounds)


def _noise(rounds: Round) -> str:
    z = _game(rounds.before).z
    numbers = f"{z.shape[1]} numbers each" if z.shape[1] != 1 else "one number each"
    more = "; the first two are drawn" if z.shape[1] > 2 else ""
    return f"<b>{len(z)} noise vectors z</b> are drawn from N(0, I), {numbers}{more}. Nothing else is ever given to G."


def _generate(rounds: Round) -> str:
    return "<b>G carries each z to a point x = G(z).</b> Neighbours stay neighbours: G can stretch, fold and squeeze, but not tear."


def _look(rounds: Round) -> str:
    game = _game(rounds.before)
    real, fake = number(float(game.d_real.mean())), number(float(game.d_fake.mean()))
    return f"<b>D looks at both</b> and gives the real points {real} on average, the generated {fake}. Rim: the truth; fill: D."


def _pull(rounds: Round) -> str:
    game = _game(rounds.before)
    real, fake = number(float(game.pull_real.mean())), number(float(game.pull_fake.mean()))
    return (f"<b>Each point pulls at D as hard as D is wrong about it</b> (disc): blue ones lift D where they are, "
            f"amber ones press it down. Mean pull on the logit: real {real}, generated {fake}.")  # fmt: skip


def _d_moves(rounds: Round) -> str:
    before, after = _game(rounds.before), _game(rounds.after_d)
    change = float(np.abs(after.d - before.d).max())
    seen = ""
    if before.js_seen is not None and after.js_seen is not None:
        name, values = "<span style='white-space:nowrap'>ln 2 + V(D)/2</span>", (before.js_seen, after.js_seen)
        seen = f" {name} goes from {number(values[0], 4)} to {number(values[1], 4)} nats."
    return f"<b>D takes one step.</b> Its largest change anywhere is {change:.2g}; the map at the right magnifies it.{seen}"


def _push(rounds: Round) -> str:
    game = _game(rounds.after_d)
    lengths = np.hypot(game.push[:, 0], game.push[:, 1])
    return (f"<b>D's slope tells each generated point where to go</b> to look more real: minus the gradient of G's loss, "
            f"{np.median(lengths):.3g} nats per unit of x in the median. Where D is flat, G learns nothing.")  # fmt: skip


def _g_moves(rounds: Round) -> str:
    before, after = _game(rounds.after_d), _game(rounds.after_g)
    _, factor = magnified(before.fake, after.fake, before.bounds[1] - before.bounds[0])
    far = float(np.hypot(*(after.fake - before.fake).T).mean())
    drawn = f", drawn {factor:,.0f} times longer" if factor > 1 else ""
    return (f"<b>G takes one step</b> and every point moves with it, {far:.2g} units of x on average{drawn}. D gave them "
            f"{number(float(before.d_fake.mean()), 3)}, now {number(float(after.d_fake.mean()), 3)}.")  # fmt: skip


_WORDS: dict[str, Callable[[Round], str]] = {
    "noise": _noise, "generate": _generate, "look": _look, "pull": _pull, "d": _d_moves, "push": _push, "g": _g_moves,
}  # fmt: skip


def _game(game: m.GameOf | None) -> m.GameOf:
    assert game is not None
    return game
