"""You against D."""

from __future__ import annotations

from playground.ui.views.common import StageView


class JudgeView(StageView):
    """To be drawn."""

    name = "judge"
    title = "You against D"
    hint = "Twenty items, real or generated: can you tell? Your score stands beside the discriminator’s."
    kinds = ("image", "points")
