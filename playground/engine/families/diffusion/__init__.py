"""Diffusion models (Ho et al. 2020) and flow matching: what they declare. No torch here; see learner.py for the mathematics."""

from __future__ import annotations

from dataclasses import dataclass

from playground.engine.config import Config, ConfigError, param
from playground.engine.families.spec import Family, Panel, Preset, Series, Term

HO20 = "Ho et al. 2020, arXiv:2006.11239"
PROCESS, NETWORK, SAMPLING, OPTIMISER = "Process", "Network", "Sampling", "Optimiser"

SCHEDULES = {
    "linear": "betas from 1e-4 to 0.02 at T = 1000, rescaled for other T (Ho et al. 2020)",
    "cosine": "alpha-bar along a squared cosine: gentle at both ends (Nichol & Dhariwal 2021, arXiv:2102.09672)",
    "sigmoid": "alpha-bar along a sigmoid (Jabri et al. 2022, arXiv:2212.11972)",
    "edm": "noise levels from 0.002 to 80 standard deviations of the data, rho 7 (Karras et al. 2022, arXiv:2206.00364)",
}
TARGETS = {
    "eps": "the noise that was added (Ho et al. 2020)",
    "x0": "the clean item",
    "v": "√ᾱ ε − √(1 − ᾱ) x₀, even at both ends (Salimans & Ho 2022, arXiv:2202.00512)",
}
WEIGHTINGS = {
    "simple": "every timestep counts alike in the squared error of the target (Ho et al. 2020, eq. 14)",
    "min_snr": "the signal-to-noise ratio, capped at 5 (Hang et al. 2023, arXiv:2303.09556)",
    "elbo": "the weights of the variational bound (Ho et al. 2020, eq. 12): the loss is then −log p, up to a constant",
}
SAMPLERS = {
    "ddim": "deterministic where η is 0, like DDPM where it is 1 (Song et al. 2021, arXiv:2010.02502)",
    "ddpm": "ancestral, with the posterior's small variance (Ho et al. 2020, algorithm 2)",
    "ddpm_large": "ancestral, with β as variance (Ho et al. 2020, section 3.2)",
    "ddpm_optimal": "ancestral, with the best variance for the network's error (Bao et al. 2022, arXiv:2201.06503)",
    "euler": "Euler steps on the probability-flow ODE (Song et al. 2021; Karras et al. 2022)",
    "heun": "Heun's second-order steps, two evaluations each (Karras et al. 2022, algorithm 1)",
    "dpmpp_2m": "second-order multistep, one evaluation each (DPM-Solver++, Lu et al. 2022, arXiv:2211.01095)",
}


@dataclass(frozen=True)
class DiffusionConfig(Config):
    """Hyper-parameters of the process, the network, its optimiser and the sampler."""

    objective: str = param(
        "diffusion", label="Objective", choices=("diffusion", "flow"), group=PROCESS,
        choice_help=(
            "denoising: a Gaussian chain from data to noise and back",
            "flow matching: straight lines from noise to data, and the velocity along them (Lipman et al. 2023; Liu et al. 2023)",
        ),
        help="What the network learns.", source=HO20 + "; flow: arXiv:2210.02747, arXiv:2209.03003",
    )
    schedule: str = param(
        "cosine", label="Schedule", group=PROCESS, choices=tuple(SCHEDULES), choice_help=tuple(SCHEDULES.values()),
        help="How noise grows with t.", when=lambda c: c.objective == "diffusion",
    )
    num_timesteps: int = param(
        1000, 4, 4000, label="Timesteps", symbol="T", log=True, group=PROCESS,
        help="Steps of the forward process. t = 0 has one step of noise, t = T − 1 all of them.", source=HO20,
    )
    target: str = param(
        "eps", label="Target", choices=tuple(TARGETS), choice_help=tuple(TARGETS.values()), group=PROCESS,
        help="What the network predicts; the others follow from it exactly.", when=lambda c: c.objective == "diffusion",
    )
    weighting: str = param(
        "simple", label="Weighting", group=PROCESS, choices=tuple(WEIGHTINGS), choice_help=tuple(WEIGHTINGS.values()),
        advanced=True, help="How much each timestep counts in the loss.", when=lambda c: c.objective == "diffusion",
    )
    class_dropout: float = param(
        0.0, 0.0, 1.0, label="Class dropout", group=PROCESS, advanced=True,
        help="0 ignores labels. Above: the network sees the class, hidden at random in this share of the items, so that it learns "
        "both p(x) and p(x|class): classifier-free guidance.", source="Ho & Salimans 2022, arXiv:2207.12598",
    )
    network: str = param(
        "auto", label="Network", choices=("auto", "mlp", "unet"), group=NETWORK,
        choice_help=("unet for images, mlp for points", "fully connected layers", "a small U-Net (images only)"),
        help="Shape of the denoiser; the timestep enters every layer.", source=HO20,
    )
    hidden: int = param(
        128, 8, 1024, label="Width", log=True, group=NETWORK, help="Units in each hidden layer of the fully connected network.",
        when=lambda c: c.network != "unet",
    )
    layers: int = param(
        4, 1, 8, label="Layers", group=NETWORK, help="Hidden layers of the fully connected network.",
        when=lambda c: c.network != "unet",
    )
    channels: int = param(
        32, 4, 256, label="Channels", log=True, group=NETWORK,
        help="Channels of the U-Net at its highest resolution; they double at every halving of the picture.",
        when=lambda c: c.network in ("unet", "auto"),
    )
    patch: int = param(
        2, 1, 8, label="Patch", group=NETWORK, advanced=True,
        help="Pixels on a side of the squares that the U-Net sees as one place: 2 is some three times as fast as 1.",
        source="Hoogeboom et al. 2023, arXiv:2301.11093, section 3.2", when=lambda c: c.network in ("unet", "auto"),
    )
    averaging: float = param(
        0.999, 0.0, 0.99999, label="Weight averaging", symbol="μ", live=True, group=NETWORK,
        help="The network that samples is a moving average of the weights with this memory; it grows in over the first steps.",
        source=HO20 + ", appendix B",
    )
    sampler: str = param(
        "ddim", label="Sampler", choices=tuple(SAMPLERS), choice_help=tuple(SAMPLERS.values()), live=True, group=SAMPLING,
        help="How noise is turned into data; needs no new training.",
    )
    num_steps: int = param(
        50, 1, 4000, label="Sampling steps", symbol="S", log=True, live=True, group=SAMPLING,
        help="Steps of the sampler, spread over the T timesteps; at most T.", source="Song et al. 2021, section 4.2",
    )
    eta: float = param(
        0.0, 0.0, 1.0, label="Noise on the way", symbol="η", live=True, group=SAMPLING,
        help="0 is deterministic, 1 has all the noise of DDPM.", source="Song et al. 2021, eq. 16",
        when=lambda c: c.sampler == "ddim",
    )
    guidance_scale: float = param(
        1.0, 0.0, 20.0, label="Guidance", symbol="w", live=True, group=SAMPLING,
        help="How far samples are pushed towards their class: 0 ignores it, 1 is the class as it is, more exaggerates it.",
        source="Ho & Salimans 2022, eq. 6", when=lambda c: c.class_dropout > 0,
    )
    steps: int = param(
        10_000, 1, 10_000_000, label="Steps", log=True, live=True, group=OPTIMISER,
        help="Optimizer updates until training ends by itself. May be raised while training, to go on.",
    )
    batch_size: int = param(128, 1, 8192, label="Batch", log=True, group=OPTIMISER, help="Items a step looks at.")
    learning_rate: float = param(
        1e-3, 1e-6, 1.0, label="Learning rate", symbol="η", log=True, live=True, group=OPTIMISER, help="Step size of Adam.",
        source="Kingma & Ba 2015",
    )
    decay: str = param(
        "cosine", label="Decay", choices=("none", "cosine"), group=OPTIMISER, advanced=True,
        choice_help=("the learning rate stays", "it falls to a hundredth along half a cosine until the last step"),
        help="How the learning rate changes over the run.",
    )

    def check(self) -> None:
        if self.num_steps > self.num_timesteps:
            raise ConfigError("num_steps", f"is {self.num_steps}, but the process has only {self.num_timesteps} timesteps.")

    def resolved_network(self, kind: str) -> str:
        """The network that "auto" stands for with data of ``kind``."""
        if self.network == "auto":
            return "unet" if kind == "image" else "mlp"
        return self.network


PICTURES = {"target": "v", "weighting": "min_snr", "channels": 24, "batch_size": 64, "learning_rate": 2e-3}
PRESETS = (
    Preset(
        "2-D density", "about 3 min", "Denoises at 1,000 levels of noise: the score of the data at every one of them.",
        {"target": "v", "hidden": 128, "layers": 4, "steps": 12_000, "batch_size": 512, "sampler": "dpmpp_2m"},
        kind="points",
    ),
    Preset(
        "Flow matching", "about 3 min", "Straight lines from noise to data: few steps are enough.",
        {"objective": "flow", "hidden": 128, "layers": 4, "steps": 12_000, "batch_size": 512, "sampler": "heun", "num_steps": 20},
        kind="points",
    ),
    Preset(
        "With guidance", "about 7 min", "Told the class, and pushed towards it: clean digits of every class.",
        {**PICTURES, "steps": 5000, "class_dropout": 0.1, "guidance_scale": 2.0},
        data=("mnist",),
    ),
    Preset("Pictures", "about 7 min", "A small U-Net that is told of no classes.", {**PICTURES, "steps": 6000}),
)

PANELS = (
    Panel(
        "Denoising error", "mean square per dimension",
        (
            Series("eps_error", "network", "model",
                   help="Mean squared error of the predicted noise, all timesteps alike; 1 is no idea."),
            Series("test_eps_error", "held out", "monitor", held_out=True,
                   help="The same on items never trained on, by the averaged network; chance that the ideal shares is taken off."),
            Series("ideal", "ideal denoiser", "theory", held_out=True,
                   help="The error of the best denoiser there is. Points: for this density. Pictures: of the mean over the "
                   "training items that could lie beneath, on these items: it knows them by heart, so training stays above it."),
        ),
        help="Lower is better, but not below the ideal.",
    ),
    Panel(
        "−log p", "nats per item",
        (
            Series("nll", "exact", "total", held_out=True, help="−log p(x) by the probability-flow ODE, of a few held-out points; "
                   "their own chance is taken off."),
            Series("entropy", "entropy", "theory", held_out=True, help="What a perfect model reaches."),
        ),
        kind="points",
    ),
    Panel("Loss", "mean square per dimension", (
        Series("loss", "loss", "total", help="What the optimizer minimises: the error of the target, weighted as the recipe says."),
    )),
    Panel("Error by timestep", "mean square per dimension", bars="error_by_t",
          help="The error of ε in ten groups of timesteps, little noise at the left, much at the right."),
)

EQUATION = (
    Term("loss", "loss", "total", "What the optimizer minimises, averaged over the last steps."),
    Term("="),
    Term("E<sub>t, x₀, ε</sub>"),
    Term("‖ε − ε<sub>θ</sub>(√ᾱ<sub>t</sub> x₀ + √(1 − ᾱ<sub>t</sub>) ε, t)‖²", "eps_error", "model",
         "Error of the predicted noise per dimension (with the recipe's weighting in the loss)."),
)

FAMILY = Family(
    name="diffusion",
    title="Diffusion",
    accent="diffusion",
    summary="Noise is added to data step by step; a network learns to take it away again, and so makes data from pure noise.",
    paper=HO20,
    config=DiffusionConfig,
    presets=PRESETS,
    views={
        "points": ("chain", "samples", "forward", "score_field", "interpolate", "bound", "denoising"),
        "image": ("chain", "samples", "forward", "interpolate", "bound", "denoising", "spectrum"),
    },
    panels=PANELS,
    equation=EQUATION,
    textbook={"objective": "Denoise at each step", "training": "Stable", "quality": "Sharp", "likelihood": "Exact (with effort)",
              "latent": "Hierarchical", "speed": "Slow"},
    learner="playground.engine.families.diffusion.learner:DiffusionLearner",
    path="slerp",
)
