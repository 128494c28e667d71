"""How far a comparison is, in seconds of work done and to be done."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from playground.engine.compare.store import Stored

MEASURING_S = {"points": 12.0, "image": 25.0}  # for one run, until one has been measured


@dataclass
class Ledger:
    """Fed with what runs say. ``share``: of the measurement that is under way."""

    stored: Stored
    share: float = 0.0
    _runs: dict[str, tuple[float, float]] = field(default_factory=dict)  # run -> (seconds done, seconds in all)
    _measured: list[float] = field(default_factory=list)

    def trained(self, run_id: str, step: int, total_steps: int, seconds: float) -> None:
        """A run has trained ``seconds`` for ``step`` of its steps."""
        self._runs[run_id] = seconds, seconds * total_steps / max(step, 1)

    def measured(self, seconds: float) -> None:
        """A measurement took so long."""
        self._measured.append(seconds)
        self.share = 0.0

    def now(self) -> tuple[float, float, float]:
        """Seconds done, in all, and left (NaN where not known)."""
        done = total = 0.0
        each = sum(self._measured) / len(self._measured) if self._measured else 15.0
        known = True
        for record in self.stored.records:
            spent, whole = self._runs.get(record.run_id, (record.seconds, self._expected(record.column)))
            if record.status in ("measured", "failed", "ended"):
                whole = spent = record.seconds
            known = known and math.isfinite(whole)
            whole = whole if math.isfinite(whole) else 60.0
            total += whole + each
            done += min(spent, whole) + (each if record.status in ("measured", "failed") else 0.0)
        done += each * min(self.share, 1.0)
        return min(done, total), total, max(0.0, total - done) if known else math.nan

    def _expected(self, column: int) -> float:
        prepared = self.stored.prepared[column]
        if self.stored.plan.contestants[column].run is not None:
            return 0.0
        if prepared is None:
            return self.stored.plan.seconds or math.nan
        return float(prepared.recipe.config.steps) * prepared.ms_per_step / 1000  # type: ignore[attr-defined]
