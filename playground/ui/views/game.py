"""The game."""

from __future__ import annotations

from playground.ui.views.common import StageView


class GameView(StageView):
    """To be drawn."""

    name = "game"
    title = "The game"
    hint = (
        "See D, the best possible D* and their difference over the plane, real and generated points, "
        "and where D tells each generated point to go."
    )
    kinds = ("points",)
