"""Where the frozen program begins: what has to be so before anything else is imported."""

from __future__ import annotations

import multiprocessing
import os
import sys


def give_streams() -> None:
    """A program without a console has no standard streams on Windows; prints must not end it."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  (open as long as the program)


if __name__ == "__main__":
    multiprocessing.freeze_support()
    give_streams()
    from playground.__main__ import main

    sys.exit(main())
