"""The installers for Linux, made of the frozen folder: a .deb, and one file that installs itself for one user without rights.

Both carry the same archive, packed once: packing is what takes the time. Measured on a part of the largest library, xz at its
quickest is smaller than zstd at 15 (23.7 against 24.6 %), takes a third of its time, and is on every system. Neither dpkg-deb nor
root is needed.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import glibc  # noqa: E402

NAME = "generative-playground"
MAINTAINER = "Generative Playground <noreply@example.invalid>"
#: What Qt needs of the system and a desktop has: not bundled, since they belong to its graphics driver and its fonts.
DEPENDS = "libc6 (>= {glibc}), libstdc++6, libegl1, libgl1, libfontconfig1, libdbus-1-3"
XZ = ("xz", "-T0", "--lzma2=preset=1,dict=16MiB", "-c")
TIME = 1_735_689_600  # of everything in the archives, so that the same program gives the same files


def make(program: Path, dist: Path, version: str, wanted: Iterable[str] = ("deb", "run")) -> list[Path]:
    """The wanted installers of a frozen folder."""
    lowest = glibc.words(glibc.floor(glibc.of_folder(program)))
    entries = list(contents(program))
    payload = dist / "data.tar.xz"
    pack(entries, payload)
    kilobytes = sum(p.lstat().st_size for p, _ in entries) // 1024
    makers = {"deb": deb, "run": run}
    made = [makers[name](payload, dist, version, lowest, kilobytes, entries) for name in wanted]
    payload.unlink()
    return made


# ---------------------------------------------------------------- what is installed, and where
Entry = tuple[Path, str]  # a file, and its place below the root, without a leading slash


def contents(program: Path) -> Iterator[Entry]:
    """The program in /opt, its menu entry, file types, icon and a command."""
    for path in sorted(program.rglob("*")):
        if path.is_symlink() or path.is_file():
            yield path, f"opt/{NAME}/{path.relative_to(program).as_posix()}"
    for source, target in desktop_files().items():
        yield source, f"usr/share/{target}"
    licence = next(iter(program.rglob("licences/LICENSE")), None)
    if licence is not None:
        yield licence, f"usr/share/doc/{NAME}/copyright"


def desktop_files() -> dict[Path, str]:
    """Menu entry, file types and icons: source -> place below share/."""
    return {
        HERE / f"{NAME}.desktop": f"applications/{NAME}.desktop",
        HERE / f"{NAME}.xml": f"mime/packages/{NAME}.xml",
        HERE / f"{NAME}.svg": f"icons/hicolor/scalable/apps/{NAME}.svg",
    }


def pack(entries: list[Entry], target: Path) -> None:
    """A tar of the entries, through xz."""
    if shutil.which("xz") is None:
        raise SystemExit("xz is needed to make the installers (Debian, Ubuntu: xz-utils).")
    with target.open("wb") as file:
        packer = subprocess.Popen(XZ, stdin=subprocess.PIPE, stdout=file)
        assert packer.stdin is not None
        with tarfile.open(fileobj=packer.stdin, mode="w|", format=tarfile.GNU_FORMAT) as archive:
            for folder in folders(place for _, place in entries):
                archive.addfile(_plain(tarfile.TarInfo(f"./{folder}"), tarfile.DIRTYPE, 0o755))
            for source, place in entries:
                _add(archive, source, f"./{place}")
            link = _plain(tarfile.TarInfo("./usr/bin/playground"), tarfile.SYMTYPE, 0o777)
            link.linkname = f"/opt/{NAME}/playground"
            archive.addfile(link)
        packer.stdin.close()
        if packer.wait():
            raise SystemExit("xz failed: is the disk full?")


def folders(places: Iterable[str]) -> list[str]:
    """All folders on the way to the places, outer ones first."""
    found = {"usr/bin"} | {"/".join(place.split("/")[:depth]) for place in places for depth in range(1, place.count("/") + 1)}
    return sorted(found | {"usr"})


def _add(archive: tarfile.TarFile, source: Path, place: str) -> None:
    if source.is_symlink():
        info = _plain(tarfile.TarInfo(place), tarfile.SYMTYPE, 0o777)
        info.linkname = str(source.readlink())
        archive.addfile(info)
        return
    facts = source.stat()
    info = _plain(tarfile.TarInfo(place), tarfile.REGTYPE, 0o755 if facts.st_mode & 0o100 else 0o644)
    info.size = facts.st_size
    with source.open("rb") as file:
        archive.addfile(info, file)


def _plain(info: tarfile.TarInfo, kind: bytes, mode: int) -> tarfile.TarInfo:
    """Of no particular user and time, whoever packed it and when."""
    info.type, info.mode, info.mtime = kind, mode, TIME
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    return info


# ---------------------------------------------------------------- the two of them
def deb(payload: Path, dist: Path, version: str, lowest: str, kilobytes: int, entries: list[Entry]) -> Path:
    """For all users of a machine. A .deb is an ar archive of a format number, a small tar that describes it, and the payload."""
    control = (
        f"Package: {NAME}\nVersion: {version}\nArchitecture: amd64\nMaintainer: {MAINTAINER}\nSection: education\n"
        f"Priority: optional\nInstalled-Size: {kilobytes}\nDepends: {DEPENDS.format(glibc=lowest)}\n"
        "Description: see how VAE, GAN and diffusion models work, fail and compare\n"
        " Configure a generative model, train it on your own machine and watch it learn.\n"
    )
    sums = "".join(f"{_md5(source)}  {place}\n" for source, place in entries if not source.is_symlink())
    refresh = (HERE / "refresh.sh").read_text()
    parts = {"control": control, "md5sums": sums, "postinst": refresh, "postrm": refresh}
    memory = io.BytesIO()
    with gzip.GzipFile(fileobj=memory, mode="wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w|") as archive:
        for name, text in parts.items():
            info = _plain(tarfile.TarInfo(f"./{name}"), tarfile.REGTYPE, 0o755 if name.startswith("post") else 0o644)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    made = dist / f"{NAME}_{version}_amd64.deb"
    with made.open("wb") as file:
        file.write(b"!<arch>\n")
        for name, content in (("debian-binary", b"2.0\n"), ("control.tar.gz", memory.getvalue()), ("data.tar.xz", payload)):
            length = content.stat().st_size if isinstance(content, Path) else len(content)
            file.write(f"{name:<16}{TIME:<12}{0:<6}{0:<6}{'100644':<8}{length:<10}`\n".encode())
            _pour(content, file)
            file.write(b"\n" * (length % 2))
    return made


def run(payload: Path, dist: Path, version: str, lowest: str, kilobytes: int, _: list[Entry]) -> Path:
    """A shell script with the archive behind it. It has to know its own length, so that tail can find the archive."""
    text = (HERE / "install.sh").read_text()
    for name, value in (("VERSION", version), ("GLIBC", lowest), ("KILOBYTES", kilobytes), ("LINES", text.count("\n"))):
        text = text.replace(f"@{name}@", str(value))
    made = dist / f"{NAME}-{version}-linux-x86_64.run"
    with made.open("wb") as file:
        file.write(text.encode())
        _pour(payload, file)
    made.chmod(0o755)
    return made


def _pour(content: Path | bytes, target: io.BufferedWriter) -> None:
    if isinstance(content, bytes):
        target.write(content)
        return
    with content.open("rb") as source:
        shutil.copyfileobj(source, target, 1 << 20)


def _md5(source: Path) -> str:
    """What dpkg compares an installed file with (dpkg --verify); no protection against anyone."""
    with source.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
