"""The table of data sets, torch-free, and :func:`load_data`, which takes a name of the table or a path.

Text form, everywhere a data set is named: ``NAME_OR_PATH[?key=value&key=value]``, e.g. ``ring8?std=0.02``,
``faces?size=64``, ``~/photos?size=32&colour=grey``. A name of the table goes before a file of the same name (write
``./faces`` for the file).
"""

from __future__ import annotations

import difflib
import importlib
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground.engine.datasets.density_table import DENSITY_TABLE, OPTIONS, DensityRow
from playground.engine.datasets.errors import DataError as DataError
from playground.engine.datasets.options import Option, Value, check_options, join_text, split_text

if TYPE_CHECKING:
    from playground.engine.datasets.base import Dataset

Progress = Callable[[int, int], None]  # (done, total); an exception raised in it cancels the loading

_HERE = "playground.engine.datasets"
_SIZE = Option(32, "Side of the pictures in pixels.", choices=(32, 64))
_COUNT = Option(12_000, "Number of pictures; one in eight is held out for testing.", 100, 100_000)
_SEED = Option(0, "Another seed draws other pictures.", 0, 2**31 - 1)

#: Options of the user's own pictures and points.
OWN_OPTIONS: dict[str, Option] = {
    "size": Option(0, "Side in pixels; 0 keeps square pictures of up to 64 and makes all others 32.", 0, 256),
    "crop": Option("centre", "How a picture becomes square.", choices=("centre", "fit", "stretch")),
    "colour": Option("auto", "auto is grey where all pictures are.", choices=("auto", "grey", "rgb")),
    "limit": Option(20_000, "Use at most so many items, drawn at random.", 2, 1_000_000),
    "held_out": Option(0.1, "Share of the items that is kept for testing.", 0, 0.9),
    "seed": Option(0, "Decides which items are held out.", 0, 2**31 - 1),
}


@dataclass(frozen=True)
class DataSpec:
    """A line of the table. ``loader`` is "module:function", called as ``loader(name, **options) -> Dataset``.

    Every option is passed, checked; ``slow`` loaders also get ``progress=``, a callback or None.
    """

    name: str
    title: str
    kind: str  # "image" or "points"
    summary: str
    source: str
    loader: str
    details: dict[str, Option] = field(default_factory=dict)  # option name -> default, range, help
    slow: bool = True

    @property
    def options(self) -> dict[str, Value]:
        """Option name -> default value."""
        return {name: option.default for name, option in self.details.items()}


_IMAGES: dict[str, DataSpec] = {
    "mnist": DataSpec(
        "mnist", "MNIST digits", "image",
        "10,000 handwritten digits, 28 x 28, grey.",
        "LeCun, Cortes, Burges 1998: the first 10,000 training digits", f"{_HERE}.mnist:load_mnist",
        {
            "size": Option(28, "Side in pixels; 32 adds a black border.", choices=(28, 32)),
            "held_out": Option(1000, "The last so many digits test; 0 trains on all of them.", 0, 9000),
        },
    ),
    "shapes": DataSpec(
        "shapes", "Shapes", "image",
        "A square, ellipse or heart of known size, angle and place, grey: five factors for a model to find.",
        "Drawn by this program, after dSprites (Matthey et al. 2017)", f"{_HERE}.shapes:load_shapes",
        {"size": _SIZE, "n": _COUNT, "seed": _SEED},
    ),
    "faces": DataSpec(
        "faces", "Faces", "image",
        "Cartoon portraits in colour from ten known factors: hair, skin, eyes, mouth, glasses, turn and more.",
        "Drawn by this program", f"{_HERE}.faces:load_faces",
        {"size": _SIZE, "n": _COUNT, "seed": _SEED},
    ),
}  # fmt: skip


def _density_spec(row: DensityRow) -> DataSpec:
    details = {}
    for name, default in row.options.items():
        about = OPTIONS[name]
        details[name] = Option(int(default) if about.whole else float(default), about.help, about.lo, about.hi)
    loader = f"{_HERE}.densities:load_points_density"
    return DataSpec(row.name, row.title, "points", row.summary, row.source, loader, details, slow=False)


DATASETS: dict[str, DataSpec] = {**_IMAGES, **{name: _density_spec(row) for name, row in DENSITY_TABLE.items()}}


def parse_data_name(text: str) -> tuple[str, dict[str, Value]]:
    """The name of the table (in lower case) or the path, and the options that were given, checked and typed.

    Raises:
        DataError: for names that are neither in the table nor paths, with close matches; for bad options.
    """
    spec, given = _find(text)
    return spec.name, given


def describe(text: str) -> DataSpec:
    """Title, kind and options of any data set, without torch; of a file only the header is read.

    Raises:
        DataError: as :func:`parse_data_name`, and where a path leads to nothing that could be read.
    """
    return _find(text)[0]


def load_data(text: str, progress: Progress | None = None) -> Dataset:
    """The data set. Loading it again soon is instant, as the last few are kept: treat the tensors as read-only.

    Raises:
        DataError: one sentence that says what is wrong with the name, the options or the files.
    """
    spec, given = _find(text)
    key = (spec.name, tuple(sorted({**spec.options, **given}.items())), _fingerprint(spec))
    data = _kept(key)
    if data is None:
        module, function = spec.loader.split(":")
        loader = getattr(importlib.import_module(module), function)
        source = spec.name if spec.name in DATASETS else os.path.expanduser(spec.name)
        extra: dict[str, Any] = {"progress": progress} if spec.slow else {}
        data = loader(source, **{**spec.options, **given}, **extra)
        _keep(key, data)
    return replace(data, name=join_text(spec.name, given))


def load_unseen(text: str, trained_on: str) -> Dataset:
    """Another data set than the one a model was trained on: all of it is held out then, so all of it stands in ``test``.

    The very data of the training, and sets that have no held-out share to choose, come as :func:`load_data` gives them.

    Raises:
        DataError: as :func:`load_data`.
    """
    spec, given = _find(text)
    if "held_out" not in spec.options or spec.name == _find(trained_on)[0].name:
        return load_data(text)
    data = load_data(join_text(spec.name, {**given, "held_out": 0}))  # everything is in ``train`` then
    return replace(data, name=join_text(spec.name, given), test=data.train, test_labels=data.train_labels)


# ---- names ----


def _find(text: str) -> tuple[DataSpec, dict[str, Value]]:
    """The line of the table, or one made up for a path; and the given options."""
    if not text.strip():
        raise DataError("No data set is named: give a name of the table or the path of a file or folder.")
    whole = text.strip()
    as_is = "?" in whole and _exists(whole)  # a file whose own name has a question mark
    name, given = (whole, {}) if as_is else split_text(whole)
    spec = DATASETS.get(name.lower()) or _path_spec(name)
    return spec, check_options(spec.title, spec.details, given)


def _path_spec(name: str) -> DataSpec:
    path = Path(name)
    if not _exists(name) and not _looks_like_path(name):
        raise _unknown(name)
    if path.suffix.lower() in (".json", ".toml") and not path.is_dir():
        loader = f"{_HERE}.densities:load_mixture_dataset"
        summary = "A Gaussian mixture of your own."
        return DataSpec(name, path.stem, "points", summary, "Your own data", loader, slow=False)
    from playground.engine.datasets.foreign import peek

    kind, summary = peek(path)
    return DataSpec(name, path.stem or name, kind, summary, "Your own data", f"{_HERE}.own:load_own", OWN_OPTIONS)


def _exists(name: str) -> bool:
    try:
        return Path(os.path.expanduser(name)).exists()
    except (OSError, ValueError):  # too long; a NUL in it
        return False


def _looks_like_path(name: str) -> bool:
    return bool(re.search(r"[/\\]|^~|^[A-Za-z]:|\.\w{1,5}$", name))


def _unknown(name: str) -> DataError:
    close = difflib.get_close_matches(name.lower(), DATASETS, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(close)}?" if close else f"The names are {', '.join(DATASETS)}."
    return DataError(f"There is no data set called {name!r}. {hint} The path of a file or a folder works as well.")


# ---- the last few data sets ----

_KEEP = 4
_RECENT: OrderedDict[Any, Dataset] = OrderedDict()
_LOCK = threading.Lock()


def _kept(key: Any) -> Dataset | None:
    with _LOCK:
        if key in _RECENT:
            _RECENT.move_to_end(key)
        return _RECENT.get(key)


def _keep(key: Any, data: Dataset) -> None:
    with _LOCK:
        _RECENT[key] = data
        while len(_RECENT) > _KEEP:
            _RECENT.popitem(last=False)


def _fingerprint(spec: DataSpec) -> Any:
    """Changes when the files behind a path do; None for names of the table."""
    if spec.name in DATASETS:
        return None
    from playground.engine.datasets.foreign import walk_files

    path = Path(os.path.expanduser(spec.name))
    files = walk_files(path) if path.is_dir() else [path]
    return os.path.abspath(path), hash(tuple((str(file), *_stamp(file)) for file in files))


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size
