"""The workshop kit: a folder (or a USB stick) with all that thirty people need to set up, without a network.

    python3 packaging/kit.py FOLDER [--from dist] [--gpu FOLDER]

Takes the installers that there are (Linux's from packaging/build.py; those for Windows and macOS where the hosted build made them
and they were put into dist/), and adds checksums, scripts that verify them, a page to start from and one for the instructor. With
``--gpu`` the packages that ``playground gpu kit`` gathered are taken along.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from string import Template

ROOT = Path(__file__).resolve().parent.parent
PARTS = ROOT / "packaging" / "kit"
PICTURES = ("latent_map-dark.png", "chain_digits-dark.png")
SUMS, PAGE, NOTES = "SHA256SUMS", "START-HERE.html", "instructor.md"


@dataclass(frozen=True)
class System:
    """One way of installing: ``pattern`` of its file, and its chapter of the page (a file in packaging/kit)."""

    name: str
    pattern: str
    chapter: str


SYSTEMS = (
    System("Windows", "*-windows-*-setup.exe", "windows.html"), System("macOS", "*-macos-*.dmg", "macos.html"),
    System("Linux", "*-linux-*.run", "linux.html"), System("Debian, Ubuntu (for all users)", "*_amd64.deb", "deb.html"),
)  # fmt: skip


#: Releases and their glibc, oldest first (of those with Wayland and a Qt of today; from the distributions' package lists).
LINUXES = (
    ("Ubuntu", (("22.04", (2, 35)), ("24.04", (2, 39)))), ("Debian", (("12", (2, 36)), ("13", (2, 41)))),
    ("Fedora", (("36", (2, 35)), ("37", (2, 36)), ("38", (2, 37)), ("39", (2, 38)), ("40", (2, 39)))),
    ("RHEL", (("10", (2, 39)),)),
)  # fmt: skip


class KitError(RuntimeError):
    """Why there can be no kit, in a sentence."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--from", dest="source", type=Path, default=ROOT / "dist", help="where the installers are; default dist/")
    parser.add_argument("--gpu", type=Path, help="a folder that 'playground gpu kit' filled")
    options = parser.parse_args()
    try:
        made = make(options.folder, options.source, options.gpu)
    except KitError as error:
        print(error, file=sys.stderr)
        return 1
    size = sum(p.stat().st_size for p in options.folder.rglob("*") if p.is_file())
    print(f"{options.folder}: {', '.join(made)}; {size / 1e6:.0f} MB. Open {PAGE}.")
    return 0


def make(folder: Path, source: Path, gpu: Path | None = None) -> list[str]:
    """Fill ``folder``; the names of the systems in it. What an earlier kit left in it is replaced, anything else is not touched."""
    found = {system.name: newest(source, system.pattern) for system in SYSTEMS}
    there = {name: path for name, path in found.items() if path is not None}
    if not there:
        raise KitError(f"There are no installers in {source}: run packaging/build.py first, or name their folder with --from.")
    folder.mkdir(parents=True, exist_ok=True)
    for system in SYSTEMS:
        for old in folder.glob(system.pattern):
            old.unlink()
    for path in there.values():
        shutil.copy2(path, folder)
    copy_files(ROOT / "build" / "ffmpeg", folder / "sources", "ffmpeg_*")
    if gpu is not None and not copy_files(gpu / "gpu" if (gpu / "gpu").is_dir() else gpu, folder / "gpu", "*-*/*.whl"):
        raise KitError(f"{gpu} holds no packages: fill it with playground gpu kit {gpu}.")
    (folder / "pictures").mkdir(exist_ok=True)
    for name in PICTURES:
        shutil.copy2(ROOT / "packaging" / "screenshots" / name, folder / "pictures")
    write_texts(folder, there)
    write_sums(folder)
    return list(there)


def newest(source: Path, pattern: str) -> Path | None:
    return max(source.glob(pattern), key=lambda p: p.stat().st_mtime, default=None)


def copy_files(source: Path, target: Path, pattern: str) -> int:
    """Files that fit the pattern, each in its place below ``target``; how many there were."""
    files = sorted(p for p in source.glob(pattern) if p.is_file())
    for path in files:
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)
    return len(files)


# ---------------------------------------------------------------- texts
def write_texts(folder: Path, there: dict[str, Path]) -> None:
    """The page, the notes, and the scripts that verify."""
    facts = facts_of(there)
    chapters = []
    for system in SYSTEMS:
        if system.name in there:
            text = Template((PARTS / system.chapter).read_text(encoding="utf-8"))
            chapters.append(text.substitute(facts, file=html.escape(there[system.name].name)))
    missing = [s.name for s in SYSTEMS if s.name not in there and s.chapter != "deb.html"]
    note = f"<p><b>Not in this kit:</b> {' and '.join(missing)}.</p>" if missing else ""
    facts = {**facts, "chapters": "\n".join(chapters), "missing": note, "gpu": gpu_chapter(folder)}
    page = Template((PARTS / "page.html").read_text(encoding="utf-8"))
    (folder / PAGE).write_text(page.substitute(facts), encoding="utf-8")
    notes = Template((PARTS / NOTES).read_text(encoding="utf-8"))
    (folder / NOTES).write_text(notes.substitute(facts), encoding="utf-8")
    for name in ("verify.sh", "verify.command"):
        (folder / name).write_bytes((PARTS / "verify.sh").read_bytes())
        (folder / name).chmod(0o755)
    words = (PARTS / "verify.cmd").read_text(encoding="ascii")
    (folder / "verify.cmd").write_bytes(words.replace("\n", "\r\n").encode("ascii"))


def gpu_chapter(folder: Path) -> str:
    """What the page says of the packages for a graphics card; "" where there are none."""
    gpus = sorted(p.name.partition("-")[0].capitalize() for p in (folder / "gpu").glob("*-*") if p.is_dir())
    text = Template((PARTS / "gpu.html").read_text(encoding="utf-8"))
    return text.substitute(gpus=" and ".join(dict.fromkeys(gpus))) if gpus else ""


def facts_of(there: dict[str, Path]) -> dict[str, str]:
    """What the texts say of these files: version, sizes, and the oldest Linux, as the installer states it."""
    names = {s.name: there[s.name].name if s.name in there else f"(no file for {s.name})" for s in SYSTEMS}
    version = re.search(r"\d+\.\d+\.\d+", next(iter(there.values())).name)
    stated = stated_by(there["Linux"]) if "Linux" in there else {}
    glibc = stated.get("glibc", "")
    return {
        "version": version[0] if version else "", "glibc": glibc, "systems": systems(glibc), "windows": names["Windows"],
        "macos": names["macOS"], "linux": names["Linux"], "deb": names["Debian, Ubuntu (for all users)"],
    }  # fmt: skip


def stated_by(installer: Path) -> dict[str, str]:
    """What a .run says of itself at its top: the oldest ``glibc``, and ``kilobytes`` when it is installed."""
    with installer.open("rb") as file:
        return {k.decode(): v.decode() for k, v in re.findall(rb"^(glibc|kilobytes)=(\S+)$", file.read(4096), re.MULTILINE)}


def systems(glibc: str) -> str:
    """The oldest release of each large Linux that has this glibc, in words; "" where nothing is known."""
    wanted = tuple(int(part) for part in glibc.split(".")) if glibc else (99,)
    oldest = [next((f"{name} {release}" for release, has in releases if has >= wanted), "") for name, releases in LINUXES]
    return ", ".join(found for found in oldest if found)


def write_sums(folder: Path) -> None:
    """Of every file but the list itself, as ``sha256sum -c`` reads it."""
    lines = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != SUMS):
        with path.open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.relative_to(folder).as_posix()}\n")
    (folder / SUMS).write_bytes("".join(lines).encode())


if __name__ == "__main__":
    sys.exit(main())
