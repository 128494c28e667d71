"""How far a comparison is, in seconds of work done and to be done."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from playground.engine.compare.store import Stored
from playground.engine.datasets import describe

MEASURING_S = {"points": 12.0, "image": 25.0}  # for one run, until one has been measured
MOST = 0.95  # of that time, after which it takes longer than was thought


@dataclass
class Ledger:
    """Fed with what runs say."""

    stored: Stored
    _runs: dict[str, tuple[float, float]] = field(default_factory=dict)  # run -> (seconds done, seconds in all)
    _measured: list[float] = field(default_factory=list)
    _since: float | None = None  # when the measurement that is under way began

    def trained(self, run_id: str, step: int, total_steps: int, seconds: float) -> None:
        """A run has trained ``seconds`` for ``step`` of its steps."""
        self._runs[run_id] = seconds, seconds * total_steps / max(step, 1)

    def measuring(self) -> None:
        """A measurement begins."""
        self._since = time.monotonic()

    def measured(self) -> None:
        """It has come to its end."""
        if self._since is not None:
            self._measured.append(time.monotonic() - self._since)
        self._since = None

    def now(self) -> tuple[float, float, float]:
        """Seconds done, in all, and left (NaN where not known)."""
        done = total = 0.0
        each = self._each()
        known = True
        for record in self.stored.records:
            spent, whole = self._runs.get(record.run_id, (record.seconds, self._expected(record.column)))
            if record.status in ("measured", "failed", "ended"):
                whole = spent = record.seconds
            known = known and math.isfinite(whole)
            whole = whole if math.isfinite(whole) else 60.0
            total += whole + each
            done += min(spent, whole) + (each if record.status in ("measured", "failed") else 0.0)
        if self._since is not None:
            done += min(time.monotonic() - self._since, MOST * each)
        return min(done, total), total, max(0.0, total - done) if known else math.nan

    def _each(self) -> float:
        """Seconds that a measurement takes."""
        if self._measured:
            return sum(self._measured) / len(self._measured)
        return MEASURING_S[describe(self.stored.plan.data).kind]

    def _expected(self, column: int) -> float:
        prepared = self.stored.prepared[column]
        if self.stored.plan.contestants[column].run is not None:
            return 0.0
        if prepared is None:
            return self.stored.plan.seconds or math.nan
        return float(prepared.recipe.config.steps) * prepared.ms_per_step / 1000  # type: ignore[attr-defined]
