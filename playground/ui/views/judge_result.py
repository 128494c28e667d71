"""The page after the last item: accuracies with their intervals, and all items with what each judge said."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from playground.ui import theme
from playground.ui.views.anatomy import heading
from playground.ui.views.common import card
from playground.ui.views.judge_play import grown
from playground.ui.views.judge_score import Round, Score, Tally
from playground.ui.widgets.accuracy_bars import Accuracy, AccuracyBars
from playground.ui.widgets.controls import caption
from playground.ui.widgets.ink import ink, small_font
from playground.ui.widgets.layers import Cloud, Handle, Legend
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.plane import Bounds, Layer, Plane

Array = np.ndarray
ROLES = {"You": "total", "D": "gan", "D*": "theory"}
HEADS = ("It was", "You said", "D", "D*")
CAPTION_TIP = "Under each item: R real or G generated, and D(x), D’s probability that it is real."


class ResultPage(QWidget):
    """Shows one finished round; ``tally`` is of all rounds of the run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.accent = "gan"
        self.bars, self.words = AccuracyBars(), QLabel("")
        self.words.setWordWrap(True)
        self.words.setToolTip(
            "Goodfellow et al. 2014, proposition 1: D*(x) = p(x)/(p(x) + q(x)). TV: total variation distance, 0 to 1."
        )
        self.grids = {True: PictureGrid("None."), False: PictureGrid("None.")}
        self.titles = {True: heading("", CAPTION_TIP), False: heading("", CAPTION_TIP)}
        self.signs = {True: caption(""), False: caption("")}
        self._round: Round | None = None
        self._right = np.zeros(0, bool)
        self.plane, self.table = Plane("", dark=True), self._make_table()
        self.plane.setToolTip("The judged points: blue were real, amber generated. Rings: those that you got wrong.")
        self.stack = QStackedWidget()
        self.stack.addWidget(self._pictures())
        self.stack.addWidget(self._points())
        self._lay_out()

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, len(HEADS))
        table.setHorizontalHeaderLabels(list(HEADS))
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setStyleSheet("QTableView::item { padding: 0 3px; } QHeaderView::section { padding: 5px 3px; }")
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        for column in (HEADS.index("D"), HEADS.index("D*")):
            table.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        table.setToolTip(
            "All points of the round, those you got wrong first. D and D*: probability of real; ✓ right, ✗ wrong at one half. "
            "Choose a row to find its point on the plane."
        )
        table.setMinimumWidth(300)
        table.currentCellChanged.connect(lambda row, *_: self._mark(row))
        return table

    def _pictures(self) -> QWidget:
        page, row = QWidget(), QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        for right in (True, False):
            frame, inside = card(margins=theme.SPACE_S)
            self.grids[right].surface = "card"
            self.grids[right].setToolTip(CAPTION_TIP)
            inside.addWidget(self.titles[right])
            inside.addWidget(self.signs[right])
            inside.addWidget(self.grids[right], 1)
            row.addWidget(frame, 1)
        page.setLayout(row)
        return page

    def _points(self) -> QWidget:
        page, row = QWidget(), QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        row.addWidget(self.plane, 1)
        row.addWidget(self.table, 1)
        page.setLayout(row)
        return page

    def _lay_out(self) -> None:
        frame, inside = card()
        inside.addWidget(self.bars)
        inside.addWidget(self.words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(frame)
        column.addWidget(self.stack, 1)

    # ------------------------------------------------------------ showing
    def show_result(self, judged: Round, tally: Tally, cloud: Array | None, bounds: Bounds) -> None:
        """A finished round."""
        right, rows = judged.right(), []
        for who, hits in right.items():
            score = Score(int(hits.sum()), len(hits))
            role = self.accent if who == "D" else ROLES[who]
            rows.append(Accuracy(who, score.share, *score.interval(), score.text(), role, dashed=who == "D*"))
        self.bars.show_rows(rows, tally.bayes()[0])
        self.words.setText(words_of(tally))
        self._round, self._right = judged, right["You"]
        if cloud is None:
            self._show_pictures(judged)
        else:
            self._show_points(judged, cloud, bounds)
        self.stack.setCurrentIndex(0 if cloud is None else 1)

    def _show_pictures(self, judged: Round) -> None:
        items, right = judged.items, self._right
        for side in (True, False):
            chosen = np.flatnonzero(right == side)
            captions = [f"{'R' if items.real[i] else 'G'} {items.d[i]:.2f}" for i in chosen]
            self.grids[side].set_pictures(items.x[chosen] if len(chosen) else None, captions)
            self.titles[side].setText(f"YOU WERE {'RIGHT' if side else 'WRONG'}: {len(chosen)}")
            self.signs[side].setText("R real, G generated, and D(x)")

    def order(self) -> Array:
        """Rows of the table: wrong ones first, in the order of the round."""
        return np.argsort(self._right, kind="stable")

    def _show_points(self, judged: Round, cloud: Array, bounds: Bounds) -> None:
        items, x = judged.items, judged.items.x
        wrong = x[~self._right]
        layers: list[Layer] = [Cloud(cloud, role="muted", size=2.4, alpha=0.35, halo=False)]
        layers += [Cloud(x[items.real], role="data", size=8), Cloud(x[~items.real], role=self.accent, size=8), Rings(wrong)]
        signs = [("data", "real", "dot"), (self.accent, "generated", "dot"), ("danger", "you were wrong", "ring")]
        layers.append(RingLegend(signs))
        self.plane.live = []
        for point in x:
            bounds = grown(bounds, point)
        self.plane.show_layers(layers, bounds)
        self._fill_table(judged)

    def _fill_table(self, judged: Round) -> None:
        items = judged.items
        self.table.setColumnHidden(HEADS.index("D*"), items.d_star is None)
        self.table.setRowCount(judged.n)
        for row, i in enumerate(self.order()):
            real = bool(items.real[i])
            cells = [(_word(real), "data" if real else self.accent), judgement(_word(judged.answers[i]), judged.answers[i] == real)]
            cells += [judgement(f"{d[i]:.2f}", (d[i] >= 0.5) == real) for d in (items.d, items.d_star) if d is not None]
            for column, (text, role) in enumerate(cells):
                cell = QTableWidgetItem(text)
                cell.setFont(small_font(-1))
                cell.setForeground(QColor(ink(role)))
                self.table.setItem(row, column, cell)
            self.table.setRowHeight(row, self.table.fontMetrics().height() + 4)
        for column in (HEADS.index("D"), HEADS.index("D*")):
            self.table.setColumnWidth(column, theme.current().px(58))
        self.table.setCurrentCell(-1, -1)

    def _mark(self, row: int) -> None:
        """Show on the plane which point a row stands for."""
        self.plane.live = []
        if self._round is not None and 0 <= row < self.table.rowCount():
            x, y = self._round.items.x[self.order()[row]]
            self.plane.live = [Handle(float(x), float(y), role="text", radius=6, ring=False)]
        self.plane.update()


class Rings:
    """Circles in the colour of danger round points (N, 2)."""

    def __init__(self, xy: Array) -> None:
        self.xy = xy

    def paint(self, painter: QPainter, plane: Plane) -> None:
        painter.setPen(QPen(plane.ink("danger"), theme.stroke(2)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for x, y in plane.to_px(self.xy).tolist() if len(self.xy) else ():
            painter.drawEllipse(QPointF(x, y), 8, 8)


class RingLegend(Legend):
    """A legend that knows rings."""

    @staticmethod
    def _sign(painter: QPainter, colour: QColor, sign: str, x: float, y: float) -> None:
        if sign != "ring":
            Legend._sign(painter, colour, sign, x, y)
            return
        painter.setPen(QPen(colour, theme.stroke(2)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(x + 8, y), 4.5, 4.5)


def judgement(said: str, right: bool) -> tuple[str, str]:
    """What somebody said, with a sign and a colour for right and wrong."""
    return f"{'✓' if right else '✗'} {said}", "good" if right else "danger"


def _word(real: bool) -> str:
    return "real" if real else "generated"


def words_of(tally: Tally) -> str:
    """What the numbers mean, and how all rounds of the run went."""
    best, error = tally.bayes()
    if math.isfinite(best):
        about = f"about {best * 100:.0f} ± {error * 100:.0f} %"
        most = (
            f"On average nobody is right more often than D*(x) = p/(p + q): ½ + ½ TV(p, q), here {about} "
            "(mean of max(D*, 1 − D*) over the judged items, ± 1 standard error)."
        )
    else:
        most = "The densities of data and generator are not known here, so the best possible judge, D* = p/(p + q), is not either."
    scores = "; ".join(f"{who.lower() if who == 'You' else who} {score.text()}" for who, score in tally.scores.items())
    rounds = f"<br>All {tally.rounds} rounds: {scores}." if tally.rounds > 1 else ""
    return f"{tally.contest()} {most}{rounds}"
