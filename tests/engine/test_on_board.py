"""Models on board: only ever read, listed with care, and trained on in a copy."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from engine_kit import REPOSITORY, Watched, load, recipe

from playground.engine import messages as m
from playground.engine import on_board, parents
from playground.engine.compare import crew
from playground.engine.config import ConfigError
from playground.engine.families.gan import GANConfig
from playground.engine.on_board import ModelQuality, model_on_board, models_on_board, number
from playground.engine.recipe import Compute, Recipe
from playground.engine.runs import Run, RunFileError, delete_run, list_runs, load_run, rename_run, runs_folder
from playground.engine.session import Session

STEPS = 30
GAN_RECIPE = Recipe("gan", "points", GANConfig(steps=STEPS, hidden=8, layers=1, latent_dim=2, batch_size=8, network="mlp"), 0,
                    Compute(device="cpu", threads=1))  # fmt: skip


@pytest.fixture
def slim(monkeypatch: pytest.MonkeyPatch, small_data: None) -> Any:
    """The module that makes runs small."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "packaging"))
    import slim as found

    monkeypatch.setattr(found, "load_data", load)
    return found


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of models on board, in the place of the real one."""
    folder = tmp_path / "resources" / "models"
    folder.mkdir(parents=True)
    monkeypatch.setattr(on_board, "resource", lambda path: tmp_path / "resources" / path)
    monkeypatch.setenv("PLAYGROUND_RUNS", str(tmp_path / "runs"))
    return folder


@pytest.fixture
def make(board: Path, slim: Any, tmp_path: Path) -> Callable[..., Path]:
    """Trains a recipe to its end and puts it on board."""

    def made(wanted: Recipe, half: bool = True) -> Path:
        name = f"{wanted.family}-{wanted.data}"
        with Watched() as watched:
            watched.session.start(wanted, folder=tmp_path / "trained")
            watched.until(m.Finished, timeout=90)
        slim.write_slim(slim.Whole.read(tmp_path / "trained"), board / name, name, half)
        return board / name

    return made


def listed(board: Path, *entries: dict[str, Any]) -> None:
    (board / on_board.LIST).write_text(json.dumps({"format": on_board.FORMAT, "models": entries}))


ENTRY: dict[str, Any] = {
    "name": "vae-bars", "family": "vae", "data": "bars", "preset": "Pictures", "seed": 0, "steps": STEPS, "seconds": 1.5,
    "size_mb": 0.1, "weights": "half",
    "quality": [{"key": "energy", "label": "energy distance", "value": 0.5, "floor": 0.25, "floor_sd": 0.1, "noise": None}],
}  # fmt: skip


class Writes:
    """What is opened for writing, made, moved or removed below a folder, from now until told to stop."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.seen, self.on = str(folder), [], True
        sys.addaudithook(self)  # there is no way to take one away again

    seen: list[str]

    def __call__(self, event: str, given: tuple[Any, ...]) -> None:
        if not self.on:
            return
        writes = event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "os.chmod", "os.utime")
        opened = event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if (writes or opened) and any(str(g).startswith(self.folder) for g in given[:2]):
            self.seen.append(f"{event} {given[0]}")


@pytest.fixture
def writes(board: Path) -> Iterator[Writes]:
    made = Writes(board)
    yield made
    made.on = False


def content(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


# ---------------------------------------------------------------- only ever read
def test_a_model_on_board_answers_and_nothing_is_ever_written_beside_it(make: Callable[..., Path], writes: Writes) -> None:
    folder = make(recipe(steps=STEPS))
    before = content(folder)
    writes.seen.clear()
    with Watched() as watched:
        watched.session.open(folder)
        assert watched.until(m.Started).fixed
        watched.state("finished")
        assert watched.ask(m.DrawSamples(n=3)).x.shape == (3, 12, 12)
        watched.session.apply_live("kl_weight", 2.0)
        watched.until(m.LiveApplied)
        watched.until(m.Monitored)  # measured now: kept with any other run
        watched.session.save()
        watched.session.stop()
        watched.session.resume()  # it has no steps to go
        watched.ask(m.DrawSamples(n=3))
    load_run(folder).info()
    assert (writes.seen, content(folder), watched.of(m.Failed)) == ([], before, [])
    assert not runs_folder().exists()


def test_the_guard_of_this_file_sees_writing(board: Path, writes: Writes) -> None:
    (board / "x").write_text("x")
    (board / "x").rename(board / "y")
    assert [w.split()[0] for w in writes.seen] == ["open", "os.rename"]


def test_two_windows_may_look_at_one_model(make: Callable[..., Path]) -> None:
    folder = make(recipe(steps=STEPS))
    with Watched() as one, Watched() as other:
        for watched in (one, other):
            watched.session.open(folder)
            watched.state("finished")


def test_it_is_neither_renamed_nor_deleted(make: Callable[..., Path]) -> None:
    folder = make(recipe(steps=STEPS))
    before = content(folder)
    with pytest.raises(RunFileError, match="only read"):
        rename_run(folder, "Mine")
    with pytest.raises(RunFileError, match="came with the program"):
        delete_run(folder)
    run = load_run(folder)
    with pytest.raises(RunFileError, match="only read"):
        run.note(run.checkpoint_manifest())
    assert content(folder) == before


def test_a_run_where_nothing_can_be_written_is_only_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Run.create(recipe(), "", tmp_path / "run")
    assert not load_run(made.folder).fixed
    monkeypatch.setattr("playground.engine.runs.os.access", lambda path, mode: False)
    assert load_run(made.folder).fixed


# ---------------------------------------------------------------- trained on in a copy
def test_more_steps_train_a_copy_that_begins_where_the_model_ends(make: Callable[..., Path], writes: Writes) -> None:
    folder = make(recipe(steps=STEPS))
    before = content(folder)
    writes.seen.clear()
    with Watched() as watched:
        watched.session.open(folder)
        watched.state("finished")
        watched.session.apply_live("steps", STEPS + 12)
        watched.session.apply_live("kl_weight", 2.0)
        watched.session.resume()
        own = watched.until(m.Started, lambda e: not e.fixed)
        assert (own.run_id, own.step) == (watched.session.run_id, STEPS) and Path(own.folder).parent == runs_folder()
        assert watched.until(m.Finished).step == STEPS + 12
        assert {e.name: e.value for e in watched.of(m.LiveApplied) if e.run_id == own.run_id} == {
            "steps": STEPS + 12, "kl_weight": 2.0,
        }  # fmt: skip
    (line,) = list_runs()
    assert (line.name, line.step, line.status) == ("vae-bars, continued", STEPS + 12, "finished")
    assert (writes.seen, content(folder)) == ([], before)


def test_a_copy_keeps_curves_weights_and_time(make: Callable[..., Path]) -> None:
    folder = make(GAN_RECIPE)
    found = load_run(folder)
    copy = found.copy()
    assert not copy.folder.exists()
    copy.arrive()
    (a, old, old_rows), (b, new, new_rows) = found.checkpoint(), load_run(copy.folder).checkpoint()
    assert old.keys() == new.keys() and all(torch.equal(old[k], new[k]) for k in old)
    assert (a.step, a.seconds, b.same) == (b.step, b.seconds, {}) and new_rows.steps.tolist() == old_rows.steps.tolist()
    assert b.status == "paused"


def test_a_step_and_an_adopted_part_are_of_a_copy(make: Callable[..., Path]) -> None:
    folder = make(GAN_RECIPE)
    before = content(folder)
    with Watched() as watched:
        watched.session.open(folder)
        watched.state("finished")
        watched.session.step_once()  # there is none to take
        watched.ask(m.DrawSamples(n=2))
        assert not runs_folder().exists()
        watched.ask(m.TrainToOptimum(bounds=(-4.0, 4.0, -4.0, 4.0), steps=3, resolution=8))
        watched.session.adopt("discriminator")
        adopted = watched.until(m.Adopted)
        assert adopted.run_id == watched.session.run_id != "gan-points"
        watched.session.apply_live("steps", STEPS + 5)
        watched.session.step_once()
        watched.step(STEPS + 1)
    assert content(folder) == before and len(list_runs()) == 1


def test_to_open_it_resuming_is_to_open_it(make: Callable[..., Path]) -> None:
    folder = make(recipe(steps=STEPS))
    with Watched() as watched:
        assert watched.session.open(folder, resume=True) == "vae-bars"
        watched.state("finished")
    assert not runs_folder().exists()


def test_a_comparison_takes_a_copy_that_it_can_write(make: Callable[..., Path], tmp_path: Path) -> None:
    folder = make(recipe(steps=STEPS))
    folder.chmod(0o555)
    try:
        made = crew._copied(folder, tmp_path / "contestant")
        assert not made.fixed and (tmp_path / "contestant").stat().st_mode & 0o200
    finally:
        folder.chmod(0o755)


# ---------------------------------------------------------------- made small
def test_small_it_has_no_optimizer_and_its_average_stands_for_the_raw_weights(make: Callable[..., Path], tmp_path: Path) -> None:
    folder = make(GAN_RECIPE, half=False)
    whole, small = load_run(tmp_path / "trained").checkpoint()[1], load_run(folder).checkpoint()[1]
    assert {k for k in whole if not k.startswith("optimizer")} == set(small)
    shown = [k for k in small if not k.startswith("model/generator.")]
    assert all(torch.equal(small[k], whole[k]) for k in shown)
    raw = [k for k in small if k.startswith("model/generator.")]
    assert raw and all(torch.equal(small[k], whole[k.replace("generator", "averaged")]) for k in raw)
    from safetensors import safe_open

    with safe_open(folder / load_run(folder).checkpoint_manifest().state_file, "numpy") as file:
        assert set(file.keys()) == {k for k in small if not k.startswith("model/generator.")}


def test_half_precision_is_of_trained_weights_alone(make: Callable[..., Path]) -> None:
    state = load_run(make(GAN_RECIPE)).checkpoint()[1]
    kinds = {k: v.dtype for k, v in state.items()}
    assert kinds["model/averaged.net.0.weight"] == torch.float16
    assert kinds["model/averaged.centre"] == torch.float32 and kinds["noise"] == torch.uint8


def test_the_same_run_gives_the_same_bytes(make: Callable[..., Path], slim: Any, tmp_path: Path) -> None:
    folder = make(GAN_RECIPE)
    slim.write_slim(slim.Whole.read(tmp_path / "trained"), tmp_path / "again", "gan-points", True)
    assert content(folder) == content(tmp_path / "again")


def test_an_average_of_nobody_knows_what_is_not_guessed(slim: Any) -> None:
    one = torch.zeros(2)
    with pytest.raises(ValueError, match="average of one of"):
        slim.without_raw({"model/a.w": one, "model/b.w": one, "model/averaged.w": one})


@pytest.mark.parametrize("same", [{"model/net.": 3}, {"": "model/averaged."}, ["model/net."]])
def test_a_manifest_that_names_no_tensors_is_damaged(make: Callable[..., Path], same: Any) -> None:
    from playground.engine.runs import FORMAT, write_json

    folder = make(GAN_RECIPE)
    manifest = vars(load_run(folder).checkpoint_manifest())
    write_json(folder / "checkpoint.json", {"format": FORMAT, **manifest, "same": same})
    with pytest.raises(RunFileError, match="damaged"):
        load_run(folder).checkpoint()


# ---------------------------------------------------------------- the list
def test_the_list_tells_what_a_line_of_runs_tells(board: Path) -> None:
    (board / "vae-bars").mkdir()
    (board / "vae-bars" / "run.json").write_text("{}")
    listed(board, ENTRY, {**ENTRY, "name": "gan-missing"}, {**ENTRY, "name": "../runs"}, {"name": "vae-short"}, "nonsense")
    (model,) = models_on_board()
    assert (model.run_id, model.step, model.total_steps, model.seconds, model.status) == ("vae-bars", 30, 30, 1.5, "finished")
    assert model == model_on_board("vae-bars") and model_on_board("gan-bars") is None
    assert model.quality[0].words() == "energy distance 0.500 (real items 0.250)"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": "other", "models": []}', '{"format": "x"}'])
def test_a_list_that_makes_no_sense_is_empty(board: Path, text: str) -> None:
    (board / on_board.LIST).write_text(text)
    assert models_on_board() == []


def test_without_the_folder_there_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(path: str) -> Path:
        raise FileNotFoundError(path)

    monkeypatch.setattr(on_board, "resource", missing)
    assert models_on_board() == [] and not on_board.is_on_board(tmp_path)


def test_words_of_a_quality() -> None:
    modes = ModelQuality("modes", "modes covered", 7.0, floor=8.0)
    kl = ModelQuality("kl_data_model", "KL(data ‖ model)", 0.02, "nats", noise=0.004, floor=0.0)
    assert modes.words() == "7 of 8 modes covered"
    assert kl.words() == "KL(data ‖ model) 0.0200 ± 0.00400 nats (at best 0)"


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (0.01234, "0.0123"), (59.65, "59.6"), (12345.6, "12,346"), (2e-7, "2.00e-07")]
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_a_model_on_board_can_be_a_parent(make: Callable[..., Path], board: Path) -> None:
    make(recipe(steps=STEPS))
    listed(board, ENTRY)
    assert parents._open("first_stage", "vae-bars").folder == board / "vae-bars"
    with pytest.raises(ConfigError, match="cannot be opened"):
        parents._open("first_stage", "vae-other")


def test_a_session_without_a_run_has_no_steps_left() -> None:
    session = Session()
    session.step_once()
    session.adopt("discriminator")
    session.resume()
    assert session.run_id is None
