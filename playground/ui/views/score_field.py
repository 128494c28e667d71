"""The score field: which way data are, as the network has learned it and as it is, at every noise level."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.playing import Player
from playground.ui.views.common import StageView
from playground.ui.views.data_plane import DataPlane
from playground.ui.views.export import ExportButton, Material
from playground.ui.views.forward_schedules import make_schedule
from playground.ui.views.score_field_data import Scores, field_bounds
from playground.ui.views.score_field_numbers import ScoreNumbers
from playground.ui.views.score_field_plane import Look, ScorePlane
from playground.ui.views.score_field_survey import Survey, SurveyPanel
from playground.ui.views.time_film import FILM_TIP, Reel, film_of_widget
from playground.ui.widgets.controls import Segmented, toolbar
from playground.ui.widgets.plane import Bounds
from playground.ui.widgets.time_bar import TimeBar
from playground.ui.widgets.toggles import Toggles

COARSE, FINE = 15, 51  # places a side; three to an arrow where they come quickly
QUICK_MS = 150.0  # a fine field should not take longer
SLOW_S = 0.5  # a field that takes longer tells why it is coarse
FIRST = 0.3  # of the way up: where a run is first looked at
ROOMY = 850  # px: a narrower stage has no room for the speed of playing
LAYERS = {
    "density": ("pₜ", "The density of the data with the noise of this t, in blue"),
    "learned": ("Learned", "The network’s score −ε̂ / √(1 − ᾱₜ), per unit of x"),
    "true": ("True", "∇ log pₜ, the gradient that the network should have learned, from the data’s density (neutral: theory)"),
    "difference": ("Difference", "Learned − true: what the network gets wrong"),
}


class ScoreFieldView(StageView):
    """A plane of arrows at the timestep of a slider, numbers beside it, and the error over all timesteps."""

    name = "score_field"
    title = "Score field"
    hint = "At every noise level the network knows which way data are, and how strongly: see its arrows beside the true ones."
    kinds = ("points",)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: Scores | None = None
        self.bounds: Bounds | None = None
        self.side, self.weights = COARSE, 0  # places of the lattice; the step that training has reached
        self.schedule = make_schedule("cosine", 4)
        self.data = DataPlane(self)
        self.survey, self.panel = Survey(self), SurveyPanel()
        self.plane, self.numbers, self.bar = ScorePlane(), ScoreNumbers(self.panel), TimeBar()
        self.reel: Reel[Scores] = Reel()
        self.export = ExportButton(self._material, "score-field")
        self._build()
        self._connect()

    def _build(self) -> None:
        self.layers = Toggles([(key, *words) for key, words in LAYERS.items()])
        self.layers.parts["difference"].setChecked(False)
        self.kind = Segmented([
            ("linear", "pₜ", "Colours show the density itself"),
            ("log", "log pₜ", "Colours show its logarithm, whose slope the arrows are"),
        ])  # fmt: skip
        self.column.addLayout(toolbar("Show", self.layers, "Colours", self.kind))
        self.column.addWidget(self.note)
        self.column.addWidget(self.numbers.head)
        self.stage = QWidget()
        row = QHBoxLayout(self.stage)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_M)
        row.addWidget(self.plane, 1)
        row.addWidget(self.numbers)
        self.column.addWidget(self.stage, 1)
        self.column.addWidget(self.numbers.here)
        foot = QHBoxLayout()
        foot.addWidget(self.bar, 1)
        foot.addWidget(self.export)
        self.column.addLayout(foot)

    def _connect(self) -> None:
        self.answers |= {"field": self._show, "survey": self._take_survey}
        self.layers.changed.connect(lambda *_: self._draw())
        self.kind.changed.connect(lambda _: self._draw())
        self.plane.followed.connect(self.numbers.follow)
        self.bar.frame_changed.connect(self._move)
        self.panel.pointed.connect(self.bar.go)
        self.export.button.setToolTip(f"{self.export.button.toolTip()} {FILM_TIP}")
        self.export.finished.connect(self.say)

    # ------------------------------------------------------------ context and asking
    def clear(self) -> None:
        self.shown, self.bounds, self.side, self.weights = None, None, COARSE, 0
        config = self.context.config if self.context else None
        timesteps = int(getattr(config, "num_timesteps", 4))
        name = "flow" if getattr(config, "objective", "") == "flow" else str(getattr(config, "schedule", "cosine"))
        self.schedule = make_schedule(name, timesteps)
        self.reel.clear()
        self.plane.reset()
        self.numbers.reset(self.accent)
        self.survey.clear(timesteps)
        self.panel.show_survey(self.survey, self.accent)
        self.bar.stop()
        self.bar.set_timesteps(timesteps)
        self.bar.slider.setValue(round(FIRST * (timesteps - 1)))
        self.panel.chart.set_cursor(self.bar.t)

    def on_event(self, event: m.Event) -> None:
        if isinstance(event, (m.Progress, m.StateChanged)):
            self.weights = max(self.weights, event.step)
            self.survey.training = isinstance(event, m.Progress) or event.state == "training"

    def on_data(self) -> None:
        """Where the data lie is known: the plane stays there for this run."""
        if self.bounds is None and self.picks.log_density is not None:
            self.bounds = self.survey.bounds = field_bounds(self.picks.log_density, self.picks.bounds)
            if self.isVisible():
                self.refresh()
        self._draw()

    def _request(self, bounds: Bounds) -> m.ScoreField:
        return m.ScoreField(t=self.bar.t, bounds=bounds, resolution=self.side, density_resolution=self.side)

    def _is_old(self) -> bool:
        """What is on screen is of another t, of older weights, or coarser than it need be."""
        shown = self.shown.answer if self.shown is not None else None
        return shown is None or shown.t != self.bar.t or shown.step < self.weights or len(shown.x) < self.side

    def refresh(self) -> None:
        if self.context is None:
            return
        self.data.refresh()
        if self.data.known and self.bounds is None:
            self.on_data()
        elif self.bounds is not None:
            if self._is_old():
                self.ask("field", self._request(self.bounds))
            self.survey.go_on()

    def _move(self, t: int) -> None:
        """The slider moves: the field follows as fast as answers come."""
        self.panel.chart.set_cursor(t)
        if self.context is not None and self.bounds is not None and self.isVisible():
            self.ask_along("field", self._request(self.bounds))

    # ------------------------------------------------------------ showing
    def _show(self, answer: m.ScoreFieldOf) -> None:
        self.shown = Scores(answer)
        self.survey.saw(answer.step)
        self.reel.put(answer.step, answer.t, self.shown)
        self._choose_side(answer)
        self._draw()

    def _choose_side(self, answer: m.ScoreFieldOf) -> None:
        """A fine lattice where it comes quickly: its cost grows with the number of places."""
        fine_ms = answer.elapsed_ms * (FINE / len(answer.x)) ** 2
        side = FINE if fine_ms < QUICK_MS else COARSE
        if side > self.side and self.bounds is not None and not self.bar.playing:
            self.side = side
            self.ask_along("field", self._request(self.bounds))
        self.side = self.survey.side = side

    def _draw(self) -> None:
        if self.shown is not None:
            self._show_scores(self.shown)

    def _show_scores(self, scores: Scores) -> None:
        on = {key: self.layers.on(key) for key in LAYERS}
        t = scores.answer.t
        look = Look(log=self.kind.key() == "log", accent=self.accent, **on)
        seconds = scores.answer.elapsed_ms / 1000
        why = f" (coarse: each takes {seconds:.1f} s)" if seconds > SLOW_S else ""
        self.plane.show_scores(scores, look, f"scores at t = {t:,}{why}")
        self.numbers.show_scores(scores, float(self.schedule.alpha_bar[t]), exact=not self.picks.no_density)

    def _take_survey(self, answer: m.ScoreFieldOf) -> None:
        self.survey.take(answer)
        self.panel.show_survey(self.survey, self.accent)

    # ------------------------------------------------------------ the rest
    def _material(self) -> Material | None:
        if self.shown is None or self.context is None:
            return None
        return film_of_widget(self.stage, self.reel.frames(), self._show_scores, self.shown, self.bar.fps, self.context.recipe)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.bar.speed.setVisible(self.width() >= ROOMY)
        self.numbers.setFixedWidth(min(max(self.width() * 34 // 100, theme.current().px(205)), theme.current().px(400)))
        super().resizeEvent(event)
        self._draw()

    def player(self) -> Player | None:
        return self.bar

    def on_theme(self) -> None:
        super().on_theme()
        self._draw()

    def minimumSizeHint(self) -> QSize:
        return QSize(560, 480)
