"""From a fresh machine to the running program, with nothing but Python 3.11 or newer: the two commands of the README.

    python3 packaging/bootstrap.py            the program (arguments after it are handed on)
    python3 packaging/bootstrap.py --test     the tests (arguments after it go to pytest)

A virtual environment is made in ``.venv`` (or where PLAYGROUND_VENV says), what is missing is installed into it, and on
Debian and its kin the few system libraries that Qt needs are installed too, if that is allowed. A second start skips all that.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TORCH = "torch==2.13.0"
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"

#: What Qt needs of a Linux system: library -> Debian package.
LIBRARIES = {
    "libEGL.so.1": "libegl1", "libGL.so.1": "libgl1", "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0", "libdbus-1.so.3": "libdbus-1-3", "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0", "libxcb-cursor.so.0": "libxcb-cursor0", "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0", "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0", "libxcb-shape.so.0": "libxcb-shape0",
}  # fmt: skip
FONTS = "fonts-dejavu-core"
#: The whole suite, on all cores; who asks for some tests gets them in one process, in order.
ALL_AT_ONCE = ("-n", "logical", "--dist", "worksteal")


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036  (this file is what tells the owner of an older one)
        print(f"Generative Playground needs Python 3.11 or newer; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    test = arguments[:1] == ["--test"]
    try:
        install_libraries()
        python = install_packages(dev=test)
    except subprocess.CalledProcessError as error:
        print(f"This step failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 1
    if test:
        return subprocess.call([python, "-m", "pytest", *(arguments[1:] or ALL_AT_ONCE)], cwd=ROOT)
    return subprocess.call([python, "-m", "playground", *arguments])


def install_libraries() -> None:
    """On Linux: install what Qt lacks, if apt is there and we may; otherwise say which packages are missing."""
    if not sys.platform.startswith("linux"):
        return
    missing = [package for library, package in LIBRARIES.items() if not _loads(library)]
    if not any(Path(folder).exists() for folder in ("/usr/share/fonts", "/usr/local/share/fonts")):
        missing.append(FONTS)
    if not missing:
        return
    apt = shutil.which("apt-get")
    if not apt or os.geteuid() != 0:
        print(f"Qt needs system libraries that are missing here. On Debian or Ubuntu: sudo apt-get install {' '.join(missing)}")
        return
    print(f"Installing {' '.join(missing)} ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "TMPDIR": "/var/tmp"}  # apt works as a user of its own
    subprocess.run([apt, "update", "-qq"], check=True, env=quiet)
    command = [apt, "install", "-y", "-qq", "--no-install-recommends", *missing]
    subprocess.run(command, check=True, env=quiet, stdout=subprocess.DEVNULL)


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_packages(dev: bool) -> str:
    """The environment's Python, with the program in it. A mark remembers what was installed, and from which pyproject.toml."""
    home = Path(os.environ.get("PLAYGROUND_VENV", ROOT / ".venv")).resolve()
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    mark = home / f"installed-{'dev' if dev else 'run'}"
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode()).hexdigest()
    if python.exists() and mark.exists() and mark.read_text() == wanted:
        return str(python)
    if not python.exists():
        print(f"Making an environment in {home} ...", flush=True)
        venv.create(home, with_pip=True)
    print("Installing packages (about 1.3 GB on disk, a few minutes the first time) ...", flush=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # torch first and alone: on Linux the package index may hold a CUDA build of several GB, so the CPU build is asked for
    # where it can be reached. GPU owners install the build for their card over it (see README.md).
    if sys.platform.startswith("linux") and not _has_torch(python):
        only_cpu = subprocess.run([*pip, TORCH, "--index-url", CPU_WHEELS], stderr=subprocess.DEVNULL, timeout=3600)
        if only_cpu.returncode:
            subprocess.run([*pip, TORCH], check=True)
    subprocess.run([*pip, "--editable", f"{ROOT}[dev]" if dev else str(ROOT)], check=True)
    mark.write_text(wanted)
    return str(python)


def _has_torch(python: Path) -> bool:
    probe = "import importlib.metadata as m, sys; sys.exit(m.version('torch').split('+')[0] != '2.13.0')"
    return subprocess.run([python, "-c", probe], stderr=subprocess.DEVNULL).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
