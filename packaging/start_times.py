"""How long the window takes to come up: frozen against started from source, warm and cold, in turns on the same machine.

    python3 packaging/start_times.py dist/playground/playground [--rounds 5] [--json]

Each start runs --self-test, whose report tells when the window was painted and when the engine was ready, in seconds since its
process began. Cold: the system's cache of files was emptied before (root on Linux only). Machines drift, so read the ratios of
neighbours.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CACHES = Path("/proc/sys/vm/drop_caches")
MOMENTS = ("painted_s", "ready_s", "interpolation_s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path, help="of the frozen folder")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    ways = {"frozen": [str(options.program.resolve())], "source": [str(source_python()), "-m", "playground"]}
    found = {}
    for cold in (False, True) if can_empty_caches() else (False,):
        starts = rounds(ways, options.rounds, cold)
        found["cold" if cold else "warm"] = {**summary(starts), "frozen / source": ratios(starts)}
    print(json.dumps(found, indent=1) if options.json else words(found))
    return 0


def source_python() -> Path:
    """The Python of the environment that starts the program from source."""
    own = Path(os.environ.get("PLAYGROUND_VENV", ROOT / ".venv")) / "bin" / "python"
    return own if own.exists() else Path(sys.executable)


def rounds(ways: dict[str, list[str]], count: int, cold: bool) -> dict[str, list[dict[str, Any]]]:
    """Starts in turns, so that a drift of the machine meets both alike. The first of each warms up and is not counted."""
    starts: dict[str, list[dict[str, Any]]] = {name: [] for name in ways}
    for number in range(count + (not cold)):
        for name, line in ways.items():
            if cold:
                empty_caches()
            times = start(line)
            if number or cold:
                starts[name].append(times)
    return starts


def start(line: Sequence[str]) -> dict[str, Any]:
    """One start in a new home; what it reports."""
    with tempfile.TemporaryDirectory() as home:
        report = Path(home, "report.json")
        environment = {**os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
        done = subprocess.run([*line, "--self-test", str(report)], cwd=ROOT, env=environment, capture_output=True, timeout=300)
        if not report.exists():
            raise SystemExit(done.stderr.decode(errors="replace"))
        times: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        return times


def summary(starts: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, float]]:
    """Medians, in seconds."""
    return {name: {m: statistics.median(t[m] for t in times) for m in MOMENTS} for name, times in starts.items()}


def ratios(starts: dict[str, list[dict[str, Any]]]) -> dict[str, list[float]]:
    """Frozen over source of neighbouring starts: smallest, median, largest."""
    found = {}
    for moment in MOMENTS:
        pairs = [a[moment] / b[moment] for a, b in zip(starts["frozen"], starts["source"], strict=True)]
        found[moment] = [round(f(pairs), 2) for f in (min, statistics.median, max)]
    return found


def can_empty_caches() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and os.access(CACHES, os.W_OK)


def empty_caches() -> None:
    os.sync()
    CACHES.write_text("3\n")


def words(found: dict[str, Any]) -> str:
    lines = []
    for state, values in found.items():
        for name in ("frozen", "source"):
            times = ", ".join(f"{m.removesuffix('_s')} {values[name][m]:.2f} s" for m in MOMENTS)
            lines.append(f"{state}, {name}: {times}")
        shares = ", ".join(f"{m.removesuffix('_s')} {r[1]} ({r[0]} to {r[2]})" for m, r in values["frozen / source"].items())
        lines.append(f"{state}, frozen / source: {shares}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
