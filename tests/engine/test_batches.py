"""The stream of batches: every item once an epoch, random access, and another stream for every seed."""

from __future__ import annotations

import pytest
import torch
from engine_kit import images, points
from hypothesis import given
from hypothesis import strategies as st

from playground.engine.batches import CHUNK, Batches
from playground.engine.datasets.base import Dataset


def numbered(n: int) -> Dataset:
    """Points whose first coordinate is their index."""
    x = torch.stack([torch.arange(n).float(), torch.zeros(n)], 1)
    return Dataset("numbers", "Numbers", "points", x, x)


def indices(batches: Batches, step: int) -> list[int]:
    return batches(step)[:, 0].int().tolist()


@given(n=st.integers(1, 60), size=st.integers(1, 150), seed=st.integers(0, 2**31 - 1))
def test_every_item_comes_exactly_once_an_epoch(n: int, size: int, seed: int) -> None:
    batches = Batches(numbered(n), size, seed, "cpu")
    steps = -(-3 * n // size)
    seen = [i for step in range(steps) for i in indices(batches, step)]
    assert all(len(indices(batches, step)) == size for step in range(steps))
    for epoch in range(3):
        assert sorted(seen[epoch * n : (epoch + 1) * n]) == list(range(n))


@given(n=st.integers(1, 40), size=st.integers(1, 90), order=st.permutations(range(12)))
def test_random_access_is_sequential_access(n: int, size: int, order: list[int]) -> None:
    one_by_one = [indices(b, step) for b in [Batches(numbered(n), size, 5, "cpu")] for step in range(12)]
    jumping = Batches(numbered(n), size, 5, "cpu")
    assert all(indices(jumping, step) == one_by_one[step] for step in order)


def test_random_access_of_a_density() -> None:
    straight, jumping = (Batches(points(), 7, 5, "cpu") for _ in range(2))
    steps = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK]
    expected = {step: straight(step).clone() for step in steps}
    assert all(torch.equal(jumping(step), expected[step]) for step in [*reversed(steps), *steps])
    assert len({tuple(x.flatten().tolist()) for x in expected.values()}) == len(steps)


@pytest.mark.parametrize("data", [numbered(50), points()], ids=["items", "density"])
def test_other_seeds_and_other_epochs_give_other_batches(data: Dataset) -> None:
    firsts = [tuple(Batches(data, 50, seed, "cpu")(step).flatten().tolist())
              for seed in (0, 1, 2, 7, 2**16, 2**31 - 1) for step in (0, 1, CHUNK, 2 * CHUNK)]  # fmt: skip
    assert len(set(firsts)) == len(firsts)


def test_no_seed_repeats_the_epochs_of_another_one_later() -> None:
    """A seed that only shifted the stream would make "another seed" the same run, begun some epochs later."""
    epochs = {seed: {tuple(indices(Batches(numbered(30), 30, seed, "cpu"), step)) for step in range(40)} for seed in range(6)}
    assert sum(map(len, epochs.values())) == len(set().union(*epochs.values()))


def test_epochs_are_shuffled_evenly() -> None:
    """Each item is first about equally often: 400 epochs of 8, chi-squared (7 degrees) below its 0.9999 point."""
    batches = Batches(numbered(8), 8, 3, "cpu")
    first = torch.bincount(torch.tensor([indices(batches, step)[0] for step in range(400)]), minlength=8)
    assert float(((first - 50.0) ** 2 / 50).sum()) < 29.9


def test_pictures_come_as_floats_from_minus_one_to_one_and_the_data_stay_as_they_are() -> None:
    data = images()
    before = data.train.clone()
    x = Batches(data, 16, 0, "cpu")(0)
    assert x.dtype == torch.float32 and x.shape == (16, 1, 12, 12)
    assert -1 <= float(x.min()) < -0.5 and 0.9 < float(x.max()) <= 1
    assert torch.equal(data.train, before)


def test_the_global_stream_is_left_alone() -> None:
    before = torch.random.get_rng_state()
    for data in (numbered(9), points()):
        Batches(data, 4, 1, "cpu")(3)
    assert torch.equal(torch.random.get_rng_state(), before)
