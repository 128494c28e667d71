"""``playground``: the window; ``playground COMMAND ...``: the same engine without one."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping, Sequence

from playground.gpu import overlay

COMMANDS = (
    "train", "resume", "sample", "chain", "evaluate", "log-prob", "interpolate", "compare", "data", "runs", "models",
    "export-run", "import-run", "check", "bench",
)  # fmt: skip
NO_SCREEN = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs", "webgl")

USAGE = f"""\
usage: playground [--dark | --light | --presenter] [RUN_FOLDER | RECIPE | PICTURE]    open the window
       playground {{{",".join(COMMANDS)}}} ...
                                                                no window (add --help)
       playground gpu [install | on | off | remove]             torch for a graphics card, in a folder of its own
       playground --version
       playground --self-test REPORT.json                       open the window, photograph it, write a report, close
"""

NO_DISPLAY = """\
There is no display to open a window on: neither DISPLAY nor WAYLAND_DISPLAY is set.
Start it in a graphical session, forward one (ssh -X), or work without a window:

    playground train vae --data mnist --out my-run
"""

NO_XCB = """\
Qt cannot open a window here, because the library {library} is missing.
Install it (Debian, Ubuntu: sudo apt install {package}), or work without a window:

    playground train vae --data mnist --out my-run
"""

#: What Qt's xcb plugin links to and minimal systems lack; without it Qt would abort the process.
XCB_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libEGL.so.1": "libegl1",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point. Returns the exit code: 2 where the window cannot open or the command is wrong."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    first = arguments[0] if arguments else ""
    if first == "gpu":
        from playground.gpu import command

        return command.main(arguments[1:])
    if problem := overlay.activate():
        print(problem, file=sys.stderr)
    if first in COMMANDS:
        from playground import cli

        return int(cli.main(arguments) or 0)
    if first in ("-h", "--help"):
        print(USAGE, end="")
        return 0
    if first == "--version":
        from playground import __version__

        print(f"playground {__version__}")
        return 0
    return _window(arguments)


def _window(arguments: list[str]) -> int:
    named = arguments[arguments.index("--self-test") + 1 :][:1] if "--self-test" in arguments else []
    paths = [a for a in arguments if a not in named and not a.startswith("-")]
    unknown = next((a for a in paths if not os.path.exists(os.path.expanduser(a))), None)
    if unknown is not None:
        print(f"{unknown!r} is neither a command nor a file or folder.\n{USAGE}", end="", file=sys.stderr)
        return 2
    problem = display_problem(os.environ, sys.platform)
    if problem:
        print(problem, end="", file=sys.stderr)
        return 2
    from playground.ui import app

    return app.run(arguments)


def display_problem(environment: Mapping[str, str], platform: str) -> str:
    """Why no window can open here, as sentences; "" if it can. Asked before Qt, which would abort the process
    instead.
    """
    if not platform.startswith("linux"):
        return ""
    wanted = environment.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if wanted in NO_SCREEN:
        return ""
    if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        return NO_DISPLAY
    if wanted.startswith("wayland") or (not wanted and environment.get("WAYLAND_DISPLAY")):
        return ""  # Qt brings its own Wayland client
    for library, package in XCB_LIBRARIES.items():
        if not _loads(library):
            return NO_XCB.format(library=library, package=package)
    return ""


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
