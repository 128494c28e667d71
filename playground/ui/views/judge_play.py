"""The page on which a person judges: one item at a time, two buttons, a way back."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from playground.ui import theme
from playground.ui.views.judge_score import Round
from playground.ui.views.picks import square_bounds
from playground.ui.widgets.controls import button
from playground.ui.widgets.ink import ink, small_font
from playground.ui.widgets.layers import Cloud, Handle, Legend
from playground.ui.widgets.picture_grid import PictureGrid
from playground.ui.widgets.plane import UNIT, Bounds, Layer, Plane

Array = np.ndarray
KEYS = " &nbsp; Keys: ← F generated, → R real, Backspace undo"
WAITING = "The first item appears here in a moment."


class Progress(QWidget):
    """One box an item: what you said of it so far, and where you are. It does not know the truth."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.answers: list[bool] = []
        self.n = 0
        self.accent = "gan"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip("Your answers so far: R real, G generated.")

    def show_answers(self, answers: list[bool], n: int) -> None:
        self.answers, self.n = list(answers), n
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, theme.current().px(22))

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.n:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font(-2, bold=True))
        pitch = min((self.width() - 2) / self.n, 32)
        left = (self.width() - pitch * self.n) / 2
        for i in range(self.n):
            box = QRectF(left + i * pitch + 1.5, 1.5, pitch - 3, self.height() - 3)
            here = i == len(self.answers)
            painter.setPen(QPen(ink("focus" if here else "outline"), theme.stroke(2 if here else 1)))
            painter.setBrush(ink("field"))
            painter.drawRoundedRect(box, 3, 3)
            if i < len(self.answers):
                painter.setPen(ink("data" if self.answers[i] else self.accent))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "R" if self.answers[i] else "G")


class PlayPage(QWidget):
    """``answered(real)`` and ``undone`` when a button is pressed; the keys are the view's."""

    answered = Signal(bool)
    undone = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.accent = "gan"
        self.cloud: Array | None = None
        self.bounds: Bounds = UNIT
        self.question, self.progress = QLabel(""), Progress()
        self.question.setToolTip("The keys work once the stage has the keyboard: click it, or press F3.")
        self.question.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.question.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture, self.plane = PictureGrid(WAITING), Plane(WAITING, dark=True)
        self.picture.setToolTip("Is this a real item, held out from training, or did the generator make it?")
        self.plane.setToolTip("Blue: real points. Is the point in the ring real too, or did the generator make it?")
        self.stack = QStackedWidget()
        for shown in (self.picture, self.plane):
            shown.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys answer
            self.stack.addWidget(shown)
        self.fake = button("← Generated", "The generator made it (key ← or F)", lambda: self.answered.emit(False))
        self.real = button("Real →", "It is real: held out from training (key → or R)", lambda: self.answered.emit(True))
        self.undo = button("Undo", "Take back the last answer (Backspace)", self.undone.emit)
        self._lay_out()
        self.retheme()

    def _lay_out(self) -> None:
        answers = QHBoxLayout()
        answers.setSpacing(theme.SPACE_M)
        answers.addStretch(1)
        for widget in (self.fake, self.undo, self.real):
            answers.addWidget(widget)
        answers.addStretch(1)
        for widget in (self.fake, self.real):
            widget.setMinimumWidth(170)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(self.question)
        column.addWidget(self.stack, 1)
        column.addLayout(answers)
        column.addWidget(self.progress)

    # ------------------------------------------------------------ showing
    def reset(self, accent: str, is_points: bool) -> None:
        """A new run."""
        self.accent, self.progress.accent, self.cloud = accent, accent, None
        self.stack.setCurrentWidget(self.plane if is_points else self.picture)
        self.retheme()
        self.show_round(None)

    def show_cloud(self, points: Array) -> None:
        """Real points (N, 2) to judge by: from the training half, so that no judged one is among them."""
        self.cloud, self.bounds = points, square_bounds(points)

    def show_round(self, judged: Round | None) -> None:
        """The item that is to be judged now."""
        at = len(judged.answers) if judged else 0
        for widget in (self.fake, self.real):
            widget.setEnabled(judged is not None and not judged.done)
        self.undo.setEnabled(at > 0)
        self.progress.show_answers(judged.answers if judged else [], judged.n if judged else 0)
        self.question.setText(f"<b>Item {min(at + 1, judged.n)} of {judged.n}</b>: real or generated? {KEYS}" if judged else "")
        if judged is None or judged.done:
            self.picture.set_pictures(None)
            self._show_point(None)
        elif self.stack.currentWidget() is self.picture:
            self.picture.set_pictures(judged.items.x[at : at + 1])
        else:
            self._show_point(judged.items.x[at])

    def _show_point(self, point: Array | None) -> None:
        layers: list[Layer] = []
        if self.cloud is not None:
            layers = [RealPoints(self.cloud, alpha=0.55), Legend([("data", "real points", "dot")])]
        if point is None or self.cloud is None:
            self.plane.live = []
            self.plane.show_layers([])
            return
        self.plane.live = [Handle(float(point[0]), float(point[1]), role="text", radius=9), Dot(float(point[0]), float(point[1]))]
        self.plane.show_layers(layers, grown(self.bounds, point))

    def retheme(self) -> None:
        """The buttons wear the colours of what they say."""
        for widget, role in ((self.fake, self.accent), (self.real, "data")):
            widget.setStyleSheet(f"QPushButton:enabled {{ border: 2px solid {ink(role).name()}; font-weight: 600; }}")


class RealPoints(Cloud):
    """Points that grow with the plane, so that they are as easy to see on a large screen."""

    def paint(self, painter: QPainter, plane: Plane) -> None:
        self.size = max(3.4, plane.frame().width() / 110)
        super().paint(painter, plane)


class Dot:
    """The judged point itself, small and of no side's colour."""

    def __init__(self, x: float, y: float) -> None:
        self.x, self.y = x, y

    def paint(self, painter: QPainter, plane: Plane) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(plane.ink("text"))
        painter.drawEllipse(plane.point(self.x, self.y), 3.2, 3.2)


def grown(bounds: Bounds, point: Array) -> Bounds:
    """The bounds, larger where the point lies outside, still square and about the same centre."""
    x0, x1, y0, y1 = bounds
    cx, cy, half = (x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2
    half = max(half, 1.05 * abs(float(point[0]) - cx), 1.05 * abs(float(point[1]) - cy))
    return cx - half, cx + half, cy - half, cy + half
