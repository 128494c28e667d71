"""A slider for the parameter that moves a family along its bridge, beside what it changes; the recipe's own follows."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from playground.engine import messages as m
from playground.engine.config import Config, Param, params
from playground.ui.views.common import number
from playground.ui.widgets.controls import caption

PLACES = 100  # of the slider


class Dial(QWidget):
    """``turned(name, value)`` when a person moves it. Hidden for families without one."""

    turned = Signal(str, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter, self.symbol = "", ""
        self._spec: Param | None = None
        self.words, self.slider = caption(""), QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, PLACES)
        self.slider.setSingleStep(5)
        self.slider.setPageStep(25)
        self.slider.setFixedWidth(150)
        self.slider.setToolTip("Moves this family along its bridge while it trains")
        self.slider.valueChanged.connect(self._turn)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.words)
        row.addWidget(self.slider)
        self.reset()

    def reset(self) -> None:
        """No run, or another one."""
        self.parameter, self._spec = "", None
        self.hide()

    def follow(self, answer: m.SpectrumOf, config: Config | None) -> None:
        """Stand where the model that answered stood, unless a hand is on the slider."""
        if not answer.dial or config is None:
            self.hide()
            return
        if answer.dial != self.parameter:
            self.parameter, self._spec = answer.dial, params(config)[answer.dial]
            self.symbol = self._spec.symbol
            self.slider.setToolTip(f"{self._spec.label} ({self.symbol}). {self._spec.describe()}")
            self._place(answer.dial_value)
            self.show()
        elif not self.slider.isSliderDown() and not self.slider.hasFocus():
            self._place(answer.dial_value)

    def _place(self, value: float) -> None:
        low, high = self._range()
        self.slider.blockSignals(True)
        self.slider.setValue(round(PLACES * (value - low) / (high - low)))
        self.slider.blockSignals(False)
        self._say()

    def _range(self) -> tuple[float, float]:
        assert self._spec is not None and self._spec.lo is not None and self._spec.hi is not None
        return self._spec.lo, self._spec.hi

    def value(self) -> float:
        """Where it stands, in the parameter's unit."""
        low, high = self._range()
        return low + (high - low) * self.slider.value() / PLACES

    def _say(self) -> None:
        assert self._spec is not None
        self.words.setText(f"{self._spec.label} {self.symbol} = {number(self.value())}")

    def _turn(self, _place: int) -> None:
        if self._spec is not None:
            self._say()
            self.turned.emit(self.parameter, self.value())
