"""``playground bench``: figures of smoothness, as ratios and percentiles of one run on this machine. Four of a VAE on digits:

1. the training loop against a bare torch loop on the same network and data held in memory;
2. training with the window open and its curves live against training without a window;
3. how long the GUI thread stalls while a model trains (a 10 ms heartbeat);
4. how long after a mouse move the decoded picture has been painted.

``--family gan`` and ``--family diffusion`` measure 2 with that family's first view open, and 3 with each of its views, on points in
the plane; a view that is a film plays, over and over.

Shared machines drift: the same loop in the same process runs a quarter faster or slower a few seconds later. So the three loops of
1 and 2, each in a process of its own, all stand ready at once and take short turns, the others suspended; a ratio is the
median over the rounds of turns that lie seconds apart, given with its quartiles. ``cores_taken_by_others`` says how much of
the machine other programs had meanwhile: read the figures with it.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psutil

LOOPS = ("bare", "headless", "window")
PAIRS = {"training_loop_over_bare_loop": ("headless", "bare"), "window_over_headless": ("window", "headless")}
DATA = {"vae": "mnist", "gan": "ring8", "diffusion": "8gaussians"}
TURN_S = 2.0
WARM_S = 0.4  # of a turn before measuring: caches are cold, and what fell due during the others' turns is done at once
READY_S = 120.0


def main(seconds: float = 60.0, family: str = "vae") -> dict[str, Any]:
    """All figures; ``seconds`` is the length of the heartbeat measurement, the turns take some three times as long."""
    before, started = _busy_s(), time.perf_counter()
    loops = LOOPS if family == "vae" else LOOPS[1:]
    speeds, own = in_turns(loops, family, max(5, round(0.4 * seconds)))
    others = (_busy_s() - before - own) / (time.perf_counter() - started)
    with _child("smooth" if family == "vae" else "views", family, str(seconds)) as process:
        smooth = _line(process)
    out: dict[str, Any] = {"family": family, "cores_taken_by_others": round(others, 2)}
    for name, (a, b) in PAIRS.items():
        if a not in speeds or b not in speeds:
            continue
        ratios = [x / y for x, y in zip(speeds[a], speeds[b], strict=True)]
        out[name] = round(median(ratios), 3)
        out[f"{name}_quartiles"] = [round(q, 3) for q in quantiles(ratios)[::2]]
    return out | smooth | {"steps_per_s": {k: [round(v, 1) for v in values] for k, values in speeds.items()}}


def in_turns(loops: tuple[str, ...], family: str, rounds: int) -> tuple[dict[str, list[float]], float]:
    """Steps a second of every loop in every round. Rounds go to and fro (A B C, C B A), so that a steady drift cancels.

    Beside them the processor seconds that all this took, to tell how busy the machine was with other things.
    """
    speeds: dict[str, list[float]] = {name: [] for name in loops}
    with ExitStack() as stack:
        processes = {}
        for name in loops:
            processes[name] = stack.enter_context(_child(name, family))
            _line(processes[name])  # it is warm
            psutil.Process(processes[name].pid).suspend()
        for index in range(rounds):
            for name in loops if index % 2 == 0 else loops[::-1]:
                speeds[name].append(_turn(processes[name]))
        used = [psutil.Process(p.pid).cpu_times() for p in processes.values()]
        own = sum(times.user + times.system for times in used)
    return speeds, own


def _busy_s() -> float:
    """Seconds that all processors together have worked since the start of the machine."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    twice = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)  # Linux counts these in user and nice too
    return float(sum(times) - idle - twice)


def _turn(process: subprocess.Popen[str]) -> float:
    assert process.stdin is not None
    psutil.Process(process.pid).resume()
    process.stdin.write("go\n")
    process.stdin.flush()
    speed = float(_line(process)["steps_per_s"])
    psutil.Process(process.pid).suspend()
    return speed


@contextmanager
def _child(*part: str) -> Iterator[subprocess.Popen[str]]:
    """One part in a fresh process with a folder of its own for runs and settings."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as errors:
        environment = {**os.environ, "PLAYGROUND_RUNS": f"{folder}/runs", "XDG_CONFIG_HOME": f"{folder}/settings"}
        if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
            environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        command = [sys.executable, "-m", "playground.bench", *part]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=errors, text=True) as process:
            try:
                yield process
            except EOFError as error:
                errors.seek(0)
                raise RuntimeError(f"the benchmark {part[0]!r} failed:\n{errors.read()[-2000:]}") from error
            finally:
                process.kill()  # ends a suspended one too


def _line(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The next line that a part says. Raises EOFError if it has ended instead."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise EOFError
    result: dict[str, Any] = json.loads(line)
    return result


def _say(**content: Any) -> None:
    print(json.dumps(content), flush=True)


def _answer_turns(turn: Callable[[], float]) -> None:
    """In a part: ready; then a turn for every line on standard input."""
    _say(ready=True)
    for _ in sys.stdin:
        _say(steps_per_s=turn())


class Marks:
    """Steps a second between the first and the last report of the training thread after the warm-up of a turn, by its own clock."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._seen: list[tuple[int, float]] = []

    def add(self, event: Any) -> None:
        if time.perf_counter() - self._start > WARM_S:
            self._seen.append((event.step, event.seconds))

    @property
    def over(self) -> bool:
        return time.perf_counter() - self._start > WARM_S + TURN_S

    def speed(self) -> float:
        (step0, t0), (step1, t1) = self._seen[0], self._seen[-1]
        return (step1 - step0) / (t1 - t0)


def _recipe(family: str) -> Any:
    from playground.engine import FAMILIES, Compute, Recipe, describe

    data = DATA[family]
    config = FAMILIES[family].default_config(data, describe(data).kind).replace(steps=1_000_000, decay="none")
    return Recipe(family, data, config, compute=Compute(device="cpu", threads=1))


def _save_seldom() -> None:
    """The clock runs on during the turns of the others: save as often, by the time spent training, as outside a benchmark."""
    from playground.engine import worker

    worker.SAVE_EVERY_S *= len(LOOPS)


# ---------------------------------------------------------------- 1: the loops
def bare(family: str) -> None:
    """The same VAE step written out by hand: no reports, no copies, no saving."""
    import torch

    from playground.engine.datasets import load_data
    from playground.engine.datasets.base import to_float
    from playground.engine.families.vae.model import VAE, binarise

    torch.set_num_threads(1)
    recipe, data = _recipe(family), load_data(DATA[family])
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

    done = itertools.count()

    def run_for(seconds: float) -> float:
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            step(next(done))
            count += 1
        return count / (time.perf_counter() - start)

    def turn() -> float:
        run_for(WARM_S)
        return run_for(TURN_S)

    run_for(1.0)
    _answer_turns(turn)


def headless(family: str) -> None:
    """The whole engine, without a window: reports, copies for the explorer, monitor and autosaves included."""
    from playground.engine import Session, messages

    session = Session(spare_core=True)
    session.start(_recipe(family))
    _save_seldom()

    def turn() -> float:
        marks = Marks()
        while not marks.over:
            for event in session.poll():
                if isinstance(event, messages.Failed):
                    raise RuntimeError(event.sentence)
                if isinstance(event, messages.Progress):
                    marks.add(event)
            time.sleep(0.02)
        return marks.speed()

    while not any(isinstance(event, messages.Progress) for event in session.poll()):
        time.sleep(0.02)
    turn()
    _answer_turns(turn)


# ---------------------------------------------------------------- 2, 3, 4: the window
class Window:
    """The real window at 1280 x 800, training, curves live, on the latent map or a family's first view."""

    def __init__(self, family: str, in_turns: bool = False) -> None:
        from PySide6.QtCore import QEventLoop

        from playground.ui import app, style, theme
        from playground.ui.services import Services
        from playground.ui.settings import Settings

        self.qt = app.make_qt()
        style.dress(self.qt, theme.wear("dark"))
        application = app.App(self.qt, Services(), Settings())
        application.window.resize(1280, 800)
        application.start()
        self._application, self._loop = application, QEventLoop()
        self._until(lambda: application.ready)
        self.wait(3)  # what is loaded in idle time
        application.window.show_family(family)
        self.tab = application.window.tabs[family]
        self.tab.show_recipe(_recipe(family))
        self.tab.train()
        if in_turns:
            _save_seldom()
        self.tab.stage.show_view("latent_map" if family == "vae" else self.tab.stage.switch.keys[0])
        self._until(self._shown)
        self.wait(2)  # the first paint of every part
        self.play()

    def play(self) -> None:
        """Let the film of the view on stage run over and over, if it is one."""
        bar: Any = getattr(self.tab.stage.view(), "bar", None)
        if hasattr(bar, "loop"):
            bar.loop.setChecked(True)
            bar.begin()

    def wait(self, seconds: float) -> None:
        """Nothing but the window's own events for so long."""
        from PySide6.QtCore import QTimer

        QTimer.singleShot(round(seconds * 1000), self._loop.quit)
        self._loop.exec()

    def close(self) -> None:
        self.tab.session.close(20)
        self._application.window.close()

    def _until(self, condition: Callable[[], bool]) -> None:
        deadline = time.perf_counter() + READY_S
        while not condition():
            if time.perf_counter() > deadline:
                raise RuntimeError("the window did not get ready")
            self.wait(0.05)

    def _shown(self) -> bool:
        view = self.tab.stage.view()
        return bool(self.tab.status.step > 20 and view is not None and view.isVisible())


def window(family: str) -> None:
    """Its training, with nobody at the mouse."""
    shown = Window(family, in_turns=True)
    marks = Marks()

    def turn() -> float:
        nonlocal marks
        marks = Marks()
        shown.wait(WARM_S + TURN_S)
        return marks.speed()

    shown.tab.bridge.progress.connect(lambda event: marks.add(event))
    turn()
    _answer_turns(turn)


def views(family: str, seconds: str) -> None:
    """The heartbeat with every view of a family open in its turn, refreshed as it is while a model trains."""
    shown = Window(family)
    names = shown.tab.stage.switch.keys
    late: dict[str, list[float]] = {}
    for name in names:
        shown.tab.stage.show_view(name)
        shown.wait(2)  # its first answer and paint
        shown.play()
        beats = _heartbeat(shown.qt)
        shown.wait(float(seconds) / len(names))
        late[name] = sorted(beats())
    shown.close()
    every = sorted(itertools.chain.from_iterable(late.values()))
    _say(
        gui_stall_p50_ms=_at(every, 0.5), gui_stall_p99_ms=_at(every, 0.99), gui_stall_max_ms=_at(every, 1.0),
        heartbeats=len(every), gui_stall_p99_ms_by_view={name: _at(values, 0.99) for name, values in late.items()},
    )  # fmt: skip


def smooth(family: str, seconds: str) -> None:
    """Heartbeat and mouse: the mouse moves 50 times a second during the last third of the time."""
    shown, length = Window(family), float(seconds)
    beats = _heartbeat(shown.qt)
    shown.wait(length * 2 / 3)
    pictures = sorted(_mouse(shown.tab.stage.view(), shown.wait, length / 3))
    stalls = sorted(beats())
    shown.close()
    _say(
        gui_stall_p50_ms=_at(stalls, 0.5), gui_stall_p99_ms=_at(stalls, 0.99), gui_stall_max_ms=_at(stalls, 1.0),
        heartbeats=len(stalls), mouse_to_picture_p50_ms=_at(pictures, 0.5), mouse_to_picture_p95_ms=_at(pictures, 0.95),
        pictures=len(pictures),
    )  # fmt: skip


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


def _mouse(view: Any, wait: Callable[[float], None], seconds: float) -> list[float]:
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
        event = QMouseEvent(QEvent.Type.MouseMove, place, canvas.mapToGlobal(place), none, none, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(canvas, event)

    timer = QTimer(interval=20)
    timer.timeout.connect(move)
    timer.start()
    wait(seconds)
    timer.stop()
    view._send, view.on_answer = send, on_answer
    return times


def _at(values: list[float], share: float) -> float:
    """The value below which ``share`` of the sorted values lie."""
    return round(values[min(len(values) - 1, int(share * len(values)))], 2) if values else float("nan")


if __name__ == "__main__":
    Path(os.environ.get("PLAYGROUND_RUNS", ".")).mkdir(parents=True, exist_ok=True)
    parts: dict[str, Callable[..., None]] = {
        "bare": bare, "headless": headless, "window": window, "smooth": smooth, "views": views,
    }  # fmt: skip
    parts[sys.argv[1]](*sys.argv[2:])
