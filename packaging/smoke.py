"""Does the installed program work where nothing else is?

    python3 packaging/smoke.py FOLDER/playground [--report FILE]     a program that is there
    python3 packaging/smoke.py --installers dist [--report FILE]     install each of them, the same, uninstall, look for leftovers

The environment is empty, the home folder new, with a space and letters beyond ASCII; as root there is no network either, and the
program runs as nobody, who may not write where it is installed. Every family is trained for some steps; one run is killed and
resumed; a finished model is walked and filmed; models are compared; the window opens, walks a latent space, opens a lesson, is
photographed and closes, on the real window system too where Xvfb is. Exit code 0 if everything did.
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
    "vae": "--likelihood gaussian_z --hidden 32 --steps 200", "gan": "--data ring8 --hidden 32 --steps 100",
    "diffusion": "--hidden 32 --layers 2 --steps 200", "hvae": "--hidden 32 --steps 60", "vae_gan": "--hidden 32 --steps 60",
    "latent_diffusion": "--hidden 32 --vae-hidden 32 --first-steps 60 --steps 120", "ddgan": "--hidden 32 --steps 60",
    "distilled": "--hidden 32 --first-steps 60 --steps 120",
}  # fmt: skip
TIMES = ("painted_s", "ready_s", "model_s", "interpolation_s", "lesson_s")


class Smoke:
    """One installed program, and what was found."""

    def __init__(self, program: Path, found: list[dict[str, Any]] | None = None) -> None:
        self.program = program.absolute()
        self.home = Path(tempfile.mkdtemp(prefix="jürgen müller ", dir="/var/tmp" if Path("/var/tmp").is_dir() else None))
        self.found = [] if found is None else found
        self.root = hasattr(os, "geteuid") and os.geteuid() == 0
        if self.root:
            os.chown(self.home, NOBODY, NOBODY)

    def command(self, *words: str) -> list[str]:
        """A call of the program."""
        return self.apart([str(self.program), *words])

    def apart(self, line: list[str]) -> list[str]:
        """A command as nobody and without network, where we may arrange that."""
        if self.root and shutil.which("unshare") and shutil.which("setpriv"):
            line = ["unshare", "-n", "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *line]
        return line

    @property
    def environment(self) -> dict[str, str]:
        """Next to nothing; and what is there is junk that must not matter."""
        keep = {k: v for k, v in os.environ.items() if k in ("SYSTEMROOT", "TMP")}
        return {
            **keep, "HOME": str(self.home), "USERPROFILE": str(self.home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8",
            "QT_QPA_PLATFORM": "offscreen", "PYTHONHOME": "/nonexistent", "PYTHONPATH": "/nonexistent",
        }  # fmt: skip

    def run(self, *words: str, timeout: float = 300, **more: str) -> str:
        return self.call(self.command(*words), timeout, **more)

    def call(self, line: list[str], timeout: float = 300, **more: str) -> str:
        environment = {**self.environment, **more}
        done = subprocess.run(line, env=environment, cwd=self.home, capture_output=True, encoding="utf-8", timeout=timeout)
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
        run, words = self.home / f"run-{family}", SMALL[family].split()
        data = [] if "--data" in words else ["--data", "moons"]
        done = json.loads(self.run("train", family, *data, *words, "--out", str(run), "--threads", "1", "--json"))
        picture = self.home / f"{family}.png"
        self.run("sample", str(run), "-n", "9", "--out", str(picture))
        assert picture.read_bytes()[1:4] == b"PNG", "no picture"
        return f"{done.get('step', '?')} steps"

    def finished_model(self) -> str:
        """A film of each kind from a model that came with the program, which nobody may change."""
        models = json.loads(self.run("models", "--json"))["models"]
        name = next(m["name"] for m in models if m["family"] == "vae")
        gif, mp4 = self.home / "walk.gif", self.home / "walk.mp4"
        for film in (gif, mp4):
            self.run("interpolate", name, "--out", str(film), "--between", "noises", "--pairs", "1", "--frames", "5")
        assert gif.read_bytes()[:6] == b"GIF89a" and mp4.read_bytes()[4:8] == b"ftyp", "no film"
        return f"{len(models)} models on board, {name} walked as GIF and MP4"

    def whole_run(self) -> str:
        """A run as one file, and back."""
        file = self.home / "run.playrun"
        self.run("export-run", str(self.home / "run-vae"), str(file))
        self.run("import-run", str(file))
        return f"{file.stat().st_size / 1000:.0f} kB"

    def compare(self) -> str:
        report = self.home / "report.html"
        words = ["compare", "--data", "moons", "--budget", "3s", "--seeds", "1", "--families", "vae", "gan", "--report"]
        self.run(*words, str(report))
        return f"{report.stat().st_size / 1000:.0f} kB"

    def gpu(self) -> str:
        """Without a card the program says so, and pip answers."""
        self.run("gpu")
        return self.run("gpu", "pip", "--version").split(" from ")[0]

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

    def window(self, **more: str) -> str:
        report = self.home / "window.json"
        self.run("--self-test", str(report), timeout=180, **more)
        found = json.loads(report.read_text(encoding="utf-8"))
        assert found["ok"], found.get("problem", "")
        times = ", ".join(f"{k.removesuffix('_s')} {found[k]:.2f}" for k in TIMES if k in found)
        return f"{times} s; {found['models']} models, {found['lessons']} lessons, {found['platform']}"

    def window_on_x(self) -> str:
        """On the window system that people have, with a screen that nobody sees."""
        screen = ":97"
        server = subprocess.Popen(
            [shutil.which("Xvfb") or "Xvfb", screen, "-screen", "0", "1280x800x24", "-ac"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            time.sleep(2)
            return self.window(DISPLAY=screen, QT_QPA_PLATFORM="xcb")
        finally:
            server.terminate()
            server.wait()

    def everything(self) -> None:
        """All steps, whatever becomes of one."""
        before = listing(self.program.parent)
        self.step("version", self.version)
        self.step("check", self.check)
        for family in SMALL:
            self.step(f"train {family}", lambda family=family: self.train(family))
        self.step("finished model, films", self.finished_model)
        self.step("a run as one file", self.whole_run)
        self.step("compare", self.compare)
        self.step("kill and resume", self.kill_and_resume)
        self.step("gpu support", self.gpu)
        self.step("window", self.window)
        self.step("window again", self.window)
        if shutil.which("Xvfb"):
            self.step("window on X", self.window_on_x)
        self.step("the program's folder is as it was", lambda: same(before, listing(self.program.parent)))

    def close(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)


# ---------------------------------------------------------------- installers
def smoke_run(installer: Path, found: list[dict[str, Any]]) -> None:
    """The file that installs itself, for one user without rights and network."""
    smoke = Smoke(Path("/nonexistent"), found)
    smoke.program = smoke.home / ".local" / "lib" / "generative-playground" / "playground"
    before = listing(smoke.home)
    copy = Path(tempfile.mkdtemp(prefix="stick ", dir=smoke.home.parent)) / installer.name  # a stick that anybody can read
    copy.parent.chmod(0o755)
    shutil.copy2(installer, copy)
    smoke.step(f"install {installer.name}", lambda: smoke.call(smoke.apart(["sh", str(copy)])) and "")
    smoke.step("install over it", lambda: smoke.call(smoke.apart(["sh", str(copy)])) and "")
    kept = listing(smoke.home)
    smoke.everything()
    for extra in set(listing(smoke.home)) - set(kept):  # what the steps made, runs and films, is the user's
        (smoke.home / extra).unlink(missing_ok=True)
    uninstall = ["sh", str(smoke.program.with_name("uninstall.sh")), "--with-runs"]
    smoke.step("uninstall", lambda: smoke.call(smoke.apart(uninstall)) and "")
    smoke.step("nothing is left", lambda: same(before, listing(smoke.home)))
    shutil.rmtree(copy.parent)
    smoke.close()


def smoke_deb(installer: Path, found: list[dict[str, Any]]) -> None:
    """The package for all users, installed by root."""
    places = [Path(p) for p in ("/opt", "/usr/bin", "/usr/share/applications", "/usr/share/doc", "/usr/share/mime/packages")]
    before = [name for place in places for name in listing(place)]
    smoke = Smoke(Path("/opt/generative-playground/playground"), found)
    smoke.step(f"install {installer.name}", lambda: smoke.call(["dpkg", "-i", "--force-depends", str(installer.resolve())]) and "")
    smoke.everything()
    smoke.step("uninstall", lambda: smoke.call(["dpkg", "-r", "generative-playground"]) and "")
    smoke.step("nothing is left", lambda: same(before, [name for place in places for name in listing(place)]))
    smoke.close()


def listing(folder: Path) -> list[str]:
    """All files below a folder, by their place in it and size."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir() or p.is_symlink())


def same(before: list[str], after: list[str]) -> str:
    new, gone = sorted(set(after) - set(before)), sorted(set(before) - set(after))
    assert not new and not gone, f"new: {new[:8]}, gone: {gone[:8]}"
    return f"{len(after):,} files"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path, nargs="?")
    parser.add_argument("--installers", type=Path, metavar="DIST", help="a folder with a .run and a .deb (the .deb only as root)")
    parser.add_argument("--report", type=Path, help="write what was found as JSON")
    options = parser.parse_args()
    found: list[dict[str, Any]] = []
    if options.installers:
        for installer in sorted(options.installers.glob("*.run")):
            smoke_run(installer, found)
        for installer in sorted(options.installers.glob("*.deb")) if shutil.which("dpkg") and os.geteuid() == 0 else ():
            smoke_deb(installer, found)
    elif options.program:
        smoke = Smoke(options.program, found)
        smoke.everything()
        smoke.close()
    if options.report:
        options.report.write_text(json.dumps(found, indent=1))
    print(f"{sum(f['ok'] for f in found)} of {len(found)} steps passed")
    return 0 if found and all(f["ok"] for f in found) else 1


if __name__ == "__main__":
    sys.exit(main())
