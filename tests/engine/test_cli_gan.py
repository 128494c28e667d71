"""A GAN on the command line alone: trained, measured, drawn from, walked through. A mixture of one's own, and pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from playground.cli import main
from playground.engine import load_run, read_recipe

STEPS = 25
SMALL = ("--hidden", "16", "--layers", "1", "--channels", "4", "--threads", "1", "--batch-size", "32", "--steps", str(STEPS))


def answer(capfd: pytest.CaptureFixture[str], *words: object, code: int = 0) -> dict[str, Any]:
    """The one JSON object that a command prints."""
    capfd.readouterr()
    assert main([*map(str, words), "--json"]) == code
    values: dict[str, Any] = json.loads(capfd.readouterr().out)
    return values


@pytest.fixture(autouse=True, scope="module")
def _folders(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_RUNS", str(tmp_path_factory.mktemp("runs")))
        yield


@pytest.fixture(scope="module")
def crooked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three Gaussians, turned, of unequal weights and widths."""
    path = tmp_path_factory.mktemp("data") / "crooked.json"
    covariances = [[[0.05, 0.03], [0.03, 0.05]], [[0.02, 0.0], [0.0, 0.2]], [[0.01, 0.0], [0.0, 0.01]]]
    path.write_text(json.dumps({"weights": [5, 3, 2], "means": [[-3, 0], [3, 0], [0, 4]], "covariances": covariances}))
    return path


@pytest.fixture(scope="module")
def on_points(crooked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gan") / "points"
    words = ["train", "gan", "--data", str(crooked), "--objective", "rpgan", "--penalty", "r1r2", "--out", str(folder)]
    assert main([*words, *SMALL]) == 0
    return folder


@pytest.fixture(scope="module")
def on_pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gan") / "pictures"
    assert main(["train", "gan", "--data", "mnist", "--latent-dim", "8", "--out", str(folder), *SMALL]) == 0
    return folder


def test_what_was_typed_is_what_was_trained(on_points: Path) -> None:
    config: Any = load_run(on_points).recipe.config
    assert (config.objective, config.penalty, config.steps, config.hidden) == ("rpgan", "r1r2", STEPS, 16)


def test_points_are_measured_against_their_mixture(on_points: Path, capfd: pytest.CaptureFixture[str]) -> None:
    n = answer(capfd, "evaluate", on_points, "--n", 500)
    assert n["num_modes"] == 3 and 0 <= n["modes"] <= 3 and 0 <= n["high_quality"] <= 1
    assert n["high_quality_perfect"] == pytest.approx(1 - np.exp(-4.5), abs=1e-3), "three modes far apart"
    assert 0 < n["jsd"] <= np.log(2) + 1e-6 and n["jsd_error"] >= 0
    assert n["kl_data_model"] > 0 and n["nll"] > n["entropy"] and n["nfe"] == 1
    assert n["reverse_kl"] is None or n["reverse_kl"] >= 0
    assert 0 < n["reverse_kl_floor"] < 0.01


def test_pictures_are_measured_by_their_classes(on_pictures: Path, capfd: pytest.CaptureFixture[str]) -> None:
    n = answer(capfd, "evaluate", on_pictures, "--n", 100)
    assert n["num_modes"] == 10 and "jsd" not in n and "nll" not in n
    assert 0.5 <= n["d_accuracy"] <= 1


@pytest.mark.parametrize("kind", ["points", "pictures"])
def test_samples_and_paths(kind: str, request: pytest.FixtureRequest, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run: Path = request.getfixturevalue(f"on_{kind}")
    answer(capfd, "sample", run, "-n", 9, "--out", tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as drawn:
        assert drawn["z"].shape == (9, 2 if kind == "points" else 8) and len(drawn["x"]) == 9
    answer(capfd, "sample", run, "-n", 4, "--out", tmp_path / "x.png")
    values = answer(capfd, "interpolate", run, "--out", tmp_path / "strip.png", "--pairs", 2, "--frames", 5)
    assert values["path"] == "slerp" and values["pairs"] == [], "between noises, along an arc"
    assert Image.open(tmp_path / "strip.png").size[0] > 100
    assert read_recipe(tmp_path / "strip.png").family == "gan"


def test_paths_between_items_search_for_their_codes(on_pictures: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    values = answer(capfd, "interpolate", on_pictures, "--out", tmp_path / "a.png", "--from", 3, "--to", 4, "--frames", 4)
    assert values["pairs"] == [[3, 4]]


def test_it_goes_on(on_points: Path, capfd: pytest.CaptureFixture[str]) -> None:
    values = answer(capfd, "resume", on_points, "--steps", STEPS + 5)
    assert values["step"] == STEPS + 5 and values["family"] == "gan"
