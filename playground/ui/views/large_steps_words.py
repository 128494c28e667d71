"""What the numbers of a large step mean, in sentences."""

from __future__ import annotations

import math

from playground.engine import messages as m
from playground.ui import theme
from playground.ui.views.common import number

SPREAD_TIP = (
    "Standard deviation, per coordinate or pixel, of what the model draws behind this one xₜ with as many different z, with its "
    "standard error. Without z there is one x₀ only: 0. Beside it that of the truth, from the density of the data."
)
HELD_TIP = (
    "The smallest region that holds 95 % of the true distribution behind this xₜ: how much of the model’s draws lies in it (with "
    "its standard error), and of the best single round Gaussian. A perfect model has 95 %. The region alone does not tell whether "
    "all of it is reached: see the spread."
)


def sentence(answer: m.LargeStepOf, *, points: bool, accent: str) -> str:
    """What is to be seen."""
    look, what = theme.current(), "x₀" if answer.what == "x0" else "x<sub>t−1</sub>"
    model = f"<b><span style='color:{look.role('model', accent)}'>The model</span></b>"
    noise = f"with {len(answer.draws)} different z" if answer.noise_dim else "without z: one answer to every x<sub>t</sub>"
    head = f"At t = {answer.t} noise is {significant(answer.sigma)} times as strong as the signal. {model} draws {what} {noise}."
    if not points:
        return f"{head} Their mean is what an ordinary denoiser would show: blurred where z decides."
    if answer.exact is None:
        return f"{head} The density of these data is not known, so there is no truth beside it."
    data = f"<b><span style='color:{look.role('data', accent)}'>the truth</span></b>"
    return f"{head} Beneath, in blue, {data}. Dashed, the best single Gaussian, from which an ordinary diffusion step draws."


def spread_words(answer: m.LargeStepOf, *, points: bool) -> tuple[str, str, str]:
    """The number, its unit, and a sentence."""
    text = f"{answer.spread:.3g}"
    unit = "in x" if points else "per pixel"
    error = f"± {answer.spread_se:.1g}. " if answer.spread_se > 0 else ""
    if math.isfinite(answer.gaussian_sd):
        return text, unit, f"{error}The truth: {answer.gaussian_sd:.3g}."
    if points:
        return text, unit, error + "The truth is not known."
    return text, unit, error + ("Black is −1, white is 1." if answer.noise_dim or answer.what != "x0" else "Without z, none.")


def held_words(answer: m.LargeStepOf) -> str:
    """How far that is from a perfect model, and the Gaussian beside it."""
    if not math.isfinite(answer.inside):
        return "The truth is not known."
    return f"± {100 * answer.inside_se:.1f}. Perfect: 95 %. The single Gaussian: {number(100 * answer.inside_gaussian, 1)} %."


def significant(value: float) -> str:
    """Two figures."""
    return f"{value:.2g}" if value < 100 else f"{value:.0f}"
