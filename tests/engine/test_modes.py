"""Modes, high quality and reverse KL: PacGAN's definitions, published limits, and what a perfect generator scores."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from playground.engine.datasets import load_data
from playground.engine.datasets.densities import make_density
from playground.engine.datasets.densities_mixture import GaussianMixture
from playground.engine.metrics.modes import (
    count_modes,
    data_modes,
    kl,
    mahalanobis,
    mode_names,
    perfect_quality,
    plane_modes,
    reverse_kl_floor,
)


def stream(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def modes_of(density: GaussianMixture) -> tuple[Tensor, Tensor, Tensor]:
    assert density.modes is not None and density.mode_covariances is not None and density.mode_weights is not None
    return density.modes, density.mode_covariances, density.mode_weights


def pacgan(x: np.ndarray, centres: np.ndarray, std: float) -> tuple[int, float]:
    """Modes and share of high quality as PacGAN's extensions.py counts them: Euclidean distance over std, below 3."""
    distance = np.sqrt(((x[:, None] - centres) ** 2).sum(2)) / std
    good = distance.min(1) < 3
    return len(set(distance.argmin(1)[good])), float(good.mean())


# ---------------------------------------------------------------- definitions
@pytest.mark.parametrize("name, std, blur", [("ring8", 0.01, 0.012), ("grid25", 0.05, 0.05)])
def test_round_modes_are_counted_as_pacgan_counts_them(name: str, std: float, blur: float):
    density = make_density(name)
    x = density.sample(1500, stream())[::3] + blur * torch.randn((500, 2), generator=stream(1))
    x = x[x[:, 0] > -0.5]  # half of the modes are lost
    found = plane_modes(*modes_of(density), x)
    modes, quality = pacgan(x.double().numpy(), density.means.numpy(), std)
    assert 1 < modes < len(density.means)
    assert (found.count, found.high_quality) == (modes, pytest.approx(quality))


def test_distance_is_measured_along_each_modes_own_axes():
    """Points 2.9 and 3.1 standard deviations along the axes of a turned, long ellipse: by Euclid the first is the farthest."""
    angle = 0.6
    axes = torch.tensor([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    std = torch.tensor([2.0, 0.1])
    covariance = axes.T @ torch.diag(std**2) @ axes
    centre = torch.tensor([[1.0, -3.0]])
    x = torch.stack([centre[0] + 2.9 * 2.0 * axes[0], centre[0] + 3.1 * 0.1 * axes[1], centre[0] - 2.9 * 0.1 * axes[1]])
    assert torch.allclose(mahalanobis(x, centre, covariance[None])[:, 0], torch.tensor([2.9, 3.1, 2.9]).double(), atol=1e-4)
    assert plane_modes(centre, covariance[None], torch.ones(1), x).mode_of.tolist() == [0, -1, 0]


def test_unequal_weights_are_the_truth_that_shares_are_held_against():
    weights = torch.tensor([0.7, 0.2, 0.1])
    centres = torch.tensor([[0.0, 0.0], [5.0, 0.0], [0.0, 9.0]])
    density = GaussianMixture(weights, centres, 0.01 * torch.eye(2).expand(3, 2, 2))
    found = plane_modes(*modes_of(density), density.sample(20_000, stream()))
    assert np.abs(found.share - weights.numpy()).max() < 0.015
    assert found.reverse_kl < found.reverse_kl_floor + 6 * found.reverse_kl_floor_sd
    even = plane_modes(*modes_of(density), centres.repeat(100, 1))
    expected = sum(1 / 3 * math.log(1 / 3 / w) for w in weights.tolist())
    assert even.reverse_kl == pytest.approx(expected, rel=1e-6)


def test_samples_on_the_centres_are_found_out_by_the_bin_for_the_rest():
    """Reverse KL 0 and 100 % of high quality, which no honest generator has: ln(1 / 0.98889) in the other measure."""
    density = make_density("grid25")
    found = plane_modes(*modes_of(density), density.means.repeat(10, 1))
    assert found.reverse_kl == pytest.approx(0, abs=1e-12) and found.high_quality == 1
    assert found.binned_kl == pytest.approx(-math.log(1 - math.exp(-4.5)), rel=1e-6)


def test_no_sample_near_any_mode():
    density = make_density("ring8")
    found = plane_modes(*modes_of(density), torch.zeros(50, 2))
    assert found.count == 0 and found.high_quality == 0 and found.reverse_kl == math.inf
    assert (found.share == 0).all() and (found.mode_of == -1).all()


def test_nonsense_counts_for_no_mode():
    density = make_density("ring8")
    assert plane_modes(*modes_of(density), torch.full((5, 2), math.nan)).count == 0


def test_lost_modes():
    """Two modes of four, evenly: KL = ln 2."""
    found = count_modes(np.array([0, 2] * 50), np.full(4, 0.25))
    assert found.count == 2 and found.reverse_kl == pytest.approx(math.log(2))
    assert found.share.tolist() == [0.5, 0, 0.5, 0]


def test_kl_of_shares():
    assert kl(np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.25, 0.5])) == pytest.approx(math.log(2))
    assert kl(np.array([0.5, 0.5]), np.array([1.0, 0.0])) == math.inf


# ---------------------------------------------------------------- what a perfect generator scores
@pytest.mark.parametrize(
    "modes, n, mean, sd", [(8, 2500, 0.0014, 0.0007), (25, 2500, 0.0048, 0.0014), (25, 10_000, 0.0012, 0.0004)]
)
def test_floor_of_the_reverse_kl(modes: int, n: int, mean: float, sd: float):
    """The lead's table of right numbers, to the digits printed; and the limit (K - 1) / 2n, sqrt((K - 1) / 2) / n of large n."""
    found = reverse_kl_floor((1 / modes,) * modes, n)
    assert found == (pytest.approx(mean, abs=0.6e-4), pytest.approx(sd, abs=0.7e-4))
    assert found == (pytest.approx((modes - 1) / (2 * n), rel=0.02), pytest.approx(math.sqrt((modes - 1) / 2) / n, rel=0.05))


def test_a_perfect_generator_of_the_ring_scores_its_floor():
    density = make_density("ring8")
    runs = [plane_modes(*modes_of(density), density.sample(2500, stream(seed))) for seed in range(40)]
    values = [run.reverse_kl for run in runs]
    assert np.mean(values) == pytest.approx(runs[0].reverse_kl_floor, abs=4 * runs[0].reverse_kl_floor_sd / math.sqrt(40))
    assert np.mean([run.high_quality for run in runs]) == pytest.approx(0.98889, abs=4 * 0.0021 / math.sqrt(40))
    assert runs[0].high_quality_perfect == pytest.approx(0.98889, abs=5e-6)


def test_quality_of_modes_that_touch_counts_both():
    """Two unit Gaussians 4 apart: the integral of the density over the union of the two discs."""
    centres = torch.tensor([[0.0, 0.0], [4.0, 0.0]])
    covariances = torch.eye(2).expand(2, 2, 2)
    line = torch.arange(-9, 13, 0.01, dtype=torch.float64) + 0.005
    x, y = torch.meshgrid(line, line, indexing="ij")
    first, second = x**2 + y**2, (x - 4) ** 2 + y**2
    density = ((-first / 2).exp() + (-second / 2).exp()) / (4 * math.pi)
    expected = float(density[torch.minimum(first, second) < 9].sum()) * 0.01**2
    assert expected > 0.9895
    assert perfect_quality(centres, covariances, torch.ones(2)) == pytest.approx(expected, abs=0.001)
    assert perfect_quality(3 * centres, covariances, torch.ones(2)) == 1 - math.exp(-4.5)


# ---------------------------------------------------------------- names, and data without modes
def test_names_say_where_modes_lie():
    assert mode_names(make_density("ring8").means) == ("0°", "45°", "90°", "135°", "180°", "225°", "270°", "315°")
    names = mode_names(make_density("grid25").means)
    assert names[0] == "(−4, −4)" and "(2, −4)" in names and "(0, 0)" in names and len(set(names)) == 25
    assert mode_names(torch.tensor([[0.25, -1.5], [1e-17, 2.0]])) == ("(0.25, −1.5)", "(0, 2)")
    twice = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]])
    assert mode_names(twice) == ("(1, 0)", "(−1, 0)", "(1, 0)", "(−1, 0)")  # angles would tell no more


def test_data_with_modes_parts_or_neither():
    ring, moons, roll = (load_data(name) for name in ("ring8", "moons", "swissroll"))
    found = data_modes(ring, ring.test[:500])
    assert found is not None and found[0][1] == "45°" and found[1] is not None and found[2].count == 8
    found = data_modes(moons, moons.test[:1000])
    assert found is not None and found[0] == ("part 1", "part 2") and found[1] is None
    _, _, counts, note = found
    right = (counts.mode_of == moons.test_labels["branch"][:1000])[counts.mode_of >= 0].mean()
    assert right > 0.99 and "no separate modes" in note
    assert counts.high_quality == pytest.approx(counts.high_quality_perfect, abs=0.015)
    one = data_modes(moons, moons.test[:1000][moons.test_labels["branch"][:1000] == 1])
    assert one is not None and one[2].share[1] > 0.99
    aside = moons.test[:1000] + torch.tensor([0.0, 1.0])  # five widths of the noise aside
    level = moons.density.log_prob(moons.test).sort().values[round(math.exp(-4.5) * len(moons.test))]
    found = data_modes(moons, aside)
    assert found is not None
    expected = float((moons.density.log_prob(aside) >= level).double().mean())
    # Either level comes from other 20,000 points: over seeds each share has a standard deviation of 0.007 here.
    assert found[2].high_quality == pytest.approx(expected, abs=4 * 0.007 * math.sqrt(2)) and expected < 0.5
    apart = data_modes(moons, moons.test[:100] + 20)
    assert apart is not None and apart[2].high_quality == 0
    assert data_modes(roll, roll.test[:10]) is None
