"""The models that are really on board: as the table says, within the room there is, alive, and as good as is listed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_kit import REPOSITORY, Watched

from playground import cli
from playground.engine import FAMILIES, describe
from playground.engine import messages as m
from playground.engine.on_board import ModelOnBoard, models_on_board
from playground.engine.runs import list_runs, load_run

MODELS = models_on_board()
NAMES = [k.name for k in MODELS]
AGAIN = ("gan-ring8", "vae-mnist")  # measured again: seconds each


@pytest.fixture
def making(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script that made them."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "packaging"))
    import models

    return models


@pytest.fixture(autouse=True)
def _own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_RUNS", str(tmp_path / "runs"))


def content(folder: Path) -> dict[str, tuple[int, int]]:
    """Names, sizes and dates of writing."""
    return {p.name: (p.stat().st_size, p.stat().st_mtime_ns) for p in folder.iterdir()}


def test_every_family_has_one_of_digits_and_the_three_have_points_too() -> None:
    assert {k.family for k in MODELS if k.data == "mnist"} == set(FAMILIES)
    assert {k.family for k in MODELS if describe(k.data).kind == "points"} >= {"vae", "gan", "diffusion"}


def test_they_take_no_more_room_than_there_is(making: Any) -> None:
    board = making.OUT
    assert sum(p.stat().st_size for p in board.rglob("*")) / 2**20 <= making.MOST_MB
    assert {p.name for p in board.iterdir() if p.is_dir()} == set(NAMES), "a folder that is not listed, or the reverse"


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_each_is_what_the_table_says(model: ModelOnBoard, making: Any) -> None:
    table = {name: recipe for name, recipe, _ in making.rows()}
    assert making.unfit(model.folder, table[model.name]) == ""
    run = load_run(model.folder)
    manifest = run.checkpoint_manifest()
    named = {"run.json", "checkpoint.json", manifest.state_file, *(f["file"] for f in manifest.metrics_files)}
    assert set(content(model.folder)) == named
    assert abs(sum(size for size, _ in content(model.folder).values()) / 2**20 - model.size_mb) < 0.01
    assert abs(manifest.seconds - model.seconds) < 0.1 and (model.step, model.seed) == (manifest.step, run.recipe.seed)
    assert len(model.quality) >= 3 and all(np.isfinite(q.value) for q in model.quality)


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_each_is_alive_and_stays_as_it_was(model: ModelOnBoard) -> None:
    before = content(model.folder)
    with Watched() as watched:
        watched.session.open(model.folder)
        assert watched.until(m.Started, timeout=60).fixed
        watched.state("finished", 60)
        x = watched.ask(m.DrawSamples(n=4), 120).x
        assert len(x) == 4 and np.isfinite(x).all()
        assert float(np.std(x)) > 0 and not np.array_equal(x[0], x[1])
    assert content(model.folder) == before


@pytest.mark.slow
@pytest.mark.parametrize("name", AGAIN)
def test_measured_again_it_is_as_good_as_is_listed(name: str, making: Any) -> None:
    import slim
    import torch

    torch.set_num_threads(1)
    model = next(k for k in MODELS if k.name == name)
    found = making.quality_of(slim.Whole.read(model.folder), {})
    for q in model.quality:
        noise = max([v for v in (q.noise, q.floor_sd) if np.isfinite(v)] or [0.02 * abs(q.value)])
        assert abs(found[q.key]["value"] - q.value) <= noise, (q, found[q.key])


# ---------------------------------------------------------------- by their names, without a window
def run(*words: str) -> int:
    return cli.main(list(words))


def test_the_list_and_its_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models") == 0
    assert "vae-mnist" in capsys.readouterr().out
    assert run("models", "--json") == 0
    listed = json.loads(capsys.readouterr().out)["models"]
    assert [k["name"] for k in listed] == NAMES and listed[0]["quality"][0]["floor_sd"] is None


def test_a_name_stands_wherever_a_run_can(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("sample", "gan-ring8", "--out", str(tmp_path / "x.npz"), "-n", "50") == 0
    with np.load(tmp_path / "x.npz") as arrays:
        radius = np.linalg.norm(arrays["x"], axis=1)
    assert arrays is not None and 0.9 < float(np.median(radius)) < 1.1  # the ring's
    assert run("sample", "gan-ring", "--out", str(tmp_path / "y.npz")) == 2
    assert "Did you mean" in capsys.readouterr().err


def test_to_resume_one_trains_a_copy(capsys: pytest.CaptureFixture[str]) -> None:
    model = next(k for k in MODELS if k.name == "vae-moons")
    before = content(model.folder)
    assert run("resume", "vae-moons", "--steps", str(model.step + 5), "--json") == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["step"] == model.step + 5 and "optimizer starts anew" in err
    (line,) = list_runs()
    assert line.step == model.step + 5 and content(model.folder) == before


def test_out_to_a_file_and_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.playrun"
    assert run("export-run", "gan-ring8", str(file)) == 0
    capsys.readouterr()
    assert run("import-run", str(file), "--json") == 0
    taken = json.loads(capsys.readouterr().out)
    assert not load_run(taken["folder"]).fixed and (taken["family"], taken["data"]) == ("gan", "ring8")
    assert run("export-run", "gan-ring8", str(tmp_path / "x.zip")) == 2
    (tmp_path / "bad.playrun").write_bytes(b"no")
    assert run("import-run", str(tmp_path / "bad.playrun")) == 2
    assert "cannot be read as a run" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become somebody who may not write")
def test_who_may_not_write_there_samples_all_the_same(tmp_path: Path) -> None:
    """As installed for all by an administrator: the program's folder belongs to somebody else."""
    board = next(k for k in MODELS if k.name == "gan-ring8").folder
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run(["touch", str(board / "x")], user=65534, check=True, capture_output=True)
    home = tmp_path / "home"
    home.mkdir()
    for folder in (home, *tmp_path.parents[:3], tmp_path):
        folder.chmod(0o755)
    os.chown(home, 65534, 65534)
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "PLAYGROUND_RUNS": str(home / "runs"), "OMP_NUM_THREADS": "1"}
    words = [sys.executable, "-m", "playground", "sample", "gan-ring8", "-n", "4", "--out", str(home / "x.png")]
    subprocess.run(words, user=65534, check=True, env=env, cwd=REPOSITORY, timeout=120)
    assert (home / "x.png").stat().st_size > 0
