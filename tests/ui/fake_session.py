"""A Session without torch and threads: it makes plausible messages whenever the window polls, so that the window can
be tested alone.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from playground.engine import DATASETS, FAMILIES, ConfigError, Recipe, params
from playground.engine import describe as describe_data
from playground.engine import messages as m
from playground.ui.services import Services

SIDE = 28


class FakeSession:
    """Trains ``steps_per_poll`` steps at every poll while "training". ``calls`` lists what the window asked for."""

    def __init__(self, steps_per_poll: int = 50) -> None:
        self.steps_per_poll = steps_per_poll
        self.calls: list[tuple[Any, ...]] = []
        self.requests: list[m.Request] = []
        self.recipe: Recipe | None = None
        self.run_id: str | None = None
        self.state, self.step, self.closed = "idle", 0, False
        self._out: list[m.Event] = []
        self._ids = itertools.count(1)
        self._runs = itertools.count(1)
        self._rng = np.random.default_rng(0)
        self.past = Recipe("vae", "mnist", FAMILIES["vae"].config().replace(steps=2000, latent_dim=4), seed=7)  # of runs opened

    # ------------------------------------------------------------ the API of the real one
    def start(self, recipe: Recipe, *, name: str = "", folder: Path | None = None) -> str:
        self.calls.append(("start", recipe))
        return self._enter(recipe, 0, "training")

    def open(self, folder: Path | str, *, resume: bool = False) -> str:
        self.calls.append(("open", Path(folder), resume))
        run_id = self._enter(self.past, 500, "training" if resume else "paused")
        self._out.insert(-1, self._progress(1, 500))
        return run_id

    def pause(self) -> None:
        self._command("pause", "paused")

    def resume(self) -> None:
        self._command("resume", "training")

    def stop(self) -> None:
        self._command("stop", "stopped")
        self._say(m.Finished, step=self.step, seconds=1.0, reason="stopped")

    def step_once(self, part: str = "both") -> None:
        self.calls.append(("step_once", part))
        self.step += 1
        self._out.append(self._progress(self.step, 1))
        self._set_state("paused")

    def save(self) -> None:
        self.calls.append(("save",))
        self._say(m.Saved, step=self.step, folder="/runs/fake")

    def apply_live(self, name: str, value: Any) -> None:
        assert self.recipe is not None
        if not params(type(self.recipe.config))[name].live:
            raise ConfigError(name, "cannot be changed while a model trains.")
        self.calls.append(("apply_live", name, value))
        config = self.recipe.config.replace(**{name: value})
        self.recipe = Recipe(self.recipe.family, self.recipe.data, config, self.recipe.seed, self.recipe.compute)
        self._say(m.LiveApplied, name=name, value=value, step=self.step)

    def request(self, request: m.Request) -> int:
        self.requests.append(request)
        number = next(self._ids)
        answer = self._answer(request)
        if answer is not None:
            kind, values = answer
            self._say(kind, request_id=number, step=self.step, elapsed_ms=2.0, channel=request.channel, **values)
        return number

    def cancel(self, channel: str) -> None:
        self.calls.append(("cancel", channel))

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

    # ------------------------------------------------------------ what tests add
    def fail(self, sentence: str, kind: str = "nonfinite") -> None:
        """End in a failure."""
        self._say(m.Failed, sentence=sentence, kind=kind, step=self.step, kept_step=self.step)
        self._set_state("failed")

    def called(self, name: str) -> list[tuple[Any, ...]]:
        return [c for c in self.calls if c[0] == name]

    # ------------------------------------------------------------ inside
    @property
    def total(self) -> int:
        return int(getattr(self.recipe.config, "steps", 1000)) if self.recipe else 0

    @property
    def kind(self) -> str:
        return str(describe_data(self.recipe.data).kind) if self.recipe else "image"

    @property
    def dim(self) -> int:
        return int(getattr(self.recipe.config, "latent_dim", 2)) if self.recipe else 2

    def _enter(self, recipe: Recipe, step: int, state: str) -> str:
        self.recipe, self.step, self.run_id = recipe, step, f"run-{next(self._runs)}"
        self._set_state("preparing")
        self._say(
            m.Started,
            recipe=recipe.to_dict(),
            folder="/runs/fake",
            device="CPU, 2 cores",
            parameters=123_456,
            step=step,
            total_steps=self.total,
            threads=1,
        )
        self._set_state(state)
        return self.run_id

    def _train(self) -> None:
        count = min(self.steps_per_poll, self.total - self.step)
        if count > 0:
            self._out.append(self._progress(self.step + 1, count))
            before, self.step = self.step, self.step + count
            if before // 500 != self.step // 500 or before == 0:
                self._out.append(self._monitored())
            if before // 2000 != self.step // 2000:
                self._say(m.Saved, step=self.step, folder="/runs/fake")
        if self.step >= self.total:
            self._say(m.Finished, step=self.step, seconds=20.0, reason="finished")
            self._set_state("finished")

    def _progress(self, first: int, count: int) -> m.Progress:
        steps = np.arange(first, first + count, dtype=np.float64)
        family = self.recipe.family if self.recipe else "vae"
        return m.Progress(
            self.run_id or "",
            step=int(steps[-1]),
            total_steps=self.total,
            images_seen=int(steps[-1]) * 128,
            seconds=steps[-1] / 86,
            steps_per_s=86.2,
            steps=steps,
            scalars=self._gan_scalars(count) if family == "gan" else self._vae_scalars(steps, count),
            memory_mb=612.0,
        )

    def _gan_scalars(self, count: int) -> dict[str, np.ndarray]:
        """A game near its equilibrium."""
        level = {"loss_d": 1.386, "loss_g": 0.693, "equilibrium_d": 1.386, "equilibrium_g": 0.693, "d_real": 0.5, "d_fake": 0.5,
                 "half": 0.5, "gradient_d": 0.8, "gradient_g": 0.3, "diversity": 0.9, "log_d_real": -0.693, "log_d_fake": -0.693,
                 "value": -1.386}  # fmt: skip
        return {key: value + 0.05 * self._rng.normal(size=count) for key, value in level.items()}

    def _vae_scalars(self, steps: np.ndarray, count: int) -> dict[str, np.ndarray]:
        noise = self._rng.normal(size=(2, count))
        kl = 6.4 * (1 - np.exp(-steps / 400)) + 0.15 * noise[0]
        reconstruction = 141 + 400 * np.exp(-steps / 150) + 2500 / (steps + 20) + 3 * noise[1]
        beta = np.minimum(steps / 500, 1.0)
        return {
            "reconstruction": reconstruction,
            "kl": kl,
            "neg_elbo": reconstruction + kl,
            "loss": reconstruction + beta * kl,
            "beta_now": beta,
            "learning_rate": np.full(count, 1e-3),
        }

    def _monitored(self) -> m.Monitored:
        kl = np.sort(3.4 * self._rng.random(self.dim))[::-1]
        value = 152 + 400 * float(np.exp(-self.step / 150)) + 2500 / (self.step + 20)
        scalars = {"test_neg_elbo": value, "test_kl": float(kl.sum()), "active_units": float(self.dim), "kl_zero": 0.0}
        if self.kind == "points":
            scalars |= {"kl_data_model": 2 * float(np.exp(-self.step / 900)), "optimum": 100.0}
        return m.Monitored(self.run_id or "", step=self.step, scalars=scalars, vectors={"kl_per_dim": kl})

    def _command(self, name: str, state: str) -> None:
        self.calls.append((name,))
        self._set_state(state)

    def _set_state(self, state: str) -> None:
        self.state = state
        self._say(m.StateChanged, state=state, step=self.step)

    def _say(self, message: type[m.Event], /, **values: Any) -> None:
        self._out.append(message(run_id=self.run_id or "", **values))

    # ------------------------------------------------------------ answers
    def _items(self, n: int) -> np.ndarray:
        return pictures(n) if self.kind == "image" else points(n)

    def _answer(self, r: m.Request) -> tuple[type[m.Answer], dict[str, Any]] | None:
        d = self.dim
        if isinstance(r, m.DrawSamples):
            return m.Samples, {"x": self._items(r.n), "z": self._rng.normal(size=(r.n, d)).astype(np.float32)}
        if isinstance(r, m.Decode):
            n = len(r.z)
            return m.Decoded, {"x": self._items(n), "z": np.asarray(r.z), "log_prior": np.full(n, -2.3)}
        if isinstance(r, m.Encode):
            n = min(r.n, 500)
            eye = np.eye(2, d) if d > 1 else np.ones((2, 1))
            return m.Encoded, {
                "mu": self._rng.normal(size=(n, d)),
                "sigma": np.full((n, d), 0.1),
                "labels": {"label": np.arange(n) % 10},
                "x": self._items(n),
                "pca_axes": eye,
                "pca_origin": np.zeros(d),
            }
        if isinstance(r, m.Reconstruct):
            n = len(r.indices)
            x = self._items(n)
            return m.Reconstructions, {
                "indices": r.indices,
                "x": x,
                "x_hat": x,
                "difference": x,
                "error": np.full(n, 100.0),
            }
        if isinstance(r, m.DecodePlane):
            eye = np.eye(2, d) if d > 1 else np.ones((2, 1))
            return m.Plane, {
                "pictures": self._items(r.resolution**2),
                "resolution": r.resolution,
                "extent": r.extent,
                "origin": np.zeros(d),
                "axis_u": eye[0],
                "axis_v": eye[1],
            }
        return m.Refused, {"sentence": "This stand-in does not answer that."}


def pictures(n: int) -> np.ndarray:
    """Blobs that differ: uint8 (n, 28, 28)."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    angle = np.arange(n)[:, None, None] * 0.7
    blob = np.exp(-((x - 14 - 6 * np.cos(angle)) ** 2 + (y - 14 - 6 * np.sin(angle)) ** 2) / 18)
    ring = np.exp(-((np.hypot(x - 14, y - 14) - 8) ** 2) / 4)
    return (255 * np.clip(np.maximum(blob, 0.6 * ring), 0, 1)).astype(np.uint8)


def points(n: int) -> np.ndarray:
    """Two moons: float32 (n, 2)."""
    rng = np.random.default_rng(1)
    t, up = rng.random(n) * np.pi, np.arange(n) % 2
    x = np.stack([np.cos(t) * (1 - 2 * up) + up, np.sin(t) * (1 - 2 * up) + 0.5 * up], axis=1)
    return (x + 0.08 * rng.normal(size=(n, 2))).astype(np.float32)


def fake_services(session: FakeSession | None = None, **changes: Any) -> Services:
    """Services whose every function is a stand-in; tables are the real ones, which need no torch. The first tab gets ``session``,
    each other tab one of its own.
    """
    first, made = session or FakeSession(), []

    def make_session() -> FakeSession:
        made.append(FakeSession() if made else first)
        return made[-1]

    services = Services(
        datasets=DATASETS,
        make_session=make_session,
        describe=describe_data,
        preview=lambda text, n: pictures(n) if describe_data(text).kind == "image" else points(n),
        list_devices=lambda: [SimpleNamespace(key="cpu", title="CPU, 2 cores", memory_gb=24.0, precisions=("fp32", "bf16"))],
        list_runs=lambda: [],
        models_on_board=lambda: [],
        load_run=lambda folder: None,
        rename_run=lambda folder, name: None,
        delete_run=lambda folder: None,
        runs_folder=lambda: Path("/runs"),
        read_recipe=lambda path: Recipe("vae", "mnist", FAMILIES["vae"].config()),
        write_picture=lambda *a, **k: None,
    )
    for name, value in changes.items():
        setattr(services, name, value)
    return services
