"""The table of exact 2-D densities: names, titles, sources and default options. Torch-free: menus and help are fast.

"8 Gaussians" has at least four published scales (radius 1, 1.41, 2.83 and 5 here), so every line names its source, and
a score is meaningless unless the line is stated. :mod:`playground.engine.datasets.densities` makes the densities.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Option:
    """What an option of a density means and its inclusive range. ``whole``: only whole numbers."""

    help: str
    lo: float
    hi: float
    whole: bool = False


@dataclass(frozen=True)
class DensityRow:
    """A line of the table. ``options`` maps each option's name (see :data:`OPTIONS`) to its default."""

    name: str
    title: str
    summary: str
    source: str
    options: dict[str, float] = field(default_factory=dict)


#: Every option by name: the same word means the same thing in all densities.
OPTIONS: dict[str, Option] = {
    "modes": Option("Number of Gaussians on the ring.", 1, 100, whole=True),
    "side": Option("Gaussians along one side of the square grid.", 1, 20, whole=True),
    "arms": Option("Number of arms.", 1, 12, whole=True),
    "radius": Option("Radius of the ring of centres, before scaling.", 0.01, 100),
    "spacing": Option("Distance between neighbouring centres, before scaling.", 0.01, 100),
    "std": Option("Standard deviation of each Gaussian, before scaling.", 1e-4, 100),
    "noise": Option("Standard deviation of the Gaussian noise around the curve.", 0.01, 2),
    "scale": Option("The finished data are multiplied by this.", 0.01, 100),
    "shift_x": Option("Added to x after scaling.", -100, 100),
    "shift_y": Option("Added to y after scaling.", -100, 100),
    "mean_x": Option("Mean of x.", -100, 100),
    "mean_y": Option("Mean of y.", -100, 100),
    "factor": Option("Radius of the inner circle as a share of the outer one.", 0.05, 0.95),
    "jitter": Option("Side of the square in which a point of the spiral is moved, before scaling.", 0.01, 2),
    "radial_std": Option("Spread along each arm, before scaling.", 0.01, 0.35),
    "tangential_std": Option("Spread across each arm, before scaling.", 0.01, 0.15),
    "rate": Option("How strongly the arms are swirled.", 0, 0.35),
}

_PACGAN = "Lin et al. 2018, PacGAN (arXiv:1712.04086): fjxmlzn/PacGAN, synthetic_data_experiments; first used by VEEGAN"
_WGAN_GP = "Gulrajani et al. 2017, WGAN-GP (arXiv:1704.00028): igul222/improved_wgan_training, gan_toy.py"
_FFJORD = "Grathwohl et al. 2019, FFJORD (arXiv:1810.01367): rtqichen/ffjord, lib/toy_data.py"
_TORCHCFM = "Tong et al. 2024, OT-CFM (arXiv:2302.00482): atong01/conditional-flow-matching, torchcfm/utils.py"
_SKLEARN = "Pedregosa et al. 2011, scikit-learn: sklearn.datasets"

_ROWS = (
    DensityRow(
        "ring8", "Ring of 8 Gaussians (PacGAN)",
        "Eight tiny, well separated Gaussians on the unit circle: the classic test for lost modes.",
        _PACGAN, {"modes": 8, "radius": 1, "std": 0.01, "scale": 1},
    ),
    DensityRow(
        "grid25", "Grid of 25 Gaussians (PacGAN)",
        "5 x 5 tiny Gaussians two units apart: a harder test for lost modes.",
        _PACGAN, {"side": 5, "spacing": 2, "std": 0.05, "scale": 1},
    ),
    DensityRow(
        "8gaussians", "8 Gaussians (FFJORD)",
        "Eight wide Gaussians that almost touch: the classic test for flows and diffusion.",
        _FFJORD, {"modes": 8, "radius": 4, "std": 0.5, "scale": 1 / 1.414},
    ),
    DensityRow(
        "moons", "Two moons (FFJORD)",
        "Two interlocking half circles with noise.",
        _FFJORD, {"noise": 0.1, "scale": 2, "shift_x": -1, "shift_y": -0.2},
    ),
    DensityRow(
        "circles", "Two circles (FFJORD)",
        "A circle inside a circle, with noise: a hole that a model must leave empty.",
        _FFJORD, {"factor": 0.5, "noise": 0.08, "scale": 3},
    ),
    DensityRow(
        "rings", "Four rings (FFJORD)",
        "Four concentric circles of equal weight. Here the noise is added after scaling.",
        _FFJORD, {"noise": 0.08, "scale": 3},
    ),
    DensityRow(
        "swissroll", "Swiss roll (FFJORD)",
        "One spiral band, evenly filled in its angle.",
        _FFJORD, {"noise": 1, "scale": 1 / 5},
    ),
    DensityRow(
        "2spirals", "Two spirals (FFJORD)",
        "Two interleaved spirals, each point moved within a small square. The noise is added after scaling.",
        _FFJORD, {"jitter": 0.5, "noise": 0.1, "scale": 1 / 3},
    ),
    DensityRow(
        "checkerboard", "Checkerboard (FFJORD)",
        "Uniform on eight squares: sharp edges, and no score.",
        _FFJORD, {"scale": 2},
    ),
    DensityRow(
        "pinwheel", "Pinwheel (FFJORD)",
        "Five Gaussian arms, swirled. The construction is Johnson et al. 2016 (arXiv:1603.06277).",
        _FFJORD, {"arms": 5, "radial_std": 0.3, "tangential_std": 0.1, "rate": 0.25, "scale": 2},
    ),
    DensityRow(
        "gaussian", "One Gaussian",
        "A round Gaussian: nearly everything about it is known in closed form.",
        "Textbook", {"mean_x": 0, "mean_y": 0, "std": 1},
    ),
    DensityRow(
        "ring8-wgan-gp", "8 Gaussians (WGAN-GP)",
        "Eight tiny Gaussians on a circle of radius 1.41.",
        _WGAN_GP, {"modes": 8, "radius": 2, "std": 0.02, "scale": 1 / 1.414},
    ),
    DensityRow(
        "grid25-wgan-gp", "25 Gaussians (WGAN-GP)",
        "5 x 5 tiny Gaussians 0.71 apart.",
        _WGAN_GP, {"side": 5, "spacing": 2, "std": 0.05, "scale": 1 / 2.828},
    ),
    DensityRow(
        "swissroll-wgan-gp", "Swiss roll (WGAN-GP)",
        "The Swiss roll with a quarter of FFJORD's noise.",
        _WGAN_GP, {"noise": 0.25, "scale": 1 / 7.5},
    ),
    DensityRow(
        "8gaussians-torchcfm", "8 Gaussians (TorchCFM)",
        "Radius 5, std 0.562: the code passes a variance of 0.1 and takes its root twice, which became the standard.",
        _TORCHCFM, {"modes": 8, "radius": 5, "std": 0.1**0.25, "scale": 1},
    ),
    DensityRow(
        "moons-sklearn", "Two moons (scikit-learn)",
        "make_moons as it comes, unscaled.",
        _SKLEARN, {"noise": 0.1, "scale": 1, "shift_x": 0, "shift_y": 0},
    ),
    DensityRow(
        "circles-sklearn", "Two circles (scikit-learn)",
        "make_circles with its default factor of 0.8, unscaled.",
        _SKLEARN, {"factor": 0.8, "noise": 0.05, "scale": 1},
    ),
)

DENSITY_TABLE: dict[str, DensityRow] = {row.name: row for row in _ROWS}
