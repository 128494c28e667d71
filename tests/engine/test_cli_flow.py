"""One model from training to its pictures, on the command line alone: points, and tiny pictures."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from playground.cli import main
from playground.engine import load_run, read_recipe

STEPS = 40
SMALL = ("--hidden", "16", "--layers", "1", "--threads", "1", "--batch-size", "32")


@pytest.fixture(autouse=True, scope="module")
def runs_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_RUNS", str(folder))
        yield folder


@pytest.fixture(scope="module", params=["moons", "mnist"])
def trained(request: pytest.FixtureRequest, runs_folder: Path) -> Path:
    """A briefly trained model in the runs folder, named after its data."""
    words = [
        "train",
        "vae",
        "--data",
        request.param,
        "--steps",
        str(STEPS),
        "--seed",
        "7",
        "--name",
        f"My {request.param}",
    ]
    assert main([*words, *SMALL]) == 0
    return next(p for p in runs_folder.iterdir() if request.param in p.name)


def answer(capfd: pytest.CaptureFixture[str], *words: object, code: int = 0) -> dict[str, Any]:
    """The one JSON object that a command prints."""
    capfd.readouterr()
    assert main([*map(str, words), "--json"]) == code
    values: dict[str, Any] = json.loads(capfd.readouterr().out)
    return values


def test_training_reports_what_it_did(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "run"
    values = answer(capfd, "train", "vae", "--data", "moons", "--steps", 12, "--out", folder, *SMALL)
    assert values["step"] == values["total_steps"] == 12 and values["status"] == "finished"
    assert values["config"]["hidden"] == 16 and values["threads"] == 1
    assert Path(values["folder"]) == folder and load_run(folder).info().step == 12
    assert math.isfinite(values["training"]["loss"])
    assert values["training"]["loss"] == pytest.approx(
        values["training"]["reconstruction"] + values["training"]["kl"], rel=1e-4
    )


def test_a_run_is_found_by_path_id_name_or_beginning(trained: Path, capfd: pytest.CaptureFixture[str]) -> None:
    name = load_run(trained).name
    for word in (trained, trained.name, name, trained.name[:-2], name.lower()[:5]):
        assert answer(capfd, "sample", word, "-n", 2, "--out", trained / "x.npz")["run"] == trained.name
    listed = {r["run_id"]: r for r in answer(capfd, "runs")["runs"]}
    assert listed[trained.name]["name"] == name and listed[trained.name]["step"] == STEPS


def test_an_ambiguous_beginning_lists_the_runs(trained: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said = answer(capfd, "train", "vae", "--data", "moons", "--steps", 1, *SMALL, "--name", f"Mystery {trained.name}")
    assert "My " in (error := answer(capfd, "sample", "My", "--out", "a.png", code=2)["error"]) and "Mystery" in error
    assert (
        answer(capfd, "sample", f"mystery {trained.name[:-1]}", "-n", 1, "--out", trained / "x.npz")["run"]
        == said["run"]
    )


def test_samples(trained: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for seed, name in ((0, "a"), (0, "b"), (1, "c")):
        answer(capfd, "sample", trained, "-n", 9, "--seed", seed, "--out", tmp_path / f"{name}.npz")
    a, b, c = (dict(np.load(tmp_path / f"{name}.npz")) for name in "abc")
    np.testing.assert_array_equal(a["x"], b["x"])
    assert len(a["x"]) == 9 and a["z"].shape == (9, 2) and not np.array_equal(a["z"], c["z"])
    assert not np.array_equal(a["x"], a["z"])
    assert json.loads(str(a["recipe"]))["seed"] == 7
    answer(capfd, "sample", trained, "-n", 9, "--out", tmp_path / "grid.png")
    with Image.open(tmp_path / "grid.png") as picture:
        assert min(picture.size) >= 28 * 3
    assert read_recipe(tmp_path / "grid.png") == load_run(trained).recipe


def test_evaluation(trained: Path, capfd: pytest.CaptureFixture[str]) -> None:
    numbers = answer(capfd, "evaluate", trained, "--n", 200, "--iwae-samples", 20)
    assert numbers["elbo"] == pytest.approx(-(numbers["reconstruction"] + numbers["kl_prior"]), rel=1e-5)
    assert numbers["iwae"] >= numbers["elbo"] - 1e-3  # Burda et al. 2016, theorem 1
    assert numbers["iwae_samples"] == 20 and 0 <= numbers["active_units"] <= 2 and numbers["n"] == 200
    assert numbers["kl_prior"] >= 0 and numbers["elbo_se"] > 0
    if "moons" in trained.name:
        assert numbers["nll"] >= numbers["entropy"] - 4 * numbers["nll_se"]  # Gibbs' inequality
        assert numbers["kl_data_model"] >= -4 * numbers["kl_data_model_se"]
    else:
        assert "nll" not in numbers and "entropy" not in numbers


def test_evaluation_on_other_data(trained: Path, capfd: pytest.CaptureFixture[str]) -> None:
    same, other = ("circles", "mnist") if "moons" in trained.name else ("mnist?held_out=500", "moons")
    numbers = answer(capfd, "evaluate", trained, "--data", same, "--n", 50, "--iwae-samples", 5)
    assert numbers["data"] == same and numbers["n"] == 50
    assert "this model takes" in answer(capfd, "evaluate", trained, "--data", other, code=2)["error"]


def test_interpolation(trained: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    values = answer(capfd, "interpolate", trained, "--out", tmp_path / "strip.png", "--from", 3, 4, "--to", 5, 6)
    assert values["pairs"] == [[3, 5], [4, 6]] and values["frames"] == 11
    assert read_recipe(tmp_path / "strip.png") == load_run(trained).recipe
    values = answer(
        capfd, "interpolate", trained, "--out", tmp_path / "a.gif", "--frames", 4, "--pairs", 2, "--path", "slerp"
    )
    assert len(values["pairs"]) == 2
    with Image.open(tmp_path / "a.gif") as loop:
        durations = [f.info["duration"] for f in ImageSequence.Iterator(loop)]
    assert sum(durations) == pytest.approx(1000 * 6 / 15, abs=10)  # four frames there, two back
    answer(capfd, "interpolate", trained, "--out", tmp_path / "a.mp4", "--frames", 4, "--fps", 24)
    assert read_recipe(tmp_path / "a.mp4") == load_run(trained).recipe


def test_resume_goes_on_after_the_end(trained: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said = answer(capfd, "resume", trained, "--steps", STEPS, code=2)["error"]
    assert said == f"The run is at step {STEPS} already: --steps has to name a later one."
    assert main(["resume", str(trained)]) == 0
    assert "had ended" in capfd.readouterr().err
    values = answer(capfd, "resume", trained.name, "--steps", STEPS + 5)
    assert values["step"] == STEPS + 5 == load_run(trained).info().step


def test_recipe_of_a_picture_trains_the_same_again(
    trained: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    answer(capfd, "sample", trained, "-n", 1, "--out", tmp_path / "one.png")
    values = answer(capfd, "train", "vae", "--recipe", tmp_path / "one.png", "--steps", 2, "--out", tmp_path / "again")
    again, first = load_run(tmp_path / "again").recipe, load_run(trained).recipe
    assert again.config == first.config.replace(steps=2) and (again.data, again.seed) == (first.data, first.seed)
    assert values["step"] == 2


# ---------------------------------------------------------------- runs that start from runs
def test_a_first_stage_is_named_as_runs_are_anywhere_else(trained: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """By folder, id, name or the beginning of one; the recipe keeps the id. Its weights stay as they were."""
    run = load_run(trained)
    words = ("train", "latent_diffusion", "--data", run.recipe.data, "--steps", 8, "--hidden", 16, "--layers", 1, "--threads", 1)
    for i, word in enumerate((trained, trained.name[:-2], run.name.lower()[:5])):
        values = answer(capfd, *words, "--first-stage", word, "--out", tmp_path / str(i))
        assert values["config"]["first_stage"] == trained.name and values["step"] == 8
    kept = load_run(tmp_path / "0")
    assert kept.recipe.parents["first_stage"] == run.recipe.to_dict()
    (_, before, _), (_, after, _) = run.checkpoint(), kept.checkpoint()
    weights = [k for k in before if k.startswith("model/")]
    assert weights and all((after[k.replace("model/", "model/vae.", 1)] == before[k]).all() for k in weights)


def test_a_first_stage_that_is_not_there_or_does_not_fit_is_said_in_a_sentence(
    trained: Path, capfd: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    words = ("train", "latent_diffusion", "--steps", 4000, "--first-stage")
    assert "There is no run 'nosuch'" in answer(capfd, *words, "nosuch", code=2)["error"]
    other = "moons" if load_run(trained).recipe.data == "mnist" else "mnist"
    assert f"this recipe is for {other}" in answer(capfd, *words, trained.name, "--data", other, code=2)["error"]


def test_a_run_goes_on_where_the_one_it_started_from_is_gone(
    trained: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """It has the weights; only a new one needs the other."""
    data, here = load_run(trained).recipe.data, tmp_path / "here"
    words = ("train", "latent_diffusion", "--data", data, "--steps", 8, "--hidden", 16, "--layers", 1, "--threads", 1)
    answer(capfd, *words, "--first-stage", trained, "--out", here)
    monkeypatch.setenv("PLAYGROUND_RUNS", str(tmp_path / "elsewhere"))
    assert answer(capfd, "resume", here, "--steps", 11)["step"] == 11
    assert answer(capfd, "sample", here, "-n", 2, "--out", tmp_path / "x.npz")["run"] == "here"
    (tmp_path / "recipe.json").write_text(load_run(here).recipe.to_json())
    said = answer(capfd, "train", "latent_diffusion", "--recipe", tmp_path / "recipe.json", code=2)["error"]
    assert trained.name in said and "cannot be opened" in said
