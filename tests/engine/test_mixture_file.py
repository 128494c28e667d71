"""Mixtures from files: what is right is read exactly, and all that is wrong is said in one sentence."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.engine.datasets.base import DataError
from playground.engine.datasets.densities import load_mixture_dataset
from playground.engine.datasets.mixture_file import load_mixture_file

GOOD = {"weights": [1, 3], "means": [[0, 0], [5, 1]], "stds": [0.5, 1]}
SQUARE = [[1.0, 0.0], [0.0, 1.0]]


def save(folder: Path, fields: object, name: str = "mix.json") -> Path:
    path = folder / name
    path.write_text(fields if isinstance(fields, str) else json.dumps(fields), encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        load_mixture_file(path)
    return str(caught.value)


def test_json_and_toml_say_the_same(tmp_path):
    toml = "weights = [1, 3]\nmeans = [[0, 0], [5, 1.0]]\ncovariances = [[[0.25, 0], [0, 0.25]], [[1, 0], [0, 1]]]\n"
    for path in (save(tmp_path, GOOD), save(tmp_path, toml, "mix.toml"), save(tmp_path, "\ufeff" + toml, "BOM.TOML")):
        density = load_mixture_file(str(path))
        assert density.weights.tolist() == [0.25, 0.75]  # normalised
        assert density.means.tolist() == [[0, 0], [5, 1]]
        assert density.covariances.tolist() == [[[0.25, 0], [0, 0.25]], SQUARE]
        assert density.modes is not None


WRONG = {
    "no weights": ({"means": [[0, 0]], "stds": [1]}, "weights is missing"),
    "no means": ({"weights": [1], "stds": [1]}, "means is missing"),
    "no spread": ({"weights": [1], "means": [[0, 0]]}, "stds or covariances is missing"),
    "two spreads": ({**GOOD, "covariances": [SQUARE] * 2}, "not both"),
    "unknown": ({**GOOD, "std": 1}, "std is not a field"),
    "empty": ({**GOOD, "weights": []}, "weights must be a list of 1 to 1000"),
    "no list": ({**GOOD, "weights": 3}, "weights must be a list"),
    "too many": ({"weights": [1] * 1001, "means": [[0, 0]] * 1001, "stds": [1] * 1001}, "must be a list of 1 to"),
    "few means": ({**GOOD, "means": [[0, 0]]}, "means has 1 entries, but needs 2"),
    "flat means": ({**GOOD, "means": [0, 0]}, r"means\[0\] must be a list of 2 numbers"),
    "3-D means": ({**GOOD, "means": [[0, 0], [1, 2, 3]]}, r"means\[1\] has 3 entries"),
    "few stds": ({**GOOD, "stds": [1]}, "stds has 1 entries, but needs 2"),
    "text": ({**GOOD, "means": [[0, 0], [1, "2"]]}, r"means\[1\]\[1\] must be a number"),
    "truth": ({**GOOD, "weights": [True, 1]}, r"weights\[0\] must be a number"),
    "nothing": ({**GOOD, "stds": [None, 1]}, r"stds\[0\] must be a number"),
    "negative weight": ({**GOOD, "weights": [2, -1]}, r"weights\[1\] is negative"),
    "zero weights": ({**GOOD, "weights": [0, 0]}, "weights sum to zero"),
    "NaN": ('{"weights": [NaN], "means": [[0, 0]], "stds": [1]}', "NaN is not a finite number"),
    "Infinity": ('{"weights": [1], "means": [[-Infinity, 0]], "stds": [1]}', "-Infinity is not a finite"),
    "1e999": ('{"weights": [1], "means": [[1e999, 0]], "stds": [1]}', r"means\[0\]\[0\] is not a finite number"),
    "huge whole": ({**GOOD, "means": [[10**400, 0], [0, 0]]}, r"means\[0\]\[0\] is too large"),
    "very long number": ('{"weights": [' + "9" * 5000 + "]}", "not valid JSON"),
    "far": ({**GOOD, "means": [[1e7, 0], [0, 0]]}, "means must lie between"),
    "zero std": ({**GOOD, "stds": [0, 1]}, r"stds\[0\] must lie between"),
    "negative std": ({**GOOD, "stds": [1, -1]}, r"stds\[1\] must lie between"),
    "skew": ({"weights": [1], "means": [[0, 0]], "covariances": [[[1, 0.5], [0.4, 1]]]}, r"\[0\] is not symmetric"),
    "indefinite": ({"weights": [1], "means": [[0, 0]], "covariances": [[[1, 2], [2, 1]]]}, "is not positive definite"),
    "flat": ({"weights": [1], "means": [[0, 0]], "covariances": [[[1, 1], [1, 1]]]}, "covariances"),
    "all zero": ({"weights": [1], "means": [[0, 0]], "covariances": [[[0, 0], [0, 0]]]}, "is not positive definite"),
    "needle": ({"weights": [1], "means": [[0, 0]], "covariances": [[[1e6, 0], [0, 1e-6]]]}, "times as long as wide"),
    "wide": ({"weights": [1], "means": [[0, 0]], "covariances": [[[1e20, 0], [0, 1e20]]]}, "too large"),
    "tiny": ({"weights": [1], "means": [[0, 0]], "covariances": [[[1e-20, 0], [0, 1e-20]]]}, "deviations between"),
    "matrix of 3": ({"weights": [1], "means": [[0, 0]], "covariances": [[[1, 0, 0]] * 3]}, r"covariances\[0\] has 3"),
    "a list": ([1, 2], "a mixture in JSON is an object"),
    "broken": ('{"weights": [1', "not valid JSON"),
    "no text": ("", "not valid JSON"),
    "twice": ('{"weights": [1], "weights": [2]}', "weights is given twice"),
    "deep": ("[" * 200_000, "nested too deeply"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_in_a_sentence(tmp_path, case):
    fields, words = WRONG[case]
    path = save(tmp_path, fields)
    with pytest.raises(DataError, match=words) as caught:
        load_mixture_file(path)
    assert str(caught.value).startswith("mix.json: ")
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 200


def test_toml_is_checked_as_well(tmp_path):
    assert "not valid TOML" in refusal(save(tmp_path, "weights = [", "a.toml"))
    assert "not a finite number" in refusal(save(tmp_path, "weights=[nan]\nmeans=[[0,0]]\nstds=[1]", "a.toml"))
    assert "must be a number" in refusal(save(tmp_path, "weights=[1979-05-27]\nmeans=[[0,0]]\nstds=[1]", "a.toml"))
    assert "nested" in refusal(save(tmp_path, "weights = " + "[" * 100_000, "a.toml"))


def test_files_that_cannot_be_read(tmp_path):
    assert "there is no such file" in refusal(tmp_path / "none.json")
    folder = tmp_path / "folder.json"
    folder.mkdir()
    assert "this is a folder" in refusal(folder)
    assert "ends in .json or .toml" in refusal(save(tmp_path, GOOD, "mix.txt"))
    (tmp_path / "latin.json").write_bytes('{"weights": "é"}'.encode("latin-1"))
    assert "not text in UTF-8" in refusal(tmp_path / "latin.json")
    save(tmp_path, " " * 1_000_001, "large.json")
    assert "larger than 1 MB" in refusal(tmp_path / "large.json")
    assert "cannot be read" in refusal(tmp_path / ("x" * 300 + ".json"))
    assert "cannot be read" in refusal(Path("nul\0byte.json"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    assert "not an ordinary file" in refusal(tmp_path / "pipe.json")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(fields=st.dictionaries(st.sampled_from(["weights", "means", "stds", "covariances"]), json_values))
@settings(max_examples=150, deadline=None)
def test_any_json_gives_a_density_or_a_sentence(tmp_path_factory, fields):
    path = save(tmp_path_factory.getbasetemp(), fields)
    try:
        density = load_mixture_file(path)
    except DataError as error:
        assert str(error).endswith(".")
    else:
        assert density.log_prob(density.means).isfinite().all()


def test_a_mixture_file_is_a_data_set(tmp_path):
    data = load_mixture_dataset(save(tmp_path, GOOD))
    assert data.title == "mix (2 Gaussians)"
    assert data.train.shape == (20_000, 2) and data.train.dtype == torch.float32
    assert data.train_labels["mode"].mean() == pytest.approx(0.75, abs=0.02)
    with pytest.raises(DataError, match="std: a mixture file has no options"):
        load_mixture_dataset(tmp_path / "mix.json", std=1)
