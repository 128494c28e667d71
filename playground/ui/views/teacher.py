"""Student and teacher: from the same noise, the teacher's many steps above, the student's one, two and four beneath."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import StageView, card
from playground.ui.views.data_plane import DataPlane
from playground.ui.views.mode_parts import SomePictures, working_words
from playground.ui.views.teacher_words import Gains, cost_words, distance_words, title_words
from playground.ui.widgets.controls import button, combo, spin, toolbar
from playground.ui.widgets.layers import Cloud
from playground.ui.widgets.plane import Plane

Array = np.ndarray
STEPS = (5, 10, 20, 50, 100)  # of the teacher
SHOWN = {"image": 48, "points": 600}
JUDGED = {"image": 200, "points": 1000}  # items whose distance from the data is measured
USUAL = {"image": 2, "points": 3}  # of STEPS
MOST = 4  # rows: the teacher, and the student in 1, 2 and 4 steps
WORDS_WIDTH = 196
ROW_TIP = (
    "The same place begins with the same noise in every row. The noise that the student puts on between its steps is its own, so "
    "it need not show the same item, but does where the first step has decided it."
)


class Row(QWidget):
    """One way to make items of noise: what it is, what it costs, how near it comes, and the items (pictures; points are above)."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.words = QLabel(), QLabel()
        self.title.setTextFormat(Qt.TextFormat.RichText)
        self.words.setProperty("look", "small")
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.grid, self.plane = SomePictures("", surface="card"), Plane("", axes=False)
        self.grid.setToolTip(ROW_TIP)
        self.plane.setToolTip("Points made of the same noise in every part. Blue: the data's density.")
        self.frame, inside = card(margins=theme.SPACE_S)
        self.box = QHBoxLayout()
        self.text = QWidget()
        text = QVBoxLayout(self.text)
        text.setContentsMargins(0, 0, 0, 0)
        text.setSpacing(0)
        text.addWidget(self.title)
        text.addWidget(self.words, 1)
        self.box.addWidget(self.text)
        self.box.addWidget(self.grid, 1)
        self.box.addWidget(self.plane, 1)
        inside.addLayout(self.box, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.frame)

    def arrange(self, points: bool) -> None:
        """Pictures lie beside the words, a plane beneath them."""
        self.box.setDirection(QHBoxLayout.Direction.TopToBottom if points else QHBoxLayout.Direction.LeftToRight)
        self.grid.setVisible(not points)
        self.plane.setVisible(points)
        policy = QSizePolicy.Policy
        self.words.ensurePolished()
        lines = 2 if points else 4  # a fixed room: answers come while people look
        self.words.setMinimumHeight(lines * self.words.fontMetrics().lineSpacing() + 2)
        if points:
            self.text.setMinimumWidth(0)
            self.text.setMaximumWidth(16_777_215)
            self.text.setSizePolicy(policy.Preferred, policy.Fixed)
        else:
            self.text.setFixedWidth(theme.current().px(WORDS_WIDTH))
            self.text.setSizePolicy(policy.Fixed, policy.Preferred)

    def tell(self, title: str, words: str) -> None:
        """Set both texts."""
        self.title.setText(title)
        self.words.setText(words)


class TeacherView(StageView):
    """Rows of pictures, or planes of points: the teacher first."""

    name = "teacher"
    title = "Student and teacher"
    hint = "From the same noise: what the teacher makes in many steps and the student in one, two and four, how fast and how well."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: m.TeacherStudentOf | None = None
        tip = "Steps of the teacher, one evaluation of its network each, by DPM-Solver++(2M): the solver that needs the fewest."
        self.steps = combo([str(n) for n in STEPS], tip, lambda _: self._ask_now(), 3)
        self.seed = spin(0, 999_999, 0, "Seed of the noise x_T that all rows begin with.", lambda _: self._ask_now())
        self.dice = button("⚄ New noise", "Other noise: the next seed", lambda: self.seed.setValue(self.seed.value() + 1))
        self.column.addLayout(toolbar("Teacher’s steps", self.steps, "Seed", self.seed, self.dice))
        self.column.addWidget(self.note)
        self.gains = Gains()
        self.column.addWidget(self.gains)
        self.rows = [Row() for _ in range(MOST)]
        self.place = QWidget()
        self.box = QVBoxLayout(self.place)
        self.box.setContentsMargins(0, 0, 0, 0)
        self.box.setSpacing(theme.SPACE_S)
        self.lines = [QHBoxLayout(), QHBoxLayout()]
        for line in self.lines:
            line.setSpacing(theme.SPACE_S)
        for row in self.rows:
            self.box.addWidget(row, 1)
        self.column.addWidget(self.place, 1)
        self.data = DataPlane(self)
        self.answers["rows"] = self._show

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.gains.fit(self.width())
        super().resizeEvent(event)

    # ------------------------------------------------------------ context and asking
    def clear(self) -> None:
        self.shown = None
        self.gains.clear()
        kind = "points" if self.is_points else "image"
        self.steps.blockSignals(True)
        self.steps.setCurrentIndex(USUAL[kind])
        self.steps.blockSignals(False)
        self._arrange()
        for i, row in enumerate(self.rows):
            row.arrange(self.is_points)
            row.grid.accent = self.accent
            row.grid.show_some(None)
            row.plane.show_layers([])
            row.grid.placeholder = row.plane.placeholder = "Items appear here in a moment."
            row.setVisible(True)
            row.tell("<b>Teacher</b>" if i == 0 else f"<b>Student, {2 ** (i - 1)} step{'s' if i > 1 else ''}</b>", "")

    def _arrange(self) -> None:
        """Rows of pictures beneath each other; of points two by two, since planes are square."""
        for layout in (self.box, *self.lines):
            while layout.count():
                layout.takeAt(0)
        if not self.is_points:
            for row in self.rows:
                self.box.addWidget(row, 1)
            return
        for i, row in enumerate(self.rows):
            self.lines[i // 2].addWidget(row, 1)
        for line in self.lines:
            if line.parent() is None:
                self.box.addLayout(line, 1)
            else:
                self.box.addItem(line)

    def on_data(self) -> None:
        self._draw()

    def _request(self) -> m.TeacherStudent:
        kind = "points" if self.is_points else "image"
        return m.TeacherStudent(
            n=SHOWN[kind], seed=self.seed.value(), teacher_steps=STEPS[self.steps.currentIndex()], judged=JUDGED[kind]
        )

    def refresh(self) -> None:
        if self.is_points:
            self.data.refresh()
        self.ask("rows", self._request())

    def _ask_now(self) -> None:
        self.ask_now("rows", self._request())

    def working(self, part: str, answer: m.Working) -> None:
        """Until the first answer; later ones come by themselves."""
        if self.shown is None:
            for row in self.rows:
                row.grid.placeholder = row.plane.placeholder = working_words(answer)
                row.update()

    # ------------------------------------------------------------ showing
    def _show(self, answer: m.TeacherStudentOf) -> None:
        self.shown = answer
        self._draw()

    def _draw(self) -> None:
        a = self.shown
        if a is None:
            return
        self.gains.show_answer(a, self.accent)
        for i, row in enumerate(self.rows):
            row.setVisible(i < len(a.steps))
            if i >= len(a.steps):
                continue
            row.tell(title_words(a, i), f"{cost_words(a, i)}<br>{distance_words(a, i)}")
            if not self.is_points:
                row.grid.show_some(a.x[i])
            elif self.data.known:
                role = "monitor" if i == 0 else self.accent
                row.plane.show_layers([*self.data.layers(), Cloud(a.x[i], role=role, size=3.2, alpha=0.8)], self.data.bounds)

    def on_theme(self) -> None:
        super().on_theme()
        self.gains.fit(self.width())
        self._draw()

    def minimumSizeHint(self) -> QSize:
        return QSize(560, 420)


