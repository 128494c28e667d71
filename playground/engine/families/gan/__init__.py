"""The generative adversarial network (Goodfellow et al. 2014): what it declares. No torch here; see learner.py."""

from __future__ import annotations

from dataclasses import dataclass

from playground.engine.config import Config, ConfigError, param
from playground.engine.families.spec import Family, Panel, Preset, Series, Term

GOODFELLOW = "Goodfellow et al. 2014, arXiv:1406.2661"
ADVERSARIES, PENALTIES = "Players", "Penalties"

OBJECTIVES = {
    "minimax": "G minimises what D maximises, log(1 − D(G(z))): it saturates while D wins (Goodfellow et al. 2014, eq. 1)",
    "nonsaturating": "G maximises log D(G(z)): the same goal with a gradient while D wins (Goodfellow et al. 2014, section 3)",
    "lsgan": "least squares: D aims at 1 and 0, G at 1 (Mao et al. 2017, arXiv:1611.04076)",
    "wgan": "Wasserstein: a critic with clipped weights (Arjovsky et al. 2017, arXiv:1701.07875)",
    "wgan_gp": "Wasserstein with a gradient penalty on lines between real and generated (Gulrajani et al. 2017, arXiv:1704.00028)",
    "hinge": "D is asked for a margin of 1 either way (Lim & Ye 2017, arXiv:1705.02894)",
    "rpgan": "relativistic pairing: D only says which of two is more real (Jolicoeur-Martineau 2019; Huang et al. 2024)",
}
PENALTY_HELP = {
    "none": "D may be as steep as it likes",
    "r1": "squared gradient of D at real items (Mescheder et al. 2018, arXiv:1801.04406)",
    "r1r2": "the same at real and at generated items (Huang et al. 2024, arXiv:2501.05441)",
    "gp0": "squared gradient of D on lines between real and generated items (Thanh-Tung et al. 2019)",
    "gp1": "the gradient on those lines is held at length 1 (Gulrajani et al. 2017)",
}


@dataclass(frozen=True)
class GANConfig(Config):
    """Hyper-parameters of the two players, their game and their optimisers."""

    objective: str = param(
        "nonsaturating", label="Objective", choices=tuple(OBJECTIVES), choice_help=tuple(OBJECTIVES.values()),
        help="What the two players want. All losses are computed from logits.", source=GOODFELLOW,
    )
    latent_dim: int = param(
        2, 1, 128, label="Noise size", symbol="d", log=True,
        help="Numbers in the noise z that G turns into an item. With two, and data in the plane, G's density is known exactly.",
        source=GOODFELLOW,
    )
    d_steps: int = param(
        1, 1, 20, label="D steps per G", symbol="k", live=True,
        help="Updates of D before each update of G.", source=GOODFELLOW + ", algorithm 1",
    )
    averaging: float = param(
        0.995, 0.0, 0.9999, label="Weight averaging", symbol="μ", live=True,
        help="The generator that is shown is a moving average of G's weights with this memory; 0 shows G itself. It grows in over "
        "the first steps.", source="Yazıcı et al. 2019, arXiv:1806.04498",
    )
    penalty: str = param(
        "none", label="Penalty", choices=tuple(PENALTY_HELP), choice_help=tuple(PENALTY_HELP.values()),
        live=True, group=PENALTIES, help="Keeps D from getting too steep for G to follow.",
        when=lambda c: c.objective != "wgan_gp",
    )
    penalty_weight: float = param(
        1.0, 0.0, 1000.0, label="Penalty weight", symbol="γ", live=True, group=PENALTIES,
        help="γ/2 times the mean squared gradient (r1, r1r2, gp0), or γ times the squared excess over length 1 (gp1, wgan_gp). "
        "Points: the gradient is per standard deviation of the data.",
        source="Mescheder et al. 2018, eq. 9", when=lambda c: c.penalty != "none" or c.objective == "wgan_gp",
    )
    penalty_end: float = param(
        1.0, 1e-4, 1.0, label="Penalty at the end", log=True, group=PENALTIES, advanced=True,
        help="The penalty weight falls to this share of itself, by equal ratios, until the last step; 1 keeps it.",
        source="Huang et al. 2024, section 3", when=lambda c: c.penalty != "none" or c.objective == "wgan_gp",
    )
    instance_noise: float = param(
        0.0, 0.0, 5.0, label="Instance noise", symbol="σ", live=True, group=PENALTIES,
        help="Standard deviation of Gaussian noise on everything that D sees, real and generated: in standard deviations of the "
        "data (points), or of pixels in [−1, 1].",
        source="Sønderby et al. 2017, arXiv:1610.04490",
    )
    noise_until: float = param(
        0.5, 0.01, 1.0, label="Noise gone after", group=PENALTIES, advanced=True,
        help="Over this share of the steps the noise falls to a hundredth, by equal ratios: from coarse to fine. Then it ends.",
        when=lambda c: c.instance_noise > 0,
    )
    spectral_norm: bool = param(
        False, label="Spectral norm", group=PENALTIES,
        help="Every layer of D is divided by its largest singular value: D's steepness is bounded.",
        source="Miyato et al. 2018, arXiv:1802.05957",
    )
    packing: int = param(
        1, 1, 8, label="Packing", symbol="m", group=PENALTIES, advanced=True,
        help="D judges m items at once, all real or all generated, so a lack of variety shows.",
        source="PacGAN, Lin et al. 2018, arXiv:1712.04086",
    )
    clip: float = param(
        0.01, 1e-4, 1.0, label="Clip weights at", symbol="c", log=True, live=True, group=PENALTIES,
        help="After each update D's weights are cut to [−c, c].", source="Arjovsky et al. 2017, algorithm 1",
        when=lambda c: c.objective == "wgan",
    )
    network: str = param(
        "auto", label="Network", choices=("auto", "mlp", "conv"), group=ADVERSARIES,
        choice_help=("conv for images, mlp for points", "fully connected layers", "convolutions (images only)"),
        help="Shape of both players.",
    )
    hidden: int = param(
        128, 4, 1024, label="Width", log=True, group=ADVERSARIES, help="Units in each fully connected hidden layer.",
    )
    layers: int = param(
        3, 1, 6, label="Layers", group=ADVERSARIES, help="Hidden layers of each fully connected player.",
        when=lambda c: c.network != "conv",
    )
    channels: int = param(
        32, 4, 256, label="Channels", log=True, group=ADVERSARIES,
        help="Channels of D's first convolution and G's last; they double at every halving of the picture.",
        when=lambda c: c.network in ("conv", "auto"),
    )
    fourier: int = param(
        0, 0, 256, label="Fourier features", group=ADVERSARIES, advanced=True,
        help="Waves of x, in so many directions and widths, that D sees beside x: fine structure becomes visible to it "
        "(points only).", source="Tancik et al. 2020, arXiv:2006.10739",
    )
    fourier_scale: float = param(
        10.0, 0.01, 100.0, label="Highest frequency", log=True, group=ADVERSARIES, advanced=True,
        help="Of the Fourier features, in cycles per standard deviation of the data; they are spread over five octaves below it.",
        source="Tancik et al. 2020", when=lambda c: c.fourier > 0,
    )
    steps: int = param(
        10_000, 1, 10_000_000, label="Steps", log=True, live=True, group="Optimiser",
        help="Rounds of the game (k updates of D, then one of G) until training ends by itself. May be raised while training.",
    )
    batch_size: int = param(128, 1, 8192, label="Batch", log=True, group="Optimiser", help="Items in a batch, real and generated.")
    learning_rate_d: float = param(
        2e-4, 1e-6, 1.0, label="Learning rate of D", symbol="η_D", log=True, live=True, group="Optimiser",
        help="Step size of D's Adam.", source="Kingma & Ba 2015; two rates: Heusel et al. 2017, arXiv:1706.08500",
    )
    learning_rate_g: float = param(
        2e-4, 1e-6, 1.0, label="Learning rate of G", symbol="η_G", log=True, live=True, group="Optimiser",
        help="Step size of G's Adam.", source="Kingma & Ba 2015",
    )
    adam_beta1: float = param(
        0.5, 0.0, 0.999, label="Adam β₁", symbol="β₁", live=True, group="Optimiser", advanced=True,
        help="Memory of Adam's mean gradient. In games a short memory swings less.", source="Radford et al. 2016, arXiv:1511.06434",
    )
    adam_beta2: float = param(
        0.99, 0.0, 0.9999, label="Adam β₂", symbol="β₂", live=True, group="Optimiser", advanced=True,
        help="Memory of Adam's mean squared gradient.", source="Kingma & Ba 2015",
    )
    decay: str = param(
        "none", label="Decay", choices=("none", "cosine", "late"), group="Optimiser", advanced=True,
        choice_help=(
            "the learning rates stay", "both fall to a hundredth along half a cosine until the last step",
            "the same, from half time on: sharp edges need large steps for long",
        ),
        help="How the learning rates change over the run.",
    )

    def check(self) -> None:
        if self.objective == "wgan_gp" and self.penalty_weight == 0:
            raise ConfigError("penalty_weight", "WGAN-GP is its gradient penalty: the weight has to be above 0.")
        if self.batch_size % self.packing:
            raise ConfigError("packing", f"A batch of {self.batch_size} cannot be cut into packs of {self.packing}.")

    def resolved_network(self, kind: str) -> str:
        """The network that "auto" stands for with data of ``kind``."""
        if self.network == "auto":
            return "conv" if kind == "image" else "mlp"
        return self.network

    def resolved_penalty(self) -> str:
        """The penalty in force: WGAN-GP brings its own."""
        return "gp1" if self.objective == "wgan_gp" else self.penalty


PRESETS = (
    Preset(
        "2-D density", "about 3 min", "Relativistic pairing with R1 and R2: covers the modes and stays there.",
        {
            "objective": "rpgan", "penalty": "r1r2", "penalty_weight": 1.0, "penalty_end": 0.001, "instance_noise": 0.5,
            "noise_until": 0.6, "fourier": 32, "hidden": 64, "steps": 30_000, "batch_size": 256, "learning_rate_d": 3e-3,
            "learning_rate_g": 3e-3, "decay": "late",
        },
        kind="points",
    ),
    Preset(
        "Classic GAN (collapses, on purpose)", "about 30 s",
        "The game of 2014, nothing to steady it and a G that learns fifty times faster than D: it runs from mode to mode.",
        {
            "objective": "nonsaturating", "penalty": "none", "steps": 6_000, "averaging": 0.0, "learning_rate_d": 2e-4,
            "learning_rate_g": 1e-2, "adam_beta1": 0.9, "adam_beta2": 0.999,
        },
        kind="points",
    ),
    Preset(
        "Pictures", "about 5 min", "Convolutions, relativistic pairing, R1 and R2.",
        {
            "objective": "rpgan", "penalty": "r1r2", "latent_dim": 32, "channels": 16, "hidden": 128, "steps": 4_000,
            "batch_size": 64, "learning_rate_d": 1e-3, "learning_rate_g": 1e-3, "decay": "cosine",
        },
    ),
    Preset(
        "Classic GAN (collapses, on purpose)", "about 3 min",
        "The game of 2014 with nothing to steady it: variety is soon lost.",
        {"objective": "nonsaturating", "penalty": "none", "latent_dim": 32, "steps": 2_000, "batch_size": 64, "averaging": 0.0},
    ),
)

PANELS = (
    Panel(
        "Losses", "nats",
        (
            Series("loss_d", "D", "neutral", help="What D minimises, without its penalty."),
            Series("loss_g", "G", "model", help="What G minimises."),
            Series("equilibrium_d", "D at equilibrium", "theory", help="D's loss when generated and real cannot be told apart: "
                   "2 ln 2 for cross-entropy."),
            Series("equilibrium_g", "G at equilibrium", "theory", help="G's loss at the same point: ln 2 for cross-entropy."),
        ),
        help="Neither is to fall to zero: at equilibrium both stand still.",
    ),
    Panel(
        "Jensen–Shannon and KL, exact", "nats",
        (
            Series("js", "JS(data, model)", "total", held_out=True, help="½ KL(p‖m) + ½ KL(q‖m) with m = (p + q)/2, by integrating "
                   "both densities; at most ln 2."),
            Series("js_seen", "what D sees", "monitor", held_out=True, help="ln 2 + V(D)/2 on fresh points: at most the JS, "
                   "and equal to it for the optimal D."),
            Series("kl_data_model", "KL(data ‖ model)", "kl", held_out=True, help="Grows where data have no samples near them."),
            Series("js_zero", "perfect", "theory", held_out=True, help="A generator that is the data."),
        ),
        kind="points",
    ),
    Panel(
        "D's verdict", "probability",
        (
            Series("d_real", "D(real)", "data", help="Mean of D on real items: its sigmoid (critics: of the score above "
                   "the midpoint)."),
            Series("d_fake", "D(generated)", "model", help="Mean of D on generated items."),
            Series("half", "cannot tell", "theory", help="One half: D cannot tell them apart."),
        ),
    ),
    Panel(
        "Gradients and diversity", "norm, ratio",
        (
            Series("gradient_d", "‖∇D‖", "neutral", help="Length of the gradient of D's loss with respect to D's weights."),
            Series("gradient_g", "‖∇G‖", "model", help="Length of the gradient of G's loss with respect to G's weights."),
            Series("diversity", "diversity", "monitor", help="Mean distance between generated items over the mean distance "
                   "between real ones: 1 is right, 0 is one item only."),
        ),
    ),
)

EQUATION = (
    Term("min<sub>G</sub> max<sub>D</sub> V"),
    Term("="),
    Term("E<sub>x</sub>[log D(x)]", "log_d_real", "data", "Mean log D on real items (of the sigmoid for critics)."),
    Term("+"),
    Term("E<sub>z</sub>[log(1 − D(G(z)))]", "log_d_fake", "model", "Mean log(1 − D) on generated items."),
    Term("="),
    Term("V(D, G)", "value", "neutral", "The value of the game in nats: −2 ln 2 = −1.386 at equilibrium."),
)

FAMILY = Family(
    name="gan",
    title="GAN",
    accent="gan",
    summary="A generator turns noise into items, a discriminator tells them from real ones; each learns from the other.",
    paper=GOODFELLOW,
    config=GANConfig,
    presets=PRESETS,
    views={
        "points": ("game", "samples", "warp", "interpolate", "modes", "dirac", "judge"),
        "image": ("samples", "scores", "interpolate", "modes", "spectrum", "dirac", "judge"),
    },
    panels=PANELS,
    equation=EQUATION,
    textbook={"objective": "Minimax game", "training": "Can be unstable", "quality": "Sharp", "likelihood": "No explicit",
              "latent": "Less structure", "speed": "Fast"},
    learner="playground.engine.families.gan.learner:GANLearner",
    encoder=False,
    path="slerp",
)
