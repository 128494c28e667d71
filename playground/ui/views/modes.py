"""Modes: how the samples spread over the parts of the data, which are lost, and how that came about."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import StageView, card
from playground.ui.views.data_plane import DataPlane
from playground.ui.views.mode_parts import ModePlane, NothingYet, SomePictures, Stats, working_words
from playground.ui.views.mode_words import counted, elsewhere
from playground.ui.widgets.controls import button, combo, spin, toolbar
from playground.ui.widgets.mode_bars import ModeBars
from playground.ui.widgets.mode_history import ModeHistory, Moment

Array = np.ndarray
COUNTS = (500, 1000, 2500, 10_000, 25_000)
BARS_TIP = (
    "Filled: the share of the model’s samples. Blue outline: the true share, with a band of two standard deviations that chance "
    "alone allows for so many samples. Move the mouse over a bar, or use the arrow keys."
)
PLANE_TIP = (
    "Some of the samples that were counted, each in the colour of its mode; grey: of no mode. Rings: centres of the modes, red "
    "where nothing lands. Move the mouse over a centre or a bar to see which is which."
)
GRID_TIP = "Some of the samples that were counted. Move the mouse over a bar to see those of one class."
PAST_TIP = (
    "Above: one row a mode, time to the right. Dark: no samples; coloured: its due share; white: twice that or more. Beneath: "
    "reverse KL in nats, on a logarithmic scale; the grey band is what a perfect generator gets with as many samples."
)


class ModesView(StageView):
    """Bars, numbers, the samples themselves, and the past."""

    name = "modes"
    title = "Modes"
    hint = (
        "One bar a mode: which parts of the data the model covers, which it has forgotten, "
        "and how pure its samples are."
    )
    kinds = ("image", "points")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: m.ModesOf | None = None
        self.chosen, self._awaited = -1, False  # a person waits for the answer; a refresh comes quietly
        self._build_toolbar()
        self._build_stage()
        self.data = DataPlane(self, dark=True)
        self.answers["count"] = self._show

    def _build_toolbar(self) -> None:
        tip = "How many samples are counted. More of them, less chance: the floor of the reverse KL falls as 1 / n."
        self.count = combo([f"{n:,}" for n in COUNTS], tip, lambda _: self._ask_now(), 2)
        self.seed = spin(0, 999_999, 0, "Seed of the noise z ~ N(0, I). The same seed gives the same z at every step.",
                         lambda _: self._ask_now())  # fmt: skip
        self.dice = button("⚄ Other samples", "Other noise: the next seed", lambda: self.seed.setValue(self.seed.value() + 1))
        self.column.addLayout(toolbar("Samples", self.count, "Seed", self.seed, self.dice))
        self.column.addWidget(self.note)

    def _build_stage(self) -> None:
        self.stats, self.bars, self.history = Stats(), ModeBars(), ModeHistory()
        self.plane, self.grid = ModePlane(), SomePictures("Samples appear here in a moment.", surface="card")
        self.bars.picked.connect(self._choose)
        self.plane.hovered.connect(lambda x, y: self._choose(self.plane.mode_at(x, y)))
        self.plane.left.connect(lambda: self._choose(-1))
        self.nothing, self.content, self.stack = NothingYet(), QWidget(), QStackedWidget()
        self.stack.addWidget(self.nothing)
        self.stack.addWidget(self.content)
        middle = QHBoxLayout()
        middle.setSpacing(theme.SPACE_S)
        signs = "filled: model · outline: true"
        self.title_bars, left = self._card("SHARE OF EACH MODE", BARS_TIP, signs, self.bars)
        self.title_side, right = self._card("", PLANE_TIP, "", self.plane, self.grid)
        signs = "bright: much of its share · line: reverse KL, nats · grey: a perfect generator"
        _, past = self._card("OVER TRAINING", PAST_TIP, signs, self.history)
        self.grid.setToolTip(GRID_TIP)
        middle.addWidget(left, 4)
        middle.addWidget(right, 3)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(self.stats)
        column.addLayout(middle, 5)
        column.addWidget(past, 3)
        self.column.addWidget(self.stack, 1)

    @staticmethod
    def _card(text: str, tip: str, signs: str, *widgets: QWidget) -> tuple[QLabel, QWidget]:
        """A framed part with a heading and a few words on its signs."""
        frame, inside = card(margins=theme.SPACE_S)
        inside.setSpacing(theme.SPACE_XS)
        title = QLabel(text)
        title.setProperty("look", "heading")
        title.setToolTip(tip)
        legend = QLabel(signs)
        legend.setProperty("look", "small")
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(legend)
        inside.addLayout(head)
        for widget in widgets:
            widget.setToolTip(tip)
            inside.addWidget(widget, 1)
        return title, frame

    # ------------------------------------------------------------ context and asking
    def clear(self) -> None:
        self.shown, self.chosen = None, -1
        self.nothing.wait(self.is_points)
        self.stack.setCurrentWidget(self.nothing)
        self.stats.reset(self.accent, self.is_points)
        self.plane.reset(self.accent)
        self.bars.clear()
        self.history.clear()
        self.bars.role = self.history.role = self.grid.accent = self.accent
        self.grid.show_some(None)
        self.plane.setVisible(self.is_points)
        self.grid.setVisible(not self.is_points)
        self.title_bars.setText("SHARE OF EACH MODE" if self.is_points else "SHARE OF EACH CLASS")

    def on_data(self) -> None:
        self._draw_samples()

    def _request(self) -> m.Modes:
        return m.Modes(n=COUNTS[self.count.currentIndex()], seed=self.seed.value())

    def refresh(self) -> None:
        self.ask("count", self._request())
        if self.is_points:
            self.data.refresh()

    def _ask_now(self) -> None:
        self._awaited = True
        self.ask_now("count", self._request())

    def working(self, part: str, answer: m.Working) -> None:
        """The classifier learns once a data set; later counts come quickly."""
        if part == "count":
            self.nothing.show_working(working_words(answer), answer.done, answer.total)
            if self.shown is not None and self._awaited:
                self.say(working_words(answer))

    def refused(self, part: str, answer: m.Refused) -> None:
        super().refused(part, answer)
        if part == "count" and self.shown is None:
            self.nothing.refuse()

    # ------------------------------------------------------------ showing
    def _show(self, answer: m.ModesOf) -> None:
        if self.shown is None:
            self._next.pop("count", None)  # the first count may have waited for the classifier: the next one is cheap
        self.shown, self._awaited = answer, False
        self.stack.setCurrentWidget(self.content)
        self.stats.show_answer(answer, self.is_points)
        self.stats.covered.setToolTip(answer.note or self.stats.covered.toolTip())
        n = counted(answer, self.is_points)
        self.bars.show_shares(answer.names, answer.share, answer.true, n, elsewhere(answer, self.is_points))
        moment = Moment(answer.step, answer.share, answer.reverse_kl, answer.reverse_kl_floor, answer.reverse_kl_floor_sd)
        self.history.add(answer.names, answer.true, moment)
        self._draw_samples()

    def _draw_samples(self) -> None:
        """Points coloured by mode, or pictures of the chosen class."""
        if self.shown is None:
            return
        if self.is_points:
            if self.data.known:
                self.title_side.setText(f"{len(self.shown.x) if self.shown.x is not None else 0} OF THE SAMPLES")
                self.plane.show_modes(self.shown, list(self.data.layers()), self.data.bounds)
                self.plane.choose(self.chosen)
            return
        x, of, chosen = self.shown.x, self.shown.mode_of, self.chosen
        if x is None or of is None:
            return
        which = x if chosen < 0 else x[of == chosen]
        name = "" if chosen < 0 else self.shown.names[chosen]
        self.title_side.setText("SAMPLES" if chosen < 0 else f"SAMPLES COUNTED AS “{name}”")
        self.grid.placeholder = f"None of {len(x)} samples was taken for “{name}”." if name else ""
        self.grid.show_some(which if len(which) else None)

    def _choose(self, index: int) -> None:
        """One mode under the mouse: marked in all parts, its pictures shown."""
        if index == self.chosen:
            return
        self.chosen = index
        self.bars.choose(index)
        self.history.choose(index)
        self.plane.choose(index)
        if not self.is_points:
            self._draw_samples()

    def on_theme(self) -> None:
        super().on_theme()
        self._draw_samples()
