"""Convolutional encoder and decoder for pictures of any size from 8 pixels on."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn


def halvings(height: int, width: int) -> int:
    """How often a picture is halved: until its smaller side is 4 to 8 pixels."""
    count, side = 0, min(height, width)
    while side >= 8 and count < 5:
        side, count = (side + 1) // 2, count + 1
    return max(count, 1)


def sizes(height: int, width: int) -> list[tuple[int, int]]:
    """Picture sizes from the full one down, one a halving (odd sides round up)."""
    out = [(height, width)]
    for _ in range(halvings(height, width)):
        height, width = (height + 1) // 2, (width + 1) // 2
        out.append((height, width))
    return out


class ConvEncoder(nn.Module):
    """(B, C, H, W) -> (B, outputs): strided convolutions, channels doubling, then one hidden layer."""

    def __init__(self, shape: tuple[int, int, int], channels: int, hidden: int, outputs: int) -> None:
        super().__init__()
        colours, *_ = shape
        stages = sizes(*shape[1:])
        widths = [colours] + [channels * min(2**i, 4) for i in range(len(stages) - 1)]
        layers: list[nn.Module] = []
        for a, b in pairwise(widths):
            layers += [nn.Conv2d(a, b, 3, stride=2, padding=1), nn.SiLU()]
        flat = widths[-1] * stages[-1][0] * stages[-1][1]
        self.net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(flat, hidden), nn.SiLU(), nn.Linear(hidden, outputs))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.net(x)
        return out


class ConvDecoder(nn.Module):
    """(B, inputs) -> (B, C, H, W): nearest-neighbour doubling followed by convolutions, which leaves no checkerboard pattern."""

    def __init__(self, shape: tuple[int, int, int], channels: int, hidden: int, inputs: int) -> None:
        super().__init__()
        colours, *_ = shape
        stages = sizes(*shape[1:])[::-1]  # small to large
        widths = [channels * min(2**i, 4) for i in range(len(stages) - 1)][::-1]
        low = stages[0]
        self.head = nn.Sequential(
            nn.Linear(inputs, hidden), nn.SiLU(), nn.Linear(hidden, widths[0] * low[0] * low[1]), nn.SiLU(),
            nn.Unflatten(1, (widths[0], *low)),
        )
        body: list[nn.Module] = []
        for i, size in enumerate(stages[1:]):
            out = widths[i + 1] if i + 1 < len(widths) else widths[-1]
            body += [nn.Upsample(size=size), nn.Conv2d(widths[i], out, 3, padding=1), nn.SiLU()]
        self.body = nn.Sequential(*body, nn.Conv2d(widths[-1], colours, 3, padding=1))

    def forward(self, z: Tensor) -> Tensor:
        out: Tensor = self.body(self.head(z))
        return out
