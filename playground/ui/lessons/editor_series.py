"""What a goal can be made of: what a family declares, what was heard of the run on stage, and the newest value of each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject

from playground.engine import messages as m
from playground.ui.fields import choice_text, number_text
from playground.ui.pages import COMPARE

if TYPE_CHECKING:
    from playground.ui.main_window import MainWindow

NAN = float("nan")


@dataclass(frozen=True)
class Reported:
    """A number of a run. ``place``: the plot that shows it, "" for none."""

    key: str
    label: str
    place: str = ""
    unit: str = ""

    @property
    def title(self) -> str:
        same = self.place.casefold() == self.label.casefold()
        return f"{self.place}: {self.label}" if self.place and not same else self.label

    def words(self, operation: str, value: float) -> str:
        """A goal said to a person: KL(data ‖ model) below 0.2 nats."""
        if self.key == "step":
            return f"{'more' if operation == '>' else 'fewer'} than {number_text(value)} steps of training"
        unit = f" {self.unit}" if self.unit and not set(self.unit) & set(",;") else ""
        return f"{self.title} {'above' if operation == '>' else 'below'} {number_text(value)}{unit}"


STEPS = Reported("step", "steps of training")
DONE = Reported("done", "trained and measured", "Comparison", "%")


def declared(family: Any, kind: str) -> list[Reported]:
    """The steps, and all curves of a family for this kind of data; lines of the theory do not move and are no goals."""
    found = {"step": STEPS}
    for panel in family.panels:
        if panel.kind in ("", kind):
            for series in panel.series:
                if series.role != "theory":
                    found.setdefault(series.key, Reported(series.key, series.label, panel.title, panel.unit))
    return list(found.values())


def theory(family: Any) -> set[str]:
    return {series.key for panel in family.panels for series in panel.series if series.role == "theory"}


class Heard(QObject):
    """Listens to the runs of all families' tabs; the newest value of each number, by family."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._newest: dict[str, dict[str, float]] = {}
        for page in window.pages:
            self._listen(page)
        window.page_made.connect(self._listen)

    def value(self, page: str, key: str) -> float:
        """NaN where the run on stage has not said it."""
        return self._newest.get(page, {}).get(key, NAN)

    def offered(self, family: Any, kind: str) -> list[Reported]:
        """What is declared, and then whatever else the run on stage has said."""
        known = declared(family, kind)
        names = {r.key for r in known} | theory(family)
        shown = {s.key for panel in family.panels for s in panel.series}  # of other kinds of data
        others = [k for k in self._newest.get(family.name, {}) if k not in names and k not in shown]
        return [*known, *(Reported(key, choice_text(key)) for key in sorted(others))]

    def _listen(self, tab: Any) -> None:
        if not hasattr(tab, "family"):
            done = self._newest.setdefault(COMPARE, {})
            tab.bridge.event_arrived.connect(lambda event: self._take_comparison(done, event))
            return
        newest = self._newest.setdefault(tab.family.name, {})
        if tab.monitor is not None:
            curves = [c for plot in tab.monitor.plots for c in plot.curves if c.buffer.n]
            newest |= {c.series.key: float(c.buffer.values[-1]) for c in curves}
        if tab.status.has_model:
            newest["step"] = float(tab.status.step)
        tab.bridge.event_arrived.connect(lambda event: self._take(tab, newest, event))

    @staticmethod
    def _take_comparison(newest: dict[str, float], event: m.Event) -> None:
        if isinstance(event, m.ComparisonState) and event.total:
            newest["done"] = 100.0 * min(event.done / event.total, 1.0)

    @staticmethod
    def _take(tab: Any, newest: dict[str, float], event: m.Event) -> None:
        if tab.session is None or event.run_id != tab.session.run_id:
            return
        if isinstance(event, m.Started):
            newest.clear()
        elif isinstance(event, (m.Progress, m.Monitored)):
            newest["step"] = float(event.step)
            newest |= {key: last for key, found in event.scalars.items() if math.isfinite(last := _last(found))}


def _last(found: Any) -> float:
    if isinstance(found, np.ndarray):
        return float(found[-1]) if len(found) else NAN
    return NAN if found is None else float(found)
