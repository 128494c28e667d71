"""The licences of all that is bundled, as one text: run by the environment's own Python (see build.py).

    python licences.py [--small-ffmpeg FOLDER]      the packages of this environment, with what they bring that is no Python
    python licences.py --libraries FOLDER           of the libraries in a frozen folder that came from this Debian-like system
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

#: Of the environment, but not of the bundle. pip is in the bundle.
TOOLS = ("setuptools", "wheel", "pyinstaller-hooks-contrib", "altgraph", "networkx", "jinja2", "markupsafe")
WORDS = ("licen", "copying", "notice", "authors")
TEXTS = Path(__file__).resolve().parent / "texts"
RULE = "\n" + "=" * 78 + "\n"

HEAD = """\
Generative Playground is under the MIT licence (LICENSE beside this file). It brings the programs and libraries below, each under a
licence of its own. Those that ask for more than to be named:

Qt, PySide6 and Shiboken ({qt}) are used under the GNU Lesser General Public License, version 3 (text at the end). They are shared
libraries: they lie in the folder PySide6 of the program and may be replaced by builds of your own with the same interface.
Their source: https://download.qt.io/official_releases/QtForPython/ and https://download.qt.io/official_releases/qt/

{ffmpeg}
PyInstaller's starter, with which the program begins, is under the GPL 2 with an exception that allows programs of any licence.
"""
WHEEL_FFMPEG = """\
ffmpeg, which writes films, is a program of its own under the GNU General Public License, version 3 (text at the end), as the
package imageio-ffmpeg {version} brings it. Its source: https://github.com/imageio/imageio-binaries and https://ffmpeg.org/releases/
"""
SMALL_FFMPEG = """\
ffmpeg with x264, which writes films, is a program of its own under the GNU General Public License, version 2 or later (text at
the end). It was built from the source packages {source} and {x264}, which https://sources.debian.org keeps.
Its configuration: {parts}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small-ffmpeg", type=Path, help="the folder in which ffmpeg.py left what it built")
    parser.add_argument("--libraries", type=Path, help="a frozen folder")
    options = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    if options.libraries:
        print(RULE + RULE.join(of_system(options.libraries)))
        return 0
    parts = [head(options.small_ffmpeg), python()]
    for found in sorted(importlib.metadata.distributions(), key=lambda d: d.name.lower()):
        if found.name.lower() not in TOOLS:
            parts.append(describe(found))
    parts += [path.read_text(encoding="utf-8") for path in sorted(TEXTS.glob("*.txt"))]
    print(RULE.join(parts))
    return 0


def head(small: Path | None) -> str:
    version = importlib.metadata.version
    if small is None:
        ffmpeg = WHEEL_FFMPEG.format(version=version("imageio-ffmpeg"))
    else:
        source = next(iter(small.glob("ffmpeg_*.dsc")), Path("ffmpeg")).stem
        x264 = subprocess.run(["dpkg-query", "-W", "-f", "x264_${Version}", "libx264-dev"], capture_output=True, text=True).stdout
        said = subprocess.run([str(small / "ffmpeg"), "-version"], capture_output=True, text=True).stdout
        parts = re.sub(r"--extra-ldflags=\S+\s*", "", next((x for x in said.splitlines() if "configuration" in x), ""))
        ffmpeg = SMALL_FFMPEG.format(source=source, x264=x264 or "x264", parts=parts.partition(":")[2].strip())
    return HEAD.format(qt=version("PySide6-Essentials"), ffmpeg=ffmpeg)


def python() -> str:
    """The interpreter's licence, from its own folder."""
    places = [Path(sysconfig.get_path("stdlib")) / "LICENSE.txt", Path(sys.base_prefix) / "LICENSE.txt"]
    text = next((p.read_text(encoding="utf-8", errors="replace") for p in places if p.exists()), "https://docs.python.org/3/license.html")
    return f"Python {sys.version.split()[0]}\nPSF-2.0\n\n{text}"


def describe(found: importlib.metadata.Distribution) -> str:
    """Name, version, declared licence, and the licence files that came with a package."""
    declared = found.metadata.get("License-Expression") or found.metadata.get("License") or ""
    if not declared or len(declared) > 200:
        classes = [c.rpartition("::")[2].strip() for c in found.metadata.get_all("Classifier", []) if c.startswith("License")]
        declared = ", ".join(classes) or "see the texts below"
    texts = []
    for path in found.files or []:
        if any(word in path.name.lower() for word in WORDS) and ".dist-info" in str(path):
            try:
                texts.append(path.locate().read_text(encoding="utf-8", errors="replace"))
            except OSError:
                continue
    return "\n".join([f"{found.name} {found.version}", declared, "", *texts])


# ---------------------------------------------------------------- libraries that came from the system
def of_system(folder: Path) -> list[str]:
    """What Debian says of each library that lies at the top of a frozen folder and belongs to one of its packages."""
    names = [p.name for p in (folder / "_internal").glob("*.so*") if not p.is_symlink()]
    owners: dict[str, list[str]] = {}
    for name in sorted(names):
        if package := owner(name):
            owners.setdefault(package, []).append(name)
    return [_copyright(package, libraries) for package, libraries in owners.items()]


def owner(library: str) -> str:
    """The package that a library belongs to; "" where there is none, or no dpkg."""
    if shutil.which("dpkg-query") is None:
        return ""
    said = subprocess.run(["dpkg-query", "-S", f"*/{library}"], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    return said.stdout.partition(":")[0] if said.returncode == 0 else ""


def _copyright(package: str, libraries: list[str]) -> str:
    path = Path("/usr/share/doc") / package / "copyright"
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else "see https://sources.debian.org"
    return f"{package} ({', '.join(libraries)})\n\n{text}"


if __name__ == "__main__":
    sys.exit(main())
