"""Warp."""

from __future__ import annotations

from playground.ui.views.common import StageView


class WarpView(StageView):
    """To be drawn."""

    name = "warp"
    title = "Warp"
    hint = "The grid of noise bends into the data: see where G stretches it thin and where it folds."
    kinds = ("points",)
