"""D's eye: real and generated pictures in the order of D's score, the scores of many, and where D looks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import StageView, card, number
from playground.ui.views.looks import alone, beside, blended, coloured
from playground.ui.widgets.controls import Segmented, button, combo, spin, toolbar
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.score_histogram import ScoreHistogram

Array = np.ndarray
COUNTS = (8, 16, 32, 64)
SIDE = (224, 360)  # least and most width of the column at the right
LOOK_TIP = (
    "|∂ score / ∂ pixel|, each picture scaled to its own maximum (Simonyan et al. 2014, arXiv:1312.6034): where a small change "
    "would change D’s mind most."
)


@dataclass
class Row:
    """One kind of picture: its grid with a heading."""

    key: str
    name: str
    title: QLabel
    grid: PictureGrid


class ScoresView(StageView):
    """Two ordered grids at the left; histograms and one large picture at the right."""

    name = "scores"
    title = "D’s eye"
    hint = (
        "Real and generated pictures in the order of D’s score, the scores of both as histograms, "
        "and where D looks."
    )
    kinds = ("image",)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: m.ScoresOf | None = None
        self.pinned = ("fake", 0)  # the picture that is large when no mouse is over one
        self._build_toolbar()
        self.rows = {key: self._build_row(key, name) for key, name in (("real", "REAL"), ("fake", "GENERATED"))}
        self._build_stage()
        self.answers["look"] = self._show

    def _build_toolbar(self) -> None:
        self.count = combo([str(n) for n in COUNTS], "How many pictures of each kind are shown", lambda _: self._ask_now(), 1)
        self.split = Segmented([
            ("test", "Held-out", "Real pictures that D has not seen in training"),
            ("train", "Training", "Pictures that D learns from. If they score well above held-out ones, D knows them by heart."),
        ])  # fmt: skip
        self.split.changed.connect(lambda _: self._ask_now())
        tip = "Seed of the noise and of the choice of real pictures: the same seed shows the same ones at every step."
        self.seed = spin(0, 999_999, 0, tip, lambda _: self._ask_now())
        self.dice = button("⚄ Others", "Other pictures: the next seed", lambda: self.seed.setValue(self.seed.value() + 1))
        self.look = Segmented([
            ("off", "Plain", "The pictures as they are"),
            ("blend", "Where D looks", LOOK_TIP + " Laid over the picture."),
            ("beside", "Both", LOOK_TIP + " Beneath the picture."),
        ])  # fmt: skip
        self.look.changed.connect(lambda _: self._draw())
        self.column.addLayout(toolbar("Pictures", self.count, self.split, "Seed", self.seed, self.dice, self.look))
        self.column.addWidget(self.note)

    def _build_row(self, key: str, name: str) -> Row:
        grid = PictureGrid("Pictures appear here in a moment.", surface="card")
        words = "Held-out or training pictures" if key == "real" else "Pictures from G, always of the same noise"
        grid.setToolTip(f"{words}, the most real in D’s eyes first, with its score beneath. Click one to keep it large.")
        grid.setAccessibleName(f"{name.lower()} pictures")
        grid.hovered.connect(lambda index: self._hover(key, index))
        grid.clicked.connect(lambda index: self._pin(key, index))
        title = QLabel(name)
        title.setProperty("look", "heading")
        return Row(key, name, title, grid)

    def _build_stage(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(theme.SPACE_S)
        for row in self.rows.values():
            frame, inside = card(margins=theme.SPACE_S)
            inside.setSpacing(theme.SPACE_XS)
            inside.addWidget(row.title)
            inside.addWidget(row.grid, 1)
            left.addWidget(frame, 1)
        self.side = QWidget()
        right = QVBoxLayout(self.side)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(theme.SPACE_S)
        right.addWidget(self._build_histogram(), 1)
        right.addWidget(self._build_large(), 1)
        body = QHBoxLayout()
        body.setSpacing(theme.SPACE_S)
        body.addLayout(left, 1)
        body.addWidget(self.side)
        self.column.addLayout(body, 1)

    def _build_histogram(self) -> QWidget:
        frame, inside = card(margins=theme.SPACE_S)
        self.accuracy, self.histogram = QLabel(""), ScoreHistogram()
        self.accuracy.setWordWrap(True)
        tip = "Scores of 1,000 real (blue) and 1,000 generated pictures. Dashed: the midpoint, at which D decides."
        self.histogram.setToolTip(tip)
        self.accuracy.setToolTip("Share of both kinds on their own side of the midpoint. 100 %: D wins; 50 %: D can only guess.")
        inside.addWidget(self.accuracy)
        inside.addWidget(self.histogram, 1)
        return frame

    def _build_large(self) -> QWidget:
        frame, inside = card(margins=theme.SPACE_S)
        self.large, self.facts = PictureGrid("One picture, and where D looks in it.", surface="card", columns=2, gap=8), QLabel("")
        self.large.setToolTip("Left: the picture. Right: where D looks. " + LOOK_TIP)
        self.facts.setWordWrap(True)
        inside.addWidget(self.large, 1)
        inside.addWidget(self.facts)
        return frame

    # ------------------------------------------------------------ context and asking
    def clear(self) -> None:
        self.shown, self.pinned = None, ("fake", 0)
        self.histogram.clear()
        self.histogram.role = self.accent
        self.accuracy.setText("How well D tells them apart")
        self.facts.setText("")
        for row in self.rows.values():
            row.grid.accent = self.accent
            row.grid.placeholder = "Pictures appear here in a moment."
            row.grid.set_pictures(None)
            row.grid.set_marks({})
            row.title.setText(row.name)
        self.large.set_pictures(None)

    def _request(self) -> m.Scores:
        return m.Scores(n=COUNTS[self.count.currentIndex()], seed=self.seed.value(), split=self.split.key())

    def refresh(self) -> None:
        self.ask("look", self._request())

    def _ask_now(self) -> None:
        self.ask_now("look", self._request())

    def working(self, part: str, answer: m.Working) -> None:
        if self.shown is None:
            for row in self.rows.values():
                row.grid.placeholder = f"D looks at {answer.total:,} pictures: {100 * answer.done / max(answer.total, 1):.0f} %"
                row.grid.update()

    # ------------------------------------------------------------ showing
    def _show(self, answer: m.ScoresOf) -> None:
        self.shown = answer
        self.histogram.show_scores(answer.all_real, answer.all_fake, answer.midpoint, probability=self._probability)
        self.accuracy.setText(f"D tells <b>{100 * answer.accuracy:.1f} %</b> apart{_judged(answer.accuracy)}")
        self._draw()

    @property
    def _probability(self) -> bool:
        return self.shown is not None and self.shown.scale == "probability"

    def _of(self, key: str) -> tuple[Array, Array, Array]:
        """Pictures, looks and scores of one kind."""
        assert self.shown is not None
        shown = self.shown
        return (shown.real, shown.look_real, shown.score_real) if key == "real" else (shown.fake, shown.look_fake, shown.score_fake)

    def score_text(self, score: float) -> str:
        """0.93, or +1.2 with a true minus."""
        return number(score) if self._probability else f"{round(score, 1) + 0.0:+.1f}".replace("-", "−")

    def _draw(self) -> None:
        if self.shown is None:
            return
        ways = {"off": lambda x, _: x, "blend": blended, "beside": beside}
        for row in self.rows.values():
            x, look, score = self._of(row.key)
            row.grid.set_pictures(ways[self.look.key()](x, look), [self.score_text(s) for s in score.tolist()])
            of = self.shown.all_real if row.key == "real" else self.shown.all_fake
            row.title.setText(f"{row.name}  ·  MEAN {self.score_text(float(of.mean()))} OF {len(of):,}")
        self._tell(*self._current())

    def _current(self) -> tuple[str, int]:
        """The picture under the mouse, or the pinned one."""
        for row in self.rows.values():
            if row.grid.current >= 0 and (row.grid.underMouse() or row.grid.hasFocus()):
                return row.key, row.grid.current
        return self.pinned

    def _hover(self, key: str, index: int) -> None:
        self._tell(*((key, index) if index >= 0 else self.pinned))

    def _pin(self, key: str, index: int) -> None:
        self.pinned = (key, index)
        for row in self.rows.values():
            row.grid.set_marks({index: "●"} if row.key == key else {})
        self._tell(key, index)

    def _tell(self, key: str, index: int) -> None:
        """The large picture, where D looks in it, and what D says."""
        if self.shown is None:
            return
        x, look, score = self._of(key)
        index = min(index, len(x) - 1)
        if index < 0:
            return
        self.large.set_pictures(np.stack([coloured(x[index : index + 1])[0], alone(look[index : index + 1])[0]])[:, None])
        self.histogram.mark(float(score[index]))
        kind = "Real" if key == "real" else "Generated"
        taken = "real" if score[index] > self.shown.midpoint else "generated"
        right = "rightly" if (taken == "real") == (key == "real") else "wrongly"
        what = "D(x)" if self._probability else "score"
        self.facts.setText(
            f"<b>{kind}</b>, {_place(index)} most real of {len(x)}<br>{what} = <b>{self.score_text(float(score[index]))}</b>: "
            f"taken for {taken}, {right}"
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.side.setFixedWidth(min(max(SIDE[0], round(0.3 * self.width())), SIDE[1]))
        super().resizeEvent(event)

    def on_theme(self) -> None:
        super().on_theme()
        self._draw()

    def minimumSizeHint(self) -> QSize:
        return QSize(560, 420)


def _judged(accuracy: float) -> str:
    """What an accuracy means for the game."""
    if accuracy > 0.98:
        return ": it wins, and G has little to learn from"
    if accuracy > 0.55:
        return " (50 % is guessing)"
    return ": little better than guessing"


def _place(index: int) -> str:
    """the, the 2nd, the 3rd, the 11th (most real)."""
    n = index + 1
    if n == 1:
        return "the"
    ending = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"the {n}{ending}"
