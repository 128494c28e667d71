"""Dirac-GAN: the smallest GAN there is, two numbers, beside what theory says of it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from playground.engine import dirac
from playground.ui import theme
from playground.ui.numbers import value_text
from playground.ui.playing import Player
from playground.ui.views.anatomy import heading
from playground.ui.views.common import StageView, card
from playground.ui.views.dirac_controls import DiracControls
from playground.ui.views.dirac_film import film_of_race
from playground.ui.views.dirac_plane import DiracPlane, Trace
from playground.ui.views.dirac_race import Race, Rules
from playground.ui.views.dirac_table import MethodTable, eigen_text
from playground.ui.views.export import ExportButton, Material
from playground.ui.widgets.controls import button
from playground.ui.widgets.ink import ink, label_inks
from playground.ui.widgets.log_chart import Curve, LogChart
from playground.ui.widgets.play_bar import PlayBar

Array = np.ndarray
FRAMES = 126  # of the play bar: at 500 updates, every fourth
COMPARED = ("nsgan", "gan_gp")  # drawn beside the first one at first
UNLIKE = (0, 2, 3, 4, 5, 8, 7, 9, 6)  # label colours, those least like the GAN's amber first
WIDE = 1000  # px of stage from which the eigenvalues have a column

theory = lru_cache(maxsize=256)(dirac.theory)  # asked for again and again, while it changes with the rules alone


class DiracView(StageView):
    """A plane with the field and trajectories, a table of methods, distances on a logarithmic axis. No model is involved."""

    name = "dirac"
    title = "Dirac-GAN"
    hint = "The smallest GAN there is, two numbers: see which objectives and penalties spiral in, orbit or fly apart."
    kinds = ("image", "points")
    needs_run = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = {method.name: method for method in dirac.METHODS}
        self.current = self.rows["gan"]
        self.compared = {self.rows[name]: i for i, name in enumerate(COMPARED)}  # method -> its colour
        self.race = Race(self)
        self.controls, self.plane, self.table, self.chart = DiracControls(), DiracPlane(), MethodTable(), LogChart()
        self.bar = PlayBar(what="trajectory", bounce=False)
        self.bar.play.setToolTip("Play the game from its start, over and over. Pressed again, it stops.")
        self.bar.slider.setToolTip("Updates played so far. Arrow keys move it frame by frame.")
        self.equation, self.verdict, self.body = QLabel(), QLabel(), QHBoxLayout()
        self.export = ExportButton(self._material, "dirac-gan")
        self.controls.set_method(self.current)
        self._build()
        self._wire()
        self.bar.set_count(FRAMES)
        self.bar.slider.setValue(FRAMES - 1)
        self._show_methods()

    # ------------------------------------------------------------ the stage
    def _build(self) -> None:
        self.own = button("The run’s own", "Play the objective and the penalty of the run on stage", self._take_from_run)
        for label in (self.equation, self.verdict):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.equation.setToolTip(
            "What moves the players: θ ← θ + h v_θ, ψ ← ψ + h v_ψ, with f(t) = −log(1 + exp(−t)) (Mescheder et al. 2018)."
        )
        self.verdict.setToolTip("Theory looks at the neighbourhood of (0, 0) alone; the distance is of the game as played.")
        self.chart.setToolTip(
            "Distance √(θ² + ψ²) to (0, 0) after each update; dashed: as theory predicts near (0, 0). Click to go there."
        )
        frame, words = card(margins=theme.SPACE_S)
        words.setSpacing(theme.SPACE_XS)
        words.addWidget(self.equation)
        words.addWidget(self.verdict)
        left, right = QVBoxLayout(), QVBoxLayout()
        for widget, stretch in ((self.plane, 1), (self.bar, 0), (frame, 0)):
            left.addWidget(widget, stretch)
        actions = QHBoxLayout()
        actions.addWidget(self.own)
        actions.addStretch(1)
        actions.addWidget(self.export)
        right.addWidget(self.table, 0)
        right.addLayout(actions)
        right.addWidget(heading("DISTANCE TO (0, 0)", self.chart.toolTip()))
        right.addWidget(self.chart, 1)
        self.side = QWidget()
        self.side.setLayout(right)
        right.setContentsMargins(0, 0, 0, 0)
        self.side.setMinimumWidth(300)
        self.side.setMaximumWidth(640)
        self.body.addLayout(left, 1)
        self.body.addWidget(self.side, 1)
        for layout in (left, right, self.body):
            layout.setSpacing(theme.SPACE_S)
        self.column.addWidget(self.controls)
        self.column.addWidget(self.note)
        self.column.addLayout(self.body, 1)

    def _wire(self) -> None:
        self.controls.method_changed.connect(lambda: self.play(self.controls.method()))
        self.controls.rules_changed.connect(self._show_methods)
        self.table.chosen.connect(self.play)
        self.table.compared.connect(self.compare)
        self.race.arrived.connect(self._arrived)
        self.plane.start_moved.connect(lambda *_: self._start_moved())
        self.plane.start_dropped.connect(self._enter_all)
        self.bar.frame_changed.connect(self._show_frame)
        self.chart.pointed.connect(self._go_to)
        self.export.finished.connect(self.say)

    # ------------------------------------------------------------ context
    def clear(self) -> None:
        """A run brings its objective and penalty."""
        known = getattr(self.context.config, "objective", "") if self.context else ""
        has_own = known in dirac.OBJECTIVES or known == "wgan_gp"
        self.own.setVisible(has_own)
        if has_own:
            self._take_from_run()

    def _take_from_run(self) -> None:
        if self.context is not None:
            c = self.context.config
            penalty = c.resolved_penalty() if hasattr(c, "resolved_penalty") else c.penalty  # type: ignore[attr-defined]
            self.play(dirac.method_for(c.objective, penalty, c.penalty_weight))  # type: ignore[attr-defined]

    def refresh(self) -> None:
        """The view appears: play what is missing."""
        self._enter_all()

    # ------------------------------------------------------------ what is played
    @property
    def rules(self) -> Rules:
        return self.controls.rules((self.plane.start.x, self.plane.start.y))

    def play(self, method: dirac.Method) -> None:
        """Make ``method`` the current one."""
        listed = method in self.table.methods
        self.current = method
        self.controls.set_method(method)
        if listed and self.race.rules == self.rules:
            self._show_current()
        else:
            self._show_methods()

    def compare(self, method: dirac.Method) -> None:
        """Draw a method beside the current one, or take it off."""
        if method in self.compared:
            del self.compared[method]
        elif len(self.compared) < len(UNLIKE):
            self.compared[method] = min(set(range(len(UNLIKE))) - set(self.compared.values()))
        self._show_current()

    def colours(self) -> dict[dirac.Method, QColor]:
        """Of all that is drawn, the current one last."""
        inks = label_inks()
        drawn = {method: inks[UNLIKE[i]] for method, i in self.compared.items() if method != self.current}
        return {**drawn, self.current: ink("gan", dark=True)}

    def _show_methods(self) -> None:
        """Other rules, or a method that is in no row: the whole table anew."""
        own = [self.current] if self.current.name not in self.rows else []
        self.compared = {m: i for m, i in self.compared.items() if m.name in self.rows}
        self.table.show_methods([*own, *dirac.METHODS], self.current, self.rules)
        self._show_current()

    def _show_current(self) -> None:
        with QSignalBlocker(self.table):
            self.table.setCurrentCell(self.table.methods.index(self.current), 1)
        self.table.show_colours(self.colours(), self.current)
        self.plane.show_method(self.current)
        self._enter_all()
        self._draw()
        self.plane.fit()
        self._tell()

    def _start_moved(self) -> None:
        """While a hand drags the start: what is drawn first, the rest later."""
        self._enter_all()

    def _enter_all(self) -> None:
        first = [*reversed(list(self.colours())), *self.table.methods]
        self.race.enter(list(dict.fromkeys(first)), self.rules)
        for method in self.race.paths:
            self._show_distance(method)

    def _arrived(self, method: dirac.Method) -> None:
        self._show_distance(method)
        if method in self.colours():
            self._draw()
            if not self.plane.held:
                self.plane.fit()
        if method == self.current:
            self._tell()

    # ------------------------------------------------------------ showing
    def _show_distance(self, method: dirac.Method) -> None:
        if method in self.table.methods:
            expected = theory(method, self.rules.step, self.rules.order).verdict
            self.table.show_distance(method, dirac.measure(self.race.paths[method]), expected)

    def _draw(self) -> None:
        """Trajectories that are there, on the plane and as distances."""
        known = {method: colour for method, colour in self.colours().items() if method in self.race.paths}
        heavy, light = theme.current().line_px + 0.8, theme.current().line_px - 0.3
        width = {method: heavy if method == self.current else light for method in known}
        paths = self.race.paths
        self.plane.show_traces([Trace(paths[m], colour, m.title, width[m]) for m, colour in known.items()])
        curves = [Curve(np.hypot(*paths[m].T), colour, width[m]) for m, colour in known.items()]
        self.chart.show_curves(curves, self._predicted())
        self._show_frame(self.bar.frame)

    def _predicted(self) -> Array | None:
        """The distance as theory predicts it, for the current method."""
        rules = self.rules
        if self.current not in self.race.paths:
            return None
        told = theory(self.current, rules.step, rules.order)
        return told.curve(float(np.hypot(*self.race.paths[self.current][0])), np.arange(rules.updates + 1))

    def _tell(self) -> None:
        """Equation, theory and what was measured, in words."""
        v_theta, v_psi = dirac.equations(self.current)
        noise = f", averaged over noise σ = {self.current.noise:g} on x" if self.current.noise else ""
        where = " with f′(t) = 1/(1 + e<sup>t</sup>)" if "f′" in v_theta else ""
        self.equation.setText(f"<b>{self.current.title}</b>: v<sub>θ</sub> = {v_theta}, v<sub>ψ</sub> = {v_psi}{where}{noise}")
        told = theory(self.current, self.rules.step, self.rules.order)
        eigenvalues = f" λ = {eigen_text(told)}." if told.eigenvalues is not None else ""
        path = self.race.paths.get(self.current)
        played = "" if path is None else self._played(dirac.measure(path), told.verdict)
        self.verdict.setText(f"Theory: <b>{told.verdict}</b>. {told.reason}{eigenvalues}{played}")

    def _played(self, measured: dirac.Measured, expected: str) -> str:
        word = f" {self.rules.updates:,} updates end {value_text(measured.distance)} from (0, 0)"
        return word + (f": from this start it {measured.verdict}." if measured.verdict != expected else ".")

    # ------------------------------------------------------------ the film
    def update_of(self, frame: int) -> int:
        """The update that a frame of the play bar stands for."""
        return round(frame * self.rules.updates / (FRAMES - 1))

    def _show_frame(self, frame: int) -> None:
        n = self.update_of(frame)
        self.plane.show_until(n)
        self.chart.set_cursor(n)
        self.bar.where.setText(f"n = {n:,}")
        self.bar.where.setMinimumWidth(self.bar.where.fontMetrics().horizontalAdvance("n = 2,000") + 4)

    def _go_to(self, n: int) -> None:
        self.bar.stop()
        self.bar.slider.setValue(round(n / self.rules.updates * (FRAMES - 1)))

    def _material(self) -> Material | None:
        if not self.plane.traces:
            return None
        frames = [self.update_of(frame) for frame in range(FRAMES)]
        recipe = self.context.recipe if self.context else {}
        return film_of_race(self, self.plane, frames, self.bar.fps, recipe)

    # ------------------------------------------------------------ size and colours
    def resizeEvent(self, event: QResizeEvent) -> None:
        wide = self.width() >= WIDE
        self.table.set_wide(wide)
        share = 46 if wide else 52 if theme.current().scale == 1 else 57  # large type needs a wider table
        self.body.setStretch(0, 100 - share)
        self.body.setStretch(1, share)
        self.bar.speed.setVisible(self.width() >= 850)
        line = self.verdict.fontMetrics().lineSpacing()  # room for the longest text: nothing jumps when another method is chosen
        self.equation.setMinimumHeight(line * (1 if wide else 2) + 4)
        self.verdict.setMinimumHeight(line * (3 if wide else 5))
        super().resizeEvent(event)

    def player(self) -> Player | None:
        return self.bar

    def on_theme(self) -> None:
        super().on_theme()
        self._show_methods()
