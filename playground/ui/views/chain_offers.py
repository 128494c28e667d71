"""What can be chosen of a chain: a sampler, steps, noise on the way, a class, the ideal denoiser. Families differ in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.engine import FAMILIES
from playground.engine.config import params
from playground.ui.views.base import RunContext

MOST_STEPS = 4000


@dataclass(frozen=True)
class Offers:
    """Which controls a run's chains have; ``title`` names a chain of which nothing can be chosen."""

    sampler: bool = True
    steps: int = MOST_STEPS  # the most that can be asked for; 0: they are the recipe's
    eta: bool = True
    guidance: bool = True
    ideal: bool = True  # there is an ideal denoiser to compare with
    score: bool = True  # and a score on the plane
    title: str = ""

    @classmethod
    def of(cls, context: RunContext) -> Offers:
        """A family offers what its config has; an ideal denoiser and a score if it has the views of them."""
        config, family = context.config, FAMILIES.get(context.family)
        views = family.views.get(context.kind, ()) if family else ()
        return cls(
            sampler=hasattr(config, "sampler"), steps=_most_steps(config), eta=hasattr(config, "eta"),
            guidance=getattr(config, "class_dropout", 0.0) > 0 and hasattr(config, "guidance_scale"),
            ideal="denoising" in views, score="score_field" in views, title=family.title if family else "",
        )  # fmt: skip

    @property
    def any(self) -> bool:
        """Two lanes can differ."""
        return self.sampler or self.steps > 0 or self.eta or self.guidance or self.ideal


def _most_steps(config: Any) -> int:
    """No more than the field allows, nor than the model has timesteps."""
    if not hasattr(config, "num_steps"):
        return 0
    highest = params(type(config))["num_steps"].hi or MOST_STEPS
    return int(min(highest, getattr(config, "num_timesteps", MOST_STEPS)))
