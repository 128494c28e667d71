"""The bundled digits and the drawn sets: what is in the pictures, and the cache that keeps them."""

from __future__ import annotations

import gzip
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from playground.engine.datasets import cache, generated
from playground.engine.datasets.cache import cache_folder, cached_arrays
from playground.engine.datasets.faces import LABEL_NAMES, face_factors, load_faces, render_faces
from playground.engine.datasets.mnist import load_mnist
from playground.engine.datasets.shapes import load_shapes, render_shapes, shape_factors
from playground.engine.resources import resource

SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PLAYGROUND_CACHE", str(tmp_path / "cache"))
    yield


# ---- bundled files ----


def test_bundled_files_are_found_and_missing_ones_named() -> None:
    assert resource("NOTICE.md").is_file() and resource("data").is_dir()
    with pytest.raises(FileNotFoundError, match=r"data/none\.npz is missing"):
        resource("data/none.npz")


def test_mnist_is_split_without_overlap() -> None:
    data = load_mnist("mnist", size=28, held_out=1000)
    assert data.train.shape == (9000, 1, 28, 28) and data.test.shape == (1000, 1, 28, 28)
    whole = load_mnist("mnist", size=28, held_out=0)
    # how often each digit is among the first 10,000 of MNIST's training set
    counts = [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]
    assert np.bincount(whole.train_labels["label"]).tolist() == counts
    assert len(whole.train) == 10_000 and "Nothing is held out" in whole.note
    assert torch.equal(whole.train[:9000], data.train) and torch.equal(whole.train[9000:], data.test)
    assert torch.equal(whole.test, whole.train[:1000])
    assert np.array_equal(whole.test_labels["label"], whole.train_labels["label"][:1000])


def test_mnist_of_32_is_mnist_with_a_black_border() -> None:
    small, large = load_mnist("m", size=28, held_out=1000), load_mnist("m", size=32, held_out=1000)
    assert torch.equal(large.train[:, :, 2:30, 2:30], small.train)
    assert large.train.sum() == small.train.sum() and int(small.train.max()) == 255


def test_bundled_digits_share_nothing_with_the_mnist_test_set() -> None:
    path = SHARED / "mnist-t10k-images-idx3-ubyte.gz"
    if not path.exists():
        pytest.skip("the MNIST test set is not here")
    unseen = np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=16).reshape(-1, 784)
    bundled = load_mnist("m", size=28, held_out=0).train.reshape(-1, 784).numpy()
    assert not {row.tobytes() for row in unseen} & {row.tobytes() for row in bundled}


# ---- shapes ----


def one_shape(**changes: float) -> dict[str, np.ndarray]:
    factors = {"label": 0, "scale": 1.0, "angle": 0.0, "x": 0.5, "y": 0.5} | changes
    return {k: np.array([v], np.int64 if k == "label" else np.float32) for k, v in factors.items()}


@pytest.mark.parametrize("size", [32, 64])
def test_areas_of_square_and_ellipse_are_right(size: int) -> None:
    r = 0.25 * size
    for angle in (0.0, 0.3, 1.1):
        square = render_shapes(one_shape(angle=angle), size).sum() / 255
        ellipse = render_shapes(one_shape(label=1, angle=angle), size).sum() / 255
        assert square == pytest.approx(2 * r * r, rel=0.02)
        assert ellipse == pytest.approx(np.pi * r * r / 2, rel=0.03)


@pytest.mark.parametrize("label", [0, 1, 2])
def test_figures_stay_inside_and_follow_their_place(label: int) -> None:
    for x, y in ((0, 0), (0, 1), (1, 0), (1, 1)):
        for angle in np.linspace(0, 6, 9):
            image = render_shapes(one_shape(label=label, x=x, y=y, angle=angle), 32)[0, 0].astype(float)
            assert image[[0, -1]].sum() == 0 and image[:, [0, -1]].sum() == 0
            if label < 2:  # the heart's centre of mass is not the centre of its circle
                rows, columns = np.indices(image.shape)
                centre = ((columns + 0.5) * image).sum() / image.sum(), ((rows + 0.5) * image).sum() / image.sum()
                assert centre == pytest.approx((32 * (0.285 + 0.43 * x), 32 * (0.285 + 0.43 * y)), abs=0.1)


def test_an_upright_heart_stands_on_its_tip_and_turns_to_the_left() -> None:
    upright = render_shapes(one_shape(label=2), 64)[0, 0].astype(float)
    assert np.array_equal(upright, upright[:, ::-1])
    widths = (upright > 127).sum(1)
    rows = np.nonzero(widths)[0]
    assert widths[rows[0] + 3] > widths[rows[-1] - 3]  # wide above, pointed below
    assert abs(rows[-1] - 46) <= 1 and abs(rows[0] - 20) <= 1  # the tip reaches the circle of radius 16
    turned = render_shapes(one_shape(label=2, angle=np.pi / 2), 64)[0, 0].astype(float)
    assert np.abs(turned - np.rot90(upright)).max() <= 1  # anticlockwise


def test_shapes_are_anti_aliased_and_their_factors_uniform() -> None:
    data = load_shapes("shapes", size=32, n=2000, seed=3)
    assert data.train.shape == (1750, 1, 32, 32) and data.test.shape == (250, 1, 32, 32)
    grey = ((data.train > 0) & (data.train < 255)).sum((1, 2, 3))
    assert grey.float().mean() > 10
    factors = shape_factors(20_000, 0)
    for name, lo, hi in (("scale", 0.5, 1), ("angle", 0, 2 * np.pi), ("x", 0, 1), ("y", 0, 1)):
        assert factors[name].mean() == pytest.approx((lo + hi) / 2, abs=0.02 * (hi - lo))
        assert lo <= factors[name].min() < factors[name].max() <= hi
    correlation = np.corrcoef([factors[k] for k in factors])
    assert np.abs(correlation - np.eye(5)).max() < 0.03


# ---- faces ----


@pytest.mark.parametrize("size", [32, 64])
def test_every_factor_of_a_face_can_be_seen(size: int) -> None:
    n = 40
    factors = face_factors(n, 1)
    before = render_faces(factors, size).astype(int)
    for name, values in factors.items():
        ends = {"eye_size": (0.8, 1.2), "turn": (-25, 25)}.get(name, (-1, 1))
        if name in LABEL_NAMES:
            changed = (values + 1) % len(LABEL_NAMES[name])
        else:
            changed = np.where(values > np.mean(ends), ends[0], ends[1]).astype(np.float32)
        after = render_faces({**factors, name: changed}, size).astype(int)
        assert np.abs(after - before).reshape(n, -1).max(1).min() >= 8, name


def test_nothing_but_the_factors_decides_a_face() -> None:
    factors = face_factors(6, 2)
    assert np.array_equal(render_faces(factors, 32), render_faces(factors, 32))
    assert np.array_equal(render_faces({k: v[3:4] for k, v in factors.items()}, 32)[0], render_faces(factors, 32)[3])


def test_faces_that_look_straight_are_symmetric() -> None:
    factors = {k: v[:1] for k, v in face_factors(1, 0).items()}
    factors |= {"label": np.array([3]), "turn": np.zeros(1, np.float32)}
    image = render_faces(factors, 64)[0].astype(int)
    assert np.abs(image - image[:, :, ::-1]).mean() < 2  # but for the light in the eyes


def test_face_labels_have_names_for_every_number() -> None:
    data = load_faces("faces", size=32, n=400, seed=0)
    assert data.train.shape == (350, 3, 32, 32) and data.test.shape == (50, 3, 32, 32)
    for name, words in data.label_names.items():
        assert sorted(np.unique(data.train_labels[name])) == list(range(len(words)))


def test_progress_runs_from_nothing_to_all_and_can_cancel() -> None:
    seen: list[tuple[int, int]] = []
    load_shapes("shapes", size=32, n=600, seed=0, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 600), (256, 600), (512, 600), (600, 600)]

    def cancel(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_shapes("shapes", size=32, n=700, seed=0, progress=cancel)
    assert len(load_shapes("shapes", size=32, n=700, seed=0).train) == 613  # the lock was released, nothing half made


# ---- the cache ----


def make_counter() -> tuple[list[int], cache.Arrays]:
    return [], {"images": np.arange(30_000, dtype=np.uint8), "more": np.eye(3)}


def test_made_once_then_read(tmp_path: Path) -> None:
    calls, arrays = make_counter()

    def make() -> cache.Arrays:
        calls.append(1)
        return arrays

    for _ in range(2):
        found = cached_arrays("toy", 1, {"a": 1, "b": 2}, make)
        assert all(np.array_equal(found[k], arrays[k]) for k in arrays)
    cached_arrays("toy", 1, {"b": 2, "a": 1}, make)
    assert len(calls) == 1
    cached_arrays("toy", 2, {"a": 1, "b": 2}, make)
    cached_arrays("toy", 1, {"a": 1, "b": 3}, make)
    assert len(calls) == 3
    assert not list(cache_folder().glob("*.part")) and cache_folder().is_relative_to(tmp_path)


@pytest.mark.parametrize("harm", ["flip", "truncate", "empty", "other"])
def test_a_damaged_cache_is_silently_made_anew(harm: str) -> None:
    calls, arrays = make_counter()

    def make() -> cache.Arrays:
        calls.append(1)
        return arrays

    cached_arrays("toy", 1, {}, make)
    (path,) = cache_folder().glob("*.npz")
    data = bytearray(path.read_bytes())
    if harm == "flip":
        data[len(data) // 2] ^= 1
    path.write_bytes({"truncate": data[: len(data) // 2], "empty": b"", "other": b"PK nonsense"}.get(harm, data))
    again = cached_arrays("toy", 1, {}, make)
    assert len(calls) == 2 and np.array_equal(again["images"], arrays["images"])
    cached_arrays("toy", 1, {}, make)
    assert len(calls) == 2


def test_a_flipped_bit_anywhere_in_the_file_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # it is what takes the time
    cached_arrays("toy", 1, {}, lambda: {"images": np.arange(200, dtype=np.uint8)})
    (path,) = cache_folder().glob("*.npz")
    good = path.read_bytes()
    for place in range(len(good)):
        path.write_bytes(good[:place] + bytes([good[place] ^ 4]) + good[place + 1 :])
        found = cached_arrays("toy", 1, {}, lambda: {"images": np.arange(200, dtype=np.uint8)})
        assert list(found) == ["images"] and np.array_equal(found["images"], np.arange(200, dtype=np.uint8)), place


def test_two_threads_make_it_once() -> None:
    calls: list[int] = []
    ready = threading.Barrier(2)

    def make() -> cache.Arrays:
        calls.append(1)
        threading.Event().wait(0.2)
        return {"images": np.zeros(3)}

    def work() -> None:
        ready.wait()
        cached_arrays("toy", 1, {}, make)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(calls) == 1


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PLAYGROUND_CACHE", str(tmp_path / "file"))
    assert len(load_shapes("shapes", size=32, n=100, seed=0).train) == 88


def test_a_full_disk_only_costs_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert len(cached_arrays("toy", 1, {}, lambda: {"images": np.zeros(3)})["images"]) == 3
    assert not list(cache_folder().glob("*.part")) and not list(cache_folder().glob("*.npz"))


def test_what_comes_from_the_cache_is_what_was_made() -> None:
    made = load_faces("faces", size=32, n=300, seed=5)
    read = load_faces("faces", size=32, n=300, seed=5)
    assert torch.equal(made.train, read.train) and made.train.stride() == read.train.stride()
    assert generated.CHUNK < 300  # so that two chunks were joined
