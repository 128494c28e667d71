"""A small ffmpeg for the bundle: ``python3 packaging/linux/ffmpeg.py TARGET``

The wheel's own ffmpeg is 80 MB, a ninth of the program, and all that is asked of it is H.264 from raw frames into an MP4. So the
same program is built from the distribution's source with only these parts in it: 3.4 MB. It needs apt's sources, gcc, nasm and
libx264-dev; where one of them is missing, the exit code is 1 and the bundle keeps the large one (see build.py). The source that it
was made of is left beside TARGET, since the GPL asks to hand it on.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PARTS = (
    "--disable-everything", "--disable-autodetect", "--disable-doc", "--disable-debug", "--disable-network", "--disable-ffplay",
    "--disable-ffprobe", "--enable-small", "--enable-gpl", "--enable-libx264", "--enable-protocol=file,pipe",
    "--enable-demuxer=rawvideo", "--enable-decoder=rawvideo", "--enable-encoder=libx264", "--enable-muxer=mp4",
    "--enable-filter=scale,format,null,buffer,buffersink", "--pkg-config-flags=--static",
)  # fmt: skip
X264 = Path("/usr/lib/x86_64-linux-gnu/libx264.a")


def main(target: Path) -> int:
    missing = [t for t in ("apt-get", "dpkg-source", "gcc", "make", "nasm", "pkg-config") if shutil.which(t) is None]
    missing += [] if X264.exists() else ["libx264-dev"]
    if missing:
        print(f"A small ffmpeg cannot be built without {', '.join(missing)}.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        tree = source(Path(folder))
        build(tree, Path(folder))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(tree / "ffmpeg", target)
        for part in Path(folder).glob("ffmpeg_*"):
            shutil.copy2(part, target.parent / part.name)
    return 0


def source(folder: Path) -> Path:
    """The distribution's ffmpeg, unpacked with its patches; fetched with lists of our own, so that no right is needed."""
    listed = folder / "sources"
    (listed / "list.d").mkdir(parents=True)
    (folder / "lists" / "partial").mkdir(parents=True)
    (listed / "list").write_text(_one_line(Path("/etc/apt/sources.list")))
    for path in Path("/etc/apt/sources.list.d").glob("*.sources"):
        if text := _deb822(path.read_text()):
            (listed / "list.d" / path.name).write_text(text)
    options = {
        "Dir::Etc::sourcelist": listed / "list", "Dir::Etc::sourceparts": listed / "list.d", "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder / "cache", "APT::Sandbox::User": "root",
    }  # fmt: skip
    (folder / "cache" / "archives" / "partial").mkdir(parents=True)
    apt = ["apt-get", "-qq", *(word for key, value in options.items() for word in ("-o", f"{key}={value}"))]
    subprocess.run([*apt, "update"], check=True, env={**os.environ, "TMPDIR": str(folder)})
    subprocess.run([*apt, "source", "ffmpeg"], check=True, cwd=folder, env={**os.environ, "TMPDIR": str(folder)})
    return next(p for p in folder.glob("ffmpeg-*") if p.is_dir())


def _one_line(path: Path) -> str:
    """The distribution's own ``deb`` lines, asking for sources."""
    lines = path.read_text().splitlines() if path.exists() else []
    return "\n".join(re.sub(r"^deb\b", "deb-src", line) for line in lines if line.startswith("deb ") and _own(line)) + "\n"


def _deb822(text: str) -> str:
    """The same of the newer form, in paragraphs."""
    found = [part for part in re.split(r"\n\s*\n", text) if _own(part)]
    return "\n\n".join(re.sub(r"(?m)^Types:.*$", "Types: deb-src", part) for part in found)


def _own(text: str) -> bool:
    return re.search(r"\b(debian|ubuntu)\b", text) is not None


def build(tree: Path, folder: Path) -> None:
    """Configure, compile, link libx264 into it, strip."""
    (folder / "static").mkdir()
    shutil.copy2(X264, folder / "static")  # alone in its folder: beside a shared one the linker would take that
    log = folder / "log"
    with log.open("w") as file:
        for step in (["./configure", *PARTS, f"--extra-ldflags=-L{folder / 'static'}"], ["make", f"-j{os.cpu_count()}", "ffmpeg"]):
            if subprocess.run(step, cwd=tree, stdout=file, stderr=file).returncode:
                raise SystemExit(f"ffmpeg: {step[0]} failed:\n" + log.read_text()[-2000:])
    subprocess.run(["strip", str(tree / "ffmpeg")], check=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
