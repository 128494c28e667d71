"""The exact densities against closed forms, torch.distributions, published definitions and their own samplers."""

from __future__ import annotations

import math
import subprocess
import sys
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from playground.engine.datasets import quadrature
from playground.engine.datasets.base import DataError
from playground.engine.datasets.densities import DENSITIES, load_points_density, make_density
from playground.engine.datasets.densities_curves import log_box_normal
from playground.engine.datasets.densities_mixture import GaussianMixture, separation
from playground.engine.datasets.density_table import DENSITY_TABLE, OPTIONS
from playground.engine.datasets.quadrature import entropy_over, lattice, mass

#: Computed by others from the published definitions (the lead's table of right numbers), to the digits printed.
ENTROPIES = [
    ("ring8", {}, -4.2930),
    ("grid25", {}, 0.0653),
    ("ring8-wgan-gp", {}, -3.5996),
    ("grid25-wgan-gp", {}, -2.0139),
    ("swissroll-wgan-gp", {}, 0.4581),
    ("8gaussians", {}, 2.8319),
    ("checkerboard", {}, math.log(32)),
    ("moons", {}, 2.3939),
    ("circles", {}, 3.2681),
    ("rings", {}, 2.6232),
    ("swissroll", {}, 2.6696),
    ("2spirals", {}, 2.6454),
    ("8gaussians-torchcfm", {}, 3.7641),
    ("moons-sklearn", {"noise": 0.05}, 0.2892),
    ("moons-sklearn", {"noise": 0.1}, 1.0076),
    ("moons-sklearn", {"noise": 0.2}, 1.6775),
    ("gaussian", {"std": 0.3}, math.log(2 * math.pi * math.e * 0.09)),
]
#: Half the width of the narrowest detail: the spacing at which a lattice sum is exact enough.
SPACING = {
    "ring8": 0.006, "grid25": 0.03, "8gaussians": 0.2, "moons": 0.1, "circles": 0.12, "rings": 0.04, "swissroll": 0.1,
    "2spirals": 0.06, "checkerboard": 0.1, "pinwheel": 0.04, "gaussian": 0.5, "ring8-wgan-gp": 0.008,
    "grid25-wgan-gp": 0.01, "swissroll-wgan-gp": 0.02, "8gaussians-torchcfm": 0.3, "moons-sklearn": 0.05,
    "circles-sklearn": 0.025,
}  # fmt: skip
EVERY = pytest.mark.parametrize("name", DENSITIES)


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def rotated(angle: float, long: float, wide: float) -> Tensor:
    c, s = math.cos(angle), math.sin(angle)
    turn = torch.tensor([[c, -s], [s, c]], dtype=torch.float64)
    return turn @ torch.diag(torch.tensor([long**2, wide**2], dtype=torch.float64)) @ turn.T


def mixture(weights: list[float], means: list[list[float]], covariances: list[Tensor]) -> GaussianMixture:
    return GaussianMixture(torch.tensor(weights).double(), torch.tensor(means).double(), torch.stack(covariances))


@pytest.mark.parametrize(("name", "options", "nats"), ENTROPIES)
def test_entropy_is_the_known_one(name, options, nats):
    assert make_density(name, **options).entropy() == pytest.approx(nats, abs=1e-4)


@EVERY
def test_the_mass_is_one(name):
    density = make_density(name)
    assert mass(density.log_prob, density.bounds, SPACING[name]) == pytest.approx(1, abs=1e-5)


@EVERY
def test_the_sampler_draws_from_the_density(name):
    """The mean of -log p over samples is the entropy: both would have to be wrong in the same way."""
    density = make_density(name)
    x = density.sample(30_000, seeded())
    nll = -density.log_prob(x)
    assert x.dtype == torch.float32
    assert x.shape == (30_000, 2)
    assert nll.isfinite().all()
    assert nll.mean().item() == pytest.approx(density.entropy(), abs=5 * nll.std().item() / 30_000**0.5 + 1e-12)


@EVERY
def test_samples_fill_the_cells_as_the_density_says(name):
    """Pearson's chi-square over a 10 x 10 grid of the bounds: 5 standard deviations of the statistic at most."""
    density, n = make_density(name), 20_000
    x = density.sample(n, seeded(5)).double()
    x0, x1, y0, y1 = density.bounds
    lo, size = torch.tensor([x0, y0]).double(), torch.tensor([x1 - x0, y1 - y0]).double()

    def cell(points: Tensor) -> Tensor:
        place = ((points - lo) / size * 10).clamp(0, 9).long()
        return place[:, 0] * 10 + place[:, 1]

    expected = torch.zeros(100, dtype=torch.float64)
    for i in range(100):  # each cell by itself: none is cut by the lattice
        corner = lo + size * torch.tensor([i // 10, i % 10]) / 10
        (a, c), (b, d) = corner.tolist(), (corner + size / 10).tolist()
        expected[i] = n * mass(density.log_prob, (a, b, c, d), SPACING[name] / 2)
    seen = cell(x).bincount(minlength=100).double()
    busy = expected > 8
    statistic = ((seen - expected).square() / expected)[busy].sum().item()
    freedom = int(busy.sum()) - 1
    assert statistic < freedom + 5 * math.sqrt(2 * freedom) + 5
    assert seen[~busy].sum().item() < expected[~busy].sum().item() + 5 * (expected[~busy].sum().item() + 1) ** 0.5


@EVERY
def test_the_bounds_hold_the_mass(name):
    x0, x1, y0, y1 = make_density(name).bounds
    x, y = make_density(name).sample(100_000, seeded(2)).T
    assert ((x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)).all()


@EVERY
def test_the_score_is_the_slope_of_log_prob(name):
    """Central differences at samples and well away from the data."""
    density = make_density(name)
    if name == "checkerboard":
        assert density.score(torch.zeros(3, 2)) is None
        return
    x = density.sample(60, seeded(3)).double()
    x = torch.cat([x, 1.5 * x + 0.1])
    step = 1e-5 * SPACING[name]
    score = density.score(x)
    assert score is not None and score.dtype == torch.float64
    for axis in (0, 1):
        e = torch.zeros(2, dtype=torch.float64)
        e[axis] = step
        slope = (density.log_prob(x + e) - density.log_prob(x - e)) / (2 * step)
        assert torch.allclose(score[:, axis], slope, rtol=1e-4, atol=1e-4 / SPACING[name])


@EVERY
def test_points_far_away_and_points_that_are_no_numbers(name):
    density = make_density(name)
    x = torch.tensor([[1e3, -2e3], [math.nan, 0.0], [math.inf, 0.0], [0.0, 0.0]])
    log_p = density.log_prob(x)
    assert log_p[0] < -1e4
    assert log_p[0].isfinite() or name == "checkerboard"
    assert log_p[1].isnan()
    assert log_p[2] == -math.inf
    assert log_p[3].item() == pytest.approx(density.log_prob(x[3:]).item(), abs=1e-8)
    assert density.log_prob(torch.empty(0, 2)).shape == (0,)


@EVERY
def test_log_prob_does_not_depend_on_the_company(name):
    """Points are handled in tiles and parts with only what matters near them: that must not show."""
    density = make_density(name)
    x = density.sample(5_000, seeded(7))
    some = torch.arange(0, 5_000, 97)
    alone = torch.cat([density.log_prob(x[i : i + 1]) for i in some])
    assert torch.allclose(density.log_prob(x)[some], alone, rtol=0, atol=1e-8)


def test_eight_gaussians_have_at_least_four_scales():
    """A score on "8 Gaussians" means nothing before its source is named: radius and std of each published one."""
    published = {
        "ring8": (1, 0.01),
        "ring8-wgan-gp": (2 / 1.414, 0.02 / 1.414),
        "8gaussians": (4 / 1.414, 0.5 / 1.414),
        "8gaussians-torchcfm": (5, 0.1**0.25),
    }
    for name, (radius, std) in published.items():
        density = make_density(name)
        assert density.modes is not None and density.mode_covariances is not None
        assert torch.allclose(density.modes.norm(dim=1), torch.tensor(radius).double(), rtol=1e-6)
        assert torch.allclose(density.mode_covariances, std**2 * torch.eye(2).double(), rtol=1e-6)
        assert torch.allclose(density.modes[0], torch.tensor([radius, 0.0]).double(), atol=1e-6)  # the first at angle 0
    entropies = sorted(make_density(name).entropy() for name in published)
    assert all(b - a > 0.5 for a, b in pairwise(entropies))


def test_moments_of_the_definitions():
    """Means and second moments by hand from the published definitions, against 200,000 samples."""

    def moments(name: str, **options: float) -> tuple[Tensor, Tensor]:
        x = make_density(name, **options).sample(200_000, seeded(11)).double()
        return x.mean(0), x.square().mean(0)

    mean, square = moments("moons-sklearn", noise=0.1)
    assert torch.allclose(mean, torch.tensor([0.5, 0.25]).double(), atol=0.01)
    assert square.tolist() == pytest.approx([1.01, 0.635 - 1 / math.pi], abs=0.01)
    _, square = moments("rings")
    assert square.sum().item() == pytest.approx(9 * (1 + 0.5625 + 0.25 + 0.0625) / 4 + 2 * 0.08**2, rel=0.01)
    _, square = moments("circles")
    assert square.sum().item() == pytest.approx(9 * (1 + 0.25) / 2 + 2 * 0.24**2, rel=0.01)
    _, square = moments("swissroll")
    third = (4.5**3 - 1.5**3) / 3 / 3 * math.pi**2  # E[t^2]
    assert square.sum().item() == pytest.approx((third + 2) / 25, rel=0.01)
    mean, square = moments("pinwheel", rate=0)
    assert square.sum().item() == pytest.approx(4 * (1 + 0.09 + 0.01), rel=0.01)
    mean, square = moments("checkerboard")
    assert torch.allclose(mean, torch.zeros(2).double(), atol=0.03)
    assert square.tolist() == pytest.approx([16 / 3, 16 / 3], rel=0.01)
    mean, square = moments("2spirals")
    assert torch.allclose(mean, torch.zeros(2).double(), atol=0.03)
    # E|t (-cos t, sin t) + U / 2|^2 / 9 + noise, with E[U] = 1/2, E[U^2] = 1/3, t = 3 pi sqrt(u)
    t = 3 * math.pi * torch.linspace(0, 1, 100_001).double().sqrt()
    r2 = (t.square() + 0.5 * t * (t.sin() - t.cos()) + 0.5 / 3).mean().item() / 9 + 0.02
    assert square.sum().item() == pytest.approx(r2, rel=0.01)


@pytest.mark.parametrize("name", ["moons", "swissroll", "2spirals"])
def test_curves_match_a_sum_over_many_points(name):
    """p(x) is the mean of the noise's density about points of the curve: 100,000 evenly drawn on each."""
    density = make_density(name)
    x = density.sample(12, seeded(4)).double()
    u = (torch.arange(100_000).double() + 0.5) / 100_000
    total = torch.zeros(12, dtype=torch.float64)
    for branch in density.branches:  # type: ignore[attr-defined]
        d = x[:, None] - branch.point(branch.draw(u))
        noise = torch.distributions.Normal(0.0, density.noise)  # type: ignore[attr-defined]
        if name == "2spirals":
            w = 0.5 / 3
            k = (noise.cdf(d + w / 2) - noise.cdf(d - w / 2)) / w
        else:
            k = noise.log_prob(d).exp()
        total += k.prod(2).mean(1) / len(density.branches)  # type: ignore[attr-defined]
    assert torch.allclose(density.log_prob(x), total.log(), atol=2e-5)


def test_circles_match_a_sum_over_the_angle():
    density = make_density("circles")
    x = density.sample(20, seeded(4)).double()
    angle = torch.arange(4000).double() / 4000 * 2 * math.pi
    centres = torch.cat([r * torch.stack([angle.cos(), angle.sin()], 1) for r in (3.0, 1.5)])
    log_k = -(x[:, None] - centres).square().sum(2) / (2 * 0.24**2) - math.log(2 * math.pi * 0.24**2)
    assert torch.allclose(density.log_prob(x), log_k.logsumexp(1) - math.log(8000), atol=1e-10)


def test_a_pinwheel_that_does_not_turn_is_a_mixture():
    """Without swirl the arms are Gaussians at angles -2 pi k / 5."""
    wheel = make_density("pinwheel", rate=0)
    angles = [-2 * math.pi * k / 5 for k in range(5)]
    centres = [[2 * math.cos(a), 2 * math.sin(a)] for a in angles]
    arms = mixture([1] * 5, centres, [rotated(a, 0.6, 0.2) for a in angles])
    x = arms.sample(500, seeded())
    x = torch.cat([x, 3 * x])
    assert torch.allclose(wheel.log_prob(x), arms.log_prob(x), atol=1e-9)
    assert wheel.entropy() == pytest.approx(arms.entropy(), abs=1e-6)


def test_pinwheel_entropy_by_two_ways():
    """Over the features of one arm, and over the plane."""
    wheel = make_density("pinwheel")
    assert wheel.entropy() == pytest.approx(entropy_over(wheel.log_prob, lattice(wheel.bounds, 0.04)), abs=1e-4)


@given(d=st.floats(-300, 300), width=st.floats(0.01, 5), std=st.floats(0.01, 5))
@settings(max_examples=40, deadline=None)
def test_box_normal_tails(d, width, std):
    """Against a Gauss-Legendre sum of the normal density over the box, in logarithms."""
    count = min(20_000, max(2, math.ceil(width / std * (2 + abs(d) / std / 4))))
    v, w = quadrature.panels(torch.linspace(-width / 2, width / 2, count, dtype=torch.float64))
    log_k = -((d - v) / std).square() / 2 - math.log(std * math.sqrt(2 * math.pi)) + w.log() - math.log(width)
    alone = log_box_normal(torch.tensor([d], dtype=torch.float64), width, std)
    beside_a_far_one = log_box_normal(torch.tensor([d, 60 * std + width], dtype=torch.float64), width, std)[:1]
    assert torch.allclose(alone, beside_a_far_one, rtol=1e-12)
    assert alone.item() == pytest.approx(log_k.logsumexp(0).item(), rel=1e-6, abs=1e-4)


components = st.tuples(
    st.floats(0.01, 1), *[st.floats(-3, 3)] * 2, st.floats(0, math.pi), *[st.floats(0.05, 3)] * 2
)


@given(parts=st.lists(components, min_size=1, max_size=6), seed=st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_mixtures_agree_with_torch_distributions_and_autograd(parts, seed):
    ours = mixture([p[0] for p in parts], [[p[1], p[2]] for p in parts], [rotated(*p[3:]) for p in parts])
    theirs = MixtureSameFamily(
        Categorical(ours.weights), MultivariateNormal(ours.means, covariance_matrix=ours.covariances)
    )
    x = (4 * torch.randn(50, 2, generator=seeded(seed)).double()).requires_grad_()
    expected = theirs.log_prob(x)
    assert torch.allclose(ours.log_prob(x), expected, rtol=1e-9, atol=1e-9)
    (slope,) = torch.autograd.grad(expected.sum(), x)
    assert torch.allclose(ours.score(x), slope, rtol=1e-7, atol=1e-7)  # type: ignore[arg-type]


HARD = {
    "overlapping": ([1, 1], [[0, 0], [1, 0]], [rotated(0, 0.5, 0.5), rotated(0.3, 0.4, 0.8)]),
    "narrow inside wide": ([1, 1], [[0, 0], [1.1, 0.3]], [rotated(0, 2, 2), rotated(0.3, 0.1, 0.1)]),
    "narrow at the centre of wide": ([1, 3], [[0, 0], [0, 0]], [rotated(0, 2, 2), rotated(0, 0.03, 0.03)]),
    "between the nodes": ([1, 1], [[0, 0], [1.0, 1.0]], [rotated(0, 2, 2), rotated(0, 0.03, 0.03)]),
    "needle across": ([1, 1], [[0, 0], [0.5, 0.2]], [rotated(0, 2, 2), rotated(0.7, 0.04, 1)]),
}


@pytest.mark.parametrize("case", HARD)
def test_mixture_entropy_by_two_ways(case):
    """Adaptive squares in each component's coordinates, and a plain lattice over everything."""
    density = mixture(*HARD[case])
    value = density._entropy_by_squares(density._neighbours())
    narrow = torch.linalg.eigvalsh(density.covariances).min().sqrt().item()
    assert value == pytest.approx(entropy_over(density.log_prob, lattice(density._box(7.0), narrow / 1.5)), abs=1e-6)
    assert value == pytest.approx(density.entropy(), abs=1e-6)


def test_entropy_of_scales_far_apart():
    """Std 0.001 beside 2: far away, the closed form; inside, Monte Carlo."""
    tiny, wide = rotated(0, 0.001, 0.001), rotated(0, 2, 2)
    apart = mixture([1, 1], [[0, 0], [40, 0]], [wide, tiny]).entropy()
    each = [math.log(2 * math.pi * math.e * std**2) for std in (2, 0.001)]
    assert apart == pytest.approx(sum(each) / 2 + math.log(2), abs=1e-9)
    inside = mixture([1, 1], [[0, 0], [0.123, 0.456]], [wide, tiny])
    nll = -inside._log_prob(inside._draw(400_000, seeded())[0])
    assert inside.entropy() == pytest.approx(nll.mean().item(), abs=5 * nll.std().item() / 400_000**0.5)
    assert inside.entropy() < apart


def test_modes_are_offered_only_where_they_are_apart():
    eye = rotated(0, 1, 1)
    assert separation(torch.tensor([[0.0, 0], [3, 4]]).double(), torch.stack([eye, eye])) == pytest.approx(5)
    assert mixture([1, 1], [[0, 0], [3, 4]], [eye, eye]).modes is not None
    assert mixture([1, 1], [[0, 0], [1, 1]], [eye, eye]).modes is None
    assert make_density("moons").modes is None


def test_mixture_normalises_weights_and_drops_empty_components():
    density = mixture([1, 0, 3], [[0, 0], [9, 9], [5, 0]], [rotated(0, 1, 1)] * 3)
    assert density.weights.tolist() == [0.25, 0.75]
    _, label = density.sample_labelled(40_000, seeded())
    assert label.float().mean().item() == pytest.approx(0.75, abs=0.01)
    for bad in ([-1, 2], [0, 0], [math.nan, 1]):
        with pytest.raises(ValueError):
            mixture(bad, [[0, 0], [1, 1]], [rotated(0, 1, 1)] * 2)
    with pytest.raises(ValueError):
        mixture([1], [[0, 0]], [-rotated(0, 1, 1)])


def test_entropy_is_computed_once(monkeypatch):
    density = make_density("moons")
    first = density.entropy()
    monkeypatch.setattr(type(density), "_entropy", pytest.fail)
    assert density.entropy() == first


def test_scaling_by_a_adds_two_ln_a():
    assert make_density("pinwheel", scale=6).entropy() == pytest.approx(
        make_density("pinwheel").entropy() + 2 * math.log(3), abs=1e-6
    )


def test_the_table_is_whole_and_torch_free():
    assert list(DENSITIES) == list(DENSITY_TABLE)
    for name, entry in DENSITIES.items():
        row = DENSITY_TABLE[name]
        assert (entry.title, entry.summary, entry.source, entry.options) == (
            row.title, row.summary, row.source, row.options,
        )  # fmt: skip
        for option, default in row.options.items():
            assert OPTIONS[option].lo <= default <= OPTIONS[option].hi
            assert not OPTIONS[option].whole or default == int(default)
        entry.factory(**entry.options)
    code = "import sys, playground.engine.datasets.density_table; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("name", ["moons", "rings", "2spirals", "pinwheel", "swissroll", "ring8", "grid25", "gaussian"])
def test_the_ends_of_the_ranges_work(name):
    """Every option at its least and greatest: a density with finite values, or a sentence."""
    for option in DENSITY_TABLE[name].options:
        for value in (OPTIONS[option].lo, OPTIONS[option].hi):
            try:
                density = make_density(name, **{option: value})
            except DataError as error:
                assert str(error).endswith(".")
                continue
            x = density.sample(30, seeded())
            assert density.log_prob(x).isfinite().all()
            assert density.score(x).isfinite().all()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("nine", {}, "no density called 'nine'"),
        ("ring8", {"noise": 1}, "noise: ring8 has no such option"),
        ("ring8", {"std": 0}, "std: must lie between"),
        ("ring8", {"std": -1}, "std: must lie between"),
        ("ring8", {"std": math.nan}, "std: nan is not a finite number"),
        ("ring8", {"std": "wide"}, "std: 'wide' is not a finite number"),
        ("ring8", {"std": True}, "std: True is not a finite number"),
        ("ring8", {"modes": 7.5}, "modes: must be a whole number"),
        ("2spirals", {"noise": 0.01, "scale": 100}, "noise: this noise is too small"),
    ],
)
def test_bad_requests_are_sentences(name, options, words):
    with pytest.raises(DataError, match=words):
        make_density(name, **options)


def test_points_come_as_a_dataset():
    data = load_points_density("ring8", std="0.02")
    assert (data.name, data.kind, data.shape) == ("ring8?std=0.02", "points", (2,))
    assert data.train.shape == data.test.shape == (20_000, 2)
    assert not torch.equal(data.train, data.test)
    assert torch.equal(data.train, load_points_density("ring8", std=0.02).train)
    assert data.density is not None and data.density.modes is not None
    nearest = torch.cdist(data.train.double(), data.density.modes).argmin(1)
    assert torch.equal(nearest, torch.from_numpy(data.train_labels["mode"]))
    assert "PacGAN" in data.note and "std = 0.02" in data.note
    assert load_points_density("moons").train_labels.keys() == {"branch"}
    assert load_points_density("swissroll").name == "swissroll"
    assert load_points_density("swissroll").train_labels == {}
