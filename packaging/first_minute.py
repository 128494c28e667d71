"""From the installer to the first walk through a latent space, on a clean account: how many seconds?

    python3 packaging/first_minute.py dist/generative-playground-...run [--report FILE] [--limit 60] [--cold]

A home folder that did not exist before, no network, another user (all as root; else as oneself). The file is installed as a person
would (its own check included), then the window is started, off screen, and followed until an interpolation of the finished model on
board has been painted. Exit code 1 above the limit.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from smoke import Smoke


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("installer", type=Path)
    parser.add_argument("--limit", type=float, default=60, help="seconds; default 60")
    parser.add_argument("--report", type=Path, help="write the parts as JSON")
    parser.add_argument("--cold", action="store_true", help="empty the system's file cache before the start (as root)")
    options = parser.parse_args()
    found = measure(options.installer, options.cold)
    for name, seconds in found.items():
        print(f"{seconds:7.1f} s  {name}")
    if options.report:
        options.report.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return int(found["in all"] > options.limit)


def measure(installer: Path, cold: bool) -> dict[str, float]:
    """Seconds of each part; those of the window count from its process's beginning."""
    account = Smoke(Path("-"))
    place = Path(tempfile.mkdtemp(dir="/var/tmp"))
    place.chmod(0o755)
    copy = shutil.copy2(installer, place)
    if cold:
        drop_caches()
    started = time.monotonic()
    account.do("sh", str(copy))
    installed = time.monotonic() - started
    if cold:
        drop_caches()
    account.program = account.home / ".local" / "bin" / "playground"
    report = account.home / "report.json"
    account.run("--self-test", str(report), timeout=180)
    window: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    shutil.rmtree(account.home, ignore_errors=True)
    shutil.rmtree(place)
    parts = {"installed and checked": installed}
    names = {"painted_s": "window painted", "ready_s": "engine ready", "model_s": "finished model on stage",
             "interpolation_s": "interpolation painted"}  # fmt: skip
    parts |= {f"{words}, since its start": float(window[key]) for key, words in names.items()}
    return {**parts, "in all": installed + float(window["interpolation_s"])}


def drop_caches() -> None:
    """Files are read from the disk again."""
    os.sync()
    Path("/proc/sys/vm/drop_caches").write_text("3")


if __name__ == "__main__":
    sys.exit(main())
