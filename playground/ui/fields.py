"""Controls for one value each: numbers that step as their range asks, choices that explain themselves, folds.

None of them changes on the mouse wheel: a wheel over a form scrolls the form.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QLocale, QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QPushButton,
    QSpinBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from playground.ui import icons, theme
from playground.ui.style import set_look

ACRONYMS = {"elbo", "iwae", "mlp", "gan", "vae", "ddpm", "ddim", "edm", "snr", "2m"}
NAMES = {"eps": "ε, the noise", "x0": "x₀, the clean item", "v": "v, both", "unet": "U-Net", "dpmpp": "DPM-Solver++"}
DECIMALS = 12  # of the Qt spin box, which rounds to them; what is shown has up to six digits


def number_text(value: float) -> str:
    """A number as short as it can be read: 0.001 is 0.001, 0.000001 is 1e-6, 10000000 is 10,000,000."""
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    text = f"{value:.6g}"
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else text


def parse_number(text: str) -> float | None:
    """The inverse, forgiving: thousands separators, a comma for the point, a true minus sign; None if it is no
    number.
    """
    text = text.strip().replace("\u2212", "-").replace(" ", "")
    if "," in text and "." not in text and len(text.rpartition(",")[2]) != 3:
        text = text.replace(",", ".")
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def next_round(value: float, up: bool) -> float:
    """The next number of the series 1, 2, 5, 10, 20, 50 ... above or below a positive value."""
    decade = 10.0 ** math.floor(math.log10(value) + 1e-9)
    ladder = [m * d for d in (decade / 10, decade, decade * 10) for m in (1, 2, 5)]
    if up:
        return next(x for x in ladder if x > value * (1 + 1e-9))
    return next(x for x in reversed(ladder) if x < value * (1 - 1e-9))


def linear_step(value: float, span: float) -> float:
    """A tenth of the value's power of ten, but no finer than a thousandth of the range's."""
    floor = 10.0 ** (math.floor(math.log10(span)) - 3) if span > 0 else 0.1
    return max(floor, 10.0 ** (math.floor(math.log10(abs(value))) - 1)) if value else max(floor, 0.1 if span > 1 else floor)


class _Quiet:
    """Mixed into controls that leave the wheel to the form they are in."""

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        event.ignore()


class NumberBox(_Quiet, QDoubleSpinBox):
    """A float. Arrow keys step along 1, 2, 5, 10 for ``log`` parameters, else by a tenth of the leading digit."""

    def __init__(self, lo: float | None, hi: float | None, *, log: bool = False, unit: str = "") -> None:
        super().__init__()
        self._log = log
        self.setLocale(QLocale.c())
        self.setDecimals(DECIMALS)
        self.setRange(-1e12 if lo is None else lo, 1e12 if hi is None else hi)
        self.setSuffix(f" {unit}" if unit else "")
        _prepare(self)

    def textFromValue(self, value: float) -> str:  # noqa: N802
        return number_text(value)

    def valueFromText(self, text: str) -> float:  # noqa: N802
        return parse_number(text.removesuffix(self.suffix())) or 0.0

    def validate(self, text: str, pos: int) -> tuple[QValidator.State, str, int]:
        value = parse_number(text.removesuffix(self.suffix()))
        inside = value is not None and self.minimum() <= value <= self.maximum()
        return (QValidator.State.Acceptable if inside else QValidator.State.Intermediate), text, pos

    def fixup(self, text: str) -> str:
        value = parse_number(text.removesuffix(self.suffix()))
        clamped = self.value() if value is None else min(max(value, self.minimum()), self.maximum())
        return number_text(clamped) + self.suffix()

    def stepBy(self, steps: int) -> None:  # noqa: N802
        value = self.value()
        for _ in range(abs(steps)):
            value = self._next(value, steps > 0)
        self.setValue(value)

    def _next(self, value: float, up: bool) -> float:
        if self._log and value > 0:
            return next_round(value, up)
        step = linear_step(value, self.maximum() - self.minimum())
        return round((value + (step if up else -step)) / step) * step


class IntBox(_Quiet, QSpinBox):
    """A whole number with thousands separators; ``log`` ones step along 1, 2, 5, 10 (powers of two from 2 to 8,192)."""

    def __init__(self, lo: float | None, hi: float | None, *, log: bool = False, unit: str = "") -> None:
        super().__init__()
        self._log = log
        self.setLocale(QLocale.c())
        self.setRange(-(2**31) + 1 if lo is None else int(lo), 2**31 - 1 if hi is None else int(min(hi, 2**31 - 1)))
        self.setSuffix(f" {unit}" if unit else "")
        _prepare(self)

    def textFromValue(self, value: int) -> str:  # noqa: N802
        return f"{value:,}"

    def valueFromText(self, text: str) -> int:  # noqa: N802
        return round(parse_number(text.removesuffix(self.suffix())) or 0)

    def validate(self, text: str, pos: int) -> tuple[QValidator.State, str, int]:
        value = parse_number(text.removesuffix(self.suffix()))
        inside = value is not None and value == int(value) and self.minimum() <= value <= self.maximum()
        return (QValidator.State.Acceptable if inside else QValidator.State.Intermediate), text, pos

    def fixup(self, text: str) -> str:
        value = parse_number(text.removesuffix(self.suffix()))
        clamped = self.value() if value is None else min(max(round(value), self.minimum()), self.maximum())
        return f"{clamped:,}{self.suffix()}"

    def stepBy(self, steps: int) -> None:  # noqa: N802
        value = self.value()
        for _ in range(abs(steps)):
            value = self._next(value, steps > 0)
        self.setValue(min(max(value, self.minimum()), self.maximum()))

    def _next(self, value: int, up: bool) -> int:
        if not self._log or value < 1:
            return value + (1 if up else -1)
        if self.maximum() <= 2**13:  # sizes of layers, batches and latents
            return value + 1 if value < 2 and up else _next_power_of_two(value, up)
        return round(next_round(value, up)) if value > 1 or up else 0


class ChoiceBox(_Quiet, QComboBox):
    """A few named values, each with its own tooltip."""

    picked = Signal(str)

    def __init__(self, items: Sequence[tuple[str, str, str]] = ()) -> None:
        """``items``: (value, text, tooltip)."""
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.set_items(items)
        self.activated.connect(lambda _: self.picked.emit(self.value()))

    def set_items(self, items: Sequence[tuple[str, str, str]]) -> None:
        """Replace the choices and keep the current value where it is still one."""
        before = self.value()
        self.clear()
        for value, text, tip in items:
            self.addItem(text, value)
            self.setItemData(self.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.set_value(before)

    def value(self) -> str:
        return str(self.currentData() or "")

    def set_value(self, value: str) -> None:
        """Choose a value; one that is not offered is added, so that a foreign recipe is shown as it is."""
        if value and self.findData(value) < 0:
            self.addItem(choice_text(value), value)
        self.setCurrentIndex(max(self.findData(value), 0))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """As Qt does, but text that does not fit ends in an ellipsis instead of being cut."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self)
        option.currentText = self.fontMetrics().elidedText(option.currentText, Qt.TextElideMode.ElideRight, field.width() - 4)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def showPopup(self) -> None:  # noqa: N802
        """Let the list be as wide as its longest line; the box itself may be narrow."""
        self.view().setMinimumWidth(max(self.width(), self.view().sizeHintForColumn(0) + 28))
        super().showPopup()


class Fold(QWidget):
    """A line that opens and closes what is below it."""

    toggled = Signal(bool)

    def __init__(self, title: str, tip: str) -> None:
        super().__init__()
        self.button = QPushButton(title)
        self.button.setCheckable(True)
        self.button.setToolTip(tip)
        self.button.setIconSize(QSize(12, 12))
        set_look(self.button, "fold")
        self.body = QWidget()
        self.column = QVBoxLayout(self.body)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(theme.SPACE_S)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(theme.SPACE_XS)
        outer.addWidget(self.button)
        outer.addWidget(self.body)
        self.button.toggled.connect(self._toggle)
        self._toggle(False)

    def set_open(self, is_open: bool) -> None:
        self.button.setChecked(is_open)

    def retheme(self) -> None:
        name = "chevron_down" if self.button.isChecked() else "chevron_right"
        self.button.setIcon(icons.icon(name, theme.current().dim))

    def _toggle(self, is_open: bool) -> None:
        self.body.setVisible(is_open)
        self.retheme()
        self.toggled.emit(is_open)


def choice_text(value: str) -> str:
    """A choice as it is shown: gaussian_learned is "Gaussian learned", elbo is "ELBO", eps has a symbol, fp32 stays."""
    words = value.replace("_", " ").split(" ")
    shown = [w.upper() if w in ACRONYMS else NAMES.get(w, w) for w in words]
    if shown[0] == words[0] and not any(c.isdigit() for c in shown[0]):
        shown[0] = shown[0].capitalize()
    return " ".join(shown)


def value_of(widget: Any) -> Any:
    """The value of any of this module's controls, a check box or a line edit."""
    if hasattr(widget, "isChecked"):
        return widget.isChecked()
    if isinstance(widget, QAbstractSpinBox):
        return widget.value()  # type: ignore[attr-defined]
    return widget.value() if isinstance(widget, ChoiceBox) else widget.text()


def _prepare(box: QAbstractSpinBox) -> None:
    box.setKeyboardTracking(False)  # a value counts when it is complete, not at every key
    box.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    box.setAccelerated(True)


def _next_power_of_two(value: int, up: bool) -> int:
    return 2 ** (math.floor(math.log2(value)) + 1) if up else 2 ** (math.ceil(math.log2(value)) - 1)
