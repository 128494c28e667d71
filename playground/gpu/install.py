"""Installing an overlay: packages into a folder beside its final name, a trial in a process of its own, only then the switch."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from playground.gpu import overlay
from playground.gpu.offers import DISK_GB, Offer
from playground.gpu.overlay import Overlay, OverlayError

TRIAL_S = 120
Tell = Callable[[str, float], None]  # what is going on; how far it is, 0 to 1, below 0: unknown


@dataclass(frozen=True)
class Source:
    """Where packages come from: a build in PyTorch's index, or a folder of wheels (a kit) whose ``tag`` is its name."""

    tag: str
    options: tuple[str, ...]


def from_network(offer: Offer) -> Source:
    """PyTorch's own index, which mirrors what torch needs."""
    return Source(offer.tag, ("--index-url", offer.index))


def from_kit(folder: Path) -> Source:
    """A folder of wheels, or a kit with one for this system in ``gpu/<system>-<tag>``. Raises OverlayError."""
    system = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
    places = [folder, *sorted(folder.glob(f"{system}-*"), reverse=True), *sorted(folder.glob(f"gpu/{system}-*"), reverse=True)]
    for place in places:
        if torch := next(iter(place.glob("torch-*.whl")), None):
            found = re.match(r"torch-[^-+]+\+([A-Za-z0-9]+)", torch.name)
            return Source(found[1] if found else "kit", ("--no-index", "--find-links", str(place.resolve())))
    raise OverlayError(f"{folder} holds no torch for {system}: look for a folder like gpu/{system}-cu130 of the workshop kit.")


#: What wheels for a system are called (PEP 425, PEP 600), for pip to fetch those of another one.
PLATFORMS = {
    "windows": ("win_amd64",),
    "linux": (*(f"manylinux_2_{n}_x86_64" for n in range(34, 16, -1)), "manylinux2014_x86_64", "linux_x86_64"),
}


def fill_kit(folder: Path, system: str, offer: Offer, tell: Tell, stop: threading.Event | None = None) -> Path:
    """Download a build for ``system`` ("windows", "linux") with all that it needs into ``folder``/gpu/<system>-<tag>, for
    :func:`from_kit`. Returns that folder. Raises OverlayError.
    """
    target = folder / "gpu" / f"{system}-{offer.tag}"
    target.mkdir(parents=True, exist_ok=True)
    python = overlay.python_version()
    options = ["--dest", str(target), "--index-url", offer.index, "--python-version", python, "--implementation", "cp"]
    for tag in (f"cp{python.replace('.', '')}", "abi3", "none"):
        options += ["--abi", tag]
    for platform in PLATFORMS[system]:
        options += ["--platform", platform]
    fetch("download", [f"torch=={overlay.torch_version()}"], options, tell, stop or threading.Event())
    return target


def install(sources: Sequence[Source], tell: Tell, stop: threading.Event | None = None, needs_gpu: bool = True) -> Overlay:
    """Install the first of ``sources`` that can be had and works; returns it. Raises OverlayError with a sentence.

    Needs the network only for a source of it. Whatever was installed before stays in use until the new one has passed its trial.
    ``needs_gpu``: a build that runs but finds no card has failed.
    """
    stop = stop or threading.Event()
    _check_disk()
    problems = []
    for source in sources:
        try:
            return _install(source, tell, stop, needs_gpu)
        except OverlayError as error:
            problems.append(str(error))
            if stop.is_set():
                break
    raise OverlayError(problems[0] if problems else "There is no build of torch for this machine.")


def _install(source: Source, tell: Tell, stop: threading.Event, needs_gpu: bool) -> Overlay:
    version = overlay.torch_version()
    name = f"{version}-{source.tag}-cp{overlay.python_version().replace('.', '')}"
    part = overlay.home() / f"{name}.partial"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        fetch("install", [f"torch=={version}"], ["--target", str(part), "--no-compile", *source.options], tell, stop)
        tell("trying it out", -1)
        report = trial(part, needs_gpu)
        target = overlay.home() / name
        shutil.rmtree(target, ignore_errors=True)
        os.replace(part, target)
    except OSError as error:
        raise OverlayError(f"GPU support could not be written in {overlay.home()}: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    made = Overlay(name, version, source.tag, overlay.python_version())
    overlay.keep(made)
    tell(f"ready: {report['device']}; it is used from the next start on", 1)
    return made


def fetch(action: str, packages: Sequence[str], options: Sequence[str], tell: Tell, stop: threading.Event) -> None:
    """Run pip ("install" or "download") in a process that can be stopped. Raises OverlayError with what pip complained of."""
    line = [*program(), "gpu", "pip", action, "--isolated", "--no-input", "--only-binary=:all:", "--no-cache-dir"]
    line += [ "--disable-pip-version-check", "--progress-bar", "raw", *options, *packages]
    tell("asking for the packages", -1)
    with subprocess.Popen(
        line, env=_clean(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
    ) as child:
        threading.Thread(target=_end_when, args=(child, stop), daemon=True).start()
        assert child.stdout is not None
        problem = _follow(child.stdout, tell)
    if stop.is_set():
        raise OverlayError("Stopped; nothing was changed.")
    if child.returncode:
        raise OverlayError(f"The packages could not be had: {problem or 'pip failed'}.")


def _follow(lines: Iterable[str], tell: Tell) -> str:
    """Tell what pip says of its progress; returns its first complaint."""
    problem, package = "", ""
    for text in lines:
        problem = problem or (text.strip().removeprefix("ERROR: ").rstrip(".") if text.startswith("ERROR") else "")
        package = _package(text) or package
        if progress := re.match(r"Progress (\d+) of (\d+)", text):
            done, total = int(progress[1]), max(int(progress[2]), 1)
            tell(f"{package}: {done / 1e6:,.0f} of {total / 1e6:,.0f} MB", done / total)
        elif text.startswith("Installing"):
            tell("unpacking", -1)
    return problem


def _package(text: str) -> str:
    """The file that is being fetched, if this line of pip's says so."""
    found = re.match(r"\s*(?:Downloading|Processing) \S*?([^/\s]+?)-\d\S*\.whl", text)
    return found[1] if found else ""


def trial(folder: Path, needs_gpu: bool = True) -> dict[str, str]:
    """Import the torch in ``folder`` and train one step of a convolution with it, in a process of its own.

    Returns its report: version, device. Raises OverlayError if it fails, hangs or finds no card.
    """
    line = [*program(), "gpu", "trial", str(folder)]
    try:
        done = subprocess.run(line, capture_output=True, encoding="utf-8", errors="replace", timeout=TRIAL_S, env=_clean())
        report: dict[str, str] = json.loads(done.stdout.strip().rpartition("\n")[2])
    except subprocess.TimeoutExpired as error:
        raise OverlayError(f"The new torch did not answer within {TRIAL_S} s, so it is not used.") from error
    except (OSError, ValueError) as error:
        words = (done.stderr.strip().splitlines() or ["no reason given"])[-1][:300]
        raise OverlayError(f"The new torch does not run here, so it is not used: {words}") from error
    if report.get("problem"):
        raise OverlayError(f"The new torch does not run here, so it is not used: {report['problem']}")
    if needs_gpu and report["device"] == "cpu":
        raise OverlayError("The new torch runs, but finds no card (often a driver that is too old), so it is not used.")
    return report


def program() -> list[str]:
    """How to call this program."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "playground"]


def _check_disk() -> None:
    overlay.home().mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(overlay.home()).free / 1e9
    if free < DISK_GB:
        raise OverlayError(f"GPU support needs {DISK_GB} GB on the disk of {overlay.home()}; {free:.1f} GB are free.")


def _clean() -> dict[str, str]:
    """The child starts without the overlay of before, and its pip without what somebody has set for another pip."""
    return {**os.environ, overlay.OFF: "0", "PIP_CONFIG_FILE": os.devnull}


def _end_when(child: subprocess.Popen[str], stop: threading.Event) -> None:
    while child.poll() is None:
        if stop.wait(0.2):
            child.kill()
            return
