"""Spectra of a number of pictures against those of as many real ones: where the real ones lie, and how far chance takes them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from playground.engine.metrics.sharpness import fine_share, mean_power, spectrum

SETS = 16  # of real pictures, disjoint, at most
POOL = 4096  # real pictures looked at


@dataclass(frozen=True)
class RealSpectra:
    """Radial spectra of disjoint sets of ``n`` real pictures each.

    ``frequency`` (K,) in cycles/pixel; ``power`` (K,) in intensity^2, of all sets together; ``sd`` (K,) its standard deviation from
    set to set. ``share`` of the power at fine detail. ``floor`` +- ``floor_sd``: the sharpness ratio of one set against the others,
    1 but for chance: what a perfect model would score with ``n`` samples.
    """

    n: int
    frequency: Tensor
    power: Tensor
    sd: Tensor
    share: float
    floor: float
    floor_sd: float

    @classmethod
    def of(cls, pool: Tensor, n: int) -> RealSpectra:
        """From real pictures (N, C, H, W) in [-1, 1]; ``n`` is cut to a quarter of them. ValueError if they have no fine detail."""
        order = torch.randperm(len(pool), generator=torch.Generator().manual_seed(0))[:POOL]
        n = max(1, min(n, len(order) // 4))
        sets = [pool[order[k * n : (k + 1) * n]] for k in range(min(SETS, len(order) // n))]
        spectra, powers = [spectrum(s) for s in sets], torch.stack([mean_power(s) for s in sets])  # (S, H, W)
        rings = torch.stack([s.power for s in spectra])  # (S, K)
        mean = powers.mean(0)
        share = fine_share(mean)
        if share <= 0:
            raise ValueError("The real pictures have no fine detail to compare with.")
        others = [(powers.sum(0) - p) / (len(sets) - 1) for p in powers]
        ratios = torch.tensor([fine_share(p) / fine_share(o) for p, o in zip(powers, others, strict=True)])
        return cls(n, spectra[0].frequency, rings.mean(0), rings.std(0), share, float(ratios.mean()), float(ratios.std()))

    def ratio(self, x: Tensor) -> float:
        """Sharpness of pictures x (M, C, H, W): their share of power at fine detail over the real one's."""
        return fine_share(mean_power(x)) / self.share
