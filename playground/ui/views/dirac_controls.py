"""Which Dirac-GAN is played, and by which rules: the controls above the plane."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from playground.engine import dirac
from playground.ui import theme
from playground.ui.fields import ChoiceBox, IntBox, NumberBox
from playground.ui.views.dirac_race import Rules
from playground.ui.widgets.controls import toolbar

ORDER_HELP = {
    "simultaneous": "Both players move at once, each from where the other was.",
    "alternating 1": "G moves, then D, which already sees G's move: as in training.",
    "alternating 5": "G moves once, then D five times.",
}
PENALTY_TIPS = {
    "none": "D may be as steep as it likes.",
    "r1": "γ/2 ψ²: squared slope of D at the real point (Mescheder et al. 2018, eq. 9).",
    "r1r2": "γ/2 (ψ² + ψ²): at the real and at the generated point (Huang et al. 2024).",
    "gp0": "γ/2 ψ²: squared slope between the points (Thanh-Tung et al. 2019). Here the same as R1: D's slope is ψ everywhere.",
    "gp1": "γ (|ψ| − 1)²: the slope is held at 1 (Gulrajani et al. 2017).",
    "consensus": "γ/2 ‖v‖² for both players: they prefer to stand still (Mescheder et al. 2017).",
}


class DiracControls(QWidget):
    """``method_changed`` and ``rules_changed`` when the user turns something. ``start`` lives on the plane."""

    method_changed = Signal()
    rules_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        items = [(key, o.title, f"v_θ = {o.v_theta}, v_ψ = {o.v_psi} ({o.source})") for key, o in dirac.OBJECTIVES.items()]
        self.objective = self._choice(items, "What the two players want: gives their losses L_D and L_G.")
        tips = [(key, title, PENALTY_TIPS[key]) for key, (title, _) in dirac.PENALTIES.items()]
        self.penalty = self._choice(tips, "What D is charged for being steep.")
        self.weight = self._number(
            0.3, 0.0, 20.0, "γ, weight of the penalty, 0 to 20. R1 turns critical at γ = 1: no more spirals."
        )
        self.noise = self._number(
            0.0, 0.0, 5.0, "σ, deviation of Gaussian noise on all that D sees, in units of θ (Sønderby et al. 2017)."
        )
        self.clip = self._number(1.0, 0.0, 10.0, "c: after each update ψ is cut to [−c, c]; 0 does not cut (Arjovsky et al. 2017).")
        self.order = self._choice([(key, key, tip) for key, tip in ORDER_HELP.items()], "Who moves when.")
        self.order.setMinimumContentsLength(13)
        self.order.set_value("alternating 1")
        self.step = self._number(0.2, 0.001, 2.0, "h, step size of both players: θ ← θ + h v_θ, ψ ← ψ + h v_ψ.", log=True)
        self.updates = IntBox(20, 2000)
        self.updates.setValue(500)
        self.updates.setFixedWidth(theme.current().px(72))
        self.updates.setToolTip("Updates that are played, 20 to 2,000 (500 in Mescheder et al. 2018).")
        self._watch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(
            toolbar(
                "Objective", self.objective, "Penalty", self.penalty, "γ", self.weight, "Noise σ", self.noise, "Clip c", self.clip,
                "Order", self.order, "Step h", self.step, "Updates", self.updates,
            )
        )  # fmt: skip
        self._show_what_counts()

    @staticmethod
    def _choice(items: list[tuple[str, str, str]], tip: str) -> ChoiceBox:
        box = ChoiceBox(items)
        box.setToolTip(tip)
        box.setSizeAdjustPolicy(ChoiceBox.SizeAdjustPolicy.AdjustToContents)
        return box

    @staticmethod
    def _number(value: float, low: float, high: float, tip: str, *, log: bool = False) -> NumberBox:
        box = NumberBox(low, high, log=log)
        box.setValue(value)
        box.setToolTip(tip)
        box.setFixedWidth(theme.current().px(64))
        return box

    def _watch(self) -> None:
        for choice in (self.objective, self.penalty):
            choice.currentIndexChanged.connect(self._method)
        for box in (self.weight, self.noise, self.clip):
            box.valueChanged.connect(self._method)
        self.order.currentIndexChanged.connect(lambda _: self.rules_changed.emit())
        self.step.valueChanged.connect(lambda _: self.rules_changed.emit())
        self.updates.valueChanged.connect(lambda _: self.rules_changed.emit())

    def _method(self, _: object = None) -> None:
        self._show_what_counts()
        self.method_changed.emit()

    def _show_what_counts(self) -> None:
        self.weight.setEnabled(self.penalty.value() != "none")
        self.clip.setVisible(self.objective.value() == "wgan" and self.penalty.value() == "none")

    # ------------------------------------------------------------ values
    def method(self) -> dirac.Method:
        """What is set."""
        return dirac.method_for(
            self.objective.value(), self.penalty.value(), self.weight.value(), self.noise.value(), self.clip.value()
        )

    def set_method(self, method: dirac.Method) -> None:
        """Set it, without telling."""
        boxes = (self.objective, self.penalty, self.weight, self.noise, self.clip)
        blockers = [QSignalBlocker(box) for box in boxes]
        self.objective.set_value(method.objective)
        self.penalty.set_value(method.penalty)
        if method.penalty != "none":
            self.weight.setValue(method.weight)
        self.noise.setValue(method.noise)
        if method.clip:
            self.clip.setValue(method.clip)
        del blockers
        self._show_what_counts()

    def rules(self, start: tuple[float, float]) -> Rules:
        """The rules that are set, from ``start``."""
        return replace(Rules(), start=start, step=self.step.value(), updates=self.updates.value(), order=self.order.value())
