"""Where the bundled files are: lessons, presets, data.

In the repository they lie in ``resources/`` at the top; an installed or frozen copy has them inside the package, as
``playground/resources`` (pyproject.toml maps the one to the other). Nobody else needs to know.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def resource(path: str) -> Path:
    """The bundled file or folder ``path``, with forward slashes, e.g. ``data/mnist-10k-train.npz``.

    Raises:
        FileNotFoundError: if no such file is bundled, with a sentence that names it.
    """
    for root in _roots():
        if (found := root / path).exists():
            return found
    raise FileNotFoundError(f"The bundled file {path} is missing: please install Generative Playground again.")


def _roots() -> tuple[Path, Path]:
    """Installed first; a source checkout (editable installs too) has no playground/resources."""
    return Path(str(files("playground"))) / "resources", Path(__file__).parents[2] / "resources"
