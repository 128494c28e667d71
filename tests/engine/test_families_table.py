"""Every family of the table keeps its promises: what it declares is what it trains, reports and answers."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from engine_kit import REPOSITORY, Watched, images, load, on_the_way, points

from playground.engine import messages as m
from playground.engine import worker
from playground.engine.config import field_types, params
from playground.engine.datasets.base import Dataset
from playground.engine.families import FAMILIES
from playground.engine.families.spec import Family
from playground.engine.learner import Learner
from playground.engine.metrics import classifier
from playground.engine.recipe import Compute, Recipe

KINDS = ("image", "points")
ROLES = {"total", "reconstruction", "kl", "data", "model", "theory", "monitor", "neutral"}
N = 12  # items asked for

families = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
kinds = pytest.mark.parametrize("kind", KINDS)


def small(family: Family, kind: str) -> Any:
    """The family's own default for this kind of data, with a network that trains in no time."""
    config = family.default_config("bars" if kind == "image" else "points", kind)
    sizes = {"hidden": 16, "layers": 1, "channels": 4, "batch_size": 16, "steps": 100_000, "warm_up": 0, "first_steps": 10}
    return config.replace(**{k: v for k, v in sizes.items() if k in params(config)})


@pytest.fixture(scope="module")
def trained() -> Iterator[dict[tuple[str, str], Watched]]:
    """One tiny, paused training of every family on each kind of data, with at least one monitor report."""
    import tempfile
    from pathlib import Path

    sessions = {}
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(worker, "load_data", load)
        patch.setattr(classifier, "STEPS", 60)  # it need not be good here
        for name, family in FAMILIES.items():
            for kind in KINDS:
                data = "bars" if kind == "image" else "points"
                on = Watched()
                recipe = Recipe(name, data, small(family, kind), 0, Compute(device="cpu", threads=1))
                on.session.start(recipe, folder=Path(folder) / f"{name}-{kind}")
                on.step(20)
                on.until(m.Monitored)
                on.session.pause()
                on.state("paused")
                sessions[name, kind] = on
        yield sessions
        for on in sessions.values():
            assert on.session.close(20)


# ---------------------------------------------------------------- declarations
def test_names_are_unique_and_are_the_keys_of_the_table() -> None:
    assert all(name == family.name and name.isidentifier() for name, family in FAMILIES.items())
    assert len({f.title for f in FAMILIES.values()}) == len(FAMILIES)


@families
def test_every_parameter_is_documented_and_its_default_valid(family: Family) -> None:
    config = family.config()
    types = field_types(config)
    for name, spec in params(config).items():
        assert spec.label and spec.help.endswith((".", ")")), name
        if types[name] in (int, float):
            assert spec.lo is not None and spec.hi is not None, f"{name} has no range"
            assert not spec.log or spec.lo > 0, f"{name} is logarithmic from {spec.lo}"
        if types[name] is str:
            assert spec.choices or spec.run_of, name
            assert len(spec.choice_help) == len(spec.choices), name
        if spec.when is not None:
            assert spec.when(config) in (True, False), name
    assert {"steps", "batch_size"} <= set(params(config)), "the engine counts in these"


@families
def test_every_preset_is_valid_has_a_stated_time_and_suits_its_kind(family: Family) -> None:
    for kind in KINDS:
        assert family.presets_for("anything", kind), f"no preset for {kind}"
        titles = [p.title for p in family.presets_for("mnist", kind)]
        assert len(set(titles)) == len(titles)
    for preset in family.presets:
        config = family.config().replace(**preset.changes)
        assert preset.title and preset.help.endswith(".") and any(c.isdigit() for c in preset.stated_time)
        data = {"image": images(size=28), "points": points()}[preset.kind]
        learner = family.learner_class()(config.replace(batch_size=4), data, 0)
        assert torch.isfinite(learner.step()).all(), preset.title


@families
@kinds
def test_views_and_panels_exist_for_each_kind(family: Family, kind: str) -> None:
    assert family.views[kind] and len(set(family.views[kind])) == len(family.views[kind])
    assert [p for p in family.panels if p.kind in ("", kind)]
    for panel in family.panels:
        assert panel.title and panel.unit and (panel.series or panel.bars) and panel.kind in ("", *KINDS)
        assert all(s.role in ROLES and s.label for s in panel.series)
    assert all(term.role in ROLES for term in family.equation)


def test_declarations_are_read_without_torch() -> None:
    code = (
        "import sys; from playground.engine import FAMILIES, DATASETS, Recipe, messages\n"
        "[f.default_config('x', k) for f in FAMILIES.values() for k in ('image', 'points')]\n"
        "heavy = [n for n in ('torch', 'PySide6', 'numpy.random', 'PIL') if n in sys.modules]\n"
        "assert 'torch' not in heavy and 'PySide6' not in heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


# ---------------------------------------------------------------- what is reported
@families
@kinds
def test_every_curve_and_every_symbol_has_a_source(family: Family, kind: str, trained: dict[tuple[str, str], Watched]) -> None:
    on = trained[family.name, kind]
    scalars = set(family.learner_class().scalars)
    assert all(set(p.scalars) == scalars for p in on.of(m.Progress))
    measured = on.of(m.Monitored)[-1]
    live = {name for name, spec in params(family.config).items() if spec.live}
    theory = {"optimum", "ideal"}  # drawn only where it is known, and once it has been worked out
    for panel in family.panels:
        if panel.kind not in ("", kind):
            continue
        for series in panel.series:
            source = set(measured.scalars) if series.held_out else scalars
            assert series.key in source | (theory if series.role == "theory" else set()), f"{panel.title}: {series.key}"
        assert not panel.bars or panel.bars in measured.vectors
    for term in family.equation:
        assert not term.key or term.key in scalars | live | set(measured.scalars), term.symbol
    assert all(np.isfinite(v) for v in measured.scalars.values())
    assert all(v.dtype == np.float32 and v.ndim == 1 for v in measured.vectors.values())


@families
@kinds
def test_a_step_returns_its_scalars_on_the_device_as_float32(family: Family, kind: str) -> None:
    data = images() if kind == "image" else points()
    learner: Learner = family.learner_class()(small(family, kind), data, 0)
    values = learner.step()
    assert values.shape == (len(learner.scalars),) and values.dtype == torch.float32 and not values.requires_grad
    assert len(set(learner.scalars)) == len(learner.scalars)
    assert "both" in learner.step_parts
    snapshot = learner.snapshot()
    assert not snapshot.training and not any(p.requires_grad for p in snapshot.parameters())
    learner.step()
    learner.refresh(snapshot)
    pairs = zip(snapshot.state_dict().values(), learner.shown_model().state_dict().values(), strict=True)
    assert all(torch.equal(a, b) and a.data_ptr() != b.data_ptr() for a, b in pairs)


# ---------------------------------------------------------------- what is answered
def data_of(kind: str) -> Dataset:
    return images() if kind == "image" else points()


def shown(x: np.ndarray, *lead: int, kind: str) -> None:
    """Pictures ready to paint, or points."""
    item = (12, 12) if kind == "image" else (2,)
    assert x.shape == (*lead, *item), x.shape
    assert x.dtype == (np.uint8 if kind == "image" else np.float32)
    assert isinstance(x, np.ndarray)


def numbers(x: Any, *shape: int, dtype: Any = np.floating) -> None:
    assert isinstance(x, np.ndarray) and x.shape == shape, getattr(x, "shape", x)
    assert np.issubdtype(x.dtype, dtype) and (dtype is not np.floating or np.isfinite(x).all())


def check_samples(a: m.Samples, kind: str, d: int) -> None:
    shown(a.x, N, kind=kind)
    numbers(a.z, N, d)


def check_decoded(a: m.Decoded, kind: str, d: int) -> None:
    shown(a.x, 3, kind=kind)
    numbers(a.z, 3, d)
    numbers(a.log_prior, 3)
    assert np.allclose(a.log_prior, -0.5 * (a.z**2).sum(1) - 0.5 * d * np.log(2 * np.pi), atol=1e-4)


def check_encoded(a: m.Encoded, kind: str, d: int) -> None:
    for x, shape in ((a.mu, (N, d)), (a.sigma, (N, d)), (a.pca_axes, (2, d)), (a.pca_origin, (d,))):
        numbers(x, *shape)
    shown(a.x, N, kind=kind)
    assert (a.sigma > 0).all() and all(len(v) == N for v in a.labels.values())
    assert kind == "points" or "label" in a.labels


def check_reconstructions(a: m.Reconstructions, kind: str, d: int) -> None:
    assert a.indices == (0, 4, 2)
    for x in (a.x, a.x_hat, a.difference):
        shown(x, 3, kind=kind)
    numbers(a.error, 3)
    if kind == "image":  # 0 where equal, 255 for black against white; a mean beyond white or black counts in full
        inside = (a.x_hat > 0) & (a.x_hat < 255)
        expected = np.abs(a.x.astype(int) - a.x_hat.astype(int))
        assert inside.any() and np.abs(a.difference.astype(int) - expected)[inside].max() <= 2


def check_plane(a: m.Plane, kind: str, d: int) -> None:
    shown(a.pictures, 25, kind=kind)
    for x in (a.origin, a.axis_u, a.axis_v):
        numbers(x, d)
    assert (a.resolution, a.extent) == (5, 2.0)


def check_field(a: m.Field, kind: str, d: int) -> None:
    if isinstance(a, m.Refused):
        assert kind == "image" or d > 2
        return
    numbers(a.model, 16, 16)
    assert a.data is not None and a.data.shape == (16, 16) and a.bounds == (-4.0, 4.0, -6.0, 4.0)
    assert np.isfinite(a.kl_data_model) and 0 < a.kl_standard_error < 1
    exact = points().density.law  # type: ignore[union-attr, attr-defined]
    corner = torch.tensor([-4 + 8 * 0.5 / 16, -6 + 10 * 1.5 / 16], dtype=torch.float64)  # column 0, row 1 from below
    assert np.isclose(a.data[1, 0], float(exact.log_prob(corner)))
    cell = 8 / 16 * 10 / 16
    assert 0.5 < np.exp(a.model).sum() * cell < 1.1


def check_warp(a: m.Warp, kind: str, d: int) -> None:
    numbers(a.z, 6, 6, 2)
    assert a.x.shape[:2] == (6, 6)
    if kind == "points":
        numbers(a.x, 6, 6, 2)
    if a.log_density is not None:
        assert d == 2
        numbers(a.log_density, 5, 5)
        normal = torch.distributions.Normal(0.0, 1.0)
        z = torch.from_numpy(a.z)
        side = normal.cdf(z[0, 1:, 0]) - normal.cdf(z[0, :-1, 0])
        up = normal.cdf(z[1:, 0, 1]) - normal.cdf(z[:-1, 0, 1])
        p, q, r, t = a.x[:-1, :-1], a.x[:-1, 1:], a.x[1:, 1:], a.x[1:, :-1]  # corners, counter-clockwise
        area = triangle(p, q, r) + triangle(p, r, t)
        assert np.allclose(a.log_density, np.log(np.outer(up, side)) - np.log(area), atol=1e-2)


def triangle(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> Any:
    """Area by the length of the sides a, b, c (Heron)."""
    u, v, w = (np.linalg.norm(x.astype(float), axis=-1) for x in (a - b, b - c, c - a))
    s = (u + v + w) / 2
    return np.sqrt(s * (s - u) * (s - v) * (s - w))


def check_interpolation(a: m.Interpolation, kind: str, d: int) -> None:
    shown(a.frames, 2, 7, kind=kind)
    shown(a.pixel, 2, 7, kind=kind)
    numbers(a.z, 2, 7, d)


def check_traversal(a: m.Traversal, kind: str, d: int) -> None:
    rows = min(d, 16)
    shown(a.rows, rows, 5, kind=kind)
    numbers(a.kl, rows)
    numbers(a.values, 5)
    numbers(a.dims, rows, dtype=np.integer)
    assert (np.diff(a.kl) <= 1e-6).all() and len(set(a.dims.tolist())) == rows and a.values[[0, -1]].tolist() == [-3, 3]


def check_anatomy(a: m.AnatomyOf, kind: str, d: int) -> None:
    assert {"reconstruction", "kl", "neg_elbo"} <= set(a.parts)
    assert all(np.isfinite(v) and (e >= 0) for v, e in a.parts.values())
    assert np.isclose(a.parts["neg_elbo"][0], a.parts["reconstruction"][0] + a.parts["kl"][0], rtol=1e-5)
    for x in (a.kl_per_dim, a.mu_variance, a.mu, a.sigma):
        numbers(x, d)
    numbers(a.active, d, dtype=np.bool_)
    for x in (a.eps, a.z):
        numbers(x, 10, d)
    assert np.allclose(a.z, a.mu + a.sigma * a.eps, atol=1e-5)
    shown(a.x, 1, kind=kind)
    shown(a.decoded, 10, kind=kind)
    numbers(a.aggregate_mu, N, d)
    numbers(a.aggregate_z, N, d)
    assert np.isclose(a.kl_per_dim.sum(), a.parts["kl"][0], rtol=1e-4)


def check_evaluated(a: m.Evaluated, kind: str, d: int) -> None:
    n = a.numbers
    assert n["n"] > 0 and n["unit"] and n["data"] in ("bars", "points")
    if "elbo" in n:
        check_bound(n, d)
    if kind == "points" and n.get("likelihood", "") is None:
        assert "nll" not in n and n["energy_distance"] > 0 and n["energy_distance_floor"] > 0
    elif kind == "points":
        assert n["nll"] > n["entropy"] - 4 * n["nll_se"], "no model is better than the data"
        assert n["kl_data_model"] > -4 * n.get("kl_data_model_se", 0.0), "an integral has no sampling error"
        if "elbo" in n:
            data = points()
            log_p_data = float(data.density.log_prob(data.test[:N]).mean())  # type: ignore[union-attr]
            assert np.isclose(n["kl_data_model"], log_p_data + n["nll"], atol=1e-4)
            assert d > 2 or np.isclose(n["nll"], -n["log_p"])
        elif "bound" in n:
            assert n["bound"] > n["nll"] - 4 * (n["bound_se"] + n["nll_se"])
            assert n["nfe"] == (50 if "num_steps" in n else 4), "of the recipe's sampler, or one for each layer"
            assert abs(n["nll"] - n["entropy"] - n["kl_data_model"]) < 4 * n["nll_se"]
        else:
            check_divergences(n)
    elif "bound" in n:
        assert n["nll"] == n["bound"] > 0 and np.isclose(n["nll_bits_per_dim"], n["nll"] / np.log(2) / 144)
    assert all(v is None or isinstance(v, (int, float, str, bool, list, dict)) for v in n.values()), "plain values only"
    json.dumps(n, allow_nan=False)


def check_bound(n: dict[str, Any], d: int) -> None:
    """Of a family with an evidence lower bound."""
    for name in ("elbo", "reconstruction", "kl_prior", "iwae"):
        assert np.isfinite(n[name]) and n[f"{name}_se"] >= 0, name
    assert n["iwae_samples"] == 5 and 0 <= n["active_units"] <= d and len(n["kl_per_dim"]) == d
    assert np.isclose(n["elbo"], -n["reconstruction"] - n["kl_prior"], rtol=1e-4)
    assert n["iwae"] > n["elbo"] - 3 * n["elbo_se"]
    if d <= 2:
        assert n["log_p"] > n["elbo"] - 3 * n["elbo_se"] and n["log_p"] > n["iwae"] - 3 * n["iwae_se"]


def check_divergences(n: dict[str, Any]) -> None:
    """Of a family whose density on the plane is known."""
    assert 0 <= n["jsd"] <= np.log(2) and n["jsd_error"] >= 0
    assert n["jsd"] <= 0.5 * n["kl_data_model"] + 0.01, "JS is at most half the KL: m is at least p/2"
    assert abs(n["nll"] - n["entropy"] - n["kl_data_model"]) < 4 * n["nll_se"] + 0.05
    assert n["js_seen"] < n["jsd"] + n["jsd_error"] + 4 * n["js_seen_se"]


def check_spectrum(a: m.SpectrumOf, kind: str, d: int) -> None:
    k = len(a.frequency)
    assert a.frequency[0] == 0 and (np.diff(a.frequency) > 0).all() and 0.6 < a.frequency[-1] <= np.sqrt(0.5) + 1e-9
    for x in (a.frequency, a.real, a.real_sd, a.model):
        numbers(x, k)
    assert (a.real > 0).all() and (a.model >= 0).all() and a.sharpness > 0 and a.floor_sd > 0
    assert abs(a.floor - 1) < 3 * a.floor_sd + 0.01
    shown(a.x, min(a.n, 64), kind=kind)
    encoded = a.rebuilt is not None
    assert (a.items is None) == (a.x_rebuilt is None) == np.isnan(a.rmse) == np.isnan(a.sharpness_rebuilt) == (not encoded)
    if a.rebuilt is not None and a.items is not None and a.x_rebuilt is not None:
        numbers(a.rebuilt, k)
        shown(a.items, len(a.items), kind=kind)
        shown(a.x_rebuilt, len(a.items), kind=kind)
        assert np.array_equal(a.items, images().test[: len(a.items), 0]) and a.rmse > 0 and a.rmse_se > 0
    assert (a.dial == "") == np.isnan(a.dial_value)


def check_teacher_student(a: m.TeacherStudentOf, kind: str, d: int) -> None:
    assert a.steps.tolist() == a.nfe.tolist() == [7, 1, 2, 4] and a.judged == 20
    shown(a.x, 4, N, kind=kind)
    for x in (a.ms, a.distance):
        numbers(x, 4)
        assert (x > 0).all()
    assert a.floor > 0 and a.floor_sd > 0 and a.at_once == 20 and a.metric.startswith("energy distance")
    assert np.isfinite(a.confidence).all() == np.isfinite(a.confidence_real) == (kind == "image")


def check_items(a: m.Items, kind: str, d: int) -> None:
    shown(a.x, N, kind=kind)
    data = data_of(kind)
    assert np.array_equal(a.x, data.train[:N, 0] if kind == "image" else data.train[:N])
    assert all(np.array_equal(a.labels[k], v[:N]) for k, v in data.train_labels.items())


def check_data_field(a: m.DataFieldOf, kind: str, d: int) -> None:
    numbers(a.log_density, 16, 16)
    exact = points().density.law  # type: ignore[union-attr, attr-defined]
    corner = torch.tensor([-4 + 8 * 0.5 / 16, -6 + 10 * 1.5 / 16], dtype=torch.float64)
    assert a.bounds == (-4.0, 4.0, -6.0, 4.0) and np.isclose(a.log_density[1, 0], float(exact.log_prob(corner)))


# ---------------------------------------------------------------- of families with two players
def check_game(a: m.GameOf, kind: str, d: int) -> None:
    for x in (a.d, a.d_star):
        numbers(x, 24, 24)
        assert x.min() >= 0 and x.max() <= 1
    assert a.bounds == (-4.0, 4.0, -6.0, 4.0) and a.d_star_note.endswith(".") and a.scale in ("probability", "score")
    for x in (a.real, a.fake, a.push):
        numbers(x, N, 2)
    numbers(a.z, N, d)
    for x in (a.d_real, a.d_fake):
        numbers(x, N)
        assert x.min() >= 0 and x.max() <= 1
    for x in (a.pull_real, a.pull_fake):
        numbers(x, N)
        assert x.min() >= 0
    assert a.js is not None and a.js_error is not None and 0 <= a.js <= np.log(2) and a.js_error >= 0
    if a.js_seen is not None:
        assert a.js_seen_error is not None and a.js_seen < a.js + a.js_error + 4 * a.js_seen_error


def check_optimising(a: m.Optimising, kind: str, d: int) -> None:
    assert a.done == a.total == 30 and a.seconds_left == 0
    numbers(a.d, 24, 24)
    numbers(a.d_star, 24, 24)
    k = len(a.steps)
    numbers(a.steps, k, dtype=np.integer)
    assert k >= 2 and a.steps[0] == 0 and a.steps[-1] == 30 and (np.diff(a.steps) > 0).all()
    numbers(a.js_seen, k)
    numbers(a.js_seen_error, k)
    assert a.js is not None and a.js_seen[-1] < a.js + 4 * a.js_seen_error[-1] + 0.01


def check_scores(a: m.ScoresOf, kind: str, d: int) -> None:
    for x, score, look in ((a.real, a.score_real, a.look_real), (a.fake, a.score_fake, a.look_fake)):
        shown(x, N, kind=kind)
        numbers(score, N)
        assert (np.diff(score) <= 0).all(), "the most real first"
        assert look.shape == (N, 12, 12) and look.dtype == np.uint8 and set(look.max((1, 2))) <= {0, 255}
    numbers(a.all_real, len(images().test))
    assert a.all_fake.ndim == 1 and len(a.all_fake) >= N and np.isfinite(a.all_fake).all()
    assert a.scale in ("probability", "score") and 0 <= a.accuracy <= 1
    side = [(a.all_real > a.midpoint).mean(), (a.all_fake < a.midpoint).mean()]
    assert np.isclose(a.accuracy, np.mean(side), atol=1e-6)


def check_modes(a: m.ModesOf, kind: str, d: int) -> None:
    k = len(a.names)
    numbers(a.share, k)
    numbers(a.true, k)
    assert np.isclose(a.true.sum(), 1) and a.share.min() >= 0 and a.share.sum() <= 1 + 1e-9
    assert 0 <= a.count <= k and a.n == 200 and a.note.endswith(".") and all(a.names)
    assert 0 <= a.high_quality <= 1 and 0 < a.high_quality_perfect <= 1
    assert a.reverse_kl >= 0 and a.reverse_kl_floor > 0 and a.reverse_kl_floor_sd > 0
    assert a.x is not None and a.mode_of is not None
    shown(a.x, 200, kind=kind)
    numbers(a.mode_of, 200, dtype=np.integer)
    assert a.mode_of.min() >= -1 and a.mode_of.max() < k and (a.centres is None) == (kind == "image")


def check_judge(a: m.JudgeOf, kind: str, d: int) -> None:
    shown(a.x, N, kind=kind)
    numbers(a.real, N, dtype=np.bool_)
    assert 0 < a.real.sum() < N
    for p in (a.d, a.d_star):
        if p is not None:
            numbers(p, N)
            assert p.min() >= 0 and p.max() <= 1
    assert (a.d_star is None) == (kind == "image" or d != 2)


def check_found(a: m.FoundLatent, kind: str, d: int) -> None:
    assert a.done == a.total == 20 and a.seconds_left == 0
    numbers(a.z, d)
    shown(a.x, 1, kind=kind)
    shown(a.target, 1, kind=kind)
    numbers(a.error, len(a.error))
    assert len(a.error) >= 2 and np.linalg.norm(a.z) <= np.sqrt(d) + 3 + 1e-4
    data = data_of(kind)
    assert np.array_equal(a.target[0], data.test[3, 0] if kind == "image" else data.test[3])
    if kind == "points":
        assert np.isclose(a.error[-1], np.linalg.norm(a.x[0] - a.target[0]), atol=1e-5)


def check_nearest(a: m.NearestOf, kind: str, d: int) -> None:
    shown(a.x, 3, kind=kind)
    numbers(a.index, 3, dtype=np.integer)
    numbers(a.distance, 3)
    assert a.real_distance > 0 and a.distance.min() >= 0
    train = data_of(kind).train
    assert np.array_equal(a.x, train[a.index, 0] if kind == "image" else train[a.index])


# ---------------------------------------------------------------- of families that denoise
def check_frame(a: m.ChainFrame, kind: str, d: int) -> None:
    """The last one of six steps, or of the recipe's own where a model has no others."""
    assert a.done == a.total == a.nfe and a.total in (2, 4, 6) and (a.t, a.seconds_left) == (-1, 0)
    for x in (a.x_t, a.x0_pred, a.eps_pred, a.mean, a.noise):
        shown(x, N, kind=kind)
    numbers(a.z, N, d)
    named = set(re.findall("{([a-z_0-9]+)}", a.equation))
    assert named and named <= set(a.numbers) and all(np.isfinite(a.numbers[k]) for k in named)
    assert a.numbers["alpha_bar_next"] == 1 and 0 < a.numbers["alpha_bar"] < 1
    if kind == "image" or not a.noise.any():
        assert np.array_equal(a.x_t, a.mean), "the last step adds no noise"
    else:  # a decoder of points with a width of its own: what it adds is the noise that is told, in units of the data
        units = (a.x_t - a.mean) / a.noise
        assert np.allclose(units, np.median(units), rtol=0.05)


def check_large_step(a: m.LargeStepOf, kind: str, d: int) -> None:
    assert (a.t, a.what, a.bounds, a.num_timesteps) == (1, "before", BOUNDS, 4 if kind == "points" else 2)
    assert a.noise_dim > 0 and a.sigma > 0
    shown(a.draws, N, kind=kind)
    for x in (a.x_t, a.mean):
        shown(x, 1, kind=kind)
    assert a.spread > 0 and a.spread_se > 0 and (a.x0 is None) == (kind == "points") == np.isfinite(a.inside)
    if a.x0 is not None:
        assert np.array_equal(a.x0[0], images().test[0, 0]) and a.exact is None
    else:
        assert a.exact is not None and a.gaussian_mean is not None and np.allclose(a.x_t, [[1.0, 0.5]], atol=1e-5)
        numbers(a.exact, 24, 24)
        assert np.exp(a.exact).sum() * 8 * 10 / 24**2 == pytest.approx(1, abs=1e-4), "a density"
        assert 0 <= a.inside <= 1 and 0 < a.inside_gaussian <= 1 and a.gaussian_sd > 0


def check_layers(a: m.LayerBoundOf, kind: str, d: int) -> None:
    for x in (a.layers, a.layers_se):
        numbers(x, 4)
    assert np.isclose(a.total, a.reconstruction + a.layers.sum(), rtol=1e-5) and np.isclose(a.nats, a.layers.sum(), rtol=1e-5)
    assert a.n == N and min(a.total_se, a.reconstruction_se, a.nats_se) > 0 and (a.layers > 0).all(), "the noise is fixed: all KLs"
    assert (a.entropy is None) == (kind == "image") == np.isnan(a.gap) and np.isfinite(a.per_dim) == (kind == "image")
    if a.entropy is not None:
        assert a.gap > -4 * a.gap_se and a.total > a.entropy - 4 * a.total_se


def check_diffused(a: m.Diffused, kind: str, d: int) -> None:
    assert a.t == 300
    shown(a.x0, 1, kind=kind)
    for x, values in ((a.jump, a.values_jump), (a.walk, a.values_walk)):
        shown(x, N, kind=kind)
        assert values.ndim == 1 and len(values) >= N * d and np.isfinite(values).all()
    numbers(a.alpha_bar, 1000)
    assert np.allclose(a.snr, a.alpha_bar / (1 - a.alpha_bar)) and 0 <= a.terminal_kl < 0.01
    error = 4 * np.std(a.values_jump) * np.sqrt(2 / len(a.values_jump))
    assert abs(a.values_jump.mean() - a.values_walk.mean()) < error, "one jump or many steps: the same distribution"


def check_score_field(a: m.ScoreFieldOf, kind: str, d: int) -> None:
    for x in (a.x, a.learned, a.true):
        numbers(x, 5, 5, 2)
    numbers(a.log_p_t, 24, 24)
    assert (a.t, a.bounds) == (300, BOUNDS) and np.isfinite(a.error) and a.error > 0
    assert a.true is not None and a.log_p_t is not None
    cell = 8 / 24 * 10 / 24
    assert 0.8 < np.exp(a.log_p_t).sum() * cell < 1.01, "p_t is a density, in units of the data"
    dx, dy = (np.gradient(a.log_p_t, step, axis=axis) for step, axis in ((8 / 24, 1), (10 / 24, 0)))
    middle = np.stack([dx, dy], -1)[12, 12]
    near = np.abs(a.x - np.array([-4 + 8 * 12.5 / 24, -6 + 10 * 12.5 / 24])).sum(-1).argmin()
    assert np.allclose(a.true.reshape(-1, 2)[near], middle, atol=0.25), "the score is the slope of log p_t"


def check_bound_of(a: m.BoundOf, kind: str, d: int) -> None:
    numbers(a.l_t, len(a.edges) - 1)
    numbers(a.l_t_se, len(a.edges) - 1)
    assert a.edges[0] == 1 and a.edges[-1] == 1000 and (np.diff(a.edges) > 0).all()
    assert np.isclose(a.total, a.l_t.sum() + a.reconstruction + a.prior, rtol=1e-5) and a.total_se > 0 and a.reconstruction_se > 0
    assert (a.entropy is None) == (kind == "image") and np.isfinite(a.per_dim) == (kind == "image")
    if a.entropy is not None:
        assert a.total > a.entropy - 4 * a.total_se


def check_log_prob(a: m.LogProbOf, kind: str, d: int) -> None:
    assert len(a.x) == len(a.log_p) == len(a.error) == 2 and a.nfe > 0
    numbers(a.log_p, 2)
    numbers(a.error, 2)
    assert a.exact == (kind == "points") and (a.true is None) == (kind == "image")


def check_loss_by_time(a: m.LossByTimeOf, kind: str, d: int) -> None:
    numbers(a.t, 5, dtype=np.integer)
    assert a.t[0] == 0 and a.t[-1] == 999
    for x in (a.loss, a.loss_se, a.ideal):
        numbers(x, 5)
    assert a.ideal is not None and (a.loss > 0).all() and a.loss[-1] < 2
    if kind == "points":  # the ideal of these data, not of a finite set
        assert (a.ideal < a.loss + 4 * a.loss_se + 1e-3).all()


def check_guidance(a: m.GuidanceOf, kind: str, d: int) -> None:
    raise AssertionError("no class was told to this model")


def check_quality(a: m.QualityOf, kind: str, d: int) -> None:
    shape = (len(a.samplers), 2)
    assert a.done == a.total == 2 * len(a.samplers) and a.seconds_left == 0 and a.metric.startswith("energy distance")
    for x in (a.nfe, a.value, a.spread):
        numbers(x, *shape)
    assert a.nfe.min() == 2 and a.nfe.max() == 7 and (a.value > 0).all() and a.floor > 0


def check_two_spaces(a: m.TwoSpacesOf, kind: str, d: int) -> None:
    for x in (a.codes, a.samples):
        numbers(x, N, 2)
    numbers(a.prior, 2)
    assert 0 < a.share <= 1 + 1e-5 and a.n == N and a.bound_n > 0
    for x in (a.x_vae, a.x_diffusion):
        shown(x, N, kind=kind)
    assert a.scores and all(s.name and s.help and s.better in ("high", "low", "near") for s in a.scores)
    assert all(np.isfinite([s.vae, s.diffusion, s.rebuilt, s.real, s.real_sd]).all() and s.real_sd > 0 for s in a.scores)
    assert np.isclose(a.gained, a.bound_vae - a.bound, atol=1e-3) and a.gained_se < a.bound_se, "the same codes: little chance left"


def check_speed(a: m.SpaceSpeedOf, kind: str, d: int) -> None:
    assert (a.n, a.title, a.threads) == (8, "Pictures" if kind == "image" else "2-D density", 1) and a.device
    for cost in (a.latent, a.decoder, a.pixels):
        assert cost.ms > 0 and cost.ms_spread >= 0 and cost.multiply_adds > 0 and cost.parameters > 0
        assert np.isclose(cost.total_ms, cost.ms * cost.nfe)
    assert a.decoder.nfe == 1 and a.latent.nfe == a.pixels.nfe == 50


def check_measured(a: m.MeasuredOf, kind: str, d: int) -> None:
    assert a.numbers["kind"] == kind and a.numbers["nfe"] >= 1 and a.numbers["ms_per_1000"] > 0
    assert a.numbers["likelihood_kind"] in ("exact", "bound", "pushed", "none")
    assert {"samples", "real"} <= set(a.evidence) and all(isinstance(v, np.ndarray) for v in a.evidence.values())


def check_followed(a: m.QualityAt, kind: str, d: int) -> None:
    assert np.isfinite([a.quality, a.floor, a.floor_sd]).all() and a.floor_sd > 0 and a.n > 1 and a.space


BOUNDS = (-4.0, 4.0, -6.0, 4.0)


def noise(n: int, d: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, d)).astype(np.float32)


def between(family: Family, d: int) -> m.Interpolate:
    """Between items where they have a code, else between codes."""
    if family.encoder:
        return m.Interpolate(pick=((0, 1), (2, 3)), frames=7, path="slerp")
    return m.Interpolate(a=noise(2, d), b=noise(4, d)[2:], frames=7, path="slerp")


#: How to ask (family, latent size), and how to check (answer, kind of data, latent size).
ASKED: dict[type[m.Request], tuple[Callable[[Family, int], m.Request], Callable[[Any, str, int], None]]] = {
    m.DrawSamples: (lambda f, d: m.DrawSamples(n=N, seed=3), check_samples),
    m.Decode: (lambda f, d: m.Decode(z=noise(3, d)), check_decoded),
    m.Encode: (lambda f, d: m.Encode(n=N, split="train"), check_encoded),
    m.Reconstruct: (lambda f, d: m.Reconstruct(indices=(0, 4, 2)), check_reconstructions),
    m.DecodePlane: (lambda f, d: m.DecodePlane(axes=None, extent=2.0, resolution=5), check_plane),
    m.ModelField: (lambda f, d: m.ModelField(bounds=BOUNDS, resolution=16), check_field),
    m.WarpGrid: (lambda f, d: m.WarpGrid(resolution=6), check_warp),
    m.Interpolate: (between, check_interpolation),
    m.Traverse: (lambda f, d: m.Traverse(z=np.zeros(d, np.float32), steps=5), check_traversal),
    m.Anatomy: (lambda f, d: m.Anatomy(index=2, draws=10, n=N), check_anatomy),
    m.Evaluate: (lambda f, d: m.Evaluate(n=N, num_samples=5), check_evaluated),
    m.DataItems: (lambda f, d: m.DataItems(n=N, split="train"), check_items),
    m.DataField: (lambda f, d: m.DataField(bounds=BOUNDS, resolution=16), check_data_field),
    m.Nearest: (lambda f, d: m.Nearest(z=noise(3, d)), check_nearest),
    m.Spectrum: (lambda f, d: m.Spectrum(n=N), check_spectrum),
    m.TeacherStudent: (lambda f, d: m.TeacherStudent(n=N, teacher_steps=7, judged=20), check_teacher_student),
    m.Game: (lambda f, d: m.Game(bounds=BOUNDS, resolution=24, n=N), check_game),
    m.TrainToOptimum: (lambda f, d: m.TrainToOptimum(bounds=BOUNDS, resolution=24, steps=30), check_optimising),
    m.Scores: (lambda f, d: m.Scores(n=N), check_scores),
    m.Modes: (lambda f, d: m.Modes(n=200), check_modes),
    m.Judge: (lambda f, d: m.Judge(n=N), check_judge),
    m.FindLatent: (lambda f, d: m.FindLatent(index=3, steps=20), check_found),
    m.RunChain: (lambda f, d: m.RunChain(n=N, sampler=m.SamplerChoice("ddpm", 6)), check_frame),
    m.LayerBound: (lambda f, d: m.LayerBound(n=N), check_layers),
    m.LargeStep: (lambda f, d: m.LargeStep(t=1, what="before", x=np.array([1.0, 0.5]), bounds=BOUNDS, resolution=24, n=N),
                  check_large_step),
    m.Diffuse: (lambda f, d: m.Diffuse(t=300, draws=N), check_diffused),
    m.ScoreField: (lambda f, d: m.ScoreField(t=300, bounds=BOUNDS, resolution=5, density_resolution=24), check_score_field),
    m.Bound: (lambda f, d: m.Bound(n=N), check_bound_of),
    m.LogProb: (lambda f, d: m.LogProb(indices=(0, 3)), check_log_prob),
    m.LossByTime: (lambda f, d: m.LossByTime(n=N, points=5), check_loss_by_time),
    m.Guidance: (lambda f, d: m.Guidance(scales=(0.0, 2.0), n=2), check_guidance),
    m.TwoSpaces: (lambda f, d: m.TwoSpaces(n=N), check_two_spaces),
    m.SpaceSpeed: (lambda f, d: m.SpaceSpeed(n=8), check_speed),
    m.Measure: (lambda f, d: m.Measure(path=f.path, effort=0.02), check_measured),
    m.Quality: (lambda f, d: m.Quality(), check_followed),
    m.QualityBySteps: (lambda f, d: m.QualityBySteps(steps=(2, 4, 100_000), n=N, repeats=2), check_quality),
}


def is_refused(request: type[m.Request], kind: str, d: int) -> bool:
    """What makes no sense for such data is refused in a sentence: one Gaussian has no modes, pictures have no density."""
    only_points = (m.ModelField, m.DataField, m.Game, m.TrainToOptimum, m.ScoreField)
    if request is m.Guidance:
        return True  # class dropout is 0
    return (kind == "image" and request in only_points) or (kind == "points" and request in (m.Scores, m.Modes)) or (
        request is m.ModelField and d > 2
    )  # fmt: skip


@families
@kinds
def test_every_request_gets_a_well_formed_answer(family: Family, kind: str, trained: dict[tuple[str, str], Watched]) -> None:
    on = trained[family.name, kind]
    d = code_size(small(family, kind), math.prod(data_of(kind).shape))
    answered = offered(family, kind)
    assert answered <= set(ASKED), "a request without a test: add it to ASKED"
    assert {m.DrawSamples, m.Evaluate} <= answered
    for request_type in answered:
        make, check = ASKED[request_type]
        started = len(on.seen)
        reply = on.ask(make(family, d), timeout=60)
        assert reply.step >= 20 and reply.elapsed_ms >= 0 and reply.channel == ""
        if isinstance(reply, m.Refused):
            assert is_refused(request_type, kind, d) or (request_type is m.WarpGrid and kind == "image"), reply
            assert reply.sentence.endswith(".") and "could not be computed" not in reply.sentence
        else:
            assert not is_refused(request_type, kind, d), reply
            check(reply, kind, d)
        for event in on.seen[started:]:
            if isinstance(event, m.Working):
                assert 0 <= event.done <= event.total and event.what
            elif isinstance(event, m.Answer) and on_the_way(event):
                assert type(event) is type(reply) and 0 <= event.done < event.total and event.seconds_left >= 0  # type: ignore[attr-defined]


def code_size(config: Any, numbers: int) -> int:
    """Numbers in a code of items of so many ``numbers``."""
    return config.code_size(numbers) if hasattr(config, "code_size") else getattr(config, "latent_dim", numbers)  # type: ignore[no-any-return]


def offered(family: Family, kind: str) -> set[type[m.Request]]:
    """All types of request that this family answers, or refuses in a sentence of its own."""
    data, config = data_of(kind), small(family, kind)
    learner = family.learner_class()(config, data, 0)
    answers = learner.answers(learner.snapshot(), config, data, "cpu", {})
    return {request for request in m.Request.__subclasses__() if answers.handler(request) is not None}


@families
@kinds
def test_the_same_seed_draws_the_same_samples(family: Family, kind: str, trained: dict[tuple[str, str], Watched]) -> None:
    on = trained[family.name, kind]
    a, b, c = (on.ask(m.DrawSamples(n=5, seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal(a.z, b.z) and np.array_equal(a.x, b.x)
    assert not np.array_equal(a.z, c.z)
    more = on.ask(m.DrawSamples(n=5, seed=1))
    assert np.array_equal(more.z, a.z)


def test_every_request_that_some_family_answers_is_tested_here() -> None:
    assert set(ASKED) == set.union(*(offered(family, kind) for family in FAMILIES.values() for kind in KINDS))
