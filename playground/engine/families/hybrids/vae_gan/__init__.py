"""VAE-GAN (Larsen et al. 2016): a VAE whose reconstruction error a discriminator learns. No torch here; see learner.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from playground.engine.config import Config, param
from playground.engine.families.spec import Family, Panel, Preset, Series, Term

LARSEN = "Larsen et al. 2016, arXiv:1512.09300"
BRIDGE, NETWORK, OPTIMISER = "Bridge", "Network", "Optimiser"


@dataclass(frozen=True)
class VAEGANConfig(Config):
    """Hyper-parameters of the encoder, the decoder, the discriminator and what passes between them."""

    binarise: ClassVar[str] = "none"  # pixels are used as they are: the discriminator would know black and white from grey

    feature_weight: float = param(
        1.0, 0.0, 1.0, label="Feature share", symbol="w", live=True, group=BRIDGE,
        help="0: the reconstruction error is that of the pixels, as in a VAE. 1: that of the discriminator's features. Between: a "
        "mixture.", source=LARSEN + ", eq. 7",
    )
    adversarial_weight: float = param(
        10.0, 0.0, 1000.0, label="Adversarial weight", symbol="1/γ", live=True, group=BRIDGE,
        help="How much the decoder also learns to fool the discriminator. 0, with feature share 0: a plain VAE.",
        source=LARSEN + ", algorithm 1, where γ weighs the reconstruction instead",
    )
    kl_weight: float = param(
        1.0, 0.0, 100.0, label="KL weight", symbol="β", live=True, group=BRIDGE,
        help="Weight of KL(q(z|x) ‖ p(z)). More presses the code towards the prior, so that samples resemble reconstructions.",
        source=LARSEN + ", eq. 3",
    )
    latent_dim: int = param(
        16, 1, 128, label="Latent size", symbol="d", log=True, group=BRIDGE,
        help="Numbers in the code z of one item. Two can be drawn as a map; more reconstruct better.", source=LARSEN,
    )
    likelihood: str = param(
        "bernoulli", label="Pixel error", symbol="p(x|z)", choices=("bernoulli", "gaussian_learned"), group=BRIDGE,
        choice_help=(
            "cross-entropy of grey values (images only)",
            "squared error over a variance that is learned, so that it fits the errors that are made",
        ),
        help="The error that the mixture has at feature share 0.", source="Kingma & Welling 2013, appendix C",
    )
    feature_layer: int = param(
        2, 1, 5, label="Feature layer", symbol="l", group=NETWORK,
        help="Which of the discriminator's layers gives the features, counted from the data; the last hidden one if it has fewer.",
        source=LARSEN + ", section 2.3",
    )
    network: str = param(
        "auto", label="Network", choices=("auto", "mlp", "conv"), group=NETWORK,
        choice_help=("conv for images, mlp for points", "fully connected layers", "convolutions (images only)"),
        help="Shape of encoder, decoder and discriminator.",
    )
    hidden: int = param(
        256, 4, 2048, label="Width", log=True, group=NETWORK, help="Units in each fully connected hidden layer.",
    )
    layers: int = param(
        3, 1, 6, label="Layers", group=NETWORK, help="Hidden layers of each fully connected network.",
        when=lambda c: c.network != "conv",
    )
    channels: int = param(
        16, 4, 256, label="Channels", log=True, group=NETWORK,
        help="Channels of the first convolution; they double at every halving of the picture.",
        when=lambda c: c.network in ("conv", "auto"),
    )
    penalty_weight: float = param(
        1.0, 0.0, 1000.0, label="Gradient penalty", symbol="R₁", live=True, group=NETWORK, advanced=True,
        help="Half of this times the squared gradient of D at real items (points: per standard deviation of the data) is added to "
        "D's loss: it keeps D from getting too steep to follow.", source="R1 of Mescheder et al. 2018, arXiv:1801.04406, eq. 9",
    )
    steps: int = param(
        10_000, 1, 10_000_000, label="Steps", log=True, live=True, group=OPTIMISER,
        help="Updates of all three networks until training ends by itself. May be raised while training, to go on.",
    )
    batch_size: int = param(64, 1, 8192, label="Batch", log=True, group=OPTIMISER, help="Items a step looks at.")
    learning_rate: float = param(
        1e-3, 1e-6, 1.0, label="Learning rate", symbol="η", log=True, live=True, group=OPTIMISER,
        help="Step size of Adam for encoder and decoder.", source="Kingma & Ba 2015",
    )
    learning_rate_d: float = param(
        1e-3, 1e-6, 1.0, label="Learning rate of D", symbol="η_D", log=True, live=True, group=OPTIMISER,
        help="Step size of the discriminator's Adam.", source="Kingma & Ba 2015",
    )
    decay: str = param(
        "cosine", label="Decay", choices=("none", "cosine"), group=OPTIMISER, advanced=True,
        choice_help=("the learning rates stay", "both fall to a hundredth along half a cosine until the last step"),
        help="How the learning rates change over the run.",
    )

    def resolved_network(self, kind: str) -> str:
        """The network that "auto" stands for with data of ``kind``."""
        if self.network == "auto":
            return "conv" if kind == "image" else "mlp"
        return self.network


PRESETS = (
    Preset(
        "Features", "2-3 min", "The discriminator's features judge the reconstruction: strokes as sharp as real ones.",
        {"steps": 2000, "batch_size": 32},
        data=("mnist",),
    ),
    Preset(
        "Pictures", "about 3 min", "Features judge four fifths of the reconstruction, for any pictures.",
        {"feature_weight": 0.8, "adversarial_weight": 30.0, "kl_weight": 0.2, "likelihood": "gaussian_learned",
         "learning_rate": 2e-3, "steps": 2000, "batch_size": 32},
    ),
    Preset(
        "From VAE to GAN, by hand", "2-3 min",
        "Starts as a plain VAE with a discriminator that looks on. Raise both weights while it trains, and watch Sharpness.",
        {"feature_weight": 0.0, "adversarial_weight": 0.0, "steps": 2000, "batch_size": 32, "decay": "none"},
    ),
    Preset(
        "2-D density", "about 40 s", "Points: the discriminator's features judge where a code should land.",
        {"latent_dim": 2, "likelihood": "gaussian_learned", "hidden": 96, "feature_weight": 0.5, "steps": 5000, "batch_size": 200},
        kind="points",
    ),
)  # fmt: skip

PANELS = (
    Panel(
        "Reconstruction error", "nats per item",
        (
            Series("reconstruction", "pixels", "reconstruction", help="−E_q[log p(x|z)] of the pixels (or coordinates), whatever "
                   "its share in the loss."),
            Series("feature_error", "features of D", "total", help="½ Σ (Dis_l(x) − Dis_l(x̃))², in units of the features' spread "
                   "over real items: a unit normal around them, up to its constant. The ruler changes while D learns."),
        ),
        help="Two rulers for one thing. The loss mixes them by the feature share w.",
    ),
    Panel(
        "KL", "nats per item",
        (Series("kl", "KL(q(z|x) ‖ p(z))", "kl", help="Nats that the code carries about x."),
         Series("test_kl", "held out", "monitor", held_out=True, help="The same on items never trained on.")),
    ),
    Panel(
        "Error per pixel", "root mean square, black −1 to white 1",
        (Series("test_rmse", "held out", "monitor", held_out=True,
                help="Of reconstructions of items never trained on: what sharpness costs."),),
        kind="image",
    ),
    Panel(
        "D's verdict", "probability",
        (
            Series("d_real", "D(real)", "data", help="Mean of D on real items."),
            Series("d_fake", "D(decoded)", "model", help="Mean of D on reconstructions and on samples from the prior, half "
                   "and half."),
            Series("half", "cannot tell", "theory", help="One half: D cannot tell them apart."),
        ),
    ),
    Panel("KL per latent dimension", "nats", bars="kl_per_dim",
          help="How much each latent says about x. Below about 0.01 it says nothing."),
)

EQUATION = (
    Term("loss", "loss", "neutral", "What encoder and decoder minimise together, averaged over the last steps. Of its terms the "
         "encoder sees all but the last."),
    Term("="),
    Term("(1 − w)", "pixel_weight", "neutral", "The share of the pixel error: 1 less the feature share."),
    Term("−log p(x|z)", "reconstruction", "reconstruction", "Error of the pixels, averaged over q(z|x)."),
    Term("+ w", "feature_weight", "neutral", "Feature share: the slider from VAE to GAN."),
    Term("½‖Dis<sub>l</sub>(x) − Dis<sub>l</sub>(x̃)‖²", "feature_error", "total", "Error of the discriminator's features."),
    Term("+ β", "kl_weight", "neutral", "KL weight."),
    Term("KL", "kl", "kl", "KL(q(z|x) ‖ p(z)): nats that the code carries."),
    Term("+ 1/γ", "adversarial_weight", "neutral", "Adversarial weight."),
    Term("−log D(x̃)", "loss_g", "model", "What the decoder loses while D tells its items from real ones; ln 2 where D cannot."),
)

FAMILY = Family(
    name="vae_gan",
    title="VAE-GAN",
    accent="hybrids",
    summary="A VAE whose decoder is judged by a discriminator: by its features instead of pixels, and by its verdict.",
    paper=LARSEN,
    config=VAEGANConfig,
    presets=PRESETS,
    views={
        "image": ("spectrum", "samples", "reconstruct", "latent_map", "interpolate", "traverse", "modes"),
        "points": ("samples", "reconstruct", "latent_map", "interpolate", "traverse", "modes"),
    },
    panels=PANELS,
    equation=EQUATION,
    learner="playground.engine.families.hybrids.vae_gan.learner:VAEGANLearner",
    group="hybrids",
)
