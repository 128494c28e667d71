"""How a network is told the time."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def sinusoids(t: Tensor, features: int, longest: float = 10_000.0) -> Tensor:
    """sin and cos of t (B,) at ``features``/2 geometrically spaced periods: (B, features) (Vaswani et al. 2017, section 3.5)."""
    half = features // 2
    rates = torch.exp(-math.log(longest) * torch.arange(half, device=t.device, dtype=torch.float32) / half)
    angle = t.float()[:, None] * rates
    return torch.cat([angle.sin(), angle.cos()], 1)


class TimeEmbedding(nn.Module):
    """Timesteps t (B,), any real numbers of 0..T-1, and classes (B,) or None -> (B, width).

    T is scaled to 1,000, so that one embedding serves processes of any length. Class ``num_classes`` stands for "not told".
    """

    def __init__(self, width: int, num_timesteps: int, num_classes: int = 0) -> None:
        super().__init__()
        self.scale, self.features, self.untold = 1000 / num_timesteps, max(32, width // 2), num_classes
        self.net = nn.Sequential(nn.Linear(self.features, width), nn.SiLU(), nn.Linear(width, width))
        self.classes = nn.Embedding(num_classes + 1, width) if num_classes else None

    def forward(self, t: Tensor, label: Tensor | None = None) -> Tensor:
        out: Tensor = self.net(sinusoids(t * self.scale, self.features))
        if self.classes is not None:
            known = torch.full((len(t),), self.untold, device=t.device) if label is None else label
            out = out + self.classes(known)
        return out
