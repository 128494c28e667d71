"""An engine made of numpy, for tests of views: it answers every request at once, plausibly and predictably.

Pictures: a bright spot whose column grows with z[0] and whose height grows with z[1]. Points: x = (z0 + z1 / 4, z1). So a test
can tell from a picture where in latent space it came from.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from fake_diffusion import DiffusionRequests
from fake_gan import GanRequests
from fake_hybrids import HybridRequests

from playground.engine import FAMILIES, Recipe
from playground.engine import messages as m
from playground.engine.config import params
from playground.ui.views.base import RunContext, View

Array = np.ndarray
SIDE = 28
_RUNS = itertools.count()


def spot(z: Array) -> Array:
    """(N, d) -> (N, 28, 28) uint8: z0 = -3..3 from left to right, z1 = -3..3 from bottom to top."""
    column = 14 + z[:, 0] * 4
    row = 14 - (z[:, 1] if z.shape[1] > 1 else 0 * z[:, 0]) * 4
    y, x = np.mgrid[:SIDE, :SIDE]
    distance = (x - column[:, None, None]) ** 2 + (y - row[:, None, None]) ** 2
    return np.asarray(255 * np.exp(-distance / 8), np.uint8)


def warp(z: Array) -> Array:
    """(N, d) -> (N, 2)."""
    second = z[:, 1] if z.shape[1] > 1 else 0 * z[:, 0]
    return np.stack([z[:, 0] + second / 4, second], 1).astype(np.float32)


def context(kind: str = "image", d: int = 2, family: str = "vae", **config: Any) -> RunContext:
    """A run on stage."""
    data, shape = ("mnist", (1, SIDE, SIDE)) if kind == "image" else ("moons", (2,))
    sizes = {"latent_dim": d} if "latent_dim" in params(FAMILIES[family].config) else {}
    recipe = Recipe(family, data, FAMILIES[family].config(**sizes, **config))
    return RunContext(f"run-{next(_RUNS)}", family, data, data.capitalize(), kind, shape, recipe.config, recipe.to_dict())


class FakeEngine(HybridRequests, GanRequests, DiffusionRequests):
    """Keeps every request in ``asked``; :meth:`reply` answers those not answered yet."""

    def __init__(self, view: View, kind: str = "image", d: int = 2, family: str = "vae", **config: Any) -> None:
        self.view, self.kind = view, kind
        self.asked: list[tuple[int, m.Request]] = []
        self._answered = 0
        self.context = context(kind, d, family, **config)
        self.d = d = self.context.latent_dim
        rng = np.random.default_rng(0)
        self.mu = rng.standard_normal((300, d)).astype(np.float32)
        view.connect_engine(self.send)
        view.set_context(self.context)

    def send(self, request: m.Request) -> int:
        self.asked.append((len(self.asked) + 1, request))
        return len(self.asked)

    def requests(self, kind: type[m.Request]) -> list[Any]:
        """All requests of one type, oldest first."""
        return [r for _, r in self.asked if type(r) is kind]

    def reply(self, rounds: int = 6) -> None:
        """Answer what was asked, and what the view then asks."""
        for _ in range(rounds):
            waiting = self.asked[self._answered :]
            self._answered = len(self.asked)
            for request_id, request in waiting:
                for answer in self.answers(request_id, request):
                    self.view.on_answer(answer)

    def fill(self) -> None:
        """What the stage does when the view appears."""
        self.view.refresh()
        self.reply()

    def pictures(self, z: Array) -> Array:
        return spot(z) if self.kind == "image" else warp(z)

    def answer(self, request_id: int, request: m.Request, run_id: str = "") -> m.Answer:
        """The answer in its envelope; of several, the last."""
        return self.answers(request_id, request, run_id)[-1]

    def answers(self, request_id: int, request: m.Request, run_id: str = "") -> list[m.Answer]:
        """All that is answered to one request, in order."""
        parts = getattr(self, "_" + type(request).__name__)(request)
        envelope = (run_id or self.context.run_id, request_id, self.step, 1.5, request.channel)
        return [kind(*envelope, **content) for kind, content in (parts if isinstance(parts, list) else [parts])]

    # ------------------------------------------------------------ one method a request
    def _DrawSamples(self, r: m.DrawSamples) -> Any:  # noqa: N802
        z = np.random.default_rng(r.seed).standard_normal((r.n, self.d)).astype(np.float32)
        return m.Samples, {"x": self.pictures(z), "z": z}

    def _Decode(self, r: m.Decode) -> Any:  # noqa: N802
        log_prior = -0.5 * (np.square(r.z).sum(1) + self.d * np.log(2 * np.pi))
        return m.Decoded, {"x": self.pictures(r.z), "z": r.z, "log_prior": log_prior}

    def _Encode(self, r: m.Encode) -> Any:  # noqa: N802
        mu = self.mu[: r.n]
        labels = {"label": (np.arange(len(mu)) % 10), "slant": mu[:, 0] * 0.5}
        axes = np.eye(2, self.d, dtype=np.float32)
        return m.Encoded, {"mu": mu, "sigma": np.full_like(mu, 0.1), "labels": labels, "x": self.pictures(mu),
                           "pca_axes": axes, "pca_origin": np.zeros(self.d, np.float32)}  # fmt: skip

    def _DataItems(self, r: m.DataItems) -> Any:  # noqa: N802
        mu = self.mu[: r.n]
        return m.Items, {"x": self.pictures(mu), "labels": {"label": np.arange(len(mu)) % 10}}

    def _DataField(self, r: m.DataField) -> Any:  # noqa: N802
        """The density of warp(z), z ~ N(0, I): its map keeps areas."""
        x0, x1, y0, y1 = r.bounds
        cell = (np.arange(r.resolution) + 0.5) / r.resolution
        x, y = np.meshgrid(x0 + (x1 - x0) * cell, y0 + (y1 - y0) * cell, indexing="xy")
        return m.DataFieldOf, {"bounds": r.bounds, "log_density": -0.5 * ((x - y / 4) ** 2 + y**2) - np.log(2 * np.pi)}

    def _Nearest(self, r: m.Nearest) -> Any:  # noqa: N802
        """Training items are ``mu``; a typical real item is 0.5 from its nearest."""
        squared = np.square(r.z[:, None] - self.mu[None]).sum(2)
        index = squared.argmin(1)
        return m.NearestOf, {"x": self.pictures(self.mu[index]), "index": index, "distance": np.sqrt(squared.min(1)),
                             "real_distance": 0.5}  # fmt: skip

    def _FindLatent(self, r: m.FindLatent) -> Any:  # noqa: N802
        """Three reports on the way to the code of the item; the error halves each time."""
        z, reports = self.mu[r.index % len(self.mu)], []
        for i in (1, 2, 3):
            error = 0.4 * 0.5 ** np.arange(i)
            here = (z * (1 - 0.5**i)) if i < 3 else z
            content = {"done": r.steps * i // 3, "total": r.steps, "seconds_left": 3.0 - i,
                       "z": here, "x": self.pictures(here[None]),
                       "target": self.pictures(z[None]), "error": error}  # fmt: skip
            reports.append((m.FoundLatent, content))
        return reports

    def _Reconstruct(self, r: m.Reconstruct) -> Any:  # noqa: N802
        mu = self.mu[np.array(r.indices) % len(self.mu)]
        x, x_hat = self.pictures(mu), self.pictures(0.8 * mu)
        difference = np.abs(x.astype(int) - x_hat.astype(int)).astype(np.uint8) if self.kind == "image" else x_hat - x
        error = np.arange(len(mu), dtype=float) + 0.5
        return m.Reconstructions, {
            "indices": r.indices,
            "x": x,
            "x_hat": x_hat,
            "difference": difference,
            "error": error,
        }

    def _DecodePlane(self, r: m.DecodePlane) -> Any:  # noqa: N802
        axes = np.eye(2, self.d, dtype=np.float32)
        if r.axes is not None:
            axes = np.zeros((2, self.d), np.float32)
            for row, axis in enumerate(r.axes):
                if axis < self.d:
                    axes[row, axis] = 1
        line = np.linspace(-r.extent, r.extent, r.resolution, dtype=np.float32)
        u, v = np.meshgrid(line, line[::-1], indexing="xy")
        z = u.reshape(-1, 1) * axes[0] + v.reshape(-1, 1) * axes[1]
        return m.Plane, {"pictures": self.pictures(z), "resolution": r.resolution, "extent": r.extent,
                         "origin": np.zeros(self.d, np.float32), "axis_u": axes[0], "axis_v": axes[1]}  # fmt: skip

    def _ModelField(self, r: m.ModelField) -> Any:  # noqa: N802
        """Data: a blob at the top right. Model: one at the bottom left."""
        x0, x1, y0, y1 = r.bounds
        cell = (np.arange(r.resolution) + 0.5) / r.resolution
        x, y = np.meshgrid(x0 + (x1 - x0) * cell, y0 + (y1 - y0) * cell, indexing="xy")
        width = 0.1 * (x1 - x0)

        def blob(cx: float, cy: float) -> Array:
            return -0.5 * ((x - cx) ** 2 + (y - cy) ** 2) / width**2 - np.log(2 * np.pi * width**2)

        data, model = (blob(x0 + f * (x1 - x0), y0 + f * (y1 - y0)) for f in (0.8, 0.2))
        return m.Field, {
            "bounds": r.bounds,
            "model": model,
            "data": data,
            "kl_data_model": 0.123,
            "kl_standard_error": 0.01,
        }

    def _WarpGrid(self, r: m.WarpGrid) -> Any:  # noqa: N802
        line = np.linspace(-r.extent, r.extent, r.resolution, dtype=np.float32)
        z = np.stack(np.meshgrid(line, line, indexing="xy"), -1)
        # The map keeps areas: q is the prior, at the cell's middle.
        cell = z[:-1, :-1].astype(float) + r.extent / (r.resolution - 1)
        log_density = -0.5 * np.square(cell).sum(-1) - np.log(2 * np.pi) if self.d == 2 else None
        return m.Warp, {"z": z, "x": warp(z.reshape(-1, 2)).reshape(z.shape), "log_density": log_density}

    def _Interpolate(self, r: m.Interpolate) -> Any:  # noqa: N802
        if r.pick:
            a, b = (self.mu[[p[i] % len(self.mu) for p in r.pick]] for i in (0, 1))
        else:
            a, b = r.a, r.b
        t = np.linspace(0, 1, r.frames, dtype=np.float32)[None, :, None]
        z = (1 - t) * a[:, None] + t * b[:, None]
        frames = self.pictures(z.reshape(-1, self.d))
        frames = frames.reshape(len(a), r.frames, *frames.shape[1:])
        mix = t.reshape(1, -1, *[1] * (frames.ndim - 2))
        pixel = ((1 - mix) * frames[:, :1] + mix * frames[:, -1:]).astype(frames.dtype)
        return m.Interpolation, {"frames": frames, "pixel": pixel, "z": z}

    def _Traverse(self, r: m.Traverse) -> Any:  # noqa: N802
        """KL falls with the dimension; the last one is dead."""
        kl = np.linspace(3, 0, self.d) if self.d > 1 else np.array([3.0])
        dims = np.arange(self.d)[: r.max_rows]
        values = np.linspace(-r.span, r.span, r.steps, dtype=np.float32)
        z = np.tile(r.z, (len(dims), r.steps, 1)).astype(np.float32)
        for row, dim in enumerate(dims):
            z[row, :, dim] = values
        rows = self.pictures(z.reshape(-1, self.d))
        return m.Traversal, {
            "rows": rows.reshape(len(dims), r.steps, *rows.shape[1:]),
            "dims": dims,
            "kl": kl[: len(dims)],
            "values": values,
        }

    def _Anatomy(self, r: m.Anatomy) -> Any:  # noqa: N802
        rng = np.random.default_rng(r.index)
        mu, sigma = self.mu[r.index % 300], np.full(self.d, 0.5, np.float32)
        eps = rng.standard_normal((r.draws, self.d)).astype(np.float32)
        kl = np.linspace(3, 0, self.d) if self.d > 1 else np.array([3.0])
        parts = {
            "reconstruction": (100.0, 1.0),
            "kl": (float(kl.sum()), 0.1),
            "neg_elbo": (100 + float(kl.sum()), 1.0),
            "optimum": (90.0, 0.0),
        }
        variance = np.where(kl > 0.01, 0.9, 0.001)
        z = mu + sigma * eps
        return m.AnatomyOf, {
            "parts": parts, "kl_per_dim": kl, "active": variance > 0.01, "mu_variance": variance, "mu": mu, "sigma": sigma,
            "eps": eps, "z": z, "x": self.pictures(mu[None]), "decoded": self.pictures(z[:16]),
            "aggregate_mu": self.mu, "aggregate_z": self.mu,
        }  # fmt: skip
