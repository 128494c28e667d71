"""Adversarial distillation (Sauer et al. 2023): a diffusion run teaches a student to do in 1 to 4 steps what takes it many.

What it declares; no torch here, see learner.py for the mathematics.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from playground.engine.config import Config, ConfigError, param, params
from playground.engine.families.diffusion import DiffusionConfig
from playground.engine.families.spec import Family, Panel, Preset, Series, Term

SAUER = "Sauer et al. 2023, arXiv:2311.17042"
TEACHER, STUDENT, JUDGE, OPTIMISER = "Teacher: diffusion", "Student", "Discriminator", "Optimiser"


def _here(c: Any) -> bool:
    """Whether the teacher is trained in this run."""
    return not c.teacher


def _of(name: str, default: Any = None, **changes: Any) -> Any:
    """The declaration of a field of the teacher's recipe, with changes; it matters where the teacher is trained here."""
    declared = next(f for f in dataclasses.fields(DiffusionConfig) if f.name == name)
    spec = dataclasses.replace(params(DiffusionConfig)[name], **{"group": TEACHER, "when": _here, **changes})
    return dataclasses.field(default=declared.default if default is None else default, metadata={"param": spec})


@dataclass(frozen=True)
class DistilledConfig(Config):
    """Hyper-parameters of teacher, student and discriminator. ``steps`` counts those of both stages."""

    teacher: str = param(
        "", label="Teacher", run_of="diffusion", group=TEACHER, source=SAUER,
        help="The diffusion model that teaches: a trained run of the same data, or one that is trained here first.",
    )
    first_steps: int = param(
        5_000, 1, 10_000_000, label="Teacher's steps", log=True, group=TEACHER, when=_here,
        help="Of all steps, those that train the teacher. Then it rests, and the others train the student.",
    )
    target: str = _of(
        "target", "v", advanced=True, choices=("x0", "v"), choice_help=params(DiffusionConfig)["target"].choice_help[1:],
        help="What teacher and student predict. Noise is no choice: in pure noise it says nothing of the item.",
    )
    schedule: str = _of("schedule", advanced=True)
    hidden: int = _of("hidden", advanced=True)
    layers: int = _of("layers", advanced=True)
    channels: int = _of("channels", 24, advanced=True)
    learning_rate_first: float = _of("learning_rate", advanced=True, live=False, label="Teacher's learning rate")
    levels: int = param(
        4, 1, 4, label="Levels", symbol="N", group=STUDENT,
        help="Levels of noise that the student learns, evenly spread up to pure noise: it can take so many steps.",
        source=SAUER + ", section 3.1",
    )
    num_steps: int = param(
        4, 1, 4, label="Student's steps", symbol="n", live=True, group=STUDENT,
        help="Steps in which the student makes an item: it says what the item is, puts less noise on that, and looks again.",
        source=SAUER + ", section 3.1",
    )
    distillation: float = param(
        1.0, 0.0, 100.0, label="Distillation weight", symbol="λ", live=True, group=STUDENT,
        help="Weight of the distance between the student's item and what the teacher makes of it under noise. 0 leaves a GAN whose "
        "generator begins as a diffusion model.", source=SAUER + ", eq. 1; their λ is 2.5",
    )
    adversarial: float = param(
        1.0, 0.0, 100.0, label="Adversarial weight", live=True, group=STUDENT,
        help="Weight of what the discriminator says of the student's items. 0 leaves distillation alone, whose one-step items are "
        "means of all that the noise could become: blurred.", source=SAUER + ", eq. 1",
    )
    averaging: float = _of(
        "averaging", 0.995, group=STUDENT, when=None,
        help="The student that is shown is a moving average of the weights with this memory; it grows in over the first steps.",
    )
    penalty_weight: float = param(
        0.1, 0.0, 1000.0, label="Gradient penalty", symbol="γ", live=True, group=JUDGE,
        help="Half of this times the squared gradient of D at real items (R1) is added to D's loss.",
        source=SAUER + ", eq. 3; Mescheder et al. 2018, arXiv:1801.04406",
    )
    judge_noise: float = param(
        0.0, 0.0, 5.0, label="Noise on what D sees", symbol="σ", live=True, group=JUDGE, advanced=True,
        help="Standard deviation of noise on real and made items before D judges them, in those of the data (pictures: of pixels "
        "in [−1, 1]). 0: clean items, as in the paper. Noise helps where items and data hardly overlap.",
        source="Sønderby et al. 2017, arXiv:1610.04490",
    )
    judge_hidden: int = param(
        128, 4, 1024, label="D's width", log=True, group=JUDGE, advanced=True, help="Units in D's fully connected hidden layers.",
    )
    judge_channels: int = param(
        16, 4, 256, label="D's channels", log=True, group=JUDGE, advanced=True,
        help="Channels of D's first convolution (images only); they double at every halving of the picture.",
    )
    steps: int = _of(
        "steps", 9_000, group=OPTIMISER, when=None,
        help="Optimizer updates of both stages until training ends by itself. May be raised while training, to go on.",
    )
    batch_size: int = _of("batch_size", group=OPTIMISER, when=None, help="Items a step looks at, in both stages.")
    learning_rate: float = _of(
        "learning_rate", 3e-4, group=OPTIMISER, when=None, help="Step size of the student's Adam.",
    )
    learning_rate_d: float = _of(
        "learning_rate", group=OPTIMISER, when=None, label="Learning rate of D", symbol="η_D", help="Step size of D's Adam.",
    )
    decay: str = _of("decay", group=OPTIMISER, when=None)

    def check(self) -> None:
        if self.num_steps > self.levels:
            raise ConfigError("num_steps", f"is {self.num_steps}, but the student learns only {self.levels} levels of noise.")
        if not self.teacher and self.first_steps >= self.steps:
            raise ConfigError("first_steps", f"takes {self.first_steps:,} of {self.steps:,} steps: none is left for the student.")

    def diffusion(self, kind: str) -> DiffusionConfig:
        """The recipe of a teacher that is trained here."""
        return DiffusionConfig(
            target=self.target, schedule=self.schedule, hidden=self.hidden, layers=self.layers, channels=self.channels,
            weighting="min_snr" if kind == "image" else "simple", steps=self.first_steps, batch_size=self.batch_size,
            learning_rate=self.learning_rate_first, sampler="ddim" if kind == "image" else "dpmpp_2m", num_steps=50,
        )  # fmt: skip


PRESETS = (
    Preset(
        "2-D density", "2-3 min", "A teacher in a minute, then a student that needs four of its fifty steps, or one.",
        {"first_steps": 6_000, "steps": 10_000, "batch_size": 256, "learning_rate": 1e-3},
        kind="points",
    ),
    Preset(
        "Pictures", "about 8 min", "A small U-Net teaches, and is then cut down to four steps.",
        {"first_steps": 3_000, "steps": 4_500, "batch_size": 64, "learning_rate_first": 2e-3},
    ),
)

PANELS = (
    Panel(
        "Teacher: denoising error", "mean square per dimension",
        (Series("eps_error", "teacher", "model", help="Mean squared error of the noise that the teacher predicts. It stays once it "
                "rests."),),
    ),
    Panel(
        "Student", "mean square; score",
        (
            Series("distilled", "distance from the teacher", "total", help="Mean square per dimension between the student's item "
                   "and what the teacher makes of it under noise, weighted by the signal (eq. 4)."),
            Series("loss_g", "adversarial", "model", help="Minus D's score of the student's items (eq. 2)."),
        ),
    ),
    Panel(
        "D's verdict", "score",
        (
            Series("d_real", "real", "data", help="D's mean score of real items; the hinge asks for +1."),
            Series("d_fake", "student's", "model", help="D's mean score of the student's items; the hinge asks for −1."),
            Series("zero", "cannot tell", "theory", help="0: D cannot tell them apart."),
        ),
    ),
    Panel(
        "Energy distance from data", "unit of x",
        (
            Series("student_distance", "student", "model", held_out=True, help="Of samples in the recipe's few steps."),
            Series("teacher_distance", "teacher", "monitor", held_out=True, help="Of the teacher's samples in its own many steps."),
            Series("floor_distance", "real data", "theory", held_out=True, help="Of as many real items from other real items."),
        ),
        kind="points",
        help="2 E|x − y| − E|x − x'| − E|y − y'|: 0 only for equal distributions, but chance alone gives the dashed line.",
    ),
)

EQUATION = (
    Term("loss", "loss", "total", "What the stage at work minimises: first the teacher's error, then this sum."),
    Term("="),
    Term("λ", "distillation", "neutral", "Distillation weight."),
    Term("c(t) ‖x̂<sub>θ</sub> − x̂<sub>ψ</sub>(x̂<sub>θ,t</sub>, t)‖²", "distilled", "total",
         "Distance between the student's item and what the teacher makes of it under noise (eq. 4)."),
    Term("+"),
    Term("w", "adversarial", "neutral", "Adversarial weight."),
    Term("−D(x̂<sub>θ</sub>)", "loss_g", "model", "Minus D's score of the student's items (eq. 2)."),
)

FAMILY = Family(
    name="distilled",
    title="Distillation",
    accent="hybrids",
    summary="A diffusion model teaches a student, and a discriminator watches it: items in one to four steps instead of fifty.",
    paper=SAUER,
    config=DistilledConfig,
    presets=PRESETS,
    views={
        "points": ("teacher", "chain", "samples", "interpolate", "modes"),
        "image": ("teacher", "chain", "samples", "interpolate", "modes", "spectrum"),
    },
    panels=PANELS,
    equation=EQUATION,
    learner="playground.engine.families.hybrids.distilled.learner:DistilledLearner",
    group="hybrids",
    encoder=False,
    path="slerp",
)
