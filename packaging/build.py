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
import tempfile
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
LINUX = sys.platform.startswith("linux")


def main() -> int:
    options = parse()
    started = time.monotonic()
    dist = options.out.resolve()
    python = timed("the environment", environment)
    ffmpeg = timed("a small ffmpeg", small_ffmpeg) if LINUX else None
    program = timed("freezing", lambda: freeze(python, dist, ffmpeg))
    subprocess.run([sys.executable, str(HERE / "check_bundle.py"), str(program)], check=True)
    timed("a look at the window", lambda: try_out(program))
    if options.only != "freeze" and LINUX:
        sys.path.insert(0, str(HERE / "linux"))
        import installers

        version = str(project()["version"])
        wanted = (options.only,) if options.only else ("deb", "run")
        made = timed("installers", lambda: installers.make(program, dist, version, wanted))
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


# ---------------------------------------------------------------- what it is made of
def environment() -> Path:
    """The Python of an environment with the program's own packages, not the program, and PyInstaller."""
    home = BUILD / "env"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    needed = [*project()["dependencies"], *PYINSTALLER, *PINNED]
    wanted = hashlib.sha256("\n".join(needed).encode()).hexdigest()
    mark = home / "made-of"
    if mark.exists() and mark.read_text() == wanted:
        return python
    shutil.rmtree(home, ignore_errors=True)
    venv.create(home, with_pip=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # On Linux the general index holds a CUDA build of several GB under the same name.
    if LINUX:
        only_cpu = subprocess.run([*pip, TORCH, "--index-url", CPU_WHEELS], stderr=subprocess.DEVNULL)
        if only_cpu.returncode:
            subprocess.run([*pip, TORCH], check=True)
    subprocess.run([*pip, *needed], check=True)
    mark.write_text(wanted)
    return python


def small_ffmpeg() -> Path | None:
    """Built once; None where it cannot be, and the wheel's large one stays."""
    target = BUILD / "ffmpeg" / "ffmpeg"
    if not target.exists():
        subprocess.run([sys.executable, str(HERE / "linux" / "ffmpeg.py"), str(target)])
    return target if target.exists() else None


# ---------------------------------------------------------------- the program
def freeze(python: Path, dist: Path, ffmpeg: Path | None) -> Path:
    """PyInstaller's folder, stripped of debug symbols, with the licences of all that is in it."""
    licences = BUILD / "licences.txt"
    licences.parent.mkdir(parents=True, exist_ok=True)
    told = [str(python), str(HERE / "licences.py"), *(["--small-ffmpeg", str(ffmpeg.parent)] if ffmpeg else [])]
    text = subprocess.run(told, check=True, capture_output=True, encoding="utf-8").stdout
    licences.write_text(text, encoding="utf-8")
    if not LINUX:
        subprocess.run([str(python), str(HERE / "icons.py"), str(BUILD)], check=True)
    command = [str(python), "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", "--distpath", str(dist)]
    command += ["--workpath", str(BUILD / "work"), str(HERE / "playground.spec")]
    subprocess.run(command, check=True, env={**os.environ, "PLAYGROUND_LICENCES": str(licences)})
    program = dist / "playground"
    if LINUX:
        slim(program / "_internal", ffmpeg)
        told = [str(python), str(HERE / "licences.py"), "--libraries", str(program)]
        with (program / "_internal" / "licences" / "licences.txt").open("ab") as file:
            file.write(subprocess.run(told, check=True, capture_output=True).stdout)
    return program


def slim(inside: Path, ffmpeg: Path | None) -> None:
    """Debug symbols off, and the small ffmpeg in the place of the large one."""
    if strip := shutil.which("strip"):
        for library in (p for p in inside.rglob("*.so*") if p.name.startswith(STRIPPED) and not p.is_symlink()):
            subprocess.run([strip, "--strip-unneeded", str(library)], check=True)
    for large in (inside / "imageio_ffmpeg" / "binaries").glob("ffmpeg-*") if ffmpeg else ():
        large.unlink()
        shutil.copy2(ffmpeg, large)


def try_out(program: Path) -> None:
    """The frozen program opens its window, walks a model and opens a lesson; what it cannot do ends the build."""
    with tempfile.TemporaryDirectory() as home:
        report = Path(home) / "report.json"
        homes = dict.fromkeys(("HOME", "USERPROFILE", "LOCALAPPDATA", "APPDATA", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), home)
        environment = {**os.environ, **homes, **({"QT_QPA_PLATFORM": "offscreen"} if LINUX else {})}
        done = subprocess.run([str(program / "playground"), "--self-test", str(report)], env=environment)
        print(report.read_text(encoding="utf-8") if report.exists() else "no report")
        if done.returncode:
            raise SystemExit("The frozen program does not work.")


def checksums(dist: Path, files: list[Path]) -> None:
    """SHA256SUMS of the installers, as sha256sum -c reads it."""
    lines = []
    for path in files:
        with path.open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.name}\n")
        print(f"{path}: {path.stat().st_size / 1e6:.0f} MB")
    (dist / "SHA256SUMS").write_text("".join(lines))


def timed(what: str, job: Any) -> Any:
    """Do a job, with its name before and its seconds after it."""
    print(f"== {what}", flush=True)
    started = time.monotonic()
    result = job()
    print(f"   {what}: {time.monotonic() - started:.0f} s", flush=True)
    return result


if __name__ == "__main__":
    sys.exit(main())
