"""Likelihood: the variational bound taken apart like a VAE's, where along t its nats go, and log p of single items."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.anatomy import heading
from playground.ui.views.bound_jobs import JobBar
from playground.ui.views.bound_point import PointNumbers, place_words
from playground.ui.views.common import StageView, card, number
from playground.ui.views.data_plane import DataPlane
from playground.ui.views.map_points import DensityPair
from playground.ui.widgets.bars import Part, SumBars
from playground.ui.widgets.layers import Handle
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.time_bars import TimeBars

Array = np.ndarray
FIELD = 48  # places a side of the density by the ODE, which is dear
ITEMS = 40
SIDE = 200  # px: the numbers beside the plane, which must not make it jump
LONG = ("parts", "field", "ode", "chain")
MEASURE_TIP = "Measure everything on this page with the weights as they are now. It takes some seconds."
SUM_TIP = (
    "−log p(x) ≤ L₀ + Σ Lₜ + L_T on held-out items, with standard errors (Ho et al. 2020, eq. 5). A diffusion model is a VAE "
    "of many levels: L₀ is its reconstruction, Lₜ the KL of each level, L_T that of the last one to the prior. "
    "Dashed: the entropy of the data, the best possible."
)
TIME_TIP = (
    "Σ Lₜ over groups of timesteps, in nats per item, ± 1 standard error: little noise at the left, much at the right. "
    "Fine details, which eyes hardly see, cost most."
)


class BoundView(StageView):
    """Measured when the view is first seen, and again when the user asks."""

    name = "bound"
    title = "Likelihood"
    hint = "How likely the model finds real data: its variational bound step by step, like a VAE’s, and the exact log p(x) beside"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: m.BoundOf | None = None
        self.field: m.Field | None = None
        self.items: m.Items | None = None
        self.place: tuple[float, float] | None = None  # the point whose log p is shown
        self.item, self.halted = 0, False
        self.data = DataPlane(self)
        self.jobs, self.numbers = JobBar("Measure", MEASURE_TIP), PointNumbers()
        self.sum, self.bars, self.total = SumBars(), TimeBars(), QLabel("")
        self.pair, self.grid = DensityPair(), PictureGrid("Held-out pictures appear here in a moment.")
        self.spots = [Handle(0.0, 0.0, ring=False, radius=5, role="diffusion", visible=False) for _ in self.pair.maps]
        self._build()
        self._connect()

    def _build(self) -> None:
        self.column.addWidget(self.jobs)
        self.column.addWidget(self.note)
        self.total.setWordWrap(True)
        self.total.setToolTip(SUM_TIP)
        self.sum.setToolTip(SUM_TIP)
        self.bars.setToolTip(TIME_TIP)
        self.pair.maps[1].setToolTip(
            "The density of the model by the probability-flow ODE, on the same colour scale. "
            "Click, or move with the arrow keys, to read log p(x)."
        )
        self.pair.maps[0].setToolTip("The density that the data were drawn from. Click to read log p(x).")
        self.pair.kl.setToolTip("KL(data ‖ model) = E_data[log p_data(x) − log p_model(x)] on held-out points ± its error.")
        self.grid.setToolTip("Held-out pictures. Click one, or use the arrow keys, to read its log p(x).")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.pair)
        self.stack.addWidget(self.grid)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.SPACE_S)
        grid.addWidget(_framed("THE BOUND ON −LOG p(x)", SUM_TIP, self.sum, self.total), 0, 0)
        grid.addWidget(_framed("WHERE ALONG t THE NATS GO", TIME_TIP, self.bars), 0, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self.column.addLayout(grid, 4)
        side = QVBoxLayout()
        side.setSpacing(theme.SPACE_S)
        side.addWidget(self.pair.facts)
        frame, inside = card(margins=theme.SPACE_S)
        inside.addWidget(self.numbers)
        side.addWidget(frame, 1)
        self.side = QWidget()
        self.side.setLayout(side)
        side.setContentsMargins(0, 0, 0, 0)
        self.side.setFixedWidth(theme.current().px(SIDE))
        below = QHBoxLayout()
        below.setSpacing(theme.SPACE_S)
        below.addWidget(self.stack, 1)
        below.addWidget(self.side)
        self.column.addLayout(below, 6)

    def _connect(self) -> None:
        self.answers |= {"parts": self._show, "field": self._show_field, "ode": self._show_ode, "chain": self._show_chain,
                         "pictures": self._show_items}  # fmt: skip
        self.jobs.asked.connect(self._measure)
        self.jobs.stopped.connect(self._halt)
        for heat in self.pair.maps:
            heat.pressed.connect(self._pick_point)
        self.grid.clicked.connect(self._pick_item)

    # ------------------------------------------------------------ context and asking
    def clear(self) -> None:
        self.shown, self.field, self.items, self.place = None, None, None, None
        self.item, self.halted = 0, False
        self.sum.total = None
        self.sum.update()
        self.total.setText("")
        self.bars.show_groups(np.zeros(1), np.zeros(0), np.zeros(0))
        self.pair.reset(self.accent)
        self.pair.facts.setVisible(self.is_points)
        self.grid.set_pictures(None)
        self.grid.accent = self.accent
        self.stack.setCurrentWidget(self.pair if self.is_points else self.grid)
        dims = math.prod(self.context.shape) if self.context else 2
        self.numbers.reset(self.is_points, dims)
        for spot, heat in zip(self.spots, self.pair.maps, strict=True):
            spot.role, spot.visible = self.accent, False
            heat.live = []
        self.jobs.reset()

    def on_event(self, event: m.Event) -> None:
        if isinstance(event, (m.Progress, m.StateChanged)):
            self.jobs.set_step(max(self.jobs.step, event.step))

    def refresh(self) -> None:
        """What is not on screen yet, one long question after the other."""
        if self.context is None:
            return
        if self.is_points:
            self.data.refresh()
        elif self.items is None:
            self.ask("pictures", m.DataItems(n=ITEMS))
        if self.halted:
            return
        if self.shown is None:
            self.ask("parts", m.Bound())
        elif self.numbers.by_ode is None:
            self.ask("ode", self._log_prob("ode"))
        elif self.numbers.by_bound is None:
            self.ask("chain", self._log_prob("bound"))
        elif self.is_points and self.field is None and self.data.known:
            self.ask("field", m.ModelField(bounds=self.picks.bounds, resolution=FIELD))

    def _log_prob(self, method: str) -> m.LogProb:
        if self.place is not None:
            return m.LogProb(x=np.array([self.place], np.float32), method=method)
        return m.LogProb(indices=(self.item,), method=method)

    def _measure(self) -> None:
        """Everything afresh; the old numbers stay on screen until the new ones come."""
        self.halted = False
        self.jobs.begin()
        self.ask_now("parts", m.Bound())
        self._ask_item()
        if self.is_points and self.data.known:
            self.ask_now("field", m.ModelField(bounds=self.picks.bounds, resolution=FIELD))

    def _ask_item(self) -> None:
        self.ask_now("ode", self._log_prob("ode"))
        self.ask_now("chain", self._log_prob("bound"))

    def _halt(self) -> None:
        """Stop what is under way; nothing is asked again before the user does."""
        for part in LONG:
            self.drop(part)
        self.halted = True
        self.jobs.rest()
        self.say("Stopped. “Measure” starts again.")

    def working(self, part: str, answer: m.Working) -> None:
        if part in LONG:
            self.jobs.show_working(answer)

    def refused(self, part: str, answer: m.Refused) -> None:
        super().refused(part, answer)
        self._settle()

    # ------------------------------------------------------------ which item
    def _pick_point(self, x: float, y: float) -> None:
        self.place = (x, y)
        self._new_item()

    def _pick_item(self, index: int) -> None:
        self.item = index
        self._new_item()

    def _new_item(self) -> None:
        if self.context is None:
            return
        self.numbers.reset(self.is_points, math.prod(self.context.shape))
        self._tell_item()
        self._ask_item()
        self.jobs.begin()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys on a plane move the point."""
        heat = next((h for h in self.pair.maps if h.hasFocus()), None)
        step = heat.arrow(event) if heat is not None else None
        if step is None or heat is None:
            super().keyPressEvent(event)
            return
        x0, x1, y0, y1 = heat.bounds
        x, y = self.place or ((x0 + x1) / 2, (y0 + y1) / 2)
        self._pick_point(min(max(x + step[0], x0), x1), min(max(y + step[1], y0), y1))

    def _tell_item(self) -> None:
        """Where the numbers are from, in words and on the plane."""
        if not self.is_points:
            self.numbers.show_where(f"Held-out picture {self.item + 1}")
            self.grid.set_marks({self.item: "x"})
        elif self.place is not None:
            self.numbers.show_where(place_words(*self.place))
            for spot, heat in zip(self.spots, self.pair.maps, strict=True):
                spot.x, spot.y, spot.visible = *self.place, True
                heat.live = [spot] if heat.still else []
                heat.update()

    # ------------------------------------------------------------ showing
    def _show(self, answer: m.BoundOf) -> None:
        self.shown = answer
        self.jobs.shown = answer.step
        self.sum.show_parts(*bound_parts(answer, self.accent))
        self.bars.show_groups(answer.edges, answer.l_t, answer.l_t_se)
        self.total.setText(bound_words(answer))
        self._settle()

    def _show_ode(self, answer: m.LogProbOf) -> None:
        if self.is_points:
            self.place = (float(answer.x[0, 0]), float(answer.x[0, 1]))
        self.numbers.show_ode(answer)
        self._tell_item()
        self._settle()

    def _show_chain(self, answer: m.LogProbOf) -> None:
        self.numbers.show_bound(answer)
        self._settle()

    def _show_field(self, answer: m.Field) -> None:
        self.field = answer
        self.pair.show_field(answer)
        self._tell_item()
        self._settle()

    def _show_items(self, answer: m.Items) -> None:
        self.items = answer
        self.grid.set_pictures(answer.x)
        self._tell_item()

    def _settle(self) -> None:
        """Go on with what is missing; rest when nothing is on its way."""
        if any(part in self._waiting for part in LONG):
            return
        self.jobs.rest()
        self.refresh()

    def on_theme(self) -> None:
        super().on_theme()
        self.side.setFixedWidth(theme.current().px(SIDE))
        if self.field is not None:
            self.pair.show_field(self.field)

    def minimumSizeHint(self) -> QSize:
        return QSize(560, 480)


def _framed(text: str, tip: str, *widgets: QWidget) -> QWidget:
    frame, inside = card(margins=theme.SPACE_S)
    inside.setSpacing(theme.SPACE_XS)
    inside.addWidget(heading(text, tip))
    for i, widget in enumerate(widgets):
        inside.addWidget(widget, 0 if i else 1)
    return frame


def bound_parts(answer: m.BoundOf, accent: str) -> tuple[list[Part], Part, tuple[str, float] | None]:
    """The terms as a VAE's: reconstruction and KL. Each item is asked once in every group, so errors add in squares."""
    kl_error = float(np.sqrt(np.square(np.nan_to_num(answer.l_t_se)).sum()))
    terms = [
        Part("L₀ reconstruction", answer.reconstruction, answer.reconstruction_se, accent),
        Part("Σ Lₜ  KL", float(answer.l_t.sum()), kl_error, "kl", tuple(float(v) for v in answer.l_t)),
        Part("L_T  prior", answer.prior, 0.0, "kl"),
    ]
    theory = None if answer.entropy is None else ("entropy", answer.entropy)
    return terms, Part("bound", answer.total, answer.total_se, "total"), theory


def bound_words(answer: m.BoundOf) -> str:
    """The total in a sentence, with the distance to what is best."""
    words = f"−log p(x) ≤ <b>{number(answer.total)} ± {number(answer.total_se)} nats</b> per item"
    if math.isfinite(answer.per_dim):
        words += f" = {number(answer.per_dim, 3)} bits/dim"
    if answer.entropy is not None:
        words += f", {number(answer.total - answer.entropy)} above the entropy"
    return words + "."
