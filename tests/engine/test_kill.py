"""kill -9 at random moments: the run always opens, and little is lost.

PLAYGROUND_KILLS=40 is the full measurement; a few kills are enough to notice that something broke.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from engine_kit import REPOSITORY

from playground.engine.runs import RunFileError, load_run

KILLS = int(os.environ.get("PLAYGROUND_KILLS", "6"))
EVERY_S = 0.15  # between two saves here, so that many kills fall into a save; 8 s in the app

CHILD = """
import sys, time
sys.path[:0] = sys.argv[2:4]
import engine_kit
from playground.engine import messages as m, worker
from pathlib import Path
worker.load_data = engine_kit.load
worker.SAVE_EVERY_S = float(sys.argv[4])
session = engine_kit.Session()
folder = Path(sys.argv[1])
if folder.exists():
    session.open(folder, resume=True)
else:
    session.start(engine_kit.recipe(hidden=256, layers=3), folder=folder)
while True:
    for event in session.poll():
        if isinstance(event, m.Progress):
            print(event.step, flush=True)  # what a person could have seen
        if isinstance(event, m.Failed):
            print("failed", event.sentence, flush=True)
    time.sleep(0.005)
"""


def train_and_kill(folder: Path, after_s: float) -> tuple[int, float]:
    """Kill a child ``after_s`` after its first report: (last step seen, steps per second). None is left behind."""
    paths = [str(REPOSITORY), str(Path(__file__).parent)]
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(folder), *paths, str(EVERY_S)], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        line = child.stdout.readline()
        assert line and not line.startswith("failed"), line
        first, began = int(line), time.monotonic()
        time.sleep(after_s)
    finally:
        child.send_signal(signal.SIGKILL)
        seconds = time.monotonic() - began
        rest = child.communicate(timeout=30)[0].split("\n")[:-1]  # the last line may be half a line
    assert not any("failed" in r for r in rest), rest
    last = int(rest[-1]) if rest else first
    return last, (last - first) / seconds


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_run_killed_at_random_moments_always_opens_and_loses_little(tmp_path: Path) -> None:
    moments = random.Random()
    folder = tmp_path / "run"
    before = 0
    for kill in range(KILLS):
        after = moments.uniform(0.0, 5 * EVERY_S)
        seen, rate = train_and_kill(folder, after)
        try:
            checkpoint, state, metrics = load_run(folder).checkpoint()
        except RunFileError as error:
            pytest.fail(f"kill {kill} after {after:.3f} s: {error}")
        assert all(torch.isfinite(v).all() for v in state.values() if v.is_floating_point())
        assert metrics.steps.tolist() == list(range(1, checkpoint.step + 1))
        assert before <= checkpoint.step, "went back before an earlier checkpoint"
        lost_s = (seen - checkpoint.step) / max(rate, 1e-9) if seen > checkpoint.step else 0.0
        # Autosaves are EVERY_S apart instead of 8 s: a loss of 2 s here is one of less than 10 s there.
        assert lost_s < 2.0 or seen - checkpoint.step < 5, f"kill {kill}: {lost_s:.1f} s lost"
        before = checkpoint.step
    assert before > 0
    assert load_run(folder).info().status == "interrupted", "nobody trains it any more, and the list says so"


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_run_killed_while_it_begins_opens_too(tmp_path: Path) -> None:
    """Killed at any moment from the creation of its folder on, before anybody saw a step."""
    paths = [str(REPOSITORY), str(Path(__file__).parent)]
    for i in range(max(2, KILLS // 3)):
        folder = tmp_path / f"run{i}"
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(folder), *paths, str(EVERY_S)], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not (folder / "run.json").exists() and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(random.uniform(0, 0.15))
        child.kill()
        child.wait(30)
        run = load_run(folder)
        assert run.checkpoint_manifest().step >= 0
        if run.begun():
            run.checkpoint()
