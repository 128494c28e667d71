"""A Comparison without torch and threads: it trains, is measured and answers whenever the window polls, in numpy alone."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from fake_session import fake_services, pictures, points
from PySide6.QtWidgets import QApplication

from playground.engine import FAMILIES
from playground.engine import describe as describe_data
from playground.engine import messages as m

Array = np.ndarray
WORDS = {
    "objective": "Loss went down", "training": "Stable", "quality": "Sharp", "likelihood": "Lower bound", "latent": "Meaningful",
    "speed": "Fast",
}  # fmt: skip


class FakeComparison:
    """Trains ``steps_per_poll`` steps of every run of a seed at each poll. ``calls`` lists what the window asked for."""

    def __init__(self, steps_per_poll: int = 100, steps: int = 1000) -> None:
        self.steps_per_poll, self.steps = steps_per_poll, steps
        self.calls: list[tuple[Any, ...]] = []
        self.requests: list[tuple[str, m.Request]] = []
        self.plan: Any = None
        self.state, self.seed, self.step, self.closed = "idle", 0, 0, False
        self.columns: tuple[m.Column, ...] = ()
        self.measured: list[str] = []
        self.silent = False  # no answers to questions
        self._out: list[m.Event] = []
        self._ids, self._count = itertools.count(1), itertools.count(1)
        self.id = ""

    # ------------------------------------------------------------ the API of the real one
    def start(self, plan: Any, *, folder: Path | None = None) -> str:
        self.calls.append(("start", plan))
        self._enter(plan)
        self._set("training")
        return self.id

    def open(self, folder: Path | str, *, resume: bool = False) -> str:
        """One of the past, measured whole."""
        self.calls.append(("open", Path(folder), resume))
        self._enter(plan_of("8gaussians", ("vae", "gan"), seeds=2))
        for seed in range(self.plan.seeds):
            self._make_runs(seed)
            for column in self.columns:
                for step in range(100, self.steps + 1, 100):
                    self._say(self._quality(column, seed, step))
        for seed in range(self.plan.seeds):
            self._measure(seed)
        self._set("finished")
        return self.id

    def pause(self) -> None:
        self.calls.append(("pause",))
        self._set("paused")

    def resume(self) -> None:
        self.calls.append(("resume",))
        self._set("training")

    def stop(self) -> None:
        self.calls.append(("stop",))
        self._measure(self.seed)
        self._set("finished")

    def request(self, run_id: str, request: m.Request) -> int:
        self.requests.append((run_id, request))
        number = next(self._ids)
        if not self.silent:
            kind, values = self._answer(run_id, request)
            self._say(kind(run_id=run_id, request_id=number, step=self.step, elapsed_ms=2.0, channel=request.channel, **values))
        return number

    def cancel(self, run_id: str, channel: str) -> None:
        self.calls.append(("cancel", run_id, channel))

    def poll(self, limit: int = 0) -> list[m.Event]:
        if not self._out and self.state == "training":
            self._train()
        count = limit or len(self._out)
        out, self._out = self._out[:count], self._out[count:]
        return out

    def close(self, timeout: float = 5.0) -> bool:
        self.calls.append(("close",))
        self.closed = True
        return True

    # ------------------------------------------------------------ inside
    @property
    def kind(self) -> str:
        return str(describe_data(self.plan.data).kind)

    def _enter(self, plan: Any) -> None:
        self.plan, self.id = plan, f"comparison-{next(self._count)}"
        self.seed = self.step = 0
        self.measured = []
        names = [c.recipe.family if getattr(c, "recipe", None) else "vae" for c in plan.contestants]
        keys = [n if names.count(n) == 1 else f"{n}-{i + 1}" for i, n in enumerate(names)]
        self.columns = tuple(
            m.Column(key, getattr(c, "title", "") or FAMILIES[n].title, n, FAMILIES[n].accent, ("",) * plan.seeds,
                     c.recipe.to_dict() if getattr(c, "recipe", None) else {})
            for key, n, c in zip(keys, names, plan.contestants, strict=True)
        )  # fmt: skip
        self._make_runs(0)

    def _make_runs(self, seed: int) -> None:
        """The runs of a seed exist now."""
        self.columns = tuple(
            m.Column(c.key, c.title, c.family, c.accent,
                     tuple(f"{self.id}-{c.key}-{s}" if s <= seed else r for s, r in enumerate(c.run_ids)), c.recipe)
            for c in self.columns
        )  # fmt: skip
        budget = (self.plan.seeds, self.plan.seconds)
        self._say(m.Comparing(self.id, f"/comparisons/{self.id}", self.plan.data, self.kind, self.columns, *budget))

    def _train(self) -> None:
        self.step = min(self.step + self.steps_per_poll, self.steps)
        for column in self.columns:
            run = column.run_ids[self.seed]
            seen, steps = self.step * 128, np.arange(self.step - self.steps_per_poll + 1, self.step + 1, dtype=float)
            self._say(m.StateChanged(run, "training", self.step))
            self._say(m.Progress(run, self.step, self.steps, seen, self.step / 50, 50.0, steps, {}, 300.0))
            self._say(self._quality(column, self.seed, self.step))
        if self.step >= self.steps:
            self._measure(self.seed)
            if self.seed + 1 < self.plan.seeds:
                self.seed, self.step = self.seed + 1, 0
                self._make_runs(self.seed)
            else:
                self._set("finished")
                return
        self._set("training", quietly=True)

    def _quality(self, column: m.Column, seed: int, step: int) -> m.Monitored:
        """A hyperbola to the floor, slower for later columns, with the luck of the seed."""
        slow = 1.0 + 0.8 * [c.key for c in self.columns].index(column.key)
        value = 0.004 + 0.5 * slow / (1 + step / 60) * (1 + 0.15 * seed)
        place = {"seconds": step / 50 * slow, "images_seen": step * 128.0}
        scalars = {"quality": value, "quality_floor": 0.004, "quality_floor_sd": 0.001, **place}
        return m.Monitored(column.run_ids[seed], step, scalars, {})

    def _measure(self, seed: int) -> None:
        for column in self.columns:
            numbers = {"n": 1000, "step": self.step or self.steps, "mode_names": [f"{45 * i}°" for i in range(8)]}
            self._say(m.Measured(column.run_ids[seed], numbers, self._evidence(seed)))
            self.measured.append(column.run_ids[seed])
        self._say(self.table())

    def _evidence(self, seed: int) -> dict[str, Array]:
        rng = np.random.default_rng(seed)
        x, real = self._items(64 if self.kind == "image" else 500), self._items(64 if self.kind == "image" else 500)
        share = rng.dirichlet(np.full(8, 20.0))
        found = {"samples": x, "real": real, "mode_share": share, "mode_true": np.full(8, 1 / 8), "nll": rng.normal(3, 1, 500),
                 "path_stretch": 1 + rng.gamma(2, 0.2, 64), "codes": rng.standard_normal((300, 2)).astype(np.float32),
                 "codes_label": (np.arange(300) % 8).astype(np.int32)}  # fmt: skip
        if self.kind == "image":
            frequency = np.arange(0.0, 14)
            found |= {"path_frames": np.stack([x[:9]] * 6), "round_trip_x": real[:12], "round_trip_again": x[:12],
                      "spectrum_frequency": frequency, "spectrum_model": 100 / (1 + frequency) ** 2.4,
                      "spectrum_real": 100 / (1 + frequency) ** 2}  # fmt: skip
        else:
            t = np.linspace(0, 1, 20)[None, :, None]
            paths = (real[:40, None] * (1 - t) + real[40:80, None] * t).astype(np.float32)
            found |= {"path_frames": paths, "round_trip_x": real[:60], "round_trip_again": real[:60] + 0.05,
                      "nll_data": rng.normal(2.8, 0.9, 500)}  # fmt: skip
        return found

    def table(self) -> m.UnifiedView:
        """Words and figures that differ from column to column; the second column disagrees about training."""
        done = max(1, len(self.measured) // len(self.columns))
        cells = [self._cell(a, c, i, done) for i, c in enumerate(self.columns) for a in m.ASPECTS]
        return m.UnifiedView(self.id, self.columns, tuple(cells), ("Distances of points are measured in the plane itself.",))

    def _cell(self, aspect: str, column: m.Column, index: int, done: int) -> m.Cell:
        textbook = FAMILIES[column.family].textbook.get(aspect, "")
        measured = "Stable" if aspect == "training" and index == 1 else textbook or WORDS[aspect]
        agrees = None if not textbook or aspect == "objective" else measured == textbook
        rule = f"{WORDS[aspect]} where the spread over seeds stays below a tenth of the mean."
        return m.Cell(aspect, column.key, textbook, measured, rule, agrees, tuple(figures(aspect, index, done)))

    def _set(self, state: str, *, quietly: bool = False) -> None:
        self.state = state
        done = (self.seed * self.steps + self.step) if state != "finished" else self.plan.seeds * self.steps
        what = f"training {', '.join(c.title for c in self.columns)} · seed {self.seed + 1} of {self.plan.seeds}"
        self._say(m.ComparisonState(self.id, state, float(done), float(self.plan.seeds * self.steps), what, 75.0))

    def fail(self, sentence: str) -> None:
        """End in a failure."""
        self.state = "failed"
        self._say(m.ComparisonState(self.id, "failed", 0.0, 1.0, "", float("nan"), sentence))

    def _say(self, event: m.Event) -> None:
        self._out.append(event)

    # ------------------------------------------------------------ answers
    def _items(self, n: int) -> Array:
        return pictures(n) if self.kind == "image" else points(n)

    def _answer(self, run_id: str, r: m.Request) -> tuple[type[Any], dict[str, Any]]:
        index = next(i for i, c in enumerate(self.columns) if run_id in c.run_ids)
        if isinstance(r, m.DrawSamples):
            x = self._items(r.n)
            x = np.roll(x, 3 * index, 1) if self.kind == "image" else x + 0.1 * index
            return m.Samples, {"x": x, "z": np.zeros((r.n, 2), np.float32)}
        if isinstance(r, m.DataItems):
            return m.Items, {"x": self._items(r.n), "labels": {}}
        if isinstance(r, m.WarpGrid):
            return m.Warp, self._warp(r, index)
        return m.Refused, {"sentence": "The density of these data is not known."}

    def _warp(self, r: m.WarpGrid, index: int) -> dict[str, Any]:
        """x = (z1 / 2 + index / 10 z2, z2 / 2): of constant area."""
        lattice = np.linspace(-r.extent, r.extent, r.resolution)
        z = np.stack(np.meshgrid(lattice, lattice, indexing="xy"), -1).astype(np.float32)
        x = np.stack([z[..., 0] / 2 + index / 10 * z[..., 1], z[..., 1] / 2], -1)
        log_density = -0.5 * np.square(z[:-1, :-1]).sum(-1) - np.log(2 * np.pi * 0.25)
        return {"z": z, "x": x, "log_density": log_density if index else None}


def figures(aspect: str, index: int, done: int) -> list[m.Figure]:
    """Two to five figures a cell, of all kinds."""
    nan = float("nan")

    def figure(key: str, label: str, mean: float, **more: Any) -> m.Figure:
        values = tuple(mean * (1 + 0.05 * k) for k in range(done))
        spread = float(np.std(values, ddof=1)) if done > 1 else nan
        return m.Figure(key, label, more.pop("unit", ""), more.pop("better", "low"), values, float(np.mean(values)), spread, **more)

    help_text = "Mean of |x − y| over pairs; lower is better."
    by_aspect = {
        "objective": [figure("loss", "loss, first to last", 0.0, text="1.92 → 0.43", better="")],
        "training": [figure("quality", "energy distance at the end", 0.0123 + 0.01 * index, floor=0.004, evidence=("quality",)),
                     figure("failed", "failed runs", 0.0, text="0 of 3"),
                     figure("stall", "longest stretch without improvement", 3.2 + index, unit="s")],
        "quality": [figure("js", "JS(data, model)", 0.0182 * (1 + index), unit="nats", error=0.002, evidence=("samples", "real")),
                    figure("energy", "energy distance", 0.0123, floor=0.004, floor_sd=0.001, help=help_text),
                    figure("modes", "modes covered", 8.0 - index, floor=8.0, better="high", evidence=("mode_share",)),
                    figure("c2st", "two-sample test", 0.561, floor=0.5, error=0.011),
                    figure("reverse", "reverse KL", 0.0041, floor=0.0021, unit="nats"),
                    figure("on", "on the data", 97.2, unit="%")],
        "likelihood": [figure("nll", "−log p(x)", 2.813, unit="nats", error=0.031, evidence=("nll", "nll_data")),
                       figure("kind", "kind", nan, text="bound" if index == 0 else "exact, by the ODE")],
        "latent": [figure("stretch", "path over straight line", 1.42, error=0.03, evidence=("path_frames", "path_stretch")),
                   figure("purity", "label purity of neighbours", 0.93, better="high", evidence=("codes",)),
                   figure("trip", "there and back", 0.021, evidence=("round_trip_x", "round_trip_again"))],
        "speed": [figure("ms", "1,000 samples", 1.84 * (1 + 40 * (index == 2)), unit="ms"),
                  figure("nfe", "network evaluations", 1.0 + 49 * (index == 2)), figure("parameters", "trained values", 38274.0)],
    }  # fmt: skip
    return by_aspect[aspect]


def plan_of(data: str, families: tuple[str, ...] = ("vae", "gan", "diffusion"), seeds: int = 1, seconds: float = 0.0) -> Any:
    """A plan as the form makes it."""
    from playground.engine import Recipe

    kind = str(describe_data(data).kind)
    contestants = tuple(
        SimpleNamespace(recipe=Recipe(f, data, FAMILIES[f].default_config(data, kind)), title=FAMILIES[f].title) for f in families
    )
    return SimpleNamespace(data=data, contestants=contestants, seeds=seeds, seconds=seconds, parameters=0)


def compare_services(comparison: FakeComparison, **changes: Any) -> Any:
    """Services whose comparison is this one."""
    services = fake_services(**{"list_comparisons": lambda: [], **changes})
    services.make_comparison = lambda: comparison
    services.make_contestant = lambda **given: SimpleNamespace(**{"recipe": None, "title": "", "run": None, **given})
    services.make_plan = lambda **given: SimpleNamespace(**given)
    return services


class ComparePage:
    """The page on screen with this engine behind it. Its own timers are at rest: :meth:`hear` hands over what the engine says."""

    def __init__(self, comparison: FakeComparison | None = None, size: tuple[int, int] = (1004, 640), **changes: Any) -> None:
        from playground.ui.background import Background
        from playground.ui.compare import CompareTab

        self.engine, self.background = comparison or FakeComparison(), Background()
        self.tab = CompareTab(compare_services(self.engine, **changes), self.background)
        self.tab.resize(*size)
        self.tab.show()
        self.tab.attach(self.engine)
        self.tab.bridge._timer.stop()
        self.settle()

    def settle(self) -> None:
        """Let the jobs of the background end: lists are read, files written."""
        until = time.monotonic() + 10
        while (self.background._waiting or not self.background._outbox.empty()) and time.monotonic() < until:
            QApplication.processEvents()
            time.sleep(0.001)

    def hear(self, times: int = 1) -> None:
        """What the engine has to say; while it trains, ``steps_per_poll`` steps each time."""
        for _ in range(times):
            for event in self.engine.poll():
                self.tab.bridge._emit(event)

    def start(self, data: str = "8gaussians", families: tuple[str, ...] = ("vae", "gan", "diffusion"), **more: Any) -> None:
        """As if the form had asked for it."""
        self.tab.form.plan = lambda: plan_of(data, families, **more)  # type: ignore[method-assign]
        self.tab.compare()
        del self.tab.form.plan
        self.hear()

    def finish(self) -> None:
        """To the end of all seeds."""
        while self.engine.state == "training":
            self.hear()
        self.hear()
        self.settle()

    def close(self) -> None:
        """Leave nothing behind."""
        self.tab.close_session()
        self.tab.hide()
        self.background.close()
        self.tab.deleteLater()
        self.background.deleteLater()
