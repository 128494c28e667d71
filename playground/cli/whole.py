"""Folders that a command fills, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from playground.cli.errors import CommandError


def check_folder(path: Path) -> None:
    """Raise CommandError unless ``path`` is new or an empty folder."""
    if path.is_dir():
        if any(path.iterdir()):
            raise CommandError(f"The folder {path} is not empty: --out has to name a new or an empty one.")
    elif path.exists():
        raise CommandError(f"{path} is a file: --out has to name a new or an empty folder.")


@contextlib.contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A folder beside ``path`` to fill; at the end it takes the place of ``path`` (new or empty) in one move."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(3)}.part")
    part.mkdir(parents=True)
    try:
        yield part
        with contextlib.suppress(FileNotFoundError):
            path.rmdir()
        os.replace(part, path)
    finally:
        shutil.rmtree(part, ignore_errors=True)
