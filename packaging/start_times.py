"""How long until the window is painted, and until its engine is ready: the frozen program against the same from source.

    python packaging/start_times.py dist/playground/playground [--times 5] [--report FILE]      with the environment's Python

Turn about, so that a machine that drifts is fair to both; cold (the system's file cache emptied, as root) and warm. Medians, and
the ratio frozen to source of each pair of turns with its quartiles: only ratios can be compared between machines.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from first_minute import drop_caches

ROOT = Path(__file__).resolve().parent.parent
WHAT = ("painted_s", "ready_s", "interpolation_s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("--times", type=int, default=5, help="pairs of turns, cold and warm each; default 5")
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    starts = {"frozen": [str(options.program.absolute())], "source": [sys.executable, "-m", "playground"]}
    found: dict[str, dict[str, list[dict[str, float]]]] = {}
    for state in ("cold", "warm") if os.geteuid() == 0 else ("warm",):
        found[state] = {name: [] for name in starts}
        for _ in range(options.times):
            for name, command in starts.items():
                if state == "cold":
                    drop_caches()
                found[state][name].append(start(command))
        show(state, found[state])
    if options.report:
        options.report.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return 0


def start(command: list[str]) -> dict[str, float]:
    """One start in a home of its own, off screen: seconds since its process began."""
    with tempfile.TemporaryDirectory() as home:
        report = Path(home, "report.json")
        environment = {**os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
        line = [*command, "--self-test", str(report)]
        subprocess.run(line, env=environment, cwd=ROOT, check=True, capture_output=True, timeout=300)
        found = json.loads(report.read_text(encoding="utf-8"))
    return {key: float(found[key]) for key in WHAT}


def show(state: str, found: dict[str, list[dict[str, float]]]) -> None:
    for key in WHAT:
        frozen, source = ([run[key] for run in found[name]] for name in ("frozen", "source"))
        ratios = [a / b for a, b in zip(frozen, source, strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else [ratios[0]] * 3
        print(
            f"{state} {key[:-2]:13} frozen {statistics.median(frozen):6.2f} s  source {statistics.median(source):6.2f} s  "
            f"ratio {middle:.2f} ({low:.2f} to {high:.2f})", flush=True,
        )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
