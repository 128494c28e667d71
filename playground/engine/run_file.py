"""A run as one file, to hand over: a zip, uncompressed, of the files that its manifest names and nothing else.

Such a file may come from anywhere. Before anything is unpacked the names and sizes of its members are checked; what comes out is
never larger than what went in; and only a run whose checksums hold reaches the folder of runs. Nothing in it can be executed.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path

from playground.engine.files import whole_file
from playground.engine.runs import COLUMNS_PER_FILE, MAX_JSON, STATE_NAME, Run, RunFileError, load_run, new_folder, runs_folder

SUFFIX = ".playrun"
JSON = FACTS, MANIFEST = "run.json", "checkpoint.json"
MOST_MEMBERS = COLUMNS_PER_FILE + 8
TRIES = 5  # at reading a run that is being saved
CHUNK = 1 << 20
PROBLEMS = (OSError, zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError, ValueError)


def pack_run(folder: Path | str, target: Path | str) -> Path:
    """Write the run in ``folder`` to ``target``; an older file there is replaced in one move. Raises RunFileError."""
    run, target = load_run(folder), Path(target)
    for attempt in range(TRIES):
        try:
            with whole_file(target) as part:
                _pack(run, part)
            return target
        except FileNotFoundError as error:  # it trains: the state was replaced between its manifest and its turn
            if attempt == TRIES - 1:
                raise RunFileError(f"The run {run.name!r} could not be read while it trains: pause it first.") from error
        except PROBLEMS as error:
            if isinstance(error, RunFileError):
                raise
            raise RunFileError(f"{target.name} could not be written: {_one_line(error)}.") from error
    raise AssertionError


def _pack(run: Run, target: Path) -> None:
    manifest = run.checkpoint_manifest()
    if not manifest.state_file:
        raise RunFileError(f"The run {run.name!r} has not been saved yet: there is nothing to hand over.")
    names = [manifest.state_file, *(entry["file"] for entry in manifest.metrics_files)]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in (FACTS, MANIFEST, *names):
            archive.write(run.folder / name, name)
    with zipfile.ZipFile(target) as archive:  # the manifest may have been replaced after it was read
        if manifest.state_file.encode() not in archive.read(MANIFEST):
            raise FileNotFoundError(manifest.state_file)


def unpack_run(path: Path | str) -> Path:
    """Put the run in a file into a new folder among the runs, whole or not at all. Raises RunFileError with a sentence."""
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = _checked(archive, path)
            runs_folder().mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=runs_folder(), ignore_cleanup_errors=True) as place:
                folder = Path(place) / "run"
                folder.mkdir()
                for member in members:
                    _unpack(archive, member, folder)
                return _settle(folder, {m.filename for m in members}, path)
    except FileNotFoundError as error:
        raise RunFileError(f"There is no file {path}.") from error
    except PROBLEMS as error:
        if isinstance(error, RunFileError):
            raise
        raise RunFileError(f"{path.name} cannot be read as a run ({_one_line(error)}).") from error


def _checked(archive: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    """The members, if they are those of a run and no larger together than the file itself."""
    members = archive.infolist()
    names = [m.filename for m in members]
    if not {FACTS, MANIFEST} <= set(names):
        raise RunFileError(f"{path.name} is not a run: it holds no {FACTS} with a {MANIFEST}.")
    if len(names) > MOST_MEMBERS or len(set(names)) < len(names):
        raise RunFileError(f"{path.name} holds more files than a run has, or one of them twice: it is not opened.")
    if strange := [n for n in names if n not in JSON and not STATE_NAME.fullmatch(n)]:
        raise RunFileError(f"{path.name} holds {strange[0][:60]!r}, which is no part of a run: it is not opened.")
    if any(m.compress_type != zipfile.ZIP_STORED or m.flag_bits & 1 or m.file_size != m.compress_size for m in members):
        raise RunFileError(f"{path.name} is compressed or locked, which runs never are: it is not opened.")
    if sum(m.file_size for m in members) > path.stat().st_size or any(archive.getinfo(n).file_size > MAX_JSON for n in JSON):
        raise RunFileError(f"{path.name} says that it holds more than there is room for: it is not opened.")
    return members


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    """One member, whose name was checked, with no more bytes than it said; at its end its own checksum is compared."""
    left = member.file_size
    with archive.open(member) as source, (folder / member.filename).open("xb") as target:
        while chunk := source.read(CHUNK):
            left -= len(chunk)
            if left < 0:
                raise RunFileError(f"{member.filename} is larger than it says: the file is not opened.")
            target.write(chunk)


def _settle(folder: Path, names: set[str], path: Path) -> Path:
    """Move an unpacked run to its place, once it has been read from end to end."""
    try:
        run = load_run(folder)
        checkpoint = run.checkpoint()[0]
    except RunFileError as error:
        raise RunFileError(f"{path.name}: {str(error).replace(f' in {folder}', '')}") from error
    named = {FACTS, MANIFEST, checkpoint.state_file, *(entry["file"] for entry in checkpoint.metrics_files)}
    if names != named:
        raise RunFileError(f"{path.name} holds files that its run does not name, or lacks one: it is not opened.")
    target = new_folder(run.recipe)
    shutil.move(folder, target)
    return target


def _one_line(error: Exception) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error or type(error).__name__).split())[:120].rstrip(".")
