"""Hierarchical VAE: the bridge from a VAE to a diffusion model. What it declares, without torch; see fixed.py and learned.py."""

from __future__ import annotations

from dataclasses import dataclass

from playground.engine.config import Config, ConfigError, param
from playground.engine.families.spec import Family, Panel, Preset, Series, Term

HO20 = "Ho et al. 2020, arXiv:2006.11239"
SO16 = "Sønderby et al. 2016, arXiv:1602.02282"
HIERARCHY, NETWORK, OPTIMISER = "Hierarchy", "Network", "Optimiser"
MOST_LEARNED = 5  # layers with learned encoders: more of them do not train without tricks of their own
MOST_NETWORKS = 16  # decoders with networks of their own

SCHEDULES = {
    "linear": "betas from 1e-4 to 0.02 at T = 1000, rescaled for other T (Ho et al. 2020)",
    "cosine": "alpha-bar along a squared cosine: gentle at both ends (Nichol & Dhariwal 2021, arXiv:2102.09672)",
    "sigmoid": "alpha-bar along a sigmoid (Jabri et al. 2022, arXiv:2212.11972)",
    "edm": "noise levels from 0.002 to 80 standard deviations of the data, rho 7 (Karras et al. 2022, arXiv:2206.00364)",
}


def _fixed(config: HVAEConfig) -> bool:
    return config.encoders == "fixed"


def _learned(config: HVAEConfig) -> bool:
    return config.encoders == "learned"


def _may_be_unet(config: HVAEConfig) -> bool:
    return config.encoders == "fixed" and config.network != "mlp"


@dataclass(frozen=True)
class HVAEConfig(Config):
    """Hyper-parameters of the hierarchy, its networks and their optimiser."""

    encoders: str = param(
        "fixed", label="Encoders", symbol="q", group=HIERARCHY, choices=("learned", "fixed"),
        choice_help=(
            "networks: q(z₁|x) and q(zₗ₊₁|zₗ) are Gaussians whose mean and width are learned, as in a VAE",
            "q(zₗ|x) is the forward process of a diffusion with T = L steps: known noise, nothing to learn",
        ),
        help="How the codes of an item are made.", source=HO20 + ", section 2",
    )
    num_layers: int = param(
        4, 1, 100, label="Stochastic layers", symbol="L", log=True, group=HIERARCHY,
        help="Codes z₁ … z_L on top of each other. 1 is a VAE; with fixed encoders many are a diffusion. Learned encoders: at most "
        f"{MOST_LEARNED}.",
        source=SO16,
    )
    decoders: str = param(
        "per_layer", label="Decoders", symbol="p", group=HIERARCHY, choices=("per_layer", "shared"), when=_fixed,
        choice_help=(
            f"a network for each layer, at most {MOST_NETWORKS}",
            "one network, told the layer by a time embedding, as a diffusion's denoiser",
        ),
        help="What goes down from code to code. With learned encoders each layer has a network of its own.", source=HO20,
    )
    schedule: str = param(
        "cosine", label="Schedule", group=HIERARCHY, choices=tuple(SCHEDULES), choice_help=tuple(SCHEDULES.values()), when=_fixed,
        help="How noise grows from code to code.",
    )
    variance: str = param(
        "learned", label="Last decoder's width", symbol="σ₁", group=HIERARCHY, choices=("learned", "diffusion"), when=_fixed,
        advanced=True,
        choice_help=(
            "learned, as in a VAE: p(x|z₁) is as wide as what z₁ leaves open",
            "as wide as what one step of noise hides, √((1 − ᾱ)/ᾱ): the bound is then a diffusion's, to the letter",
        ),
        help="The standard deviation of x around the last decoder's mean.", source=HO20 + ", section 3.3",
    )
    code_dim: int = param(
        2, 1, 128, label="Latent size", symbol="d", log=True, group=HIERARCHY, when=_learned,
        help="Numbers in each code. With fixed encoders a code has as many as an item.", source="Kingma & Welling 2013",
    )
    warm_up: int = param(
        0, 0, 100_000, label="Warm-up", unit="steps", group=HIERARCHY, advanced=True, when=_learned,
        help="The weight of the codes' nats grows from 0 to 1 over this many steps, which keeps layers from dying early.",
        source=SO16 + ", section 2.3",
    )
    network: str = param(
        "auto", label="Network", choices=("auto", "mlp", "unet"), group=NETWORK, when=_fixed,
        choice_help=("unet for images, mlp for points", "fully connected layers", "a small U-Net (images only)"),
        help="Shape of the decoders. Learned encoders and their decoders are fully connected.", source=HO20,
    )
    hidden: int = param(
        128, 4, 2048, label="Width", log=True, group=NETWORK, help="Units in each hidden layer of the fully connected networks.",
        when=lambda c: c.encoders == "learned" or c.network != "unet",
    )
    layers: int = param(
        3, 1, 8, label="Depth", group=NETWORK, help="Hidden layers of every fully connected network.",
        when=lambda c: c.encoders == "learned" or c.network != "unet",
    )
    channels: int = param(
        24, 4, 256, label="Channels", log=True, group=NETWORK, when=_may_be_unet,
        help="Channels of the U-Net at its highest resolution; they double at every halving of the picture.",
    )
    patch: int = param(
        2, 1, 8, label="Patch", group=NETWORK, advanced=True, when=_may_be_unet,
        help="Pixels on a side of the squares that the U-Net sees as one place: 2 is some three times as fast as 1.",
        source="Hoogeboom et al. 2023, arXiv:2301.11093, section 3.2",
    )
    averaging: float = param(
        0.995, 0.0, 0.99999, label="Weight averaging", symbol="μ", live=True, group=NETWORK,
        help="What is measured and sampled is a moving average of the weights with this memory; it grows in over the first steps.",
        source=HO20 + ", appendix B",
    )
    steps: int = param(
        4_000, 1, 10_000_000, label="Steps", log=True, live=True, group=OPTIMISER,
        help="Optimizer updates until training ends by itself. May be raised while training, to go on.",
    )
    batch_size: int = param(
        256, 1, 8192, label="Batch", log=True, group=OPTIMISER,
        help="Items a step looks at; with fixed encoders each at one layer, all layers alike.",
    )
    learning_rate: float = param(
        2e-3, 1e-6, 1.0, label="Learning rate", symbol="η", log=True, live=True, group=OPTIMISER, help="Step size of Adam.",
        source="Kingma & Ba 2015",
    )
    decay: str = param(
        "cosine", label="Decay", choices=("none", "cosine"), group=OPTIMISER, advanced=True,
        choice_help=("the learning rate stays", "it falls to a hundredth along half a cosine until the last step"),
        help="How the learning rate changes over the run.",
    )

    def check(self) -> None:
        if self.encoders == "learned" and self.num_layers > MOST_LEARNED:
            raise ConfigError("num_layers", f"is at most {MOST_LEARNED} with learned encoders; fixed ones may have 100.")
        if self.encoders == "fixed" and self.decoders == "per_layer" and self.num_layers > MOST_NETWORKS:
            raise ConfigError(
                "decoders", f"A network for each of {self.num_layers} layers is too many (at most {MOST_NETWORKS}): choose shared."
            )
        if self.encoders == "learned" and self.warm_up > self.steps:
            raise ConfigError("warm_up", f"takes {self.warm_up} steps, but training ends after {self.steps}.")

    @property
    def latent_dim(self) -> int:
        """Numbers in a code, where that is not as many as an item has: asking for it then raises AttributeError."""
        if self.encoders == "fixed":
            raise AttributeError("with fixed encoders a code has as many numbers as an item")
        return self.code_dim

    def resolved_network(self, kind: str) -> str:
        """The network of fixed encoders' decoders that "auto" stands for with data of ``kind``."""
        if self.network == "auto":
            return "unet" if kind == "image" else "mlp"
        return self.network


VAE_END = {"encoders": "learned", "num_layers": 1}
IN_BETWEEN = {"encoders": "fixed", "num_layers": 4, "decoders": "per_layer"}
DIFFUSION_END = {"encoders": "fixed", "num_layers": 64, "decoders": "shared", "variance": "diffusion"}
POINTS = {"hidden": 128, "layers": 3, "steps": 6_000, "batch_size": 256, "learning_rate": 2e-3, "warm_up": 1_500}
PICTURES = {"code_dim": 16, "hidden": 256, "layers": 2, "batch_size": 64, "channels": 24, "learning_rate": 2e-3}
PRESETS = (
    Preset("In between", "about 75 s", "Four layers of fixed noise, a decoder for each: a diffusion with four steps, or a VAE "
           "whose encoders learn nothing.", {**POINTS, **IN_BETWEEN}, kind="points"),
    Preset("VAE end", "about 25 s", "One layer, its encoder learned: a VAE.", {**POINTS, **VAE_END}, kind="points"),
    Preset("Diffusion end", "about 45 s", "64 layers of fixed noise and one decoder for all: a diffusion model, to the letter.",
           {**POINTS, **DIFFUSION_END}, kind="points"),
    Preset("In between", "about 4 min", "Four layers of fixed noise, a U-Net for each: a diffusion with four steps.",
           {**PICTURES, **IN_BETWEEN, "steps": 2_000}),
    Preset("VAE end", "about 1 min", "One layer, its encoder learned: a VAE that gives the probability of every byte.",
           {**PICTURES, **VAE_END, "steps": 4_000}),
    Preset("Diffusion end", "about 5 min", "64 layers of fixed noise and one U-Net for all: a diffusion model.",
           {**PICTURES, **DIFFUSION_END, "steps": 3_000}),
)  # fmt: skip

PANELS = (
    Panel(
        "−ELBO", "nats per item",
        (
            Series("neg_elbo", "−ELBO", "total", help="Upper bound on −log p(x): reconstruction and the nats of all codes."),
            Series("reconstruction", "reconstruction", "reconstruction", help="−E[log p(x|z₁)]: what the first code leaves open."),
            Series("kl", "codes", "kl", help="The nats of all layers together."),
            Series("test_neg_elbo", "held out", "monitor", held_out=True,
                   help="−ELBO on items never trained on, by the averaged weights. Points: that these items are likelier than "
                   "others, or less, is taken off."),
            Series("optimum", "entropy", "theory", held_out=True, help="The entropy of the data: the best any model can reach."),
        ),
        help="Lower is better.",
    ),
    Panel("Nats of each layer", "nats per item", bars="nats_by_layer",
          help="What each code costs, on held-out items; of many layers the dearest first."),
)

EQUATION = (
    Term("−log p(x)"),
    Term("≤"),
    Term("−E<sub>q</sub>[log p(x|z₁)]", "reconstruction", "reconstruction", "Reconstruction error."),
    Term("+"),
    Term("Σ<sub>l</sub> E<sub>q</sub>[log q(z<sub>l</sub>|·) − log p(z<sub>l</sub>|z<sub>l+1</sub>)]", "kl", "kl",
         "Nats of the codes, layer by layer. Fixed encoders: KL(q(zₗ|zₗ₊₁, x) ‖ p(zₗ|zₗ₊₁)), known in closed form; learned: from "
         "a draw of the codes. The last layer's is against the prior N(0, I)."),
    Term("="),
    Term("−ELBO", "neg_elbo", "total", "What the optimizer minimises, averaged over the last steps."),
)  # fmt: skip

FAMILY = Family(
    name="hvae",
    title="Hierarchical VAE",
    accent="hybrids",
    summary="Codes upon codes, from a VAE (one, its encoder learned) to a diffusion (many, their encoders fixed noise).",
    paper=SO16 + "; " + HO20,
    config=HVAEConfig,
    presets=PRESETS,
    views={
        "points": ("hierarchy", "samples", "chain", "interpolate", "modes"),
        "image": ("hierarchy", "samples", "chain", "interpolate", "modes"),
    },
    panels=PANELS,
    equation=EQUATION,
    learner="playground.engine.families.hybrids.hvae.learner:HVAELearner",
    group="hybrids",
    path="slerp",
)
