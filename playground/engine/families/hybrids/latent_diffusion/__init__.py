"""Latent diffusion (Rombach et al. 2022): a VAE writes codes, a diffusion model learns them. What it declares; no torch here."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from playground.engine.config import Config, ConfigError, param, params
from playground.engine.families.diffusion import DiffusionConfig
from playground.engine.families.spec import Family, Panel, Preset, Series, Term
from playground.engine.families.vae import VAEConfig

ROMBACH22 = "Rombach et al. 2022, arXiv:2112.10752"
FIRST, PROCESS, NETWORK, SAMPLING, OPTIMISER = "First stage: VAE", "Process", "Denoiser", "Sampling", "Optimiser"


def _of(config: type[Config], name: str, default: Any = None, **changes: Any) -> Any:
    """The declaration of a field of another family, with changes."""
    declared = next(f for f in dataclasses.fields(config) if f.name == name)
    spec = dataclasses.replace(params(config)[name], **changes)
    return dataclasses.field(default=declared.default if default is None else default, metadata={"param": spec})


def _here(c: Any) -> bool:
    """Whether the first stage is trained in this run."""
    return not c.first_stage


@dataclass(frozen=True)
class LatentDiffusionConfig(Config):
    """Hyper-parameters of both stages. ``steps`` counts those of both."""

    first_stage: str = param(
        "", label="First stage", run_of="vae", group=FIRST, source=ROMBACH22 + ", section 3.1",
        help="The VAE whose codes are diffused: a trained run of the same data, or one that is trained here first.",
    )
    first_steps: int = param(
        2_500, 1, 10_000_000, label="First steps", log=True, group=FIRST, when=_here,
        help="Of all steps, those that train the VAE. Then it rests, and the others train the denoiser.",
    )
    latent_dim: int = _of(VAEConfig, "latent_dim", 16, group=FIRST, when=_here)
    likelihood: str = _of(VAEConfig, "likelihood", group=FIRST, when=_here, advanced=True)
    sigma: float = _of(
        VAEConfig, "sigma", group=FIRST, advanced=True, live=False, when=lambda c: _here(c) and c.likelihood == "gaussian",
    )
    kl_weight: float = _of(
        VAEConfig, "kl_weight", group=FIRST, live=False, when=_here,
        help="Weight of the KL term. Less than 1 makes sharper codes that are further from N(0, I): no harm here, since the "
        "diffusion learns how they lie.", source=ROMBACH22 + ", section 3.1: a slight KL penalty",
    )
    vae_network: str = _of(VAEConfig, "network", group=FIRST, when=_here, advanced=True, label="VAE network")
    vae_hidden: int = _of(
        VAEConfig, "hidden", group=FIRST, advanced=True, label="VAE width", when=lambda c: _here(c) and c.vae_network != "linear",
    )
    vae_layers: int = _of(
        VAEConfig, "layers", group=FIRST, advanced=True, label="VAE layers",
        when=lambda c: _here(c) and c.vae_network in ("mlp", "auto"),
    )
    channels: int = _of(
        VAEConfig, "channels", 16, group=FIRST, advanced=True, label="VAE channels",
        when=lambda c: _here(c) and c.vae_network in ("conv", "auto"),
    )
    learning_rate_first: float = _of(
        VAEConfig, "learning_rate", 2e-3, group=FIRST, advanced=True, label="VAE learning rate", when=_here,
    )
    codes: str = param(
        "sampled", label="Codes", choices=("sampled", "mean"), group=PROCESS, advanced=True,
        choice_help=("z ~ q(z|x), anew at every visit: all that the decoder has learned to read",
                     "the mean of q(z|x) alone: sharper, and less of it"),
        help="What of an item is diffused.", source=ROMBACH22 + ", appendix G",
    )
    objective: str = _of(DiffusionConfig, "objective", advanced=True)
    schedule: str = _of(DiffusionConfig, "schedule")
    num_timesteps: int = _of(DiffusionConfig, "num_timesteps")
    target: str = _of(DiffusionConfig, "target", "v")
    weighting: str = _of(DiffusionConfig, "weighting")
    class_dropout: float = _of(DiffusionConfig, "class_dropout")
    hidden: int = _of(DiffusionConfig, "hidden", 256, group=NETWORK, when=None)
    layers: int = _of(DiffusionConfig, "layers", group=NETWORK, when=None)
    averaging: float = _of(DiffusionConfig, "averaging", group=NETWORK)
    sampler: str = _of(DiffusionConfig, "sampler")
    num_steps: int = _of(DiffusionConfig, "num_steps")
    eta: float = _of(DiffusionConfig, "eta")
    guidance_scale: float = _of(DiffusionConfig, "guidance_scale")
    steps: int = _of(
        DiffusionConfig, "steps", 12_000,
        help="Optimizer updates of both stages until training ends by itself. May be raised while training, to go on.",
    )
    batch_size: int = _of(DiffusionConfig, "batch_size", help="Items a step looks at, in both stages.")
    learning_rate: float = _of(DiffusionConfig, "learning_rate", help="Step size of Adam, for the denoiser.")
    decay: str = _of(DiffusionConfig, "decay")

    def check(self) -> None:
        if self.num_steps > self.num_timesteps:
            raise ConfigError("num_steps", f"is {self.num_steps}, but the process has only {self.num_timesteps} timesteps.")
        if not self.first_stage and self.first_steps >= self.steps:
            raise ConfigError("first_steps", f"takes {self.first_steps:,} of {self.steps:,} steps: none is left for the diffusion.")

    def vae(self) -> VAEConfig:
        """The recipe of a first stage that is trained here."""
        return VAEConfig(
            latent_dim=self.latent_dim, likelihood=self.likelihood, sigma=self.sigma, kl_weight=self.kl_weight,
            network=self.vae_network, hidden=self.vae_hidden, layers=self.vae_layers, channels=self.channels,
            steps=self.first_steps, batch_size=self.batch_size, learning_rate=self.learning_rate_first,
        )  # fmt: skip

    def diffusion(self) -> DiffusionConfig:
        """The recipe of the diffusion of codes."""
        of_both = {f.name for f in dataclasses.fields(DiffusionConfig)} & {f.name for f in dataclasses.fields(self)}
        same = {name: getattr(self, name) for name in of_both - {"channels", "steps"}}
        steps = self.steps - (0 if self.first_stage else self.first_steps)
        return DiffusionConfig(network="mlp", steps=steps, **same)


PRESETS = (
    Preset(
        "2-D density", "1-2 min", "A VAE of two latents, then their density: the plane, bent until diffusion has less to do.",
        {"latent_dim": 2, "likelihood": "gaussian", "sigma": 0.1, "vae_hidden": 96, "vae_layers": 3, "first_steps": 3_000,
         "hidden": 128, "steps": 12_000, "batch_size": 256, "sampler": "dpmpp_2m"},
        kind="points",
    ),
    Preset(
        "Digits", "3-4 min", "Sixteen latents of a convolutional VAE, two minutes; then a small network learns how they lie.",
        {"latent_dim": 16, "channels": 16, "first_steps": 2_000, "hidden": 128, "steps": 16_000, "batch_size": 64,
         "learning_rate": 2e-3},
        data=("mnist",),
    ),
    Preset(
        "Sharper codes", "3-4 min", "A KL weight of 0.2: codes keep more of each digit, and lie further from N(0, I).",
        {"latent_dim": 16, "channels": 16, "first_steps": 2_000, "hidden": 128, "steps": 16_000, "batch_size": 64,
         "learning_rate": 2e-3, "kl_weight": 0.2},
        data=("mnist",),
    ),
    Preset(
        "Pictures", "3-4 min", "Convolutions and a learned noise level, for any pictures.",
        {"latent_dim": 16, "channels": 16, "likelihood": "gaussian_learned", "first_steps": 2_000, "hidden": 128,
         "steps": 14_000, "batch_size": 64, "learning_rate": 2e-3},
    ),
)

PANELS = (
    Panel(
        "First stage: −ELBO", "nats per item",
        (
            Series("neg_elbo", "−ELBO", "total", help="Upper bound on −log p(x) of the VAE with its prior N(0, I). It stays once "
                   "the VAE rests."),
            Series("reconstruction", "reconstruction", "reconstruction", help="−E_q[log p(x|z)]: what the code does not tell."),
            Series("kl", "KL", "kl", help="KL(q(z|x) ‖ p(z)): nats that the code carries about x."),
            Series("test_neg_elbo", "held out", "monitor", held_out=True, help="−ELBO on items never trained on."),
        ),
        help="Lower is better.",
    ),
    Panel(
        "Denoising error of codes", "mean square per dimension",
        (
            Series("eps_error", "network", "model",
                   help="Mean squared error of the predicted noise, all timesteps alike; 1 is no idea."),
            Series("test_eps_error", "held out", "monitor", held_out=True, help="The same on codes of items never trained on."),
            Series("prior_error", "if codes were N(0, I)", "theory", held_out=True,
                   help="The mean of ᾱ: the best there would be if the codes lay as the prior of the VAE. Below it, the diffusion "
                   "knows what the prior does not."),
        ),
        help="Lower is better.",
    ),
    Panel("Error by timestep", "mean square per dimension", bars="error_by_t",
          help="The error of ε in ten groups of timesteps, little noise at the left, much at the right."),
)

EQUATION = (
    Term("1."),
    Term("−E<sub>q</sub>[log p(x|z)]", "reconstruction", "reconstruction", "Reconstruction error of the VAE."),
    Term("+"),
    Term("β KL(q(z|x) ‖ p(z))", "kl", "kl", "Nats that the code carries; β weighs them in the loss."),
    Term("2."),
    Term("E<sub>z ~ q, t, ε</sub>"),
    Term("‖ε − ε<sub>θ</sub>(√ᾱ<sub>t</sub> z + √(1 − ᾱ<sub>t</sub>) ε, t)‖²", "eps_error", "model",
         "Error of the predicted noise on codes z, per dimension."),
)

FAMILY = Family(
    name="latent_diffusion",
    title="Latent diffusion",
    accent="hybrids",
    summary="A VAE writes short codes; a diffusion model learns how they lie, makes new ones from noise, and the VAE reads them.",
    paper=ROMBACH22,
    config=LatentDiffusionConfig,
    presets=PRESETS,
    views={
        "points": ("chain", "latent_speed", "samples", "modes", "interpolate", "reconstruct"),
        "image": ("chain", "latent_speed", "samples", "modes", "spectrum", "interpolate", "reconstruct"),
    },
    panels=PANELS,
    equation=EQUATION,
    learner="playground.engine.families.hybrids.latent_diffusion.learner:LatentDiffusionLearner",
    group="hybrids",
    path="slerp",
)
