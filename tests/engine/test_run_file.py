"""A run as one file: whole there and back; whatever else comes in such a file is one sentence and leaves nothing behind."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from engine_kit import recipe
from hypothesis import given
from hypothesis import strategies as st

from playground.engine import run_file
from playground.engine.run_file import pack_run, unpack_run
from playground.engine.runs import Checkpoint, Metrics, Run, RunFileError, list_runs, load_run, runs_folder


@pytest.fixture(autouse=True)
def _own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_RUNS", str(tmp_path / "runs"))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run with two pieces of curves."""
    made = Run.create(recipe(steps=50), "Mine", tmp_path / "one")
    checkpoint = Checkpoint()
    for first, last in ((1, 10), (11, 20)):
        checkpoint.step, checkpoint.seconds = last, 2.5
        steps = np.arange(first, last + 1)
        checkpoint = made.save(checkpoint, {"model/w": torch.full((3,), float(last))}, Metrics(steps, {"loss": steps * 1.0}))
    return made


@pytest.fixture
def packed(run: Run, tmp_path: Path) -> Path:
    return pack_run(run.folder, tmp_path / "run.playrun")


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {n: archive.read(n) for n in archive.namelist()}


def written(path: Path, content: Any, how: int = zipfile.ZIP_STORED) -> Path:
    """A zip of (name, bytes) pairs, whatever they are."""
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, data in content.items() if isinstance(content, dict) else content:
            archive.writestr(name, data)
    return path


def refused(path: Path, words: str) -> None:
    """A sentence with these words, and nothing of it among the runs."""
    with pytest.raises(RunFileError, match=words) as found:
        unpack_run(path)
    assert str(found.value).startswith(path.name) and str(found.value).endswith((".", ")"))
    assert not runs_folder().exists() or not list(runs_folder().iterdir())


def test_a_run_comes_back_whole(run: Run, packed: Path) -> None:
    folder = unpack_run(packed)
    assert folder.parent == runs_folder() and list(runs_folder().iterdir()) == [folder]
    (a, old, old_rows), (b, new, new_rows) = run.checkpoint(), load_run(folder).checkpoint()
    assert (a.step, a.seconds, torch.equal(old["model/w"], new["model/w"])) == (b.step, b.seconds, True)
    assert new_rows.steps.tolist() == old_rows.steps.tolist() == list(range(1, 21))
    assert load_run(folder).recipe == run.recipe and list_runs()[0].name == "Mine"


def test_taken_twice_it_is_two_runs(packed: Path) -> None:
    assert unpack_run(packed) != unpack_run(packed)
    assert len(list_runs()) == 2


def test_only_what_the_manifest_names_is_handed_over(run: Run, packed: Path) -> None:
    assert (run.folder / "checkpoint.old.json").exists() and len(list(run.folder.glob("state-*"))) == 2
    manifest = run.checkpoint_manifest()
    named = {"run.json", "checkpoint.json", manifest.state_file, *(f["file"] for f in manifest.metrics_files)}
    assert set(members(packed)) == named


def test_a_run_without_a_model_has_nothing_to_hand_over(tmp_path: Path) -> None:
    made = Run.create(recipe(), "", tmp_path / "empty")
    with pytest.raises(RunFileError, match="not been saved yet"):
        pack_run(made.folder, tmp_path / "x.playrun")
    assert not (tmp_path / "x.playrun").exists()


def test_a_run_whose_state_is_replaced_meanwhile_is_tried_again(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = Run.checkpoint_manifest, []

    def late(self: Run) -> Checkpoint:
        found = real(self)
        calls.append(1)
        if len(calls) == 1:
            found.state_file = "state-000000001.safetensors"  # swept away since
        return found

    monkeypatch.setattr(Run, "checkpoint_manifest", late)
    pack_run(run.folder, tmp_path / "x.playrun")
    assert len(calls) == 2 and unpack_run(tmp_path / "x.playrun").is_dir()


@pytest.mark.parametrize(
    "name", ["../evil.safetensors", "/tmp/evil", "a/run.json", "..\\evil", "C:evil", "evil.py", "state-1.pkl", ".lock", "state-.. "]
)
def test_names_that_lead_out_or_are_no_part_of_a_run(packed: Path, tmp_path: Path, name: str) -> None:
    refused(written(tmp_path / "bad.playrun", {**members(packed), name: b"x"}), "no part of a run")
    assert not list(tmp_path.parent.glob("evil*")) and not (tmp_path / "evil.safetensors").exists()


def test_a_bomb_is_not_unpacked(packed: Path, tmp_path: Path) -> None:
    content = {**members(packed), "state-9.safetensors": bytes(50 << 20)}
    refused(written(tmp_path / "bomb.playrun", content, zipfile.ZIP_DEFLATED), "compressed or locked")


def test_overlapping_members_are_not_unpacked(packed: Path, tmp_path: Path) -> None:
    """Many names for the same bytes of the file: more would come out than went in."""
    path = written(tmp_path / "many.playrun", {**members(packed), "state-9.safetensors": bytes(100_000)})
    with zipfile.ZipFile(path, "a") as archive:
        entry = archive.getinfo("state-9.safetensors")
        for i in range(20):
            twin = zipfile.ZipInfo(f"state-{i:02d}.safetensors")
            for field in ("header_offset", "CRC", "file_size", "compress_size", "external_attr"):
                setattr(twin, field, getattr(entry, field))
            archive.filelist.append(twin)
            archive.NameToInfo[twin.filename] = twin
        archive._didModify = True  # type: ignore[attr-defined]
    refused(path, "more than there is room for")


def test_a_member_twice(packed: Path, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        written(tmp_path / "twice.playrun", [*members(packed).items(), ("run.json", b"{}")])
    refused(tmp_path / "twice.playrun", "one of them twice")


def test_a_file_more_and_a_file_less(packed: Path, tmp_path: Path) -> None:
    content = members(packed)
    refused(written(tmp_path / "more.playrun", {**content, "metrics-7.safetensors": b"x"}), "does not name")
    less = {n: c for n, c in content.items() if not n.startswith("metrics")}
    refused(written(tmp_path / "less.playrun", less), "lacks one")
    none = {n: c for n, c in content.items() if not n.startswith("state")}
    refused(written(tmp_path / "none.playrun", none), "cannot be read")


def test_weights_that_are_not_those_of_the_manifest(packed: Path, tmp_path: Path) -> None:
    content = members(packed)
    state = next(n for n in content if n.startswith("state"))
    refused(written(tmp_path / "other.playrun", {**content, state: content[state][:-1] + b"\x07"}), "checksum does not match")


def test_a_manifest_that_names_a_file_outside(packed: Path, tmp_path: Path) -> None:
    from playground.engine.runs import FORMAT, write_json

    manifest = json.loads(members(packed)["checkpoint.json"])
    del manifest["sha256"]
    write_json(tmp_path / "checkpoint.json", {**manifest, "format": FORMAT, "state_file": "../../etc/passwd"})
    bad = {**members(packed), "checkpoint.json": (tmp_path / "checkpoint.json").read_bytes()}
    refused(written(tmp_path / "out.playrun", bad), "damaged")


def test_a_size_that_lies(packed: Path, tmp_path: Path) -> None:
    """The directory says less than there is: no more than it says is read, and the checksum tells."""
    data = bytearray(packed.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    size = struct.unpack_from("<I", data, at + 24)[0]
    struct.pack_into("<II", data, at + 20, size - 5, size - 5)
    (tmp_path / "lies.playrun").write_bytes(data)
    refused(tmp_path / "lies.playrun", "cannot be read as a run")


def test_text_that_is_too_long(packed: Path, tmp_path: Path) -> None:
    long = {**members(packed), "run.json": b" " * (5 << 20)}
    refused(written(tmp_path / "long.playrun", long), "more than there is room for")


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all" * 99])
def test_what_is_no_zip(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.playrun").write_bytes(content)
    refused(tmp_path / "x.playrun", "cannot be read as a run")


def test_a_zip_of_something_else_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    refused(written(tmp_path / "lesson.playrun", {"lesson.json": b"{}"}), "is not a run")
    with pytest.raises(RunFileError, match="There is no file"):
        unpack_run(tmp_path / "nothing.playrun")


def test_a_locked_one(packed: Path, tmp_path: Path) -> None:
    data = bytearray(packed.read_bytes())
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(sign)
        data[at + offset] |= 1
    (tmp_path / "locked.playrun").write_bytes(data)
    refused(tmp_path / "locked.playrun", "compressed or locked")


@given(cut=st.floats(0, 1), flips=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), max_size=4))
def test_damage_is_a_sentence_or_harmless(cut: float, flips: list[tuple[float, int]]) -> None:
    """Cut short or with bytes changed anywhere, a file is refused in a sentence; or what it gives is a run that opens."""
    whole = _whole()
    data = bytearray(whole[: max(1, round(len(whole) * cut))])
    for place, change in flips:
        data[min(len(data) - 1, int(place * len(data)))] ^= change
    path = runs_folder().parent / "damaged.playrun"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    try:
        folder = unpack_run(path)
    except RunFileError as error:
        assert len(str(error)) < 400
    else:
        load_run(folder).checkpoint()


def _whole(kept: list[bytes] = []) -> bytes:  # noqa: B006  (made once)
    if not kept:
        folder = runs_folder().parent / "whole"
        made = Run.create(recipe(steps=50), "", folder)
        steps = np.arange(1, 4)
        made.save(Checkpoint(step=3), {"model/w": torch.ones(3)}, Metrics(steps, {"loss": steps * 1.0}))
        pack_run(folder, folder.parent / "whole.playrun")
        kept.append((folder.parent / "whole.playrun").read_bytes())
    return kept[0]


def test_a_disk_that_is_full_leaves_the_older_file(packed: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = packed.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_file, "_pack", full)
    with pytest.raises(RunFileError, match="No space left"):
        pack_run(run.folder, packed)
    assert packed.read_bytes() == before and sorted(p.name for p in packed.parent.glob("*.playrun*")) == ["run.playrun"]


def test_nothing_of_it_is_unpacked_by_the_library(monkeypatch: pytest.MonkeyPatch, packed: Path) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("extracted by the names in the archive")

    for name in ("extract", "extractall"):
        monkeypatch.setattr(zipfile.ZipFile, name, never)
    assert unpack_run(packed).is_dir()


def test_bytes(packed: Path) -> None:
    """Stored: the file is as large as what it holds, and any zip program can look into it."""
    with zipfile.ZipFile(io.BytesIO(packed.read_bytes())) as archive:
        assert {i.compress_type for i in archive.infolist()} == {zipfile.ZIP_STORED} and archive.testzip() is None


