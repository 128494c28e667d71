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
