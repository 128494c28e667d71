"""What a comparison says of itself."""

from __future__ import annotations

import queue
import time
from typing import Any

import numpy as np

from playground.engine import messages as m
from playground.engine.compare.curves import QualityCurve
from playground.engine.compare.history import columns_of, looks_at, past_curve
from playground.engine.compare.progress import Ledger
from playground.engine.compare.store import Record, Stored
from playground.engine.compare.table import unified_view
from playground.engine.datasets import describe

STATE_EVERY_S = 0.4


class Teller:
    """Puts the comparison's messages into its outbox. ``curves``: of the quality, by run."""

    def __init__(self, stored: Stored, outbox: queue.SimpleQueue[m.Event], ledger: Ledger) -> None:
        self.stored, self.outbox, self.ledger = stored, outbox, ledger
        self.curves: dict[str, QualityCurve] = {r.run_id: QualityCurve() for r in stored.records}
        self.state = ""
        self._last_state = 0.0

    def past(self) -> None:
        """All that is known already: who takes part, curves, measurements, the table."""
        self.columns()
        for record in self.stored.records:
            self.curves[record.run_id] = past_curve(self.stored, record)
            for step, scalars in looks_at(self.stored, record):
                self.outbox.put(m.Monitored(record.run_id, step, scalars, {}))
            if record.numbers:
                self.measured(record, self.stored.evidence(record))
        self.table()

    def columns(self) -> None:
        stored = self.stored
        self._emit(
            m.Comparing, folder=str(stored.folder), data=stored.plan.data, kind=describe(stored.plan.data).kind,
            columns=columns_of(stored), seeds=stored.plan.seeds, seconds=stored.plan.seconds,
        )  # fmt: skip

    def table(self) -> None:
        self.outbox.put(unified_view(self.stored, columns_of(self.stored), self.curves))

    def measured(self, record: Record, evidence: dict[str, np.ndarray]) -> None:
        self.outbox.put(m.Measured(record.run_id, record.numbers, evidence))

    def tell(self, state: str, what: str = "", sentence: str = "", quietly: bool = False) -> None:
        """Say how far it is; ``quietly``: only if it has not been said for a while."""
        now = time.monotonic()
        if quietly and state == self.state and now - self._last_state < STATE_EVERY_S:
            return
        self.state, self._last_state = state, now
        done, total, left = self.ledger.now()
        if state == "finished":
            done, left = total, 0.0
        self._emit(m.ComparisonState, state=state, done=done, total=total, what=what, seconds_left=left, sentence=sentence)

    def _emit(self, kind: type[Any], /, **content: Any) -> None:
        self.outbox.put(kind(run_id=self.stored.comparison_id, **content))
