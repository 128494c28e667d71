"""Fully connected networks."""

from __future__ import annotations

from itertools import pairwise

from torch import nn


def mlp(inputs: int, hidden: int, layers: int, outputs: int) -> nn.Sequential:
    """``layers`` hidden layers of ``hidden`` units with SiLU between; (B, inputs) -> (B, outputs). 0 layers: one linear map."""
    widths = [inputs] + [hidden] * layers
    stack: list[nn.Module] = []
    for a, b in pairwise(widths):
        stack += [nn.Linear(a, b), nn.SiLU()]
    return nn.Sequential(*stack, nn.Linear(widths[-1], outputs))
