"""What is said of a finished model on board: in a few words, and in all."""

from __future__ import annotations

from html import escape
from typing import Any

from playground.ui.numbers import duration


def short(model: Any) -> str:
    """The one number that says most, and the time: "8 of 8 modes covered · trained 40 s"."""
    words = [q.words() for q in model.quality[:1]]
    return " · ".join([*words, f"trained {duration(model.seconds)}"])


def summary(model: Any) -> str:
    """All that is known of a model, as a tooltip."""
    numbers = "".join(f"<li>{escape(q.words())}</li>" for q in model.quality)
    size = f"{model.size_mb:.1f} MB, weights in {model.weights} precision"
    return (
        f"<b>{escape(model.name)}</b>: a finished model on board<br>Recipe “{escape(model.preset)}” on {escape(model.data)}, seed "
        f"{model.seed}: {model.step:,} steps in {duration(model.seconds)} on one CPU core. {size}."
        f"<br>Measured:<ul style='margin-left: -24px'>{numbers}</ul>"
        "In brackets what real items score against other real ones, or a perfect model."
    )
