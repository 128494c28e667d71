"""Dirac-GAN."""

from __future__ import annotations

from playground.ui.views.common import StageView


class DiracView(StageView):
    """To be drawn."""

    name = "dirac"
    title = "Dirac-GAN"
    hint = (
        "The smallest GAN there is, two numbers: see which objectives and penalties spiral in, "
        "orbit or fly apart."
    )
    kinds = ("image", "points")
    needs_run = False
