"""The engine and the command line live without Qt, and what paints a form lives without torch."""

from __future__ import annotations

import subprocess
import sys

import pytest

QT = ("PySide6", "shiboken6", "pyqtgraph", "superqt", "playground.ui")

EVERYTHING = """
import importlib, pkgutil, playground.cli, playground.engine
for package in (playground.engine, playground.cli):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
for name in playground.engine.__all__:
    getattr(playground.engine, name)
"""
DECLARATIONS = """
from playground.engine import DATASETS, FAMILIES, Compute, ConfigError, DataError, Recipe, RunFileError, describe
family = FAMILIES["vae"]
Recipe("vae", "moons", family.default_config("moons", describe("moons").kind)).to_json()
"""
HELP = """
import contextlib, io
from playground.cli import main
for words in (["--help"], ["train", "vae", "--help"], ["trian"], ["data", "list"], ["runs"]):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        main(words)
"""


def loaded_after(code: str, names: tuple[str, ...]) -> set[str]:
    """Those of ``names`` that a fresh process has loaded after ``code``."""
    ask = f"\nimport sys\nprint(*[n for n in {names!r} if n in sys.modules])"
    child = subprocess.run([sys.executable, "-c", code + ask], capture_output=True, text=True, timeout=120)
    assert child.returncode == 0, child.stderr
    return set(child.stdout.split())


def test_the_whole_engine_and_command_line_without_qt() -> None:
    assert loaded_after(EVERYTHING, (*QT, "torch")) == {"torch"}  # torch shows that the question works


@pytest.mark.parametrize("code", [DECLARATIONS, HELP], ids=["declarations", "help"])
def test_declarations_without_torch(code: str) -> None:
    assert loaded_after(code, ("torch", *QT)) == set()
