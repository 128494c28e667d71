"""Runs on disk: whole or not at all, and one named error for everything that is damaged, foreign or in the way."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from engine_kit import recipe
from hypothesis import given
from hypothesis import strategies as st

from playground.engine import runs
from playground.engine.recipe import Recipe
from playground.engine.runs import (
    COLUMNS_PER_FILE,
    Checkpoint,
    Metrics,
    Run,
    RunFileError,
    delete_run,
    list_runs,
    load_run,
    rename_run,
    write_json,
)  # fmt: skip


def tensors(step: int) -> dict[str, torch.Tensor]:
    return {"model/w": torch.full((3, 2), float(step)), "optimizer0/0/step": torch.tensor(float(step)),
            "noise": torch.arange(8, dtype=torch.uint8)}  # fmt: skip


def rows(first: int, last: int, **more: float) -> Metrics:
    steps = np.arange(first, last + 1)
    return Metrics(steps, {"loss": steps.astype(np.float32), **{k: np.full(len(steps), v, np.float32) for k, v in more.items()}})


def save(run: Run, checkpoint: Checkpoint, step: int) -> Checkpoint:
    """Rows since the last checkpoint, and the state of ``step``."""
    first = checkpoint.step + 1
    after = Checkpoint(**vars(checkpoint))
    after.step, after.images_seen, after.seconds = step, 8 * step, step / 10
    return run.save(after, tensors(step), rows(first, step))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run with two checkpoints: step 10, and the newest, step 20."""
    made = Run.create(recipe(steps=50), "My run", tmp_path / "run")
    save(made, save(made, Checkpoint(), 10), 20)
    return made


def names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir() if p.name != ".lock"}


def edit(path: Path, **changes: Any) -> None:
    """Write a JSON file again with other values, and a checksum that fits: someone who knows the format."""
    values = json.loads(path.read_text())
    values.pop("sha256", None)
    write_json(path, {**values, **changes})


def opened(folder: Path) -> int:
    """The step at which a run opens. Raises RunFileError, whose text has to be a sentence."""
    try:
        run = load_run(folder)
        run.checkpoint_manifest()
        checkpoint, state, _ = run.checkpoint()
    except RunFileError as error:
        text = str(error)
        assert text[0].isupper() or text.startswith(("/", "run.json", "checkpoint", "state", "metrics")), text
        assert text.endswith((".", ")")) and "\n" not in text and len(text) < 1500, text
        raise
    assert float(state["model/w"][0, 0]) == checkpoint.step
    return checkpoint.step


# ---------------------------------------------------------------- the round trip
def test_a_run_comes_back_as_it_was_saved(run: Run) -> None:
    back = load_run(run.folder)
    assert back.recipe == run.recipe and back.name == "My run" and back.run_id == "run"
    checkpoint, state, metrics = back.checkpoint()
    assert (checkpoint.step, checkpoint.images_seen, checkpoint.seconds) == (20, 160, 2.0)
    assert all(torch.equal(state[k], v) and state[k].dtype == v.dtype for k, v in tensors(20).items())
    assert metrics.steps.tolist() == list(range(1, 21)) and metrics.scalars["loss"].tolist() == list(range(1, 21))
    info = back.info()
    assert (info.step, info.total_steps, info.name, info.family, info.data) == (20, 50, "My run", "vae", "bars")
    assert info.size_mb > 0 and info.created and info.status == "paused"


@pytest.mark.parametrize(
    "data", ["mnist", "ring8?std=0.02", "/home/größe/ph otos?size=32", "C:\\data\\x.npz", "...", "😀", "a" * 300]
)
def test_any_data_name_makes_a_folder_that_opens(data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_RUNS", str(tmp_path / "deep" / "runs"))
    made = Run.create(Recipe("vae", data, recipe().config))
    assert made.folder.parent == tmp_path / "deep" / "runs"
    assert made.run_id.isascii() and len(made.run_id) < 80
    assert load_run(made.folder).recipe.data == data


def test_text_that_no_file_can_hold_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RunFileError):
        Run.create(Recipe("vae", "\ud800", recipe().config), folder=tmp_path / "x")


def test_a_folder_that_holds_something_is_refused(tmp_path: Path, run: Run) -> None:
    with pytest.raises(RunFileError, match="not empty"):
        Run.create(recipe(), folder=run.folder)
    (tmp_path / "file").write_text("")
    with pytest.raises(RunFileError):
        Run.create(recipe(), folder=tmp_path / "file")
    with pytest.raises(RunFileError):
        Run.create(recipe(), folder=tmp_path / "file" / "below")


def test_a_run_that_was_killed_before_its_first_save_opens_at_step_0(tmp_path: Path) -> None:
    made = Run.create(recipe(steps=70), folder=tmp_path / "new")
    assert load_run(made.folder).checkpoint_manifest().step == 0
    assert (made.info().step, made.info().status) == (0, "paused")


def test_only_two_states_are_kept_and_leftovers_of_a_kill_are_swept(run: Run) -> None:
    (run.folder / "state-000000005-abc.safetensors.123456.part").write_bytes(b"half")
    (run.folder / "checkpoint.json.ffffff.part").write_bytes(b"{")
    (run.folder / "state-000000007-abcdef.safetensors").write_bytes(b"written, but never named")
    (run.folder / "notes.txt").write_text("the user's own")
    checkpoint = save(run, run.checkpoint_manifest(), 30)
    left = names(run.folder)
    assert not [n for n in left if n.endswith(".part")]
    assert sorted(n[:15] for n in left if n.startswith("state-")) == ["state-000000020", "state-000000030"]
    assert len([n for n in left if n.startswith("metrics-")]) == 3
    assert "notes.txt" in left and checkpoint.step == 30


def test_metrics_are_merged_after_many_files(run: Run) -> None:
    checkpoint = run.checkpoint_manifest()
    for step in range(21, 21 + COLUMNS_PER_FILE + 5):
        checkpoint = save(run, checkpoint, step)
        _, _, metrics = load_run(run.folder).checkpoint()
        assert metrics.steps.tolist() == list(range(1, step + 1))
        assert metrics.scalars["loss"].tolist() == list(range(1, step + 1))
        assert len(checkpoint.metrics_files) <= COLUMNS_PER_FILE
    on_disk = [n for n in names(run.folder) if n.startswith("metrics-")]
    assert len(on_disk) < COLUMNS_PER_FILE


def test_a_column_that_came_later_is_nan_before(run: Run) -> None:
    run.save(Checkpoint(**{**vars(run.checkpoint_manifest()), "step": 25}), tensors(25), rows(21, 25, extra=7.0))
    _, _, metrics = run.checkpoint()
    assert np.isnan(metrics.scalars["extra"][:20]).all() and (metrics.scalars["extra"][20:] == 7).all()
    assert not np.isnan(metrics.scalars["loss"]).any()


# ---------------------------------------------------------------- damage
def flip(path: Path, position: int, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[position % len(content)] ^= 1 << bit
    path.write_bytes(content)


def pieces(run: Run) -> dict[str, Path]:
    new, old = (run._manifest(name) for name in ("checkpoint.json", "checkpoint.old.json"))
    return {
        "run": run.folder / "run.json", "manifest": run.folder / "checkpoint.json",
        "old manifest": run.folder / "checkpoint.old.json",
        "state": run.folder / new.state_file, "old state": run.folder / old.state_file,
        "metrics": run.folder / new.metrics_files[-1]["file"], "old metrics": run.folder / new.metrics_files[0]["file"],
    }  # fmt: skip


AFTER_DAMAGE = {
    "run": None,
    "manifest": 10,
    "state": 10,
    "old manifest": 20,
    "old state": 20,
    "metrics": 20,
    "old metrics": 20,
}


@pytest.mark.parametrize("piece", AFTER_DAMAGE)
def test_a_flipped_bit_anywhere_is_noticed_and_the_older_checkpoint_opens(piece: str, run: Run) -> None:
    path = pieces(run)[piece]
    whole = path.read_bytes()
    positions = random.Random(piece).sample(range(len(whole)), min(60, len(whole)))
    for position in positions:
        flip(path, position, position % 8)
        expected = AFTER_DAMAGE[piece]
        if expected is None:
            with pytest.raises(RunFileError):
                opened(run.folder)
        else:
            assert opened(run.folder) == expected, (position, whole[position - 5 : position + 5])
        path.write_bytes(whole)


@pytest.mark.parametrize("piece", AFTER_DAMAGE)
@pytest.mark.parametrize("length", [0, 1, 0.5, -1])
def test_a_truncated_file_is_noticed_and_the_older_checkpoint_opens(piece: str, length: float, run: Run) -> None:
    path = pieces(run)[piece]
    whole = path.read_bytes()
    path.write_bytes(whole[: int(length * len(whole)) if isinstance(length, float) else length])
    expected = AFTER_DAMAGE[piece]
    if expected is None:
        with pytest.raises(RunFileError):
            opened(run.folder)
    else:
        assert opened(run.folder) == expected


@pytest.mark.parametrize("piece", AFTER_DAMAGE)
def test_a_missing_file_or_a_folder_in_its_place(piece: str, run: Run) -> None:
    path = pieces(run)[piece]
    expected = AFTER_DAMAGE[piece]
    for replaced in (False, True):
        path.unlink() if path.is_file() else None
        if replaced:
            path.mkdir()
        if expected is None:
            with pytest.raises(RunFileError):
                opened(run.folder)
        else:
            assert opened(run.folder) == expected


def test_damaged_metrics_cost_their_rows_and_no_others(run: Run) -> None:
    flip(pieces(run)["old metrics"], 100, 3)
    _, _, metrics = run.checkpoint()
    assert metrics.steps.tolist() == list(range(11, 21))


def test_both_checkpoints_damaged_is_one_sentence(run: Run) -> None:
    for piece in ("state", "old state"):
        flip(pieces(run)[piece], 50, 0)
    with pytest.raises(RunFileError, match="checksum"):
        opened(run.folder)


def test_lost_manifests_beside_a_state_are_damage_not_a_new_run(run: Run) -> None:
    for piece in ("manifest", "old manifest"):
        (run.folder / f"checkpoint{'.old' if 'old' in piece else ''}.json").unlink()
    with pytest.raises(RunFileError):
        run.checkpoint_manifest()


def test_a_run_goes_on_from_the_older_checkpoint(run: Run) -> None:
    flip(pieces(run)["state"], 50, 0)
    checkpoint, _, _ = run.checkpoint()
    save(run, checkpoint, 15)
    assert opened(run.folder) == 15
    assert load_run(run.folder).checkpoint()[2].steps.tolist() == list(range(1, 16))


FOREIGN: dict[str, bytes] = {
    "empty": b"", "number": b"1", "list": b"[]", "object": b"{}", "deep": b"[" * 100_000, "latin": b'{"name": "\xff"}',
    "nul": b"\0" * 50, "text": b"hello", "other format": b'{"format": "something else"}',
    "big number": b'{"step": ' + b"9" * 5000 + b"}",
    "null recipe": json.dumps({"format": runs.FORMAT, "recipe": None}).encode(),
}  # fmt: skip


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_foreign_files_are_one_sentence(content: bytes, run: Run) -> None:
    (run.folder / "checkpoint.json").write_bytes(content)
    assert opened(run.folder) == 10
    (run.folder / "run.json").write_bytes(content)
    with pytest.raises(RunFileError):
        opened(run.folder)


def test_a_huge_json_file_is_not_read(run: Run) -> None:
    for name in ("run.json", "checkpoint.json"):
        path = run.folder / name
        whole = path.read_bytes()
        path.write_bytes(whole[:-2] + b', "x": "' + b"a" * runs.MAX_JSON + b'"}')
        if name == "run.json":
            with pytest.raises(RunFileError, match="too large"):
                opened(run.folder)
            path.write_bytes(whole)
        else:
            assert opened(run.folder) == 10


@pytest.mark.parametrize(
    "name", ["../secret.safetensors", "/etc/passwd", "state-1.safetensors/../../x", "..\\state-1.safetensors",
             "state-../x.safetensors",
             "state-1.safetensors\n", "run.json", "", ".", "state-%00.safetensors"],
)  # fmt: skip
def test_no_manifest_leads_out_of_the_folder(name: str, run: Run, tmp_path: Path) -> None:
    secret = tmp_path / "secret.safetensors"
    shutil.copy(pieces(run)["state"], secret)
    for manifest in ("checkpoint.json", "checkpoint.old.json"):
        edit(run.folder / manifest, state_file=name)
    with pytest.raises(RunFileError, match="damaged"):
        opened(run.folder)
    edit(run.folder / "checkpoint.json", state_file=pieces_state(run), metrics_files=[{"file": name, "sha256": ""}])
    with pytest.raises(RunFileError, match="damaged"):
        run._manifest("checkpoint.json")


def pieces_state(run: Run) -> str:
    return next(n for n in names(run.folder) if n.startswith("state-000000020"))


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3), max_leaves=5,
)  # fmt: skip


@given(field=st.sampled_from([*vars(Checkpoint()), "new"]), value=json_like)
def test_a_manifest_with_any_value_opens_or_is_damaged(tmp_path_factory: pytest.TempPathFactory, field: str, value: Any) -> None:
    """What opens has the declared types, so that nothing later stumbles over it."""
    folder = tmp_path_factory.mktemp("any") / "run"
    made = Run.create(recipe(), folder=folder)
    save(made, Checkpoint(), 10)
    edit(folder / "checkpoint.json", **{field: value})
    try:
        checkpoint = made.checkpoint_manifest()
    except RunFileError:
        return
    for name, default in vars(Checkpoint()).items():
        found = getattr(checkpoint, name)
        assert type(found) is type(default), (name, found)
    for change in checkpoint.changes:
        assert isinstance(change["name"], str) and "value" in change
    for step, scalars, vectors in checkpoint.monitored:
        assert isinstance(step, int) and isinstance(scalars, dict) and isinstance(vectors, dict)
        assert all(isinstance(v, (int, float)) for v in [*scalars.values(), *(x for line in vectors.values() for x in line)])


def test_a_state_that_is_no_safetensors_but_has_its_checksum(run: Run) -> None:
    content = b"not a tensor"
    path = pieces(run)["state"]
    path.write_bytes(content)
    edit(run.folder / "checkpoint.json", state_sha256=hashlib.sha256(content).hexdigest())
    assert opened(run.folder) == 10


def test_no_folder_no_run(tmp_path: Path) -> None:
    for folder in (tmp_path / "nothing", tmp_path):
        with pytest.raises(RunFileError):
            load_run(folder)


# ---------------------------------------------------------------- trouble while writing
def full_disk(monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    real = runs.write_bytes

    def write(path: Path, content: bytes) -> str:
        if path.name.startswith(fails):
            path.with_name(path.name + ".123.part").write_bytes(content[: len(content) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, content)

    monkeypatch.setattr(runs, "write_bytes", write)


@pytest.mark.parametrize("fails", ["state-", "metrics-", "checkpoint.json"])
def test_a_full_disk_keeps_the_checkpoint_before(fails: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = run.checkpoint_manifest()
    with monkeypatch.context() as patch:
        full_disk(patch, fails)
        with pytest.raises(RunFileError, match="No space left"):
            save(run, before, 30)
    assert opened(run.folder) == 20
    assert load_run(run.folder).checkpoint()[2].steps.tolist() == list(range(1, 21))
    save(run, before, 35)
    assert opened(run.folder) == 35
    assert not [n for n in names(run.folder) if n.endswith(".part")]


def test_a_full_disk_for_the_facts_is_one_sentence(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full_disk(monkeypatch, "run.json")
    with pytest.raises(RunFileError, match="No space left"):
        Run.create(recipe(), folder=tmp_path / "other")
    with pytest.raises(RunFileError, match="No space left"):
        rename_run(run.folder, "Other")
    assert load_run(run.folder).name == "My run"


def test_a_failed_write_leaves_neither_a_part_nor_a_changed_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    runs.write_bytes(path, b"before")

    def fails(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="No space"):
        runs.write_bytes(path, b"after")
    assert path.read_bytes() == b"before" and names(tmp_path) == {"x"}


def in_a_child(work: Callable[[], str]) -> str:
    """What ``work`` returns in a forked process, which has no other way to touch this one."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, work().encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        text = pipe.read().decode()
    os.waitpid(child, 0)
    return text


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root, to become somebody else")
def test_a_folder_that_cannot_be_written_is_one_sentence(run: Run, tmp_path: Path) -> None:
    """Root ignores file modes, so another user tries: to create, to lock, to save and to rename."""
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)

    def attempts() -> str:
        os.setgid(65534)
        os.setuid(65534)
        mine = load_run(run.folder)
        said = []
        for attempt in (
            lambda: Run.create(recipe(), folder=tmp_path / "new"), mine.lock, lambda: rename_run(run.folder, "x"),
            lambda: mine.save(mine.checkpoint_manifest(), tensors(1), Metrics()),
        ):  # fmt: skip
            try:
                attempt()
            except RunFileError as error:
                said.append(str(error))
            except BaseException as error:
                said.append(f"{type(error).__name__} escaped")
        return "\n".join(said)

    assert in_a_child(attempts).count("Permission denied") == 4
    assert opened(run.folder) == 20


# ---------------------------------------------------------------- one writer
def test_two_writers_are_refused(run: Run) -> None:
    run.lock()
    second, third = load_run(run.folder), load_run(run.folder)
    with pytest.raises(RunFileError, match="being trained"):
        second.lock()
    second.unlock()  # what a refused window does on its way out opens no door for a third
    with pytest.raises(RunFileError, match="being trained"):
        third.lock()
    run.unlock()
    third.lock()
    third.unlock()


def test_another_process_is_refused_and_reading_is_not(run: Run) -> None:
    run.lock()

    def attempt() -> str:
        other = load_run(run.folder)
        try:
            other.lock()
        except RunFileError as error:
            return f"{other.checkpoint()[0].step} {error}"
        return "locked"

    said = in_a_child(attempt)
    run.unlock()
    assert said.startswith("20") and "being trained" in said


# ---------------------------------------------------------------- the list of runs
def test_runs_are_listed_newest_first_with_damaged_ones_and_their_problem(tmp_path: Path, run: Run) -> None:
    for i, day in enumerate(("2024-01-01", "2030-01-01")):
        made = Run.create(recipe(), f"run {i}", tmp_path / f"r{i}")
        made.facts["created"] = f"{day}T00:00:00+00:00"
        made.write_facts()
        save(made, Checkpoint(), 5)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{")
    (tmp_path / "unrelated").mkdir()
    (tmp_path / "file.txt").write_text("")
    listed = list_runs(tmp_path)
    assert [i.name for i in listed if i.status != "damaged"] == ["run 1", "My run", "run 0"]
    assert len(listed) == 4
    damaged = next(i for i in listed if i.status == "damaged")
    assert damaged.run_id == "broken" and damaged.problem.endswith(".")
    assert list_runs(tmp_path / "nothing") == []


def test_the_list_counts_steps_that_were_raised_while_training(run: Run) -> None:
    checkpoint = run.checkpoint_manifest()
    checkpoint.changes = [{"step": 3, "name": "steps", "value": 70}, {"step": 9, "name": "steps", "value": 90}]
    save(run, checkpoint, 60)
    assert load_run(run.folder).info().total_steps == 90


def test_listing_survives_files_that_vanish_and_folders_that_cannot_be_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that trains meanwhile replaces its files between two looks of the list."""
    stat = Path.stat

    def gone(self: Path, **more: Any) -> os.stat_result:
        if self.name.startswith("state-000000010"):
            raise FileNotFoundError(errno.ENOENT, "gone", str(self))
        return stat(self, **more)

    monkeypatch.setattr(Path, "stat", gone)
    (info,) = list_runs(run.folder.parent)
    assert info.step == 20

    def refused(self: Path, **more: Any) -> os.stat_result:
        if self.name == "run.json":
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return stat(self, **more)

    monkeypatch.setattr(Path, "stat", refused)
    assert all(i.status == "damaged" for i in list_runs(run.folder.parent))


def test_rename_keeps_the_folder_and_the_checkpoint(run: Run) -> None:
    rename_run(run.folder, "  Ein neuer\n Name 😀 ")
    back = load_run(run.folder)
    assert back.name == "Ein neuer Name 😀" and back.facts["created"] == run.facts["created"]
    assert opened(run.folder) == 20
    for bad in ("", "  \n "):
        with pytest.raises(RunFileError):
            rename_run(run.folder, bad)
    rename_run(run.folder, "x" * 1000)
    assert len(load_run(run.folder).name) == 200


def test_delete_hands_the_folder_to_the_bin(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import send2trash

    sent: list[str] = []
    monkeypatch.setattr(send2trash, "send2trash", sent.append)
    delete_run(run.folder)
    assert sent == [str(run.folder)]
    with pytest.raises(RunFileError, match="nothing was deleted"):
        delete_run(tmp_path)

    def no_bin(path: str) -> None:
        raise OSError(errno.EACCES, "no bin here")

    monkeypatch.setattr(send2trash, "send2trash", no_bin)
    with pytest.raises(RunFileError, match="bin"):
        delete_run(run.folder)
    assert opened(run.folder) == 20


def test_nothing_in_a_run_can_execute(run: Run) -> None:
    assert {Path(n).suffix for n in names(run.folder)} == {".json", ".safetensors"}
