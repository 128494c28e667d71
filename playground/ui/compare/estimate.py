"""How long a comparison will take, in words, before one starts it. Plain values, no Qt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MEASURE_S = {"points": 12.0, "image": 25.0}  # for each run, on one core
UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0}


def stated_seconds(text: str) -> float:
    """ "2-3 min" is 150 s, "about 60 s" is 60 s; 0 where no time is stated."""
    found = re.search(r"(\d+(?:\.\d+)?)(?:\s*-\s*(\d+(?:\.\d+)?))?\s*(min|s|h)\b", text)
    if found is None:
        return 0.0
    low = float(found[1])
    return (low + float(found[2] or low)) / 2 * UNITS[found[3]]


@dataclass(frozen=True)
class Cost:
    """``trained``: the own time of each contestant that is trained, in seconds (what its recipe states); ``existing``: runs that
    are only measured; ``seconds`` for each run, 0: as the recipes say.
    """

    kind: str
    trained: Sequence[float]
    existing: int
    seeds: int
    seconds: float

    @property
    def runs(self) -> int:
        return len(self.trained) * self.seeds + self.existing

    @property
    def total(self) -> float:
        """Seconds of all: training in turns, then measuring."""
        train = self.seconds * len(self.trained) if self.seconds else sum(self.trained)
        return train * self.seeds + MEASURE_S.get(self.kind, 12.0) * self.runs

    def words(self) -> str:
        """3 contestants × 3 seeds × 40 s + measuring: about 8 min."""
        if not self.runs:
            return "Tick at least one contestant."
        parts = []
        if self.trained:
            each = span(self.seconds) if self.seconds else f"{span(sum(self.trained) / len(self.trained))} (as their recipes state)"
            parts.append(" × ".join([counted(len(self.trained), "contestant"), counted(self.seeds, "seed"), each]))
        if self.existing:
            parts.append(counted(self.existing, "existing run"))
        return f"{' + '.join([*parts, 'measuring'])}: <b>about {span(self.total)}</b>"


def counted(n: int, thing: str) -> str:
    return f"{n} {thing}{'' if n == 1 else 's'}"


def span(seconds: float) -> str:
    """40 s, 8 min, 1 h 20 min."""
    if seconds < 90:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
