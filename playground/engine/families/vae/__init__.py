"""The variational autoencoder (Kingma & Welling 2013): what it declares. No torch here; see learner.py for the mathematics."""

from __future__ import annotations

from dataclasses import dataclass

from playground.engine.config import Config, ConfigError, param
from playground.engine.families.spec import Family, Panel, Preset, Series, Term

KW13 = "Kingma & Welling 2013, arXiv:1312.6114"


@dataclass(frozen=True)
class VAEConfig(Config):
    """Hyper-parameters of the VAE and its optimiser."""

    latent_dim: int = param(
        2, 1, 128, label="Latent size", symbol="d", log=True,
        help="Numbers in the code z of one item. Two can be drawn as a map; more reconstruct better.", source=KW13,
    )
    likelihood: str = param(
        "bernoulli", label="Likelihood", symbol="p(x|z)",
        choices=("bernoulli", "gaussian", "gaussian_learned", "gaussian_z"),
        choice_help=(
            "each pixel is black or white with a probability that the decoder gives",
            "decoder mean with the fixed standard deviation sigma",
            "decoder mean with one standard deviation, learned (Rybkin et al. 2021)",
            "decoder mean and a standard deviation that depends on z",
        ),
        help="The distribution of x that the decoder puts around its output; the reconstruction term is its log density.",
        source=KW13 + ", appendix C",
    )
    binarise: str = param(
        "dynamic", label="Binarise", choices=("dynamic", "none"),
        choice_help=("pixels become black or white at random, anew at every visit", "grey values are used as they are"),
        help="What the Bernoulli likelihood is given. Only binary pixels make its number a true log-likelihood.",
        source="Burda et al. 2016, section 5", advanced=True, when=lambda c: c.likelihood == "bernoulli",
    )
    sigma: float = param(
        0.1, 0.001, 10.0, label="Noise", symbol="σ", log=True, live=True,
        help="Standard deviation of x around the decoder's mean, in units of x (images: -1 is black, 1 is white).",
        source=KW13, when=lambda c: c.likelihood == "gaussian",
    )
    kl_weight: float = param(
        1.0, 0.0, 100.0, label="KL weight", symbol="β", live=True, when=lambda c: c.objective == "elbo",
        help="Weight of the KL term. 1 is the evidence lower bound; more presses the code towards the prior, 0 "
        "leaves a plain autoencoder.",
        source="beta-VAE, Higgins et al. 2017",
    )
    warm_up: int = param(
        0, 0, 100_000, label="Warm-up", unit="steps",
        help="The KL weight grows from 0 to its value over this many steps, which keeps latents from dying early.",
        source="Sønderby et al. 2016", advanced=True, when=lambda c: c.objective == "elbo",
    )
    free_bits: float = param(
        0.0, 0.0, 10.0, label="Free nats", symbol="λ", unit="nats", live=True,
        help="KL per latent dimension that costs nothing. Above 0 the objective is no longer a bound; the reported ELBO still is.",
        source="Kingma et al. 2016, section C.8", advanced=True, when=lambda c: c.objective == "elbo",
    )
    objective: str = param(
        "elbo", label="Objective", choices=("elbo", "iwae"),
        choice_help=("the evidence lower bound", "the importance-weighted bound from K samples, tighter as K grows"),
        help="What is maximised.", source="IWAE: Burda et al. 2016, arXiv:1509.00519",
    )
    iwae_samples: int = param(
        5, 1, 100, label="Samples per item", symbol="K", live=True,
        help="Samples of z for one item in the importance-weighted bound.",
        source="Burda et al. 2016, eq. 8", when=lambda c: c.objective == "iwae",
    )
    network: str = param(
        "auto", label="Network", choices=("auto", "mlp", "conv", "linear"),
        choice_help=(
            "conv for images, mlp for points",
            "fully connected layers",
            "convolutions (images only)",
            "one linear layer each way: its optimum is probabilistic PCA, known in closed form",
        ),
        help="Shape of encoder and decoder.", source="linear: Lucas et al. 2019, arXiv:1911.02469", group="Network",
    )
    hidden: int = param(
        256, 4, 2048, label="Width", log=True, help="Units in each hidden layer of the fully connected parts.",
        group="Network", when=lambda c: c.network != "linear",
    )
    layers: int = param(
        2, 1, 6, label="Layers", help="Hidden layers of the encoder, and of the decoder.",
        group="Network", when=lambda c: c.network in ("mlp", "auto"),
    )
    channels: int = param(
        32, 4, 256, label="Channels", log=True,
        help="Channels of the first convolution; they double at every halving of the picture.",
        group="Network", when=lambda c: c.network in ("conv", "auto"),
    )
    steps: int = param(
        10_000, 1, 10_000_000, label="Steps", log=True, live=True,
        help="Optimizer updates until training ends by itself. May be raised while training, to go on.", group="Optimiser",
    )
    batch_size: int = param(
        128, 1, 8192, label="Batch", log=True, help="Items a step looks at.", group="Optimiser",
    )
    learning_rate: float = param(
        1e-3, 1e-6, 1.0, label="Learning rate", symbol="η", log=True, live=True, help="Step size of Adam.",
        source="Kingma & Ba 2015", group="Optimiser",
    )
    decay: str = param(
        "cosine", label="Decay", choices=("none", "cosine"),
        choice_help=("the learning rate stays", "it falls to a hundredth along half a cosine until the last step"),
        help="How the learning rate changes over the run.", group="Optimiser", advanced=True,
    )

    def check(self) -> None:
        if self.warm_up > self.steps:
            raise ConfigError("warm_up", f"takes {self.warm_up} steps, but training ends after {self.steps}.")

    def resolved_network(self, kind: str) -> str:
        """The network that "auto" stands for with data of ``kind``."""
        if self.network == "auto":
            return "conv" if kind == "image" else "mlp"
        return self.network


PRESETS = (
    Preset(
        "Latent map", "about 60 s", "Two latents: a map of the data that a mouse can walk.",
        {"latent_dim": 2, "network": "mlp", "hidden": 256, "layers": 3, "steps": 4_000, "batch_size": 100, "warm_up": 200,
         "learning_rate": 2e-3},
        data=("mnist",),
    ),
    Preset(
        "Sharp digits", "2-3 min", "Sixteen latents and convolutions: reconstructions keep the strokes of the original.",
        {"latent_dim": 16, "network": "conv", "channels": 16, "hidden": 256, "steps": 3_000, "batch_size": 64,
         "learning_rate": 2e-3},
        data=("mnist",),
    ),
    Preset(
        "Best bound", "about 8 min", "Sixteen latents, many steps: the lowest −log p(x) on digits never seen.",
        {"latent_dim": 16, "network": "mlp", "hidden": 300, "layers": 2, "steps": 25_000, "batch_size": 100,
         "learning_rate": 1e-3},
        data=("mnist",),
    ),
    Preset(
        "Pictures", "2-3 min", "Convolutions and a learned noise level, for any pictures.",
        {"latent_dim": 10, "network": "conv", "channels": 16, "likelihood": "gaussian_learned", "steps": 2_500,
         "batch_size": 64, "learning_rate": 2e-3},
    ),
    Preset(
        "Linear VAE = pPCA", "about 40 s", "The one VAE whose optimum is known: the ELBO climbs to the line of probabilistic PCA.",
        {"latent_dim": 8, "network": "linear", "likelihood": "gaussian_learned", "steps": 8_000, "batch_size": 256,
         "learning_rate": 2e-2},
    ),
    Preset(
        "Posterior collapse (on purpose)", "about 30 s",
        "A KL weight so high that the code says nothing: latents turn into the prior.",
        {"latent_dim": 8, "network": "mlp", "kl_weight": 20.0, "steps": 3_000, "batch_size": 100},
    ),
    Preset(
        "2-D density", "about 30 s", "Two latents onto the plane: watch p(model) cover p(data).",
        {"latent_dim": 2, "likelihood": "gaussian_z", "network": "mlp", "hidden": 96, "layers": 3, "steps": 4_000,
         "batch_size": 200, "learning_rate": 3e-3, "warm_up": 1_500},
        kind="points",
    ),
    Preset(
        "Linear VAE = pPCA", "about 10 s", "A single Gaussian is all a linear VAE can make: its optimum is known in closed form.",
        {"latent_dim": 1, "network": "linear", "likelihood": "gaussian_learned", "steps": 4_000, "batch_size": 256,
         "learning_rate": 1e-2},
        kind="points",
    ),
    Preset(
        "Posterior collapse (on purpose)", "about 20 s", "Learned noise, no warm-up, a high KL weight: p(model) becomes one blob.",
        {"latent_dim": 2, "likelihood": "gaussian_z", "network": "mlp", "hidden": 96, "layers": 3, "steps": 2_000,
         "batch_size": 200, "kl_weight": 4.0},
        kind="points",
    ),
)

PANELS = (
    Panel(
        "−ELBO", "nats per item",
        (
            Series("neg_elbo", "−ELBO", "total", help="Upper bound on −log p(x): reconstruction error plus KL."),
            Series("reconstruction", "reconstruction", "reconstruction",
                   help="−E_q[log p(x|z)]: what the code does not tell of x."),
            Series("kl", "KL", "kl", help="KL(q(z|x) ‖ p(z)): nats that the code carries about x."),
            Series("test_neg_elbo", "held out", "monitor", held_out=True, help="−ELBO on items never trained on."),
            Series("optimum", "optimum", "theory", held_out=True,
                   help="The best any model (2-D: the entropy) or any linear VAE (pPCA) can reach."),
        ),
        help="Lower is better.",
    ),
    Panel(
        "KL(data ‖ model)", "nats",
        (Series("kl_data_model", "KL(data ‖ model)", "kl", held_out=True,
                help="log p(data) − log p(model), averaged over data; the model's density by quadrature over z."),
         Series("kl_zero", "perfect", "theory", held_out=True, help="A model that is the data.")),
        kind="points",
    ),
    Panel("KL per latent dimension", "nats", bars="kl_per_dim",
          help="How much each latent says about x. Below about 0.01 it says nothing."),
)

EQUATION = (
    Term("loss", "loss", "neutral", "What the optimizer minimises, averaged over the last steps."),
    Term("="),
    Term("−E<sub>q</sub>[log p(x|z)]", "reconstruction", "reconstruction", "Reconstruction error."),
    Term("+"),
    Term("β", "beta_now", "neutral", "KL weight at this step (warm-up included)."),
    Term("·"),
    Term("KL(q(z|x) ‖ p(z))", "kl", "kl", "Nats that the code carries."),
)

FAMILY = Family(
    name="vae",
    title="VAE",
    accent="vae",
    summary="An encoder writes a short code, a decoder reads it; both learn by raising a lower bound on log p(x).",
    paper=KW13,
    config=VAEConfig,
    presets=PRESETS,
    views={
        "image": ("samples", "reconstruct", "latent_map", "interpolate", "traverse", "anatomy", "spectrum"),
        "points": ("samples", "reconstruct", "latent_map", "interpolate", "traverse", "anatomy"),
    },
    panels=PANELS,
    equation=EQUATION,
    textbook={"objective": "Maximise ELBO", "training": "Stable", "quality": "Blurry", "likelihood": "Lower bound",
              "latent": "Meaningful", "speed": "Fast"},
    learner="playground.engine.families.vae.learner:VAELearner",
)
