"""The small classifier: accuracy on digits it has not seen, kept between sessions, and no trace in torch's global stream."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from playground.engine.datasets import load_data
from playground.engine.datasets.base import Dataset, to_float
from playground.engine.metrics import classifier
from playground.engine.metrics.classifier import Classifier, can_classify, classifier_for


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLAYGROUND_CACHE", str(tmp_path))
    return tmp_path / "data"


def stripes(n: int = 400, classes: int = 2) -> Dataset:
    """Pictures of upright or level stripes, with noise: easy."""
    rng = np.random.default_rng(0)
    label = rng.integers(classes, size=n)
    wave = 127 + 100 * np.sin(np.arange(16) * 1.5)
    x = np.where(label[:, None, None] == 0, wave[None, None, :], wave[None, :, None]) + rng.normal(0, 20, (n, 16, 16))
    pictures = torch.from_numpy(x.clip(0, 255).astype(np.uint8))[:, None]
    cut = n * 3 // 4
    return Dataset("stripes", "Stripes", "image", pictures[:cut], pictures[cut:], {"label": label[:cut]}, {"label": label[cut:]})


def finish(data: Dataset) -> tuple[Classifier, list[tuple[int, int]]]:
    reports = list(classifier_for(data))
    assert isinstance(reports[-1], Classifier)
    return reports[-1], [r for r in reports[:-1] if isinstance(r, tuple)]


def test_it_learns_bit_by_bit_and_once(cache: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(classifier, "STEPS", 60)
    with torch.no_grad():  # as answers are computed
        found, reports = finish(stripes())
    assert found.test_accuracy > 0.98 and found.tested == 100
    assert reports[0] == (5, 60) and reports[-1] == (60, 60) and len(reports) == 12
    again, reports = finish(stripes())
    assert reports == [] and again.test_accuracy == found.test_accuracy
    x = to_float(stripes().test)
    assert torch.equal(found.classify(x), again.classify(x))
    assert len(list(cache.glob("classifier-*.npz"))) == 1


def test_other_data_of_the_same_name_have_another_classifier(cache: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(classifier, "STEPS", 5)
    finish(stripes())
    other = stripes()
    other.train_labels["label"] = 1 - other.train_labels["label"]
    assert finish(other)[1]


def test_the_same_seed_gives_the_same_weights_and_leaves_the_global_stream_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(classifier, "STEPS", 10)
    found = []
    for name in ("a", "b"):
        monkeypatch.setenv("PLAYGROUND_CACHE", str(tmp_path / name))
        torch.manual_seed(len(found))
        before = torch.get_rng_state()
        found.append(finish(stripes())[0].classify(to_float(stripes().test)))
        assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(*found)


def test_probabilities_and_features(cache: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(classifier, "STEPS", 5)
    monkeypatch.setattr(classifier, "CHUNK", 64)
    found, _ = finish(stripes())
    x = to_float(stripes().test)
    probabilities, features = found.classify(x), found.features(x)
    assert probabilities.shape == (100, 2) and torch.allclose(probabilities.sum(1), torch.ones(100), atol=1e-5)
    assert features.shape == (100, classifier.FEATURES)
    assert torch.allclose(found.network.head(features).softmax(1), probabilities, atol=1e-6)
    assert found.names == ("0", "1") and found.true.sum() == pytest.approx(1) and "held-out" in found.note


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("PLAYGROUND_CACHE", str(blocked))
    monkeypatch.setattr(classifier, "STEPS", 5)
    assert finish(stripes())[0].tested == 100


def test_what_can_be_classified():
    data = stripes()
    assert can_classify(data)
    assert not can_classify(load_data("ring8"))
    data.train_labels = {"angle": np.zeros(300)}
    assert not can_classify(data)
    data.train_labels = {"label": np.zeros(300, np.int64)}  # one class only
    assert not can_classify(data)
    data.train_labels = {"label": np.arange(300)}
    assert not can_classify(data)


@pytest.mark.slow
def test_digits_it_has_not_seen(cache: Path):
    found, _ = finish(load_data("mnist"))
    assert found.test_accuracy >= 0.975 and found.tested == 1000
    assert found.names == tuple("0123456789")
    assert found.confidence == pytest.approx(found.test_accuracy, abs=0.02)
