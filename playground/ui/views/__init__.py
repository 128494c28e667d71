"""The views of the stage, by the names that families list. One new view is one file and one line here."""

from __future__ import annotations

from playground.ui.views.anatomy import AnatomyView
from playground.ui.views.base import RunContext, View
from playground.ui.views.interpolate import InterpolateView
from playground.ui.views.latent_map import LatentMapView
from playground.ui.views.reconstruct import ReconstructView
from playground.ui.views.samples import SamplesView
from playground.ui.views.traverse import TraverseView

VIEWS: dict[str, type[View]] = {
    "samples": SamplesView,
    "reconstruct": ReconstructView,
    "latent_map": LatentMapView,
    "interpolate": InterpolateView,
    "traverse": TraverseView,
    "anatomy": AnatomyView,
}

__all__ = ["VIEWS", "RunContext", "View"]
