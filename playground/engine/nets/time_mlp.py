"""A fully connected network that is told the time in every layer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class TimeMLP(nn.Module):
    """x (B, d) and an embedding of the time (B, width) -> (B, d): residual layers, each scaled and shifted by the time
    (FiLM, Perez et al. 2018).
    """

    def __init__(self, features: int, hidden: int, layers: int, width: int) -> None:
        super().__init__()
        self.first = nn.Linear(features, hidden)
        self.layers = nn.ModuleList(nn.Linear(hidden, hidden) for _ in range(layers))
        self.times = nn.ModuleList(nn.Linear(width, 2 * hidden) for _ in range(layers))
        self.last = nn.Linear(hidden, features)
        for told in self.times:
            _zero(told)
        _zero(self.last)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        time = nn.functional.silu(time)
        h: Tensor = self.first(x)
        for layer, told in zip(self.layers, self.times, strict=True):
            scale, shift = told(time).chunk(2, 1)
            h = h + layer(nn.functional.silu(h * (1 + scale) + shift))
        out: Tensor = self.last(nn.functional.silu(h))
        return out


@torch.no_grad()
def _zero(layer: Any) -> None:
    """Start from "no correction": a network that begins at 0 learns faster (Ho et al. 2020, their code; Nichol & Dhariwal 2021)."""
    layer.weight.zero_()
    layer.bias.zero_()
