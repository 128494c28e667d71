"""What a student gained and what it lost, in words: evaluations, milliseconds, distance from the data with its floor."""

from __future__ import annotations

import math

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.numbers import value_text
from playground.ui.views.common import card, number
from playground.ui.widgets.ink import ink

GAINS_TIP = (
    "Distance: of made items from as many real ones; what two sets of real items score stands beside it, with its standard "
    "deviation. Milliseconds: measured just now on this device, while the training may have been at work too."
)
LONGEST = "W" * 3 + (
    "The student comes nearest in 4 steps: 12.5 times fewer evaluations than the teacher, 12 times as fast. Energy distance of "
    "classifier features: student 0.0123, teacher 0.0123, real items 0.0123 ± 0.0012 unit of x (1,000 each)."
)


class Gains(QWidget):
    """One sentence that compares the student's best few steps with the teacher."""

    def __init__(self) -> None:
        super().__init__()
        self.words = QLabel("")
        self.words.setWordWrap(True)
        self.words.setToolTip(GAINS_TIP)
        frame, inside = card(margins=theme.SPACE_S)
        inside.addWidget(self.words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(frame)

    def fit(self, width: int) -> None:
        """Room for the longest sentence at this width: words that change must not lay the view out anew."""
        self.words.ensurePolished()
        metrics = self.words.fontMetrics()
        lines = -(-metrics.horizontalAdvance(LONGEST) // max(width - 3 * theme.SPACE_S, 100))
        self.words.setFixedHeight(lines * metrics.lineSpacing() + 2)

    def clear(self) -> None:
        """No answer yet."""
        self.words.setText("The same noise goes through the teacher and through its student, in 1, 2 and 4 steps.")

    def show_answer(self, a: m.TeacherStudentOf, accent: str) -> None:
        """The numbers of the nearest student, and what real items score."""
        best = 1 + int(a.distance[1:].argmin())
        faster, cheaper = a.ms[0] / max(a.ms[best], 1e-9), a.nfe[0] / a.nfe[best]
        unit = f" {a.unit}" if a.unit else ""
        signs = f"<span style='color:{ink(accent).name()}'>●</span>"
        self.words.setText(
            f"{signs} The student comes nearest in <b>{a.nfe[best]} step{'s' if a.nfe[best] > 1 else ''}</b>: {cheaper:.3g} times "
            f"fewer evaluations than the teacher, <b>{faster:.2g} times as fast</b>. {a.metric[:1].upper()}{a.metric[1:]}: student "
            f"<b>{value_text(float(a.distance[best]))}</b>, teacher {value_text(float(a.distance[0]))}, real items "
            f"{value_text(a.floor)} ± {value_text(a.floor_sd)}{unit} ({a.judged:,} each)."
        )


def title_words(a: m.TeacherStudentOf, row: int) -> str:
    """Which row it is."""
    steps = int(a.steps[row])
    return f"<b>{'Teacher' if row == 0 else 'Student'}</b>, {steps} step{'s' if steps > 1 else ''}"


def cost_words(a: m.TeacherStudentOf, row: int) -> str:
    """50 evaluations, 12.3 ms an item."""
    nfe = int(a.nfe[row])
    return f"{nfe} evaluation{'s' if nfe > 1 else ''}, {time_text(float(a.ms[row]))} an item"


def time_text(ms: float) -> str:
    """Milliseconds, with three digits at most."""
    if ms < 0.1:
        return f"{1000 * ms:.0f} µs"
    return f"{number(ms, 0 if ms >= 100 else 1 if ms >= 10 else 2)} ms"


def distance_words(a: m.TeacherStudentOf, row: int) -> str:
    """Distance, in floors where that says more; the classifier's confidence where there is one."""
    text = f"distance {value_text(float(a.distance[row]))}"
    if a.distance[row] <= a.floor + 2 * a.floor_sd:
        text += ", like real items"
    elif a.floor > 0:
        times = a.distance[row] / a.floor
        text += f", {times:,.0f} × real items" if times >= 10 else f", {times:.1f} × real items"
    if math.isfinite(a.confidence[row]):
        text += f"<br>class {100 * a.confidence[row]:.0f} % sure (real {100 * a.confidence_real:.0f} %)"
    return text
