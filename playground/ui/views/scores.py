"""D’s eye."""

from __future__ import annotations

from playground.ui.views.common import StageView


class ScoresView(StageView):
    """To be drawn."""

    name = "scores"
    title = "D’s eye"
    hint = (
        "Real and generated pictures in the order of D’s score, the scores of both as histograms, "
        "and where D looks."
    )
    kinds = ("image",)
