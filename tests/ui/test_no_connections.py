"""No connection is opened: not by the window, a training, an export or the command line. Python's auditing watches the sockets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

WATCH = """
import sys

def hook(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind", "urllib.Request"):
        address = arguments[1] if event in ("socket.connect", "socket.bind") else None
        if not isinstance(address, (str, bytes)):  # a path: a socket within this machine
            print("CONNECTION", event, arguments, flush=True)

sys.addaudithook(hook)
"""
WINDOW = WATCH + """
from playground.__main__ import main
sys.exit(main(["--self-test", sys.argv[1]]))
"""
COMMANDS = WATCH + """
from playground.__main__ import main
out = sys.argv[1]
code = main(["train", "vae", "--data", "moons", "--steps", "20", "--hidden", "16", "--threads", "1", "--out", out + "/run"])
code += main(["sample", out + "/run", "-n", "4", "--out", out + "/x.png"]) + main(["check", "--steps", "1"]) + main(["runs"])
sys.exit(code)
"""


def watched(code: str, argument: Path, home: Path) -> str:
    own = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "PLAYGROUND_RUNS"), str(home))
    environment = {**os.environ, **own}
    done = subprocess.run(
        [sys.executable, "-c", code, str(argument)], env=environment, capture_output=True, encoding="utf-8", timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_watch_sees_a_connection(tmp_path: Path) -> None:
    tried = "import socket\ntry: socket.create_connection(('127.0.0.1', 9), 0.2)\nexcept OSError: pass\n"
    assert "CONNECTION socket.connect" in watched(WATCH + tried, tmp_path, tmp_path)


def test_the_window_opens_none(tmp_path: Path) -> None:
    """Start, finished model, latent walk, lesson; and the self-test's report tells of each."""
    report = tmp_path / "report.json"
    assert "CONNECTION" not in watched(WINDOW, report, tmp_path)
    found = json.loads(report.read_text("utf-8"))
    assert found["ok"] and found["models"] > 1 and found["lessons"] >= 10
    assert 0 < found["painted_s"] < found["ready_s"] < found["model_s"] < found["interpolation_s"] < found["lesson_s"]
    assert report.with_suffix(".png").stat().st_size > 5000 and (tmp_path / "report-lesson.png").stat().st_size > 5000


def test_the_command_line_opens_none(tmp_path: Path) -> None:
    assert "CONNECTION" not in watched(COMMANDS, tmp_path, tmp_path)
