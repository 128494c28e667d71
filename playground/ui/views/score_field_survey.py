"""The error of the learned score over all timesteps: measured in the background, little by little, and again for new weights."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.anatomy import heading
from playground.ui.views.common import LOST_S, StageView
from playground.ui.views.score_field_data import Scores
from playground.ui.widgets.ink import ink
from playground.ui.widgets.log_chart import Curve, LogChart
from playground.ui.widgets.plane import Bounds

Array = np.ndarray
LEVELS, FEW = 20, 10  # timesteps that are measured, and where that is dear
DEAR_MS = 300.0
REST = 4.0  # a measurement waits so many times as long as the last one took
DECADES = 5  # powers of ten on the chart
POLL_MS = 250  # while the view asks for a twentieth of the explorer's time only
TIP = (
    "Root mean square of learned − true, weighted by pₜ, in 1/unit of x, at each timestep (dots), beside that of the true score "
    "itself (dashed): where they are as high, nothing has been learned. The highest five powers of ten are shown. "
    "Click to go to a t."
)


@dataclass(frozen=True)
class Found:
    """At one timestep: the error, the size of the true score, and the training step of the weights."""

    error: float
    size: float
    step: int


def levels(timesteps: int, count: int = LEVELS) -> list[int]:
    """Timesteps from 0 to T - 1, closer together where there is little noise: T (i / n)^2."""
    return sorted({round((timesteps - 1) * (i / (count - 1)) ** 2) for i in range(count)})


class Survey:
    """Asks on a channel of ``view``'s own, one timestep after the other, while the view is seen."""

    def __init__(self, view: StageView) -> None:
        self.view = view
        self.found: dict[int, Found] = {}
        self.bounds: Bounds | None = None
        self.timesteps, self.side, self.newest, self.training = 1, 15, 0, False
        self.cost_ms = 0.0
        self._sent = 0.0  # when a question went out that has no answer yet
        self._timer = QTimer(view, singleShot=True)
        self._timer.timeout.connect(self.go_on)
        view.refusals["survey"] = lambda _: self._rest()

    def clear(self, timesteps: int) -> None:
        """A new run."""
        self.found.clear()
        self.bounds, self.timesteps, self.newest, self.training, self.cost_ms = None, timesteps, 0, False, 0.0
        self._rest()

    def _rest(self) -> None:
        self._sent = 0.0
        self._timer.stop()

    @property
    def levels(self) -> list[int]:
        return levels(self.timesteps, FEW if self.cost_ms > DEAR_MS else LEVELS)

    def wanted(self) -> int | None:
        """The next timestep: one that is missing, from coarse to fine, else the one measured longest ago; None: all is known."""
        order = self.levels[::3] + self.levels[1::3] + self.levels[2::3]
        missing = [t for t in order if t not in self.found]
        oldest = min(order, key=lambda t: self.found[t].step if t in self.found else -1)
        if missing:
            return missing[0]
        return oldest if self.found[oldest].step < self.newest else None

    def go_on(self) -> None:
        """Ask, unless one is on its way."""
        t = self.wanted()
        if t is None or self.bounds is None or not self.view.isVisible() or time.monotonic() - self._sent < LOST_S:
            return
        request = m.ScoreField(t=t, bounds=self.bounds, resolution=self.side, density_resolution=self.side)
        sent = self.view.ask("survey", request) if self.training else self.view.ask_now("survey", request)
        if sent:
            self._sent = time.monotonic()
        else:
            self._timer.start(POLL_MS)

    def saw(self, step: int) -> None:
        """Weights of this training step have answered something: what older ones said is out of date."""
        self.newest = max(self.newest, step)

    def take(self, answer: m.ScoreFieldOf) -> None:
        """One more."""
        scores = Scores(answer)
        self.found[answer.t] = Found(answer.error, scores.size(scores.true), answer.step)
        self.saw(answer.step)
        self._sent, self.cost_ms = 0.0, answer.elapsed_ms
        self._timer.start(round(REST * answer.elapsed_ms) + 20)


class SurveyPanel(QWidget):
    """The curve. ``pointed(t)`` when the mouse asks for a timestep."""

    pointed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chart, self.words = LogChart("timestep t"), QLabel("")
        self.chart.most_decades, self.chart.dark = DECADES, False
        self.chart.setToolTip(TIP)
        self.chart.setAccessibleName("error over timesteps")
        self.chart.pointed.connect(self.pointed)
        self.words.setProperty("look", "small")
        self.words.setWordWrap(True)
        self.accent = "diffusion"
        self.survey: Survey | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(heading("ERROR OVER t, 1/UNIT", TIP))
        column.addWidget(self.chart, 1)
        column.addWidget(self.words)

    def show_survey(self, survey: Survey, accent: str) -> None:
        """As far as it has come."""
        self.survey, self.accent = survey, accent
        self.redraw()

    def redraw(self) -> None:
        """In the theme's colours."""
        survey = self.survey
        if survey is None:
            return
        known = sorted(t for t, f in survey.found.items() if np.isfinite(f.error) and f.error > 0)
        at, line = np.array(known), theme.current().line_px
        error, size = (np.array([getattr(survey.found[t], what) for t in known]) for what in ("error", "size"))
        self.chart.span = max(survey.timesteps - 1, 1)
        theory = Curve(size, ink("theory"), theme.stroke(1.6), at=at, dashed=True)
        learned = Curve(error, ink(self.accent), line, at=at, dots=True)
        self.chart.show_curves([theory, learned] if known else [])
        self.words.setText(self._words(survey, known))

    def _words(self, survey: Survey, known: list[int]) -> str:
        accent, theory = (ink(role).name() for role in (self.accent, "theory"))
        if survey.found and not known:
            return "No error: the true score is not known."
        done, total = len([t for t in survey.levels if t in survey.found]), len(survey.levels)
        more = f" Measured at {done} of {total} timesteps." if done < total else ""
        learned, true = (f"<span style='color:{c}'>{sign}</span>" for c, sign in ((accent, "●━"), (theory, "┅")))
        return f"{learned} error of the learned score, {true} size of the true one.{more}"
