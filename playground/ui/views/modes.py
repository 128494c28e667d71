"""Modes."""

from __future__ import annotations

from playground.ui.views.common import StageView


class ModesView(StageView):
    """To be drawn."""

    name = "modes"
    title = "Modes"
    hint = (
        "One bar a mode: which parts of the data the model covers, which it has forgotten, "
        "and how pure its samples are."
    )
    kinds = ("image", "points")
