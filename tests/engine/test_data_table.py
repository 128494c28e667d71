"""The table of data sets, its text form, and a contract that every line of it keeps."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from playground.engine import datasets
from playground.engine.datasets import DATASETS, DataError, describe, load_data, parse_data_name
from playground.engine.datasets.base import DataError as BaseDataError
from playground.engine.datasets.base import to_float
from playground.engine.datasets.options import Option, join_text, split_text


@pytest.fixture(scope="module", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def _fresh() -> None:
    datasets._RECENT.clear()


def small(name: str) -> str:
    return f"{name}?n=160" if "n" in DATASETS[name].options else name


@pytest.mark.parametrize("name", DATASETS)
def test_every_line_of_the_table_keeps_the_contract(name: str) -> None:
    spec, data = DATASETS[name], load_data(small(name))
    assert spec.name == name and data.name == small(name) and data.kind == spec.kind
    assert spec.title == data.title and spec.summary and spec.source and data.note
    for part in ("train", "test"):
        x, labels = data.split(part)
        assert len(x) >= 20 and x.is_contiguous() and x.device.type == "cpu"
        assert x.dtype == (torch.uint8 if data.kind == "image" else torch.float32)
        assert x.ndim == (4 if data.kind == "image" else 2)
        assert all(v.shape == (len(x),) for v in labels.values())
        as_float = to_float(x)
        assert bool(as_float.isfinite().all())
        if data.kind == "image":
            assert "label" in labels and as_float.min() >= -1 and as_float.max() <= 1
    assert set(data.train_labels) == set(data.test_labels)
    for factor, words in data.label_names.items():
        assert data.train_labels[factor].min() >= 0 and data.train_labels[factor].max() < len(words)
    assert (data.density is not None) == (data.kind == "points")


@pytest.mark.parametrize("name", DATASETS)
def test_the_same_text_gives_the_same_bytes(name: str) -> None:
    first = load_data(small(name))
    datasets._RECENT.clear()
    again = load_data(small(name))
    assert first.train is not again.train
    assert torch.equal(first.train, again.train) and torch.equal(first.test, again.test)
    assert all(np.array_equal(first.train_labels[k], again.train_labels[k]) for k in first.train_labels)


@pytest.mark.parametrize("name", DATASETS)
def test_every_default_is_allowed_by_its_own_option(name: str) -> None:
    spec = DATASETS[name]
    for option, about in spec.details.items():
        value = about.check(option, about.default)
        assert value == spec.options[option] and type(value) is type(about.default) and about.help


def test_the_table_needs_no_torch() -> None:
    code = "import sys, playground.engine.datasets as d; d.describe('faces'); sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_one_error_class() -> None:
    assert BaseDataError is DataError


def test_names_are_case_insensitive_and_options_typed() -> None:
    assert parse_data_name(" Faces?size=64&n=500 ") == ("faces", {"size": 64, "n": 500})
    assert parse_data_name("ring8?std=1e-2&modes=5") == ("ring8", {"std": 0.01, "modes": 5})
    assert type(parse_data_name("ring8?std=1")[1]["std"]) is float
    assert describe("MNIST").options == {"size": 28, "held_out": 1000}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("face", "Did you mean faces? The path of a file or a folder works"),
        ("qqqqq", "The names are mnist, shapes"),
        ("", "No data set is named"),
        ("mnist?siez=32", "siez: MNIST digits has no such option (it has size, held_out)."),
        ("mnist?size=30", "size: 30 is not one of 28, 32."),
        ("mnist?held_out=9999", "held_out: 9999 does not lie between 0 and 9000."),
        ("faces?n=many", "n: 'many' is not a whole number."),
        ("faces?n=500.5", "n: '500.5' is not a whole number."),
        ("ring8?std=nan", "std: nan does not lie"),
        ("ring8?std=wide", "std: 'wide' is not a number."),
        ("mnist?size", "'size' after the question mark is not of the form"),
        ("mnist?size=28&size=32", "size: is given twice."),
        ("./nowhere", "nowhere was not found."),
        ("nowhere.npz", "nowhere.npz was not found."),
        ("~nobody-at-all/x.npz", "nobody-at-all"),
        ("a\0b/c", "c"),
    ],
)
def test_a_wrong_name_or_option_gets_a_sentence(text: str, sentence: str) -> None:
    for use in (parse_data_name, describe, load_data):
        with pytest.raises(DataError) as error:
            use(text)
        assert sentence in str(error.value)


def test_options_take_numbers_as_well_as_texts() -> None:
    whole = Option(3, "", 0, 10)
    assert whole.check("n", 4.0) == 4
    for bad in (4.5, True, None, [], float("inf"), 11):
        with pytest.raises(DataError):
            whole.check("n", bad)
    assert Option("a", "", choices=("a", "b")).check("way", " b ") == "b"


def test_text_form_round_trip() -> None:
    for name, options in (("faces", {}), ("~/my photos/é?", {"size": "32", "crop": "a b&c=d"}), ("x", {"a": ""})):
        assert split_text(join_text(name, options)) == (name, options)


def test_loading_twice_is_instant_and_shares_memory() -> None:
    first = load_data("shapes?n=160")
    again = load_data("SHAPES?seed=0&n=160")  # the same set, said otherwise
    assert again.train is first.train and again.name == "shapes?seed=0&n=160"
    assert load_data("shapes?n=160&seed=1").train is not first.train


def test_only_the_last_few_are_kept() -> None:
    for seed in range(datasets._KEEP + 2):
        load_data(f"shapes?n=100&seed={seed}")
    assert len(datasets._RECENT) == datasets._KEEP


def test_a_name_of_the_table_goes_before_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.save(tmp_path / "moons", np.zeros((5, 2)))
    (tmp_path / "moons.npy").rename(tmp_path / "moons")
    assert describe("moons").source != "Your own data"
    assert describe("./moons").source == "Your own data"
    assert load_data("./moons").density is None


def test_a_mixture_file_becomes_a_density(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "two.toml").write_text("weights = [1, 1]\nmeans = [[-1, 0], [1, 0]]\nstds = [0.1, 0.1]\n")
    assert describe("~/two.toml").kind == "points"
    data = load_data("~/two.toml")
    assert data.density is not None and data.name == "~/two.toml"
    with pytest.raises(DataError, match="std: two has no such option"):
        load_data("~/two.toml?std=3")


def test_a_file_whose_own_name_has_a_question_mark(tmp_path: Path) -> None:
    with (tmp_path / "what?.npy").open("wb") as file:
        np.save(file, np.zeros((5, 2)))
    assert load_data(str(tmp_path / "what?.npy")).kind == "points"
    assert len(load_data(f"{tmp_path}/what?.npy?held_out=0.4").test) == 2
