"""Recipes out of files: pictures, animations, JSON, TOML and run folders, as a person drops them on the window.

The files may come from anywhere. Whatever is in them, the answer is a checked :class:`Recipe` or one named error.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from playground.engine import containers
from playground.engine.config import ConfigError
from playground.engine.export import KEYWORD
from playground.engine.recipe import FORMAT, Recipe

MAX_TEXT_FILE = 1 << 20
MAX_MEDIA_FILE = 1 << 28  # bytes of picture or animation that are searched for a recipe

_WORDS = {"png": "picture", "gif": "animation", "mp4": "film"}


def read_recipe(path: str | Path) -> Recipe:
    """The recipe inside a .png, .gif, .mp4, .json or .toml file or a run folder.

    Raises:
        ConfigError: the file holds no recipe, or a bad one. RunFileError: the folder is not a run, or a damaged one.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        from playground.engine.runs import load_run  # brings torch along, and only run folders need it

        return load_run(path).recipe
    try:
        return _recipe(_values(path))
    except OSError as error:
        raise ConfigError("", f"{path} cannot be read: {error.strerror or error}.") from error


def _values(path: Path) -> Any:
    """The recipe of a file as plain values, not yet checked."""
    if not path.exists():
        raise ConfigError("", f"There is no file {path}.")
    if not path.is_file():
        raise ConfigError("", f"{path.name} is not a file.")
    with path.open("rb") as file:
        kind = containers.kind_of(file.read(16))
    if kind:
        return _embedded(path, kind)
    readers = {".json": json.loads, ".toml": tomllib.loads}
    if path.suffix.lower() not in readers:
        raise ConfigError("", f"{path.name} is not a picture, an animation, a recipe or a run folder.")
    return _parse(_text(path), readers[path.suffix.lower()], path.name)


def _embedded(path: Path, kind: str) -> Any:
    """The first of the texts inside a media file that looks like a recipe."""
    if path.stat().st_size > MAX_MEDIA_FILE:
        raise ConfigError("", f"{path.name} is larger than anything this program writes.")
    with path.open("rb") as file:
        texts = {
            "png": lambda: containers.png_texts(file, KEYWORD),
            "gif": lambda: containers.gif_comments(file),
            "mp4": lambda: containers.mp4_comments(file),
        }[kind]()
        text = next((t for t in texts if FORMAT in t), None)
    if text is None:
        raise ConfigError("", f"This {_WORDS[kind]} carries no recipe.")
    return _parse(text, json.loads, path.name)


def _text(path: Path) -> str:
    if path.stat().st_size > MAX_TEXT_FILE:
        raise ConfigError("", f"{path.name} is too large to be a recipe.")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError("", f"{path.name} is not a text file.") from error


def _parse(text: str, parse: Any, name: str) -> Any:
    """JSON or TOML. Both also fail with RecursionError (nesting) and ValueError (numbers of thousands of digits)."""
    try:
        return parse(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError("", f"{name} cannot be read as a recipe: {_one_line(error)}.") from error


def _recipe(values: Any) -> Recipe:
    """Checked values. Numbers beyond every range (10^400) overflow before a range check can name them."""
    try:
        return Recipe.from_dict(values)
    except OverflowError as error:
        raise ConfigError("config", "holds a number that is too large.") from error


def _one_line(error: Exception) -> str:
    return (str(error).splitlines() or ["it is damaged"])[0].rstrip(".")[:200]
