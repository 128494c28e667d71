"""Hierarchy: the bound of a hierarchical VAE, layer by layer, and the dial from VAE to diffusion with all bounds side by side."""

from __future__ import annotations

import math

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui.views.anatomy import heading
from playground.ui.views.bound_jobs import JobBar
from playground.ui.views.common import StageView, card, number, subscript
from playground.ui.views.hierarchy_dial import POSITIONS, Dial, position_of, stack_of, structure_words
from playground.ui.widgets.bars import Part, SumBars
from playground.ui.widgets.dial_bars import Stack

ROWS = 5  # layers with a row of their own; more of them are slices of one
ITEMS = {"points": 1000, "image": 200}
MEASURE_TIP = "Measure the bound with the weights as they are now. With many layers and pictures it takes some seconds."
SUM_TIP = (
    "−log p(x) ≤ −E[log p(x|z₁)] + Σₗ E[log q(zₗ|·) − log p(zₗ|zₗ₊₁)], on held-out items, with standard errors. Fixed encoders: "
    "each layer is KL(q(zₗ|zₗ₊₁, x) ‖ p(zₗ|zₗ₊₁)), as in a diffusion (Ho et al. 2020, eq. 5). Learned: one layer of a VAE is "
    "KL(q(z₁|x) ‖ N(0, I)); of several a lower one may cost less than 0, where the next code tells more of it than x does. "
    "Dashed: the entropy of the data, the best possible; the distance to it is the mean of bound + log p(x) over the same items, "
    "so that which items they are does not count."
)
DIAL_TIP = (
    "The bounds of all positions that were trained on these data since the window was opened, side by side. Left bar: "
    "reconstruction; right: the codes, a segment a layer; line: their sum, the bound. Dashed: the entropy. Beneath: how far above "
    "it. A click on a position trains it; all other settings are those of the form."
)


class HierarchyView(StageView):
    """Measured whenever the engine has time; what was measured is kept for every data set, across the runs of the tab."""

    name = "hierarchy"
    title = "Hierarchy"
    hint = "From VAE to diffusion: the bound layer by layer, and a dial of more layers and fixed encoders, all bounds side by side"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: m.LayerBoundOf | None = None
        self.halted = self.training = False
        self.kept: dict[str, dict[str, Stack]] = {}  # by data set and position
        self.entropies: dict[str, float | None] = {}
        self.jobs, self.sum, self.total, self.dial = JobBar("Measure", MEASURE_TIP), SumBars(), QLabel(""), Dial()
        self._build()
        self.answers["bound"] = self._show
        self.jobs.asked.connect(self._measure)
        self.jobs.stopped.connect(self._halt)
        self.dial.chosen.connect(self._train)

    def _build(self) -> None:
        self.total.setWordWrap(True)
        self.total.setToolTip(SUM_TIP)
        self.sum.setToolTip(SUM_TIP)
        self.dial.bars.setToolTip(DIAL_TIP)
        self.column.addWidget(self.jobs)
        self.column.addWidget(self.note)
        for text, tip, widgets, share in (
            ("THE BOUND ON −LOG p(x), LAYER BY LAYER", SUM_TIP, (self.sum, self.total), 4),
            ("THE DIAL FROM VAE TO DIFFUSION", DIAL_TIP, (self.dial,), 6),
        ):
            frame, inside = card(margins=8)
            self._fill(inside, text, tip, widgets)
            self.column.addWidget(frame, share)

    @staticmethod
    def _fill(inside: QVBoxLayout, text: str, tip: str, widgets: tuple[QWidget, ...]) -> None:
        inside.setSpacing(4)
        inside.addWidget(heading(text, tip))
        for i, widget in enumerate(widgets):
            inside.addWidget(widget, 0 if i else 1)

    # ------------------------------------------------------------ context and asking
    def clear(self) -> None:
        self.shown, self.halted = None, False
        self.sum.total = None
        self.sum.update()
        self.total.setText("")
        self.dial.bars.accent = self.accent
        self.jobs.reset()
        self._show_dial()

    def on_event(self, event: m.Event) -> None:
        if isinstance(event, (m.Progress, m.StateChanged)):
            self.jobs.set_step(max(self.jobs.step, event.step))
            self.training = event.state == "training" if isinstance(event, m.StateChanged) else self.training

    def refresh(self) -> None:
        """What is not measured yet, or was with older weights; while they change, the engine is asked a twentieth of its time at
        most, and the last ones are waited for.
        """
        if self.context is None or self.halted:
            return
        if self.shown is None or self.jobs.step > self.shown.step:
            patient = self.training or "bound" in self._waiting
            (self.ask if patient else self.ask_now)("bound", self._request())

    def _request(self) -> m.LayerBound:
        assert self.context is not None
        return m.LayerBound(n=ITEMS[self.context.kind])

    def _measure(self) -> None:
        if self.context is None:
            return
        self.halted = False
        self.jobs.begin()
        self.ask_now("bound", self._request())

    def _halt(self) -> None:
        """Stop what is under way; nothing is asked again before the user does."""
        self.drop("bound")
        self.halted = True
        self.jobs.rest()
        self.say("Stopped. “Measure” starts again.")

    def _train(self, key: str) -> None:
        """Another position of the dial: a new run."""
        self.commands.change(dict(next(p.changes for p in POSITIONS if p.key == key)))

    def working(self, part: str, answer: m.Working) -> None:
        self.jobs.show_working(answer)

    def refused(self, part: str, answer: m.Refused) -> None:
        super().refused(part, answer)
        self.jobs.rest()

    # ------------------------------------------------------------ showing
    def _show(self, answer: m.LayerBoundOf) -> None:
        assert self.context is not None
        newer = self.shown is None or answer.step > self.shown.step
        self.shown = answer
        self.jobs.rest(answer.step)
        self.sum.show_parts(*layer_parts(answer, self.accent))
        self.total.setText(bound_words(answer))
        data, config = self.context.data, self.context.config
        self.entropies[data] = answer.entropy
        self.kept.setdefault(data, {})[position_of(config)] = stack_of(answer, structure_words(config))
        self._show_dial()
        if newer and not self.training:
            self.refresh()

    def _show_dial(self) -> None:
        if self.context is None:
            self.dial.show_kept({}, "", "", None)
            return
        data, config = self.context.data, self.context.config
        self.dial.show_kept(self.kept.get(data, {}), position_of(config), structure_words(config), self.entropies.get(data))

    def minimumSizeHint(self) -> QSize:
        return QSize(560, 480)


def layer_parts(answer: m.LayerBoundOf, accent: str) -> tuple[list[Part], Part, tuple[str, float] | None]:
    """The terms as a VAE's and a diffusion's: reconstruction, then what each code costs; many codes are slices of one bar."""
    terms = [Part("reconstruction", answer.reconstruction, answer.reconstruction_se, accent)]
    layers, errors = answer.layers, answer.layers_se
    count = len(layers)
    if count <= ROWS:
        terms += [Part(_code(i + 1, count), float(layers[i]), float(errors[i]), "kl") for i in range(count)]
    else:
        slices = tuple(float(v) for v in layers)
        terms.append(Part(f"z₁ … z{subscript(count)}", answer.nats, answer.nats_se, "kl", slices))
    theory = None if answer.entropy is None else ("entropy", answer.entropy)
    return terms, Part("bound", answer.total, answer.total_se, "total"), theory


def _code(layer: int, count: int) -> str:
    return f"z{subscript(layer)}" + (" to the prior" if layer == count else "")


def bound_words(answer: m.LayerBoundOf) -> str:
    """The total in a sentence, with the distance to what is best."""
    words = f"−log p(x) ≤ <b>{number(answer.total)} ± {number(answer.total_se)} nats</b> per item"
    if math.isfinite(answer.per_dim):
        words += f" = {number(answer.per_dim, 3)} bits/dim"
    if math.isfinite(answer.gap):
        words += f", {number(answer.gap, 3)} ± {number(answer.gap_se, 3)} nats above the entropy"
    return words + "."

