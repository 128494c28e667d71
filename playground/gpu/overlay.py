"""The overlay: a folder with a torch for the GPU that comes before the program's own on the path.

    <user data>/gpu/active.json     which folder counts, and what it was made for
    <user data>/gpu/starting-<pid>  a window that began to start with it; gone once the window is ready
    <user data>/gpu/2.13.0-cu130-cp311/torch/ ...

An overlay of another version of torch or Python is left out, and so is one with which the last start did not come to an end.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

OFF = "PLAYGROUND_GPU"  # "0": start without the overlay this once
CRASHED = "GPU support was switched off: the last start with it did not come to an end. Help > GPU support switches it on again."


class OverlayError(RuntimeError):
    """What keeps GPU support from being installed, used or removed, in a sentence."""


@dataclass(frozen=True)
class Overlay:
    """What was installed: ``folder`` (its name below :func:`home`), torch's version, the build's tag, Python's version; whether it
    is used, and if not, why (``problem``).
    """

    folder: str
    torch: str
    tag: str
    python: str
    on: bool = True
    problem: str = ""

    @property
    def path(self) -> Path:
        return home() / self.folder

    def misfit(self) -> str:
        """Why this program cannot use it: "" if it can."""
        if self.python != python_version() or self.torch != torch_version():
            made = f"torch {self.torch} and Python {self.python}"
            return f"GPU support was made for {made}; this version needs it installed again (Help > GPU support)."
        whole = (self.path / "torch" / "__init__.py").is_file()
        return "" if whole else "The folder of GPU support is not whole; install it again."


def home() -> Path:
    """Where overlays lie: PLAYGROUND_GPU_HOME, or in the platform's folder for user data."""
    chosen = os.environ.get("PLAYGROUND_GPU_HOME")
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("generative-playground", appauthor=False)) / "gpu"


def python_version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def torch_version() -> str:
    """Of the torch that comes with the program, without the build's tag: 2.13.0. It is not imported."""
    from importlib import metadata  # takes a while, and is seldom needed

    own = [p for p in sys.path if not Path(p or ".").is_relative_to(home())]
    found = next(iter(metadata.distributions(name="torch", path=own)), None)
    return found.version.partition("+")[0] if found is not None else ""


def installed() -> Overlay | None:
    """The overlay there is; None without one, or if what is there cannot be read."""
    try:
        values = json.loads((home() / "active.json").read_text("utf-8"))
        overlay = Overlay(**values)
    except (OSError, ValueError, TypeError):
        return None
    texts = (overlay.folder, overlay.torch, overlay.tag, overlay.python, overlay.problem)
    if not all(isinstance(t, str) for t in texts) or not re.fullmatch(r"[0-9A-Za-z.+-]+", overlay.folder):
        return None
    return None if overlay.folder in (".", "..") else overlay


def keep(overlay: Overlay) -> None:
    """Make this the overlay that counts."""
    home().mkdir(parents=True, exist_ok=True)
    part = home() / "active.json.part"
    part.write_text(json.dumps(asdict(overlay), indent=1), encoding="utf-8")
    part.replace(home() / "active.json")


def activate() -> str:
    """Put the overlay before the program's own torch, if there is one that fits. Returns "" or why it was left out, a sentence.

    Called before anything imports torch; costs a look at one file where no overlay is.
    """
    overlay = installed() if os.environ.get(OFF, "") != "0" else None
    if overlay is None or not overlay.on:
        return overlay.problem if overlay is not None else ""
    problem = CRASHED if _crashed() else overlay.misfit()
    if problem:
        if problem == CRASHED:
            keep(Overlay(**{**asdict(overlay), "on": False, "problem": problem}))
        return problem
    sys.path.insert(0, str(overlay.path))
    return ""


def active() -> bool:
    """Whether this process looks for torch in the overlay first."""
    overlay = installed()
    return overlay is not None and str(overlay.path) in sys.path


def complaint() -> str:
    """Why an overlay that is there is not used by this process, a sentence; "" if it is, or if that is as it should be."""
    overlay = installed()
    if overlay is None or active() or os.environ.get(OFF, "") == "0":
        return ""
    return overlay.problem or (overlay.misfit() if overlay.on else "")


def starting() -> None:
    """A window begins to start with the overlay: if it never comes to :func:`started`, the next start does without."""
    if active():
        _mark(os.getpid()).touch()


def started() -> None:
    """The window is ready."""
    _mark(os.getpid()).unlink(missing_ok=True)


def switch(on: bool) -> None:
    """Use the overlay from the next start on, or not."""
    overlay = installed()
    if overlay is None:
        raise OverlayError("GPU support is not installed.")
    keep(Overlay(**{**asdict(overlay), "on": on, "problem": ""}))


def remove() -> int:
    """Delete everything that belongs to GPU support. Returns the bytes that are free again. Raises OverlayError.

    The folder's mark goes first: what cannot be deleted (on Windows: a file in use) is no overlay any more.
    """
    if not home().exists():
        raise OverlayError("GPU support is not installed.")
    size = sum(p.stat().st_size for p in home().rglob("*") if p.is_file() and not p.is_symlink())
    (home() / "active.json").unlink(missing_ok=True)
    try:
        shutil.rmtree(home())
    except OSError as error:
        advice = "Close all windows of the program and try again with: playground gpu remove"
        raise OverlayError(f"GPU support is off, but a file is still in use ({error.filename}). {advice}") from error
    return size


def _mark(process: int) -> Path:
    return home() / f"starting-{process}"


def _crashed() -> bool:
    """Whether a window began to start with the overlay and its process is gone."""
    import psutil

    marks = list(home().glob("starting-*"))
    dead = [m for m in marks if not m.name[9:].isdigit() or not psutil.pid_exists(int(m.name[9:]))]
    for mark in dead:
        mark.unlink(missing_ok=True)
    return bool(dead)
