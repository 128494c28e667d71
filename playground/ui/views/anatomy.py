"""The objective taken apart: its terms, KL of each latent, posteriors against the prior, one item reparameterised."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import StageView, card
from playground.ui.views.reparameterise import Reparameterisation
from playground.ui.widgets.bars import DimensionBars, Part, SumBars
from playground.ui.widgets.controls import button, spin, toolbar
from playground.ui.widgets.histogram import PosteriorHistogram

Array = np.ndarray
BURDA = (
    "A latent is active when the variance, over the data, of its posterior mean exceeds 0.01 "
    "(Burda, Grosse & Salakhutdinov 2016): Var_x(E_q(z|x)[z]) > 0.01. An inactive latent says nothing about x."
)


def heading(text: str, tip: str = "") -> QLabel:
    """A small title of a card."""
    label = QLabel(text)
    label.setProperty("look", "heading")
    label.setToolTip(tip)
    return label


class AnatomyView(StageView):
    """Numbers on held-out data, in nats, and the trick that makes them trainable."""

    name = "anatomy"
    title = "Anatomy"
    hint = "The bound taken apart: how much is reconstruction, how much is KL, which latents work, and how noise becomes a code."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: m.AnatomyOf | None = None
        self.item = spin(0, 9_999, 0, "Which held-out item's posterior is drawn", lambda _: self._ask_now())
        self.dice = button("⚄ Another item", "The next held-out item", lambda: self.item.setValue(self.item.value() + 1))
        self.dims = [spin(1, 128, i + 1, f"The latent along the {way} axis of the drawing", self._change_dims)
                     for i, way in enumerate(("horizontal", "vertical"))]  # fmt: skip
        self.active = QLabel("")
        self.active.setToolTip(BURDA)
        self.column.addLayout(toolbar("Item", self.item, self.dice, "Latents", *self.dims, self.active))
        self.column.addWidget(self.note)
        self.sum, self.bars, self.histogram, self.trick = (
            SumBars(),
            DimensionBars(),
            PosteriorHistogram(),
            Reparameterisation(),
        )
        self.bars.setToolTip("KL(q(z|x) ‖ p(z)) of each latent, averaged over held-out items. Filled: active. Click one to see it.")
        self.sum.setToolTip("−ELBO = reconstruction + KL, on held-out items, with standard errors. Dashed: the best possible.")
        self.histogram.setToolTip("Codes of all held-out items, one draw each: together they should look like the prior.")
        self.bars.picked.connect(self._pick_dim)
        self.trick.code_moved.connect(self._decode)
        self._build_stage()
        self.answers |= {"parts": self._show, "eps": self._show_decoded}

    def _build_stage(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(theme.SPACE_S)
        grid.setContentsMargins(0, 0, 0, 0)
        tip = "z = μ + σ·ε (Kingma & Welling 2013): randomness comes from outside, so gradients pass through μ and σ."
        pieces: tuple[tuple[str, str, QWidget, tuple[int, int, int, int]], ...] = (
            ("−ELBO", self.sum.toolTip(), self.sum, (0, 0, 1, 1)),
            ("KL PER LATENT, NATS", self.bars.toolTip(), self.bars, (0, 1, 1, 1)),
            ("CODES AGAINST THE PRIOR", self.histogram.toolTip(), self.histogram, (0, 2, 1, 1)),
            ("REPARAMETERISATION: HOW ONE ITEM GETS ITS CODE", tip, self.trick, (1, 0, 1, 3)),
        )
        for text, help_, widget, place in pieces:
            frame, inside = card(margins=theme.SPACE_S)
            inside.setSpacing(theme.SPACE_XS)
            inside.addWidget(heading(text, help_))
            inside.addWidget(widget, 1)
            grid.addWidget(frame, *place)
        for row, stretch in enumerate((4, 7)):
            grid.setRowStretch(row, stretch)
        for column, stretch in enumerate((5, 3, 4)):
            grid.setColumnStretch(column, stretch)
        self.column.addLayout(grid, 1)

    # ------------------------------------------------------------ context and asking
    def clear(self) -> None:
        self.shown = None
        d = max(self.latent_dim, 1)
        for i, box in enumerate(self.dims):
            box.blockSignals(True)
            box.setMaximum(d)
            box.setValue(i + 1)
            box.setEnabled(d > 2)
            box.blockSignals(False)
        self.bars.show_values(np.zeros(0), np.zeros(0, bool))
        self.sum.total = None
        self.histogram.clear()
        self.histogram.role = self.accent
        self.trick.reset(self.accent, self.is_points)
        self.active.setText("")

    def _request(self) -> m.Anatomy:
        return m.Anatomy(index=self.item.value())

    def refresh(self) -> None:
        self.ask("parts", self._request())

    def _ask_now(self) -> None:
        self.ask_now("parts", self._request())

    def _decode(self, z: Array) -> None:
        if not self.is_points:
            self.ask_along("eps", m.Decode(z=z[None]))

    # ------------------------------------------------------------ showing
    def _show(self, answer: m.AnatomyOf) -> None:
        self.shown = answer
        self._show_sum(answer)
        self.bars.show_values(answer.kl_per_dim, answer.active)
        self.active.setText(f"active units <b>{int(answer.active.sum())} of {len(answer.active)}</b>")
        self._show_histogram()
        self.trick.show_answer(answer)

    def _show_sum(self, answer: m.AnatomyOf) -> None:
        parts = answer.parts
        slices = tuple(float(v) for v in answer.kl_per_dim)
        terms = [Part("reconstruction", *parts["reconstruction"], self.accent), Part("KL", *parts["kl"], "kl", slices)]
        total = Part("−ELBO", *parts["neg_elbo"], "total")
        theory = ("optimum", parts["optimum"][0]) if "optimum" in parts else None
        self.sum.show_parts(terms, total, theory)

    def _show_histogram(self) -> None:
        if self.shown is None:
            return
        dim = min(self.bars.chosen, len(self.shown.mu) - 1)
        item = (float(self.shown.mu[dim]), float(self.shown.sigma[dim]))
        self.histogram.show_values(self.shown.aggregate_z[:, dim], f"z{dim + 1}", item)

    def _show_decoded(self, answer: m.Decoded) -> None:
        self.trick.show_decoded(answer.x)

    def _pick_dim(self, dim: int) -> None:
        self._show_histogram()
        if self.latent_dim > 2:
            self.dims[0].setValue(dim + 1)

    def _change_dims(self, _value: int = 0) -> None:
        first, second = (box.value() - 1 for box in self.dims)
        self.trick.show_dims(first, second)
