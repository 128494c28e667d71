"""The numbers of the step on screen, and its equation with them in the places of the symbols."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from playground.engine import messages as m
from playground.ui import theme

SYMBOLS = {
    "c_x": ("data", "how much of xₜ stays"), "c_x0": ("model", "how much of the believed end is put in"),
    "c_eps": ("monitor", "how much of the noise seen is put back"), "sigma": ("kl", "standard deviation of fresh noise"),
    "c_before": ("neutral", "how much of the belief one step earlier (second order)"),
}  # fmt: skip


class StepNumbers(QWidget):
    """t, alpha-bar, SNR, evaluations; beneath them the update."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts, self.equation = QLabel(), QLabel()
        self.equation.setTextFormat(Qt.TextFormat.RichText)
        for label in (self.facts, self.equation):
            label.setWordWrap(True)
        self.facts.setToolTip(
            "t: timestep, T − 1 all noise, −1 clean data. ᾱ: share of the variance that is signal. SNR: ᾱ/(1 − ᾱ). "
            "NFE: evaluations of the network so far, for each item."
        )
        self.equation.setToolTip("The update that led here, with this step's numbers: " + "; ".join(
            f"{what}" for _, what in SYMBOLS.values()))  # fmt: skip
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addWidget(self.facts)
        column.addWidget(self.equation)

    def show_frame(self, frame: m.ChainFrame | None, accent: str) -> None:
        """The numbers of a frame, nothing for None."""
        if frame is None:
            self.facts.setText("")
            self.equation.setText("")
            return
        n = frame.numbers
        where = "x₀, clean data" if frame.t < 0 else f"t = {frame.t:,}"
        snr = n.get("snr", math.nan)
        parts = [
            f"<b>{where}</b>", f"ᾱ = {_significant(n.get('alpha_bar_next', math.nan))}",
            f"SNR = {'∞' if math.isinf(snr) else _significant(snr)}", f"step {frame.done} of {frame.total}", f"NFE {frame.nfe}",
        ]  # fmt: skip
        self.facts.setText(" · ".join(parts))
        self.equation.setText(equation_text(frame, accent) if frame.done else "x<sub>T</sub> ~ N(0, I): where every chain begins")


def equation_text(frame: m.ChainFrame, accent: str) -> str:
    """The update with numbers in place of {symbols}, each in its colour."""
    look = theme.current()

    def put(found: re.Match[str]) -> str:
        key = found.group(1)
        colour = look.role(SYMBOLS.get(key, ("neutral", ""))[0], accent)
        return f'<span style="color:{colour}"><b>{_significant(frame.numbers.get(key, math.nan))}</b></span>'

    return re.sub(r"\{(\w+)\}", put, frame.equation)


def _significant(value: float) -> str:
    """Three significant figures with a true minus sign, powers of ten for the very small and large."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e5:
        text = f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    else:
        mantissa, power = f"{value:.1e}".split("e")
        text = f"{mantissa}·10{_raised(int(power))}"
    return text.replace("-", "−")


def _raised(power: int) -> str:
    return "".join("⁻" if c == "-" else "⁰¹²³⁴⁵⁶⁷⁸⁹"[int(c)] for c in str(power))
