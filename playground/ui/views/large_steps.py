"""Large steps: what may lie behind one noisy item, as the model draws it with many z, in truth, and as a single Gaussian."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QSignalBlocker, QSize
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import StageView, number
from playground.ui.views.data_plane import DataPlane
from playground.ui.views.large_steps_parts import LAYERS, DrawBoard, StepPlane, wide
from playground.ui.views.large_steps_words import HELD_TIP, SPREAD_TIP, held_words, sentence, spread_words
from playground.ui.views.mode_parts import Stat
from playground.ui.widgets.controls import Segmented, button, combo, spin, toolbar
from playground.ui.widgets.plane import Bounds
from playground.ui.widgets.toggles import Toggles

DRAWS = {"points": 300, "image": 16}
STAT_PX, WIDEST = 104, 340
FIRST = (0.21, 0.13)  # of the way from the middle to the edge: where x_t stands at first, between modes rather than on one


class LargeStepsView(StageView):
    """Choose an x_t and a step; everything else follows."""

    name = "large_steps"
    title = "Large steps"
    hint = "Why a few large steps need a GAN: what may lie behind a noisy item is no single Gaussian. See it drawn with many z."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: m.LargeStepOf | None = None
        self.place: tuple[float, float] | None = None  # x_t, in units of the data
        self.data = DataPlane(self)
        self.answers["step"] = self._show
        self.plane, self.board, self.sentence = StepPlane(), DrawBoard(), QLabel("")
        self.spread, self.held = Stat("SPREAD BEHIND THIS xₜ", SPREAD_TIP, None), Stat("IN THE TRUE 95 % REGION", HELD_TIP, None)
        self._build_toolbar()
        self._build_stage()
        self.plane.placed.connect(self._put)

    def _build_toolbar(self) -> None:
        tip = "Which step: from level t to the level before it. t = 0 is the step to clean data. Page up and down in the list."
        self.steps = combo(["t = 0"], tip, lambda _: self._ask_now())
        self.what = Segmented([
            ("x0", "x₀", "The clean item behind xₜ, G’s own. For t > 0 D sees it only with noise: it need not be sharp"),
            ("before", "xₜ₋₁", "The item one step before, which D judges: q(xₜ₋₁|xₜ, x₀) with that x₀; at t = 0 they are the same"),
        ])  # fmt: skip
        self.what.changed.connect(lambda _: self._ask_now())
        self.layers = Toggles([(key, *words) for key, words in LAYERS.items()])
        self.layers.changed.connect(lambda *_: self._draw())
        self.item = spin(0, 9_999, 0, "Which held-out picture is noised; beyond the last one it starts over",
                         lambda _: self._ask_now())  # fmt: skip
        self.seed = spin(0, 999_999, 0, "Seed of z (and of a picture’s noise)", lambda _: self._ask_now())
        self.seed.setPrefix("seed ")
        self.dice = button("⚄ Other z", "Draw again with other z: the next seed", lambda: self.seed.setValue(self.seed.value() + 1))
        self.item_words = QLabel("Item")
        self.item_words.setProperty("role", "dim")
        self.column.addLayout(
            toolbar("Step", self.steps, "Behind it", self.what, self.layers, self.item_words, self.item, self.seed, self.dice)
        )
        self.column.addWidget(self.note)

    def _build_stage(self) -> None:
        self.sentence.setWordWrap(True)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.board)
        self.stack.addWidget(self.plane)
        self.side = QWidget()
        side = QVBoxLayout(self.side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(theme.SPACE_S)
        side.addWidget(self.sentence)
        for stat in (self.spread, self.held):
            stat.setFixedHeight(theme.current().px(STAT_PX))  # rich text tells its height late: nothing shall be seen to jump
            side.addWidget(stat)
        side.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE_M)
        row.addWidget(self.stack, 1)
        row.addWidget(self.side)
        self.column.addLayout(row, 1)

    # ------------------------------------------------------------ context and asking
    def clear(self) -> None:
        self.shown, self.place = None, None
        self.plane.reset(self.accent)
        self.board.reset(self.accent)
        self.sentence.setText("")
        for stat in (self.spread, self.held):
            stat.show_number("–", "", "")
        self.stack.setCurrentIndex(int(self.is_points))
        self.what.choose("before" if self.is_points else "x0")
        for widget in (self.item, self.item_words):
            widget.setVisible(not self.is_points)
        self.layers.setVisible(self.is_points)
        self.held.setVisible(self.is_points)
        self._offer_steps(int(getattr(self.context.config, "num_timesteps", 1)) if self.context else 1)

    def _offer_steps(self, timesteps: int) -> None:
        """The noisiest at the top; a middle one at first, where most is at stake."""
        names = [f"t = {t}" + (" → clean data" if t == 0 else f" → {t - 1}") for t in reversed(range(timesteps))]
        with QSignalBlocker(self.steps):
            self.steps.clear()
            self.steps.addItems(names)
            self.steps.setCurrentIndex(min(timesteps // 2, timesteps - 1))

    @property
    def t(self) -> int:
        return self.steps.count() - 1 - self.steps.currentIndex()

    @property
    def bounds(self) -> Bounds:
        """Of the plane: the data, and the noise that is on them."""
        return wide(self.data.bounds)

    def _request(self) -> m.LargeStep:
        kind = "points" if self.is_points else "image"
        place = self.place or self._first_place()
        return m.LargeStep(
            t=self.t, what=self.what.key(), x=np.array(place, np.float32) if self.is_points else None, bounds=self.bounds,
            index=self.item.value(), n=DRAWS[kind], seed=self.seed.value(),
        )  # fmt: skip

    def _first_place(self) -> tuple[float, float]:
        x0, x1, y0, y1 = self.bounds
        half = (x1 - x0) / 2
        return (x0 + x1) / 2 + FIRST[0] * half, (y0 + y1) / 2 + FIRST[1] * half

    def refresh(self) -> None:
        if self.context is None:
            return
        if self.is_points:
            self.data.refresh()
            if not self.data.known:
                return  # where the data lie is not known yet, nor where the plane does
        self.ask("step", self._request())

    def on_data(self) -> None:
        if self.context is not None and self.data.known and self.isVisible():
            self.ask("step", self._request())

    def _ask_now(self) -> None:
        if self.context is not None and (self.data.known or not self.is_points):
            self.ask_now("step", self._request())

    def _put(self, x: float, y: float) -> None:
        """x_t was moved: the handle at once, the answer as fast as it comes."""
        self.place = (x, y)
        self.plane.move_to(x, y)
        if self.context is not None and self.data.known:
            self.ask_along("step", self._request())

    # ------------------------------------------------------------ showing
    def _show(self, answer: m.LargeStepOf) -> None:
        self.shown = answer
        self._draw()

    def _draw(self) -> None:
        answer = self.shown
        if answer is None:
            return
        if self.is_points:
            on = frozenset(key for key in LAYERS if self.layers.on(key))
            self.plane.show_answer(answer, on, self.place or tuple(answer.x_t[0].tolist()))
        else:
            self.board.show_answer(answer)
        self.sentence.setText(sentence(answer, points=self.is_points, accent=self.accent))
        self.spread.show_number(*spread_words(answer, points=self.is_points))
        if self.is_points:
            known = math.isfinite(answer.inside)
            self.held.show_number(number(100 * answer.inside, 1) if known else "–", "%" if known else "", held_words(answer))

    # ------------------------------------------------------------ the rest
    def step(self, by: int) -> bool:
        """One step of the chain nearer to the data, or back to the noise."""
        if self.shown is None:
            return False
        self.steps.setCurrentIndex(min(max(self.steps.currentIndex() + by, 0), self.steps.count() - 1))
        return True

    def on_theme(self) -> None:
        super().on_theme()
        self.plane.forget_colours()
        self._draw()

    def resizeEvent(self, event: object) -> None:
        self.side.setFixedWidth(min(max(self.width() * 32 // 100, theme.current().px(215)), theme.current().px(WIDEST)))

    def minimumSizeHint(self) -> QSize:
        return QSize(560, 480)
