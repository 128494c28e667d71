"""``playground bench``: four figures of smoothness, as ratios and percentiles of one run on this machine.

1. the training loop against a bare torch loop on the same network and data held in memory;
2. training with the window open and its curves live against training without a window;
3. how long the GUI thread stalls while a model trains (a 10 ms heartbeat);
4. how long after a mouse move the decoded picture has been painted.

Speeds are measured in turns (A B A B ...), because shared machines drift. Every part runs in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

ROUNDS = 5


def main(seconds: float = 60.0) -> dict[str, Any]:
    """All four figures; ``seconds`` is the length of the heartbeat measurement, the others take about as long together."""
    each = max(3.0, seconds / 8)
    loops: dict[str, list[float]] = {"bare": [], "headless": [], "window": []}
    window: dict[str, Any] = {}
    for turn in range(ROUNDS):
        for name in ("bare", "headless"):
            loops[name].append(_child(name, each)["steps_per_s"])
        window = _child("window", seconds if turn == ROUNDS - 1 else each)
        loops["window"].append(window["steps_per_s"])
    pairs = (("headless", "bare"), ("window", "headless"))
    ratio = {a: median(x / y for x, y in zip(loops[a], loops[b], strict=True)) for a, b in pairs}
    return {
        "training_loop_over_bare_loop": round(ratio["headless"], 3),
        "window_over_headless": round(ratio["window"], 3),
        "gui_stall_p50_ms": window["stall_ms"][0],
        "gui_stall_p99_ms": window["stall_ms"][1],
        "gui_stall_max_ms": window["stall_ms"][2],
        "heartbeats": window["heartbeats"],
        "mouse_to_picture_p50_ms": window["picture_ms"][0],
        "mouse_to_picture_p95_ms": window["picture_ms"][1],
        "pictures": window["pictures"],
        "steps_per_s": {k: [round(v, 1) for v in values] for k, values in loops.items()},
    }


def _child(part: str, seconds: float) -> dict[str, Any]:
    """Run one part in a fresh process with a folder of its own for runs and settings."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PLAYGROUND_RUNS": f"{folder}/runs", "XDG_CONFIG_HOME": f"{folder}/settings"}
        if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
            environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        command = [sys.executable, "-m", "playground.bench", part, str(seconds)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds * 3 + 180)
    if done.returncode:
        raise RuntimeError(f"the benchmark {part!r} failed:\n{done.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def _recipe() -> Any:
    from playground.engine import FAMILIES, Compute, Recipe

    config = FAMILIES["vae"].default_config("mnist", "image").replace(steps=1_000_000, decay="none")
    return Recipe("vae", "mnist", config, compute=Compute(device="cpu", threads=1))


# ---------------------------------------------------------------- 1: the loops
def bare(seconds: float) -> dict[str, Any]:
    """The same VAE step written out by hand: no reports, no copies, no saving."""
    import torch

    from playground.engine.datasets import load_data
    from playground.engine.datasets.base import to_float
    from playground.engine.families.vae.model import VAE, binarise

    torch.set_num_threads(1)
    recipe, data = _recipe(), load_data("mnist")
    model = VAE(data.shape, data.kind, recipe.config)
    optimizer = torch.optim.Adam(model.parameters(), lr=recipe.config.learning_rate, fused=True)
    noise = torch.Generator().manual_seed(0)
    items = data.train
    order = torch.randperm(len(items), generator=noise)
    size = recipe.config.batch_size

    def step(index: int) -> None:
        start = index * size % (len(items) - size)
        x = binarise(to_float(items[order[start : start + size]]), noise)
        q = model.encode(x)
        z = q.sample(torch.randn(q.mu.shape, generator=noise))
        loss = -model.log_likelihood(x, z).mean() + q.kl().sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    for index in range(20):
        step(index)
    count, start = 20, time.perf_counter()
    while time.perf_counter() - start < seconds:
        step(count)
        count += 1
    return {"steps_per_s": (count - 20) / (time.perf_counter() - start)}


def headless(seconds: float) -> dict[str, Any]:
    """The whole engine, without a window: reports, copies for the explorer, monitor and autosaves included."""
    from playground.engine import Session, messages

    session = Session(spare_core=True)
    session.start(_recipe())
    first: messages.Progress | None = None
    last: messages.Progress | None = None
    while first is None or last is None or last.seconds - first.seconds < seconds:
        for event in session.poll():
            if isinstance(event, messages.Failed):
                raise RuntimeError(event.sentence)
            if isinstance(event, messages.Progress) and event.step >= 20:
                first, last = first or event, event
        time.sleep(0.02)
    session.close(20)
    return {"steps_per_s": (last.step - first.step) / (last.seconds - first.seconds)}


# ---------------------------------------------------------------- 2, 3, 4: the window
def window(seconds: float) -> dict[str, Any]:
    """The real window at 1280 x 800 on the latent map, curves live, a mouse moving 50 times a second for a third of the time."""
    from PySide6.QtCore import QEventLoop, QTimer

    from playground.ui import app, style, theme
    from playground.ui.services import Services
    from playground.ui.settings import Settings

    qt = app.make_qt()
    settings = Settings()
    style.dress(qt, theme.wear("dark"))
    application = app.App(qt, Services(), settings)
    application.window.resize(1280, 800)
    application.start()
    loop = QEventLoop()

    def wait(condition: Callable[[], bool], limit: float) -> None:
        deadline = time.perf_counter() + limit
        timer = QTimer(interval=5)
        timer.timeout.connect(lambda: loop.quit() if condition() or time.perf_counter() > deadline else None)
        timer.start()
        loop.exec()
        timer.stop()

    wait(lambda: application.ready, 60)
    tab = application.window.tabs["vae"]
    wait(lambda: False, 3)  # what is loaded in idle time
    tab.show_recipe(_recipe())
    tab.train()
    tab.stage.show_view("latent_map")
    wait(lambda: tab.status.step > 20 and tab.stage.view() is not None and tab.stage.view().canvas.isVisible(), 60)
    wait(lambda: False, 2)  # the first paint of every part

    beats = _heartbeat(qt)
    first = (tab.status.step, time.perf_counter())
    wait(lambda: False, seconds * 2 / 3)
    speed = (tab.status.step - first[0]) / (time.perf_counter() - first[1])
    pictures = _mouse(tab.stage.view(), wait, seconds / 3)
    stalls = sorted(beats())
    tab.session.close(20)
    application.window.close()
    return {
        "steps_per_s": speed, "stall_ms": [_at(stalls, 0.5), _at(stalls, 0.99), _at(stalls, 1.0)], "heartbeats": len(stalls),
        "picture_ms": [_at(sorted(pictures), 0.5), _at(sorted(pictures), 0.95)], "pictures": len(pictures),
    }  # fmt: skip


def _heartbeat(parent: Any) -> Callable[[], list[float]]:
    """A timer that should fire every 10 ms; returns a function that stops it and gives by how many ms each beat was late."""
    from PySide6.QtCore import Qt, QTimer

    late: list[float] = []
    last = [time.perf_counter()]

    def beat() -> None:
        now = time.perf_counter()
        late.append(max(0.0, (now - last[0]) * 1000 - 10))
        last[0] = now

    timer = QTimer(parent, interval=10)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(beat)
    timer.start()

    def end() -> list[float]:
        timer.stop()
        return late[1:]

    return end


def _mouse(view: Any, wait: Callable[[Callable[[], bool], float], None], seconds: float) -> list[float]:
    """Move a mouse over the map; ms from each move to the picture of that place having been painted."""
    from PySide6.QtCore import QEvent, QPointF, Qt, QTimer
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    from playground.engine import messages as m

    sent: dict[int, float] = {}
    times: list[float] = []
    canvas = view.canvas
    send, on_answer = view._send, view.on_answer

    def noting_send(request: m.Request) -> int:
        request_id = int(send(request))
        if isinstance(request, m.Decode):
            sent[request_id] = moved[0]
        return request_id

    def noting_answer(answer: m.Answer) -> None:
        on_answer(answer)
        if isinstance(answer, m.Decoded) and answer.request_id in sent:
            QApplication.sendPostedEvents(view.window(), QEvent.Type.UpdateRequest)  # what changed is painted now
            times.append((time.perf_counter() - sent.pop(answer.request_id)) * 1000)

    view._send, view.on_answer = noting_send, noting_answer
    moved = [0.0]
    count = [0]

    def move() -> None:
        count[0] += 1
        centre = canvas.rect().center()
        place = QPointF(centre.x() + 60 * ((count[0] % 41) - 20) / 20, centre.y() + 50 * ((count[0] % 29) - 14) / 14)
        moved[0] = time.perf_counter()
        none = Qt.MouseButton.NoButton
        event = QMouseEvent(
            QEvent.Type.MouseMove, place, canvas.mapToGlobal(place), none, none, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(canvas, event)

    timer = QTimer(interval=20)
    timer.timeout.connect(move)
    timer.start()
    wait(lambda: False, seconds)
    timer.stop()
    view._send, view.on_answer = send, on_answer
    return times


def _at(values: list[float], share: float) -> float:
    """The value below which ``share`` of the sorted values lie."""
    return round(values[min(len(values) - 1, int(share * len(values)))], 2) if values else float("nan")


if __name__ == "__main__":
    Path(os.environ.get("PLAYGROUND_RUNS", ".")).mkdir(parents=True, exist_ok=True)
    print(json.dumps({"bare": bare, "headless": headless, "window": window}[sys.argv[1]](float(sys.argv[2]))))
