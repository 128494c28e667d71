"""Nothing connects to anything: training, exporting and the real window, with every socket of Python watched.

What Qt and torch do by themselves Python cannot see; the smoke test of the packages runs them without a network.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

WATCHED = """
import json, sys
seen = []
NAMES = ("socket.connect", "socket.getaddrinfo", "socket.gethostby", "socket.getnameinfo", "socket.sendto", "socket.sendmsg",
         "socket.bind", "urllib.Request", "http.client.connect", "ftplib.connect", "smtplib.connect", "webbrowser.open")
sys.addaudithook(lambda event, args: seen.append(f"{event} {args[1:]!r}") if event.startswith(NAMES) else None)
"""

WORK = """
from playground.cli.main import main
from playground.ui import app

out = sys.argv[1]
codes = [
    main(["train", "vae", "--data", "moons", "--hidden", "16", "--steps", "20", "--threads", "1", "--out", f"{out}/run", "--json"]),
    main(["interpolate", f"{out}/run", "--between", "noises", "--pairs", "1", "--frames", "3", "--out", f"{out}/a.gif", "--json"]),
    main(["interpolate", f"{out}/run", "--between", "noises", "--pairs", "1", "--frames", "3", "--out", f"{out}/a.mp4", "--json"]),
    app.run(["--self-test", f"{out}/window.json"]),
]
"""

CONNECTS = """
import socket
codes = []
with socket.socket() as s:
    s.connect_ex(("127.0.0.1", 9))
"""


def watched(work: str, folder: Path) -> dict[str, Any]:
    """Run code in a process of its own, whose sockets are watched: {"codes": exit codes, "seen": what was connected to}."""
    end = f"\nopen({str(folder / 'seen.json')!r}, 'w').write(json.dumps({{'codes': codes, 'seen': seen}}))"
    homes = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config"), "PLAYGROUND_RUNS": str(folder / "runs")}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED + work + end, str(folder)], env={**os.environ, **homes, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, encoding="utf-8", timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads((folder / "seen.json").read_text())
    return found


def test_the_watch_sees_a_connection(tmp_path: Path) -> None:
    seen = watched(CONNECTS, tmp_path)["seen"]
    assert len(seen) == 1 and seen[0].startswith("socket.connect") and "127.0.0.1" in seen[0]


@pytest.mark.slow
def test_training_exporting_and_the_window_connect_to_nothing(tmp_path: Path) -> None:
    found = watched(WORK, tmp_path)
    assert found["seen"] == []
    assert found["codes"] == [0, 0, 0, 0], json.loads((tmp_path / "window.json").read_text())
    assert (tmp_path / "a.mp4").stat().st_size > 1000 and (tmp_path / "a.gif").stat().st_size > 1000
    window = json.loads((tmp_path / "window.json").read_text())
    assert window["models"] and window["lessons"] and 0 < window["ready_s"] < window["model_s"] < window["interpolation_s"]
    assert window["interpolation_s"] < window["lesson_s"]
    assert (tmp_path / "window.png").stat().st_size > 5000 and (tmp_path / "window-lesson.png").stat().st_size > 5000
