"""The frozen program and, on Linux, its installers, by one command:

    python3 packaging/build.py                  everything, into dist/
    python3 packaging/build.py --only freeze    the program folder alone (dist/playground)

A fresh environment is made in build/env with the pinned packages and PyInstaller, nothing else: whatever lies in the environment
may end up in the bundle. The same script freezes on Windows and macOS, where the hosted workflow then makes the installers.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
import tomllib
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "packaging"
BUILD = ROOT / "build"
PYINSTALLER = ("pyinstaller==6.22.3", "pyinstaller-hooks-contrib==2026.9")
#: Newer ones bring an ffmpeg of 170 MB instead of 80.
PINNED = ("imageio-ffmpeg==0.6.0",)
TORCH = "torch==2.13.0"
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
#: Debug symbols make up a tenth of the bundle; only these libraries have them, and only they are stripped.
STRIPPED = ("libtorch_cpu.so", "libtorch_python.so", "libpython3", "libc10.so")


def main() -> int:
    options = parse()
    started = time.monotonic()
    dist = options.out.resolve()
    python = environment()
    program = freeze(python, dist)
    subprocess.run([sys.executable, str(HERE / "check_bundle.py"), str(program)], check=True)
    if options.only != "freeze" and sys.platform.startswith("linux"):
        sys.path.insert(0, str(HERE / "linux"))
        import installers

        wanted = [maker for name, maker in installers.MAKERS.items() if options.only in ("", name)]
        made = [maker(program, dist, str(project()["version"])) for maker in wanted]
        checksums(dist, made)
    print(f"Done in {time.monotonic() - started:.0f} s.")
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where the results go; default dist/")
    parser.add_argument("--only", choices=("", "freeze", "deb", "run"), default="", help="one of the results")
    return parser.parse_args()


def project() -> dict[str, Any]:
    """What pyproject.toml says of the program."""
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def environment() -> Path:
    """The Python of an environment with the program's own packages, not the program, and PyInstaller."""
    home = BUILD / "env"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    needed = [*project()["dependencies"], *PYINSTALLER, *PINNED]
    wanted = hashlib.sha256("\n".join(needed).encode()).hexdigest()
    mark = home / "made-of"
    if mark.exists() and mark.read_text() == wanted:
        return python
    say("Making the environment")
    shutil.rmtree(home, ignore_errors=True)
    venv.create(home, with_pip=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # On Linux the general index holds a CUDA build of several GB under the same name.
    if sys.platform.startswith("linux"):
        only_cpu = subprocess.run([*pip, TORCH, "--index-url", CPU_WHEELS], stderr=subprocess.DEVNULL)
        if only_cpu.returncode:
            subprocess.run([*pip, TORCH], check=True)
    subprocess.run([*pip, *needed], check=True)
    mark.write_text(wanted)
    return python


def freeze(python: Path, dist: Path) -> Path:
    """PyInstaller's folder, stripped of debug symbols, with the licences of all that is in it."""
    say("Freezing")
    licences = BUILD / "licences.txt"
    licences.parent.mkdir(parents=True, exist_ok=True)
    text = subprocess.run([str(python), str(HERE / "licences.py")], check=True, capture_output=True, encoding="utf-8").stdout
    licences.write_text(text, encoding="utf-8")
    command = [str(python), "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", "--distpath", str(dist)]
    command += ["--workpath", str(BUILD / "work"), str(HERE / "playground.spec")]
    subprocess.run(command, check=True, env={**os.environ, "PLAYGROUND_LICENCES": str(licences)})
    program = dist / "playground"
    if sys.platform.startswith("linux") and (strip := shutil.which("strip")):
        for library in (p for p in (program / "_internal").rglob("*.so*") if p.name.startswith(STRIPPED) and not p.is_symlink()):
            subprocess.run([strip, "--strip-unneeded", str(library)], check=True)
    return program


def checksums(dist: Path, files: list[Path]) -> None:
    """SHA256SUMS of the installers, as sha256sum -c reads it."""
    lines = []
    for path in files:
        with path.open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.name}\n")
        print(f"{path}: {path.stat().st_size / 1e6:.0f} MB")
    (dist / "SHA256SUMS").write_text("".join(lines))


def say(what: str) -> None:
    print(f"== {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
