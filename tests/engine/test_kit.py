"""The workshop kit: whole, checked by its own scripts, and its page names what is there and nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
sys.path.append(str(PACKAGING))

import kit  # noqa: E402

INSTALLERS = {
    "generative-playground-9.8.7-windows-x64-setup.exe": b"MZ", "generative-playground-9.8.7-macos-arm64.dmg": b"koly",
    "generative-playground-9.8.7-linux-x86_64.run": b"#!/bin/sh\nglibc=2.36\nkilobytes=600000\n",
    "generative-playground_9.8.7_amd64.deb": b"!<arch>\n",
}  # fmt: skip
SH = shutil.which("sh")


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """Stand-ins for the installers of all systems."""
    folder = tmp_path / "dist"
    folder.mkdir()
    for name, content in INSTALLERS.items():
        (folder / name).write_bytes(content + bytes(range(256)))
    return folder


@pytest.fixture
def gpu(tmp_path: Path) -> Path:
    """What ``playground gpu kit`` leaves."""
    folder = tmp_path / "fetched" / "gpu" / "windows-cu130"
    folder.mkdir(parents=True)
    (folder / "torch-2.13.0+cu130-cp311-cp311-win_amd64.whl").write_bytes(b"wheel")
    return tmp_path / "fetched"


class Page(HTMLParser):
    """Its words, and where it points."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.words, self.links = "", []  # type: tuple[str, list[str]]
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_page_names_every_file_and_its_links_lead_somewhere(tmp_path: Path, dist: Path, gpu: Path) -> None:
    folder = tmp_path / "a stick"
    assert kit.make(folder, dist, gpu) == [system.name for system in kit.SYSTEMS]
    page, notes = Page(folder / kit.PAGE), (folder / kit.NOTES).read_text(encoding="utf-8")
    for name in (p.name for p in folder.iterdir() if p.name not in (kit.PAGE, "pictures", "gpu")):
        assert name in page.words or name in notes, name
    for name in INSTALLERS:
        assert name in page.words and name in notes and (folder / name).read_bytes() == (dist / name).read_bytes()
    assert page.links and all((folder / link).is_file() for link in page.links)
    assert "It is here for Windows." in page.words and "Not in this kit" not in page.words
    assert (folder / "gpu" / "windows-cu130" / "torch-2.13.0+cu130-cp311-cp311-win_amd64.whl").is_file()
    assert not re.search(r"\$\w", page.words.replace("$HOME", "") + notes.replace("$HOME", ""))


def test_the_oldest_linux_is_the_one_that_the_installer_states(tmp_path: Path, dist: Path) -> None:
    kit.make(tmp_path / "kit", dist)
    words = " ".join(Page(tmp_path / "kit" / kit.PAGE).words.split())
    assert "It needs glibc 2.36 or newer: Ubuntu 24.04, Debian 12, Fedora 37, RHEL 10." in words
    assert kit.systems("2.35").startswith("Ubuntu 22.04, Debian 12, Fedora 36") and kit.systems("") == ""


def test_what_is_missing_is_said(tmp_path: Path, dist: Path) -> None:
    for path in dist.glob("*.dmg"):
        path.unlink()
    folder = tmp_path / "kit"
    assert "macOS" not in kit.make(folder, dist)
    words = Page(folder / kit.PAGE).words
    assert "Not in this kit: macOS." in words and "Applications (or" not in words and "GPU support (optional)" not in words
    with pytest.raises(kit.KitError, match="no installers"):
        kit.make(tmp_path / "none", tmp_path)
    with pytest.raises(kit.KitError, match="holds no packages"):
        kit.make(folder, dist, tmp_path)


def test_a_new_version_takes_the_place_of_the_old_one(tmp_path: Path, dist: Path) -> None:
    folder = tmp_path / "kit"
    kit.make(folder, dist)
    (folder / "slides.pdf").write_text("the instructor's own")
    for path in list(dist.iterdir()):
        path.rename(path.with_name(path.name.replace("9.8.7", "9.9.0")))
    kit.make(folder, dist)
    assert not list(folder.glob("*9.8.7*")) and len(list(folder.glob("*9.9.0*"))) == len(INSTALLERS)
    assert (folder / "slides.pdf").is_file() and "slides.pdf" in (folder / kit.SUMS).read_text()


# ---------------------------------------------------------------- the scripts that verify
@pytest.mark.skipif(SH is None, reason="the script is for a POSIX shell")
@pytest.mark.parametrize("tool", ["sha256sum", "shasum"])  # of Linux, of macOS
def test_a_flipped_bit_and_a_missing_file_are_found(tmp_path: Path, dist: Path, gpu: Path, tool: str) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"no {tool} here")
    folder, tools = tmp_path / "my stick", tmp_path / "tools"
    kit.make(folder, dist, gpu)
    tools.mkdir()
    for name in (tool, "dirname", "grep", "perl"):
        if found := shutil.which(name):
            (tools / name).symlink_to(found)

    def verify(name: str = "verify.sh") -> tuple[int, str]:
        line = [str(SH), str(folder / name)]
        done = subprocess.run(line, cwd=tmp_path, env={"PATH": str(tools)}, capture_output=True, text=True, timeout=30)
        return done.returncode, done.stdout + done.stderr

    assert verify() == (0, "All files are whole.\n") == verify("verify.command")
    victim = folder / "generative-playground-9.8.7-windows-x64-setup.exe"
    whole = victim.read_bytes()
    victim.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    code, words = verify()
    assert code != 0 and victim.name in words and "Some files are damaged" in words
    victim.write_bytes(whole)
    next((folder / "gpu").rglob("*.whl")).unlink()
    code, words = verify("verify.command")
    assert code != 0 and "win_amd64.whl" in words and victim.name not in words
