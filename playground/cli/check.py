"""``playground check``: does everything work here? Devices, with ten timed training steps on each; storage; window.

``--report FILE`` keeps what was found in a file that can be sent (check_report.py).
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playground.cli import check_report
from playground.cli.console import Meter, Outcome, table
from playground.cli.errors import FAILED, OK, CommandError
from playground.cli.running import POLL_S, failure, session
from playground.engine import FAMILIES, Compute, Recipe, list_devices, messages, runs_folder

ENOUGH_FREE_GB = 1.0
PACKAGES = ("torch", "numpy", "pillow", "safetensors", "imageio-ffmpeg", "PySide6-Essentials", "pyqtgraph")
QT_PROBE = "PLAYGROUND_CHECK_QT"  # set in the child process that tries the window system
QT_TIMEOUT_S = 30


@dataclass(frozen=True)
class Finding:
    """One line of the report. ``status`` is ok, warning (something is missing that can be done without) or failed."""

    name: str
    status: str
    text: str
    values: dict[str, Any] = field(default_factory=dict)


def check(args: argparse.Namespace) -> Outcome:
    """Run all checks. Exit code 1 if one of them failed."""
    if os.environ.get(QT_PROBE):
        return _open_window_system()
    report = check_report.target(args.report) if args.report else None
    findings = []
    with Meter("Checking") as meter:
        for finding in _checks(args.steps):
            findings.append(finding)
            meter.update(len(findings), len(findings) + 1, what=f"Checked {finding.name}")
    failed = [f for f in findings if f.status == "failed"]
    marks = {"ok": "[green]ok[/]", "warning": "[yellow]warning[/]", "failed": "[red]failed[/]"}
    rows = [[f.name, marks[f.status], f.text] for f in findings]
    title = f"{len(failed)} of {len(findings)} checks failed" if failed else "Everything needed is here"
    values = {
        "ok": not failed,
        "checks": [{"name": f.name, "status": f.status, "text": f.text, **f.values} for f in findings],
    }
    notes = []
    if report is not None:
        check_report.write(report, values)
        notes = [f"Written: {report}. {check_report.SEND}"]
    return Outcome(values, table(title, ["what", "", "found"], rows), FAILED if failed else OK, notes)


def _checks(steps: int) -> Iterator[Finding]:
    yield _versions()
    for device in list_devices():
        yield _training(device, steps)
    yield _storage()
    yield _window_system()


# ---------------------------------------------------------------- the program itself
def _versions() -> Finding:
    found: dict[str, Any] = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    words = ", ".join(f"{name} {version or 'missing'}" for name, version in found.items())
    system = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    return Finding("versions", "ok", f"{system}; {words}", {"python": platform.python_version(), "packages": found})


def _training(device: Any, steps: int) -> Finding:
    """A few training steps of a small network on one device, in a run that is thrown away."""
    values = {
        "device": device.key,
        "title": device.title,
        "memory_gb": device.memory_gb,
        "precisions": device.precisions,
    }
    make: Any = FAMILIES["vae"].config
    config = make(likelihood="gaussian_learned", network="mlp", hidden=64, steps=steps)
    try:
        with tempfile.TemporaryDirectory() as folder:
            recipe = Recipe("vae", "moons", config, compute=Compute(device=device.key, threads=1))
            ms = _timed_steps(recipe, Path(folder) / "run") * 1000 / steps
    except CommandError as error:
        return Finding(f"training on {device.key}", "failed", f"{device.title}: {error}", values)
    text = f"{device.title}, {device.memory_gb:.0f} GB, {', '.join(device.precisions)}; {ms:.1f} ms a step"
    return Finding(f"training on {device.key}", "ok", text, {**values, "step_ms": ms})


def _timed_steps(recipe: Recipe, folder: Path) -> float:
    """Seconds that the training steps of a run took."""
    with session() as running:
        running.start(recipe, folder=folder)
        while True:
            for event in running.poll():
                if isinstance(event, messages.Failed):
                    raise failure(event)
                if isinstance(event, messages.Finished):
                    return event.seconds
            time.sleep(POLL_S)


def _storage() -> Finding:
    """Can a run be written, and is there room for some?"""
    folder = runs_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(2**20))
            os.fsync(file.fileno())
        free = shutil.disk_usage(folder).free / 1e9
    except OSError as error:
        return Finding(
            "storage", "failed", f"{folder} cannot be written: {error.strerror or error}.", {"folder": folder}
        )
    status = "ok" if free >= ENOUGH_FREE_GB else "warning"
    return Finding("storage", status, f"{folder} is writable, {free:.1f} GB free", {"folder": folder, "free_gb": free})


# ---------------------------------------------------------------- the window system, tried in a process of its own
def _window_system() -> Finding:
    """Qt ends a process that it finds no display for, so a child process tries."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "playground.cli"]
    try:
        child = subprocess.run(
            [*program, "check", "--json"],
            env={**os.environ, QT_PROBE: "1"},
            capture_output=True,
            text=True,
            timeout=QT_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("window", "failed", f"The window system could not be tried: {error}.")
    if child.returncode == OK:
        return Finding("window", "ok", "Qt opens a window here", {"qt": child.stdout.strip()})
    words = " ".join(child.stderr.split())[-300:]
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return Finding("window", "warning", "There is no display: the window cannot open, the command line works")
    return Finding("window", "failed", f"Qt cannot open a window here: {words}")


def _open_window_system() -> Outcome:
    """In the child: Qt and its platform plugin, imported by name, since nothing else of the command line knows Qt."""
    gui: Any = importlib.import_module("PySide6.QtGui")
    application = gui.QGuiApplication([])
    return Outcome({"platform": application.platformName(), "version": importlib.import_module("PySide6").__version__})
