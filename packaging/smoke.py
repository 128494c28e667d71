"""Does the installed program work where nothing else is? ``python3 packaging/smoke.py FOLDER/playground [--report FILE]``

The environment is empty, the home folder new, with a space and letters beyond ASCII; as root there is no network either, and the
program runs as nobody, who may not write where it is installed. Every family is trained for some steps, killed, resumed, sampled;
films are exported; the window opens, is photographed and closes. Exit code 0 if everything did.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

NOBODY = 65534
#: Families and recipes that train some steps in seconds.
SMALL = {
    "vae": "--data moons --likelihood gaussian_z --hidden 32 --steps 200", "gan": "--data ring8 --hidden 32 --steps 100",
    "diffusion": "--data moons --hidden 32 --layers 2 --steps 200",
}  # fmt: skip


class Smoke:
    """One installed program, and what was found."""

    def __init__(self, program: Path) -> None:
        self.program = program.resolve()
        self.home = Path(tempfile.mkdtemp(prefix="jürgen müller ", dir="/var/tmp" if Path("/var/tmp").is_dir() else None))
        self.found: list[dict[str, Any]] = []
        self.root = hasattr(os, "geteuid") and os.geteuid() == 0
        if self.root:
            os.chown(self.home, NOBODY, NOBODY)

    def command(self, *words: str) -> list[str]:
        """A call of the program: as root without network and as nobody."""
        line = [str(self.program), *words]
        if self.root and shutil.which("unshare") and shutil.which("setpriv"):
            line = ["unshare", "-n", "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *line]
        return line

    @property
    def environment(self) -> dict[str, str]:
        """Next to nothing; and what is there is junk that must not matter."""
        keep = {k: v for k, v in os.environ.items() if k in ("SYSTEMROOT", "DISPLAY", "TMP")}
        return {
            **keep, "HOME": str(self.home), "USERPROFILE": str(self.home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8",
            "QT_QPA_PLATFORM": "offscreen", "PYTHONHOME": "/nonexistent", "PYTHONPATH": "/nonexistent",
        }  # fmt: skip

    def run(self, *words: str, timeout: float = 300) -> str:
        done = subprocess.run(
            self.command(*words), env=self.environment, cwd=self.home, capture_output=True, encoding="utf-8", timeout=timeout
        )
        if done.returncode:
            raise AssertionError(f"exit code {done.returncode}: {done.stderr.strip()[-600:]}")
        return done.stdout

    def step(self, name: str, job: Callable[[], Any]) -> None:
        """Do a step, tell how it went, and go on with the next one either way."""
        started = time.monotonic()
        try:
            note, ok = job(), True
        except Exception as error:
            note, ok = f"{type(error).__name__}: {error}", False
        seconds = time.monotonic() - started
        self.found.append({"step": name, "ok": ok, "seconds": round(seconds, 2), "note": note if isinstance(note, str) else ""})
        print(f"{'ok    ' if ok else 'FAILED'} {seconds:6.1f} s  {name}  {note or ''}", flush=True)

    # ------------------------------------------------------------ the steps
    def version(self) -> str:
        return self.run("--version").strip()

    def check(self) -> str:
        report = json.loads(self.run("check", "--json"))
        failed = [c["text"] for c in report["checks"] if c["status"] == "failed"]
        assert report["ok"], "; ".join(failed)
        return f"{len(report['checks'])} checks"

    def train(self, family: str) -> str:
        run = self.home / f"run-{family}"
        done = json.loads(self.run("train", family, *SMALL[family].split(), "--out", str(run), "--threads", "1", "--json"))
        film = self.home / f"{family}.gif"
        self.run("interpolate", str(run), "--out", str(film), "--between", "noises", "--pairs", "1", "--frames", "5")
        assert film.read_bytes()[:6] == b"GIF89a", "no film"
        return f"{done.get('step', '?')} steps"

    def kill_and_resume(self) -> str:
        run = self.home / "killed"
        words = self.command("train", "vae", "--data", "mnist", "--steps", "100000", "--out", str(run), "--threads", "1")
        child = subprocess.Popen(words, env=self.environment, cwd=self.home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and len(list(run.glob("metrics-*"))) < 1:
            time.sleep(0.2)
        child.send_signal(signal.SIGKILL)
        child.wait()
        step = json.loads((run / "checkpoint.json").read_text())["step"]
        assert step > 0, "nothing was saved within a minute"
        done = json.loads(self.run("resume", str(run), "--steps", str(step + 20), "--json"))
        return f"killed after step {step}, resumed to {done.get('step', step + 20)}"

    def window(self) -> str:
        report = self.home / "window.json"
        self.run("--self-test", str(report), timeout=120)
        found = json.loads(report.read_text(encoding="utf-8"))
        assert found["ok"], found.get("problem", "")
        return f"painted after {found['painted_s']:.2f} s, ready after {found['ready_s']:.2f} s"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("--report", type=Path, help="write what was found as JSON")
    options = parser.parse_args()
    smoke = Smoke(options.program)
    smoke.step("version", smoke.version)
    smoke.step("check", smoke.check)
    for family in SMALL:
        smoke.step(f"train {family}, film", lambda family=family: smoke.train(family))
    smoke.step("kill and resume", smoke.kill_and_resume)
    smoke.step("window", smoke.window)
    smoke.step("window again, warm", smoke.window)
    shutil.rmtree(smoke.home, ignore_errors=True)
    if options.report:
        options.report.write_text(json.dumps(smoke.found, indent=1))
    return 0 if all(f["ok"] for f in smoke.found) else 1


if __name__ == "__main__":
    sys.exit(main())
