"""Where training runs: finding devices, naming them plainly, precision, memory, and telling their failures apart.

The one file that knows cuda, mps and xpu apart. Everything is reached through ``torch.<backend>`` at call time, so that tests
can stand in for hardware that is not there.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psutil
import torch

GIB = 2**30


@dataclass(frozen=True)
class DeviceInfo:
    """A device as it is offered to the user: ``key`` for torch, ``title`` in plain words."""

    key: str
    title: str
    memory_gb: float
    precisions: tuple[str, ...]


class DeviceError(RuntimeError):
    """A device that is not there, in a sentence."""


def list_devices() -> list[DeviceInfo]:
    """All devices of this machine, the fastest kind first, the CPU last."""
    return [*_accelerators("cuda"), *_mps(), *_accelerators("xpu"), _cpu()]


def _cpu() -> DeviceInfo:
    cores = psutil.cpu_count(logical=True) or 1
    word = "core" if cores == 1 else "cores"
    return DeviceInfo("cpu", f"CPU, {cores} {word}", psutil.virtual_memory().total / GIB, ("fp32", "bf16"))


def _accelerators(kind: str) -> Iterator[DeviceInfo]:
    backend = getattr(torch, kind, None)
    if backend is None or not backend.is_available():
        return
    for index in range(backend.device_count()):
        properties = backend.get_device_properties(index)
        memory = properties.total_memory / GIB
        precisions = ("fp32", "bf16", "fp16") if kind == "cuda" else ("fp32", "bf16")
        yield DeviceInfo(f"{kind}:{index}", f"{properties.name}, {memory:.0f} GB", memory, precisions)


def _mps() -> Iterator[DeviceInfo]:
    if torch.backends.mps.is_available():
        memory = psutil.virtual_memory().total / GIB
        yield DeviceInfo("mps", f"Apple GPU, {memory:.0f} GB shared", memory, ("fp32",))


def resolve(key: str) -> DeviceInfo:
    """The device named ``key`` ("auto": the first of the list; "cuda": its first card). Raises DeviceError with a sentence."""
    devices = list_devices()
    if key == "auto":
        return devices[0]
    for info in devices:
        if info.key == key or info.key.split(":")[0] == key:
            return info
    offered = ", ".join(f"{d.key} ({d.title})" for d in devices)
    raise DeviceError(f"There is no device {key!r} here. This machine offers {offered}.")


def autocast(device: str, precision: str) -> contextlib.AbstractContextManager[object]:
    """The context in which the network computes with ``precision``; nothing for fp32."""
    if precision == "fp32":
        return contextlib.nullcontext()
    dtype = {"bf16": torch.bfloat16, "fp16": torch.float16}[precision]
    return torch.autocast(torch.device(device).type, dtype=dtype)


def generator(device: str, seed: int) -> torch.Generator:
    """A random stream of its own on ``device``."""
    return torch.Generator(device=device).manual_seed(seed)


def memory_mb(device: str) -> float:
    """Memory in use: of this process on a CPU, of torch's allocator on an accelerator."""
    kind = torch.device(device).type
    if kind == "mps":
        return float(torch.mps.current_allocated_memory()) / 2**20
    backend = getattr(torch, kind, None)
    if kind in ("cuda", "xpu") and backend is not None:
        return float(backend.memory_allocated(device)) / 2**20
    return psutil.Process().memory_info().rss / 2**20


def release_memory(device: str) -> None:
    """Give the allocator's unused memory back, after an out-of-memory error."""
    backend = getattr(torch, torch.device(device).type, None)
    if backend is not None and hasattr(backend, "empty_cache"):
        with contextlib.suppress(RuntimeError):
            backend.empty_cache()


def failure_kind(error: BaseException) -> str:
    """ "memory", "device" or "bug": what an error raised inside a training step means for the user."""
    text = str(error).lower()
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "out of memory" in text or "can't allocate memory" in text:
        return "memory"
    if isinstance(error, torch.AcceleratorError) or any(w in text for w in _LOST):
        return "device"
    return "bug"


_LOST = (
    "device-side assert", "cuda error", "device lost", "device not ready", "unspecified launch failure", "xpu error",
    "ur_result_error_device_lost", "mps backend", "driver shutting down", "no longer available",
)  # fmt: skip

SENTENCES = {
    "memory": "{title} has run out of memory. The run is kept up to step {kept}. "
    "Choose a smaller batch, a smaller network or another device, then resume.",
    "device": "{title} stopped answering. The run is kept up to step {kept}. "
    "Choose the CPU, or restart the app to use the device again, then resume.",
    "bug": "Training stopped on an unexpected error ({error}). The run is kept up to step {kept}.",
}


def failure_sentence(error: BaseException, title: str, kept: int) -> tuple[str, str]:
    """(kind, sentence) for an error raised while training."""
    kind = failure_kind(error)
    words = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    return kind, SENTENCES[kind].format(title=title, kept=kept, error=words)


def usable_cores() -> int:
    """Cores this process may use (a container or a task set may allow fewer than there are)."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def thread_choices(spare_core: bool) -> list[int]:
    """Numbers of intra-op threads worth trying: 1, 2, 4 ... up to all cores, one less if the window needs one."""
    most = max(1, usable_cores() - 1) if spare_core else usable_cores()
    return sorted({min(2**i, most) for i in range(8)} | {most})


def fastest_threads(step: Callable[[], object], choices: list[int], budget_s: float = 0.4) -> int:
    """Time ``step`` under each number of threads and return the fastest. More are not always faster on small nets.

    Leaves torch with the chosen number in the calling thread. The first call of ``step``, which pays for imports and
    allocations, is not counted.
    """
    if len(choices) == 1:
        torch.set_num_threads(choices[0])
        return choices[0]
    best, best_time = choices[0], float("inf")
    for threads in choices:
        torch.set_num_threads(threads)
        step()
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < budget_s / len(choices) or count < 2:
            step()
            count += 1
        seconds = (time.perf_counter() - start) / count
        if seconds < best_time * 0.95:  # a tie goes to fewer threads: they disturb the window less
            best, best_time = threads, seconds
    torch.set_num_threads(best)
    return best
