"""The tournament's rounds and how they went: plain values, no Qt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

Array = np.ndarray
ROUNDS, FAKES = 12, 3
REAL = ""  # the key of real pictures among those of contestants


@dataclass(frozen=True)
class Round:
    """Pictures (k, H, W[, 3]) at random places, and whose each is (``REAL`` once)."""

    x: Array
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Standing:
    """How often a contestant's picture was taken for the real one, of the rounds in which it stood; ``chance`` for guessing."""

    taken: int
    rounds: int
    chance: float

    @property
    def share(self) -> float:
        return self.taken / self.rounds if self.rounds else math.nan

    @property
    def error(self) -> float:
        """Standard error of the share, sqrt(p (1 - p) / n)."""
        return math.sqrt(self.share * (1 - self.share) / self.rounds) if self.rounds else math.nan


@dataclass
class Tournament:
    """``rounds`` frozen when it begins; ``choices``: the place that was chosen in each so far."""

    rounds: list[Round] = field(default_factory=list)
    choices: list[int] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return bool(self.rounds) and len(self.choices) >= len(self.rounds)

    @property
    def now(self) -> Round | None:
        """The round that waits for a choice."""
        return self.rounds[len(self.choices)] if len(self.choices) < len(self.rounds) else None

    def standing(self, key: str) -> Standing:
        """Of one contestant, or of the real pictures, over all rounds that have been played."""
        played = [(r, c) for r, c in zip(self.rounds, self.choices, strict=False) if key in r.keys]
        taken = sum(r.keys[c] == key for r, c in played)
        chance = float(np.mean([1 / len(r.keys) for r, _ in played])) if played else math.nan
        return Standing(taken, len(played), chance)


def draw(real: Array, fakes: Mapping[str, Sequence[Array] | Array], seed: int, rounds: int = ROUNDS) -> Tournament:
    """Rounds of one real picture and one of each of at most three contestants, who take turns where there are more; every picture
    is shown once. Fewer rounds where there are not enough pictures.
    """
    rng = np.random.default_rng(seed)
    names = list(fakes)
    decks = {REAL: rng.permutation(len(real)).tolist(), **{n: rng.permutation(len(fakes[n])).tolist() for n in names}}
    made: list[Round] = []
    seen = dict.fromkeys(names, 0)
    for _ in range(rounds):
        order = sorted(names, key=lambda n: (seen[n], rng.random()))[:FAKES]
        if not order or any(not decks[k] for k in (REAL, *order)):
            break
        for name in order:
            seen[name] += 1
        keys = [REAL, *order]
        keys = [keys[i] for i in rng.permutation(len(keys))]
        pool = {REAL: real, **fakes}
        made.append(Round(np.stack([pool[k][decks[k].pop()] for k in keys]), tuple(keys)))
    return Tournament(made)
