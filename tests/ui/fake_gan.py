"""What the numpy engine of the tests answers about a GAN; mixed into :class:`fake_engine.FakeEngine`.

One method a request, named ``_`` and the request's type; it returns the type of the answer and its content, or a list of those
for an answer in several parts. ``self.pictures(z)``, ``self.mu``, ``self.kind`` and ``self.d`` are the engine's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.engine import messages as m

Array = np.ndarray
AHEAD = 0.9  # how far G's points lie to the right of the data, at first
JS = 0.118


def logistic(s: Array) -> Array:
    return 1 / (1 + np.exp(-s))


class GanRequests:
    """The game, its scores and modes, the judge.

    Data: x = (z0 + z1 / 4, z1), as everywhere here. G puts its points ``ahead`` of them along x0, so the best logit is
    linear in x0; D's is ``sharpness`` times it. A turn of D sharpens it, a turn of G takes 2 % off what G is ahead.
    """

    d: int
    kind: str
    step = 100
    ahead, sharpness = AHEAD, 0.6
    d_star_known = True

    def play(self, part: str) -> None:
        """A turn of the game."""
        self.step += 1
        if part in ("d", "both"):
            self.sharpness += 0.02
        if part in ("g", "both"):
            self.ahead *= 0.98

    def logit(self, x: Array, y: Array) -> Array:
        """log p - log q for N(0, 1) in x - y / 4 against the same, shifted by ``ahead``."""
        return -self.ahead * (x - y / 4 - self.ahead / 2)

    def lattice(self, bounds: tuple[float, float, float, float], resolution: int) -> tuple[Array, Array]:
        x0, x1, y0, y1 = bounds
        cell = (np.arange(resolution) + 0.5) / resolution
        x, y = np.meshgrid(x0 + (x1 - x0) * cell, y0 + (y1 - y0) * cell, indexing="xy")
        return x, y

    def _Game(self, r: m.Game) -> Any:  # noqa: N802
        rng = np.random.default_rng(r.seed)
        z, noise = (rng.standard_normal((r.n, self.d)).astype(np.float32) for _ in range(2))
        real = self.points(noise)
        fake = self.points(z) + np.float32([self.ahead, 0])
        best = self.logit(*self.lattice(r.bounds, r.resolution))
        d_real, d_fake = (logistic(self.sharpness * self.logit(*p.T)) for p in (real, fake))
        slope = self.sharpness * self.ahead * np.array([-1.0, 0.25])
        known = self.d_star_known and self.d <= 2
        note = "D* is that of Goodfellow et al. 2014." if known else "The density of G is not known: z has 3 or more numbers."
        return m.GameOf, {
            "bounds": r.bounds, "d": logistic(self.sharpness * best), "d_star": logistic(best) if known else None,
            "d_star_note": note,
            "scale": "probability", "midpoint": 0.0, "real": real, "fake": fake, "z": z, "push": (1 - d_fake)[:, None] * slope,
            "d_real": d_real, "d_fake": d_fake, "pull_real": 1 - d_real, "pull_fake": d_fake, "js": JS if known else None,
            "js_error": 0.0004 if known else None, "js_seen": 0.094, "js_seen_error": 0.012,
        }  # fmt: skip

    def points(self, z: Array) -> Array:
        second = z[:, 1] if z.shape[1] > 1 else 0 * z[:, 0]
        return np.stack([z[:, 0] + second / 4, second], 1).astype(np.float32)

    def _Judge(self, r: m.Judge) -> Any:  # noqa: N802
        """Real items come from z, generated ones from z shifted by ``ahead``; D* is exact for that, D less sharp."""
        rng = np.random.default_rng(r.seed)
        real = rng.random(r.n) < 0.5
        z = rng.standard_normal((r.n, self.d)).astype(np.float32)
        z[~real, 0] += np.float32(self.ahead)
        logit = self.ahead * (self.ahead / 2 - z[:, 0])
        d_star = logistic(logit) if self.kind == "points" and self.d_star_known else None
        return m.JudgeOf, {"x": self.pictures(z), "real": real, "d": logistic(self.sharpness * logit), "d_star": d_star}

    def _TrainToOptimum(self, r: m.TrainToOptimum) -> Any:  # noqa: N802
        """Four reports; the copy ends at D*."""
        best, out = self.logit(*self.lattice(r.bounds, r.resolution)), []
        for k in range(1, 5):
            steps = np.arange(1, k + 1) * r.steps // 4
            sharp = self.sharpness + (1 - self.sharpness) * k / 4
            seen = JS * (1 - 0.3 * 0.2 ** np.arange(1, k + 1))
            out.append((m.Optimising, {
                "done": int(steps[-1]), "total": r.steps, "seconds_left": 4.0 - k, "d": logistic(sharp * best),
                "d_star": logistic(best), "steps": steps, "js_seen": seen, "js_seen_error": np.full(k, 0.004), "js": JS,
            }))  # fmt: skip
        return out

    # ------------------------------------------------------------ modes and scores
    def _Modes(self, r: m.Modes) -> Any:  # noqa: N802
        """Eight sectors of the plane, or ten classes by z0. Before step 200 nothing lands at the left: there, modes are lost."""
        z = np.random.default_rng(r.seed).standard_normal((r.n, self.d)).astype(np.float32)
        if self.step < 200:
            z[:, 0] = np.abs(z[:, 0])
        x = self.pictures(z[:500])
        k, centres, angles = 10, None, np.arange(8) * np.pi / 4
        if self.kind == "points":
            k, centres, points = 8, 1.2 * np.stack([np.cos(angles), np.sin(angles)], 1), self.pictures(z)
            of = np.round(np.arctan2(points[:, 1], points[:, 0]) / (np.pi / 4)).astype(int) % 8
            of[np.hypot(*points.T) > 2.2] = -1
        else:
            of = np.clip((z[:, 0] + 3) / 0.6, 0, 9).astype(int)
        share, true = np.bincount(of[of >= 0], minlength=k) / (of >= 0).sum(), np.full(k, 1 / k)
        seen = share[share > 0]
        return m.ModesOf, {
            "names": tuple(f"{45 * i}°" if self.kind == "points" else str(i) for i in range(k)), "share": share, "true": true,
            "centres": centres, "count": int((share > 0).sum()), "high_quality": float((of >= 0).mean()),
            "high_quality_perfect": 0.98889, "reverse_kl": float((seen * np.log(seen * k)).sum()),
            "reverse_kl_floor": (k - 1) / (2 * r.n), "reverse_kl_floor_sd": np.sqrt((k - 1) / 2) / r.n, "n": r.n,
            "note": "Sectors of the plane.", "x": x, "mode_of": of[:500],
        }  # fmt: skip

    def _Scores(self, r: m.Scores) -> Any:  # noqa: N802
        """D believes in spots at the right; the real ones lie one unit farther right."""
        z = np.random.default_rng(r.seed).standard_normal((400, self.d)).astype(np.float32)
        real, fake = z.copy(), z.copy()
        real[:, 0] += 1
        content: dict[str, Any] = {"scale": "probability", "midpoint": 0.5}
        for name, codes in (("real", real), ("fake", fake)):
            score = logistic(codes[:, 0] - 0.5)
            few = np.argsort(-score[: r.n])
            pictures = self.pictures(codes[: r.n][few])
            content |= {name: pictures, f"score_{name}": score[: r.n][few], f"look_{name}": pictures.copy(), f"all_{name}": score}
        content["accuracy"] = float(((content["all_real"] > 0.5).mean() + (content["all_fake"] <= 0.5).mean()) / 2)
        return m.ScoresOf, content
