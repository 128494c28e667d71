"""What the numpy engine of the tests answers about a diffusion model; mixed into :class:`fake_engine.FakeEngine`.

One method a request, as in ``fake_gan``. The process has T timesteps along a squared cosine; the model's belief about the end of a
chain is ``self.pictures(z)`` of its noise z from the start, so that a test can tell from a picture which chain it is in.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.engine import messages as m

Array = np.ndarray
T = 1000
ENTROPY = 2.6
WIDTH = 1.5  # standard deviation of the data, if points
UPDATE = "x = {c_x} x_t + {c_x0} x̂<sub>0</sub> + {sigma} ε"


def alpha_bar(t: Array | float) -> Any:
    """1 for clean items (t = -1), nearly 0 at T - 1."""
    return np.cos((np.asarray(t) + 1) / (T + 1) * np.pi / 2) ** 2


class DiffusionRequests:
    """Chains, the forward process, fields, bounds, errors."""

    d: int
    kind: str
    true_known = True  # whether p_t is

    def _mixed(self, x0: Array, eps: Array, a: float) -> Array:
        """sqrt(a) x0 + sqrt(1 - a) eps, as the window gets it."""
        if self.kind == "points":
            return (np.sqrt(a) * x0 + np.sqrt(1 - a) * eps).astype(np.float32)
        x = np.sqrt(a) * (x0 / 127.5 - 1) + np.sqrt(1 - a) * eps
        return ((x + 1) * 127.5).clip(0, 255).astype(np.uint8)

    def _eps(self, shape: tuple[int, ...], seed: int) -> tuple[Array, Array]:
        """Noise, and the noise as it is shown."""
        eps = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
        return eps, eps if self.kind == "points" else ((eps / 3 + 1) * 127.5).clip(0, 255).astype(np.uint8)

    def _RunChain(self, r: m.RunChain) -> Any:  # noqa: N802
        total = r.sampler.num_steps or 50
        z = np.random.default_rng(r.seed).standard_normal((r.n, self.d)).astype(np.float32)
        if r.start is not None:
            z = np.resize(np.asarray(r.start, np.float32).reshape(len(r.start), -1), (len(r.start), self.d))
        x0 = self.pictures(z)
        eps, eps_shown = self._eps(x0.shape, r.seed + 1)
        if self.kind == "points":
            eps = eps_shown = z if z.shape == x0.shape else eps
        nothing = np.zeros_like(eps_shown) if self.kind == "points" else np.full_like(eps_shown, 127)
        levels = np.round(np.linspace(T - 1, -1, total + 1)).astype(int)
        frames = []
        for done, t in enumerate(levels.tolist()):
            before = levels[max(done - 1, 0)]
            a, a_before = float(alpha_bar(t)), float(alpha_bar(before))
            noisy = r.sampler.name.startswith("ddpm") or r.sampler.eta > 0
            numbers = {
                "alpha_bar": a_before, "alpha_bar_next": a, "snr": a / max(1 - a, 1e-12), "sigma": 0.1 if noisy else 0.0,
                "c_x": 0.9, "c_x0": 0.1, "c_eps": 0.0,
            }  # fmt: skip
            frames.append((m.ChainFrame, {
                "done": done, "total": total, "t": t, "x_t": self._mixed(x0, eps, a), "x0_pred": x0, "eps_pred": eps_shown,
                "mean": self._mixed(x0, eps, a), "noise": eps_shown if noisy and done else nothing, "numbers": numbers,
                "equation": UPDATE, "nfe": done * (2 if r.sampler.name == "heun" else 1), "seconds_left": 0.1 * (total - done),
                "z": z,
            }))  # fmt: skip
        return frames

    def _Diffuse(self, r: m.Diffuse) -> Any:  # noqa: N802
        x0 = self.pictures(self.mu[r.index % len(self.mu)][None])  # type: ignore[attr-defined]
        a = float(alpha_bar(r.t))
        n = max(r.draws, 200 if self.kind == "points" else 1)
        shape = (n, *x0.shape[1:])
        jump, walk = (self._eps(shape, r.seed + k)[0] for k in (0, 1))
        inside = x0 if self.kind == "points" else x0 / 127.5 - 1
        values = [(np.sqrt(a) * inside + np.sqrt(1 - a) * eps).ravel() for eps in (jump, walk)]
        steps = np.arange(T)
        return m.Diffused, {
            "t": r.t, "x0": x0, "jump": self._mixed(x0, jump, a)[: r.draws], "walk": self._mixed(x0, walk, a)[: r.draws],
            "values_jump": values[0], "values_walk": values[1], "alpha_bar": alpha_bar(steps),
            "snr": alpha_bar(steps) / (1 - alpha_bar(steps)), "terminal_kl": 2e-5,
        }  # fmt: skip

    def _ScoreField(self, r: m.ScoreField) -> Any:  # noqa: N802
        """Data N(0, WIDTH^2): the true score is -x / v; the learned one is turned a little and too long."""
        variance = float(alpha_bar(r.t)) * WIDTH**2 + 1 - float(alpha_bar(r.t))
        x = np.stack(self.lattice(r.bounds, r.resolution), -1)  # type: ignore[attr-defined]
        true = -x / variance
        learned = 1.1 * true + 0.1 * np.stack([-true[..., 1], true[..., 0]], -1)
        fx, fy = self.lattice(r.bounds, r.density_resolution)  # type: ignore[attr-defined]
        log_p = -0.5 * (fx**2 + fy**2) / variance - np.log(2 * np.pi * variance)
        known = self.true_known
        return m.ScoreFieldOf, {
            "t": r.t, "bounds": r.bounds, "x": x.astype(np.float32), "learned": learned.astype(np.float32),
            "true": true.astype(np.float32) if known else None, "log_p_t": log_p if known else None,
            "error": 0.2 / variance**0.5 if known else float("nan"),  # sqrt(0.1^2 + 0.1^2) of the true score's sqrt(2 / v)
        }  # fmt: skip

    def _Bound(self, r: m.Bound) -> Any:  # noqa: N802
        """Two reports of progress, then the terms."""
        edges = np.round(np.linspace(1, T, 21)).astype(int)
        l_t = 4 * np.exp(-np.arange(20) / 4)
        total = float(l_t.sum()) + 0.5 + 0.01
        bits = total / np.log(2) / 784 if self.kind == "image" else float("nan")
        found = m.BoundOf, {
            "edges": edges, "l_t": l_t, "l_t_se": 0.05 * l_t, "reconstruction": 0.5, "reconstruction_se": 0.02, "prior": 0.01,
            "total": total, "total_se": 0.3, "per_dim": bits, "entropy": ENTROPY if self.kind == "points" else None,
        }  # fmt: skip
        return [*self._working("variational bound"), found]

    def _LogProb(self, r: m.LogProb) -> Any:  # noqa: N802
        n = len(r.x) if r.x is not None else max(len(r.indices), 1)
        x = np.asarray(r.x, np.float32) if r.x is not None else self.pictures(self.mu[:n])  # type: ignore[attr-defined]
        log_p = -3.0 - 0.1 * np.arange(n)
        if self.kind == "points":
            log_p = -0.5 * np.square(x).sum(1) / WIDTH**2 - np.log(2 * np.pi * WIDTH**2) - 0.05
        exact = r.method == "ode" and self.kind == "points"
        true = log_p + 0.05 if self.kind == "points" and self.true_known else None
        found = m.LogProbOf, {
            "x": x, "log_p": log_p, "error": np.full(n, 1e-4 if exact else 0.2), "exact": exact, "nfe": 240, "true": true,
        }  # fmt: skip
        return [*self._working("log p(x)"), found]

    def _LossByTime(self, r: m.LossByTime) -> Any:  # noqa: N802
        t = np.round(np.linspace(0, T - 1, r.points)).astype(int)
        ideal = np.exp(-4 * (t + 1) / T)
        loss = ideal + 0.02
        return [*self._working("error by timestep"), (m.LossByTimeOf, {
            "t": t, "loss": loss, "loss_se": 0.02 * loss, "ideal": ideal if self.true_known else None,
        })]  # fmt: skip

    def _Guidance(self, r: m.Guidance) -> Any:  # noqa: N802
        z = np.random.default_rng(r.seed).standard_normal((r.n, self.d)).astype(np.float32)
        rows = np.stack([self.pictures(z / (1 + s)) for s in r.scales])
        return m.GuidanceOf, {"scales": np.array(r.scales), "rows": rows, "label": r.label}

    def _QualityBySteps(self, r: m.QualityBySteps) -> Any:  # noqa: N802
        """Half of it, then all."""
        samplers = ("ddim", "ddpm", "heun", "dpmpp_2m")
        nfe = np.array([[s * (2 if name == "heun" else 1) for s in r.steps] for name in samplers], float)
        value = (1 + np.arange(len(samplers))[:, None]) / nfe + 0.01
        total, reports = value.size, []
        for done in (total // 2, total):
            seen = (np.arange(total) < done).reshape(value.shape)
            reports.append((m.QualityOf, {
                "done": done, "total": total, "seconds_left": 0.1 * (total - done), "samplers": samplers, "nfe": nfe,
                "value": np.where(seen, value, np.nan), "spread": np.where(seen, 0.1 * value, np.nan),
                "metric": "energy distance", "unit": "", "floor": 0.01,
            }))  # fmt: skip
        return reports

    def _working(self, what: str) -> list[Any]:
        return [(m.Working, {"done": done, "total": 100, "what": what, "seconds_left": 3.0}) for done in (30, 60)]
