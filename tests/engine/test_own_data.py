"""The user's own files: every form that is taken, every sentence for those that are not, and bytes that mean harm."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from playground.engine import datasets
from playground.engine.datasets import DataError, describe, foreign, load_data
from playground.engine.datasets.base import Dataset
from playground.engine.datasets.idx import read_idx

SHARED = Path(__file__).parents[3] / "shared" / "data"
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    datasets._RECENT.clear()


def load(path: Path, query: str = "") -> Dataset:
    return load_data(f"{path}?{query}" if query else str(path))


def everything(data: Dataset) -> torch.Tensor:
    return torch.cat([data.train, data.test])


def idx_bytes(x: np.ndarray, kind: int = 0x08) -> bytes:
    return struct.pack(f">BBBB{x.ndim}I", 0, 0, kind, x.ndim, *x.shape) + x.tobytes()


def save_npz(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


# ---- arrays ----


@pytest.mark.parametrize(
    "shape", [(10, 16, 16), (10, 16, 16, 1), (10, 1, 16, 16), (10, 16, 16, 3), (10, 3, 16, 16)], ids=str
)
def test_every_layout_becomes_nchw(tmp_path: Path, shape: tuple[int, ...]) -> None:
    x = RNG.integers(0, 256, shape).astype(np.uint8)
    channels = 3 if 3 in shape else 1
    data = load(save_npz(tmp_path / "a.npz", images=x), "held_out=0")
    assert data.train.shape == (10, channels, 16, 16) and data.train.dtype == torch.uint8 and data.kind == "image"
    expected = x.reshape(10, 1, 16, 16) if channels == 1 else (x if shape[1] == 3 else x.transpose(0, 3, 1, 2))
    rows = {row.tobytes() for row in expected.reshape(10, -1)}
    assert {row.tobytes() for row in data.train.numpy().reshape(10, -1)} == rows


@pytest.mark.parametrize(
    ("make", "black", "white"),
    [
        (lambda u: u.astype(np.uint8), 0, 255),
        (lambda u: (u / 255).astype(np.float32), 0, 255),
        (lambda u: u / 127.5 - 1, 0, 255),
        (lambda u: u.astype(np.float64), 0, 255),
        (lambda u: u.astype(np.int32), 0, 255),
        (lambda u: u > 127, 0, 255),
        (lambda u: (u > 127).astype(np.uint8), 0, 255),
    ],
    ids=["uint8", "0..1", "-1..1", "0..255 float", "int32", "bool", "0/1"],
)
def test_every_range_of_values_becomes_bytes(tmp_path: Path, make: Any, black: int, white: int) -> None:
    u = np.arange(256).reshape(4, 8, 8)[:, ::-1]
    made = make(u)
    np.save(tmp_path / "a.npy", made)
    data = load(tmp_path / "a.npy", "held_out=0")
    assert (int(data.train.min()), int(data.train.max())) == (black, white)
    if made.dtype != bool and made.max() != made.astype(bool).max():
        assert torch.equal(everything(data).unique(), torch.arange(256, dtype=torch.uint8))


def test_labels_and_factors_follow_their_items(tmp_path: Path) -> None:
    x = np.repeat(np.arange(50, dtype=np.uint8), 64).reshape(50, 8, 8) * 5
    arrays = {"x": x, "y": np.arange(50)[:, None] % 7, "age": np.arange(50) / 2, "unrelated": np.eye(3)}
    data = load(save_npz(tmp_path / "a.npz", **arrays), "held_out=0.2")
    assert len(data.test) == 10 and set(data.train_labels) == {"label", "age"}
    for part in ("train", "test"):
        items, labels = data.split(part)
        number = items[:, 0, 0, 0].numpy() // 5
        assert np.array_equal(labels["label"], number % 7) and np.array_equal(labels["age"], number / 2)
    assert labels["label"].dtype == np.int64 and labels["age"].dtype == np.float32


def test_words_as_labels(tmp_path: Path) -> None:
    x = np.zeros((4, 8, 8), np.uint8)
    data = load(save_npz(tmp_path / "a.npz", images=x, labels=np.array(["cat", "ant", "cat", "bee"])))
    assert data.label_names == {"label": ("ant", "bee", "cat")}


def test_points_are_kept_as_they_are(tmp_path: Path) -> None:
    points = RNG.normal(1e3, 5, (100, 2))
    data = load(save_npz(tmp_path / "p.npz", points=points))
    assert data.kind == "points" and data.train.dtype == torch.float32 and data.density is None
    assert (len(data.train), len(data.test)) == (90, 10)
    assert sorted(everything(data)[:, 0].tolist()) == sorted(points[:, 0].astype(np.float32).tolist())
    assert describe(str(tmp_path / "p.npz")).kind == "points"


def test_limit_seed_and_held_out(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", np.arange(200.0).reshape(100, 2))
    first, again, other = (load(tmp_path / "p.npy", f"limit=40&held_out=0.25&seed={s}") for s in (0, 0, 1))
    assert (len(first.train), len(first.test)) == (30, 10) and "40 of 100 items" in first.note
    assert torch.equal(first.train, again.train) and not torch.equal(first.train, other.train)
    assert not set(first.train[:, 0].tolist()) & set(first.test[:, 0].tolist())
    none = load(tmp_path / "p.npy", "held_out=0")
    assert len(none.train) == len(none.test) == 100 and "Nothing is held out" in none.note
    assert len(load(tmp_path / "p.npy", "held_out=0.001").test) == 1


def test_sizes_are_kept_or_made(tmp_path: Path) -> None:
    for side, expected in ((16, 16), (64, 64), (65, 32), (100, 32)):
        np.save(tmp_path / "a.npy", np.zeros((3, side, side), np.uint8))
        assert load(tmp_path / "a.npy").shape == (1, expected, expected)
    np.save(tmp_path / "a.npy", np.zeros((3, 20, 30, 3), np.uint8))
    assert load(tmp_path / "a.npy", "colour=rgb").shape == (3, 32, 32)
    assert load(tmp_path / "a.npy", "size=48").shape == (1, 48, 48)
    with pytest.raises(DataError, match="size: 5 does not lie between 8 and 256"):
        load(tmp_path / "a.npy", "size=5")


def test_three_ways_to_make_a_square(tmp_path: Path) -> None:
    x = np.zeros((2, 32, 64), np.uint8)
    x[:, :, 16:48] = 200  # the middle square is light, the rest black
    np.save(tmp_path / "a.npy", x)
    ways = ("centre", "fit", "stretch")
    means = {way: load(tmp_path / "a.npy", f"size=32&crop={way}").train.float().mean().item() for way in ways}
    assert means["centre"] == 200 and means["stretch"] == pytest.approx(100, abs=3)
    edge = (2 * 32 * 200) / (2 * 64 + 2 * 32)  # the mean colour of the border of the picture
    assert means["fit"] == pytest.approx((200 / 2 + edge) / 2, abs=3)


def test_colour_is_found_or_forced(tmp_path: Path) -> None:
    grey = np.repeat(RNG.integers(0, 256, (5, 8, 8, 1)), 3, 3).astype(np.uint8)
    coloured = grey.copy()
    coloured[4, 0, 0] = (255, 0, 0)
    for x, query, channels in ((grey, "", 1), (coloured, "", 3), (coloured, "colour=grey", 1), (grey, "colour=rgb", 3)):
        np.save(tmp_path / "a.npy", x)
        assert load(tmp_path / "a.npy", query).shape[0] == channels
    red = load(tmp_path / "a.npy", "colour=grey")
    assert sorted(red.train.unique().tolist()) and red.train.dtype == torch.uint8


def test_luma_of_pure_red(tmp_path: Path) -> None:
    x = np.zeros((3, 8, 8, 3), np.uint8)
    x[..., 0] = 255
    np.save(tmp_path / "a.npy", x)
    assert load(tmp_path / "a.npy", "colour=grey").train.unique().tolist() == [76]  # 0.299 * 255


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", np.zeros((10, 2)))
    load(tmp_path / "p.npy")
    np.save(tmp_path / "p.npy", np.ones((11, 2)))
    assert everything(load(tmp_path / "p.npy")).sum() == 22


BAD_ARRAYS: list[tuple[str, Any, str]] = [
    ("objects", np.array([[1, 2], [None, 3]], object), "Python objects (a pickle)"),
    ("complex", np.zeros((3, 8, 8), complex), "of type complex128, not numbers"),
    ("records", np.zeros(3, [("a", int)]), "not numbers"),
    ("words", np.array([["a", "b"], ["c", "d"]]), "not numbers"),
    ("nan", np.full((3, 8, 8), np.nan), "not finite numbers"),
    ("inf", np.array([[0, 1], [np.inf, 2]]), "not finite numbers"),
    ("huge float", np.full((3, 2), 1e300), "not finite numbers"),
    ("range", np.linspace(-5, 300, 192).reshape(3, 8, 8), "values from -5 to 300"),
    ("16 bits", np.full((3, 8, 8), 60_000, np.uint16), "values from 60000 to 60000"),
    ("one", np.zeros((1, 8, 8)), "holds one item"),
    ("none", np.zeros((0, 2)), "holds nothing"),
    ("scalar", np.float64(3), "has the shape ()"),
    ("line", np.zeros(7), "a list of 7 values"),
    ("flat", np.zeros((5, 784)), "Flat pictures must be reshaped"),
    ("3-D points", np.zeros((5, 3)), "points (N, 2)"),
    ("4 channels", np.zeros((5, 8, 8, 4)), "has the shape (5, 8, 8, 4)"),
    ("5 axes", np.zeros((5, 8, 8, 3, 1)), "has the shape"),
    ("tiny", np.zeros((5, 4, 4)), "4 x 4; the smallest usable side is 8"),
]


@pytest.mark.parametrize("form", ["npy", "npz"])
@pytest.mark.parametrize(("array", "sentence"), [b[1:] for b in BAD_ARRAYS], ids=[b[0] for b in BAD_ARRAYS])
@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_arrays_that_cannot_be_used_get_a_sentence(tmp_path: Path, array: Any, sentence: str, form: str) -> None:
    path = tmp_path / f"a.{form}"
    if form == "npy":
        np.save(path, array)
    else:
        np.savez(path, images=array)
    with pytest.raises(DataError) as error:
        load(path)
    assert sentence in str(error.value) and path.name in str(error.value)


class _Bomb:
    def __reduce__(self) -> Any:
        return os.mkdir, ("pickle-ran",)


def test_no_pickle_is_ever_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.save(tmp_path / "a.npy", np.array([_Bomb(), _Bomb()], object))
    np.savez(tmp_path / "a.npz", images=np.array([_Bomb()], object))
    np.savez(tmp_path / "b.npz", images=np.zeros((3, 8, 8)), labels=np.array([_Bomb()] * 3, object))
    for name, protocol in (("a.pkl", 0), ("b.bin", 2), ("c.bin", 4), ("d.npy", 5), ("e.pt", 4)):
        (tmp_path / name).write_bytes(pickle.dumps(_Bomb(), protocol))
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(DataError, match="pickle"):
            load(path)
    assert not (tmp_path / "pickle-ran").exists()


def test_labels_that_do_not_fit(tmp_path: Path) -> None:
    x = np.zeros((4, 8, 8), np.uint8)
    for labels, sentence in (
        (np.zeros(5), "labels has the shape (5,), but there are 4 items"),
        (np.zeros((4, 2)), "but there are 4 items"),
        (np.full(4, 0.5), "must be whole numbers"),
        (np.full(4, np.nan), "not finite"),
    ):
        with pytest.raises(DataError) as error:
            load(save_npz(tmp_path / "a.npz", images=x, labels=labels))
        assert sentence in str(error.value)


def test_an_npz_without_known_names(tmp_path: Path) -> None:
    x = np.zeros((4, 8, 8), np.uint8)
    assert len(everything(load(save_npz(tmp_path / "a.npz", whatever=x, index=np.arange(4))))) == 4
    with pytest.raises(DataError, match=r"no array called images, x or data \(it has one, two\)"):
        load(save_npz(tmp_path / "b.npz", one=x, two=x))
    with zipfile.ZipFile(tmp_path / "c.npz", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(DataError, match="holds no numpy arrays"):
        load(tmp_path / "c.npz")


def header(shape: str, descr: str = "'|u1'") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (118 - len(text) - 1) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def test_headers_that_lie_are_caught_before_anything_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    for shape, sentence in (
        ("(100000, 1000, 1000)", "truncated or damaged: 100,000,000,000 bytes were promised, 4 are there"),
        ("(-5, 8, 8)", "not numbers"),
        ("(1,)", "truncated or damaged"),
    ):
        path.write_bytes(header(shape) + b"abcd")
        with pytest.raises(DataError) as error:
            load(path)
        assert sentence in str(error.value)


def test_an_npz_bomb_is_refused_by_its_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez_compressed(tmp_path / "bomb.npz", images=np.zeros((1000, 64, 64), np.uint8))
    assert (tmp_path / "bomb.npz").stat().st_size < 10_000
    monkeypatch.setattr(foreign, "MAX_BYTES", 1_000_000)
    with pytest.raises(DataError, match=r"needs .* GB of memory"):
        load(tmp_path / "bomb.npz")


def test_a_truncated_npz(tmp_path: Path) -> None:
    path = save_npz(tmp_path / "a.npz", images=np.zeros((10, 8, 8), np.uint8))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"a\.npz"):
        load(path)


# ---- IDX ----


def test_idx_with_its_labels_beside_it(tmp_path: Path) -> None:
    x, y = RNG.integers(0, 256, (20, 28, 28)).astype(np.uint8), np.arange(20, dtype=np.uint8) % 10
    (tmp_path / "my-images-idx3-ubyte").write_bytes(idx_bytes(x))
    (tmp_path / "my-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx_bytes(y)))
    data = load(tmp_path / "my-images-idx3-ubyte", "held_out=0")
    where = [int(np.nonzero((x == item[0]).all((1, 2)))[0][0]) for item in data.train.numpy()]
    assert np.array_equal(data.train_labels["label"], y[where])
    (tmp_path / "my-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx_bytes(y[:5])))
    with pytest.raises(DataError, match="but there are 20 items to label"):
        load(tmp_path / "my-images-idx3-ubyte", "held_out=0.5")
    with pytest.raises(DataError, match="a list of 5 values"):
        load(tmp_path / "my-labels-idx1-ubyte.gz")


def test_the_mnist_test_set() -> None:
    path = SHARED / "mnist-t10k-images-idx3-ubyte.gz"
    if not path.exists():
        pytest.skip("the MNIST test set is not here")
    data = load(path, "held_out=0")
    assert data.train.shape == (10_000, 1, 28, 28)
    # how often each digit is in MNIST's test set
    assert np.bincount(data.train_labels["label"]).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert describe(str(path)).summary == "10,000 pictures of 28 x 28 of your own."


def test_big_endian_types(tmp_path: Path) -> None:
    x = np.linspace(0, 1, 3 * 64).reshape(3, 8, 8)
    for kind, dtype in ((0x0D, ">f4"), (0x0E, ">f8")):
        (tmp_path / "a").write_bytes(idx_bytes(x.astype(dtype), kind))
        assert np.allclose(read_idx(tmp_path / "a"), x)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"\0\0", "not an IDX file: its magic number is 0x0000"),
        (b"\0\0\x07\x03" + bytes(20), "magic number is 0x00000703"),
        (b"\0\0\x08\x00", "magic number is 0x00000800"),
        (b"\0\0\x08\x09" + bytes(40), "magic number"),
        (b"\0\0\x08\x03\0\0", "truncated"),
        (idx_bytes(np.zeros((3, 8, 8), np.uint8))[:-1], "truncated: 191 of 192 bytes"),
        (idx_bytes(np.zeros((3, 8, 8), np.uint8)) + b"x", "longer than its header says"),
        (b"\0\0\x08\x03" + b"\xff" * 12 + b"abc", "GB of memory"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_that_cannot_be_used(tmp_path: Path, data: bytes, sentence: str, packed: bool) -> None:
    path = tmp_path / ("a-idx3-ubyte.gz" if packed else "a-idx3-ubyte")
    path.write_bytes(gzip.compress(data) if packed else data)
    if packed and not data:
        sentence = "not an IDX file"
    with pytest.raises(DataError) as error:
        load(path)
    assert sentence in str(error.value)


def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = idx_bytes(np.zeros((3, 8, 8), np.uint8)) + bytes(50_000_000)
    (tmp_path / "a.gz").write_bytes(gzip.compress(bomb))
    with pytest.raises(DataError, match="longer than its header says"):
        load(tmp_path / "a.gz")
    (tmp_path / "b.gz").write_bytes(gzip.compress(idx_bytes(RNG.integers(0, 9, (3, 8, 8)).astype(np.uint8)))[:-30])
    with pytest.raises(DataError, match="truncated"):
        load(tmp_path / "b.gz")


# ---- folders ----


def picture(path: Path, size: tuple[int, int] = (40, 40), colour: Any = (200, 30, 30), mode: str = "RGB") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)


def test_a_folder_of_all_formats_with_classes(tmp_path: Path) -> None:
    for i, suffix in enumerate(foreign.PICTURES):
        picture(tmp_path / ("cats" if i % 2 else "dogs/deep") / f"p{i}{suffix}", colour=(10 * i, 0, 200))
    data = load(tmp_path, "held_out=0")
    assert data.train.shape == (len(foreign.PICTURES), 3, 40, 40) and not data.skipped
    assert data.label_names == {"label": ("cats", "dogs")}
    i = np.round(data.train[:, 0].float().mean((1, 2)).numpy() / 10).astype(int)
    assert np.array_equal(data.train_labels["label"], (i + 1) % 2)
    assert describe(str(tmp_path)).kind == "image"


def test_a_flat_folder_has_no_classes(tmp_path: Path) -> None:
    for i in range(4):
        picture(tmp_path / f"{i}.png", mode="L", colour=i)
    data = load(tmp_path)
    assert data.train_labels == {} and data.shape == (1, 40, 40)
    assert load(tmp_path, "limit=2&held_out=0").train.shape[0] == 2
    picture(tmp_path / "other.png", (50, 50), mode="L", colour=1)
    assert load(tmp_path).shape == (1, 32, 32)  # the sizes differ: the usual one


def test_every_file_that_is_left_out_is_listed_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from playground.engine.datasets import folder

    for i in range(3):
        picture(tmp_path / f"good{i}.png")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "text.png").write_text("not a picture at all")
    (tmp_path / "empty.png").write_bytes(b"")
    noise = Image.fromarray(RNG.integers(0, 256, (64, 64, 3)).astype(np.uint8))
    for suffix in ("jpg", "png"):
        buffer = io.BytesIO()
        noise.save(buffer, {"jpg": "JPEG", "png": "PNG"}[suffix])
        (tmp_path / f"cut.{suffix}").write_bytes(buffer.getvalue()[: len(buffer.getvalue()) // 2])
    picture(tmp_path / "tiny.png", (4, 40))
    picture(tmp_path / "large.png", (300, 300))
    (tmp_path / ".hidden.png").write_bytes(b"")
    (tmp_path / "script.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n")
    (tmp_path / "script.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n")
    (tmp_path / "netpbm.png").write_bytes(b"P6 16 16 255\n" + bytes(768))  # Pillow could, but need not
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
    monkeypatch.setattr(folder, "MAX_PIXELS", 50_000)
    data = load(tmp_path)
    assert len(everything(data)) == 3
    reasons = dict(data.skipped)
    assert reasons.pop("pipe.png", "not an ordinary file") == "not an ordinary file"
    assert reasons == {
        "notes.txt": "not a picture file",
        "script.eps": "not a picture file",
        "text.png": "damaged, or not a picture",
        "script.png": "damaged, or not a picture",
        "netpbm.png": "damaged, or not a picture",
        "empty.png": "damaged, or not a picture",
        "cut.jpg": "truncated",
        "cut.png": "truncated",
        "tiny.png": "too small: 4 x 40 pixels",
        "large.png": "too large: 300 x 300 pixels",
    }


def png_of_claimed_size(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    ihdr = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = chunk(b"IHDR", ihdr) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("side", [9_000, 10_000, 60_000])  # silent, warned of and refused by Pillow itself
def test_decompression_bombs_are_left_out(tmp_path: Path, side: int) -> None:
    for i in range(2):
        picture(tmp_path / f"good{i}.png")
    (tmp_path / "bomb.png").write_bytes(png_of_claimed_size(side, side))
    (name, reason), *rest = load(tmp_path).skipped
    assert name == "bomb.png" and reason.startswith("too large") and not rest


def test_transparency_orientation_and_depth(tmp_path: Path) -> None:
    picture(tmp_path / "t/0.png", (16, 16), (255, 0, 0, 0), "RGBA")
    picture(tmp_path / "t/1.png", (16, 16), (255, 0, 0, 0), "RGBA")
    assert load(tmp_path / "t").train.unique().tolist() == [255]  # transparent red is white
    for i in range(2):
        (tmp_path / "d").mkdir(exist_ok=True)
        Image.fromarray(np.full((16, 16), 257 * 100, np.uint16)).save(tmp_path / f"d/{i}.png")
    assert load(tmp_path / "d").train.unique().tolist() == [100]  # 16 bits are scaled, not clipped
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    x = np.zeros((16, 16), np.uint8)
    x[:8] = 255
    (tmp_path / "e").mkdir()
    for i in range(2):
        Image.fromarray(x).save(tmp_path / f"e/{i}.png", exif=exif)
    upright = load(tmp_path / "e").train[0, 0]
    assert upright[:8].max() == 0 and upright[8:].min() == 255


def test_folders_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/a.txt").write_text("x")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/a.png").write_text("x")
    picture(tmp_path / "one/a.png")
    for name, sentence in (
        ("empty", "There are no pictures in"),
        ("texts", "There are no pictures in"),
        ("bad", "None of the 1 pictures in"),
        ("one", "holds one item; a model needs at least two"),
        ("none", "none was not found."),
        ("one/a.png", "is one picture: give the folder"),
    ):
        with pytest.raises(DataError) as error:
            load(tmp_path / name)
        assert sentence in str(error.value)
    monkeypatch.setattr(foreign, "MAX_FILES", 1)
    picture(tmp_path / "one/b.png")
    with pytest.raises(DataError, match="holds more than 1 files"):
        load(tmp_path / "one")


def test_too_many_pictures_for_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from playground.engine.datasets import folder

    for i in range(3):
        picture(tmp_path / f"{i}.png")
    monkeypatch.setattr(folder, "MAX_BYTES", 3 * 32 * 32 * 3 - 1)
    with pytest.raises(DataError, match="lower limit or size"):
        load(tmp_path, "size=32")


def test_progress_of_a_folder_and_cancelling(tmp_path: Path) -> None:
    for i in range(3):
        picture(tmp_path / f"{i}.png")
    seen: list[tuple[int, int]] = []
    load_data(str(tmp_path), lambda done, total: seen.append((done, total)))
    assert seen == [(0, 3), (3, 3)]
    datasets._RECENT.clear()

    def cancel(done: int, total: int) -> None:
        raise KeyError("cancelled")

    with pytest.raises(KeyError):
        load_data(str(tmp_path), cancel)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_other_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.txt").write_text("hello")
    (tmp_path / "a.npz").write_text("hello")
    pairs = (("pipe", "neither a file nor a folder"), ("a.txt", "it takes a folder of pictures"), ("a.npz", "damaged"))
    for name, sentence in pairs:
        with pytest.raises(DataError, match=sentence):
            load(tmp_path / name)


# ---- bytes that mean harm: only DataError may escape ----

FUZZ = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
HEADS = [b"", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x02\x00", b"PK\x03\x04", b"\x1f\x8b\x08", b"\0\0\x08\x03"]
PICTURE_HEADS = [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"II*\0", b"BM", b"RIFF\0\0\0\0WEBP"]
DESCRS = ["'|u1'", "'<f4'", "'|O'", "[('a','<f4')]", "'<U3'", "1", "'<M8[s]'"]


def try_to_load(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    datasets._RECENT.clear()
    for use in (describe, load_data):
        try:
            use(str(path))
        except DataError as error:
            assert str(error).endswith((".", ".)")) and "\n" not in str(error)


@FUZZ
@given(head=st.sampled_from(HEADS), tail=st.binary(max_size=200))
def test_fuzz_any_bytes(tmp_path: Path, head: bytes, tail: bytes) -> None:
    try_to_load(tmp_path / "x.bin", head + tail)


def _good_files() -> dict[str, bytes]:
    x = np.arange(4 * 64, dtype=np.uint8).reshape(4, 8, 8)
    files = {"idx": idx_bytes(x), "gz": gzip.compress(idx_bytes(x))}
    for name, save in (("npz", np.savez), ("packed", np.savez_compressed)):
        buffer = io.BytesIO()
        save(buffer, images=x, labels=np.arange(4))
        files[name] = buffer.getvalue()
    buffer = io.BytesIO()
    np.save(buffer, x.astype(np.float32))
    return files | {"npy": buffer.getvalue()}


GOOD = _good_files()


@FUZZ
@given(
    kind=st.sampled_from(sorted(GOOD)), cut=st.integers(0, 3), insert=st.binary(max_size=6),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
    early=st.booleans(),
)  # fmt: skip
def test_fuzz_damaged_files(
    tmp_path: Path, kind: str, cut: int, insert: bytes, changes: list[tuple[float, int]], early: bool
) -> None:
    data = bytearray(GOOD[kind])
    for place, value in changes:
        data[int(place * (min(len(data), 140) if early else len(data)))] = value
    middle = len(data) // 3
    data = data[:middle] + insert + data[middle:]
    try_to_load(tmp_path / "x.bin", bytes(data[: len(data) - (0, 1, 30, 200)[cut]]))


@FUZZ
@given(shape=st.text("0123456789,() -LTrue", max_size=30), descr=st.sampled_from(DESCRS))
def test_fuzz_npy_headers(tmp_path: Path, shape: str, descr: str) -> None:
    try_to_load(tmp_path / "x.npy", header(shape, descr) + bytes(64))


@FUZZ
@given(data=st.binary(max_size=300), suffix=st.sampled_from(foreign.PICTURES), head=st.sampled_from(PICTURE_HEADS))
def test_fuzz_pictures(tmp_path: Path, data: bytes, suffix: str, head: bytes) -> None:
    for i in range(2):
        if not (tmp_path / f"good{i}.png").exists():
            picture(tmp_path / f"good{i}.png", (16, 16))
    bad = tmp_path / f"bad{suffix}"
    bad.write_bytes(head + data)
    datasets._RECENT.clear()
    assert len(everything(load(tmp_path))) + len(load(tmp_path).skipped) == 3
    bad.unlink()


def test_all_of_a_data_set_the_model_was_not_trained_on_is_held_out(tmp_path: Path) -> None:
    from playground.engine.datasets import load_data, load_unseen

    path = tmp_path / "new.npy"
    np.save(path, np.random.default_rng(0).random((50, 2)).astype(np.float32))
    assert len(load_data(str(path)).test) == 5
    unseen = load_unseen(str(path), "moons")
    assert len({tuple(row) for row in unseen.test.tolist()}) == 50
    assert len(load_unseen(str(path), str(path)).test) == 5  # its own data: only what training left out
