"""The scores in words and numbers: what a score is, how large error and score are at this t, and both vectors at one place."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from playground.ui import theme
from playground.ui.numbers import value_text
from playground.ui.views.common import card, number
from playground.ui.views.forward_schedules import percent
from playground.ui.views.score_field_data import Scores, angle
from playground.ui.widgets.figure import Figure
from playground.ui.widgets.ink import ink

Array = np.ndarray
MEANING = "<b>The score</b> ∇ log pₜ(x) says which way data are from here, and how strongly."
MEANING_TIP = (
    "The gradient of the log density of the data with the noise of timestep t. Following it, with a little noise, leads to the "
    "data (Song & Ermon 2019, arXiv:1907.05600). Predicting the noise is the same: score = −E[ε|xₜ] / √(1 − ᾱₜ) "
    "(Vincent 2011, denoising score matching)."
)
ERROR_TIP = "Root mean square of learned − true over the plane, weighted by pₜ: sqrt(∫ pₜ |s_θ − ∇ log pₜ|² / ∫ pₜ), per unit of x."
SIZE_TIP = "Root mean square of the true score, weighted by pₜ: what an error has to be compared with, per unit of x."
HERE_TIP = (
    "Both vectors at the place of the lattice that is nearest to the mouse or the arrow keys: "
    "components, and the length."
)
UNKNOWN = "Nobody knows the density of these data, so there is no true score to compare with: the learned one is shown alone."
BY_HEART = (
    "Nobody knows the density of these data. “True” is the score of the training points with this noise on them: "
    "where there is little noise, a good model does not copy it."
)


class ScoreNumbers(QWidget):
    """The column beside the plane, with the curve over t. ``head`` and ``here`` are lines that the view places above and below."""

    def __init__(self, curve: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scores: Scores | None = None
        self.place: int | None = None
        self.accent = "diffusion"
        self.head, self.caveat, self.share, self.here = QLabel(MEANING), QLabel(""), QLabel(""), QLabel("")
        self.error, self.truth = Figure("error, 1/unit", ERROR_TIP), Figure("true score, 1/unit", SIZE_TIP)
        tips = (MEANING_TIP, MEANING_TIP, ERROR_TIP, HERE_TIP)
        for label, tip in zip((self.head, self.caveat, self.share, self.here), tips, strict=True):
            label.setWordWrap(True)
            label.setToolTip(tip)
        self.caveat.setProperty("look", "pending")
        self.share.setProperty("look", "small")
        self.caveat.hide()
        self.here.setAlignment(Qt.AlignmentFlag.AlignTop)
        figures = QHBoxLayout()
        figures.setSpacing(theme.SPACE_S)
        figures.addWidget(self.error, 1)
        figures.addWidget(self.truth, 1)
        frame, inside = card(margins=theme.SPACE_S)
        inside.addWidget(curve)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addLayout(figures)
        column.addWidget(self.share)
        column.addWidget(self.caveat)
        column.addWidget(frame, 1)

    def reset(self, accent: str) -> None:
        """A new run."""
        self.accent, self.scores, self.place = accent, None, None
        for figure in (self.error, self.truth):
            figure.show_text("")
        self.head.setText(MEANING)
        self.share.setText("")
        self._show_caveat("")
        self._tell_place()

    # ------------------------------------------------------------ showing
    def show_scores(self, scores: Scores, alpha_bar: float, exact: bool) -> None:
        """The numbers of this field; ``exact``: the density of the data is known."""
        self.scores = scores
        sigma = math.sqrt(1 - alpha_bar)
        self.head.setText(
            f"{MEANING} At t = {scores.answer.t:,} it is −ε̂ / √(1 − ᾱₜ) = −ε̂ / <b>{sigma:.4f}</b>, "
            "per standard deviation of the data."
        )
        self._show_caveat(UNKNOWN if scores.true is None else "" if exact else BY_HEART)
        size, error = scores.size(scores.true), scores.answer.error
        known = math.isfinite(error) and size > 0
        self.error.show_text(value_text(error) if known else "")
        self.truth.show_text(value_text(size) if known else "")
        self.share.setText(f"The error is <b>{percent(error / size)}</b> of the true score’s size." if known else "")
        self._tell_place()

    def _show_caveat(self, text: str) -> None:
        self.caveat.setText(text)
        self.caveat.setVisible(bool(text))

    def follow(self, place: int) -> None:
        """Tell the vectors at a place of the lattice."""
        self.place = place
        self._tell_place()

    def _tell_place(self) -> None:
        self.here.setMinimumHeight(2 * self.here.fontMetrics().lineSpacing() + 2)  # nothing jumps when the mouse comes
        s = self.scores
        if s is None or self.place is None or self.place >= len(s.at):
            self.here.setText("Point at a place of the plane, or move there with the arrow keys, to read both vectors in numbers.")
            return
        i = self.place
        parts = [self._vector("learned", s.learned[i], self.accent)]
        if s.true is not None:
            parts += [self._vector("true", s.true[i], "theory"), self._vector("difference", s.learned[i] - s.true[i], "text")]
            parts.append(f"{angle(s.learned[i], s.true[i]):.0f}° apart")
        x, y = s.at[i].tolist()
        self.here.setText(f"At x = ({number(x)}, {number(y)}), per unit of x: {' · '.join(parts)}")

    @staticmethod
    def _vector(name: str, vector: Array, role: str) -> str:
        """Its components and its length."""
        a, b, length = (value_text(float(v)) for v in (*vector, np.hypot(*vector)))
        return f"<span style='color:{ink(role).name()}'>{name}</span> ({a},&nbsp;{b}), length&nbsp;{length}"

    def redraw(self) -> None:
        """In the theme's colours."""
        self._tell_place()
