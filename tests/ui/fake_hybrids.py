"""What the numpy engine of the tests answers about the hybrids; mixed into :class:`fake_engine.FakeEngine` (see fake_gan.py)."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.engine import FAMILIES
from playground.engine import messages as m

Array = np.ndarray


class HybridRequests:
    """Spectra. Real power falls as 1 / f²; the model's is that of a picture under a blur of ``blur`` pixels."""

    context: Any
    kind: str
    d: int
    blur = 0.8

    def _Spectrum(self, r: m.Spectrum) -> Any:  # noqa: N802
        f = np.concatenate([[0], np.linspace(1 / 28, np.sqrt(0.5), 20)])
        real = np.concatenate([[5.0], 1e-2 / f[1:] ** 2])
        kept = np.exp(-((2 * np.pi * f * self.blur) ** 2))
        ratio = float((real * kept)[f > 0.25].sum() / (real * kept)[1:].sum() / (real[f > 0.25].sum() / real[1:].sum()))
        encoder = FAMILIES[self.context.family].encoder and not hasattr(self.context.config, "num_steps")
        z = np.random.default_rng(r.seed).standard_normal((64, self.d)).astype(np.float32)
        x, nan = self.pictures(z), float("nan")  # type: ignore[attr-defined]
        dial = "feature_weight" if hasattr(self.context.config, "feature_weight") else ""
        return m.SpectrumOf, {
            "frequency": f, "real": real, "real_sd": 2 * real / np.sqrt(r.n), "model": real * kept,
            "rebuilt": real * kept**0.5 if encoder else None, "sharpness": ratio,
            "sharpness_rebuilt": ratio**0.5 if encoder else nan,
            "floor": 1.0, "floor_sd": 0.4 / np.sqrt(r.n), "rmse": 0.2 * self.blur if encoder else nan,
            "rmse_se": 0.002 if encoder else nan, "n": r.n, "x": x, "items": x if encoder else None,
            "x_rebuilt": x // 2 if encoder else None, "dial": dial,
            "dial_value": float(self.context.config.feature_weight) if dial else nan,
        }  # fmt: skip

    def _LayerBound(self, r: m.LayerBound) -> Any:  # noqa: N802
        """Two reports of progress, then layers that cost half as much as the one beneath; each layer more lowers the bound."""
        count = int(self.context.config.num_layers)
        layers = 2.0 * 0.5 ** np.arange(count)
        known = self.kind == "points"
        gap, entropy = 0.8 / count, 2.4
        total = entropy + gap if known else 900.0 + gap
        nats = float(layers.sum())
        found = m.LayerBoundOf, {
            "layers": layers, "layers_se": 0.02 * layers, "nats": nats, "nats_se": 0.03, "reconstruction": total - nats,
            "reconstruction_se": 0.04, "total": total, "total_se": 0.05,
            "per_dim": float("nan") if known else total / np.log(2) / 784, "entropy": entropy if known else None,
            "gap": gap if known else float("nan"), "gap_se": 0.01 if known else float("nan"), "n": r.n,
        }  # fmt: skip
        return [*self._working("variational bound"), found]  # type: ignore[attr-defined]

    # ------------------------------------------------------------ latent diffusion
    def _TwoSpaces(self, r: m.TwoSpaces) -> Any:  # noqa: N802
        """Progress, then: data and what the diffusion makes lie in a ring of radius 2 about (1, 0), the prior about (0.5, 0)."""
        rng = np.random.default_rng(r.seed)
        angle = rng.uniform(0, 2 * np.pi, 2 * r.n)
        ring = (2 * np.stack([np.cos(angle), np.sin(angle)], 1) + [1, 0]).astype(np.float32)
        z = rng.standard_normal((64, self.d)).astype(np.float32)
        if self.kind == "points":
            scores = (m.SpaceScore("energy distance", "in units of x.", "", "low", 0.21, 0.012, 0.006, 0.004, 0.001),)
        else:
            scores = (
                m.SpaceScore("classifier’s confidence", "how sure.", "%", "high", 84.2, 92.6, 95.1, 98.4, 0.2),
                m.SpaceScore("sharpness", "share of fine power.", "", "near", 0.61, 0.7, 0.72, 1.0, 0.03),
            )
        found = m.TwoSpacesOf, {
            "codes": ring[: r.n], "samples": ring[r.n :], "prior": np.array([0.5, 0.0], np.float32), "share": 0.4,
            "x_vae": self.pictures(z), "x_diffusion": self.pictures(-z), "scores": scores, "bound": 98.0, "bound_se": 2.0,
            "bound_vae": 101.5, "bound_vae_se": 2.1, "gained": 3.5, "gained_se": 0.25, "bound_n": 200, "n": r.n,
            "note": "Classes by a network.",
        }  # fmt: skip
        return [*self._working("codes of the diffusion"), found]  # type: ignore[attr-defined]

    def _SpaceSpeed(self, r: m.SpaceSpeed) -> Any:  # noqa: N802
        """An item takes 50 x 0.01 + 0.1 = 0.6 ms by codes, 50 x 0.3 = 15 ms by pixels."""
        latent, decoder = m.Cost(0.01, 0.001, 220_000, 227_216, 50), m.Cost(0.1, 0.02, 1_500_000, 400_000, 1)
        found = m.SpaceSpeedOf, {
            "latent": latent, "decoder": decoder, "pixels": m.Cost(0.3, 0.03, 11_000_000, 175_804, 50), "title": "Pictures",
            "n": r.n, "device": "CPU, 2 cores", "threads": 1,
        }  # fmt: skip
        return [*self._working("speed in the latent space"), found]  # type: ignore[attr-defined]

    def _LargeStep(self, r: m.LargeStep) -> Any:  # noqa: N802
        """Truth N(x_t, 1) along each axis; the model's draws lie half as far apart; without z, all on x_t."""
        noise_dim = self.context.config.noise_dim
        z = np.random.default_rng(r.seed).standard_normal((r.n, self.d)).astype(np.float32) * (noise_dim > 0)
        nan, content = float("nan"), {"t": r.t, "what": r.what, "num_timesteps": self.context.config.num_timesteps,
                                      "noise_dim": noise_dim, "sigma": 0.1 * 10**r.t, "bounds": r.bounds}  # fmt: skip
        if self.kind == "image":
            x = self.pictures(z)  # type: ignore[attr-defined]
            item = self.pictures(self.mu[[r.index % 300]])  # type: ignore[attr-defined]
            return m.LargeStepOf, {
                **content, "x_t": 255 - item, "x0": item, "draws": x, "mean": x.mean(0, keepdims=True).astype(np.uint8),
                "spread": 0.2 * (noise_dim > 0), "spread_se": 0.01 * (noise_dim > 0), "exact": None, "gaussian_mean": None,
                "gaussian_sd": nan, "inside": nan, "inside_se": nan, "inside_gaussian": nan,
            }  # fmt: skip
        place = np.asarray(r.x, np.float32)
        x, y = self.lattice(r.bounds, r.resolution)  # type: ignore[attr-defined]
        draws = place + 0.5 * z[:, :2]
        return m.LargeStepOf, {
            **content, "x_t": place[None], "x0": None, "draws": draws, "mean": draws.mean(0, keepdims=True),
            "spread": 0.5 * (noise_dim > 0), "spread_se": 0.02 * (noise_dim > 0),
            "exact": (-0.5 * ((x - place[0]) ** 2 + (y - place[1]) ** 2) - np.log(2 * np.pi)).astype(np.float32),
            "gaussian_mean": place, "gaussian_sd": 1.0, "inside": 0.98, "inside_se": 0.01, "inside_gaussian": 0.95,
        }  # fmt: skip

    def _TeacherStudent(self, r: m.TeacherStudent) -> Any:  # noqa: N802
        """The student's items lie nearer to the middle, the fewer steps the more; so do its distances grow."""
        z = np.random.default_rng(r.seed).standard_normal((r.n, self.d)).astype(np.float32)
        steps = np.array([r.teacher_steps, 1, 2, 4])
        shrunk = [1.0, 0.6, 0.8, 0.95]
        named = self.kind == "image"
        return m.TeacherStudentOf, {
            "steps": steps, "x": np.stack([self.pictures(s * z) for s in shrunk]),  # type: ignore[attr-defined]
            "nfe": steps, "ms": 0.3 * steps, "distance": np.array([0.012, 0.09, 0.04, 0.02]), "floor": 0.01, "floor_sd": 0.003,
            "metric": "energy distance", "unit": "" if named else "unit of x",
            "confidence": np.array([0.95, 0.8, 0.9, 0.94]) if named else np.full(4, np.nan),
            "confidence_real": 0.98 if named else float("nan"), "judged": r.judged, "at_once": r.judged,
        }  # fmt: skip
