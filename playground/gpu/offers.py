"""Which card is there, and which builds of torch fit it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

INDEX = "https://download.pytorch.org/whl/"


@dataclass(frozen=True)
class Card:
    """An NVIDIA card as its driver describes it."""

    name: str
    driver: float  # 580.65: major and minor, which is all that counts here
    memory_mb: int


@dataclass(frozen=True)
class Offer:
    """A build of torch: its ``tag`` in PyTorch's index and the oldest driver that runs it."""

    tag: str
    driver: float

    @property
    def index(self) -> str:
        return INDEX + self.tag


#: Newest first. Drivers: NVIDIA, "CUDA Compatibility", table 1 (any driver from 580 on runs CUDA 13, from 525 on CUDA 12).
OFFERS = (Offer("cu130", 580), Offer("cu128", 525), Offer("cu126", 525))
DOWNLOAD_GB, DISK_GB = 3, 8  # estimates: what comes over the network, and what has to be free while it is unpacked and tried


def card() -> Card | None:
    """The first NVIDIA card that the driver's own tool names; None without one."""
    line = [_tool(), "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader,nounits"]
    hidden = 0x08000000 if os.name == "nt" else 0  # CREATE_NO_WINDOW
    try:
        done = subprocess.run(
            line, capture_output=True, encoding="utf-8", errors="replace", timeout=20, creationflags=hidden
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return read_card(done.stdout) if done.returncode == 0 else None


def read_card(text: str) -> Card | None:
    """The first line of nvidia-smi's answer: name, driver, memory in MiB."""
    parts = [p.strip() for p in text.strip().partition("\n")[0].split(",")]
    if len(parts) != 3 or not (version := re.match(r"\d+(\.\d+)?", parts[1])):
        return None
    memory = int(parts[2]) if parts[2].isdigit() else 0
    return Card(parts[0], float(version[0]), memory)


def offers(found: Card | None) -> list[Offer]:
    """The builds that this card's driver can run, the best one first."""
    return [o for o in OFFERS if found is not None and found.driver >= o.driver]


def verdict(found: Card | None, platform: str = sys.platform) -> str:
    """In plain words: what can be had here."""
    if platform == "darwin":
        return "Apple's GPU is used as it is: there is nothing to install."
    if found is None:
        return "No NVIDIA card answers here (its driver's nvidia-smi): models train on the processor. Other cards: see the README."
    what = f"{found.name}, {found.memory_mb / 1024:.0f} GB, driver {found.driver:g}"
    if not offers(found):
        return f"{what}: this driver is too old for the builds there are ({OFFERS[-1].driver:g} or newer). Update it first."
    return f"{what}: {offers(found)[0].tag} fits."


def _tool() -> str:
    """nvidia-smi, which on Windows may lie outside the path."""
    windows = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "nvidia-smi.exe"
    return shutil.which("nvidia-smi") or (str(windows) if os.name == "nt" else "nvidia-smi")
