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


SLOPE = 0.2  # of a leaky unit below 0


def leaky_mlp(inputs: int, hidden: int, layers: int, outputs: int) -> nn.Sequential:
    """The same with leaky ReLU, whose second derivatives cost next to nothing (gradient penalties need them), and the start of
    He et al. 2015, arXiv:1502.01852, eq. 15: signals keep their size from layer to layer, so that sharp functions are near.
    """
    net = nn.Sequential(*(nn.LeakyReLU(SLOPE) if isinstance(m, nn.SiLU) else m for m in mlp(inputs, hidden, layers, outputs)))
    *first, last = (m for m in net if isinstance(m, nn.Linear))
    for layer in first:
        nn.init.kaiming_normal_(layer.weight, a=SLOPE, nonlinearity="leaky_relu")
    nn.init.kaiming_normal_(last.weight, nonlinearity="linear")
    return net
