"""The views of the stage, by the names that families list. One new view is one file and one line here."""

from __future__ import annotations

from playground.ui.views.anatomy import AnatomyView
from playground.ui.views.base import RunContext, View
from playground.ui.views.bound import BoundView
from playground.ui.views.chain import ChainView
from playground.ui.views.denoising import DenoisingView
from playground.ui.views.dirac import DiracView
from playground.ui.views.forward import ForwardView
from playground.ui.views.game import GameView
from playground.ui.views.hierarchy import HierarchyView
from playground.ui.views.interpolate import InterpolateView
from playground.ui.views.judge import JudgeView
from playground.ui.views.large_steps import LargeStepsView
from playground.ui.views.latent_map import LatentMapView
from playground.ui.views.latent_speed import LatentSpeedView
from playground.ui.views.modes import ModesView
from playground.ui.views.reconstruct import ReconstructView
from playground.ui.views.samples import SamplesView
from playground.ui.views.score_field import ScoreFieldView
from playground.ui.views.scores import ScoresView
from playground.ui.views.spectrum import SpectrumView
from playground.ui.views.teacher import TeacherView
from playground.ui.views.traverse import TraverseView
from playground.ui.views.warp import WarpView

VIEWS: dict[str, type[View]] = {
    "samples": SamplesView,
    "reconstruct": ReconstructView,
    "latent_map": LatentMapView,
    "interpolate": InterpolateView,
    "traverse": TraverseView,
    "anatomy": AnatomyView,
    "game": GameView,
    "warp": WarpView,
    "scores": ScoresView,
    "modes": ModesView,
    "dirac": DiracView,
    "judge": JudgeView,
    "chain": ChainView,
    "forward": ForwardView,
    "score_field": ScoreFieldView,
    "bound": BoundView,
    "denoising": DenoisingView,
    "large_steps": LargeStepsView,
    "hierarchy": HierarchyView,
    "latent_speed": LatentSpeedView,
    "spectrum": SpectrumView,
    "teacher": TeacherView,
}

__all__ = ["VIEWS", "RunContext", "View"]
