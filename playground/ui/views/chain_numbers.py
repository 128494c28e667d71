"""The numbers of the frame on screen, and the equation of its step with them in the places of the symbols."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from playground.ui import theme
from playground.ui.views.chain_frames import CLEAN, Leap, Moment
from playground.ui.views.common import number

#: key of a number in an equation -> (colour of the picture that it multiplies, what it is)
COEFFICIENTS = {
    "c_x": ("neutral", "the share of the noisy xₜ that stays"),
    "c_x0": ("model", "the share of the believed end x̂₀ that is put in"),
    "c_eps": ("monitor", "how much of the noise ε̂ that the model sees is put back"),
    "c_before": ("model", "the belief one step earlier (second-order correction)"),
    "sigma": ("kl", "standard deviation of the fresh noise z ~ N(0, I); 0 for ODE samplers"),
}  # fmt: skip
#: What has to fit, about: facts and equation.
LONGEST = (
    "B  t = 999 · ᾱ = 1.2·10-5 · SNR = 1.2·10-5 (−39.1 dB) · step 888/888 · NFE 888",
    "Next, to t = 999:  xs = 0.888 xₜ + 0.888 x̂₀ − 0.888 x̂₀ before",
)
LEADING, SLACK = 1.2, 1.03  # the equation needs room for hats and indices; lines are not filled to the last pixel
FACTS_TIP = (
    "t: timestep; T − 1 is all noise, 0 has one step of noise. ᾱ: share of the variance that is signal. SNR = ᾱ/(1 − ᾱ), in "
    "decibels 10 log₁₀ SNR: 0 dB is as much signal as noise. NFE: evaluations of the network so far, for each item."
)


class StepNumbers(QLabel):
    """t, alpha-bar, SNR, evaluations; beneath them the update that leaves this frame."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        words = "; ".join(what for _, what in COEFFICIENTS.values())
        self.setToolTip(f"{FACTS_TIP}<br>Equation: the update of this step from t to s with its numbers, in the colours of the "
                        f"pictures: {words}.")  # fmt: skip

    def fit(self, width: int) -> None:
        """As many lines as the longest texts need at this width: what is beneath must not jump from frame to frame."""
        metrics = self.fontMetrics()
        facts, equation = (math.ceil(SLACK * metrics.horizontalAdvance(text) / max(width, 100)) for text in LONGEST)
        self.setFixedHeight(math.ceil((facts + LEADING * equation) * metrics.height()) + 2)

    def show_moment(self, moment: Moment | None, accent: str, steps: int = 0, letter: str = "") -> None:
        """The numbers of a frame, nothing for None."""
        self.setText("" if moment is None else f"<div>{facts_text(moment, steps, letter)}</div>{step_text(moment, accent)}")


def facts_text(moment: Moment, steps: int, letter: str = "") -> str:
    """One line: where the frame stands."""
    place = moment.place
    snr = "∞" if math.isinf(place.snr) else f"{significant(place.snr)} ({decibel(place.snr)})"
    known = math.isfinite(place.alpha_bar)  # chains of learned steps have no share of signal
    parts = [
        "clean data" if place.t == CLEAN else f"t = {place.t:,}",
        *([f"ᾱ = {significant(place.alpha_bar)}", f"SNR = {snr}"] if known else []),
        f"step {place.done}/{steps}", f"NFE {place.nfe}",
    ]  # fmt: skip
    head = f"<b>{letter}</b>&nbsp; " if letter else ""
    return f"{head}<b>{parts[0]}</b> · " + " · ".join(p.replace(" ", "&nbsp;") for p in parts[1:])


def decibel(snr: float) -> str:
    """A ratio of powers in dB."""
    return f"{number(10 * math.log10(snr), 1)} dB" if snr > 0 else "−∞ dB"


def step_text(moment: Moment, accent: str) -> str:
    """What is done with this frame: the update with its numbers; at the end, how it was made."""
    if moment.leap is None:
        return "x<sub>T</sub> ~ N(0, I): every chain begins with pure noise"
    end = "clean" if moment.leap.end == CLEAN else f"t = {moment.leap.end:,}"
    head = "The last step was" if moment.finished else f"Next, to {end}:"
    text = f"<span style='color:{theme.current().dim}'>{head}</span>&nbsp; {equation_text(moment.leap, accent)}"
    return f"<div style='line-height:{100 * LEADING:.0f}%'>{text}</div>"


def equation_text(leap: Leap, accent: str) -> str:
    """The update with numbers in place of {symbols}; each number and what it multiplies in the colour of its picture."""
    look = theme.current()

    def put(found: re.Match[str]) -> str:
        key, what = found.group(1), found.group(2)
        colour = look.role(COEFFICIENTS.get(key, ("neutral", ""))[0], accent)
        value = significant(leap.numbers.get(key, math.nan))
        return f"<span style='color:{colour}'><b>{value}</b>&nbsp;<i>{what.strip()}</i></span>"

    text = re.sub(r"\{(\w+)\}(.*?)(?=\s\+\s\{|$)", put, leap.equation)
    return re.sub(r"\+ (<span[^>]*><b>)−", r"− \1", text).replace("x =", "<i>x<sub>s</sub></i> =", 1)


def significant(value: float) -> str:
    """Three significant figures with a true minus sign, powers of ten for the very small and large."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e5:
        text = f"{value:#.3g}" if abs(value) < 1000 else f"{value:,.0f}"
        return text.rstrip(".").replace("-", "−")
    mantissa, power = f"{value:.1e}".split("e")
    return f"{mantissa}·10<sup>{int(power)}</sup>".replace("-", "−")
