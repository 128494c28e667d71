"""Pictures and animations carry their recipe, survive foreign eyes and appear whole or not at all."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import zlib
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from playground.engine import (
    FAMILIES,
    ConfigError,
    Recipe,
    enlarge,
    read_recipe,
    scale_for,
    tile,
    write_animation,
    write_picture,
)
from playground.engine.containers import MAX_TEXT
from playground.engine.export import KEYWORD

CONFIG = FAMILIES["vae"].config(latent_dim=7, kl_weight=0.25)
RECIPE = Recipe("vae", "Bilder/größe 😀.npz?size=32", CONFIG, seed=42)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


# ---------------------------------------------------------------- round trips
@pytest.mark.parametrize("shape", [(28, 28), (13, 27, 3)])
def test_picture_keeps_pixels_and_recipe(tmp_path: Path, shape: tuple[int, ...]) -> None:
    picture = noise(*shape)
    path = write_picture(tmp_path / "grid.png", picture, RECIPE.to_dict(), scale=3)
    with Image.open(path) as image:
        np.testing.assert_array_equal(np.asarray(image), picture.repeat(3, 0).repeat(3, 1))
        assert json.loads(image.text[KEYWORD]) == RECIPE.to_dict()  # as another program's PNG reader sees it
    assert read_recipe(path) == RECIPE


@pytest.mark.parametrize("colours", [None, 3])
def test_gif_keeps_frames_rate_and_recipe(tmp_path: Path, colours: int | None) -> None:
    few = np.random.default_rng(1).choice(
        np.array([0, 90, 255], np.uint8), (9, 12, 14, *([colours] if colours else []))
    )
    path = tmp_path / "loop.gif"
    assert write_animation(path, few, 30, RECIPE.to_dict(), scale=2)
    with Image.open(path) as image:
        assert image.info["loop"] == 0  # for ever
        frames = [np.asarray(f.convert("RGB" if colours else "L")) for f in ImageSequence.Iterator(image)]
        seconds = sum(f.info["duration"] for f in ImageSequence.Iterator(image)) / 1000
    np.testing.assert_array_equal(np.stack(frames), few.repeat(2, 1).repeat(2, 2))
    assert seconds == pytest.approx(9 / 30, abs=0.01)
    assert read_recipe(path) == RECIPE


def test_gif_of_many_colours_stays_close(tmp_path: Path) -> None:
    ramp = np.linspace(0, 255, 24)
    smooth = np.stack(np.meshgrid(ramp, ramp, [0, 128, 255], indexing="ij"), -1).transpose(2, 0, 1, 3).astype(np.uint8)
    write_animation(tmp_path / "a.gif", smooth, 10, RECIPE.to_dict())
    with Image.open(tmp_path / "a.gif") as image:
        shown = np.stack([np.asarray(f.convert("RGB")) for f in ImageSequence.Iterator(image)])
    assert np.abs(shown.astype(int) - smooth).mean() < 8


@pytest.mark.parametrize("shape", [(12, 31, 45), (12, 32, 48, 3)])
def test_mp4_keeps_frames_and_recipe(tmp_path: Path, shape: tuple[int, ...]) -> None:
    frames = np.zeros(shape, np.uint8)
    for i in range(12):
        frames[i, :, : 3 * i] = 255
    path = tmp_path / "loop.mp4"
    assert write_animation(path, frames, 12.5, RECIPE.to_dict(), scale=3)
    reader = imageio_ffmpeg.read_frames(str(path))
    meta = next(reader)
    shown = np.stack([np.frombuffer(f, np.uint8).reshape(meta["size"][1], meta["size"][0], 3) for f in reader])
    assert meta["size"] == (shape[2] * 3 + shape[2] * 3 % 2, shape[1] * 3 + shape[1] * 3 % 2)
    assert meta["fps"] == 12.5 and len(shown) == 12 and "yuv420p" in meta["pix_fmt"]
    expected = enlarge(frames[7], 3) if len(shape) == 4 else enlarge(frames[7], 3)[..., None].repeat(3, 2)
    assert np.abs(shown[7][: expected.shape[0], : expected.shape[1]].astype(int) - expected).mean() < 3
    assert read_recipe(path) == RECIPE


def test_long_comment_survives_ffmpeg(tmp_path: Path) -> None:
    recipe = {**RECIPE.to_dict(), "data": "d" * 20_000}
    path = tmp_path / "long.mp4"
    write_animation(path, noise(3, 16, 16), 10, recipe)
    said = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", path, "-f", "ffmetadata", "-"],
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert "d" * 20_000 in said
    assert read_recipe(path).data == recipe["data"]
    with pytest.raises(ConfigError, match="too long"):
        write_animation(path, noise(3, 16, 16), 10, {"data": "d" * 25_000})


def test_text_recipes(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("\ufeff" + RECIPE.to_json(), encoding="utf-8")  # Windows' Notepad adds the mark
    (tmp_path / "r.toml").write_text(tomli_w.dumps(RECIPE.to_dict()), encoding="utf-8")
    assert read_recipe(tmp_path / "r.json") == read_recipe(tmp_path / "r.toml") == RECIPE


def test_content_decides_not_the_name(tmp_path: Path) -> None:
    written = write_picture(tmp_path / "a.png", noise(4, 4), RECIPE.to_dict())
    assert read_recipe(written.rename(tmp_path / "downloaded.jpg")) == RECIPE


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt"])
def test_recipe_in_any_text_chunk(tmp_path: Path, kind: bytes) -> None:
    """Other programs rewrite pictures and choose another sort of text chunk (PNG specification, section 11.3.3)."""
    text = Recipe("vae", "moons", CONFIG).to_json().encode()
    body = {b"tEXt": text, b"zTXt": b"\0" + zlib.compress(text), b"iTXt": b"\1\0en\0\0" + zlib.compress(text)}[kind]
    (tmp_path / "a.png").write_bytes(png_with(kind, KEYWORD.encode() + b"\0" + body))
    assert read_recipe(tmp_path / "a.png").data == "moons"


def png_with(kind: bytes, data: bytes) -> bytes:
    """A small PNG with one chunk more before its end."""
    buffer = io.BytesIO()
    Image.fromarray(noise(2, 2)).save(buffer, format="PNG")
    end = buffer.getvalue().index(b"IEND") - 4
    chunk = struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", zlib.crc32(kind + data))
    return buffer.getvalue()[:end] + chunk + buffer.getvalue()[end:]


# ---------------------------------------------------------------- composing
def test_tile_places_pictures_row_by_row() -> None:
    pictures = np.arange(1, 6, dtype=np.uint8)[:, None, None] * np.ones((1, 2, 3), np.uint8)
    sheet = tile(pictures, columns=2, gap=1, background=0)
    assert sheet.shape == (3 * 2 + 2, 2 * 3 + 1)
    np.testing.assert_array_equal(sheet[::3, ::4], [[1, 2], [3, 4], [5, 0]])
    assert tile(noise(9, 4, 4, 3)).shape == (3 * 4 + 4, 3 * 4 + 4, 3)


def test_scale_is_a_whole_multiple() -> None:
    assert [scale_for(noise(h, 10), 640) for h in (28, 320, 321, 5000)] == [22, 2, 1, 1]


# ---------------------------------------------------------------- whole or not at all
@pytest.mark.parametrize("name", ["a.gif", "a.mp4"])
def test_cancelled_export_leaves_the_old_file(tmp_path: Path, name: str) -> None:
    path, seen = tmp_path / name, []
    path.write_bytes(b"before")
    done = write_animation(
        path, noise(10, 16, 16), 10, {}, progress=lambda i, n: seen.append((i, n)), cancelled=lambda: len(seen) >= 3
    )  # fmt: skip
    assert not done and seen == [(1, 10), (2, 10), (3, 10)]
    assert [p.name for p in tmp_path.iterdir()] == [name] and path.read_bytes() == b"before"


@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.mp4"])
def test_failed_export_leaves_nothing(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        if name.endswith("png"):
            write_picture(tmp_path / name, noise(8, 8), {})
        else:
            write_animation(tmp_path / name, noise(3, 8, 8), 10, {})
    assert not list(tmp_path.iterdir())


def test_endings_and_rates_are_checked(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"should end in \.png"):
        write_picture(tmp_path / "a.bmp", noise(4, 4), {})
    with pytest.raises(ConfigError, match=r"should end in \.gif or \.mp4"):
        write_animation(tmp_path / "a.avi", noise(2, 4, 4), 10, {})
    with pytest.raises(ConfigError, match="frames per second"):
        write_animation(tmp_path / "a.gif", noise(2, 4, 4), 60, {})


# ---------------------------------------------------------------- foreign, truncated and hostile files
def foreign_files(folder: Path) -> dict[str, str]:
    """Name of a file -> what the error has to say of it."""
    Image.fromarray(noise(4, 4)).save(folder / "plain.png")
    Image.fromarray(noise(4, 4)).save(folder / "other.gif", comment=b"made by another program")
    (folder / "text.json").write_text('{"format": "something else"}')
    (folder / "broken.json").write_text('{"format": ')
    (folder / "deep.json").write_text("[" * 100_000)
    (folder / "digits.json").write_text("1" * 5000)
    (folder / "huge.json").write_text(RECIPE.to_json().replace("0.25", "1" + "0" * 400))
    (folder / "unknown.json").write_text(RECIPE.to_json().replace("kl_weight", "kl_wait"))
    (folder / "listed.json").write_text(RECIPE.to_json().replace('"vae"', "[]"))
    (folder / "broken.toml").write_text("a = ")
    (folder / "binary.toml").write_bytes(b"\xff\xfe\x00")
    (folder / "large.toml").write_bytes(b"#" * (MAX_TEXT + 1))
    (folder / "letter.txt").write_text("Dear Sir")
    bomb = zlib.compress(RECIPE.to_json().encode() + b" " * 50 * MAX_TEXT)
    (folder / "bomb.png").write_bytes(png_with(b"zTXt", KEYWORD.encode() + b"\0\0" + bomb))
    (folder / "rotten.png").write_bytes(png_with(b"zTXt", KEYWORD.encode() + b"\0\0not zlib"))
    return {
        "plain.png": "This picture carries no recipe.", "other.gif": "This animation carries no recipe.",
        "bomb.png": "carries no recipe", "rotten.png": "carries no recipe",
        "text.json": "not a Generative Playground recipe", "broken.json": "cannot be read as a recipe",
        "deep.json": "cannot be read as a recipe", "digits.json": "cannot be read", "huge.json": "too large",
        "unknown.json": "kl_wait", "listed.json": "family", "broken.toml": "cannot be read as a recipe",
        "binary.toml": "not a text file", "large.toml": "too large", "letter.txt": "is not a picture",
        "missing.png": "There is no file",
    }  # fmt: skip


def test_foreign_files_are_refused_in_a_sentence(tmp_path: Path) -> None:
    for name, words in foreign_files(tmp_path).items():
        with pytest.raises(ConfigError) as caught:
            read_recipe(tmp_path / name)
        assert words in str(caught.value), name
        assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A small file of every sort, as bytes."""
    folder = tmp_path_factory.mktemp("media")
    write_picture(folder / "a.png", noise(4, 4), RECIPE.to_dict())
    write_animation(folder / "a.gif", noise(2, 4, 4, 3), 10, RECIPE.to_dict())
    write_animation(folder / "a.mp4", noise(2, 16, 16), 10, RECIPE.to_dict())
    (folder / "a.json").write_text(RECIPE.to_json(), encoding="utf-8")
    (folder / "a.toml").write_text(tomli_w.dumps(RECIPE.to_dict()), encoding="utf-8")
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def only_named_errors(path: Path) -> None:
    try:
        assert isinstance(read_recipe(path), Recipe)
    except ConfigError as error:
        assert "\n" not in str(error)


def test_truncated_files(media: dict[str, bytes], tmp_path: Path) -> None:
    for name, data in media.items():
        for cut in {*range(0, 64), *range(64, len(data), max(1, len(data) // 60))}:
            (tmp_path / name).write_bytes(data[:cut])
            only_named_errors(tmp_path / name)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["a.png", "a.gif", "a.mp4", "a.json", "a.toml"]),
    holes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=12)), max_size=6),
)
def test_flipped_bytes(media: dict[str, bytes], tmp_path: Path, name: str, holes: list[tuple[float, bytes]]) -> None:
    data = bytearray(media[name])
    for where, patch in holes:
        at = int(where * (len(data) - 1))
        data[at : at + len(patch)] = patch
    (tmp_path / name).write_bytes(data)
    only_named_errors(tmp_path / name)


HEADS = (b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\0\0\0\x10ftypisom", b'{"format": "generative-playground recipe 1",')


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(HEADS), st.binary(max_size=400), st.sampled_from([".png", ".json", ".toml"]))
def test_random_bytes(tmp_path: Path, head: bytes, body: bytes, ending: str) -> None:
    path = tmp_path / f"x{ending}"
    path.write_bytes(head + body)
    only_named_errors(path)
