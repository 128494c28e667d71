"""Does the program work where nothing else is?

    python3 packaging/smoke.py FOLDER/playground [--report FILE]      an installed or frozen program, by its steps
    python3 packaging/smoke.py --installers DIST [--report FILE]      Linux, as root: installs, smokes and removes what is in DIST
    python3 packaging/smoke.py --build [--report FILE]                the same of a fresh build (packaging/build.py)

The environment is empty, the home folder new, with a space and letters beyond ASCII; as root there is no network either, and the
program runs as nobody, who may not write where it is installed. Every family is trained for some steps, killed, resumed, walked;
films are exported; models compared; lessons and finished models opened; the window opens, off screen and, where Xvfb is there, on a
screen, is photographed and closes. Exit code 0 if everything did, and if an uninstalled program left no file behind.
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

HERE = Path(__file__).resolve().parent
NOBODY = 65534
TINY = "--data moons --hidden 16"
#: Families and recipes that train some steps in seconds.
SMALL = {
    "vae": f"{TINY} --likelihood gaussian_z --steps 200", "gan": f"{TINY} --steps 100",
    "diffusion": f"{TINY} --layers 2 --steps 200", "vae_gan": f"{TINY} --steps 60", "ddgan": f"{TINY} --steps 60",
    "hvae": f"{TINY} --steps 60", "distilled": f"{TINY} --steps 60 --first-steps 30",
    "latent_diffusion": f"{TINY} --steps 60 --first-steps 30",
}  # fmt: skip
FILMED = ("vae", "gan")


class Smoke:
    """One installed program, and what was found."""

    def __init__(self, program: Path, name: str = "") -> None:
        self.program, self.name = program.absolute(), name
        self.home = Path(tempfile.mkdtemp(prefix="jürgen müller ", dir="/var/tmp" if Path("/var/tmp").is_dir() else None))
        self.found: list[dict[str, Any]] = []
        self.root = hasattr(os, "geteuid") and os.geteuid() == 0
        if self.root:
            os.chown(self.home, NOBODY, NOBODY)

    def command(self, *words: str) -> list[str]:
        """A command as root without network and as nobody."""
        line = list(words)
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
        """The program with these words; raises if its exit code is not 0."""
        return self.do(str(self.program), *words, timeout=timeout, **more)

    def do(self, *line: str, timeout: float = 300, **more: str) -> str:
        done = subprocess.run(
            self.command(*line), env={**self.environment, **more}, cwd=self.home, capture_output=True, encoding="utf-8",
            errors="replace", timeout=timeout,
        )  # fmt: skip
        if done.returncode:
            raise AssertionError(f"exit code {done.returncode}: {(done.stderr or done.stdout).strip()[-600:]}")
        return done.stdout

    def step(self, name: str, job: Callable[[], Any]) -> None:
        """Do a step, tell how it went, and go on with the next one either way."""
        started = time.monotonic()
        try:
            note, ok = job(), True
        except Exception as error:
            note, ok = f"{type(error).__name__}: {error}", False
        seconds = time.monotonic() - started
        name = f"{self.name}: {name}" if self.name else name
        self.found.append({"step": name, "ok": ok, "seconds": round(seconds, 2), "note": note if isinstance(note, str) else ""})
        print(f"{'ok    ' if ok else 'FAILED'} {seconds:6.1f} s  {name}  {note or ''}", flush=True)

    def steps(self) -> None:
        """All of them."""
        self.step("version", lambda: self.run("--version").strip())
        if self.root:
            self.step("may not write where it lies", self.read_only)
        self.step("check", self.check)
        for family in SMALL:
            self.step(f"train {family}", lambda family=family: self.train(family))
        self.step("films", self.films)
        self.step("kill and resume", self.kill_and_resume)
        self.step("finished models", self.models)
        self.step("compare", self.compare)
        self.step("window", self.window)
        if shutil.which("Xvfb") and self.root:
            self.step("window on a screen, warm", self.screen)
        self.step("a lesson from a file", self.lesson)

    # ------------------------------------------------------------ one by one
    def read_only(self) -> str:
        words = ["sh", "-c", 'test ! -w "$1" && test ! -w "$1/_internal"', "sh", str(self.program.resolve().parent)]
        subprocess.run(self.command(*words), check=True)
        return str(self.program.resolve().parent)

    def check(self) -> str:
        report = json.loads(self.run("check", "--json"))
        failed = [c["text"] for c in report["checks"] if c["status"] == "failed"]
        assert report["ok"], "; ".join(failed)
        return f"{len(report['checks'])} checks"

    def train(self, family: str) -> str:
        run = self.home / f"run-{family}"
        done = json.loads(self.run("train", family, *SMALL[family].split(), "--out", str(run), "--threads", "1", "--json"))
        picture = self.home / f"{family}.png"
        self.run("sample", str(run), "-n", "16", "--out", str(picture))
        assert picture.read_bytes()[:4] == b"\x89PNG", "no picture"
        return f"{done.get('step', '?')} steps, a picture of {picture.stat().st_size / 1e3:.0f} kB"

    def films(self) -> str:
        """By GIF and MP4, each with its recipe inside."""
        notes = []
        for family in FILMED:
            for ending, start in ((".gif", b"GIF89a"), (".mp4", b"ftyp")):
                film = self.home / f"film-{family}{ending}"
                words = ("interpolate", str(self.home / f"run-{family}"), "--between", "noises", "--pairs", "1", "--frames", "5")
                self.run(*words, "--out", str(film))
                assert start in film.read_bytes()[:16], f"{film.name} is no film"
                notes.append(f"{film.stat().st_size / 1e3:.0f} kB")
                again = json.loads(self.run("train", family, "--recipe", str(film), "--steps", "2", "--json"))
                assert again["step"] == 2, "the recipe in the film does not train"
        return ", ".join(notes)

    def kill_and_resume(self) -> str:
        run = self.home / "killed"
        words = ("train", "vae", "--data", "mnist", "--steps", "100000", "--out", str(run), "--threads", "1")
        line = self.command(str(self.program), *words)
        child = subprocess.Popen(line, env=self.environment, cwd=self.home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and len(list(run.glob("metrics-*"))) < 1:
            time.sleep(0.2)
        child.send_signal(signal.SIGKILL)
        child.wait()
        step = json.loads((run / "checkpoint.json").read_text())["step"]
        assert step > 0, "nothing was saved within a minute"
        done = json.loads(self.run("resume", str(run), "--steps", str(step + 20), "--json"))
        return f"killed after step {step}, resumed to {done.get('step', step + 20)}"

    def models(self) -> str:
        """Those on board are listed, and one answers."""
        listed = json.loads(self.run("models", "--json"))["models"]
        assert listed, "there are none"
        self.run("sample", listed[0]["name"], "-n", "4", "--out", str(self.home / "board.png"))
        return f"{len(listed)}, {sum(m.get('size_mb', 0) for m in listed):.0f} MB"

    def compare(self) -> str:
        words = ("compare", "--data", "moons", "--budget", "3s", "--families", "vae", "gan", "--out", str(self.home / "comparison"))
        self.run(*words, "--report", str(self.home / "comparison.html"), "--json", timeout=600)
        size = (self.home / "comparison.html").stat().st_size
        assert size > 10_000, "the report is empty"
        return f"a report of {size / 1e6:.1f} MB"

    def window(self, start: tuple[str, ...] = (), **environment: str) -> str:
        report = self.home / f"window-{len(self.found)}.json"
        self.do(*start, str(self.program), "--self-test", str(report), timeout=180, **environment)
        found = json.loads(report.read_text(encoding="utf-8"))
        assert found["ok"], found.get("problem", "")
        assert found["models"] and found["lessons"], "no finished models or no lessons on board"
        times = ", ".join(f"{k[:-2]} {v:.1f} s" for k, v in found.items() if k.endswith("_s"))
        return f"{found['platform']}: {times}"

    def screen(self) -> str:
        """On a screen that is not seen, with Qt's real X11 platform."""
        display = ":97"
        line = [shutil.which("Xvfb") or "Xvfb", display, "-screen", "0", "1280x800x24", "-ac"]
        server = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(2)
            said = self.window(DISPLAY=display, QT_QPA_PLATFORM="xcb")
        finally:
            server.terminate()
            server.wait()
        assert said.startswith("xcb"), said
        return said

    def lesson(self) -> str:
        """A file that was handed over, by its path: read as the window reads it, without the window."""
        path = self.home / "a lesson.playlesson"
        source = next((self.program.resolve().parent / "_internal" / "playground" / "resources" / "lessons").glob("*.toml"))
        write_lesson(source, path)
        report = self.home / "lesson.json"
        self.run("--self-test", str(report), str(path), timeout=180)
        assert json.loads(report.read_text(encoding="utf-8"))["ok"]
        return path.name


def write_lesson(source: Path, target: Path) -> None:
    """A .playlesson of a lesson on board: a zip of one file."""
    import tomllib
    import zipfile

    values = {"format": "generative-playground lesson 1", **tomllib.loads(source.read_text(encoding="utf-8"))}
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("lesson.json", json.dumps(values))


# ---------------------------------------------------------------- installing and removing, on Linux
def installed_run(file: Path) -> list[dict[str, Any]]:
    """The file that installs itself: as nobody, in a home of its own, without network; then over itself; then gone."""
    smoke = Smoke(Path("-"), "run")
    before = files(smoke.home)
    copy = Path(tempfile.mkdtemp(dir="/var/tmp")) / file.name
    shutil.copy2(file, copy)
    copy.parent.chmod(0o755)
    prefix = smoke.home / ".local"
    smoke.step("installs itself", lambda: smoke.do("sh", str(copy)).strip().splitlines()[-2])
    smoke.step("installs itself over itself", lambda: smoke.do("sh", str(copy)).strip().splitlines()[-2])
    smoke.program = prefix / "bin" / "playground"
    smoke.step("starts by its link", lambda: smoke.run("--version").strip())
    smoke.step("window", smoke.window)
    smoke.step("is removed", lambda: smoke.do("sh", str(prefix / "lib/generative-playground/uninstall.sh"), "--with-runs").strip())
    left = {f for f in files(smoke.home) - before if not f.startswith("window-")}
    smoke.step("leaves nothing", lambda: nothing(left))
    shutil.rmtree(copy.parent)
    shutil.rmtree(smoke.home, ignore_errors=True)
    return smoke.found


def installed_deb(file: Path) -> list[dict[str, Any]]:
    """The .deb: for all, so that nobody may not write where it lies; all steps; then gone."""
    before = system_files()
    smoke = Smoke(Path("/opt/generative-playground/playground"), "deb")
    smoke.step("dpkg --install", lambda: dpkg("--install", str(file)))
    smoke.step("dpkg --verify", lambda: nothing(set(dpkg("--verify", "generative-playground").splitlines())))
    smoke.steps()
    smoke.step("dpkg --purge", lambda: dpkg("--purge", "generative-playground"))
    smoke.step("leaves nothing", lambda: nothing(system_files() - before))
    shutil.rmtree(smoke.home, ignore_errors=True)
    return smoke.found


def dpkg(*words: str) -> str:
    """dpkg's own words about the files of a package; of what it did, nothing."""
    done = subprocess.run(["dpkg", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-400:]
    return done.stdout if words[0] == "--verify" else ""


def files(folder: Path) -> set[str]:
    """Files and folders below ``folder``."""
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*")}


def system_files() -> set[str]:
    """Of the places that a package for all users may write to."""
    found: set[str] = set()
    for place in ("opt", "usr/bin", "usr/share/applications", "usr/share/mime", "usr/share/icons", "usr/share/doc", "etc"):
        found |= {f"/{place}/{name}" for name in files(Path("/", place))} if Path("/", place).is_dir() else set()
    return found


def nothing(left: set[str]) -> str:
    assert not left, f"left behind: {', '.join(sorted(left)[:12])}"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path, nargs="?")
    parser.add_argument("--installers", type=Path, metavar="DIST", help="smoke the .run and the .deb in this folder")
    parser.add_argument("--build", action="store_true", help="build first (into dist/)")
    parser.add_argument("--report", type=Path, help="write what was found as JSON")
    options = parser.parse_args()
    if options.build:
        subprocess.run([sys.executable, str(HERE / "build.py")], check=True)
        options.installers = HERE.parent / "dist"
    found: list[dict[str, Any]] = []
    if options.installers:
        found += [f for path in sorted(options.installers.glob("*.run")) for f in installed_run(path)]
        found += [f for path in sorted(options.installers.glob("*.deb")) for f in installed_deb(path)]
    elif options.program:
        smoke = Smoke(options.program)
        smoke.steps()
        shutil.rmtree(smoke.home, ignore_errors=True)
        found = smoke.found
    else:
        parser.error("name a program, or --installers, or --build")
    if options.report:
        options.report.write_text(json.dumps(found, indent=1), encoding="utf-8")
    print(f"{sum(not f['ok'] for f in found)} of {len(found)} steps failed")
    return 0 if found and all(f["ok"] for f in found) else 1


if __name__ == "__main__":
    sys.exit(main())
