"""Power over spatial frequency, both logarithmic: real pictures with what chance allows, and what a model makes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QWidget

from playground.ui.widgets.effort_chart import EffortChart, Measured

Array = np.ndarray
NUMBERED = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.7)  # cycles/pixel; nothing is finer than 0.707, the corner of the spectrum


class SpectrumChart(EffortChart):
    """``show_measured`` with places in cycles/pixel, all above 0."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("spatial frequency, cycles/pixel", log_x=True, parent=parent)
        self.most_decades = 6  # of a picture without noise the finest power falls for ever

    def show_measured(self, measured: Sequence[Measured], dashed: Array | None = None, floor: float = np.nan) -> None:
        super().show_measured(measured, dashed, floor)
        places = np.concatenate([c.at for c in measured]) if measured else np.array([0.03, 0.71])
        self.low, self.high = float(places.min()), float(places.max())

    def columns(self) -> list[float]:
        return [v for v in NUMBERED if self.low <= v <= self.high * 1.001]
