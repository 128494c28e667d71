"""Is a frozen program folder whole, and nothing in it that should not be? ``python3 packaging/check_bundle.py dist/playground``"""

from __future__ import annotations

import sys
from pathlib import Path

LIMIT_MB = 750
GLIBC = "2.36"  # the newest that may be needed; built on Ubuntu 22.04 it is 2.35
LONGEST = 140  # characters of a path inside the folder: Windows has 260 for all of it
NEEDED = (
    "playground/resources/data/mnist-10k-train.npz", "playground/resources/NOTICE.md", "licences/LICENSE", "licences/licences.txt",
)  # fmt: skip
PLUGINS = {"linux": ("libqxcb.so", "libqoffscreen.so", "libqwayland", "libxcb-cursor", "libxkbcommon-x11"), "win32": ("qwindows",),
           "darwin": ("libqcocoa",)}
UNWANTED = (
    "nvidia", "libcuda", "cudnn", "libcublas", "triton", "tkinter", "matplotlib", "scipy/", "libreadline", "pytest", "libqgtk3",
    "torch/test/",
)  # fmt: skip


def main(folder: Path) -> int:
    problems = [*sizes(folder), *parts(folder), *(system(folder) if sys.platform.startswith("linux") else [])]
    for problem in problems:
        print(f"problem: {problem}", file=sys.stderr)
    return 1 if problems else 0


def sizes(folder: Path) -> list[str]:
    """The whole size and the longest path."""
    files = [p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()]
    megabytes = sum(p.stat().st_size for p in files) / 1e6
    longest = max((str(p.relative_to(folder)) for p in files), key=len, default="")
    print(f"{folder}: {megabytes:.0f} MB in {len(files):,} files; longest path {len(longest)}")
    found = [f"{megabytes:.0f} MB, more than {LIMIT_MB}"] if megabytes > LIMIT_MB else []
    return [*found, f"a path of {len(longest)} characters: {longest}"] if len(longest) > LONGEST else found


def parts(folder: Path) -> list[str]:
    """What has to be there, and what must not."""
    inside = folder / "_internal"
    names = [p.relative_to(inside).as_posix() for p in inside.rglob("*")]
    missing = [f"{name} is missing" for name in NEEDED if name not in names]
    missing += [f"no {plugin}" for plugin in PLUGINS.get(sys.platform, ()) if not any(plugin in n for n in names)]
    unwanted = [n for n in names if any(u in n for u in UNWANTED) and not n.endswith((".py", ".pyc")) and (inside / n).is_file()]
    heavy = [n for n in unwanted if (inside / n).stat().st_size > 100_000]
    return [*missing, *(f"{n} should not be there" for n in heavy[:10])]


def system(folder: Path) -> list[str]:
    """The oldest system that it starts on."""
    sys.path.insert(0, str(Path(__file__).resolve().parent / "linux"))
    import glibc

    needs = glibc.of_folder(folder)
    lowest = glibc.floor(needs)
    asking = ", ".join(p.name for p, version in needs.items() if version == lowest)
    print(f"glibc {glibc.words(lowest)} or newer is needed ({asking[:150]})")
    return [f"glibc {glibc.words(lowest)} is needed, newer than {GLIBC}"] if lowest > glibc.numbers(GLIBC) else []


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
