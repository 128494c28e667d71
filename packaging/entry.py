"""Where the frozen program begins: what has to be so before anything else is imported."""

from __future__ import annotations

import multiprocessing
import os
import sys
from typing import TextIO


def give_streams() -> None:
    """A program for the window system has no standard streams on Windows: those of the console it was typed in, if there is one, so
    that the commands can answer; else none, but prints must not end it.
    """
    if sys.platform == "win32" and sys.stdout is None:
        import ctypes

        ctypes.windll.kernel32.AttachConsole(-1)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, _console() or open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  (open as long as the program)


def _console() -> TextIO | None:
    try:
        return open("CONOUT$", "w", encoding="utf-8", errors="replace") if sys.platform == "win32" else None
    except OSError:
        return None


if __name__ == "__main__":
    multiprocessing.freeze_support()
    give_streams()
    from playground.__main__ import main

    sys.exit(main())
