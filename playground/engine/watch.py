"""What watches over a training: finds by the numbers what goes wrong, names it, and says what may help."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np

from playground.engine.messages import Finding


class Watch(ABC):
    """Fed, in the training thread, with all that is reported; cheap, because it is fed at every report.

    A resumed run feeds it with its history first, so that it knows since when something lasts.
    """

    @abstractmethod
    def on_steps(self, steps: np.ndarray, scalars: Mapping[str, np.ndarray]) -> None:
        """All steps since the last report: ``steps`` (n,), one array (n,) for every scalar."""

    @abstractmethod
    def on_monitored(self, step: int, scalars: Mapping[str, float], vectors: Mapping[str, np.ndarray]) -> None:
        """Numbers on held-out data."""

    @abstractmethod
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong now."""
