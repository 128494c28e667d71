"""Which is real? Four pictures, one of them real: whose are taken for it, and how often."""

from __future__ import annotations

import itertools

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.compare.base import CompareView, Questions, real_items, some_run
from playground.ui.compare.facts import Facts
from playground.ui.compare.looks import colour_of
from playground.ui.compare.share_bars import Share, ShareBars
from playground.ui.compare.tournament_score import REAL, ROUNDS, Tournament, draw
from playground.ui.style import set_look
from playground.ui.widgets.controls import button
from playground.ui.widgets.ink import ink
from playground.ui.widgets.picture_grid import PictureGrid

Array = np.ndarray
PICTURES = 64
TIP = (
    "Which of these pictures is real, held out from training? The others were made by the contestants, each by another. "
    "Click it, or press 1 to 4."
)


class TournamentView(CompareView):
    """A tournament is frozen when it begins: while the models train, its pictures do not change."""

    name = "real"
    title = "Which is real?"
    hint = "Four pictures, one of them real: pick it, twelve times. Whose pictures you take for real, and how often."
    kinds = ("image",)

    def __init__(self, facts: Facts, questions: Questions, parent: QWidget | None = None) -> None:
        super().__init__(facts, questions, parent)
        self.game = Tournament()
        self.real: Array | None = None
        self.fakes: dict[str, Array] = {}
        self._seeds = itertools.count(1)
        self._drawn_of: tuple[int, ...] = ()  # the pictures that the rounds were drawn from
        self.question = QLabel("")
        self.question.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.grid = PictureGrid("The first pictures appear here once every contestant has begun to learn.", columns=4, gap=14)
        self.grid.setToolTip(TIP)
        self.grid.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.grid.clicked.connect(self.choose)
        self.bars, self.words, self.all = ShareBars(), QLabel(""), PictureGrid("", columns=12, gap=3)
        self.again = button("Play again", "Twelve other rounds, of the models as they are now (Enter).", self.begin)
        self.pages = QStackedWidget()
        self.pages.addWidget(self._play_page())
        self.pages.addWidget(self._result_page())
        self.column.addWidget(self.note)
        self.column.addWidget(self.pages, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.answers |= {"samples": self._take_samples, "items": self._take_items}

    def _play_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.question)
        column.addWidget(self.grid, 1)
        return page

    def _result_page(self) -> QWidget:
        page = QWidget()
        self.words.setWordWrap(True)
        set_look(self.words, "dim")
        self.all.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.all.setToolTip("A column a round; framed: what you chose. Beneath each picture whose it was.")
        row = QHBoxLayout()
        row.addWidget(self.words, 1)
        row.addWidget(self.again)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_M)
        column.addWidget(self.bars)
        column.addLayout(row)
        column.addWidget(self.all, 1)
        return page

    # ------------------------------------------------------------ asking
    def enter(self) -> None:
        keys = {c.key for c in self.facts.columns}
        if not set(self.fakes) <= keys or not keys:
            self.real, self.fakes, self.game = None, {}, Tournament()
        self._show()

    def refresh(self) -> None:
        """What is missing for a tournament; one that has begun stays."""
        if self.game.rounds and self.game.choices:
            return
        for column in self.facts.columns:
            track = self.facts.track(column.key)
            kept = track.measured.evidence.get("samples") if track is not None and track.measured is not None else None
            if kept is not None:
                self.fakes[column.key] = kept
            elif track is not None and track.begun:
                self.ask(track.run_id, "samples", m.DrawSamples(n=PICTURES, seed=101))
        if self.real is None:
            self.real = real_items(self.facts)
        if self.real is None and (run := some_run(self.facts)):
            self.ask(run, "items", m.DataItems(n=PICTURES, split="test"))
        self._begin_if_ready()

    def _take_samples(self, answer: m.Samples) -> None:
        track = self.facts.tracks.get(answer.run_id)
        if track is not None and not self.game.choices:
            self.fakes[track.column] = answer.x
            self._begin_if_ready()

    def _take_items(self, answer: m.Items) -> None:
        self.real = answer.x
        self._begin_if_ready()

    # ------------------------------------------------------------ playing
    def _begin_if_ready(self) -> None:
        """With pictures of all; before the first choice those of newer models replace older ones."""
        whole = bool(self.fakes) and set(self.fakes) >= {c.key for c in self.facts.columns}
        if self.real is None or not whole or self.game.choices:
            return
        of = (id(self.real), *map(id, self.fakes.values()))
        if of != self._drawn_of or not self.game.rounds:
            self._drawn_of = of
            self.game = draw(self.real, self.fakes, next(self._seeds))
            self._show()

    def begin(self) -> None:
        """Other rounds."""
        self.game = Tournament()
        self._begin_if_ready()
        self._show()
        self.refresh()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def choose(self, place: int) -> None:
        """The picture at ``place`` is the real one, says the player."""
        now = self.game.now
        if now is not None and 0 <= place < len(now.keys):
            self.game.choices.append(place)
            self._show()

    def _show(self) -> None:
        now, n = self.game.now, len(self.game.rounds)
        if self.game.done:
            self._show_result()
            self.pages.setCurrentIndex(1)
            return
        self.pages.setCurrentIndex(0)
        if now is None:
            self.question.setText("")
            self.grid.set_pictures(None)
            return
        how = f"Click it, or press 1 to {len(now.keys)}. Backspace takes the last choice back."
        head = f"<b>Round {len(self.game.choices) + 1} of {n}: which one is real?</b>"
        self.question.setText(f'{head} <span style="color:{theme.current().dim}">{how}</span>')
        self.grid.columns = len(now.keys)
        self.grid.set_pictures(now.x, [str(i + 1) for i in range(len(now.keys))])

    def _show_result(self) -> None:
        rows, columns = [], self.facts.columns
        shown = [(c.key, c.title, colour_of(c, columns)) for c in columns if c.key in self.fakes]
        for key, title, colour in [*shown, (REAL, "real pictures", ink("data"))]:
            standing = self.game.standing(key)
            if standing.rounds:
                rows.append(Share(title, standing.share, standing.error, f"{standing.taken} of {standing.rounds}", colour))
        chance = self.game.standing(REAL).chance
        self.bars.show_rows(rows, chance)
        self.words.setText(
            f"How often each was taken for the real picture, ± one standard error. Dashed: guessing, {100 * chance:.0f} %. A model "
            "whose pictures cannot be told from real ones is taken for real as often as real pictures are."
        )
        self._show_rounds()

    def _show_rounds(self) -> None:
        """All rounds, one a column, with whose each picture was."""
        size = max(len(r.keys) for r in self.game.rounds)
        short = {c.key: c.title for c in self.facts.columns} | {REAL: "real"}
        tiles = [(r.x[i], short[r.keys[i]]) for i in range(size) for r in self.game.rounds if i < len(r.keys)]
        self.all.columns = len(self.game.rounds)
        self.all.accent = "compare"
        self.all.set_pictures(np.stack([x for x, _ in tiles]), [words for _, words in tiles])
        self.all.set_cursor([choice * len(self.game.rounds) + i for i, choice in enumerate(self.game.choices)])

    # ------------------------------------------------------------ keys
    def keyPressEvent(self, event: QKeyEvent) -> None:
        digit = event.key() - Qt.Key.Key_1
        if self.game.now is not None and 0 <= digit < len(self.game.now.keys):
            self.choose(digit)
        elif event.key() == Qt.Key.Key_Backspace and self.game.choices and not self.game.done:
            self.game.choices.pop()
            self._show()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.game.done:
            self.begin()
        else:
            super().keyPressEvent(event)

    def on_theme(self) -> None:
        super().on_theme()
        self._show()


__all__ = ["ROUNDS", "TournamentView"]
