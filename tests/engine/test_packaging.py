"""The parts of packaging that can be tried without a build: glibc's floor, the installers' formats, their shell script."""

from __future__ import annotations

import gzip
import io
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "packaging"), str(ROOT / "packaging" / "linux")]

glibc = pytest.importorskip("glibc")
installers = pytest.importorskip("installers")

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of Linux")
SCRIPT = "#!/bin/sh\n[ \"$1\" = --version ] && echo fake 1.2.3 && exit 0\necho '{\"problem\": \"\"}' > \"$2\"\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A frozen folder in small: a script for a program, with the licence that a real one has."""
    folder = tmp_path / "frozen" / "playground"
    (folder / "_internal" / "licences").mkdir(parents=True)
    (folder / "_internal" / "licences" / "LICENSE").write_text("MIT")
    (folder / "_internal" / "link").symlink_to("licences")
    (folder / "playground").write_text(SCRIPT)
    (folder / "playground").chmod(0o755)
    return folder


@linux
def test_the_floor_of_glibc_is_what_readelf_says(tmp_path: Path) -> None:
    library = Path(sys.executable).resolve()
    found = glibc.of_file(library)
    if not found or shutil.which("readelf") is None:
        pytest.skip("no ELF file to compare with readelf")
    said = subprocess.run(["readelf", "-V", str(library)], capture_output=True, text=True).stdout
    assert found == {glibc.numbers(version) for version in re.findall(r"\bGLIBC_([0-9.]+)", said)}
    (tmp_path / "text").write_text("no library")
    assert glibc.of_file(tmp_path / "text") == set()


def test_newer_is_a_matter_of_numbers() -> None:
    assert glibc.floor({Path("a"): (2, 4), Path("b"): (2, 34)}) == (2, 34) and glibc.numbers("2.34") > glibc.numbers("2.4")


@linux
@pytest.mark.skipif(shutil.which("xz") is None, reason="needs xz")
def test_the_deb_is_an_archive_of_the_three_parts(program: Path, tmp_path: Path) -> None:
    (made,) = installers.make(program, tmp_path, "1.2.3", ("deb",))
    content, parts, at = made.read_bytes(), {}, 8
    assert content.startswith(b"!<arch>\n")
    while at < len(content):
        name, size = content[at : at + 16].decode().strip(), int(content[at + 48 : at + 58])
        parts[name] = content[at + 60 : at + 60 + size]
        at += 60 + size + size % 2
    assert list(parts) == ["debian-binary", "control.tar.gz", "data.tar.xz"] and parts["debian-binary"] == b"2.0\n"
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(parts["control.tar.gz"]))) as control:
        words = control.extractfile("./control")
        assert words is not None and b"Version: 1.2.3\n" in words.read()
    with tarfile.open(fileobj=io.BytesIO(parts["data.tar.xz"])) as data:
        names = data.getnames()
        assert {"./usr/bin/playground", "./opt/generative-playground/playground"} <= set(names)
        assert data.getmember("./opt/generative-playground/playground").mode == 0o755
        assert data.getmember("./opt/generative-playground/_internal/link").issym()
        assert all(m.uid == 0 and m.mtime == installers.TIME for m in data.getmembers())


@linux
@pytest.mark.skipif(shutil.which("xz") is None, reason="needs xz")
def test_the_run_file_installs_again_and_leaves_nothing(program: Path, tmp_path: Path) -> None:
    (made,) = installers.make(program, tmp_path, "1.2.3", ("run",))
    home = tmp_path / "a ü $home"
    home.mkdir()
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}

    def sh(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["sh", *words], env=environment, cwd=home, capture_output=True, text=True, timeout=60)

    for _ in range(2):
        done = sh(str(made))
        assert done.returncode == 0, done.stderr
    place = home / ".local" / "lib" / "generative-playground"
    assert subprocess.run([home / ".local/bin/playground", "--version"], capture_output=True, text=True).stdout == "fake 1.2.3\n"
    entry = (home / ".local/share/applications/generative-playground.desktop").read_text()
    assert f'Exec="{home}/.local/lib/generative-playground/playground" %f'.replace("$", "\\\\$") in entry
    for data in (".local/share", ".config", ".cache"):
        (home / data / "generative-playground" / "runs").mkdir(parents=True)
    assert sh(str(place / "uninstall.sh")).returncode == 0
    assert len(list(home.rglob("runs"))) == 3, "they stay, unless one says otherwise"
    assert sh(str(made), "--uninstall", "--with-runs").returncode == 0
    assert list(home.rglob("*")) == []


@linux
@pytest.mark.skipif(shutil.which("xz") is None, reason="needs xz")
def test_a_damaged_file_or_a_program_that_fails_changes_nothing(program: Path, tmp_path: Path) -> None:
    (made,) = installers.make(program, tmp_path, "1.2.3", ("run",))
    home = tmp_path / "home"
    home.mkdir()
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    half = tmp_path / "half.run"
    half.write_bytes(made.read_bytes()[:-200])
    done = subprocess.run(["sh", str(half)], env=environment, capture_output=True, text=True)
    assert done.returncode == 1 and "damaged" in done.stderr and list(home.rglob("*")) == []
    (program / "playground").write_text("#!/bin/sh\necho no library here >&2\nexit 1\n")
    (made,) = installers.make(program, tmp_path, "1.2.3", ("run",))
    done = subprocess.run(["sh", str(made)], env=environment, capture_output=True, text=True)
    assert done.returncode == 1 and "no library here" in done.stderr and list(home.rglob("*")) == []


def test_only_torch_and_qt_runtime_copies_become_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    platforms = pytest.importorskip("platforms")
    versions = {"old": (14, 20, 0, 0), "new": (14, 40, 0, 0)}
    monkeypatch.setattr(platforms, "file_version", lambda path: versions[path])
    entries = [("PySide6/msvcp140.dll", "old", "BINARY"), ("MSVCP140.dll", "new", "BINARY"), ("c10.dll", "c10", "BINARY")]
    assert [e[1] for e in platforms.one_runtime(entries)] == ["new", "new", "c10"]
