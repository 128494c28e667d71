"""Devices that are not here, stood in for: names, choice, precision, memory and the words of their failures."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from playground.engine import devices
from playground.engine.devices import DeviceError


class Backend:
    """What torch.cuda and torch.xpu offer, for cards of these names and sizes in GiB."""

    def __init__(self, *cards: tuple[str, float], available: bool = True) -> None:
        self.cards, self.available, self.emptied = cards, available, 0

    def is_available(self) -> bool:
        return self.available

    def device_count(self) -> int:
        return len(self.cards)

    def get_device_properties(self, index: int) -> Any:
        name, memory = self.cards[index]
        return SimpleNamespace(name=name, total_memory=int(memory * 2**30))

    def memory_allocated(self, device: str) -> int:
        return 300 * 2**20

    def empty_cache(self) -> None:
        self.emptied += 1


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a CPU of four cores and nothing else."""
    monkeypatch.setattr(torch, "cuda", Backend(available=False))
    monkeypatch.setattr(torch, "xpu", Backend(available=False))
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(devices.psutil, "cpu_count", lambda logical=True: 4)
    monkeypatch.setattr(devices.psutil, "virtual_memory", lambda: SimpleNamespace(total=16 * 2**30))


def nvidia(monkeypatch: pytest.MonkeyPatch, *cards: tuple[str, float]) -> Backend:
    backend = Backend(*(cards or (("NVIDIA RTX 4070", 11.7),)))
    monkeypatch.setattr(torch, "cuda", backend)
    return backend


def titles() -> dict[str, str]:
    return {d.key: d.title for d in devices.list_devices()}


def test_a_machine_without_accelerator_has_its_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    assert titles() == {"cpu": "CPU, 4 cores"}
    monkeypatch.setattr(devices.psutil, "cpu_count", lambda logical=True: 1)
    assert titles() == {"cpu": "CPU, 1 core"}
    monkeypatch.delattr(torch, "xpu")
    assert list(titles()) == ["cpu"]


def test_cards_are_named_plainly_the_fastest_kind_first(monkeypatch: pytest.MonkeyPatch) -> None:
    nvidia(monkeypatch, ("NVIDIA RTX 4070", 11.7), ("NVIDIA A100", 79.6))
    monkeypatch.setattr(torch, "xpu", Backend(("Intel Arc A770", 15.9)))
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert titles() == {
        "cuda:0": "NVIDIA RTX 4070, 12 GB", "cuda:1": "NVIDIA A100, 80 GB", "mps": "Apple GPU, 16 GB shared",
        "xpu:0": "Intel Arc A770, 16 GB", "cpu": "CPU, 4 cores",
    }  # fmt: skip
    assert list(titles()) == ["cuda:0", "cuda:1", "mps", "xpu:0", "cpu"]


def test_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    assert devices.resolve("auto").key == "cpu"
    nvidia(monkeypatch, ("NVIDIA RTX 4070", 11.7), ("NVIDIA A100", 79.6))
    assert devices.resolve("auto").key == "cuda:0"
    assert devices.resolve("cuda").key == "cuda:0"
    assert devices.resolve("cuda:1").title == "NVIDIA A100, 80 GB"
    assert devices.resolve("cpu").key == "cpu"


@pytest.mark.parametrize("key", ["cuda", "cuda:7", "mps", "tpu", "", "cpu:3"])
def test_a_device_that_is_not_there_is_named_with_what_is(key: str) -> None:
    with pytest.raises(DeviceError, match=r"cpu \(CPU, 4 cores\)") as caught:
        devices.resolve(key)
    assert repr(key) in str(caught.value)


def test_precisions(monkeypatch: pytest.MonkeyPatch) -> None:
    nvidia(monkeypatch)
    monkeypatch.setattr(torch, "xpu", Backend(("Intel Arc A770", 15.9)))
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert {d.key: d.precisions for d in devices.list_devices()} == {
        "cuda:0": ("fp32", "bf16", "fp16"), "xpu:0": ("fp32", "bf16"), "mps": ("fp32",), "cpu": ("fp32", "bf16"),
    }  # fmt: skip


def test_autocast_computes_in_the_precision_asked_for() -> None:
    layer, x = torch.nn.Linear(2, 2), torch.randn(3, 2)
    for precision, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        with devices.autocast("cpu", precision):
            assert layer(x).dtype == dtype


def test_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = nvidia(monkeypatch)
    assert devices.memory_mb("cuda:0") == 300
    assert 10 < devices.memory_mb("cpu") < 100_000
    devices.release_memory("cuda:0")
    assert backend.emptied == 1
    devices.release_memory("cpu")
    monkeypatch.setattr(torch.mps, "current_allocated_memory", lambda: 2**21, raising=False)
    assert devices.memory_mb("mps") == 2


def test_a_lost_device_cannot_even_release_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = nvidia(monkeypatch)

    def lost() -> None:
        raise torch.AcceleratorError("CUDA error: unspecified launch failure")

    monkeypatch.setattr(backend, "empty_cache", lost)
    devices.release_memory("cuda:0")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 MiB"), "memory"),
        (MemoryError(), "memory"),
        (
            RuntimeError("[enforce fail at alloc_cpu.cpp:118] DefaultCPUAllocator: can't allocate memory: you tried"),
            "memory",
        ),
        (RuntimeError("MPS backend out of memory (MPS allocated: 8 GB)"), "memory"),
        (torch.AcceleratorError("CUDA error: out of memory"), "memory"),
        (torch.AcceleratorError("CUDA error: device-side assert triggered"), "device"),
        (RuntimeError("CUDA error: device-side assert triggered"), "device"),
        (torch.AcceleratorError("hipErrorLaunchFailure"), "device"),
        (RuntimeError("UR_RESULT_ERROR_DEVICE_LOST"), "device"),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), "bug"),
        (ZeroDivisionError("division by zero"), "bug"),
    ],
)
def test_failures_are_told_apart_and_end_in_a_sentence(error: BaseException, kind: str) -> None:
    assert devices.failure_kind(error) == kind
    found, sentence = devices.failure_sentence(error, "NVIDIA RTX 4070, 12 GB", 1200)
    assert found == kind
    assert "kept up to step 1200" in sentence.replace(",", "") and sentence.endswith(".") and "\n" not in sentence
    if kind != "bug":
        assert "NVIDIA RTX 4070" in sentence and "resume" in sentence


def test_the_text_of_an_error_may_hold_braces_and_lines() -> None:
    _, sentence = devices.failure_sentence(KeyError("{kept}\nsecond line {title!x}"), "CPU", 3)
    assert "KeyError" in sentence and "\n" not in sentence
    _, sentence = devices.failure_sentence(RuntimeError(), "CPU", 3)
    assert "RuntimeError" in sentence


# ---------------------------------------------------------------- threads
@pytest.mark.parametrize(
    ("cores", "spare", "choices"),
    [
     (1, True, [1]), (1, False, [1]), (2, True, [1]), (2, False, [1, 2]), (4, True, [1, 2, 3]),
     (8, False, [1, 2, 4, 8]),
     (12, False, [1, 2, 4, 8, 12])],
)  # fmt: skip
def test_thread_choices(cores: int, spare: bool, choices: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "usable_cores", lambda: cores)
    assert devices.thread_choices(spare) == choices


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What torch.set_num_threads is told, without doing it."""
    told: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", told.append)
    return told


@pytest.mark.parametrize(
    ("seconds", "best"),
    [({1: 0.004, 2: 0.001, 4: 0.008}, 2), ({1: 0.001, 2: 0.004, 4: 0.008}, 1), ({1: 0.02, 2: 0.01, 4: 0.004}, 4)],
)
def test_the_fastest_number_of_threads_wins(seconds: dict[int, float], best: int, threads: list[int]) -> None:
    assert devices.fastest_threads(lambda: time.sleep(seconds[threads[-1]]), [1, 2, 4], 0.06) == best
    assert threads[-1] == best


def test_a_tie_goes_to_fewer_threads_and_the_first_step_does_not_count(threads: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 0.0
    calls: list[int] = []

    def step() -> None:
        nonlocal clock
        clock += 5.0 if not calls else 0.01 if threads[-1] == 1 else 0.0099
        calls.append(threads[-1])

    monkeypatch.setattr(devices, "time", SimpleNamespace(perf_counter=lambda: clock))
    assert devices.fastest_threads(step, [1, 2], 0.1) == 1
    assert threads[-1] == 1


def test_one_choice_needs_no_probe(threads: list[int]) -> None:
    assert devices.fastest_threads(lambda: pytest.fail("probed"), [1]) == 1
    assert threads == [1]


def test_generators_are_seeded() -> None:
    a, b, c = (torch.randn(3, generator=devices.generator("cpu", seed)) for seed in (1, 1, 2))
    assert torch.equal(a, b) and not torch.equal(a, c)
