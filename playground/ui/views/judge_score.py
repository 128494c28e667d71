"""How well somebody tells real items from generated ones: hits of so many, and what that says with so few items."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from playground.engine import messages as m

Array = np.ndarray
Z95 = 1.959964  # the 97.5 % point of N(0, 1)


def wilson(hits: int, n: int, z: float = Z95) -> tuple[float, float]:
    """The probabilities p with |hits/n - p| <= z sqrt(p (1 - p) / n): a 95 % interval (Wilson 1927, JASA 22)."""
    if n == 0:
        return 0.0, 1.0
    share, spread = hits / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def sign_test(wins: int, losses: int) -> float:
    """Two-sided p-value of ``wins`` against ``losses`` where each was equally likely: the exact binomial test."""
    n, low = wins + losses, min(wins, losses)
    tail = sum(math.comb(n, k) for k in range(low + 1)) / 2**n
    return min(1.0, 2 * tail)


@dataclass(frozen=True)
class Score:
    """Right answers of so many."""

    hits: int = 0
    n: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(self.hits + other.hits, self.n + other.n)

    @property
    def share(self) -> float:
        return self.hits / self.n if self.n else math.nan

    def interval(self) -> tuple[float, float]:
        """95 %, see :func:`wilson`."""
        return wilson(self.hits, self.n)

    def text(self) -> str:
        """13 of 20: 65 % (43 to 82 %)."""
        low, high = self.interval()
        return f"{self.hits} of {self.n}: {self.share:.0%} ({low * 100:.0f} to {high:.0%})".replace("%", " %")


@dataclass
class Round:
    """Items frozen as they came, and the person's answers so far (True = "real")."""

    items: m.JudgeOf
    answers: list[bool] = field(default_factory=list)

    @property
    def n(self) -> int:
        return len(self.items.real)

    @property
    def done(self) -> bool:
        return len(self.answers) >= self.n

    def right(self) -> dict[str, Array]:
        """Who was right where: (n,) bool for "You", "D" and, where it is known, "D*"."""
        real = np.asarray(self.items.real, bool)
        said = {"You": np.array(self.answers, bool), "D": self.items.d >= 0.5}
        if self.items.d_star is not None:
            said["D*"] = self.items.d_star >= 0.5
        return {who: answers == real[: len(answers)] for who, answers in said.items()}


@dataclass
class Tally:
    """All finished rounds of a run."""

    rounds: int = 0
    scores: dict[str, Score] = field(default_factory=dict)
    only_you: int = 0  # items where you were right and D was not
    only_d: int = 0
    best: list[float] = field(default_factory=list)  # max(D*, 1 - D*) of every item

    def add(self, done: Round) -> None:
        right = done.right()
        self.rounds += 1
        for who, hits in right.items():
            self.scores[who] = self.scores.get(who, Score()) + Score(int(hits.sum()), len(hits))
        self.only_you += int((right["You"] & ~right["D"]).sum())
        self.only_d += int((right["D"] & ~right["You"]).sum())
        if done.items.d_star is not None:
            self.best += np.maximum(done.items.d_star, 1 - done.items.d_star).tolist()

    def bayes(self) -> tuple[float, float]:
        """The best accuracy of any judge, E[max(D*, 1 - D*)] = 1/2 + TV(p, q)/2, with its standard error; NaN: not known."""
        if not self.best:
            return math.nan, math.nan
        error = float(np.std(self.best, ddof=1)) / math.sqrt(len(self.best)) if len(self.best) > 1 else math.nan
        return float(np.mean(self.best)), error

    def contest(self) -> str:
        """Whether you and D differ, in a sentence."""
        if self.only_you == self.only_d:
            return "You and D are level."
        ahead = "You are" if self.only_you > self.only_d else "D is"
        p = sign_test(self.only_you, self.only_d)
        proof = "that is more than luck" if p < 0.05 else "which may be luck"
        counts = f"you alone were right {self.only_you}×, D alone {self.only_d}×"
        return f"{ahead} ahead: {counts}, {proof} (sign test, p = {p:.2g})."
