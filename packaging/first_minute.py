"""From an installer to the first interpolation, on an account that has never seen the program: how long does it take?

    python3 packaging/first_minute.py dist/generative-playground-VERSION-linux-x86_64.run [--json]

As root on Linux the account is nobody's, without network, with a home of its own; otherwise yours, with another HOME. The installer
tries the program before it puts it in place, as it does for everybody. Then the window is started as a user would, opens the
finished model of its first page, and a latent walk is painted; the program itself notes the moments (--self-test).
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from smoke import Smoke

GOAL_S = 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("installer", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.installer)
    if options.json:
        print(json.dumps(found, indent=1))
    else:
        for part, seconds in found.items():
            print(f"{seconds:6.1f} s  {part}")
    return 0 if found["in all"] <= GOAL_S else 1


def measure(installer: Path) -> dict[str, float]:
    """Seconds of each part; those of the window are counted from the start of its process."""
    smoke = Smoke(Path("/nonexistent"))
    smoke.program = smoke.home / ".local" / "lib" / "generative-playground" / "playground"
    copy = smoke.home / installer.name
    shutil.copy2(installer, copy)
    try:
        started = time.monotonic()
        smoke.call(smoke.apart(["sh", str(copy)]))
        installed = time.monotonic() - started
        report = smoke.home / "report.json"
        smoke.run("--self-test", str(report))
        times = json.loads(report.read_text(encoding="utf-8"))
        assert times["ok"], times["problem"]
        parts = {
            "installing, with its own check": installed,
            "start to painted window": times["painted_s"],
            "to the finished model": times["model_s"] - times["painted_s"],
            "to the first interpolation": times["interpolation_s"] - times["model_s"],
        }
        return {**parts, "in all": installed + times["interpolation_s"]}
    finally:
        smoke.close()


if __name__ == "__main__":
    sys.exit(main())
